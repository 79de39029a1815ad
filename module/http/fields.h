/* SPDX-License-Identifier: GPL-2.0 */
/* Header fields that say which response is wanted, and if any. Pure. */
#ifndef KTCP_HTTP_FIELDS_H
#define KTCP_HTTP_FIELDS_H

#include "parse.h"
#include "span.h"

int ktcp_http_if_match(struct ktcp_http_parser *p, struct span value);
int ktcp_http_if_none_match(struct ktcp_http_parser *p, struct span value);
int ktcp_http_if_modified(struct ktcp_http_parser *p, struct span value);
int ktcp_http_if_unmodified(struct ktcp_http_parser *p, struct span value);
int ktcp_http_if_range(struct ktcp_http_parser *p, struct span value);
int ktcp_http_range(struct ktcp_http_parser *p, struct span value);
int ktcp_http_accept_encoding(struct ktcp_http_parser *p, struct span value);

#endif /* KTCP_HTTP_FIELDS_H */

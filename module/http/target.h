/* SPDX-License-Identifier: GPL-2.0 */
/* The path of a request, as a name. Pure. */
#ifndef KTCP_HTTP_TARGET_H
#define KTCP_HTTP_TARGET_H

#include "../pure.h"

bool ktcp_http_path_plain(const u8 *path, size_t len);
int ktcp_http_path(const u8 *in, size_t len, u8 *out);

#endif /* KTCP_HTTP_TARGET_H */

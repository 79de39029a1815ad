/* SPDX-License-Identifier: GPL-2.0 */
/* Answers that are ready to be sent. */
#ifndef KTCP_HTTP_READY_H
#define KTCP_HTTP_READY_H

#include "content.h"

int ktcp_http_ready_send(struct ktcp_conn *c, const struct ktcp_http_object *o,
			 bool close, const char *connection, bool *whole);
void ktcp_http_ready_exit(void);

#endif /* KTCP_HTTP_READY_H */

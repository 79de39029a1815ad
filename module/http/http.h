/* SPDX-License-Identifier: GPL-2.0 */
/* The HTTP responder, as the rest of the module sees it. */
#ifndef KTCP_HTTP_H
#define KTCP_HTTP_H

#include "../app.h"

extern const struct ktcp_app_ops ktcp_http_ops;

int ktcp_http_init(void);
void ktcp_http_exit(void);

/* mib.c: a response with @status was queued. Softirq, @c locked. */
void ktcp_http_count(const struct ktcp_conn *c, int status);

#endif /* KTCP_HTTP_H */

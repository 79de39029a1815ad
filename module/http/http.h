/* SPDX-License-Identifier: GPL-2.0 */
/* The HTTP responder, as the rest of the module sees it. */
#ifndef KTCP_HTTP_H
#define KTCP_HTTP_H

#include "../app.h"

extern const struct ktcp_app_ops ktcp_http_ops;

struct ktcp_net;

int ktcp_http_init(void);
void ktcp_http_exit(void);
int ktcp_http_publish(struct ktcp_net *kn, const char *dir);
void ktcp_http_unpublish(struct ktcp_net *kn);
void ktcp_http_docroot(struct ktcp_net *kn, char *buf, size_t size);

/* mib.c: a response with @status was queued. Softirq, @c locked. */
void ktcp_http_count(const struct ktcp_conn *c, int status);

/* mib.c: the access log, and does anybody read it? Likewise. */
bool ktcp_http_traced(void);
void ktcp_http_trace(const struct ktcp_conn *c, const char *method, int status,
		     u64 bytes, u64 ns);

/* mib.c: and took @ns from the last byte of its request. Likewise. */
void ktcp_http_latency(const struct ktcp_conn *c, u64 ns);

/* mib.c: so many bytes of header and body were queued. Likewise. */
void ktcp_http_sent(const struct ktcp_conn *c, u64 bytes);

#endif /* KTCP_HTTP_H */

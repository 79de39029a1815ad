/* SPDX-License-Identifier: GPL-2.0 */
/* Status codes (RFC 9110 15). */
#ifndef KTCP_HTTP_STATUS_H
#define KTCP_HTTP_STATUS_H

#include <linux/types.h>

/**
 * struct ktcp_http_status - a status that the responder gives
 * @code: the number, or that plus KTCP_HTTP_VARIANT
 * @reason: the phrase after it
 * @field: a header field that goes with it, CRLF included, or ""
 * @why: what the body of an error says, one sentence; "" without a body; NULL
 *	for what a page is served with
 */
struct ktcp_http_status {
	u16 code;
	const char *reason;
	const char *field;
	const char *why;
};

enum { KTCP_HTTP_STATUSES = 19 };

/* A second 503, beside the one for want of memory: 503 plus this. */
#define KTCP_HTTP_VARIANT	1000
#define KTCP_HTTP_MAINTENANCE	(503 + KTCP_HTTP_VARIANT)
/* And the 200 to OPTIONS. */
#define KTCP_HTTP_OPTIONS_OK	(200 + KTCP_HTTP_VARIANT)

const char *ktcp_http_reason(int code);
extern const struct ktcp_http_status ktcp_http_statuses[KTCP_HTTP_STATUSES];

#endif /* KTCP_HTTP_STATUS_H */

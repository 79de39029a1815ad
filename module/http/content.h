/* SPDX-License-Identifier: GPL-2.0 */
/* What can be answered: pages and errors, prepared once. */
#ifndef KTCP_HTTP_CONTENT_H
#define KTCP_HTTP_CONTENT_H

#include "../app.h"

#define KTCP_HTTP_HEAD_MAX	256	/* bytes of prepared header */
#define KTCP_HTTP_TEXT_MAX	320	/* bytes of an error's body */

/**
 * struct ktcp_http_object - a response, all of it but Date and Connection
 * @status: status code
 * @head_len: bytes in @head
 * @date: where in @head the Date goes
 * @text_len: bytes in @text
 * @blob: the body, sent by reference; or NULL, then it is @text
 * @len: bytes in @blob
 * @head: status line and fields, without the empty line
 * @text: a body small enough to be copied
 *
 * Never changes while a listener exists.
 */
struct ktcp_http_object {
	u16 status;
	u16 head_len;
	u16 date;
	u16 text_len;
	struct ktcp_blob *blob;
	u64 len;
	char head[KTCP_HTTP_HEAD_MAX];
	char text[KTCP_HTTP_TEXT_MAX];
};

int ktcp_http_content_init(void);
void ktcp_http_content_exit(void);
const struct ktcp_http_object *ktcp_http_page(const u8 *path, size_t len);
const struct ktcp_http_object *ktcp_http_error(int code);

#endif /* KTCP_HTTP_CONTENT_H */

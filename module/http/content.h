/* SPDX-License-Identifier: GPL-2.0 */
/* What can be answered: pages, errors, and what is published. */
#ifndef KTCP_HTTP_CONTENT_H
#define KTCP_HTTP_CONTENT_H

#include "../app.h"
#include "parse.h"

struct ktcp_net;
struct ktcp_snapshot;

#define KTCP_HTTP_DATE_LEN	29	/* IMF-fixdate, RFC 9110 5.6.7 */

/**
 * struct ktcp_http_object - a response, all of it but Date and Connection
 * @id: no other response has it, not even later
 * @status: status code
 * @head_len: bytes in @head
 * @date: where in @head the Date goes
 * @own: where in @head the fields begin that not every response has; of what is
 *	published Last-Modified first
 * @text_len: bytes in @text
 * @owner: what it is a part of, or NULL: then it lives as long as the module
 * @blob: the body, sent by reference; or NULL, then it is @text
 * @len: bytes in @blob
 * @mtime: when it was last changed, seconds since 1970
 * @etag: entity tag, hex digits, or ""
 * @etags: entity tags of @coded, by enum ktcp_http_coding, or NULL
 * @coded: the same in the content codings that there are, by
 *	enum ktcp_http_coding, or NULL
 * @head: status line and fields, without the empty line
 * @text: a body small enough to be copied
 *
 * Never changes while anybody can find it.
 */
struct ktcp_http_object {
	u64 id;
	u16 status;
	u16 head_len;
	u16 date;
	u16 own;
	u16 text_len;
	struct ktcp_snapshot *owner;
	struct ktcp_blob *blob;
	u64 len;
	s64 mtime;
	char etag[KTCP_HTTP_ETAG_LEN + 1];
	const char *etags[KTCP_HTTP_CODINGS];
	const struct ktcp_http_object *coded[KTCP_HTTP_CODINGS];
	const char *head;
	const char *text;
};

int ktcp_http_content_init(void);
void ktcp_http_content_exit(void);
const struct ktcp_http_object *ktcp_http_page(struct ktcp_net *kn,
					      const u8 *path, size_t len);
const struct ktcp_http_object *ktcp_http_error(int code);
void ktcp_http_date_text(s64 seconds, char *text);
__printf(5, 6)
char *ktcp_http_head(gfp_t gfp, struct ktcp_http_object *o, const char *type,
		     u64 len, const char *fmt, ...);
char *ktcp_http_to(gfp_t gfp, struct ktcp_http_object *o, const char *to,
		   size_t len);
char *ktcp_http_redirect(gfp_t gfp, struct ktcp_http_object *o,
			 const u8 *path, size_t len);

#endif /* KTCP_HTTP_CONTENT_H */

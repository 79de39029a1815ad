/* SPDX-License-Identifier: GPL-2.0 */
/* The body of a request, to its end (RFC 9112 6, 7.1). Pure. */
#ifndef KTCP_HTTP_BODY_H
#define KTCP_HTTP_BODY_H

#include "parse.h"

#define KTCP_HTTP_CHUNK_LINE_MAX	256	/* size and extensions */

/**
 * struct ktcp_http_body - where in a body we are
 * @left: bytes of the body, or of the chunk, that are still to come
 * @room: bytes that a chunked body may still grow by
 * @line: bytes of the line of a chunk, or of all trailers
 * @fields: trailers so far
 * @state: what comes next
 */
struct ktcp_http_body {
	u64 left;
	u32 room;
	u16 line;
	u8 fields;
	u8 state;
};

int ktcp_http_body_begin(struct ktcp_http_body *b,
			 const struct ktcp_http_parser *p, u32 max);
int ktcp_http_body_read(struct ktcp_http_body *b, const u8 *buf, size_t len,
			size_t *used);

#endif /* KTCP_HTTP_BODY_H */

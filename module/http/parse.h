/* SPDX-License-Identifier: GPL-2.0 */
/* HTTP/1 requests, bytes in, verdict out (RFC 9110, RFC 9112). Pure. */
#ifndef KTCP_HTTP_PARSE_H
#define KTCP_HTTP_PARSE_H

#include "../pure.h"

/* RFC 9110 4.1 asks for at least 8000 bytes of URI; the others are ours. */
#define KTCP_HTTP_TARGET_MAX	8000
#define KTCP_HTTP_LINE_MAX	8192	/* CRLF not counted */
#define KTCP_HTTP_HEADER_MAX	16384	/* request line to empty line */
#define KTCP_HTTP_FIELDS_MAX	100
#define KTCP_HTTP_EMPTY_MAX	4	/* empty lines before a request */
#define KTCP_HTTP_ETAG_LEN	32	/* of our entity tags, without quotes */

enum ktcp_http_method {
	KTCP_HTTP_UNKNOWN,
	KTCP_HTTP_GET,
	KTCP_HTTP_HEAD,
	KTCP_HTTP_POST,
	KTCP_HTTP_PUT,
	KTCP_HTTP_DELETE,
	KTCP_HTTP_CONNECT,
	KTCP_HTTP_OPTIONS,
	KTCP_HTTP_TRACE,
	KTCP_HTTP_PATCH,
	KTCP_HTTP_METHODS
};

/**
 * enum ktcp_http_verdict - what ktcp_http_parse() found
 * @KTCP_HTTP_MORE: every byte was used, the request goes on
 * @KTCP_HTTP_ROOM: the stash must hold @need bytes, then go on
 * @KTCP_HTTP_TARGET: the request line is complete: look at @target, go on
 * @KTCP_HTTP_DONE: the request is complete
 *
 * Any other verdict is the status code of an error (400 to 505): the end of
 * this request cannot be told, and the connection must not be used for another.
 */
enum ktcp_http_verdict {
	KTCP_HTTP_MORE,
	KTCP_HTTP_ROOM,
	KTCP_HTTP_TARGET,
	KTCP_HTTP_DONE,
};

/**
 * struct ktcp_http_parser - where in a request we are; all zero at first
 * @stash: the caller's memory for a line split across segments, or NULL
 * @target: path of the request line, query cut off; NULL for the forms without
 *	a path (RFC 9112 3.2.3, 3.2.4). Valid until the next call only: a line
 *	is not kept.
 * @query: what is behind the question mark after it, as long valid; or NULL
 * @etag: the caller's, from KTCP_HTTP_TARGET on: the entity tag of what is at
 *	@target, KTCP_HTTP_ETAG_LEN bytes; NULL if it has none
 * @target_len: bytes in @target
 * @query_len: bytes in @query
 * @stash_size: bytes that @stash can hold
 * @stash_len: bytes of the current line in @stash
 * @need: size of the stash asked for with KTCP_HTTP_ROOM
 * @total: bytes of complete lines so far
 * @fields: header fields so far
 * @empty: empty lines before the request line
 * @method: enum ktcp_http_method, known after the request line
 * @minor: 0 for HTTP/1.0, else 1
 * @cr: the last byte was CR
 * @started: the request line is complete
 * @host: Host was seen
 * @length: Content-Length was seen
 * @coding: Transfer-Encoding was seen
 * @body: the request has a body
 * @close: Connection says close
 * @keep_alive: Connection says keep-alive
 * @none_match: If-None-Match has @etag in it, so that its condition is false
 */
struct ktcp_http_parser {
	u8 *stash;
	const u8 *target;
	const u8 *query;
	const char *etag;
	u16 target_len;
	u16 query_len;
	u16 stash_size;
	u16 stash_len;
	u16 need;
	u16 total;
	u8 fields;
	u8 empty;
	u8 method;
	u8 minor:1,
	   cr:1,
	   started:1,
	   host:1,
	   length:1,
	   coding:1,
	   body:1,
	   close:1;
	u8 keep_alive:1,
	   none_match:1;
};

int ktcp_http_parse(struct ktcp_http_parser *p, const u8 *buf, size_t len,
		    size_t *used);
void ktcp_http_parser_next(struct ktcp_http_parser *p);
bool ktcp_http_persistent(const struct ktcp_http_parser *p);

/**
 * ktcp_http_idle() - is the parser between requests?
 * @p: the parser
 *
 * Empty lines do not begin a request. Any context.
 */
static inline bool ktcp_http_idle(const struct ktcp_http_parser *p)
{
	return !p->started && !p->stash_len;
}

#endif /* KTCP_HTTP_PARSE_H */

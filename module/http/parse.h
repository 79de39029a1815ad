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

/* Content codings (RFC 9110 8.4.1) */
enum ktcp_http_coding {
	KTCP_HTTP_IDENTITY,
	KTCP_HTTP_GZIP,
	KTCP_HTTP_BR,
	KTCP_HTTP_ZSTD,
	KTCP_HTTP_CODINGS
};

/* More of them, and the field is ignored (RFC 9110 14.2). */
#define KTCP_HTTP_RANGES_MAX	8

/* struct ktcp_http_span, before it is known of how many bytes it is */
#define KTCP_HTTP_SUFFIX	U64_MAX	/* first: @last is how many, at the end */
#define KTCP_HTTP_TO_THE_END	(U64_MAX - 1)

/**
 * struct ktcp_http_ranges - ranges of a body, both ends included
 * @n: how many
 * @r: each of them
 */
struct ktcp_http_ranges {
	u8 n;
	struct ktcp_http_span {
		u64 first;
		u64 last;
	} r[KTCP_HTTP_RANGES_MAX];
};

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
 * @KTCP_HTTP_RANGE: a Range field: look at @range, go on
 * @KTCP_HTTP_DONE: the header is complete; see @body
 *
 * Any other verdict is the status code of an error (400 to 505): the end of
 * this request cannot be told, and the connection must not be used for another.
 */
enum ktcp_http_verdict {
	KTCP_HTTP_MORE,
	KTCP_HTTP_ROOM,
	KTCP_HTTP_TARGET,
	KTCP_HTTP_RANGE,
	KTCP_HTTP_DONE,
};

/**
 * struct ktcp_http_parser - where in a request we are; all zero at first
 * @stash: the caller's memory for a line split across segments, or NULL
 * @target: path of the request line, query cut off; NULL for the forms without
 *	a path (RFC 9112 3.2.3, 3.2.4). Valid until the next call only: a line
 *	is not kept.
 * @query: what is behind the question mark after it, as long valid; or NULL
 * @range: value of the Range field, valid until the next call
 * @etags: the caller's, from KTCP_HTTP_TARGET on: the entity tags of what is at
 *	@target, one for each enum ktcp_http_coding or NULL, KTCP_HTTP_ETAG_LEN
 *	bytes each; NULL if it has none
 * @mtime: likewise: when that was last changed, seconds since 1970
 * @year: the caller's, likewise: it is now, which a date with two digits needs
 * @content_length: bytes in the body, unless @coding
 * @target_len: bytes in @target
 * @query_len: bytes in @query
 * @range_len: bytes in @range
 * @accept: 1 plus the weight of each content coding, in thousandths; or 0
 * @accept_rest: the same of those that are not named
 * @stash_size: bytes that @stash can hold
 * @stash_len: bytes of the current line in @stash
 * @need: size of the stash asked for with KTCP_HTTP_ROOM
 * @total: bytes of complete lines so far
 * @fields: header fields so far
 * @empty: empty lines before the request line
 * @method: enum ktcp_http_method, known after the request line
 * @judge_host: set with KTCP_HTTP_TARGET by who does not answer to every name
 * @public_host: the request is for a name that anybody may have given to this host
 * @minor: 0 for HTTP/1.0, else 1
 * @cr: the last byte was CR
 * @started: the request line is complete
 * @host: Host was seen
 * @length: Content-Length was seen
 * @coding: Transfer-Encoding was seen
 * @body: the request has a body
 * @close: Connection says close
 * @keep_alive: Connection says keep-alive
 * @expect: it waits for 100 before it sends the body
 * @has_match: If-Match was seen
 * @has_none_match: If-None-Match was seen
 * @has_if_range: If-Range was seen
 * @has_since: If-Modified-Since was seen
 * @has_unmodified: If-Unmodified-Since was seen
 * @changed: later than If-Unmodified-Since
 * @unchanged: not later than If-Modified-Since
 * @match: for which codings If-Match is true
 * @none_match: for which codings If-None-Match is false
 * @if_range: for which codings If-Range is true
 */
struct ktcp_http_parser {
	u8 *stash;
	const u8 *target;
	const u8 *query;
	const u8 *range;
	const char *const *etags;
	s64 mtime;
	u64 content_length;
	u16 target_len;
	u16 query_len;
	u16 range_len;
	u16 accept[KTCP_HTTP_CODINGS];
	u16 accept_rest;
	u16 stash_size;
	u16 stash_len;
	u16 need;
	u16 total;
	u16 year;
	u8 fields;
	u8 method:6,
	   judge_host:1,
	   public_host:1;
	u8 minor:1,
	   cr:1,
	   started:1,
	   host:1,
	   length:1,
	   coding:1,
	   body:1,
	   close:1;
	u8 keep_alive:1,
	   expect:1,
	   has_match:1,
	   has_none_match:1,
	   has_if_range:1,
	   changed:1,
	   unchanged:1,
	   has_since:1;
	u8 match:4,
	   none_match:4;
	u8 if_range:4,
	   empty:3,
	   has_unmodified:1;
};

int ktcp_http_parse(struct ktcp_http_parser *p, const u8 *buf, size_t len,
		    size_t *used);
int ktcp_http_evaluate(const struct ktcp_http_parser *p, int coding);
int ktcp_http_choose(const struct ktcp_http_parser *p, u8 have);
void ktcp_http_ranges_parse(const u8 *s, size_t n,
			    struct ktcp_http_ranges *ranges);
int ktcp_http_ranges_resolve(struct ktcp_http_ranges *ranges, u64 len);
bool ktcp_http_ranges_wanted(const struct ktcp_http_parser *p, int coding);
bool ktcp_http_date(const u8 *s, size_t n, u16 year, s64 *seconds);
bool ktcp_http_is_tchar(u8 ch);
const char *ktcp_http_method_name(u8 method);
void ktcp_http_broken_off(struct ktcp_http_parser *p, const u8 *buf, size_t len);
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

/**
 * ktcp_http_fresh() - is there nothing that the parser must remember?
 * @p: the parser
 *
 * Any context.
 */
static inline bool ktcp_http_fresh(const struct ktcp_http_parser *p)
{
	return ktcp_http_idle(p) && !p->empty && !p->cr;
}

#endif /* KTCP_HTTP_PARSE_H */

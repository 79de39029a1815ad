/* SPDX-License-Identifier: GPL-2.0 */
/* Feed a request to the parser, cut in pieces, as TCP would. */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "http/parse.h"

/* All that a caller of the parser can see of one request. */
struct outcome {
	int verdict;		/* of the first request; KTCP_HTTP_MORE at the end */
	size_t end;		/* bytes it took, if KTCP_HTTP_DONE */
	int method;
	int minor;
	bool persistent;
	bool body;
	bool none_match;	/* of ETAG */
	bool expect;
	bool public_host;	/* it is asked for */
	int evaluate[2];	/* of ETAG and ETAG_GZIP */
	bool wanted[2];		/* ranges of these */
	int coding;		/* of the best of all */
	struct ktcp_http_ranges ranges;
	int body_verdict;	/* of the body, with BODY_MAX; KTCP_HTTP_MORE */
	size_t body_end;	/* bytes it took, if KTCP_HTTP_DONE */
	bool idle;		/* if KTCP_HTTP_MORE */
	bool has_target;	/* if the request line came */
	size_t target_len;
	char target[KTCP_HTTP_TARGET_MAX + 1];
};

/* Of whatever is asked for. */
#define ETAG	"0123456789abcdef0123456789abcdef"
#define ETAG_GZIP "fedcba9876543210fedcba9876543210"
#define MTIME	784111777	/* Sun, 06 Nov 1994 08:49:37 GMT */
#define YEAR	2026		/* it is now */
static const char *const etags[KTCP_HTTP_CODINGS] = { ETAG, ETAG_GZIP };

/* Where to cut next: bytes in the piece that starts at @at. */
typedef size_t (*cut_fn)(size_t at, size_t len, void *arg);

/*
 * Every piece and the stash lie in heap memory of exactly their size, so that
 * ASan sees a byte read too far.
 */
static inline void feed_piece(struct ktcp_http_parser *p, const char *bytes,
			      size_t n, struct outcome *out)
{
	u8 *piece = malloc(n);
	size_t at = 0, used;

	memcpy(piece, bytes, n);
	while (at < n && out->verdict == KTCP_HTTP_MORE) {
		out->verdict = ktcp_http_parse(p, piece + at, n - at, &used);
		at += used;
		switch (out->verdict) {
		case KTCP_HTTP_ROOM:
			if (p->need <= p->stash_size ||
			    p->need > KTCP_HTTP_LINE_MAX)
				abort();
			p->stash = realloc(p->stash, p->need);
			p->stash_size = p->need;
			out->verdict = KTCP_HTTP_MORE;
			break;
		case KTCP_HTTP_TARGET:
			out->has_target = p->target;
			out->target_len = p->target_len;
			if (p->target)
				memcpy(out->target, p->target, p->target_len);
			out->target[p->target_len] = '\0';
			p->etags = etags;
			p->mtime = MTIME;
			p->year = YEAR;
			p->judge_host = 1;
			out->verdict = KTCP_HTTP_MORE;
			break;
		case KTCP_HTTP_RANGE:
			ktcp_http_ranges_parse(p->range, p->range_len, &out->ranges);
			out->verdict = KTCP_HTTP_MORE;
			break;
		}
	}
	out->end += at;
	free(piece);
}

/* What follows the header, as the body that it announces. */
#define BODY_MAX	1000

static inline void feed_body(const struct ktcp_http_parser *p, const char *bytes,
			     size_t len, struct outcome *out, cut_fn cut,
			     void *arg)
{
	struct ktcp_http_body b;
	size_t at = out->end, used;

	out->body_verdict = ktcp_http_body_begin(&b, p, BODY_MAX);
	while (at < len && out->body_verdict == KTCP_HTTP_MORE) {
		size_t n = cut(at, len, arg);
		u8 *piece = malloc(n);

		if (!n || n > len - at)
			n = len - at;
		piece = realloc(piece, n);
		memcpy(piece, bytes + at, n);
		out->body_verdict = ktcp_http_body_read(&b, piece, n, &used);
		if (used > n || (out->body_verdict == KTCP_HTTP_MORE && used != n))
			abort();
		at += used;
		free(piece);
	}
	if (out->body_verdict == KTCP_HTTP_DONE)
		out->body_end = at;
}

static inline void feed(const char *bytes, size_t len, cut_fn cut, void *arg,
			struct outcome *out)
{
	struct ktcp_http_parser p = { 0 };
	size_t at, n;

	memset(out, 0, sizeof(*out));
	for (at = 0; at < len && out->verdict == KTCP_HTTP_MORE; at += n) {
		n = cut(at, len, arg);
		feed_piece(&p, bytes + at, n, out);
	}
	out->method = p.method;
	out->minor = p.minor;
	out->body = p.body;
	out->none_match = p.none_match & 1;
	out->expect = p.expect;
	out->public_host = p.public_host;
	for (int i = 0; i < 2; i++) {
		out->evaluate[i] = ktcp_http_evaluate(&p, i);
		out->wanted[i] = ktcp_http_ranges_wanted(&p, i);
	}
	out->coding = ktcp_http_choose(&p, 15);
	if (out->verdict == KTCP_HTTP_DONE && p.body)
		feed_body(&p, bytes, len, out, cut, arg);
	if (out->verdict == KTCP_HTTP_DONE)
		out->persistent = ktcp_http_persistent(&p);
	else
		out->end = 0;
	if (out->verdict == KTCP_HTTP_MORE)
		out->idle = ktcp_http_idle(&p);
	free(p.stash);
}

static inline bool same_outcome(const struct outcome *a,
				const struct outcome *b)
{
	return a->verdict == b->verdict && a->end == b->end &&
	       a->method == b->method && a->minor == b->minor &&
	       a->persistent == b->persistent && a->body == b->body &&
	       a->none_match == b->none_match && a->expect == b->expect &&
	       a->public_host == b->public_host &&
	       a->evaluate[0] == b->evaluate[0] &&
	       a->evaluate[1] == b->evaluate[1] &&
	       a->wanted[0] == b->wanted[0] && a->wanted[1] == b->wanted[1] &&
	       a->coding == b->coding &&
	       !memcmp(&a->ranges, &b->ranges, sizeof(a->ranges)) &&
	       a->body_verdict == b->body_verdict &&
	       a->body_end == b->body_end &&
	       a->idle == b->idle && a->has_target == b->has_target &&
	       a->target_len == b->target_len &&
	       !memcmp(a->target, b->target, a->target_len);
}

static inline size_t cut_nowhere(size_t at, size_t len, void *arg)
{
	return len - at;
}

static inline size_t cut_everywhere(size_t at, size_t len, void *arg)
{
	return 1;
}

/* At one place, *@arg. */
static inline size_t cut_once(size_t at, size_t len, void *arg)
{
	size_t place = *(size_t *)arg;

	return at < place ? place - at : len - at;
}

/* xorshift32: the same numbers everywhere for the same seed. */
static inline u32 random_next(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline size_t cut_random(size_t at, size_t len, void *arg)
{
	size_t n = 1 + random_next(arg) % 40;

	return n < len - at ? n : len - at;
}

/*
 * A second opinion on a complete request, from the bytes alone: it ends with
 * an empty line, has no other, and no control byte but HTAB and whole CRLFs.
 */
static inline bool well_framed(const char *bytes, size_t end)
{
	const size_t empty = strspn(bytes, "\r\n");
	size_t i;

	if (end < empty + 4 || memcmp(bytes + end - 4, "\r\n\r\n", 4) ||
	    end - empty > KTCP_HTTP_HEADER_MAX)
		return false;
	for (i = 0; i < end; i++) {
		u8 ch = bytes[i];

		if (ch == '\r' ? bytes[i + 1] != '\n' :
		    ch == '\n' ? !i || bytes[i - 1] != '\r' :
		    (ch < ' ' && ch != '\t') || ch == 0x7f)
			return false;
		if (i >= empty + 4 && i < end - 1 &&
		    !memcmp(bytes + i - 3, "\r\n\r\n", 4))
			return false;
	}
	return true;
}

#endif /* HTTP_FEED_H */

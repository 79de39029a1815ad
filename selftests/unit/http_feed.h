/* SPDX-License-Identifier: GPL-2.0 */
/* Feed a request to the parser, cut in pieces, as TCP would. */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include <stdlib.h>
#include <string.h>

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
	bool idle;		/* if KTCP_HTTP_MORE */
	bool has_target;	/* if the request line came */
	size_t target_len;
	char target[KTCP_HTTP_TARGET_MAX + 1];
};

/* Of whatever is asked for. */
#define ETAG	"0123456789abcdef0123456789abcdef"

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
			p->etag = ETAG;
			out->verdict = KTCP_HTTP_MORE;
			break;
		}
	}
	out->end += at;
	free(piece);
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
	out->none_match = p.none_match;
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
	       a->none_match == b->none_match &&
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

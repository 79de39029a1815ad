/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes of a line that was received; not a string. Pure. */
#ifndef KTCP_HTTP_SPAN_H
#define KTCP_HTTP_SPAN_H

#include "../pure.h"

struct span {
	const u8 *s;
	size_t n;
};

static inline bool is_digit(u8 ch)
{
	return ch >= '0' && ch <= '9';
}

static inline bool is_blank(u8 ch)
{
	return ch == ' ' || ch == '\t';
}

static inline bool same(struct span t, const char *word)
{
	return t.n == strlen(word) && !memcmp(t.s, word, t.n);
}

static inline bool same_nocase(struct span t, const char *word)
{
	return t.n == strlen(word) && !strncasecmp((const char *)t.s, word, t.n);
}

static inline struct span skip(struct span t, size_t n)
{
	return (struct span){ t.s + n, t.n - n };
}

/* What comes before @ch; @rest is what comes after. False without @ch. */
static inline bool split(struct span t, u8 ch, struct span *before,
			 struct span *rest)
{
	const u8 *at = t.n ? memchr(t.s, ch, t.n) : NULL;

	if (!at)
		return false;
	*before = (struct span){ t.s, at - t.s };
	*rest = skip(t, at - t.s + 1);
	return true;
}

static inline struct span trim(struct span t)
{
	while (t.n && is_blank(t.s[0]))
		t = skip(t, 1);
	while (t.n && is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

/* The next element of a comma-separated list (RFC 9110 5.6.1). */
static inline struct span next_element(struct span *list)
{
	struct span item;

	if (!split(*list, ',', &item, list)) {
		item = *list;
		list->n = 0;
	}
	return trim(item);
}

#endif /* KTCP_HTTP_SPAN_H */

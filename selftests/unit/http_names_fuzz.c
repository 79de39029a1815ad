// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: names of paths, rules, lists of networks, questions to the window.
 * The first byte says which; nothing is read or written out of bounds, and what
 * is accepted has the form that its users rely on.
 */
#include <stdlib.h>

#include "http/ask.h"
#include "http/cidr.h"
#include "http/route.h"
#include "http/target.h"

static void require(bool ok)
{
	if (!ok)
		abort();
}

/* In memory of its own size, so that ASan sees a byte too far. */
static u8 *copy_of(const u8 *s, size_t n)
{
	u8 *copy = malloc(n ?: 1);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

static char *string_of(const u8 *s, size_t n)
{
	char *text = malloc(n + 1);

	if (n)
		memcpy(text, s, n);
	text[n] = '\0';
	return text;
}

/* A name is absolute, printable, and has no dot segment left. */
static void path(const u8 *s, size_t n)
{
	u8 *in = copy_of(s, n), *out;
	int len, i, at;

	if (!n) {
		free(in);
		return;
	}
	out = malloc(n);
	len = ktcp_http_path(in, n, out);
	require(len <= (int)n);
	require(len < 0 || (len && out[0] == '/'));
	for (i = 0, at = 1; i < len; i++) {
		require(out[i] >= ' ' && out[i] != 0x7f);
		if (i + 1 < len && out[i + 1] != '/')
			continue;
		require(!(i + 1 - at == 1 && out[at] == '.'));
		require(!(i + 1 - at == 2 && out[at] == '.' && out[at + 1] == '.'));
		at = i + 2;
	}
	require(len < 0 || (len && out[0] == '/'));
	if (len >= 0 && ktcp_http_path_plain(in, n))
		require(len == (int)n && !memcmp(in, out, n));
	free(in);
	free(out);
}

/* A line of rules, up to the first NUL, and a path with a query after it. */
static void route(const u8 *s, size_t n)
{
	const u8 *nul = n ? memchr(s, 0, n) : NULL;
	size_t line_len = nul ? (size_t)(nul - s) : n, len, i;
	u8 *rest = copy_of(s + line_len + !!nul, n - line_len - !!nul);
	size_t rest_len = n - line_len - !!nul, query;
	char *line = string_of(s, line_len), *out;
	struct ktcp_route r;

	if (line_len <= KTCP_ROUTE_LINE_MAX && !ktcp_route_parse(line, line_len, &r)) {
		require(r.kind <= KTCP_ROUTE_HEADER && r.match <= KTCP_ROUTE_SUFFIX);
		if (r.kind == KTCP_ROUTE_ANSWER) {
			out = malloc(r.text.n + 1);
			require(ktcp_route_unescape(r.text, out) <= (size_t)r.text.n + 1);
			free(out);
		}
		for (query = 0; query < rest_len && rest[query] != '?'; query++)
			;
		if (r.kind != KTCP_ROUTE_NONE && query &&
		    ktcp_route_matches(&r, rest, query) &&
		    r.kind == KTCP_ROUTE_REDIRECT && r.rest) {
			out = malloc(KTCP_ROUTE_LOCATION_MAX);
			/* the query of a request has been looked through */
			for (i = query + 1; i < rest_len; i++)
				rest[i] = rest[i] <= ' ' || rest[i] >= 0x7f ? 'q' : rest[i];
			len = ktcp_route_location(&r, rest, query,
						  query < rest_len ? rest + query + 1 : NULL,
						  query < rest_len ? rest_len - query - 1 : 0, out);
			require(len <= KTCP_ROUTE_LOCATION_MAX);
			for (i = 0; i < len; i++)
				require((u8)out[i] > ' ' && (u8)out[i] < 0x7f);
			free(out);
		}
	}
	free(line);
	free(rest);
}

/* Each network of a list matches its own address. */
static void cidr(const u8 *s, size_t n)
{
	char *text = string_of(s, n);
	struct ktcp_cidr list[KTCP_CIDR_MAX];
	struct ktcp_cidr_bad bad;
	unsigned int len = 0, i;

	if (ktcp_cidr_list(text, list, &len, &bad) == KTCP_CIDR_OK) {
		require(len <= KTCP_CIDR_MAX);
		for (i = 0; i < len; i++) {
			require(list[i].len <= 128);
			require(ktcp_cidr_match(&list[i], &list[i].addr));
		}
	} else {
		require(bad.entry >= text && bad.entry + bad.len <= text + strlen(text));
	}
	free(text);
}

/* What follows status_path, and after a question mark the query. */
static void ask(const u8 *s, size_t n)
{
	const u8 *mark = n ? memchr(s, '?', n) : NULL;
	size_t len = mark ? (size_t)(mark - s) : n;
	u8 *rest = copy_of(s, len), *query = copy_of(s + len + !!mark, n - len - !!mark);
	char *text = string_of(s, n);
	struct ktcp_window_ask a;

	if (ktcp_window_find(rest, len, query, n - len - !!mark, &a)) {
		require(a.doc <= KTCP_WINDOW_METRICS);
		require(a.limit <= KTCP_WINDOW_LIMIT_MAX);
		require(memchr(a.q, 0, sizeof(a.q)));
		require(a.states && !(a.states >> KTCP_STATES));
	}
	if (ktcp_window_path_ok(text) && *text)
		require(text[0] == '/' && text[strlen(text) - 1] == '/' &&
			strlen(text) <= KTCP_WINDOW_PATH_MAX);
	free(rest);
	free(query);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const which[])(const u8 *s, size_t n) = {
		path, route, cidr, ask,
	};

	if (size)
		which[data[0] % 4](data + 1, size - 1);
	return 0;
}

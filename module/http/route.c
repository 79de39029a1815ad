// SPDX-License-Identifier: GPL-2.0
/*
 * One rule of /proc/ktcp/routes: PATH, a word that says what, and the rest.
 * Documentation/routes.md has the forms. Pure.
 *
 * What a rule puts into a header is checked here, so that no rule can end a
 * header, or say where a body ends.
 */
#include "route.h"

typedef struct ktcp_route_text text;

static text skip(text t, size_t n)
{
	return (text){ t.s + n, t.n - n };
}

static bool is(text t, const char *word)
{
	return t.n == strlen(word) && !memcmp(t.s, word, t.n);
}

static bool is_nocase(text t, const char *word)
{
	return t.n == strlen(word) && !strncasecmp(t.s, word, t.n);
}

static bool begins(text t, const char *word)
{
	return t.n >= strlen(word) && !memcmp(t.s, word, strlen(word));
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static text trim(text t)
{
	while (t.n && is_blank(t.s[0]))
		t = skip(t, 1);
	while (t.n && is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

/* The next word, and @t is what follows it. */
static text next_word(text *t)
{
	text word;

	*t = trim(*t);
	word = (text){ t->s, 0 };
	while (word.n < t->n && !is_blank(t->s[word.n]))
		word.n++;
	*t = trim(skip(*t, word.n));
	return word;
}

/* RFC 9110 5.6.2 */
static bool is_token(text t)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	u16 i;

	for (i = 0; i < t.n; i++) {
		u8 ch = t.s[i];
		u8 low = ch | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(ch >= '0' && ch <= '9') &&
		    (!ch || !strchr(marks, ch)))
			return false;
	}
	return t.n;
}

/* What a URI may consist of, as far as a header is in danger (RFC 3986 2) */
static bool is_uri(text t)
{
	u16 i;

	for (i = 0; i < t.n; i++) {
		u8 ch = t.s[i];

		if (ch <= ' ' || ch >= 0x7f || strchr("\"<>\\^`{|}*", ch))
			return false;
	}
	return t.n;
}

static const char *parse_path(text t, struct ktcp_route *r)
{
	r->match = KTCP_ROUTE_EXACT;
	if (t.n && t.s[0] == '*') {
		r->match = KTCP_ROUTE_SUFFIX;
		t = skip(t, 1);
	} else if (!t.n || t.s[0] != '/') {
		return "a path begins with / or *";
	} else if (t.s[t.n - 1] == '*') {
		r->match = KTCP_ROUTE_PREFIX;
		t.n--;
	}
	if (memchr(t.s, '*', t.n))
		return "a path has one * at most, at its begin or its end";
	r->path = t;
	return NULL;
}

static bool parse_status(text t, u16 *status)
{
	u16 i;

	*status = 0;
	for (i = 0; i < t.n; i++) {
		if (t.s[i] < '0' || t.s[i] > '9')
			return false;
		*status = *status * 10 + t.s[i] - '0';
	}
	return t.n == 3;
}

static const char *parse_answer(text t, struct ktcp_route *r)
{
	static const u16 allowed[] = {
		200, 400, 403, 404, 410, 429, 451, 500, 502, 503, 504,
	};
	text status = next_word(&t), type = next_word(&t), rest;
	size_t i;
	u16 j;

	if (!parse_status(status, &r->status))
		status.n = 0;
	for (i = 0; status.n && i < ARRAY_SIZE(allowed); i++)
		if (r->status == allowed[i])
			break;
	if (!status.n || i == ARRAY_SIZE(allowed))
		return "answer: status 200, 400, 403, 404, 410, 429, 451, 500, 502, 503 or 504";
	for (j = 0; j < type.n && type.s[j] != '/'; j++)
		;
	rest = j < type.n ? skip(type, j + 1) : (text){ "", 0 };
	for (i = 0; i < rest.n && rest.s[i] != ';'; i++)
		;
	if (!is_token((text){ type.s, j }) || !is_token((text){ rest.s, i }) ||
	    !(i == rest.n || is_uri(skip(rest, i))) ||
	    rest.s[rest.n - 1] == ';')	/* a blank, and more of it */
		return "answer: a media type such as text/plain;charset=utf-8 after the status";
	r->type = type;
	r->text = t;
	for (i = 0; i < t.n; i++) {
		if (t.s[i] != '\\')
			continue;
		if (++i == t.n || (t.s[i] != 'n' && t.s[i] != '\\'))
			return "answer: \\n and \\\\ are the only escapes of a text";
	}
	return NULL;
}

/* Is all of the host there, so that no more of it can follow? */
static bool ends_host(text to)
{
	if (begins(to, "https:"))
		to = skip(to, 6);
	else if (begins(to, "http:"))
		to = skip(to, 5);
	if (!begins(to, "//"))
		return begins(to, "/");
	to = skip(to, 2);
	return to.n && to.s[0] != '/' && memchr(to.s, '/', to.n);
}

static const char *parse_redirect(text t, struct ktcp_route *r)
{
	text status = next_word(&t), to = next_word(&t);

	if (!parse_status(status, &r->status) ||
	    (r->status != 301 && r->status != 302 && r->status != 303 &&
	     r->status != 307 && r->status != 308))
		return "redirect: status 301, 302, 303, 307 or 308";
	r->rest = to.n && to.s[to.n - 1] == '*';
	to.n -= r->rest;
	if (r->rest && r->match != KTCP_ROUTE_PREFIX)
		return "redirect: a * behind the target needs one behind the path";
	if (!is_uri(to) || t.n ||
	    (!begins(to, "/") && !begins(to, "http://") &&
	     !begins(to, "https://")))
		return "redirect: after the status one target, /path, http://... or https://...";
	if (r->rest && !ends_host(to))
		return "redirect: a / between host and *, or the visitor would choose the host";
	if (r->rest && memchr(to.s, '#', to.n))
		return "redirect: no # before a *, or a query would not be one";
	if (to.n > KTCP_ROUTE_LOCATION_MAX / 2)
		return "redirect: a target of at most 1024 bytes";
	r->to = to;
	return NULL;
}

static const char *parse_header(text t, struct ktcp_route *r)
{
	/* They say where a response ends, or are ours to say. */
	static const char *const not_these[] = {
		"Connection", "Content-Length", "Transfer-Encoding", "Trailer",
		"Upgrade", "Keep-Alive", "Date", "ETag", "Last-Modified",
		"Content-Range", "Content-Encoding", "Content-Type", "Vary",
		"Accept-Ranges", "Location", "Server", "Allow", "Retry-After",
	};
	text name = { t.s, 0 };
	size_t i;

	while (name.n < t.n && t.s[name.n] != ':')
		name.n++;
	if (name.n == t.n || !is_token(name) || !trim(skip(t, name.n + 1)).n)
		return "header: a field, such as Cache-Control: max-age=60";
	for (i = 0; i < ARRAY_SIZE(not_these); i++)
		if (is_nocase(name, not_these[i]))
			return "header: a field that the responder itself writes";
	r->text = t;
	return NULL;
}

/**
 * ktcp_route_parse() - read a rule
 * @line: the rule, without line feed
 * @len: bytes in @line
 * @r: filled in; points into @line
 *
 * Any context.
 *
 * Return: NULL, or what is wrong with it.
 */
const char *ktcp_route_parse(const char *line, size_t len,
			     struct ktcp_route *r)
{
	text t, what;
	const char *why;
	size_t i;

	*r = (struct ktcp_route){ .kind = KTCP_ROUTE_NONE };
	if (len > KTCP_ROUTE_LINE_MAX)
		return "longer than 2048 bytes";
	for (i = 0; i < len; i++)
		if (((u8)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return "a control byte";
	t = trim((text){ line, len });
	if (!t.n || t.s[0] == '#')
		return NULL;
	why = parse_path(next_word(&t), r);
	if (why)
		return why;
	what = next_word(&t);
	if (is(what, "answer")) {
		r->kind = KTCP_ROUTE_ANSWER;
		return parse_answer(t, r);
	}
	if (is(what, "redirect")) {
		r->kind = KTCP_ROUTE_REDIRECT;
		return parse_redirect(t, r);
	}
	if (is(what, "header")) {
		r->kind = KTCP_ROUTE_HEADER;
		return parse_header(t, r);
	}
	if (!is(what, "health"))
		return "after the path comes answer, redirect, health or header";
	r->kind = KTCP_ROUTE_HEALTH;
	return t.n ? "health: nothing comes after it" : NULL;
}

/**
 * ktcp_route_matches() - is it about this path?
 * @r: the rule
 * @path: the path, decoded
 * @len: bytes in @path
 *
 * Any context.
 */
bool ktcp_route_matches(const struct ktcp_route *r, const u8 *path, size_t len)
{
	const size_t n = r->path.n;

	if (len < n)
		return false;
	switch (r->match) {
	case KTCP_ROUTE_EXACT:
		return len == n && !memcmp(path, r->path.s, n);
	case KTCP_ROUTE_PREFIX:
		return !memcmp(path, r->path.s, n);
	default:
		return !memcmp(path + len - n, r->path.s, n);
	}
}

/**
 * ktcp_route_unescape() - the text of an answer, as it is sent
 * @text: of a rule that was accepted
 * @out: room for as many bytes as @text has, and one more
 *
 * A text that is not empty ends with a line feed. Any context.
 *
 * Return: how many bytes of @out were filled.
 */
size_t ktcp_route_unescape(struct ktcp_route_text text, char *out)
{
	size_t n = 0;
	u16 i;

	for (i = 0; i < text.n; i++) {
		char ch = text.s[i];

		if (ch == '\\')
			ch = text.s[++i] == 'n' ? '\n' : '\\';
		out[n++] = ch;
	}
	if (n && out[n - 1] != '\n')
		out[n++] = '\n';
	return n;
}

/* RFC 3986 2.3, and the slash */
static bool stays(u8 ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || (ch && strchr("/-._~", ch));
}

/**
 * ktcp_route_location() - where a redirect sends a path
 * @r: the rule, a redirect that matches
 * @path: the path, decoded
 * @len: bytes in @path
 * @query: of the request, as it came; kept if the path is
 * @query_len: bytes in @query; NULL has none
 * @out: room for KTCP_ROUTE_LOCATION_MAX bytes
 *
 * Any context.
 *
 * Return: how many bytes of @out were filled; 0 if they are too few.
 */
size_t ktcp_route_location(const struct ktcp_route *r, const u8 *path,
			   size_t len, const u8 *query, size_t query_len,
			   char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = r->to.n, i;

	memcpy(out, r->to.s, n);
	if (!r->rest)
		return n;
	/* Two slashes would make what follows a host. */
	i = r->path.n;
	while (n && out[n - 1] == '/' && i < len && path[i] == '/')
		i++;
	for (; i < len; i++) {
		bool as_is = stays(path[i]);

		if (n + (as_is ? 1 : 3) > KTCP_ROUTE_LOCATION_MAX)
			return 0;
		if (as_is) {
			out[n++] = path[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[path[i] >> 4];
		out[n++] = hex[path[i] & 15];
	}
	if (!query)
		return n;
	if (n + 1 + query_len > KTCP_ROUTE_LOCATION_MAX)
		return 0;
	out[n++] = memchr(r->to.s, '?', r->to.n) ? '&' : '?';
	memcpy(out + n, query, query_len);
	return n + query_len;
}

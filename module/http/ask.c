// SPDX-License-Identifier: GPL-2.0
/* What is asked of the window: the path below status_path, and the query. */
#include "ask.h"
#include "cidr.h"

/* Longer than two IPv6 addresses with ports, or the names of all states. */
#define VALUE_MAX	192

static int hex(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * A value of a query as a form sends it: percent-encoded, "+" for a blank.
 * Returns its length, without the NUL that is put behind it, or -1.
 */
static int decode(const u8 *in, size_t n, char *out)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		int c = in[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if (n - i < 3 || hex(in[i + 1]) < 0 ||
			    hex(in[i + 2]) < 0)
				return -1;
			c = hex(in[i + 1]) << 4 | hex(in[i + 2]);
			i += 2;
		}
		if (!c || len == VALUE_MAX - 1)
			return -1;
		out[len++] = c;
	}
	out[len] = '\0';
	return len;
}

static bool number(const char *s, u64 *value)
{
	*value = 0;
	do {
		if (*s < '0' || *s > '9' ||
		    *value > (~0ULL - (*s - '0')) / 10)
			return false;
		*value = *value * 10 + (*s - '0');
	} while (*++s);
	return true;
}

static bool ask_states(struct ktcp_window_ask *ask, const char *s)
{
	enum ktcp_state state;

	ask->states = 0;
	for (;;) {
		size_t n = strcspn(s, ",");

		for (state = KTCP_LISTEN; state < KTCP_STATES; state++) {
			const char *name = ktcp_state_name(state);

			if (strlen(name) == n && !memcmp(name, s, n))
				break;
		}
		if (state == KTCP_STATES)
			return false;
		ask->states |= 1 << state;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

static bool ask_limit(struct ktcp_window_ask *ask, const char *s)
{
	u64 value;

	if (!number(s, &value))
		return false;
	ask->limit = min_t(u64, value, KTCP_WINDOW_LIMIT_MAX);
	return true;
}

static bool ask_since(struct ktcp_window_ask *ask, const char *s)
{
	return number(s, &ask->since);
}

static bool ask_text(struct ktcp_window_ask *ask, const char *s)
{
	size_t n = strlen(s);

	if (n >= sizeof(ask->q))
		return false;
	memcpy(ask->q, s, n + 1);
	return true;
}

/* 192.0.2.1:80, [2001:db8::1]:80 */
static bool endpoint(const char *s, size_t n, struct in6_addr *addr,
		     __be16 *port)
{
	size_t host = n;
	u32 value = 0, i;

	while (host && s[host - 1] != ':')
		host--;
	if (host < 2 || host == n || n - host > 5)
		return false;
	for (i = host; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (s[i] - '0');
	}
	if (!value || value > 65535)
		return false;
	*port = htons(value);
	host--;
	if (s[0] != '[')
		return !memchr(s, ':', host) && ktcp_addr_parse(s, host, addr);
	return host > 2 && s[host - 1] == ']' && memchr(s, ':', host) &&
	       ktcp_addr_parse(s + 1, host - 2, addr);
}

/* LOCAL-REMOTE as /proc/ktcp/connections shows them */
static bool ask_conn(struct ktcp_window_ask *ask, const char *s)
{
	struct ktcp_key *key = &ask->key;
	size_t n = strcspn(s, "-");

	if (!s[n] || !endpoint(s, n, &key->laddr, &key->lport))
		return false;
	s += n + 1;
	if (!endpoint(s, strlen(s), &key->raddr, &key->rport))
		return false;
	ask->one = true;
	return ktcp_addr_is_v4(&key->laddr) == ktcp_addr_is_v4(&key->raddr);
}

static const struct {
	const char *name;
	u8 doc;
	bool (*set)(struct ktcp_window_ask *ask, const char *value);
} params[] = {
	{ "state", KTCP_WINDOW_CONNECTIONS, ask_states },
	{ "limit", KTCP_WINDOW_CONNECTIONS, ask_limit },
	{ "q", KTCP_WINDOW_CONNECTIONS, ask_text },
	{ "since", KTCP_WINDOW_HISTORY, ask_since },
	{ "conn", KTCP_WINDOW_HISTORY, ask_conn },
};

/* One name=value. What nobody knows is left alone, and so is an empty value. */
static bool param(struct ktcp_window_ask *ask, const u8 *s, size_t n)
{
	const u8 *eq = n ? memchr(s, '=', n) : NULL;
	size_t name = eq ? (size_t)(eq - s) : n, i;
	char value[VALUE_MAX];
	int len;

	for (i = 0; eq && i < ARRAY_SIZE(params); i++) {
		if (params[i].doc != ask->doc ||
		    strlen(params[i].name) != name ||
		    memcmp(params[i].name, s, name))
			continue;
		len = decode(eq + 1, n - name - 1, value);
		return !len || (len > 0 && params[i].set(ask, value));
	}
	return true;
}

static const char *const docs[] = {
	[KTCP_WINDOW_PAGE] = "",
	[KTCP_WINDOW_CONNECTIONS] = "connections.json",
	[KTCP_WINDOW_STATS] = "stats.json",
	[KTCP_WINDOW_HISTORY] = "history.json",
	[KTCP_WINDOW_METRICS] = "metrics",
};

/**
 * ktcp_window_find() - is there such a document?
 * @rest: the path, what follows status_path
 * @rest_len: bytes in @rest
 * @query: what follows "?", still encoded
 * @query_len: bytes in @query, 0 for none
 * @ask: filled in
 *
 * Return: false if there is none, or a parameter of it makes no sense. Any
 * context.
 */
bool ktcp_window_find(const u8 *rest, size_t rest_len, const u8 *query,
		      size_t query_len, struct ktcp_window_ask *ask)
{
	unsigned int doc;

	for (doc = 0; doc < ARRAY_SIZE(docs); doc++)
		if (strlen(docs[doc]) == rest_len &&
		    !memcmp(docs[doc], rest, rest_len))
			break;
	if (doc == ARRAY_SIZE(docs))
		return false;
	*ask = (struct ktcp_window_ask){
		.doc = doc,
		.states = (1 << KTCP_STATES) - 1,
		.limit = KTCP_WINDOW_LIMIT,
	};
	while (query_len) {
		const u8 *amp = memchr(query, '&', query_len);
		size_t n = amp ? (size_t)(amp - query) : query_len;

		if (!param(ask, query, n))
			return false;
		n += !!amp;
		query += n;
		query_len -= n;
	}
	return true;
}

static bool unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

/* "." and ".." never reach us: a path is looked up without them. */
static bool segment_ok(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!unreserved(s[i]))
			return false;
	return n && !(s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')));
}

/**
 * ktcp_window_path_ok() - may this be status_path?
 * @path: the path
 *
 * "/" at both ends, and names of unreserved characters (RFC 3986 2.3) between.
 * "" is none. Any context.
 */
bool ktcp_window_path_ok(const char *path)
{
	if (!*path)
		return true;
	if (*path != '/' || strlen(path) > KTCP_WINDOW_PATH_MAX)
		return false;
	for (path++; *path; path++) {
		size_t n = strcspn(path, "/");

		if (!path[n] || !segment_ok(path, n))
			return false;
		path += n;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* One rule of /proc/ktcp/routes. Pure. */
#ifndef KTCP_HTTP_ROUTE_H
#define KTCP_HTTP_ROUTE_H

#include "../pure.h"

#define KTCP_ROUTE_LINE_MAX	2048
/* With the rest of a header this fits into what is sent as a copy. */
#define KTCP_ROUTE_LOCATION_MAX	2048

enum ktcp_route_kind {
	KTCP_ROUTE_NONE,	/* an empty line, or a comment */
	KTCP_ROUTE_ANSWER,
	KTCP_ROUTE_REDIRECT,
	KTCP_ROUTE_HEALTH,
	KTCP_ROUTE_HEADER,
};

enum ktcp_route_match {
	KTCP_ROUTE_EXACT,	/* "/path" */
	KTCP_ROUTE_PREFIX,	/* "/path*" */
	KTCP_ROUTE_SUFFIX,	/* "*.css"; "*" is every path */
};

/* Bytes of a line; not a string. */
struct ktcp_route_text {
	const char *s;
	u16 n;
};

/**
 * struct ktcp_route - a rule
 * @kind: enum ktcp_route_kind
 * @match: enum ktcp_route_match
 * @rest: a redirect goes to @to with what the asterisk of @path stood for
 * @status: of an answer or a redirect
 * @path: which paths, without the asterisk
 * @to: where a redirect goes
 * @type: media type of an answer
 * @text: of an answer, still with its escapes; or a field, "Name: value"
 */
struct ktcp_route {
	u8 kind;
	u8 match;
	bool rest;
	u16 status;
	struct ktcp_route_text path;
	struct ktcp_route_text to;
	struct ktcp_route_text type;
	struct ktcp_route_text text;
};

const char *ktcp_route_parse(const char *line, size_t len,
			     struct ktcp_route *r);
bool ktcp_route_matches(const struct ktcp_route *r, const u8 *path, size_t len);
size_t ktcp_route_unescape(struct ktcp_route_text text, char *out);
size_t ktcp_route_location(const struct ktcp_route *r, const u8 *path,
			   size_t len, const u8 *query, size_t query_len,
			   char *out);

#endif /* KTCP_HTTP_ROUTE_H */

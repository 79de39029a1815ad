// SPDX-License-Identifier: GPL-2.0
/*
 * The request parser: every verdict, with the request whole, cut in two at
 * every byte, and cut into single bytes.
 */
#include <stdio.h>

#include "http_feed.h"
#include "kselftest_harness.h"

#define BYTES(s)	.req = (s), .len = sizeof(s) - 1
#define H		"Host: a\r\n"

/**
 * struct http_case - a request, and what must come of it
 * @what: names the case in a failure
 * @req: bytes
 * @len: how many
 * @verdict: expected
 * @public_host: expected
 * @method: expected, unless the verdict is an error
 * @target: likewise; NULL for a target without a path
 * @closes: the connection may not be used for another request
 * @rest: bytes of @req that do not belong to the request
 * @none_match: If-None-Match names what is there
 */
struct http_case {
	const char *what;
	const char *req;
	size_t len;
	int verdict;
	int method;
	const char *target;
	bool closes;
	size_t rest;
	bool none_match;
	bool public_host;
};

#define GOOD(w, r, ...)							\
	{ .what = (w), BYTES(r), .verdict = KTCP_HTTP_DONE,		\
	  .method = KTCP_HTTP_GET, .target = "/", ##__VA_ARGS__ }
#define BAD(code, w, r)		{ .what = (w), BYTES(r), .verdict = (code) }
#define UNFINISHED(w, r)	{ .what = (w), BYTES(r) }

static void check_outcome(struct __test_metadata *_metadata,
			  const struct http_case *c, const struct outcome *o)
{
	EXPECT_EQ(c->verdict, o->verdict)
		TH_LOG("%s", c->what);
	if (o->verdict != KTCP_HTTP_DONE || c->verdict != KTCP_HTTP_DONE)
		return;
	EXPECT_EQ(c->method, o->method)
		TH_LOG("%s", c->what);
	EXPECT_EQ(!!c->target, o->has_target)
		TH_LOG("%s", c->what);
	if (c->target)
		EXPECT_STREQ(c->target, o->target)
			TH_LOG("%s", c->what);
	EXPECT_EQ(c->none_match, o->none_match)
		TH_LOG("%s", c->what);
	EXPECT_EQ(c->public_host, o->public_host)
		TH_LOG("%s", c->what);
	EXPECT_EQ(c->closes, !o->persistent)
		TH_LOG("%s", c->what);
	EXPECT_EQ(c->len - c->rest, o->end)
		TH_LOG("%s", c->what);
	EXPECT_TRUE(well_framed(c->req, o->end))
		TH_LOG("%s", c->what);
}

static void check(struct __test_metadata *_metadata, const struct http_case *c)
{
	static struct outcome whole, cut;
	size_t at;

	feed(c->req, c->len, cut_nowhere, NULL, &whole);
	check_outcome(_metadata, c, &whole);
	feed(c->req, c->len, cut_everywhere, NULL, &cut);
	EXPECT_TRUE(same_outcome(&whole, &cut))
		TH_LOG("%s: byte by byte: %d", c->what, cut.verdict);
	for (at = 1; at < c->len; at++) {
		feed(c->req, c->len, cut_once, &at, &cut);
		EXPECT_TRUE(same_outcome(&whole, &cut))
			TH_LOG("%s: cut at %zu: %d", c->what, at, cut.verdict);
	}
}

#define check_all(cases)						\
	do {								\
		for (size_t i_ = 0; i_ < ARRAY_SIZE(cases); i_++)	\
			check(_metadata, &(cases)[i_]);			\
	} while (0)

static const struct http_case request_lines[] = {
	GOOD("get", "GET / HTTP/1.1\r\n" H "\r\n"),
	GOOD("head", "HEAD / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_HEAD),
	GOOD("post", "POST / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_POST),
	GOOD("put", "PUT / HTTP/1.1\r\n" H "\r\n", .method = KTCP_HTTP_PUT),
	GOOD("delete", "DELETE / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_DELETE),
	GOOD("trace", "TRACE / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_TRACE),
	GOOD("patch", "PATCH / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_PATCH),
	GOOD("options", "OPTIONS / HTTP/1.1\r\n" H "\r\n",
	     .method = KTCP_HTTP_OPTIONS),
	GOOD("minor 9 read as 1", "GET / HTTP/1.9\r\n" H "\r\n"),
	GOOD("next request left alone",
	     "GET / HTTP/1.1\r\n" H "\r\nGET /b HTTP/1.1\r\n", .rest = 17),
	GOOD("garbage after it left alone",
	     "GET / HTTP/1.1\r\n" H "\r\n\0\n\r\r", .rest = 4),

	BAD(501, "unknown method", "BREW / HTTP/1.1\r\n" H "\r\n"),
	BAD(501, "method in lower case", "get / HTTP/1.1\r\n" H "\r\n"),
	BAD(501, "longer than a known method", "GETS / HTTP/1.1\r\n"),
	BAD(501, "shorter than a known method", "GE / HTTP/1.1\r\n"),
	BAD(501, "every tchar", "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n"),
	BAD(400, "method not a token", "G@T / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "method with high byte", "G\xc9T / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "no method", " / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "tab for space", "GET\t/ HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "two spaces", "GET  / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "two spaces before version", "GET /  HTTP/1.1\r\n"),
	BAD(400, "space at the end", "GET / HTTP/1.1 \r\n" H "\r\n"),
	BAD(400, "space at the start", " GET / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "one word", "GET\r\n"),
	BAD(400, "HTTP/0.9", "GET /\r\n"),
	BAD(400, "no target", "GET HTTP/1.1\r\n"),
	BAD(400, "colon only", ":\r\n"),

	BAD(505, "version 2", "GET / HTTP/2.0\r\n" H "\r\n"),
	BAD(505, "preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	BAD(505, "version 0.9", "GET / HTTP/0.9\r\n" H "\r\n"),
	BAD(505, "version 9.9", "GET / HTTP/9.9\r\n" H "\r\n"),
	BAD(400, "two digits", "GET / HTTP/1.10\r\n" H "\r\n"),
	BAD(400, "two digits before the dot", "GET / HTTP/11.1\r\n"),
	BAD(400, "no minor", "GET / HTTP/1.\r\n" H "\r\n"),
	BAD(400, "no dot", "GET / HTTP/1\r\n" H "\r\n"),
	BAD(400, "comma for dot", "GET / HTTP/1,1\r\n" H "\r\n"),
	BAD(400, "version in lower case", "GET / http/1.1\r\n" H "\r\n"),
	BAD(400, "other protocol", "GET / HTTQ/1.1\r\n" H "\r\n"),
	BAD(400, "letter for digit", "GET / HTTP/1.x\r\n" H "\r\n"),
	BAD(400, "ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03"),
};

TEST(request_line)
{
	check_all(request_lines);
}

#define T(target)	"GET " target " HTTP/1.1\r\n" H "\r\n"
#define C(target)	"CONNECT " target " HTTP/1.1\r\n" H "\r\n"
#define O(target)	"OPTIONS " target " HTTP/1.1\r\n" H "\r\n"

static const struct http_case targets[] = {
	GOOD("path", T("/a/b.c"), .target = "/a/b.c"),
	GOOD("query cut off", T("/a?b=c"), .target = "/a"),
	GOOD("query with slash and mark", T("/?a/b?c"), .target = "/"),
	GOOD("empty query", T("/?"), .target = "/"),
	GOOD("two slashes", T("//h/a"), .target = "//h/a"),
	GOOD("percent not decoded", T("/%2F%zz"), .target = "/%2F%zz"),
	GOOD("what browsers send", T("/[]|^{}`\\\"<>"),
	     .target = "/[]|^{}`\\\"<>"),
	BAD(400, "relative", T("a")),
	BAD(400, "query alone", T("?a")),
	BAD(400, "fragment", T("/a#b")),
	BAD(400, "high byte", T("/\xc3\xa9")),
	BAD(400, "tab", T("/\ta")),
	BAD(400, "asterisk", T("*")),

	GOOD("absolute", T("http://h/a"), .target = "/a"),
	GOOD("absolute with port", T("http://h:80/a"), .target = "/a"),
	GOOD("absolute with empty port", T("http://h:/a"), .target = "/a"),
	GOOD("absolute, no path", T("http://h")),
	GOOD("absolute, no path but query", T("http://h?a/b")),
	GOOD("absolute with query", T("http://h/a?b"), .target = "/a"),
	GOOD("scheme in capitals", T("HTTP://h/a"), .target = "/a"),
	GOOD("address", T("http://192.0.2.1/a"), .target = "/a"),
	GOOD("address in brackets", T("http://[2001:db8::1]:80/a"),
	     .target = "/a"),
	GOOD("mapped address", T("http://[::ffff:192.0.2.1]/")),
	GOOD("encoded host", T("http://%41-_~!$&'()*+,;=/a"), .target = "/a"),
	BAD(400, "no host", T("http:///a")),
	BAD(400, "no host but port", T("http://:80/a")),
	BAD(400, "nothing after scheme", T("http://")),
	BAD(400, "user", T("http://u@h/a")),
	BAD(400, "user and password", T("http://u:p@h/a")),
	BAD(400, "port of letters", T("http://h:http/a")),
	BAD(400, "two ports", T("http://h:80:80/a")),
	BAD(400, "bracket open", T("http://[::1/a")),
	BAD(400, "bracket empty", T("http://[]/a")),
	BAD(400, "bracket with name", T("http://[host]/a")),
	BAD(400, "after bracket", T("http://[::1]80/a")),
	BAD(400, "percent cut", T("http://h%4/a")),
	BAD(400, "percent not hex", T("http://h%4g/a")),
	BAD(400, "other scheme", T("https://h/a")),
	BAD(400, "no slashes", T("http:h/a")),

	GOOD("authority", C("h:80"), .method = KTCP_HTTP_CONNECT,
	     .target = NULL),
	GOOD("authority in brackets", C("[::1]:80"),
	     .method = KTCP_HTTP_CONNECT, .target = NULL),
	BAD(400, "authority without port", C("h")),
	BAD(400, "authority with empty port", C("h:")),
	BAD(400, "authority without host", C(":80")),
	BAD(400, "connect to a path", C("/")),
	BAD(400, "connect to a URI", C("http://h:80/")),
	BAD(400, "connect to *", C("*")),
	BAD(400, "authority for get", T("h:80")),

	GOOD("asterisk", O("*"), .method = KTCP_HTTP_OPTIONS, .target = NULL),
	GOOD("options of a URI", O("http://h/a"),
	     .method = KTCP_HTTP_OPTIONS, .target = "/a"),
	BAD(400, "two asterisks", O("**")),
	BAD(400, "asterisk with query", O("*?a")),
};

TEST(request_target)
{
	check_all(targets);
}

#define F(fields)	"GET / HTTP/1.1\r\n" fields "\r\n"

static const struct http_case hosts[] = {
	GOOD("name", F("Host: a.example\r\n"), .public_host = true),
	GOOD("port", F("Host: a.example:8080\r\n"), .public_host = true),
	GOOD("with a dot at its end", F("Host: a.example.\r\n"), .public_host = true),
	GOOD("without another", F("Host: a.\r\n")),
	GOOD("number before the end", F("Host: 192.0.2.example\r\n"), .public_host = true),
	GOOD("IPv4", F("Host: 192.0.2.1\r\n")),
	GOOD("IPv4, port", F("Host: 192.0.2.1:8080\r\n")),
	GOOD("IPv4 in IPv6", F("Host: [::ffff:192.0.2.1]:80\r\n")),
	GOOD("local", F("Host: a.b.lOCAL\r\n")),
	GOOD("localhost", F("Host: a.localhost:1\r\n")),
	GOOD("internal", F("Host: a.internal.\r\n")),
	GOOD("test", F("Host: a.test\r\n")),
	GOOD("not quite", F("Host: a.attest\r\n"), .public_host = true),
	GOOD("before the end", F("Host: local.example\r\n"), .public_host = true),
	GOOD("dots alone", F("Host: ..\r\n"), .public_host = true),
	GOOD("by the target", "GET http://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n", .public_host = true),
	GOOD("by the field too", "GET http://a/ HTTP/1.1\r\nHost: a.example\r\n\r\n", .public_host = true),
	GOOD("empty port", F("Host: a:\r\n")),
	GOOD("empty", F("Host:\r\n")),
	GOOD("blanks only", F("Host: \t \r\n")),
	GOOD("no blank", F("Host:a\r\n")),
	GOOD("blanks around", F("Host: \t a \t\r\n")),
	GOOD("any case", F("hOST: a\r\n")),
	GOOD("address", F("Host: [2001:db8::1]:80\r\n")),
	GOOD("not needed in 1.0", "GET / HTTP/1.0\r\n\r\n", .closes = true),
	BAD(400, "missing", F("")),
	BAD(400, "missing, others there", F("Accept: *" "/*\r\nX: y\r\n")),
	BAD(400, "missing in 1.2", "GET / HTTP/1.2\r\n\r\n"),
	BAD(400, "missing, absolute-form",
	    "GET http://h/ HTTP/1.1\r\n\r\n"),
	BAD(400, "missing, asterisk", "OPTIONS * HTTP/1.1\r\n\r\n"),
	BAD(400, "missing, authority", "CONNECT h:80 HTTP/1.1\r\n\r\n"),
	BAD(400, "twice", F(H H)),
	BAD(400, "twice, other case", F(H "HOST: b\r\n")),
	BAD(400, "twice in 1.0", "GET / HTTP/1.0\r\n" H H "\r\n"),
	BAD(400, "two names", F("Host: a b\r\n")),
	BAD(400, "list", F("Host: a:1,b\r\n")),
	BAD(400, "URI", F("Host: http://a\r\n")),
	BAD(400, "path", F("Host: a/\r\n")),
	BAD(400, "user", F("Host: u@a\r\n")),
	BAD(400, "high byte", F("Host: \xc3\xa9\r\n")),
	BAD(400, "port of letters", F("Host: a:b\r\n")),
	BAD(400, "percent cut by the end", F("Host: a%4\r\n")),
	BAD(400, "address without brackets", F("Host: 2001:db8::1\r\n")),
};

TEST(host)
{
	check_all(hosts);
}

static const struct http_case fields[] = {
	GOOD("other fields", F(H "Accept: */*\r\nUser-Agent: x/1 (y)\r\n")),
	GOOD("empty value", F(H "X:\r\n")),
	GOOD("colons in value", F(H "X: a:b::\r\n")),
	GOOD("tab in value", F(H "X: a\tb\r\n")),
	GOOD("high bytes in value", F(H "X: \x80\xff\r\n")),
	GOOD("every tchar in name", F(H "!#$%&'*+-.^_`|~09azAZ: x\r\n")),
	GOOD("longer than a known name", F(H "Hosts: a b\r\n")),
	GOOD("shorter than a known name", F(H "Hos: a b\r\n")),
	BAD(400, "no colon", F(H "X\r\n")),
	BAD(400, "no name", F(H ": x\r\n")),
	BAD(400, "space before colon", F("Host : a\r\n")),
	BAD(400, "tab before colon", F(H "X\t: y\r\n")),
	BAD(400, "obs-fold", F(H "X: a\r\n b\r\n")),
	BAD(400, "obs-fold by tab", F(H "X: a\r\n\tb: c\r\n")),
	BAD(400, "blank before the first", F(" X: a\r\n" H)),
	BAD(400, "blank line", F(H " \r\n")),
	BAD(400, "space in name", F(H "X Y: a\r\n")),
	BAD(400, "bracket in name", F(H "X(): a\r\n")),
	BAD(400, "high byte in name", F(H "X\xe9: a\r\n")),
	BAD(400, "DEL in value", F(H "X: \x7f\r\n")),
	BAD(400, "ESC in value", F(H "X: \x1b[0m\r\n")),
	BAD(400, "NUL in value", F(H "X: a\0b\r\n")),
	BAD(400, "NUL in name", F(H "X\0: b\r\n")),
	BAD(400, "NUL in request line", "GET /\0 HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "NUL at the start", "\0"),
	BAD(400, "NUL after CR", "GET / HTTP/1.1\r\0"),
	BAD(400, "form feed", F(H "X: \f\r\n")),

	BAD(400, "bare LF after request line", "GET / HTTP/1.1\n" H "\r\n"),
	BAD(400, "bare LF after field", F("Host: a\n")),
	BAD(400, "bare LF at the end", "GET / HTTP/1.1\r\n" H "\n"),
	BAD(400, "bare LF at the start", "\nGET / HTTP/1.1\r\n" H "\r\n"),
	BAD(400, "bare CR in value", F(H "X: a\rb\r\n")),
	BAD(400, "bare CR in request line", "GET /\r HTTP/1.1\r\n"),
	BAD(400, "bare CR at the start", "\rGET / HTTP/1.1\r\n"),
	BAD(400, "CR CR LF", F("Host: a\r\r\n")),
	BAD(400, "CR CR LF at the end", "GET / HTTP/1.1\r\n" H "\r\r\n"),

	UNFINISHED("CR at the end", "GET / HTTP/1.1\r\n" H "\r"),
	UNFINISHED("no empty line", "GET / HTTP/1.1\r\n" H),
	UNFINISHED("half a field", "GET / HTTP/1.1\r\nHost: "),
	UNFINISHED("half a request line", "GET / HT"),
};

TEST(header_field)
{
	check_all(fields);
}

/* Who could disagree with us about where the request ends? */
static const struct http_case framing[] = {
	GOOD("length 0", F(H "Content-Length: 0\r\n")),
	GOOD("length 000", F(H "Content-Length: 000\r\n")),
	GOOD("length", F(H "Content-Length: 5\r\n") "hello", .rest = 5),
	GOOD("the greatest length",
	     F(H "Content-Length: 18446744073709551609\r\n")),
	BAD(413, "length beyond 2^64",
	    F(H "Content-Length: 99999999999999999999999999\r\n")),
	BAD(413, "length a multiple of 2^64",
	    F(H "Content-Length: 18446744073709551616\r\n")),
	GOOD("length with leading zero",
	     F(H "Content-Length: 010\r\n") "0123456789", .rest = 10),
	GOOD("length of a POST",
	     "POST / HTTP/1.1\r\n" H "content-length:1\r\n\r\nx",
	     .method = KTCP_HTTP_POST, .rest = 1),
	BAD(400, "length of a CONNECT",
	    "CONNECT a:1 HTTP/1.1\r\n" H "content-length:1\r\n\r\nx"),
	BAD(400, "length empty", F(H "Content-Length:\r\n")),
	BAD(400, "length negative", F(H "Content-Length: -1\r\n")),
	BAD(400, "length with plus", F(H "Content-Length: +1\r\n")),
	BAD(400, "length in hex", F(H "Content-Length: 0x1\r\n")),
	BAD(400, "length with fraction", F(H "Content-Length: 1.0\r\n")),
	BAD(400, "two numbers", F(H "Content-Length: 1 1\r\n")),
	BAD(400, "list of lengths", F(H "Content-Length: 5, 5\r\n")),
	BAD(400, "length twice",
	    F(H "Content-Length: 5\r\nContent-Length: 6\r\n")),
	BAD(400, "same length twice",
	    F(H "Content-Length: 0\r\nContent-Length: 0\r\n")),

	GOOD("chunked", F(H "Transfer-Encoding: chunked\r\n")),
	GOOD("chunked, any case", F(H "transfer-encoding: CHUNKED\r\n")),
	BAD(400, "chunked in 1.0",
	    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"),
	BAD(501, "unknown coding first",
	    F(H "Transfer-Encoding: gzip, chunked\r\n")),
	BAD(400, "chunked not last",
	    F(H "Transfer-Encoding: chunked, gzip\r\n")),
	BAD(400, "chunked twice",
	    F(H "Transfer-Encoding: chunked, chunked\r\n")),
	BAD(400, "chunked in two fields",
	    F(H "Transfer-Encoding: chunked\r\n"
	      "Transfer-Encoding: chunked\r\n")),
	BAD(400, "not chunked", F(H "Transfer-Encoding: gzip\r\n")),
	BAD(400, "identity", F(H "Transfer-Encoding: identity\r\n")),
	BAD(400, "empty coding", F(H "Transfer-Encoding:\r\n")),
	BAD(400, "almost chunked", F(H "Transfer-Encoding: xchunked\r\n")),
	BAD(400, "chunked with parameter",
	    F(H "Transfer-Encoding: chunked;a=b\r\n")),
	BAD(400, "length, then coding",
	    F(H "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")),
	BAD(400, "coding, then length",
	    F(H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
};

TEST(body_framing)
{
	check_all(framing);
}

#define V0(fields)	"GET / HTTP/1.0\r\n" fields "\r\n"

static const struct http_case connections[] = {
	GOOD("1.1 persists", F(H)),
	GOOD("1.1 close", F(H "Connection: close\r\n"), .closes = true),
	GOOD("any case", F(H "cONNECTION: CLOSE\r\n"), .closes = true),
	GOOD("in a list", F(H "Connection: a, close ,b\r\n"), .closes = true),
	GOOD("tight list", F(H "Connection: a,close,b\r\n"), .closes = true),
	GOOD("list with holes", F(H "Connection: ,, ,close,\r\n"),
	     .closes = true),
	GOOD("second field", F(H "Connection: a\r\nConnection: close\r\n"),
	     .closes = true),
	GOOD("close wins", F(H "Connection: close, keep-alive\r\n"),
	     .closes = true),
	GOOD("not the token", F(H "Connection: closed, xclose, clos e\r\n")),
	GOOD("empty", F(H "Connection:\r\n")),
	GOOD("keep-alive in 1.1", F(H "Connection: keep-alive\r\n")),
	GOOD("1.0 closes", V0(""), .closes = true),
	GOOD("1.0 keep-alive", V0("Connection: Keep-Alive\r\n")),
	GOOD("1.0 keep-alive in a list", V0("Connection: x, keep-alive\r\n")),
	GOOD("1.0 both", V0("Connection: keep-alive, close\r\n"),
	     .closes = true),
	GOOD("1.0 Keep-Alive alone", V0("Keep-Alive: timeout=5\r\n"),
	     .closes = true),
	GOOD("1.0 other token", V0("Connection: upgrade\r\n"),
	     .closes = true),
};

TEST(connection)
{
	check_all(connections);
}

#define E	"\r\n"

static const struct http_case empties[] = {
	GOOD("one", E F(H)),
	GOOD("as many as allowed", E E E E F(H)),
	BAD(400, "one too many", E E E E E),
	UNFINISHED("no request", E E E E),
	UNFINISHED("half a line", E "\r"),
	BAD(400, "CR before a request", "\rG"),
};

#define IF_NONE(name, values, ...)					\
	GOOD(name, "GET / HTTP/1.1\r\n" H "If-None-Match: " values	\
	     "\r\n\r\n", ##__VA_ARGS__)
#define MATCH	.none_match = true
#define TAG	"\"" ETAG "\""

static const struct http_case none_matches[] = {
	IF_NONE("the tag", TAG, MATCH),
	IF_NONE("weak", "W/" TAG, MATCH),
	IF_NONE("any", "*", MATCH),
	IF_NONE("first of two", TAG ", \"b\"", MATCH),
	IF_NONE("last of three", "\"a\", W/\"b\" ,\t" TAG, MATCH),
	IF_NONE("empty elements", ",, ," TAG ",", MATCH),
	IF_NONE("a comma in a tag", "\"a,b\"," TAG, MATCH),
	IF_NONE("an empty tag before", "\"\", " TAG, MATCH),
	IF_NONE("two fields", "\"a\"\r\nif-none-match: " TAG, MATCH),
	IF_NONE("two fields, the first", TAG "\r\nIf-None-Match: \"a\"", MATCH),
	IF_NONE("another", "\"a\""),
	IF_NONE("empty", ""),
	IF_NONE("no quotes", ETAG),
	IF_NONE("one quote", "\"" ETAG),
	IF_NONE("longer", "\"" ETAG "0\""),
	IF_NONE("shorter", "\"0123456789abcdef0123456789abcde\""),
	IF_NONE("inside another", "\"x" TAG "x\""),
	IF_NONE("upper case", "\"0123456789ABCDEF0123456789ABCDEF\""),
	IF_NONE("w in lower case", "w/" TAG),
	IF_NONE("blank after W/", "W/ " TAG),
	IF_NONE("a star in a list", "\"a\", *"),
	IF_NONE("after what is no tag", "x, " TAG),
	GOOD("no such field", "GET / HTTP/1.1\r\n" H "If-Match: *\r\n\r\n"),
};

TEST(if_none_match)
{
	check_all(none_matches);
}

TEST(empty_lines_before_request)
{
	static struct outcome o;

	check_all(empties);
	feed("\r\n\r", 3, cut_nowhere, NULL, &o);
	EXPECT_TRUE(o.idle);
	feed("\r\nG", 3, cut_nowhere, NULL, &o);
	EXPECT_FALSE(o.idle);
	feed("GET / HTTP/1.1\r\n", 16, cut_nowhere, NULL, &o);
	EXPECT_FALSE(o.idle);
}

/* A request with something long in it. */
static char big[2 * KTCP_HTTP_HEADER_MAX];

/* @before, then @n times @ch, then @after; checked in every way. */
static void check_long(struct __test_metadata *_metadata, const char *what,
		       int verdict, const char *before, char ch, size_t n,
		       const char *after)
{
	struct outcome *o = malloc(sizeof(*o));
	struct http_case c = {
		.what = what,
		.req = big,
		.verdict = verdict,
		.method = KTCP_HTTP_GET,
		.target = o->target,
	};

	c.len = strlen(before) + n + strlen(after);
	ASSERT_LT(c.len, sizeof(big));
	strcpy(big, before);
	memset(big + strlen(before), ch, n);
	strcpy(big + strlen(before) + n, after);
	feed(big, c.len, cut_nowhere, NULL, o);
	check(_metadata, &c);
	free(o);
}

TEST(target_limit)
{
	const char *v = " HTTP/1.1\r\n" H "\r\n";

	check_long(_metadata, "below", KTCP_HTTP_DONE, "GET /", 'a',
		   KTCP_HTTP_TARGET_MAX - 2, v);
	check_long(_metadata, "at", KTCP_HTTP_DONE, "GET /", 'a',
		   KTCP_HTTP_TARGET_MAX - 1, v);
	check_long(_metadata, "above", 414, "GET /", 'a',
		   KTCP_HTTP_TARGET_MAX, v);
}

TEST(request_line_limit)
{
	const size_t line = KTCP_HTTP_LINE_MAX - strlen("GET / HTTP/1.1");

	check_long(_metadata, "at: the target is too long", 414, "GET /", 'a',
		   line, " HTTP/1.1\r\n");
	check_long(_metadata, "above", 414, "GET /", 'a', line + 1,
		   " HTTP/1.1\r\n");
	check_long(_metadata, "unfinished, at", KTCP_HTTP_MORE, "", 'a',
		   KTCP_HTTP_LINE_MAX, "");
	check_long(_metadata, "unfinished, above", 414, "", 'a',
		   KTCP_HTTP_LINE_MAX + 1, "");
	check_long(_metadata, "at, not HTTP", 400, "", 'a',
		   KTCP_HTTP_LINE_MAX, "\r\n");
}

TEST(header_line_limit)
{
	const char *r = "GET / HTTP/1.1\r\n" H "X:";

	check_long(_metadata, "below", KTCP_HTTP_DONE, r, 'a',
		   KTCP_HTTP_LINE_MAX - 3, "\r\n\r\n");
	check_long(_metadata, "at", KTCP_HTTP_DONE, r, 'a',
		   KTCP_HTTP_LINE_MAX - 2, "\r\n\r\n");
	check_long(_metadata, "above", 431, r, 'a',
		   KTCP_HTTP_LINE_MAX - 1, "\r\n\r\n");
	check_long(_metadata, "above, unfinished", 431, r, 'a',
		   KTCP_HTTP_LINE_MAX - 1, "");
}

/* Two long fields fill the header to its limit, and @over bytes more. */
static void check_header(struct __test_metadata *_metadata, const char *what,
			 int verdict, const char *empty, int over)
{
	static const char end[] = "\r\n\r\n";
	static char before[KTCP_HTTP_HEADER_MAX];
	size_t left;
	int n;

	n = sprintf(before, "%sGET / HTTP/1.1\r\n" H "X: %08180d\r\nY: ",
		    empty, 0);
	left = KTCP_HTTP_HEADER_MAX - (n - strlen(empty)) - strlen(end);
	check_long(_metadata, what, verdict, before, 'a', left + over, end);
}

TEST(header_limit__below)
{
	check_header(_metadata, "below", KTCP_HTTP_DONE, "", -1);
}

TEST(header_limit__at)
{
	check_header(_metadata, "at", KTCP_HTTP_DONE, "", 0);
}

TEST(header_limit__above)
{
	check_header(_metadata, "above", 431, "", 1);
}

TEST(header_limit__empty_lines_do_not_count)
{
	check_header(_metadata, "at", KTCP_HTTP_DONE, E E E E, 0);
}

TEST(fields_limit)
{
	static char fields[8 * KTCP_HTTP_FIELDS_MAX];
	struct http_case c = {
		.what = "fields",
		.req = fields,
		.verdict = KTCP_HTTP_DONE,
		.method = KTCP_HTTP_GET,
		.target = "/",
	};
	int i, n = sprintf(fields, "GET / HTTP/1.1\r\n" H);

	for (i = 1; i < KTCP_HTTP_FIELDS_MAX; i++)
		n += sprintf(fields + n, "X: y\r\n");
	strcpy(fields + n, "\r\n");
	c.len = n + 2;
	check(_metadata, &c);

	strcpy(fields + n, "X: y\r\n\r\n");
	c.len = n + 8;
	c.verdict = 431;
	check(_metadata, &c);
}

/* Several requests through one parser: nothing is left of the one before. */
TEST(pipeline)
{
	static const char reqs[] =
		"HEAD /a HTTP/1.0\r\n" H "Connection: keep-alive\r\n"
		"Content-Length: 0\r\n\r\n"
		"\r\n"
		"GET / HTTP/1.1\r\n" H "\r\n"
		"GET /b HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"
		"GET / HTTP/1.1\r\n\r\n";
	struct ktcp_http_parser p = { 0 };
	size_t at = 0, used;
	int verdict, done = 0;

	do {
		verdict = ktcp_http_parse(&p, (const u8 *)reqs + at,
					  sizeof(reqs) - 1 - at, &used);
		at += used;
		if (verdict == KTCP_HTTP_DONE) {
			done++;
			EXPECT_EQ(done == 1 ? KTCP_HTTP_HEAD : KTCP_HTTP_GET,
				  +p.method);
			EXPECT_EQ(done != 1, (int)p.minor);
			EXPECT_TRUE(ktcp_http_persistent(&p));
			ktcp_http_parser_next(&p);
			EXPECT_TRUE(ktcp_http_idle(&p));
		}
	} while (verdict == KTCP_HTTP_DONE || verdict == KTCP_HTTP_TARGET);
	EXPECT_EQ(3, done);
	EXPECT_EQ(400, verdict);
}

/* A request that comes whole needs no stash. */
TEST(whole_request_is_not_copied)
{
	struct ktcp_http_parser p = { 0 };
	static const char req[] = F(H "Accept: */*\r\n");
	size_t at = 0, used;
	int verdict;

	do {
		verdict = ktcp_http_parse(&p, (const u8 *)req + at,
					  sizeof(req) - 1 - at, &used);
		at += used;
		ASSERT_NE(KTCP_HTTP_ROOM, verdict);
	} while (verdict == KTCP_HTTP_TARGET);
	EXPECT_EQ(KTCP_HTTP_DONE, verdict);
}

/* Whoever answers an error must know that HEAD gets no body (RFC 9110 9.3.2). */
TEST(method__is_known_in_an_error)
{
	static const struct http_case errors[] = {
		BAD(505, "version", "HEAD / HTTP/2.0\r\n"),
		BAD(400, "malformed version", "HEAD / HTTP/1\r\n"),
		BAD(400, "target", "HEAD a HTTP/1.1\r\n"),
		BAD(400, "field", "HEAD / HTTP/1.1\r\n\x01"),
		BAD(400, "no Host", "HEAD / HTTP/1.1\r\n\r\n"),
	};
	static struct outcome o;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		feed(errors[i].req, errors[i].len, cut_everywhere, NULL, &o);
		EXPECT_EQ(errors[i].verdict, o.verdict)
			TH_LOG("%s", errors[i].what);
		EXPECT_EQ(KTCP_HTTP_HEAD, o.method)
			TH_LOG("%s", errors[i].what);
	}
	n = sprintf(big, "HEAD /%0*d HTTP/1.1\r\n", KTCP_HTTP_TARGET_MAX, 0);
	feed(big, n, cut_nowhere, NULL, &o);
	EXPECT_EQ(414, o.verdict);
	EXPECT_EQ(KTCP_HTTP_HEAD, o.method);
}

/* Nor in the error that comes before its line is complete, however it is cut. */
TEST(method__is_known_in_a_line_too_long)
{
	static const struct {
		const char *begin;
		int method;
	} row[] = {
		{ "HEAD /", KTCP_HTTP_HEAD },
		{ "GET /", KTCP_HTTP_GET },
		{ "OPTIONS /", KTCP_HTTP_OPTIONS },
		{ "HEADER /", KTCP_HTTP_UNKNOWN },
		{ "HEAD", KTCP_HTTP_UNKNOWN },
		{ "", KTCP_HTTP_UNKNOWN },
		{ "PROPPATCH /", KTCP_HTTP_UNKNOWN },
	};
	static struct outcome o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		strcpy(big, row[i].begin);
		memset(big + strlen(big), 'a', KTCP_HTTP_LINE_MAX + 1);
		feed(big, KTCP_HTTP_LINE_MAX + 1, cut_nowhere, NULL, &o);
		EXPECT_EQ(414, o.verdict);
		EXPECT_EQ(row[i].method, o.method)
			TH_LOG("'%s' in one", row[i].begin);
		feed(big, KTCP_HTTP_LINE_MAX + 1, cut_everywhere, NULL, &o);
		EXPECT_EQ(414, o.verdict);
		EXPECT_EQ(row[i].method, o.method)
			TH_LOG("'%s' byte by byte", row[i].begin);
	}
}

/* The stash outlives a request, or who owns it could not free it. */
TEST(parser_next__keeps_the_stash)
{
	u8 stash[64];
	struct ktcp_http_parser p = {
		.stash = stash,
		.stash_size = sizeof(stash),
		.fields = 3,
	};

	ktcp_http_parser_next(&p);
	EXPECT_EQ(&stash[0], p.stash);
	EXPECT_EQ(sizeof(stash), p.stash_size);
	EXPECT_EQ(0, p.fields);
}

#define MUTATIONS	20000
#define MUTANT_MAX	1024

static const char *const seeds[] = {
	F(H "Accept: */*\r\nUser-Agent: curl/8\r\n"),
	E F("Host: [2001:db8::1]:8080\r\nConnection: a, close\r\n"),
	T("http://a.example:80/b?c") F(H),
	C("a:443") F(H),
	O("*") F(H),
	F(H "Content-Length: 0\r\n") F(H "Content-Length: 10\r\n"),
	F(H "Transfer-Encoding: gzip, chunked\r\n"),
	V0("Connection: keep-alive\r\n") V0(""),
};

static const char *const pieces[] = {
	"\r\n", "\r", "\n", " ", "\t", ":", "\r\n\r\n", "\r\n ", H, "\x7f",
	"\xff", "/", "?", "#", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "GET ",
	"HEAD ", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n",
	"Connection: close\r\n", "[", "]", "@", "%41", ",", "chunked",
	"http://",
};

static size_t mutate(char *m, size_t len, u32 *rnd)
{
	size_t at = random_next(rnd) % len, n;
	const char *piece;

	switch (random_next(rnd) % 5) {
	case 0:			/* another byte */
		m[at] = random_next(rnd);
		return len;
	case 1:			/* one bit */
		m[at] ^= 1 << random_next(rnd) % 8;
		return len;
	case 2:			/* some bytes less, one at least is left */
		n = min_t(size_t, 1 + random_next(rnd) % 8, len - at);
		n = min_t(size_t, n, len - 1);
		memmove(m + at, m + at + n, len - at - n);
		return len - n;
	case 3:			/* a piece more */
		piece = pieces[random_next(rnd) % ARRAY_SIZE(pieces)];
		n = strlen(piece);
		memmove(m + at + n, m + at, len - at);
		memcpy(m + at, piece, n);
		return len + n;
	default:		/* a part twice */
		n = min_t(size_t, 1 + random_next(rnd) % 32, len - at);
		memmove(m + at + n, m + at, len - at);
		return len + n;
	}
}

TEST(mutations)
{
	static struct outcome whole, cut;
	static char mutant[MUTANT_MAX];
	u32 rnd = 20240229, seen_done = 0, seen_error = 0;
	size_t len;
	int i, j;

	for (i = 0; i < MUTATIONS; i++) {
		memset(mutant, 0, sizeof(mutant));
		strcpy(mutant, seeds[i % ARRAY_SIZE(seeds)]);
		len = strlen(mutant);
		for (j = random_next(&rnd) % 5; j >= 0; j--)
			len = mutate(mutant, len, &rnd);
		mutant[len] = '\0';

		feed(mutant, len, cut_nowhere, NULL, &whole);
		feed(mutant, len, cut_everywhere, NULL, &cut);
		ASSERT_TRUE(same_outcome(&whole, &cut))
			TH_LOG("mutation %d, byte by byte: %s", i, mutant);
		for (j = 0; j < 3; j++) {
			u32 seed = random_next(&rnd);

			feed(mutant, len, cut_random, &seed, &cut);
			ASSERT_TRUE(same_outcome(&whole, &cut))
				TH_LOG("mutation %d: %s", i, mutant);
		}
		if (whole.verdict == KTCP_HTTP_DONE) {
			seen_done++;
			ASSERT_TRUE(well_framed(mutant, whole.end))
				TH_LOG("mutation %d: %s", i, mutant);
		}
		seen_error += whole.verdict >= 400;
	}
	/* The mutations are worth something only if both come often. */
	EXPECT_LT(MUTATIONS / 20, seen_done);
	EXPECT_LT(MUTATIONS / 20, seen_error);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/* What an HTTP client on the wire sees (RFC 9110, RFC 9112). */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "wire.h"

#define HOST	"Host: a\r\n"

/* The connection is still good for a request. */
static void check_open(struct flow *f)
{
	uint32_t seq = f->rcv;
	struct response r;

	check_state(f, "ESTABLISHED");
	request(f, GET, &r);
	check_page(f, seq, &r);
}

/* After its last response the server has closed, and the client follows. */
static void check_closed(struct flow *f)
{
	check_state(f, "FIN_WAIT_2");
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
}

static void expect_status(struct flow *f, const char *text, int status)
{
	uint32_t seq;
	struct response r;
	char value[80];

	flow_init(f, f->p);
	flow_connect(f);
	seq = f->rcv;
	request(f, text, &r);
	if (r.status != status)
		fail("status %d, not %d, for '%.60s'", r.status, status, text);
	if (status == 200) {
		check_page(f, seq, &r);
		return;
	}
	check(field(&r, "Content-Type", value, sizeof(value)));
	if (status == 405) {
		check(field(&r, "Allow", value, sizeof(value)));
		check(!strcmp(value, "GET, HEAD, OPTIONS"));
	}
	if (r.close)
		check_closed(f);
	else
		check_open(f);
}

WIRE(get__page)
{
	struct response r;
	char value[80];

	flow_connect(f);
	request(f, GET, &r);
	check_page(f, 1, &r);
	check(!r.close);
	check(field(&r, "Content-Type", value, sizeof(value)));
	check(!strncmp(value, "text/html", 9));
	check(field(&r, "Date", value, sizeof(value)));
	check(!strcmp(value + 25, " GMT"));
	check_stat("HttpRequests", 1);
	check_stat("HttpStatus2xx", 1);
}

WIRE(keep_alive__many_requests)
{
	int i;

	flow_connect(f);
	for (i = 0; i < 100; i++)
		check_open(f);
	check_stat("HttpRequests", 100);
	check_stat("PassiveOpens", 1);
}

WIRE(pipelining__answers_in_order)
{
	static const char text[] = GET "HEAD / HTTP/1.1\r\n" HOST "\r\n"
		"GET /none HTTP/1.1\r\n" HOST "\r\n" GET_CLOSE GET;
	static const int status[] = { 200, 200, 404, 200 };
	uint32_t seq = 1;
	struct response r;
	struct got g;
	size_t i;

	flow_connect(f);
	tx(f, .data = text);
	while (flow_next(f, &g, 0))
		;
	check_eq(FIN | PSH | ACK, g.flags);
	for (i = 0; i < ARRAY_LEN(status); i++) {
		response_at(f, seq, &r);
		check_eq(status[i], r.status);
		check_eq(i == ARRAY_LEN(status) - 1, r.close);
		seq += r.head + (i == 1 ? 0 : r.length);
	}
	/* what follows the last request is not answered */
	check_eq(f->have, seq);
	tx(f);
	check_closed(f);
}

WIRE(head__has_no_body)
{
	struct response r, page;

	flow_connect(f);
	request(f, "HEAD / HTTP/1.1\r\n" HOST "\r\n", &r);
	check_eq(200, r.status);
	check_eq(1 + r.head, f->have);
	request(f, GET, &page);
	check_eq(page.length, r.length);
}

WIRE(close__is_announced_and_done)
{
	struct response r;

	flow_connect(f);
	request(f, GET_CLOSE, &r);
	check_page(f, 1, &r);
	check(r.close);
	check_closed(f);
}

WIRE(close__any_case_in_a_list)
{
	struct response r;

	flow_connect(f);
	request(f, "GET / HTTP/1.1\r\nhost: a\r\nCONNECTION: foo , ClOsE\r\n\r\n",
		&r);
	check(r.close);
	check_closed(f);
}

WIRE(http_1_0__closes)
{
	struct response r;

	flow_connect(f);
	request(f, "GET / HTTP/1.0\r\n\r\n", &r);
	check_page(f, 1, &r);
	check(r.close);
	check_closed(f);
}

WIRE(http_1_0__keep_alive)
{
	struct response r;

	flow_connect(f);
	request(f, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &r);
	check_page(f, 1, &r);
	check(r.keep_alive);
	check_open(f);
}

WIRE(status__table)
{
	static const struct { int status; const char *text; } row[] = {
		{ 200, "GET / HTTP/1.1\r\n" HOST "\r\n" },
		{ 200, "\r\nGET / HTTP/1.1\r\n" HOST "\r\n" },
		{ 200, "GET /?a=b HTTP/1.1\r\n" HOST "\r\n" },
		{ 200, "GET http://a/ HTTP/1.1\r\n" HOST "\r\n" },
		{ 404, "GET /nothing HTTP/1.1\r\n" HOST "\r\n" },
		{ 404, "GET /index.htmlx HTTP/1.1\r\n" HOST "\r\n" },
		{ 405, "DELETE / HTTP/1.1\r\n" HOST "\r\n" },
		{ 405, "PUT / HTTP/1.1\r\n" HOST "\r\n" },
		{ 405, "POST / HTTP/1.1\r\n" HOST
		       "Content-Length: 2\r\n\r\nhi" },
		{ 400, "GET / HTTP/1.1\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n" },
		{ 400, "GET  / HTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\r\nbad field\r\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n" },
		{ 400, "GET /\r\n\r\n" },
		{ 400, "\x16\x03\x01\x02\r\n\r\n" },
		{ 505, "GET / HTTP/2.0\r\n" HOST "\r\n" },
		{ 505, "GET / HTTP/3.1\r\n" HOST "\r\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(row); i++)
		expect_status(f, row[i].text, row[i].status);
	check(stat_get("HttpStatus4xx") >= 10);
	check_stat("HttpStatus5xx", 2);
}

WIRE(status__414)
{
	static char text[9000] = "GET /";

	memset(text + 5, 'x', 8100);
	strcpy(text + 8105, " HTTP/1.1\r\n" HOST "\r\n");
	expect_status(f, text, 414);
}

/* What is asked for is known long before the line is too long. */
WIRE(status__414_has_no_body_for_head)
{
	static char text[9000] = "HEAD /";
	struct response r;
	struct got g;

	memset(text + 6, 'x', 8300);
	strcpy(text + 6 + 8300, " HTTP/1.1\r\n" HOST "\r\n");
	flow_connect(f);
	tx(f, .data = text);
	do
		check(flow_next(f, &g, 0));
	while (!(g.flags & FIN));
	response_at(f, 1, &r);
	check_eq(414, r.status);
	check(r.close);
	check_eq(1 + r.head, f->have);
}

/* Nor has a line that no server could take. */
WIRE(status__400_has_no_body_for_head)
{
	static const char *const lines[] = {
		"HEAD / HTTP/1.1\nHost: a\r\n\r\n",
		"HEAD / HTTP/1.1\rHost: a\r\n\r\n",
		"HEAD /\r\n\r\n",
		"HEAD /\001 HTTP/1.1\r\nHost: a\r\n\r\n",
	};
	struct response r;
	struct got g;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lines); i++) {
		flow_init(f, p);
		flow_connect(f);
		tx(f, .data = lines[i]);
		check(flow_next(f, &g, 0));
		response_at(f, 1, &r);
		check_eq(400, r.status);
		check(r.close);
		check_eq(1 + r.head, f->have);
		tx(f, .flags = RST | ACK);
	}
}

WIRE(status__431_line)
{
	static char text[9000] = "GET / HTTP/1.1\r\n" HOST "X: ";
	size_t n = strlen(text);

	memset(text + n, 'x', 8300);
	strcpy(text + n + 8300, "\r\n\r\n");
	expect_status(f, text, 431);
}

WIRE(status__431_fields)
{
	static char text[2000] = "GET / HTTP/1.1\r\n" HOST;
	size_t n = strlen(text);
	int i;

	for (i = 0; i < 120; i++, n += 6)
		strcpy(text + n, "X: y\r\n");
	strcpy(text + n, "\r\n");
	expect_status(f, text, 431);
}

/* What still comes after an error is drained, not answered with a RST. */
WIRE(error__drains_what_follows)
{
	struct response r;

	flow_connect(f);
	request(f, "garbage\r\n\r\n", &r);
	check_eq(400, r.status);
	check(r.close);
	tx(f, .data = GET);
	rx(f, .after_ms = 40);
	check_closed(f);
}

/* --- bodies are read and thrown away --- */

#define POST		"POST / HTTP/1.1\r\n" HOST

/* Sends the text in pieces of @n bytes; the last brings the response. */
static void request_cut(struct flow *f, const char *text, size_t n,
			struct response *r)
{
	size_t len = strlen(text);

	while (len > n) {
		tx(f, .flags = ACK | PSH, .data = text, .len = n);
		drain(f);
		text += n;
		len -= n;
	}
	request(f, text, r);
}

WIRE(body__of_a_length)
{
	struct response r;

	flow_connect(f);
	request_cut(f, POST "Content-Length: 10\r\n\r\n0123456789", 7, &r);
	check_eq(405, r.status);
	check(!r.close);
	check_open(f);
	check_stat("HttpRequests", 2);
}

WIRE(body__in_chunks)
{
	struct response r;

	flow_connect(f);
	request_cut(f, POST "Transfer-Encoding: chunked\r\n\r\n"
		    "5;x=y\r\n01234\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
		    3, &r);
	check_eq(405, r.status);
	check(!r.close);
	check_open(f);
}

/* What is behind a body is the next request. */
WIRE(body__pipelined)
{
	uint32_t seq;
	struct response r;

	flow_connect(f);
	tx(f, .flags = ACK | PSH, .data = POST "Content-Length: 3\r\n\r\nabc" GET);
	drain(f);
	response_at(f, 1, &r);
	check_eq(405, r.status);
	seq = 1 + r.head + r.length;
	response_at(f, seq, &r);
	check_eq(200, r.status);
	check_stat("HttpRequests", 2);
}

WIRE(body__too_long)
{
	struct response r;

	sysctl_set("http_body_max", "10");
	flow_connect(f);
	request(f, POST "Content-Length: 11\r\n\r\n", &r);
	check_eq(413, r.status);
	check(r.close);
	check_closed(f);
}

WIRE(body__too_long_in_chunks)
{
	struct response r;

	sysctl_set("http_body_max", "10");
	flow_connect(f);
	request_cut(f, POST "Transfer-Encoding: chunked\r\n\r\n"
		    "a\r\n0123456789\r\n1", 9, &r);
	check_eq(413, r.status);
	check(r.close);
	check_closed(f);
}

WIRE(body__takes_too_long)
{
	struct response r;
	struct got g;
	uint32_t seq;

	sysctl_set("http_body_sec", "5");
	flow_connect(f);
	tx(f, .flags = ACK | PSH, .data = POST "Content-Length: 9\r\n\r\n012");
	rx(f, .after_ms = 40);
	seq = f->rcv;
	for (int i = 0; i < 4; i++) {
		tx(f, .flags = ACK | PSH, .data = "x");
		while (flow_next(f, &g, 1000))
			check_eq(0, g.len);
	}
	check(flow_next(f, &g, 1100));
	response_at(f, seq, &r);
	check_eq(408, r.status);
	check(r.close);
}

WIRE(body__peer_closes_within)
{
	flow_connect(f);
	tx(f, .flags = ACK | PSH, .data = POST "Content-Length: 9\r\n\r\n012");
	rx(f, .after_ms = 40);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = FIN | ACK);
	check_stat("HttpRequests", 0);
}

/* An error is final, and the body need not be sent. */
WIRE(expect__of_no_use)
{
	struct response r;

	flow_connect(f);
	request(f, POST "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n", &r);
	check_eq(405, r.status);
	check(r.close);
	check_closed(f);
}

WIRE(expect__continue)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct response r;
	uint32_t seq;

	flow_connect(f);
	seq = f->rcv;
	tx(f, .flags = ACK | PSH, .data = "GET / HTTP/1.1\r\n" HOST
	   "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	rx(f, .flags = ACK | PSH, .len = strlen(go_on));
	check(!memcmp(f->stream + seq, go_on, strlen(go_on)));
	seq = f->rcv;
	request(f, "abc", &r);
	check_page(f, seq, &r);
	check(!r.close);
	check_eq(f->rcv - 1, stat_get("HttpBytes"));
	check_open(f);
	check_stat("HttpRequests", 2);
}

#define GET_NONE	"GET /no HTTP/1.1\r\n" HOST "\r\n"

/* Ask @n times for nothing, then @text; read only then, all that comes. */
static void ask_behind(struct flow *f, int n, const char *text)
{
	static char all[16384];
	size_t len = 0, at, part;
	struct got g;

	while (n--)
		len += sprintf(all + len, GET_NONE);
	len += sprintf(all + len, "%s", text);
	check(len < sizeof(all));
	for (at = 0; at < len; at += part) {
		part = len - at < 1400 ? len - at : 1400;
		tx(f, .flags = PSH | ACK, .data = all + at, .len = part);
	}
	while (flow_next(f, &g, 0)) {
		do
			check(!(g.flags & RST));
		while (flow_next(f, &g, 0));
		tx(f);
	}
}

/* @n responses 404 lie at @seq; where what follows them does. */
static uint32_t behind(struct flow *f, uint32_t seq, int n)
{
	struct response r;

	while (n--) {
		response_at(f, seq, &r);
		check_eq(404, r.status);
		seq += r.head + r.length;
	}
	return seq;
}

/* 100 waits for room in the queue. */
WIRE(expect__continue_behind_much)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct response r;
	uint32_t seq;
	int n;

	for (n = 62; n <= 66; n++) {
		flow_init(f, p);
		flow_connect(f);
		ask_behind(f, n, "GET / HTTP/1.1\r\n" HOST
			   "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
		seq = behind(f, 1, n);
		check_eq(strlen(go_on), f->have - seq);
		check(!memcmp(f->stream + seq, go_on, strlen(go_on)));
		seq = f->rcv;
		request(f, "abc", &r);
		check_page(f, seq, &r);
		tx(f, .flags = RST | ACK);
	}
}

/* ... and so do the parts of a response, and their end. */
WIRE(ranges__behind_much)
{
	static const char eight[] = "GET /x HTTP/1.1\r\n" HOST
		"Range: bytes=0-9,20-29,40-49,60-69,80-89,100-109,120-129,140-149\r\n\r\n";
	char text[4 * sizeof(eight)];
	struct response r;
	uint32_t seq;
	int n, i;

	publish(4000);
	for (n = 40; n <= 64; n++) {
		flow_init(f, p);
		flow_connect(f);
		ask_behind(f, n, eight);
		response_at(f, seq = behind(f, 1, n), &r);
		check_eq(206, r.status);
		check_eq(f->have, seq + r.head + r.length);
		tx(f, .flags = RST | ACK);
	}
	/* and of several responses */
	sprintf(text, "%s%s%s%s", eight, eight, eight, eight);
	flow_init(f, p);
	flow_connect(f);
	ask_behind(f, 0, text);
	for (seq = 1, i = 0; i < 4; i++) {
		response_at(f, seq, &r);
		check_eq(206, r.status);
		seq += r.head + r.length;
	}
	check_eq(f->have, seq);
	tx(f, .flags = RST | ACK);
}

/* Asked for again and again, a response that a page has no room for is whole too. */
WIRE(again__a_long_redirect)
{
	static const char get[] = "GET /a HTTP/1.1\r\n" HOST "\r\n";
	char to[1001] = "/", rule[1100], value[1100];
	FILE *file = fopen("/proc/ktcp/routes", "w");
	struct response r;
	int i;

	memset(to + 1, 'x', sizeof(to) - 2);
	sprintf(rule, "/a redirect 301 %s\n", to);
	check(file && fputs(rule, file) >= 0 && !fclose(file));
	flow_connect(f);
	for (i = 0; i < 4; i++) {
		request(f, get, &r);
		check_eq(301, r.status);
		check(field(&r, "Location", value, sizeof(value)));
		check(!strcmp(value, to));
		check(r.length);
	}
}

/*
 * Who does not take an answer that is ready holds its page: two of them, then its
 * header is copied, and counts as a page.
 */
WIRE(again__not_taken)
{
	static struct flow flows[5];
	unsigned long before, grown, first = 0;
	struct response r;
	int i;

	sysctl_set("rto_min_ms", "60000");
	flow_connect(f);
	for (i = 0; i < 3; i++)
		request(f, GET, &r);
	for (i = 0; i < (int)ARRAY_LEN(flows); i++) {
		flow_init(&flows[i], p);
		flow_connect(&flows[i]);
		quiet(p, 1000);
		before = stat_get("CurrMemory");
		tx(&flows[i], .flags = PSH | ACK, .data = GET);
		drain(&flows[i]);
		response_at(&flows[i], 1, &r);
		check_page(&flows[i], 1, &r);
		grown = stat_get("CurrMemory") - before;
		if (!i)
			first = grown;
		check_eq(first + (i < 2 ? 0 : 4096), grown);
	}
	for (i = 0; i < (int)ARRAY_LEN(flows); i++)
		tx(&flows[i], .flags = RST | ACK);
}

WIRE(expect__something_else)
{
	expect_status(f, POST "Expect: miracles\r\n\r\n", 417);
}

WIRE(options)
{
	static const char *const text[] = {
		"OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
		"OPTIONS / HTTP/1.1\r\n" HOST "\r\n",
	};
	struct response r;
	char value[80];

	flow_connect(f);
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		request(f, text[i], &r);
		check_eq(200, r.status);
		check_eq(0, r.length);
		check(field(&r, "Allow", value, sizeof(value)));
		check(!strcmp(value, "GET, HEAD, OPTIONS"));
	}
	check_open(f);
}

/* --- what is asked for again and again --- */

/* A response that is kept for a second must not be kept for longer. */
WIRE(again__the_date_moves_on)
{
	char want[30], value[80];
	struct response r;
	time_t now;

	flow_connect(f);
	for (int i = 0; i < 12; i++) {
		now = time(NULL);
		request(f, i % 2 ? "GET /none HTTP/1.1\r\n" HOST "\r\n" : GET, &r);
		check_eq(now, time(NULL));
		check_eq(i % 2 ? 404 : 200, r.status);
		strftime(want, sizeof(want), "%a, %d %b %Y %T GMT", gmtime(&now));
		check(field(&r, "Date", value, sizeof(value)));
		check(!strcmp(value, want));
		quiet(f->p, 300);
	}
}

/* The same page, but not the same response. */
WIRE(again__each_as_it_was_asked_for)
{
	static const struct { const char *text; bool body, keep, close; } row[] = {
		{ GET, true, false, false },
		{ "HEAD / HTTP/1.1\r\n" HOST "\r\n", false, false, false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, true, false },
		{ GET, true, false, false },
		{ GET_CLOSE, true, false, true },
	};
	struct response r;
	uint32_t seq;

	for (int i = 0; i < 3; i++) {
		flow_init(f, f->p);
		flow_connect(f);
		for (size_t n = 0; n < ARRAY_LEN(row); n++) {
			seq = f->rcv;
			request(f, row[n].text, &r);
			check_eq(200, r.status);
			check_eq(row[n].keep, r.keep_alive);
			check_eq(row[n].close, r.close);
			if (row[n].body)
				check_page(f, seq, &r);
			else
				check_eq(f->have, seq + r.head);
		}
		check_closed(f);
	}
}

/* --- what changes nothing, and what does --- */

/* RFC 9110 7.8: no protocol is offered, so the answer is in this one. */
WIRE(upgrade__is_ignored)
{
	struct response r;
	char value[80];

	flow_connect(f);
	request(f, "GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\n"
		"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n\r\n",
		&r);
	check_page(f, 1, &r);
	check(!field(&r, "Upgrade", value, sizeof(value)));
	check(!r.close);
	check_open(f);
}

WIRE(te__changes_nothing)
{
	struct response r;
	char value[80];

	flow_connect(f);
	request(f, "GET / HTTP/1.1\r\n" HOST
		"TE: trailers, gzip;q=0.5\r\nConnection: TE\r\n\r\n", &r);
	check_page(f, 1, &r);
	check(!field(&r, "Transfer-Encoding", value, sizeof(value)));
	check_open(f);
}

/* RFC 9110 13.2.1: the answer without the condition would be no 2xx. */
WIRE(conditions__not_of_errors)
{
	expect_status(f, "GET /none HTTP/1.1\r\n" HOST "If-Match: \"x\"\r\n\r\n", 404);
	expect_status(f, "GET /none HTTP/1.1\r\n" HOST "If-None-Match: *\r\n\r\n", 404);
	expect_status(f, "POST / HTTP/1.1\r\n" HOST "If-None-Match: *\r\n\r\n", 405);
}

/* The built-in page has neither a tag nor a date, but it is there. */
WIRE(conditions__of_a_page_without_validators)
{
	static const struct { int status; const char *field; } row[] = {
		{ 200, "If-Match: *" },
		{ 412, "If-Match: \"x\"" },
		{ 200, "If-None-Match: \"x\"" },
		{ 200, "If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT" },
		{ 200, "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT" },
	};
	char text[200], value[80];
	struct response r;

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST "%s\r\n\r\n",
			 row[i].field);
		expect_status(f, text, row[i].status);
	}
	flow_init(f, f->p);
	flow_connect(f);
	tx(f, .flags = ACK | PSH,
	   .data = "GET / HTTP/1.1\r\n" HOST "If-None-Match: *\r\n\r\n" GET);
	drain(f);
	check(!memcmp(f->stream + 1, "HTTP/1.1 304 ", 13));
	r = (struct response){ .text = (char *)f->stream + 1 };
	r.head = (char *)memmem(r.text, f->have - 1, "\r\n\r\n", 4) + 4 - r.text;
	check(field(&r, "Date", value, sizeof(value)));
	check(!field(&r, "Content-Length", value, sizeof(value)));
	check(!field(&r, "Content-Type", value, sizeof(value)));
	response_at(f, 1 + r.head, &r);
	check_eq(200, r.status);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/* The peer as an HTTP client: take responses, look into them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

/**
 * ask() - requests in one segment
 * @f: the connection
 * @n: how many
 */
void ask(struct flow *f, int n)
{
	static char text[51 * sizeof(GET)];

	check(n * GET_LEN <= f->mss || f->mss < GET_LEN);
	for (int i = 0; i < n; i++)
		memcpy(text + i * GET_LEN, GET, GET_LEN);
	tx(f, .flags = PSH | ACK, .data = text, .len = n * GET_LEN);
}

/**
 * drain() - take whatever comes at once, and say nothing
 * @f: the connection
 */
void drain(struct flow *f)
{
	struct got g;

	while (flow_next(f, &g, 0))
		f->p->mark_us = g.us;
}

/**
 * take() - receive so many bytes, in order, each segment at once
 * @f: the connection
 * @bytes: no more and no fewer; pure ACKs on the way are welcome
 * @policy: when to acknowledge; what is left is acknowledged at the end
 */
void take(struct flow *f, uint32_t bytes, enum ack_policy policy)
{
	uint32_t end = f->rcv + bytes, acked = f->rcv;
	struct got g;
	int n = 0;

	while (f->rcv != end) {
		if (!flow_next(f, &g, 0))
			fail("%u bytes missing of %u", end - f->rcv, bytes);
		if ((int32_t)(end - f->rcv) < 0)
			fail("%u bytes too many", f->rcv - end);
		if (!g.len)
			continue;
		n++;
		if (policy == ACK_EACH || (policy == ACK_SECOND && n % 2 == 0)) {
			acked = f->rcv;
			tx(f);
		}
	}
	if (policy != ACK_NEVER && acked != f->rcv)
		tx(f);
	f->p->mark_us = now_us();
}

/**
 * field() - look for a header field
 * @r: the response
 * @name: of the field, any case
 * @value: filled in
 * @size: of @value
 *
 * Return: whether there is one.
 */
bool field(const struct response *r, const char *name, char *value,
	   size_t size)
{
	const char *line = r->text, *end = r->text + r->head;
	size_t len = strlen(name);

	while ((line = memchr(line, '\n', end - line)) && ++line < end) {
		const char *cr = memchr(line, '\r', end - line);

		if (!cr || strncasecmp(line, name, len) || line[len] != ':')
			continue;
		for (line += len + 1; *line == ' '; line++)
			;
		snprintf(value, size, "%.*s", (int)(cr - line), line);
		return true;
	}
	return false;
}

/**
 * response_at() - the header of a response must be complete in the stream
 * @f: the connection
 * @seq: where it begins
 * @r: filled in
 */
void response_at(struct flow *f, uint32_t seq, struct response *r)
{
	const char *text = (char *)f->stream + seq;
	size_t len = f->have - seq;
	const char *end = len ? memmem(text, len, "\r\n\r\n", 4) : NULL;
	char value[80];

	if (!end)
		fail("no complete response header in %zu bytes", len);
	*r = (struct response){ .text = text, .head = end + 4 - text };
	if (sscanf(text, "HTTP/1.1 %3d ", &r->status) != 1)
		fail("status line is '%.40s'", text);
	if (!field(r, "Content-Length", value, sizeof(value)))
		fail("no Content-Length");
	r->length = strtoul(value, NULL, 10);
	if (field(r, "Connection", value, sizeof(value))) {
		r->close = !strcasecmp(value, "close");
		r->keep_alive = !strcasecmp(value, "keep-alive");
	}
	if (!field(r, "Date", value, sizeof(value)) || strlen(value) != 29)
		fail("no Date as in RFC 9110 5.6.7");
}

/**
 * request() - send a request, take and acknowledge the response
 * @f: the connection, with nothing in flight
 * @text: the request
 * @r: filled in
 *
 * The response must come at once and be as long as it says; a HEAD request's
 * has no body.
 */
void request(struct flow *f, const char *text, struct response *r)
{
	uint32_t seq = f->rcv, body;
	struct got g;

	tx(f, .flags = ACK | PSH, .data = text);
	while (!memmem(f->stream + seq, f->have - seq, "\r\n\r\n", 4))
		if (!flow_next(f, &g, 0))
			fail("no response");
	response_at(f, seq, r);
	body = strncmp(text, "HEAD ", 5) ? r->length : 0;
	take(f, seq + r->head + body + r->close - f->rcv, ACK_NEVER);
	tx(f);
	check_eq(f->have, seq + r->head + body);
}

/**
 * page_len() - how long is the response to GET, header and body?
 * @p: the network
 *
 * Asked for on a connection of its own.
 */
uint32_t page_len(struct peer *p)
{
	static struct flow f;
	struct response r;

	flow_init(&f, p);
	flow_connect(&f);
	request(&f, GET, &r);
	check_eq(200, r.status);
	tx(&f, .flags = RST | ACK);
	check_state(&f, CLOSED);
	return r.head + r.length;
}

/**
 * check_page() - is it the page, whole and unchanged?
 * @f: the connection
 * @seq: where the response begins
 * @r: the response, as response_at() has it
 */
void check_page(struct flow *f, uint32_t seq, const struct response *r)
{
	const uint8_t *body = f->stream + seq + r->head;
	static const char begin[] = "<!doctype html>", end[] = "</html>\n";
	static uint8_t first[2048];

	check_eq(200, r->status);
	check(r->length >= 1024 && r->length <= 2048);
	check(f->have >= seq + r->head + r->length);
	check(!memcmp(body, begin, strlen(begin)));
	check(!memcmp(body + r->length - strlen(end), end, strlen(end)));
	/* The first of a test is what the others are compared with. */
	if (!*first)
		memcpy(first, body, r->length);
	check(!memcmp(body, first, r->length));
}

/* The responder sends all it owes and FIN; the FIN is not acknowledged. */
static void be_closed(struct flow *f)
{
	struct got g;

	tx(f, .flags = PSH | ACK, .data = GET_CLOSE);
	do {
		if (!flow_next(f, &g, 0))
			fail("no FIN after the last response");
	} while (!(g.flags & FIN));
	tx(f, .ack = f->rcv - 1);
}

/* More requests than the responder takes at once, and FIN; nothing is read. */
static void close_with_work_left(struct flow *f)
{
	static char text[40 * sizeof(GET)];
	size_t len = sizeof(GET) - 1, i;

	for (i = 0; i < 40; i++)
		memcpy(text + i * len, GET, len);
	f->wnd = 0;
	tx(f, .flags = FIN | PSH | ACK, .data = text, .len = 40 * len);
	rx(f);
}

/**
 * flow_reach() - bring a connection into a state
 * @f: the connection, nothing sent yet
 * @state: SYN_RECV to TIME_WAIT
 *
 * In CLOSE_WAIT our window is closed and the responder waits for it to open.
 */
void flow_reach(struct flow *f, const char *state)
{
	flow_syn(f);
	flow_synack(f);
	if (!strcmp(state, "SYN_RECV"))
		return;
	tx(f);
	if (!strcmp(state, "CLOSE_WAIT")) {
		close_with_work_left(f);
	} else if (!strcmp(state, "LAST_ACK")) {
		tx(f, .flags = FIN | ACK);
		rx(f, .flags = FIN | ACK);
	} else if (strcmp(state, "ESTABLISHED")) {
		be_closed(f);
		if (!strcmp(state, "CLOSING")) {
			tx(f, .flags = FIN | ACK, .ack = f->rcv - 1);
			rx(f);
		} else if (strcmp(state, "FIN_WAIT_1")) {
			tx(f);
			if (!strcmp(state, "TIME_WAIT")) {
				tx(f, .flags = FIN | ACK);
				rx(f);
			}
		}
	}
	check_state(f, state);
}

/**
 * published_byte() - what is there in the file of publish()
 * @at: offset, less than STREAM_MAX; beyond are zeros
 */
uint8_t published_byte(long at)
{
	return at % 251;
}

/**
 * publish() - a file as /x, and nothing else
 * @bytes: its length; published_byte() says what is in it
 */
void publish(long bytes)
{
	char dir[] = "/run/tmp/ktcpXXXXXX", path[64];
	int fd;
	uint8_t *text;
	long i;

	check(mkdtemp(dir));
	chmod(dir, 0755);
	snprintf(path, sizeof(path), "%s/x", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	check(fd >= 0 && !ftruncate(fd, bytes));
	if (bytes > STREAM_MAX)
		bytes = STREAM_MAX;
	text = malloc(bytes);
	check(text);
	for (i = 0; i < bytes; i++)
		text[i] = published_byte(i);
	check_eq(bytes, write(fd, text, bytes));
	free(text);
	close(fd);
	sysctl_set("docroot", dir);
	unlink(path);
	rmdir(dir);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Where does each request end? For http_differential.py. Reads records, each a
 * length in four bytes, the greatest first, and that many bytes; prints a line
 * for each: of every request METHOD:TARGET:END, and at last why it stopped.
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/body.h"

#define BODY_MAX	(1 << 20)

static const char *const methods[KTCP_HTTP_METHODS] = {
	"?", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS",
	"TRACE", "PATCH",
};

static int body(const struct ktcp_http_parser *p, const u8 *buf, size_t len,
		size_t *at)
{
	struct ktcp_http_body b;
	int verdict = ktcp_http_body_begin(&b, p, BODY_MAX);
	size_t used;

	if (verdict == KTCP_HTTP_MORE && *at < len) {
		verdict = ktcp_http_body_read(&b, buf + *at, len - *at, &used);
		*at += used;
	}
	return verdict;
}

static int request(struct ktcp_http_parser *p, const u8 *buf, size_t len,
		   size_t *at)
{
	char target[KTCP_HTTP_TARGET_MAX + 2] = "";
	int verdict = KTCP_HTTP_MORE;
	size_t used;

	while (*at < len) {
		verdict = ktcp_http_parse(p, buf + *at, len - *at, &used);
		*at += used;
		if (verdict == KTCP_HTTP_ROOM) {
			p->stash = realloc(p->stash, p->need);
			p->stash_size = p->need;
		} else if (verdict == KTCP_HTTP_TARGET && p->target) {
			memcpy(target, p->target, p->target_len);
			target[p->target_len] = '\0';
		} else if (verdict != KTCP_HTTP_RANGE &&
			   verdict != KTCP_HTTP_TARGET) {
			break;
		}
		verdict = KTCP_HTTP_MORE;
	}
	if (verdict == KTCP_HTTP_DONE && p->body)
		verdict = body(p, buf, len, at);
	if (verdict == KTCP_HTTP_DONE)
		printf("%s:%s:%zu ", methods[p->method], target, *at);
	return verdict;
}

static void record(const u8 *buf, size_t len)
{
	struct ktcp_http_parser p = { 0 };
	int verdict = KTCP_HTTP_DONE;
	size_t at = 0;

	while (at < len && verdict == KTCP_HTTP_DONE) {
		verdict = request(&p, buf, len, &at);
		if (verdict == KTCP_HTTP_DONE && !ktcp_http_persistent(&p))
			break;
		ktcp_http_parser_next(&p);
	}
	printf("%d\n", verdict);
	free(p.stash);
}

int main(void)
{
	u8 head[4];

	while (fread(head, 1, 4, stdin) == 4) {
		size_t len = get_unaligned_be32(head);
		u8 *buf = malloc(len);

		if (fread(buf, 1, len, stdin) != len)
			return 1;
		record(buf, len);
		free(buf);
	}
	return 0;
}

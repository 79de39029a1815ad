// SPDX-License-Identifier: GPL-2.0
/*
 * A response, byte by byte: status 200, a Content-Length that is right, and a
 * body of nothing but k, where the last byte may be a line feed.
 */
#include <linux/string.h>

#include "bench.h"

static const char status[] = "HTTP/1.1 200 ";
static const char name[] = "content-length:";

/* one byte of the header; 0, or -1 if it is wrong */
static int header_byte(struct job *j, struct peer *p, u8 c)
{
	switch (p->phase) {
	case IN_STATUS:
		if (c != status[p->pos])
			return -1;
		if (!status[++p->pos]) {
			p->phase = IN_REST;
			p->left = U32_MAX;
		}
		break;
	case IN_NAME:
		if (!p->pos && c == '\r') {
			p->phase = IN_END;
		} else if ((c | 0x20) != (name[p->pos] | 0x20)) {
			p->phase = c == '\n' ? IN_NAME : IN_REST;
			p->pos = 0;
		} else if (!name[++p->pos]) {
			p->phase = IN_LENGTH;
			p->left = 0;
		}
		break;
	case IN_LENGTH:
		if (c >= '0' && c <= '9')
			p->left = p->left * 10 + c - '0';
		else if (c == '\r')
			p->phase = IN_REST;
		else if (c != ' ')
			return -1;
		break;
	case IN_REST:
		if (c == '\n') {
			p->phase = IN_NAME;
			p->pos = 0;
		}
		break;
	case IN_END:
		if (c != '\n' || p->left != j->body)
			return -1;
		p->phase = IN_BODY;
		break;
	}
	return 0;
}

/* of a long body every page is looked at, not every byte */
static bool body_ok(const u8 *s, u32 len, bool last)
{
	if (last && s[len - 1] == '\n')
		len--;
	if (len > 4096)
		return s[0] == 'k' && s[len - 1] == 'k';
	return !memchr_inv(s, 'k', len);
}

/**
 * bench_response() - some bytes of a peer's responses
 * @j: the job
 * @p: the peer
 * @s: the bytes
 * @len: how many
 *
 * Return: how many responses have ended, or -1 if they are wrong.
 */
int bench_response(struct job *j, struct peer *p, const u8 *s, u32 len)
{
	int ended = 0;
	u32 n;

	while (len) {
		if (!p->pending)
			return -1;
		if (p->phase == IN_BODY) {
			n = min(len, p->left);
			if (n && !body_ok(s, n, n == p->left))
				return -1;
			p->left -= n;
		} else {
			n = 1;
			if (header_byte(j, p, *s))
				return -1;
		}
		s += n;
		len -= n;
		if (p->phase == IN_BODY && !p->left) {
			p->phase = IN_STATUS;
			p->pos = 0;
			p->pending--;
			ended++;
		}
	}
	return ended;
}

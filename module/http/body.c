// SPDX-License-Identifier: GPL-2.0
/*
 * The body of a request, to its end: by length, or in chunks. Nobody wants what
 * is in it, so nothing is kept, and a line may be cut anywhere. Pure.
 *
 * Extensions and trailers are bounded, and passed over. A quoted string cannot
 * hold a CR or LF, so the end of a line is the end of it.
 */
#include "body.h"
#include "span.h"

enum state {
	LENGTH,			/* bytes of a body with a length */
	SIZE_FIRST,		/* of a chunk: one digit at least */
	SIZE,
	SIZE_BLANK,		/* behind it; only an extension may follow */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER_FIRST,		/* a name, or the empty line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
};

static int hex(u8 ch)
{
	if (is_digit(ch))
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool is_text(u8 ch)
{
	return (ch >= ' ' && ch != 0x7f) || ch == '\t';
}

/* A digit of a size; what is too large is so at the digit that makes it. */
static int size_digit(struct ktcp_http_body *b, u8 ch)
{
	b->left = b->left << 4 | hex(ch);
	b->state = SIZE;
	return b->left > b->room ? 413 : KTCP_HTTP_MORE;
}

static int end_of_size(struct ktcp_http_body *b)
{
	b->line = 0;
	b->room -= b->left;
	b->state = b->left ? DATA : TRAILER_FIRST;
	return KTCP_HTTP_MORE;
}

static int size_byte(struct ktcp_http_body *b, u8 ch)
{
	if (b->state != SIZE_BLANK && hex(ch) >= 0)
		return size_digit(b, ch);
	if (b->state == SIZE_FIRST)
		return 400;
	if (ch == '\r')
		b->state = SIZE_LF;
	else if (ch == ';')
		b->state = EXTENSION;
	else if (is_blank(ch))
		b->state = SIZE_BLANK;
	else
		return 400;
	return KTCP_HTTP_MORE;
}

static int trailer_byte(struct ktcp_http_body *b, u8 ch)
{
	switch (b->state) {
	case TRAILER_FIRST:
		if (ch == '\r') {
			b->state = LAST_LF;
			return KTCP_HTTP_MORE;
		}
		if (++b->fields > KTCP_HTTP_FIELDS_MAX)
			return 431;
		b->state = TRAILER_NAME;
		return ktcp_http_is_tchar(ch) ? KTCP_HTTP_MORE : 400;
	case TRAILER_NAME:
		if (ch == ':')
			b->state = TRAILER_VALUE;
		else if (!ktcp_http_is_tchar(ch))
			return 400;
		return KTCP_HTTP_MORE;
	default:
		if (ch == '\r')
			b->state = TRAILER_LF;
		else if (!is_text(ch))
			return 400;
		return KTCP_HTTP_MORE;
	}
}

static int expect(struct ktcp_http_body *b, u8 ch, u8 wanted, enum state next)
{
	b->state = next;
	return ch == wanted ? KTCP_HTTP_MORE : 400;
}

/* A byte of a chunked body that is not in a chunk. */
static int chunk_byte(struct ktcp_http_body *b, u8 ch)
{
	switch (b->state) {
	case SIZE_FIRST:
	case SIZE:
	case SIZE_BLANK:
	case EXTENSION:
		if (++b->line > KTCP_HTTP_CHUNK_LINE_MAX)
			return 400;
		if (b->state != EXTENSION)
			return size_byte(b, ch);
		if (ch == '\r')
			b->state = SIZE_LF;
		else if (!is_text(ch))
			return 400;
		return KTCP_HTTP_MORE;
	case SIZE_LF:
		return ch == '\n' ? end_of_size(b) : 400;
	case DATA_CR:
		return expect(b, ch, '\r', DATA_LF);
	case DATA_LF:
		b->left = 0;
		return expect(b, ch, '\n', SIZE_FIRST);
	case LAST_LF:
		return ch == '\n' ? KTCP_HTTP_DONE : 400;
	}
	if (++b->line > KTCP_HTTP_HEADER_MAX)
		return 431;
	if (b->state == TRAILER_LF)
		return expect(b, ch, '\n', TRAILER_FIRST);
	return trailer_byte(b, ch);
}

/**
 * ktcp_http_body_begin() - before the first byte of a body
 * @b: where we will be
 * @p: a parser that said KTCP_HTTP_DONE, of a request with a body
 * @max: how many bytes there may be, without what is around them
 *
 * Any context.
 *
 * Return: KTCP_HTTP_MORE, or 413.
 */
int ktcp_http_body_begin(struct ktcp_http_body *b,
			 const struct ktcp_http_parser *p, u32 max)
{
	*b = (struct ktcp_http_body){
		.left = p->coding ? 0 : p->content_length,
		.room = max,
		.state = p->coding ? SIZE_FIRST : LENGTH,
	};
	return !p->coding && p->content_length > max ? 413 : KTCP_HTTP_MORE;
}

/**
 * ktcp_http_body_read() - pass over a body as far as it is there
 * @b: where we are
 * @buf: bytes that follow those of the last call
 * @len: how many, at least 1
 * @used: how many of them were used; after an error it means nothing
 *
 * Takes time linear in @len at most. Any context.
 *
 * Return: KTCP_HTTP_MORE, KTCP_HTTP_DONE, or the status code of an error.
 */
int ktcp_http_body_read(struct ktcp_http_body *b, const u8 *buf, size_t len,
			size_t *used)
{
	int verdict = KTCP_HTTP_MORE;

	*used = 0;
	while (*used < len && verdict == KTCP_HTTP_MORE) {
		size_t n = min_t(u64, len - *used, b->left);

		if (b->state != LENGTH && b->state != DATA) {
			verdict = chunk_byte(b, buf[(*used)++]);
			continue;
		}
		b->left -= n;
		*used += n;
		if (b->left)
			break;
		if (b->state == LENGTH)
			return KTCP_HTTP_DONE;
		b->state = DATA_CR;
	}
	return verdict;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * HTTP/1 requests, line by line (RFC 9110, RFC 9112). Pure.
 *
 * A complete line is parsed where it lies. Only a line that is split across
 * segments is put together in a stash, which the caller provides when asked.
 * From each line a few bits are kept, never the line.
 *
 * A verdict depends on the bytes alone, not on how they were cut: every check
 * happens at a byte of its own, and no byte is looked at again when more come.
 * Where leniency would let two parties disagree about where a request ends,
 * there is none.
 */
#include "fields.h"
#include "parse.h"
#include "span.h"

#define TOKEN	0x01	/* tchar, RFC 9110 5.6.2 */
#define NAME	0x02	/* unreserved / sub-delims, RFC 3986 2.2, 2.3 */
#define TARGET	0x04	/* visible, and not the # of a fragment */
#define ALNUM	(TOKEN | NAME | TARGET)

/* Not ctype.h: the kernel's takes Latin-1 letters for letters. */
static const u8 class[256] = {
	['0' ... '9'] = ALNUM, ['A' ... 'Z'] = ALNUM, ['a' ... 'z'] = ALNUM,
	['-'] = ALNUM, ['.'] = ALNUM, ['_'] = ALNUM, ['~'] = ALNUM,
	['!'] = ALNUM, ['$'] = ALNUM, ['&'] = ALNUM, ['\''] = ALNUM,
	['*'] = ALNUM, ['+'] = ALNUM,
	['%'] = TOKEN | TARGET, ['^'] = TOKEN | TARGET, ['`'] = TOKEN | TARGET,
	['|'] = TOKEN | TARGET, ['#'] = TOKEN,
	['('] = NAME | TARGET, [')'] = NAME | TARGET, [','] = NAME | TARGET,
	[';'] = NAME | TARGET, ['='] = NAME | TARGET,
	['"'] = TARGET, ['/'] = TARGET, [':'] = TARGET, ['<'] = TARGET,
	['>'] = TARGET, ['?'] = TARGET, ['@'] = TARGET, ['['] = TARGET,
	['\\'] = TARGET, [']'] = TARGET, ['{'] = TARGET, ['}'] = TARGET,
};

static const char *const methods[KTCP_HTTP_METHODS] = {
	[KTCP_HTTP_GET] = "GET",
	[KTCP_HTTP_HEAD] = "HEAD",
	[KTCP_HTTP_POST] = "POST",
	[KTCP_HTTP_PUT] = "PUT",
	[KTCP_HTTP_DELETE] = "DELETE",
	[KTCP_HTTP_CONNECT] = "CONNECT",
	[KTCP_HTTP_OPTIONS] = "OPTIONS",
	[KTCP_HTTP_TRACE] = "TRACE",
	[KTCP_HTTP_PATCH] = "PATCH",
};

#define METHOD_MAX	7	/* "OPTIONS", "CONNECT" */

static bool is_hex(u8 ch)
{
	return is_digit(ch) || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'f');
}

/* What a line may consist of: no control bytes but HTAB (RFC 9110 5.5) */
static bool is_text(u8 ch)
{
	return (ch >= ' ' && ch != 0x7f) || ch == '\t';
}

#define EACH_BYTE(b)	(U64_MAX / 255 * (b))

/*
 * Eight bytes at a time: the high bit of each that may not be text. Each control byte
 * has it, HTAB too: those below 0x20 by the first half, 0x7f by the second. What a
 * byte borrows from the next, or carries to it, can only add some.
 */
static u64 control_bits(u64 word)
{
	return ((word - EACH_BYTE(' ')) | (word + EACH_BYTE(1))) & ~word &
	       EACH_BYTE(0x80);
}

/* How many of @n bytes from @s on are text. */
static size_t text_len(const u8 *s, size_t n)
{
	size_t i = 0;

	while (i + sizeof(u64) <= n) {
		u64 found = control_bits(get_unaligned_le64(s + i));

		if (!found) {
			i += sizeof(u64);
			continue;
		}
		i += __builtin_ctzll(found) / 8;
		if (!is_text(s[i]))
			return i;
		i++;
	}
	while (i < n && is_text(s[i]))
		i++;
	return i;
}

/**
 * ktcp_http_is_tchar() - may a name have this byte in it? (RFC 9110 5.6.2)
 * @ch: the byte
 *
 * Any context.
 */
bool ktcp_http_is_tchar(u8 ch)
{
	return class[ch] & TOKEN;
}

/* The length of a token, at the front of @t, that @end is behind; or 0. */
static size_t token_len(struct span t, u8 end)
{
	size_t n = 0;

	while (n < t.n && class[t.s[n]] & TOKEN)
		n++;
	return n < t.n && t.s[n] == end ? n : 0;
}

static bool all_digits(struct span t)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if (!is_digit(t.s[i]))
			return false;
	return true;
}

/* IP-literal without the brackets (RFC 3986 3.2.2), as far as it matters. */
static bool valid_ip_literal(struct span t)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if (!is_hex(t.s[i]) && t.s[i] != ':' && t.s[i] != '.')
			return false;
	return t.n;
}

/* How much of it may be a name (RFC 3986 3.2.2). */
static size_t reg_name_len(struct span t)
{
	size_t n;

	for (n = 0; n < t.n; n++) {
		if (class[t.s[n]] & NAME)
			continue;
		if (t.s[n] != '%' || t.n - n < 3 ||
		    !is_hex(t.s[n + 1]) || !is_hex(t.s[n + 2]))
			break;
		n += 2;
	}
	return n;
}

/* uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2) */
static bool valid_authority(struct span t, struct span *host, struct span *port)
{
	*port = (struct span){ t.s, 0 };
	if (t.n && t.s[0] == '[') {
		if (!split(skip(t, 1), ']', host, &t) || !valid_ip_literal(*host))
			return false;
	} else {
		*host = (struct span){ t.s, reg_name_len(t) };
		t = skip(t, host->n);
	}
	if (!t.n)
		return true;
	*port = skip(t, 1);
	return t.s[0] == ':' && all_digits(*port);
}

/*
 * Is it a name that a name server of anybody's may explain? Not an address, which has
 * a number at its end; nor a name without a dot; nor one of a domain that is nobody's
 * (RFC 6761 6.2 and 6.3, RFC 6762 3, and "internal").
 */
static bool is_public(struct span host)
{
	static const char *const private[] = { "internal", "local", "localhost", "test" };
	struct span label = host, above;
	bool dots = false;
	size_t i;

	if (host.n && host.s[host.n - 1] == '.')
		label.n--;
	while (split(label, '.', &above, &label))
		dots = true;
	for (i = 0; i < ARRAY_SIZE(private); i++)
		if (same_nocase(label, private[i]))
			return false;
	return dots && !(label.n && all_digits(label));
}

/* "*" (RFC 9112 3.2.4) and host:port (RFC 9112 3.2.3): no path to look up. */
static int pathless_target(const struct ktcp_http_parser *p, struct span t)
{
	struct span host, port;

	if (p->method == KTCP_HTTP_OPTIONS)
		return KTCP_HTTP_TARGET;
	if (!valid_authority(t, &host, &port) || !host.n || !port.n)
		return 400;
	return KTCP_HTTP_TARGET;
}

/* RFC 9112 3.2: the four forms of a request target. */
static int request_target(struct ktcp_http_parser *p, struct span t)
{
	static const char scheme[] = "http://";
	const size_t scheme_len = sizeof(scheme) - 1;
	struct span query = { NULL, 0 }, host, port;
	size_t i, path = 0;

	while (path < t.n && class[t.s[path]] & TARGET && t.s[path] != '?')
		path++;
	for (i = path; i < t.n; i++)
		if (!(class[t.s[i]] & TARGET))
			return 400;

	p->target = NULL;
	p->target_len = 0;
	p->etags = NULL;
	if (p->method == KTCP_HTTP_CONNECT ||
	    (p->method == KTCP_HTTP_OPTIONS && same(t, "*")))
		return pathless_target(p, t);

	if (path < t.n)
		query = skip(t, path + 1);
	t.n = path;
	if (t.n > scheme_len && t.s[0] != '/' &&
	    same_nocase((struct span){ t.s, scheme_len }, scheme)) {
		/* RFC 9110 4.2.1: an empty host is invalid. */
		t = skip(t, scheme_len);
		for (i = 0; i < t.n && t.s[i] != '/'; i++)
			;
		if (!valid_authority((struct span){ t.s, i }, &host, &port) ||
		    !host.n)
			return 400;
		p->public_host = is_public(host);
		t = skip(t, i);
		if (!t.n)
			t = (struct span){ (const u8 *)"/", 1 };
	}
	if (!t.n || t.s[0] != '/')
		return 400;
	p->target = t.s;
	p->target_len = t.n;
	p->query = query.s;
	p->query_len = query.n;
	return KTCP_HTTP_TARGET;
}

/**
 * ktcp_http_method_name() - a method, as it is written
 * @method: enum ktcp_http_method
 *
 * Return: "-" for one that is not known. Any context.
 */
const char *ktcp_http_method_name(u8 method)
{
	return methods[method] ?: "-";
}

static u8 find_method(struct span t)
{
	u8 m;

	if (same(t, "GET"))	/* nearly all of them */
		return KTCP_HTTP_GET;
	for (m = KTCP_HTTP_UNKNOWN + 1; m < KTCP_HTTP_METHODS; m++)
		if (same(t, methods[m]))
			return m;
	return KTCP_HTTP_UNKNOWN;
}

/* RFC 9112 2.3. A minor version we do not know is read as the last we do. */
static int http_version(struct ktcp_http_parser *p, struct span t)
{
	if (t.n != 8 || memcmp(t.s, "HTTP/", 5) || !is_digit(t.s[5]) ||
	    t.s[6] != '.' || !is_digit(t.s[7]))
		return 400;
	if (t.s[5] != '1')
		return 505;
	p->minor = t.s[7] != '0';
	return 0;
}

/* RFC 9112 3: method SP request-target SP HTTP-version */
static int request_line(struct ktcp_http_parser *p, struct span line)
{
	struct span method = { line.s, token_len(line, ' ') };
	struct span target, version;
	int err;

	if (!method.n)
		return 400;
	/* First, because an error has no body either in answer to HEAD. */
	p->method = find_method(method);
	if (!split(skip(line, method.n + 1), ' ', &target, &version))
		return 400;
	if (target.n > KTCP_HTTP_TARGET_MAX)
		return 414;
	err = http_version(p, version);
	if (err)
		return err;
	if (p->method == KTCP_HTTP_UNKNOWN)
		return 501;
	p->started = 1;
	return request_target(p, target);
}

/* RFC 9112 3.2: one, and a valid one. */
static int field_host(struct ktcp_http_parser *p, struct span value)
{
	struct span host, port;

	if (p->host || !valid_authority(value, &host, &port))
		return 400;
	p->host = 1;
	if (p->judge_host && is_public(host))
		p->public_host = 1;
	return 0;
}

/* RFC 9110 8.6. What does not fit into 64 bits is too long in any case. */
static int field_content_length(struct ktcp_http_parser *p, struct span value)
{
	size_t i;

	if (p->length || !value.n || !all_digits(value))
		return 400;
	p->length = 1;
	p->content_length = 0;
	for (i = 0; i < value.n; i++) {
		if (p->content_length > (U64_MAX - 9) / 10)
			return 413;
		p->content_length = p->content_length * 10 + value.s[i] - '0';
	}
	p->body = p->content_length > 0;
	return 0;
}

/*
 * RFC 9112 6.1 and 6.3: without chunked at its end a request has no end, and a
 * coding that we do not understand is not implemented.
 */
static int field_transfer_encoding(struct ktcp_http_parser *p,
				   struct span value)
{
	struct span item = { value.s, 0 };
	bool unknown = false;

	if (p->coding)
		return 400;
	p->coding = 1;
	p->body = 1;
	while (value.n) {
		item = next_element(&value);
		if (value.n && !same_nocase(item, "chunked"))
			unknown = true;
		else if (value.n)
			return 400;
	}
	if (!same_nocase(item, "chunked"))
		return 400;
	return unknown ? 501 : 0;
}

/* RFC 9110 7.6.1 */
static int field_connection(struct ktcp_http_parser *p, struct span value)
{
	while (value.n) {
		struct span item = next_element(&value);

		if (same_nocase(item, "close"))
			p->close = 1;
		else if (same_nocase(item, "keep-alive"))
			p->keep_alive = 1;
	}
	return 0;
}

/* RFC 9110 10.1.1: an expectation of HTTP/1.0 is none. */
static int field_expect(struct ktcp_http_parser *p, struct span value)
{
	if (!p->minor)
		return KTCP_HTTP_MORE;
	if (!same_nocase(value, "100-continue"))
		return 417;
	p->expect = 1;
	return KTCP_HTTP_MORE;
}

#define FIELDS_ALIKE	2

/* By the length of their names, which are in lower case. */
static const struct field {
	const char *name;
	int (*parse)(struct ktcp_http_parser *p, struct span value);
} fields[][FIELDS_ALIKE] = {
	[4] = { { "host", field_host } },
	[5] = { { "range", ktcp_http_range } },
	[6] = { { "expect", field_expect } },
	[8] = { { "if-match", ktcp_http_if_match },
		{ "if-range", ktcp_http_if_range } },
	[10] = { { "connection", field_connection } },
	[13] = { { "if-none-match", ktcp_http_if_none_match } },
	[14] = { { "content-length", field_content_length } },
	[15] = { { "accept-encoding", ktcp_http_accept_encoding } },
	[17] = { { "transfer-encoding", field_transfer_encoding },
		 { "if-modified-since", ktcp_http_if_modified } },
	[19] = { { "if-unmodified-since", ktcp_http_if_unmodified } },
};

/* A token and a name as long: what differs by its case is a letter. */
static bool same_name(struct span t, const char *name)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if ((t.s[i] | 0x20) != name[i])
			return false;
	return true;
}

/* A field that says something to us, or NULL. */
static const struct field *find_field(struct span name)
{
	const struct field *f;
	size_t i;

	if (name.n >= ARRAY_SIZE(fields))
		return NULL;
	f = fields[array_index_nospec(name.n, ARRAY_SIZE(fields))];
	for (i = 0; i < FIELDS_ALIKE && f[i].name; i++)
		if (same_name(name, f[i].name))
			return &f[i];
	return NULL;
}

/*
 * RFC 9112 5: field-name ":" OWS field-value OWS. A name is a token, so a blank
 * before the colon, or at the start of the line (obs-fold), is an error.
 */
static int header_field(struct ktcp_http_parser *p, struct span line)
{
	struct span name = { line.s, token_len(line, ':') };
	const struct field *f;

	if (p->fields == KTCP_HTTP_FIELDS_MAX)
		return 431;
	p->fields++;
	if (!name.n)
		return 400;
	f = find_field(name);
	return f ? f->parse(p, trim(skip(line, name.n + 1))) : KTCP_HTTP_MORE;
}

/* RFC 9112 3.2 and 6.1: what can be judged only with all fields known. */
static int end_of_header(const struct ktcp_http_parser *p)
{
	if (p->minor && !p->host)
		return 400;
	if (p->length && p->coding)
		return 400;
	/* RFC 9112 6.1: who speaks HTTP/1.0 may not know what chunks are. */
	if (p->coding && !p->minor)
		return 400;
	/* RFC 9110 9.3.6: what follows CONNECT is no body. */
	if (p->body && p->method == KTCP_HTTP_CONNECT)
		return 400;
	return KTCP_HTTP_DONE;
}

/* RFC 9112 2.2: tolerate empty lines before a request, but not for ever. */
static int empty_line(struct ktcp_http_parser *p)
{
	if (p->started)
		return end_of_header(p);
	p->total = 0;
	return ++p->empty > KTCP_HTTP_EMPTY_MAX ? 400 : KTCP_HTTP_MORE;
}

static int parse_line(struct ktcp_http_parser *p, struct span line)
{
	if (!line.n)
		return empty_line(p);
	if (!p->started)
		return request_line(p, line);
	return header_field(p, line);
}

/*
 * A request line is longer than will be stored, or broken: what it asks for is known
 * all the same, from bytes that may lie on both sides of a cut.
 */
static void note_method(struct ktcp_http_parser *p, struct span line)
{
	u8 begin[METHOD_MAX + 1];
	struct span t = { begin, min_t(size_t, p->stash_len, sizeof(begin)) };
	size_t n = min_t(size_t, line.n, sizeof(begin) - t.n);
	struct span method, rest;

	if (t.n)
		memcpy(begin, p->stash, t.n);
	if (n)
		memcpy(begin + t.n, line.s, n);
	t.n += n;
	if (split(t, ' ', &method, &rest))
		p->method = find_method(method);
}

/**
 * ktcp_http_broken_off() - no more will be read: learn the method, if it is there
 * @p: the parser, in the middle of a request
 * @buf: bytes that were not taken
 * @len: how many
 *
 * For an error, which to HEAD has no content (RFC 9110 9.3.2). Any context.
 */
void ktcp_http_broken_off(struct ktcp_http_parser *p, const u8 *buf, size_t len)
{
	if (!p->started)
		note_method(p, (struct span){ buf, len });
}

/* Of @len bytes the first are text: are they a line, no longer than it may be? */
static bool is_whole_line(const struct ktcp_http_parser *p, struct span text,
			  size_t len)
{
	const u8 *end = text.s + text.n;

	return !p->cr && !p->stash_len && text.n <= KTCP_HTTP_LINE_MAX &&
	       p->total + text.n + 2 <= KTCP_HTTP_HEADER_MAX &&
	       len - text.n >= 2 && end[0] == '\r' && end[1] == '\n';
}

/* A line of which @line is a part has what no line has. */
static int bad_line(struct ktcp_http_parser *p, struct span line)
{
	if (!p->started)
		note_method(p, line);
	return 400;
}

/* Take a line, or the part of one that is there. */
static int take_line(struct ktcp_http_parser *p, const u8 *buf, size_t len,
		     size_t *used)
{
	bool cr = p->cr;
	struct span line = { buf, cr ? 0 : text_len(buf, len) };
	size_t end, sum;

	if (is_whole_line(p, line, len)) {
		*used = line.n + 2;
		p->total += *used;
		return parse_line(p, line);
	}
	sum = p->stash_len + line.n;
	if (sum > KTCP_HTTP_LINE_MAX) {
		if (p->started)
			return 431;
		note_method(p, line);
		return 414;
	}
	if (p->total + sum > KTCP_HTTP_HEADER_MAX)
		return 431;

	end = line.n;
	if (!cr && end < len) {
		if (buf[end++] != '\r')
			return bad_line(p, line);
		cr = true;
	}
	if (end < len && buf[end] != '\n')
		return bad_line(p, line);

	if (end == len || p->stash_len) {
		if (sum > p->stash_size) {
			p->need = sum;
			return KTCP_HTTP_ROOM;
		}
		if (line.n)
			memcpy(p->stash + p->stash_len, buf, line.n);
		p->stash_len = sum;
		line = (struct span){ p->stash, sum };
	}
	p->cr = cr;
	if (end == len) {
		*used = len;
		return KTCP_HTTP_MORE;
	}

	*used = end + 1;
	p->cr = 0;
	p->stash_len = 0;
	if (p->total + sum + 2 > KTCP_HTTP_HEADER_MAX)
		return 431;
	p->total += sum + 2;
	return parse_line(p, line);
}

/**
 * ktcp_http_parse() - read a request as far as it is there
 * @p: the parser
 * @buf: bytes that follow those of the last call
 * @len: how many, at least 1
 * @used: how many of them were used; after an error it means nothing
 *
 * Takes time linear in @len. Any context; the owner of @p is locked.
 *
 * Return: enum ktcp_http_verdict, or the status code of an error.
 */
int ktcp_http_parse(struct ktcp_http_parser *p, const u8 *buf, size_t len,
		    size_t *used)
{
	int verdict = KTCP_HTTP_MORE;
	size_t n;

	for (*used = 0; *used < len && verdict == KTCP_HTTP_MORE; *used += n) {
		n = 0;
		verdict = take_line(p, buf + *used, len - *used, &n);
	}
	return verdict;
}

/**
 * ktcp_http_parser_next() - make ready for the next request
 * @p: the parser; keeps its stash
 *
 * Any context.
 */
void ktcp_http_parser_next(struct ktcp_http_parser *p)
{
	*p = (struct ktcp_http_parser){
		.stash = p->stash,
		.stash_size = p->stash_size,
	};
}

/**
 * ktcp_http_persistent() - may the connection be used for another request?
 * @p: a parser that said KTCP_HTTP_DONE
 *
 * RFC 9112 9.3. Any context.
 */
bool ktcp_http_persistent(const struct ktcp_http_parser *p)
{
	return !p->close && (p->minor || p->keep_alive);
}

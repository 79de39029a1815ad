// SPDX-License-Identifier: GPL-2.0
/* The path of a request, as a name: decoded once, without dot segments. Pure. */
#include "target.h"

static int hex(u8 ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Percent-encoding off, once (RFC 3986 2.4). No control byte hides in it. */
static int decode(const u8 *in, size_t len, u8 *out)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		u8 ch = in[i];

		if (ch == '%') {
			if (len - i < 3 || hex(in[i + 1]) < 0 ||
			    hex(in[i + 2]) < 0)
				return -1;
			ch = hex(in[i + 1]) << 4 | hex(in[i + 2]);
			i += 2;
		}
		if (ch < ' ' || ch == 0x7f)
			return -1;
		out[n++] = ch;
	}
	return n;
}

/* Is it "." or ".."? How many dots, or 0. */
static int dots(const u8 *s, size_t n)
{
	if (n == 1 && s[0] == '.')
		return 1;
	return n == 2 && s[0] == '.' && s[1] == '.' ? 2 : 0;
}

/* RFC 3986 5.2.4, in place; but what climbs above the root is an error. */
static int remove_dot_segments(u8 *path, size_t len)
{
	size_t from = 1, to = 1;

	while (from < len) {
		size_t n = 0;
		bool slash;

		while (from + n < len && path[from + n] != '/')
			n++;
		slash = from + n < len;
		switch (dots(path + from, n)) {
		case 0:
			memmove(path + to, path + from, n + slash);
			to += n + slash;
			break;
		case 2:
			if (to == 1)
				return -1;
			for (to--; path[to - 1] != '/'; to--)
				;
			break;
		}
		from += n + slash;
	}
	return to;
}

/**
 * ktcp_http_path_plain() - does a path name what it says?
 * @path: as in the request, begins with a slash
 * @len: bytes in @path
 *
 * Return: true if ktcp_http_path() would only copy it. False may be said of a
 * path that it would leave as it is, too. Any context.
 */
bool ktcp_http_path_plain(const u8 *path, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (path[i] == '%' || (path[i] == '.' && path[i - 1] == '/'))
			return false;
	return true;
}

/**
 * ktcp_http_path() - the name that the path of a request stands for
 * @in: as in the request, begins with a slash
 * @len: bytes in @in, at least 1
 * @out: room for @len bytes
 *
 * Percent-encoding is taken off once, dot segments after it. Only what is in @out is
 * believed: @in may change meanwhile (see @data in app.h). Any context.
 *
 * Return: bytes in @out, or -1 (answer 400): a % without two digits, a control
 * byte, no slash at the front, or a path that leads above the root.
 */
int ktcp_http_path(const u8 *in, size_t len, u8 *out)
{
	int n = decode(in, len, out);

	if (n <= 0 || out[0] != '/')
		return -1;
	return remove_dot_segments(out, n);
}

// SPDX-License-Identifier: GPL-2.0
/* How names and strings are written in JSON and in Prometheus' format. */
#include "text.h"

/**
 * ktcp_json_escape() - the inside of a JSON string (RFC 8259 7)
 * @out: room for KTCP_JSON_ESCAPED * @len + 1 bytes
 * @in: bytes; those above 0x7f are taken for Latin-1, so that the result is
 *	ASCII whatever they are
 * @len: how many
 *
 * Any context.
 */
void ktcp_json_escape(char *out, const char *in, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		u8 c = in[i];

		if (c == '"' || c == '\\') {
			*out++ = '\\';
			*out++ = c;
		} else if (c < ' ' || c >= 0x7f) {
			memcpy(out, "\\u00", 4);
			out[4] = digits[c >> 4];
			out[5] = digits[c & 15];
			out += 6;
		} else {
			*out++ = c;
		}
	}
	*out = '\0';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/**
 * ktcp_metric_name() - the name of a counter as Prometheus has it
 * @out: room for KTCP_METRIC_NAME_MAX bytes
 * @name: as in /proc/ktcp/stats: InSegs becomes in_segs, InDSacks
 *	in_dsacks, HttpStatus2xx http_status2xx
 *
 * Return: false if it does not fit. Any context.
 */
bool ktcp_metric_name(char *out, const char *name)
{
	size_t len = 0, i;

	for (i = 0; name[i]; i++) {
		bool upper = is_upper(name[i]);

		if (len + 3 > KTCP_METRIC_NAME_MAX)
			return false;
		if (upper && i && !is_upper(name[i - 1]))
			out[len++] = '_';
		out[len++] = upper ? name[i] - 'A' + 'a' : name[i];
	}
	out[len] = '\0';
	return true;
}

/**
 * ktcp_seconds() - microseconds as seconds, without zeros at the end
 * @out: room for KTCP_SECONDS_MAX bytes
 * @us: microseconds
 *
 * Any context.
 */
void ktcp_seconds(char *out, u32 us)
{
	char *end = out + KTCP_SECONDS_MAX - 1, *p = end;
	bool any = false;
	size_t n;
	int i;

	*p = '\0';
	for (i = 0; i < 6; i++, us /= 10) {
		any |= us % 10;
		if (any)
			*--p = '0' + us % 10;
	}
	if (any)
		*--p = '.';
	do {
		*--p = '0' + us % 10;
		us /= 10;
	} while (us);
	n = end - p + 1;
	memmove(out, p, n);
}

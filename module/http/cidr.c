// SPDX-License-Identifier: GPL-2.0
/* Addresses and networks as people write them (RFC 4291 2.2, RFC 4632). */
#include "cidr.h"

#define V4_OFFSET	12	/* where IPv4 is in a mapped address, bytes */
#define V4_BITS		(8 * V4_OFFSET)

static const u8 mapped[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };

/** ktcp_addr_is_v4() - is it an IPv4 address (RFC 4291 2.5.5.2)? */
bool ktcp_addr_is_v4(const struct in6_addr *addr)
{
	return !memcmp(addr->s6_addr, mapped, sizeof(mapped));
}

/** ktcp_addr_is_loopback() - 127.0.0.0/8 and ::1 never come from elsewhere */
bool ktcp_addr_is_loopback(const struct in6_addr *addr)
{
	static const u8 one[16] = { [15] = 1 };

	if (ktcp_addr_is_v4(addr))
		return addr->s6_addr[V4_OFFSET] == 127;
	return !memcmp(addr->s6_addr, one, sizeof(one));
}

/* A decimal number without zeros in front. Returns how long it is, or 0. */
static size_t decimal(const char *s, size_t n, unsigned int most,
		      unsigned int *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
		*value = *value * 10 + (s[i] - '0');
		if (*value > most || (i && s[0] == '0'))
			return 0;
	}
	return i;
}

static bool parse_v4(const char *s, size_t n, u8 *out)
{
	unsigned int value;
	size_t len;
	int i;

	for (i = 0; i < 4; i++) {
		if (i) {
			if (!n || *s != '.')
				return false;
			s++;
			n--;
		}
		len = decimal(s, n, 255, &value);
		if (!len)
			return false;
		out[i] = value;
		s += len;
		n -= len;
	}
	return !n;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* RFC 4291 2.2: groups, "::" once, and IPv4 in place of the last two groups. */
static bool parse_v6(const char *s, size_t n, u8 *out)
{
	u8 buf[16] = {};
	size_t used = 0, i = 0, group;
	int gap = -1;
	u32 value;

	if (n >= 2 && s[0] == ':' && s[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < n) {
		if (used == sizeof(buf))
			return false;
		value = 0;
		for (group = i; i < n && i - group < 4 && hex(s[i]) >= 0; i++)
			value = value << 4 | hex(s[i]);
		if (i < n && s[i] == '.') {
			if (used > V4_OFFSET ||
			    !parse_v4(s + group, n - group, buf + used))
				return false;
			used += 4;
			break;
		}
		if (i == group)
			return false;
		buf[used++] = value >> 8;
		buf[used++] = value & 0xff;
		if (i == n)
			break;
		if (s[i++] != ':' || i == n)
			return false;
		if (s[i] == ':') {
			if (gap >= 0)
				return false;
			gap = used;
			i++;
		}
	}
	if (gap < 0 ? used != sizeof(buf) : used == sizeof(buf))
		return false;
	if (gap < 0)
		gap = used;
	memset(out, 0, sizeof(buf));
	memcpy(out, buf, gap);
	memcpy(out + sizeof(buf) - (used - gap), buf + gap, used - gap);
	return true;
}

/**
 * ktcp_addr_parse() - an address, IPv4 or IPv6
 * @s: text
 * @n: bytes of it, all of which must be the address
 * @addr: filled in, IPv4 as ::ffff:a.b.c.d
 *
 * Return: false if it is none. Any context.
 */
bool ktcp_addr_parse(const char *s, size_t n, struct in6_addr *addr)
{
	u8 *out = addr->s6_addr;

	if (n && memchr(s, ':', n))
		return parse_v6(s, n, out);
	memcpy(out, mapped, sizeof(mapped));
	return parse_v4(s, n, out + V4_OFFSET);
}

/* Take the bits away that are beyond the length. Returns whether one was set. */
static bool cut_host_bits(struct ktcp_cidr *cidr)
{
	u8 *bytes = cidr->addr.s6_addr;
	bool any = false;
	int i;

	for (i = 0; i < 16; i++) {
		int bits = clamp((int)cidr->len - 8 * i, 0, 8);
		u8 keep = 0xff00 >> bits;

		any |= bytes[i] & ~keep;
		bytes[i] &= keep;
	}
	return any;
}

/**
 * ktcp_cidr_parse() - ADDRESS/LENGTH, or ADDRESS for that one alone
 * @s: text
 * @n: bytes of it
 * @cidr: filled in; with KTCP_CIDR_HOST_BITS as it should have been
 *
 * Any context.
 */
enum ktcp_cidr_error ktcp_cidr_parse(const char *s, size_t n,
				     struct ktcp_cidr *cidr)
{
	const char *slash = n ? memchr(s, '/', n) : NULL;
	size_t len = slash ? (size_t)(slash - s) : n, rest;
	unsigned int bits, skip;

	if (!ktcp_addr_parse(s, len, &cidr->addr))
		return KTCP_CIDR_NO_ADDRESS;
	/* 192.0.2.0/24, but ::ffff:192.0.2.0/120 */
	skip = memchr(s, ':', len) ? 0 : V4_BITS;
	cidr->len = 128;
	if (slash) {
		rest = n - len - 1;
		if (!rest || decimal(slash + 1, rest, 128 - skip, &bits) != rest)
			return KTCP_CIDR_BAD_LENGTH;
		cidr->len = skip + bits;
	}
	return cut_host_bits(cidr) ? KTCP_CIDR_HOST_BITS : KTCP_CIDR_OK;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/**
 * ktcp_cidr_list() - networks, separated by commas
 * @text: the list; blanks around an entry do not matter; empty for none
 * @list: filled in, KTCP_CIDR_MAX of them
 * @n: how many
 * @bad: filled in if one is wrong
 *
 * Return: KTCP_CIDR_OK, or what is wrong with the first that is. Any context.
 */
enum ktcp_cidr_error ktcp_cidr_list(const char *text, struct ktcp_cidr *list,
				    unsigned int *n, struct ktcp_cidr_bad *bad)
{
	enum ktcp_cidr_error err;
	struct ktcp_cidr one;

	*n = 0;
	while (is_blank(*text))
		text++;
	while (*text || *n) {
		size_t len, next = strcspn(text, ",");

		while (next && is_blank(*text)) {
			text++;
			next--;
		}
		for (len = next; len && is_blank(text[len - 1]); len--)
			;
		err = ktcp_cidr_parse(text, len, &one);
		if (!err && *n == KTCP_CIDR_MAX)
			err = KTCP_CIDR_TOO_MANY;
		if (err) {
			*bad = (struct ktcp_cidr_bad){ text, len, one };
			return err;
		}
		list[(*n)++] = one;
		text += next;
		if (!*text)
			break;
		text++;
	}
	return KTCP_CIDR_OK;
}

/**
 * ktcp_cidr_match() - is an address in a network?
 * @cidr: the network
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 *
 * ::/0 is every IPv6 address, and no IPv4 address. Any context.
 */
bool ktcp_cidr_match(const struct ktcp_cidr *cidr, const struct in6_addr *addr)
{
	const u8 *a = cidr->addr.s6_addr, *b = addr->s6_addr;
	int bytes = cidr->len / 8, bits = cidr->len % 8;

	if (cidr->len < V4_BITS && ktcp_addr_is_v4(addr))
		return false;
	if (memcmp(a, b, bytes))
		return false;
	return !bits || !((a[bytes] ^ b[bytes]) >> (8 - bits));
}

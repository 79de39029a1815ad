// SPDX-License-Identifier: GPL-2.0
/* What a SYN cookie says, and where the bits are; cookie_code.h shows. Pure. */
#include "cookie_code.h"
#include "seq.h"

/*
 * The MSS values that a cookie can say, of those that are common: no option
 * (536, 1220), tunnels and mobile networks (1360, 1400), PPPoE (1452, 1432),
 * Ethernet, jumbo frames. The first is KTCP_MSS_MIN, below which no peer is
 * believed: so what is taken is never above what the peer said.
 */
static const u16 mss_table[2][KTCP_COOKIE_MSS_MAX] = {
	{ 48, 536, 1220, 1360, 1400, 1432, 1440, 8940 },	/* IPv6 */
	{ 48, 536, 1220, 1360, 1400, 1452, 1460, 8960 },	/* IPv4 */
};

/* The shift count that says there is none; KTCP_WSCALE_MAX is 14. */
#define NO_WSCALE	15
#define TS_WSCALE	0xf
#define TS_SACK		BIT(4)
#define TS_ECN		BIT(5)
#define TS_MASK		(BIT(KTCP_COOKIE_TS_BITS) - 1)

#define MAC_MASK	(BIT(KTCP_COOKIE_MAC_BITS) - 1)
#define DATA_MASK	(BIT(KTCP_COOKIE_DATA_BITS) - 1)

/**
 * ktcp_cookie_pack() - a cookie from its parts
 * @code: the parts; of each the bits that have room
 */
u32 ktcp_cookie_pack(const struct ktcp_cookie_code *code)
{
	u32 v = code->count % KTCP_COOKIE_COUNTS;

	v = v << KTCP_COOKIE_DATA_BITS | (code->data & DATA_MASK);
	return v << KTCP_COOKIE_MAC_BITS | (code->mac & MAC_MASK);
}

/**
 * ktcp_cookie_unpack() - and the parts of a cookie
 * @v: the cookie
 */
struct ktcp_cookie_code ktcp_cookie_unpack(u32 v)
{
	return (struct ktcp_cookie_code){
		.count = v >> (KTCP_COOKIE_MAC_BITS + KTCP_COOKIE_DATA_BITS),
		.data = v >> KTCP_COOKIE_MAC_BITS & DATA_MASK,
		.mac = v & MAC_MASK,
	};
}

/**
 * ktcp_cookie_mss_index() - the best that a cookie can say of an MSS
 * @v4: of IPv4
 * @mss: what the peer takes
 *
 * Return: the index of the greatest value that is not above @mss, or 0.
 */
u8 ktcp_cookie_mss_index(bool v4, u16 mss)
{
	u8 i = KTCP_COOKIE_MSS_MAX - 1;

	while (i && mss_table[v4][i] > mss)
		i--;
	return i;
}

/**
 * ktcp_cookie_mss() - the MSS that a cookie says
 * @v4: of IPv4
 * @index: below KTCP_COOKIE_MSS_MAX
 */
u16 ktcp_cookie_mss(bool v4, u8 index)
{
	return mss_table[v4][index];
}

/**
 * ktcp_cookie_tsval() - a timestamp that says what was agreed on
 * @now: what the clock says
 * @wscale: the peer's shift count, or a negative number for no window scale
 * @sack_ok: both ends send SACK
 * @ecn_ok: both ends do ECN
 *
 * Return: the last value of the clock with the right low bits: never after @now,
 * because later segments must not seem older (RFC 7323 5), and less than 64
 * ticks before it.
 */
u32 ktcp_cookie_tsval(u32 now, int wscale, bool sack_ok, bool ecn_ok)
{
	u32 bits = wscale < 0 ? NO_WSCALE : wscale;
	u32 v;

	if (sack_ok)
		bits |= TS_SACK;
	if (ecn_ok)
		bits |= TS_ECN;
	v = (now & ~TS_MASK) | bits;
	return seq_gt(v, now) ? v - (TS_MASK + 1) : v;
}

/**
 * ktcp_cookie_ts_wscale() - the shift count that a timestamp says
 * @tsval: from ktcp_cookie_tsval()
 *
 * Return: the peer's shift count, or -1 for no window scale.
 */
int ktcp_cookie_ts_wscale(u32 tsval)
{
	u32 wscale = tsval & TS_WSCALE;

	return wscale == NO_WSCALE ? -1 : (int)wscale;
}

/**
 * ktcp_cookie_ts_sack() - does a timestamp say that both ends send SACK?
 * @tsval: from ktcp_cookie_tsval()
 */
bool ktcp_cookie_ts_sack(u32 tsval)
{
	return tsval & TS_SACK;
}

/**
 * ktcp_cookie_ts_ecn() - does a timestamp say that both ends do ECN?
 * @tsval: from ktcp_cookie_tsval()
 */
bool ktcp_cookie_ts_ecn(u32 tsval)
{
	return tsval & TS_ECN;
}

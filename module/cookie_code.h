/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a SYN cookie says, and where the bits are. Pure.
 *
 *     2 bits       4 bits       26 bits
 *   +--------+--------------+-----------+
 *   | count  | TS | MSS (3) |    MAC    |   + F(key), hidden from strangers
 *   +--------+--------------+-----------+
 *
 * and, in the low bits of the timestamp of the SYN-ACK, which comes back in the
 * ACK, what is not agreed on without timestamps:
 *
 *   | timestamp clock (26 bits) | ECN | SACK | shift count (4) |
 *
 * The MAC is over these six bits, too.
 */
#ifndef KTCP_COOKIE_CODE_H
#define KTCP_COOKIE_CODE_H

#include "pure.h"

#define KTCP_COOKIE_MAC_BITS	26
#define KTCP_COOKIE_DATA_BITS	4
#define KTCP_COOKIE_COUNTS	4	/* the count is modulo this */
#define KTCP_COOKIE_MSS_MAX	8	/* entries of the table of MSS */
#define KTCP_COOKIE_TS		BIT(3)	/* in the data: timestamps agreed on */
#define KTCP_COOKIE_TS_BITS	6

/**
 * struct ktcp_cookie_code - a cookie in its parts
 * @count: of the secret, modulo KTCP_COOKIE_COUNTS
 * @data: index of the MSS, and KTCP_COOKIE_TS
 * @mac: over the data and all else that must not change
 */
struct ktcp_cookie_code {
	u8 count;
	u8 data;
	u32 mac;
};

u32 ktcp_cookie_pack(const struct ktcp_cookie_code *code);
struct ktcp_cookie_code ktcp_cookie_unpack(u32 v);
u8 ktcp_cookie_mss_index(bool v4, u16 mss);
u16 ktcp_cookie_mss(bool v4, u8 index);
u32 ktcp_cookie_tsval(u32 now, int wscale, bool sack_ok, bool ecn_ok);
int ktcp_cookie_ts_wscale(u32 tsval);
bool ktcp_cookie_ts_sack(u32 tsval);
bool ktcp_cookie_ts_ecn(u32 tsval);

#endif /* KTCP_COOKIE_CODE_H */

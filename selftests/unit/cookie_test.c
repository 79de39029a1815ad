// SPDX-License-Identifier: GPL-2.0
/* cookie_code.c: where the bits of a SYN cookie are. */
#include "cookie_code.h"
#include "seq.h"
#include "kselftest_harness.h"

TEST(pack__every_bit_comes_back)
{
	u32 i, v;

	for (i = 0; i < 32; i++) {
		struct ktcp_cookie_code code = ktcp_cookie_unpack(1U << i);

		ASSERT_EQ(1U << i, ktcp_cookie_pack(&code));
	}
	for (v = 0, i = 0; i < 1000000; i++, v += 2654435761U) {
		struct ktcp_cookie_code code = ktcp_cookie_unpack(v);

		ASSERT_EQ(v, ktcp_cookie_pack(&code));
		ASSERT_LT(code.count, KTCP_COOKIE_COUNTS);
		ASSERT_LT(code.data, 1 << KTCP_COOKIE_DATA_BITS);
		ASSERT_LT(code.mac, 1U << KTCP_COOKIE_MAC_BITS);
	}
}

TEST(pack__layout)
{
	struct ktcp_cookie_code code = {
		.count = 2, .data = 9, .mac = 0x2345678,
	};

	ASSERT_EQ(2U << 30 | 9U << 26 | 0x2345678, ktcp_cookie_pack(&code));
}

/* What has no room does not spill into the rest. */
TEST(pack__cuts_what_is_too_large)
{
	struct ktcp_cookie_code code = {
		.count = 4, .data = 16, .mac = 0xfc000001,
	};

	ASSERT_EQ(1, ktcp_cookie_pack(&code));
}

TEST(mss__the_best_not_above)
{
	u32 mss, family;
	u8 i;

	for (family = 0; family < 2; family++) {
		for (mss = 48; mss <= 65535; mss++) {
			u8 best = ktcp_cookie_mss_index(family, mss);

			ASSERT_LT(best, KTCP_COOKIE_MSS_MAX);
			ASSERT_LE(ktcp_cookie_mss(family, best), mss);
			for (i = 0; i < KTCP_COOKIE_MSS_MAX; i++)
				if (ktcp_cookie_mss(family, i) <= mss)
					ASSERT_LE(ktcp_cookie_mss(family, i),
						  ktcp_cookie_mss(family, best));
		}
		/* below the least that is believed */
		for (mss = 0; mss < 48; mss++)
			ASSERT_EQ(48, ktcp_cookie_mss(family,
					ktcp_cookie_mss_index(family, mss)));
	}
}

/* No option, and Ethernet, lose nothing. */
TEST(mss__usual_values_are_exact)
{
	ASSERT_EQ(536, ktcp_cookie_mss(1, ktcp_cookie_mss_index(1, 536)));
	ASSERT_EQ(1460, ktcp_cookie_mss(1, ktcp_cookie_mss_index(1, 1460)));
	ASSERT_EQ(1220, ktcp_cookie_mss(0, ktcp_cookie_mss_index(0, 1220)));
	ASSERT_EQ(1440, ktcp_cookie_mss(0, ktcp_cookie_mss_index(0, 1440)));
}

TEST(tsval__says_what_was_put_in)
{
	static const u32 nows[] = { 0, 1, 63, 64, 1000, 0x7fffffff, 0xffffffff };
	int wscale, bits;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nows); i++) {
		for (wscale = -1; wscale <= 14; wscale++) {
			for (bits = 0; bits < 4; bits++) {
				bool sack = bits & 1, ecn = bits & 2;
				u32 v = ktcp_cookie_tsval(nows[i], wscale, sack,
							  ecn);

				ASSERT_EQ(wscale, ktcp_cookie_ts_wscale(v));
				ASSERT_EQ(sack, ktcp_cookie_ts_sack(v));
				ASSERT_EQ(ecn, ktcp_cookie_ts_ecn(v));
			}
		}
	}
}

/* As in the picture of cookie_code.h. */
TEST(tsval__layout)
{
	ASSERT_EQ(0x0f, ktcp_cookie_tsval(63, -1, false, false));
	ASSERT_EQ(0x17, ktcp_cookie_tsval(63, 7, true, false));
	ASSERT_EQ(0x27, ktcp_cookie_tsval(63, 7, false, true));
	ASSERT_EQ(0x3e, ktcp_cookie_tsval(63, 14, true, true));
}

/* Never ahead of the clock, never 64 behind, never backwards; across 0 too. */
TEST(tsval__keeps_order)
{
	int wscale, bits, i;

	for (wscale = -1; wscale <= 14; wscale++) {
		for (bits = 0; bits < 4; bits++) {
			bool sack = bits & 1, ecn = bits & 2;
			u32 now = -300U;
			u32 last = ktcp_cookie_tsval(now, wscale, sack, ecn);

			for (i = 0; i < 600; i++, now++) {
				u32 v = ktcp_cookie_tsval(now, wscale, sack,
							  ecn);

				ASSERT_LT(now - v, 64);
				ASSERT_TRUE(seq_geq(v, last));
				last = v;
			}
		}
	}
}

TEST_HARNESS_MAIN

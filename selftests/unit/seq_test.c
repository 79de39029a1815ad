// SPDX-License-Identifier: GPL-2.0
/* Sequence-number arithmetic (RFC 9293 3.4), above all where it wraps. */
#include "seq.h"
#include "kselftest_harness.h"

/* Where things go wrong, if they do. */
static const u32 places[] = {
	0, 1, 2, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
	0xffffffff, 0x12345678, 0xedcba988,
};

/* Distances that keep their direction: 1 to 2^31 - 1. */
static const u32 steps[] = { 1, 2, 1460, 65535, 0x3fffffff, 0x7fffffff };

#define for_each(p, array)						\
	for (const u32 *p = (array); p < (array) + ARRAY_SIZE(array); p++)

TEST(order)
{
	for_each(a, places) {
		EXPECT_FALSE(seq_lt(*a, *a));
		EXPECT_FALSE(seq_gt(*a, *a));
		EXPECT_TRUE(seq_leq(*a, *a));
		EXPECT_TRUE(seq_geq(*a, *a));
		for_each(d, steps) {
			u32 b = *a + *d;

			EXPECT_TRUE(seq_lt(*a, b));
			EXPECT_FALSE(seq_lt(b, *a));
			EXPECT_TRUE(seq_leq(*a, b));
			EXPECT_FALSE(seq_leq(b, *a));
			EXPECT_TRUE(seq_gt(b, *a));
			EXPECT_FALSE(seq_gt(*a, b));
			EXPECT_TRUE(seq_geq(b, *a));
			EXPECT_FALSE(seq_geq(*a, b));
		}
	}
}

TEST(min_and_max)
{
	EXPECT_EQ(5, seq_max(0xfffffff0, 5));
	EXPECT_EQ(5, seq_max(5, 0xfffffff0));
	EXPECT_EQ(0xfffffff0, seq_min(0xfffffff0, 5));
	EXPECT_EQ(0xfffffff0, seq_min(5, 0xfffffff0));
	for_each(a, places) {
		EXPECT_EQ(*a, seq_max(*a, *a));
		EXPECT_EQ(*a, seq_min(*a, *a));
		for_each(d, steps) {
			EXPECT_EQ(*a + *d, seq_max(*a, *a + *d));
			EXPECT_EQ(*a, seq_min(*a + *d, *a));
		}
	}
}

TEST(in_range)
{
	for_each(s, places) {
		EXPECT_FALSE(seq_in(*s, *s, 0));
		EXPECT_TRUE(seq_in(*s, *s, 1));
		for_each(len, steps) {
			EXPECT_TRUE(seq_in(*s, *s, *len));
			EXPECT_TRUE(seq_in(*s + *len - 1, *s, *len));
			EXPECT_FALSE(seq_in(*s + *len, *s, *len));
			EXPECT_FALSE(seq_in(*s - 1, *s, *len));
		}
	}
}

/*
 * The four rows of the table in RFC 9293 3.4 and 3.10.7.4, with the window at
 * every place.
 */
TEST(acceptable__no_data_no_window)
{
	for_each(nxt, places) {
		EXPECT_TRUE(seq_acceptable(*nxt, 0, *nxt, 0));
		EXPECT_FALSE(seq_acceptable(*nxt + 1, 0, *nxt, 0));
		EXPECT_FALSE(seq_acceptable(*nxt - 1, 0, *nxt, 0));
	}
}

TEST(acceptable__no_data)
{
	for_each(nxt, places) {
		for_each(wnd, steps) {
			EXPECT_TRUE(seq_acceptable(*nxt, 0, *nxt, *wnd));
			EXPECT_TRUE(seq_acceptable(*nxt + *wnd - 1, 0, *nxt,
						   *wnd));
			EXPECT_FALSE(seq_acceptable(*nxt + *wnd, 0, *nxt,
						    *wnd));
			EXPECT_FALSE(seq_acceptable(*nxt - 1, 0, *nxt, *wnd));
		}
	}
}

TEST(acceptable__data_no_window)
{
	for_each(nxt, places) {
		EXPECT_FALSE(seq_acceptable(*nxt, 1, *nxt, 0));
		EXPECT_FALSE(seq_acceptable(*nxt - 1, 2, *nxt, 0));
		EXPECT_FALSE(seq_acceptable(*nxt, 1460, *nxt, 0));
	}
}

TEST(acceptable__data)
{
	const u32 wnd = 1000;

	for_each(n, places) {
		u32 nxt = *n;

		/* inside */
		EXPECT_TRUE(seq_acceptable(nxt, 1, nxt, wnd));
		EXPECT_TRUE(seq_acceptable(nxt, 1000, nxt, wnd));
		EXPECT_TRUE(seq_acceptable(nxt + 999, 1, nxt, wnd));
		/* the end sticks out */
		EXPECT_TRUE(seq_acceptable(nxt, 1001, nxt, wnd));
		EXPECT_TRUE(seq_acceptable(nxt + 999, 1460, nxt, wnd));
		/* the start sticks out */
		EXPECT_TRUE(seq_acceptable(nxt - 1, 2, nxt, wnd));
		EXPECT_TRUE(seq_acceptable(nxt - 500, 1460, nxt, wnd));
		/* before */
		EXPECT_FALSE(seq_acceptable(nxt - 1, 1, nxt, wnd));
		EXPECT_FALSE(seq_acceptable(nxt - 1460, 1460, nxt, wnd));
		/* after */
		EXPECT_FALSE(seq_acceptable(nxt + 1000, 1, nxt, wnd));
		EXPECT_FALSE(seq_acceptable(nxt + 1000, 1460, nxt, wnd));
	}
}

TEST_HARNESS_MAIN

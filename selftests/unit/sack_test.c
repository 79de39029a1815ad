// SPDX-License-Identifier: GPL-2.0
/* What a receiver tells of data out of order, against a bitmap of what it has. */
#include "sack.h"
#include "kselftest_harness.h"

#define N	64

static u32 rnd_state = 20260101;

static u32 rnd(u32 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 17;
	rnd_state ^= rnd_state << 5;
	return rnd_state % below;
}

/* Every block is a whole run of what has arrived, and the first the latest. */
static bool right(const struct ktcp_sacks *s, const bool *have, u32 base,
		  u32 latest)
{
	for (u8 i = 0; i < s->n; i++) {
		u32 from = s->block[i].start - base, to = s->block[i].end - base;

		if (from >= to || to > N || (from && have[from - 1]) ||
		    (to < N && have[to]))
			return false;
		for (u32 j = from; j < to; j++)
			if (!have[j])
				return false;
		for (u8 j = 0; j < i; j++)
			if (s->block[j].start == s->block[i].start)
				return false;
	}
	return s->n && latest >= s->block[0].start - base &&
	       latest < s->block[0].end - base;
}

static int runs(const bool *have)
{
	int n = 0;

	for (int i = 1; i < N; i++)
		n += have[i] && !have[i - 1];
	return n;
}

/*
 * Random segments beyond a hole, at a place where numbers wrap too. With more
 * than four blocks one is forgotten, and what touches it is told alone.
 */
TEST(random_segments)
{
	for (int run = 0; run < 20000; run++) {
		u32 base = run & 1 ? 0U - N / 2 : run * 7919;
		struct ktcp_sacks s = { .n = 0 };
		bool have[N] = { false };

		for (int i = 0; i < 12; i++) {
			u32 from = 1 + rnd(N - 9), len = 1 + rnd(8);

			memset(have + from, true, len);
			if (runs(have) > KTCP_SACK_MAX)
				break;
			ktcp_sacks_add(&s, base + from, base + from + len);
			ASSERT_TRUE(right(&s, have, base, from));
			ASSERT_GE(KTCP_SACK_MAX, s.n);
		}
	}
}

/* As long as there are no more than four, none is forgotten. */
TEST(none_is_forgotten)
{
	struct ktcp_sacks s = { .n = 0 };

	for (u32 i = 0; i < KTCP_SACK_MAX; i++)
		ktcp_sacks_add(&s, 10 * i + 5, 10 * i + 8);
	ASSERT_EQ(KTCP_SACK_MAX, s.n);
	for (u32 i = 0; i < KTCP_SACK_MAX; i++)
		EXPECT_EQ(10 * (KTCP_SACK_MAX - 1 - i) + 5, s.block[i].start);
	/* one that joins all of them */
	ktcp_sacks_add(&s, 8, 36);
	ASSERT_EQ(1, s.n);
	EXPECT_EQ(5, s.block[0].start);
	EXPECT_EQ(38, s.block[0].end);
}

TEST(advance)
{
	struct ktcp_sacks s = { .n = 0 };

	ktcp_sacks_add(&s, 0xfffffff0, 0xfffffff8);
	ktcp_sacks_add(&s, 4, 8);
	ktcp_sacks_advance(&s, 0xfffffff4);
	ASSERT_EQ(2, s.n);
	EXPECT_EQ(0xfffffff4, s.block[1].start);
	ktcp_sacks_advance(&s, 0xfffffff8);
	ASSERT_EQ(1, s.n);
	EXPECT_EQ(4, s.block[0].start);
	ktcp_sacks_advance(&s, 8);
	EXPECT_EQ(0, s.n);
}

/* RFC 2883 4: the duplicate, the block around it, then the others. */
TEST(dsack_order)
{
	struct ktcp_range out[KTCP_SACK_MAX];
	struct ktcp_sacks s = { .n = 0 };

	ktcp_sacks_add(&s, 10, 20);
	ktcp_sacks_add(&s, 30, 40);
	ktcp_sacks_add(&s, 50, 60);
	ktcp_sacks_twice(&s, 12, 14);
	EXPECT_EQ(4, ktcp_sacks_count(&s));
	ASSERT_EQ(4, ktcp_sacks_fill(&s, out, 4));
	EXPECT_EQ(12, out[0].start);
	EXPECT_EQ(10, out[1].start);
	EXPECT_EQ(50, out[2].start);
	EXPECT_EQ(30, out[3].start);
	ASSERT_EQ(3, ktcp_sacks_fill(&s, out, 3));
	EXPECT_EQ(50, out[2].start);
	ASSERT_EQ(1, ktcp_sacks_fill(&s, out, 1));
	EXPECT_EQ(12, out[0].start);
	ktcp_sacks_twice(&s, 5, 5);
	ASSERT_EQ(3, ktcp_sacks_fill(&s, out, 4));
	EXPECT_EQ(50, out[0].start);
}

/* The lowest of what is here, wherever its block is in the list. */
TEST(overlap)
{
	struct ktcp_sacks s = { .n = 3, .block = {
		{ 500, 600 }, { 100, 200 }, { 300, 400 } } };
	static const struct {
		u32 start, end;
		bool found;
		struct ktcp_range dup;
	} cases[] = {
		{ 0, 100, false }, { 200, 300, false }, { 600, 700, false },
		{ 0, 101, true, { 100, 101 } }, { 199, 300, true, { 199, 200 } },
		{ 120, 130, true, { 120, 130 } }, { 0, 1000, true, { 100, 200 } },
		{ 250, 1000, true, { 300, 400 } }, { 350, 550, true, { 350, 400 } },
		{ 450, 550, true, { 500, 550 } }, { 300, 400, true, { 300, 400 } },
	};
	struct ktcp_range dup;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(cases[i].found, ktcp_sacks_overlap(&s, cases[i].start,
							     cases[i].end, &dup));
		if (!cases[i].found)
			continue;
		EXPECT_EQ(cases[i].dup.start, dup.start);
		EXPECT_EQ(cases[i].dup.end, dup.end);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/* The estimator of RFC 6298, with its numbers worked by hand. */
#include "rtt.h"
#include "kselftest_harness.h"

#define MS		1000U
#define SEC		1000000U
#define MIN		(200 * MS)
#define MAX		(120 * SEC)
#define G		(4 * MS)

/* Integer arithmetic may lose a microsecond in each term. */
#define EXPECT_NEAR(expected, seen)					\
	do {								\
		s64 seen_ = (seen);					\
		EXPECT_LE((s64)(expected) - 3, seen_);			\
		EXPECT_GE((s64)(expected) + 3, seen_);			\
	} while (0)

static u32 rto(const struct ktcp_rtt *rtt, unsigned int backoff)
{
	return ktcp_rtt_rto_us(rtt, MIN, MAX, G, backoff);
}

/* (2.1) one second until there is a measurement, (5.5) doubled */
TEST(initial)
{
	struct ktcp_rtt rtt = { 0 };

	EXPECT_EQ(1 * SEC, rto(&rtt, 0));
	EXPECT_EQ(2 * SEC, rto(&rtt, 1));
	EXPECT_EQ(4 * SEC, rto(&rtt, 2));
	EXPECT_EQ(64 * SEC, rto(&rtt, 6));
	EXPECT_EQ(120 * SEC, rto(&rtt, 7));
}

/* (2.2) SRTT = R, RTTVAR = R/2, RTO = R + 4 * R/2 */
TEST(first_sample)
{
	struct ktcp_rtt rtt = { 0 };

	ktcp_rtt_sample(&rtt, 100 * MS);
	EXPECT_EQ(100 * MS, rtt.srtt_us);
	EXPECT_EQ(50 * MS, +rtt.rttvar_us);
	EXPECT_EQ(300 * MS, rto(&rtt, 0));
}

/*
 * (2.3) RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, with the old SRTT; then
 * SRTT = 7/8 SRTT + 1/8 R'.
 *
 *   R'      |SRTT - R'|   RTTVAR                   SRTT
 *   100000                50000                    100000
 *   120000  20000         37500 +  5000 = 42500    87500 + 15000 = 102500
 *    62500  40000         31875 + 10000 = 41875    89687.5 + 7812.5 = 97500
 *   497500  400000        31406.25 + 100000        85312.5 + 62187.5
 *                                   = 131406.25                 = 147500
 */
TEST(later_samples)
{
	struct ktcp_rtt rtt = { 0 };

	ktcp_rtt_sample(&rtt, 100000);
	ktcp_rtt_sample(&rtt, 120000);
	EXPECT_NEAR(42500, +rtt.rttvar_us);
	EXPECT_NEAR(102500, rtt.srtt_us);
	EXPECT_NEAR(102500 + 200000, rto(&rtt, 0));

	ktcp_rtt_sample(&rtt, 62500);
	EXPECT_NEAR(41875, +rtt.rttvar_us);
	EXPECT_NEAR(97500, rtt.srtt_us);

	ktcp_rtt_sample(&rtt, 497500);
	EXPECT_NEAR(131406, +rtt.rttvar_us);
	EXPECT_NEAR(147500, rtt.srtt_us);
}

/* A steady path: RTTVAR fades; MIN, or else G, is what is left of the safety margin. */
TEST(steady_path)
{
	struct ktcp_rtt rtt = { 0 };
	int i;

	ktcp_rtt_sample(&rtt, 1 * SEC);
	for (i = 0; i < 200; i++)
		ktcp_rtt_sample(&rtt, 300 * MS);
	/* within a granule of the integer division by 8 */
	EXPECT_LE(300 * MS, rtt.srtt_us);
	EXPECT_GE(300 * MS + 8, rtt.srtt_us);
	EXPECT_GE(8, +rtt.rttvar_us);
	EXPECT_EQ(rtt.srtt_us + MIN, rto(&rtt, 0));
	EXPECT_EQ(rtt.srtt_us + G, ktcp_rtt_rto_us(&rtt, 1 * MS, MAX, G, 0));
}

TEST(rises_to_a_slower_path)
{
	struct ktcp_rtt rtt = { 0 };
	int i;

	ktcp_rtt_sample(&rtt, 10 * MS);
	for (i = 0; i < 200; i++)
		ktcp_rtt_sample(&rtt, 300 * MS);
	EXPECT_LE(300 * MS - 8, rtt.srtt_us);
	EXPECT_GE(300 * MS + 8, rtt.srtt_us);
}

/* (2.4) and (2.5), with the bounds that the caller gives */
TEST(bounds)
{
	struct ktcp_rtt rtt = { 0 };

	ktcp_rtt_sample(&rtt, 1 * MS);
	EXPECT_EQ(1 * MS + MIN, rto(&rtt, 0));
	EXPECT_EQ(1 * MS + 1 * SEC, ktcp_rtt_rto_us(&rtt, 1 * SEC, MAX, G, 0));

	rtt = (struct ktcp_rtt){ 0 };
	ktcp_rtt_sample(&rtt, 100 * SEC);
	EXPECT_EQ(MAX, rto(&rtt, 0));
	EXPECT_EQ(MAX, rto(&rtt, 1));

	rtt = (struct ktcp_rtt){ 0 };
	EXPECT_EQ(500 * MS, ktcp_rtt_rto_us(&rtt, MIN, 500 * MS, G, 0));
}

/* (5.5), from the bounded value on */
TEST(backoff)
{
	struct ktcp_rtt rtt = { 0 };
	u32 expected = 300 * MS;
	unsigned int i;

	ktcp_rtt_sample(&rtt, 100 * MS);
	for (i = 0; i < 9; i++, expected *= 2)
		EXPECT_EQ(expected, rto(&rtt, i));
	for (; i < 300; i++)
		EXPECT_EQ(MAX, rto(&rtt, i));

	rtt = (struct ktcp_rtt){ 0 };
	ktcp_rtt_sample(&rtt, 1 * MS);
	EXPECT_EQ(2 * (1 * MS + MIN), rto(&rtt, 1));
	EXPECT_EQ(4 * (1 * MS + MIN), rto(&rtt, 2));
}

/* A measurement of nothing is still a measurement. */
TEST(zero_sample)
{
	struct ktcp_rtt rtt = { 0 };

	ktcp_rtt_sample(&rtt, 0);
	EXPECT_LT(0, rtt.srtt_us);
	EXPECT_EQ(rtt.srtt_us + MIN, rto(&rtt, 0));
}

TEST(extremes)
{
	static const u32 samples[] = { 0, 1, 7, 8, SEC, 0x7fffffff,
				       0x80000000, U32_MAX };
	struct ktcp_rtt rtt = { 0 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		for (j = 0; j < ARRAY_SIZE(samples); j++) {
			ktcp_rtt_sample(&rtt, samples[i]);
			ktcp_rtt_sample(&rtt, samples[j]);
			EXPECT_LT(0, rtt.srtt_us);
			EXPECT_LE(MIN, rto(&rtt, 0));
			EXPECT_GE(MAX, rto(&rtt, 0));
			EXPECT_GE(0x80000000, ktcp_rtt_rto_us(&rtt, MIN,
							      0x80000000, G,
							      31));
		}
	}
}

TEST_HARNESS_MAIN

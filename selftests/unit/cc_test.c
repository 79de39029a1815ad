// SPDX-License-Identifier: GPL-2.0
/* Congestion control by RFC 5681, byte counting by RFC 3465. */
#include "cc.h"
#include "kselftest_harness.h"

#define MSS	1460U

FIXTURE(cc) {
	struct ktcp_cc cc;
};

FIXTURE_SETUP(cc)
{
	ktcp_cc_init(&self->cc, &ktcp_cc_newreno, MSS, 10);
}

FIXTURE_TEARDOWN(cc)
{
}

/* A whole window acknowledged, two segments at a time. */
static void ack_window(struct ktcp_cc *cc)
{
	u32 left = cc->cwnd;

	while (left) {
		u32 n = min_t(u32, left, 2 * MSS);

		ktcp_cc_acked(cc, n, true);
		left -= n;
	}
}

/* RFC 6928 2; RFC 5681 3.1: ssthresh should be arbitrarily high. */
TEST_F(cc, initial_window)
{
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_LE(KTCP_CWND_MAX, self->cc.ssthresh);
}

/* RFC 5681 (2): cwnd += min(N, SMSS) for each ACK; RFC 3465 2.2, 2.3: L = 2 */
TEST_F(cc, slow_start)
{
	u32 cwnd = self->cc.cwnd;

	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(cwnd += MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 2 * MSS, true);
	EXPECT_EQ(cwnd += 2 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 2 * MSS + 1, true);
	EXPECT_EQ(cwnd += 2 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 10 * MSS, true);
	EXPECT_EQ(cwnd += 2 * MSS, self->cc.cwnd);
}

TEST_F(cc, slow_start_doubles_in_a_round_trip)
{
	ack_window(&self->cc);
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
	ack_window(&self->cc);
	EXPECT_EQ(40 * MSS, self->cc.cwnd);
}

/* Many ACKs of a few bytes each earn no more than one of them all. */
TEST_F(cc, slow_start_ack_division)
{
	u32 i;

	for (i = 0; i < MSS; i++)
		ktcp_cc_acked(&self->cc, 1, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

/* A window that was not used is not validated (RFC 7661 4.1). */
TEST_F(cc, not_limited_by_cwnd)
{
	ktcp_cc_acked(&self->cc, MSS, false);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 0, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
}

/* RFC 5681 3.1 and RFC 3465 2.1: one SMSS for a window's worth of bytes. */
TEST_F(cc, congestion_avoidance)
{
	u32 i;

	self->cc.ssthresh = 10 * MSS;
	for (i = 0; i < 9; i++)
		ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	for (i = 0; i < 10; i++)
		ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(12 * MSS, self->cc.cwnd);
}

/* RFC 5681 3.1: cwnd must not grow by more than SMSS in a round trip. */
TEST_F(cc, congestion_avoidance_is_linear)
{
	u32 i;

	self->cc.ssthresh = 10 * MSS;
	for (i = 1; i <= 100; i++) {
		ack_window(&self->cc);
		EXPECT_GE(10 * MSS + i * MSS, self->cc.cwnd);
	}
	EXPECT_LE(105 * MSS, self->cc.cwnd);
}

TEST_F(cc, congestion_avoidance_ack_division)
{
	u32 i;

	self->cc.ssthresh = 10 * MSS;
	for (i = 0; i < 10 * MSS - 1; i++)
		ktcp_cc_acked(&self->cc, 1, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 1, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

/* One ACK for everything is one window's worth at most. */
TEST_F(cc, congestion_avoidance_stretch_ack)
{
	self->cc.ssthresh = 10 * MSS;
	ktcp_cc_acked(&self->cc, 10 * MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 100 * MSS, true);
	EXPECT_GE(12 * MSS, self->cc.cwnd);
}

/* What was counted in slow start does not count again after it. */
TEST_F(cc, slow_start_to_congestion_avoidance)
{
	u32 cwnd;

	self->cc.ssthresh = 11 * MSS;
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	cwnd = self->cc.cwnd;
	ktcp_cc_acked(&self->cc, 10 * MSS, true);
	EXPECT_EQ(cwnd, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(cwnd + MSS, self->cc.cwnd);
}

/* RFC 5681 (4): ssthresh = max(FlightSize / 2, 2 * SMSS); cwnd = LW = 1 SMSS */
TEST_F(cc, timeout)
{
	ktcp_cc_timeout(&self->cc, 9 * MSS, true);
	EXPECT_EQ(9 * MSS / 2, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

TEST_F(cc, timeout_with_little_in_flight)
{
	ktcp_cc_timeout(&self->cc, 4 * MSS - 1, true);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	ktcp_cc_timeout(&self->cc, 1, true);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

/* RFC 5681 3.1: the same segment again: ssthresh is held constant. */
TEST_F(cc, timeout_again)
{
	ktcp_cc_timeout(&self->cc, 20 * MSS, true);
	ktcp_cc_timeout(&self->cc, MSS, false);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

/* Half of a window counted before the timeout is forgotten. */
TEST_F(cc, timeout_forgets_what_was_counted)
{
	self->cc.ssthresh = 10 * MSS;
	ktcp_cc_acked(&self->cc, 9 * MSS, true);
	ktcp_cc_timeout(&self->cc, 4 * MSS, true);
	ktcp_cc_acked(&self->cc, MSS, true);	/* slow start to ssthresh */
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
}

/*
 * RFC 3465 2.3: in the slow start that follows a timeout L must be 1, because
 * an ACK that fills a hole covers segments that left the network long ago.
 */
TEST_F(cc, slow_start_after_timeout)
{
	ktcp_cc_timeout(&self->cc, 20 * MSS, true);
	ktcp_cc_acked(&self->cc, 4 * MSS, true);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, 2 * MSS, true);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
}

TEST_F(cc, timeout_then_slow_start_then_linear)
{
	u32 i;

	ktcp_cc_timeout(&self->cc, 20 * MSS, true);
	for (i = 0; i < 9; i++)
		ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	for (i = 0; i < 10; i++)
		ktcp_cc_acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

TEST_F(cc, growth_ends)
{
	u32 i;

	self->cc.cwnd = KTCP_CWND_MAX - MSS;
	for (i = 0; i < 10; i++)
		ktcp_cc_acked(&self->cc, 2 * MSS, true);
	EXPECT_LE(KTCP_CWND_MAX - MSS, self->cc.cwnd);
	EXPECT_GE(KTCP_CWND_MAX + 2 * MSS, self->cc.cwnd);

	self->cc.ssthresh = 2 * MSS;
	for (i = 0; i < 10; i++)
		ktcp_cc_acked(&self->cc, U32_MAX, true);
	EXPECT_GE(KTCP_CWND_MAX + 2 * MSS, self->cc.cwnd);
}

/* The window stays in bytes, but LW is one segment of the new size. */
TEST_F(cc, mss_changes)
{
	ktcp_cc_set_mss(&self->cc, 536);
	EXPECT_EQ(536, self->cc.mss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ktcp_cc_timeout(&self->cc, 2 * 536, true);
	EXPECT_EQ(536, self->cc.cwnd);
	EXPECT_EQ(2 * 536, self->cc.ssthresh);
	ktcp_cc_set_mss(&self->cc, 8960);
	EXPECT_EQ(8960, self->cc.cwnd);
}

TEST_HARNESS_MAIN

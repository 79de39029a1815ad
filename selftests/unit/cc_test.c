// SPDX-License-Identifier: GPL-2.0
/*
 * What all congestion control shares, and NewReno: RFC 5681, byte counting by
 * RFC 3465, HyStart++ by RFC 9406.
 */
#include "cc.h"
#include "kselftest_harness.h"

static struct ktcp_cc_undo before_loss;

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

static void acked(struct ktcp_cc *cc, u32 bytes, bool limited)
{
	ktcp_cc_acked(cc, &(struct ktcp_cc_ack) {
		.bytes = bytes, .limited = limited });
}

/* A whole window acknowledged, two segments at a time. */
static void ack_window(struct ktcp_cc *cc)
{
	u32 left = cc->cwnd;

	while (left) {
		u32 n = min_t(u32, left, 2 * MSS);

		acked(cc, n, true);
		left -= n;
	}
}

/* RFC 6928 2; RFC 5681 3.1: ssthresh should be arbitrarily high. */
TEST_F(cc, initial_window)
{
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_LE(KTCP_CWND_MAX, self->cc.ssthresh);
}

/* RFC 3465 2.2: cwnd += N, however many segments an ACK covers. */
TEST_F(cc, slow_start)
{
	u32 cwnd = self->cc.cwnd;

	acked(&self->cc, MSS, true);
	EXPECT_EQ(cwnd += MSS, self->cc.cwnd);
	acked(&self->cc, 8 * MSS, true);
	EXPECT_EQ(cwnd += 8 * MSS, self->cc.cwnd);
	acked(&self->cc, 44 * MSS + 1, true);
	EXPECT_EQ(cwnd += 44 * MSS + 1, self->cc.cwnd);
}

/* Slow start ends at ssthresh, not beyond. */
TEST_F(cc, slow_start_later)
{
	self->cc.ssthresh = 20 * MSS;
	acked(&self->cc, 2 * MSS + 1, true);
	EXPECT_EQ(12 * MSS + 1, self->cc.cwnd);
	acked(&self->cc, 40 * MSS, true);
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
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
		acked(&self->cc, 1, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

/* A window that was not used is not validated (RFC 7661 4.1). */
TEST_F(cc, not_limited_by_cwnd)
{
	acked(&self->cc, MSS, false);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	acked(&self->cc, 0, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
}

/* More than half of it used is validated, but only in slow start. */
TEST_F(cc, slow_start_when_half_is_used)
{
	struct ktcp_cc_ack ack = { .bytes = MSS, .used = 5 * MSS };

	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ack.used = 5 * MSS + 1;
	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	self->cc.ssthresh = self->cc.cwnd;
	ack.bytes = ack.used = self->cc.cwnd;
	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	ack.limited = true;
	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(12 * MSS, self->cc.cwnd);
}

/* RFC 5681 3.1 and RFC 3465 2.1: one SMSS for a window's worth of bytes. */
TEST_F(cc, congestion_avoidance)
{
	u32 i;

	self->cc.ssthresh = 10 * MSS;
	for (i = 0; i < 9; i++)
		acked(&self->cc, MSS, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	for (i = 0; i < 10; i++)
		acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	acked(&self->cc, MSS, true);
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
		acked(&self->cc, 1, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	acked(&self->cc, 1, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

/* One ACK for everything is one window's worth at most. */
TEST_F(cc, congestion_avoidance_stretch_ack)
{
	self->cc.ssthresh = 10 * MSS;
	acked(&self->cc, 10 * MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	acked(&self->cc, 100 * MSS, true);
	EXPECT_GE(12 * MSS, self->cc.cwnd);
}

/* What was counted in slow start does not count again after it. */
TEST_F(cc, slow_start_to_congestion_avoidance)
{
	u32 cwnd;

	self->cc.ssthresh = 11 * MSS;
	acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	cwnd = self->cc.cwnd;
	acked(&self->cc, 10 * MSS, true);
	EXPECT_EQ(cwnd, self->cc.cwnd);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(cwnd + MSS, self->cc.cwnd);
}

/* RFC 5681 (4): ssthresh = max(FlightSize / 2, 2 * SMSS); cwnd = LW = 1 SMSS */
TEST_F(cc, timeout)
{
	ktcp_cc_timeout(&self->cc, 9 * MSS, true, &before_loss);
	EXPECT_EQ(9 * MSS / 2, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

TEST_F(cc, timeout_with_little_in_flight)
{
	ktcp_cc_timeout(&self->cc, 4 * MSS - 1, true, &before_loss);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	ktcp_cc_timeout(&self->cc, 1, true, &before_loss);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

/* RFC 5681 3.2: what was sent beyond cwnd does not count, */
TEST_F(cc, loss_with_more_in_flight_than_cwnd)
{
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	EXPECT_EQ(5 * MSS, self->cc.ssthresh);
}

/* nor what recovery makes of cwnd: what it began with is at stake. */
TEST_F(cc, timeout_in_recovery_with_more_in_flight)
{
	ktcp_cc_loss(&self->cc, 10 * MSS, &before_loss);
	self->cc.cwnd = 3 * MSS;
	ktcp_cc_timeout(&self->cc, 20 * MSS, true, &before_loss);
	EXPECT_EQ(5 * MSS, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

/* RFC 5681 3.1: the same segment again: ssthresh is held constant. */
TEST_F(cc, timeout_again)
{
	self->cc.cwnd = 20 * MSS;
	ktcp_cc_timeout(&self->cc, 20 * MSS, true, &before_loss);
	ktcp_cc_timeout(&self->cc, MSS, false, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
	EXPECT_EQ(MSS, self->cc.cwnd);
}

/* Half of a window counted before the timeout is forgotten. */
TEST_F(cc, timeout_forgets_what_was_counted)
{
	self->cc.ssthresh = 10 * MSS;
	acked(&self->cc, 9 * MSS, true);
	ktcp_cc_timeout(&self->cc, 4 * MSS, true, &before_loss);
	acked(&self->cc, MSS, true);	/* slow start to ssthresh */
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
}

/*
 * RFC 3465 2.3: in the slow start that follows a timeout L must be 1, because
 * an ACK that fills a hole covers segments that left the network long ago.
 */
TEST_F(cc, slow_start_after_timeout)
{
	ktcp_cc_timeout(&self->cc, 20 * MSS, true, &before_loss);
	acked(&self->cc, 4 * MSS, true);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	acked(&self->cc, 2 * MSS, true);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
}

/* Unless SACKs say that it left the network just now. */
TEST_F(cc, slow_start_after_timeout_with_sack)
{
	struct ktcp_cc_ack ack = {
		.bytes = 10 * MSS, .fresh = 4 * MSS, .limited = true,
	};

	ktcp_cc_timeout(&self->cc, 20 * MSS, true, &before_loss);
	ktcp_cc_acked(&self->cc, &ack);
	EXPECT_EQ(5 * MSS, self->cc.cwnd);
}

TEST_F(cc, timeout_then_slow_start_then_linear)
{
	u32 i;

	self->cc.cwnd = 20 * MSS;
	ktcp_cc_timeout(&self->cc, 20 * MSS, true, &before_loss);
	for (i = 0; i < 9; i++)
		acked(&self->cc, MSS, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	for (i = 0; i < 10; i++)
		acked(&self->cc, MSS, true);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
}

TEST_F(cc, growth_ends)
{
	u32 i;

	self->cc.cwnd = KTCP_CWND_MAX - MSS;
	for (i = 0; i < 10; i++)
		acked(&self->cc, 2 * MSS, true);
	EXPECT_EQ(KTCP_CWND_MAX, self->cc.cwnd);

	self->cc.cwnd = KTCP_CWND_MAX - 1;
	self->cc.ssthresh = 2 * MSS;
	for (i = 0; i < 10; i++)
		acked(&self->cc, U32_MAX, true);
	EXPECT_EQ(KTCP_CWND_MAX, self->cc.cwnd);
}

/* The window stays in bytes, but LW is one segment of the new size. */
TEST_F(cc, mss_changes)
{
	ktcp_cc_set_mss(&self->cc, 536);
	EXPECT_EQ(536, self->cc.mss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	ktcp_cc_timeout(&self->cc, 2 * 536, true, &before_loss);
	EXPECT_EQ(536, self->cc.cwnd);
	EXPECT_EQ(2 * 536, self->cc.ssthresh);
	ktcp_cc_set_mss(&self->cc, 8960);
	EXPECT_EQ(8960, self->cc.cwnd);
}

/* 2 * SMSS of RFC 5681 (4) is of the segments that are sent, not of those that were. */
TEST_F(cc, mss_grows_in_recovery)
{
	ktcp_cc_set_mss(&self->cc, 536);
	ktcp_cc_loss(&self->cc, 536, &before_loss);
	EXPECT_EQ(2 * 536, self->cc.ssthresh);
	ktcp_cc_set_mss(&self->cc, MSS);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
}

TEST_F(cc, mss_grows_before_an_undo)
{
	ktcp_cc_set_mss(&self->cc, 536);
	ktcp_cc_loss(&self->cc, 536, NULL);
	ktcp_cc_recovered(&self->cc);
	ktcp_cc_loss(&self->cc, 536, &before_loss);
	ktcp_cc_set_mss(&self->cc, MSS);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
}

/* RFC 5681 (4); cwnd is recovery's (RFC 6937) and does not grow meanwhile. */
TEST_F(cc, loss)
{
	self->cc.cwnd = 20 * MSS;
	ktcp_cc_loss(&self->cc, 18 * MSS, &before_loss);
	EXPECT_EQ(9 * MSS, self->cc.ssthresh);
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
	acked(&self->cc, 20 * MSS, true);
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(9 * MSS, self->cc.cwnd);
	acked(&self->cc, 9 * MSS, true);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
}

TEST_F(cc, loss_with_little_in_flight)
{
	ktcp_cc_loss(&self->cc, 4 * MSS - 1, &before_loss);
	EXPECT_EQ(2 * MSS, self->cc.ssthresh);
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
}

/* What recovery left below ssthresh stays there, and slow start goes on. */
TEST_F(cc, recovered_below_ssthresh)
{
	self->cc.cwnd = 20 * MSS;
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	self->cc.cwnd = 4 * MSS;
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(4 * MSS, self->cc.cwnd);
	acked(&self->cc, 4 * MSS, true);
	EXPECT_EQ(8 * MSS, self->cc.cwnd);
}

TEST_F(cc, recovered_without_loss)
{
	self->cc.ssthresh = 5 * MSS;
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
}

/* Half of a window counted before the loss is forgotten. */
TEST_F(cc, loss_forgets_what_was_counted)
{
	self->cc.ssthresh = 10 * MSS;
	acked(&self->cc, 9 * MSS, true);
	ktcp_cc_loss(&self->cc, 10 * MSS, &before_loss);
	ktcp_cc_recovered(&self->cc);
	acked(&self->cc, 4 * MSS, true);
	EXPECT_EQ(5 * MSS, self->cc.cwnd);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(6 * MSS, self->cc.cwnd);
}

/* A timeout ends recovery; what it had to say to cwnd is void. */
TEST_F(cc, timeout_in_recovery)
{
	self->cc.cwnd = 20 * MSS;
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	ktcp_cc_timeout(&self->cc, 16 * MSS, true, &before_loss);
	EXPECT_EQ(8 * MSS, self->cc.ssthresh);
	acked(&self->cc, MSS, true);
	EXPECT_EQ(2 * MSS, self->cc.cwnd);
	self->cc.cwnd = 9 * MSS;
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(9 * MSS, self->cc.cwnd);
}

TEST_F(cc, undo_loss)
{
	self->cc.cwnd = 20 * MSS;
	self->cc.ssthresh = 15 * MSS;
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	self->cc.cwnd = 12 * MSS;
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
	EXPECT_EQ(15 * MSS, self->cc.ssthresh);
	ktcp_cc_recovered(&self->cc);		/* there is nothing to end */
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
	acked(&self->cc, 20 * MSS, true);
	EXPECT_EQ(21 * MSS, self->cc.cwnd);
}

/* Recovery may not have taken anything from cwnd yet. */
TEST_F(cc, undo_loss_at_once)
{
	ktcp_cc_loss(&self->cc, 10 * MSS, &before_loss);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
	acked(&self->cc, 8 * MSS, true);
	EXPECT_EQ(18 * MSS, self->cc.cwnd);
}

TEST_F(cc, undo_timeout)
{
	ktcp_cc_timeout(&self->cc, 10 * MSS, true, &before_loss);
	ktcp_cc_timeout(&self->cc, MSS, false, &before_loss);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
	acked(&self->cc, 2 * MSS, true);	/* not after a timeout: L > 1 */
	EXPECT_EQ(12 * MSS, self->cc.cwnd);
}

/* The timeout was for nothing, the loss before it was one. */
TEST_F(cc, undo_timeout_in_recovery)
{
	self->cc.cwnd = 20 * MSS;
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
	self->cc.cwnd = 19 * MSS;		/* recovery is on its way down */
	ktcp_cc_timeout(&self->cc, 19 * MSS, true, &before_loss);
	EXPECT_EQ(MSS, self->cc.cwnd);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
}

TEST_F(cc, undo_once)
{
	self->cc.ssthresh = 10 * MSS;
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
	ktcp_cc_timeout(&self->cc, 10 * MSS, true, &before_loss);
	ktcp_cc_undo(&self->cc, &before_loss);
	self->cc.cwnd = 3 * MSS;
	self->cc.ssthresh = 3 * MSS;
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
	EXPECT_EQ(3 * MSS, self->cc.ssthresh);
}

/* RFC 9438 4.9.2: a window that has outgrown the old one keeps its values. */
TEST_F(cc, undo_too_late)
{
	ktcp_cc_loss(&self->cc, 10 * MSS, &before_loss);
	ktcp_cc_recovered(&self->cc);
	self->cc.cwnd = 11 * MSS;
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(11 * MSS, self->cc.cwnd);
	EXPECT_EQ(5 * MSS, self->cc.ssthresh);
}

/* RFC 5681 4.1: RW = min(IW, cwnd); ssthresh stays. */
TEST_F(cc, idle_restart)
{
	self->cc.cwnd = 40 * MSS;
	self->cc.ssthresh = 30 * MSS;
	ktcp_cc_idle_restart(&self->cc, 10);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(30 * MSS, self->cc.ssthresh);
	acked(&self->cc, 4 * MSS, true);
	EXPECT_EQ(14 * MSS, self->cc.cwnd);

	self->cc.cwnd = 3 * MSS;
	ktcp_cc_idle_restart(&self->cc, 10);
	EXPECT_EQ(3 * MSS, self->cc.cwnd);
}

/* A window from before the pause is not to be restored after it. */
TEST_F(cc, idle_restart_then_undo)
{
	self->cc.cwnd = 100 * MSS;
	ktcp_cc_loss(&self->cc, 100 * MSS, &before_loss);
	ktcp_cc_recovered(&self->cc);
	ktcp_cc_idle_restart(&self->cc, 10);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
	EXPECT_EQ(50 * MSS, self->cc.ssthresh);
}

/* And what recovery had of cwnd does not stay so. */
TEST_F(cc, idle_restart_in_recovery_then_undo)
{
	self->cc.cwnd = 100 * MSS;
	ktcp_cc_loss(&self->cc, 100 * MSS, &before_loss);
	ktcp_cc_idle_restart(&self->cc, 10);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_EQ(0, !!self->cc.recovering);
	EXPECT_EQ(50 * MSS, self->cc.ssthresh);
}

TEST(names)
{
	const struct ktcp_cc_ops *ops;
	unsigned int n;

	EXPECT_EQ(&ktcp_cc_newreno, ktcp_cc_find("newreno"));
	EXPECT_EQ(&ktcp_cc_cubic, ktcp_cc_find("cubic"));
	EXPECT_EQ(NULL, ktcp_cc_find("reno"));
	EXPECT_EQ(NULL, ktcp_cc_find(""));
	for (n = 0; (ops = ktcp_cc_nth(n)); n++)
		EXPECT_EQ(ops, ktcp_cc_find(ops->name));
	EXPECT_EQ(2, n);
	EXPECT_EQ(NULL, ktcp_cc_nth(n + 1));
}

/* An open connection has one of these. */
TEST(size)
{
	EXPECT_GE(96, sizeof(struct ktcp_cc));
}

/*
 * HyStart++ (RFC 9406): a sender that always has a window in flight, and a path
 * whose round-trip time the test sets round by round.
 */
FIXTURE(hystart) {
	struct ktcp_cc cc;
	u32 una, nxt;
};

#define MS	1000U
#define BASE	(40 * MS)	/* RttThresh is an eighth of it: 5 ms */

FIXTURE_SETUP(hystart)
{
	ktcp_cc_init(&self->cc, &ktcp_cc_newreno, MSS, 10);
	self->una = U32_MAX - 15 * MSS;		/* wraps in the second round */
	self->nxt = self->una + self->cc.cwnd;
}

FIXTURE_TEARDOWN(hystart)
{
}

static void ack(FIXTURE_DATA(hystart) *self, u32 bytes, u32 rtt_us)
{
	self->una += bytes;
	ktcp_cc_acked(&self->cc, &(struct ktcp_cc_ack) {
		.bytes = bytes, .una = self->una, .nxt = self->nxt,
		.rtt_us = rtt_us, .srtt_us = rtt_us, .limited = true });
	self->nxt = self->una + self->cc.cwnd;
}

/* All that is in flight, an ACK a segment, but @less of them. */
static void part_round(FIXTURE_DATA(hystart) *self, u32 rtt_us, u32 less)
{
	u32 n = (self->nxt - self->una) / MSS - less;

	while (n--)
		ack(self, MSS, rtt_us);
}

static void one_round(FIXTURE_DATA(hystart) *self, u32 rtt_us)
{
	part_round(self, rtt_us, 0);
}

static bool css(const struct ktcp_cc *cc)
{
	return cc->ssthresh == KTCP_SSTHRESH_INIT && cc->css_rtt_us != U32_MAX;
}

TEST_F(hystart, no_delay_no_end)
{
	u32 i;

	for (i = 1; i <= 8; i++) {
		one_round(self, BASE + i * 4 * MS);
		EXPECT_FALSE(css(&self->cc));
		EXPECT_EQ((10U << i) * MSS, self->cc.cwnd);
	}
	EXPECT_EQ(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
}

/* RttThresh = max(4 ms, min(lastRoundMinRTT / 8, 16 ms)); at it, not below */
TEST_F(hystart, threshold)
{
	static const struct { u32 last, thresh; } c[] = {
		{ 1 * MS, 4 * MS },
		{ 32 * MS, 4 * MS },
		{ 40 * MS, 5 * MS },
		{ 120 * MS, 15 * MS },
		{ 128 * MS, 16 * MS },
		{ 600 * MS, 16 * MS },
	};
	u32 i, less;

	for (i = 0; i < ARRAY_SIZE(c); i++) {
		for (less = 0; less <= 1; less++) {
			ktcp_cc_init(&self->cc, &ktcp_cc_newreno, MSS, 10);
			self->nxt = self->una + self->cc.cwnd;
			one_round(self, c[i].last);
			one_round(self, c[i].last + c[i].thresh - less);
			EXPECT_EQ(!less, css(&self->cc));
		}
	}
}

/* N_RTT_SAMPLE = 8: the seventh does not decide, the eighth does. */
TEST_F(hystart, samples)
{
	u32 i;

	one_round(self, BASE);
	for (i = 0; i < 7; i++)
		ack(self, MSS, 2 * BASE);
	ack(self, MSS, 0);			/* Karn: says nothing */
	EXPECT_FALSE(css(&self->cc));
	ack(self, MSS, 2 * BASE);
	EXPECT_TRUE(css(&self->cc));
	EXPECT_EQ(2 * BASE, self->cc.css_rtt_us);
}

/* The least of the round counts: jitter of all but one is no delay. */
TEST_F(hystart, minimum)
{
	one_round(self, BASE);
	ack(self, MSS, BASE + 4 * MS);
	part_round(self, 2 * BASE, 1);
	EXPECT_FALSE(css(&self->cc));
}

/* A round is compared with the one before it, not with the first. */
TEST_F(hystart, last_round)
{
	one_round(self, 2 * BASE);
	one_round(self, BASE);
	one_round(self, BASE + 5 * MS);
	EXPECT_TRUE(css(&self->cc));
}

/* cwnd += min(N, L * SMSS) / CSS_GROWTH_DIVISOR, which is 4 */
TEST_F(hystart, css_growth)
{
	u32 cwnd, i;

	one_round(self, BASE);
	part_round(self, 2 * BASE, 1);
	ASSERT_TRUE(css(&self->cc));
	cwnd = self->cc.cwnd;
	ack(self, MSS, 2 * BASE);
	EXPECT_EQ(cwnd += MSS / 4, self->cc.cwnd);
	ack(self, 8 * MSS, 2 * BASE);
	EXPECT_EQ(cwnd += 8 * MSS / 4, self->cc.cwnd);
	ack(self, 9 * MSS, 2 * BASE);
	EXPECT_EQ(cwnd += 9 * MSS / 4, self->cc.cwnd);
	for (i = 0; i < MSS; i++)
		ack(self, 1, 2 * BASE);
	EXPECT_GE(cwnd + MSS / 4, self->cc.cwnd);
}

/*
 * CSS_ROUNDS = 5, of which the one in which CSS began is the first, though it is
 * a part only. Then ssthresh = cwnd; RFC 9438 4.10: so is cwnd_prior.
 */
TEST_F(hystart, css_ends_in_congestion_avoidance)
{
	u32 i, cwnd;

	one_round(self, BASE);
	for (i = 0; i < 5; i++) {
		one_round(self, 2 * BASE);
		EXPECT_TRUE(css(&self->cc));
		EXPECT_EQ(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
	}
	cwnd = self->cc.cwnd;
	ack(self, MSS, 2 * BASE);		/* the sixth */
	EXPECT_EQ(cwnd + MSS / 4, self->cc.cwnd);
	EXPECT_EQ(self->cc.cwnd, self->cc.ssthresh);
	EXPECT_EQ(self->cc.cwnd, self->cc.prior_cwnd);
	cwnd = self->cc.cwnd;
	ack(self, MSS, 2 * BASE);
	EXPECT_EQ(cwnd, self->cc.cwnd);		/* NewReno has begun to count */
	ktcp_cc_undo(&self->cc, &before_loss);		/* there was no reduction */
	EXPECT_EQ(cwnd, self->cc.ssthresh);
}

/* The delay falls below where CSS began: that was jitter; 8 samples say so. */
TEST_F(hystart, css_resumes_slow_start)
{
	u32 i, cwnd;

	one_round(self, BASE);
	for (i = 0; i < 3; i++)
		one_round(self, 2 * BASE);
	ASSERT_TRUE(css(&self->cc));
	for (i = 0; i < 7; i++)
		ack(self, MSS, 2 * BASE - 1);
	EXPECT_TRUE(css(&self->cc));
	ack(self, MSS, 2 * BASE);
	EXPECT_FALSE(css(&self->cc));
	cwnd = self->cc.cwnd;
	ack(self, MSS, 2 * BASE);
	EXPECT_EQ(cwnd + MSS, self->cc.cwnd);

	/* and another time in CSS has its five rounds again */
	part_round(self, 2 * BASE, 0);
	for (i = 0; i < 5; i++)
		one_round(self, 3 * BASE);
	EXPECT_TRUE(css(&self->cc));
	EXPECT_EQ(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
	one_round(self, 3 * BASE);
	EXPECT_NE(KTCP_SSTHRESH_INIT, self->cc.ssthresh);
}

/* Delay is watched, though nothing grows, while the application is the limit. */
TEST_F(hystart, application_limited)
{
	u32 i;

	one_round(self, BASE);
	for (i = 0; i < 8; i++) {
		self->una += MSS;
		ktcp_cc_acked(&self->cc, &(struct ktcp_cc_ack) {
			.bytes = MSS, .una = self->una, .nxt = self->nxt,
			.rtt_us = 2 * BASE, .srtt_us = BASE });
	}
	EXPECT_TRUE(css(&self->cc));
	EXPECT_EQ(20 * MSS, self->cc.cwnd);
}

/* 4.3: for the initial slow start only */
TEST_F(hystart, not_after_loss)
{
	u32 cwnd;

	one_round(self, BASE);
	one_round(self, BASE);
	ktcp_cc_timeout(&self->cc, self->cc.cwnd, true, &before_loss);
	self->nxt = self->una + self->cc.cwnd;
	while (self->cc.cwnd < 8 * MSS)
		one_round(self, BASE);
	cwnd = self->cc.cwnd;
	ASSERT_LT(2 * cwnd, self->cc.ssthresh);
	one_round(self, 10 * BASE);
	EXPECT_FALSE(css(&self->cc));
	EXPECT_EQ(2 * cwnd, self->cc.cwnd);
}

/* In CSS a loss does what it always does. */
TEST_F(hystart, loss_in_css)
{
	one_round(self, BASE);
	one_round(self, 2 * BASE);
	ASSERT_TRUE(css(&self->cc));
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	EXPECT_EQ(10 * MSS, self->cc.ssthresh);
	ktcp_cc_recovered(&self->cc);
	EXPECT_EQ(10 * MSS, self->cc.cwnd);
}

/* Undone, the first slow start goes on, with nothing known of the delay. */
TEST_F(hystart, undo_resumes_slow_start)
{
	one_round(self, BASE);
	one_round(self, 2 * BASE);
	ASSERT_TRUE(css(&self->cc));
	ktcp_cc_loss(&self->cc, 20 * MSS, &before_loss);
	ktcp_cc_undo(&self->cc, &before_loss);
	EXPECT_FALSE(css(&self->cc));
	one_round(self, 4 * BASE);
	EXPECT_FALSE(css(&self->cc));
	one_round(self, 5 * BASE);
	EXPECT_TRUE(css(&self->cc));
}

TEST_HARNESS_MAIN

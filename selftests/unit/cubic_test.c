// SPDX-License-Identifier: GPL-2.0
/* CUBIC against RFC 9438, written out in floating point. */
#include <math.h>

#include "cc.h"
#include "kselftest_harness.h"

static struct ktcp_cc_undo before_loss;

#define C	0.4
#define BETA	0.7
#define MSS	1460U
#define MS	1000U
#define SEC	1000000U

/*
 * The model: the RFC's formulas in its own units, segments and seconds. An epoch
 * is a stage of congestion avoidance.
 */
struct model {
	double cwnd, ssthresh, cwnd_prior;
	double w_max, k, t, w_est;
	double rtt;
	double margin, other;	/* W_cubic(t) - W_est; cwnd in the other region */
	bool epoch;
};

/* 4.2, figure 1 */
static double w_cubic(const struct model *m, double t)
{
	return C * pow(t - m->k, 3) + m->w_max;
}

/* 4.2 figure 2, 4.3; 4.8 and 4.10 where W_max is not above cwnd */
static void model_epoch(struct model *m)
{
	m->w_max = fmax(m->w_max, m->cwnd);
	m->k = cbrt((m->w_max - m->cwnd) / C);
	m->t = 0;
	m->w_est = m->cwnd;
	m->epoch = true;
}

/* 4.2 to 4.5; @passed counts for t */
static void model_ack(struct model *m, double segments, double rtt,
		      double passed)
{
	double alpha = 3 * (1 - BETA) / (1 + BETA);
	double target, part, reno, cubic;

	if (m->epoch)
		m->t += passed;
	else
		model_epoch(m);
	if (m->w_est >= m->cwnd_prior)
		alpha = 1;
	part = fmin(segments / m->cwnd, 1);
	m->rtt = rtt;
	m->w_est += alpha * part;
	target = fmin(fmax(w_cubic(m, m->t + rtt), m->cwnd), 1.5 * m->cwnd);
	cubic = m->cwnd + (target - m->cwnd) * part;
	reno = fmax(m->cwnd, m->w_est);
	m->margin = w_cubic(m, m->t) - m->w_est;
	m->cwnd = m->margin < 0 ? reno : cubic;
	m->other = m->margin < 0 ? cubic : reno;
}

/* 4.6 and 4.7 */
static void model_loss(struct model *m, double flight)
{
	m->w_max = m->cwnd < m->w_max ? m->cwnd * (1 + BETA) / 2 : m->cwnd;
	m->cwnd_prior = m->cwnd;
	m->ssthresh = fmax(flight * BETA, 2);
	m->cwnd = m->ssthresh;
	m->epoch = false;
}

/* How much K, up to 1 ms long, may shift the curve where it is steepest */
static double tolerance(const struct model *m)
{
	double d = fmax(m->k, m->t + m->rtt - m->k);

	return 0.05 + 3 * C * d * d * 0.001;
}

static void ack_at(struct ktcp_cc *cc, u32 bytes, u32 srtt_us, u32 now_us)
{
	ktcp_cc_acked(cc, &(struct ktcp_cc_ack) {
		.bytes = bytes, .srtt_us = srtt_us, .now_us = now_us,
		.limited = true });
}

/* In congestion avoidance, nothing lost yet. */
static void start(struct ktcp_cc *cc, u32 mss, u32 cwnd)
{
	ktcp_cc_init(cc, &ktcp_cc_cubic, mss, 10);
	cc->cwnd = cwnd;
	cc->ssthresh = cwnd;
	cc->cubic = (struct ktcp_cubic){ };
}

static void lose(struct ktcp_cc *cc)
{
	ktcp_cc_loss(cc, cc->cwnd, &before_loss);
	ktcp_cc_recovered(cc);
}

/* Both sides lose a window of @cwnd and are at the start of an epoch. */
static void start_both(struct ktcp_cc *cc, struct model *m, u32 mss, u32 cwnd)
{
	start(cc, mss, cwnd);
	lose(cc);
	*m = (struct model) { .cwnd = (double)cwnd / mss };
	model_loss(m, m->cwnd);
}

/*
 * Each step of the root has two ends, r^3 and (r + 1)^3 - 1. Both are right for
 * each r that 64 bits have; between them every value in a long range is tried.
 */
TEST(cube_root)
{
	u64 r, x, cube;

	for (r = 0; r < 2642245; r++) {
		cube = r * r * r;
		ASSERT_EQ(r, ktcp_cube_root(cube));
		ASSERT_EQ(r, ktcp_cube_root(cube + 3 * r * (r + 1)));
	}
	ASSERT_EQ(r, ktcp_cube_root(r * r * r));
	ASSERT_EQ(r, ktcp_cube_root(UINT64_MAX));
	for (r = 0, x = 0; x < 2000000; x++) {
		if (x == (r + 1) * (r + 1) * (r + 1))
			r++;
		ASSERT_EQ(r, ktcp_cube_root(x));
	}
}

static const u32 all_mss[] = { 536, 1460, 8960 };
static const u32 all_rtt[] = { 1 * MS, 10 * MS, 100 * MS, 600 * MS };

/* Figure 2. K is long by 1 ms at most. */
TEST(k)
{
	struct ktcp_cc cc;
	struct model m;
	u32 i, shift;
	double k_ms;

	for (i = 0; i < ARRAY_SIZE(all_mss); i++) {
		for (shift = 14; shift <= 30; shift++) {
			start_both(&cc, &m, all_mss[i], 1U << shift);
			ack_at(&cc, 1, MS, 0);
			model_epoch(&m);
			k_ms = m.k * 1000;
			EXPECT_GE(cc.cubic.k_ms, k_ms - 0.01);
			EXPECT_LE(cc.cubic.k_ms, k_ms + 1);
			EXPECT_EQ(cc.cubic.w_max, 1U << shift);
		}
	}
}

/*
 * The two regions do not meet: where cwnd is set to W_est the curve of a round
 * trip later may be far above. So where the model is nearly between them either
 * is right, and the model goes on from there.
 */
static void near_model(struct __test_metadata *_metadata,
		       const struct ktcp_cc *cc, struct model *m)
{
	double cwnd = (double)cc->cwnd / cc->mss, off = fabs(cwnd - m->cwnd);

	if (off > tolerance(m) && fabs(m->margin) <= tolerance(m)) {
		off = fabs(cwnd - m->other);
		m->cwnd = cwnd;
	}
	ASSERT_LE(off, tolerance(m)) {
		TH_LOG("mss %u cwnd_prior %f K %f t %f: %f, model %f", cc->mss,
		       m->cwnd_prior, m->k, m->t, cwnd, m->cwnd);
	}
}

/* One loss, then growth to twice K or to the end: every ACK as in the model. */
static void follow(struct __test_metadata *_metadata, u32 mss, u32 rtt_us,
		   u32 cwnd)
{
	u32 acks, step_us, bytes, now = U32_MAX - SEC;	/* the clock wraps */
	struct ktcp_cc cc;
	struct model m;
	double end, off;

	start_both(&cc, &m, mss, cwnd);
	end = 2 * cbrt(0.3 * cwnd / mss / C) + 20.0 * rtt_us / SEC;
	acks = clamp((u32)(100000.0 * rtt_us / (end * SEC)), 1U, 64U);
	step_us = rtt_us / acks;
	for (; !m.epoch || m.t < end; now += step_us) {
		bytes = max(cc.cwnd / acks, 1U);
		ack_at(&cc, bytes, rtt_us, now);
		if (cc.cwnd >= KTCP_CWND_MAX - mss)
			break;
		model_ack(&m, (double)bytes / mss, (double)rtt_us / SEC,
			  (double)step_us / SEC);
		near_model(_metadata, &cc, &m);
		off = fabs((double)cc.cubic.w_est / mss - m.w_est);
		ASSERT_LE(off, tolerance(&m));
	}
}

TEST(window)
{
	u32 i, j, shift;

	for (i = 0; i < ARRAY_SIZE(all_mss); i++)
		for (j = 0; j < ARRAY_SIZE(all_rtt); j++)
			for (shift = 15; shift <= 30; shift += 3)
				follow(_metadata, all_mss[i], all_rtt[j],
				       1U << shift);
}

/* The same regions that 4.3 to 4.5 tell apart were all seen. */
TEST(regions)
{
	u32 now, region, seen = 0;
	struct ktcp_cc cc;
	struct model m;

	start_both(&cc, &m, MSS, 1000 * MSS);
	for (now = 0; now < 30 * SEC; now += 100 * MS) {
		ack_at(&cc, cc.cwnd, 100 * MS, now);
		model_ack(&m, m.cwnd, 0.1, 0.1);
		if (w_cubic(&m, m.t) < m.w_est)
			region = 0;
		else
			region = m.cwnd < m.w_max ? 1 : 2;
		seen |= 1 << region;
	}
	EXPECT_EQ(7, seen);	/* Reno-friendly at first, concave, convex */

	start_both(&cc, &m, MSS, 20 * MSS);
	for (now = 0; now < SEC; now += 10 * MS) {
		ack_at(&cc, cc.cwnd, 10 * MS, now);
		EXPECT_EQ(cc.cubic.w_est, cc.cwnd);	/* Reno-friendly */
	}
}

/* 4.3: 9/17 of a segment in a round trip until cwnd_prior, then a whole one. */
TEST(reno_friendly)
{
	u32 i, now = 0, before;
	struct ktcp_cc cc;

	start(&cc, MSS, 20 * MSS);
	lose(&cc);
	EXPECT_EQ(14 * MSS, cc.cwnd);
	for (i = 0; i < 40; i++, now += MS) {
		before = cc.cwnd;
		ack_at(&cc, cc.cwnd, MS, now);
		if (before < 20 * MSS) {
			EXPECT_LE(MSS * 9 / 17, cc.cwnd - before);
			EXPECT_GE(MSS * 9 / 17 + 1, cc.cwnd - before);
		} else {
			EXPECT_EQ(MSS, cc.cwnd - before);
		}
	}
	EXPECT_LT(20 * MSS, cc.cwnd);
}

/* 4.2: not more than half a window in a round trip, however steep the curve. */
TEST(target_at_most_half_more)
{
	struct ktcp_cc cc;
	u32 before;

	start(&cc, MSS, 100 * MSS);
	ack_at(&cc, MSS, 100 * MS, 0);
	cc.cubic.t_us = 1000 * SEC;
	before = cc.cwnd;
	ack_at(&cc, cc.cwnd, 100 * MS, 100 * MS);
	EXPECT_EQ(before + before / 2, cc.cwnd);
	ack_at(&cc, U32_MAX, 100 * MS, 200 * MS);
	EXPECT_GE(before * 9 / 4, cc.cwnd);
}

/* W_est above the curve does not take from a cwnd that is above both. */
TEST(reno_friendly_never_shrinks)
{
	struct ktcp_cc cc;

	start(&cc, MSS, 40 * MSS);
	ack_at(&cc, MSS, 100 * MS, 0);
	cc.cubic.w_est = 50 * MSS;
	cc.cwnd = 60 * MSS;
	ack_at(&cc, MSS, 100 * MS, 0);
	EXPECT_EQ(60 * MSS, cc.cwnd);
}

/* K, rounded up, may put the beginning of a long climb below zero. */
TEST(curve_below_zero)
{
	struct ktcp_cc cc;

	start(&cc, 536, KTCP_CWND_MAX);
	ktcp_cc_loss(&cc, 1, &before_loss);
	ktcp_cc_recovered(&cc);
	ack_at(&cc, cc.cwnd, MS, 0);
	EXPECT_EQ(2 * 536 + 536 * 9 / 17, cc.cwnd);
}

/* 4.6: beta * FlightSize, two segments at least */
TEST(loss)
{
	struct ktcp_cc cc;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all_mss); i++) {
		start(&cc, all_mss[i], 100 * all_mss[i]);
		ktcp_cc_loss(&cc, 90 * all_mss[i], &before_loss);
		EXPECT_EQ(63 * all_mss[i], cc.ssthresh);
		EXPECT_EQ(100 * all_mss[i], cc.cwnd);
		EXPECT_EQ(100 * all_mss[i], cc.prior_cwnd);
		EXPECT_EQ(100 * all_mss[i], cc.cubic.w_max);
		ktcp_cc_recovered(&cc);
		EXPECT_EQ(63 * all_mss[i], cc.cwnd);
		ktcp_cc_loss(&cc, all_mss[i], &before_loss);
		EXPECT_EQ(2 * all_mss[i], cc.ssthresh);
	}
	start(&cc, MSS, KTCP_CWND_MAX);
	ktcp_cc_loss(&cc, KTCP_CWND_MAX, &before_loss);
	EXPECT_EQ((u32)(KTCP_CWND_MAX * BETA), cc.ssthresh);
	/* no more than what recovery began with */
	ktcp_cc_loss(&cc, U32_MAX, &before_loss);
	EXPECT_EQ((u32)(KTCP_CWND_MAX * BETA), cc.ssthresh);
}

/* 4.7: W_max = cwnd * (1 + beta) / 2 when it was not reached again */
TEST(fast_convergence)
{
	struct ktcp_cc cc;

	start(&cc, MSS, 100 * MSS);
	lose(&cc);
	EXPECT_EQ(100 * MSS, cc.cubic.w_max);
	cc.cwnd = 80 * MSS;
	lose(&cc);
	EXPECT_EQ(68 * MSS, cc.cubic.w_max);
	EXPECT_EQ(80 * MSS, cc.prior_cwnd);
	cc.cwnd = 68 * MSS;
	lose(&cc);
	EXPECT_EQ(68 * MSS, cc.cubic.w_max);
	cc.cwnd = 90 * MSS;
	lose(&cc);
	EXPECT_EQ(90 * MSS, cc.cubic.w_max);
}

/* 4.8: ssthresh by beta, cwnd as RFC 5681; then K = 0 and W_max = cwnd. */
TEST(timeout)
{
	struct ktcp_cc cc;
	u32 i;

	start(&cc, MSS, 100 * MSS);
	ktcp_cc_timeout(&cc, 10 * MSS, true, &before_loss);
	EXPECT_EQ(7 * MSS, cc.ssthresh);
	EXPECT_EQ(MSS, cc.cwnd);
	ktcp_cc_timeout(&cc, MSS, false, &before_loss);
	EXPECT_EQ(7 * MSS, cc.ssthresh);
	for (i = 0; i < 6; i++)
		ack_at(&cc, 2 * MSS, 100 * MS, i * SEC);
	EXPECT_EQ(7 * MSS, cc.cwnd);
	ack_at(&cc, MSS, 100 * MS, i * SEC);
	EXPECT_EQ(7 * MSS, cc.cubic.w_max);
	EXPECT_EQ(0, cc.cubic.k_ms);
	EXPECT_EQ(0, cc.cubic.t_us);
	/* W_est began at cwnd, and grows by alpha below the old cwnd */
	EXPECT_EQ(7 * MSS + MSS * 9 / 17 / 7, cc.cubic.w_est);
	EXPECT_EQ(100 * MSS, cc.prior_cwnd);
}

/* A timeout of a segment that was a probe before: the epoch ends all the same. */
TEST(timeout_not_first)
{
	struct ktcp_cc cc;

	start(&cc, MSS, 100 * MSS);
	ack_at(&cc, MSS, 100 * MS, 0);
	ktcp_cc_timeout(&cc, 10 * MSS, false, &before_loss);
	EXPECT_EQ(100 * MSS, cc.ssthresh);
	EXPECT_EQ(0, cc.cubic.w_est);
}

/* 4.10: out of HyStart++ without a loss, K = 0 and W_max = cwnd_prior = cwnd. */
TEST(slow_start_without_loss)
{
	struct ktcp_cc cc;
	u32 now;
	double w;

	start(&cc, MSS, 100 * MSS);
	cc.prior_cwnd = cc.cwnd;
	ack_at(&cc, MSS, 100 * MS, 0);
	EXPECT_EQ(100 * MSS, cc.cubic.w_max);
	EXPECT_EQ(0, cc.cubic.k_ms);
	for (now = 100 * MS; now <= 20 * SEC; now += 100 * MS)
		ack_at(&cc, cc.cwnd, 100 * MS, now);
	w = 100 + C * pow(20.1, 3);
	EXPECT_LE(fabs((double)cc.cwnd / MSS - w), 1);
}

static void grow(struct ktcp_cc *cc, u32 from_us, u32 for_us)
{
	u32 now;

	for (now = from_us; now - from_us < for_us; now += 10 * MS)
		ack_at(cc, cc->cwnd / 10, 100 * MS, now);
}

/* 4.9.2: cwnd, cwnd_prior, ssthresh, W_max, K, t and W_est as before. */
TEST(undo)
{
	struct ktcp_cc cc, before;
	u32 late;

	for (late = 0; late < 2; late++) {
		start(&cc, MSS, 1000 * MSS);
		lose(&cc);
		grow(&cc, 0, 3 * SEC);
		before = cc;
		ktcp_cc_loss(&cc, cc.cwnd, &before_loss);
		cc.cwnd -= 100 * MSS;		/* recovery */
		if (late) {
			ktcp_cc_recovered(&cc);
			grow(&cc, 4 * SEC, SEC);
			ASSERT_LT(cc.cwnd, before.cwnd);
		}
		ktcp_cc_undo(&cc, &before_loss);
		EXPECT_EQ(before.cwnd, cc.cwnd);
		EXPECT_EQ(before.prior_cwnd, cc.prior_cwnd);
		EXPECT_EQ(before.ssthresh, cc.ssthresh);
		EXPECT_EQ(before.cubic.w_max, cc.cubic.w_max);
		EXPECT_EQ(before.cubic.k_ms, cc.cubic.k_ms);
		EXPECT_EQ(before.cubic.t_us, cc.cubic.t_us);
		EXPECT_EQ(before.cubic.w_est, cc.cubic.w_est);
		/* the time of the error does not count */
		ack_at(&cc, MSS, 100 * MS, 20 * SEC);
		EXPECT_EQ(before.cubic.t_us, cc.cubic.t_us);
		ack_at(&cc, MSS, 100 * MS, 20 * SEC + 10 * MS);
		EXPECT_EQ(before.cubic.t_us + 10 * MS, cc.cubic.t_us);
	}
}

TEST(undo_timeout)
{
	struct ktcp_cc cc, before;

	start(&cc, MSS, 1000 * MSS);
	lose(&cc);
	grow(&cc, 0, 3 * SEC);
	before = cc;
	ktcp_cc_timeout(&cc, cc.cwnd, true, &before_loss);
	ktcp_cc_timeout(&cc, cc.cwnd, false, &before_loss);
	ktcp_cc_undo(&cc, &before_loss);
	EXPECT_EQ(before.cwnd, cc.cwnd);
	EXPECT_EQ(before.ssthresh, cc.ssthresh);
	EXPECT_EQ(before.cubic.w_max, cc.cubic.w_max);
	EXPECT_EQ(before.cubic.k_ms, cc.cubic.k_ms);
	EXPECT_EQ(before.cubic.t_us, cc.cubic.t_us);
	EXPECT_EQ(before.cubic.w_est, cc.cubic.w_est);
}

TEST(undo_too_late)
{
	struct ktcp_cc cc, before;

	start(&cc, MSS, 20 * MSS);
	lose(&cc);
	grow(&cc, 0, 10 * SEC);
	ASSERT_GE(cc.cwnd, 20 * MSS);
	before = cc;
	ktcp_cc_undo(&cc, &before_loss);
	EXPECT_EQ(before.cwnd, cc.cwnd);
	EXPECT_EQ(before.ssthresh, cc.ssthresh);
	EXPECT_EQ(0, memcmp(&before.cubic, &cc.cubic, sizeof(cc.cubic)));
}

/* 5.8: no growth, and no time, while the application is the limit. */
TEST(application_limited)
{
	struct ktcp_cc cc, other;
	u32 now;

	start(&cc, MSS, 1000 * MSS);
	lose(&cc);
	grow(&cc, 0, SEC);
	other = cc;
	for (now = SEC; now < 100 * SEC; now += 100 * MS)
		ktcp_cc_acked(&cc, &(struct ktcp_cc_ack) { .bytes = MSS,
			.srtt_us = 100 * MS, .now_us = now });
	EXPECT_EQ(other.cwnd, cc.cwnd);
	EXPECT_EQ(other.cubic.t_us, cc.cubic.t_us);

	/* As if there had been no pause, but for the step in which it began. */
	ack_at(&cc, cc.cwnd / 10, 100 * MS, now);
	EXPECT_EQ(other.cubic.t_us, cc.cubic.t_us);
	grow(&cc, now + 10 * MS, SEC);
	grow(&other, SEC, SEC);
	EXPECT_EQ(other.cubic.t_us, cc.cubic.t_us);
	EXPECT_LE(fabs((double)cc.cwnd - other.cwnd), MSS / 2);
}

/* Silence of more than two round trips is not the ACK clock of a full window. */
TEST(pause_between_acks)
{
	struct ktcp_cc cc;

	start(&cc, MSS, 1000 * MSS);
	lose(&cc);
	ack_at(&cc, MSS, 100 * MS, 0);
	ack_at(&cc, MSS, 100 * MS, 200 * MS);
	EXPECT_EQ(200 * MS, cc.cubic.t_us);
	ack_at(&cc, MSS, 100 * MS, 400 * MS + 1);
	EXPECT_EQ(400 * MS, cc.cubic.t_us);
	ack_at(&cc, MSS, 100 * MS, 60 * SEC);
	EXPECT_EQ(600 * MS, cc.cubic.t_us);
	ack_at(&cc, MSS, 0, 61 * SEC);		/* no SRTT, no judgement */
	EXPECT_EQ(1600 * MS, cc.cubic.t_us);
}

/* RFC 5681 4.1, then slow start to ssthresh and a new epoch to the old W_max */
TEST(idle_restart)
{
	struct ktcp_cc cc;
	u32 now = 0;

	start(&cc, MSS, 100 * MSS);
	lose(&cc);
	grow(&cc, 0, SEC);
	ktcp_cc_idle_restart(&cc, 10);
	EXPECT_EQ(10 * MSS, cc.cwnd);
	EXPECT_EQ(70 * MSS, cc.ssthresh);
	while (cc.cwnd < cc.ssthresh)
		ack_at(&cc, 2 * MSS, 100 * MS, now += MS);
	EXPECT_EQ(70 * MSS, cc.cwnd);
	ack_at(&cc, 1, 100 * MS, now += SEC);
	EXPECT_EQ(0, cc.cubic.t_us);
	EXPECT_EQ(100 * MSS, cc.cubic.w_max);
	EXPECT_EQ((u32)ceil(cbrt(30 / C) * 1000), cc.cubic.k_ms);
}

/* K was in segments of the old size. */
TEST(mss_changes)
{
	struct ktcp_cc cc;

	start(&cc, 8960, 100 * 8960);
	lose(&cc);
	grow(&cc, 0, SEC);
	ktcp_cc_set_mss(&cc, 536);
	ack_at(&cc, 536, 100 * MS, 2 * SEC);
	EXPECT_EQ(0, cc.cubic.t_us);
	EXPECT_LT(4000, cc.cubic.k_ms);
}

/* As many bytes in many ACKs earn nothing more, in either region. */
TEST(ack_division)
{
	static const u32 cwnd[] = { 10 * MSS, 1000 * MSS };
	struct ktcp_cc one, many;
	u32 i, j, now, bytes;

	for (i = 0; i < ARRAY_SIZE(cwnd); i++) {
		start(&one, MSS, cwnd[i]);
		lose(&one);
		many = one;
		for (now = 0; now < 10 * SEC; now += 100 * MS) {
			bytes = one.cwnd;
			ack_at(&one, bytes, 100 * MS, now);
			for (j = 0; j < 1000; j++)
				ack_at(&many, bytes / 1000, 100 * MS, now);
			ASSERT_LE(many.cwnd, one.cwnd + MSS / 4);
		}
		EXPECT_GT(many.cwnd, cwnd[i] * 7 / 10);
	}
}

/* An ACK of much more than a window is one of a window. */
TEST(stretch_ack)
{
	struct ktcp_cc cc, other;

	start(&cc, MSS, 10 * MSS);
	other = cc;
	ack_at(&cc, 10 * MSS, 100 * MS, 0);
	ack_at(&other, U32_MAX, 100 * MS, 0);
	EXPECT_EQ(cc.cwnd, other.cwnd);
}

/* Any numbers: the window stays within its bounds, and no ACK takes from it. */
TEST(extremes)
{
	static const u32 v[] = { 0, 1, 2, 535, 1460, 65535, 1000000, 1U << 29,
		KTCP_CWND_MAX - 1, KTCP_CWND_MAX, 1U << 31, U32_MAX };
	u32 mss, cwnd, i, j, k, before, now = 0;
	struct ktcp_cc cc;

	for (mss = 48; mss <= 65535; mss += 16371) {
		for (i = 0; i < ARRAY_SIZE(v); i++) {
			cwnd = clamp(v[i], mss, KTCP_CWND_MAX);
			start(&cc, mss, cwnd);
			ack_at(&cc, cwnd, 100 * MS, now);
			for (j = 0; j < ARRAY_SIZE(v); j++) {
				ktcp_cc_loss(&cc, v[j], &before_loss);
				ktcp_cc_recovered(&cc);
				for (k = 0; k < ARRAY_SIZE(v); k++) {
					before = cc.cwnd;
					ack_at(&cc, v[k], v[j], now += v[i]);
					ASSERT_LE(before, cc.cwnd);
					ASSERT_GE(KTCP_CWND_MAX, cc.cwnd);
					ASSERT_GE((u64)before + max(v[k],
						  max(before / 2, 2 * mss)),
						  cc.cwnd);
				}
				if (j % 3 == 0)
					ktcp_cc_undo(&cc, &before_loss);
				if (j % 4 == 0)
					ktcp_cc_timeout(&cc, v[j], true, &before_loss);
				ASSERT_LE(mss, cc.cwnd);
				ASSERT_LE(2 * mss, max(cc.ssthresh, 2 * mss));
			}
		}
	}
}

/* t stops where 32 bits end; the window is at its own end long before. */
TEST(time_ends)
{
	struct ktcp_cc cc;
	u32 i;

	start(&cc, MSS, 10 * MSS);
	for (i = 0; i < 10; i++) {
		ack_at(&cc, 1, 0, i * 1000 * SEC);
		EXPECT_EQ(min(i * 1000ULL * SEC, (u64)U32_MAX), cc.cubic.t_us);
	}
	for (i = 0; i < 100; i++)
		ack_at(&cc, U32_MAX, U32_MAX, i * SEC);
	EXPECT_EQ(KTCP_CWND_MAX, cc.cwnd);
}

TEST_HARNESS_MAIN

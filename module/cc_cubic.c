// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC: the congestion avoidance of RFC 9438. Pure.
 *
 * Units: windows in bytes, what is less than a byte in 2^-32 bytes; t in
 * microseconds, K in milliseconds. The RFC's windows are in segments, so C is
 * multiplied by the segment size wherever it stands. K is rounded up, so that
 * the curve does not begin above cwnd; the rest is rounded down. What that
 * costs: K is long by 1 ms at most; C * |t - K|^3 is short by less than
 * 0.0004 * (|t - K| + 1) segments, |t - K| in seconds, and a byte; the growth
 * for one ACK by less than 1/8 byte in cwnd, and 2^-15 in W_est.
 */
#include "cc.h"

/* beta_cubic = 0.7 (4.6), alpha_cubic = 3 * (1 - beta) / (1 + beta) (4.3) */
#define BETA_NUM	7
#define BETA_DEN	10
#define ALPHA_NUM	9
#define ALPHA_DEN	17

/* 1 / C = 2.5 s^3 a segment (5.1), in ms^3 */
#define C_INVERSE_MS3	2500000000ULL

/* So far from K the curve is beyond any window, and its cube below 2^63. */
#define DISTANCE_MAX_US	1000000000ULL

/**
 * ktcp_cube_root() - the cube root, rounded down
 * @x: of what
 *
 * One binary digit a step: r is the root of the digits of x seen so far, and
 * (2r + 1)^3 - (2r)^3 = 3 * 2r * (2r + 1) + 1 decides on the next. Any context.
 *
 * Return: the greatest r whose cube is not above @x.
 */
u32 ktcp_cube_root(u64 x)
{
	u64 r = 0, step;
	int shift;

	for (shift = 63; shift >= 0; shift -= 3) {
		r *= 2;
		step = 3 * r * (r + 1) + 1;
		if (x >> shift >= step) {
			x -= step << shift;
			r++;
		}
	}
	return r;
}

/* C * d^3 in bytes */
static u64 curve(u64 d_us, u32 mss)
{
	u64 d = min(d_us, DISTANCE_MAX_US);
	u64 square = div_u64(d * d, 1000000000);	/* s^2 / 1000 */
	u64 cube = div_u64(square * d, 1000000);	/* s^3 / 1000 */

	return div_u64(cube * 4 * mss, 10 * 1000);
}

/* W_cubic(t), bytes (4.2, figure 1) */
static u64 w_cubic(const struct ktcp_cc *cc, u64 t_us)
{
	u64 k_us = cc->cubic.k_ms * 1000ULL, below;

	if (t_us >= k_us)
		return cc->cubic.w_max + curve(t_us - k_us, cc->mss);
	below = curve(k_us - t_us, cc->mss);
	return below < cc->cubic.w_max ? cc->cubic.w_max - below : 0;
}

/* W_cubic(t + RTT), kept between cwnd and 1.5 * cwnd (4.2) */
static u32 target(const struct ktcp_cc *cc, u32 srtt_us)
{
	u64 w = w_cubic(cc, (u64)cc->cubic.t_us + srtt_us);

	return clamp(w, (u64)cc->cwnd, (u64)cc->cwnd + cc->cwnd / 2);
}

/* Add @share (2^-32) of @bytes to a window; @frac is its part below a byte. */
static u32 add_share(u32 window, u32 *frac, u32 bytes, u64 share)
{
	u64 sum = *frac + bytes * share;

	*frac = sum;
	return window + (sum >> 32);
}

/*
 * The first ACK of a stage of congestion avoidance. Where W_max is not known,
 * after a timeout (4.8) or a slow start without loss (4.10), or not above cwnd,
 * the curve begins at its flat point: K = 0 and W_max = cwnd.
 */
static void epoch_start(struct ktcp_cc *cc)
{
	struct ktcp_cubic *q = &cc->cubic;
	u64 cube_ms3;

	if (q->w_max <= cc->cwnd)
		q->w_max = cc->cwnd;
	/* figure 2 */
	cube_ms3 = div_u64((q->w_max - cc->cwnd) * C_INVERSE_MS3, cc->mss);
	q->k_ms = cube_ms3 ? ktcp_cube_root(cube_ms3) + 1 : 0;
	q->t_us = 0;
	q->w_est = cc->cwnd;
	q->w_est_frac = 0;
	q->cwnd_frac = 0;
}

/*
 * t goes on between two ACKs that found cwnd to be the limit (5.8). Under such
 * a window an ACK follows the other within a round trip; what is beyond two was
 * a pause of the sender.
 */
static void epoch_continue(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	struct ktcp_cubic *q = &cc->cubic;
	u64 passed = ack->now_us - q->now_us;

	if (!cc->limited)
		return;
	if (ack->srtt_us)
		passed = min(passed, 2ULL * ack->srtt_us);
	q->t_us = min(q->t_us + passed, (u64)U32_MAX);
}

/*
 * W_est += alpha * segments_acked / cwnd (figure 4), and what Reno grows by
 * once the old window is reached again.
 */
static void reno_estimate(struct ktcp_cc *cc, u64 share)
{
	struct ktcp_cubic *q = &cc->cubic;

	if (q->w_est < cc->prior_cwnd)
		share = div_u64(share * ALPHA_NUM, ALPHA_DEN);
	q->w_est = add_share(q->w_est, &q->w_est_frac, cc->mss, share);
}

/*
 * 4.2 to 4.5: cwnd follows Reno's window while the curve is below that; else it
 * goes to where the curve will be in a round trip, below W_max and above alike.
 * @share is the part of a window that the ACK covers, not more than all of it,
 * so that it does not matter how many ACKs it takes.
 */
static void cubic_acked(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	struct ktcp_cubic *q = &cc->cubic;
	u64 share = div_u64((u64)min(ack->bytes, cc->cwnd) << 32, cc->cwnd);

	if (!q->w_est)
		epoch_start(cc);
	else
		epoch_continue(cc, ack);
	q->now_us = ack->now_us;

	reno_estimate(cc, share);
	if (w_cubic(cc, q->t_us) < q->w_est)
		cc->cwnd = max(cc->cwnd, q->w_est);
	else
		cc->cwnd = add_share(cc->cwnd, &q->cwnd_frac,
				     target(cc, ack->srtt_us) - cc->cwnd,
				     share);
}

static void cubic_restart(struct ktcp_cc *cc)
{
	cc->cubic.w_est = 0;
}

static u32 reduce(struct ktcp_cc *cc, u32 flight, u32 w_max)
{
	cc->cubic.w_max = w_max;
	cubic_restart(cc);
	return div_u64((u64)flight * BETA_NUM, BETA_DEN);
}

/* 4.6, and fast convergence (4.7): W_max = cwnd * (1 + beta) / 2 */
static u32 cubic_loss(struct ktcp_cc *cc, u32 flight)
{
	u32 w_max = cc->cwnd;

	if (cc->cwnd < cc->cubic.w_max)
		w_max = div_u64((u64)cc->cwnd * (BETA_DEN + BETA_NUM),
				2 * BETA_DEN);
	return reduce(cc, flight, w_max);
}

/* 4.8: W_max will be what cwnd is when congestion avoidance begins. */
static u32 cubic_timeout(struct ktcp_cc *cc, u32 flight)
{
	return reduce(cc, flight, 0);
}

/* 4.9.2 */
static void cubic_undo(struct ktcp_cc *cc, const struct ktcp_cc_undo *undo)
{
	struct ktcp_cubic *q = &cc->cubic;

	cc->prior_cwnd = undo->prior_cwnd;
	q->w_max = undo->cubic.w_max;
	q->k_ms = undo->cubic.k_ms;
	q->t_us = undo->cubic.t_us;
	q->w_est = undo->cubic.w_est;
}

const struct ktcp_cc_ops ktcp_cc_cubic = {
	.name = "cubic",
	.acked = cubic_acked,
	.loss = cubic_loss,
	.timeout = cubic_timeout,
	.undo = cubic_undo,
	.restart = cubic_restart,
};

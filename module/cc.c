// SPDX-License-Identifier: GPL-2.0
/*
 * What every congestion control algorithm has in common: slow start (RFC 5681
 * with the byte counting of RFC 3465), HyStart++ (RFC 9406), and who may change
 * cwnd when. Pure.
 */
#include "cc.h"
#include "seq.h"

#define INFINITE_US		U32_MAX

/* RFC 9406 4.3 */
#define MIN_RTT_THRESH_US	4000U
#define MAX_RTT_THRESH_US	16000U
#define MIN_RTT_DIVISOR		8
#define N_RTT_SAMPLE		8
#define CSS_GROWTH_DIVISOR	4
#define CSS_ROUNDS		5

/*
 * L, how many segments of one ACK count in slow start (RFC 3465 2.3). There is
 * no limit: RFC 3465 has 2 and RFC 9406 4.3 has 8 for the sake of bursts, but
 * where devices merge what arrives (GRO), one ACK covers as many segments as a
 * super-segment holds, and a limit makes slow start slower than doubling. What
 * leaves at a time is bounded by cwnd, and HyStart++ watches over the
 * overshoot.
 *
 * After a timeout an ACK may cover much that left the network long ago: only
 * what it was that told of counts, and 1 where the peer has no SACK.
 */
#define LIMIT_AFTER_RTO		1

static const struct ktcp_cc_ops *const algorithms[] = {
	&ktcp_cc_cubic,
	&ktcp_cc_newreno,
};

/**
 * ktcp_cc_nth() - list the algorithms
 * @n: which, from 0
 *
 * Return: the algorithm, or NULL behind the last. Any context.
 */
const struct ktcp_cc_ops *ktcp_cc_nth(unsigned int n)
{
	return n < ARRAY_SIZE(algorithms) ? algorithms[n] : NULL;
}

/**
 * ktcp_cc_find() - the algorithm of a name
 * @name: as an administrator writes it
 *
 * Return: the algorithm, or NULL if there is none. Any context.
 */
const struct ktcp_cc_ops *ktcp_cc_find(const char *name)
{
	const struct ktcp_cc_ops *ops;
	unsigned int n;

	for (n = 0; (ops = ktcp_cc_nth(n)); n++)
		if (!strcmp(ops->name, name))
			break;
	return ops;
}

static const struct ktcp_cc_ops *ops(const struct ktcp_cc *cc)
{
	return algorithms[cc->algorithm];
}

/**
 * ktcp_cc_name() - the algorithm of a connection
 * @cc: the state
 *
 * Return: its name. Any context.
 */
const char *ktcp_cc_name(const struct ktcp_cc *cc)
{
	return ops(cc)->name;
}

/* The slow start that nothing but delay or loss ends. */
static bool first_slow_start(const struct ktcp_cc *cc)
{
	return cc->ssthresh == KTCP_SSTHRESH_INIT;
}

/* It ends: what HyStart++ counted makes room for what the algorithm does. */
static void hystart_end(struct ktcp_cc *cc)
{
	memset(&cc->cubic, 0, sizeof(cc->cubic));
}

static void hystart_init(struct ktcp_cc *cc)
{
	cc->in_round = false;
	cc->last_rtt_us = INFINITE_US;
	cc->round_rtt_us = INFINITE_US;
	cc->css_rtt_us = INFINITE_US;
	cc->rtt_samples = 0;
	cc->css_rounds = 0;
}

/**
 * ktcp_cc_init() - start a connection's congestion state
 * @cc: the state
 * @ops: the algorithm
 * @mss: sender maximum segment size, bytes
 * @init_segs: initial window in segments (RFC 6928)
 */
void ktcp_cc_init(struct ktcp_cc *cc, const struct ktcp_cc_ops *ops, u32 mss,
		  u32 init_segs)
{
	memset(cc, 0, sizeof(*cc));
	while (algorithms[cc->algorithm] != ops)
		cc->algorithm++;
	cc->mss = mss;
	cc->cwnd = mss * init_segs;
	cc->ssthresh = KTCP_SSTHRESH_INIT;
	hystart_init(cc);
}

/* A stage of congestion avoidance is over, if it was one. */
static void restart(struct ktcp_cc *cc)
{
	if (!first_slow_start(cc))
		ops(cc)->restart(cc);
}

/* RFC 5681 (4): two segments at least, of those that are sent from now on. */
static void set_ssthresh(struct ktcp_cc *cc, u32 ssthresh)
{
	cc->ssthresh = max(ssthresh, 2U * cc->mss);
}

/**
 * ktcp_cc_set_mss() - the path's segment size changed
 * @cc: the state
 * @mss: new sender maximum segment size, bytes
 *
 * The windows stay in bytes, but cwnd never below one segment and ssthresh never
 * below two (RFC 5681 (4)).
 */
void ktcp_cc_set_mss(struct ktcp_cc *cc, u32 mss)
{
	cc->mss = mss;
	cc->cwnd = max(cc->cwnd, mss);
	set_ssthresh(cc, cc->ssthresh);
	restart(cc);
}

static bool in_css(const struct ktcp_cc *cc)
{
	return cc->css_rtt_us != INFINITE_US;
}

static void grow_slow_start(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	u32 bytes = ack->bytes;

	if (cc->after_rto)
		bytes = min(bytes, max(ack->fresh,
				       (u32)LIMIT_AFTER_RTO * cc->mss));
	if (first_slow_start(cc) && in_css(cc))
		bytes /= CSS_GROWTH_DIVISOR;
	cc->cwnd += min(bytes, cc->ssthresh - cc->cwnd);
}

/* Did the delay grow since the last round, or was that an error? */
static void hystart_judge(struct ktcp_cc *cc)
{
	u32 thresh;

	if (in_css(cc)) {
		if (cc->round_rtt_us < cc->css_rtt_us) {
			cc->css_rtt_us = INFINITE_US;
			cc->css_rounds = 0;
		}
		return;
	}
	if (cc->last_rtt_us == INFINITE_US)
		return;
	thresh = clamp(cc->last_rtt_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US,
		       MAX_RTT_THRESH_US);
	if (cc->round_rtt_us >= (u64)cc->last_rtt_us + thresh)
		cc->css_rtt_us = cc->round_rtt_us;
}

/* The first ACK of a flight: how did the last round end? */
static void hystart_round(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	if (in_css(cc) && ++cc->css_rounds >= CSS_ROUNDS) {
		/* RFC 9438 4.10: without a loss cwnd_prior is cwnd. */
		cc->prior_cwnd = cc->cwnd;
		cc->ssthresh = cc->cwnd;
		hystart_end(cc);
		return;
	}
	cc->in_round = true;
	cc->round_end = ack->nxt;
	cc->last_rtt_us = cc->round_rtt_us;
	cc->round_rtt_us = INFINITE_US;
	cc->rtt_samples = 0;
}

/*
 * RFC 9406 4.2: watch the delay in the first slow start. windowEnd is the first
 * octet that was not sent when the round began, so the ACK that covers it is
 * the first of the next flight.
 */
static void hystart_acked(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	if (!cc->in_round || seq_gt(ack->una, cc->round_end))
		hystart_round(cc, ack);
	if (!ack->rtt_us)
		return;
	cc->round_rtt_us = min(cc->round_rtt_us, ack->rtt_us);
	if (cc->rtt_samples < N_RTT_SAMPLE)
		cc->rtt_samples++;
	if (cc->rtt_samples == N_RTT_SAMPLE)
		hystart_judge(cc);
}

static void grow(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	if (cc->cwnd < cc->ssthresh) {
		grow_slow_start(cc, ack);
	} else {
		cc->after_rto = false;
		ops(cc)->acked(cc, ack);
	}
	cc->cwnd = min(cc->cwnd, KTCP_CWND_MAX);
}

/**
 * ktcp_cc_acked() - new data was acknowledged
 * @cc: the state
 * @ack: by what
 *
 * A window that is not used proves nothing and does not grow. In slow start one
 * of which more than half is used does (RFC 7661 4.1), so that a flight that the
 * peer's window cut short does not cost a round trip. Nor does it grow before
 * ktcp_cc_recovered() while losses are repaired.
 */
void ktcp_cc_acked(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	bool limited = cc->cwnd < KTCP_CWND_MAX &&
		       (ack->limited || (cc->cwnd < cc->ssthresh &&
					 cc->cwnd < 2 * (u64)ack->used));

	if (!ack->bytes || cc->recovering)
		return;
	if (limited)
		grow(cc, ack);
	cc->limited = limited;
	if (first_slow_start(cc))
		hystart_acked(cc, ack);
}

/*
 * What was sent beyond cwnd for what had left the network, limited transmit and
 * for SACKs, does not count (RFC 5681 3.2, RFC 6675 5): a loss would raise cwnd.
 */
static void reduce(struct ktcp_cc *cc, u32 flight,
		   u32 (*how)(struct ktcp_cc *cc, u32 flight),
		   struct ktcp_cc_undo *undo)
{
	u32 ssthresh;

	if (first_slow_start(cc))
		hystart_end(cc);
	if (undo)
		*undo = (struct ktcp_cc_undo){
			.prior_cwnd = cc->prior_cwnd,
			.ssthresh = cc->ssthresh,
			.cubic = cc->cubic,
		};
	ssthresh = how(cc, min(flight, cc->recovering ? cc->prior_cwnd : cc->cwnd));
	/* What recovery had still to take away does not come back with an undo. */
	cc->prior_cwnd = cc->recovering ? min(cc->cwnd, cc->ssthresh) : cc->cwnd;
	set_ssthresh(cc, ssthresh);
	cc->undoable = !!undo;
	cc->limited = false;
}

/**
 * ktcp_cc_loss() - a loss, or an ECN-Echo, while ACKs still come
 * @cc: the state
 * @flight: FlightSize, bytes
 * @undo: filled in, for ktcp_cc_undo(); NULL: this cannot be taken back
 *
 * To be called once for each window of data (RFC 6675 5, RFC 3168 6.1.2). Sets
 * ssthresh. cwnd then belongs to recovery (RFC 6937) until ktcp_cc_recovered(),
 * ktcp_cc_undo() or ktcp_cc_timeout().
 */
void ktcp_cc_loss(struct ktcp_cc *cc, u32 flight, struct ktcp_cc_undo *undo)
{
	reduce(cc, flight, ops(cc)->loss, undo);
	cc->recovering = true;
}

/**
 * ktcp_cc_recovered() - what ktcp_cc_loss() began is over
 * @cc: the state
 *
 * Does nothing if an undo or a timeout came between.
 */
void ktcp_cc_recovered(struct ktcp_cc *cc)
{
	if (!cc->recovering)
		return;
	cc->recovering = false;
	cc->cwnd = min(cc->cwnd, cc->ssthresh);
}

/**
 * ktcp_cc_timeout() - the retransmission timer ran out (RFC 5681 3.1)
 * @cc: the state
 * @flight: FlightSize, bytes
 * @first: the segment had not been retransmitted by the timer before; only then
 *	does ssthresh change
 * @undo: if @first, as of ktcp_cc_loss()
 */
void ktcp_cc_timeout(struct ktcp_cc *cc, u32 flight, bool first,
		     struct ktcp_cc_undo *undo)
{
	if (first)
		reduce(cc, flight, ops(cc)->timeout, undo);
	else
		restart(cc);
	cc->cwnd = cc->mss;
	cc->recovering = false;
	cc->after_rto = true;
}

/**
 * ktcp_cc_undo() - the last reduction was for nothing (RFC 9438 4.9)
 * @cc: the state
 * @undo: what it has filled in; not looked at if the reduction cannot be, or has
 *	been, taken back
 *
 * Nothing was lost, or the timer was too fast. A window that has since outgrown
 * the old one is kept, and all that belongs to it.
 */
void ktcp_cc_undo(struct ktcp_cc *cc, const struct ktcp_cc_undo *undo)
{
	bool outgrown = !cc->recovering && cc->cwnd >= cc->prior_cwnd;

	cc->recovering = false;
	if (!cc->undoable)
		return;
	cc->undoable = false;
	if (outgrown)
		return;
	cc->after_rto = false;
	cc->limited = false;
	cc->cwnd = max(cc->cwnd, cc->prior_cwnd);
	set_ssthresh(cc, undo->ssthresh);
	if (ops(cc)->undo)
		ops(cc)->undo(cc, undo);
	if (first_slow_start(cc))
		hystart_init(cc);
}

/**
 * ktcp_cc_idle_restart() - sending begins again after more than an RTO of none
 * @cc: the state
 * @restart_segs: restart window in segments
 *
 * RFC 5681 4.1. Slow start then leads back to ssthresh, if that was ever set.
 */
void ktcp_cc_idle_restart(struct ktcp_cc *cc, u32 restart_segs)
{
	cc->cwnd = min(cc->cwnd, cc->mss * restart_segs);
	cc->limited = false;
	cc->undoable = false;
	if (first_slow_start(cc))
		hystart_init(cc);
	restart(cc);
}

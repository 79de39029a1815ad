/* SPDX-License-Identifier: GPL-2.0 */
/* Congestion control behind one small interface (RFC 5681). Pure. */
#ifndef KTCP_CC_H
#define KTCP_CC_H

#include "pure.h"

struct ktcp_cc_ops;

/* No window of this TCP can exceed it, so growth stops there. */
#define KTCP_CWND_MAX		(1U << 30)

/* Longer than the name of any algorithm. */
#define KTCP_CC_NAME_MAX	16

/* ssthresh before it is first set: arbitrarily high (RFC 5681 3.1) */
#define KTCP_SSTHRESH_INIT	U32_MAX

/**
 * struct ktcp_newreno - what NewReno counts
 * @acked: bytes acknowledged since cwnd last grew (congestion avoidance)
 */
struct ktcp_newreno {
	u32 acked;
};

/**
 * struct ktcp_cubic - the variables of RFC 9438 4.1.2
 * @w_max: W_max, bytes; 0 while undefined
 * @k_ms: K, rounded up
 * @t_us: t, how long this stage of congestion avoidance has lasted, without
 *	the time in which cwnd was not the limit; stops at its greatest value
 * @now_us: when @t_us was last brought up to date
 * @w_est: W_est, bytes; 0 before a stage has begun
 * @w_est_frac: of @w_est, what is less than a byte: 2^-32 bytes
 * @cwnd_frac: of cwnd, what is less than a byte: 2^-32 bytes
 */
struct ktcp_cubic {
	u32 w_max;
	u32 k_ms;
	u32 t_us;
	u32 now_us;
	u32 w_est;
	u32 w_est_frac;
	u32 cwnd_frac;
};

/**
 * struct ktcp_cc - the congestion state of a connection
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes
 * @prior_cwnd: cwnd when ssthresh was last set (cwnd_prior of RFC 9438), or what
 *	recovery would have made of it
 * @mss: sender maximum segment size, bytes
 * @algorithm: which it is, as ktcp_cc_nth() counts
 *
 * In the first slow start, of HyStart++:
 * @round_end: windowEnd of HyStart++ (RFC 9406 4.2)
 * @last_rtt_us: lastRoundMinRTT; U32_MAX is infinity
 * @round_rtt_us: currentRoundMinRTT
 * @css_rtt_us: cssBaselineMinRtt; not infinite in Conservative Slow Start only
 * @rtt_samples: rttSampleCount, as far as N_RTT_SAMPLE
 * @css_rounds: rounds of Conservative Slow Start that are over
 *
 * Then, all zero at first:
 * @newreno: private to NewReno
 * @cubic: private to CUBIC
 *
 * Flags:
 * @in_round: @round_end is valid
 * @after_rto: in the slow start that follows a timeout
 * @recovering: a loss was found, and recovery has not ended
 * @undoable: the last reduction can be taken back
 * @limited: cwnd was the limit at the last ACK
 */
struct ktcp_cc {
	u32 cwnd;
	u32 ssthresh;
	u32 prior_cwnd;
	u16 mss;
	u8 algorithm;

	bool in_round : 1;
	bool after_rto : 1;
	bool recovering : 1;
	bool undoable : 1;
	bool limited : 1;

	union {
		struct {
			u32 round_end;
			u32 last_rtt_us;
			u32 round_rtt_us;
			u32 css_rtt_us;
			u8 rtt_samples;
			u8 css_rounds;
		};
		struct ktcp_newreno newreno;
		struct ktcp_cubic cubic;
	};
};

/**
 * struct ktcp_cc_undo - what there was before the last reduction
 * @prior_cwnd: prior_cwnd of struct ktcp_cc
 * @ssthresh: ssthresh
 * @cubic: CUBIC's state (RFC 9438 4.9.2)
 */
struct ktcp_cc_undo {
	u32 prior_cwnd;
	u32 ssthresh;
	struct ktcp_cubic cubic;
};

/**
 * struct ktcp_cc_ack - an ACK that covers new data
 * @bytes: how much it covers cumulatively, SYN and FIN not counted
 * @fresh: how much of it no SACK had told of before; 0 without SACK
 * @una: SND.UNA after it
 * @nxt: SND.NXT
 * @rtt_us: the round-trip time that it shows, 0: none
 * @srtt_us: the smoothed one, 0: none yet
 * @now_us: the time; wraps
 * @used: the most that was in flight of late, bytes
 * @limited: cwnd was what kept the sender from sending more
 */
struct ktcp_cc_ack {
	u32 bytes;
	u32 fresh;
	u32 una;
	u32 nxt;
	u32 rtt_us;
	u32 srtt_us;
	u32 now_us;
	u32 used;
	bool limited;
};

/**
 * struct ktcp_cc_ops - a congestion control algorithm
 * @name: as an administrator writes it
 * @acked: an ACK of new data in congestion avoidance while cwnd was the limit
 * @loss: data was lost, or the peer echoes congestion, and ACKs still come;
 *	returns the new ssthresh; less than two segments is made two of it. cwnd
 *	and ssthresh are still the old ones.
 * @timeout: the same when the retransmission timer ran out
 * @undo: the last @loss or @timeout was for nothing; cwnd and ssthresh are
 *	restored already. May be NULL.
 * @restart: a stage of congestion avoidance is over, another may begin with
 *	the next ACK
 *
 * The private state begins as zeroes. Called with the connection locked, in
 * softirq.
 */
struct ktcp_cc_ops {
	const char *name;
	void (*acked)(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack);
	u32 (*loss)(struct ktcp_cc *cc, u32 flight);
	u32 (*timeout)(struct ktcp_cc *cc, u32 flight);
	void (*undo)(struct ktcp_cc *cc, const struct ktcp_cc_undo *undo);
	void (*restart)(struct ktcp_cc *cc);
};

extern const struct ktcp_cc_ops ktcp_cc_newreno;
extern const struct ktcp_cc_ops ktcp_cc_cubic;

const struct ktcp_cc_ops *ktcp_cc_find(const char *name);
const struct ktcp_cc_ops *ktcp_cc_nth(unsigned int n);
const char *ktcp_cc_name(const struct ktcp_cc *cc);

void ktcp_cc_init(struct ktcp_cc *cc, const struct ktcp_cc_ops *ops, u32 mss,
		  u32 init_segs);
void ktcp_cc_set_mss(struct ktcp_cc *cc, u32 mss);
void ktcp_cc_acked(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack);
void ktcp_cc_loss(struct ktcp_cc *cc, u32 flight, struct ktcp_cc_undo *undo);
void ktcp_cc_recovered(struct ktcp_cc *cc);
void ktcp_cc_timeout(struct ktcp_cc *cc, u32 flight, bool first,
		     struct ktcp_cc_undo *undo);
void ktcp_cc_undo(struct ktcp_cc *cc, const struct ktcp_cc_undo *undo);
void ktcp_cc_idle_restart(struct ktcp_cc *cc, u32 restart_segs);

u32 ktcp_cube_root(u64 x);

#endif /* KTCP_CC_H */

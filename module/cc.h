/* SPDX-License-Identifier: GPL-2.0 */
/* Congestion control behind one small interface (RFC 5681). Pure. */
#ifndef KTCP_CC_H
#define KTCP_CC_H

#include "pure.h"

struct ktcp_cc_ops;

/**
 * struct ktcp_cc - the congestion state of a connection
 * @ops: the algorithm
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes
 * @mss: sender maximum segment size, bytes
 * @acked: bytes acknowledged since cwnd last grew (congestion avoidance)
 * @after_rto: in the slow start that follows a timeout
 */
struct ktcp_cc {
	const struct ktcp_cc_ops *ops;
	u32 cwnd;
	u32 ssthresh;
	u32 mss;
	u32 acked;
	bool after_rto;
};

/**
 * struct ktcp_cc_ops - a congestion control algorithm
 * @name: as an administrator writes it
 * @acked: @bytes more were acknowledged in sequence while cwnd was the limit
 * @timeout: the retransmission timer ran out with @flight bytes outstanding;
 *	sets ssthresh (cwnd is then set to one segment for every algorithm)
 *
 * Called with the connection locked, in softirq.
 */
struct ktcp_cc_ops {
	const char *name;
	void (*acked)(struct ktcp_cc *cc, u32 bytes);
	void (*timeout)(struct ktcp_cc *cc, u32 flight);
};

extern const struct ktcp_cc_ops ktcp_cc_newreno;

/* No window of this TCP can exceed it, so growth stops there. */
#define KTCP_CWND_MAX	(1U << 30)

void ktcp_cc_init(struct ktcp_cc *cc, const struct ktcp_cc_ops *ops, u32 mss,
		  u32 init_segs);
void ktcp_cc_set_mss(struct ktcp_cc *cc, u32 mss);
void ktcp_cc_acked(struct ktcp_cc *cc, u32 bytes, bool limited);
void ktcp_cc_timeout(struct ktcp_cc *cc, u32 flight, bool first);

#endif /* KTCP_CC_H */

// SPDX-License-Identifier: GPL-2.0
/* What every congestion control algorithm has in common (RFC 5681). Pure. */
#include "cc.h"

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
	cc->ops = ops;
	cc->mss = mss;
	cc->cwnd = mss * init_segs;
	cc->ssthresh = U32_MAX;
	cc->acked = 0;
	cc->after_rto = false;
}

/**
 * ktcp_cc_set_mss() - the path's segment size changed
 * @cc: the state
 * @mss: new sender maximum segment size, bytes
 *
 * The window stays in bytes, but never below one segment.
 */
void ktcp_cc_set_mss(struct ktcp_cc *cc, u32 mss)
{
	cc->mss = mss;
	cc->cwnd = max(cc->cwnd, mss);
}

/**
 * ktcp_cc_acked() - new data was acknowledged
 * @cc: the state
 * @bytes: how much, SYN and FIN not counted
 * @limited: cwnd was what kept the sender from sending more; a window that is
 *	not used proves nothing and does not grow (RFC 7661 4.1)
 */
void ktcp_cc_acked(struct ktcp_cc *cc, u32 bytes, bool limited)
{
	if (!bytes || !limited || cc->cwnd >= KTCP_CWND_MAX)
		return;
	cc->ops->acked(cc, bytes);
}

/**
 * ktcp_cc_timeout() - the retransmission timer ran out (RFC 5681 3.1)
 * @cc: the state
 * @flight: FlightSize, bytes
 * @first: the segment had not been retransmitted by the timer before; only then
 *	does ssthresh change
 */
void ktcp_cc_timeout(struct ktcp_cc *cc, u32 flight, bool first)
{
	if (first)
		cc->ops->timeout(cc, flight);
	cc->cwnd = cc->mss;
	cc->acked = 0;
	cc->after_rto = true;
}

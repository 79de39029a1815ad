// SPDX-License-Identifier: GPL-2.0
/* NewReno: slow start and congestion avoidance of RFC 5681. Pure. */
#include "cc.h"

/*
 * RFC 5681 3.1, with the limit L = 2 of RFC 3465 2.3 in slow start: an ACK that
 * covers two segments, as a delayed ACK does, opens the window by two. After a
 * timeout L = 1: an ACK may then cover much that was not lost at all.
 */
#define SLOW_START_LIMIT	2

static void newreno_acked(struct ktcp_cc *cc, u32 bytes)
{
	if (cc->cwnd < cc->ssthresh) {
		u32 limit = cc->after_rto ? 1 : SLOW_START_LIMIT;

		cc->cwnd += min(bytes, limit * cc->mss);
		return;
	}
	cc->after_rto = false;
	/* RFC 3465 2.1: one segment for each window's worth acknowledged. */
	cc->acked += min(bytes, cc->cwnd);
	if (cc->acked >= cc->cwnd) {
		cc->acked -= cc->cwnd;
		cc->cwnd += cc->mss;
	}
}

/* RFC 5681 equation (4) */
static void newreno_timeout(struct ktcp_cc *cc, u32 flight)
{
	cc->ssthresh = max(flight / 2, 2 * cc->mss);
}

const struct ktcp_cc_ops ktcp_cc_newreno = {
	.name = "newreno",
	.acked = newreno_acked,
	.timeout = newreno_timeout,
};

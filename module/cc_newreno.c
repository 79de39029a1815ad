// SPDX-License-Identifier: GPL-2.0
/* NewReno: the congestion avoidance of RFC 5681. Pure. */
#include "cc.h"

/* RFC 3465 2.1: one segment for each window's worth acknowledged. */
static void newreno_acked(struct ktcp_cc *cc, const struct ktcp_cc_ack *ack)
{
	cc->newreno.acked += min(ack->bytes, cc->cwnd);
	if (cc->newreno.acked >= cc->cwnd) {
		cc->newreno.acked -= cc->cwnd;
		cc->cwnd += cc->mss;
	}
}

static void newreno_restart(struct ktcp_cc *cc)
{
	cc->newreno.acked = 0;
}

/* RFC 5681 equation (4) */
static u32 newreno_ssthresh(struct ktcp_cc *cc, u32 flight)
{
	newreno_restart(cc);
	return flight / 2;
}

const struct ktcp_cc_ops ktcp_cc_newreno = {
	.name = "newreno",
	.acked = newreno_acked,
	.loss = newreno_ssthresh,
	.timeout = newreno_ssthresh,
	.restart = newreno_restart,
};

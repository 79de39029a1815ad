// SPDX-License-Identifier: GPL-2.0
/* The round-trip time estimator of RFC 6298. Pure. */
#include "rtt.h"

/* A sample beyond this says nothing but "too long", and keeps sums in 32 bits. */
#define SAMPLE_MAX_US	(240U * 1000000)

/**
 * ktcp_rtt_sample() - take a measurement in (RFC 6298 2.2 and 2.3)
 * @rtt: the estimate
 * @sample_us: R', of a segment that was sent once only (Karn, RFC 6298 3)
 *
 * alpha = 1/8, beta = 1/4. Any context, owner locked.
 */
void ktcp_rtt_sample(struct ktcp_rtt *rtt, u32 sample_us)
{
	u32 diff;

	sample_us = clamp(sample_us, 1U, SAMPLE_MAX_US);
	if (!rtt->srtt_us) {
		rtt->srtt_us = sample_us;
		rtt->rttvar_us = sample_us / 2;
		return;
	}
	diff = rtt->srtt_us > sample_us ? rtt->srtt_us - sample_us :
					  sample_us - rtt->srtt_us;
	rtt->rttvar_us = rtt->rttvar_us - rtt->rttvar_us / 4 + diff / 4;
	rtt->srtt_us = max(1U, rtt->srtt_us - rtt->srtt_us / 8 + sample_us / 8);
}

/**
 * ktcp_rtt_rto_us() - the retransmission timeout (RFC 6298 2.1 to 2.5, 5.5, 5.7)
 * @rtt: the estimate
 * @min_us: lower bound, and what it is above SRTT at least: on a steady path nothing
 *	else has room for an ACK that is delayed, nor for what is sent again
 * @max_us: upper bound, at most 2^31
 * @granularity_us: G, the clock's
 * @backoff: how often it has been doubled
 *
 * Return: SRTT + max(min, G, 4 * RTTVAR) doubled @backoff times, at most @max_us.
 * Any context, owner locked.
 */
u32 ktcp_rtt_rto_us(const struct ktcp_rtt *rtt, u32 min_us, u32 max_us,
		    u32 granularity_us, unsigned int backoff)
{
	u64 rto = KTCP_RTO_INIT_US;

	if (rtt->syn_lost)
		rto = KTCP_RTO_SYN_LOST_US;
	if (rtt->srtt_us)
		rto = (u64)rtt->srtt_us +
		      max_t(u64, max(min_us, granularity_us),
			    4ULL * rtt->rttvar_us);
	rto = max_t(u64, rto, min_us);
	rto = min_t(u64, rto, max_us);
	rto <<= min(backoff, 31U);
	return min_t(u64, rto, max_us);
}

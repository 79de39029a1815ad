/* SPDX-License-Identifier: GPL-2.0 */
/* The round-trip time estimator of RFC 6298. Pure. */
#ifndef KTCP_RTT_H
#define KTCP_RTT_H

#include "pure.h"

#define KTCP_RTO_INIT_US	1000000		/* RFC 6298 2.1 */
#define KTCP_RTO_SYN_LOST_US	3000000		/* RFC 6298 5.7 */

/**
 * struct ktcp_rtt - what is known of the path's round-trip time
 * @srtt_us: SRTT, 0 before the first sample
 * @rttvar_us: RTTVAR, less than 2^28
 * @syn_lost: the timer of our SYN ran out
 */
struct ktcp_rtt {
	u32 srtt_us;
	u32 rttvar_us : 31;
	bool syn_lost : 1;
};

void ktcp_rtt_sample(struct ktcp_rtt *rtt, u32 sample_us);
u32 ktcp_rtt_rto_us(const struct ktcp_rtt *rtt, u32 min_us, u32 max_us,
		    u32 granularity_us, unsigned int backoff);

#endif /* KTCP_RTT_H */

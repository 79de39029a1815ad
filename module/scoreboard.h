/* SPDX-License-Identifier: GPL-2.0 */
/* What was sent and is not acknowledged: the flight records. */
#ifndef KTCP_SCOREBOARD_H
#define KTCP_SCOREBOARD_H

#include "conn.h"

/**
 * struct ktcp_delivery - what an ACK says has arrived
 * @bytes: sequence numbers that nobody knew to have arrived
 * @rtt_us: round-trip time of the oldest that was sent once, 0 for none
 * @una_before: SND.UNA before the ACK
 * @lost_before: c->lost_bytes before it
 * @tsecr: SEG.TSecr of the ACK, or 0 without timestamps
 * @orig: some of it was sent but once
 * @dsack: the ACK has a block of data that arrived twice
 * @dup: that block
 * @ece: the ACK tells of a congestion mark (RFC 3168 6.1.2)
 */
struct ktcp_delivery {
	u32 bytes;
	u32 rtt_us;
	u32 una_before;
	u32 lost_before;
	u32 tsecr;
	bool orig;
	bool dsack;
	bool ece;
	struct ktcp_range dup;
};

struct ktcp_flight *ktcp_flight_alloc(struct ktcp_conn *c);
void ktcp_flight_free(struct ktcp_conn *c, struct ktcp_flight *f);
bool ktcp_flight_split(struct ktcp_conn *c, struct ktcp_flight *f, u32 len);
void ktcp_flight_lost(struct ktcp_conn *c, struct ktcp_flight *f);
void ktcp_flight_found(struct ktcp_conn *c, struct ktcp_flight *f);
void ktcp_flight_resent(struct ktcp_conn *c, struct ktcp_flight *f);
void ktcp_flight_acked(struct ktcp_conn *c, u32 ack, struct ktcp_delivery *d);
void ktcp_flight_sack(struct ktcp_conn *c, const struct ktcp_seg *seg,
		      struct ktcp_delivery *d);
void ktcp_flight_forget_sacks(struct ktcp_conn *c);
void ktcp_flight_hold(struct ktcp_conn *c, struct ktcp_flight *f,
		      struct sk_buff *skb);
bool ktcp_flight_here(struct ktcp_conn *c, struct ktcp_flight *f);
u32 ktcp_flight_waiting(struct ktcp_conn *c);
void ktcp_flight_purge(struct ktcp_conn *c);
int ktcp_flight_init(void);
void ktcp_flight_exit(void);

#endif /* KTCP_SCOREBOARD_H */

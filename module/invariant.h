/* SPDX-License-Identifier: GPL-2.0 */
/* What always holds, checked after every event in debug builds (KTCP_DEBUG=1). */
#ifndef KTCP_INVARIANT_H
#define KTCP_INVARIANT_H

#include "ktcp.h"

struct ktcp_conn;

#ifdef KTCP_DEBUG

/**
 * struct ktcp_seen - a connection as the last event left it
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @rcv_adv: right edge of the receive window
 * @irs: IRS
 * @valid: there was an event since both sequence numbers are known
 */
struct ktcp_seen {
	u32 snd_una;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_adv;
	u32 irs;
	bool valid;
};

void ktcp_invariants(struct ktcp_conn *c);
void ktcp_invariant_moved(const struct ktcp_entry *e, enum ktcp_state from,
			  enum ktcp_state to);

#else

/** ktcp_invariants() - an event of a connection, locked, is over: no check here */
static inline void ktcp_invariants(struct ktcp_conn *c)
{
}

/** ktcp_invariant_moved() - an object, locked, changes its state: no check here */
static inline void ktcp_invariant_moved(const struct ktcp_entry *e,
					enum ktcp_state from, enum ktcp_state to)
{
}

#endif /* KTCP_DEBUG */
#endif /* KTCP_INVARIANT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The small object that sits out 2MSL. */
#ifndef KTCP_TIMEWAIT_H
#define KTCP_TIMEWAIT_H

#include "conn.h"

/**
 * struct ktcp_timewait - a connection in TIME_WAIT
 * @e: key, state, lock, timer
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND
 * @options: of the connection, for its timestamps
 * @deadline: end of 2MSL, low 32 bits of jiffies
 * @born: jiffies when the connection began
 */
struct ktcp_timewait {
	struct ktcp_entry e;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 deadline;
	struct ktcp_options options;
	unsigned long born;
};

static inline struct ktcp_timewait *ktcp_timewait(struct ktcp_entry *e)
{
	return container_of(e, struct ktcp_timewait, e);
}

int ktcp_timewait_take_over(struct ktcp_conn *c);
bool ktcp_timewait_input(struct ktcp_timewait *tw, struct sk_buff *skb,
			 const struct ktcp_seg *seg);
void ktcp_timewait_timeout(struct ktcp_timewait *tw);
void ktcp_timewait_kill(struct ktcp_timewait *tw);
void ktcp_timewait_free(struct ktcp_timewait *tw);
int ktcp_timewait_init(void);
void ktcp_timewait_exit(void);

#endif /* KTCP_TIMEWAIT_H */

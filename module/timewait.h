/* SPDX-License-Identifier: GPL-2.0 */
/* The small object that sits out 2MSL. */
#ifndef KTCP_TIMEWAIT_H
#define KTCP_TIMEWAIT_H

#include "conn.h"

/**
 * struct ktcp_timewait_queue - the TIME_WAITs that began on one CPU
 * @lock: guards @list; taken alone, or with others: it is the innermost
 * @list: by their @queue. All of them last equally long, so the oldest, which is
 *	the first, ends first.
 * @timer: rings for the first
 */
struct ktcp_timewait_queue {
	spinlock_t lock;
	struct list_head list;
	struct timer_list timer;
};

/**
 * struct ktcp_timewait - a connection in TIME_WAIT
 * @e: key, state, lock
 * @queue: its place in a queue, or empty
 * @rcu: look-ups take no lock, so memory waits for them
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @since: when 2MSL began, low 32 bits of jiffies
 * @options: of the connection, for its timestamps
 * @rcv_wnd: RCV.WND, as a segment says it
 * @cpu: whose queue it is in, or was
 * @asked: a SYN that is not new was answered with an ACK
 * @denied: and the peer with a RST: it knows nothing of this connection
 */
struct ktcp_timewait {
	struct ktcp_entry e;
	union {
		struct list_head queue;
		struct rcu_head rcu;
	};
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 since;
	struct ktcp_options options;
	u16 rcv_wnd;
	u16 cpu;
	bool asked : 1;
	bool denied : 1;
};

KTCP_SIZE_MAX(struct ktcp_timewait, 128);

static inline struct ktcp_timewait *ktcp_timewait(struct ktcp_entry *e)
{
	return container_of(e, struct ktcp_timewait, e);
}

/** ktcp_timewait_wnd() - RCV.WND, as the peer knows it */
static inline u32 ktcp_timewait_wnd(const struct ktcp_timewait *tw)
{
	return (u32)tw->rcv_wnd << tw->options.rcv_wscale;
}

int ktcp_timewait_take_over(struct ktcp_conn *c);
bool ktcp_timewait_input(struct ktcp_timewait *tw, struct sk_buff *skb,
			 const struct ktcp_seg *seg);
u32 ktcp_timewait_left(const struct ktcp_timewait *tw);
void ktcp_timewait_dequeue(struct ktcp_timewait *tw);
bool ktcp_timewait_forget(struct ktcp_net *kn);
void ktcp_timewait_kill(struct ktcp_timewait *tw);
void ktcp_timewait_free(struct ktcp_timewait *tw);
int ktcp_timewait_queues_init(struct ktcp_net *kn);
void ktcp_timewait_queues_exit(struct ktcp_net *kn);
int ktcp_timewait_init(void);
void ktcp_timewait_exit(void);

#endif /* KTCP_TIMEWAIT_H */

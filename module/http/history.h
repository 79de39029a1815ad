/* SPDX-License-Identifier: GPL-2.0 */
/* The recorder: what segments and states there were lately. */
#ifndef KTCP_HTTP_HISTORY_H
#define KTCP_HTTP_HISTORY_H

#include <linux/workqueue.h>

#include "../ktcp.h"

#define KTCP_HISTORY_SIZE	4096	/* events; a power of two */

enum ktcp_event_kind {
	KTCP_EVENT_IN,		/* a segment came */
	KTCP_EVENT_OUT,		/* a segment left */
	KTCP_EVENT_STATE,	/* a connection went from one state to another */
};

/**
 * struct ktcp_event - something that happened
 * @t_us: when, ktcp_now_us()
 * @key: to which connection
 * @kind: enum ktcp_event_kind
 * @state: the connection's state then; of KTCP_EVENT_STATE: the one before
 * @to: of KTCP_EVENT_STATE: and the one after
 * @flags: of a segment: KTCP_FIN to KTCP_CWR
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, of meaning only with KTCP_ACK
 * @len: payload
 * @wnd: SEG.WND in bytes, scaled as both ends agreed
 */
struct ktcp_event {
	u64 t_us;
	struct ktcp_key key;
	u8 kind;
	u8 state;
	u8 to;
	u8 flags;
	u32 seq;
	u32 ack;
	u32 len;
	u32 wnd;
};

/**
 * struct ktcp_recorder - the recorder of a network namespace
 * @lock: guards what follows, but for what probes read
 * @ring: recent events, while somebody watches; else NULL
 * @next: the number of the next event while there is no @ring
 * @asked: jiffies when somebody last looked
 * @work: to stop when nobody has for a while
 * @queue: where that is done
 */
struct ktcp_recorder {
	struct mutex lock;
	struct ktcp_ring __rcu *ring;
	u64 next;
	unsigned long asked;
	struct delayed_work work;
	struct workqueue_struct *queue;
};

void ktcp_history_init(struct ktcp_recorder *r, struct workqueue_struct *queue);
void ktcp_history_exit(struct ktcp_recorder *r);
bool ktcp_history_watch(struct ktcp_recorder *r);
size_t ktcp_history_memory(struct ktcp_recorder *r);

/**
 * struct ktcp_reading - a place in the history
 * @next: the number of the next event
 * @lost: events that were overwritten before they could be read
 */
struct ktcp_reading {
	u64 next;
	u64 lost;
};

unsigned int ktcp_history_read(struct ktcp_recorder *r,
			       struct ktcp_reading *at,
			       struct ktcp_event *events, unsigned int n);

#endif /* KTCP_HTTP_HISTORY_H */

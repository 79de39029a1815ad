// SPDX-License-Identifier: GPL-2.0
/*
 * The recorder: a ring of the last segments and changes of state of a network
 * namespace, there only while somebody watches.
 *
 * It attaches to ktcp's own tracepoints, so that nothing else knows of it, and
 * whoever is not watched pays for a jump that is not taken. The probes are
 * attached once, for all namespaces that are watched. All of this happens in
 * process context: the first question attaches, and a delayed work detaches
 * when there was none for WATCH_SEC.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "../conn.h"
#include "../listen.h"
#include "../table.h"
#include "../timewait.h"
#include "../trace.h"
#include "history.h"
#include "window.h"

#define WATCH_SEC	30

/**
 * struct ktcp_ring - recent events
 * @lock: guards all of it; raw, for a tracepoint's probe may not sleep, with
 *	PREEMPT_RT either
 * @next: the number of the next event
 * @first: the number of the oldest that was ever in this ring
 * @event: event n is at n % KTCP_HISTORY_SIZE
 */
struct ktcp_ring {
	raw_spinlock_t lock;
	u64 next;
	u64 first;
	struct ktcp_event event[KTCP_HISTORY_SIZE];
};

/* The tracepoints are the module's: one mutex for all namespaces. */
static DEFINE_MUTEX(probes_lock);
static unsigned int probes_users;

static struct ktcp_ring *ring_of(const struct ktcp_net *kn)
{
	return rcu_dereference(kn->window->recorder.ring);
}

static void record(struct ktcp_ring *ring, struct ktcp_event *event)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	event->t_us = ktcp_now_us();
	ring->event[ring->next++ % KTCP_HISTORY_SIZE] = *event;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

static const struct ktcp_options *options_of(struct ktcp_entry *e)
{
	switch (e->kind) {
	case KTCP_REQUEST:
		return &ktcp_request(e)->options;
	case KTCP_TIMEWAIT:
		return &ktcp_timewait(e)->options;
	default:
		return &ktcp_conn(e)->options;
	}
}

/*
 * RFC 7323 2.2: the window of a SYN is not scaled. The shift counts are those
 * of the entry, which whoever traces has locked, or of none.
 */
static u8 shift_of(struct ktcp_net *kn, const struct ktcp_key *key,
		   const struct ktcp_seg *seg, u8 kind)
{
	struct ktcp_entry *e;
	const struct ktcp_options *o;

	if (seg->flags & (KTCP_SYN | KTCP_RST))
		return 0;
	e = ktcp_table_find(kn, key);
	if (!e)
		return 0;
	o = options_of(e);
	if (!o->wscale_ok)
		return 0;
	return kind == KTCP_EVENT_IN ? o->snd_wscale : o->rcv_wscale;
}

static void record_segment(struct ktcp_net *kn, const struct ktcp_key *key,
			   u8 state, const struct ktcp_seg *seg, u8 kind)
{
	struct ktcp_event event = {
		.key = *key,
		.kind = kind,
		.state = state,
		.flags = seg->flags,
		.seq = seg->seq,
		.ack = seg->flags & KTCP_ACK ? seg->ack : 0,
		.len = seg->payload,
	};
	struct ktcp_ring *ring;

	rcu_read_lock();
	ring = ring_of(kn);
	if (ring) {
		event.wnd = (u32)seg->wnd << shift_of(kn, key, seg, kind);
		record(ring, &event);
	}
	rcu_read_unlock();
}

static void probe_rcv(void *data, struct ktcp_net *kn,
		      const struct ktcp_key *key, u8 state,
		      const struct ktcp_seg *seg)
{
	record_segment(kn, key, state, seg, KTCP_EVENT_IN);
}

static void probe_xmit(void *data, struct ktcp_net *kn,
		       const struct ktcp_key *key, u8 state,
		       const struct ktcp_seg *seg)
{
	record_segment(kn, key, state, seg, KTCP_EVENT_OUT);
}

static void probe_state(void *data, const struct ktcp_entry *e, u8 from, u8 to)
{
	struct ktcp_event event = {
		.key = e->key,
		.kind = KTCP_EVENT_STATE,
		.state = from,
		.to = to,
	};
	struct ktcp_ring *ring;

	rcu_read_lock();
	ring = ring_of(e->kn);
	if (ring)
		record(ring, &event);
	rcu_read_unlock();
}

static int probes_register(void)
{
	int err = register_trace_ktcp_state(probe_state, NULL);

	if (err)
		return err;
	err = register_trace_ktcp_rcv(probe_rcv, NULL);
	if (err)
		goto err_state;
	err = register_trace_ktcp_xmit(probe_xmit, NULL);
	if (err)
		goto err_rcv;
	return 0;

err_rcv:
	unregister_trace_ktcp_rcv(probe_rcv, NULL);
err_state:
	unregister_trace_ktcp_state(probe_state, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

static int probes_get(void)
{
	int err = 0;

	mutex_lock(&probes_lock);
	if (!probes_users)
		err = probes_register();
	if (!err)
		probes_users++;
	mutex_unlock(&probes_lock);
	return err;
}

/* When this returns no probe runs that could see what was there before. */
static void probes_put(void)
{
	mutex_lock(&probes_lock);
	if (!--probes_users) {
		unregister_trace_ktcp_xmit(probe_xmit, NULL);
		unregister_trace_ktcp_rcv(probe_rcv, NULL);
		unregister_trace_ktcp_state(probe_state, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&probes_lock);
	synchronize_rcu();
}

static struct ktcp_ring *ring_locked(struct ktcp_recorder *r)
{
	return rcu_dereference_protected(r->ring, lockdep_is_held(&r->lock));
}

static void start(struct ktcp_recorder *r)
{
	struct ktcp_ring *ring = kvzalloc(sizeof(*ring), GFP_KERNEL);

	if (!ring)
		return;
	if (probes_get()) {
		kvfree(ring);
		return;
	}
	raw_spin_lock_init(&ring->lock);
	ring->next = r->next;
	ring->first = r->next;
	rcu_assign_pointer(r->ring, ring);
}

/* The numbers go on where they were, so that a reader who comes back is right. */
static void stop(struct ktcp_recorder *r)
{
	struct ktcp_ring *ring = ring_locked(r);

	if (!ring)
		return;
	RCU_INIT_POINTER(r->ring, NULL);
	probes_put();
	r->next = ring->next;
	kvfree(ring);
}

static void watch_work(struct work_struct *work)
{
	struct ktcp_recorder *r = container_of(to_delayed_work(work),
					       struct ktcp_recorder, work);
	unsigned long end;

	mutex_lock(&r->lock);
	end = r->asked + WATCH_SEC * HZ;
	if (time_after_eq(jiffies, end))
		stop(r);
	else
		queue_delayed_work(r->queue, &r->work, end - jiffies);
	mutex_unlock(&r->lock);
}

/**
 * ktcp_history_init() - make the recorder of a namespace; it does nothing yet
 * @r: the recorder, zeroed
 * @queue: where it is ended when nobody looks any more
 *
 * Process context.
 */
void ktcp_history_init(struct ktcp_recorder *r, struct workqueue_struct *queue)
{
	r->queue = queue;
	r->next = 1;
	mutex_init(&r->lock);
	INIT_DELAYED_WORK(&r->work, watch_work);
}

/**
 * ktcp_history_exit() - end it for good
 * @r: the recorder; nobody reads it any more
 *
 * Process context; may sleep.
 */
void ktcp_history_exit(struct ktcp_recorder *r)
{
	cancel_delayed_work_sync(&r->work);
	mutex_lock(&r->lock);
	stop(r);
	mutex_unlock(&r->lock);
}

/**
 * ktcp_history_watch() - somebody watches: record, for WATCH_SEC from now
 * @r: the recorder
 *
 * Return: whether it records; it does not without memory. Process context; may
 * sleep.
 */
bool ktcp_history_watch(struct ktcp_recorder *r)
{
	bool watching;

	mutex_lock(&r->lock);
	r->asked = jiffies;
	if (!ring_locked(r))
		start(r);
	watching = ring_locked(r);
	if (watching)	/* nothing happens if it is queued already */
		queue_delayed_work(r->queue, &r->work, WATCH_SEC * HZ);
	mutex_unlock(&r->lock);
	return watching;
}

/**
 * ktcp_history_memory() - what the recorder takes now
 * @r: the recorder
 *
 * Return: bytes. Any context.
 */
size_t ktcp_history_memory(struct ktcp_recorder *r)
{
	return rcu_access_pointer(r->ring) ? sizeof(struct ktcp_ring) : 0;
}

/**
 * ktcp_history_read() - read on
 * @r: the recorder
 * @at: where; moves behind what is read, and counts what could not be
 * @events: filled in, in order
 * @n: how many at most; few, for the ring stands still meanwhile
 *
 * It begins at 0 for whatever there is, and with the oldest event for a number
 * that was never given out, which is of another life of the module. Process
 * context; may sleep.
 *
 * Return: how many events were read; the first has the number @at->next less
 * that.
 */
unsigned int ktcp_history_read(struct ktcp_recorder *r,
			       struct ktcp_reading *at,
			       struct ktcp_event *events, unsigned int n)
{
	struct ktcp_ring *ring;
	unsigned int i = 0;
	u64 oldest;

	mutex_lock(&r->lock);
	ring = ring_locked(r);
	if (!ring)
		goto out;
	raw_spin_lock_irq(&ring->lock);
	oldest = ring->first;
	if (ring->next > oldest + KTCP_HISTORY_SIZE)
		oldest = ring->next - KTCP_HISTORY_SIZE;
	if (at->next > ring->next)
		at->next = oldest;
	if (!at->next)
		at->next = ring->first;
	if (at->next < oldest) {
		at->lost += oldest - at->next;
		at->next = oldest;
	}
	while (i < n && at->next < ring->next)
		events[i++] = ring->event[at->next++ % KTCP_HISTORY_SIZE];
	raw_spin_unlock_irq(&ring->lock);
out:
	mutex_unlock(&r->lock);
	return i;
}

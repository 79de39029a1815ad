// SPDX-License-Identifier: GPL-2.0
/*
 * The small object that sits out 2MSL (RFC 9293 3.3.2, TIME-WAIT), so that the
 * last ACK can be sent again, and old segments do not reach a new connection.
 *
 * There are many, and nearly all of them end by time alone. So none has a timer:
 * they queue, each CPU has a queue, and a queue has a timer.
 */
#include <linux/slab.h>

#include "ip.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "skb.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"
#include "trace.h"

/* What one takes. */
#define TIMEWAIT_MEM	((long)(sizeof(struct ktcp_timewait) + KTCP_MEM_TABLE))

static struct kmem_cache *timewait_cache;

/* So many end without a break, if they are due. */
#define ENDS_MAX	1024

/* When 2MSL are over. */
static u32 ends_at(const struct ktcp_timewait *tw)
{
	return tw->since + ktcp_conf(tw->e.kn, time_wait_sec) * HZ;
}

/**
 * ktcp_timewait_left() - how long until 2MSL are over
 * @tw: the object, or its queue, locked
 *
 * Return: jiffies, 0 when they are.
 */
u32 ktcp_timewait_left(const struct ktcp_timewait *tw)
{
	return ktcp_time_left(ends_at(tw));
}

static struct ktcp_timewait *queue_first(struct ktcp_timewait_queue *q)
{
	return list_first_entry_or_null(&q->list, struct ktcp_timewait, queue);
}

/* Does nothing unless the first one ends before the timer rings. */
static void queue_arm(struct ktcp_timewait_queue *q)
{
	const struct ktcp_timewait *tw = queue_first(q);

	if (tw && (!timer_pending(&q->timer) ||
		   seq_lt(ends_at(tw), q->timer.expires)))
		mod_timer(&q->timer, ktcp_wheel_expires(ends_at(tw)));
}

/* 2MSL begin now, with a reference for the queue. Bottom halves disabled. */
static void enqueue(struct ktcp_timewait *tw)
{
	struct ktcp_timewait_queue *q = this_cpu_ptr(tw->e.kn->timewait_queues);

	refcount_inc(&tw->e.ref);
	spin_lock(&q->lock);
	tw->cpu = smp_processor_id();
	tw->since = jiffies;
	list_add_tail(&tw->queue, &q->list);
	queue_arm(q);
	spin_unlock(&q->lock);
}

/**
 * ktcp_timewait_dequeue() - 2MSL do not end by time
 * @tw: the object, locked; the caller has a reference
 *
 * Bottom halves disabled.
 */
void ktcp_timewait_dequeue(struct ktcp_timewait *tw)
{
	struct ktcp_timewait_queue *q = per_cpu_ptr(tw->e.kn->timewait_queues,
						    tw->cpu);
	bool queued;

	spin_lock(&q->lock);
	queued = !list_empty(&tw->queue);
	list_del_init(&tw->queue);
	spin_unlock(&q->lock);
	if (queued)
		ktcp_entry_put(&tw->e);
}

/* It is out of the table: one less. */
static void ended(struct ktcp_timewait *tw)
{
	percpu_counter_dec(&tw->e.kn->timewaits);
	ktcp_mem_add(tw->e.kn, -TIMEWAIT_MEM);
}

static void end(struct ktcp_timewait *tw)
{
	ktcp_entry_moved(&tw->e, KTCP_TIME_WAIT, KTCP_CLOSED);
	ktcp_table_remove(&tw->e);
	ended(tw);
}

/**
 * ktcp_timewait_take_over() - a connection has reached TIME_WAIT
 * @c: the connection, locked; on success dead, and out of the table
 *
 * Softirq.
 *
 * Return: 0; -ENOMEM, or -ENOSPC (sysctls max_time_wait, mem_mib_max) with nothing
 * changed.
 */
int ktcp_timewait_take_over(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;
	struct ktcp_timewait *tw;

	if (percpu_counter_compare(&kn->timewaits,
				   ktcp_conf(kn, max_time_wait)) >= 0) {
		KTCP_INC(kn, TimeWaitOverflows);
		return -ENOSPC;
	}
	if (ktcp_mem_pressure(kn, KTCP_MEM_COOKIES)) {
		KTCP_INC(kn, MemTimeWaits);
		return -ENOSPC;
	}
	tw = kmem_cache_zalloc(timewait_cache, GFP_ATOMIC);
	if (!tw) {
		KTCP_INC(kn, OutOfMemory);
		return -ENOMEM;
	}
	spin_lock_init(&tw->e.lock);
	ktcp_entry_init(&tw->e, kn, &c->e.key, KTCP_TIMEWAIT, KTCP_TIME_WAIT);
	tw->e.active = c->e.active;
	tw->snd_nxt = c->snd_nxt;
	tw->rcv_nxt = c->rcv_nxt;
	tw->options = c->options;
	tw->e.dscp = c->e.dscp;
	tw->rcv_wnd = min_t(u32, ktcp_rcv_wnd(c) >> c->options.rcv_wscale,
			    U16_MAX);
	tw->e.born = c->e.born;

	spin_lock(&tw->e.lock);
	if (ktcp_table_replace(&c->e, &tw->e)) {
		spin_unlock(&tw->e.lock);
		kmem_cache_free(timewait_cache, tw);
		return -ENOMEM;
	}
	percpu_counter_inc(&kn->timewaits);
	ktcp_mem_add(kn, TIMEWAIT_MEM);
	KTCP_INC(kn, TimeWaits);
	enqueue(tw);
	spin_unlock(&tw->e.lock);
	return 0;
}

static void send_ack(struct ktcp_timewait *tw)
{
	struct ktcp_seg seg = {
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.flags = KTCP_ACK,
		.wnd = tw->rcv_wnd,
	};

	ktcp_options_put(&tw->options, &seg, ktime_get_ns());
	ktcp_send_control(tw->e.kn, &tw->e.key, tw->e.state, &seg, tw->e.dscp);
}

/* Two ends that disagree must not answer each other for ever. */
static void send_ack_limited(struct ktcp_timewait *tw)
{
	if (ktcp_challenge_allowed(&tw->e))
		send_ack(tw);
}

/*
 * RFC 6191 2: is a SYN of a new connection, not of this one? Between
 * the same two ends timestamps only grow, and tell new from old better than
 * sequence numbers do, if the new one would have them; but for the 0 of a peer that
 * has none in its SYN. A peer whose numbers do not grow, nor its timestamps, answers
 * our ACK of its SYN with a RST, and then any SYN is (RFC 9293 3.10.7.4: a RST ends
 * TIME-WAIT).
 */
static bool syn_is_new(const struct ktcp_timewait *tw,
		       const struct ktcp_seg *seg)
{
	if (tw->denied)
		return true;
	if (ktcp_conf(tw->e.kn, timestamps) && seg->opts & KTCP_HAS_TS &&
	    seg->tsval) {
		if (!tw->options.ts_ok ||
		    seq_gt(seg->tsval, tw->options.ts_recent))
			return true;
		if (seg->tsval != tw->options.ts_recent)
			return false;
	}
	/* The last number seen was that of the FIN. */
	return seq_geq(seg->seq, tw->rcv_nxt);
}

/* The new connection must not start where the old one has been. */
#define ISS_GAP	65536

/*
 * May a SYN begin a new connection (RFC 9293 3.6.1, MAY-2)? Then it does, in this
 * one's place; if there is no room for that, this one stays, and the SYN comes again.
 */
static bool reopens(struct ktcp_timewait *tw, const struct ktcp_seg *seg)
{
	struct ktcp_listener *l;

	if ((seg->flags & (KTCP_SYN | KTCP_ACK)) != KTCP_SYN ||
	    !syn_is_new(tw, seg))
		return false;
	l = ktcp_listener_find(tw->e.kn, &tw->e.key);
	if (!l)
		return false;
	if (ktcp_listen_reopen(l, &tw->e, seg, tw->snd_nxt + ISS_GAP)) {
		KTCP_INC(tw->e.kn, TimeWaitsReopened);
		ended(tw);
	}
	return true;
}

static void timewait_segment(struct ktcp_timewait *tw,
			     const struct ktcp_seg *seg)
{
	struct ktcp_net *kn = tw->e.kn;

	if (seg->flags & KTCP_RST) {
		/* RFC 1337 3, fix 1: a RST does not end TIME_WAIT. */
		if (tw->asked && seg->seq == tw->rcv_nxt)
			tw->denied = 1;
		KTCP_DROP(kn, InRsts, &tw->e.key, tw->e.state, seg);
		return;
	}
	if (reopens(tw, seg))
		return;
	if ((seg->flags & (KTCP_SYN | KTCP_ACK)) == KTCP_SYN)
		tw->asked = 1;
	if (!ktcp_paws_ok(&tw->options, seg)) {
		KTCP_DROP(kn, PawsDrops, &tw->e.key, tw->e.state, seg);
		send_ack_limited(tw);
		return;
	}
	if (seg->flags & KTCP_FIN && !(seg->flags & KTCP_SYN) &&
	    ktcp_seg_end(seg) == tw->rcv_nxt) {
		/* The last ACK was lost: again, and 2MSL from now. */
		ktcp_timewait_dequeue(tw);
		enqueue(tw);
		ktcp_ts_learn(&tw->options, seg, tw->rcv_nxt);
		send_ack(tw);
		return;
	}
	if (seg->flags & KTCP_SYN ||
	    !seq_acceptable(seg->seq, seg->len, tw->rcv_nxt,
			    ktcp_timewait_wnd(tw))) {
		KTCP_DROP(kn, InUnacceptable, &tw->e.key, tw->e.state, seg);
		send_ack_limited(tw);
	}
}

/**
 * ktcp_timewait_input() - a segment for a connection in TIME_WAIT
 * @tw: the object, not locked
 * @skb: the segment's memory; taken unless false is returned
 * @seg: its header
 *
 * Softirq, RCU read lock held.
 *
 * Return: false if the object has died: look again.
 */
bool ktcp_timewait_input(struct ktcp_timewait *tw, struct sk_buff *skb,
			 const struct ktcp_seg *seg)
{
	spin_lock(&tw->e.lock);
	if (tw->e.dead) {
		spin_unlock(&tw->e.lock);
		return false;
	}
	trace_ktcp_rcv(tw->e.kn, &tw->e.key, tw->e.state, seg);
	timewait_segment(tw, seg);
	spin_unlock(&tw->e.lock);
	ktcp_skb_used(skb);
	return true;
}

/* The first of a queue, if it is due or @now, with the reference of the queue. */
static struct ktcp_timewait *pop(struct ktcp_timewait_queue *q, bool now)
{
	struct ktcp_timewait *tw;

	spin_lock(&q->lock);
	tw = queue_first(q);
	if (tw && !now && ktcp_timewait_left(tw))
		tw = NULL;
	if (tw)
		list_del_init(&tw->queue);
	spin_unlock(&q->lock);
	return tw;
}

/* @tw was popped; the reference is given back. */
static void end_popped(struct ktcp_timewait *tw)
{
	spin_lock(&tw->e.lock);
	/* Between the two locks 2MSL may have begun anew. */
	if (!tw->e.dead && list_empty(&tw->queue))
		end(tw);
	spin_unlock(&tw->e.lock);
	ktcp_entry_put(&tw->e);
}

/**
 * ktcp_timewait_forget() - end one before its time, for its memory
 * @kn: the namespace
 *
 * The first of this CPU, or else of another. Bottom halves disabled, nothing locked
 * that is in the table.
 *
 * Return: false if there is none.
 */
bool ktcp_timewait_forget(struct ktcp_net *kn)
{
	struct ktcp_timewait *tw = pop(this_cpu_ptr(kn->timewait_queues), true);
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ktcp_timewait_queue *q;

		if (tw)
			break;
		q = per_cpu_ptr(kn->timewait_queues, cpu);
		if (!list_empty(&q->list))
			tw = pop(q, true);
	}
	if (!tw)
		return false;
	KTCP_INC(kn, MemTimeWaits);
	end_popped(tw);
	return true;
}

static void queue_timer(struct timer_list *t)
{
	struct ktcp_timewait_queue *q = timer_container_of(q, t, timer);
	struct ktcp_timewait *tw;
	struct ktcp_net *kn = NULL;
	unsigned int n;

	for (n = 0; n < ENDS_MAX && (tw = pop(q, false)); n++) {
		kn = tw->e.kn;
		end_popped(tw);
	}
	if (kn)
		ktcp_mem_settle(kn);
	spin_lock(&q->lock);
	queue_arm(q);
	spin_unlock(&q->lock);
}

/**
 * ktcp_timewait_queues_init() - make the queues of a namespace
 * @kn: the namespace
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_timewait_queues_init(struct ktcp_net *kn)
{
	int cpu;

	kn->timewait_queues = alloc_percpu(struct ktcp_timewait_queue);
	if (!kn->timewait_queues)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct ktcp_timewait_queue *q;

		q = per_cpu_ptr(kn->timewait_queues, cpu);
		spin_lock_init(&q->lock);
		INIT_LIST_HEAD(&q->list);
		timer_setup(&q->timer, queue_timer, 0);
	}
	return 0;
}

/**
 * ktcp_timewait_queues_exit() - and take them away, empty by now
 * @kn: the namespace
 *
 * Process context; may sleep.
 */
void ktcp_timewait_queues_exit(struct ktcp_net *kn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		timer_delete_sync(&per_cpu_ptr(kn->timewait_queues, cpu)->timer);
	free_percpu(kn->timewait_queues);
}

/**
 * ktcp_timewait_kill() - the port goes away; the peer has closed, and is not told
 * @tw: the object, locked
 *
 * Bottom halves disabled.
 */
void ktcp_timewait_kill(struct ktcp_timewait *tw)
{
	end(tw);
}

static void timewait_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(timewait_cache,
			container_of(rcu, struct ktcp_timewait, rcu));
}

/**
 * ktcp_timewait_free() - give back the memory after a grace period
 * @tw: the object; in no queue, no one has a reference
 *
 * Any context.
 */
void ktcp_timewait_free(struct ktcp_timewait *tw)
{
	call_rcu(&tw->rcu, timewait_free_rcu);
}

/**
 * ktcp_timewait_init() - make the cache
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_timewait_init(void)
{
	timewait_cache = KMEM_CACHE(ktcp_timewait, 0);
	return timewait_cache ? 0 : -ENOMEM;
}

/**
 * ktcp_timewait_exit() - and take it away
 */
void ktcp_timewait_exit(void)
{
	kmem_cache_destroy(timewait_cache);
}

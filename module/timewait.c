// SPDX-License-Identifier: GPL-2.0
/*
 * The small object that sits out 2MSL (RFC 9293 3.3.2, TIME-WAIT), so that the
 * last ACK can be sent again, and old segments do not reach a new connection.
 */
#include <linux/slab.h>

#include "listen.h"
#include "output.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"
#include "trace.h"

static struct kmem_cache *timewait_cache;

static void start_2msl(struct ktcp_timewait *tw)
{
	tw->deadline = (u32)jiffies +
		       ktcp_conf(tw->e.kn, time_wait_sec) * HZ;
	ktcp_entry_arm(&tw->e, tw->deadline);
}

static void end(struct ktcp_timewait *tw)
{
	ktcp_entry_moved(&tw->e, KTCP_TIME_WAIT, KTCP_CLOSED);
	ktcp_table_remove(&tw->e);
	percpu_counter_dec(&tw->e.kn->timewaits);
}

/**
 * ktcp_timewait_take_over() - a connection has reached TIME_WAIT
 * @c: the connection, locked; on success dead, and out of the table
 *
 * Softirq.
 *
 * Return: 0; -ENOMEM or -ENOSPC (sysctl max_time_wait) with nothing changed.
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
	tw->rcv_wnd = ktcp_rcv_wnd(c);
	tw->options = c->options;
	tw->born = c->born;

	spin_lock(&tw->e.lock);
	if (ktcp_table_replace(&c->e, &tw->e)) {
		spin_unlock(&tw->e.lock);
		kmem_cache_free(timewait_cache, tw);
		return -ENOMEM;
	}
	percpu_counter_inc(&kn->timewaits);
	KTCP_INC(kn, TimeWaits);
	start_2msl(tw);
	spin_unlock(&tw->e.lock);
	return 0;
}

static void send_ack(struct ktcp_timewait *tw)
{
	struct ktcp_seg seg = {
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.flags = KTCP_ACK,
		.wnd = min_t(u32, tw->rcv_wnd >> tw->options.rcv_wscale,
			     U16_MAX),
	};

	ktcp_options_put(&tw->options, &seg);
	ktcp_send_control(tw->e.kn, &tw->e.key, tw->e.state, &seg);
}

/* Two ends that disagree must not answer each other for ever. */
static void send_ack_limited(struct ktcp_timewait *tw)
{
	if (ktcp_challenge_allowed(&tw->e))
		send_ack(tw);
}

/*
 * RFC 6191 2: may a SYN begin a new connection (RFC 9293 3.6.1, MAY-2)? Between
 * the same two ends timestamps only grow, and tell new from old better than
 * sequence numbers do.
 */
static bool syn_is_new(const struct ktcp_timewait *tw,
		       const struct ktcp_seg *seg)
{
	if (seg->opts & KTCP_HAS_TS) {
		if (!tw->options.ts_ok ||
		    seq_gt(seg->tsval, tw->options.ts_recent))
			return true;
		if (seg->tsval != tw->options.ts_recent)
			return false;
	}
	/* The last number seen was that of the FIN. */
	return seq_geq(seg->seq, tw->rcv_nxt);
}

/* Returns true when the segment begins a new connection. */
static bool timewait_segment(struct ktcp_timewait *tw,
			     const struct ktcp_seg *seg)
{
	struct ktcp_net *kn = tw->e.kn;

	if (seg->flags & KTCP_RST) {
		/* RFC 1337 3, fix 1: a RST does not end TIME_WAIT. */
		KTCP_DROP(kn, InRsts, &tw->e.key, tw->e.state, seg);
		return false;
	}
	if ((seg->flags & (KTCP_SYN | KTCP_ACK)) == KTCP_SYN &&
	    syn_is_new(tw, seg) && ktcp_listener_find(kn, tw->e.key.lport)) {
		KTCP_INC(kn, TimeWaitsReopened);
		end(tw);
		return true;
	}
	if (!ktcp_paws_ok(&tw->options, seg)) {
		KTCP_DROP(kn, PawsDrops, &tw->e.key, tw->e.state, seg);
		send_ack_limited(tw);
		return false;
	}
	if (seg->flags & KTCP_FIN && !(seg->flags & KTCP_SYN) &&
	    ktcp_seg_end(seg) == tw->rcv_nxt) {
		/* The last ACK was lost: again, and 2MSL from now. */
		start_2msl(tw);
		ktcp_ts_learn(&tw->options, seg, tw->rcv_nxt);
		send_ack(tw);
		return false;
	}
	if (seg->flags & KTCP_SYN ||
	    !seq_acceptable(seg->seq, seg->len, tw->rcv_nxt, tw->rcv_wnd)) {
		KTCP_DROP(kn, InUnacceptable, &tw->e.key, tw->e.state, seg);
		send_ack_limited(tw);
	}
	return false;
}

/* The new connection must not start where the old one has been. */
#define ISS_GAP	65536

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
	bool reopen;

	spin_lock(&tw->e.lock);
	if (tw->e.dead) {
		spin_unlock(&tw->e.lock);
		return false;
	}
	trace_ktcp_rcv(tw->e.kn, &tw->e.key, tw->e.state, seg);
	reopen = timewait_segment(tw, seg);
	spin_unlock(&tw->e.lock);
	if (!reopen || !ktcp_listen_input(tw->e.kn, skb, seg, &tw->e.key,
					  tw->snd_nxt + ISS_GAP ?: 1))
		kfree_skb(skb);
	return true;
}

/**
 * ktcp_timewait_timeout() - 2MSL are over, or the wait goes on
 * @tw: the object, locked
 *
 * Softirq.
 */
void ktcp_timewait_timeout(struct ktcp_timewait *tw)
{
	if (ktcp_time_left(tw->deadline))
		ktcp_entry_arm(&tw->e, tw->deadline);
	else
		end(tw);
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

/**
 * ktcp_timewait_free() - give back the memory
 * @tw: the object
 */
void ktcp_timewait_free(struct ktcp_timewait *tw)
{
	kmem_cache_free(timewait_cache, tw);
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

// SPDX-License-Identifier: GPL-2.0
/*
 * The flight records: what was sent, when, and what is known of it.
 *
 * A record covers sequence numbers that were sent at one time, which may be
 * many segments. An ACK shortens or removes records, a SACK block marks them,
 * and cuts those that it covers in part, always between two segments; so a peer
 * cannot make more records than there are segments in the network, nor more
 * than KTCP_FLIGHT_MAX. Two neighbours that have both arrived become one.
 */
#include <linux/slab.h>

#include "compat.h"
#include "mem.h"
#include "pool.h"
#include "recovery.h"
#include "scoreboard.h"
#include "timers.h"

static struct ktcp_pool flights;

/**
 * ktcp_flight_alloc() - a new flight record
 * @c: the connection, locked
 *
 * Return: the record, in no list yet, or NULL. Softirq.
 */
struct ktcp_flight *ktcp_flight_alloc(struct ktcp_conn *c)
{
	struct ktcp_flight *f = ktcp_pool_get(&flights);

	if (!f) {
		KTCP_INC(c->e.kn, OutOfMemory);
		return NULL;
	}
	ktcp_mem_add(c->e.kn, sizeof(*f));
	INIT_LIST_HEAD(&f->list);
	f->held = NULL;
	c->nr_flight++;
	return f;
}

/**
 * ktcp_flight_free() - forget a flight record
 * @c: the connection, locked
 * @f: the record
 */
void ktcp_flight_free(struct ktcp_conn *c, struct ktcp_flight *f)
{
	list_del(&f->list);
	c->nr_flight--;
	ktcp_flight_hold(c, f, NULL);
	ktcp_mem_add(c->e.kn, -(long)sizeof(*f));
	ktcp_pool_put(&flights, f);
}

/* What is held with an skb: its pages are those of the send queue. */
static long held_size(const struct sk_buff *skb)
{
	return skb ? skb->truesize - skb->data_len : 0;
}

/**
 * ktcp_flight_hold() - remember what was sent for a record last
 * @c: the connection, locked
 * @f: the record
 * @skb: of which a clone was sent (alloc_skb_fclone()); taken. NULL: nothing
 */
void ktcp_flight_hold(struct ktcp_conn *c, struct ktcp_flight *f,
		      struct sk_buff *skb)
{
	if (likely(f->held == skb))	/* usually nothing, for nothing */
		return;
	ktcp_mem_add(c->e.kn, held_size(skb) - held_size(f->held));
	kfree_skb(f->held);
	f->held = skb;
}

/* Is it here for longer than an answer would take, and may have left all the same? */
static bool lingers(const struct ktcp_conn *c, const struct ktcp_flight *f)
{
	return KTCP_CLONES_LINGER &&
	       ktcp_event_us(c) - f->sent_us >= ktcp_rto_after_us(c, 0);
}

/**
 * ktcp_flight_here() - is a record still in a queue of this host?
 * @c: the connection, locked
 * @f: the record, not acknowledged
 *
 * No destructor tells, because that would have to outlive the module: an skb can
 * lie in a queue for as long as that likes.
 *
 * Return: false also if nobody knows.
 */
bool ktcp_flight_here(struct ktcp_conn *c, struct ktcp_flight *f)
{
	if (likely(!f->held))
		return false;
	if (skb_fclone_busy(NULL, f->held) && !lingers(c, f))
		return true;
	ktcp_flight_hold(c, f, NULL);
	return false;
}

/**
 * ktcp_flight_waiting() - how much waits in this host's own queues
 * @c: the connection, locked
 *
 * A queue is taken to be in order: what left before something that has gone is
 * gone too.
 *
 * Return: sequence numbers.
 */
u32 ktcp_flight_waiting(struct ktcp_conn *c)
{
	struct ktcp_flight *f;
	bool left = false;
	u32 waiting = 0;

	list_for_each_entry_reverse(f, &c->flight, list) {
		if (!f->held)
			break;
		/* Once one has left, those before it are only let go. */
		left |= !ktcp_flight_here(c, f);
		if (!left)
			waiting += f->end_seq - f->seq;
	}
	return waiting;
}

/**
 * ktcp_flight_purge() - forget them all, with what they count
 * @c: the connection, locked
 */
void ktcp_flight_purge(struct ktcp_conn *c)
{
	struct ktcp_flight *f, *next;

	list_for_each_entry_safe(f, next, &c->flight, list)
		ktcp_flight_free(c, f);
	c->lost_bytes = 0;
	c->sacked_bytes = 0;
}

static u32 size(const struct ktcp_flight *f)
{
	return f->end_seq - f->seq;
}

/**
 * ktcp_flight_split() - cut a record in two
 * @c: the connection, locked
 * @f: the record; keeps the front
 * @len: how many sequence numbers it keeps
 *
 * Return: false when there is no memory, or there are twice KTCP_FLIGHT_MAX records
 * and this is not the first, which must always be sent again; nothing has changed
 * then. Softirq.
 */
bool ktcp_flight_split(struct ktcp_conn *c, struct ktcp_flight *f, u32 len)
{
	struct ktcp_flight *rest;

	if (c->nr_flight >= 2 * KTCP_FLIGHT_MAX &&
	    !list_is_first(&f->list, &c->flight))
		return false;
	rest = ktcp_flight_alloc(c);
	if (!rest)
		return false;
	rest->seq = f->seq + len;
	rest->end_seq = f->end_seq;
	rest->sent_us = f->sent_us;
	rest->mss = f->mss;
	rest->flags = f->flags;
	rest->held = f->held;	/* the last of it */
	f->held = NULL;
	f->end_seq = rest->seq;
	list_add(&rest->list, &f->list);
	return true;
}

/**
 * ktcp_flight_lost() - take a record for lost
 * @c: the connection, locked
 * @f: the record; nothing of it is known to have arrived
 */
void ktcp_flight_lost(struct ktcp_conn *c, struct ktcp_flight *f)
{
	if (f->flags & (KTCP_FLIGHT_LOST | KTCP_FLIGHT_SACKED))
		return;
	f->flags |= KTCP_FLIGHT_LOST;
	c->lost_bytes += size(f);
}

/**
 * ktcp_flight_found() - it was not lost after all
 * @c: the connection, locked
 * @f: the record
 */
void ktcp_flight_found(struct ktcp_conn *c, struct ktcp_flight *f)
{
	if (!(f->flags & KTCP_FLIGHT_LOST))
		return;
	f->flags &= ~KTCP_FLIGHT_LOST;
	c->lost_bytes -= size(f);
}

/**
 * ktcp_flight_resent() - a lost record is in the network again
 * @c: the connection, locked
 * @f: the record
 */
void ktcp_flight_resent(struct ktcp_conn *c, struct ktcp_flight *f)
{
	ktcp_flight_found(c, f);
	f->flags &= ~KTCP_FLIGHT_PROBE;
	f->flags |= KTCP_FLIGHT_RETRANS;
	f->sent_us = ktcp_event_us(c);
}

/*
 * It is known for the first time that @f has arrived, as far as @end. What was
 * sent first tells the round-trip time, if it was sent once (Karn, RFC 6298 3).
 * @tsecr is of what has arrived, or 0: beyond a hole an ACK has the timestamp of what
 * precedes it (RFC 7323 4.3).
 */
static void arrived(struct ktcp_conn *c, const struct ktcp_flight *f, u32 end,
		    u32 tsecr, struct ktcp_delivery *d)
{
	if (unlikely(f->flags & KTCP_FLIGHT_PROBE) && end == f->end_seq)
		ktcp_mtu_probe_arrived(c, f);
	d->bytes += end - f->seq;
	c->full_arrived |= end - f->seq >= f->mss;
	d->orig |= !(f->flags & KTCP_FLIGHT_RETRANS);
	if (!d->rtt_us && !(f->flags & KTCP_FLIGHT_RETRANS))
		d->rtt_us = clamp_t(u64, ktcp_event_us(c) - f->sent_us, 1, U32_MAX);
	ktcp_rack_arrived(c, f, end, tsecr);
}

/**
 * ktcp_flight_acked() - the peer acknowledged everything before @ack
 * @c: the connection, locked
 * @ack: SEG.ACK, in SND.UNA < @ack =< SND.NXT
 * @d: what has arrived, added to; no round-trip time when some of it was sent
 *	twice, and no SACK has told which of the two arrived
 */
void ktcp_flight_acked(struct ktcp_conn *c, u32 ack, struct ktcp_delivery *d)
{
	struct ktcp_flight *f, *next;
	bool ambiguous = false;

	list_for_each_entry_safe(f, next, &c->flight, list) {
		u32 end = seq_min(ack, f->end_seq);

		if (seq_geq(f->seq, ack))
			break;
		if (f->flags & KTCP_FLIGHT_SACKED) {
			c->sacked_bytes -= end - f->seq;
		} else {
			ambiguous |= f->flags & KTCP_FLIGHT_RETRANS;
			arrived(c, f, end, d->tsecr, d);
		}
		if (f->flags & KTCP_FLIGHT_LOST)
			c->lost_bytes -= end - f->seq;
		if (end != f->end_seq) {
			u32 cut = (end - f->seq) % f->mss;

			f->seq = end;
			/* The next boundary between two is where it was. */
			if (cut && c->options.sack_ok &&
			    size(f) > f->mss - cut)
				ktcp_flight_split(c, f, f->mss - cut);
			break;
		}
		ktcp_flight_free(c, f);
	}
	if (ambiguous)
		d->rtt_us = 0;
}

/* RFC 2883 5: the first block may tell of data that arrived twice. */
static bool is_dsack(const struct ktcp_seg *seg)
{
	const struct ktcp_range *b = seg->sack;

	if (seq_leq(b[0].end, seg->ack))
		return true;
	return seg->nr_sack > 1 && seq_geq(b[0].start, b[1].start) &&
	       seq_leq(b[0].end, b[1].end);
}

/*
 * Is there nothing more to be learnt of two neighbours? Of what was sent again a
 * D-SACK may still come.
 */
static bool may_merge(const struct ktcp_flight *f, const struct ktcp_flight *other)
{
	return other->flags & KTCP_FLIGHT_SACKED &&
	       !((f->flags ^ other->flags) & KTCP_FLIGHT_RETRANS);
}

static void merge(struct ktcp_conn *c, struct ktcp_flight *f)
{
	struct ktcp_flight *prev, *next;

	if (!list_is_last(&f->list, &c->flight)) {
		next = list_next_entry(f, list);
		if (may_merge(f, next)) {
			f->end_seq = next->end_seq;
			ktcp_flight_free(c, next);
		}
	}
	if (!list_is_first(&f->list, &c->flight)) {
		prev = list_prev_entry(f, list);
		if (may_merge(f, prev)) {
			f->seq = prev->seq;
			ktcp_flight_free(c, prev);
		}
	}
}

/*
 * Is our FIN all that a block leaves out of a record? Some peers (BSD) tell of data
 * alone (RFC 2018 3): with a segment that is short the FIN came, or nothing did.
 */
static bool lacks_fin(const struct ktcp_conn *c, const struct ktcp_flight *r,
		      u32 end)
{
	return c->fin_sent && end == c->snd_end && r->end_seq == end + 1 &&
	       (end - r->seq) % r->mss;
}

/*
 * What of a record lies in a block: whole segments, as they were sent. Returns
 * false if there is none, or no memory to cut the record.
 */
static bool cut_out(struct ktcp_conn *c, struct ktcp_flight **f, u32 start,
		    u32 end)
{
	struct ktcp_flight *r = *f;
	u32 from = 0, to = size(r);

	if (seq_gt(start, r->seq))
		from = DIV_ROUND_UP(start - r->seq, r->mss) * r->mss;
	if (seq_lt(end, r->end_seq) && !lacks_fin(c, r, end))
		to = (end - r->seq) / r->mss * r->mss;
	if (from >= to)
		return false;
	if ((from || to != size(r)) && c->nr_flight >= KTCP_FLIGHT_MAX)
		return false;
	if (to != size(r) && !ktcp_flight_split(c, r, to))
		return false;
	if (from) {
		if (!ktcp_flight_split(c, r, from))
			return false;
		*f = list_next_entry(r, list);
	}
	return true;
}

/*
 * One block. It is looked for from @f on; returns where the next one may begin, so
 * that all of them together are one walk.
 */
static struct ktcp_flight *sack_block(struct ktcp_conn *c, struct ktcp_flight *f,
				      const struct ktcp_range *b,
				      struct ktcp_delivery *d)
{
	if (seq_leq(b->end, c->snd_una))	/* an ACK that comes late */
		return f;
	/* RFC 2018 5: what is not in the network cannot have arrived. */
	if (seq_geq(b->start, b->end) || seq_leq(b->start, c->snd_una) ||
	    seq_gt(b->end, c->snd_nxt)) {
		KTCP_INC(c->e.kn, InBadSacks);
		return f;
	}
	list_for_each_entry_from(f, &c->flight, list) {
		if (seq_leq(f->end_seq, b->start))
			continue;
		if (seq_geq(f->seq, b->end))
			break;
		if (f->flags & KTCP_FLIGHT_SACKED ||
		    !cut_out(c, &f, b->start, b->end))
			continue;
		ktcp_flight_found(c, f);
		f->flags |= KTCP_FLIGHT_SACKED;
		ktcp_flight_hold(c, f, NULL);
		c->sacked_bytes += size(f);
		arrived(c, f, f->end_seq, 0, d);
		f->flags &= ~KTCP_FLIGHT_PROBE;
		merge(c, f);
	}
	/* What lies before may end in the next block. */
	f = list_prev_entry(f, list);
	return list_entry_is_head(f, &c->flight, list) ?
	       list_next_entry(f, list) : f;
}

/**
 * ktcp_flight_sack() - the SACK option of an ACK
 * @c: the connection, locked; SND.UNA follows SEG.ACK already
 * @seg: the segment, with SACK blocks
 * @d: what has arrived, added to
 *
 * Softirq.
 */
void ktcp_flight_sack(struct ktcp_conn *c, const struct ktcp_seg *seg,
		      struct ktcp_delivery *d)
{
	struct ktcp_flight *f = list_first_entry(&c->flight, struct ktcp_flight,
						 list);
	struct ktcp_range b[KTCP_SACK_MAX];
	u8 i = 0, j, n = 0;

	if (is_dsack(seg)) {
		KTCP_INC(c->e.kn, InDSacks);
		d->dsack = true;
		d->dup = seg->sack[0];
		i = 1;
	}
	/* In order of sequence number, or it would look like reordering. */
	for (; i < seg->nr_sack; i++) {
		for (j = n++; j && seq_lt(seg->sack[i].start, b[j - 1].start); j--)
			b[j] = b[j - 1];
		b[j] = seg->sack[i];
	}
	for (i = 0; i < n; i++)
		f = sack_block(c, f, &b[i], d);
}

/**
 * ktcp_flight_forget_sacks() - the peer has thrown away what it had out of order
 * @c: the connection, locked
 *
 * RFC 2018 8.
 */
void ktcp_flight_forget_sacks(struct ktcp_conn *c)
{
	struct ktcp_flight *f;

	list_for_each_entry(f, &c->flight, list) {
		if (!(f->flags & KTCP_FLIGHT_SACKED))
			continue;
		f->flags &= ~KTCP_FLIGHT_SACKED;
		f->flags |= KTCP_FLIGHT_RETRANS;	/* some of it may be */
	}
	c->sacked_bytes = 0;
}

/**
 * ktcp_flight_init() - make the pool
 *
 * Return: 0 or -ENOMEM; ktcp_flight_exit() follows in any case. Process context.
 */
int ktcp_flight_init(void)
{
	return ktcp_pool_init(&flights, KMEM_CACHE(ktcp_flight, 0));
}

/**
 * ktcp_flight_exit() - and take it away
 */
void ktcp_flight_exit(void)
{
	ktcp_pool_exit(&flights);
}

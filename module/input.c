// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES: the checks of RFC 9293 3.10.7 in the RFC's own order, one
 * function a step. SYN_SENT, and SYN_RECV after it, come last. A request and a
 * TIME_WAIT have their own, shorter, lists in listen.c and timewait.c.
 */
#include "connect.h"
#include "input.h"
#include "ip.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "recovery.h"
#include "scoreboard.h"
#include "skb.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"
#include "trace.h"

/*
 * struct rx - a segment on its way through the steps
 * @c: the connection
 * @skb: its memory; NULL once a receive queue has taken it
 * @seg: what its header says; trimmed to the window on the way
 * @off: where in @skb the first byte of payload is
 * @wnd: SEG.WND, scaled
 * @probe: it had data, for which there is no window; that is cut off
 */
struct rx {
	struct ktcp_conn *c;
	struct sk_buff *skb;
	struct ktcp_seg seg;
	u32 off;
	u32 wnd;
	bool probe;
};

/* Each step says whether the next one is to look at the segment. */
enum verdict { DROP, NEXT };

/* What has arrived before is told to a peer with SACK (RFC 2883). */
static void twice(struct ktcp_conn *c, u32 start, u32 end)
{
	KTCP_INC(c->e.kn, InDuplicates);
	if (c->options.sack_ok && ktcp_extra(c))
		ktcp_sacks_twice(&c->extra->sacks, start, end);
}

/*
 * An ACK says where the window is. Whoever sends data missed one; two ends that
 * send none could answer each other for ever. RFC 5961 4.2: a SYN is challenged
 * wherever it lies.
 */
static void answer_unacceptable(struct rx *r)
{
	if (r->seg.len && !(r->seg.flags & KTCP_SYN))
		r->c->ack_now = 1;
	else
		ktcp_challenge_ack(r->c);
}

static bool is_rst_of_fin(const struct rx *r)
{
	return r->c->peer_fin && r->seg.seq == r->c->rcv_nxt - 1;
}

/*
 * RFC 9293 3.10.7.4: with the window closed, ACK and RST are still looked at, and a
 * FIN, for which there is always room. Whoever has filled the window, while some of
 * it was lost, speaks from its right edge; and from one further who has sent a byte
 * more, or a FIN, that was not taken. And some peers, when a program that has closed
 * is killed, send a RST with the number of their FIN, and no other one.
 */
static bool from_the_edge(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u32 wnd = ktcp_rcv_wnd(c);
	u32 beyond = r->seg.seq - (c->rcv_nxt + wnd);

	if (r->seg.flags & KTCP_SYN)
		return false;
	if (r->seg.flags & KTCP_RST)
		return beyond <= 1 || is_rst_of_fin(r);
	if (!r->seg.len)
		return beyond <= 1;
	if (beyond || (wnd && r->seg.payload))
		return false;
	if (r->seg.payload) {
		c->ack_now = 1;
		r->seg.flags &= ~KTCP_FIN;
		r->seg.len = 0;
		r->seg.payload = 0;
		r->probe = true;
	}
	return true;
}

/*
 * First: is any of it in the window, or as good as that? If not, an ACK says where
 * the window is, but never to a RST.
 */
static enum verdict check_seq(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	/* RFC 5961 3.2: of a RST only the number counts, not what it carries. */
	u32 len = r->seg.flags & KTCP_RST ? 0 : r->seg.len;

	if (seq_acceptable(r->seg.seq, len, c->rcv_nxt, ktcp_rcv_wnd(c)) ||
	    from_the_edge(r))
		return NEXT;
	KTCP_DROP(c->e.kn, InUnacceptable, &c->e.key, c->e.state,
		  &r->seg);
	if (r->seg.flags & KTCP_RST)
		return DROP;
	if (r->seg.payload && !(r->seg.flags & KTCP_SYN) &&
	    seq_leq(r->seg.seq + r->seg.payload, c->rcv_nxt))
		twice(c, r->seg.seq, r->seg.seq + r->seg.payload);
	answer_unacceptable(r);
	return DROP;
}

/*
 * An ACK that others have overtaken, by less than an RTO, is no duplicate of old.
 * It moves nothing, neither SND.UNA nor the window, but what it says of data out of
 * order, or twice, is said nowhere else (RFC 2883 4).
 */
static bool is_late_ack(const struct rx *r)
{
	const struct ktcp_conn *c = r->c;
	u32 late = c->options.ts_recent - r->seg.tsval;

	return (r->seg.flags & ~(KTCP_PSH | KTCP_ECE | KTCP_CWR)) == KTCP_ACK &&
	       !r->seg.payload && r->seg.seq == c->rcv_nxt &&
	       (seq_lt(r->seg.ack, c->snd_una) ||
		(r->seg.ack == c->snd_una && r->wnd == c->snd_wnd)) &&
	       ktcp_ts_to_us(late) < ktcp_rto_us(c);
}

/*
 * Before all else, RFC 7323 5.3 R1 and 3.2: an old duplicate is answered like a
 * segment outside the window; one that lacks its timestamp is dropped. A RST
 * need not have one.
 */
static enum verdict check_timestamp(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!c->options.ts_ok || r->seg.flags & KTCP_RST)
		return NEXT;
	if (!(r->seg.opts & KTCP_HAS_TS)) {
		if (r->seg.flags & KTCP_SYN)
			return NEXT;	/* challenged as any SYN */
		KTCP_DROP(c->e.kn, InNoTimestamps, &c->e.key, c->e.state,
			  &r->seg);
		/* there are peers that forget it when they ask if we are here */
		if (r->seg.seq == c->rcv_nxt - 1 && r->seg.payload <= 1)
			ktcp_challenge_ack(c);
		return DROP;
	}
	if (ktcp_paws_ok(&c->options, &r->seg) || is_late_ack(r))
		return NEXT;
	KTCP_DROP(c->e.kn, PawsDrops, &c->e.key, c->e.state,
		  &r->seg);
	answer_unacceptable(r);
	return DROP;
}

/*
 * Second: RST. RFC 5961 3.2: only the exact number resets. In SYN_RECV the
 * connection was an active OPEN, which is refused.
 */
static enum verdict check_rst(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!(r->seg.flags & KTCP_RST))
		return NEXT;
	KTCP_INC(c->e.kn, InRsts);
	if (r->seg.seq == c->rcv_nxt || is_rst_of_fin(r))
		ktcp_conn_done(c, c->e.state == KTCP_SYN_RECV ? -ECONNREFUSED :
								-ECONNRESET);
	else
		ktcp_challenge_ack(c);
	return DROP;
}

/* Fourth: SYN. RFC 5961 4.2: never believed, always challenged. */
static enum verdict check_syn(struct rx *r)
{
	if (!(r->seg.flags & KTCP_SYN))
		return NEXT;
	ktcp_challenge_ack(r->c);
	return DROP;
}

/*
 * SND.WND, SND.WL1 and SND.WL2 of RFC 9293 3.10.7.4. Whoever acknowledges something
 * new speaks last, wherever its segment lies: SND.WL1 may be of one from beyond a
 * hole, or forged, and its window would else hold until the peer had sent as much.
 */
static void update_window(struct rx *r, bool advances)
{
	struct ktcp_conn *c = r->c;
	u32 before = c->snd_wnd;

	if (!advances && !seq_lt(c->snd_wl1, r->seg.seq) &&
	    !(c->snd_wl1 == r->seg.seq && seq_leq(c->snd_wl2, r->seg.ack)))
		return;
	c->snd_wnd = r->wnd;
	c->snd_wl1 = r->seg.seq;
	c->snd_wl2 = r->seg.ack;
	if (unlikely(c->snd_wnd > c->max_snd_wnd))
		c->max_snd_wnd = c->snd_wnd;
	if (!before && c->snd_wnd) {
		/* What waited for the window need not wait for the timer. */
		if (c->backoff && c->snd_una != c->snd_nxt && !advances)
			ktcp_recovery_opened(c);
		c->backoff = 0;
		ktcp_timer_clear(c, KTCP_TIMER_PERSIST);
		ktcp_timer_clear(c, KTCP_TIMER_RETRANS);
	}
}

/*
 * RFC 7323 4.1: what comes back tells when the segment left that is
 * acknowledged, even if it was sent twice. It may be older than it says, never
 * younger, unless the peer lies: more than an hour is no round trip.
 */
static u32 ts_rtt_us(const struct rx *r)
{
	u32 ticks;

	if (!r->c->options.ts_ok || !r->seg.tsecr)
		return 0;
	ticks = ktcp_ts_at(&r->c->options, r->c->now_ns) - r->seg.tsecr;
	return ticks < 1U << 22 ? max(ktcp_ts_to_us(ticks), 1U) : 0;
}

/* SEG.ACK is new: SND.UNA < SEG.ACK =< SND.NXT. */
static void ack_advances(struct rx *r, struct ktcp_delivery *d)
{
	struct ktcp_conn *c = r->c;
	u32 ack = r->seg.ack;

	ktcp_flight_acked(c, ack, d);
	c->snd_una = ack;
	c->retransmits = 0;
	if (c->small_out && seq_geq(ack, c->snd_sml))
		c->small_out = 0;
	if (unlikely(c->urgent_out) && seq_geq(ack, c->extra->snd_up))
		c->urgent_out = 0;
	if (unlikely(c->uto_out) && seq_geq(ack, c->extra->uto_end))
		c->uto_out = 0;
	/* RFC 6298 5.3: a new ACK restarts the timer; output.c does. */
	ktcp_timer_clear(c, KTCP_TIMER_RETRANS);
	ktcp_timer_clear(c, KTCP_TIMER_ORPHAN);
	ktcp_timer_clear(c, KTCP_TIMER_USER);
}

/*
 * After a timeout the peer says ECE until new data brings it CWR, and that has to
 * wait until all that is lost has gone again. It is no news: once a window of data
 * (RFC 3168 6.1.2), and cwnd has been reduced to a segment.
 */
static bool marked_before(const struct ktcp_conn *c)
{
	return c->recovery.phase == KTCP_LOSS &&
	       seq_leq(c->snd_una, c->extra->cwr_end);
}

/* What an ACK has told of the path: round-trip time, losses, room. */
static void ack_conclusions(struct rx *r, struct ktcp_delivery *d, bool dup)
{
	struct ktcp_conn *c = r->c;
	bool reducing = c->recovery.phase == KTCP_FAST ||
			c->recovery.phase == KTCP_MARKED;
	u32 bytes = c->snd_una - d->una_before;
	struct ktcp_cc_ack ack;

	bytes -= c->fin_sent && bytes && c->snd_una == c->snd_nxt;
	if (bytes)
		ktcp_conn_acked(c, bytes);
	/*
	 * What arrived twice has had an ACK before, which was lost: this one echoes
	 * the time of the first, and so tells how long the second took to be sent.
	 */
	if (c->snd_una != d->una_before && !d->dsack)
		d->rtt_us = d->rtt_us ?: ts_rtt_us(r);
	if (d->rtt_us) {
		ktcp_rtt_sample(&c->rtt, d->rtt_us);
		c->backoff = 0;
	}
	ktcp_recovery_ack(c, &r->seg, d, dup);
	if (c->snd_una == d->una_before)
		return;
	ack = (struct ktcp_cc_ack) {
		.bytes = reducing || (d->ece && !marked_before(c)) ? 0 : bytes,
		.fresh = c->options.sack_ok ? d->bytes : 0,
		.una = c->snd_una,
		.nxt = c->snd_nxt,
		.rtt_us = d->rtt_us,
		.srtt_us = c->rtt.srtt_us,
		.now_us = ktcp_event_us(c),
		.used = c->cwnd_used,
		.limited = c->cwnd_limited,
	};
	ktcp_cc_acked(&c->cc, &ack);
}

/* Our FIN is acknowledged: the arrows of RFC 9293 3.10.7.4 that wait for it. */
static enum verdict fin_acked(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	switch (c->e.state) {
	case KTCP_FIN_WAIT_1:
		ktcp_conn_set_state(c, KTCP_FIN_WAIT_2);
		if (c->app_detached)
			ktcp_timer_set(c, KTCP_TIMER_FIN_WAIT_2,
				       ktcp_conf(c->e.kn, fin_wait2_sec) * HZ);
		return NEXT;
	case KTCP_CLOSING:
	case KTCP_LAST_ACK:
		ktcp_conn_both_closed(c);
		return DROP;
	default:
		return NEXT;
	}
}

/* RFC 5482 3.3, for whoever wants it (ENABLED); 0 says nothing. */
static void hear_user_timeout(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!ktcp_uto_decode(r->seg.uto) ||
	    (!ktcp_conf(c->e.kn, user_timeout_option) &&
	     !(c->extra && c->extra->adv_uto)))
		return;
	if (!ktcp_extra(c) || r->seg.uto == c->extra->peer_uto)
		return;
	KTCP_INC(c->e.kn, InUserTimeouts);
	c->extra->peer_uto = r->seg.uto;
	ktcp_timer_negotiate(c);
}

/* Fifth: ACK. RFC 5961 5.2 narrows what is believed. */
static enum verdict check_ack(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u32 ack = r->seg.ack;
	struct ktcp_delivery d = {
		.una_before = c->snd_una,
		.lost_before = c->lost_bytes,
		.tsecr = c->options.ts_ok ? r->seg.tsecr : 0,
	};
	bool dup = false;

	if (!(r->seg.flags & KTCP_ACK))
		return DROP;
	if (seq_gt(ack, c->snd_nxt) ||
	    seq_lt(ack, c->snd_una - c->max_snd_wnd)) {
		KTCP_DROP(c->e.kn, InBadAcks, &c->e.key, c->e.state,
			  &r->seg);
		ktcp_challenge_ack(c);
		return DROP;
	}
	/* Only now: a guess must not make all that follows seem old. */
	ktcp_ts_learn(&c->options, &r->seg, c->last_ack_sent);
	if (unlikely(r->seg.opts & KTCP_HAS_UTO))
		hear_user_timeout(r);
	if (unlikely(c->extra)) {
		c->extra->last_rcvd = jiffies;
		c->extra->keep_probes = 0;
	}
	if (unlikely(c->soft_error))
		c->soft_error = 0;	/* whoever is heard was reached */
	if (seq_gt(ack, c->snd_una)) {
		ack_advances(r, &d);
	} else if (seq_lt(ack, c->snd_una)) {
		KTCP_INC(c->e.kn, InOldAcks);
	} else {
		/* With the window closed it is the answer to a probe. */
		dup = !r->seg.len && !r->probe &&
		      r->wnd == c->snd_wnd && r->wnd &&
		      (ktcp_flight_size(c) || c->recovery.tlp_out);
		if (dup)
			KTCP_INC(c->e.kn, InDupAcks);
	}
	if (r->seg.nr_sack && c->options.sack_ok)
		ktcp_flight_sack(c, &r->seg, &d);
	d.ece = r->seg.flags & KTCP_ECE && c->options.ecn_ok &&
		seq_geq(ack, c->snd_una);
	/* All that an ACK covers may be known to have arrived: no d.bytes. */
	if (c->snd_una != d.una_before || d.bytes || d.dsack || dup || d.ece)
		ack_conclusions(r, &d, dup);
	if (seq_geq(ack, c->snd_una))
		update_window(r, c->snd_una != d.una_before);
	/* RFC 9293 3.8.6.1: a peer that answers probes is alive. */
	if (!c->snd_wnd) {
		c->retransmits = 0;
		ktcp_timer_clear(c, KTCP_TIMER_USER);
	}
	if (ktcp_fin_acked(c))
		return fin_acked(r);
	return NEXT;
}

/* Cut the segment to what the window takes, and is new. */
static void trim(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u32 edge = c->rcv_nxt + ktcp_rcv_wnd(c), cut;

	if (c->fin_waits)
		edge = c->rcv_nxt;
	else if (c->got_fin_seq)
		edge = seq_min(edge, c->peer_fin ? c->rcv_nxt - 1 :
						   c->extra->fin_seq);
	if (seq_lt(r->seg.seq, c->rcv_nxt)) {
		cut = min(c->rcv_nxt - r->seg.seq, r->seg.payload);
		twice(c, r->seg.seq, r->seg.seq + cut);
		r->off += cut;
		r->seg.seq += cut;
		r->seg.payload -= cut;
		c->ack_now = 1;		/* what is here twice was not ACKed */
	}
	cut = seq_max(r->seg.seq + r->seg.payload, edge) - edge;
	if (cut) {
		KTCP_INC(c->e.kn, InTruncated);
		r->seg.payload -= min(cut, r->seg.payload);
		r->seg.flags &= ~KTCP_FIN;
		c->ack_now = 1;
	}
}

/* The application has left: RFC 9293 3.6.1, it must learn that data was lost. */
static enum verdict unread_data(struct rx *r)
{
	KTCP_INC(r->c->e.kn, InUnreadData);
	ktcp_conn_kill(r->c, -ECONNABORTED);
	return DROP;
}

/*
 * A segment of thousands of fragments takes many times its bytes, and whoever reads it
 * in parts goes past all of them each time. Returns false without memory; it is what it
 * was then.
 */
static bool compact(struct sk_buff *skb)
{
	if (likely(skb->truesize <= SZ_64K * KTCP_RCV_OVERHEAD) ||
	    skb->truesize <= (u64)skb->len * KTCP_RCV_OVERHEAD)
		return true;
	if (skb_linearize(skb))
		return false;
	skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	return true;
}

static bool rcv_room(const struct rx *r, u64 buf)
{
	return (u64)r->c->rcv_truesize + r->skb->truesize <
	       buf * KTCP_RCV_OVERHEAD;
}

/*
 * Memory held by received data, overhead included, has a bound of its own. What
 * the application can take at once is held for no time at all, and for what is next
 * what lies out of order goes (RFC 2018 8): there it would wait for ever. Otherwise
 * how much of the cap is in use counts too (mem.c). Returns if there is room; if not
 * that is counted.
 */
static bool rcv_memory_ok(const struct rx *r)
{
	struct ktcp_conn *c = r->c;
	bool short_of = ktcp_mem_pressure(c->e.kn, KTCP_MEM_PRESSURE);
	bool in_order = r->seg.seq == c->rcv_nxt;
	bool dense = compact(r->skb);
	u32 buf = c->rcvbuf;

	/* who waits until he can send more takes nothing until then */
	if (in_order && !c->rcvq &&
	    !(c->want_space &&
	      (!dense || ktcp_mem_pressure(c->e.kn, KTCP_MEM_FULL))))
		return true;
	if (!dense) {
		KTCP_INC(c->e.kn, OutOfMemory);
		return false;
	}
	if (short_of && !in_order) {
		KTCP_DROP(c->e.kn, MemOfoDropped, &c->e.key, c->e.state,
			  &r->seg);
		return false;
	}
	if (short_of)
		buf = min_t(u32, buf, ktcp_conf(c->e.kn, rcvbuf));
	if (in_order && ktcp_ofo(c) && !rcv_room(r, buf)) {
		KTCP_ADD(c->e.kn, RcvQueueDropped, ktcp_ofo_purge(c));
		c->ack_now = 1;		/* it fills a hole */
	}
	if (!rcv_room(r, buf) || ktcp_mem_refuse(c->e.kn)) {
		KTCP_DROP(c->e.kn, RcvQueueDropped, &c->e.key, c->e.state,
			  &r->seg);
		return false;
	}
	return true;
}

static void queue_in_order(struct ktcp_conn *c, struct sk_buff *skb)
{
	u32 len = KTCP_CB(skb)->len;

	ktcp_rcvq_push(c, skb);
	c->rcv_nxt += len;
	c->bytes_in += len;
	c->read_more = 1;
	KTCP_ADD(c->e.kn, InOctets, len);
	if (unlikely(c->extra))
		ktcp_sacks_advance(&c->extra->sacks, c->rcv_nxt);
}

/*
 * How far a place is looked for, from either end of what is out of order. Holes in
 * the middle of more than that are filled in order, sooner or later.
 */
#define OFO_STEPS_MAX	1024

/*
 * Of many blocks some are told no more; when those that were have been acknowledged,
 * all that lies here would be. So the first of them is told again.
 */
static void remember_block(struct ktcp_conn *c)
{
	const struct ktcp_skb_cb *cb = KTCP_CB(skb_peek(&c->extra->ofo));
	u32 start = cb->seq, end = start;
	struct sk_buff *skb;
	int steps = 0;

	skb_queue_walk(&c->extra->ofo, skb) {
		cb = KTCP_CB(skb);
		if (seq_gt(cb->seq, end) || ++steps > OFO_STEPS_MAX)
			break;
		end = seq_max(end, cb->seq + cb->len);
	}
	ktcp_sacks_add(&c->extra->sacks, start, end);
}

/* What lay out of order may be in order now. */
static void drain_ofo(struct ktcp_conn *c)
{
	struct sk_buff *skb;

	while (ktcp_ofo(c) && (skb = skb_peek(&c->extra->ofo))) {
		struct ktcp_skb_cb *cb = KTCP_CB(skb);
		u32 cut;

		if (seq_gt(cb->seq, c->rcv_nxt)) {
			if (!c->extra->sacks.n && c->options.sack_ok)
				remember_block(c);
			return;
		}
		__skb_unlink(skb, &c->extra->ofo);
		cut = c->rcv_nxt - cb->seq;
		if (cut >= cb->len) {
			ktcp_rcv_mem(c, -(int)skb->truesize);
			kfree_skb(skb);
			continue;
		}
		cb->off += cut;
		cb->seq += cut;
		cb->len -= cut;
		queue_in_order(c, skb);
	}
}

/*
 * Which segment does @seq come behind? The end of the queue for none. Returns NULL
 * if the place is too far from both ends.
 */
static struct sk_buff *ofo_place(struct sk_buff_head *ofo, u32 seq)
{
	struct sk_buff *skb, *prev = (struct sk_buff *)ofo;
	int steps = 0;

	skb_queue_reverse_walk(ofo, skb) {
		if (seq_leq(KTCP_CB(skb)->seq, seq))
			return skb;
		if (++steps == OFO_STEPS_MAX)
			break;
	}
	if (steps < OFO_STEPS_MAX)
		return prev;
	skb_queue_walk(ofo, skb) {
		if (seq_gt(KTCP_CB(skb)->seq, seq))
			return prev;
		if (!--steps)
			return NULL;
		prev = skb;
	}
	return prev;
}

/* Keep a segment that came too early, sorted; what it covers it replaces. */
static void queue_ofo(struct ktcp_conn *c, struct sk_buff *skb)
{
	struct ktcp_extra *x = ktcp_extra(c);
	struct ktcp_skb_cb *cb = KTCP_CB(skb);
	u32 end = cb->seq + cb->len;
	struct sk_buff *prev, *next;

	if (!x) {	/* it comes again */
		kfree_skb(skb);
		return;
	}
	prev = ofo_place(&x->ofo, cb->seq);
	if (!prev) {
		KTCP_INC(c->e.kn, OfoDropped);
		kfree_skb(skb);
		return;
	}
	if (prev != (struct sk_buff *)&x->ofo &&
	    seq_geq(KTCP_CB(prev)->seq + KTCP_CB(prev)->len, end)) {
		KTCP_INC(c->e.kn, OfoDropped);	/* all of it is here */
		if (!x->sacks.has_dsack)	/* of a block long forgotten */
			twice(c, cb->seq, end);
		kfree_skb(skb);
		return;
	}
	__skb_queue_after(&x->ofo, prev, skb);
	ktcp_rcv_mem(c, skb->truesize);
	KTCP_INC(c->e.kn, OfoQueued);
	if (c->options.sack_ok)
		ktcp_sacks_add(&x->sacks, cb->seq, end);
	while (!skb_queue_is_last(&x->ofo, skb)) {
		next = skb_queue_next(&x->ofo, skb);
		if (seq_gt(KTCP_CB(next)->seq + KTCP_CB(next)->len, end))
			return;
		__skb_unlink(next, &x->ofo);
		ktcp_rcv_mem(c, -(int)next->truesize);
		kfree_skb(next);
	}
}

/*
 * RFC 9293 3.8.6.3: an ACK for at least every second full-sized segment, and at
 * once for whatever is not in order (RFC 5681 4.2); else it may wait. At the
 * start, and after silence, it does not: the peer's window grows with each.
 */
static void plan_ack(struct ktcp_conn *c, bool was_in_order)
{
	if (!c->quick_acks && ktcp_rto_since(c, c->last_data))
		c->quick_acks = ktcp_conf(c->e.kn, quick_acks);
	c->last_data = jiffies;
	if (!was_in_order || ktcp_ofo(c) || c->quick_acks ||
	    c->rcv_nxt - c->last_ack_sent >= 2 * c->rcv_mss)
		c->ack_now = 1;
	else
		c->ack_pending = 1;
}

/*
 * RFC 3168 6.1.3: that a router has marked a segment is told in every ACK until
 * the peer says that it has reduced its window. It waits for no timer.
 */
static void notice_ecn(const struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!c->options.ecn_ok && !c->options.ecn_first)
		return;
	if (r->seg.flags & KTCP_CWR)
		c->ecn_echo = 0;
	if (!ktcp_ip_ce(&c->e.key, r->skb))
		return;
	KTCP_INC(c->e.kn, InCeSegs);
	c->ecn_echo = 1;
	c->ack_now = 1;
}

/* What lies in a block already: RFC 2883 4.2, one part, the first of them. */
static void notice_overlap(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	const struct ktcp_sacks *s = &c->extra->sacks;
	struct ktcp_range dup;

	if (!s->has_dsack &&
	    ktcp_sacks_overlap(s, r->seg.seq, r->seg.seq + r->seg.payload, &dup))
		twice(c, dup.start, dup.end);
}

/* What a full-sized segment of this peer is. */
static void learn_rcv_mss(struct rx *r)
{
	u32 size = skb_shinfo(r->skb)->gso_size ?: r->seg.payload;

	r->c->rcv_mss = max_t(u32, r->c->rcv_mss, min_t(u32, size, U16_MAX));
}

/* Sixth: URG. Beyond it nothing differs: urgent data is data (RFC 6093). */
static enum verdict check_urg(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u32 up = r->seg.seq + r->seg.up;

	if (!(r->seg.flags & KTCP_URG) || c->app_detached ||
	    (c->e.state != KTCP_ESTABLISHED && c->e.state != KTCP_FIN_WAIT_1 &&
	     c->e.state != KTCP_FIN_WAIT_2))
		return NEXT;
	KTCP_INC(c->e.kn, InUrgents);
	/* Nothing is beyond a FIN, be it here, or one that came early. */
	if (r->seg.flags & KTCP_FIN)
		up = seq_min(up, r->seg.seq + r->seg.payload);
	if (c->got_fin_seq)
		up = seq_min(up, c->extra->fin_seq);
	ktcp_conn_urgent(c, up);
	return NEXT;
}

/* A peer that does not echo what it should has round trips of that. */
#define ROUND_MAX_US	USEC_PER_SEC

/* In what is shorter no upload comes. */
#define UPLOAD_MIN	536

/*
 * The round trip for which the receive buffer must last is that of now, which may be
 * much longer than the handshake's: it is over when the peer echoes a timestamp from
 * when it had begun.
 */
static bool round_over(const struct rx *r)
{
	const struct ktcp_conn *c = r->c;
	u32 ago;

	if (r->seg.payload < UPLOAD_MIN || !c->options.ts_ok)
		return true;
	ago = (u32)ktcp_event_us(c) - c->round_us;
	return ago >= ROUND_MAX_US ||
	       seq_geq(r->seg.tsecr, ktcp_ts_at(&c->options, c->now_ns -
						(u64)ago * NSEC_PER_USEC));
}

/* Seventh: the segment text. */
static enum verdict segment_text(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	struct sk_buff *skb = r->skb;
	bool in_order, waiting;

	if (c->e.state != KTCP_ESTABLISHED && c->e.state != KTCP_FIN_WAIT_1 &&
	    c->e.state != KTCP_FIN_WAIT_2)
		return NEXT;
	if (!r->seg.payload)
		return NEXT;
	if (c->app_detached && seq_gt(r->seg.seq + r->seg.payload, c->rcv_nxt))
		return unread_data(r);
	learn_rcv_mss(r);
	trim(r);
	if (!r->seg.payload)
		return NEXT;
	if (!rcv_memory_ok(r)) {
		c->ack_now = 1;
		return DROP;
	}
	notice_ecn(r);
	if (unlikely(c->extra) && c->extra->sacks.n)
		notice_overlap(r);

	in_order = r->seg.seq == c->rcv_nxt;
	waiting = ktcp_ofo(c);
	*KTCP_CB(skb) = (struct ktcp_skb_cb){
		.seq = r->seg.seq,
		.off = r->off,
		.len = r->seg.payload,
	};
	r->skb = NULL;
	if (in_order) {
		if (!c->round_over)
			c->round_over = round_over(r);
		ktcp_rcv_mem(c, skb->truesize);
		queue_in_order(c, skb);
		drain_ofo(c);
	} else {
		queue_ofo(c, skb);
	}
	plan_ack(c, in_order && !waiting);
	return NEXT;
}

/* The end of all that has arrived, in order or not. */
static u32 arrived_end(const struct ktcp_conn *c)
{
	const struct ktcp_skb_cb *cb;

	if (!ktcp_ofo(c))
		return c->rcv_nxt;
	cb = KTCP_CB(skb_peek_tail(&c->extra->ofo));
	return cb->seq + cb->len;
}

/*
 * Is the peer's FIN what comes next? It may come before the data that it
 * follows; then only its place is noted, unless more than that has come already:
 * a peer that contradicts itself must say in order which of the two it means.
 */
static bool fin_is_next(const struct rx *r)
{
	struct ktcp_conn *c = r->c;
	bool fin = r->seg.flags & KTCP_FIN;
	u32 seq = r->seg.seq + r->seg.payload;

	if (fin && seq == c->rcv_nxt)
		return true;
	if (fin)
		c->ack_now = 1;
	if (c->got_fin_seq)
		return c->extra->fin_seq == c->rcv_nxt;
	if (fin && seq_geq(seq, arrived_end(c)) && ktcp_extra(c)) {
		c->got_fin_seq = 1;
		c->extra->fin_seq = seq;
	}
	return false;
}

/**
 * ktcp_conn_fin() - the peer's FIN, which comes next, is taken
 * @c: the connection, locked
 *
 * RFC 9293 3.10.7.4, eighth. Softirq, or bottom halves disabled.
 */
void ktcp_conn_fin(struct ktcp_conn *c)
{
	c->fin_waits = 0;
	if (unlikely(c->urgent_in))
		c->extra->rcv_up = seq_min(c->extra->rcv_up, c->rcv_nxt);
	if (unlikely(ktcp_ofo(c)))	/* nothing follows a FIN, whatever has come */
		ktcp_ofo_purge(c);
	c->got_fin_seq = 1;
	c->peer_fin = 1;
	c->rcv_nxt++;
	c->ack_now = 1;
	switch (c->e.state) {
	case KTCP_ESTABLISHED:
		ktcp_conn_set_state(c, KTCP_CLOSE_WAIT);
		break;
	case KTCP_FIN_WAIT_1:	/* our FIN acknowledged: FIN_WAIT_2 by now */
		ktcp_conn_set_state(c, KTCP_CLOSING);
		break;
	case KTCP_FIN_WAIT_2:
		ktcp_conn_set_state(c, KTCP_TIME_WAIT);
		break;
	}
}

/* Eighth: FIN. */
static void check_fin(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (c->peer_fin || !fin_is_next(r))
		return;
	c->read_more = 1;
	c->ack_now = 1;
	if (c->e.state == KTCP_FIN_WAIT_2 && ktcp_conn_unread(c))
		c->fin_waits = 1;	/* conn_event() goes on */
	else
		ktcp_conn_fin(c);
}

/* RFC 9293 3.10.7.4, SYN_RECV to LAST_ACK. */
static void synchronized(struct rx *r)
{
	if (check_timestamp(r) == DROP || check_seq(r) == DROP ||
	    check_rst(r) == DROP || check_syn(r) == DROP ||
	    check_ack(r) == DROP || check_urg(r) == DROP ||
	    segment_text(r) == DROP)
		return;
	check_fin(r);
}

/* What follows a SYN is a segment like any other; its window was not scaled. */
static void strip_syn(struct rx *r)
{
	r->wnd = r->seg.wnd;
	r->seg.flags &= ~(KTCP_SYN | KTCP_ECE | KTCP_CWR);
	r->seg.seq++;
	r->seg.len--;
}

/* SYN_SENT, first: an ACK must be of our SYN, and a SYN-ACK echo its time. */
static enum verdict syn_sent_ack(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u8 flags = r->seg.flags;

	if (!(flags & KTCP_ACK))
		return NEXT;
	if (r->seg.ack == c->snd_nxt &&
	    ((flags & (KTCP_SYN | KTCP_RST)) != KTCP_SYN ||
	     ktcp_tsecr_ok(&c->options, &r->seg,
			   (u32)ktcp_event_us(c) - c->syn_us)))
		return NEXT;
	KTCP_DROP(c->e.kn, InBadAcks, &c->e.key, c->e.state, &r->seg);
	if (!(flags & KTCP_RST))
		ktcp_send_rst_for(c->e.kn, &c->e.key, c->e.state,
				  &r->seg);
	return DROP;
}

/*
 * Second: RST. With an acceptable ACK the connection is refused, without any it
 * may come from anybody.
 */
static enum verdict syn_sent_rst(struct rx *r)
{
	if (!(r->seg.flags & KTCP_RST))
		return NEXT;
	KTCP_INC(r->c->e.kn, InRsts);
	if (r->seg.flags & KTCP_ACK)
		ktcp_conn_done(r->c, -ECONNREFUSED);
	return DROP;
}

/* Fourth: SYN. Alone it is that of a simultaneous open (figure 7). */
static enum verdict syn_sent_syn(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!(r->seg.flags & KTCP_SYN) || ktcp_connect_syn(c, &r->seg))
		return DROP;
	if (unlikely(r->seg.opts & KTCP_HAS_UTO))
		hear_user_timeout(r);
	if (!(r->seg.flags & KTCP_ACK)) {
		/* Its data and FIN come again. */
		ktcp_conn_set_state(c, KTCP_SYN_RECV);
		ktcp_output_syn(c);
		ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
		return DROP;
	}
	ktcp_connect_established(c);
	c->ack_now = 1;
	strip_syn(r);
	return NEXT;
}

/* RFC 9293 3.10.7.3 */
static void syn_sent(struct rx *r)
{
	if (syn_sent_ack(r) == DROP || syn_sent_rst(r) == DROP ||
	    syn_sent_syn(r) == DROP || check_urg(r) == DROP ||
	    segment_text(r) == DROP)
		return;
	check_fin(r);
}

/*
 * SYN_RECV after a simultaneous open, before all else: the SYN that we have, as
 * a SYN-ACK now (figure 7, line 5), or the same again.
 */
static enum verdict syn_recv_syn(struct rx *r)
{
	struct ktcp_conn *c = r->c;
	u8 flags = r->seg.flags & (KTCP_SYN | KTCP_ACK | KTCP_RST);

	if (r->seg.seq != ktcp_irs(c))
		return NEXT;
	if (flags == (KTCP_SYN | KTCP_ACK) && r->seg.ack == c->snd_nxt)
		strip_syn(r);
	if (flags != KTCP_SYN)
		return NEXT;
	KTCP_INC(c->e.kn, SynDuplicates);
	ktcp_ts_learn(&c->options, &r->seg, c->last_ack_sent);
	ktcp_output_syn(c);
	return DROP;
}

/*
 * Fifth: ACK, of our SYN and nothing else. It must also be what follows the SYN
 * that we have: that may be an old one, and the peer, which knows our number from
 * our SYN, acknowledges ours with numbers of its own that are in the window by
 * chance. What came ahead of its turn comes again.
 */
static enum verdict syn_recv_ack(struct rx *r)
{
	struct ktcp_conn *c = r->c;

	if (!(r->seg.flags & KTCP_ACK))
		return DROP;
	if (r->seg.ack != c->snd_nxt) {
		KTCP_DROP(c->e.kn, InBadAcks, &c->e.key, c->e.state,
			  &r->seg);
		ktcp_send_rst_for(c->e.kn, &c->e.key, c->e.state,
				  &r->seg);
		return DROP;
	}
	if (r->seg.seq != c->rcv_nxt) {
		KTCP_DROP(c->e.kn, InUnacceptable, &c->e.key, c->e.state,
			  &r->seg);
		ktcp_challenge_ack(c);
		return DROP;
	}
	ktcp_connect_established(c);
	return NEXT;
}

/* RFC 9293 3.10.7.4 for SYN_RECV after an active OPEN */
static void syn_recv(struct rx *r)
{
	if (syn_recv_syn(r) == DROP || check_timestamp(r) == DROP ||
	    check_seq(r) == DROP || check_rst(r) == DROP ||
	    check_syn(r) == DROP || syn_recv_ack(r) == DROP ||
	    check_ack(r) == DROP || check_urg(r) == DROP || segment_text(r) == DROP)
		return;
	check_fin(r);
}

/**
 * ktcp_conn_input() - a segment for an open connection
 * @c: the connection, locked
 * @skb: the segment's memory; taken
 * @seg: its header
 *
 * Softirq, RCU read lock held. @c may be dead afterwards.
 */
void ktcp_conn_input(struct ktcp_conn *c, struct sk_buff *skb,
		     const struct ktcp_seg *seg)
{
	struct rx r = {
		.c = c,
		.skb = skb,
		.seg = *seg,
		.off = skb->len - seg->payload,
		.wnd = (u32)seg->wnd << c->options.snd_wscale,
	};

	ktcp_event_begins(c);
	if (c->e.state == KTCP_SYN_SENT)
		syn_sent(&r);
	else if (c->e.state == KTCP_SYN_RECV)
		syn_recv(&r);
	else
		synchronized(&r);
	ktcp_skb_used(r.skb);
	ktcp_conn_event(c);
	ktcp_invariants(c);
}

static bool conn_input(struct ktcp_conn *c, struct sk_buff *skb,
		       const struct ktcp_seg *seg)
{
	spin_lock(&c->e.lock);
	if (c->e.dead) {
		spin_unlock(&c->e.lock);
		return false;
	}
	trace_ktcp_rcv(c->e.kn, &c->e.key, c->e.state, seg);
	ktcp_conn_input(c, skb, seg);
	spin_unlock(&c->e.lock);
	return true;
}

/* An entry can die, and another take its place, between look-up and lock. */
#define LOOKUPS_MAX	4

/* To what it belongs to. */
static void dispatch(struct ktcp_net *kn, struct sk_buff *skb,
		     const struct ktcp_seg *seg, const struct ktcp_key *key)
{
	struct ktcp_entry *e;
	int i;

	for (i = 0; i < LOOKUPS_MAX; i++) {
		bool done = false;

		e = ktcp_table_find(kn, key);
		if (!e) {
			if (ktcp_listen_input(kn, skb, seg, key))
				return;
			continue;
		}
		switch (e->kind) {
		case KTCP_REQUEST:
			done = ktcp_request_input(ktcp_request(e), skb, seg);
			break;
		case KTCP_CONN:
			done = conn_input(ktcp_conn(e), skb, seg);
			break;
		case KTCP_TIMEWAIT:
			done = ktcp_timewait_input(ktcp_timewait(e), skb, seg);
			break;
		}
		if (done)
			return;
	}
	kfree_skb(skb);
}

/**
 * ktcp_input() - a verified segment for one of our ports
 * @kn: the namespace
 * @skb: the segment's memory, skb->data before its header; taken
 * @seg: its header
 * @key: its addresses and ports, ours as local
 *
 * Softirq, RCU read lock held.
 */
void ktcp_input(struct ktcp_net *kn, struct sk_buff *skb,
		const struct ktcp_seg *seg, const struct ktcp_key *key)
{
	dispatch(kn, skb, seg, key);
	ktcp_skb_settle();
	ktcp_mem_settle(kn);
	if (ktcp_mem_pressure(kn, KTCP_MEM_RECLAIM))
		ktcp_mem_reclaim(kn);
}

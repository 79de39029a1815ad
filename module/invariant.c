// SPDX-License-Identifier: GPL-2.0
/*
 * What always holds of a connection between two events. Only debug builds have
 * this (make KTCP_DEBUG=1): after each event, with the lock still held, all of it
 * is looked at, every flight record and queued byte included. Whatever does not
 * hold is a bug, here and not in the peer: a warning names it, once, and a
 * warning fails the run of tests.
 */
#include <linux/mm.h>

#include "conn.h"
#include "invariant.h"
#include "output.h"
#include "timers.h"

static void broken(const struct ktcp_conn *c, const char *what)
{
	const struct ktcp_key *key = &c->e.key;

	WARN(1, "invariant broken: %s; %pI6c port %u to %pI6c port %u in %s, iss %u una %u nxt %u end %u wnd %u irs %u rcv %u adv %u, lost %u sacked %u of %u records, %u extents, cwnd %u ssthresh %u mss %u phase %u timers %x\n",
	     what, &key->laddr, ntohs(key->lport), &key->raddr,
	     ntohs(key->rport), ktcp_state_name(c->e.state), c->iss,
	     c->snd_una - c->iss, c->snd_nxt - c->iss, c->snd_end - c->iss,
	     c->snd_wnd, ktcp_irs(c), c->rcv_nxt - ktcp_irs(c),
	     c->rcv_adv - ktcp_irs(c), c->lost_bytes, c->sacked_bytes,
	     c->nr_flight, c->nr_extents, c->cc.cwnd, c->cc.ssthresh, c->mss,
	     c->recovery.phase, c->timer_set);
}

/* must(c, what): warn the first time that it does not hold. */
#define must(c, what)							\
	do {								\
		static bool warned;					\
									\
		if (unlikely(!(what)) && !xchg(&warned, true))		\
			broken(c, #what);				\
	} while (0)

/* Our SYN is acknowledged. */
static bool synchronized(const struct ktcp_conn *c)
{
	return c->e.state != KTCP_SYN_SENT && c->e.state != KTCP_SYN_RECV;
}

/* RFC 9293 3.3.1: SND.UNA =< SND.NXT, and no more is sent than is owed. */
static void check_send_sequence(const struct ktcp_conn *c)
{
	must(c, seq_leq(c->snd_una, c->snd_nxt));
	must(c, seq_leq(c->snd_nxt, c->snd_end + c->fin_sent));
	must(c, !c->fin_sent || c->snd_nxt == c->snd_end + 1);
	must(c, !c->fin_sent || c->shut);
	if (synchronized(c)) {
		must(c, ktcp_sndq_seq(c) == c->snd_una - ktcp_fin_acked(c));
	} else {
		must(c, c->snd_una == c->iss);
		must(c, c->snd_nxt == c->iss + 1);
		must(c, !c->bytes_out);
	}
}

/* The send queue is what is owed, byte for byte. */
static void check_extents(const struct ktcp_conn *c)
{
	const struct ktcp_extent *x;
	unsigned int n = 0;
	u64 bytes = 0;

	list_for_each_entry(x, &c->sndq, list) {
		u64 room = x->blob ? x->blob->len :
				     page_size(compound_head(x->page));

		must(c, x->len && x->off + x->len <= room);
		bytes += x->len;
		n++;
	}
	must(c, n == c->nr_extents);
	must(c, bytes == ktcp_owed(c));
}

/*
 * The records cover SND.UNA to SND.NXT without a gap, and what is counted of them
 * is what they say. Of a peer without SACK what has arrived is but a guess.
 */
static void check_flight(const struct ktcp_conn *c)
{
	u32 seq = c->snd_una, lost = 0, sacked = 0, records = 0, probes = 0;
	const struct ktcp_flight *f;

	list_for_each_entry(f, &c->flight, list) {
		u32 len = f->end_seq - f->seq;
		u8 both = KTCP_FLIGHT_LOST | KTCP_FLIGHT_SACKED;

		must(c, f->seq == seq);
		must(c, seq_lt(f->seq, f->end_seq));
		must(c, f->mss);
		must(c, (f->flags & both) != both);
		must(c, !(f->flags & KTCP_FLIGHT_SACKED) || !f->held);
		must(c, f->sent_us <= ktcp_event_us(c));
		seq = f->end_seq;
		lost += f->flags & KTCP_FLIGHT_LOST ? len : 0;
		sacked += f->flags & KTCP_FLIGHT_SACKED ? len : 0;
		probes += !!(f->flags & KTCP_FLIGHT_PROBE);
		records++;
	}
	must(c, !synchronized(c) || seq == c->snd_nxt);
	must(c, synchronized(c) || !records);
	must(c, records == c->nr_flight);
	must(c, lost == c->lost_bytes);
	must(c, !c->options.sack_ok || sacked == c->sacked_bytes);
	must(c, (u64)c->lost_bytes + c->sacked_bytes <= ktcp_flight_size(c));
	must(c, probes <= 1);
	must(c, !c->probe_out || probes == 1);
}

/* What the application has not taken lies in order, up to RCV.NXT. */
static u32 check_rcvq(const struct ktcp_conn *c)
{
	u32 seq = ktcp_unread_seq(c), truesize = 0;
	const struct sk_buff *skb;

	for (skb = c->rcvq; skb; skb = skb->next) {
		const struct ktcp_skb_cb *cb = KTCP_CB(skb);

		must(c, cb->len && cb->seq == seq);
		must(c, cb->off + cb->len <= skb->len);
		must(c, skb->next || c->rcvq->prev == skb);
		seq += cb->len;
		truesize += skb->truesize;
	}
	must(c, seq == c->rcv_nxt - c->peer_fin);
	return truesize;
}

/* Is all of a range there, out of order? */
static bool in_ofo(const struct ktcp_extra *x, struct ktcp_range r)
{
	const struct sk_buff *skb;

	skb_queue_walk(&x->ofo, skb) {
		const struct ktcp_skb_cb *cb = KTCP_CB(skb);

		if (seq_leq(cb->seq, r.start))
			r.start = seq_max(r.start, cb->seq + cb->len);
	}
	return seq_geq(r.start, r.end);
}

/* What came too early is sorted, in the window, and told as it is. */
static u32 check_ofo(const struct ktcp_conn *c)
{
	u32 start = c->rcv_nxt, end = c->rcv_nxt, truesize = 0;
	const struct ktcp_extra *x = c->extra;
	const struct sk_buff *skb;
	u8 i, j;

	skb_queue_walk(&x->ofo, skb) {
		const struct ktcp_skb_cb *cb = KTCP_CB(skb);

		must(c, cb->len && cb->off + cb->len <= skb->len);
		must(c, seq_gt(cb->seq, c->rcv_nxt) && seq_geq(cb->seq, start));
		must(c, seq_gt(cb->seq + cb->len, end));
		must(c, seq_leq(cb->seq + cb->len, c->rcv_adv));
		start = cb->seq;
		end = cb->seq + cb->len;
		truesize += skb->truesize;
	}
	must(c, x->sacks.n <= KTCP_SACK_MAX);
	for (i = 0; i < x->sacks.n; i++) {
		struct ktcp_range b = x->sacks.block[i];

		must(c, seq_gt(b.start, c->rcv_nxt) && seq_lt(b.start, b.end));
		must(c, in_ofo(x, b));
		for (j = 0; j < i; j++)
			must(c, seq_gt(b.start, x->sacks.block[j].end) ||
			     seq_lt(b.end, x->sacks.block[j].start));
	}
	must(c, !c->got_fin_seq || c->peer_fin ||
	     seq_geq(x->fin_seq, seq_max(end, c->rcv_nxt)));
	return truesize;
}

static void check_receive(const struct ktcp_conn *c)
{
	u32 truesize = check_rcvq(c);

	if (c->extra)
		truesize += check_ofo(c);
	must(c, truesize == c->rcv_truesize);
	must(c, seq_leq(c->rcv_nxt - c->peer_fin, c->rcv_adv));
	must(c, seq_leq(c->rcv_adv, ktcp_unread_seq(c) + c->rcvbuf + c->peer_fin));
	must(c, seq_leq(c->last_ack_sent, c->rcv_nxt));
	must(c, !c->peer_fin || c->got_fin_seq);
	must(c, !c->got_fin_seq || c->peer_fin || c->extra);
	must(c, !c->peer_fin || !ktcp_ofo(c));
}

#define RUNS(timer)	ktcp_timer_running(c, KTCP_TIMER_##timer)

/* What waits for time has a timer, and nothing else does (timers.c). */
static void check_timers(const struct ktcp_conn *c)
{
	bool flight = c->snd_una != c->snd_nxt;
	enum ktcp_timer timer;
	bool rings;

	must(c, flight == RUNS(RETRANS));
	must(c, flight || (!RUNS(TLP) && !RUNS(REORDER)));
	must(c, !RUNS(TLP) || !RUNS(REORDER));
	must(c, !RUNS(TLP) || c->options.sack_ok);
	must(c, ktcp_output_blocked(c) == RUNS(PERSIST));
	must(c, c->ack_pending == RUNS(DELACK));
	must(c, (c->e.state == KTCP_FIN_WAIT_2 && c->app_detached) ==
		RUNS(FIN_WAIT_2));
	must(c, ((c->app_detached || (c->shut && c->told_fin)) &&
		 !ktcp_fin_acked(c)) == RUNS(ORPHAN));
	must(c, !RUNS(USER) || ktcp_user_timeout(c));
	must(c, !c->keepalive || RUNS(KEEPALIVE));
	must(c, !RUNS(KEEPALIVE) || (c->keepalive && c->extra));
	must(c, !RUNS(APP) || !c->app_detached);
	/*
	 * It may ring in a moment; or on another CPU, and wait there for the lock, with a
	 * reference, while it was armed anew here for what is next of this event.
	 */
	rings = IS_ENABLED(CONFIG_SMP) &&
		(time_after_eq(jiffies, c->timer.expires) ||
		 refcount_read(&c->e.ref) > 1 + timer_pending(&c->timer));
	for (timer = 0; timer < KTCP_TIMER_MAX; timer++)
		must(c, !ktcp_timer_running(c, timer) || rings ||
		     (timer_pending(&c->timer) &&
		      (s32)((u32)c->timer.expires -
			    ktcp_timer_deadline(c, timer)) <= 0));
	must(c, refcount_read(&c->e.ref) >= 1 + timer_pending(&c->timer));
}

/* What each state of RFC 9293 3.3.2 means. */
static void check_state(const struct ktcp_conn *c)
{
	u16 state = BIT(c->e.state);

	must(c, state & ~(BIT(KTCP_CLOSED) | BIT(KTCP_LISTEN) |
			  BIT(KTCP_TIME_WAIT)));
	must(c, c->peer_fin == !!(state & (BIT(KTCP_CLOSE_WAIT) |
					   BIT(KTCP_CLOSING) |
					   BIT(KTCP_LAST_ACK))));
	must(c, !synchronized(c) ||
	     c->shut == !!(state & (BIT(KTCP_FIN_WAIT_1) | BIT(KTCP_FIN_WAIT_2) |
				    BIT(KTCP_CLOSING) | BIT(KTCP_LAST_ACK))));
	must(c, ktcp_fin_acked(c) || c->e.state != KTCP_FIN_WAIT_2);
	must(c, !ktcp_fin_acked(c) || c->e.state == KTCP_FIN_WAIT_2 ||
	     (state & (BIT(KTCP_CLOSING) | BIT(KTCP_LAST_ACK)) &&
	      ktcp_conn_unread(c)));
	must(c, !c->fin_waits || (c->e.state == KTCP_FIN_WAIT_2 && c->rcvq));
	must(c, !c->app_detached || c->shut);
	must(c, !c->app_detached || !c->rcvq);
}

/* RFC 5681: a segment may always be sent, but while PRR doles them out. */
static void check_congestion(const struct ktcp_conn *c)
{
	const struct ktcp_recovery *r = &c->recovery;
	bool prr = r->phase == KTCP_FAST || r->phase == KTCP_MARKED;

	must(c, c->cc.cwnd <= KTCP_CWND_MAX);
	must(c, prr || c->cc.cwnd >= c->cc.mss);
	must(c, c->mss >= KTCP_MSS_MIN || !synchronized(c));
	must(c, !synchronized(c) || c->mss == c->cc.mss);
	must(c, r->phase == KTCP_OPEN || c->extra);
	must(c, r->frto == KTCP_FRTO_OFF || r->phase == KTCP_LOSS);
	must(c, !r->tlp_out || c->extra);
	must(c, !c->mss_cap || c->extra);
	must(c, !c->urgent_in || c->extra);
	must(c, !c->urgent_in || !c->peer_fin ||
	     seq_lt(c->extra->rcv_up, c->rcv_nxt));
	must(c, !c->urgent_out ||
	     (c->extra && seq_gt(c->extra->snd_up, c->snd_una)));
	must(c, !c->uto_out || c->extra);
}

/* What never goes back. */
static void check_progress(struct ktcp_conn *c)
{
	struct ktcp_seen *s = &c->seen;

	must(c, !s->valid || seq_leq(s->snd_una, c->snd_una));
	must(c, !s->valid || seq_leq(s->snd_nxt, c->snd_nxt));
	must(c, !s->valid || seq_leq(s->rcv_nxt, c->rcv_nxt));
	must(c, !s->valid || seq_leq(s->rcv_adv, c->rcv_adv));
	must(c, !s->valid || s->irs == ktcp_irs(c));
	*s = (struct ktcp_seen){
		.snd_una = c->snd_una,
		.snd_nxt = c->snd_nxt,
		.rcv_nxt = c->rcv_nxt,
		.rcv_adv = c->rcv_adv,
		.irs = ktcp_irs(c),
		.valid = c->e.state != KTCP_SYN_SENT,
	};
}

/**
 * ktcp_invariants() - an event of a connection is over: does all hold?
 * @c: the connection, locked; may be dead
 *
 * Softirq, or bottom halves disabled.
 */
void ktcp_invariants(struct ktcp_conn *c)
{
	if (c->e.dead) {
		must(c, list_empty(&c->flight) && list_empty(&c->sndq));
		must(c, !c->nr_flight && !c->nr_extents);
		must(c, !c->rcvq && !c->extra && !c->dst);
		must(c, !c->timer_set);
		return;
	}
	check_send_sequence(c);
	check_extents(c);
	check_flight(c);
	check_receive(c);
	check_timers(c);
	check_state(c);
	check_congestion(c);
	check_progress(c);
}

/**
 * ktcp_invariant_moved() - is this an arrow of RFC 9293 figure 5 (KTCP_ARROWS)?
 * @e: the object, locked
 * @from: the state before; LISTEN or CLOSED when it appears
 * @to: and after; CLOSED when it ends
 */
void ktcp_invariant_moved(const struct ktcp_entry *e, enum ktcp_state from,
			  enum ktcp_state to)
{
	if (!ktcp_state_arrow(from, to))
		WARN_ONCE(1, "invariant broken: no arrow from %s to %s; %pI6c port %u to %pI6c port %u\n",
			  ktcp_state_name(from), ktcp_state_name(to),
			  &e->key.laddr, ntohs(e->key.lport), &e->key.raddr,
			  ntohs(e->key.rport));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What is believed lost, and what is done about it.
 *
 * Three ways lead to a loss being seen: time (RACK, RFC 8985 6: something that
 * was sent later has arrived, and enough time has passed), three duplicate ACKs
 * of a peer without SACK (RFC 5681, RFC 6582), and the retransmission timer
 * (RFC 6298). A loss probe (TLP, RFC 8985 7) sees to it that the last of the
 * three is rare.
 *
 * A loss only marks records; output.c sends again what is marked, oldest first,
 * as far as cwnd allows. In fast recovery cwnd is what PRR says (RFC 6937). A
 * reduction that turns out to have been for nothing is taken back: by
 * timestamps (Eifel, RFC 3522), because everything sent again arrived twice
 * (RFC 2883, RFC 3708), or because after a timeout that arrives which was not
 * sent again (F-RTO, RFC 5682).
 *
 * Without a loss, an ECN-Echo (RFC 3168) brings cwnd down in the same way. One
 * window of data is one reduction, however many marks and losses it has.
 */
#include "ip.h"
#include "output.h"
#include "recovery.h"
#include "scoreboard.h"
#include "timers.h"

/* RFC 5681 3.2, RFC 8985 6.2: so many segments after a hole are a loss. */
#define DUP_THRESH		3

/* RFC 8985 6.2, step 4 */
#define REO_WND_PERSIST		16
#define REO_WND_MULT_MAX	250

/* How long a minimum of the round-trip time holds: paths change. */
#define MIN_RTT_WINDOW_US	(30U * USEC_PER_SEC)

/* RFC 8985 7.2: what a peer may delay its ACK of a single segment by. */
#define TLP_MAX_ACK_DELAY_US	(200U * USEC_PER_MSEC)
#define TLP_PTO_INIT_US		USEC_PER_SEC

/* It makes segments no shorter than this, options included: the least base_mss. */
#define MSS_FLOOR		512

/* The clock of timers is coarse: a peer that is but slow needs no probe. */
#define TLP_MIN_JIFFIES		2UL

/**
 * ktcp_recovery_init() - a connection opens
 * @c: the connection, locked; its sequence numbers are set
 */
void ktcp_recovery_init(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;

	r->reo_wnd_mult = 1;
	r->fack = c->snd_una;
}

/**
 * ktcp_recovery_lasts() - is anything in c->extra that recovery needs?
 * @c: the connection, locked, with a struct ktcp_extra
 *
 * What was reduced can be taken back until an ACK covers what was sent after
 * recovery: then everything that was sent again has had its answer.
 */
bool ktcp_recovery_lasts(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	struct ktcp_extra *x = c->extra;

	if (r->phase != KTCP_OPEN || r->tlp_out ||
	    seq_leq(c->snd_una, x->cwr_end) || seq_leq(c->snd_una, x->undo_end) ||
	    (r->in_dsack_round && seq_lt(c->snd_una, x->dsack_round)))
		return true;
	r->can_undo = 0;
	r->in_dsack_round = 0;
	/* They must not be left so far behind that they seem ahead. */
	x->recover = c->snd_una - 1;
	x->cwr_end = c->snd_una - 1;
	x->undo_end = c->snd_una - 1;
	return false;
}

/*
 * RACK, RFC 8985 6.2
 */
static void min_rtt(struct ktcp_recovery *r, u32 rtt_us, u32 now_us)
{
	if (r->min_rtt_us && rtt_us > r->min_rtt_us &&
	    now_us - r->min_rtt_at_us < MIN_RTT_WINDOW_US)
		return;
	r->min_rtt_us = rtt_us;
	r->min_rtt_at_us = now_us;
}

/*
 * Was something sent after something else (RACK_sent_after)? What is half an hour
 * apart seems so or not; the timeout sees to it then.
 */
static bool sent_after(u32 us1, u32 end1, u32 us2, u32 end2)
{
	return (s32)(us1 - us2) > 0 || (us1 == us2 && seq_gt(end1, end2));
}

/**
 * ktcp_rack_arrived() - it is known that something has arrived
 * @c: the connection, locked
 * @f: the record, as it was before
 * @end: the first sequence number of it that has not
 * @tsecr: SEG.TSecr of the ACK that covers it, or 0
 *
 * RFC 8985 6.2, steps 1 to 3. Of something sent twice nobody can tell which of
 * the two has arrived, but faster than the path can, or by a timestamp from before
 * the second, it was the first. What has overtaken others was faster than the path
 * is for them: their patience is not measured by it.
 */
void ktcp_rack_arrived(struct ktcp_conn *c, const struct ktcp_flight *f,
		       u32 end, u32 tsecr)
{
	struct ktcp_recovery *r = &c->recovery;
	u64 now = ktcp_event_us(c);
	u32 rtt_us = clamp_t(u64, now - f->sent_us, 1, U32_MAX);

	if (seq_gt(end, r->fack))
		r->fack = end;
	else if (seq_lt(end, r->fack) && !(f->flags & KTCP_FLIGHT_RETRANS))
		r->reordering = 1;
	if (f->flags & KTCP_FLIGHT_RETRANS) {
		if (rtt_us < r->min_rtt_us ||
		    (tsecr && seq_lt(tsecr, ktcp_ts_at(&c->options, f->sent_us *
							NSEC_PER_USEC))))
			return;
	} else if (!(f->flags & KTCP_FLIGHT_SACKED) || !r->min_rtt_us) {
		min_rtt(r, rtt_us, now);
	}
	if (r->rack_known &&
	    !sent_after(f->sent_us, end, r->rack_us, r->rack_end_seq))
		return;
	r->rack_known = 1;
	r->rack_us = f->sent_us;
	r->rack_end_seq = end;
	r->rack_rtt_us = rtt_us;
}

/* RFC 8985 6.2, step 4: RACK_update_reo_wnd */
static void dsack_widens(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	struct ktcp_extra *x = ktcp_extra(c);

	if (!x || (r->in_dsack_round && seq_lt(c->snd_una, x->dsack_round)))
		return;
	r->in_dsack_round = 1;
	x->dsack_round = c->snd_nxt;
	if (r->reo_wnd_mult < REO_WND_MULT_MAX)
		r->reo_wnd_mult++;
	r->reo_wnd_persist = REO_WND_PERSIST;
}

static bool nothing_lost(const struct ktcp_recovery *r)
{
	return r->phase == KTCP_OPEN || r->phase == KTCP_MARKED;
}

static u32 reo_wnd_us(const struct ktcp_conn *c)
{
	const struct ktcp_recovery *r = &c->recovery;

	if (!r->reordering && (!nothing_lost(r) ||
			       c->sacked_bytes >= DUP_THRESH * (u32)c->mss))
		return 0;
	return min_t(u64, (u64)r->reo_wnd_mult * (r->min_rtt_us / 4),
		     c->rtt.srtt_us);
}

/* How long after it was sent something is late beyond hope. */
static u64 patience_us(const struct ktcp_conn *c)
{
	return (u64)c->recovery.rack_rtt_us + reo_wnd_us(c);
}

/*
 * RFC 8985 6.2, step 5: what was sent before something that has arrived, and
 * long enough ago, is lost. Returns how long to wait for the rest, 0 for no
 * rest.
 */
static u32 rack_detect(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	u64 now = ktcp_event_us(c), patience;
	struct ktcp_flight *f;
	u32 wait = 0;

	if (!r->rack_known)
		return 0;
	patience = patience_us(c);
	list_for_each_entry(f, &c->flight, list) {
		if (f->flags & (KTCP_FLIGHT_SACKED | KTCP_FLIGHT_LOST) ||
		    !sent_after(r->rack_us, r->rack_end_seq, f->sent_us,
				f->end_seq))
			continue;
		if (now >= f->sent_us + patience) {
			r->lost_again |= !!(f->flags & KTCP_FLIGHT_RETRANS);
			ktcp_flight_lost(c, f);
		} else {
			wait = max_t(u64, wait, f->sent_us + patience - now);
		}
	}
	return wait;
}

/*
 * Recovery
 */

/* How much of what is in flight has been sent more than once? */
static u32 sent_twice(const struct ktcp_conn *c)
{
	const struct ktcp_flight *f;
	u32 bytes = 0;

	list_for_each_entry(f, &c->flight, list)
		if (f->flags & KTCP_FLIGHT_RETRANS)
			bytes += f->end_seq - f->seq;
	return bytes;
}

static bool enter(struct ktcp_conn *c, enum ktcp_phase phase)
{
	struct ktcp_recovery *r = &c->recovery;
	struct ktcp_extra *x = ktcp_extra(c);

	if (!x)
		return false;
	r->phase = phase;
	x->recover = c->snd_nxt;
	x->undo_una = c->snd_una;
	/* Of a loss probe, or what recovery has sent, both may still arrive. */
	x->undo_retrans = sent_twice(c);
	r->was_fast = phase == KTCP_FAST;
	r->can_undo = 1;
	r->retransmitted = 0;
	r->eifel = 0;
	r->tlp_out = 0;
	r->blameless = 0;
	return true;
}

/* cwnd comes down, for whatever reason: the peer hears of it (RFC 3168 6.1.2). */
static void note_reduction(struct ktcp_conn *c)
{
	c->extra->cwr_end = c->snd_nxt;
	c->ecn_cwr = c->options.ecn_ok;
}

/* What was on its way before the ACK that @d is of. */
static u32 flight_before(const struct ktcp_conn *c,
			 const struct ktcp_delivery *d)
{
	return c->snd_nxt - d->una_before;
}

/* PRR is in proportion to what is to arrive from now on, @d with it. */
static void begin_reduction(struct ktcp_conn *c, const struct ktcp_delivery *d)
{
	struct ktcp_extra *x = c->extra;

	x->recover_fs = max(1U, ktcp_flight_size(c) - c->sacked_bytes +
			    d->bytes);
	x->prr_delivered = 0;
	x->prr_out = 0;
	ktcp_cc_loss(&c->cc, flight_before(c, d), &x->cc_undo);
	note_reduction(c);
}

/*
 * What cwnd shall be: ssthresh, but a mark makes none larger than it was, in segments
 * of now.
 */
static u32 reduced_cwnd(const struct ktcp_conn *c)
{
	return c->recovery.phase == KTCP_MARKED ?
	       max_t(u32, min(c->cc.ssthresh, c->cc.prior_cwnd), c->mss) :
	       c->cc.ssthresh;
}

/* RFC 6937 3.1: at the end cwnd is what congestion control wanted. */
static void reduced(struct ktcp_conn *c)
{
	c->cc.cwnd = reduced_cwnd(c);
	ktcp_cc_recovered(&c->cc);
}

/* Without memory to recover in, what is lost goes out again under half of cwnd. */
static void enter_fast(struct ktcp_conn *c, const struct ktcp_delivery *d)
{
	bool reducing = c->recovery.phase == KTCP_MARKED;

	if (!enter(c, KTCP_FAST)) {
		if (d->lost_before)	/* it has had that */
			return;
		ktcp_cc_loss(&c->cc, flight_before(c, d), NULL);
		reduced(c);
		return;
	}
	KTCP_INC(c->e.kn, FastRecoveries);
	if (reducing) {
		/* Not twice, and it had its reason, loss or not. */
		c->recovery.can_undo = 0;
		c->force_lost = 1;
	} else {
		begin_reduction(c, d);
	}
}

/* An ECN-Echo: react, unless this window of data has had its reduction. */
static void ecn_echo(struct ktcp_conn *c, const struct ktcp_delivery *d)
{
	struct ktcp_recovery *r = &c->recovery;

	if (r->phase != KTCP_OPEN || !flight_before(c, d) || !ktcp_extra(c) ||
	    seq_leq(c->snd_una, c->extra->cwr_end))
		return;
	KTCP_INC(c->e.kn, EcnReductions);
	r->phase = KTCP_MARKED;
	r->can_undo = 0;
	begin_reduction(c, d);
}

/**
 * ktcp_recovery_congested() - a queue of this host was full
 * @c: the connection, locked
 *
 * Who asks for less in time loses nothing. As for a mark of a router, but here
 * one reduction has ended before the next begins.
 */
void ktcp_recovery_congested(struct ktcp_conn *c)
{
	const struct ktcp_delivery none = { .una_before = c->snd_una };
	struct ktcp_recovery *r = &c->recovery;

	KTCP_INC(c->e.kn, QueueDrops);
	if (r->phase != KTCP_OPEN || !ktcp_flight_size(c) || !ktcp_extra(c))
		return;
	r->phase = KTCP_MARKED;
	r->can_undo = 0;
	begin_reduction(c, &none);
}

/* Nothing is believed lost; duplicate ACKs count anew. */
static void open_again(struct ktcp_conn *c)
{
	c->recovery.phase = KTCP_OPEN;
	c->recovery.frto = KTCP_FRTO_OFF;
	c->recovery.blameless = 0;
	c->recovery.dup_acks = 0;
	c->extra->undo_end = c->snd_nxt;
	if (!c->options.sack_ok)
		c->sacked_bytes = 0;
}

static void leave(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	bool repaired = !nothing_lost(r);

	if (r->phase != KTCP_LOSS)
		reduced(c);
	open_again(c);
	if (repaired && r->reo_wnd_persist && !--r->reo_wnd_persist)
		r->reo_wnd_mult = 1;
}

/* Is what @phase began with acknowledged? */
static bool phase_over(const struct ktcp_conn *c)
{
	const struct ktcp_recovery *r = &c->recovery;

	switch (r->phase) {
	case KTCP_OPEN:
		return false;
	case KTCP_MARKED:
		return seq_geq(c->snd_una, c->extra->cwr_end);
	default:
		return seq_geq(c->snd_una, c->extra->recover);
	}
}

/*
 * Proportional Rate Reduction, RFC 6937 3: what leaves is in proportion to what
 * arrives, so that the flight comes down to ssthresh smoothly, and if it has
 * fallen below grows back (PRR-SSRB while no more is lost, else PRR-CRB). @more: it
 * was, as this ACK tells.
 */
static void prr(struct ktcp_conn *c, const struct ktcp_delivery *d, bool more)
{
	struct ktcp_extra *x = c->extra;
	u32 pipe = ktcp_pipe(c), ssthresh = reduced_cwnd(c), sndcnt, room;

	x->prr_delivered += d->bytes;
	room = x->prr_delivered > x->prr_out ? x->prr_delivered - x->prr_out : 0;
	if (pipe > ssthresh) {
		u32 goal = div_u64((u64)x->prr_delivered * ssthresh +
				   x->recover_fs - 1, x->recover_fs);

		sndcnt = goal > x->prr_out ? goal - x->prr_out : 0;
	} else {
		room = max(room, d->bytes);
		if (c->snd_una != d->una_before && !more)
			room += c->mss;
		sndcnt = min(ssthresh - pipe, room);
	}
	/* The fast retransmit itself always goes, and the first CWR. */
	if (!x->prr_out)
		sndcnt = max_t(u32, sndcnt, c->mss);
	c->cc.cwnd = pipe + sndcnt;
}

/* It was all for nothing: nothing is lost, and cwnd is what it was. */
static void undo(struct ktcp_conn *c)
{
	struct ktcp_flight *f;

	KTCP_INC(c->e.kn, Undos);
	/* By RACK alone nobody learns it: that does not know which has arrived. */
	if (c->recovery.was_fast)
		c->recovery.reordering = 1;
	c->recovery.can_undo = 0;
	c->extra->cwr_end = c->snd_una - 1;	/* ECE of the same data is news */
	c->ecn_cwr = 0;
	/* What was sent again is not what has arrived: RACK begins anew. */
	c->recovery.rack_known = 0;
	ktcp_timer_clear(c, KTCP_TIMER_REORDER);
	list_for_each_entry(f, &c->flight, list)
		ktcp_flight_found(c, f);
	ktcp_cc_undo(&c->cc, &c->extra->cc_undo);
	open_again(c);
}

/*
 * Eifel, RFC 3522 3.2: the first new ACK after a retransmission echoes a
 * timestamp from before it, so what it acknowledges was the original.
 */
static bool eifel(const struct ktcp_conn *c, const struct ktcp_seg *seg)
{
	const struct ktcp_recovery *r = &c->recovery;

	return r->eifel && c->options.ts_ok && seg->tsecr &&
	       seq_lt(seg->tsecr, c->extra->retrans_ts);
}

/*
 * Was it sent again? Of what is acknowledged nobody knows any more; of the rest a
 * router may have made two.
 */
static bool sent_again(const struct ktcp_conn *c, u32 seq)
{
	const struct ktcp_flight *f;

	list_for_each_entry(f, &c->flight, list)
		if (seq_lt(seq, f->end_seq))
			return seq_lt(seq, f->seq) ||
			       f->flags & KTCP_FLIGHT_RETRANS;
	return true;
}

/*
 * Has more arrived twice than was sent twice? Then the path makes two of one (RFC
 * 3708 3), and none of them says that something was sent again for nothing. Parts of
 * segments may be told of one by one, so quarters are counted.
 */
static bool path_duplicates(struct ktcp_conn *c, const struct ktcp_range *dup)
{
	s32 len = min_t(u32, dup->end - dup->start, GSO_MAX_SIZE);
	struct ktcp_recovery *r = &c->recovery;

	r->credit = max_t(int, r->credit - max(1, 4 * len / c->mss), S16_MIN);
	return r->credit < 0;
}

static void count_dsack(struct ktcp_conn *c, const struct ktcp_range *dup)
{
	struct ktcp_extra *x;

	if (path_duplicates(c, dup))
		return;
	dsack_widens(c);
	x = c->extra;
	if (!c->recovery.can_undo || seq_lt(dup->start, x->undo_una) ||
	    seq_gt(dup->end, x->recover) || !sent_again(c, dup->start))
		return;
	x->undo_retrans -= min(dup->end - dup->start, x->undo_retrans);
}

static void maybe_undo(struct ktcp_conn *c, const struct ktcp_seg *seg,
		       const struct ktcp_delivery *d)
{
	struct ktcp_recovery *r = &c->recovery;
	bool advanced = c->snd_una != d->una_before;

	if (!r->can_undo || !r->retransmitted)
		return;
	if ((d->dsack && !c->extra->undo_retrans) || (advanced && eifel(c, seg)))
		undo(c);
	if (advanced)
		r->eifel = 0;
}

/*
 * F-RTO, RFC 5682 2.1 and 3.1. The first ACK of what a timeout has sent again
 * makes output.c send two new segments in the place of what is marked lost. If
 * then more of what was sent before the timeout arrives, sent once only, it was
 * late and not lost. If a duplicate ACK comes, or SACK tells of the new
 * segments first, it was lost.
 */
static void frto_ack(struct ktcp_conn *c, const struct ktcp_delivery *d,
		     bool dup)
{
	struct ktcp_recovery *r = &c->recovery;
	bool refuted = dup && !c->options.sack_ok;
	struct ktcp_flight *f;

	if (r->frto == KTCP_FRTO_WAIT) {
		f = list_first_entry_or_null(&c->flight, struct ktcp_flight,
					     list);
		if (c->snd_una == d->una_before)
			r->frto = refuted ? KTCP_FRTO_OFF : KTCP_FRTO_WAIT;
		else if (!f || f->flags & KTCP_FLIGHT_RETRANS)
			r->frto = KTCP_FRTO_OFF;	/* but a part of it */
		else
			r->frto = KTCP_FRTO_NEW;
	} else if (r->frto == KTCP_FRTO_NEW) {
		/* What SND.UNA passes was sent once: that is proof, whatever follows. */
		bool proof = d->orig && r->can_undo;

		if (!(proof && c->snd_una != d->una_before) &&
		    (refuted || seq_gt(r->fack, c->extra->recover))) {
			r->frto = KTCP_FRTO_OFF;
			c->cc.cwnd = 3 * c->mss;
		} else if (proof) {
			KTCP_INC(c->e.kn, FrtoUndos);
			undo(c);
			/* 2.1, 3b: nothing but the first went out again */
			c->extra->recover = c->snd_una - 1;
		}
	}
}

/*
 * A peer without SACK, RFC 5681 3.2 and RFC 6582: each duplicate ACK says that
 * a segment has arrived, the third that the first one has not, and an ACK of
 * but a part that so has not the next.
 */
static void lose_first(struct ktcp_conn *c)
{
	struct ktcp_flight *f = list_first_entry_or_null(&c->flight,
							 struct ktcp_flight,
							 list);

	if (!f || f->flags & KTCP_FLIGHT_LOST)
		return;
	if (f->end_seq - f->seq > f->mss && !ktcp_flight_split(c, f, f->mss))
		return;
	/* A segment is lost in the place of one that was counted as arrived. */
	c->sacked_bytes = min(c->sacked_bytes, ktcp_flight_size(c) -
			      c->lost_bytes - (f->end_seq - f->seq));
	ktcp_flight_lost(c, f);
}

static void reno_ack(struct ktcp_conn *c, struct ktcp_delivery *d, bool dup)
{
	struct ktcp_recovery *r = &c->recovery;
	u32 most = ktcp_flight_size(c) - c->lost_bytes;

	if (c->snd_una != d->una_before) {
		u32 acked = c->snd_una - d->una_before;

		r->dup_acks = 0;
		if (r->phase != KTCP_FAST) {
			c->sacked_bytes = 0;
			return;
		}
		/* All but the segment sent again were counted before. */
		acked -= min_t(u32, acked, c->mss);
		d->bytes -= min(d->bytes, min(acked, c->sacked_bytes));
		c->sacked_bytes -= min(acked, c->sacked_bytes);
		c->sacked_bytes = min(c->sacked_bytes, most);
		if (seq_lt(c->snd_una, c->extra->recover)) {
			lose_first(c);
			c->force_lost = 1;	/* RFC 6582: at once */
		}
		return;
	}
	if (!dup)
		return;
	if (r->dup_acks < U8_MAX)
		r->dup_acks++;
	if (r->phase == KTCP_LOSS)
		return;
	/* RFC 6582 3.2 step 2: not for what a timeout has sent again. */
	if (nothing_lost(r) && r->dup_acks >= DUP_THRESH && c->extra &&
	    seq_leq(c->snd_una, c->extra->recover))
		return;
	d->bytes = min_t(u32, c->mss, most - min(most, c->sacked_bytes));
	c->sacked_bytes += d->bytes;
	if (nothing_lost(r) && r->dup_acks >= DUP_THRESH)
		lose_first(c);
}

/* RFC 8985 7.4: was the probe itself needed? Then a loss it was. */
static void tlp_ack(struct ktcp_conn *c, const struct ktcp_seg *seg,
		    const struct ktcp_delivery *d, bool dup)
{
	struct ktcp_recovery *r = &c->recovery;

	if (!r->tlp_out || seq_lt(seg->ack, c->extra->tlp_end_seq))
		return;
	if (!r->tlp_is_retrans) {
		r->tlp_out = 0;
	} else if (d->dsack && d->dup.end == c->extra->tlp_end_seq) {
		r->tlp_out = 0;
	} else if (seq_gt(seg->ack, c->extra->tlp_end_seq)) {
		r->tlp_out = 0;
		if (r->phase != KTCP_OPEN)
			return;
		/* By now it may be that of but a short answer. */
		ktcp_cc_loss(&c->cc, max(flight_before(c, d),
					 c->extra->tlp_flight),
			     &c->extra->cc_undo);
		r->can_undo = 0;
		note_reduction(c);
		reduced(c);
	} else if (dup && !seg->nr_sack) {
		r->tlp_out = 0;
	}
}

/*
 * Probes for a larger MTU, RFC 4821 7.3: the path may have changed, or had only
 * been down. First what the route promises, then halfway between what arrived and
 * what did not.
 */
#define PROBE_STEP_MIN	32

static void probe_later(struct ktcp_conn *c)
{
	c->extra->probe_at = (u32)jiffies + ktcp_conf(c->e.kn, mtu_probe_sec) * HZ;
}

/*
 * What the path takes is known nearly enough. The next probe is as long as the route
 * promises: it may be another path by then.
 */
static void search_again(struct ktcp_conn *c)
{
	c->extra->mss_fail = 0;
	probe_later(c);
}

/* As c->mss_cap counts. */
static u16 path_promises(const struct ktcp_conn *c)
{
	if (!c->dst)
		return c->peer_mss;
	return min(ktcp_ip_mss(&c->e.key, c->dst), c->peer_mss);
}

/**
 * ktcp_mtu_probe_size() - how long a probe is now
 * @c: the connection, locked; it has a route
 *
 * Return: bytes of payload, or 0: it is not yet time for one, or of no use.
 */
u16 ktcp_mtu_probe_size(const struct ktcp_conn *c)
{
	u16 options = ktcp_options_space(&c->options), size = path_promises(c);

	if (c->probe_out || c->recovery.phase != KTCP_OPEN ||
	    ktcp_time_left(c->extra->probe_at))
		return 0;
	if (c->extra->mss_fail)
		size = min_t(u32, size, (c->mss_cap + c->extra->mss_fail) / 2);
	return size > c->mss_cap ? size - options : 0;
}

/**
 * ktcp_mtu_probe_arrived() - the path takes more than was known
 * @c: the connection, locked
 * @f: the record of the probe
 */
void ktcp_mtu_probe_arrived(struct ktcp_conn *c, const struct ktcp_flight *f)
{
	c->probe_out = 0;
	c->mss_cap = f->mss + ktcp_options_space(&c->options);
	if (c->mss_cap >= path_promises(c))
		c->mss_cap = 0;
	else if (c->extra->mss_fail - c->mss_cap < PROBE_STEP_MIN)
		search_again(c);
}

static void probe_failed(struct ktcp_conn *c, struct ktcp_flight *f)
{
	KTCP_INC(c->e.kn, MtuProbesLost);
	c->probe_out = 0;
	f->flags &= ~KTCP_FLIGHT_PROBE;
	c->extra->mss_fail = f->mss + ktcp_options_space(&c->options);
	if (c->extra->mss_fail - c->mss_cap < PROBE_STEP_MIN)
		search_again(c);
	else
		probe_later(c);
}

/*
 * Was a probe lost? Returns true if it was that alone: then what is lost is no
 * sign of congestion (RFC 4821 7.6.2).
 */
static bool probe_lost(struct ktcp_conn *c)
{
	struct ktcp_flight *f;

	if (likely(!c->probe_out))
		return false;
	list_for_each_entry(f, &c->flight, list) {
		if (!(f->flags & KTCP_FLIGHT_PROBE))
			continue;
		if (!(f->flags & KTCP_FLIGHT_LOST))
			return false;
		probe_failed(c, f);
		return c->lost_bytes == f->end_seq - f->seq;
	}
	return false;
}

/* What is marked lost goes out again; congestion control hears nothing of it. */
static void repair(struct ktcp_conn *c)
{
	if (!c->lost_bytes)
		return;
	/* Whatever a duplicate ACK was guessed to tell of, it was none of that. */
	c->sacked_bytes = min(c->sacked_bytes,
			      ktcp_flight_size(c) - c->lost_bytes);
	if (c->recovery.phase == KTCP_OPEN && enter(c, KTCP_LOSS))
		c->recovery.blameless = 1;
	c->recovery.frto = KTCP_FRTO_OFF;
	c->recovery.can_undo = 0;
	c->force_lost = 1;
}

/*
 * More than @before may have been found lost: is that the first of it, or the first
 * that was lost by congestion? What a timeout has sent again, and is lost again, is
 * another reason for less (RFC 5681 4.3, RFC 8985 9.3); fast recovery has PRR for it.
 */
static void look_for_loss(struct ktcp_conn *c, const struct ktcp_delivery *d,
			  u32 before)
{
	struct ktcp_recovery *r = &c->recovery;
	bool probe_alone = probe_lost(c);
	bool more = (r->blameless || (r->phase == KTCP_LOSS && r->lost_again)) &&
		    c->lost_bytes > before && !probe_alone;

	r->lost_again = 0;
	if (!more && (!nothing_lost(r) || !c->lost_bytes))
		return;
	if (unlikely(probe_alone)) {
		repair(c);
		return;
	}
	r->frto = KTCP_FRTO_OFF;
	enter_fast(c, d);
	if (unlikely(more))	/* not all that is sent again is of this */
		r->can_undo = 0;
}

/**
 * ktcp_recovery_ack() - draw the conclusions from an ACK
 * @c: the connection, locked; SND.UNA and the scoreboard are up to date
 * @seg: the segment, SEG.ACK not before SND.UNA
 * @d: what it says has arrived; guessed from @dup for a peer without SACK
 * @dup: it is a duplicate ACK (RFC 5681 2)
 *
 * Softirq.
 */
void ktcp_recovery_ack(struct ktcp_conn *c, const struct ktcp_seg *seg,
		       struct ktcp_delivery *d, bool dup)
{
	struct ktcp_recovery *r = &c->recovery;
	u32 lost;

	/* Usually all has arrived, at once, and there is nothing else to be learnt. */
	if (r->phase == KTCP_OPEN && list_empty(&c->flight) &&
	    c->options.sack_ok && !d->dsack && !d->ece && !r->tlp_out &&
	    !r->can_undo)
		return;
	if (d->dsack)
		count_dsack(c, &d->dup);
	tlp_ack(c, seg, d, dup);
	/* RFC 4015 3: the mark that it tells of has had its reduction in this one. */
	if (d->ece)
		r->can_undo = 0;
	maybe_undo(c, seg, d);
	frto_ack(c, d, dup);
	if (phase_over(c))
		leave(c);
	if (d->ece)
		ecn_echo(c, d);
	if (phase_over(c))	/* nothing else is in flight */
		leave(c);

	lost = c->lost_bytes;
	if (!c->options.sack_ok) {
		reno_ack(c, d, dup);
	} else if (d->bytes) {
		u32 wait = rack_detect(c);

		if (wait)
			ktcp_timer_set(c, KTCP_TIMER_REORDER,
				       usecs_to_jiffies(wait));
		else
			ktcp_timer_clear(c, KTCP_TIMER_REORDER);
	}
	look_for_loss(c, d, lost);
	if ((r->phase == KTCP_FAST || r->phase == KTCP_MARKED) &&
	    (d->bytes || !c->extra->prr_out))
		prr(c, d, c->lost_bytes > lost);
}

/*
 * What has gone out again for that goes once more, for a path that takes yet less, only
 * if it takes less by such a part: a peer's errors could have all of a flight sent for
 * every byte of an MTU. The rest is left to recovery.
 */
#define REFIT_AGAIN	16

/**
 * ktcp_recovery_refit() - segments longer than c->mss cannot have arrived
 * @c: the connection, locked
 *
 * Return: true if there are any that were not believed lost.
 */
bool ktcp_recovery_refit(struct ktcp_conn *c)
{
	u32 before = c->lost_bytes;
	struct ktcp_flight *f;

	list_for_each_entry(f, &c->flight, list)
		if (f->mss > c->mss && f->end_seq - f->seq > c->mss &&
		    !(f->flags & (KTCP_FLIGHT_LOST | KTCP_FLIGHT_SACKED)) &&
		    (!(f->flags & KTCP_FLIGHT_REFIT) ||
		     f->mss - c->mss >= f->mss / REFIT_AGAIN)) {
			ktcp_flight_lost(c, f);
			f->flags |= KTCP_FLIGHT_REFIT;
		}
	if (c->lost_bytes == before)
		return false;
	repair(c);
	c->probe_out = 0;	/* it was longer yet */
	return true;
}

/**
 * ktcp_recovery_opened() - the window, which was closed, takes data again
 * @c: the connection, locked; something is in flight
 *
 * What a probe carried into the closed window the peer has not taken, and it will
 * not say so any more (RFC 9293 3.8.6.1).
 */
void ktcp_recovery_opened(struct ktcp_conn *c)
{
	struct ktcp_flight *f = list_first_entry(&c->flight, struct ktcp_flight,
						 list);

	if (f->flags & KTCP_FLIGHT_SACKED)
		return;
	ktcp_flight_lost(c, f);
	probe_lost(c);
	repair(c);
}

/**
 * ktcp_recovery_again() - something goes out again
 * @c: the connection, locked
 * @segs: how many segments
 */
void ktcp_recovery_again(struct ktcp_conn *c, u32 segs)
{
	struct ktcp_recovery *r = &c->recovery;

	c->retrans += segs;
	KTCP_ADD(c->e.kn, RetransSegs, segs);
	r->credit = min_t(int, r->credit + 4 * segs, S16_MAX);
}

/**
 * ktcp_recovery_sent() - data has left
 * @c: the connection, locked
 * @len: bytes of payload
 * @again: not for the first time
 */
void ktcp_recovery_sent(struct ktcp_conn *c, u32 len, bool again)
{
	struct ktcp_recovery *r = &c->recovery;

	if (r->phase == KTCP_OPEN)
		return;
	c->extra->prr_out += len;
	if (!again)
		return;
	c->extra->undo_retrans += max(1U, len);
	if (r->retransmitted)
		return;
	r->retransmitted = 1;
	r->eifel = 1;
	c->extra->retrans_ts = ktcp_ts_at(&c->options, c->now_ns);
}

/**
 * ktcp_reorder_timeout() - enough time has passed for what is only late
 * @c: the connection, locked
 *
 * RFC 8985 6.3.
 */
void ktcp_reorder_timeout(struct ktcp_conn *c)
{
	u32 before = c->lost_bytes, wait = rack_detect(c);
	struct ktcp_delivery none = {
		.una_before = c->snd_una,
		.lost_before = before,
	};

	if (wait)
		ktcp_timer_set(c, KTCP_TIMER_REORDER, usecs_to_jiffies(wait));
	if (c->lost_bytes == before)
		return;
	KTCP_INC(c->e.kn, ReorderTimeouts);
	look_for_loss(c, &none, before);
	if (c->recovery.phase == KTCP_FAST)
		prr(c, &none, true);
}

/*
 * Tail loss probes, RFC 8985 7
 */

/**
 * ktcp_tlp_arm() - see to it that a lost tail is not waited for too long
 * @c: the connection, locked; the retransmission timer runs
 *
 * RFC 8985 7.2 and 7.3.
 */
void ktcp_tlp_arm(struct ktcp_conn *c)
{
	u32 pto = TLP_PTO_INIT_US, wait;

	if (ktcp_timer_running(c, KTCP_TIMER_REORDER))
		return;		/* sooner, and in the same place */
	if (!c->options.sack_ok || list_empty(&c->flight) ||
	    !nothing_lost(&c->recovery) ||
	    c->recovery.tlp_out || c->sacked_bytes || c->backoff) {
		ktcp_timer_clear(c, KTCP_TIMER_TLP);
		return;
	}
	if (c->rtt.srtt_us) {
		pto = 2 * c->rtt.srtt_us;
		if (ktcp_flight_size(c) <= c->mss)
			pto += TLP_MAX_ACK_DELAY_US;
	}
	/* Never later than the timeout, in the place of which it then goes. */
	wait = ktcp_time_left(ktcp_timer_deadline(c, KTCP_TIMER_RETRANS));
	wait = min_t(u32, wait, max(usecs_to_jiffies(pto), TLP_MIN_JIFFIES));
	ktcp_timer_set(c, KTCP_TIMER_TLP, wait);
}

/**
 * ktcp_tlp_timeout() - nothing was heard for two round-trip times
 * @c: the connection, locked
 *
 * RFC 8985 7.3: new data, or the last segment once more.
 */
void ktcp_tlp_timeout(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	u32 flight = ktcp_flight_size(c);
	int how;

	if (!nothing_lost(r) || r->tlp_out || list_empty(&c->flight) ||
	    !ktcp_extra(c))
		return;
	how = ktcp_output_tail(c);
	if (how < 0)
		return;
	KTCP_INC(c->e.kn, LossProbes);
	r->tlp_out = 1;
	r->tlp_is_retrans = how;
	c->extra->tlp_end_seq = c->snd_nxt;
	c->extra->tlp_flight = flight;
	ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
}

/*
 * One more timeout without an answer. After retries2 of them the peer is taken
 * for gone: R2 of RFC 9293 3.8.3.
 */
static bool give_up(struct ktcp_conn *c)
{
	if (!ktcp_user_timeout(c) &&
	    c->retransmits >= ktcp_conf(c->e.kn, retries2)) {
		KTCP_INC(c->e.kn, RtoGiveUps);
		ktcp_conn_done(c, ktcp_conn_timed_out(c));
		return true;
	}
	ktcp_conn_unanswered(c);
	/* A closed window is no silence; with this question there may begin one. */
	if (!c->snd_wnd && c->retransmits == 1)
		ktcp_timer_clear(c, KTCP_TIMER_USER);
	return false;
}

/*
 * RFC 8985 6.3: the first segment is lost, and whatever has had its time. Of a
 * peer without SACK everything is.
 */
static void lose_on_timeout(struct ktcp_conn *c)
{
	u64 now = ktcp_event_us(c), patience;
	struct ktcp_flight *f;

	if (!c->options.sack_ok)
		c->sacked_bytes = 0;
	patience = patience_us(c);
	list_for_each_entry(f, &c->flight, list) {
		/* What this host has had for so long it may never send. */
		if (c->retransmits >= KTCP_R1)
			ktcp_flight_hold(c, f, NULL);
		if (!c->options.sack_ok || f->seq == c->snd_una ||
		    f->sent_us + patience <= now)
			ktcp_flight_lost(c, f);
	}
}

/*
 * A full-stop timeout, RFC 4821 7.7: long segments may vanish in a router that
 * does not say so. From then on they are shorter, at every third timeout in a
 * row, unless an ICMP error tells of another reason. Where such segments have
 * arrived before, it is the path that is bad, or has changed: then three timeouts
 * are forgiven once.
 */
static void suspect_black_hole(struct ktcp_conn *c)
{
	const struct ktcp_flight *f = list_first_entry(&c->flight,
						       struct ktcp_flight,
						       list);
	u32 size = ktcp_conf(c->e.kn, base_mss), options, len;

	if (!ktcp_conf(c->e.kn, mtu_probing) || c->soft_error ||
	    c->retransmits % KTCP_R1)
		return;
	if (c->mss_cap)
		size = max(c->mss_cap / 2, MSS_FLOOR);
	options = ktcp_options_space(&c->options);
	len = min_t(u32, f->end_seq - f->seq, f->mss);
	if (len + options <= size || !ktcp_extra(c))
		return;
	if (c->full_arrived) {
		c->full_arrived = 0;
		return;
	}
	KTCP_INC(c->e.kn, BlackHoles);
	c->mss_cap = size;
	c->extra->mss_fail = 0;
	probe_later(c);
	/* One segment, now shorter, whether or not there is a route at the moment. */
	c->mss = min_t(u32, c->mss, size - options);
	ktcp_cc_set_mss(&c->cc, c->mss);
	c->cc.cwnd = c->mss;
	ktcp_output_refit(c);
}

/**
 * ktcp_retrans_timeout() - the retransmission timer ran out
 * @c: the connection, locked
 *
 * RFC 6298 5.4 to 5.6 and RFC 5681 3.1: the window falls to one segment, and
 * the oldest goes out again. With the peer's window closed nothing is said
 * about the network: then it is a probe (RFC 9293 3.8.6.1).
 */
void ktcp_retrans_timeout(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	u32 flight = ktcp_flight_size(c);
	bool was_open = r->phase == KTCP_OPEN;
	struct ktcp_extra *x;
	bool first;

	if (!flight)	/* memory was short when it should have been sent */
		return;
	if (give_up(c))
		return;
	r->frto = KTCP_FRTO_OFF;
	if (!c->snd_wnd) {
		ktcp_output_probe(c);
		goto again;
	}
	if (list_first_entry(&c->flight, struct ktcp_flight, list)->flags &
	    KTCP_FLIGHT_SACKED) {
		KTCP_INC(c->e.kn, SackReneging);
		ktcp_flight_forget_sacks(c);
	}
	KTCP_INC(c->e.kn, RtoTimeouts);
	x = ktcp_extra(c);
	if (!x) {	/* no memory to recover in */
		lose_on_timeout(c);
		ktcp_cc_timeout(&c->cc, flight, c->retransmits == 1, NULL);
		c->force_lost = 1;
		goto again;
	}
	first = r->phase != KTCP_LOSS || x->timeout_una != c->snd_una;
	lose_on_timeout(c);
	probe_lost(c);
	ktcp_cc_timeout(&c->cc, flight, first, &x->cc_undo);
	if (first)
		note_reduction(c);
	if (r->phase != KTCP_LOSS)
		enter(c, KTCP_LOSS);
	r->blameless = 0;
	x->recover = c->snd_nxt;
	x->timeout_una = c->snd_una;
	/* Timestamps know better, and a second timeout is none too early. */
	if (was_open && !c->options.ts_ok)
		r->frto = KTCP_FRTO_WAIT;
	c->force_lost = 1;
	ktcp_timer_clear(c, KTCP_TIMER_REORDER);
	suspect_black_hole(c);
again:
	ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
}

/**
 * ktcp_persist_timeout() - the peer's window stayed closed, or too small
 * @c: the connection, locked; nothing is in flight
 */
void ktcp_persist_timeout(struct ktcp_conn *c)
{
	if (!ktcp_output_blocked(c))
		return;
	/* A little that leaves into an open window is not a question asked again. */
	if (!c->snd_wnd && give_up(c))
		return;
	ktcp_output_probe(c);
	if (c->snd_wnd && ktcp_output_blocked(c))
		give_up(c);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What is sent, and when: what was lost, new data, FIN, and an ACK if nothing
 * has carried it. Called once at the end of every event of a connection.
 *
 * Nothing sent is kept as an skb to be sent again. A segment, first time or again,
 * is built from the extents that it covers; its pages are shared, not copied.
 */
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/inet_ecn.h>
#include <net/tcp.h>

#include "cookie.h"
#include "ip.h"
#include "mem.h"
#include "output.h"
#include "recovery.h"
#include "scoreboard.h"
#include "skb.h"
#include "timers.h"
#include "trace.h"

/*
 * Payload up to this is copied behind the header: a page reference costs more,
 * and the device is spared a fragment.
 */
#define COPY_MAX	256

/* RFC 9293 3.8.6.2.1, the fraction Fs of the peer's largest window. */
#define SWS_FRACTION	2

/*
 * So many segments of a connection may always lie in queues of this host, and
 * what else is worth so long at the rate of the connection: enough for its
 * device to have something to do until the connection is looked at again. What the
 * shortest round trip holds comes on top of that: a delay may be made in this host,
 * and is then the network's all the same.
 */
#define QUEUE_SEGS	10
#define QUEUE_JIFFIES	2

/* As ktcp_skb_alloc(), of what a clone will be sent; see ktcp_flight_hold(). */
static struct sk_buff *alloc_held(unsigned int linear)
{
	struct sk_buff *skb = alloc_skb_fclone(MAX_TCP_HEADER + linear,
					       GFP_ATOMIC);

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_TCP_HEADER);
	__skb_header_release(skb);	/* the clone may write there */
	return skb;
}

/* The ECN field is the other two bits (RFC 3168 5). */
static u8 dsfield(u8 dscp)
{
	return dscp << 2;
}

static void put_header(struct sk_buff *skb, const struct ktcp_key *key,
		       const struct ktcp_seg *seg)
{
	ktcp_seg_build(skb_push(skb, ktcp_seg_build_len(seg)), seg,
		       ntohs(key->lport), ntohs(key->rport));
}

/* Memory for a segment of a connection that has a route. */
static struct sk_buff *alloc_seg(const struct ktcp_conn *c, unsigned int linear)
{
	unsigned int hdr_len = KTCP_HDR_MIN + ktcp_options_space(&c->options);

	/* Whatever else is in a header has its state there. */
	return ktcp_skb_alloc(&c->e.key, c->dst,
			      unlikely(c->extra) ? KTCP_HDR_MAX : hdr_len,
			      linear);
}

/* How many SACK blocks fit beside the options of every segment. */
static u8 sack_room(const struct ktcp_conn *c)
{
	return (KTCP_HDR_MAX - KTCP_HDR_MIN - KTCP_OPT_SACK_SPACE(0) -
		ktcp_options_space(&c->options) -
		c->uto_out * KTCP_OPT_UTO_LEN) / 8;
}

/* Segments of a connection all have this in them; @seg is zeroed. */
static void fill_seg(struct ktcp_conn *c, struct ktcp_seg *seg, u32 seq,
		     u8 flags)
{
	seg->seq = seq;
	seg->ack = c->rcv_nxt;
	seg->flags = flags | KTCP_ACK;
	seg->wnd = min_t(u32, ktcp_rcv_wnd(c) >> c->options.rcv_wscale, U16_MAX);
	if (unlikely(c->ecn_echo) && !(flags & KTCP_RST))
		seg->flags |= KTCP_ECE;
	if (unlikely(c->urgent_out) && seq_gt(c->extra->snd_up, seq) &&
	    !(flags & KTCP_RST)) {
		seg->flags |= KTCP_URG;
		seg->up = min_t(u32, c->extra->snd_up - seq, U16_MAX);
	}
	ktcp_options_put(&c->options, seg, c->now_ns);
	if (unlikely(c->uto_out) && !(flags & KTCP_RST)) {
		seg->opts |= KTCP_HAS_UTO;
		seg->uto = c->extra->adv_uto;
	}
	if (ktcp_nr_sacks(c) && !(flags & KTCP_RST))
		seg->nr_sack = ktcp_sacks_fill(&c->extra->sacks, seg->sack,
					       sack_room(c));
}

/*
 * Move the right edge of the receive window as far as the buffer allows, but
 * not by crumbs: RFC 9293 3.8.6.2.2. Returns the room that is not offered yet.
 *
 * A window that is scaled is rounded down on the wire, so its right edge may
 * seem to the peer to move left by less than a unit; whatever was once in the
 * window is still taken (RFC 7323 2.4).
 */
static u32 window_room(const struct ktcp_conn *c)
{
	u32 unread = c->rcv_nxt - c->peer_fin - ktcp_unread_seq(c);
	u32 buf = c->rcvbuf, edge, room;

	/* Short of memory no window is larger than a new connection's. */
	if (ktcp_mem_pressure(c->e.kn, KTCP_MEM_PRESSURE))
		buf = min_t(u32, buf, ktcp_conf(c->e.kn, rcvbuf));
	edge = c->rcv_nxt + buf - min(buf, unread);
	room = edge - c->rcv_adv;

	if (seq_leq(edge, c->rcv_adv) || room < min_t(u32, buf / 2, c->mss))
		return 0;
	/* nor by less than a unit, of which the peer would hear nothing */
	return room < min(buf / 2, 1U << c->options.rcv_wscale) ? 0 : room;
}

/* An ACK is leaving: it says how far the window is open, and nothing is owed. */
static void ack_leaves(struct ktcp_conn *c)
{
	c->rcv_adv += window_room(c);
	c->ack_now = 0;
	c->ack_pending = 0;
	c->last_ack_sent = c->rcv_nxt;
	ktcp_timer_clear(c, KTCP_TIMER_DELACK);
}

static int xmit(struct ktcp_conn *c, struct sk_buff *skb,
		const struct ktcp_seg *seg, u16 gso, u8 ecn)
{
	if (unlikely(c->extra))		/* told once, RFC 2883 4 */
		c->extra->sacks.has_dsack = false;
	trace_ktcp_xmit(c->e.kn, &c->e.key, c->e.state, seg);
	return ktcp_ip_xmit(c->e.kn, &c->e.key, c->dst, skb, gso,
			    dsfield(c->e.dscp) | ecn);
}

/* @skb is kept, and a clone sent, if it was made for that. */
static struct sk_buff *hold(struct ktcp_conn *c, struct ktcp_flight *f,
			    struct sk_buff *skb)
{
	struct sk_buff *clone;

	if (!f || skb->fclone != SKB_FCLONE_ORIG)
		return skb;
	clone = skb_clone(skb, GFP_ATOMIC);
	ktcp_flight_hold(c, f, clone ? skb : NULL);
	return clone ?: skb;
}

/* A cursor into the send queue. */
struct cursor {
	struct ktcp_extent *x;
	u64 off;	/* in the extent */
};

static void cursor_init(struct ktcp_conn *c, struct cursor *cur, u32 seq)
{
	u64 skip = seq - ktcp_sndq_seq(c);

	cur->off = 0;
	list_for_each_entry(cur->x, &c->sndq, list) {
		if (skip < cur->x->len) {
			cur->off = skip;
			return;
		}
		skip -= cur->x->len;
	}
}

/* Bytes from a page on to the end of the compound page that it is a part of. */
static u32 left_of_chunk(const struct page *page)
{
	const struct page *head = compound_head(page);

	return page_size((struct page *)head) - ((page - head) << PAGE_SHIFT);
}

/* The next piece of at most @want bytes: where it is, and how long. */
static u32 cursor_piece(struct cursor *cur, u32 want, struct page **page,
			u32 *off)
{
	struct ktcp_extent *x = cur->x;
	u64 at = x->off + cur->off;
	u32 len = min_t(u64, want, x->len - cur->off);

	if (x->blob) {
		*page = x->blob->pages[at >> PAGE_SHIFT];
		*off = offset_in_page(at);
		len = min_t(u32, len, left_of_chunk(*page) - *off);
	} else {
		*page = x->page;
		*off = at;
	}
	return len;
}

static void cursor_advance(struct cursor *cur, u32 len)
{
	cur->off += len;
	if (cur->off == cur->x->len) {
		cur->x = list_next_entry(cur->x, list);
		cur->off = 0;
	}
}

/* Pages of the send queue are never in high memory. */
static void copy_payload(struct sk_buff *skb, struct cursor *cur, u32 len)
{
	while (len) {
		struct page *page;
		u32 off, n = cursor_piece(cur, len, &page, &off);

		skb_put_data(skb, page_address(page) + off, n);
		cursor_advance(cur, n);
		len -= n;
	}
}

/* Returns how many bytes found room: pieces may run out before @len does. */
static u32 share_payload(struct sk_buff *skb, struct cursor *cur, u32 len)
{
	u32 done = 0;
	int frags = 0;

	while (done < len && frags < MAX_SKB_FRAGS) {
		struct page *page;
		u32 off, n = cursor_piece(cur, len - done, &page, &off);

		get_page(page);
		skb_fill_page_desc(skb, frags++, page, off, n);
		cursor_advance(cur, n);
		done += n;
	}
	skb->len += done;
	skb->data_len += done;
	skb->truesize += done;
	return done;
}

/* How far the peer's window lets us go beyond SND.NXT. */
static u32 usable_window(const struct ktcp_conn *c)
{
	u32 edge = c->snd_una + c->snd_wnd;

	return seq_gt(edge, c->snd_nxt) ? edge - c->snd_nxt : 0;
}

/*
 * RFC 3168 6.1.2, 6.1.4 to 6.1.6: of all segments only data that the window
 * takes, sent for the first time, may be marked by a router.
 */
static bool may_be_marked(const struct ktcp_conn *c, u32 seq, u32 len)
{
	return c->options.ecn_ok && len && seq == c->snd_nxt &&
	       len <= usable_window(c);
}

/*
 * Where the network is slow a queue of this host is where segments wait. What
 * lies there is in nobody's way yet, so it is better owed than sent: else it
 * fills the queue until that drops, for other connections too. A flight that is
 * as short as the initial window is nobody's burden, and costs nothing here.
 */
static bool may_burden(const struct ktcp_conn *c, u32 len)
{
	return ktcp_flight_size(c) + len > QUEUE_SEGS * (u32)c->seg_max;
}

/* What is held to know if it has left takes memory, a kilobyte each. */
static bool may_hold(const struct ktcp_conn *c)
{
	return c->nr_flight < KTCP_FLIGHT_MAX / 4 &&
	       !ktcp_mem_pressure(c->e.kn, KTCP_MEM_PRESSURE);
}

/*
 * Has this host's own queue enough of this connection? Then an ACK makes it
 * look again, or a timer when half of that should have left.
 */
static bool queue_full(struct ktcp_conn *c)
{
	u32 cwnd = c->cc.cwnd, srtt_us = max(c->rtt.srtt_us, 1U);
	u64 max = QUEUE_SEGS * (u32)c->seg_max, pace;

	if (likely(ktcp_flight_size(c) <= max))
		return false;
	pace = div_u64((u64)cwnd * (c->recovery.min_rtt_us +
				    QUEUE_JIFFIES * jiffies_to_usecs(1)),
		       srtt_us);
	max = max(max, cwnd < c->cc.ssthresh ? 2 * pace : pace);
	if (ktcp_flight_waiting(c) < max)
		return false;
	KTCP_INC(c->e.kn, QueueWaits);
	ktcp_timer_set(c, KTCP_TIMER_QUEUE,
		       usecs_to_jiffies(div_u64(max / 2 * srtt_us, cwnd)));
	return true;
}

/*
 * No event sends more than this, whatever an ACK allows: others wait for the CPU. What
 * is left goes with the next, or with a timer. Returns if @sent is enough.
 */
#define EVENT_BYTES	(1U << 20)

static bool event_full(struct ktcp_conn *c, u32 sent)
{
	if (likely(sent < EVENT_BYTES))
		return false;
	KTCP_INC(c->e.kn, QueueWaits);
	ktcp_timer_set(c, KTCP_TIMER_QUEUE, 1);
	return true;
}

/*
 * Send @len bytes of the send queue from @seq on, as one super-segment if they
 * are more than one segment. *@len is lowered if they do not fit; then @flags
 * loses FIN and PSH. @f is the record that they belong to, or NULL. Returns if
 * FIN was sent, or a negative errno, then nothing was.
 */
static int send_range(struct ktcp_conn *c, struct ktcp_flight *f, u32 seq,
		      u32 *len, u8 flags)
{
	bool copy = *len <= COPY_MAX;
	struct sk_buff *skb;
	struct ktcp_seg seg = { };
	struct cursor cur;
	bool ect;
	u32 got;
	int err;

	if (f && may_burden(c, *len) && may_hold(c))
		skb = alloc_held(copy ? *len : 0);
	else
		skb = alloc_seg(c, copy ? *len : 0);
	if (!skb)
		goto oom;
	cursor_init(c, &cur, seq);
	if (copy) {
		copy_payload(skb, &cur, *len);
	} else {
		got = share_payload(skb, &cur, *len);
		if (got < *len && got < c->seg_max) {
			/*
			 * Crumbs: too many pieces for even one segment. Without
			 * memory for a copy what they hold goes alone.
			 */
			struct sk_buff *copied;

			*len = min_t(u32, *len, c->seg_max);
			copied = alloc_seg(c, *len);
			if (copied) {
				kfree_skb(skb);
				skb = copied;
				cursor_init(c, &cur, seq);
				copy_payload(skb, &cur, *len);
			} else {
				*len = got;
			}
			flags &= ~(KTCP_FIN | KTCP_PSH);
		} else if (got < *len) {
			/* Whole segments only, the rest next time. */
			*len = got - got % c->seg_max;
			if (pskb_trim(skb, *len)) {
				kfree_skb(skb);
				goto oom;
			}
			flags &= ~(KTCP_FIN | KTCP_PSH);
		}
	}
	if (!*len)	/* a FIN alone has nothing to push */
		flags &= ~KTCP_PSH;
	ect = may_be_marked(c, seq, *len);
	if (ect && c->ecn_cwr) {
		flags |= KTCP_CWR;
		c->ecn_cwr = 0;
	}
	ack_leaves(c);
	fill_seg(c, &seg, seq, flags);
	seg.len = *len + !!(flags & KTCP_FIN);
	seg.payload = *len;
	c->last_sent = jiffies;
	put_header(skb, &c->e.key, &seg);
	err = xmit(c, hold(c, f, skb), &seg, *len > c->seg_max ? c->seg_max : 0,
		   ect ? INET_ECN_ECT_0 : INET_ECN_NOT_ECT);
	if (unlikely(err))
		ktcp_recovery_congested(c);
	if (err == NET_XMIT_DROP) {
		if (flags & KTCP_CWR)	/* which nobody has heard */
			c->ecn_cwr = 1;
		return -ENOBUFS;
	}
	return flags & KTCP_FIN ? 1 : 0;

oom:
	KTCP_INC(c->e.kn, OutOfMemory);
	return -ENOMEM;
}

static bool may_send_data(const struct ktcp_conn *c)
{
	switch (c->e.state) {
	case KTCP_ESTABLISHED:
	case KTCP_FIN_WAIT_1:
	case KTCP_CLOSE_WAIT:
	case KTCP_CLOSING:
	case KTCP_LAST_ACK:
		return true;
	default:
		return false;
	}
}

/* Payload of a record: what lies before our FIN. */
static u32 flight_payload(const struct ktcp_conn *c,
			  const struct ktcp_flight *f)
{
	return seq_min(f->end_seq, c->snd_end) - f->seq;
}

/*
 * A super-segment arrives as a whole, or not at all: where the path is slow, a
 * long one keeps the peer waiting for its first byte, and makes few ACKs of
 * many. So it carries half a millisecond's worth of what is sent, two segments
 * at least; more where round trips are so short that nobody waits.
 */
static u32 burst_max(const struct ktcp_conn *c, u32 gso_max)
{
	u32 slices = max(c->rtt.srtt_us >> 9, 1U);
	u32 near = (c->recovery.min_rtt_us ?: c->rtt.srtt_us) >> 9;
	u32 max = c->cc.cwnd / slices;

	if (c->cc.cwnd >= c->cc.ssthresh)
		max += max / 4;
	max += near < 32 ? gso_max >> near : 0;
	return clamp(max, min(2U * c->seg_max, gso_max), gso_max);
}

/*
 * How much of @want goes into the next super-segment, with room for @room: all
 * of it, or as many whole segments as fit.
 */
static u32 chunk(const struct ktcp_conn *c, u32 want, u32 room)
{
	u16 segs;
	u32 max;

	if (want <= min_t(u32, room, c->seg_max))
		return want;
	max = ktcp_ip_gso_max(&c->e.key, c->dst, &segs);
	max = min(max, (u32)segs * c->seg_max);
	/* each has a pointer of its own; and a duplicate is told of once */
	if (unlikely(c->urgent_out || (c->extra && c->extra->sacks.has_dsack)))
		max = c->seg_max;
	if (min(want, room) > 2U * c->seg_max)
		max = burst_max(c, max);
	/* one segment is none of the device's business */
	max = min(max_t(u32, max, c->seg_max), room);
	if (want <= max)
		return want;
	return max > c->seg_max ? max - max % c->seg_max : max;
}

/* Why is something sent again, other than into a closed window? */
static const char *reason(const struct ktcp_conn *c)
{
	switch (c->recovery.phase) {
	case KTCP_OPEN:
		return "probe";
	case KTCP_LOSS:
		return "timeout";
	default:
		return "recovery";
	}
}

static void resent(struct ktcp_conn *c, struct ktcp_flight *f, u32 len)
{
	trace_ktcp_retransmit(&c->e.key, c->e.state, f->seq, len, reason(c));
	c->force_lost = 0;
	/* RFC 6675 6: the first needs as long as ever. output_timers() does it. */
	if (list_is_first(&f->list, &c->flight))
		ktcp_timer_clear(c, KTCP_TIMER_RETRANS);
	ktcp_recovery_again(c, max(1U, DIV_ROUND_UP(len, c->seg_max)));
	ktcp_flight_resent(c, f);
	f->mss = c->seg_max;
	ktcp_recovery_sent(c, len, true);
}

/*
 * How much of cwnd is used (RFC 7661): in each flight the most that was sent,
 * and if cwnd was what ended it.
 */
static void note_use(struct ktcp_conn *c, bool limited)
{
	u32 flight = ktcp_flight_size(c);

	if (!limited && seq_lt(c->snd_una, c->use_seq) &&
	    (c->cwnd_limited || flight <= c->cwnd_used))
		return;
	c->cwnd_limited = limited;
	c->cwnd_used = flight;
	c->use_seq = c->snd_nxt;
}

/*
 * Send again what is marked lost, oldest first, and add it to @sent. A timeout, and
 * nothing in the network at all, always allow one segment. Returns if cwnd ended it.
 */
static bool output_lost(struct ktcp_conn *c, u32 *sent)
{
	struct ktcp_flight *f;

	if (!c->lost_bytes)
		return false;
	/* Most often there is no room, and the first of it is far from the front. */
	if (ktcp_pipe(c) >= c->cc.cwnd && ktcp_pipe(c) && !c->force_lost)
		return true;
	list_for_each_entry(f, &c->flight, list) {
		u32 pipe = ktcp_pipe(c), room, len;
		int fin;

		/* In passing what has left is let go. */
		if (ktcp_flight_here(c, f) || !(f->flags & KTCP_FLIGHT_LOST))
			continue;
		room = pipe < c->cc.cwnd ? c->cc.cwnd - pipe : 0;
		if (room < min_t(u32, f->end_seq - f->seq, c->mss) && pipe &&
		    !c->force_lost)
			return true;
		if (event_full(c, *sent))
			break;
		len = chunk(c, flight_payload(c, f), max_t(u32, room, c->mss));
		if (f->seq + len != f->end_seq && f->seq + len != c->snd_end &&
		    !ktcp_flight_split(c, f, len))
			break;
		fin = c->fin_sent && f->seq + len == c->snd_end &&
		      seq_gt(f->end_seq, c->snd_end) ? KTCP_FIN : 0;
		fin = send_range(c, f, f->seq, &len, fin | KTCP_PSH);
		if (fin < 0)
			break;
		/*
		 * The frames ran out: the rest of the record is a new one, and has not
		 * gone out. What has is the front.
		 */
		if (f->seq + len + fin != f->end_seq) {
			if (!ktcp_flight_split(c, f, len + fin))
				break;
			swap(f->held, list_next_entry(f, list)->held);
		}
		resent(c, f, len);
		*sent += len;
	}
	return false;
}

static bool fin_unsent(const struct ktcp_conn *c)
{
	return c->shut && !c->fin_sent;
}

/**
 * ktcp_output_blocked() - does something wait for the peer's window alone?
 * @c: the connection, locked
 *
 * Return: true when something is owed and nothing is in flight, so that no ACK
 * will come by itself.
 */
bool ktcp_output_blocked(const struct ktcp_conn *c)
{
	return may_send_data(c) && c->snd_una == c->snd_nxt &&
	       (ktcp_unsent(c) || fin_unsent(c));
}

/* The last record, if what is sent now can be its continuation. */
static struct ktcp_flight *last_flight(const struct ktcp_conn *c, u64 now)
{
	struct ktcp_flight *f;
	u32 same_us = 0;

	if (list_empty(&c->flight))
		return NULL;
	f = list_last_entry(&c->flight, struct ktcp_flight, list);
	if (unlikely(c->nr_flight >= KTCP_FLIGHT_MAX / 4))
		same_us = c->rtt.srtt_us >> 6;
	if (now - f->sent_us > same_us || f->flags || f->mss != c->seg_max ||
	    (f->end_seq - f->seq) % f->mss)
		return NULL;
	return f;
}

static int send_new(struct ktcp_conn *c, u32 len, u8 flags, u64 now)
{
	struct ktcp_flight *last = last_flight(c, now);
	struct ktcp_flight *f = last ?: ktcp_flight_alloc(c);
	int fin;

	if (!f)
		return -ENOMEM;
	fin = send_range(c, f, c->snd_nxt, &len, flags);
	if (fin < 0) {
		if (!last)
			ktcp_flight_free(c, f);
		return fin;
	}
	if (!last) {
		/* Of what was sent long ago RACK's clock would turn round. */
		if (list_empty(&c->flight))
			c->recovery.rack_known = 0;
		f->seq = c->snd_nxt;
		f->sent_us = now;
		f->mss = c->seg_max;
		f->flags = 0;
		list_add_tail(&f->list, &c->flight);
	}
	c->snd_nxt += len + fin;
	f->end_seq = c->snd_nxt;
	if (len % c->seg_max) {
		c->small_out = 1;
		c->snd_sml = c->snd_nxt;
	}
	c->sent_new = 1;
	ktcp_recovery_sent(c, len, false);
	if (fin)
		c->fin_sent = 1;
	return 0;
}

/*
 * Nagle's algorithm (RFC 9293 3.7.4) as Minshall refined it: the last piece,
 * which does not fill a segment, waits for the ACK of the last such piece.
 */
static bool nagle_holds(const struct ktcp_conn *c, u32 piece)
{
	return piece && c->small_out && !c->nodelay && !c->shut &&
	       c->recovery.frto != KTCP_FRTO_NEW;	/* RFC 5682 2.1, 2b */
}

/*
 * RFC 5681 4.1: what cwnd says of the path is old after an RTO of silence. In recovery
 * from a loss cwnd says something else.
 */
static void restart_after_idle(struct ktcp_conn *c)
{
	if ((c->recovery.phase == KTCP_OPEN || c->recovery.blameless) &&
	    ktcp_rto_since(c, c->last_sent))
		ktcp_cc_idle_restart(&c->cc, ktcp_conf(c->e.kn, init_cwnd));
}

/*
 * RFC 5682 2.1 step 2: does new data go first? Without any, or no room for it,
 * recovery goes on as ever.
 */
static bool frto_new(struct ktcp_conn *c)
{
	struct ktcp_recovery *r = &c->recovery;
	u32 unsent = ktcp_unsent(c);

	if (r->frto == KTCP_FRTO_NEW && c->snd_nxt == c->extra->recover &&
	    (!unsent || usable_window(c) < min_t(u32, unsent, c->seg_max)))
		r->frto = KTCP_FRTO_OFF;
	return r->frto == KTCP_FRTO_NEW;
}

/* What congestion control lets go: in F-RTO two segments, whatever cwnd is. */
static u32 cwnd_room(const struct ktcp_conn *c)
{
	u32 used = ktcp_pipe(c), most = c->cc.cwnd;

	if (c->recovery.frto == KTCP_FRTO_NEW) {
		used = c->snd_nxt - c->extra->recover;
		most = 2 * c->seg_max;
	}
	return used < most ? most - used : 0;
}

/* So many segments must follow a probe, or nothing would tell of its loss. */
#define PROBE_FOLLOWERS	4

/* RFC 4821 7.3: a longer segment, if it is time for one, and enough is owed. */
static void output_mtu_probe(struct ktcp_conn *c, u64 now)
{
	u16 size = ktcp_mtu_probe_size(c), usual = c->seg_max;
	u32 need = size + PROBE_FOLLOWERS * (u32)usual, from;

	/* Half a turn of the clock later it would be ahead of us. */
	if (!ktcp_time_left(c->extra->probe_at))
		c->extra->probe_at = (u32)jiffies;
	if (!size || size <= usual || c->uto_out || ktcp_nr_sacks(c) ||
	    ktcp_unsent(c) < need || cwnd_room(c) < need ||
	    usable_window(c) < need)
		return;
	c->seg_max = size;
	/* Without memory for all of it less may have left, which proves nothing. */
	from = c->snd_nxt;
	if (!send_new(c, size, 0, now) && c->snd_nxt - from == size) {
		KTCP_INC(c->e.kn, MtuProbes);
		c->probe_out = 1;
		list_last_entry(&c->flight, struct ktcp_flight, list)->flags |=
			KTCP_FLIGHT_PROBE;
	}
	c->seg_max = usual;
}

/*
 * New data, then FIN. The sender's half of silly-window avoidance is RFC 9293
 * 3.8.6.2.1: a whole segment, or all that is owed, or half of the largest
 * window the peer ever had. @sent has gone out before in this event. Returns if cwnd
 * ended it.
 */
static bool output_new(struct ktcp_conn *c, u32 sent)
{
	const u32 from = c->snd_nxt - sent;
	u64 now;

	if (c->lost_bytes && c->recovery.frto != KTCP_FRTO_NEW)
		return false;
	now = ktcp_event_us(c);	/* what leaves in one go is one record */
	if (unlikely(c->mss_cap))
		output_mtu_probe(c, now);
	while (ktcp_unsent(c) || fin_unsent(c)) {
		u32 unsent = ktcp_unsent(c), wnd = usable_window(c), len;
		u32 room = cwnd_room(c);
		u8 flags = 0;

		if (room < min_t(u32, unsent, c->seg_max))
			return true;
		if (unlikely(queue_full(c) || c->nr_flight >= KTCP_FLIGHT_MAX) ||
		    event_full(c, c->snd_nxt - from))
			break;
		/* CWR is said once: of a super-segment each part would. */
		len = chunk(c, unsent, min3(room, wnd, c->ecn_cwr ? c->seg_max :
							       U32_MAX));
		if (len < unsent && len < c->seg_max &&
		    (!len || len < c->max_snd_wnd / SWS_FRACTION))
			break;
		if (len == unsent && nagle_holds(c, len % c->seg_max)) {
			len -= len % c->seg_max;
			if (!len)
				break;
		} else if (len == unsent) {
			flags |= KTCP_PSH;
			if (fin_unsent(c) && wnd > len)
				flags |= KTCP_FIN;
			else if (!len)
				break;
		}
		if (send_new(c, len, flags, now))
			break;
	}
	return false;
}

static bool route_ready(struct ktcp_conn *c)
{
	u16 mss;

	if (ktcp_ip_route(c->e.kn, &c->e.key, &c->dst, &c->dst_cookie))
		return false;
	mss = ktcp_conn_mss(c);
	if (unlikely(mss != c->mss)) {
		c->mss = mss;
		ktcp_cc_set_mss(&c->cc, mss);
	}
	c->seg_max = mss;
	if (unlikely(c->uto_out))
		c->seg_max -= KTCP_OPT_UTO_LEN;
	if (ktcp_nr_sacks(c))
		c->seg_max -= KTCP_OPT_SACK_SPACE(min(sack_room(c),
						      ktcp_nr_sacks(c)));
	return true;
}

/**
 * ktcp_output_probe() - make the peer say how its window is
 * @c: the connection, locked
 *
 * What little the window takes, else one byte beyond it, or the FIN; what is in
 * flight already is repeated (RFC 9293 3.8.6.1). An answer may be delayed at
 * will, so no round-trip time is taken from it.
 */
void ktcp_output_probe(struct ktcp_conn *c)
{
	const u32 sent = c->last_sent;
	u32 len;

	if (!route_ready(c))
		return;
	KTCP_INC(c->e.kn, PersistProbes);
	if (c->snd_una == c->snd_nxt) {
		u32 unsent = ktcp_unsent(c);

		len = min3(max(usable_window(c), 1U), unsent, (u32)c->seg_max);
		if (send_new(c, len, unsent ? KTCP_PSH : KTCP_FIN,
			     ktcp_event_us(c)) || c->snd_wnd)
			return;
	} else {
		bool fin = c->fin_sent && c->snd_una == c->snd_end;

		len = fin ? 0 : 1;
		send_range(c, NULL, c->snd_una, &len, fin ? KTCP_FIN : KTCP_PSH);
		list_first_entry(&c->flight, struct ktcp_flight, list)->sent_us =
			ktcp_event_us(c);
		ktcp_recovery_again(c, 1);
		trace_ktcp_retransmit(&c->e.key, c->e.state, c->snd_una, len,
				      "persist");
	}
	list_first_entry(&c->flight, struct ktcp_flight, list)->flags |=
		KTCP_FLIGHT_RETRANS;
	/* A byte that was asked for does not say how the path is. */
	if (!c->snd_wnd)
		c->last_sent = sent;
}

/**
 * ktcp_output_tail() - send what makes the peer say what it has
 * @c: the connection, locked; something is in flight
 *
 * A new segment, cwnd or not, or else the last one again (RFC 8985 7.3).
 *
 * Return: 0 for a new one, 1 for an old one, or a negative errno.
 */
int ktcp_output_tail(struct ktcp_conn *c)
{
	u32 wnd = usable_window(c), size, len;
	struct ktcp_flight *f;
	u8 fin;

	if (!route_ready(c))
		return -EHOSTUNREACH;
	len = min_t(u32, ktcp_unsent(c), c->seg_max);
	if (wnd && wnd >= len && (len || fin_unsent(c)))
		return send_new(c, len, len ? KTCP_PSH : KTCP_FIN,
				ktcp_event_us(c));

	f = list_last_entry(&c->flight, struct ktcp_flight, list);
	size = flight_payload(c, f);
	len = min_t(u32, size % f->mss ?: f->mss, c->seg_max);
	if (size > len) {
		if (!ktcp_flight_split(c, f, size - len))
			return -ENOMEM;
		f = list_next_entry(f, list);
	}
	len = flight_payload(c, f);
	fin = seq_gt(f->end_seq, c->snd_end) ? KTCP_FIN : 0;
	if (ktcp_flight_here(c, f) ||
	    send_range(c, f, f->seq, &len, fin | KTCP_PSH) < 0)
		return -ENOMEM;
	resent(c, f, len);
	return 1;
}

/*
 * SND.NXT, but when a probe has gone beyond the window: nothing that lies there
 * is believed, not even an ACK or a RST. An edge that has moved left by less than a
 * unit of its scale was but rounded (RFC 7323 2.4). A SYN needs no window.
 */
static u32 believed_seq(const struct ktcp_conn *c)
{
	u32 edge = c->snd_una + c->snd_wnd;
	u32 unit = c->snd_wnd ? 1U << c->options.snd_wscale : 1;

	if (c->e.state == KTCP_SYN_RECV)
		return c->snd_nxt;
	return seq_lt(c->snd_nxt, edge + unit) ? c->snd_nxt : edge;
}

static void output_ack(struct ktcp_conn *c)
{
	struct sk_buff *skb = alloc_seg(c, 0);
	struct ktcp_seg seg = { };

	if (!skb) {	/* the peer sends again, or the next ACK covers it */
		KTCP_INC(c->e.kn, OutOfMemory);
		return;
	}
	ack_leaves(c);
	c->quick_acks -= !!c->quick_acks;
	fill_seg(c, &seg, believed_seq(c), 0);
	put_header(skb, &c->e.key, &seg);
	xmit(c, skb, &seg, 0, INET_ECN_NOT_ECT);
}

/**
 * ktcp_output_keepalive() - ask an idle peer if it is there (RFC 9293 3.8.4)
 * @c: the connection, locked; nothing is in flight
 *
 * An ACK from before the window, which the peer must answer.
 */
void ktcp_output_keepalive(struct ktcp_conn *c)
{
	struct ktcp_seg seg = { };
	struct sk_buff *skb;

	if (!route_ready(c))
		return;
	skb = alloc_seg(c, 0);
	if (!skb) {
		KTCP_INC(c->e.kn, OutOfMemory);
		return;
	}
	KTCP_INC(c->e.kn, KeepaliveProbes);
	ack_leaves(c);
	fill_seg(c, &seg, c->snd_nxt - 1, 0);
	put_header(skb, &c->e.key, &seg);
	xmit(c, skb, &seg, 0, INET_ECN_NOT_ECT);
}

/*
 * The retransmission timer runs exactly while something is in flight (RFC 6298
 * 5.1, 5.2), the persist timer while something waits for the window alone.
 */
static void output_timers(struct ktcp_conn *c)
{
	bool blocked = ktcp_output_blocked(c);

	if (c->snd_una != c->snd_nxt) {
		bool restart = !ktcp_timer_running(c, KTCP_TIMER_RETRANS);

		if (restart)
			ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
		if (restart || c->sent_new)
			ktcp_tlp_arm(c);
	} else {
		ktcp_timer_clear(c, KTCP_TIMER_RETRANS);
		ktcp_timer_clear(c, KTCP_TIMER_REORDER);
		ktcp_timer_clear(c, KTCP_TIMER_TLP);
	}
	c->sent_new = 0;

	if (!blocked)
		ktcp_timer_clear(c, KTCP_TIMER_PERSIST);
	else if (!ktcp_timer_running(c, KTCP_TIMER_PERSIST))
		ktcp_timer_set_rto(c, KTCP_TIMER_PERSIST);

	if (!c->ack_pending)
		ktcp_timer_clear(c, KTCP_TIMER_DELACK);
	else if (!ktcp_timer_running(c, KTCP_TIMER_DELACK))
		ktcp_timer_set(c, KTCP_TIMER_DELACK,
			       msecs_to_jiffies(ktcp_conf(c->e.kn, delack_ms)));

	ktcp_timer_orphan(c);
	ktcp_timer_user(c);
}

/**
 * ktcp_output() - send all that may be sent now
 * @c: the connection, locked
 *
 * Softirq. Without memory or route what should have left counts as lost by the
 * network: a timer runs and tries again.
 */
void ktcp_output(struct ktcp_conn *c)
{
	bool data = may_send_data(c);
	u32 sent = 0;

	/* A window that the application has just opened is worth a word. */
	if (!c->peer_fin && !c->fin_waits && ktcp_rcv_wnd(c) < c->rcvbuf / 2 &&
	    window_room(c))
		c->ack_now = 1;

	if ((c->ack_now || c->lost_bytes ||
	     (data && (ktcp_unsent(c) || fin_unsent(c)))) && route_ready(c)) {
		if (data) {
			if (!ktcp_pipe(c) &&
			    (ktcp_unsent(c) || c->lost_bytes))
				restart_after_idle(c);
			note_use(c, (!frto_new(c) && output_lost(c, &sent)) ||
				 output_new(c, sent));
		}
		if (c->ack_now)
			output_ack(c);
	}
	output_timers(c);
}

/**
 * ktcp_output_refit() - the path may take less than it did, or seems to
 * @c: the connection, locked
 *
 * What was too long has not arrived: it is sent again at once, shorter, and
 * congestion control hears nothing of it (RFC 1191 6.4). Softirq.
 */
void ktcp_output_refit(struct ktcp_conn *c)
{
	if (!may_send_data(c) || !route_ready(c) || !ktcp_recovery_refit(c))
		return;
	ktcp_output(c);
}

/**
 * ktcp_output_rst() - tell the peer that the connection is gone
 * @c: the connection, locked
 *
 * RFC 9293 3.10.5: not in SYN_SENT, CLOSING or LAST_ACK. Whoever has sent and received
 * a FIN, and has the ACK of both, is in TIME_WAIT or CLOSED, and a RST is but a hazard
 * to that (RFC 1337).
 */
void ktcp_output_rst(struct ktcp_conn *c)
{
	struct ktcp_seg seg = { };

	if (c->e.state == KTCP_SYN_SENT ||
	    (c->peer_fin && ktcp_fin_acked(c)))
		return;
	fill_seg(c, &seg, believed_seq(c), KTCP_RST);
	seg.wnd = 0;
	KTCP_INC(c->e.kn, OutRsts);
	ktcp_send_control(c->e.kn, &c->e.key, c->e.state, &seg, c->e.dscp);
}

/**
 * ktcp_output_syn() - send our SYN, or SYN-ACK once the peer's SYN is here
 * @c: the connection, locked, in SYN_SENT or SYN_RECV
 *
 * First time or again. The window of a SYN is not scaled (RFC 7323 2.2).
 */
void ktcp_output_syn(struct ktcp_conn *c)
{
	struct ktcp_seg seg = {
		.seq = c->iss,
		.flags = KTCP_SYN,
		.wnd = min_t(u32, ktcp_rcv_wnd(c), U16_MAX),
		.len = 1,
		.mss = 1,	/* whatever the route says */
	};

	if (c->e.state == KTCP_SYN_RECV) {
		seg.flags |= KTCP_ACK;
		seg.ack = c->rcv_nxt;
		c->last_ack_sent = c->rcv_nxt;
	}
	ktcp_options_syn(&c->options, &seg);
	ktcp_uto_put(&seg, c->app->user_timeout);
	ktcp_send_control(c->e.kn, &c->e.key, c->e.state, &seg, c->e.dscp);
}

/**
 * ktcp_challenge_allowed() - may one more challenge ACK go out now?
 * @e: whose, locked
 *
 * Counts it, one way or the other. Of a limit for all of them an attacker could
 * read what a guess did to somebody else's connection. Softirq.
 *
 * Return: true as often a second as the sysctl challenge_ack_ratelimit says
 * (RFC 5961 7).
 */
bool ktcp_challenge_allowed(struct ktcp_entry *e)
{
	u32 now = jiffies;

	if (now - e->challenges_from >= HZ) {
		e->challenges_from = now;
		e->challenges = 0;
	}
	if (e->challenges >= ktcp_conf(e->kn, challenge_ack_ratelimit)) {
		KTCP_INC(e->kn, ChallengeAcksLimited);
		return false;
	}
	e->challenges++;
	KTCP_INC(e->kn, ChallengeAcks);
	return true;
}

/**
 * ktcp_challenge_ack() - owe the peer a challenge ACK
 * @c: the connection, locked
 *
 * RFC 5961 3.2, 4.2, 5.2.
 */
void ktcp_challenge_ack(struct ktcp_conn *c)
{
	if (ktcp_challenge_allowed(&c->e))
		c->ack_now = 1;
}

/**
 * ktcp_send_control() - send a segment without data for no open connection
 * @kn: the namespace
 * @key: addresses and ports
 * @state: of what sends it, for the tracepoint
 * @seg: what it says; when @seg->mss is not 0 the route's own MSS is put there
 * @dscp: how it is marked (RFC 2474)
 *
 * Softirq, or bottom halves disabled.
 */
void ktcp_send_control(struct ktcp_net *kn, const struct ktcp_key *key,
		       enum ktcp_state state, struct ktcp_seg *seg, u8 dscp)
{
	struct dst_entry *dst = NULL;
	struct sk_buff *skb;
	u32 cookie;

	if (ktcp_ip_route(kn, key, &dst, &cookie))
		return;
	skb = ktcp_skb_alloc(key, dst, KTCP_HDR_MAX, 0);
	if (!skb) {
		KTCP_INC(kn, OutOfMemory);
		goto out;
	}
	if (seg->mss)
		seg->mss = ktcp_ip_advmss(key, dst);
	put_header(skb, key, seg);
	trace_ktcp_xmit(kn, key, state, seg);
	ktcp_ip_xmit(kn, key, dst, skb, 0, dsfield(dscp));
	/* The route must live until the device has it, or has its own. */
out:
	dst_release(dst);
}

static struct ktcp_ratelimit *rst_limit(struct ktcp_net *kn,
					const struct ktcp_key *key)
{
	u32 hash = jhash_2words(ktcp_ts_offset(kn, key), jiffies / HZ, 0);

	return &kn->rst_limit[hash % KTCP_RST_LIMITS];
}

/**
 * ktcp_send_rst_for() - answer a segment that belongs to nothing
 * @kn: the namespace
 * @key: its addresses and ports, ours as local
 * @state: of what it came to
 * @seg: the segment; must not be a RST
 *
 * RFC 9293 3.10.7.1, limited by the sysctl rst_ratelimit. The peers share limits
 * by a secret and the second: from one that all share, or that is shared with
 * somebody he knows, who counts his own could read what a guess in the name of
 * another did. Softirq.
 */
void ktcp_send_rst_for(struct ktcp_net *kn, const struct ktcp_key *key,
		       enum ktcp_state state, const struct ktcp_seg *seg)
{
	struct ktcp_seg rst = { .flags = KTCP_RST };

	if (!ktcp_ratelimit(rst_limit(kn, key), ktcp_conf(kn, rst_ratelimit))) {
		KTCP_INC(kn, OutRstsLimited);
		return;
	}
	if (seg->flags & KTCP_ACK) {
		rst.seq = seg->ack;
	} else {
		rst.flags |= KTCP_ACK;
		rst.ack = ktcp_seg_end(seg);
	}
	KTCP_INC(kn, OutRsts);
	ktcp_send_control(kn, key, state, &rst, 0);
}

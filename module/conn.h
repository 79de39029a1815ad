/* SPDX-License-Identifier: GPL-2.0 */
/* The connection: its state, its queues, its life. */
#ifndef KTCP_CONN_H
#define KTCP_CONN_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/skbuff.h>

#include "app.h"
#include "cc.h"
#include "invariant.h"
#include "ktcp.h"
#include "options.h"
#include "rtt.h"
#include "sack.h"
#include "segment.h"
#include "seq.h"

/*
 * The timers of an open connection; timers.c says what each is for, and which
 * of them never run at the same time.
 */
enum ktcp_timer {
	KTCP_TIMER_TLP,		/* before RETRANS: at the same time it goes first */
	KTCP_TIMER_REORDER,
	KTCP_TIMER_RETRANS,
	KTCP_TIMER_PERSIST,
	KTCP_TIMER_QUEUE,
	KTCP_TIMER_DELACK,
	KTCP_TIMER_FIN_WAIT_2,
	KTCP_TIMER_ORPHAN,
	KTCP_TIMER_USER,
	KTCP_TIMER_KEEPALIVE,
	KTCP_TIMER_APP,
	KTCP_TIMER_MAX
};

/* Timers that run at the same time; those that an application must ask for */
#define KTCP_DEADLINES		6
#define KTCP_EXTRA_DEADLINES	2

/* Segments smaller than this cost more than they carry, whatever a peer says. */
#define KTCP_MSS_MIN		48
#define KTCP_MSS_DEFAULT_V4	536	/* RFC 9293 3.7.1, MUST-15 */
#define KTCP_MSS_DEFAULT_V6	1220

/* R1 of RFC 9293 3.8.3: after so many timeouts in a row the path is suspected. */
#define KTCP_R1		3

/* Calls of ktcp_send_blob() and ktcp_send_copy() that can wait for their ACK. */
#define KTCP_SNDQ_EXTENTS	64

/* Received data may hold so many times rcvbuf of memory, overhead included. */
#define KTCP_RCV_OVERHEAD	4

/**
 * struct ktcp_blob - immutable bytes in pages of their own
 * @ref: one for the creator, one per extent
 * @free: among those that are freed later, because it takes a while
 * @counted: whoever is owed it has it for himself: it counts as what is copied does
 * @len: bytes
 * @nr_pages: how many pages
 * @pages: PAGE_SIZE bytes each; the last may be part used. Some that follow one
 *	another are one compound page, with one reference
 */
struct ktcp_blob {
	refcount_t ref;
	struct llist_node free;
	bool counted;
	u64 len;
	unsigned long nr_pages;
	struct page *pages[];
};

/**
 * struct ktcp_extent - bytes owed to the peer
 * @list: in c->sndq, in order of sequence number
 * @blob: where the bytes are, or NULL
 * @page: where they are if there is no @blob
 * @off: the first byte, in the blob or in the page
 * @len: how many
 * @copied: bytes of memory that nobody else has
 */
struct ktcp_extent {
	struct list_head list;
	struct ktcp_blob *blob;
	struct page *page;
	u64 off;
	u32 len;
	u32 copied;
};

KTCP_SIZE_MAX(struct ktcp_extent, 48);

/*
 * Flight records of a connection: no new data leaves, and no SACK cuts, beyond.
 * From a fourth of that on what leaves within a 64th of a round trip is one record.
 */
#define KTCP_FLIGHT_MAX		4096

#define KTCP_FLIGHT_LOST	BIT(0)	/* taken for lost, to be sent again */
#define KTCP_FLIGHT_RETRANS	BIT(1)	/* was sent more than once (Karn) */
#define KTCP_FLIGHT_SACKED	BIT(2)	/* has arrived, out of order */
#define KTCP_FLIGHT_PROBE	BIT(3)	/* a longer segment than the path is known to take */
#define KTCP_FLIGHT_REFIT	BIT(4)	/* was sent again as one too long for the path */

/**
 * struct ktcp_flight - a range of sequence numbers that was sent at one time
 * @list: in c->flight, in order of sequence number
 * @seq: the first
 * @end_seq: the first after, FIN counted
 * @sent_us: when it was last sent, ktcp_now_us()
 * @held: the last skb of it, or NULL: its clone tells if this host still has it
 * @mss: payload of each of its segments
 * @flags: KTCP_FLIGHT_*
 */
struct ktcp_flight {
	struct list_head list;
	u32 seq;
	u32 end_seq;
	u64 sent_us;
	struct sk_buff *held;
	u16 mss;
	u8 flags;
};

KTCP_SIZE_MAX(struct ktcp_flight, 48);

/* Where loss recovery stands. */
enum ktcp_phase {
	KTCP_OPEN,		/* nothing is believed lost */
	KTCP_MARKED,		/* nor here, but ECN makes cwnd come down */
	KTCP_FAST,		/* fast recovery: ACKs told of a loss */
	KTCP_LOSS,		/* a timeout did */
};

/* Where F-RTO stands (RFC 5682). */
enum ktcp_frto {
	KTCP_FRTO_OFF,
	KTCP_FRTO_WAIT,		/* step 2: for what a timeout has sent again */
	KTCP_FRTO_NEW,		/* step 3: new data goes out, and nothing lost */
};

/**
 * struct ktcp_recovery - loss detection (RFC 8985), and where recovery stands
 * @rack_us: RACK.xmit_ts: when that was sent of which the latest has arrived, low
 *	32 bits of ktcp_now_us(), if @rack_known
 * @rack_end_seq: RACK.end_seq
 * @rack_rtt_us: RACK.rtt
 * @min_rtt_us: RACK.min_RTT
 * @min_rtt_at_us: when it was measured
 * @fack: RACK.fack: the highest sequence number that has arrived
 * @reo_wnd_mult: RACK.reo_wnd_mult
 * @reo_wnd_persist: RACK.reo_wnd_persist
 * @dup_acks: duplicate ACKs in a row, of a peer without SACK
 * @rack_known: something has arrived, RACK has begun
 * @reordering: RACK.reordering_seen
 * @in_dsack_round: RACK.dsack_round is valid
 * @can_undo: nothing yet has shown that there was a loss
 * @retransmitted: something was sent again since @phase began
 * @eifel: and no new ACK has come since
 * @tlp_out: a loss probe was sent, and its outcome is not known
 * @tlp_is_retrans: TLP.is_retrans
 * @phase: enum ktcp_phase; but for KTCP_OPEN there is a struct ktcp_extra
 * @frto: enum ktcp_frto
 * @blameless: all that has been lost in this @phase was, but not by congestion
 * @lost_again: what this event has found lost had been sent again
 * @was_fast: what may be undone began as KTCP_FAST
 * @credit: how much more was sent twice than has arrived twice, in quarters of a
 *	segment, saturated
 */
struct ktcp_recovery {
	u32 rack_us;
	u32 rack_end_seq;
	u32 rack_rtt_us;
	u32 min_rtt_us;
	u32 min_rtt_at_us;
	u32 fack;
	u8 reo_wnd_mult;
	u8 reo_wnd_persist;
	u8 dup_acks;
	u8 rack_known:1,
	   reordering:1,
	   in_dsack_round:1,
	   can_undo:1,
	   retransmitted:1,
	   eifel:1,
	   tlp_out:1,
	   tlp_is_retrans:1;
	u8 phase;
	u8 frto:5,
	   blameless:1,
	   lost_again:1,
	   was_fast:1;
	s16 credit;
};

/**
 * struct ktcp_extra - what a connection seldom needs
 *
 * It is there from when something of it matters (ktcp_extra()) until nothing
 * does any more, at the end of an event: an idle connection has none.
 *
 * Receiving:
 * @ofo: data out of order, sorted, may overlap
 * @sacks: what the peer is told of it
 * @fin_seq: where the peer's FIN is, if it came before what precedes it
 * @rcv_up: RCV.UP, if @urgent_in: the first byte after urgent data
 *
 * Sending:
 * @snd_up: SND.UP, if @urgent_out: the first byte after urgent data
 * @user_timeout: how long what is sent may stay unacknowledged, ms; 0: R2 says
 * @adv_uto: ADV_UTO of RFC 5482 3.1 as on the wire, 0: not set
 * @peer_uto: REMOTE_UTO likewise
 * @uto_end: once this is acknowledged the peer need not be told @adv_uto again
 * @probe_at: when a longer segment than @mss_cap of the connection allows is tried
 *	again, low 32 bits of jiffies
 * @mss_fail: the shortest that was lost then, as @mss_cap counts, or 0
 * @last_rcvd: when a segment was last accepted, low 32 bits of jiffies
 * @keep_probes: probes of the keep-alive since then
 * @deadline: of the timers that go with @user_timeout and the keep-alive
 * @traced_cwnd: cwnd as the tracepoint last had it, 0: never
 *
 * Recovery:
 * @recover: SND.NXT when KTCP_FAST or KTCP_LOSS began; it is over when that is
 *	acknowledged
 * @cwr_end: SND.NXT when cwnd was last reduced: KTCP_MARKED is over when that is
 *	acknowledged, and only later marks are of another window of data
 * @undo_end: SND.NXT when recovery ended: when more is acknowledged, whatever was
 *	sent again has had its answer
 * @recover_fs: RecoverFS of RFC 6937
 * @prr_delivered: prr_delivered
 * @prr_out: prr_out
 * @timeout_una: SND.UNA at the last timeout
 * @undo_una: SND.UNA when the phase began
 * @undo_retrans: bytes sent again, since then or what was in flight then, that did
 *	not arrive twice
 * @retrans_ts: TSval of the first of them, if @retransmitted
 * @dsack_round: RACK.dsack_round, if @in_dsack_round
 * @tlp_end_seq: TLP.end_seq, if @tlp_out
 * @tlp_flight: FlightSize when the probe was sent
 * @cc_undo: congestion control before the last reduction
 */
struct ktcp_extra {
	struct sk_buff_head ofo;
	struct ktcp_sacks sacks;
	u32 fin_seq;
	u32 rcv_up;
	u32 snd_up;
	u32 user_timeout;
	u16 adv_uto;
	u16 peer_uto;
	u32 uto_end;
	u32 probe_at;
	u16 mss_fail;
	u32 last_rcvd;
	u32 keep_probes;
	u32 deadline[KTCP_EXTRA_DEADLINES];
	u32 traced_cwnd;
	u32 recover;
	u32 cwr_end;
	u32 undo_end;
	u32 recover_fs;
	u32 prr_delivered;
	u32 prr_out;
	u32 timeout_una;
	u32 undo_una;
	u32 undo_retrans;
	u32 retrans_ts;
	u32 dsack_round;
	u32 tlp_end_seq;
	u32 tlp_flight;
	struct ktcp_cc_undo cc_undo;
};

KTCP_SIZE_MAX(struct ktcp_extra, 208);

/**
 * struct ktcp_skb_cb - what the receive queues know of an skb
 * @seq: sequence number of the first byte at @off
 * @off: the first byte still wanted
 * @len: how many bytes
 */
struct ktcp_skb_cb {
	u32 seq;
	u32 off;
	u32 len;
};

#define KTCP_CB(skb)	((struct ktcp_skb_cb *)&(skb)->cb[0])

/**
 * struct ktcp_conn - an open connection, SYN_SENT to LAST_ACK
 *
 * Explained by subject, laid out by use: what one event touches lies together.
 *
 * @e: key, state, lock
 * @timer: rings for the first of @deadline (timers.c)
 * @rcu: look-ups take no lock, so memory waits for them
 *
 * Send sequence variables, RFC 9293 3.3.1:
 * @iss: ISS
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT; never goes back, a retransmission is told by @flight
 * @snd_wnd: SND.WND
 * @snd_wl1: SND.WL1
 * @snd_wl2: SND.WL2
 * @max_snd_wnd: MAX.SND.WND of RFC 5961 5.2
 * @snd_end: sequence number after the last byte owed; that of our FIN
 *
 * Receive sequence variables:
 * @rcv_nxt: RCV.NXT
 * @rcv_adv: RCV.NXT + RCV.WND as last advertised; never moves left
 * @last_ack_sent: Last.ACK.sent of RFC 7323 4.3
 * @options: what both ends agreed on in their SYNs
 *
 * Sending:
 * @sndq: extents from ktcp_sndq_seq() on
 * @flight: flight records, from SND.UNA to SND.NXT
 * @nr_extents: how many extents
 * @nr_flight: how many flight records
 * @lost_bytes: sequence numbers in @flight that are marked lost
 * @sacked_bytes: and that have arrived out of order
 * @recovery: loss detection and recovery
 * @mss: most payload in a segment, path, peer and options considered
 * @seg_max: the same in this event, less the room of SACK blocks
 * @peer_mss: what the peer's SYN said
 * @mss_cap: if not 0, what the path seems to take, as @peer_mss counts
 * @rtt: round-trip time
 * @cc: congestion control
 * @last_sent: when data last left, low 32 bits of jiffies
 * @cwnd_used: the most that was in flight in the flight up to @use_seq
 * @use_seq: SND.NXT when that was so
 * @snd_sml: end of the last segment that was not full, if @small_out
 * @backoff: how often the timeout has been doubled
 * @retransmits: timeouts, or unanswered probes, in a row (R1, R2)
 * @soft_error: errno of the last ICMP error since the peer was heard, or 0
 * @dst: cached route
 * @dst_cookie: says if @dst is still good (IPv6)
 *
 * Receiving:
 * @rcvq: data in order that the application has not taken, linked by @next; the
 *	@prev of the first is the last
 * @rcvbuf: how many bytes may wait in @rcvq: the greatest window
 * @taken: bytes that the application has taken since @round_us
 * @last_taken: and in the round trip before
 * @round_us: when this round trip began, low 32 bits of ktcp_now_us()
 * @syn_us: when our SYN was first sent, likewise; in SYN_SENT and SYN_RECV
 * @rcv_truesize: memory that @rcvq and data out of order hold
 * @rcv_mss: largest payload seen of late: what a full-sized segment of the peer is
 * @quick_acks: so many ACKs are not delayed
 * @last_data: when data last came, low 32 bits of jiffies
 *
 * Flags, each under the lock:
 * @nodelay: Nagle's algorithm is off
 * @keepalive: an idle peer is asked if it is there
 * @small_out: a segment that was not full is not acknowledged
 * @urgent_out: urgent data of ours is not acknowledged
 * @urgent_in: the application has not come to the end of the peer's urgent data
 * @urgent_new: and does not know of it
 * @shut: no more will be owed: FIN follows the last byte
 * @fin_sent: our FIN has a sequence number
 * @got_fin_seq: the peer's FIN has arrived, in order or not
 * @fin_waits: it is next, and is taken once the application has taken the rest: ours
 *	has been acknowledged, and nothing would keep the rest in TIME_WAIT
 * @peer_fin: and everything before it: the application may know
 * @told_fin: it knows
 * @app_open: the application holds the connection (opened, or it opens it; not
 *	yet closed)
 * @app_detached: it called ktcp_close()
 * @abort: it called ktcp_abort()
 * @want_space: tell it when there is room to send
 * @read_more: it will take what it had left
 * @ack_now: an ACK must go out when this event is over
 * @ack_pending: an ACK is owed within the delayed-ACK time
 * @sent_new: something was sent for the first time in this event
 * @force_lost: send one lost segment, whatever cwnd says
 * @ecn_echo: the peer is told of a congestion mark, until it has heard (ECE)
 * @ecn_cwr: cwnd was reduced; the next new data says so (CWR)
 * @cwnd_limited: in the flight up to @use_seq cwnd kept us from sending more
 * @uto_fixed: CHANGEABLE of RFC 5482 3.1 is false: the application has chosen
 * @uto_out: our segments have the user timeout option
 * @probe_out: a segment with KTCP_FLIGHT_PROBE is on its way
 * @full_arrived: a segment as long as they are has arrived, so the path takes such
 * @round_over: what was sent since @round_us has had an answer
 *
 * Observed:
 * @timer_set: bit for each timer that runs
 * @now_ns: the time of the event that is going on, ktime_get_ns(): the clock is
 *	read once for each. In between, of the last that was not a timer's: how long
 *	the peer, and the application, have been silent
 * @deadline: when they end, low 32 bits of jiffies; ktcp_timer_deadline()
 * @bytes_in: payload received in order
 * @bytes_out: payload acknowledged
 * @retrans: segments retransmitted
 *
 * @extra: what is seldom needed, or NULL
 * @app: the application
 * @priv: its state
 * @seen: in debug builds, what the last event left (invariant.c)
 */
struct ktcp_conn {
	struct ktcp_entry e;

	/* what starts a timer, and the timer */
	union {
		struct timer_list timer;
		struct rcu_head rcu;
	};
	u64 now_ns;
	u32 deadline[KTCP_DEADLINES];
	u16 timer_set;

	/* a segment comes: the checks, then its data */
	u16 rcv_mss;
	u32 nodelay:1,
	    keepalive:1,
	    small_out:1,
	    urgent_out:1,
	    urgent_in:1,
	    urgent_new:1,
	    shut:1,
	    fin_sent:1,
	    got_fin_seq:1,
	    fin_waits:1,
	    peer_fin:1,
	    told_fin:1,
	    app_open:1,
	    app_detached:1,
	    abort:1,
	    want_space:1,
	    read_more:1,
	    ack_now:1,
	    ack_pending:1,
	    sent_new:1,
	    force_lost:1,
	    ecn_echo:1,
	    ecn_cwr:1,
	    cwnd_limited:1,
	    uto_fixed:1,
	    uto_out:1,
	    probe_out:1,
	    full_arrived:1,
	    round_over:1;
	u32 rcv_nxt;
	u32 rcv_adv;
	u32 last_ack_sent;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 snd_wl1;
	u32 snd_wl2;
	struct ktcp_options options;
	u32 rcvbuf;
	u32 last_data;
	u32 rcv_truesize;
	struct sk_buff *rcvq;
	struct ktcp_extra *extra;
	u64 priv[KTCP_APP_PRIV_SIZE / sizeof(u64)];
	u64 bytes_in;
	u32 taken;
	u32 last_taken;
	union {
		u32 round_us;
		u32 syn_us;
	};
	u8 quick_acks;
	u8 backoff;
	u8 retransmits;

	/* what an ACK tells, and what is sent */
	u8 nr_extents;
	u32 snd_end;
	u32 dst_cookie;
	struct dst_entry *dst;
	u64 bytes_out;
	struct list_head sndq;
	struct list_head flight;
	u32 lost_bytes;
	u32 sacked_bytes;
	u16 nr_flight;
	u16 seg_max;
	u32 last_sent;
	u32 snd_sml;
	u32 cwnd_used;
	u32 use_seq;
	struct ktcp_rtt rtt;
	struct ktcp_cc cc;
	struct ktcp_recovery recovery;

	/* seldom written to: 32 bytes beside the next one's place and key */
	const struct ktcp_app_ops *app;
	u32 iss;
	u32 max_snd_wnd;
	u16 mss;
	u16 peer_mss;
	u16 mss_cap;
	u16 soft_error;
	u32 retrans;
#ifdef KTCP_DEBUG
	struct ktcp_seen seen;
#endif
};

#ifndef KTCP_DEBUG
KTCP_SIZE_MAX(struct ktcp_conn, 480);
KTCP_LAYOUT(sizeof(struct ktcp_conn) - offsetof(struct ktcp_conn, app) == 32);
#endif

/** ktcp_event_begins() - read the clock; the connection is locked, or new */
static inline void ktcp_event_begins(struct ktcp_conn *c)
{
	WRITE_ONCE(c->now_ns, ktime_get_ns());	/* mem.c reads it unlocked */
}

/** ktcp_event_us() - the time of the event that is going on, as ktcp_now_us() */
static inline u64 ktcp_event_us(const struct ktcp_conn *c)
{
	return div_u64(c->now_ns, NSEC_PER_USEC);
}

static inline struct ktcp_conn *ktcp_conn(struct ktcp_entry *e)
{
	return container_of(e, struct ktcp_conn, e);
}

/** ktcp_irs() - IRS: what came before all that was received; 0 in SYN_SENT */
static inline u32 ktcp_irs(const struct ktcp_conn *c)
{
	if (c->e.state == KTCP_SYN_SENT)
		return 0;
	return c->rcv_nxt - c->peer_fin - (u32)c->bytes_in - 1;
}

/** ktcp_sndq_seq() - sequence number of the first byte of the send queue */
static inline u32 ktcp_sndq_seq(const struct ktcp_conn *c)
{
	return c->iss + 1 + (u32)c->bytes_out;
}

/** ktcp_unread_seq() - and of the first byte that the application has not taken */
static inline u32 ktcp_unread_seq(const struct ktcp_conn *c)
{
	return c->rcvq ? KTCP_CB(c->rcvq)->seq : c->rcv_nxt - c->peer_fin;
}

/** ktcp_conn_unread() - has the application something left to take? */
static inline bool ktcp_conn_unread(const struct ktcp_conn *c)
{
	return c->rcvq && c->app_open && !c->app_detached;
}

/** ktcp_fin_acked() - has the peer acknowledged our FIN? */
static inline bool ktcp_fin_acked(const struct ktcp_conn *c)
{
	return c->fin_sent && c->snd_una == c->snd_nxt;
}

/** ktcp_conn_over() - have both sides closed? What is unread is all that is left */
static inline bool ktcp_conn_over(const struct ktcp_conn *c)
{
	return (c->peer_fin || c->fin_waits) && ktcp_fin_acked(c);
}

/** ktcp_flight_size() - FlightSize of RFC 5681 2: sent and not acknowledged */
static inline u32 ktcp_flight_size(const struct ktcp_conn *c)
{
	return c->snd_nxt - c->snd_una;
}

/** ktcp_pipe() - what is believed to be in the network (RFC 6675) */
static inline u32 ktcp_pipe(const struct ktcp_conn *c)
{
	return ktcp_flight_size(c) - c->lost_bytes - c->sacked_bytes;
}

/** ktcp_rcv_wnd() - RCV.WND as the peer knows it */
static inline u32 ktcp_rcv_wnd(const struct ktcp_conn *c)
{
	return seq_gt(c->rcv_adv, c->rcv_nxt) ? c->rcv_adv - c->rcv_nxt : 0;
}

/** ktcp_unsent() - bytes owed that were never sent, FIN not counted */
static inline u32 ktcp_unsent(const struct ktcp_conn *c)
{
	return c->fin_sent ? 0 : c->snd_end - c->snd_nxt;
}

/** ktcp_ofo() - is there data out of order? */
static inline bool ktcp_ofo(const struct ktcp_conn *c)
{
	return unlikely(c->extra) && !skb_queue_empty(&c->extra->ofo);
}

/** ktcp_nr_sacks() - how many blocks of a SACK there are to tell */
static inline u8 ktcp_nr_sacks(const struct ktcp_conn *c)
{
	return unlikely(c->extra) ? ktcp_sacks_count(&c->extra->sacks) : 0;
}

/** ktcp_user_timeout() - the application's patience, ms, or 0 */
static inline u32 ktcp_user_timeout(const struct ktcp_conn *c)
{
	return unlikely(c->extra) ? c->extra->user_timeout : 0;
}

/** ktcp_conn_timed_out() - what the application is told when the peer is given up */
static inline int ktcp_conn_timed_out(const struct ktcp_conn *c)
{
	return c->soft_error ? -(int)c->soft_error : -ETIMEDOUT;
}

struct ktcp_conn *ktcp_conn_alloc(struct ktcp_net *kn,
				  const struct ktcp_key *key,
				  enum ktcp_state state,
				  const struct ktcp_app_ops *app);
void ktcp_conn_free_unused(struct ktcp_conn *c);
struct ktcp_extra *ktcp_extra(struct ktcp_conn *c);
u32 ktcp_ofo_purge(struct ktcp_conn *c);
const struct ktcp_cc_ops *ktcp_app_cc(const struct ktcp_net *kn,
				      const struct ktcp_app_ops *app);
void ktcp_conn_urgent(struct ktcp_conn *c, u32 up);
void ktcp_conn_trouble(struct ktcp_conn *c, int error);
void ktcp_conn_unanswered(struct ktcp_conn *c);
u32 ktcp_conn_init_cwnd(const struct ktcp_conn *c, u8 timeouts);
void ktcp_conn_set_state(struct ktcp_conn *c, enum ktcp_state state);
void ktcp_conn_done(struct ktcp_conn *c, int error);
void ktcp_conn_both_closed(struct ktcp_conn *c);
void ktcp_conn_kill(struct ktcp_conn *c, int error);
void ktcp_conn_meet(struct ktcp_conn *c, u32 irs, u32 snd_wnd, u16 peer_mss,
		    const struct ktcp_seg *seg);
u16 ktcp_conn_mss(const struct ktcp_conn *c);
void ktcp_conn_event(struct ktcp_conn *c);
void ktcp_conn_acked(struct ktcp_conn *c, u32 bytes);
void ktcp_rcvq_push(struct ktcp_conn *c, struct sk_buff *skb);
void ktcp_conn_free(struct ktcp_conn *c);
int ktcp_conn_init(void);
void ktcp_conn_exit(void);

#endif /* KTCP_CONN_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * The connection: how it begins and ends, what it owes, what the application
 * is told and may call (app.h).
 */
#include <linux/export.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/dst.h>

#include "conn.h"
#include "input.h"
#include "ip.h"
#include "mem.h"
#include "output.h"
#include "pool.h"
#include "recovery.h"
#include "scoreboard.h"
#include "skb.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"
#include "trace.h"

/* What a connection takes by being there. */
#define CONN_MEM	((long)(sizeof(struct ktcp_conn) + KTCP_MEM_TABLE))

static struct kmem_cache *conn_cache;
static struct kmem_cache *extra_cache;
static struct ktcp_pool extents;

/**
 * ktcp_conn_alloc() - make a connection
 * @kn: the namespace
 * @key: addresses and ports
 * @state: its first state
 * @app: the application
 *
 * Nobody else knows it yet. It has no route and no sequence numbers.
 *
 * Return: the connection, or NULL. Softirq.
 */
struct ktcp_conn *ktcp_conn_alloc(struct ktcp_net *kn,
				  const struct ktcp_key *key,
				  enum ktcp_state state,
				  const struct ktcp_app_ops *app)
{
	struct ktcp_conn *c;

	if (ktcp_mem_refuse(kn))
		return NULL;
	c = kmem_cache_zalloc(conn_cache, GFP_ATOMIC);
	if (!c) {
		KTCP_INC(kn, OutOfMemory);
		return NULL;
	}
	ktcp_mem_add(kn, CONN_MEM);
	spin_lock_init(&c->e.lock);
	ktcp_entry_init(&c->e, kn, key, KTCP_CONN, state);
	INIT_LIST_HEAD(&c->sndq);
	INIT_LIST_HEAD(&c->flight);
	c->app = app;
	c->e.dscp = app->dscp;
	ktcp_event_begins(c);
	c->last_sent = jiffies;
	c->last_data = jiffies;
	c->quick_acks = ktcp_conf(kn, quick_acks);
	return c;
}

static void conn_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(conn_cache, container_of(rcu, struct ktcp_conn, rcu));
}

/**
 * ktcp_conn_free() - give back the memory of a connection after a grace period
 * @c: the connection; its queues are empty, its timer does not run, no one has a
 *	reference
 *
 * Any context.
 */
void ktcp_conn_free(struct ktcp_conn *c)
{
	call_rcu(&c->rcu, conn_free_rcu);
}

/**
 * ktcp_conn_free_unused() - give back a connection that was never published
 * @c: the connection
 *
 * Softirq.
 */
void ktcp_conn_free_unused(struct ktcp_conn *c)
{
	dst_release(c->dst);
	ktcp_mem_add(c->e.kn, -CONN_MEM);
	kmem_cache_free(conn_cache, c);
}

/**
 * ktcp_conn_mss() - the most payload in a segment now
 * @c: the connection, locked; it has a route
 *
 * Return: bytes: what path and peer take, less the options of every segment
 * (RFC 6691). Softirq.
 */
u16 ktcp_conn_mss(const struct ktcp_conn *c)
{
	u16 mss = min(ktcp_ip_mss(&c->e.key, c->dst), c->peer_mss);

	if (c->mss_cap)
		mss = min(mss, c->mss_cap);
	return max_t(int, mss - ktcp_options_space(&c->options), KTCP_MSS_MIN);
}

/**
 * ktcp_conn_meet() - what the peer's SYN says
 * @c: the connection, locked or not yet seen by others; it has a route, its
 *	options and @c->rcvbuf
 * @irs: IRS
 * @snd_wnd: SND.WND
 * @peer_mss: what the peer takes in a segment
 * @seg: the segment that brought it
 */
void ktcp_conn_meet(struct ktcp_conn *c, u32 irs, u32 snd_wnd, u16 peer_mss,
		    const struct ktcp_seg *seg)
{
	c->rcv_nxt = irs + 1;
	c->rcv_adv = c->rcv_nxt + c->rcvbuf;
	c->last_ack_sent = c->rcv_nxt;
	c->rcv_mss = min_t(u16, KTCP_MSS_DEFAULT_V4,
			   ktcp_ip_advmss(&c->e.key, c->dst));
	c->peer_mss = peer_mss;
	c->mss = ktcp_conn_mss(c);
	c->snd_wnd = snd_wnd;
	c->max_snd_wnd = snd_wnd;
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
}

/**
 * ktcp_conn_init_cwnd() - the initial window (RFC 6928 2)
 * @c: the connection
 * @timeouts: how often our SYN, or SYN-ACK, was taken for lost. Once may be the
 *	first timeout's fault; more often is a path that carries little.
 *
 * Return: segments.
 */
u32 ktcp_conn_init_cwnd(const struct ktcp_conn *c, u8 timeouts)
{
	return timeouts > 1 ? 1 : ktcp_conf(c->e.kn, init_cwnd);
}

/**
 * ktcp_app_cc() - the congestion control of an application's connections
 * @kn: the namespace
 * @app: the application
 *
 * Any context.
 */
const struct ktcp_cc_ops *ktcp_app_cc(const struct ktcp_net *kn,
				      const struct ktcp_app_ops *app)
{
	const struct ktcp_cc_ops *ops = NULL;

	if (app->congestion_control)
		ops = ktcp_cc_find(app->congestion_control);
	return ops ?: ktcp_conf(kn, congestion_control);
}

/**
 * ktcp_conn_set_state() - follow an arrow of RFC 9293 figure 5
 * @c: the connection, locked
 * @state: where to
 */
void ktcp_conn_set_state(struct ktcp_conn *c, enum ktcp_state state)
{
	ktcp_entry_moved(&c->e, c->e.state, state);
	WRITE_ONCE(c->e.state, state);	/* window.c looks before it locks */
}

static void extent_free(struct ktcp_conn *c, struct ktcp_extent *x)
{
	list_del(&x->list);
	if (x->blob)
		ktcp_blob_put(x->blob);
	else
		put_page(x->page);
	ktcp_mem_add(c->e.kn, -(long)(sizeof(*x) + x->copied));
	ktcp_pool_put(&extents, x);
	c->nr_extents--;
}

/**
 * ktcp_conn_acked() - the peer has @bytes more; they need not be kept
 * @c: the connection, locked
 * @bytes: payload acknowledged, FIN not counted
 */
void ktcp_conn_acked(struct ktcp_conn *c, u32 bytes)
{
	struct ktcp_extent *x, *next;

	c->bytes_out += bytes;
	KTCP_ADD(c->e.kn, OutOctets, bytes);
	list_for_each_entry_safe(x, next, &c->sndq, list) {
		if (bytes < x->len) {
			x->off += bytes;
			x->len -= bytes;
			return;
		}
		bytes -= x->len;
		extent_free(c, x);
	}
}

/**
 * ktcp_rcvq_push() - data in order, for the application
 * @c: the connection, locked
 * @skb: taken; KTCP_CB() says where the data is
 */
void ktcp_rcvq_push(struct ktcp_conn *c, struct sk_buff *skb)
{
	skb->next = NULL;
	if (c->rcvq)
		c->rcvq->prev->next = skb;
	else
		c->rcvq = skb;
	c->rcvq->prev = skb;
}

/* The first of what has arrived in order: nobody will read it any more. */
static struct sk_buff *rcvq_pop(struct ktcp_conn *c)
{
	struct sk_buff *skb = c->rcvq;

	c->rcvq = skb->next;
	if (c->rcvq)
		c->rcvq->prev = skb->prev;
	ktcp_rcv_mem(c, -(int)skb->truesize);
	skb->prev = NULL;
	skb_mark_not_on_list(skb);
	return skb;
}

/**
 * ktcp_ofo_purge() - let data out of order go
 * @c: the connection, locked; has struct ktcp_extra
 *
 * No SACK block tells of it any more. Softirq, or bottom halves disabled.
 *
 * Return: how many segments it was.
 */
u32 ktcp_ofo_purge(struct ktcp_conn *c)
{
	struct sk_buff *skb;
	u32 n;

	for (n = 0; (skb = __skb_dequeue(&c->extra->ofo)); n++) {
		ktcp_rcv_mem(c, -(int)skb->truesize);
		kfree_skb(skb);
	}
	c->extra->sacks.n = 0;
	return n;
}

/**
 * ktcp_extra() - have room for what a connection seldom needs
 * @c: the connection, locked
 *
 * Return: c->extra, made if there was none; NULL if there is no memory. Softirq.
 */
struct ktcp_extra *ktcp_extra(struct ktcp_conn *c)
{
	if (c->extra)
		return c->extra;
	if (ktcp_mem_refuse(c->e.kn))
		return NULL;
	c->extra = kmem_cache_zalloc(extra_cache, GFP_ATOMIC);
	if (!c->extra) {
		KTCP_INC(c->e.kn, OutOfMemory);
		return NULL;
	}
	ktcp_mem_add(c->e.kn, sizeof(*c->extra));
	__skb_queue_head_init(&c->extra->ofo);
	c->extra->recover = c->snd_una - 1;
	c->extra->cwr_end = c->snd_una - 1;
	c->extra->undo_end = c->snd_una - 1;
	c->extra->last_rcvd = jiffies;
	return c->extra;
}

static void extra_free(struct ktcp_conn *c)
{
	if (!c->extra)
		return;
	ktcp_ofo_purge(c);
	ktcp_mem_add(c->e.kn, -(long)sizeof(*c->extra));
	kmem_cache_free(extra_cache, c->extra);
	c->extra = NULL;
}

static bool extra_needed(struct ktcp_conn *c)
{
	bool recovery = ktcp_recovery_lasts(c);

	return recovery || ktcp_ofo(c) || ktcp_nr_sacks(c) || c->urgent_in ||
	       c->urgent_out || ktcp_user_timeout(c) || c->keepalive ||
	       c->mss_cap || c->extra->adv_uto || c->extra->peer_uto ||
	       (c->got_fin_seq && !c->peer_fin) || trace_ktcp_cwnd_enabled();
}

/* Everything goes but the memory of the connection itself. */
static void conn_purge(struct ktcp_conn *c)
{
	struct ktcp_extent *x, *next;

	ktcp_flight_purge(c);
	list_for_each_entry_safe(x, next, &c->sndq, list)
		extent_free(c, x);
	while (c->rcvq)
		kfree_skb(rcvq_pop(c));
	extra_free(c);
	dst_release(c->dst);
	c->dst = NULL;
	c->timer_set = 0;
}

/*
 * What is left to do when a connection is in the table no more: count, tell the
 * application, give everything back.
 */
static void conn_end(struct ktcp_conn *c, int error)
{
	struct ktcp_net *kn = c->e.kn;

	/* RFC 4022: EstabResets leave ESTABLISHED or CLOSE_WAIT to CLOSED. */
	if (error) {
		if (c->e.state == KTCP_ESTABLISHED ||
		    c->e.state == KTCP_CLOSE_WAIT)
			KTCP_INC(kn, EstabResets);
		else if (c->e.state == KTCP_SYN_SENT ||
			 c->e.state == KTCP_SYN_RECV)
			KTCP_INC(kn, AttemptFails);
	}
	if (c->app_open) {
		c->app_open = 0;
		c->app->closed(c, error);
	}
	conn_purge(c);
	percpu_counter_dec(&kn->conns);
	ktcp_mem_add(kn, -CONN_MEM);
	ktcp_mem_settle(kn);
}

/**
 * ktcp_conn_done() - the connection is over
 * @c: the connection, locked; dead afterwards
 * @error: what the application is told, see struct ktcp_app_ops
 *
 * Bottom halves disabled. The caller still holds the lock afterwards, and must
 * look at @c->e.dead before it goes on.
 */
void ktcp_conn_done(struct ktcp_conn *c, int error)
{
	ktcp_table_remove(&c->e);
	conn_end(c, error);
	ktcp_conn_set_state(c, KTCP_CLOSED);
}

/**
 * ktcp_conn_kill() - end a connection from this side, peer told with a RST
 * @c: the connection, locked
 * @error: what the application is told
 *
 * Bottom halves disabled.
 */
void ktcp_conn_kill(struct ktcp_conn *c, int error)
{
	ktcp_event_begins(c);
	ktcp_output_rst(c);
	ktcp_conn_done(c, error);
}

/*
 * Both sides have closed. A small object sits out 2MSL (RFC 9293 3.10.7.8); if
 * there is no memory for it, or there are too many, the wait is given up, which
 * risks only that a lost last ACK is answered with a RST.
 */
static void conn_time_wait(struct ktcp_conn *c)
{
	if (ktcp_timewait_take_over(c))
		ktcp_conn_done(c, 0);
	else
		conn_end(c, 0);
}

/* The application has taken @n bytes, which are the next of @cb. */
static void taken(struct ktcp_conn *c, struct ktcp_skb_cb *cb, u32 n)
{
	cb->seq += n;
	cb->off += n;
	cb->len -= n;
	c->taken += n;
}

/* Data that lies in more than one place. */
static void offer_pieces(struct ktcp_conn *c, struct sk_buff *skb)
{
	struct ktcp_skb_cb *cb = KTCP_CB(skb);
	struct skb_seq_state st;
	u32 want = cb->len, n, took;
	const u8 *buf;

	skb_prepare_seq_read(skb, cb->off, cb->off + want, &st);
	while ((n = skb_seq_read(want - cb->len, &buf, &st))) {
		/* It tells how much lies there, not how much was asked. */
		n = min(n, cb->len);
		took = c->app->data(c, buf, n);
		taken(c, cb, took);
		if (took != n || !cb->len || c->app_detached || c->abort) {
			skb_abort_seq_read(&st);
			return;
		}
	}
}

static void offer_data(struct ktcp_conn *c)
{
	struct sk_buff *skb;

	while ((skb = c->rcvq) && !c->app_detached && !c->abort) {
		struct ktcp_skb_cb *cb = KTCP_CB(skb);

		if (c->app->segment)
			taken(c, cb, c->app->segment(c, skb, cb->off, cb->len));
		else if (cb->off + cb->len <= skb_headlen(skb))
			taken(c, cb, c->app->data(c, skb->data + cb->off,
						  cb->len));
		else
			offer_pieces(c, skb);
		if (cb->len)
			return;
		ktcp_skb_used(rcvq_pop(c));
	}
}

/*
 * An application that never stops asking is heard so often in one event, then, if it
 * has taken something, a tick later.
 */
#define OFFERS_MAX	16

/* Without a round-trip time of our own: how often the buffer is looked at. */
#define RCVBUF_LOOK_US	100000

/*
 * Let the buffer grow to what the path and the application keep moving: twice
 * what was taken in a round trip, and twice that again while it still grows,
 * because a sender in slow start doubles (the bandwidth-delay product is not
 * known to a receiver in any other way). It never shrinks: what was advertised
 * stays promised.
 */
static void grow_rcvbuf(struct ktcp_conn *c)
{
	u32 max = min_t(u32, ktcp_conf(c->e.kn, rcvbuf_max),
			U16_MAX << c->options.rcv_wscale);
	u32 now = ktcp_event_us(c);
	u64 want;

	if (!c->round_over ||
	    now - c->round_us < (c->rtt.srtt_us ?: RCVBUF_LOOK_US))
		return;
	want = (u64)c->taken * (c->taken > c->last_taken ? 4 : 2);
	if (c->rcvbuf < max) {
		if (ktcp_mem_pressure(c->e.kn, KTCP_MEM_PRESSURE))
			KTCP_INC(c->e.kn, MemWindowsHeld);
		else
			c->rcvbuf = max_t(u32, c->rcvbuf, min_t(u64, want, max));
	}
	c->last_taken = c->taken;
	c->taken = 0;
	c->round_us = now;
	c->round_over = 0;
}

static void tell_app(struct ktcp_conn *c)
{
	const u32 before = c->taken;
	int i;

	if (unlikely(c->urgent_new)) {
		c->urgent_new = 0;
		if (c->app->urgent && c->app_open && !c->app_detached)
			c->app->urgent(c);
	}
	for (i = 0; i < OFFERS_MAX && c->read_more; i++) {
		c->read_more = 0;
		if (c->app_open && !c->app_detached)
			offer_data(c);
	}
	/* Another event need not come by itself. */
	if (unlikely(c->read_more) && c->rcvq && c->taken != before)
		ktcp_timer_set(c, KTCP_TIMER_QUEUE, 1);
	if (unlikely(c->urgent_in) && seq_geq(ktcp_unread_seq(c), c->extra->rcv_up))
		c->urgent_in = 0;
	if (c->taken)
		grow_rcvbuf(c);
	if (unlikely(c->fin_waits) && !c->rcvq)
		ktcp_conn_fin(c);
	if (c->peer_fin && !c->told_fin && c->app_open && !c->app_detached &&
	    !c->rcvq) {
		c->told_fin = 1;
		c->app->peer_closed(c);
	}
}

static void trace_cwnd(struct ktcp_conn *c)
{
	static const char *const phases[] = {
		[KTCP_OPEN] = "open",
		[KTCP_MARKED] = "marked",
		[KTCP_FAST] = "fast",
		[KTCP_LOSS] = "loss",
	};

	if (!ktcp_extra(c) || c->cc.cwnd == c->extra->traced_cwnd)
		return;
	trace_ktcp_cwnd(&c->e.key, c->extra->traced_cwnd, c->cc.cwnd,
			c->cc.ssthresh,
			ktcp_flight_size(c), phases[c->recovery.phase]);
	c->extra->traced_cwnd = c->cc.cwnd;
}

/*
 * Short of memory nothing is kept out of order, not even what the peer was told of
 * (RFC 2018 8): it comes again.
 */
static void ofo_pressure(struct ktcp_conn *c)
{
	if (!ktcp_mem_pressure(c->e.kn, KTCP_MEM_PRESSURE) || !ktcp_ofo(c))
		return;
	KTCP_ADD(c->e.kn, MemOfoDropped, ktcp_ofo_purge(c));
}

/**
 * ktcp_conn_both_closed() - CLOSING and LAST_ACK end
 * @c: the connection, locked, in one of these states
 *
 * But not before our FIN is acknowledged and the application has taken what it is
 * owed. Softirq, or bottom halves disabled.
 */
void ktcp_conn_both_closed(struct ktcp_conn *c)
{
	if (!ktcp_conn_over(c) || ktcp_conn_unread(c))
		return;
	if (c->e.state == KTCP_CLOSING)
		ktcp_conn_set_state(c, KTCP_TIME_WAIT);
	else
		ktcp_conn_done(c, 0);
}

static void conn_event(struct ktcp_conn *c)
{
	if (c->want_space && c->nr_extents < KTCP_SNDQ_EXTENTS && c->app_open &&
	    !c->app_detached) {
		c->want_space = 0;
		c->app->writable(c);
	}
	tell_app(c);
	/* RFC 9293 3.6.1: closed with data unread. */
	if (c->app_detached && c->rcvq)
		c->abort = 1;
	if (c->abort) {
		ktcp_conn_kill(c, -ECONNABORTED);
		return;
	}
	if (unlikely(c->extra))
		ofo_pressure(c);
	ktcp_output(c);
	if (unlikely(c->extra) && !extra_needed(c))
		extra_free(c);
	if (trace_ktcp_cwnd_enabled())
		trace_cwnd(c);
	if (likely(c->e.state < KTCP_CLOSING))
		return;
	if (c->e.state != KTCP_TIME_WAIT)
		ktcp_conn_both_closed(c);
	if (c->e.state == KTCP_TIME_WAIT)
		conn_time_wait(c);
}

/**
 * ktcp_conn_event() - the end of every event of a connection
 * @c: the connection, locked
 *
 * The application hears what happened, and what it then owes, and what was owed
 * before, is sent as far as it may be. Softirq, RCU read lock held.
 */
void ktcp_conn_event(struct ktcp_conn *c)
{
	if (!c->e.dead)
		conn_event(c);
	ktcp_skb_settle();
}

void *ktcp_app_priv(struct ktcp_conn *c)
{
	return c->priv;
}
EXPORT_SYMBOL_GPL(ktcp_app_priv);

/* What lies in one piece is one reference of a super-segment. */
#define CHUNK_ORDER	3

/* So many pages in a row as are to be had, @want at most. */
static struct page *chunk_alloc(unsigned long want, gfp_t gfp,
				unsigned long *got)
{
	unsigned int order = min(ilog2(want), CHUNK_ORDER);
	struct page *page = NULL;

	if (order)
		page = alloc_pages(gfp | __GFP_COMP | __GFP_NORETRY |
				   __GFP_NOWARN, order);
	if (!page) {
		order = 0;
		page = alloc_page(gfp);
	}
	*got = 1UL << order;
	return page;
}

struct ktcp_blob *ktcp_blob_alloc(u64 len, gfp_t gfp)
{
	unsigned long nr = DIV_ROUND_UP_ULL(len, PAGE_SIZE), i, got;
	struct ktcp_blob *b = kvzalloc(struct_size(b, pages, nr), gfp);

	if (!b)
		return NULL;
	refcount_set(&b->ref, 1);
	b->len = len;
	while (b->nr_pages < nr) {
		struct page *page = chunk_alloc(nr - b->nr_pages,
						gfp & ~__GFP_HIGHMEM, &got);

		if (!page) {
			ktcp_blob_put(b);
			return NULL;
		}
		for (i = 0; i < got; i++)
			b->pages[b->nr_pages++] = page + i;
	}
	return b;
}
EXPORT_SYMBOL_GPL(ktcp_blob_alloc);

void *ktcp_blob_page(const struct ktcp_blob *b, unsigned long n, size_t *len)
{
	*len = min_t(u64, b->len - (u64)n * PAGE_SIZE, PAGE_SIZE);
	return page_address(b->pages[n]);
}
EXPORT_SYMBOL_GPL(ktcp_blob_page);

struct ktcp_blob *ktcp_blob_create(const void *data, size_t len, gfp_t gfp)
{
	struct ktcp_blob *b = ktcp_blob_alloc(len, gfp);
	unsigned long i;
	size_t n;

	for (i = 0; b && i < b->nr_pages; i++, data += n) {
		void *to = ktcp_blob_page(b, i, &n);

		memcpy(to, data, n);
	}
	return b;
}
EXPORT_SYMBOL_GPL(ktcp_blob_create);

u64 ktcp_blob_len(const struct ktcp_blob *b)
{
	return b->len;
}
EXPORT_SYMBOL_GPL(ktcp_blob_len);

void ktcp_blob_get(struct ktcp_blob *b)
{
	refcount_inc(&b->ref);
}
EXPORT_SYMBOL_GPL(ktcp_blob_get);

/* So many pages are freed at once, whatever the context. */
#define BLOB_FREE_MAX	64

static LLIST_HEAD(blobs_to_free);

static void blob_free(struct ktcp_blob *b)
{
	unsigned long i, nr;

	for (i = 0; i < b->nr_pages; i += nr) {
		nr = compound_nr(b->pages[i]);
		put_page(b->pages[i]);
		if (b->nr_pages > BLOB_FREE_MAX)
			cond_resched();
	}
	kvfree(b);
}

static void free_blobs(struct work_struct *work)
{
	struct ktcp_blob *b, *next;

	llist_for_each_entry_safe(b, next, llist_del_all(&blobs_to_free), free)
		blob_free(b);
}

static DECLARE_WORK(blob_work, free_blobs);

void ktcp_blob_put(struct ktcp_blob *b)
{
	if (!b || !refcount_dec_and_test(&b->ref))
		return;
	if (b->nr_pages <= BLOB_FREE_MAX)
		blob_free(b);
	else if (llist_add(&b->free, &blobs_to_free))
		schedule_work(&blob_work);
}
EXPORT_SYMBOL_GPL(ktcp_blob_put);

static struct ktcp_extent *extent_alloc(struct ktcp_conn *c)
{
	struct ktcp_extent *x;

	if (c->nr_extents >= KTCP_SNDQ_EXTENTS || ktcp_mem_refuse(c->e.kn))
		return NULL;
	x = ktcp_pool_get(&extents);
	if (!x)
		KTCP_INC(c->e.kn, OutOfMemory);
	return x;
}

static void extent_queue(struct ktcp_conn *c, struct ktcp_extent *x)
{
	ktcp_mem_add(c->e.kn, sizeof(*x) + x->copied);
	list_add_tail(&x->list, &c->sndq);
	c->nr_extents++;
	c->snd_end += x->len;
}

/*
 * Sequence numbers must tell old from new, so no more than 2^30 may wait: more
 * is owed when some of it has been acknowledged.
 */
static bool too_much_owed(const struct ktcp_conn *c, u64 len)
{
	return ktcp_owed(c) + len > KTCP_CWND_MAX;
}

int ktcp_send_blob(struct ktcp_conn *c, struct ktcp_blob *b, u64 off, u64 len)
{
	struct ktcp_extent *x;

	BUILD_BUG_ON((u64)KTCP_SEND_BLOB_MAX * KTCP_SNDQ_EXTENTS > KTCP_CWND_MAX);
	if (c->shut || c->app_detached)
		return -EPIPE;
	if (WARN_ON_ONCE(off > b->len || len > b->len - off))
		return -EINVAL;
	if (!len)
		return 0;
	if (too_much_owed(c, len))
		return -EMSGSIZE;
	x = extent_alloc(c);
	if (!x)
		return -ENOMEM;
	refcount_inc(&b->ref);
	x->blob = b;
	x->off = off;
	x->len = len;
	x->copied = b->counted ? PAGE_ALIGN(len) : 0;
	extent_queue(c, x);
	return 0;
}
EXPORT_SYMBOL_GPL(ktcp_send_blob);

u64 ktcp_event_ns(const struct ktcp_conn *c)
{
	return c->now_ns;
}
EXPORT_SYMBOL_GPL(ktcp_event_ns);

/* Owe bytes of a page, whose reference is taken over; @copied of them are ours. */
static int owe_page(struct ktcp_conn *c, struct page *page, u32 off, u32 len,
		    u32 copied)
{
	struct ktcp_extent *x = extent_alloc(c);

	if (!x) {
		put_page(page);
		return -ENOMEM;
	}
	x->blob = NULL;
	x->page = page;
	x->off = off;
	x->len = len;
	x->copied = copied;
	extent_queue(c, x);
	return 0;
}

int ktcp_send_page(struct ktcp_conn *c, struct page *page, u32 off, u32 len)
{
	if (c->shut || c->app_detached)
		return -EPIPE;
	if (!len)
		return 0;
	get_page(page);
	return owe_page(c, page, off, len, 0);
}
EXPORT_SYMBOL_GPL(ktcp_send_page);

/*
 * Where copies go: page after page, each CPU its own. A page lives as long as the last
 * of its copies, so each counts as all of the page: then no peers together can keep
 * more than is counted, whichever of the copies they leave unacknowledged.
 */
struct copies {
	struct page *page;
	u32 used;
};
static DEFINE_PER_CPU(struct copies, copies);

/* Returns a page, with a reference, that has @len bytes of room at @off, or NULL. */
static struct page *copies_room(u32 len, u32 *off)
{
	/*
	 * Not from the reserves: it is used again and again, and sockets of this host
	 * drop what lies in such pages (sk_filter()).
	 */
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC;
	struct copies *cur = this_cpu_ptr(&copies);

	/* With PREEMPT_RT another thread may be here, on the same CPU. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		*off = 0;
		return alloc_page(gfp);
	}
	if (cur->page && page_count(cur->page) == 1)
		cur->used = 0;		/* nobody else has it any more */
	if (!cur->page || cur->used + len > PAGE_SIZE) {
		struct page *page = alloc_page(gfp);

		if (!page)
			return NULL;
		if (cur->page)
			put_page(cur->page);
		cur->page = page;
		cur->used = 0;
	}
	*off = cur->used;
	cur->used += len;
	get_page(cur->page);
	return cur->page;
}

static void copies_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(copies, cpu).page)
			put_page(per_cpu(copies, cpu).page);
}

int ktcp_send_copyv(struct ktcp_conn *c, const struct kvec *vec, size_t n)
{
	size_t i, len = 0;
	struct page *page;
	void *to;
	u32 off;

	if (c->shut || c->app_detached)
		return -EPIPE;
	for (i = 0; i < n; i++)
		len += vec[i].iov_len;
	if (len > KTCP_SEND_COPY_MAX)
		return -EMSGSIZE;
	if (!len)
		return 0;
	page = copies_room(len, &off);
	if (!page) {
		KTCP_INC(c->e.kn, OutOfMemory);
		return -ENOMEM;
	}
	for (i = 0, to = page_address(page) + off; i < n; i++) {
		memcpy(to, vec[i].iov_base, vec[i].iov_len);
		to += vec[i].iov_len;
	}
	return owe_page(c, page, off, len, PAGE_SIZE);
}
EXPORT_SYMBOL_GPL(ktcp_send_copyv);

int ktcp_send_copy(struct ktcp_conn *c, const void *buf, size_t len)
{
	const struct kvec vec = { (void *)buf, len };

	return ktcp_send_copyv(c, &vec, 1);
}
EXPORT_SYMBOL_GPL(ktcp_send_copy);

u32 ktcp_owed(const struct ktcp_conn *c)
{
	return c->snd_end - ktcp_sndq_seq(c);
}
EXPORT_SYMBOL_GPL(ktcp_owed);

u64 ktcp_acked(const struct ktcp_conn *c)
{
	return c->bytes_out;
}
EXPORT_SYMBOL_GPL(ktcp_acked);

unsigned int ktcp_send_space(struct ktcp_conn *c)
{
	unsigned int room = KTCP_SNDQ_EXTENTS - c->nr_extents;

	if (!room)
		c->want_space = 1;
	return room;
}
EXPORT_SYMBOL_GPL(ktcp_send_space);

void ktcp_account(struct ktcp_conn *c, long bytes)
{
	ktcp_mem_add(c->e.kn, bytes);
}
EXPORT_SYMBOL_GPL(ktcp_account);

bool ktcp_account_full(struct ktcp_conn *c)
{
	return ktcp_mem_refuse(c->e.kn);
}
EXPORT_SYMBOL_GPL(ktcp_account_full);

void ktcp_read_more(struct ktcp_conn *c)
{
	c->read_more = 1;
}
EXPORT_SYMBOL_GPL(ktcp_read_more);

void ktcp_shutdown(struct ktcp_conn *c)
{
	if (c->shut)
		return;
	c->shut = 1;
	/* SYN_SENT: the TCB is deleted. SYN_RECV: FIN follows in ESTABLISHED. */
	if (c->e.state == KTCP_SYN_SENT)
		c->abort = 1;
	else if (c->e.state == KTCP_ESTABLISHED)
		ktcp_conn_set_state(c, KTCP_FIN_WAIT_1);
	else if (c->e.state == KTCP_CLOSE_WAIT)
		ktcp_conn_set_state(c, KTCP_LAST_ACK);
}

void ktcp_close(struct ktcp_conn *c)
{
	if (c->app_detached)
		return;
	ktcp_shutdown(c);
	c->app_detached = 1;
	ktcp_timer_clear(c, KTCP_TIMER_APP);
	if (c->e.state == KTCP_FIN_WAIT_2)
		ktcp_timer_set(c, KTCP_TIMER_FIN_WAIT_2,
			       ktcp_conf(c->e.kn, fin_wait2_sec) * HZ);
}
EXPORT_SYMBOL_GPL(ktcp_close);

void ktcp_abort(struct ktcp_conn *c)
{
	c->abort = 1;
}
EXPORT_SYMBOL_GPL(ktcp_abort);
EXPORT_SYMBOL_GPL(ktcp_shutdown);

/* In jiffies it is less than 2^31, whatever HZ is. */
#define TIMEOUT_MAX	(24U * 24 * 60 * 60 * MSEC_PER_SEC)

void ktcp_set_timeout(struct ktcp_conn *c, unsigned int ms)
{
	if (ms)
		ktcp_timer_set(c, KTCP_TIMER_APP,
			       msecs_to_jiffies(min(ms, TIMEOUT_MAX)));
	else
		ktcp_timer_clear(c, KTCP_TIMER_APP);
}
EXPORT_SYMBOL_GPL(ktcp_set_timeout);

void ktcp_send_urgent(struct ktcp_conn *c)
{
	if (!ktcp_owed(c) || !ktcp_extra(c))
		return;
	c->urgent_out = 1;
	c->extra->snd_up = c->snd_end;
}
EXPORT_SYMBOL_GPL(ktcp_send_urgent);

u32 ktcp_urgent_left(struct ktcp_conn *c)
{
	u32 from = ktcp_unread_seq(c);

	if (!c->urgent_in || seq_leq(c->extra->rcv_up, from))
		return 0;
	return c->extra->rcv_up - from;
}
EXPORT_SYMBOL_GPL(ktcp_urgent_left);

/**
 * ktcp_conn_urgent() - the peer's urgent pointer (RFC 9293 3.10.7.4, sixth)
 * @c: the connection, locked
 * @up: the first sequence number after urgent data
 *
 * The application is told of the first, and each time that it moves on (MUST-32).
 */
void ktcp_conn_urgent(struct ktcp_conn *c, u32 up)
{
	if (!seq_gt(up, ktcp_unread_seq(c)) ||
	    (c->urgent_in && !seq_gt(up, c->extra->rcv_up)) || !ktcp_extra(c))
		return;
	c->urgent_new = 1;
	c->urgent_in = 1;
	c->extra->rcv_up = up;
}

/**
 * ktcp_conn_trouble() - the peer may be out of reach
 * @c: the connection, locked
 * @error: what the application is told
 *
 * What IP has said of the way is asked for again (RFC 9293 3.8.3, MUST-20).
 */
void ktcp_conn_trouble(struct ktcp_conn *c, int error)
{
	dst_release(c->dst);
	c->dst = NULL;
	if (c->app->trouble && c->app_open && !c->app_detached)
		c->app->trouble(c, error);
}

/**
 * ktcp_conn_unanswered() - one more question to the peer, asked in vain before
 * @c: the connection, locked
 *
 * Our SYN, data or a probe: the next one waits for twice as long (RFC 6298 5.5), and
 * at R1 the application is told (RFC 9293 3.8.3).
 */
void ktcp_conn_unanswered(struct ktcp_conn *c)
{
	c->retransmits += c->retransmits < U8_MAX;
	c->backoff += c->backoff < 31;
	if (c->retransmits == KTCP_R1)
		ktcp_conn_trouble(c, -ETIMEDOUT);
}

void ktcp_set_nodelay(struct ktcp_conn *c, bool on)
{
	c->nodelay = on;
}
EXPORT_SYMBOL_GPL(ktcp_set_nodelay);

void ktcp_set_dscp(struct ktcp_conn *c, u8 dscp)
{
	c->e.dscp = dscp;
}
EXPORT_SYMBOL_GPL(ktcp_set_dscp);

int ktcp_set_keepalive(struct ktcp_conn *c, bool on)
{
	if (!ktcp_extra(c))
		return -ENOMEM;
	c->keepalive = on;
	c->extra->keep_probes = 0;
	if (on)
		ktcp_timer_keepalive(c);
	else
		ktcp_timer_clear(c, KTCP_TIMER_KEEPALIVE);
	return 0;
}
EXPORT_SYMBOL_GPL(ktcp_set_keepalive);

int ktcp_set_user_timeout(struct ktcp_conn *c, unsigned int ms)
{
	if (!ktcp_extra(c))
		return -ENOMEM;
	c->uto_fixed = !!ms;
	c->extra->user_timeout = min_t(unsigned int, ms, KTCP_USER_TIMEOUT_MAX);
	ktcp_timer_clear(c, KTCP_TIMER_USER);
	return 0;
}
EXPORT_SYMBOL_GPL(ktcp_set_user_timeout);

int ktcp_advertise_user_timeout(struct ktcp_conn *c, unsigned int sec)
{
	if (!ktcp_extra(c))
		return -ENOMEM;
	c->extra->adv_uto = ktcp_uto_encode(sec);
	c->extra->uto_end = c->snd_nxt + 1;
	c->uto_out = !!c->extra->adv_uto;
	ktcp_timer_negotiate(c);
	return 0;
}
EXPORT_SYMBOL_GPL(ktcp_advertise_user_timeout);

/**
 * ktcp_conn_kn() - ktcp_conn_net(), as ktcp itself knows it
 * @c: the connection
 */
struct ktcp_net *ktcp_conn_kn(const struct ktcp_conn *c)
{
	return c->e.kn;
}

struct net *ktcp_conn_net(const struct ktcp_conn *c)
{
	return c->e.kn->net;
}
EXPORT_SYMBOL_GPL(ktcp_conn_net);

void ktcp_conn_get(struct ktcp_conn *c)
{
	refcount_inc(&c->e.ref);
}
EXPORT_SYMBOL_GPL(ktcp_conn_get);

void ktcp_conn_put(struct ktcp_conn *c)
{
	ktcp_entry_put(&c->e);
}
EXPORT_SYMBOL_GPL(ktcp_conn_put);

int ktcp_conn_call(struct ktcp_conn *c,
		   void (*fn)(struct ktcp_conn *c, void *arg), void *arg)
{
	int err = -ENOTCONN;

	rcu_read_lock();
	spin_lock_bh(&c->e.lock);
	if (!c->e.dead) {
		ktcp_event_begins(c);
		fn(c, arg);
		ktcp_conn_event(c);
		ktcp_mem_settle(c->e.kn);
		ktcp_invariants(c);
		err = 0;
	}
	spin_unlock_bh(&c->e.lock);
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ktcp_conn_call);

/**
 * ktcp_conn_init() - make the caches
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_conn_init(void)
{
	int err = ktcp_flight_init();

	err = ktcp_pool_init(&extents, KMEM_CACHE(ktcp_extent, 0)) ?: err;
	conn_cache = KMEM_CACHE(ktcp_conn, 0);
	extra_cache = KMEM_CACHE(ktcp_extra, 0);
	if (!err && conn_cache && extra_cache)
		return 0;
	ktcp_conn_exit();
	return -ENOMEM;
}

/**
 * ktcp_conn_exit() - and take them away
 *
 * Process context; may sleep.
 */
void ktcp_conn_exit(void)
{
	flush_work(&blob_work);
	ktcp_flight_exit();
	ktcp_pool_exit(&extents);
	copies_free();
	kmem_cache_destroy(extra_cache);
	kmem_cache_destroy(conn_cache);
}

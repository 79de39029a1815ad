// SPDX-License-Identifier: GPL-2.0
/*
 * Every timer there is:
 *
 *   retrans     Something sent is not acknowledged: take it for lost and send
 *               again (RFC 6298). RTO, 1 s before the first measurement, then
 *               rto_min_ms to rto_max_ms, doubled each time; after retries2
 *               times the connection ends.
 *               Of our SYN, or SYN-ACK after simultaneous open, in connect.c:
 *               1 s, doubled each time; after syn_retries times the
 *               connection ends.
 *   tlp         Something sent is not acknowledged after two round-trip times:
 *               make the peer say what it has (RFC 8985 7). Until the end of
 *               retrans at most.
 *   reorder     Something sent later has arrived, and it may only be late
 *               (RFC 8985 6). A part of a round-trip time.
 *   persist     Something owed cannot be sent because the peer's window is
 *               closed, or too small to be worth it: probe it, or override
 *               (RFC 9293 3.8.6.1, 3.8.6.2.1). RTO, doubled each time.
 *   queue       More may be sent, but this host's own queue has enough of ours:
 *               look again when half of that should have left. Or the
 *               application asks for more of what there is, again and again:
 *               the next tick.
 *   delack      Data arrived and its ACK waits for something to ride on
 *               (RFC 9293 3.8.6.3). delack_ms.
 *   finwait2    The application has closed, our FIN is acknowledged, and the
 *               peer's does not come. fin_wait2_sec.
 *   orphan      The application has closed, and the peer does not acknowledge
 *               what it is still owed, be it that its window stays closed: it
 *               is reset. orphan_sec since the last ACK of anything new, so a
 *               peer that is merely slow is not.
 *   user        What is owed is not acknowledged, and the application has said
 *               how long it waits for that. ktcp_set_user_timeout().
 *   keepalive   The peer is silent, and the application wants to know if it is
 *               there. keepalive_sec, then keepalive_interval_sec each time.
 *   app         Whatever the application asked for with ktcp_set_timeout().
 *   synack      Of a request: its SYN-ACK is not acknowledged, send it again.
 *               1 s, doubled each time; after synack_retries times the request
 *               is forgotten.
 *   timewait    Of a TIME_WAIT: 2MSL. time_wait_sec. In timewait.c.
 *
 * An object has one timer_list, but for a TIME_WAIT, which has a place in a
 * queue; that has one. It is armed for the earliest of its deadlines. A
 * deadline that is put off, or cancelled, does not touch the timer_list: it
 * rings, finds nothing due, and is armed for what is next. So the usual segment
 * that moves the retransmission timer writes one word.
 *
 * The kernel's timer wheel rings late by up to an eighth of the time that it
 * was set for. A long wait is therefore approached: the wheel is set for the last
 * time before the end at which it rings, then for that of the rest, and the last
 * step, below 63 jiffies, is exact. So what a timer_list says is when it rings,
 * and a deadline before that is seen to be one.
 */
#include "compat.h"
#include "connect.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "recovery.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"

static const char *const timer_names[KTCP_TIMER_MAX] = {
	[KTCP_TIMER_TLP] = "tlp",
	[KTCP_TIMER_REORDER] = "reorder",
	[KTCP_TIMER_RETRANS] = "retrans",
	[KTCP_TIMER_PERSIST] = "persist",
	[KTCP_TIMER_QUEUE] = "queue",
	[KTCP_TIMER_DELACK] = "delack",
	[KTCP_TIMER_FIN_WAIT_2] = "finwait2",
	[KTCP_TIMER_ORPHAN] = "orphan",
	[KTCP_TIMER_USER] = "user",
	[KTCP_TIMER_KEEPALIVE] = "keepalive",
	[KTCP_TIMER_APP] = "app",
};

static struct timer_list *timer_of(struct ktcp_entry *e)
{
	return e->kind == KTCP_CONN ? &ktcp_conn(e)->timer :
				      &ktcp_request(e)->timer;
}

/*
 * The timer wheel (kernel/time/timer.c): its first level takes waits of less than 63
 * jiffies, each further one waits 8 times as long, and rings every 8 times as many
 * jiffies.
 */
#define WHEEL_LEVEL	63ULL
#define WHEEL_SHIFT	3

/* The wheel's own clock may lag behind jiffies. */
#define WHEEL_LAG	2

/**
 * ktcp_wheel_expires() - a step on the way to a deadline
 * @deadline: low 32 bits of jiffies, at most 2^31 ahead
 *
 * Return: what a timer_list is set to: it rings one jiffy after that, neither later,
 * nor after the deadline unless that is exact. Any context.
 */
unsigned long ktcp_wheel_expires(u32 deadline)
{
	const unsigned long now = jiffies;
	u32 left = max_t(s32, deadline - (u32)now, 0);
	unsigned int shift = 0;

	while (left + WHEEL_LAG >= WHEEL_LEVEL << shift)
		shift += WHEEL_SHIFT;
	if (!shift)
		return now + left;
	return ((now + left - 1) & ~(BIT(shift) - 1)) - 1;
}

/**
 * ktcp_entry_arm() - have an object's timer ring
 * @e: the object, a request or a connection
 * @deadline: when, low 32 bits of jiffies, at most 2^31 ahead
 *
 * It may ring before @deadline: the handler looks at the time. Bottom halves
 * disabled, @e locked.
 */
void ktcp_entry_arm(struct ktcp_entry *e, u32 deadline)
{
	if (!mod_timer(timer_of(e), ktcp_wheel_expires(deadline)))
		refcount_inc(&e->ref);
}

/**
 * ktcp_entry_disarm() - an object waits for no time any more
 * @e: the object; the caller holds a reference of its own
 *
 * The handler may be running on another CPU, waiting for the lock; it finds the
 * object dead. Bottom halves disabled, @e locked.
 */
void ktcp_entry_disarm(struct ktcp_entry *e)
{
	if (e->kind == KTCP_TIMEWAIT)
		ktcp_timewait_dequeue(ktcp_timewait(e));
	else if (timer_delete(timer_of(e)))
		ktcp_entry_put(e);
}

/*
 * Two timers that never run at the same time have one deadline: to start one is
 * to stop the other. Something is in flight, or nothing is; a loss is looked for,
 * or what came last is probed (RFC 8985 8); our FIN is acknowledged, or is not.
 */
static const u8 slots[KTCP_TIMER_MAX] = {
	[KTCP_TIMER_RETRANS] = 0,
	[KTCP_TIMER_PERSIST] = 0,
	[KTCP_TIMER_TLP] = 1,
	[KTCP_TIMER_REORDER] = 1,
	[KTCP_TIMER_FIN_WAIT_2] = 2,
	[KTCP_TIMER_ORPHAN] = 2,
	[KTCP_TIMER_DELACK] = 3,
	[KTCP_TIMER_APP] = 4,
	[KTCP_TIMER_QUEUE] = 5,
	/* in c->extra, which is there when an application has asked for them */
	[KTCP_TIMER_USER] = KTCP_DEADLINES,
	[KTCP_TIMER_KEEPALIVE] = KTCP_DEADLINES + 1,
};

/* The timers that share each of the deadlines. */
static const u16 shares[KTCP_DEADLINES + KTCP_EXTRA_DEADLINES] = {
	BIT(KTCP_TIMER_RETRANS) | BIT(KTCP_TIMER_PERSIST),
	BIT(KTCP_TIMER_TLP) | BIT(KTCP_TIMER_REORDER),
	BIT(KTCP_TIMER_FIN_WAIT_2) | BIT(KTCP_TIMER_ORPHAN),
	BIT(KTCP_TIMER_DELACK),
	BIT(KTCP_TIMER_APP),
	BIT(KTCP_TIMER_QUEUE),
	BIT(KTCP_TIMER_USER),
	BIT(KTCP_TIMER_KEEPALIVE),
};

/**
 * ktcp_timer_deadline() - when does a timer of a connection end?
 * @c: the connection, locked
 * @timer: which; it runs
 *
 * Return: low 32 bits of jiffies.
 */
u32 ktcp_timer_deadline(const struct ktcp_conn *c, enum ktcp_timer timer)
{
	u8 slot = slots[timer];

	return slot < KTCP_DEADLINES ? c->deadline[slot] :
				       c->extra->deadline[slot - KTCP_DEADLINES];
}

/* The earliest deadline of a connection, or KTCP_TIMER_MAX. */
static enum ktcp_timer earliest(const struct ktcp_conn *c)
{
	enum ktcp_timer timer, first = KTCP_TIMER_MAX;

	for (timer = 0; timer < KTCP_TIMER_MAX; timer++) {
		if (!ktcp_timer_running(c, timer))
			continue;
		if (first == KTCP_TIMER_MAX ||
		    (s32)(ktcp_timer_deadline(c, timer) -
			  ktcp_timer_deadline(c, first)) < 0)
			first = timer;
	}
	return first;
}

/**
 * ktcp_timer_next() - what an administrator is shown
 * @c: the connection, locked
 * @deadline: when, low 32 bits of jiffies, if a timer runs
 *
 * Return: the name of the timer that ends first, or NULL.
 */
const char *ktcp_timer_next(const struct ktcp_conn *c, u32 *deadline)
{
	enum ktcp_timer first = earliest(c);

	if (first == KTCP_TIMER_MAX)
		return NULL;
	*deadline = ktcp_timer_deadline(c, first);
	return timer_names[first];
}

/**
 * ktcp_timer_set() - start a timer, or start it anew
 * @c: the connection, locked
 * @timer: which
 * @delay_jiffies: how long, at most 2^31
 */
void ktcp_timer_set(struct ktcp_conn *c, enum ktcp_timer timer,
		    unsigned long delay_jiffies)
{
	u32 deadline = (u32)jiffies + delay_jiffies;
	u8 slot = slots[timer];

	if (slot < KTCP_DEADLINES)
		c->deadline[slot] = deadline;
	else
		c->extra->deadline[slot - KTCP_DEADLINES] = deadline;
	c->timer_set &= ~shares[slot];
	c->timer_set |= BIT(timer);
	if (c->e.dead)
		return;
	if (!timer_pending(&c->timer) ||
	    (s32)(deadline - (u32)c->timer.expires) < 0)
		ktcp_entry_arm(&c->e, deadline);
}

/**
 * ktcp_rto_after_us() - the retransmission timeout after so many
 * @c: the connection, locked
 * @backoff: how often it was doubled
 *
 * Return: microseconds (RFC 6298).
 */
u32 ktcp_rto_after_us(const struct ktcp_conn *c, u8 backoff)
{
	struct ktcp_net *kn = c->e.kn;

	return ktcp_rtt_rto_us(&c->rtt, ktcp_conf(kn, rto_min_ms) * 1000U,
			       ktcp_conf(kn, rto_max_ms) * 1000U,
			       jiffies_to_usecs(1), backoff);
}

/**
 * ktcp_rto_us() - the retransmission timeout as it stands, doublings included
 * @c: the connection, locked
 *
 * Return: microseconds (RFC 6298).
 */
u32 ktcp_rto_us(const struct ktcp_conn *c)
{
	return ktcp_rto_after_us(c, c->backoff);
}

/**
 * ktcp_timer_set_rto() - start a timer that lasts one retransmission timeout
 * @c: the connection, locked
 * @timer: KTCP_TIMER_RETRANS or KTCP_TIMER_PERSIST
 *
 * Never early: the timer wheel does not count the jiffy that has begun.
 */
void ktcp_timer_set_rto(struct ktcp_conn *c, enum ktcp_timer timer)
{
	ktcp_timer_set(c, timer, usecs_to_jiffies(ktcp_rto_us(c)));
}

static void fin_wait_2_timeout(struct ktcp_conn *c)
{
	KTCP_INC(c->e.kn, FinWait2Timeouts);
	ktcp_conn_done(c, -ETIMEDOUT);
}

/* Nobody here waits for the peer, or could give it up. */
static bool orphaned(const struct ktcp_conn *c)
{
	return c->app_detached || (c->shut && c->told_fin);
}

/**
 * ktcp_timer_orphan() - the end of an event: is the connection an orphan?
 * @c: the connection, locked
 *
 * The timer runs exactly while it is one and our FIN is not acknowledged; an
 * ACK of anything new has stopped it, and so begins it anew.
 */
void ktcp_timer_orphan(struct ktcp_conn *c)
{
	if (!orphaned(c) || ktcp_fin_acked(c))
		ktcp_timer_clear(c, KTCP_TIMER_ORPHAN);
	else if (!ktcp_timer_running(c, KTCP_TIMER_ORPHAN))
		ktcp_timer_set(c, KTCP_TIMER_ORPHAN,
			       ktcp_conf(c->e.kn, orphan_sec) * HZ);
}

static void orphan_timeout(struct ktcp_conn *c)
{
	KTCP_INC(c->e.kn, OrphanTimeouts);
	ktcp_conn_kill(c, ktcp_conn_timed_out(c));
}

/* Is there anything that the peer must acknowledge? */
static bool owed(const struct ktcp_conn *c)
{
	return ktcp_flight_size(c) || ktcp_unsent(c) || (c->shut && !c->fin_sent);
}

/**
 * ktcp_timer_user() - the end of an event: does the application's patience run?
 * @c: the connection, locked
 *
 * An ACK of anything new has stopped the timer, and so begins it anew.
 */
void ktcp_timer_user(struct ktcp_conn *c)
{
	if (!ktcp_user_timeout(c) || !owed(c))
		ktcp_timer_clear(c, KTCP_TIMER_USER);
	else if (!ktcp_timer_running(c, KTCP_TIMER_USER))
		ktcp_timer_set(c, KTCP_TIMER_USER,
			       msecs_to_jiffies(ktcp_user_timeout(c)));
}

/**
 * ktcp_timer_negotiate() - what an end has said of its user timeout
 * @c: the connection, locked; it has @extra
 *
 * RFC 5482 3.1: USER_TIMEOUT is the longest that either end wants, within the
 * bounds here. One that runs ends earlier or later by the difference.
 */
void ktcp_timer_negotiate(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;
	struct ktcp_extra *x = c->extra;
	u32 sec = max(ktcp_uto_decode(x->adv_uto), ktcp_uto_decode(x->peer_uto));
	u32 least = ktcp_conf(kn, user_timeout_min_sec);
	u32 most = ktcp_conf(kn, user_timeout_max_sec);
	u32 before = x->user_timeout;
	long left;

	if (c->uto_fixed)
		return;
	if (!sec) {	/* nobody says anything any more */
		x->user_timeout = 0;
		ktcp_timer_clear(c, KTCP_TIMER_USER);
		return;
	}
	x->user_timeout = min(max(sec, least), most) * MSEC_PER_SEC;
	if (!before || !ktcp_timer_running(c, KTCP_TIMER_USER))
		return;
	left = (long)ktcp_time_left(ktcp_timer_deadline(c, KTCP_TIMER_USER)) +
	       (long)msecs_to_jiffies(x->user_timeout) -
	       (long)msecs_to_jiffies(before);
	ktcp_timer_set(c, KTCP_TIMER_USER, max(left, 0L));
}

/* A peer that answered the last probe of its closed window is there. */
static void user_timeout(struct ktcp_conn *c)
{
	if (!c->snd_wnd && !c->retransmits && c->e.state != KTCP_SYN_SENT)
		return;		/* the end of this event begins it anew */
	KTCP_INC(c->e.kn, UserTimeouts);
	ktcp_conn_done(c, ktcp_conn_timed_out(c));
}

/**
 * ktcp_timer_keepalive() - wait for the peer's silence to last keepalive_sec
 * @c: the connection, locked
 */
void ktcp_timer_keepalive(struct ktcp_conn *c)
{
	u32 wait = ktcp_conf(c->e.kn, keepalive_sec) * HZ;
	u32 idle = (u32)jiffies - c->extra->last_rcvd;

	ktcp_timer_set(c, KTCP_TIMER_KEEPALIVE, wait - min(idle, wait));
}

/*
 * While the peer owes an ACK, the timers of that wait look after it. When both sides
 * have closed it may be gone, and need not be there.
 */
static void keepalive_timeout(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;
	u32 wait = ktcp_conf(kn, keepalive_sec) * HZ;
	struct ktcp_extra *x = c->extra;

	if (owed(c) || ktcp_conn_over(c)) {
		ktcp_timer_set(c, KTCP_TIMER_KEEPALIVE, wait);
		return;
	}
	if (!x->keep_probes && (u32)jiffies - x->last_rcvd < wait) {
		ktcp_timer_keepalive(c);
		return;
	}
	if (x->keep_probes >= ktcp_conf(kn, keepalive_probes)) {
		KTCP_INC(kn, KeepaliveTimeouts);
		ktcp_conn_kill(c, ktcp_conn_timed_out(c));
		return;
	}
	x->keep_probes++;
	ktcp_output_keepalive(c);
	ktcp_timer_set(c, KTCP_TIMER_KEEPALIVE,
		       ktcp_conf(kn, keepalive_interval_sec) * HZ);
}

static void app_timeout(struct ktcp_conn *c)
{
	if (c->app_open && !c->app_detached)
		c->app->timeout(c);
}

static void delack_timeout(struct ktcp_conn *c)
{
	if (!c->ack_pending)
		return;
	KTCP_INC(c->e.kn, DelayedAcks);
	c->ack_now = 1;
	/* So much, and not two full segments? They may be shorter than they were. */
	if (c->rcv_nxt - c->last_ack_sent >= 2 * KTCP_MSS_DEFAULT_V4)
		c->rcv_mss = max_t(u16, c->rcv_mss / 2, KTCP_MSS_DEFAULT_V4);
}

/* The end of the event sends, or waits again. */
static void queue_timeout(struct ktcp_conn *c)
{
}

static void retrans_timeout(struct ktcp_conn *c)
{
	if (c->e.state == KTCP_SYN_SENT || c->e.state == KTCP_SYN_RECV)
		ktcp_syn_timeout(c);
	else
		ktcp_retrans_timeout(c);
}

static void (*const timer_handlers[KTCP_TIMER_MAX])(struct ktcp_conn *c) = {
	[KTCP_TIMER_TLP] = ktcp_tlp_timeout,
	[KTCP_TIMER_REORDER] = ktcp_reorder_timeout,
	[KTCP_TIMER_RETRANS] = retrans_timeout,
	[KTCP_TIMER_PERSIST] = ktcp_persist_timeout,
	[KTCP_TIMER_QUEUE] = queue_timeout,
	[KTCP_TIMER_DELACK] = delack_timeout,
	[KTCP_TIMER_FIN_WAIT_2] = fin_wait_2_timeout,
	[KTCP_TIMER_ORPHAN] = orphan_timeout,
	[KTCP_TIMER_USER] = user_timeout,
	[KTCP_TIMER_KEEPALIVE] = keepalive_timeout,
	[KTCP_TIMER_APP] = app_timeout,
};

static void conn_timer(struct ktcp_conn *c)
{
	const u64 heard_ns = c->now_ns;
	enum ktcp_timer timer;
	bool due = false;

	ktcp_event_begins(c);
	for (timer = 0; timer < KTCP_TIMER_MAX && !c->e.dead; timer++) {
		if (!ktcp_timer_running(c, timer) ||
		    ktcp_time_left(ktcp_timer_deadline(c, timer)))
			continue;
		due = true;
		ktcp_timer_clear(c, timer);
		timer_handlers[timer](c);
	}
	/* A step on the way to a deadline is no event. */
	if (due)
		ktcp_conn_event(c);
	if (c->e.dead)
		return;
	timer = earliest(c);
	if (timer != KTCP_TIMER_MAX)
		ktcp_entry_arm(&c->e, ktcp_timer_deadline(c, timer));
	ktcp_invariants(c);
	WRITE_ONCE(c->now_ns, heard_ns);
}

/* With the reference of the timer, which is given back. */
static void rings(struct ktcp_entry *e)
{
	rcu_read_lock();
	spin_lock(&e->lock);
	if (!e->dead && e->kind == KTCP_CONN)
		conn_timer(ktcp_conn(e));
	else if (!e->dead)
		ktcp_request_timeout(ktcp_request(e));
	ktcp_mem_settle(e->kn);
	spin_unlock(&e->lock);
	rcu_read_unlock();
	ktcp_entry_put(e);
}

static void conn_timer_rings(struct timer_list *t)
{
	struct ktcp_conn *c = timer_container_of(c, t, timer);

	rings(&c->e);
}

static void request_timer_rings(struct timer_list *t)
{
	struct ktcp_request *req = timer_container_of(req, t, timer);

	rings(&req->e);
}

/**
 * ktcp_entry_wait_init() - prepare the one timer of an object, or its queueing
 * @e: the object, its kind known
 */
void ktcp_entry_wait_init(struct ktcp_entry *e)
{
	switch (e->kind) {
	case KTCP_REQUEST:
		timer_setup(timer_of(e), request_timer_rings, 0);
		break;
	case KTCP_CONN:
		timer_setup(timer_of(e), conn_timer_rings, 0);
		break;
	case KTCP_TIMEWAIT:
		INIT_LIST_HEAD(&ktcp_timewait(e)->queue);
		break;
	}
}

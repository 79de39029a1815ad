// SPDX-License-Identifier: GPL-2.0
/*
 * The old duplicate SYN, for the sake of which there are three ways (RFC 9293 3.5,
 * figure 8): it must never become a connection, in whatever order the network
 * delivers what was sent.
 *
 * The peer's host is played by RFC 9293 3.10.7.1 and 3.10.7.3: it wants no
 * connection, or one with the sequence number NEW. Segments of an earlier life, its
 * own, and every answer lie in the network, and each order of delivery is tried, to
 * its end. Whatever is open at any time must have begun with NEW; and what the host
 * wants it has in the end, on both sides the same.
 */
#include <stdio.h>

#include "wire.h"

/* Every order takes minutes: what options change they change for both families. */
FIXTURE_VARIANT_ADD(wire, ipv4_options) {
	.family = AF_INET,
	.how = PEER_OPTIONS,
};

#define OLD		1000000u
#define OLD2		1010000u
#define NEAR		1020000u	/* in the window that an OLD opens */
#define FAR		90000000u
#define WRONG		0x70000000u	/* ktcp never was there */
#define LONG_AGO	100000		/* ticks of the old segments' timestamps */

#define IN_NETWORK_MAX	16
#define STEPS_MAX	32

/* A segment on its way. */
struct way {
	bool to_ktcp;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint32_t tsval;
	uint32_t tsecr;
	bool old;		/* of an earlier life */
};

/* The peer's host. */
struct host {
	enum { NONE, SYN_SENT, OPEN } state;
	uint32_t iss;
	uint32_t rcv_nxt;
};

struct world {
	struct flow *f;
	struct host host;
	struct way way[IN_NETWORK_MAX];
	int ways;
};

static void send_on(struct world *w, struct way way)
{
	check(w->ways < IN_NETWORK_MAX);
	w->way[w->ways++] = way;
}

static void host_syn(struct world *w)
{
	send_on(w, (struct way){ .to_ktcp = true, .flags = SYN,
				 .seq = w->host.iss });
}

static void host_ack(struct world *w, const struct way *got)
{
	send_on(w, (struct way){ .to_ktcp = true, .flags = ACK,
				 .seq = w->host.iss + 1,
				 .ack = w->host.rcv_nxt,
				 .tsecr = got->tsval });
}

/* What the host does with a segment of ktcp. */
static void host_input(struct world *w, const struct way *got)
{
	struct host *h = &w->host;
	bool acked = h->state != NONE && got->ack == h->iss + 1;

	if (got->flags & RST) {
		/* only what belongs to it ends it */
		if (h->state == OPEN && got->seq == h->rcv_nxt)
			fail("ktcp has reset the new connection");
		if (h->state == SYN_SENT && got->flags & ACK && acked)
			fail("ktcp has refused the new connection");
		return;
	}
	if (h->state == OPEN) {
		if (got->flags & SYN)
			host_ack(w, got);
		return;
	}
	if (!acked) {	/* 3.10.7.1, and first in 3.10.7.3 */
		send_on(w, (struct way){ .to_ktcp = true, .flags = RST,
					 .seq = got->ack });
		return;
	}
	if (!(got->flags & SYN))
		return;
	h->state = OPEN;
	h->rcv_nxt = got->seq + 1;
	host_ack(w, got);
}

/* To ktcp, and its answers into the network. */
static void ktcp_input(struct world *w, const struct way *way)
{
	struct flow *f = w->f;
	uint32_t base = f->ts_base;
	uint8_t opt[16];
	struct got g;
	size_t n = 0;

	if (way->old)
		f->ts_base -= LONG_AGO;
	f->agreed = 0;
	if (way->flags & SYN)
		n = flow_syn_options(f, opt);
	else if (!(way->flags & RST))
		f->agreed = f->offer & TS;
	tx(f, .flags = way->flags, .seq = way->seq, .ack = way->ack,
	   .tsecr = way->tsecr, .opt = opt, .optlen = n);
	f->ts_base = base;
	f->agreed = f->offer & TS;
	for (;;) {
		f->irs = 0;
		f->edge = 0;
		f->ts_recent = 0;
		if (!flow_next(f, &g, 0))
			return;
		send_on(w, (struct way){
			.flags = g.flags,
			.seq = g.seq + f->irs,
			.ack = g.ack,
			.tsval = g.tsval,
		});
	}
}

/* What is open began with the number that the host wants, if it wants any. */
static bool is_open(struct world *w)
{
	char state[32];

	if (!conn_get(w->f, "state", state, sizeof(state)) ||
	    !strcmp(state, "SYN_RECV"))
		return false;
	if (w->host.state == NONE || conn_num(w->f, "irs") != w->host.iss)
		fail("%s: the old SYN has become a connection", state);
	return true;
}

static void deliver(struct world *w, int i)
{
	struct way way = w->way[i];

	w->ways--;
	memmove(&w->way[i], &w->way[i + 1], (w->ways - i) * sizeof(way));
	if (way.to_ktcp)
		ktcp_input(w, &way);
	else
		host_input(w, &way);
	is_open(w);
}

/* All has arrived: the host asks again until it has what it wants. */
static void settle(struct world *w)
{
	int i;

	for (i = 0; i < 3 && w->host.state == SYN_SENT; i++) {
		host_syn(w);
		while (w->ways)
			deliver(w, 0);
	}
	if (w->host.state == NONE) {
		check_state(w->f, CLOSED);
		return;
	}
	check_eq(OPEN, w->host.state);
	check(is_open(w));
	check_eq(w->host.rcv_nxt, conn_num(w->f, "snd_nxt"));
	check_eq(w->host.iss + 1, conn_num(w->f, "rcv_nxt"));
	tx(w->f, .flags = RST, .seq = w->host.iss + 1, .no_ts = true);
	check_state(w->f, CLOSED);
}

/*
 * One order: @choice says at each step which of what is in the network comes
 * next; @choices is set to how many there were. Returns how many steps it took.
 */
static int one_order(struct peer *p, const struct way *start, int n,
		     uint32_t iss, const int *choice, int *choices)
{
	static struct flow flow;
	struct world w = { .f = &flow };
	int step = 0;

	flow_init(&flow, p);
	flow.iss = 0;
	w.host.state = iss ? SYN_SENT : NONE;
	w.host.iss = iss;
	memcpy(w.way, start, n * sizeof(*start));
	w.ways = n;
	if (iss)
		host_syn(&w);
	while (w.ways) {
		check(step < STEPS_MAX);
		choices[step] = w.ways;
		deliver(&w, choice[step++]);
	}
	settle(&w);
	return step;
}

/* Every order there is. */
static void every_order(struct peer *p, const struct way *start, int n,
			uint32_t iss)
{
	int choice[STEPS_MAX] = { 0 }, choices[STEPS_MAX], steps, i;
	unsigned long orders = 0, opened = stat_get("PassiveOpens");

	sysctl_set("rst_ratelimit", "1000000");
	sysctl_set("challenge_ack_ratelimit", "255");
	do {
		steps = one_order(p, start, n, iss, choice, choices);
		orders++;
		for (i = steps - 1; i >= 0 && choice[i] == choices[i] - 1; i--)
			;
		if (i >= 0)
			choice[i]++;
		memset(choice + i + 1, 0, (STEPS_MAX - i - 1) * sizeof(*choice));
	} while (i >= 0);
	printf("# %lu orders\n", orders);
	fflush(stdout);
	check_eq(iss ? orders : 0, stat_get("PassiveOpens") - opened);
}

#define OLD_SYN(n)	{ .to_ktcp = true, .flags = SYN, .seq = (n), .old = true }
#define OLD_ACK(n)	{ .to_ktcp = true, .flags = ACK, .seq = (n), .old = true, \
			  .ack = WRONG, .tsecr = 1 }
#define OLD_FIN(n)	{ .to_ktcp = true, .flags = FIN | ACK, .seq = (n), \
			  .old = true, .ack = WRONG, .tsecr = 1 }
#define OLD_RST(n)	{ .to_ktcp = true, .flags = RST, .seq = (n), .old = true }

/* The same in the backlog, and by cookies. */
static void every(struct peer *p, const char *cookies, const struct way *start,
		  uint32_t iss)
{
	int n = 0;

	while (start[n].flags)
		n++;
	sysctl_set("syncookies", cookies);
	every_order(p, start, n, iss);
}

/* Nobody wants a connection. */
static const struct way nobody[] = {
	OLD_SYN(OLD), OLD_ACK(OLD + 1), OLD_FIN(OLD + 1), { }
};

WIRE(old_syn__nobody_backlog)
{
	every(p, "0", nobody, 0);
}

WIRE(old_syn__nobody_cookies)
{
	every(p, "2", nobody, 0);
}

/* Nor with two lives before. */
static const struct way nobody_two[] = {
	OLD_SYN(OLD), OLD_SYN(OLD2), OLD_ACK(OLD2 + 1), { }
};

WIRE(old_syn__nobody_two_backlog)
{
	every(p, "0", nobody_two, 0);
}

WIRE(old_syn__nobody_two_cookies)
{
	every(p, "2", nobody_two, 0);
}

/* The new number lies outside the window that the old SYN opens. */
static const struct way far[] = {
	OLD_SYN(OLD), OLD_ACK(OLD + 1), { }
};

WIRE(old_syn__far_backlog)
{
	every(p, "0", far, FAR);
}

WIRE(old_syn__far_cookies)
{
	every(p, "2", far, FAR);
}

/* And inside. */
static const struct way near[] = {
	OLD_SYN(OLD), OLD_ACK(OLD + 1), { }
};

WIRE(old_syn__near_backlog)
{
	every(p, "0", near, NEAR);
}

WIRE(old_syn__near_cookies)
{
	every(p, "2", near, NEAR);
}

/* Two lives before. */
static const struct way near_two[] = {
	OLD_SYN(OLD), OLD_SYN(OLD2), { }
};

WIRE(old_syn__near_two_backlog)
{
	every(p, "0", near_two, NEAR);
}

WIRE(old_syn__near_two_cookies)
{
	every(p, "2", near_two, NEAR);
}

/* The network has the same one twice. */
static const struct way twice[] = {
	OLD_SYN(OLD), OLD_SYN(OLD), { }
};

WIRE(old_syn__twice_backlog)
{
	every(p, "0", twice, FAR);
}

WIRE(old_syn__twice_cookies)
{
	every(p, "2", twice, FAR);
}

/* The old life was reset. */
static const struct way reset[] = {
	OLD_SYN(OLD), OLD_RST(OLD + 1), { }
};

WIRE(old_syn__reset_backlog)
{
	every(p, "0", reset, NEAR);
}

WIRE(old_syn__reset_cookies)
{
	every(p, "2", reset, NEAR);
}

/* It was closed. */
static const struct way closed[] = {
	OLD_SYN(OLD), OLD_FIN(OLD + 1), { }
};

WIRE(old_syn__closed_backlog)
{
	every(p, "0", closed, NEAR);
}

WIRE(old_syn__closed_cookies)
{
	every(p, "2", closed, NEAR);
}

TEST_HARNESS_MAIN

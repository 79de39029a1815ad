// SPDX-License-Identifier: GPL-2.0
/*
 * Every arrow of KTCP_ARROWS (module/key.h), each gone once and seen in the
 * tracepoint. The module warns of a way that is not among them, which fails any
 * test; and the model of the state machine has the same (selftests/model).
 */
#include <stdio.h>

#include "../../module/key.h"	/* first: it would define ARRAY_SIZE again */

#include "wire.h"

#define TIME_WAIT_MS	60000

static void syn_sent(struct flow *f)
{
	f->dport = 0;
	check_eq(0, command("connect %s %u discard", f->p->family == AF_INET ?
			    "10.0.0.2" : "2001:db8::2", f->sport));
	f->p->mark_us = now_us();
	rx(f, .flags = SYN, .seq = 0, .mss = ANY);
}

static void syn_sent_syn(struct flow *f)
{
	syn_sent(f);
	tx(f, .flags = SYN, .ack = 0);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	tx(f, .flags = RST);
}

static void syn_sent_synack(struct flow *f)
{
	syn_sent(f);
	tx(f, .flags = SYN | ACK);
	rx(f);
	tx(f, .flags = RST);
}

static void syn_sent_refused(struct flow *f)
{
	syn_sent(f);
	tx(f, .flags = RST | ACK);
}

static void syn_recv(struct flow *f) { flow_reach(f, "SYN_RECV"); }
static void established(struct flow *f) { flow_reach(f, "ESTABLISHED"); }
static void fin_wait_1(struct flow *f) { flow_reach(f, "FIN_WAIT_1"); }
static void fin_wait_2(struct flow *f) { flow_reach(f, "FIN_WAIT_2"); }
static void close_wait(struct flow *f) { flow_reach(f, "CLOSE_WAIT"); }
static void closing(struct flow *f) { flow_reach(f, "CLOSING"); }
static void last_ack(struct flow *f) { flow_reach(f, "LAST_ACK"); }
static void time_wait(struct flow *f) { flow_reach(f, "TIME_WAIT"); }

static void reset(struct flow *f)
{
	tx(f, .flags = RST);
	check_state(f, CLOSED);
}

static void syn_recv_reset(struct flow *f) { syn_recv(f); reset(f); }
static void established_reset(struct flow *f) { established(f); reset(f); }
static void fin_wait_1_reset(struct flow *f) { fin_wait_1(f); reset(f); }
static void fin_wait_2_reset(struct flow *f) { fin_wait_2(f); reset(f); }
static void close_wait_reset(struct flow *f) { close_wait(f); reset(f); }
static void closing_reset(struct flow *f) { closing(f); reset(f); }

static void closing_acked(struct flow *f)
{
	closing(f);
	tx(f);
	check_state(f, "TIME_WAIT");
}

static void last_ack_acked(struct flow *f)
{
	last_ack(f);
	tx(f);
	check_state(f, CLOSED);
}

static void time_wait_over(struct flow *f)
{
	time_wait(f);
	quiet(f->p, TIME_WAIT_MS + 1000);
	check_state(f, CLOSED);
}

/* How it is gone; what is left afterwards is not looked at. */
static void (*const ways[KTCP_STATES][KTCP_STATES])(struct flow *f) = {
	[KTCP_CLOSED][KTCP_SYN_SENT] = syn_sent_refused,
	[KTCP_LISTEN][KTCP_SYN_RECV] = syn_recv_reset,
	[KTCP_SYN_SENT][KTCP_SYN_RECV] = syn_sent_syn,
	[KTCP_SYN_SENT][KTCP_ESTABLISHED] = syn_sent_synack,
	[KTCP_SYN_SENT][KTCP_CLOSED] = syn_sent_refused,
	[KTCP_SYN_RECV][KTCP_ESTABLISHED] = established_reset,
	[KTCP_SYN_RECV][KTCP_CLOSED] = syn_recv_reset,
	[KTCP_ESTABLISHED][KTCP_FIN_WAIT_1] = fin_wait_1_reset,
	[KTCP_ESTABLISHED][KTCP_CLOSE_WAIT] = close_wait_reset,
	[KTCP_ESTABLISHED][KTCP_CLOSED] = established_reset,
	[KTCP_FIN_WAIT_1][KTCP_FIN_WAIT_2] = fin_wait_2_reset,
	[KTCP_FIN_WAIT_1][KTCP_CLOSING] = closing_reset,
	[KTCP_FIN_WAIT_1][KTCP_CLOSED] = fin_wait_1_reset,
	[KTCP_FIN_WAIT_2][KTCP_TIME_WAIT] = time_wait,
	[KTCP_FIN_WAIT_2][KTCP_CLOSED] = fin_wait_2_reset,
	[KTCP_CLOSE_WAIT][KTCP_LAST_ACK] = last_ack_acked,
	[KTCP_CLOSE_WAIT][KTCP_CLOSED] = close_wait_reset,
	[KTCP_CLOSING][KTCP_TIME_WAIT] = closing_acked,
	[KTCP_CLOSING][KTCP_CLOSED] = closing_reset,
	[KTCP_LAST_ACK][KTCP_CLOSED] = last_ack_acked,
	[KTCP_TIME_WAIT][KTCP_CLOSED] = time_wait_over,
};

static void go(struct peer *p, struct flow *f, enum ktcp_state from,
	       enum ktcp_state to)
{
	char text[32];

	if (!ways[from][to])
		fail("no way to go from %d to %d", from, to);
	flow_init(f, p);
	ways[from][to](f);
	/* the last of its line */
	snprintf(text, sizeof(text), "from=%d to=%d\n", from, to);
	check_traced(1, f, "ktcp_state:", text);
}

/* There is a way for each, and none too many. */
WIRE(arrows__each_is_gone)
{
	int from, to, gone = 0;

	tracing_set("trace", "\n");
	tracing_set("events/ktcp/ktcp_state/enable", "1");
#define X(from, to) { go(p, f, KTCP_##from, KTCP_##to); gone++; }
	KTCP_ARROWS(X)
#undef X
	for (from = 0; from < KTCP_STATES; from++)
		for (to = 0; to < KTCP_STATES; to++)
			gone -= !!ways[from][to];
	check_eq(0, gone);
	tracing_set("events/ktcp/ktcp_state/enable", "0");
	check_eq(0, command("clear"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/* Closing: every arrow of RFC 9293 figure 5 that a server can follow. */
#define WIRE_OPTIONS

#include "wire.h"

#define TIME_WAIT_MS	60000
#define DRAIN_MS	5000	/* the responder listens so long after its FIN */

/* In TIME_WAIT for exactly @ms more, then gone. */
static void expect_time_wait(struct flow *f, long ms)
{
	check_state(f, "TIME_WAIT");
	check_timer(f, "timewait");
	check_near(ms, conn_num(f, "expires_ms"));
	quiet(f->p, ms - 2 * JIFFY_MS);
	check_state(f, "TIME_WAIT");
	quiet(f->p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
}

/*
 * The server closes first
 */
WIRE(fin__rides_on_the_last_segment)
{
	uint32_t seq;
	struct got g;

	flow_connect(f);
	tx(f, .data = GET_CLOSE);
	check_state(f, "FIN_WAIT_1");
	rx(f, .seq = 1, .len = payload(f));
	seq = f->rcv;
	check(flow_next(f, &g, 0));
	check_eq(FIN | PSH | ACK, g.flags);
	check_eq(seq, g.seq);
	quiet(p, 100);
	check_state(f, "FIN_WAIT_1");
}

WIRE(fin_wait_1__ack_leads_to_fin_wait_2)
{
	flow_reach(f, "FIN_WAIT_1");
	tx(f);
	check_state(f, "FIN_WAIT_2");
	quiet(p, 1000);
}

WIRE(fin_wait_1__ack_of_data_alone_does_not)
{
	flow_connect(f);
	tx(f, .data = GET_CLOSE);
	take(f, payload(f), ACK_END);
	check_state(f, "FIN_WAIT_1");
	check(f->rcv == 1u + payload(f));
	drain(f);
	tx(f, .ack = f->rcv - 1);
	check_state(f, "FIN_WAIT_1");
}

WIRE(fin_wait_2__fin_leads_to_time_wait)
{
	flow_reach(f, "FIN_WAIT_2");
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_stat("TimeWaits", 1);
	expect_time_wait(f, TIME_WAIT_MS);
}

/* RFC 9293 3.10.7.4, eighth: FIN that acknowledges ours. */
WIRE(fin_wait_1__fin_with_ack_leads_to_time_wait)
{
	flow_reach(f, "FIN_WAIT_1");
	tx(f, .flags = FIN | ACK);
	rx(f);
	expect_time_wait(f, TIME_WAIT_MS);
}

/* Simultaneous close, figure 13 */
WIRE(fin_wait_1__fin_leads_to_closing_then_time_wait)
{
	flow_reach(f, "FIN_WAIT_1");
	tx(f, .flags = FIN | ACK, .ack = f->rcv - 1);
	rx(f);
	check_state(f, "CLOSING");
	tx(f);
	expect_time_wait(f, TIME_WAIT_MS);
}

WIRE(closing__fin_is_retransmitted)
{
	flow_reach(f, "CLOSING");
	rx(f, .flags = FIN | ACK, .seq = f->rcv - 1,
	   .after_ms = 200);
	rx(f, .flags = FIN | ACK, .seq = f->rcv - 1,
	   .after_ms = 400);
	check_state(f, "CLOSING");
	tx(f);
	expect_time_wait(f, TIME_WAIT_MS);
}

WIRE(closing__their_fin_again_is_acknowledged)
{
	flow_reach(f, "CLOSING");
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1, .ack = f->rcv - 1);
	rx(f);
	check_state(f, "CLOSING");
}

/* The response must not be lost because of what the client still sends. */
WIRE(fin_wait_2__data_is_acknowledged_while_draining)
{
	flow_reach(f, "FIN_WAIT_2");
	tx(f, .data = "more");
	rx(f, .after_ms = 40);
	tx(f, .flags = FIN | ACK, .data = "and more");
	rx(f);
	expect_time_wait(f, TIME_WAIT_MS);
}

/* RFC 9293 3.6.1: data for an application that has gone */
WIRE(fin_wait_2__data_after_the_application_has_left_gets_rst)
{
	uint32_t nxt;

	flow_reach(f, "FIN_WAIT_2");
	nxt = f->rcv;
	quiet(p, DRAIN_MS + 1000);
	check_state(f, "FIN_WAIT_2");
	tx(f, .data = "too late");
	f->snd -= 8;
	rx(f, .flags = RST | ACK, .seq = nxt, .wnd = 0);
	check_state(f, CLOSED);
	check_stat("InUnreadData", 1);
}

/* Never without the application's leave; then fin_wait2_sec, in silence. */
WIRE(fin_wait_2__gives_up)
{
	flow_reach(f, "FIN_WAIT_2");
	check_timer(f, "app");
	quiet(p, DRAIN_MS + JIFFY_MS);
	check_timer(f, "finwait2");
	quiet(p, 60000 - 3 * JIFFY_MS);
	check_state(f, "FIN_WAIT_2");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("FinWait2Timeouts", 1);
	check_stat("TimeWaits", 0);
}

WIRE(fin_wait_2__sysctl)
{
	sysctl_set("fin_wait2_sec", "3");
	flow_reach(f, "FIN_WAIT_2");
	quiet(p, DRAIN_MS + 3000 - 2 * JIFFY_MS);
	check_state(f, "FIN_WAIT_2");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
}

WIRE(fin_wait_1__fin_is_retransmitted_to_the_end)
{
	long rto = 200;
	int i;

	sysctl_set("orphan_sec", "3600");
	flow_reach(f, "FIN_WAIT_1");
	for (i = 0; i < 15; i++) {
		rx(f, .flags = FIN | ACK, .seq = f->rcv - 1,
		   .after_ms = rto);
		rto = rto * 2 < 120000 ? rto * 2 : 120000;
	}
	quiet(p, rto - 2 * JIFFY_MS);
	check_state(f, "FIN_WAIT_1");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("RetransSegs", 15);
	quiet(p, 600000);
}

/* Data that was lost takes the FIN along. */
WIRE(fin_wait_1__data_and_fin_are_retransmitted)
{
	uint32_t end;

	flow_connect(f);
	tx(f, .data = GET_CLOSE);
	drain(f);
	end = f->rcv;
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	tx(f, .ack = 1 + payload(f));
	rx(f, .flags = FIN | PSH | ACK, .seq = 1 + payload(f),
	   .len = end - 1 - (1 + payload(f)));
	tx(f);
	check_state(f, "FIN_WAIT_2");
}

/*
 * The client closes first
 */
WIRE(established__fin_leads_to_last_ack_then_closed)
{
	flow_connect(f);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = FIN | ACK, .seq = 1, .ack = 2);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
	check_stat("TimeWaits", 0);
	check_stat("EstabResets", 0);
	quiet(p, 120000);
}

WIRE(last_ack__fin_is_retransmitted_to_the_end)
{
	static const long after_ms[] = { 200, 400, 800 };
	size_t i;

	sysctl_set("retries2", "3");
	flow_reach(f, "LAST_ACK");
	for (i = 0; i < ARRAY_LEN(after_ms); i++)
		rx(f, .flags = FIN | ACK, .seq = f->rcv - 1,
		   .after_ms = after_ms[i]);
	quiet(p, 1600 - 2 * JIFFY_MS);
	check_state(f, "LAST_ACK");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
}

WIRE(last_ack__their_fin_again_is_acknowledged)
{
	flow_reach(f, "LAST_ACK");
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1, .ack = f->rcv - 1);
	rx(f);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

WIRE(last_ack__ack_of_something_else_does_not_end_it)
{
	flow_reach(f, "LAST_ACK");
	tx(f, .ack = f->rcv - 1);
	quiet(p, 100);
	check_state(f, "LAST_ACK");
}

WIRE(fin__with_the_request)
{
	uint32_t page = page_len(p);
	struct response r;

	flow_connect(f);
	tx(f, .flags = FIN | PSH | ACK, .data = GET);
	take(f, page + 1, ACK_NEVER);
	response_at(f, 1, &r);
	check_page(f, 1, &r);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

/* Half-closed: all that was asked for comes, however long it takes. */
WIRE(close_wait__lasts_until_all_is_sent)
{
	uint32_t page = page_len(p), i;
	struct response r;

	flow_reach(f, "CLOSE_WAIT");
	f->wnd = 65535;
	tx(f);
	take(f, 40 * page + 1, ACK_EACH);
	for (i = 0; i < 40; i++) {
		response_at(f, 1 + i * page, &r);
		check_page(f, 1 + i * page, &r);
	}
	check_state(f, CLOSED);
}

WIRE(close_wait__their_fin_again_is_acknowledged)
{
	flow_reach(f, "CLOSE_WAIT");
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	check_state(f, "CLOSE_WAIT");
}

/* RFC 9293 3.10.7.4, seventh: nothing can follow a FIN. */
WIRE(close_wait__data_after_fin_is_ignored)
{
	long long in;

	flow_reach(f, "CLOSE_WAIT");
	in = conn_num(f, "bytes_in");
	tx(f, .data = GET);
	f->snd -= sizeof(GET) - 1;
	check_state(f, "CLOSE_WAIT");
	check_eq(in, conn_num(f, "bytes_in"));
	drain(f);
}

WIRE(fin__before_the_data_that_it_follows)
{
	uint32_t len = sizeof(GET) - 1, page = page_len(p);

	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 1 + len);
	rx(f, .ack = 1);
	check_state(f, "ESTABLISHED");
	tx(f, .data = GET);
	f->snd = 1 + len + 1;
	take(f, page + 1, ACK_NEVER);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

/* It comes again when its ACK was lost, and the data still has not come. */
WIRE(fin__early_and_again)
{
	uint32_t len = sizeof(GET) - 1;
	int i;

	flow_connect(f);
	for (i = 0; i < 3; i++) {
		tx(f, .flags = FIN | ACK, .seq = 1 + len);
		rx(f, .ack = 1);
	}
	check_state(f, "ESTABLISHED");
}

/* What comes in order is believed, whatever an early one, forged perhaps, has said. */
WIRE(fin__early_and_wrong)
{
	uint32_t page = page_len(p);

	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 101);
	rx(f, .ack = 1);
	tx(f, .flags = FIN | PSH | ACK, .data = GET);
	take(f, page + 1, ACK_NEVER);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

WIRE(fin__early_and_wrong_alone)
{
	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 101);
	rx(f, .ack = 1);
	tx(f, .flags = FIN | ACK, .seq = 1);
	rx(f, .flags = FIN | ACK, .ack = 2);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

/* What lies beyond a FIN that is known does not exist. */
WIRE(fin__data_beyond_it_is_cut)
{
	uint32_t len = sizeof(GET) - 1, page = page_len(p);

	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 1 + len);
	rx(f, .ack = 1);
	tx(f, .data = GET GET);
	f->snd = 1 + len + 1;
	take(f, page + 1, ACK_END);
	check_state(f, CLOSED);
	check_stat("InOctets", 2 * len);	/* page_len() asked too */
}

WIRE(fin__with_data_out_of_order)
{
	uint32_t len = sizeof(GET) - 1, page = page_len(p);

	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 1 + 7, .data = GET + 7);
	rx(f, .ack = 1);
	check_state(f, "ESTABLISHED");
	tx(f, .data = GET, .len = 7);
	f->snd = 1 + len + 1;
	take(f, page + 1, ACK_END);
	check_state(f, CLOSED);
}

/*
 * Of a peer that contradicts itself: more has come than its FIN says that there is.
 * Data that is here is not given up for that, nor is the connection.
 */
WIRE(fin__before_what_has_come_is_not_noted)
{
	uint32_t len = sizeof(GET) - 1, page = page_len(p);
	struct response r;

	flow_connect(f);
	tx(f, .seq = 1 + 7, .data = GET + 7);
	rx(f, .ack = 1);
	tx(f, .flags = FIN | ACK, .seq = 1 + 7);
	rx(f, .ack = 1);
	tx(f, .data = GET, .len = 7);
	f->snd = 1 + len;
	take(f, page, ACK_END);
	check_state(f, "ESTABLISHED");
	request(f, GET, &r);
	check_page(f, 1 + page, &r);
}

/* A FIN in order is believed: what has come from beyond it is told no more. */
WIRE(fin__what_has_come_from_beyond_it_is_dropped)
{
	struct got g;

	f->offer |= SACK;
	flow_connect(f);
	tx(f, .seq = 1 + GET_LEN + 10, .data = "0123456789");
	rx(f, .ack = 1,
	   .sack = { { 1 + GET_LEN + 10, 1 + GET_LEN + 20 } });
	tx(f, .flags = FIN | PSH | ACK, .data = GET);
	do {
		check(flow_next(f, &g, 0));
		check_eq(0, g.blocks);
	} while (!(g.flags & FIN));
	tx(f);
	check_state(f, CLOSED);
}

WIRE(fin__beyond_the_window_is_not_taken)
{
	flow_connect(f);
	tx(f, .flags = FIN | ACK, .seq = 1 + 65535);
	rx(f, .ack = 1);
	tx(f, .flags = FIN | ACK, .seq = 1 + (1 << 20));
	rx(f, .ack = 1);
	check_state(f, "ESTABLISHED");
}

WIRE(fin__without_ack_flag_is_dropped)
{
	flow_connect(f);
	tx(f, .flags = FIN);
	f->snd = 1;
	quiet(p, 100);
	check_state(f, "ESTABLISHED");
}

/*
 * TIME_WAIT
 */
WIRE(time_wait__sysctl)
{
	sysctl_set("time_wait_sec", "7");
	flow_reach(f, "TIME_WAIT");
	expect_time_wait(f, 7000);
}

WIRE(time_wait__fin_is_acknowledged_and_restarts_it)
{
	flow_reach(f, "TIME_WAIT");
	quiet(p, 45000);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	expect_time_wait(f, TIME_WAIT_MS);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f, .flags = RST, .seq = f->rcv);
}

/* They queue: one whose 2MSL begin again goes to the end. */
WIRE(time_wait__that_begins_again_does_not_hold_up_others)
{
	static struct flow g;

	flow_reach(f, "TIME_WAIT");
	quiet(p, 10000);
	flow_init(&g, p);
	flow_reach(&g, "TIME_WAIT");
	quiet(p, 20000);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	expect_time_wait(&g, TIME_WAIT_MS - 20000);
	check_state(f, "TIME_WAIT");
	expect_time_wait(f, 20000 - 3 * JIFFY_MS);
}

/* All that is there lasts as long as the sysctl says by now. */
WIRE(time_wait__sysctl_holds_for_those_that_are_there)
{
	static struct flow g;

	sysctl_set("time_wait_sec", "600");
	flow_reach(f, "TIME_WAIT");
	quiet(p, 10000);
	sysctl_set("time_wait_sec", "20");
	flow_init(&g, p);
	flow_reach(&g, "TIME_WAIT");
	expect_time_wait(f, 10000);
	expect_time_wait(&g, 10000 - 3 * JIFFY_MS);
}

WIRE(time_wait__ack_changes_nothing)
{
	flow_reach(f, "TIME_WAIT");
	quiet(p, 10000);
	tx(f);
	quiet(p, 0);
	expect_time_wait(f, TIME_WAIT_MS - 10000);
}

/* RFC 9293 3.10.7.4, first */
WIRE(time_wait__old_data_is_acknowledged)
{
	flow_reach(f, "TIME_WAIT");
	tx(f, .seq = 1, .data = GET_CLOSE);
	rx(f);
	check_state(f, "TIME_WAIT");
}

/* RFC 1337 */
WIRE(time_wait__rst_is_ignored)
{
	flow_reach(f, "TIME_WAIT");
	quiet(p, 1000);
	tx(f, .flags = RST);
	tx(f, .flags = RST | ACK);
	tx(f, .flags = RST, .seq = f->snd + 1);
	tx(f, .flags = RST, .seq = 0);
	expect_time_wait(f, TIME_WAIT_MS - 1000);
}

/* RFC 9293 3.6.1: a later SYN begins a new connection, with a later ISS. */
WIRE(time_wait__later_syn_reopens)
{
	static struct flow g;
	struct response r;

	flow_reach(f, "TIME_WAIT");
	flow_init(&g, p);
	g.sport = f->sport;
	g.iss = f->iss + f->snd + 1;
	flow_connect(&g);
	check((int32_t)(g.irs - (f->irs + f->rcv)) > 0);
	check_state(&g, "ESTABLISHED");
	check_stat("TimeWaitsReopened", 1);
	request(&g, GET, &r);
	check_page(&g, 1, &r);
	quiet(p, 59000);
	check_state(&g, "ESTABLISHED");
}

WIRE(time_wait__earlier_syn_gets_ack)
{
	flow_reach(f, "TIME_WAIT");
	tx(f, .flags = SYN, .seq = 0, .ack = 0);
	rx(f);
	tx(f, .flags = SYN, .seq = f->snd - 1, .ack = 0);
	rx(f);
	check_state(f, "TIME_WAIT");
}

/* A program that has closed is killed: the RST has the number of the FIN. */
WIRE(close_wait__rst_with_the_number_of_the_fin)
{
	uint32_t nxt;

	flow_reach(f, "CLOSE_WAIT");
	nxt = conn_num(f, "rcv_nxt") - f->iss;
	tx(f, .flags = RST, .seq = nxt - 2);
	check_state(f, "CLOSE_WAIT");
	tx(f, .flags = RST, .seq = nxt - 1);
	check_state(f, CLOSED);
	check_stat("ChallengeAcks", 0);
	/* a FIN that has not come has no number */
	flow_init(f, p);
	flow_connect(f);
	tx(f, .flags = RST, .seq = 0);
	check_state(f, "ESTABLISHED");
}

/* It is not given up for a connection that there is no room for. */
WIRE(time_wait__not_reopened_beyond_the_limit)
{
	static struct flow g, again;

	flow_reach(f, "TIME_WAIT");
	sysctl_set("max_connections", "1");
	flow_init(&g, p);
	flow_connect(&g);
	flow_init(&again, p);
	again.sport = f->sport;
	again.iss = f->iss + f->snd + 1;
	flow_syn(&again);
	quiet(p, 100);
	check_state(f, "TIME_WAIT");
	check_stat("TimeWaitsReopened", 0);
	check_stat("ConnLimitDrops", 1);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	tx(&g, .flags = RST);
	flow_connect(&again);
	check_stat("TimeWaitsReopened", 1);
}

WIRE(time_wait__limit)
{
	static struct flow g;

	sysctl_set("max_time_wait", "1");
	flow_reach(f, "TIME_WAIT");
	flow_init(&g, p);
	flow_reach(&g, "FIN_WAIT_2");
	tx(&g, .flags = FIN | ACK);
	rx(&g);
	check_state(&g, CLOSED);
	check_state(f, "TIME_WAIT");
	check_stat("TimeWaitOverflows", 1);
}

/*
 * The end of everything
 */

/* RFC 9293 3.10.5, and RFC 5961: a RST that the peer believes. */
WIRE(ports__removed_resets_connections)
{
	static const char *const states[] = {
		"SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
		"CLOSE_WAIT", "CLOSING", "LAST_ACK",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		sysctl_set("ports", "8080");
		flow_init(f, p);
		flow_reach(f, states[i]);
		sysctl_set("ports", "");
		rx(f, .flags = RST | ACK, .wnd = 0);
		check_state(f, CLOSED);
		check_eq(0, conn_count("LISTEN"));
	}
	quiet(p, 600000);
}

WIRE(ports__removed_ends_time_wait_in_silence)
{
	flow_reach(f, "TIME_WAIT");
	sysctl_set("ports", "");
	quiet(p, 100);
	check_state(f, CLOSED);
}

WIRE(ports__others_are_not_touched)
{
	static struct flow g;
	struct response r;

	sysctl_set("ports", "80,8080");
	flow_connect(f);
	flow_init(&g, p);
	g.dport = 80;
	flow_connect(&g);
	sysctl_set("ports", "80");
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(&g, "ESTABLISHED");
	request(&g, GET, &r);
	check_page(&g, 1, &r);
}

/* Our FIN, and theirs, on both sides of 2^32. */
WIRE(sequence__wraps_around_fin)
{
	uint32_t i;

	for (i = 0; i < 4; i++) {
		flow_init(f, p);
		f->iss = -1 - (sizeof(GET_CLOSE) - 1) - i;
		flow_reach(f, "TIME_WAIT");
		flow_init(f, p);
		f->iss = -1 - i;
		flow_reach(f, "LAST_ACK");
		tx(f);
		check_state(f, CLOSED);
	}
}

TEST_HARNESS_MAIN

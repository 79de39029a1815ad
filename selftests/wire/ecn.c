// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification (RFC 3168): who asks for it, what may be
 * marked, how a mark is told to its sender, and what the sender does.
 *
 * In each test that sets f->ecn, rx() asserts on the ECN field of every segment:
 * 0 unless .ecn says otherwise. In the others no segment may have it, nor ECE or
 * CWR. Needs ktcp_test.ko for the connections that are opened from ktcp's side.
 */
#define WIRE_OFFLOAD
#define WIRE_OPTIONS

#include <stdio.h>

#include "wire.h"

#define RTT	100
#define SEGS	30		/* at least so many are owed */

/* The first sequence number of segment @n. */
#define S(n)	(1 + (n) * (uint32_t)payload(f))

#define new_segment(f, n, ...)						\
	rx(f, .seq = S(n), .len = payload(f), .ecn = ECT0, __VA_ARGS__)
#define old_segment(f, n, ...)						\
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(n), .len = payload(f),	\
	   __VA_ARGS__)

/* Is "ecn" among the options of a connection? */
static bool has_ecn(const struct flow *f)
{
	char options[64], *o, *save = NULL;

	if (!conn_get(f, "options", options, sizeof(options)))
		fail("no connection");
	for (o = strtok_r(options, ",", &save); o; o = strtok_r(NULL, ",", &save))
		if (!strcmp(o, "ecn"))
			return true;
	return false;
}

static void set_ecn(int value)
{
	char text[4];

	snprintf(text, sizeof(text), "%d", value);
	sysctl_set("ecn", text);
}

/* ktcp opens a connection, and its SYN has exactly these flags. */
static void open_to(struct flow *f, uint16_t flags)
{
	const char *addr = f->p->family == AF_INET ? "10.0.0.2" : "2001:db8::2";

	flow_init(f, f->p);
	f->dport = 0;
	f->ecn = true;
	check_eq(0, command("connect %s %u discard", addr, f->sport));
	f->p->mark_us = now_us();
	rx(f, .flags = flags, .seq = 0, .mss = f->mss);
}

static void tx_synack(struct flow *f, uint8_t flags)
{
	uint8_t opt[16];
	size_t n = flow_syn_options(f, opt);

	tx(f, .flags = flags, .seq = 0, .opt = opt, .optlen = n);
}

/* An open connection that takes whatever comes, and owes what it is told to. */
static void open_ecn(struct flow *f)
{
	set_ecn(1);
	open_to(f, SYN | ECE | CWR);
	tx_synack(f, SYN | ACK | ECE);
	rx(f);
	check(has_ecn(f));
}

/* Connected over a path of RTT, with @n segments on their way for RTT. */
static void begin(struct flow *f, uint8_t offer, int n)
{
	char segs[16];

	snprintf(segs, sizeof(segs), "%d", n);
	sysctl_set("init_cwnd", segs);
	sysctl_set("congestion_control", "newreno");
	f->ecn = true;
	f->offer = offer;
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, RTT);
	tx(f);
	ask(f, SEGS);
	for (int i = 0; i < n; i++)
		new_segment(f, i);
	quiet(f->p, RTT);
}

/*
 * ktcp is asked
 */
WIRE(passive__agreed)
{
	uint32_t page = page_len(p);
	unsigned long opens;

	f->ecn = true;
	opens = stat_get("EcnOpens");
	flow_syn(f);
	flow_synack(f);
	check(has_ecn(f));
	tx(f);
	check(has_ecn(f));
	check_stat("EcnOpens", opens + 1);
	ask(f, 1);
	new_segment(f, 0);
	rx(f, .flags = PSH | ACK, .ecn = ECT0, .len = page - payload(f));
	tx(f);
	check_stat("EcnReductions", 0);
}

WIRE(passive__sysctl)
{
	uint32_t page = page_len(p);
	int value;

	for (value = 0; value <= 2; value++) {
		set_ecn(value);
		flow_init(f, p);
		f->ecn = true;
		flow_syn(f);
		rx(f, .flags = SYN | ACK | (value ? ECE : 0), .mss = ANY);
		tx(f);
		check_eq(!!value, has_ecn(f));
		ask(f, 1);
		rx(f, .len = payload(f), .ecn = value ? ECT0 : 0);
		rx(f, .flags = PSH | ACK, .len = page - payload(f),
		   .ecn = value ? ECT0 : 0);
		tx(f, .flags = ACK | ECE);
		check_stat("EcnReductions", !!value * value);
	}
}

/* RFC 3168 6.1.1: one of the two flags alone is no ECN-setup SYN. */
WIRE(passive__one_flag_is_none)
{
	static const uint8_t flags[] = { 0, ECE, CWR };
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		flow_init(f, p);
		tx(f, .flags = SYN | flags[i], .ack = 0);
		rx(f, .flags = SYN | ACK, .mss = ANY);
		tx(f);
		check(!has_ecn(f));
	}
}

WIRE(passive__synack_again)
{
	f->ecn = true;
	flow_syn(f);
	flow_synack(f);
	rx(f, .flags = SYN | ACK | ECE, .seq = 0, .mss = ANY, .after_ms = 1000);
	f->snd = 0;
	flow_syn(f);
	rx(f, .flags = SYN | ACK | ECE, .seq = 0, .mss = ANY);
	tx(f);
	check(has_ecn(f));
}

/* The SYN-ACK is late: a SYN without ECN follows. */
static void give_up_ecn(struct flow *f)
{
	f->ecn = true;
	flow_syn(f);
	flow_synack(f);
	f->snd = 0;
	f->ecn = false;
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY);
	tx(f);
	check(!has_ecn(f));
}

/* RFC 3168 6.1.1.1: our answer was lost to a host that then tries without. */
WIRE(passive__peer_gives_up)
{
	give_up_ecn(f);
	drain(f);
}

/* It may yet hear the answer to the first, and is told of marks then. */
WIRE(passive__peer_gives_up_too_soon)
{
	give_up_ecn(f);
	f->ecn = true;		/* the peer takes it to be agreed on */
	tx(f, .flags = PSH | ACK, .data = "G", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	check_stat("InCeSegs", 1);
}

/* A cookie says it in its timestamp, or not at all. */
WIRE(cookie__with_timestamps)
{
	uint32_t page = page_len(p);
	int offer;

	sysctl_set("syncookies", "2");
	for (offer = 0; offer <= (WSCALE | TS | SACK); offer++) {
		bool ecn = offer & TS;

		flow_init(f, p);
		f->offer = offer;
		f->ecn = true;
		flow_syn(f);
		rx(f, .flags = SYN | ACK | (ecn ? ECE : 0), .mss = ANY);
		check_state(f, CLOSED);
		tx(f);
		check_eq(ecn, has_ecn(f));
		ask(f, 1);
		rx(f, .len = f->send_mss - (ecn ? 12 : 0),
		   .ecn = ecn ? ECT0 : 0);
		rx(f, .flags = PSH | ACK, .ecn = ecn ? ECT0 : 0,
		   .len = 1 + page - f->rcv);
		tx(f);
		/* and a SYN without gets none */
		flow_init(f, p);
		f->offer = offer;
		flow_connect(f);
		check(!has_ecn(f));
	}
	check_stat("EcnOpens", 4);
}

WIRE(cookie__sysctl)
{
	sysctl_set("syncookies", "2");
	f->offer = TS;
	f->ecn = true;
	set_ecn(0);
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .mss = ANY);
	tx(f);
	check(!has_ecn(f));
	/* and when it changes between the two */
	set_ecn(2);
	flow_init(f, p);
	f->offer = TS;
	f->ecn = true;
	flow_syn(f);
	flow_synack(f);
	set_ecn(0);
	tx(f);
	check(!has_ecn(f));
}

/* Who has not asked for it means nothing by these bits. */
WIRE(passive__not_agreed)
{
	uint32_t page = page_len(p);
	struct response r;

	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = "GET / HTTP/1.1\r\n", .ecn = CE);
	rx(f, .after_ms = 40);
	tx(f, .flags = PSH | ACK | ECE, .data = "Host: a\r\n\r\n");
	take(f, page, ACK_END);
	response_at(f, 1, &r);
	check_eq(200, r.status);
	tx(f, .flags = ACK | ECE);
	check_stat("InCeSegs", 0);
	check_stat("EcnReductions", 0);
	check_stat("EcnOpens", 0);
}

/*
 * ktcp asks
 */
WIRE(active__sysctl)
{
	static const uint8_t flags[] = { 0, ECE | CWR, 0 };
	int value;

	for (value = 0; value <= 2; value++) {
		set_ecn(value);
		open_to(f, SYN | flags[value]);
		/* what was not asked for is not there */
		tx_synack(f, SYN | ACK | ECE);
		rx(f);
		check_eq(value == 1, has_ecn(f));
		check_eq(0, command("send %d 5", value + 1));
		rx(f, .flags = PSH | ACK, .len = 5, .ecn = value == 1 ? ECT0 : 0);
		tx(f);
	}
	check_stat("EcnOpens", 1);
}

/* RFC 3168 6.1.1: both flags are the echo of a host that knows neither. */
WIRE(active__peer_does_not)
{
	static const uint8_t flags[] = { 0, ECE | CWR, CWR };
	size_t i;

	set_ecn(1);
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		open_to(f, SYN | ECE | CWR);
		tx_synack(f, SYN | ACK | flags[i]);
		rx(f);
		check(!has_ecn(f));
		check_eq(0, command("send %zu 5", i + 1));
		rx(f, .flags = PSH | ACK, .len = 5);
		tx(f);
	}
	check_stat("EcnOpens", 0);
}

/* RFC 3168 6.1.1.1: the second SYN does not ask, and then it is not done. */
WIRE(active__syn_again)
{
	set_ecn(1);
	open_to(f, SYN | ECE | CWR);
	check(has_ecn(f));
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	check(!has_ecn(f));
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 2000);
	tx_synack(f, SYN | ACK | ECE);
	rx(f);
	check(!has_ecn(f));
	check_eq(0, command("send 1 5"));
	rx(f, .flags = PSH | ACK, .len = 5);
	tx(f);
}

/*
 * The SYN-ACK answers the first SYN: the peer may mark what it sends, and is told of it
 * (RFC 3168 6.1.1).
 */
WIRE(active__syn_again_answer_to_the_first)
{
	set_ecn(1);
	open_to(f, SYN | ECE | CWR);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	tx_synack(f, SYN | ACK | ECE);
	rx(f);
	check(!has_ecn(f));
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	check_eq(0, command("send 1 5"));
	rx(f, .flags = PSH | ACK | ECE, .len = 5);
	tx(f, .flags = PSH | ACK | CWR, .data = "2", .ecn = ECT0);
	rx(f, .after_ms = 40);
	check_stat("InCeSegs", 1);
	/* a SYN-ACK that does not answer that */
	open_to(f, SYN | ECE | CWR);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	tx_synack(f, SYN | ACK);
	rx(f);
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = CE);
	rx(f, .after_ms = 40);
	check_stat("InCeSegs", 1);
}

/* Both ask: each SYN-ACK says that it is done; its ECE tells of no mark. */
WIRE(active__simultaneous)
{
	set_ecn(1);
	open_to(f, SYN | ECE | CWR);
	flow_syn(f);
	rx(f, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1, .mss = f->mss);
	tx_synack(f, SYN | ACK | ECE);
	quiet(p, 10);
	check_state(f, "ESTABLISHED");
	check(has_ecn(f));
	check_eq(0, command("send 1 5"));
	rx(f, .flags = PSH | ACK, .len = 5, .ecn = ECT0);
	tx(f);
	check_stat("EcnReductions", 0);
	check_stat("EcnOpens", 1);
}

/*
 * The receiver
 */

/* RFC 3168 6.1.3: from the mark on every ACK tells, until CWR. */
WIRE(ce__echoed_until_cwr)
{
	open_ecn(f);
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = ECT0);
	rx(f, .after_ms = 40);
	tx(f, .flags = PSH | ACK, .data = "2", .ecn = CE);
	rx(f, .flags = ACK | ECE);		/* at once */
	check_stat("InCeSegs", 1);
	tx(f, .flags = PSH | ACK, .data = "3", .ecn = ECT0);
	rx(f, .flags = ACK | ECE, .after_ms = 40);
	check_eq(0, command("send 1 5"));			/* data is an ACK too */
	rx(f, .flags = PSH | ACK | ECE, .len = 5, .ecn = ECT0);
	tx(f);
	tx(f, .seq = f->snd - 1, .flags = PSH | ACK, .data = "3");
	rx(f, .flags = ACK | ECE);
	tx(f, .flags = PSH | ACK | CWR, .data = "4", .ecn = ECT0);
	rx(f, .after_ms = 40);
	tx(f, .flags = PSH | ACK, .data = "5", .ecn = ECT0);
	rx(f, .after_ms = 40);
	check_stat("InCeSegs", 1);
	check_stat("EcnReductions", 0);
}

/* The segment with CWR may itself have been marked. */
WIRE(ce__on_the_cwr)
{
	open_ecn(f);
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	tx(f, .flags = PSH | ACK | CWR, .data = "2", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	tx(f, .flags = PSH | ACK | CWR, .data = "3", .ecn = ECT0);
	rx(f, .after_ms = 40);
	check_stat("InCeSegs", 2);
}

/* CWR without data was not sent by a peer that keeps to the RFC. */
WIRE(ce__cwr_without_data)
{
	open_ecn(f);
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	tx(f, .flags = ACK | CWR);
	tx(f, .flags = PSH | ACK, .data = "2", .ecn = ECT0);
	rx(f, .flags = ACK | ECE, .after_ms = 40);
}

WIRE(ce__out_of_order)
{
	open_ecn(f);
	tx(f, .seq = 3, .flags = PSH | ACK, .data = "34", .ecn = CE);
	rx(f, .flags = ACK | ECE, .ack = 1);
	check_stat("InCeSegs", 1);
	tx(f, .seq = 1, .flags = PSH | ACK | CWR, .data = "12", .ecn = ECT0);
	rx(f, .ack = 5);
}

/* RFC 3168 6.1.4, 6.1.5: of what is no new data a mark says nothing. */
WIRE(ce__not_on_accepted_data)
{
	open_ecn(f);
	tx(f, .flags = PSH | ACK, .data = "12", .ecn = ECT1);
	rx(f, .after_ms = 40);
	tx(f, .ecn = CE);
	quiet(p, 100);
	tx(f, .seq = 1, .flags = PSH | ACK, .data = "12", .ecn = CE);
	rx(f);
	tx(f, .seq = f->snd + 1000000, .flags = PSH | ACK, .data = "x",
	   .ecn = CE);
	rx(f);
	tx(f, .ack = f->rcv + 1, .flags = PSH | ACK, .data = "x", .ecn = CE);
	f->snd--;
	rx(f);
	check_stat("InCeSegs", 0);
	tx(f, .flags = PSH | ACK, .data = "3");
	rx(f, .after_ms = 40);
}

/* A RST says nothing but RST; the peer's FIN is acknowledged with ECE. */
WIRE(ce__at_the_end)
{
	open_ecn(f);
	tx(f, .flags = PSH | ACK, .data = "1", .ecn = CE);
	rx(f, .flags = ACK | ECE);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = ACK | ECE);
	check_eq(0, command("abort 1"));
	rx(f, .flags = RST | ACK);
}

/*
 * The sender
 */

/* RFC 3168 6.1.2 with PRR (RFC 6937): one segment for two that arrive. */
WIRE(ece__halves_once)
{
	begin(f, SACK, 10);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	new_segment(f, 10, .flags = ACK | CWR);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	check_stat("EcnReductions", 1);
	tx(f, .flags = ACK | ECE, .ack = S(2));
	tx(f, .flags = ACK | ECE, .ack = S(3));
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(4));
	new_segment(f, 11);
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(6));
	new_segment(f, 12);
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(9));
	new_segment(f, 13);
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(10));
	check_eq(5 * payload(f), conn_num(f, "cwnd"));
	new_segment(f, 14);
	quiet(p, 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	check_stat("EcnReductions", 1);
	tx(f, .ack = S(15));		/* CWR has arrived there */
	drain(f);
	check(conn_num(f, "cwnd") > 5 * payload(f));
	check_stat("EcnReductions", 1);
	check_stat("FastRecoveries", 0);
	check_stat("RetransSegs", 0);
}

/* And again when data that was sent afterwards has been marked. */
WIRE(ece__of_the_next_window)
{
	begin(f, SACK, 10);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	new_segment(f, 10, .flags = ACK | CWR);
	tx(f, .flags = ACK | ECE, .ack = S(10));
	check_stat("EcnReductions", 1);
	for (int i = 11; i < 15; i++)
		new_segment(f, i);
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(11));
	check_stat("EcnReductions", 2);
	check_eq(5 * payload(f) / 2, conn_num(f, "ssthresh"));
	new_segment(f, 15, .flags = ACK | CWR);
	quiet(p, 0);
}

/* It is not the ACK that is counted on, but what it covers. */
WIRE(ece__on_a_repeated_ack)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .flags = ACK | ECE, .ack = S(1), .wnd = 60000);
	new_segment(f, 12, .flags = ACK | CWR);
	check_stat("EcnReductions", 1);
	check_eq(11 * payload(f) / 2, conn_num(f, "ssthresh"));
	quiet(p, 0);
}

/* Nothing is left in flight: cwnd is what it will be, and CWR has to wait. */
WIRE(ece__of_all_that_was_in_flight)
{
	uint32_t page = page_len(p);

	sysctl_set("congestion_control", "newreno");
	f->ecn = true;
	f->offer = SACK;
	flow_connect(f);
	ask(f, 1);
	new_segment(f, 0);
	rx(f, .flags = PSH | ACK, .ecn = ECT0, .len = page - payload(f));
	tx(f, .flags = ACK | ECE);
	quiet(p, 10);
	check_stat("EcnReductions", 1);
	check_eq(2 * payload(f), conn_num(f, "ssthresh"));
	check_eq(2 * payload(f), conn_num(f, "cwnd"));
	tx(f, .flags = ACK | ECE);
	check_stat("EcnReductions", 1);
	ask(f, 1);
	rx(f, .flags = ACK | CWR, .ecn = ECT0, .len = payload(f));
	rx(f, .flags = PSH | ACK, .ecn = ECT0, .len = page - payload(f));
	tx(f);
	check_stat("EcnReductions", 1);
}

/* What cannot be an ACK of this window is not believed. */
WIRE(ece__on_a_bad_ack)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(2));
	for (int i = 10; i < 14; i++)
		new_segment(f, i);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	tx(f, .flags = ACK | ECE, .ack = S(14) + 1);
	rx(f);
	check_stat("InOldAcks", 1);
	check_stat("InBadAcks", 1);
	check_stat("EcnReductions", 0);
	check_eq(4294967295, conn_num(f, "ssthresh"));
}

/* Losses of the window that was marked: repaired at once, not punished twice. */
WIRE(ece__then_a_loss)
{
	begin(f, SACK, 10);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	new_segment(f, 10, .flags = ACK | CWR);
	tx(f, .flags = ACK | ECE, .ack = S(1), .sack = { { S(2), S(5) } });
	old_segment(f, 1);
	check_stat("FastRecoveries", 1);
	check_stat("EcnReductions", 1);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	tx(f, .ack = S(11));
	check_eq(5 * payload(f), conn_num(f, "cwnd"));
	for (int i = 11; i < 16; i++)
		new_segment(f, i);	/* CWR was said */
	quiet(p, 0);
	check_stat("RetransSegs", 1);
	check_stat("Undos", 0);
}

/* And the other way round: a loss makes the peer hear of it, a mark no more. */
WIRE(ece__in_recovery)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(1), S(4) } });
	old_segment(f, 0);
	check_stat("FastRecoveries", 1);
	tx(f, .flags = ACK | ECE, .ack = S(0), .sack = { { S(1), S(6) } });
	tx(f, .flags = ACK | ECE, .ack = S(0), .sack = { { S(1), S(10) } });
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	new_segment(f, 10, .flags = ACK | CWR);
	new_segment(f, 11);
	new_segment(f, 12);
	new_segment(f, 13);
	quiet(p, 0);
	tx(f, .flags = ACK | ECE, .ack = S(10));
	drain(f);
	check_stat("EcnReductions", 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	tx(f, .flags = ACK | ECE, .ack = S(11));
	check_stat("EcnReductions", 1);
	drain(f);
}

/*
 * The peer has heard of a reduction (CWR), and tells of that mark no more: it stays,
 * although what was taken for lost was but late (RFC 4015 3).
 */
WIRE(ece__in_recovery_is_not_undone)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(1), S(4) } });
	old_segment(f, 0);
	tx(f, .flags = ACK | ECE, .ack = S(0), .sack = { { S(1), S(10) } });
	new_segment(f, 10, .flags = ACK | CWR);
	drain(f);
	tx(f, .flags = ACK | ECE, .ack = S(10));
	drain(f);
	tx(f, .flags = ACK | ECE, .ack = S(10), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("InDSacks", 1);
	check_stat("Undos", 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
}

/* The mark is of another window of data, which is no larger than cwnd. */
WIRE(ece__with_the_end_of_recovery)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(1), S(4) } });
	old_segment(f, 0);
	tx(f, .ack = S(0), .sack = { { S(1), S(10) } });
	drain(f);
	tx(f, .flags = ACK | ECE, .ack = S(12));
	check_stat("EcnReductions", 1);
	check_eq(5 * payload(f) / 2, conn_num(f, "ssthresh"));
	drain(f);
}

/* RFC 3168 6.1.2, 6.1.5: a timeout too; what it sends again is not marked. */
WIRE(timeout__cwr_and_no_ect)
{
	long rto;

	begin(f, 0, 3);
	rto = conn_num(f, "rto_ms");
	old_segment(f, 0, .after_ms = rto);
	tx(f, .ack = S(0));		/* no F-RTO */
	/* it has been reduced, and grows as it does without ECE */
	tx(f, .flags = ACK | ECE, .ack = S(1));
	old_segment(f, 1);
	old_segment(f, 2);
	quiet(p, 0);
	check_stat("EcnReductions", 0);
	tx(f, .ack = S(2));
	new_segment(f, 3, .flags = ACK | CWR);
	quiet(p, 0);
	tx(f, .ack = S(4));
	new_segment(f, 4);
	new_segment(f, 5);
	drain(f);
}

/* Before new data has told it CWR, a peer can but say ECE to all that is sent again. */
WIRE(timeout__of_all_while_it_says_ece)
{
	long rto;
	int i, sent = 1, acked;

	begin(f, 0, 10);
	rto = conn_num(f, "rto_ms");
	old_segment(f, 0, .after_ms = rto);
	tx(f, .ack = S(0));
	/* 1, 2, 4: slow start */
	for (acked = 1; acked <= 7; acked++) {
		tx(f, .flags = ACK | ECE, .ack = S(acked));
		for (i = 0; i < 2 && sent < 10; i++)
			old_segment(f, sent++);
	}
	check_stat("EcnReductions", 0);
	drain(f);
}

/* A mark makes no window larger, though ssthresh is two segments at least. */
WIRE(ece__of_a_single_segment)
{
	begin(f, SACK, 1);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	check_stat("EcnReductions", 1);
	new_segment(f, 1, .flags = ACK | CWR);
	quiet(p, 0);
	check_eq(payload(f), conn_num(f, "cwnd"));
	drain(f);
}

/* Nothing had been lost: there is nothing to tell. */
WIRE(timeout__for_nothing)
{
	uint32_t before;
	long rto;

	begin(f, TS, 10);
	before = f->ts_recent;
	rto = conn_num(f, "rto_ms");
	old_segment(f, 0, .after_ms = rto);
	tx(f, .ack = S(1), .tsecr = before);
	check_stat("Undos", 1);
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, 0);
}

/* RFC 8985 7.3: a loss probe is new data, or it is not. */
WIRE(probe__tail_loss)
{
	uint32_t page = page_len(p);

	begin(f, SACK, 10);
	new_segment(f, 10, .flags = ACK | PSH_OR_NOT, .after_ms = 2 * RTT);
	check_stat("LossProbes", 1);
	tx(f, .ack = S(11));
	drain(f);
	tx(f, .flags = RST | ACK);
	check_state(f, CLOSED);
	flow_init(f, p);
	f->ecn = true;
	f->offer = SACK;
	flow_syn(f);
	flow_synack(f);
	quiet(p, RTT);
	tx(f);
	ask(f, 1);
	new_segment(f, 0);
	rx(f, .flags = PSH | ACK, .seq = S(1), .ecn = ECT0,
	   .len = page - payload(f));
	rx(f, .flags = PSH | ACK, .seq = S(1), .len = page - payload(f),
	   .after_ms = 2 * RTT);
	check_stat("LossProbes", 2);
	tx(f);
}

/* RFC 3168 6.1.6: what the window does not take must not seem accepted. */
WIRE(probe__window)
{
	long ms;

	open_ecn(f);
	tx(f, .wnd = 0);
	check_eq(0, command("send 1 100"));
	ms = conn_num(f, "rto_ms");
	rx(f, .flags = PSH | ACK, .len = 1, .after_ms = ms);
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 1, .after_ms = 2 * ms);
	tx(f, .ack = 2);
	rx(f, .flags = PSH | ACK, .seq = 2, .len = 99, .ecn = ECT0);
	tx(f);
}

WIRE(probe__keepalive)
{
	open_ecn(f);
	check_eq(0, command("keepalive 1 1"));
	rx(f, .seq = 0, .after_ms = 7200000);
	tx(f);
}

/* The last data, and the FIN with it. */
static void take_fin(struct flow *f)
{
	struct got g;

	check(flow_next(f, &g, 0));
	check_eq(FIN | PSH | ACK, g.flags);
	check_eq(ECT0, g.ecn);
	check(g.len);
}

/* A FIN alone is no data; with data it goes where that goes. */
WIRE(fin__alone_and_with_data)
{
	open_ecn(f);
	check_eq(0, command("shutdown 1"));
	rx(f, .flags = FIN | ACK);
	tx(f);
	flow_init(f, p);
	f->ecn = true;
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = GET_CLOSE);
	new_segment(f, 0);
	take_fin(f);
	tx(f);
}

/*
 * A super-segment is never the one with CWR: packet.c looks. Before and after it
 * there are some.
 */
WIRE(cwr__alone)
{
	unsigned int supers;

	begin(f, SACK, 10);
	supers = p->supers;
	if (p->offload)
		check(supers > 0);
	tx(f, .flags = ACK | ECE, .ack = S(1));
	new_segment(f, 10, .flags = ACK | CWR);
	check_eq(supers, p->supers);
	tx(f, .flags = ACK | ECE, .ack = S(10));
	for (int i = 11; i < 15; i++)
		new_segment(f, i);
	if (p->offload)
		check(p->supers > supers);
	drain(f);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Time: the retransmission timeout (RFC 6298), the persist timer (RFC 9293
 * 3.8.6.1), and how long a peer that does not answer is kept.
 */
#define WIRE_OPTIONS

#include "wire.h"

#define RTO_MIN_MS	200
#define RTO_MAX_MS	120000
#define RETRIES2	15

/* Say nothing for @ms, or a little more; how long it was is what counts. */
static long stay_silent(struct flow *f, long ms)
{
	uint64_t from = now_us();

	quiet(f->p, ms);
	return (now_us() - from) / 1000;
}

/* A handshake that takes @ms from SYN-ACK to ACK: the first measurement. */
static long connect_slowly(struct flow *f, long ms)
{
	long rtt;

	flow_syn(f);
	flow_synack(f);
	rtt = stay_silent(f, ms);
	tx(f);
	return rtt;
}

static long doubled(long rto)
{
	return rto * 2 < RTO_MAX_MS ? rto * 2 : RTO_MAX_MS;
}

WIRE(rto__first_measurement)
{
	static const long rtts[] = { 0, 50, 100, 300, 900 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(rtts); i++) {
		long rtt, rto;

		flow_init(f, p);
		rtt = connect_slowly(f, rtts[i]);
		check_near(rtt, conn_num(f, "srtt_us") / 1000);
		/* SRTT + 4 * RTTVAR, and RTTVAR is SRTT / 2 */
		rto = rtt + (2 * rtt > RTO_MIN_MS ? 2 * rtt : RTO_MIN_MS);
		check_near(rto, conn_num(f, "rto_ms"));
		ask(f, 1);
		drain(f);
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
		   .after_ms = conn_num(f, "rto_ms"));
		tx(f, .flags = RST);
	}
}

/* RFC 6298 2.3 */
WIRE(rto__second_measurement)
{
	long r1 = connect_slowly(f, 100), r2, srtt, rttvar;

	ask(f, 1);
	drain(f);
	r2 = stay_silent(f, 200);
	tx(f);
	srtt = (7 * r1 + r2) / 8;
	rttvar = (3 * r1 / 2 + (r2 - r1)) / 4;
	check_near(srtt, conn_num(f, "srtt_us") / 1000);
	check_near(srtt + 4 * rttvar, conn_num(f, "rto_ms"));
	check_eq(0, conn_num(f, "retrans"));
}

WIRE(rto__is_measured_by_an_ack_of_several_segments)
{
	int i;

	flow_connect(f);
	for (i = 0; i < 60; i++) {
		ask(f, 1);
		drain(f);
		quiet(p, 150);
		tx(f);
	}
	check_near(150, conn_num(f, "srtt_us") / 1000);
	check_near(150 + RTO_MIN_MS, conn_num(f, "rto_ms"));
}

/* With timestamps an ACK of what was sent twice tells time: see options.c. */
static void without_timestamps(const struct peer *p)
{
	if (p->offer & TS)
		wire_skip();
}

/* RFC 6298 3: an ACK of what was sent twice tells no time. */
WIRE(rto__karn)
{
	uint32_t page = page_len(p);
	long rto = 3 * connect_slowly(f, 100);
	long long srtt = conn_num(f, "srtt_us");

	without_timestamps(p);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = rto);
	check_near(2 * rto, conn_num(f, "rto_ms"));
	quiet(p, 50);
	tx(f);		/* all of it */
	check_eq(srtt, conn_num(f, "srtt_us"));

	/* RFC 6298 5.7 note, 5.5: the backoff stays until there is a sample */
	check_near(2 * rto, conn_num(f, "rto_ms"));
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT,
	   .seq = f->rcv - page, .len = payload(f), .after_ms = 2 * rto);
}

/*
 * What arrives a second time is acknowledged with the time of the first (RFC 7323
 * 4.3), whose ACK was lost: that is no round trip, but a timeout. The D-SACK says so
 * (RFC 2883), and the next sample ends the backoff.
 */
WIRE(rto__no_sample_of_what_arrived_twice)
{
	uint32_t page = page_len(p), first;
	long long srtt;

	f->offer |= TS | SACK;
	flow_connect(f);
	ask(f, 1);
	drain(f);
	first = f->ts_recent;
	srtt = conn_num(f, "srtt_us");
	rx(f, .flags = PSH | ACK, .seq = 1 + payload(f),
	   .len = page - payload(f), .after_ms = 2 * JIFFY_MS);	/* a probe */
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 400);
	tx(f, .ack = 1 + page, .tsecr = first,
	   .sack = { { 1, 1 + payload(f) } });
	check_eq(0, conn_num(f, "unacked"));
	check_eq(srtt, conn_num(f, "srtt_us"));
	check_near(800, conn_num(f, "rto_ms"));
	ask(f, 1);
	drain(f);
	tx(f);
	check_near(200, conn_num(f, "rto_ms"));
	check_stat("InDSacks", 1);
	check_stat("RtoTimeouts", 2);
}

WIRE(rto__sample_ends_the_backoff)
{
	long r1 = connect_slowly(f, 100), r2, srtt, rttvar;

	without_timestamps(p);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 3 * r1);
	tx(f);
	ask(f, 1);
	drain(f);
	r2 = stay_silent(f, 150);
	tx(f);
	srtt = (7 * r1 + r2) / 8;
	rttvar = (3 * r1 / 2 + (r2 - r1)) / 4;
	check_near(srtt, conn_num(f, "srtt_us") / 1000);
	check_near(srtt + 4 * rttvar, conn_num(f, "rto_ms"));
}

WIRE(rto__backoff_to_the_end)
{
	long rto = RTO_MIN_MS;
	int i;

	sysctl_set("orphan_sec", "3600");
	sysctl_set("mtu_probing", "0");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	for (i = 0; i < RETRIES2; i++) {
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
		   .after_ms = rto);
		check_eq(payload(f), conn_num(f, "cwnd"));
		rto = doubled(rto);
	}
	quiet(p, rto - 2 * JIFFY_MS);
	check(conn_num(f, "unacked") > 0);
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("RtoTimeouts", RETRIES2);
	check_stat("RetransSegs", RETRIES2);
	check_stat("RtoGiveUps", 1);
	check_stat("OutRsts", 0);
	quiet(p, 3600000);
	/* whoever comes back finds nobody */
	tx(f);
	rx(f, .flags = RST, .seq = f->rcv);
}

WIRE(rto__retries2_sysctl)
{
	sysctl_set("retries2", "2");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 400);
	quiet(p, 800 - 2 * JIFFY_MS);
	check_state(f, "ESTABLISHED");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("EstabResets", 1);
}

WIRE(rto__min_sysctl)
{
	sysctl_set("rto_min_ms", "700");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 700);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 1400);
}

WIRE(rto__max_sysctl)
{
	sysctl_set("rto_max_ms", "1000");
	sysctl_set("mtu_probing", "0");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 400);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 800);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 1000);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 1000);
}

/* RFC 6298 5.3: an ACK of new data starts it anew ... */
WIRE(rto__restarts_with_an_ack_of_new_data)
{
	flow_connect(f);
	ask(f, 1);
	drain(f);
	quiet(p, 150);
	tx(f, .ack = 1 + payload(f));
	rx(f, .flags = ACK | PSH, .seq = 1 + payload(f),
	   .len = f->have - 1 - payload(f), .after_ms = conn_num(f, "rto_ms"));
}

/* ... any other does not. */
WIRE(rto__does_not_restart_with_a_duplicate_ack)
{
	uint64_t sent;

	flow_connect(f);
	ask(f, 1);
	drain(f);
	sent = p->mark_us;
	quiet(p, 150);
	tx(f, .ack = 1);
	p->mark_us = sent;
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
}

/* ... nor does data that is sent later (RFC 6298 5.1). */
WIRE(rto__does_not_restart_with_more_data)
{
	uint64_t sent;

	flow_connect(f);
	ask(f, 1);
	drain(f);
	sent = p->mark_us;
	quiet(p, 150);
	tx(f, .flags = PSH | ACK, .ack = 1, .data = GET);
	drain(f);
	p->mark_us = sent;
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
}

/* RFC 6298 5.2: nothing in flight, no timer. */
WIRE(rto__stops_when_all_is_acknowledged)
{
	flow_connect(f);
	ask(f, 1);
	drain(f);
	check_timer(f, "retrans");
	tx(f);
	check_timer(f, "app");
	quiet(p, 59000);
}

/* A timeout after many that were answered counts from the beginning. */
WIRE(rto__progress_resets_the_count)
{
	int i;

	sysctl_set("retries2", "2");
	sysctl_set("rto_max_ms", "1000");
	flow_connect(f);
	for (i = 0; i < 5; i++) {
		uint32_t seq = f->rcv;

		ask(f, 1);
		drain(f);
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq, .len = payload(f),
		   .after_ms = conn_num(f, "rto_ms"));
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq, .len = payload(f),
		   .after_ms = conn_num(f, "rto_ms"));
		tx(f);
		check_state(f, "ESTABLISHED");
	}
}

/*
 * The peer's window is closed
 */

/* Data is owed and the window is closed: probes of one byte, RTO doubling. */
WIRE(persist__probes_for_an_hour)
{
	long rto = RTO_MIN_MS, total = 0;
	uint64_t asked;
	int n = 0;

	/* 65 s after its answer the responder has closed, and that is no end */
	sysctl_set("orphan_sec", "3600");
	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	asked = p->mark_us;
	rx(f, .after_ms = 40);
	p->mark_us = asked;
	check_timer(f, "persist");
	while (total < 3500000) {
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1,
		   .after_ms = rto);
		total += rto;
		rto = doubled(rto);
		n++;
		asked = p->mark_us;
		tx(f, .ack = 1);
		p->mark_us = asked;
		f->rcv = 1;
	}
	check(n > 30);
	check_eq(n, stat_get("PersistProbes"));
	/* and then it opens */
	f->wnd = 65535;
	tx(f);
	drain(f);
	check(f->have > payload(f));
}

WIRE(persist__gives_up_without_any_answer)
{
	long rto = RTO_MIN_MS;
	uint64_t asked;
	int i;

	sysctl_set("orphan_sec", "3600");
	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	asked = p->mark_us;
	rx(f, .after_ms = 40);
	p->mark_us = asked;
	for (i = 0; i < RETRIES2; i++) {
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1,
		   .after_ms = rto);
		rto = doubled(rto);
	}
	quiet(p, rto - 2 * JIFFY_MS);
	check(conn_num(f, "unacked") > 0);
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("OutRsts", 0);
}

/* The window opens between two probes: data flows at once, no byte twice. */
WIRE(persist__window_update_ends_it)
{
	uint32_t page = page_len(p);

	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	rx(f, .after_ms = 40);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 160);
	tx(f, .ack = 1);
	f->rcv = 1;
	quiet(p, 100);
	f->wnd = 65535;
	tx(f, .ack = 2);
	f->rcv = 2;
	take(f, page - 1, ACK_END);
	quiet(p, 1000);
	check_timer(f, "app");
	check_eq(page, conn_num(f, "bytes_out"));
}

/*
 * The byte of the probe, which the peer did not take, goes first once the window is
 * open: so nothing is missing, and congestion control is not asked.
 */
WIRE(persist__refused_byte_is_no_loss)
{
	long long cwnd;

	flow_connect(f);
	f->wnd = 0;
	ask(f, 9);
	rx(f, .after_ms = 40);
	p->mark_us -= 40000;
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 200);
	tx(f, .ack = 1);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 400);
	tx(f, .ack = 1);
	cwnd = conn_num(f, "cwnd");
	f->wnd = 65535;
	tx(f, .ack = 1);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1);
	rx(f, .seq = 2, .len = payload(f));
	tx(f, .ack = 2);
	check(conn_num(f, "cwnd") >= cwnd);
	drain(f);
	tx(f);
	check(conn_num(f, "cwnd") >= cwnd);
	check_stat("FastRecoveries", 0);
	check_stat("RtoTimeouts", 0);
}

/* cwnd has grown, and then the window is closed: who owes more has just asked. */
static uint32_t ask_for_window(struct flow *f)
{
	uint32_t una;

	sysctl_set("init_cwnd", "2");
	flow_connect(f);
	ask(f, 9);
	for (una = 0; una != f->rcv; tx(f)) {
		una = f->rcv;
		drain(f);
	}
	check(conn_num(f, "cwnd") > 2 * payload(f));
	f->wnd = 0;
	ask(f, 9);
	rx(f, .after_ms = 40);
	f->p->mark_us -= 40000;
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = una, .len = 1, .after_ms = 200);
	return una;
}

/* The window opens: no more leaves at once than in the beginning. */
static void begins_anew(struct flow *f, uint32_t una)
{
	f->wnd = 65535;
	tx(f, .ack = una);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = una, .len = 1);
	check_eq(2 * payload(f), conn_num(f, "cwnd"));
	drain(f);
}

/* RFC 5681 4.1: who was kept waiting for longer than an RTO begins anew. */
WIRE(persist__window_opens_late)
{
	uint32_t una = ask_for_window(f);

	tx(f, .ack = una);
	quiet(p, 350);
	begins_anew(f, una);
}

/* Nor is the path known the better for the question that this is the answer to. */
WIRE(persist__answer_opens_the_window)
{
	begins_anew(f, ask_for_window(f));
}

/* Nor if all that is owed had been sent before it closed. */
WIRE(persist__window_opens_for_what_was_sent)
{
	sysctl_set("init_cwnd", "10");
	flow_connect(f);
	ask(f, 9);
	drain(f);
	sysctl_set("init_cwnd", "2");
	f->wnd = 0;
	tx(f, .ack = 1);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 200);
	f->wnd = 65535;
	tx(f, .ack = 1);
	for (int i = 0; i < 2; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + i * payload(f),
		   .len = payload(f));
	quiet(p, 0);
	check_eq(2 * payload(f), conn_num(f, "cwnd"));
}

/* What cannot leave into an open window, for want of a route, is given up too. */
WIRE(persist__gives_up_without_a_route)
{
	bool v4 = p->family == AF_INET;

	sysctl_set("orphan_sec", "3600");
	sysctl_set("retries2", "3");
	flow_connect(f);
	f->wnd = 0;
	ask(f, 1);
	rx(f, .after_ms = 40);
	check_eq(0, system(v4 ? "ip route add blackhole 10.0.0.2/32" :
				"ip -6 route add blackhole 2001:db8::2/128"));
	f->wnd = 65535;
	tx(f);
	/* 200 ms, then 400, 800 and 1600 after each that was in vain */
	quiet(p, 2800);
	check_state(f, "ESTABLISHED");
	quiet(p, 400);
	check_state(f, CLOSED);
	check_stat("RtoGiveUps", 1);
}

/* A peer may take the byte of the probe: then the next one follows. */
WIRE(persist__probe_that_is_taken)
{
	int i;

	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	rx(f, .after_ms = 40);
	p->mark_us -= 40000;
	for (i = 0; i < 3; i++) {
		struct got g;

		check(flow_next(f, &g, 10000));
		check_eq(1 + i, g.seq);
		check_eq(1, g.len);
		tx(f);
	}
	f->wnd = 65535;
	tx(f);
	check(flow_next(f, &(struct got){}, 0));
	drain(f);
	check(f->have > payload(f));
}

/* Beyond the window nothing is believed, so an ACK after a probe lies before it. */
WIRE(persist__ack_inside_the_window)
{
	struct got g;

	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	do
		check(flow_next(f, &g, 5000));
	while (!g.len);
	check_eq(1, g.seq);
	check_eq(1, g.len);
	tx(f, .ack = 1);
	tx(f, .ack = 1, .data = "G");
	rx(f, .seq = 1, .after_ms = 40);
}

/* The window closes while data is on the way, and what is on the way is lost. */
WIRE(persist__window_closes_on_data_in_flight)
{
	uint32_t page = page_len(p);

	flow_connect(f);
	ask(f, 1);
	drain(f);
	tx(f, .ack = 1, .wnd = 0);
	p->mark_us = now_us();
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 200);
	tx(f, .ack = 1, .wnd = 0);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1, .after_ms = 400);
	/* it opens again: what was lost must come by the timer at the latest */
	f->rcv = 1;
	tx(f);
	while (f->rcv < 1 + page) {
		struct got g;

		check(flow_next(f, &g, 1000));
		tx(f);
	}
	quiet(p, 5000);
	check_eq(page, conn_num(f, "bytes_out"));
}

/* Nothing but a FIN waits for the window. */
WIRE(persist__fin)
{
	f->wnd = 0;
	flow_connect(f);
	tx(f, .flags = FIN | ACK);
	rx(f, .seq = 1, .ack = 2);
	check_state(f, "LAST_ACK");
	check_timer(f, "persist");
	rx(f, .flags = FIN | ACK, .seq = 1, .after_ms = 200);
	rx(f, .flags = FIN | ACK, .seq = 1, .after_ms = 400);
	tx(f);
	check_state(f, CLOSED);
}

/*
 * The application has closed: what the peer does not take in orphan_sec after
 * the last that it took is given up.
 */
#define ORPHAN_MS	120000
#define IDLE_MS		60000
#define DRAIN_MS	5000

/* Answer every probe, take nothing, until a RST comes; return when. */
static uint64_t refuse_until_rst(struct flow *f, uint32_t una)
{
	struct got g;

	for (;;) {
		check(flow_next(f, &g, RTO_MAX_MS));
		if (g.flags & RST)
			break;
		check_eq(una, g.seq);
		f->rcv = una;
		tx(f, .ack = una, .wnd = 0);
	}
	/* where a peer with a closed window believes it */
	check_eq(RST | ACK, g.flags);
	check_eq(una, g.seq);
	check_state(f, CLOSED);
	check_stat("OrphanTimeouts", 1);
	check_stat("OutRsts", 1);
	return g.us;
}

/* One request, then nothing: idle, goodbye, drain, and then it is an orphan. */
WIRE(orphan__window_that_stays_closed)
{
	uint64_t asked, ms;

	f->wnd = 0;
	flow_connect(f);
	ask(f, 1);
	asked = p->mark_us;
	rx(f, .after_ms = 40);
	/* three timers, each to the jiffy */
	ms = (refuse_until_rst(f, 1) - asked) / 1000;
	check(ms >= IDLE_MS + DRAIN_MS + ORPHAN_MS - JIFFY_MS &&
	      ms <= IDLE_MS + DRAIN_MS + ORPHAN_MS + 3 * LATE_MS);
	quiet(p, 3600000);
}

/* Asked and closed in one: nobody waits for it from the start. */
static uint64_t ask_and_close(struct flow *f)
{
	tx(f, .flags = FIN | PSH | ACK, .data = GET);
	check_state(f, "LAST_ACK");
	return f->p->mark_us;
}

WIRE(orphan__sysctl)
{
	uint64_t asked;

	sysctl_set("orphan_sec", "7");
	f->wnd = 0;
	flow_connect(f);
	asked = ask_and_close(f);
	rx(f);
	check_near(7000, (refuse_until_rst(f, 1) - asked) / 1000);
}

/* The timer is shown when it is the next to end. */
WIRE(orphan__timer_is_shown)
{
	sysctl_set("orphan_sec", "1");
	sysctl_set("rto_min_ms", "2000");
	f->wnd = 0;
	flow_connect(f);
	ask_and_close(f);
	rx(f);
	check_timer(f, "orphan");
	check_near(1000, conn_num(f, "expires_ms"));
	rx(f, .flags = RST | ACK, .seq = 1, .after_ms = 1000);
}

/* An open window and no answer: it ends then too, long before retries2. */
WIRE(orphan__peer_that_is_gone)
{
	uint64_t asked;
	struct got g;

	flow_connect(f);
	asked = ask_and_close(f);
	do
		check(flow_next(f, &g, RTO_MAX_MS));
	while (!(g.flags & RST));
	check_near(ORPHAN_MS, (g.us - asked) / 1000);
	check_eq(f->have + 1, g.seq);
	check_state(f, CLOSED);
	check_stat("OrphanTimeouts", 1);
	check_stat("RtoGiveUps", 0);
}

/* The time begins anew with each ACK of anything new, and with no other. */
WIRE(orphan__counts_from_the_last_progress)
{
	uint64_t at, until;
	struct got g;

	f->wnd = 100;
	flow_connect(f);
	ask_and_close(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 100);
	tx(f, .wnd = 0);
	until = now_us() + 100000000;
	while (now_us() < until) {
		check(flow_next(f, &g, RTO_MAX_MS));
		f->rcv = 101;
		tx(f, .wnd = 0);
	}
	/* one byte, that of the probe, and 120 s of nothing new */
	tx(f, .ack = 102, .wnd = 0);
	at = p->mark_us;
	check_near(ORPHAN_MS, (refuse_until_rst(f, 102) - at) / 1000);
}

/* The window stays closed for so long; what comes is not taken. */
static void stay_closed(struct flow *f, uint64_t ms)
{
	uint64_t until = now_us() + ms * 1000;
	uint32_t una = f->rcv;
	struct got g;

	tx(f, .wnd = 0);
	while (now_us() < until &&
	       flow_next(f, &g, (until - now_us()) / 1000 + 1)) {
		f->rcv = una;
		tx(f, .wnd = 0);
	}
}

/* Slow and honest: 100 bytes every half a minute, to the last and the FIN. */
WIRE(orphan__slow_reader_gets_all)
{
	uint32_t page = page_len(p), end = 1 + page + 1, edge;
	uint64_t began;
	struct got g;

	f->wnd = 100;
	flow_connect(f);
	ask_and_close(f);
	began = now_us();
	for (edge = 101; ; edge += 100) {
		while (f->rcv < edge && f->rcv < end) {
			check(flow_next(f, &g, 1000));
			tx(f, .wnd = edge - f->rcv);
		}
		if (f->rcv == end)
			break;
		stay_closed(f, 30000);
		tx(f);
	}
	check_state(f, CLOSED);
	check_eq(1 + page, f->have);
	check(now_us() - began > 2 * ORPHAN_MS * 1000ULL);
	check_stat("OrphanTimeouts", 0);
	check_stat("OutRsts", 0);
}

/*
 * The responder's own times (http/respond.c)
 */
WIRE(http__idle_connection_is_closed)
{
	flow_connect(f);
	rx(f, .flags = FIN | ACK, .seq = 1, .after_ms = 60000);
	tx(f);
	check_state(f, "FIN_WAIT_2");
}

WIRE(http__idle_time_begins_anew_with_each_request)
{
	struct response r;
	int i;

	flow_connect(f);
	for (i = 0; i < 5; i++) {
		quiet(p, 59000);
		request(f, GET, &r);
	}
	rx(f, .flags = FIN | ACK, .after_ms = 60000);
}

/* Not renewed by bytes that trickle in. */
WIRE(http__slow_header_gets_408)
{
	uint64_t began = now_us();
	struct response r;
	struct got g;
	int i;

	flow_connect(f);
	for (i = 0; i < 14; i++) {
		tx(f, .data = GET + i, .len = 1);
		rx(f, .after_ms = 40);
		quiet(p, 1960);
	}
	p->mark_us = began;
	check(flow_next(f, &g, 2010));
	check_near(30000, (g.us - began) / 1000);
	response_at(f, 1, &r);
	check_eq(408, r.status);
	check(r.close);
	check_eq(FIN | PSH | ACK, g.flags);
	tx(f);
	check_state(f, "FIN_WAIT_2");
}

WIRE(http__408_has_no_body_for_head)
{
	struct response r;
	struct got g;

	sysctl_set("http_header_sec", "5");
	flow_connect(f);
	tx(f, .data = "HEAD / HTTP/1.1\r");
	rx(f, .after_ms = 40);
	check(flow_next(f, &g, 5100));
	response_at(f, 1, &r);
	check_eq(408, r.status);
	check(r.close);
	check_eq(1 + r.head, f->have);
}

/* A peer that asks and takes nothing, though its window is open or closed. */
WIRE(http__peer_that_takes_nothing_is_reset)
{
	uint64_t began;
	struct got g;

	sysctl_set("http_min_rate", "64");
	flow_reach(f, "CLOSE_WAIT");
	began = now_us();
	for (;;) {
		check(flow_next(f, &g, 60000));
		if (g.flags & RST)
			break;
		check_eq(1, g.len);
		f->rcv = 1;
		tx(f, .ack = 1);
	}
	check_eq(RST | ACK, g.flags);
	check_near(60000, (g.us - began) / 1000);
	check_state(f, CLOSED);
}

/* Take @bytes a second in segments of as many; how long until the RST, ms. */
static uint64_t read_at(struct flow *f, uint32_t bytes, uint64_t limit_ms)
{
	uint64_t began = now_us(), second = 0;
	struct got g;

	while (second++ * 1000 < limit_ms) {
		tx(f, .wnd = bytes);
		while (flow_next(f, &g, (began + second * 1000000 - now_us()) / 1000 + 1)) {
			if (g.flags & RST)
				return (g.us - began) / 1000;
			if (g.us - began >= second * 1000000)
				break;
			tx(f, .wnd = 0);
		}
	}
	return 0;
}

/* Requests wait in their answers: 64 bytes a second are asked of a reader. */
static void ask_times(struct flow *f, int times)
{
	f->wnd = 0;
	flow_connect(f);
	while (times--)
		tx(f, .data = GET);
}

static void ask_much(struct flow *f) { ask_times(f, 20); }

/* How much a second is asked of the peer, how often, and how long a request may take. */
static void looks(const char *min_rate, const char *write_sec, const char *idle_sec)
{
	sysctl_set("http_min_rate", min_rate);
	sysctl_set("http_write_sec", write_sec);
	sysctl_set("http_idle_sec", idle_sec);
}

WIRE(http__reader_below_the_least_rate_is_reset)
{
	looks("64", "10", "10");
	ask_much(f);
	check_near(10000, read_at(f, 32, 30000));
	check_state(f, CLOSED);
	check_stat("HttpTooSlow", 1);
}

/* None is asked of him: a sign in http_write_sec is enough, and needed. */
WIRE(http__without_a_least_rate_a_sign_is_enough)
{
	looks("0", "10", "10");
	ask_times(f, 60);	/* more than the queue takes */
	check_eq(0, read_at(f, 10, 60000));
	check_state(f, "ESTABLISHED");
	check_stat("OutRsts", 0);
	tx(f, .flags = RST | ACK);
}

#define HEAD	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

/* Each response that has been taken makes room for another: that is no new beginning. */
WIRE(http__reader_of_short_responses_is_reset)
{
	char text[20 * sizeof(HEAD)] = "";
	int i;

	looks("64", "10", "10");
	for (i = 0; i < 17; i++)
		strcat(text, HEAD);
	f->wnd = 0;
	flow_connect(f);
	for (i = 0; i < 40; i++)
		tx(f, .data = text);
	check_near(10000, read_at(f, 48, 60000));
	check_state(f, CLOSED);
}

/* Neither is a request, while no response of those before has been taken. */
WIRE(http__requests_behind_a_closed_window_are_no_excuse)
{
	uint64_t began = now_us(), next = began + 3000000;
	struct got g;

	looks("64", "10", "10");
	f->wnd = 0;
	flow_connect(f);
	tx(f, .data = HEAD);
	for (;;) {
		if (flow_next(f, &g, now_us() < next ? (next - now_us()) / 1000 + 1 : 0)) {
			if (g.flags & RST)
				break;
			tx(f, .ack = 1);
		} else if (now_us() >= next) {
			next += 3000000;
			check(now_us() - began < 60000000);
			tx(f, .data = HEAD, .ack = 1);
		}
	}
	check_near(12000, (g.us - began) / 1000);
	check_state(f, CLOSED);
}

/* With the window closed all is acknowledged, until @ms or a RST; returns when that came. */
static long take_nothing(struct flow *f, long ms)
{
	uint64_t began = now_us(), end = began + ms * 1000;
	const uint32_t una = f->rcv;
	struct got g;

	while (now_us() < end && flow_next(f, &g, (end - now_us()) / 1000 + 1)) {
		check(!(g.flags & FIN));
		if (g.flags & RST)
			return (g.us - began) / 1000;
		tx(f, .ack = una);
	}
	return 0;
}

/* That the next request may come an hour later is no excuse. */
WIRE(http__idle_longer_than_the_look)
{
	struct response r;
	uint64_t began;
	struct got g;

	looks("64", "10", "60");
	flow_connect(f);
	request(f, GET, &r);
	quiet(p, 50000);
	tx(f, .data = GET, .wnd = 0);
	f->wnd = 0;
	check_near(10000, take_nothing(f, 60000));
	check_state(f, CLOSED);
	/* who takes it may be idle for as long as he is told */
	flow_init(f, p);
	flow_connect(f);
	request(f, GET, &r);
	began = now_us();
	check(flow_next(f, &g, 61000));
	check_eq(FIN | ACK, g.flags);
	check_near(60000, (g.us - began) / 1000);
}

/* One that was still being taken at the first look does not say since when it is. */
WIRE(http__idle_after_the_second_look)
{
	uint32_t page = page_len(p);
	uint64_t taken;
	struct got g;

	looks("64", "10", "12");
	f->wnd = 1000;
	flow_connect(f);
	tx(f, .data = GET);
	rx(f, .flags = ACK | PSH_OR_NOT, .len = 1000);
	f->wnd = 0;
	tx(f);
	check_eq(0, take_nothing(f, 10500));
	f->wnd = 65535;
	f->rcv = 1001;
	tx(f);
	take(f, page - 1000, ACK_EACH);
	taken = now_us();
	check(flow_next(f, &g, 60000));
	check_eq(FIN | ACK, g.flags);
	check(g.us - taken > 12000000);
}

/* Nor is that it must come soon a reason to ask for haste. */
WIRE(http__idle_shorter_than_the_look)
{
	uint32_t page = page_len(p);
	struct got g;

	looks("64", "20", "5");
	f->wnd = 0;
	flow_connect(f);
	tx(f, .data = GET);
	check_eq(0, take_nothing(f, 12000));
	check_state(f, "ESTABLISHED");
	f->wnd = 65535;
	tx(f, .ack = 1);
	f->rcv = 1;
	take(f, page, ACK_EACH);
	quiet(p, 5000);
	check_state(f, "ESTABLISHED");
	check(flow_next(f, &g, 10000));
	check_eq(FIN | ACK, g.flags);
	tx(f, .flags = RST | ACK);
	flow_init(f, p);
	f->wnd = 0;
	flow_connect(f);
	tx(f, .data = GET);
	check_near(20000, take_nothing(f, 60000));
	check_state(f, CLOSED);
}

WIRE(http__reader_above_the_least_rate_is_served)
{
	looks("64", "10", "10");
	ask_much(f);
	check_eq(0, read_at(f, 100, 60000));
	check_state(f, "ESTABLISHED");
	check_stat("OutRsts", 0);
	tx(f, .flags = RST | ACK);
}

WIRE(http__requests_max)
{
	struct response r;

	sysctl_set("http_requests_max", "2");
	flow_connect(f);
	request(f, GET, &r);
	check(!r.close);
	request(f, GET, &r);
	check(r.close);
	check_state(f, "FIN_WAIT_2");
}

WIRE(http__maintenance)
{
	struct response r;
	char value[80];

	sysctl_set("maintenance", "120");
	flow_connect(f);
	request(f, "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", &r);
	check_eq(503, r.status);
	check(field(&r, "Retry-After", value, sizeof(value)));
	check(!strcmp(value, "120"));
	check(!r.close);
	sysctl_set("maintenance", "0");
	request(f, GET, &r);
	check_eq(200, r.status);
	check_stat("HttpStatus5xx", 1);
}

/*
 * Black holes (RFC 4821 7.7): a router drops long segments, and does not say so
 */
#define BASE_MSS	1024
#define MSS_FLOOR	512

/* What fits beside the options. */
static uint32_t room(const struct flow *f, uint32_t mss)
{
	return mss - (f->agreed & TS ? 12 : 0);
}

/* The first segment comes again after @ms, so long. */
static void again(struct flow *f, uint32_t len, long ms)
{
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = len, .after_ms = ms);
}

/* A page is on its way, and three timeouts have passed. */
static void vanished(struct flow *f)
{
	flow_connect(f);
	ask(f, 1);
	drain(f);
	again(f, payload(f), 200);
	again(f, payload(f), 400);
	check_eq(payload(f), conn_num(f, "mss"));
	again(f, room(f, BASE_MSS), 800);
	check_eq(room(f, BASE_MSS), conn_num(f, "mss"));
	check_stat("BlackHoles", 1);
	check_stat("RtoTimeouts", 3);
}

/* The third time it is short enough, and so is all that follows. */
WIRE(black_hole__makes_segments_shorter)
{
	uint32_t page = page_len(p), less;

	vanished(f);
	less = room(f, BASE_MSS);
	tx(f, .ack = 1 + less);
	/* cut where it was cut before */
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + less,
	   .len = payload(f) - less);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + payload(f),
	   .len = page - payload(f));
	tx(f);
	check_stat("RetransSegs", 5);
	check_eq(0, conn_num(f, "unacked"));
	ask(f, 1);
	rx(f, .seq = 1 + page, .len = less);
	rx(f, .flags = PSH | ACK, .len = page - less);
	tx(f);
	check_stat("BlackHoles", 1);
	check_stat("RtoTimeouts", 3);
}

/* Without a route at that moment cwnd is a segment of then all the same. */
WIRE(black_hole__without_a_route)
{
	bool v4 = p->family == AF_INET;
	uint32_t less;
	struct got g;

	flow_connect(f);
	ask(f, 1);
	drain(f);
	less = room(f, BASE_MSS);
	again(f, payload(f), 200);
	again(f, payload(f), 400);
	check_eq(0, system(v4 ? "ip route add blackhole 10.0.0.2/32" :
				"ip -6 route add blackhole 2001:db8::2/128"));
	quiet(p, 1000);
	check_stat("BlackHoles", 1);
	check_eq(less, conn_num(f, "mss"));
	check_eq(less, conn_num(f, "cwnd"));
	check_eq(0, system(v4 ? "ip route del blackhole 10.0.0.2/32" :
				"ip -6 route del blackhole 2001:db8::2/128"));
	check(flow_next(f, &g, 3000));
	check_eq(1, g.seq);
	check_eq(less, g.len);
	tx(f, .ack = 1 + less);
	drain(f);
	tx(f);
	check_eq(0, conn_num(f, "unacked"));
}

WIRE(black_hole__shorter_yet)
{
	int i;

	sysctl_set("orphan_sec", "3600");
	vanished(f);
	again(f, room(f, BASE_MSS), 1600);
	again(f, room(f, BASE_MSS), 3200);
	for (i = 0; i < 5; i++)
		again(f, room(f, MSS_FLOOR), 6400 << i);
	check_stat("BlackHoles", 2);
	check_eq(room(f, MSS_FLOOR), conn_num(f, "mss"));
	tx(f, .flags = RST);
}

/* What was short did not vanish for its length. */
WIRE(black_hole__not_of_short_segments)
{
	uint32_t page = page_len(p);
	int i;

	/* the last of a page */
	flow_connect(f);
	ask(f, 1);
	drain(f);
	check(page - payload(f) < room(f, BASE_MSS));
	tx(f, .ack = 1 + payload(f));
	for (i = 0; i < 7; i++)
		rx(f, .flags = PSH | ACK, .seq = 1 + payload(f),
		   .len = page - payload(f), .after_ms = 200 << i);
	check_eq(payload(f), conn_num(f, "mss"));
	tx(f, .flags = RST);
	/* a peer that takes no more */
	flow_init(f, p);
	f->mss = BASE_MSS;
	flow_connect(f);
	ask(f, 1);
	drain(f);
	for (i = 0; i < 7; i++)
		again(f, room(f, BASE_MSS), 200 << i);
	check_eq(room(f, BASE_MSS), conn_num(f, "mss"));
	tx(f, .flags = RST);
	check_stat("BlackHoles", 0);
}

/* Two in a row are bad luck, as often as it may be. */
WIRE(black_hole__not_if_there_is_progress)
{
	int i;

	for (i = 0; i < 3; i++) {
		long rto = p->offer & TS ? 200 : 800;

		flow_init(f, p);
		flow_connect(f);
		ask(f, 2);
		drain(f);
		again(f, payload(f), 200);
		again(f, payload(f), 400);
		tx(f, .ack = 1 + payload(f));
		drain(f);
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + payload(f),
		   .len = payload(f), .after_ms = rto);
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + payload(f),
		   .len = payload(f), .after_ms = 2 * rto);
		check_eq(payload(f), conn_num(f, "mss"));
		tx(f, .flags = RST);
	}
	check_stat("BlackHoles", 0);
}

/* Such segments have arrived: three times are forgiven, six are not. */
WIRE(black_hole__not_at_once_where_there_was_none)
{
	uint32_t page = page_len(p);
	int i;

	sysctl_set("orphan_sec", "3600");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	tx(f);
	ask(f, 1);
	drain(f);
	for (i = 0; i < 6; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + page,
		   .len = i < 5 ? payload(f) : room(f, BASE_MSS),
		   .after_ms = 200 << i);
	check_stat("BlackHoles", 1);
	/* of the shorter ones none has arrived */
	for (; i < 9; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + page,
		   .len = i < 8 ? room(f, BASE_MSS) : room(f, MSS_FLOOR),
		   .after_ms = 200 << i);
	check_stat("BlackHoles", 2);
	tx(f, .flags = RST);
}

/* RFC 4821 7.7: unless there is a message that says why. */
WIRE(black_hole__not_if_the_peer_is_unreachable)
{
	flow_connect(f);
	ask(f, 1);
	drain(f);
	again(f, payload(f), 200);
	again(f, payload(f), 400);
	flow_icmp(f, 1, p->family == AF_INET ? (struct icmp){ 3, 1 } :
					       (struct icmp){ 1, 3 });
	again(f, payload(f), 800);
	again(f, payload(f), 1600);
	again(f, payload(f), 3200);
	again(f, payload(f), 6400);
	check_stat("BlackHoles", 0);
	check_stat("InIcmpErrors", 1);
	tx(f, .flags = RST);
}

WIRE(black_hole__sysctls)
{
	sysctl_set("base_mss", "600");
	flow_connect(f);
	ask(f, 1);
	drain(f);
	again(f, payload(f), 200);
	again(f, payload(f), 400);
	again(f, room(f, 600), 800);
	sysctl_set("mtu_probing", "0");
	again(f, room(f, 600), 1600);
	again(f, room(f, 600), 3200);
	again(f, room(f, 600), 6400);
	check_stat("BlackHoles", 1);
	tx(f, .flags = RST);
	flow_init(f, p);
	flow_connect(f);
	ask(f, 1);
	drain(f);
	again(f, payload(f), 200);
	again(f, payload(f), 400);
	again(f, payload(f), 800);
	again(f, payload(f), 1600);
	check_stat("BlackHoles", 1);
	tx(f, .flags = RST);
}

/*
 * Probes for a larger MTU (RFC 4821 7.3)
 */
#define PROBE_MS	300000
#define FULL		((uint32_t)payload(f))
#define LESS		room(f, BASE_MSS)

/*
 * Segments have become shorter, the path is repaired, and it is nearly time for
 * the first probe. cwnd has room for it.
 */
static void shorter(struct flow *f)
{
	int i;

	uint32_t page = page_len(f->p);

	sysctl_set("http_idle_sec", "3600");
	sysctl_set("congestion_control", "newreno");
	vanished(f);
	tx(f, .ack = 1 + LESS);
	drain(f);
	tx(f);
	quiet(f->p, 0);
	for (i = 0; i < 12; i++) {
		ask(f, 10);
		take(f, 10 * page, ACK_SECOND);
	}
	check(conn_num(f, "cwnd") >= 8 * FULL);
	check_eq(LESS, conn_num(f, "mss"));
	check_stat("MtuProbes", 0);
}

/* The probe is the first of what comes, then segments as they were. */
static void rx_probe(struct flow *f, uint32_t len)
{
	ask(f, 20);
	rx(f, .len = len);
	rx(f, .len = LESS);
	drain(f);
}

/* And all that is owed. */
static void take_all(struct flow *f)
{
	struct got g;

	do {
		drain(f);
		tx(f);
	} while (flow_next(f, &g, 50));
}

WIRE(mtu_probe__finds_the_path_whole)
{
	shorter(f);
	quiet(p, PROBE_MS - 2000);
	ask(f, 10);
	rx(f, .len = LESS);	/* not yet */
	take_all(f);
	quiet(p, 2000);
	rx_probe(f, FULL);
	check_stat("MtuProbes", 1);
	tx(f);
	check_eq(FULL, conn_num(f, "mss"));
	rx(f, .len = FULL);
	take_all(f);
	ask(f, 1);
	rx(f, .len = FULL);
	take_all(f);
	check_stat("MtuProbes", 1);
	check_stat("MtuProbesLost", 0);
}

/*
 * What the path does not take is sent again in pieces, at once, and cwnd hears
 * nothing of it; the next probe is halfway between.
 */
WIRE(mtu_probe__lost)
{
	uint32_t seq, cwnd, half = (BASE_MSS + f->mss) / 2;

	shorter(f);
	quiet(p, PROBE_MS);
	seq = f->rcv;
	rx_probe(f, FULL);
	cwnd = conn_num(f, "cwnd");
	tx(f, .ack = seq);
	tx(f, .ack = seq);
	drain(f);
	check_stat("MtuProbesLost", 0);
	tx(f, .ack = seq);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq, .len = LESS);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq + LESS, .len = FULL - LESS);
	check_stat("MtuProbesLost", 1);
	check_stat("FastRecoveries", 0);
	check(conn_num(f, "cwnd") >= cwnd);
	check_eq(LESS, conn_num(f, "mss"));
	take_all(f);
	check_stat("MtuProbes", 1);
	quiet(p, PROBE_MS);
	seq = f->rcv;
	rx_probe(f, room(f, half));
	check_stat("MtuProbes", 2);
	tx(f);
	check_eq(room(f, half), conn_num(f, "mss"));
	/* there is more to be found, at once: again halfway */
	half = (half + f->mss) / 2;
	rx(f, .len = room(f, half));
	drain(f);
	check_stat("MtuProbes", 3);
	tx(f, .flags = RST);
}

/* A path takes @limit bytes of MSS: what is sought, and how the search ends. */
static void mtu_search(struct flow *f, uint32_t limit)
{
	uint32_t low = BASE_MSS, high = f->mss, size = high, seq, probes = 0;

	shorter(f);
	while (high - low >= 32) {
		quiet(f->p, PROBE_MS);
		ask(f, 40);
		while (high - low >= 32) {
			seq = f->rcv;
			rx(f, .len = room(f, size));
			rx(f, .len = room(f, low));
			drain(f);
			check_stat("MtuProbes", ++probes);
			if (size > limit)
				break;
			tx(f);
			check_eq(room(f, size), conn_num(f, "mss"));
			low = size;	/* and the next one, at once */
			size = (low + high) / 2;
		}
		if (high - low >= 32) {	/* the last was lost */
			for (int i = 0; i < 3; i++)
				tx(f, .ack = seq);
			high = size;
			size = (low + high) / 2;
		}
		take_all(f);
		check_stat("MtuProbes", probes);
		check_eq(room(f, low), conn_num(f, "mss"));
	}
	/* that was near enough; the path may be another one by then */
	quiet(f->p, PROBE_MS);
	ask(f, 20);
	rx(f, .len = FULL);
	take_all(f);
	tx(f, .flags = RST);
}

WIRE(mtu_probe__search_ends_with_a_loss)
{
	mtu_search(f, BASE_MSS + 1);
}

WIRE(mtu_probe__search_ends_with_a_success)
{
	mtu_search(f, f->mss - 1);
}

/* Nothing tells of the loss but the timer: that is congestion, and a failure. */
WIRE(mtu_probe__timeout)
{
	uint32_t seq;

	shorter(f);
	quiet(p, PROBE_MS);
	seq = f->rcv;
	rx_probe(f, FULL);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq, .len = LESS,
	   .after_ms = conn_num(f, "expires_ms"));
	check_stat("MtuProbesLost", 1);
	check_eq(LESS, conn_num(f, "mss"));
	tx(f, .flags = RST);
}

WIRE(mtu_probe__not_of_little)
{
	shorter(f);
	quiet(p, PROBE_MS);
	ask(f, 3);
	rx(f, .len = LESS);
	drain(f);
	tx(f);
	check_stat("MtuProbes", 0);
}

/* As it is in the wild: the tail is short and arrives, so there are ACKs. */
WIRE(black_hole__sack)
{
	uint32_t page = page_len(p), less;

	f->offer |= SACK;
	connect_slowly(f, 100);
	ask(f, 1);
	drain(f);
	quiet(p, 100);
	tx(f, .ack = 1, .sack = { { 1 + payload(f), 1 + page } });
	again(f, payload(f), 25);	/* RFC 8985 6.2: min_RTT / 4 */
	again(f, payload(f), conn_num(f, "rto_ms"));	/* RFC 6675 6: anew */
	again(f, payload(f), conn_num(f, "rto_ms"));
	less = room(f, BASE_MSS);
	again(f, less, conn_num(f, "rto_ms"));
	tx(f, .ack = 1 + less, .sack = { { 1 + payload(f), 1 + page } });
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + less,
	   .len = payload(f) - less);
	tx(f);
	check_eq(0, conn_num(f, "unacked"));
	check_stat("BlackHoles", 1);
	check_stat("RetransSegs", 5);
}

/* A probe that is lost among others is lost all the same, and another one follows. */
WIRE(black_hole__probe_lost_in_recovery)
{
	static char text[20 * 200];
	uint32_t seq, before;
	int i;

	shorter(f);
	quiet(p, PROBE_MS);
	before = f->rcv;
	ask(f, 1);	/* too little for a probe */
	rx(f, .flags = ACK | PSH_OR_NOT, .len = LESS);
	drain(f);
	check_stat("MtuProbes", 0);
	quiet(p, 20);
	seq = f->rcv;
	for (i = 0; i < 20; i++)
		memcpy(text + i * GET_LEN, GET, GET_LEN);
	tx(f, .flags = PSH | ACK, .ack = before, .data = text, .len = 20 * GET_LEN);
	rx(f, .len = FULL);
	drain(f);
	check_stat("MtuProbes", 1);
	for (i = 0; i < 3; i++)
		tx(f, .ack = before);
	drain(f);
	check_stat("FastRecoveries", 1);
	check_stat("MtuProbesLost", 0);
	tx(f, .ack = seq);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq, .len = LESS);
	check_stat("MtuProbesLost", 1);
	tx(f, .ack = seq + LESS);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = seq + LESS, .len = FULL - LESS);
	drain(f);
	take_all(f);
	for (i = 0; i < 4; i++) {
		quiet(p, PROBE_MS);
		ask(f, 20);
		take_all(f);
	}
	check_stat("MtuProbes", 6);
	check_stat("MtuProbesLost", 1);
}

TEST_HARNESS_MAIN

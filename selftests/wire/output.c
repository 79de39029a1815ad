// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: segments, the peer's window, the congestion window (RFC 9293 3.8.6,
 * RFC 5681, RFC 3465).
 */
#define WIRE_OFFLOAD

#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

/* So many responses can wait for their ACK; the others wait to be read. */
#define OWED_MAX	32

/* @n full segments must come, at once, in order, and no more. */
static void expect_full(struct flow *f, int n)
{
	while (n--)
		rx(f, .flags = ACK, .len = f->send_mss);
	quiet(f->p, 0);
}

WIRE(segments__full_then_the_rest_with_psh)
{
	uint32_t page = page_len(p), mss = f->mss;

	check(page > mss && page < 2 * mss);
	flow_connect(f);
	ask(f, 1);
	rx(f, .flags = ACK, .seq = 1, .len = mss);
	rx(f, .flags = PSH | ACK, .seq = 1 + mss, .len = page - mss);
	tx(f);
	quiet(p, 1000);
	check_eq(page, conn_num(f, "bytes_out"));
	check_eq(0, conn_num(f, "unacked"));
	check_eq(0, conn_num(f, "unsent"));
	check_timer(f, "app");
}

/*
 * A segment may be longer than the longest super-segment, which has room for the
 * longest options: on the loopback device it is. It leaves all the same.
 */
WIRE(segments__as_long_as_the_device_splits)
{
	uint64_t from = now_ms();
	struct response r;
	struct got g;
	uint32_t i;

	peer_mtu(p, 65535);
	flow_init(f, p);
	f->offer |= WSCALE;
	f->wscale = 5;
	publish(900000);
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = GET_X);
	while (f->rcv < 900000) {
		check(flow_next(f, &g, 100));
		tx(f);
	}
	check(now_ms() - from < 100);
	check_stat("PersistProbes", 0);
	drain(f);
	response_at(f, 1, &r);
	check_eq(900000, r.length);
	check_eq(1 + r.head + r.length, f->have);
	for (i = 0; i < r.length; i++)
		check_eq(published_byte(i), f->stream[1 + r.head + i]);
}

WIRE(initial_window__ten_segments)
{
	uint32_t page = page_len(p);

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	quiet(p, 150);
	check_eq(10 * f->mss, conn_num(f, "unacked"));
	check_eq(OWED_MAX * page - 10 * f->mss, conn_num(f, "unsent"));
	check_timer(f, "retrans");
}

WIRE(initial_window__sysctl)
{
	sysctl_set("init_cwnd", "2");
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 2);
	quiet(p, 150);
}

WIRE(super_segments__only_for_a_device_that_takes_them)
{
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	if (p->offload)
		check(p->supers > 0);
	else
		check_eq(0, p->supers);
}

/*
 * A super-segment is a millisecond's worth at most, or two segments, where a
 * round trip takes long: a slow link passes it on as a whole.
 */
WIRE(super_segments__short_where_the_path_is_long)
{
	flow_syn(f);
	flow_synack(f);
	quiet(p, 100);
	tx(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	check_eq(p->offload ? 5 : 0, p->supers);
}

/* Small responses need a frame of 17 fragments for every few of them. */
WIRE(super_segments__long_where_it_is_short)
{
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	check_eq(p->offload ? 2 : 0, p->supers);
}

/* RFC 5681 3.1 with RFC 3465 2.2: by what an ACK covers, however much. */
WIRE(slow_start__grows_by_bytes_acknowledged)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + mss);		/* 9 in flight, cwnd 11 */
	expect_full(f, 2);
	check_eq(11 * mss, conn_num(f, "cwnd"));
	tx(f, .ack = 1 + 10 * mss);	/* 2 in flight, cwnd 20 */
	expect_full(f, 18);
	check_eq(20 * mss, conn_num(f, "cwnd"));
}

/* An ACK of half a segment opens the window by half a segment. */
WIRE(slow_start__ack_of_part_of_a_segment)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + mss / 2);
	check_eq(10 * mss + mss / 2, conn_num(f, "cwnd"));
	expect_full(f, 1);
}

/* RFC 7661 4.1: a window that is not used proves nothing. */
WIRE(slow_start__not_when_the_application_is_the_limit)
{
	struct response r;
	int i;

	flow_connect(f);
	for (i = 0; i < 20; i++)
		request(f, GET, &r);
	check_eq(10 * f->mss, conn_num(f, "cwnd"));
}

/* RFC 5681 4.1: after an RTO without sending cwnd is the initial one again. */
WIRE(idle__restarts_from_the_initial_window)
{
	uint32_t page = page_len(p);

	flow_connect(f);
	ask(f, OWED_MAX);
	take(f, OWED_MAX * page, ACK_SECOND);
	check(conn_num(f, "cwnd") > 20 * f->mss);
	quiet(p, 150);		/* less than an RTO: nothing is forgotten */
	ask(f, OWED_MAX);
	take(f, 20 * f->mss, ACK_NEVER);
	tx(f);
	take(f, OWED_MAX * page - 20 * f->mss, ACK_END);
	quiet(p, 250);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	check_eq(10 * f->mss, conn_num(f, "cwnd"));
}

/*
 * RFC 7661 4.1: a window of which more than half is used is validated; this keeps
 * a peer whose window grows with what comes from costing a round trip.
 */
WIRE(slow_start__when_the_peers_window_cuts_the_flight)
{
	uint32_t mss = f->mss;

	f->wnd = 8 * mss;
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 8);
	tx(f, .ack = 1 + 8 * mss);
	check_eq(18 * mss, conn_num(f, "cwnd"));
	expect_full(f, 8);
	tx(f, .ack = 1 + 16 * mss);
	check_eq(18 * mss, conn_num(f, "cwnd"));
	expect_full(f, 8);
}

WIRE(slow_start__not_when_half_a_window_is_enough)
{
	uint32_t mss = f->mss;

	f->wnd = 5 * mss;
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 5);
	tx(f, .ack = 1 + 5 * mss);
	check_eq(10 * mss, conn_num(f, "cwnd"));
	expect_full(f, 5);
}

/* RFC 5681 3.1: one segment, and half of the flight as threshold. */
WIRE(timeout__collapses_to_one_segment)
{
	uint32_t mss = f->mss;

	sysctl_set("congestion_control", "newreno");
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 200);
	check_eq(mss, conn_num(f, "cwnd"));
	check_eq(5 * mss, conn_num(f, "ssthresh"));
	check_eq(1, conn_num(f, "retrans"));
	quiet(p, 300);
	/* a second timeout of the same segment leaves the threshold alone */
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 400);
	check_eq(mss, conn_num(f, "cwnd"));
	check_eq(5 * mss, conn_num(f, "ssthresh"));
}

/*
 * What was lost goes out again by slow start, then by congestion avoidance.
 * Each segment is acknowledged by itself; the model is RFC 5681 3.1 counted in
 * bytes (RFC 3465 2.1).
 */
WIRE(timeout__slow_start_then_avoidance)
{
	uint32_t mss = f->mss, cwnd = mss, acked = 0, seq = 1;
	uint32_t end = 1 + OWED_MAX * page_len(p);
	struct got g;

	sysctl_set("congestion_control", "newreno");
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	check(flow_next(f, &g, 300));
	tx(f, .ack = 1);		/* no F-RTO: what is lost comes next */
	for (;;) {
		check_eq(seq, g.seq);
		check_eq(mss, g.len);
		seq += mss;
		tx(f, .ack = seq);
		if (cwnd < 5 * mss) {
			cwnd += mss;
		} else {
			acked += mss;
			if (acked >= cwnd) {
				acked -= cwnd;
				cwnd += mss;
			}
		}
		check_eq(cwnd, conn_num(f, "cwnd"));
		if (seq + 12 * mss > end)
			break;
		check(flow_next(f, &g, 0));
	}
	while (flow_next(f, &g, 0))
		;
	check(cwnd > 6 * mss);
	check_stat("RetransSegs", 10);
}

/* RFC 3465 2.3: after a timeout an ACK opens the window by one segment. */
WIRE(timeout__slow_start_limit_is_one_segment)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 200);
	tx(f, .ack = 1);		/* no F-RTO */
	tx(f, .ack = 1 + mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + mss, .len = mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 2 * mss, .len = mss);
	tx(f, .ack = 1 + 3 * mss);
	check_eq(3 * mss, conn_num(f, "cwnd"));
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 3 * mss, .len = mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 4 * mss, .len = mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 5 * mss, .len = mss);
	quiet(p, 0);
}

/* What the peer turns out to have is not sent again. */
WIRE(timeout__ack_of_everything_ends_recovery)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 200);
	tx(f, .ack = 1 + 10 * mss);
	rx(f, .seq = 1 + 10 * mss, .len = mss);
	rx(f, .seq = 1 + 11 * mss, .len = mss);
	check_stat("RetransSegs", 1);
}

WIRE(timeout__begins_in_the_middle_of_a_segment)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + 500, .wnd = 10 * mss - 500);
	quiet(p, 0);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 501, .len = mss,
	   .after_ms = 200);
}

/* RFC 9293 3.8.6: not a byte beyond SND.UNA + SND.WND. */
WIRE(peer_window__is_respected)
{
	f->wnd = 2 * f->mss;
	flow_connect(f);
	ask(f, 10);
	expect_full(f, 2);
	quiet(p, 100);
	tx(f, .ack = 1 + f->mss);
	expect_full(f, 1);
	tx(f, .wnd = 5 * f->mss);
	expect_full(f, 5);
}

/* RFC 9293 3.8.6.2.1: whole segments only. */
WIRE(peer_window__no_silly_segments)
{
	f->wnd = 2 * f->mss + f->mss / 2;
	flow_connect(f);
	ask(f, 10);
	expect_full(f, 2);
	quiet(p, 100);
	tx(f, .ack = 1 + f->mss);
	expect_full(f, 1);
}

/* ... or half of the largest window there ever was. */
WIRE(peer_window__smaller_than_a_segment)
{
	f->wnd = 600;
	flow_connect(f);
	ask(f, 2);
	rx(f, .len = 600);
	tx(f);
	rx(f, .len = 600);
	tx(f, .wnd = 299);
	quiet(p, 100);
	tx(f, .wnd = 300);
	rx(f, .len = 300);
}

/* ... or, after the override time, what there is. */
WIRE(peer_window__override)
{
	flow_connect(f);
	f->wnd = 500;
	ask(f, 2);
	rx(f, .flags = ACK, .seq = 1, .len = 0, .after_ms = 40);
	p->mark_us -= 40000;
	check_timer(f, "persist");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 500, .after_ms = 200);
	quiet(p, 100);
}

/* ... each time: what is acknowledged is no question asked in vain. */
WIRE(peer_window__override_again)
{
	int i;

	flow_connect(f);
	f->wnd = 500;
	ask(f, 2);
	rx(f, .flags = ACK, .seq = 1, .len = 0, .after_ms = 40);
	p->mark_us -= 40000;
	for (i = 0; i < 4; i++) {
		rx(f, .flags = ACK | PSH_OR_NOT, .len = 500, .after_ms = 200);
		tx(f);
		p->mark_us = now_us();
	}
	check_near(200, conn_num(f, "rto_ms"));
}

/* A window of ten units of 128 bytes, and all of it in flight. */
static void fill_scaled_window(struct flow *f)
{
	f->offer |= WSCALE;
	f->wscale = 7;
	f->wnd = 10;
	flow_connect(f);
	ask(f, 2);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = 1280);
}

/*
 * A peer that scales its window says less of it than there is (RFC 7323 2.4): it
 * has not taken back what was sent into it, and our ACK comes after that.
 */
WIRE(peer_window__rounded_by_its_scale)
{
	fill_scaled_window(f);
	f->wnd = (1281 - 501) >> 7;
	tx(f, .ack = 501);
	tx(f, .ack = 501, .data = "G");
	rx(f, .seq = 1281, .after_ms = 40);
}

/* One that has shrunk by more than a unit has been taken back. */
WIRE(peer_window__shrinks_though_it_is_scaled)
{
	fill_scaled_window(f);
	f->wnd = 5;
	tx(f, .ack = 1);
	tx(f, .ack = 1, .data = "G");
	rx(f, .seq = 1 + 640, .after_ms = 40);
}

WIRE(peer_window__update_resumes)
{
	f->wnd = 0;
	flow_connect(f);
	ask(f, OWED_MAX);
	rx(f, .after_ms = 40);
	f->wnd = 3 * f->mss;
	tx(f);
	expect_full(f, 3);
	f->wnd = 65535;
	tx(f, .ack = 1);
	expect_full(f, 7);
}

/* SND.WL1 and SND.WL2: an older segment does not tell the window. */
WIRE(peer_window__old_segment_does_not_update)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + 2 * mss, .wnd = 8 * mss);
	quiet(p, 0);
	tx(f, .ack = 1 + mss, .wnd = 65535);		/* older ACK */
	quiet(p, 0);
	check_eq(8 * mss, conn_num(f, "snd_wnd"));
	tx(f, .ack = 1 + 2 * mss, .wnd = 9 * mss);
	expect_full(f, 1);
}

/*
 * SND.WL1 may be that of a segment from beyond a hole, or of a forged one. Who then
 * acknowledges something new speaks last all the same.
 */
WIRE(peer_window__ack_of_new_data_updates)
{
	uint32_t mss = f->mss;

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .seq = f->snd + 1000, .ack = 1, .wnd = 0, .data = "0");
	rx(f, .seq = 1);
	check_eq(0, conn_num(f, "snd_wnd"));
	tx(f, .ack = 1 + 10 * mss);
	check_eq(65535, conn_num(f, "snd_wnd"));
	expect_full(f, 20);
}

/* RFC 9293 3.8.6, MUST-34: a window that shrinks is survived. */
/* RFC 9293 3.8.6 SHLD-16: what lies inside the window that is left goes out again. */
WIRE(peer_window__shrinks_and_data_is_lost)
{
	uint32_t mss = f->mss;
	int i;

	sysctl_set("mtu_probing", "0");
	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + mss, .wnd = 2 * mss);	/* 7 segments are beyond it */
	for (i = 0; i < 3; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + mss, .len = mss,
		   .after_ms = conn_num(f, "expires_ms"));
	/* MAY-7: what lies beyond may too, as far as cwnd goes */
	tx(f, .ack = 1 + 2 * mss, .wnd = mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 2 * mss, .len = mss);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 3 * mss, .len = mss);
	check_stat("RetransSegs", 5);
	check_stat("RtoTimeouts", 3);
	drain(f);
	check_eq(1 + 10 * mss, f->have);
}

/* RFC 9293 3.9.2 MUST-49: the host says how far segments go, by sysctl or route. */
WIRE(ttl__of_the_host_and_of_the_route)
{
	bool v4 = p->family == AF_INET;
	struct response r;

	p->ttl = 77;
	check(!system(v4 ? "echo 77 >/proc/sys/net/ipv4/ip_default_ttl" :
			   "echo 77 >/proc/sys/net/ipv6/conf/tun0/hop_limit"));
	flow_connect(f);
	request(f, GET, &r);
	p->ttl = 5;
	check(!system(v4 ? "ip route change 10.0.0.0/24 dev tun0 hoplimit 5" :
			   "ip -6 route add 2001:db8::2 dev tun0 hoplimit 5"));
	request(f, GET, &r);
	flow_init(f, p);
	flow_connect(f);
	request(f, GET, &r);
	tx(f, .ack = 100000);
	rx(f);
}

WIRE(peer_window__shrinks)
{
	uint32_t mss = f->mss, page = page_len(p);

	flow_connect(f);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	tx(f, .ack = 1 + mss, .wnd = 2 * mss);	/* 7 segments are beyond it */
	quiet(p, 100);
	check_eq(9 * mss, conn_num(f, "unacked"));
	tx(f, .ack = 1 + 3 * mss, .wnd = 100);
	quiet(p, 100);
	tx(f, .ack = 1 + 10 * mss, .wnd = 2 * mss);
	expect_full(f, 2);
	tx(f);
	take(f, OWED_MAX * page - 12 * mss, ACK_SECOND);
	check_stat("RetransSegs", 0);
}

WIRE(mss__tiny)
{
	uint32_t page = page_len(p);
	struct response r;

	f->mss = f->send_mss = 50;
	flow_connect(f);
	tx(f, .data = GET);
	expect_full(f, 10);
	tx(f);
	take(f, page - 500, ACK_EACH);
	response_at(f, 1, &r);
	check_page(f, 1, &r);
}

static void hundred(struct flow *f, enum ack_policy policy)
{
	uint32_t page = page_len(f->p), i;
	struct response r;

	flow_connect(f);
	ask(f, 50);
	ask(f, 50);
	take(f, 100 * page, policy);
	for (i = 0; i < 100; i++) {
		response_at(f, 1 + i * page, &r);
		check_page(f, 1 + i * page, &r);
	}
	quiet(f->p, 5000);
	check_stat("HttpRequests", 101);
	check_stat("RetransSegs", 0);
	check_eq(100 * page, conn_num(f, "bytes_out"));
}

WIRE(pipeline__hundred_acknowledged_each)
{
	hundred(f, ACK_EACH);
}

WIRE(pipeline__hundred_acknowledged_by_twos)
{
	hundred(f, ACK_SECOND);
}

/*
 * A peer that asks and does not take is not heard for ever: what is not read
 * closes the window, and nothing is lost when it takes at last.
 */
WIRE(pipeline__unread_requests_close_the_window)
{
	enum { WINDOW = 4096, CHUNK = 400 };
	static char text[WINDOW + sizeof(GET)];
	uint32_t page = page_len(p), n = WINDOW / GET_LEN, len, i;
	struct response r;

	for (i = 0; i <= n; i++)
		memcpy(text + i * GET_LEN, GET, GET_LEN);
	sysctl_set("rcvbuf", "4096");
	sysctl_set("rto_min_ms", "10000");	/* no probes meanwhile */
	f->wnd = 0;
	flow_connect(f);
	for (i = 0; i < WINDOW; i += len) {
		len = WINDOW - i < CHUNK ? WINDOW - i : CHUNK;
		tx(f, .data = text + i, .len = len);
		rx(f, .after_ms = 40, .wnd = WINDOW - i - len);
	}
	check_eq(0, conn_num(f, "rcv_wnd"));
	tx(f, .data = text + i, .len = 1);	/* a probe */
	f->snd--;
	rx(f, .wnd = 0);

	f->wnd = 65535;
	tx(f);
	take(f, n * page, ACK_SECOND);
	for (i = 0; i < n; i++) {
		response_at(f, 1 + i * page, &r);
		check_page(f, 1 + i * page, &r);
	}
	check(f->edge - f->snd >= WINDOW / 2);
}

/* RFC 2883 4: told once, so not by each segment of a super-segment. */
WIRE(segments__dsack_in_the_first)
{
	enum { REQUESTS = 8 };
	static char text[(1 + REQUESTS) * sizeof(GET)];
	uint32_t page = page_len(p), size;
	struct response r;
	struct got g;
	int i;

	f->offer |= SACK;
	flow_connect(f);
	request(f, GET, &r);
	for (i = 0; i <= REQUESTS; i++)
		memcpy(text + i * GET_LEN, GET, GET_LEN);
	size = payload(f) - 12;
	f->snd = 1;
	tx(f, .flags = PSH | ACK, .data = text);
	rx(f, .len = size, .sack = { { 1, 1 + GET_LEN } });
	while (f->rcv < 1 + (1 + REQUESTS) * page) {
		check(flow_next(f, &g, 100));
		check_eq(0, g.blocks);
		tx(f);
	}
}

WIRE(mtu__smaller_from_now_on)
{
	flow_connect(f);
	peer_mtu(p, 1300);
	f->send_mss = mss_of(p, 1300);
	ask(f, OWED_MAX);
	rx(f, .len = f->send_mss);
	check_eq(f->send_mss, conn_num(f, "mss"));
	while (f->rcv + f->send_mss <= 1u + 10 * f->mss)
		rx(f, .len = f->send_mss);
}

/*
 * Our numbers wrap at 2^32 in the middle of the stream, and of a timeout. ISS
 * goes with a clock (RFC 6528): wait until it is where it is wanted.
 */
WIRE(sequence__ours_wraps_in_the_stream)
{
	const uint32_t before = 20000;
	uint32_t page = page_len(p), mss = f->mss, i;
	uint16_t port = f->sport;
	struct response r;

	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = RST);
	quiet(p, (uint32_t)(-f->irs - before) / 250);
	flow_init(f, p);
	f->sport = port;
	flow_connect(f);
	check(-f->irs > before - 10000 && -f->irs < before + 10000);

	for (i = 0; i < 5; i++)
		request(f, GET, &r);
	ask(f, OWED_MAX);
	expect_full(f, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 5 * page, .len = mss,
	   .after_ms = 200);
	tx(f, .ack = 1 + 5 * page);	/* no F-RTO */
	f->rcv = 1 + 5 * page + mss;
	tx(f);
	take(f, OWED_MAX * page - mss, ACK_EACH);
	check(f->irs + f->rcv < f->irs);
	for (i = 0; i < 5 + OWED_MAX; i++) {
		response_at(f, 1 + i * page, &r);
		check_page(f, 1 + i * page, &r);
	}
	quiet(p, 5000);
	check_eq(0, conn_num(f, "unacked"));
}

/*
 * The queue of this host
 */

/* From here on what ktcp sends waits in a queue of this host. */
static void host_queue(const char *how)
{
	char text[96];

	snprintf(text, sizeof(text), "tc qdisc replace dev tun0 root netem %s",
		 how);
	check_eq(0, system(text));
}

/* Connected over a path with a round trip of 1 s; ktcp owes more than it sends. */
static void begin_long(struct flow *f)
{
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, 1000);
	tx(f);
}

/*
 * What the queue has no room for was not sent: nothing is lost, and cwnd comes
 * down as for any other congestion.
 */
WIRE(queue__drop_is_not_sent)
{
	uint32_t mss = f->mss, page = page_len(p);

	sysctl_set("congestion_control", "newreno");
	begin_long(f);
	host_queue("delay 50ms limit 3");
	ask(f, OWED_MAX);
	check_eq(6 * mss, conn_num(f, "unacked"));
	check_eq(OWED_MAX * page - 6 * mss, conn_num(f, "unsent"));
	check_stat("QueueDrops", 1);
	check_stat("OutErrors", 1);
	check_eq(3 * mss, conn_num(f, "ssthresh"));
	rx(f, .len = mss, .after_ms = 50);
	for (int i = 1; i < 6; i++)
		rx(f, .len = mss);
	quiet(p, 0);
	tx(f);
	rx(f, .len = mss, .after_ms = 50);
	for (int i = 1; i < 3; i++)
		rx(f, .len = mss);
	quiet(p, 0);
	check_stat("RetransSegs", 0);
	drain(f);
}

/* Nothing of ours is in flight: the persist timer tries again. */
WIRE(queue__drop_of_all)
{
	begin_long(f);
	host_queue("delay 50ms limit 0");
	ask(f, 1);
	check_eq(0, conn_num(f, "unacked"));
	check_timer(f, "persist");
	host_queue("delay 50ms limit 100");
	rx(f, .flags = ACK | PSH, .len = f->mss, .after_ms = 3050);
	check_stat("RetransSegs", 0);
	drain(f);
}

/* What it tries with is one segment, with a SACK block in it too. */
WIRE(queue__drop_is_probed_with_one_segment)
{
	uint32_t page = page_len(p), len, hole;
	unsigned int supers = p->supers;

	f->offer = SACK;
	begin_long(f);
	host_queue("delay 50ms limit 0");
	ask(f, 1);
	hole = f->snd;
	tx(f, .seq = hole + 10, .data = "later");
	host_queue("delay 50ms limit 100");
	len = payload(f) - 12;
	rx(f, .flags = ACK | PSH, .len = len, .after_ms = 3050,
	   .sack = { { hole + 10, hole + 15 } });
	rx(f, .flags = ACK | PSH, .len = page - len,
	   .sack = { { hole + 10, hole + 15 } });
	check_eq(supers, p->supers);
	drain(f);
}

/*
 * Ten segments in the queue are enough, however large cwnd is; then it is looked
 * at again when half of them should have left, which by cwnd and RTT is 1/8 s.
 */
WIRE(queue__no_more_than_is_of_use)
{
	uint32_t mss = f->mss;
	struct got g;

	sysctl_set("init_cwnd", "40");
	begin_long(f);
	host_queue("delay 600ms limit 1000");
	ask(f, OWED_MAX);
	check_eq(12 * mss, conn_num(f, "unacked"));
	check_timer(f, "queue");
	check_near(125, conn_num(f, "expires_ms"));
	check_stat("QueueWaits", 1);
	rx(f, .len = mss, .after_ms = 600);
	for (int i = 1; i < 12; i++)
		rx(f, .len = mss);
	quiet(p, 0);
	check_stat("QueueWaits", 5);
	/*
	 * It has left, and is not acknowledged yet: that is the network's. The
	 * fifth look, each 13 jiffies and the one that has begun after the last,
	 * is the first to find that.
	 */
	quiet(p, 5 * 13 * JIFFY_MS - JIFFY_MS);
	check(flow_next(f, &g, 5 * JIFFY_MS + LATE_MS));
	for (int i = 1; i < 10; i++)
		check(flow_next(f, &g, 0));
	quiet(p, 100);
	drain(f);
	check_stat("RetransSegs", 0);
	check_stat("QueueDrops", 0);
}

static void wait_for_timeouts(struct flow *f, unsigned long n)
{
	while (stat_get("RtoTimeouts") < n)
		quiet(f->p, JIFFY_MS);
}

/*
 * What is still in a queue of this host is not sent again, but three timeouts are
 * enough of that: a driver may have lost it and never say so.
 */
WIRE(queue__keeps_it_for_ever)
{
	uint32_t page = page_len(p), una;
	struct got g;

	begin_long(f);
	ask(f, OWED_MAX);
	for (int i = 0; i < 10; i++)
		rx(f, .len = payload(f));
	host_queue("delay 200s limit 1000");
	una = f->rcv;
	tx(f, .ack = una - payload(f));
	tx(f, .ack = una);
	check(conn_num(f, "unacked") > 10 * payload(f));
	wait_for_timeouts(f, 2);
	check_stat("RetransSegs", 0);
	wait_for_timeouts(f, 3);
	check_stat("RetransSegs", 1);
	host_queue("delay 1ms limit 1000");	/* the other one drops what it has */
	check(flow_next(f, &g, conn_num(f, "expires_ms") + 5 * JIFFY_MS));
	check_eq(una, g.seq);
	do {
		drain(f);
		tx(f);
	} while (flow_next(f, &g, 50));
	check_eq(1 + OWED_MAX * page, f->rcv);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The host's clocks: those that wrap, and the one that is set. What was begun
 * before must end when it would have ended anyway.
 */
#define _GNU_SOURCE	/* strptime() */
#include <time.h>

#include "packet.h"
#include "wire.h"

#define SYNACK_MS	1000
#define TIME_WAIT_MS	60000
#define RESPONSES	20

/*
 * The lower half of jiffies, which is what ktcp keeps of them, wraps five minutes
 * after boot: the kernel has it begin there. This is the first test to run.
 */
#define WRAP_MS		(300 * 1000)

static void wait_until(struct peer *p, uint64_t ms)
{
	check(now_ms() < ms);
	quiet(p, ms - now_ms());
}

WIRE(jiffies__wrap_under_every_timer)
{
	struct flow *old = malloc(sizeof(*old)), *syn = malloc(sizeof(*syn));
	uint64_t from;
	int i;

	wire_only(p, AF_INET);
	check(old && syn);
	if (now_ms() > WRAP_MS - TIME_WAIT_MS)
		fail("run this program in a kernel that has just booted");
	wait_until(p, WRAP_MS - TIME_WAIT_MS / 2);
	flow_init(old, p);
	flow_reach(old, "TIME_WAIT");
	from = now_ms();

	wait_until(p, WRAP_MS - 5000);
	flow_init(syn, p);
	flow_syn(syn);
	flow_synack(syn);
	rx(syn, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = SYNACK_MS);
	rx(syn, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = 2 * SYNACK_MS);

	/* 200 ms before, 400 across, 800 after */
	wait_until(p, WRAP_MS - 500);
	flow_connect(f);
	ask(f, 1);
	drain(f);
	for (i = 0; i < 3; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1,
		   .len = i < 2 ? payload(f) : 1024,	/* RFC 4821 */
		   .after_ms = 200 << i);
	tx(f);
	check(now_ms() > WRAP_MS + 500);

	/* armed before the wrap for after it, too */
	rx(syn, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = WRAP_MS - 5000 + 7 * SYNACK_MS - now_ms());
	tx(syn, .flags = RST);

	wait_until(p, from + TIME_WAIT_MS - LATE_MS);
	check_state(old, "TIME_WAIT");
	quiet(p, 3 * LATE_MS);
	check_state(old, CLOSED);
	free(syn);
	free(old);
}

/* The clock of our timestamps ticks 2^20 ns. */
static uint64_t ticks_ms(uint32_t ticks)
{
	return ((uint64_t)ticks << 20) / 1000000;
}

/*
 * Timestamps of ours wrap once in 52 days, for each peer at a time of its own (RFC
 * 7323 5.4): of many peers there is one for which that is within the hour. A timeout
 * lies across the wrap; that it was for nothing is told by a timestamp of before.
 */
WIRE(timestamps__ours_wrap)
{
	const uint32_t before_ms = 2000, soon_ms = 3600 * 1000;
	uint32_t page = page_len(p), sent;
	uint16_t n = 0;
	int i;

	do {
		check(++n < 20000);
		packet_peer(p, n);
		flow_init(f, p);
		f->offer = TS;
		flow_syn(f);
		flow_synack(f);
		tx(f, .flags = RST);
	} while (ticks_ms(-f->ts_recent) > soon_ms ||
		 ticks_ms(-f->ts_recent) < before_ms);
	quiet(p, ticks_ms(-f->ts_recent) - before_ms);

	sysctl_set("congestion_control", "newreno");
	flow_init(f, p);
	f->offer = TS;
	flow_syn(f);
	flow_synack(f);
	check(-f->ts_recent < 2500);
	quiet(p, 100);
	tx(f);
	quiet(p, ticks_ms(-f->ts_recent) - 100 - 50);
	ask(f, RESPONSES);
	for (i = 0; i < 10; i++)
		rx(f, .seq = 1 + i * payload(f), .len = payload(f));
	sent = f->ts_recent;
	check(-sent < 100);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = conn_num(f, "rto_ms"));
	check(f->ts_recent < 1000);
	check_stat("RtoTimeouts", 1);
	tx(f, .ack = 1 + payload(f), .tsecr = sent);
	check_stat("Undos", 1);
	check_eq(11 * payload(f), conn_num(f, "cwnd"));
	drain(f);
	/* a round trip that began before the wrap and ended after it */
	tx(f, .ack = 1 + 10 * payload(f), .tsecr = sent);
	check(conn_num(f, "srtt_us") < 300000);
	take(f, 1 + RESPONSES * page - f->rcv, ACK_EACH);
	check_stat("RetransSegs", 1);
	check_stat("PawsDrops", 0);
}

static long long date_of(const struct response *r)
{
	struct tm tm = { };
	char value[64];

	check(field(r, "Date", value, sizeof(value)));
	check(strptime(value, "%a, %d %b %Y %T GMT", &tm));
	return timegm(&tm);
}

/* The date of a response follows the clock that is set; no timer does. */
WIRE(realtime__is_set)
{
	static const time_t dates[] = { 2000000000, 86400, 1800000000 };
	uint32_t page = page_len(p);
	struct timespec now;
	struct response r;
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(dates); i++) {
		struct timespec to = { .tv_sec = dates[i] };

		request(f, GET, &r);
		ask(f, 1);
		drain(f);
		check_eq(0, clock_settime(CLOCK_REALTIME, &to));
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = f->rcv - page,
		   .len = payload(f), .after_ms = conn_num(f, "rto_ms"));
		tx(f);
		request(f, GET, &r);
		clock_gettime(CLOCK_REALTIME, &now);
		check_eq(now.tv_sec, date_of(&r));
		check(now.tv_sec - dates[i] < 2);
	}
}

TEST_HARNESS_MAIN

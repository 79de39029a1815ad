// SPDX-License-Identifier: GPL-2.0
/*
 * The host's clocks: those that wrap, and the one that is set. What was begun
 * before must end when it would have ended anyway.
 */
#define _GNU_SOURCE	/* strptime() */
#include <time.h>

#include "wire.h"

#define SYNACK_MS	1000
#define TIME_WAIT_MS	60000

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

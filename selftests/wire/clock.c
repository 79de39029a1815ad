// SPDX-License-Identifier: GPL-2.0
/*
 * The host's clocks: those that wrap, and the one that is set. What was begun
 * before must end when it would have ended anyway.
 */
#define _GNU_SOURCE	/* strptime() */
#include <stdio.h>
#include <time.h>

#include "packet.h"
#include "wire.h"

#define SYNACK_MS	1000
#define TIME_WAIT_MS	60000
#define IDLE_MS		60000
#define DRAIN_MS	5000
#define FIN_WAIT_2_MS	60000
#define RESPONSES	20
#define DISCARD		9

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

/* What the kernel says: how long until then? */
static long wrap_left_ms(void)
{
	FILE *file = fopen("/proc/timer_list", "r");
	unsigned long long jiffies = 0;
	char line[256];

	check(file);
	while (!jiffies && fgets(line, sizeof(line), file))
		sscanf(line, "jiffies: %llu", &jiffies);
	fclose(file);
	check(jiffies);
	return (long)(uint32_t)-jiffies * JIFFY_MS;
}

/* In silence it ends at that time, and no jiffy earlier; nothing else comes. */
static void ends_at(struct flow *f, const char *state, uint64_t ms)
{
	wait_until(f->p, ms - LATE_MS);
	check_state(f, state);
	quiet(f->p, 3 * LATE_MS);
	check_state(f, CLOSED);
}

/* rx(), so long after @us, which was before the wrap. */
#define due(f, us, ms, ...)						\
	do {								\
		check((us) / 1000 < WRAP_MS);				\
		check((us) / 1000 + (ms) > WRAP_MS);			\
		(f)->p->mark_us = us;					\
		rx(f, .after_ms = ms, __VA_ARGS__);			\
	} while (0)

enum { OLD, SYNACK, DELACK, REORDER, TLP, PERSIST, ORPHAN, APP, USER, FIN_WAIT_2,
       KEEPALIVE, FLOWS };

/*
 * All but the queue timer: that needs a queue of the device, where all would wait. Each
 * is armed before the wrap for after it, and rings when it would have anyway. Seconds
 * before and after it, in the order of the beginning:
 *
 *	APP         -50    10	the responder's: nobody asks
 *	FIN_WAIT_2  -35    25	after five seconds of its application
 *	OLD         -30    30	TIME_WAIT
 *	KEEPALIVE   -20    40
 *	USER        -15    20
 *	PERSIST    -2.5   2.5
 *	ORPHAN     -2.5   1.5
 *	SYNACK       -2     2	the third
 *	TLP        -1.1   0.5
 *	f          -0.4   0.4	retransmission, the third
 *	REORDER    -0.1  0.15	a quarter of a round trip of 1 s
 *	DELACK    -0.05  0.05
 */
WIRE(jiffies__wrap_under_every_timer)
{
	uint64_t old, user, keepalive, orphan, persist, tlp, reorder, delack, again;
	struct flow *g = calloc(FLOWS, sizeof(*g));
	uint64_t app, fin_wait_2, synack;
	uint32_t page, mss;
	int i;

	wire_only(p, AF_INET);
	check(g);
	if (now_ms() > WRAP_MS - IDLE_MS)
		fail("run this program in a kernel that has just booted");
	check_near(WRAP_MS, now_ms() + wrap_left_ms());
	page = page_len(p);
	for (i = 0; i < FLOWS; i++)
		flow_init(&g[i], p);
	mss = payload(f);

	wait_until(p, WRAP_MS - 50000);
	flow_connect(&g[APP]);
	app = p->mark_us;

	wait_until(p, WRAP_MS - 40000);
	flow_reach(&g[FIN_WAIT_2], "FIN_WAIT_2");
	fin_wait_2 = now_ms() + DRAIN_MS + FIN_WAIT_2_MS;

	wait_until(p, WRAP_MS - TIME_WAIT_MS / 2);
	flow_reach(&g[OLD], "TIME_WAIT");
	old = now_ms() + TIME_WAIT_MS;

	wait_until(p, WRAP_MS - 20000);
	check_timer(&g[FIN_WAIT_2], "finwait2");
	check_eq(0, command("listen discard %d", DISCARD));
	sysctl_set("keepalive_sec", "60");
	g[KEEPALIVE].dport = DISCARD;
	flow_connect(&g[KEEPALIVE]);
	keepalive = p->mark_us;
	check_eq(0, command("keepalive 1 1"));
	check_timer(&g[KEEPALIVE], "keepalive");

	/* what is owed is not sent again meanwhile, and no window is asked for */
	wait_until(p, WRAP_MS - 15000);
	sysctl_set("rto_min_ms", "120000");
	g[USER].dport = DISCARD;
	flow_connect(&g[USER]);
	check_eq(0, command("user_timeout 2 35000"));
	check_eq(0, command("send 2 100"));
	user = now_ms() + 35000;
	p->mark_us = now_us();
	rx(&g[USER], .flags = PSH | ACK, .len = 100);
	check_timer(&g[USER], "user");

	wait_until(p, WRAP_MS - 5000);
	flow_syn(&g[SYNACK]);
	flow_synack(&g[SYNACK]);
	rx(&g[SYNACK], .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = SYNACK_MS);

	sysctl_set("rto_min_ms", "5000");
	wait_until(p, WRAP_MS - 2500);
	g[PERSIST].wnd = 0;
	flow_connect(&g[PERSIST]);
	ask(&g[PERSIST], 1);
	persist = p->mark_us;
	rx(&g[PERSIST], .after_ms = 40);
	check_timer(&g[PERSIST], "persist");
	sysctl_set("orphan_sec", "4");
	g[ORPHAN].wnd = 0;
	flow_connect(&g[ORPHAN]);
	tx(&g[ORPHAN], .flags = FIN | PSH | ACK, .data = GET);
	orphan = p->mark_us;
	rx(&g[ORPHAN]);
	check_timer(&g[ORPHAN], "orphan");
	sysctl_set("rto_min_ms", "200");
	p->mark_us = (WRAP_MS - 5000 + SYNACK_MS) * 1000;
	rx(&g[SYNACK], .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = 2 * SYNACK_MS);
	synack = p->mark_us;

	/* a path of 800 ms */
	wait_until(p, WRAP_MS - 1900);
	g[TLP].offer = SACK;
	g[REORDER].offer = SACK;
	flow_syn(&g[TLP]);
	flow_synack(&g[TLP]);
	flow_syn(&g[REORDER]);
	flow_synack(&g[REORDER]);
	quiet(p, 800);
	tx(&g[TLP]);
	ask(&g[TLP], 1);
	tlp = p->mark_us;
	rx(&g[TLP], .len = mss);
	rx(&g[TLP], .flags = PSH | ACK, .len = page - mss);
	check_timer(&g[TLP], "tlp");
	sysctl_set("init_cwnd", "3");
	tx(&g[REORDER]);
	ask(&g[REORDER], RESPONSES);
	for (i = 0; i < 3; i++)
		rx(&g[REORDER], .len = mss);
	sysctl_set("init_cwnd", "10");

	/* 200 and 400 ms before, while another one of it is for after the wrap */
	wait_until(p, WRAP_MS - 1000);
	flow_connect(f);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 200);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss, .after_ms = 400);
	again = p->mark_us;

	sysctl_set("delack_ms", "100");
	flow_connect(&g[DELACK]);
	wait_until(p, WRAP_MS - 100);
	tx(&g[REORDER], .ack = 1, .sack = { { 1 + mss, 1 + 3 * mss } });
	reorder = p->mark_us;
	rx(&g[REORDER], .len = mss);
	rx(&g[REORDER], .len = mss);
	check_timer(&g[REORDER], "reorder");
	wait_until(p, WRAP_MS - 50);
	tx(&g[DELACK], .data = "GET");
	delack = p->mark_us;
	check_timer(&g[DELACK], "delack");

	due(&g[DELACK], delack, 100, .flags = ACK);
	check(wrap_left_ms() > WRAP_MS);
	tx(&g[DELACK], .flags = RST);
	due(&g[REORDER], reorder, 250, .flags = ACK | PSH_OR_NOT, .seq = 1,
	    .len = mss);
	tx(&g[REORDER], .flags = RST);
	due(f, again, 800, .flags = ACK | PSH_OR_NOT, .seq = 1,
	    .len = 1024);	/* RFC 4821 */
	tx(f, .flags = RST);
	due(&g[TLP], tlp, 1600, .flags = PSH | ACK, .seq = 1 + mss,
	    .len = page - mss);
	tx(&g[TLP], .flags = RST);
	due(&g[ORPHAN], orphan, 4000, .flags = RST | ACK, .seq = 1);
	due(&g[SYNACK], synack, 4 * SYNACK_MS, .flags = SYN | ACK, .seq = 0,
	    .ack = 1, .mss = ANY);
	tx(&g[SYNACK], .flags = RST);
	due(&g[PERSIST], persist, 5000, .flags = ACK | PSH_OR_NOT, .seq = 1,
	    .len = 1);
	tx(&g[PERSIST], .flags = RST, .ack = 1);
	due(&g[APP], app, IDLE_MS, .flags = FIN | ACK);
	tx(&g[APP], .flags = RST);
	ends_at(&g[USER], "ESTABLISHED", user);
	check_stat("UserTimeouts", 1);
	ends_at(&g[FIN_WAIT_2], "FIN_WAIT_2", fin_wait_2);
	ends_at(&g[OLD], "TIME_WAIT", old);
	due(&g[KEEPALIVE], keepalive, 60000, .seq = 0);
	tx(&g[KEEPALIVE], .flags = RST);
	check_stat("CurrConns", 0);
	free(g);
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

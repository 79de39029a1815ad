// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies (RFC 4987 3.6): a SYN is answered and forgotten, and its ACK opens
 * the connection that a request would have become.
 */
#define WIRE_OPTIONS

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire.h"

#define ALL		(WSCALE | TS | SACK)
#define THEIR_WSCALE	7		/* as in options.c */
#define ROTATION_MS	60000		/* cookie.c */
#define TICK_US		1049		/* 2^20 ns */
#define TSVAL_LATE_MS	67		/* 64 ticks */

static void always(void)
{
	sysctl_set("syncookies", "2");
}

/* One request is all that the backlog takes, and there it is. */
static void fill_backlog(struct peer *p, struct flow *g)
{
	sysctl_set("max_syn_backlog", "1");
	flow_init(g, p);
	flow_syn(g);
	flow_synack(g);
	check_state(g, "SYN_RECV");
}

/* SYN and SYN-ACK, of which nothing is left */
static void get_cookie(struct flow *f)
{
	unsigned long sent = stat_get("SyncookiesSent");

	flow_syn(f);
	flow_synack(f);
	check_stat("SyncookiesSent", sent + 1);
	check_state(f, CLOSED);
}

static void check_refused(struct flow *f)
{
	tx(f);
	rx(f, .flags = RST, .seq = 1, .wnd = 0);
	check_state(f, CLOSED);
}

static void check_options(struct flow *f, const char *options)
{
	char seen[64] = "";

	conn_get(f, "options", seen, sizeof(seen));
	if (strcmp(seen, options))
		fail("options are '%s', not '%s'", seen, options);
}

/* Until so long after a secret was drawn. */
static void wait_in_rotation(struct peer *p, long ms)
{
	long now = now_ms() % ROTATION_MS;

	quiet(p, (ms - now + ROTATION_MS) % ROTATION_MS);
}

/*
 * When there are cookies
 */

/* A port that is narrowed to an address, or widened again, knows those it has sent. */
WIRE(ports__that_change_know_their_cookies)
{
	always();
	get_cookie(f);
	sysctl_set("ports", p->family == AF_INET ? "10.0.0.1:8080" :
						   "[2001:db8::1]:8080");
	tx(f);
	check_state(f, "ESTABLISHED");
	flow_init(f, p);
	get_cookie(f);
	sysctl_set("ports", "8080");
	tx(f);
	check_state(f, "ESTABLISHED");
}

WIRE(room__no_cookie)
{
	flow_connect(f);
	check_state(f, "ESTABLISHED");
	check_stat("SyncookiesSent", 0);
	check_stat("SyncookiesRecv", 0);
}

WIRE(never__is_dropped)
{
	static struct flow g;

	sysctl_set("syncookies", "0");
	fill_backlog(p, &g);
	flow_syn(f);
	quiet(p, 100);
	check_stat("BacklogOverflows", 1);
	check_stat("SyncookiesSent", 0);
	check_stat("SyncookiesFailed", 0);
	check_state(&g, "SYN_RECV");
}

WIRE(full__cookie_and_the_backlog_stays)
{
	static struct flow g[2];
	struct response r;
	int i;

	sysctl_set("max_syn_backlog", "2");
	for (i = 0; i < 2; i++) {
		flow_init(&g[i], p);
		flow_syn(&g[i]);
		flow_synack(&g[i]);
	}
	get_cookie(f);
	check_stat("BacklogOverflows", 1);
	check_stat("CurrConns", 2);
	tx(f);
	check_state(f, "ESTABLISHED");
	check_stat("CurrConns", 3);
	check_stat("SyncookiesRecv", 1);
	check_stat("SyncookiesFailed", 0);
	for (i = 0; i < 2; i++) {
		check_state(&g[i], "SYN_RECV");
		tx(&g[i]);
		check_state(&g[i], "ESTABLISHED");
	}
	check_stat("PassiveOpens", 3);
	check_stat("AttemptFails", 0);
	request(f, GET, &r);
	check_page(f, 1, &r);
	request(&g[1], GET, &r);
	check_page(&g[1], 1, &r);
}

/* There is room again: the next SYN is remembered. */
WIRE(full__no_longer)
{
	static struct flow g;

	fill_backlog(p, &g);
	get_cookie(f);
	tx(f, .flags = RST);
	tx(&g);
	flow_init(f, p);
	flow_syn(f);
	flow_synack(f);
	check_state(f, "SYN_RECV");
	check_stat("SyncookiesSent", 1);
}

/* Nothing is kept, and nothing is sent again. */
WIRE(always__leaves_nothing)
{
	always();
	get_cookie(f);
	check_stat("CurrConns", 0);
	check_stat("BacklogOverflows", 0);
	quiet(p, 200000);
	check_stat("SynRetrans", 0);
	check_stat("SynTimeouts", 0);
}

WIRE(flood__leaves_the_backlog)
{
	enum { BACKLOG = 16, SYNS = 10000 };
	unsigned int rest = 0, i;
	struct got g;

	sysctl_set("max_syn_backlog", "16");
	for (i = 0; i < SYNS; i++) {
		f->sport = p->next_port++;
		f->snd = f->rcv = f->edge = 0;
		f->irs = f->ts_recent = 0;
		flow_syn(f);
		/* the requests may be sent theirs again; of another port */
		while (flow_next(f, &g, 0))
			rest += g.flags == (SYN | ACK) && g.seq == 0;
	}
	check_eq(SYNS, rest);
	check_eq(BACKLOG, conn_count("SYN_RECV"));
	check_stat("CurrConns", BACKLOG);
	check_stat("SyncookiesSent", SYNS - BACKLOG);
	check_stat("BacklogOverflows", SYNS - BACKLOG);
}

/*
 * What the ACK brings back
 */
WIRE(mss__the_best_not_above)
{
	static const struct {
		uint16_t said, v4, v6;
	} cases[] = {
		{ 0, 536, 1220 }, { 1, 48, 48 }, { 535, 48, 48 },
		{ 536, 536, 536 }, { 1219, 536, 536 }, { 1220, 1220, 1220 },
		{ 1360, 1360, 1360 }, { 1399, 1360, 1360 },
		{ 1400, 1400, 1400 }, { 1432, 1400, 1432 },
		{ 1440, 1400, 1440 }, { 1452, 1452, 1440 },
		{ 1459, 1452, 1440 }, { 1460, 1460, 1440 },
		{ 8959, 1460, 8940 }, { 8960, 8960, 8940 },
		{ 65535, 8960, 8940 },
	};
	size_t i;

	peer_mtu(p, 9000);
	always();
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		flow_init(f, p);
		f->offer = 0;
		f->mss = cases[i].said;
		get_cookie(f);
		tx(f);
		check_eq(p->family == AF_INET ? cases[i].v4 : cases[i].v6,
			 conn_num(f, "mss"));
	}
}

WIRE(options__all_with_timestamps_none_without)
{
	int offer;

	always();
	for (offer = 0; offer <= ALL; offer++) {
		char want[32];

		flow_init(f, p);
		f->offer = offer;
		f->wscale = 3;
		get_cookie(f);
		check_eq(offer & TS ? offer : 0, f->agreed);
		tx(f);
		check_state(f, "ESTABLISHED");
		sprintf(want, "%s%s%s", offer & TS ? "ts" : "-",
			f->agreed & SACK ? ",sack" : "",
			f->agreed & WSCALE ? ",wscale:3:7" : "");
		check_options(f, want);
	}
}

WIRE(options__every_shift_count)
{
	int wscale;

	always();
	for (wscale = 0; wscale <= 16; wscale++) {
		char want[32];

		flow_init(f, p);
		f->offer = ALL;
		f->wscale = wscale;
		f->wnd = 1001;
		get_cookie(f);
		tx(f);
		sprintf(want, "ts,sack,wscale:%d:%d", wscale < 14 ? wscale : 14,
			THEIR_WSCALE);
		check_options(f, want);
		check_eq(1001 << (wscale < 14 ? wscale : 14),
			 conn_num(f, "snd_wnd"));
	}
}

/* As long as the clock runs, so that each of its low bits is met. */
WIRE(options__at_any_time)
{
	int i;

	always();
	for (i = 0; i < 70; i++) {
		flow_init(f, p);
		f->offer = i % 2 ? ALL : TS;
		f->wscale = i % 15;
		get_cookie(f);
		tx(f, .flags = PSH | ACK, .data = "G");
		/* its TSval is not before that of the cookie: peer.c looks */
		rx(f, .after_ms = 40);
		check_eq(f->agreed & SACK ? 1 : 0, i % 2);
	}
}

/* The same columns, whichever way the connection came. */
WIRE(options__as_through_the_backlog)
{
	static const char *const columns[] = {
		"state", "timer", "snd_wnd", "rcv_wnd", "mss", "cwnd",
		"ssthresh", "unacked", "unsent", "options",
	};
	static struct flow g;
	int offer;
	size_t i;

	for (offer = TS; offer <= ALL; offer++) {
		if (!(offer & TS))
			continue;
		flow_init(&g, p);
		g.offer = offer;
		g.wscale = 2;
		sysctl_set("syncookies", "1");
		flow_connect(&g);
		flow_init(f, p);
		f->offer = offer;
		f->wscale = 2;
		always();
		flow_connect(f);
		for (i = 0; i < ARRAY_LEN(columns); i++) {
			char a[64], b[64];

			check(conn_get(&g, columns[i], a, sizeof(a)));
			check(conn_get(f, columns[i], b, sizeof(b)));
			if (strcmp(a, b))
				fail("%s is %s, but %s through the backlog",
				     columns[i], b, a);
		}
	}
}

/* Our shift holds too, and the window that the SYN-ACK has offered. */
WIRE(window__of_ours)
{
	static const char part[] = "GET / HT";
	uint32_t left = 65535;

	always();
	f->offer = ALL;
	get_cookie(f);
	tx(f, .flags = PSH | ACK, .data = part);
	check_eq(65535 - (sizeof(part) - 1), conn_num(f, "rcv_wnd"));
	left -= sizeof(part) - 1;
	rx(f, .wnd = left >> THEIR_WSCALE, .after_ms = 40);
}

/* RFC 7323 4.1: the echo gives a round-trip time, a little too long. */
WIRE(rtt__from_the_echo)
{
	always();
	f->offer = TS;
	get_cookie(f);
	quiet(p, 150);
	tx(f);
	check(conn_num(f, "srtt_us") >= 150 * 1000 - TICK_US);
	check(conn_num(f, "srtt_us") <= (150 + TSVAL_LATE_MS + LATE_MS) * 1000);
	check(conn_num(f, "age_ms") >= 150 - JIFFY_MS);
	check(conn_num(f, "age_ms") <= 150 + TSVAL_LATE_MS + LATE_MS);
}

WIRE(rtt__unknown_without_timestamps)
{
	always();
	f->offer = 0;
	get_cookie(f);
	quiet(p, 150);
	tx(f);
	check_eq(0, conn_num(f, "srtt_us"));
	check_eq(1000, conn_num(f, "rto_ms"));
}

/*
 * The first segment
 */
WIRE(ack__with_data)
{
	struct response r;

	always();
	get_cookie(f);
	request(f, GET, &r);
	check_page(f, 1, &r);
	check_stat("SyncookiesRecv", 1);
	request(f, GET, &r);
}

/* The ACK was lost: what follows is as good. */
WIRE(ack__with_data_again)
{
	struct response r;

	always();
	get_cookie(f);
	quiet(p, 3000);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

WIRE(ack__with_fin)
{
	always();
	get_cookie(f);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = FIN | ACK | PSH_OR_NOT, .seq = 1, .ack = 2);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
	check_stat("CurrConns", 0);
}

WIRE(ack__with_data_and_fin)
{
	uint32_t page = page_len(p);

	always();
	get_cookie(f);
	tx(f, .flags = FIN | PSH | ACK, .data = GET);
	while (f->rcv < 1 + page + 1) {
		struct got g;

		check(flow_next(f, &g, 1000));
	}
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

/* The numbers wrap at 2^32 between the SYN and the ACK. */
WIRE(ack__peer_number_wraps)
{
	static const uint32_t iss[] = { 0xffffffff, 0xfffffffe, 0x7fffffff, 0 };
	size_t i;

	always();
	for (i = 0; i < ARRAY_LEN(iss); i++) {
		flow_init(f, p);
		f->iss = iss[i];
		get_cookie(f);
		tx(f);
		check_state(f, "ESTABLISHED");
	}
}

/* The next ACK finds a connection, and is no cookie any more. */
WIRE(ack__twice)
{
	always();
	get_cookie(f);
	tx(f);
	tx(f);
	check_state(f, "ESTABLISHED");
	check_stat("SyncookiesRecv", 1);
	check_stat("PassiveOpens", 1);
}

/*
 * What is no cookie of ours
 */
static void forge(struct flow *f, uint32_t seq, uint32_t ack)
{
	tx(f, .seq = seq, .ack = ack);
	rx(f, .flags = RST, .seq = ack, .wnd = 0);
	check_state(f, CLOSED);
	f->snd = 1;
}

WIRE(forged__gets_rst)
{
	uint32_t bit, n = 0;

	always();
	get_cookie(f);
	for (bit = 0; bit < 32; bit++) {
		forge(f, 1, ((f->irs + 1) ^ 1U << bit) - f->irs);
		forge(f, ((f->iss + 1) ^ 1U << bit) - f->iss, 1);
		n += 2;
	}
	forge(f, 1, 0);
	forge(f, 1, 2);
	forge(f, 0, 1);
	forge(f, 2, 1);
	n += 4;
	check_stat("SyncookiesFailed", n);
	check_stat("InNoConns", n);
	check_stat("OutRsts", n);
	check_stat("SyncookiesRecv", 0);
	tx(f);
	check_state(f, "ESTABLISHED");
	check_stat("SyncookiesFailed", n);
}

WIRE(forged__of_another_flag)
{
	always();
	get_cookie(f);
	tx(f, .flags = SYN | ACK);
	rx(f, .flags = RST, .seq = 1);
	f->snd = 1;
	tx(f, .flags = FIN);
	f->snd = 1;
	tx(f, .flags = 0);
	tx(f, .flags = RST | ACK);
	quiet(p, 100);
	check_state(f, CLOSED);
	check_stat("SyncookiesRecv", 0);
}

WIRE(forged__of_another_port)
{
	static struct flow g;

	always();
	sysctl_set("ports", "80,8080");
	get_cookie(f);
	flow_init(&g, p);
	g.dport = 80;
	get_cookie(&g);		/* so that this listener looks, too */
	g = *f;
	g.sport++;
	check_refused(&g);
	g = *f;
	g.dport = 80;
	check_refused(&g);
	check_stat("SyncookiesFailed", 2);
	tx(f);
	check_state(f, "ESTABLISHED");
}

/* Without cookies sent nothing is looked for. */
WIRE(forged__while_there_are_none)
{
	tx(f, .seq = 1, .ack = 1);
	rx(f, .flags = RST, .seq = 1);
	always();
	tx(f, .seq = 1, .ack = 1);
	rx(f, .flags = RST, .seq = 1);
	check_stat("SyncookiesFailed", 0);
	check_stat("InNoConns", 2);
}

WIRE(forged__after_they_were_forbidden)
{
	always();
	get_cookie(f);
	sysctl_set("syncookies", "0");
	check_refused(f);
	check_stat("SyncookiesFailed", 0);
}

WIRE(forged__the_limit_of_rsts_holds)
{
	always();
	sysctl_set("rst_ratelimit", "0");
	get_cookie(f);
	tx(f, .ack = 2);
	quiet(p, 100);
	check_stat("SyncookiesFailed", 1);
	check_stat("OutRstsLimited", 1);
}

/*
 * How long a cookie is good: its rotation and the next
 */
WIRE(age__good_to_the_end_of_the_next_rotation)
{
	struct response r;

	always();
	wait_in_rotation(p, 1000);
	get_cookie(f);
	quiet(p, 2 * ROTATION_MS - 2000);
	request(f, GET, &r);
	check_stat("SyncookiesRecv", 1);
}

WIRE(age__too_old)
{
	static struct flow g;

	always();
	wait_in_rotation(p, ROTATION_MS - 2000);
	get_cookie(f);
	quiet(p, ROTATION_MS);
	flow_init(&g, p);
	get_cookie(&g);
	quiet(p, 3000);
	check_refused(f);
	check_stat("SyncookiesFailed", 1);
	check_stat("SyncookiesRecv", 0);
	tx(&g);
	check_state(&g, "ESTABLISHED");
}

/* Four rotations later the count is the same, the secret is not. */
WIRE(age__count_comes_round)
{
	static struct flow g;

	always();
	wait_in_rotation(p, 1000);
	get_cookie(f);
	quiet(p, 4 * ROTATION_MS);
	flow_init(&g, p);
	get_cookie(&g);
	check_refused(f);
	check_stat("SyncookiesFailed", 1);
}

/* Nobody has got a cookie lately: nothing is looked for, and nothing opens. */
WIRE(age__none_in_use)
{
	always();
	wait_in_rotation(p, ROTATION_MS - 1000);
	get_cookie(f);
	quiet(p, ROTATION_MS + 2000);
	check_refused(f);
	check_stat("SyncookiesFailed", 0);
}

WIRE(syn__again_gets_another_that_is_as_good)
{
	static struct flow g;
	uint32_t first;

	always();
	wait_in_rotation(p, 1000);
	get_cookie(f);
	first = f->irs;
	f->snd = f->rcv = 0;
	get_cookie(f);
	check_eq(first, f->irs);
	quiet(p, ROTATION_MS);
	g = *f;
	g.irs = g.snd = g.rcv = g.edge = 0;
	get_cookie(&g);
	check(g.irs != f->irs);
	tx(&g, .flags = PSH | ACK, .data = "G");
	rx(&g, .after_ms = 40);
}

/*
 * Timestamps
 */
WIRE(ts__agreed_on_and_missing)
{
	always();
	f->offer = TS;
	get_cookie(f);
	tx(f, .no_ts = true);
	rx(f, .flags = RST, .seq = 1);
	check_stat("SyncookiesFailed", 1);
	tx(f);
	check_options(f, "ts");
}

WIRE(ts__echo_of_nothing)
{
	static const int32_t wrong[] = { -200000, 100, 1 << 30 };
	size_t i;

	always();
	f->offer = TS;
	get_cookie(f);
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		tx(f, .tsecr = f->ts_recent + wrong[i]);
		rx(f, .flags = RST, .seq = 1);
	}
	check_stat("SyncookiesFailed", ARRAY_LEN(wrong));
	tx(f);
	check_options(f, "ts");
}

/* Nobody asked for them: they are not looked at. */
WIRE(ts__not_agreed_on)
{
	static const uint8_t opt[] = {
		1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,
	};

	always();
	f->offer = 0;
	get_cookie(f);
	tx(f, .opt = opt, .optlen = sizeof(opt));
	check_options(f, "-");
}

/* What the peer said last is what is old for what comes next. */
WIRE(ts__paws)
{
	always();
	f->offer = TS;
	get_cookie(f);
	tx(f, .tsval = f->ts_base + 100000);
	tx(f, .data = "G", .tsval = f->ts_base + 99999);
	f->snd = 1;
	rx(f, .ack = 1, .tsecr = f->ts_base + 100000);
	check_stat("PawsDrops", 1);
}

/*
 * What an administrator changes between SYN-ACK and ACK
 */
WIRE(change__of_options_comes_too_late)
{
	always();
	f->offer = ALL;
	f->wscale = 4;
	get_cookie(f);
	sysctl_set("timestamps", "0");
	sysctl_set("window_scaling", "0");
	sysctl_set("sack", "0");
	tx(f);
	check_options(f, "ts,sack,wscale:4:7");
}

/* What was agreed on is not the peer's to change: it comes back as it was sent. */
WIRE(forged__options_are_refused)
{
	uint32_t echo;

	always();
	sysctl_set("sack", "0");
	sysctl_set("window_scaling", "0");
	f->offer = ALL;
	get_cookie(f);
	quiet(p, 100);
	echo = (f->ts_recent & ~63U) | 0x10 | 14;
	check(echo != f->ts_recent);
	tx(f, .tsecr = echo);
	rx(f, .flags = RST, .seq = 1, .wnd = 0);
	check_stat("SyncookiesFailed", 1);
	check_state(f, CLOSED);
	tx(f);
	check_options(f, "ts");
}

/* The peer would read our window wrong. */
WIRE(change__of_our_shift_is_refused)
{
	always();
	f->offer = ALL;
	get_cookie(f);
	sysctl_set("rcvbuf_max", "65535");
	check_refused(f);
	check_stat("SyncookiesFailed", 1);
}

WIRE(change__of_the_receive_buffer)
{
	always();
	get_cookie(f);
	sysctl_set("rcvbuf", "30000");
	tx(f);
	check_eq(30000, conn_num(f, "rcv_wnd"));
}

/*
 * Beside requests, connections, TIME_WAITs
 */
WIRE(limit__of_connections_counts_with_the_ack)
{
	static struct flow g;

	always();
	sysctl_set("max_connections", "1");
	flow_connect(f);
	check_state(f, "ESTABLISHED");
	flow_init(&g, p);
	get_cookie(&g);
	check_stat("ConnLimitDrops", 0);
	tx(&g);
	quiet(p, 100);
	check_state(&g, CLOSED);
	check_stat("ConnLimitDrops", 1);
	tx(f, .flags = RST);
	tx(&g);
	check_state(&g, "ESTABLISHED");
}

/* The SYN came again when there was room: the ACK is still of the cookie. */
WIRE(request__ends_with_the_ack_of_a_cookie)
{
	static struct flow g, again;
	struct response r;

	fill_backlog(p, &g);
	get_cookie(f);
	tx(&g, .flags = RST);
	again = *f;
	again.snd = again.rcv = again.irs = 0;
	flow_syn(&again);
	flow_synack(&again);
	check(again.irs != f->irs);
	check_state(f, "SYN_RECV");
	tx(f, .ack = 2);
	rx(f, .flags = RST, .seq = 2);
	f->snd = 1;
	check_state(f, "SYN_RECV");
	request(f, GET, &r);
	check_page(f, 1, &r);
	check_eq(0, conn_count("SYN_RECV"));
	check_stat("SyncookiesRecv", 1);
	check_stat("PassiveOpens", 1);
	check_stat("CurrConns", 1);
}

/* A SYN that its TIME_WAIT ends for, and the answer. */
static void reopen(struct flow *f)
{
	f->iss += 100000;
	f->snd = f->rcv = f->irs = f->edge = 0;
	flow_syn(f);
	flow_synack(f);
	check_state(f, "SYN_RECV");
}

WIRE(time_wait__gets_a_request)
{
	uint32_t old;

	always();
	flow_reach(f, "TIME_WAIT");
	old = f->irs + f->rcv;
	reopen(f);
	check((int32_t)(f->irs - old) > 0);
	check_stat("TimeWaitsReopened", 1);
	check_stat("SyncookiesSent", 1);
}

WIRE(time_wait__gets_a_request_beyond_the_backlog)
{
	static struct flow g;

	flow_reach(f, "TIME_WAIT");
	fill_backlog(p, &g);
	reopen(f);
	check_stat("BacklogOverflows", 1);
	check_stat("SyncookiesSent", 0);
}

/* Where there are no cookies either: its TIME_WAIT has ended for it. */
WIRE(time_wait__gets_a_request_though_there_are_no_cookies)
{
	static struct flow g;

	flow_reach(f, "TIME_WAIT");
	fill_backlog(p, &g);
	sysctl_set("syncookies", "0");
	reopen(f);
	check_stat("BacklogOverflows", 1);
	check_stat("TimeWaitsReopened", 1);
}

/* The ACK again, by the network or by one who has seen it. */
WIRE(replay__time_wait_stands_before_it)
{
	always();
	flow_reach(f, "TIME_WAIT");
	check_stat("SyncookiesRecv", 1);
	tx(f, .seq = 1, .ack = 1, .tsval = f->ts_base + 1);
	check_state(f, "TIME_WAIT");
	check_stat("SyncookiesRecv", 1);
	check_stat("PassiveOpens", 1);
	rx(f);
}

/* RFC 4987 3.6 has no answer to this; it ends with the second rotation. */
WIRE(replay__opens_again_while_the_cookie_is_good)
{
	always();
	wait_in_rotation(p, 1000);
	get_cookie(f);
	tx(f);
	tx(f, .flags = RST);
	check_state(f, CLOSED);
	tx(f);
	check_state(f, "ESTABLISHED");
	tx(f, .flags = RST);
	quiet(p, 2 * ROTATION_MS);
	check_refused(f);
}

/*
 * The log
 */
static int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		fail("/dev/kmsg: %s", strerror(errno));
	lseek(fd, 0, SEEK_END);
	return fd;
}

/* Lines about a flood since it was last asked. */
static int flood_lines(int fd)
{
	char line[1024];
	int found = 0;
	ssize_t n;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		if (n < 0)
			continue;
		line[n] = 0;
		found += strstr(line, "ktcp: port 8080: ") &&
			 strstr(line, "SYN flood");
	}
	return found;
}

static void overflow(struct peer *p, struct flow *f, int n)
{
	while (n--) {
		flow_init(f, p);
		get_cookie(f);
	}
}

WIRE(log__one_line_a_flood)
{
	int fd = kmsg_open(), i;
	static struct flow g;

	sysctl_set("synack_retries", "0");
	for (i = 0; i < 4; i++) {
		wait_in_rotation(p, 1000 + i);
		fill_backlog(p, &g);
		overflow(p, f, 10);
		quiet(p, 3000);
		check_state(&g, CLOSED);
		check_eq(i ? 0 : 1, flood_lines(fd));
	}
	/* over, and another one */
	quiet(p, 2 * ROTATION_MS);
	fill_backlog(p, &g);
	overflow(p, f, 10);
	check_eq(1, flood_lines(fd));
	close(fd);
}

WIRE(log__nothing_when_asked_for)
{
	int fd = kmsg_open();

	always();
	overflow(p, f, 10);
	check_eq(0, flood_lines(fd));
	close(fd);
}

TEST_HARNESS_MAIN

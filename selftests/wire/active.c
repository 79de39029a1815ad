// SPDX-License-Identifier: GPL-2.0
/*
 * Active open: connections that ktcp begins, and other modules as applications.
 * ktcp_test.ko (selftests/module) opens them; here the peer is the server.
 *
 * RFC 9293 3.10.1, 3.10.7.3, 3.5 with its figures; RFC 6056, 6528, 7323.
 */
#define WIRE_OPTIONS

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "wire.h"

#define TIME_WAIT_MS	60000
#define PORT_MIN	61000
#define PORT_MAX	65535

static const char *addr(const struct peer *p)
{
	return p->family == AF_INET ? "10.0.0.2" : "2001:db8::2";
}

#define run(...)	check_eq(0, command(__VA_ARGS__))

/* Exactly these events since the last look. */
static void check_events(const char *want)
{
	int fd = open("/proc/ktcp_test", O_RDONLY);
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	check(n >= 0);
	text[n] = 0;
	close(fd);
	if (strcmp(text, want))
		fail("events are\n%s, not\n%s", text, want);
	run("clear");
}

/* A new flow whose first segment is ktcp's SYN, from whatever port. */
static void server(struct flow *f, struct peer *p)
{
	flow_init(f, p);
	f->dport = 0;
}

static void rx_syn(struct flow *f)
{
	f->p->mark_us = now_us();	/* at once */
	rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss);
}

static void open_to(struct flow *f, const char *service)
{
	server(f, f->p);
	run("connect %s %u %s", addr(f->p), f->sport, service);
	rx_syn(f);
	check_state(f, "SYN_SENT");
}

#define tx_synack(f, ...)						\
	do {								\
		uint8_t opt_[16];					\
		size_t n_ = flow_syn_options(f, opt_);			\
									\
		tx(f, .flags = SYN | ACK, .opt = opt_, .optlen = n_,	\
		   __VA_ARGS__);					\
	} while (0)

static void tx_syn(struct flow *f)
{
	flow_syn(f);
}

static void open_established(struct flow *f, const char *service)
{
	open_to(f, service);
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* Both SYNs have been sent; ktcp's SYN-ACK is here. */
static void open_simultaneous(struct flow *f, const char *service)
{
	open_to(f, service);
	tx_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss);
	check_state(f, "SYN_RECV");
}

/*
 * An open connection to the service that owes N bytes when told to, with these options,
 * over a path of so many milliseconds.
 */
static void open_path(struct flow *f, uint8_t offer, long rtt_ms)
{
	server(f, f->p);
	f->offer = offer;
	run("connect %s %u discard", addr(f->p), f->sport);
	rx_syn(f);
	quiet(f->p, rtt_ms);
	f->agreed = offer;
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* The same without options, and at once. */
static void open_plain(struct flow *f)
{
	open_path(f, 0, 0);
}

/*
 * The SYN
 */
WIRE(syn__exact)
{
	struct got g;

	server(f, p);
	run("connect %s %u discard", addr(p), f->sport);
	check(flow_next(f, &g, 0));
	check_eq(SYN, g.flags);
	check_eq(0, g.ack);
	check_eq(65535, g.wnd);
	check_eq(f->mss, g.mss);
	check_eq(0, g.len);
	check_eq(WSCALE | TS | SACK, g.opts);
	check_eq(20, g.optlen);
	check_eq(7, g.wscale);
	check_eq(0, g.tsecr);
	check(f->dport >= PORT_MIN);
	check_state(f, "SYN_SENT");
	check_timer(f, "retrans");
	check_near(1000, conn_num(f, "expires_ms"));
	check_eq(f->irs, conn_num(f, "iss"));
	check_eq(f->irs, conn_num(f, "snd_una"));
	check_eq((uint32_t)(f->irs + 1), conn_num(f, "snd_nxt"));
	check_eq(1, conn_num(f, "unacked"));
	check_eq(0, conn_num(f, "unsent"));
	check_stat("ActiveOpens", 1);
	check_stat("PassiveOpens", 0);
	check_stat("CurrConns", 1);
	check_events("");
}

WIRE(syn__options_by_sysctl)
{
	static const struct {
		const char *name;
		uint8_t without;
	} sysctls[] = {
		{ "window_scaling", WSCALE }, { "timestamps", TS },
		{ "sack", SACK },
	};
	struct got g;
	size_t i;

	for (i = 0; i < ARRAY_LEN(sysctls); i++) {
		sysctl_set(sysctls[i].name, "0");
		server(f, p);
		run("connect %s %u discard", addr(p), f->sport);
		check(flow_next(f, &g, 0));
		check_eq((WSCALE | TS | SACK) & ~sysctls[i].without, g.opts);
		sysctl_set(sysctls[i].name, "1");
	}
}

WIRE(syn__retransmitted_to_the_end)
{
	long ms = 1000;
	int i;

	open_to(f, "discard");
	/* 247 s in all; MUST-23: three minutes at least */
	for (i = 0; i < 7; i++, ms *= 2) {
		rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss,
		   .after_ms = ms);
		check_eq(i + 1, conn_num(f, "retrans"));
	}
	ms = 120000;	/* rto_max_ms */
	quiet(p, ms - 2 * JIFFY_MS);
	check_state(f, "SYN_SENT");
	check_events("1 trouble -110\n");
	quiet(p, 4 * JIFFY_MS);
	check_state(f, CLOSED);
	check_events("1 closed -110\n");
	check_stat("SynRetrans", 7);
	check_stat("RetransSegs", 7);
	check_stat("SynTimeouts", 1);
	check_stat("AttemptFails", 1);
	check_stat("CurrConns", 0);
	quiet(p, 600000);
}

WIRE(syn__retries_sysctl)
{
	sysctl_set("syn_retries", "0");
	open_to(f, "discard");
	quiet(p, 1000 + 2 * LATE_MS);
	check_state(f, CLOSED);
	check_events("1 closed -110\n");
	sysctl_set("syn_retries", "1");
	open_to(f, "discard");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	quiet(p, 2000 + 2 * LATE_MS);
	check_state(f, CLOSED);
	check_events("2 closed -110\n");
}

/*
 * The handshake
 */
WIRE(synack__establishes)
{
	open_to(f, "discard");
	quiet(p, 100);
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
	check_timer(f, "none");
	check_events("1 opened\n");
	check_near(100, conn_num(f, "srtt_us") / 1000);
	check_eq(f->iss, conn_num(f, "irs"));
	check_eq(0, conn_num(f, "unacked"));
	check_eq(65535, conn_num(f, "snd_wnd"));
	check_eq(payload(f), conn_num(f, "mss"));
	run("send 1 5");
	rx(f, .flags = PSH | ACK, .len = 5);
	tx(f, .flags = PSH | ACK, .data = "hello");
	rx(f, .after_ms = 40);
	check_events("1 data 5\n");
	check_eq(5, conn_num(f, "bytes_in"));
}

/* What both SYNs carried is used, and nothing else. */
WIRE(synack__options)
{
	char options[64], want[64];
	uint8_t offer;

	for (offer = 0; offer < 8; offer++) {
		server(f, p);
		f->offer = offer;
		f->wscale = 3;
		run("connect %s %u discard", addr(p), f->sport);
		rx_syn(f);
		tx_synack(f, .seq = 0);
		rx(f);
		check(conn_get(f, "options", options, sizeof(options)));
		snprintf(want, sizeof(want), "%s%s%s%s%s",
			 offer & TS ? "ts" : "",
			 offer & TS && offer & ~TS ? "," : "",
			 offer & SACK ? "sack" : "",
			 offer & SACK && offer & WSCALE ? "," : "",
			 offer & WSCALE ? "wscale:3:7" : "");
		if (strcmp(options, offer ? want : "-"))
			fail("options %s, not %s", options, want);
		/* a window after the SYN is scaled, if that was agreed on */
		tx(f, .wnd = 1000);
		check_eq(offer & WSCALE ? 8000 : 1000,
			 conn_num(f, "snd_wnd"));
	}
}

/* Bytes owed before the connection is open leave with the ACK. */
WIRE(synack__owed_data_rides_on_the_ack)
{
	open_to(f, "discard");
	run("send 1 100");
	quiet(p, 500);
	check_eq(100, conn_num(f, "unsent"));
	tx_synack(f, .seq = 0);
	rx(f, .flags = PSH | ACK, .len = 100);
	tx(f);
	check_eq(100, conn_num(f, "bytes_out"));
}

WIRE(synack__with_data_and_fin)
{
	open_to(f, "discard");
	tx_synack(f, .seq = 0, .data = "early");
	rx(f, .ack = 6);
	check_events("1 opened\n1 data 5\n");
	check_state(f, "ESTABLISHED");
	open_to(f, "discard");
	tx(f, .flags = SYN | FIN | ACK, .seq = 0, .data = "all");
	rx(f, .ack = 5);
	check_state(f, "CLOSE_WAIT");
	check_events("2 opened\n2 data 3\n2 peer_closed\n");
}

/* The ACK of the SYN-ACK was lost. */
WIRE(synack__again_is_challenged)
{
	open_established(f, "discard");
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
	check_stat("ChallengeAcks", 1);
}

/* RFC 6298 5.7 and 3: a SYN was lost; RFC 6928 2: more than one was. */
WIRE(synack__after_retransmission)
{
	open_to(f, "discard");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	tx_synack(f, .seq = 0);
	rx(f);
	check_eq(0, conn_num(f, "srtt_us"));
	check_eq(3000, conn_num(f, "rto_ms"));
	check_eq(10 * payload(f), conn_num(f, "cwnd"));
	run("abort 1");
	rx(f, .flags = RST | ACK, .seq = 1);
	open_to(f, "discard");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 2000);
	tx_synack(f, .seq = 0);
	rx(f);
	check_eq(payload(f), conn_num(f, "cwnd"));
	run("send 2 10000");
	rx(f, .len = payload(f));
	quiet(p, 500);
}

/* RFC 7323 3.2: TSecr is of this SYN, or of one that was sent again. */
WIRE(synack__tsecr)
{
	uint32_t first, second;
	int64_t bad[3];
	size_t i;

	if (!(p->offer & TS))
		wire_skip();
	quiet(p, 5000);
	open_to(f, "discard");
	first = f->ts_recent;
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	second = f->ts_recent;
	check(second - first > 900 && second - first < 1100);
	bad[0] = first - 10;
	bad[1] = second + 10;
	bad[2] = first - 100000;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		tx_synack(f, .seq = 0, .tsecr = bad[i]);
		f->snd = 0;
		rx(f, .flags = RST, .seq = 1);
		check_state(f, "SYN_SENT");
		check_stat("InBadAcks", i + 1);
	}
	tx_synack(f, .seq = 0, .tsecr = first);
	rx(f);
	check_state(f, "ESTABLISHED");
	open_to(f, "discard");
	f->ts_recent = 0;	/* TSecr 0: a peer that does not fill it in */
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/*
 * SYN_SENT x every kind of segment: RFC 9293 3.10.7.3
 */
WIRE(syn_sent__table)
{
	static const struct {
		uint8_t flags;
		uint32_t seq;
		uint32_t ack;
		const char *data;
		bool rst;	/* answered with RST, SEQ=SEG.ACK */
		const char *counter;
	} rows[] = {
		{ ACK, 0, 0, NULL, true, "InBadAcks" },
		{ ACK, 7, 2, NULL, true, "InBadAcks" },
		{ ACK, 0, 1u << 31, NULL, true, "InBadAcks" },
		{ ACK, 0, 1, NULL, false, "InBadAcks" },
		{ ACK | PSH, 0, 0, "data", true, "InBadAcks" },
		{ ACK | PSH, 0, 1, "data", false, "InBadAcks" },
		{ FIN | ACK, 0, 0, NULL, true, "InBadAcks" },
		{ FIN | ACK, 0, 1, NULL, false, "InBadAcks" },
		{ SYN | ACK, 0, 0, NULL, true, "InBadAcks" },
		{ SYN | ACK, 0, 2, NULL, true, "InBadAcks" },
		{ SYN | ACK, 0, 100000, NULL, true, "InBadAcks" },
		{ SYN | FIN | ACK, 0, 2, "data", true, "InBadAcks" },
		{ RST | ACK, 0, 0, NULL, false, "InBadAcks" },
		{ RST | ACK, 0, 2, NULL, false, "InBadAcks" },
		{ RST | SYN | ACK, 0, 2, NULL, false, "InBadAcks" },
		{ RST, 0, 0, NULL, false, "InRsts" },
		{ RST, 5, 1, NULL, false, "InRsts" },
		{ RST | SYN, 0, 1, NULL, false, "InRsts" },
		{ FIN, 0, 0, NULL, false, "InRsts" },
		{ FIN | PSH, 0, 1, "data", false, "InRsts" },
		{ PSH, 0, 0, "data", false, "InRsts" },
		{ URG, 0, 0, NULL, false, "InRsts" },
		{ 0, 0, 1, NULL, false, "InRsts" },
	};
	unsigned long bad = 0, rsts = 0, out = 0;
	size_t i;

	open_to(f, "discard");
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		tx(f, .flags = rows[i].flags, .seq = rows[i].seq,
		   .ack = rows[i].ack, .data = rows[i].data);
		f->snd = 0;
		if (rows[i].rst)
			rx(f, .flags = RST, .seq = rows[i].ack, .wnd = 0);
		quiet(p, 0);
		check_state(f, "SYN_SENT");
		bad += rows[i].flags & ACK && rows[i].ack != 1;
		rsts += rows[i].flags & RST && !(rows[i].flags & ACK);
		out += rows[i].rst;
		check_stat("InBadAcks", bad);
		check_stat("InRsts", rsts);
		check_stat("OutRsts", out);
	}
	check_events("");
	/* none of them has spoiled anything */
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
	check_events("1 opened\n");
}

WIRE(syn_sent__refused)
{
	static const uint8_t flags[] = { RST | ACK, RST | SYN | ACK,
					 RST | FIN | ACK };
	char want[32];
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		open_to(f, "discard");
		tx(f, .flags = flags[i], .seq = 0, .ack = 1);
		check_state(f, CLOSED);
		snprintf(want, sizeof(want), "%zu closed -111\n", i + 1);
		check_events(want);
		check_stat("AttemptFails", i + 1);
		check_stat("CurrConns", 0);
	}
	check_stat("OutRsts", 0);
	quiet(p, 600000);
}

/* RFC 9293 3.10.4, 3.10.5: the TCB is deleted, in silence. */
WIRE(syn_sent__closed_by_the_application)
{
	static const char *const calls[] = { "shutdown", "close", "abort" };
	char want[32];
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(calls); i++) {
		open_to(f, "discard");
		run("%s %u", calls[i], i + 1);
		check_state(f, CLOSED);
		snprintf(want, sizeof(want), "%u closed -103\n", i + 1);
		check_events(want);
		check_eq(ENOENT, command("%s %u", calls[i], i + 1));
	}
	check_stat("OutRsts", 0);
	quiet(p, 600000);
}

/*
 * Simultaneous open: figure 7
 */
WIRE(simultaneous__synack_to_synack)
{
	open_simultaneous(f, "discard");
	check_events("");
	check_stat("ActiveOpens", 1);
	tx_synack(f, .seq = 0, .ack = 1);
	quiet(p, 100);
	check_state(f, "ESTABLISHED");
	check_timer(f, "none");
	check_events("1 opened\n");
	check_eq(65535, conn_num(f, "snd_wnd"));
	check_eq(0, conn_num(f, "unacked"));
	tx(f, .flags = PSH | ACK, .data = "hello");
	rx(f, .after_ms = 40);
	run("send 1 7");
	rx(f, .flags = PSH | ACK, .len = 7);
}

WIRE(simultaneous__ack_to_synack)
{
	open_simultaneous(f, "discard");
	tx(f);
	quiet(p, 100);
	check_state(f, "ESTABLISHED");
	check_events("1 opened\n");
	check_stat("ChallengeAcks", 0);
}

WIRE(simultaneous__synack_is_retransmitted_to_the_end)
{
	long ms = 1000;
	int i;

	sysctl_set("syn_retries", "3");
	open_simultaneous(f, "discard");
	for (i = 0; i < 3; i++, ms *= 2)
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss,
		   .after_ms = ms);
	quiet(p, ms + 2 * LATE_MS);
	check_state(f, CLOSED);
	check_events("1 trouble -110\n1 closed -110\n");
	check_stat("AttemptFails", 1);
}

WIRE(simultaneous__their_syn_again)
{
	open_simultaneous(f, "discard");
	f->snd = 0;
	tx_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss);
	check_stat("SynDuplicates", 1);
	check_state(f, "SYN_RECV");
	tx(f);
	check_state(f, "ESTABLISHED");
}

/* Its data was not acknowledged, so it comes again. */
WIRE(simultaneous__syn_with_data)
{
	open_to(f, "discard");
	tx(f, .flags = SYN, .seq = 0, .ack = 0, .data = "hello");
	f->snd = 1;
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss);
	tx(f, .flags = PSH | ACK, .data = "hello");
	rx(f, .ack = 6, .after_ms = 40);
	check_events("1 opened\n1 data 5\n");
}

WIRE(simultaneous__ack_with_data_and_fin)
{
	open_simultaneous(f, "discard");
	tx(f, .flags = FIN | PSH | ACK, .data = "hello");
	rx(f, .ack = 7);
	check_state(f, "CLOSE_WAIT");
	check_events("1 opened\n1 data 5\n1 peer_closed\n");
}

/*
 * The SYN that made it a simultaneous open was an old one, a little below the
 * number that the peer has now; the peer knows our number from our SYN. It must
 * not be believed with a hole that nothing would fill: the two find out.
 */
WIRE(simultaneous__old_duplicate_syn)
{
	open_to(f, "discard");
	tx(f, .flags = SYN, .seq = 0, .ack = 0);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss);
	/* SYN_RECV of the peer, its ISS is 1000: the answer to our SYN-ACK */
	tx(f, .seq = 1001);
	rx(f, .ack = 1);
	check_state(f, "SYN_RECV");
	check_stat("InUnacceptable", 1);
	check_stat("ChallengeAcks", 1);
	check_events("");
	/* which says to the peer what we believe, and it knows better */
	tx(f, .flags = RST, .seq = 1);
	check_state(f, CLOSED);
	check_events("1 closed -111\n");
}

/* What comes ahead of its turn is not lost for good. */
WIRE(simultaneous__second_segment_first)
{
	open_simultaneous(f, "discard");
	tx(f, .flags = PSH | ACK, .seq = 6, .data = "world");
	rx(f, .ack = 1);
	tx(f, .seq = 1, .data = "hello");
	rx(f, .ack = 6, .after_ms = 40);
	tx(f, .flags = PSH | ACK, .seq = 6, .data = "world");
	rx(f, .ack = 11, .after_ms = 40);
	check_events("1 opened\n1 data 5\n1 data 5\n");
}

/* RFC 9293 3.10.7.4 for SYN_RECV */
WIRE(syn_recv__table)
{
	open_simultaneous(f, "discard");
	/* first: outside the window */
	tx(f, .seq = 1 + 100000);
	rx(f);
	tx(f, .flags = RST, .seq = 0);
	quiet(p, 0);
	check_stat("InUnacceptable", 2);
	/* second: RST in the window, but not exact */
	tx(f, .flags = RST, .seq = 2);
	rx(f);
	/* fourth: SYN in the window */
	tx(f, .flags = SYN, .seq = 5);
	rx(f);
	tx(f, .flags = SYN | ACK, .seq = 5);
	rx(f);
	/* a SYN-ACK of the SYN that we have, but with a bad ACK */
	tx(f, .flags = SYN | ACK, .seq = 0, .ack = 2);
	rx(f);
	/* fifth: none, and bad ones */
	tx(f, .flags = PSH, .data = "data");
	f->snd = 1;
	quiet(p, 0);
	tx(f, .ack = 0);
	rx(f, .flags = RST, .seq = 0, .wnd = 0);
	tx(f, .ack = 2);
	rx(f, .flags = RST, .seq = 2, .wnd = 0);
	check_stat("InBadAcks", 2);
	check_state(f, "SYN_RECV");
	check_events("");
	tx(f);
	check_state(f, "ESTABLISHED");
}

WIRE(syn_recv__rst_refuses)
{
	open_simultaneous(f, "discard");
	tx(f, .flags = RST);
	check_state(f, CLOSED);
	check_events("1 closed -111\n");
	check_stat("AttemptFails", 1);
	check_stat("EstabResets", 0);
	quiet(p, 600000);
}

WIRE(syn_recv__abort)
{
	open_simultaneous(f, "discard");
	run("abort 1");
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(f, CLOSED);
	check_events("1 closed -103\n");
}

/* Our SYN needs no window: what follows it is where the peer believes it. */
WIRE(syn_recv__of_a_peer_without_window)
{
	open_to(f, "discard");
	f->wnd = 0;
	tx_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss);
	tx(f, .flags = RST, .seq = 2);
	rx(f, .seq = 1);
	run("abort 1");
	rx(f, .flags = RST | ACK, .seq = 1, .wnd = 0);
	check_state(f, CLOSED);
}

/* RFC 9293 3.10.4: FIN is queued until the connection is ESTABLISHED. */
WIRE(syn_recv__shutdown)
{
	open_simultaneous(f, "discard");
	run("send 1 3");
	run("shutdown 1");
	quiet(p, 500);
	check_state(f, "SYN_RECV");
	tx(f);
	rx(f, .flags = FIN | PSH | ACK, .len = 3);
	check_state(f, "FIN_WAIT_1");
	tx(f);
	check_state(f, "FIN_WAIT_2");
	check_events("1 opened\n");
}

/*
 * Figures 8 to 11: what an earlier connection left behind
 */

/* Figure 8, from the other side: the SYN-ACK answers a SYN of another life. */
WIRE(old_duplicate__synack_is_reset)
{
	open_to(f, "discard");
	tx_synack(f, .seq = 0, .ack = -10);
	rx(f, .flags = RST, .seq = -10, .wnd = 0);
	check_state(f, "SYN_SENT");
	f->snd = 0;
	f->iss += 5000;
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* Figure 9: the peer still has the connection that was lost here. */
WIRE(half_open__discovered_by_our_syn)
{
	open_to(f, "discard");
	tx(f, .seq = 300, .ack = 100);
	rx(f, .flags = RST, .seq = 100, .wnd = 0);
	check_state(f, "SYN_SENT");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* Figure 10: it sends. Nothing here has the port; the host's TCP answers. */
WIRE(half_open__discovered_by_their_data)
{
	unsigned long in;

	open_established(f, "discard");
	run("abort 1");
	rx(f, .flags = RST | ACK, .wnd = 0);
	in = stat_get("InSegs");
	tx(f, .seq = 1, .ack = 100, .data = "data");
	rx(f, .flags = RST, .seq = 100, .wnd = 0);
	check_stat("InSegs", in);
}

/*
 * Closing
 */

static void expect_time_wait(struct flow *f)
{
	check_state(f, "TIME_WAIT");
	check_timer(f, "timewait");
	check_near(TIME_WAIT_MS, conn_num(f, "expires_ms"));
}

WIRE(close__leads_to_time_wait)
{
	open_established(f, "discard");
	run("close 1");
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	check_state(f, "FIN_WAIT_1");
	tx(f);
	check_state(f, "FIN_WAIT_2");
	tx(f, .flags = FIN | ACK);
	rx(f);
	expect_time_wait(f);
	check_events("1 opened\n1 closed 0\n");
	/* FIN again: still ours, though no port of ours is listened on */
	quiet(f->p, 1000);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	expect_time_wait(f);
	quiet(p, TIME_WAIT_MS + 2 * LATE_MS);
	check_state(f, CLOSED);
	check_stat("CurrTimeWaits", 0);
}

/* Half-closed from our side, and data keeps coming. */
WIRE(shutdown__data_flows_the_other_way)
{
	uint32_t i;

	open_established(f, "discard");
	run("send 1 5000");
	run("shutdown 1");
	take(f, 5001, ACK_EACH);
	check_state(f, "FIN_WAIT_2");
	for (i = 0; i < 20; i++) {
		tx(f, .flags = PSH | ACK, .data = f->stream, .len = 1000);
		if (i % 2)
			rx(f);
	}
	quiet(p, 100);
	check_eq(20000, conn_num(f, "bytes_in"));
	check_state(f, "FIN_WAIT_2");
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
	check_stat("InUnreadData", 0);
}

/* Figure 13, each FIN behind data that crosses */
WIRE(shutdown__simultaneous_with_data)
{
	open_established(f, "discard");
	run("send 1 100");
	run("shutdown 1");
	rx(f, .flags = PSH | ACK, .len = 100);
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	tx(f, .flags = FIN | PSH | ACK, .ack = 1, .data = "bye");
	rx(f, .ack = 5);
	check_state(f, "CLOSING");
	tx(f);
	expect_time_wait(f);
	check_events("1 opened\n1 data 3\n1 peer_closed\n1 closed 0\n");
}

WIRE(shutdown__peer_closes_first)
{
	open_established(f, "discard");
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "CLOSE_WAIT");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	run("shutdown 1");
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
	check_events("1 opened\n1 peer_closed\n1 closed 0\n");
	check_stat("TimeWaits", 0);
}

WIRE(abort__resets)
{
	open_established(f, "discard");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	run("abort 1");
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(f, CLOSED);
	check_events("1 opened\n1 closed -103\n");
	check_stat("EstabResets", 1);
	check_eq(ENOENT, command("send 1 1"));
	quiet(p, 600000);
}

/*
 * RFC 9293 3.6.1, SHLD-3: what the application has not taken when it closes is lost,
 * and the peer must hear of that. Echo takes nothing while it owes too much.
 */
WIRE(close__with_data_unread_resets)
{
	static char data[1000];
	int sent = 0;

	run("listen echo 99");
	f->dport = 99;
	flow_connect(f);
	f->wnd = 0;
	while (sent < 1000000 && conn_num(f, "rcv_wnd") > 60000) {
		tx(f, .flags = PSH | ACK, .data = data, .len = sizeof(data));
		sent += sizeof(data);
		drain(f);
	}
	check(sent < 1000000);
	check_eq(sent, conn_num(f, "bytes_in"));
	run("close 1");
	p->mark_us = now_us();
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(f, CLOSED);
	check_stat("OutRsts", 1);
}

WIRE(rst__resets)
{
	open_established(f, "discard");
	tx(f, .flags = RST);
	check_state(f, CLOSED);
	check_events("1 opened\n1 closed -104\n");
}

/*
 * Ports
 */
WIRE(port__differs_and_is_in_range)
{
	static struct flow flows[16];
	size_t i, j;

	flows[0] = *f;
	for (i = 0; i < ARRAY_LEN(flows); i++) {
		server(&flows[i], p);
		flows[i].sport = f->sport;	/* all to one port */
		run("connect %s %u discard", addr(p), f->sport);
		rx_syn(&flows[i]);
		check(flows[i].dport >= PORT_MIN);
		for (j = 0; j < i; j++)
			check(flows[i].dport != flows[j].dport);
	}
	check_eq(ARRAY_LEN(flows), conn_count("SYN_SENT"));
}

/* A port is used up for one peer only. */
WIRE(port__range_of_one)
{
	static struct flow g;

	sysctl_set("port_min", "61234");
	sysctl_set("port_max", "61234");
	open_to(f, "discard");
	check_eq(61234, f->dport);
	check_eq(EADDRNOTAVAIL,
		 command("connect %s %u discard", addr(p), f->sport));
	g.p = p;
	open_to(&g, "discard");
	check_eq(61234, g.dport);
	check(g.sport != f->sport);
	sysctl_set("port_max", "61233");
	check_eq(EADDRNOTAVAIL,
		 command("connect %s %u discard", addr(p), 45000));
}

/* RFC 9293 3.6.1; RFC 6528: the next ISS is a later one. */
WIRE(port__not_used_again_in_time_wait)
{
	uint16_t sport;
	uint32_t irs;

	sysctl_set("port_min", "62000");
	sysctl_set("port_max", "62000");
	open_established(f, "discard");
	sport = f->sport;
	irs = f->irs;
	run("close 1");
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
	check_eq(EADDRNOTAVAIL,
		 command("connect %s %u discard", addr(p), sport));
	check_eq(EADDRINUSE,
		 command("connect %s %u discard 62000", addr(p), sport));
	quiet(p, TIME_WAIT_MS + 2 * LATE_MS);
	server(f, p);
	f->sport = sport;
	run("connect %s %u discard", addr(p), sport);
	rx_syn(f);
	check_eq(62000, f->dport);
	check((int32_t)(f->irs - irs) > 1);
	/* an old duplicate SYN-ACK, of the connection before */
	tx_synack(f, .seq = 0, .ack = irs + 1 - f->irs);
	rx(f, .flags = RST, .seq = irs + 1 - f->irs, .wnd = 0);
	check_state(f, "SYN_SENT");
}

/* There is nobody to begin a new connection: TIME_WAIT is not cut short. */
WIRE(time_wait__later_syn_does_not_reopen)
{
	open_established(f, "discard");
	run("close 1");
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	tx(f, .flags = FIN | ACK);
	rx(f);
	tx(f, .flags = SYN, .seq = f->snd + 1000, .ack = 0);
	rx(f);
	check_state(f, "TIME_WAIT");
	check_stat("TimeWaitsReopened", 0);
}

WIRE(port__chosen_by_the_caller)
{
	server(f, p);
	run("connect %s %u discard 12345", addr(p), f->sport);
	rx_syn(f);
	check_eq(12345, f->dport);
	check_eq(EADDRINUSE, command("connect %s %u discard 12345", addr(p),
				     f->sport));
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* MUST-43, MUST-44: the address that the caller wants, else the route's. */
WIRE(connect__from_one_of_our_addresses)
{
	bool v4 = p->family == AF_INET;

	check(!system(v4 ? "ip addr add 10.0.0.3/24 dev tun0 &&"
			   "ip route change 10.0.0.0/24 dev tun0 src 10.0.0.3" :
			   "ip addr add 2001:db8::3/64 dev tun0 nodad &&"
			   "ip -6 route add 2001:db8::2 dev tun0 src 2001:db8::3"));
	run("connect %s %u discard 12345 %s", addr(p), f->sport,
	    v4 ? "10.0.0.1" : "2001:db8::1");
	f->dport = 12345;
	rx_syn(f);
	check_state(f, "SYN_SENT");
	check_eq(EADDRNOTAVAIL, command("connect %s %u discard 12345 %s",
					addr(p), f->sport,
					v4 ? "10.0.0.4" : "2001:db8::4"));
	check_eq(EINVAL, command("connect %s %u discard 12345 %s", addr(p),
				 f->sport, v4 ? "2001:db8::1" : "10.0.0.1"));
	/* and so in each segment, whatever the route says by now */
	tx_synack(f, .seq = 0);
	rx(f);
	check(!system(v4 ? "ip route flush cache" : "ip -6 route flush cache"));
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	tx(f);
}

/* Segments of other peers to that port are the host's. */
WIRE(port__is_ours_for_one_peer_only)
{
	static struct flow g;
	unsigned long in;

	open_established(f, "discard");
	in = stat_get("InSegs");
	flow_init(&g, p);
	g.dport = f->dport;
	flow_syn(&g);
	rx(&g, .flags = RST | ACK, .seq = -g.irs, .ack = 1, .wnd = 0);
	check_stat("InSegs", in);
}

WIRE(connect__refuses)
{
	bool v4 = p->family == AF_INET;
	const char *self = v4 ? "10.0.0.1" : "2001:db8::1";

	check_eq(EINVAL, command("connect %s 0 discard", addr(p)));
	check_eq(EINVAL, command("connect %s 80 discard",
				 v4 ? "0.0.0.0" : "::"));
	check_eq(ENETUNREACH, command("connect %s 80 discard",
				      v4 ? "192.0.2.1" : "2001:db8:1::1"));
	check_eq(EADDRNOTAVAIL, command("connect %s 7000 discard 7000", self));
	if (v4) {
		check_eq(ENETUNREACH, command("connect 10.0.0.255 80 discard"));
		check_eq(ENETUNREACH, command("connect 255.255.255.255 80 discard"));
	} else {
		check_eq(ENETUNREACH, command("connect ff02::1 80 discard"));
		check_eq(EINVAL, command("connect fe80::1 80 discard"));
	}
	check_events("");
	check_stat("ActiveOpens", 0);
	check_stat("CurrConns", 0);
	quiet(p, 100);
}

WIRE(connect__limit)
{
	sysctl_set("max_connections", "1");
	open_to(f, "discard");
	check_eq(ENOBUFS, command("connect %s 80 discard", addr(p)));
	check_stat("ConnLimitDrops", 1);
	run("abort 1");
	open_to(f, "discard");
}

/* In the softirq of a segment, with another connection locked */
WIRE(connect__from_an_event)
{
	static struct flow g;

	open_established(f, "redial");
	server(&g, p);
	g.sport = f->sport;
	tx(f, .flags = FIN | ACK);
	/* its SYN leaves before the event that opened it is over */
	check(flow_next(&g, &(struct got){}, 0));
	check_state(&g, "SYN_SENT");
	rx(f);
	check_state(f, "CLOSE_WAIT");
	check(g.dport != f->dport);
	tx_synack(&g, .seq = 0);
	rx(&g);
	check_events("1 opened\n1 peer_closed\n2 opened\n");
	check_stat("ActiveOpens", 2);
}

/* Both ends here: an active open to a port of ours, over the loopback. */
WIRE(connect__to_ourselves)
{
	const char *self = p->family == AF_INET ? "10.0.0.1" : "2001:db8::1";

	run("listen echo");
	run("connect %s 7 discard", self);
	quiet(p, 100);
	check_eq(2, conn_count("ESTABLISHED"));
	check_events("1 opened\n2 opened\n");
	run("send 1 1000");
	quiet(p, 100);
	check_events("2 data 1000\n1 data 1000\n");
	run("close 1");
	quiet(p, 100);
	check_events("2 peer_closed\n1 closed 0\n2 closed 0\n");
	check_eq(1, conn_count("TIME_WAIT"));
	check_eq(0, conn_count("ESTABLISHED"));
}

/*
 * Ports of modules beside those of the administrator
 */
WIRE(listen__echo)
{
	run("listen echo");
	f->dport = 7;
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = "hello");
	rx(f, .flags = PSH | ACK, .len = 5);
	check(!memcmp(f->stream + 1, "hello", 5));
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = FIN | ACK | PSH_OR_NOT);
	tx(f);
	check_state(f, CLOSED);
	check_events("1 opened\n1 data 5\n1 peer_closed\n1 closed 0\n");
}

WIRE(listen__chargen)
{
	int i;

	run("listen chargen 1919");
	f->dport = 1919;
	flow_connect(f);
	take(f, 100 * payload(f), ACK_EACH);
	for (i = 0; i < 72; i++)
		check_eq(' ' + i, f->stream[1 + i]);
	check(!memcmp(f->stream + 73, "\r\n!\"", 4));
	run("unlisten 1919");
	drain(f);
	check_state(f, CLOSED);
	check_eq(0, conn_count("ESTABLISHED"));
}

/*
 * The receive buffer: discard takes whatever comes.
 */
#define RTT	100

static void to_discard(struct flow *f, uint8_t offer)
{
	f->dport = 9;
	f->offer = offer;
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, RTT);
	tx(f);
}

/* @bytes, and then the ACKs of so long a time; returns the window. */
static uint32_t some_time(struct flow *f, uint32_t bytes, uint32_t tsecr)
{
	struct got g;

	for (; bytes >= payload(f); bytes -= payload(f))
		tx(f, .len = payload(f), .tsecr = tsecr);
	while (flow_next(f, &g, RTT))
		;
	return f->edge - f->snd;
}

static uint32_t round_trip(struct flow *f, uint32_t bytes)
{
	return some_time(f, bytes, 0);
}

/* Twice what a round trip brought, and twice that while it still grows. */
WIRE(rcvbuf__grows_with_what_is_taken)
{
	uint32_t wnd = 65535;

	run("listen discard 9");
	to_discard(f, WSCALE);
	wnd = round_trip(f, wnd);
	check(wnd >= 60000 && wnd <= 65535);
	wnd = round_trip(f, wnd);
	check(wnd >= 4 * 60000 && wnd <= 4 * 65535);
	wnd = round_trip(f, wnd);
	wnd = round_trip(f, wnd);
	check(wnd >= 700000);
	check_stat("RcvQueueDropped", 0);
}

WIRE(rcvbuf__grows_no_further_than_its_limit)
{
	uint32_t wnd = 65535;

	sysctl_set("rcvbuf_max", "200000");
	run("listen discard 9");
	to_discard(f, WSCALE);
	for (int i = 0; i < 5; i++)
		wnd = round_trip(f, wnd);
	check(wnd > 190000 && wnd <= 200000);
}

/*
 * The path is eight times as long as it was when the connection opened: what comes
 * in all of that time needs more than the first window, what comes in an eighth of it
 * does not.
 */
WIRE(rcvbuf__grows_by_the_round_trip_of_now)
{
	uint32_t wnd = 0;
	int round, i;

	run("listen discard 9");
	to_discard(f, WSCALE | TS);
	for (round = 0; round < 3; round++) {
		const uint32_t echo = f->ts_recent;

		for (i = 0; i < 8; i++)
			wnd = some_time(f, 6500, echo);
		if (!round)
			check(wnd <= 65535);
	}
	check(wnd >= 4 * 45000);
}

/* One that echoes the first timestamp for ever is looked at each second. */
WIRE(rcvbuf__grows_without_an_echo)
{
	uint32_t echo, wnd = 0;
	int i;

	run("listen discard 9");
	to_discard(f, WSCALE | TS);
	echo = f->ts_recent;
	for (i = 0; i < 25; i++)
		wnd = some_time(f, 6500, echo);
	check(wnd >= 4 * 50000);
}

/* A peer that sends little, or cannot hear of more, gets no more. */
WIRE(rcvbuf__does_not_grow_for_nothing)
{
	static struct flow other;
	int i;

	run("listen discard 9");
	to_discard(f, WSCALE);
	for (i = 0; i < 10; i++)
		check(round_trip(f, 2 * payload(f)) <= 65535);
	tx(f, .flags = RST | ACK);
	flow_init(&other, p);
	to_discard(&other, 0);
	for (i = 0; i < 4; i++)
		check(round_trip(&other, 65535) <= 65535);
}

/*
 * Nagle's algorithm, RFC 9293 3.7.4, with Minshall's refinement
 */
WIRE(nagle__a_small_piece_waits_for_the_last_one)
{
	open_established(f, "discard");
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100);
	run("send 1 200");
	run("send 1 300");
	quiet(p, 150);
	check_eq(500, conn_num(f, "unsent"));
	tx(f, .ack = 101);
	rx(f, .flags = PSH | ACK, .seq = 101, .len = 500);
	quiet(p, 150);
}

/* A small piece behind full segments waits for none of them. */
WIRE(nagle__minshall)
{
	uint32_t mss;

	open_established(f, "discard");
	mss = payload(f);
	run("send 1 %u", 2 * mss + 1);
	rx(f, .seq = 1, .len = mss);
	rx(f, .seq = 1 + mss, .len = mss);
	rx(f, .flags = PSH | ACK, .seq = 1 + 2 * mss, .len = 1);
	/* and full ones do not wait for it */
	run("send 1 %u", mss + 1);
	rx(f, .seq = 2 + 2 * mss, .len = mss);
	quiet(p, 150);
	check_eq(1, conn_num(f, "unsent"));
	tx(f, .ack = 1 + 2 * mss);
	quiet(p, 0);
	check_eq(1, conn_num(f, "unsent"));
	tx(f, .ack = 2 + 2 * mss);
	rx(f, .flags = PSH | ACK, .seq = 2 + 3 * mss, .len = 1);
}

WIRE(nagle__off)
{
	open_established(f, "discard");
	run("nodelay 1 1");
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100);
	run("send 1 200");
	rx(f, .flags = PSH | ACK, .seq = 101, .len = 200);
	run("nodelay 1 0");
	run("send 1 300");
	quiet(p, 150);
	/* to switch it off sends what has waited */
	p->mark_us = now_us();
	run("nodelay 1 1");
	rx(f, .flags = PSH | ACK, .seq = 301, .len = 300);
}

/* PRR counts bytes: what is short goes again for as little that has arrived. */
WIRE(nodelay__what_is_short_is_sent_again)
{
	int i;

	open_path(f, SACK, 100);
	run("nodelay 1 1");
	for (i = 0; i < 20; i++) {
		run("send 1 100");
		rx(f, .flags = PSH | ACK, .seq = 1 + i * 100, .len = 100);
	}
	quiet(p, 100);
	tx(f, .ack = 1, .sack = { { 101, 501 } });
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100, .after_ms = 25);
	tx(f, .ack = 1, .sack = { { 601, 701 }, { 101, 501 } });
	rx(f, .flags = PSH | ACK, .seq = 501, .len = 100);
	check_stat("RetransSegs", 2);
	check_stat("FastRecoveries", 1);
}

WIRE(nagle__not_before_fin)
{
	open_established(f, "discard");
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100);
	run("send 1 200");
	quiet(p, 0);
	run("shutdown 1");
	rx(f, .flags = FIN | PSH | ACK, .seq = 101, .len = 200);
}

/*
 * Keep-alive, RFC 9293 3.8.4
 */
#define KEEPALIVE_MS		7200000
#define KEEPALIVE_INTERVAL_MS	75000

#define rx_probe(f, ms)		rx(f, .seq = 0, .after_ms = ms)

WIRE(keepalive__off_by_default)
{
	open_established(f, "discard");
	check_timer(f, "none");
	quiet(p, 2 * KEEPALIVE_MS);
	check_state(f, "ESTABLISHED");
}

WIRE(keepalive__to_its_end)
{
	int i;

	open_established(f, "discard");
	run("keepalive 1 1");
	check_timer(f, "keepalive");
	rx_probe(f, KEEPALIVE_MS);
	for (i = 1; i < 9; i++)
		rx_probe(f, KEEPALIVE_INTERVAL_MS);
	check_stat("KeepaliveProbes", 9);
	rx(f, .flags = RST | ACK, .seq = 1, .after_ms = KEEPALIVE_INTERVAL_MS);
	check_state(f, CLOSED);
	check_stat("KeepaliveTimeouts", 1);
	check_events("1 opened\n1 closed -110\n");
}

/* An answer, and any other segment, begins the wait anew. */
WIRE(keepalive__answered)
{
	open_established(f, "discard");
	run("keepalive 1 1");
	rx_probe(f, KEEPALIVE_MS);
	rx_probe(f, KEEPALIVE_INTERVAL_MS);
	tx(f);
	rx_probe(f, KEEPALIVE_MS);
	tx(f);
	quiet(p, KEEPALIVE_MS / 2);
	tx(f, .data = "GET");
	rx(f, .ack = 4, .after_ms = 40);
	rx(f, .seq = 0, .ack = 4, .after_ms = KEEPALIVE_MS - 40);
	check_stat("KeepaliveProbes", 4);
	run("keepalive 1 0");
	check_timer(f, "none");
}

/* The wheel, set for seven eighths of that time, could ring five minutes after these. */
WIRE(keepalive__keeps_no_other_timer_waiting)
{
	open_established(f, "discard");
	run("keepalive 1 1");
	quiet(p, KEEPALIVE_MS / 8 * 7 + 2000);
	tx(f, .data = "GET");
	rx(f, .ack = 4, .after_ms = 40);
	quiet(p, KEEPALIVE_MS / 8 * 7 + 2000);
	p->mark_us = now_us();
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100);
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100,
	   .after_ms = conn_num(f, "rto_ms"));
	tx(f, .ack = 101);
	rx(f, .seq = 100, .after_ms = KEEPALIVE_MS);
}

WIRE(keepalive__not_while_something_is_owed)
{
	open_established(f, "discard");
	sysctl_set("keepalive_sec", "1");
	sysctl_set("rto_min_ms", "5000");
	run("keepalive 1 1");
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 100);
	quiet(p, 3500);
	tx(f);
	rx(f, .seq = 100, .after_ms = 1000);
	check_stat("KeepaliveProbes", 1);
}

WIRE(keepalive__sysctls)
{
	open_established(f, "discard");
	sysctl_set("keepalive_sec", "10");
	sysctl_set("keepalive_interval_sec", "3");
	sysctl_set("keepalive_probes", "2");
	run("keepalive 1 1");
	rx_probe(f, 10000);
	rx_probe(f, 3000);
	rx(f, .flags = RST | ACK, .seq = 1, .after_ms = 3000);
}

/*
 * The user timeout, RFC 9293 3.10.8, RFC 5482
 */

/* Whatever is retransmitted meanwhile, the connection ends after @ms. */
static void ends_after(struct flow *f, long ms)
{
	uint64_t end = now_ms() + ms - JIFFY_MS;
	struct got g;

	while (now_ms() < end && flow_next(f, &g, end - now_ms()))
		check(g.len);
	check_state(f, "ESTABLISHED");
	quiet(f->p, 3 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("UserTimeouts", 1);
	check_events(ms < 1400 ? "1 opened\n1 closed -110\n" :
				 "1 opened\n1 trouble -110\n1 closed -110\n");
}

WIRE(user_timeout__ends_it)
{
	open_established(f, "discard");
	run("user_timeout 1 1500");
	quiet(p, 10000);
	run("send 1 100");
	ends_after(f, 1500);
}

/* It replaces R2, also if it is longer. */
WIRE(user_timeout__and_r2)
{
	sysctl_set("retries2", "1");
	open_established(f, "discard");
	run("user_timeout 1 20000");
	run("send 1 100");
	ends_after(f, 20000);
}

/* What begins it anew is an ACK of anything new. */
WIRE(user_timeout__begins_anew)
{
	open_plain(f);
	run("user_timeout 1 1000");
	run("send 1 1000");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 1000);
	quiet(p, 100);
	tx(f, .ack = 501);
	ends_after(f, 1000);
}

/* A closed window is no silence, as long as the peer answers (RFC 9293 3.8.6.1). */
WIRE(user_timeout__not_while_probes_are_answered)
{
	struct got g;

	open_plain(f);
	run("user_timeout 1 1000");
	f->wnd = 0;
	tx(f);
	run("send 1 1000");
	while (stat_get("PersistProbes") < 8) {
		tx(f);
		check(flow_next(f, &g, 30000));
		check_eq(1, g.len);
	}
	check_stat("UserTimeouts", 0);
	check_state(f, "ESTABLISHED");
	/* the eighth, 25 s after the seventh, has no answer */
	quiet(p, 2000);
	check_state(f, CLOSED);
	check_stat("UserTimeouts", 1);
}

/* ... nor while the answer to a probe is on its way. */
WIRE(user_timeout__not_before_the_answer)
{
	struct got g;
	int i;

	open_plain(f);
	run("user_timeout 1 1000");
	f->wnd = 0;
	tx(f);
	run("send 1 1000");
	for (i = 0; i < 6; i++) {
		check(flow_next(f, &g, 30000));
		check_eq(1, g.len);
		quiet(p, 300);
		f->rcv = g.seq;
		tx(f, .ack = g.seq);
	}
	check_stat("UserTimeouts", 0);
	check_state(f, "ESTABLISHED");
}

/* The first data has all of it, however long the SYN has taken. */
WIRE(user_timeout__after_a_syn)
{
	open_to(f, "discard");
	run("user_timeout 1 2500");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	quiet(p, 1400);
	run("send 1 100");
	tx_synack(f, .seq = 0);
	check(flow_next(f, &(struct got){}, 0));
	quiet(p, 2400);
	check_state(f, "ESTABLISHED");
	check_stat("UserTimeouts", 0);
	quiet(p, 200);
	check_state(f, CLOSED);
	check_stat("UserTimeouts", 1);
}

/* If it is longer than syn_retries allows, it says all the same. */
WIRE(user_timeout__longer_than_the_retries_of_a_syn)
{
	sysctl_set("syn_retries", "1");
	open_to(f, "discard");
	run("user_timeout 1 10000");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 2000);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 4000);
	quiet(p, 2900);
	check_state(f, "SYN_SENT");
	quiet(p, 200);
	check_state(f, CLOSED);
	check_stat("UserTimeouts", 1);
	check_stat("SynTimeouts", 0);
}

WIRE(user_timeout__of_a_syn)
{
	open_to(f, "discard");
	run("user_timeout 1 2500");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = 1000);
	quiet(p, 1500 - JIFFY_MS);
	check_state(f, "SYN_SENT");
	quiet(p, 3 * JIFFY_MS);
	check_state(f, CLOSED);
	check_events("1 closed -110\n");
	check_stat("UserTimeouts", 1);
}

/*
 * Trouble: an application is told, and TCP goes on (RFC 9293 3.9.1.8)
 */
WIRE(trouble__of_a_syn)
{
	long ms = 1000;
	int i;

	open_to(f, "discard");
	for (i = 1; i <= 3; i++, ms *= 2) {
		check_events("");
		rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = ms);
	}
	check_events("1 trouble -110\n");
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .after_ms = ms);
	check_events("");
	tx_synack(f, .seq = 0);
	rx(f);
	check_events("1 opened\n");
}

/* At R1, and again when there was an answer between. */
WIRE(trouble__of_data)
{
	int i, j;

	open_established(f, "discard");
	run("clear");
	for (i = 0; i < 2; i++) {
		run("send 1 10");
		rx(f, .flags = PSH | ACK, .len = 10);
		for (j = 0; j < 3; j++) {
			check_events("");
			rx(f, .flags = PSH | ACK, .seq = f->rcv - 10, .len = 10,
			   .after_ms = conn_num(f, "expires_ms"));
		}
		check_events("1 trouble -110\n");
		rx(f, .flags = PSH | ACK, .seq = f->rcv - 10, .len = 10,
		   .after_ms = conn_num(f, "expires_ms"));
		check_events("");
		tx(f);
	}
}

/* Each ICMP error about what is in the network, soft or hard. */
WIRE(trouble__of_icmp)
{
	bool v4 = p->family == AF_INET;

	open_established(f, "discard");
	run("clear");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	flow_icmp(f, 1, v4 ? (struct icmp){ 3, 1 } : (struct icmp){ 1, 3 });
	check_events("1 trouble -113\n");
	flow_icmp(f, 1, v4 ? (struct icmp){ 3, 3 } : (struct icmp){ 1, 4 });
	check_events("1 trouble -111\n");
	check_state(f, "ESTABLISHED");
	tx(f);
	flow_icmp(f, 1, v4 ? (struct icmp){ 3, 1 } : (struct icmp){ 1, 3 });
	check_events("");
}

/* MUST-42: a port in SYN_SENT may be listened on; each segment finds its own. */
WIRE(listen__on_a_port_in_syn_sent)
{
	static struct flow g;

	server(f, p);
	run("connect %s %u discard 5000", addr(p), f->sport);
	rx_syn(f);
	run("listen echo 5000");
	flow_init(&g, p);
	g.dport = 5000;
	flow_connect(&g);
	tx(&g, .data = "abc");
	rx(&g, .flags = PSH | ACK, .len = 3);
	tx(&g);
	check_state(f, "SYN_SENT");
	tx_synack(f, .seq = 0);
	rx(f);
	check_state(f, "ESTABLISHED");
	run("unlisten 5000");
	rx(&g, .flags = RST | ACK);
}

/*
 * The user timeout option (RFC 5482)
 */
#define tx_uto(f, value, ...)						\
	tx(f, .opt = ((uint8_t []){ 28, 4, (value) >> 8, (value) & 255 }), \
	   .optlen = 4, __VA_ARGS__)
#define MINUTES		0x8000

/* Whatever comes for so long. */
static void let_pass(struct flow *f, long ms)
{
	uint64_t end = now_ms() + ms;
	struct got g;

	while (now_ms() < end && flow_next(f, &g, end - now_ms()))
		;
}

/* The connection ends after so long, not before. */
static void gone_after(struct flow *f, long ms)
{
	let_pass(f, ms - JIFFY_MS);
	check_state(f, "ESTABLISHED");
	let_pass(f, 4 * JIFFY_MS);
	check_state(f, CLOSED);
}

/* In what is sent until some of that is acknowledged, and within the MSS. */
WIRE(uto__is_advertised)
{
	uint32_t most;

	open_established(f, "discard");
	most = payload(f) - 4;
	run("uto 1 300");
	run("send 1 3000");
	rx(f, .seq = 1, .len = most, .uto = 300);
	rx(f, .len = most, .uto = 300);
	rx(f, .flags = PSH | ACK, .len = 3000 - 2 * most, .uto = 300);
	tx(f, .ack = 1, .data = "x");
	rx(f, .uto = 300, .after_ms = 40);
	tx(f);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	tx(f);
	/* again, in minutes, and what was lost says it again */
	run("uto 1 32768");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10, .uto = MINUTES | 547);
	rx(f, .flags = PSH | ACK, .seq = 3011, .len = 10, .uto = MINUTES | 547,
	   .after_ms = conn_num(f, "expires_ms"));
	tx(f);
	run("uto 1 0");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	tx(f);
}

/* Then retries2 says how long, as before. */
WIRE(uto__is_taken_back)
{
	sysctl_set("retries2", "1");
	open_established(f, "discard");
	run("uto 1 300");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10, .uto = 300);
	tx(f);
	run("uto 1 0");
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	rx(f, .flags = PSH | ACK, .seq = 11, .len = 10, .after_ms = 200);
	gone_after(f, 400);
	check_stat("UserTimeouts", 0);
}

/* RFC 5482 3.2: in the SYN, and in what follows until some of that has arrived. */
WIRE(uto__in_our_syn)
{
	sysctl_set("retries2", "1");
	server(f, p);
	run("connect %s %u patient", addr(p), f->sport);
	p->mark_us = now_us();
	rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss, .uto = 300);
	rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss, .uto = 300,
	   .after_ms = 1000);
	tx_synack(f, .seq = 0);
	rx(f, .uto = 300);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10, .uto = 300);
	tx(f);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	gone_after(f, 300000);
	check_stat("UserTimeouts", 1);
}

/* What the SYN-ACK says is heard. */
WIRE(uto__in_their_synack)
{
	static const uint8_t theirs[] = { 28, 4, 0x80, 10 };
	uint8_t opt[24];
	size_t n;

	server(f, p);
	run("connect %s %u patient", addr(p), f->sport);
	p->mark_us = now_us();
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss, .uto = 300);
	n = flow_syn_options(f, opt);
	memcpy(opt + n, theirs, sizeof(theirs));
	tx(f, .flags = SYN | ACK, .seq = 0, .opt = opt,
	   .optlen = n + sizeof(theirs));
	rx(f, .uto = 300);
	check_stat("InUserTimeouts", 1);
	run("send 1 10");
	gone_after(f, 600000);
}

/* A SYN-ACK says it too, that of a cookie as well. */
WIRE(uto__in_our_synack)
{
	static const char *const cookies[] = { "1", "2" };
	size_t i;

	run("listen patient 99");
	for (i = 0; i < ARRAY_LEN(cookies); i++) {
		sysctl_set("syncookies", cookies[i]);
		flow_init(f, p);
		f->dport = 99;
		flow_syn(f);
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = f->mss,
		   .uto = 300);
		tx(f);
		check_state(f, "ESTABLISHED");
		tx(f, .data = "x");
		rx(f, .uto = 300, .after_ms = 40);
		run("send %zu 10", i + 1);
		rx(f, .flags = PSH | ACK, .len = 10, .uto = 300);
		tx(f);
		tx(f, .data = "x");
		rx(f, .after_ms = 40);
	}
}

/* With timestamps there is room for two SACK blocks beside it. */
WIRE(uto__beside_sack)
{
	f->offer |= SACK;
	server(f, p);
	f->offer |= SACK;
	run("connect %s %u discard", addr(p), f->sport);
	rx_syn(f);
	tx_synack(f, .seq = 0);
	rx(f);
	run("uto 1 300");
	tx(f, .seq = 11, .data = "a");
	rx(f, .ack = 1, .uto = 300, .sack = { { 11, 12 } });
	tx(f, .seq = 21, .data = "b");
	rx(f, .ack = 1, .uto = 300, .sack = { { 21, 22 }, { 11, 12 } });
	tx(f, .seq = 31, .data = "c");
	if (f->agreed & TS)
		rx(f, .ack = 1, .uto = 300, .sack = { { 31, 32 }, { 21, 22 } });
	else
		rx(f, .ack = 1, .uto = 300,
		   .sack = { { 31, 32 }, { 21, 22 }, { 11, 12 } });
}

/* RFC 5482 3.1: ENABLED is false by default. */
WIRE(uto__is_not_heeded_by_default)
{
	sysctl_set("retries2", "1");
	open_established(f, "discard");
	tx_uto(f, 200);
	check_stat("InUserTimeouts", 0);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	let_pass(f, 10000);
	check_state(f, CLOSED);
	check_stat("RtoGiveUps", 1);
	check_stat("UserTimeouts", 0);
}

/* The longest that either end wants, within the bounds. */
static void uto_ends_after(struct flow *f, int id, uint16_t theirs, long ms)
{
	open_established(f, "discard");
	tx_uto(f, theirs);
	run("send %d 10", id);
	gone_after(f, ms);
}

WIRE(uto__is_heeded)
{
	sysctl_set("user_timeout_option", "1");
	sysctl_set("retries2", "1");
	uto_ends_after(f, 1, 200, 200000);
	check_stat("InUserTimeouts", 1);
	uto_ends_after(f, 2, 1, 100000);
	uto_ends_after(f, 3, MINUTES | 5, 300000);
	uto_ends_after(f, 4, MINUTES | 32767, 3600000);
	sysctl_set("user_timeout_min_sec", "2");
	uto_ends_after(f, 5, 1, 2000);
	sysctl_set("user_timeout_max_sec", "10");
	uto_ends_after(f, 6, 11, 10000);
	/* what the application has chosen stays (CHANGEABLE) */
	open_established(f, "discard");
	run("user_timeout 7 1500");
	tx_uto(f, 9);
	run("send 7 10");
	gone_after(f, 1500);
	check_stat("UserTimeouts", 7);
	check_stat("InUserTimeouts", 7);
}

/* Who advertises heeds the peer's, the sysctl or not; 0 is none. */
WIRE(uto__of_both_ends)
{
	sysctl_set("user_timeout_min_sec", "1");
	sysctl_set("retries2", "1");
	open_established(f, "discard");
	run("uto 1 5");
	tx_uto(f, 8);
	tx_uto(f, 0);
	tx_uto(f, MINUTES);
	run("send 1 10");
	gone_after(f, 8000);
	open_established(f, "discard");
	tx_uto(f, 8);		/* not yet */
	run("uto 2 5");
	run("send 2 10");
	gone_after(f, 5000);
	check_stat("InUserTimeouts", 1);
}

/* One that runs ends later, by what is added, and not anew. */
WIRE(uto__while_it_runs)
{
	sysctl_set("user_timeout_option", "1");
	sysctl_set("user_timeout_min_sec", "1");
	open_established(f, "discard");
	tx_uto(f, 5);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	let_pass(f, 3000);
	tx_uto(f, 7, .ack = 1);
	gone_after(f, 4000);
	check_stat("UserTimeouts", 1);
}

/* Only an ACK that is believed is heard: neither a RST nor a guess is. */
WIRE(uto__only_of_an_ack_that_is_believed)
{
	sysctl_set("user_timeout_option", "1");
	open_established(f, "discard");
	tx_uto(f, 200, .flags = RST, .seq = f->snd + 10);
	rx(f);
	tx_uto(f, 200, .flags = RST | ACK, .seq = f->snd + 10);
	rx(f);
	tx_uto(f, 200, .ack = 100000);
	rx(f);
	tx_uto(f, 200, .flags = 0);
	quiet(p, 100);
	check_stat("InUserTimeouts", 0);
	tx_uto(f, 200);
	check_stat("InUserTimeouts", 1);
}

/*
 * RFC 7323 5.5: after 24 days of silence a timestamp is no older than what was
 * remembered, and less than that is not enough. Their end is known to 1024 s.
 */
WIRE(paws__forgets_after_24_days)
{
	enum { TICK = 1024 * 1000 };
	uint32_t old;

	/* Even while nothing happens 24 days have many jiffies: once is enough. */
	wire_only(p, AF_INET);
	if (!(p->offer & TS))
		wire_skip();
	server(f, p);
	run("connect %s %u discard", addr(p), f->sport);
	rx_syn(f);
	tx_synack(f, .seq = 0);
	rx(f);
	old = f->ts_base - 1000;
	tx(f, .data = "a");
	rx(f, .after_ms = 40);
	quiet(p, 24L * 24 * 3600 * 1000 - 2 * TICK);
	tx(f, .data = "b", .tsval = old);
	f->snd = 2;
	rx(f, .ack = 2);
	check_stat("PawsDrops", 1);
	quiet(p, 3 * TICK);
	tx(f, .data = "b", .tsval = old);
	rx(f, .ack = 3, .tsecr = old, .after_ms = 40);
	check_stat("PawsDrops", 1);
	check_events("1 opened\n1 data 1\n1 data 1\n");
}

/* Congestion control is the application's choice, or else the namespace's. */
WIRE(congestion_control__of_a_listener)
{
	char cc[16];

	run("listen reno 1000");
	run("listen discard 1001");
	f->dport = 1000;
	flow_connect(f);
	check(conn_get(f, "cc", cc, sizeof(cc)));
	check(!strcmp(cc, "newreno"));
	flow_init(f, p);
	f->dport = 1001;
	flow_connect(f);
	check(conn_get(f, "cc", cc, sizeof(cc)));
	check(!strcmp(cc, "cubic"));
	open_established(f, "reno");
	check(conn_get(f, "cc", cc, sizeof(cc)));
	check(!strcmp(cc, "newreno"));
	sysctl_set("congestion_control", "newreno");
	open_established(f, "discard");
	check(conn_get(f, "cc", cc, sizeof(cc)));
	check(!strcmp(cc, "newreno"));
	check_eq(EINVAL, command("listen nocc 1002"));
	check_eq(EINVAL, command("connect %s %u nocc", addr(p), f->sport));
}

/*
 * Urgent data, RFC 9293 3.8.5, RFC 6093
 */
WIRE(urgent__is_sent_to_its_end)
{
	struct got g;
	uint32_t mss;

	open_established(f, "discard");
	mss = payload(f);
	run("nodelay 1 1");
	run("urgent 1");	/* nothing is owed: nothing is urgent */
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 10);
	tx(f, .wnd = 0);
	run("send 1 %u", 2 * mss);
	run("urgent 1");
	run("send 1 %u", mss);
	tx(f, .ack = 11);
	rx(f, .flags = URG | ACK, .seq = 11, .len = mss, .urg = 2 * mss);
	rx(f, .flags = URG | ACK, .seq = 11 + mss, .len = mss, .urg = mss);
	rx(f, .flags = PSH | ACK, .seq = 11 + 2 * mss, .len = mss);
	/* what is sent again says it again */
	do {
		check(flow_next(f, &g, 1000));
	} while (g.seq != 11);
	check_eq(URG | PSH | ACK, g.flags);
	check_eq(2 * mss, g.urg);
	tx(f, .ack = 11 + 3 * mss);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
}

/* Before it is open, and when all is acknowledged, our FIN too: nothing is urgent. */
WIRE(urgent__needs_something_owed)
{
	open_to(f, "discard");
	run("urgent 1");
	tx_synack(f, .seq = 0);
	rx(f);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 10);
	tx(f);
	run("shutdown 1");
	rx(f, .flags = FIN | ACK);
	tx(f);
	check_state(f, "FIN_WAIT_2");
	run("urgent 1");
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
}

/* The event segment, in place of data: where a segment lies is no matter. */
WIRE(segment__in_pieces)
{
	static const int linear[] = { 0, 100, 1 };	/* 0: all of it */
	uint8_t text[8000];
	unsigned int i;
	uint32_t seq;

	for (i = 0; i < sizeof(text); i++)
		text[i] = i * 7 + i / 256;
	open_established(f, "mirror");
	check_events("1 opened\n");
	for (i = 0; i < 3; i++) {
		tx(f, .flags = PSH | ACK, .data = text, .len = sizeof(text),
		   .gso = 1000, .linear = linear[i]);
		seq = f->rcv;
		take(f, sizeof(text), ACK_EACH);
		check(!memcmp(f->stream + seq, text, sizeof(text)));
		check_events("1 data 3000\n1 data 3000\n1 data 2000\n");
	}
}

/* It asks more often than it is heard in one event, and no other event comes. */
WIRE(read_more__to_the_end)
{
	static uint8_t text[60000];
	char want[400] = "";
	int i;

	open_established(f, "gulp");
	check_events("1 opened\n");
	tx(f, .flags = PSH | FIN | ACK, .data = text, .len = sizeof(text),
	   .gso = 1000);
	for (i = 0; i < 20; i++)
		strcat(want, "1 data 3000\n");
	strcat(want, "1 peer_closed\n");
	rx(f, .ack = 1 + sizeof(text) + 1);
	quiet(p, 1000);
	check_events(want);
	check_state(f, "CLOSE_WAIT");
	check_timer(f, "none");
}

/* MUST-31 to MUST-33: in place, told once, and how much there is. */
WIRE(urgent__is_told)
{
	open_established(f, "echo");
	tx(f, .data = "ab");
	rx(f, .flags = PSH | ACK, .len = 2);
	tx(f, .flags = PSH | ACK | URG, .data = "cde", .urg = 5);
	rx(f, .flags = PSH | ACK, .len = 3);
	tx(f, .flags = PSH | ACK | URG, .data = "f", .urg = 2);
	rx(f, .flags = PSH | ACK, .len = 1);
	tx(f, .flags = PSH | ACK | URG, .data = "gh", .urg = 1);
	rx(f, .flags = PSH | ACK, .len = 2);
	tx(f, .flags = PSH | ACK | URG, .data = "i", .urg = 1);
	rx(f, .flags = PSH | ACK, .len = 1);
	/* an old pointer is none */
	tx(f, .flags = ACK | URG, .urg = 0);
	/* the pointer moves on while some is left, then stays */
	check_events("1 opened\n1 data 2\n1 urgent 5\n1 data 3\n"
		     "1 data 1\n1 data 2\n1 urgent 1\n1 data 1\n");
	check_stat("InUrgents", 5);
}

/* SHLD-13: an ACK alone may say it, before the data can be sent. */
WIRE(urgent__before_its_data)
{
	open_established(f, "discard");
	tx(f, .flags = ACK | URG, .urg = 100);
	check_events("1 opened\n1 urgent 100\n");
	open_established(f, "discard");
	tx(f, .wnd = 0);
	run("send 2 100");
	run("urgent 2");
	tx(f, .data = "x", .wnd = 0);
	rx(f, .flags = ACK | URG, .seq = 1, .urg = 100, .after_ms = 40);
	f->wnd = 0;
	rx(f, .flags = PSH | ACK | URG, .seq = 1, .len = 1, .urg = 100,
	   .after_ms = 160);
	tx(f, .ack = 1, .wnd = 65535);
	rx(f, .flags = PSH | ACK | URG, .seq = 1, .len = 1, .urg = 100);
}

/* The FIN is there before the segment that says it, or that is sent again. */
WIRE(urgent__after_an_early_fin)
{
	open_established(f, "discard");
	tx(f, .seq = 6, .flags = FIN | ACK);
	rx(f);
	f->snd = 1;
	tx(f, .flags = PSH | ACK | URG, .data = "abcde", .urg = 100);
	rx(f, .ack = 7);
	check_events("1 opened\n1 urgent 5\n1 data 5\n1 peer_closed\n");
}

/* It comes with them: there is nothing beyond, urgent or not. */
WIRE(urgent__beyond_a_fin)
{
	open_established(f, "discard");
	tx(f, .flags = FIN | PSH | ACK | URG, .data = "abcde", .urg = 100);
	rx(f, .ack = 7);
	check_events("1 opened\n1 urgent 5\n1 data 5\n1 peer_closed\n");
	open_established(f, "discard");
	tx(f, .flags = FIN | ACK | URG, .urg = 100);
	rx(f, .ack = 2);
	check_events("2 opened\n2 peer_closed\n");
	/* it comes later */
	open_established(f, "discard");
	tx(f, .flags = PSH | ACK | URG, .data = "abc", .urg = 100);
	rx(f, .after_ms = 40);
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_events("3 opened\n3 urgent 100\n3 data 3\n3 peer_closed\n");
}

/* MUST-32: and again whenever the pointer advances, but for no old one. */
WIRE(urgent__is_told_again_when_it_advances)
{
	open_established(f, "discard");
	tx(f, .flags = ACK | URG, .urg = 100);
	check_events("1 opened\n1 urgent 100\n");
	tx(f, .flags = ACK | URG, .urg = 100);
	tx(f, .flags = ACK | URG, .urg = 99);
	check_events("");
	tx(f, .flags = ACK | URG, .urg = 101);
	check_events("1 urgent 101\n");
	tx(f, .flags = ACK | URG | PSH, .data = "0123456789", .urg = 200);
	rx(f, .after_ms = 40);
	check_events("1 urgent 200\n1 data 10\n");
	tx(f, .flags = ACK | URG, .urg = 190);
	check_events("");
	tx(f, .flags = ACK | URG, .urg = 191);
	check_events("1 urgent 191\n");
}

/* MUST-48, SHLD-22, SHLD-21: from the SYN to TIME_WAIT, and changed between. */
WIRE(dscp__of_an_active_open)
{
	p->dscp = 46;
	open_to(f, "marked");
	rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss,
	   .after_ms = 1000);
	tx_synack(f, .seq = 0);
	rx(f);
	run("send 1 10");
	rx(f, .flags = PSH | ACK, .len = 10);
	p->dscp = 63;
	run("dscp 1 63");
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 10, .after_ms = 3000);
	tx(f);
	run("shutdown 1");
	rx(f, .flags = FIN | ACK);
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1);
	rx(f);
	/* what belongs to nothing is not marked */
	flow_init(f, p);
	p->dscp = 0;
	tx(f, .seq = 1, .ack = 1);
	rx(f, .flags = RST, .seq = 1);
}

WIRE(dscp__of_a_passive_open)
{
	static struct flow g[2];
	int i;

	run("listen marked 99");
	p->dscp = 46;
	for (i = 0; i < 2; i++) {	/* by the backlog, then by cookie */
		sysctl_set("syncookies", i ? "2" : "0");
		flow_init(&g[i], p);
		g[i].dport = 99;
		flow_connect(&g[i]);
		run("send %d 1", i + 1);
		rx(&g[i], .flags = PSH | ACK, .len = 1);
		tx(&g[i]);
	}
	p->dscp = 0;
	run("dscp 2 0");
	run("abort 2");
	rx(&g[1], .flags = RST | ACK);
	/* of that connection alone */
	p->dscp = 46;
	run("abort 1");
	rx(&g[0], .flags = RST | ACK);
}

WIRE(listen__and_the_sysctl)
{
	char ports[64];
	static struct flow g;

	run("listen discard 99");
	check_eq(EADDRINUSE, command("listen echo 99"));
	check_eq(EADDRINUSE, command("listen echo 8080"));
	check_eq(EADDRINUSE, sysctl_try("ports", "8080,99"));
	sysctl_get("ports", ports, sizeof(ports));
	check(!strcmp(ports, "8080"));
	check_eq(ENOENT, command("unlisten 8080"));
	f->dport = 99;
	flow_connect(f);
	flow_init(&g, p);
	flow_connect(&g);
	/* the administrator's go, the module's stays */
	sysctl_set("ports", "");
	rx(&g, .flags = RST | ACK, .wnd = 0);
	check_state(f, "ESTABLISHED");
	tx(f, .flags = PSH | ACK, .data = "on");
	rx(f, .after_ms = 40);
	sysctl_set("ports", "8080");
	/* and the other way around */
	flow_init(&g, p);
	flow_connect(&g);
	run("unlisten 99");
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(&g, "ESTABLISHED");
	check_events("1 opened\n1 data 2\n1 closed -103\n");
	run("listen echo 99");
}

/* The same at one address of this host (MUST-43); an unspecified one is all. */
WIRE(listen__at_an_address)
{
	const char *ours = p->family == AF_INET ? "10.0.0.1" : "2001:db8::1";
	const char *loop = p->family == AF_INET ? "127.0.0.1" : "::1";
	const char *any = p->family == AF_INET ? "0.0.0.0" : "::";
	char ports[64];

	run("listen discard 99 %s", loop);
	check_eq(EADDRINUSE, command("listen echo 99 %s", loop));
	check_eq(EADDRINUSE, command("listen echo 99"));
	check_eq(EADDRINUSE, sysctl_try("ports", "8080,99"));
	check_eq(EADDRNOTAVAIL, command("listen echo 99 %s", addr(p)));
	check_eq(EINVAL, command("listen echo 99 fe80::1"));
	check_eq(EINVAL, command("listen echo 99 224.0.0.1"));
	check_eq(EINVAL, command("listen echo 0 %s", ours));
	check_eq(ENOENT, command("unlisten 99"));
	check_eq(ENOENT, command("unlisten 99 %s", ours));
	f->dport = 99;
	flow_syn(f);		/* the host's own TCP answers */
	rx(f, .flags = RST | ACK, .seq = 0, .ack = 1, .wnd = 0);
	check_stat("InSegs", 0);

	/* two applications and the responder share the port */
	run("listen echo 99 %s", ours);
	snprintf(ports, sizeof(ports), p->family == AF_INET ? "8080,%s:99" :
							      "8080,[%s]:99",
		 p->family == AF_INET ? "127.0.0.2" : ours);
	check_eq(p->family == AF_INET ? 0 : EADDRINUSE,
		 sysctl_try("ports", ports));
	flow_init(f, p);
	f->dport = 99;
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = "on");
	rx(f, .flags = PSH | ACK, .len = 2);
	tx(f);
	run("unlisten 99 %s", loop);
	check_state(f, "ESTABLISHED");
	run("unlisten 99 %s", ours);
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_events("1 opened\n1 data 2\n1 closed -103\n");

	sysctl_set("ports", "8080");
	run("listen discard 99 %s", any);
	flow_init(f, p);
	f->dport = 99;
	flow_connect(f);
	run("unlisten 99");
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_eq(ENOENT, command("unlisten 99 %s", any));
}

/* Without any port the hooks are there, and a connection is no listener's. */
WIRE(connect__needs_no_port)
{
	sysctl_set("ports", "");
	open_established(f, "discard");
	sysctl_set("ports", "8080");
	sysctl_set("ports", "");
	check_state(f, "ESTABLISHED");
	tx(f, .flags = PSH | ACK, .data = "still here");
	rx(f, .after_ms = 40);
	check_events("1 opened\n1 data 10\n");
}

/*
 * ICMP errors (RFC 9293 3.9.2.2, RFC 5461, RFC 5927). What they do to any open
 * connection is in icmp.c.
 */
struct trouble {
	struct icmp e;
	int err;
};

static const struct trouble hard4[] = {
	{ { 3, 2 }, ENOPROTOOPT }, { { 3, 3 }, ECONNREFUSED },
	{ { 3, 9 }, ENETUNREACH }, { { 3, 10 }, EHOSTUNREACH },
	{ { 3, 13 }, EHOSTUNREACH },
};

static const struct trouble hard6[] = {
	{ { 1, 4 }, ECONNREFUSED }, { { 1, 1 }, EACCES }, { { 1, 5 }, EACCES },
	{ { 1, 6 }, EACCES },
};

static const struct trouble soft4[] = {
	{ { 3, 0 }, ENETUNREACH }, { { 3, 1 }, EHOSTUNREACH },
	{ { 11, 0 }, EHOSTUNREACH }, { { 12, 0 }, EPROTO },
};

static const struct trouble soft6[] = {
	{ { 1, 0 }, ENETUNREACH }, { { 1, 3 }, EHOSTUNREACH },
	{ { 3, 0 }, EHOSTUNREACH }, { { 4, 1 }, EPROTO },
};

#define TROUBLE(p, kind, n)						\
	(*(n) = (p)->family == AF_INET ? ARRAY_LEN(kind##4) :		\
					 ARRAY_LEN(kind##6),		\
	 (p)->family == AF_INET ? kind##4 : kind##6)

static void check_closed(int id, int err)
{
	char want[32];

	snprintf(want, sizeof(want), "%d closed %d\n", id, -err);
	check_events(want);
}

/* The application has heard of it, and of nothing else. */
static void check_troubled(int id, int err)
{
	char want[64];

	snprintf(want, sizeof(want), "%d trouble %d\n", id, -err);
	check_events(want);
}

WIRE(icmp__hard_error_refuses_a_syn)
{
	size_t n, i;
	const struct trouble *t = TROUBLE(p, hard, &n);

	for (i = 0; i < n; i++) {
		open_to(f, "discard");
		/* not about our SYN */
		flow_icmp(f, -1, t[i].e);
		flow_icmp(f, 1, t[i].e);
		check_state(f, "SYN_SENT");
		check_stat("InIcmpIgnored", 2 * (i + 1));
		flow_icmp(f, 0, t[i].e);
		check_state(f, CLOSED);
		check_closed(i + 1, t[i].err);
		check_stat("InIcmpRefused", i + 1);
	}
	check_stat("InIcmpErrors", 0);
	check_stat("AttemptFails", n);
	check_stat("CurrConns", 0);
	quiet(p, 10000);
}

/* It may pass: the SYN goes out again, and the SYN-ACK is taken. */
WIRE(icmp__soft_error_does_not_end_a_syn)
{
	size_t n, i;
	const struct trouble *t = TROUBLE(p, soft, &n);

	p->offer &= ~SACK;	/* no loss probes */
	open_to(f, "discard");
	for (i = 0; i < n; i++) {
		flow_icmp(f, 0, t[i].e);
		check_troubled(1, t[i].err);
	}
	check_stat("InIcmpErrors", n);
	check_stat("InIcmpRefused", 0);
	p->mark_us = now_us();
	rx(f, .flags = SYN, .seq = 0, .wnd = 65535, .mss = f->mss,
	   .after_ms = 1000);
	tx_synack(f, .seq = 0);
	rx(f);
	check_events("1 opened\n");
	/* nor is it remembered when the peer was heard */
	sysctl_set("retries2", "1");
	run("send 1 5");
	rx(f, .flags = PSH | ACK, .len = 5);
	/* the SYN was lost: RFC 6298 5.7 */
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 5, .after_ms = 3000);
	quiet(p, 6000 + LATE_MS);
	check_closed(1, ETIMEDOUT);
}

WIRE(icmp__soft_error_is_why_a_syn_is_given_up)
{
	size_t n, i;
	const struct trouble *t = TROUBLE(p, soft, &n);

	sysctl_set("syn_retries", "0");
	for (i = 0; i < n; i++) {
		open_to(f, "discard");
		flow_icmp(f, -1, t[(i + 1) % n].e);
		flow_icmp(f, 0, t[i].e);
		flow_icmp(f, 1, t[(i + 1) % n].e);
		check_troubled(i + 1, t[i].err);
		quiet(p, 1000 + 2 * LATE_MS);
		check_state(f, CLOSED);
		check_closed(i + 1, t[i].err);
	}
	check_stat("InIcmpErrors", n);
	check_stat("InIcmpIgnored", 2 * n);
	check_stat("SynTimeouts", n);
}

/* RFC 5927 5.2: SYN_RECV has seen the peer, and is not SYN_SENT. */
WIRE(icmp__hard_error_does_not_end_syn_recv)
{
	size_t n, i;
	const struct trouble *t = TROUBLE(p, hard, &n);

	open_simultaneous(f, "discard");
	for (i = 0; i < n; i++) {
		flow_icmp(f, 0, t[i].e);
		check_troubled(1, t[i].err);
	}
	check_state(f, "SYN_RECV");
	check_stat("InIcmpErrors", n);
	tx(f);
	check_state(f, "ESTABLISHED");
	check_events("1 opened\n");
}

static void given_up(struct flow *f, int id, const struct trouble *t, bool heard)
{
	open_established(f, "discard");
	run("send %d 5", id);
	rx(f, .flags = PSH | ACK, .len = 5);
	run("clear");
	flow_icmp(f, 1, t->e);
	check_troubled(id, t->err);
	flow_icmp(f, 6, (t + 1)->e);
	if (heard)
		tx(f, .ack = 1);
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 5, .after_ms = 200);
	rx(f, .flags = PSH | ACK, .seq = 1, .len = 5, .after_ms = 400);
	quiet(f->p, 800 - 2 * JIFFY_MS);
	check_state(f, "ESTABLISHED");
	quiet(f->p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
}

/* Hard or soft: the reason is what was last said, if nothing was heard since. */
WIRE(icmp__error_is_why_a_connection_is_given_up)
{
	const struct trouble *t;
	size_t n, i;
	int id = 0;

	p->offer &= ~SACK;	/* no loss probes */
	sysctl_set("retries2", "2");
	t = TROUBLE(p, soft, &n);
	for (i = 0; i < n - 1; i++) {
		given_up(f, ++id, &t[i], false);
		check_closed(id, t[i].err);
	}
	check_stat("InIcmpErrors", id);
	check_stat("InIcmpIgnored", id);
	t = TROUBLE(p, hard, &n);
	given_up(f, ++id, t, false);
	check_closed(id, t->err);
	given_up(f, ++id, t, true);
	check_closed(id, ETIMEDOUT);
	check_stat("RtoGiveUps", id);
	check_stat("InIcmpRefused", 0);
}

/*
 * What has been acknowledged reaches the application, though both sides have closed: the
 * peer's FIN is not taken before.
 */
WIRE(unread__before_time_wait)
{
	int i;

	open_established(f, "sip");
	run("shutdown 1");
	rx(f, .flags = FIN | ACK, .len = 0);
	tx(f, .ack = 2);
	check_state(f, "FIN_WAIT_2");
	tx(f, .flags = PSH | FIN | ACK, .data = "01234", .ack = 2);
	rx(f, .seq = 2, .ack = 6);
	check_state(f, "FIN_WAIT_2");
	for (i = 0; i < 3; i++)
		run("more 1");
	check_events("1 opened\n1 data 1\n1 data 1\n1 data 1\n1 data 1\n");
	/* again, with more than it had: there is nothing after a FIN */
	tx(f, .seq = 6, .flags = PSH | FIN | ACK, .data = "x", .ack = 2);
	rx(f, .seq = 2, .ack = 6);
	run("more 1");
	rx(f, .seq = 2, .ack = 7);
	check_events("1 data 1\n1 peer_closed\n1 closed 0\n");
	check_state(f, "TIME_WAIT");
}

/* While we have something to send the FIN is acknowledged at once: the peer is patient. */
WIRE(unread__in_closing)
{
	int i;

	open_established(f, "sip");
	tx(f, .flags = PSH | ACK, .data = "01234", .wnd = 0);
	rx(f, .ack = 6, .after_ms = 40);
	run("send 1 3");
	run("shutdown 1");
	check_state(f, "FIN_WAIT_1");
	tx(f, .seq = 6, .flags = FIN | ACK, .wnd = 0);
	rx(f, .ack = 7);
	check_state(f, "CLOSING");
	tx(f, .seq = 7, .wnd = 1000);
	rx(f, .flags = PSH | FIN | ACK, .len = 3, .ack = 7);
	tx(f, .seq = 7, .ack = 5);
	check_state(f, "CLOSING");
	for (i = 0; i < 2; i++)
		run("more 1");
	check_state(f, "CLOSING");
	run("keepalive 1 1");
	quiet(p, 10000000);
	run("more 1");
	check_events("1 opened\n1 data 1\n1 data 1\n1 data 1\n1 data 1\n1 data 1\n"
		     "1 peer_closed\n1 closed 0\n");
	check_state(f, "TIME_WAIT");
}

WIRE(unread__before_last_ack_ends)
{
	int i;

	open_established(f, "sip");
	tx(f, .flags = PSH | FIN | ACK, .data = "01234");
	rx(f, .ack = 7);
	f->snd = 7;
	run("shutdown 1");
	rx(f, .flags = FIN | ACK, .ack = 7);
	tx(f, .seq = 7, .ack = 2);
	check_state(f, "LAST_ACK");
	for (i = 0; i < 3; i++)
		run("more 1");
	check_state(f, "LAST_ACK");
	tx(f, .seq = 7, .ack = 2);
	run("more 1");
	check_events("1 opened\n1 data 1\n1 data 1\n1 data 1\n1 data 1\n1 data 1\n"
		     "1 peer_closed\n1 closed 0\n");
	check_state(f, CLOSED);
	quiet(p, 1000);
}

/*
 * RFC 9293 3.10.5: whoever has closed, and has our FIN, hears no RST. It would end his
 * TIME_WAIT (RFC 1337).
 */
WIRE(unread__given_up_after_both_have_closed)
{
	static const char *const how[] = { "close", "abort" };
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_LEN(how); i++) {
		bool closing = i & 1;

		open_established(f, "sip");
		tx(f, .flags = PSH | ACK, .data = "01234");
		rx(f, .ack = 6, .after_ms = 40);
		if (closing) {
			run("shutdown %u", i + 1);
			rx(f, .flags = FIN | ACK, .ack = 6);
			tx(f, .flags = FIN | ACK, .ack = 1);
			rx(f, .ack = 7);
		} else {
			tx(f, .flags = FIN | ACK);
			rx(f, .ack = 7);
			run("shutdown %u", i + 1);
			rx(f, .flags = FIN | ACK, .ack = 7);
		}
		tx(f, .ack = 2);
		check_state(f, closing ? "CLOSING" : "LAST_ACK");
		run("%s %u", how[i / 2], i + 1);
		quiet(p, 1000);
		check_state(f, CLOSED);
	}
	check_stat("OutRsts", 0);
}

/*
 * Our window is closed, data of ours is on its way, and the peer has probed with one
 * byte, which was not taken: its SND.NXT is beyond our window (RFC 9293 3.10.7.4).
 */
#define SMALL_RCVBUF	4096
#define CLOSED_EDGE	(1 + SMALL_RCVBUF)

static void close_window(struct flow *f)
{
	int i;

	sysctl_set("rcvbuf", "4096");
	server(f, f->p);
	f->offer &= ~SACK;
	run("connect %s %u sip", addr(f->p), f->sport);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss);
	tx_synack(f, .seq = 0);
	rx(f);
	for (i = 0; i < 4; i++) {
		tx(f, .len = SMALL_RCVBUF / 4);
		rx(f, .after_ms = 40);
	}
	check_eq(CLOSED_EDGE, f->snd);
	check_eq(0, conn_num(f, "rcv_wnd"));
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .len = 100);
}

#define tx_window_probe(f)						\
	do {								\
		tx(f, .seq = CLOSED_EDGE, .data = "x", .ack = 1);	\
		rx(f, .ack = CLOSED_EDGE, .wnd = 0);			\
	} while (0)

/* A window is told in units: who reads less than one has nothing to tell. */
WIRE(closed_window__opens_by_a_unit)
{
	const int unit = 1 << 11, segs = 63;
	struct got g;
	int i;

	sysctl_set("rcvbuf_max", "67108864");
	server(f, f->p);
	f->offer = WSCALE;
	run("connect %s %u sip", addr(f->p), f->sport);
	rx(f, .flags = SYN, .seq = 0, .mss = f->mss);
	tx_synack(f, .seq = 0);
	rx(f);
	check_eq(11, f->their_wscale);
	for (i = 0; i < segs; i++)
		tx(f, .len = 1024);
	drain(f);
	check(conn_num(f, "rcv_wnd") <= 2048);
	/* a byte each time; one or two were taken with each segment */
	for (i = 0; i < 2 * unit && !flow_next(f, &g, 0); i++)
		run("more 1");
	figure("after %d bytes", i);
	check(i > unit - 2 * segs && i <= unit);
	check_eq(1, g.wnd);
}

WIRE(closed_window__ack_from_behind_a_probe)
{
	close_window(f);
	tx_window_probe(f);
	tx(f, .seq = CLOSED_EDGE + 1, .ack = 101, .wnd = 1000);
	check_eq(0, conn_num(f, "unacked"));
	quiet(p, 2000);
	check_stat("RetransSegs", 0);
	check_stat("InUnacceptable", 0);
	/* no further than that */
	tx(f, .seq = CLOSED_EDGE + 2, .ack = 101);
	rx(f, .ack = CLOSED_EDGE, .wnd = 0);
	check_stat("InUnacceptable", 1);
}

WIRE(closed_window__rst_from_behind_a_probe)
{
	close_window(f);
	tx(f, .seq = CLOSED_EDGE, .ack = 101);
	tx(f, .seq = CLOSED_EDGE, .data = "x", .ack = 101);
	rx(f, .ack = CLOSED_EDGE, .wnd = 0);
	tx(f, .flags = RST, .seq = CLOSED_EDGE + 2);
	quiet(p, 0);
	check_stat("ChallengeAcks", 0);
	tx(f, .flags = RST, .seq = CLOSED_EDGE + 1);
	rx(f, .ack = CLOSED_EDGE, .wnd = 0);
	check_stat("ChallengeAcks", 1);
	check_state(f, "ESTABLISHED");
	/* which says what number he would believe (RFC 5961 3.2) */
	tx(f, .flags = RST, .seq = CLOSED_EDGE);
	check_state(f, CLOSED);
}

/* A FIN takes no room; with data that has none it comes again. */
WIRE(closed_window__fin)
{
	close_window(f);
	tx(f, .flags = FIN | PSH | ACK, .seq = CLOSED_EDGE, .data = "x",
	   .ack = 101);
	rx(f, .ack = CLOSED_EDGE, .wnd = 0);
	check_state(f, "ESTABLISHED");
	tx(f, .flags = FIN | ACK, .seq = CLOSED_EDGE, .ack = 101);
	rx(f, .ack = CLOSED_EDGE + 1, .wnd = 0);
	check_state(f, "CLOSE_WAIT");
}

/* RFC 5681 2 (b): what carries data is no duplicate ACK, taken or not. */
WIRE(closed_window__probes_are_no_duplicate_acks)
{
	int i;

	close_window(f);
	for (i = 0; i < 4; i++)
		tx_window_probe(f);
	check_stat("InDupAcks", 0);
	check_stat("FastRecoveries", 0);
	tx(f, .seq = CLOSED_EDGE, .ack = 101);
	quiet(p, 1000);
}

/* RFC 5682 2.1, 2b: Nagle's algorithm does not hold what F-RTO sends. */
WIRE(frto__is_not_held_by_nagle)
{
	uint32_t mss;

	open_plain(f);
	mss = payload(f);
	run("send 1 %u", 3 * mss + 1);
	rx(f, .seq = 1, .len = mss);
	rx(f, .seq = 1 + mss, .len = mss);
	rx(f, .seq = 1 + 2 * mss, .len = mss);
	rx(f, .flags = PSH | ACK, .seq = 1 + 3 * mss, .len = 1);
	run("send 1 1");
	quiet(p, 0);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = mss,
	   .after_ms = conn_num(f, "rto_ms"));
	tx(f, .ack = 1 + mss);
	rx(f, .flags = PSH | ACK, .seq = 2 + 3 * mss, .len = 1);
}

/* A connection over a steady path of 290 ms, after 16 round trips of eight segments. */
static uint32_t long_path(struct flow *f, uint8_t offer, int segments)
{
	uint32_t mss;
	int i;

	open_path(f, offer, 290);
	mss = payload(f);
	run("send 1 %u", segments * mss);
	for (i = 0; i < 16; i++) {
		drain(f);
		quiet(f->p, 290);
		tx(f, .wnd = 8 * mss);
	}
	return mss;
}

/*
 * What is sent again needs a round trip, and was found lost a while after the last
 * ACK of new data: the timer begins anew (RFC 6675 6).
 */
static void repaired_in_time(struct flow *f, uint8_t offer)
{
	uint32_t mss = long_path(f, offer, 300), una = f->rcv, ts;

	drain(f);
	ts = f->ts_recent;
	quiet(f->p, 290);
	/* the first arrives, the second does not, the next three do later */
	tx(f, .ack = una + mss, .wnd = 8 * mss);
	drain(f);
	quiet(f->p, 200);
	tx(f, .ack = una + mss, .wnd = 8 * mss, .tsecr = offer & TS ? ts : 0,
	   .sack = { { una + 2 * mss, una + 5 * mss } });
	drain(f);
	check_stat("FastRecoveries", 1);
	quiet(f->p, 290);
	tx(f);
	drain(f);
	check_stat("RtoTimeouts", 0);
	check_stat("RetransSegs", 1);
}

WIRE(rto__repair_has_its_time)
{
	repaired_in_time(f, SACK);
}

WIRE(rto__repair_has_its_time_with_timestamps)
{
	repaired_in_time(f, SACK | TS);
}

/* RTTVAR fades on a steady path; then there is room for a delayed ACK all the same. */
WIRE(rto__has_room_for_a_delayed_ack)
{
	long_path(f, SACK, 16 * 8);
	check_eq(0, conn_num(f, "unsent"));
	check_eq(0, conn_num(f, "unacked"));
	check_near(290 + 200, conn_num(f, "rto_ms"));
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .len = 100);
	quiet(p, 290 + 150);
	tx(f);
	check_stat("RetransSegs", 0);
}

/* The D-SACK of a loss probe does not say that what was lost was not. */
WIRE(undo__not_by_the_copy_of_a_probe)
{
	uint32_t mss;
	struct got g;

	open_path(f, SACK, 100);
	mss = payload(f);
	run("send 1 %u", 4 * mss);
	drain(f);
	check(flow_next(f, &g, 250));
	check_stat("LossProbes", 1);
	check_eq(mss, g.len);
	quiet(p, 10);
	/* 2, 3 and the original of 4 were late, 1 is lost */
	tx(f, .ack = 1, .sack = { { 1 + mss, 1 + 4 * mss } });
	check(flow_next(f, &g, 100));
	check_stat("FastRecoveries", 1);
	check_stat("RetransSegs", 2);
	quiet(p, 50);
	/* then the probe */
	tx(f, .ack = 1, .sack = { { 1 + 3 * mss, 1 + 4 * mss }, { 1 + mss, 1 + 4 * mss } });
	drain(f);
	check_stat("Undos", 0);
}

/*
 * What fills the hole is taken, however much memory lies behind it: that goes, and
 * comes again.
 */
WIRE(data__hole_is_filled)
{
	unsigned long dropped;
	int i;

	open_established(f, "sip");
	tx(f, .flags = PSH | ACK, .data = "01234");
	rx(f, .ack = 6, .after_ms = 40);
	for (i = 1; i <= 600; i++) {
		tx(f, .seq = 6 + 50 * i, .len = 50);
		drain(f);
	}
	dropped = stat_get("RcvQueueDropped");
	check_eq(600, dropped + stat_get("OfoQueued"));
	tx(f, .seq = 6, .len = 50);
	rx(f, .ack = 56);
	check_eq(600, stat_get("RcvQueueDropped"));
	for (i = 1; i <= 10; i++) {
		tx(f, .seq = 6 + 50 * i, .len = 50);
		drain(f);
	}
	check_eq(5 + 50 * 11, conn_num(f, "bytes_in"));
}

/* A probe repairs the tail of a long flight: that counts, not what is sent next. */
WIRE(tlp__loss_is_half_of_a_flight_that_is_over)
{
	uint32_t mss;
	struct got g;

	sysctl_set("congestion_control", "newreno");
	open_path(f, SACK, 100);
	mss = payload(f);
	run("send 1 %u", 10 * mss);
	drain(f);
	check(flow_next(f, &g, 250));
	check_stat("LossProbes", 1);
	quiet(p, 100);
	tx(f);
	run("send 1 100");
	rx(f, .flags = PSH | ACK, .len = 100);
	quiet(p, 100);
	tx(f);
	check_eq(5 * mss, conn_num(f, "ssthresh"));
}

TEST_HARNESS_MAIN

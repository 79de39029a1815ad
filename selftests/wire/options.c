// SPDX-License-Identifier: GPL-2.0
/*
 * Window scale and timestamps (RFC 7323), and that options are agreed on in the
 * SYNs or not used at all. SACK is in sack.c.
 */
#include "wire.h"

#define ALL	(WSCALE | TS | SACK)

/* RFC 7323 2.3: rcvbuf_max >> 7 fits into 16 bits, rcvbuf_max >> 6 does not. */
#define THEIR_WSCALE	7

static void connect_with(struct flow *f, uint8_t offer, uint8_t wscale)
{
	f->offer = offer;
	f->wscale = wscale;
	flow_connect(f);
}

/*
 * What is agreed on
 */
WIRE(syn__each_option_is_answered_if_offered)
{
	int offer;

	for (offer = 0; offer <= ALL; offer++) {
		flow_init(f, p);
		f->offer = offer;
		f->wscale = 3;
		flow_syn(f);
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 65535,
		   .mss = ANY, .tsecr = offer & TS ? ts_clock(f) : 0);
		check_eq(offer, f->agreed);
		check_eq(offer & WSCALE ? THEIR_WSCALE : 0, f->their_wscale);
		tx(f, .flags = RST);
	}
}

WIRE(syn__sysctls_turn_options_off)
{
	static const struct {
		const char *name;
		int left;
	} cases[] = {
		{ "window_scaling", TS | SACK },
		{ "timestamps", WSCALE | SACK },
		{ "sack", WSCALE | TS },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		sysctl_set(cases[i].name, "0");
		flow_init(f, p);
		f->offer = ALL;
		flow_syn(f);
		flow_synack(f);
		check_eq(cases[i].left, f->agreed);
		tx(f);
		check_state(f, "ESTABLISHED");
		tx(f, .flags = RST | ACK);
		sysctl_set(cases[i].name, "1");
	}
}

WIRE(syn_ack__again_with_the_same_options)
{
	f->offer = ALL;
	flow_syn(f);
	flow_synack(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .after_ms = 1000);
	check_eq(ALL, f->agreed);
	f->snd = 0;
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY,
	   .tsecr = ts_clock(f));
	check_eq(ALL, f->agreed);
}

/* Some stacks try without options in the end, and use none of those in our answers then. */
WIRE(syn_ack__again_with_less)
{
	f->offer = ALL;
	flow_syn(f);
	flow_synack(f);
	check_eq(ALL, f->agreed);
	f->snd = 0;
	f->offer = 0;
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	tx(f);
	check_state(f, "ESTABLISHED");
	tx(f, .data = "G", .wnd = 1000);
	rx(f, .wnd = 65534, .after_ms = 40);
	check_eq(1000, conn_num(f, "snd_wnd"));
	drain(f);
}

/* Nor do they send what may have been too long: the smallest MSS holds. */
WIRE(syn_ack__again_with_a_smaller_mss)
{
	static const uint16_t mss[] = { 1000, 600, 1400 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(mss); i++) {
		uint8_t opt[] = { 2, 4, mss[i] >> 8, mss[i] & 0xff };

		f->snd = 0;
		tx(f, .flags = SYN, .ack = 0, .opt = opt, .optlen = sizeof(opt));
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	}
	tx(f);
	check_state(f, "ESTABLISHED");
	check_eq(600, conn_num(f, "mss"));
}

/* RFC 6691: the MSS option says nothing of options, segments have room for them. */
WIRE(mss__timestamps_take_their_room)
{
	uint32_t page = page_len(p), payload = f->mss - 12;

	connect_with(f, TS, 0);
	check_eq(payload, conn_num(f, "mss"));
	tx(f, .flags = PSH | ACK, .data = GET);
	rx(f, .flags = ACK, .seq = 1, .len = payload);
	rx(f, .flags = PSH | ACK, .len = page - payload);
	tx(f);
}

/*
 * Window scale, RFC 7323 2
 */
WIRE(wscale__rcvbuf_max_decides_the_shift)
{
	static const struct {
		const char *max;
		int shift;
	} cases[] = {
		{ "65535", 0 }, { "65536", 1 }, { "131071", 1 },
		{ "131072", 2 }, { "1073741824", 14 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		sysctl_set("rcvbuf_max", cases[i].max);
		flow_init(f, p);
		f->offer = WSCALE;
		flow_syn(f);
		flow_synack(f);
		check_eq(WSCALE, f->agreed);
		check_eq(cases[i].shift, f->their_wscale);
		tx(f, .flags = RST);
	}
}

/* RFC 9293 3.8.6.2.2: a small buffer that may grow much says its window all the same. */
WIRE(wscale__half_of_the_buffer_can_be_said)
{
	struct got g;

	sysctl_set("rcvbuf", "16384");
	sysctl_set("rcvbuf_max", "1073741824");
	f->offer = WSCALE;
	flow_connect(f);
	check_eq(13, f->their_wscale);
	tx(f, .flags = PSH | ACK, .data = GET);
	check(flow_next(f, &g, 100));
	check_eq(1, g.wnd);
	drain(f);
}

/* RFC 7323 2.2: the window of a SYN is never scaled. */
WIRE(wscale__of_the_peer)
{
	f->offer = WSCALE;
	f->wscale = 5;
	f->wnd = 1000;
	flow_syn(f);
	flow_synack(f);
	check_eq(1000, conn_num(f, "snd_wnd"));
	tx(f);
	check_eq(1000 << 5, conn_num(f, "snd_wnd"));
}

WIRE(wscale__not_without_ours)
{
	sysctl_set("window_scaling", "0");
	connect_with(f, WSCALE, 5);
	check_eq(65535, conn_num(f, "snd_wnd"));
}

/* RFC 7323 2.3: a shift above 14 is taken for 14. */
WIRE(wscale__absurd)
{
	connect_with(f, WSCALE, 200);
	check_eq(65535 << 14, conn_num(f, "snd_wnd"));
}

/* What we say is rounded down, what we said before still holds (2.4). */
WIRE(wscale__of_ours)
{
	static const char part[] = "GET / HT";
	uint32_t left = 65535;

	connect_with(f, WSCALE, 0);
	check_eq(65535, conn_num(f, "rcv_wnd"));
	tx(f, .flags = PSH | ACK, .data = part);
	left -= sizeof(part) - 1;
	rx(f, .wnd = left >> THEIR_WSCALE, .after_ms = 40);
	/* up to the last byte that the SYN-ACK offered */
	tx(f, .seq = 65535, .data = "x", .len = 1);
	rx(f, .ack = sizeof(part));
	check_stat("OfoQueued", 1);
	tx(f, .seq = 65536, .data = "x", .len = 1);
	rx(f, .ack = sizeof(part));
	check_stat("OfoQueued", 1);
	check_stat("InUnacceptable", 1);
}

/*
 * Timestamps, RFC 7323 3 and 4
 */
WIRE(ts__echo_of_the_latest_in_order)
{
	connect_with(f, TS, 0);
	tx(f, .data = "G", .tsval = f->ts_base + 100000);
	rx(f, .tsecr = f->ts_base + 100000, .after_ms = 40);
	tx(f, .data = "E", .tsval = f->ts_base + 100050);
	rx(f, .tsecr = f->ts_base + 100050, .after_ms = 40);
}

/* 4.3 (A): a delayed ACK echoes the first of the segments that it covers. */
WIRE(ts__echo_of_the_first_not_acknowledged)
{
	connect_with(f, TS, 0);
	tx(f, .data = "G", .tsval = f->ts_base + 100000);
	tx(f, .data = "E", .tsval = f->ts_base + 100010);
	tx(f, .data = "T", .tsval = f->ts_base + 100020);
	rx(f, .tsecr = f->ts_base + 100000, .after_ms = 40);
}

/* 4.3 (B): a hole: the echo stays what the last segment in order said. */
WIRE(ts__echo_with_a_hole)
{
	connect_with(f, TS, 0);
	tx(f, .data = "G", .tsval = f->ts_base + 100000);
	rx(f, .tsecr = f->ts_base + 100000, .after_ms = 40);
	tx(f, .seq = 4, .data = " ", .tsval = f->ts_base + 100010);
	rx(f, .ack = 2, .tsecr = f->ts_base + 100000);
	/* (C): what fills it is echoed */
	f->snd = 2;
	tx(f, .data = "ET", .tsval = f->ts_base + 100005);
	f->snd = 5;
	rx(f, .ack = 5, .tsecr = f->ts_base + 100005);
}

WIRE(ts__of_the_handshake_is_echoed)
{
	uint32_t page = page_len(p);

	connect_with(f, TS, 0);
	tx(f, .flags = PSH | ACK, .data = GET, .tsval = f->ts_base + 77777);
	rx(f, .len = f->mss - 12, .tsecr = f->ts_base + 77777);
	rx(f, .flags = PSH | ACK, .len = page - (f->mss - 12));
}

/* The clock ticks about a thousand times a second, and never goes back. */
WIRE(ts__clock)
{
	uint32_t before, ticks;

	connect_with(f, TS, 0);
	tx(f, .data = "G");
	rx(f, .after_ms = 40);
	before = f->ts_recent;
	quiet(p, 10000);
	tx(f, .data = "E");
	rx(f, .after_ms = 40);
	ticks = f->ts_recent - before;
	/* 10,040 ms in ticks of 2^20 ns */
	check(ticks > 10040 * 0.953 && ticks < 10070 * 0.954 + 1);
}

/* Another host sees another clock, the same host the same (RFC 6191). */
WIRE(ts__offset_is_the_same_for_a_host)
{
	static struct flow other;
	int32_t diff;

	connect_with(f, TS, 0);
	flow_init(&other, p);
	connect_with(&other, TS, 0);
	diff = other.ts_recent - f->ts_recent;
	check(diff >= 0 && diff < 100);
}

/* 4.1: with an echo even what was sent twice gives a round-trip time. */
WIRE(ts__measures_a_retransmission)
{
	uint32_t page = page_len(p), first;

	connect_with(f, TS, 0);
	tx(f, .flags = PSH | ACK, .data = GET);
	first = f->mss - 12;
	rx(f, .len = first);
	rx(f, .flags = PSH | ACK, .len = page - first);
	rx(f, .seq = 1, .flags = ACK | PSH_OR_NOT, .len = first, .after_ms = 200);
	quiet(p, 150);
	tx(f);
	/* SRTT = 7/8 * 0 + 1/8 * 150 ms, and not of 350 ms; in jiffies */
	check(conn_num(f, "srtt_us") >= 150000 / 8 - 2000);
	check(conn_num(f, "srtt_us") <= 175000 / 8);
}

/*
 * PAWS, RFC 7323 5
 */
WIRE(paws__old_data_is_acknowledged_and_dropped)
{
	connect_with(f, TS, 0);
	tx(f, .data = "G", .tsval = f->ts_base + 100000);
	rx(f, .after_ms = 40);
	tx(f, .seq = f->snd, .data = "X", .tsval = f->ts_base + 99999);
	f->snd = 2;
	rx(f, .ack = 2, .tsecr = f->ts_base + 100000);
	check_stat("PawsDrops", 1);
	check_eq(1, conn_num(f, "bytes_in"));
	/* as old as the last one is not old */
	tx(f, .data = "E", .tsval = f->ts_base + 100000);
	rx(f, .ack = 3, .after_ms = 40);
	check_stat("PawsDrops", 1);
}

/* Timestamps wrap, as sequence numbers do. */
WIRE(paws__wrap)
{
	f->ts_base = 0U - 5000 - (uint32_t)now_ms();
	connect_with(f, TS, 0);
	tx(f, .data = "G", .tsval = 0xffffffff);
	rx(f, .tsecr = 0xffffffff, .after_ms = 40);
	tx(f, .data = "E", .tsval = 5);
	rx(f, .tsecr = 5, .after_ms = 40);
	tx(f, .data = "X", .tsval = 0xfffffff0);
	f->snd = 3;
	rx(f, .ack = 3, .tsecr = 5);
	check_stat("PawsDrops", 1);
}

WIRE(paws__old_ack_is_challenged)
{
	connect_with(f, TS, 0);
	tx(f, .tsval = f->ts_base - 1000);
	rx(f);
	check_stat("PawsDrops", 1);
	check_stat("ChallengeAcks", 1);
}

/* 5.2: a RST is judged by its sequence number alone. */
WIRE(paws__not_for_a_rst)
{
	connect_with(f, TS, 0);
	tx(f, .flags = RST, .tsval = f->ts_base - 1000);
	check_state(f, CLOSED);
	flow_init(f, p);
	connect_with(f, TS, 0);
	tx(f, .flags = RST, .no_ts = true);
	check_state(f, CLOSED);
	check_stat("PawsDrops", 0);
}

WIRE(paws__in_syn_recv)
{
	f->offer = TS;
	flow_syn(f);
	flow_synack(f);
	tx(f, .tsval = f->ts_base - 1000);
	rx(f);
	check_state(f, "SYN_RECV");
	tx(f);
	check_state(f, "ESTABLISHED");
	check_stat("PawsDrops", 1);
}

WIRE(paws__in_time_wait)
{
	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1, .tsval = f->ts_base - 1000);
	rx(f);
	check_stat("PawsDrops", 1);
	check_stat("ChallengeAcks", 1);
}

/*
 * A segment whose ACK nobody can have sent says nothing about the time: whoever
 * guesses a sequence number would have all that follow taken for old.
 */
WIRE(paws__not_from_an_unacceptable_ack)
{
	uint32_t ts = f->ts_base + 100000;

	connect_with(f, TS, 0);
	tx(f, .tsval = ts);
	tx(f, .data = "X", .ack = 100000, .tsval = ts + 1000000);
	f->snd = 1;
	rx(f, .ack = 1, .tsecr = ts);
	check_stat("ChallengeAcks", 1);
	tx(f, .flags = PSH, .data = "X", .tsval = ts + 1000000);
	f->snd = 1;
	quiet(p, 100);
	tx(f, .data = "G", .tsval = ts + 1000);
	rx(f, .ack = 2, .tsecr = ts + 1000, .after_ms = 40);
	check_stat("PawsDrops", 0);
}

/* 3.2: silently dropped; but neither a RST nor a SYN needs one. */
WIRE(ts__missing)
{
	connect_with(f, TS, 0);
	tx(f, .flags = PSH | ACK, .data = GET, .no_ts = true);
	f->snd = 1;
	quiet(p, 1000);
	check_stat("InNoTimestamps", 1);
	tx(f, .flags = SYN, .no_ts = true, .ack = 0, .seq = 0);
	rx(f);
	check_stat("ChallengeAcks", 1);
	check_state(f, "ESTABLISHED");
	/* it is not looked at, but whoever asks if we are here is answered */
	quiet(p, 1000);
	tx(f, .seq = 0, .no_ts = true);
	rx(f);
	tx(f, .no_ts = true);
	quiet(p, 1000);
	check_stat("ChallengeAcks", 2);
	check_stat("InNoTimestamps", 3);
}

/* A peer may have a clock only when the connection is there: its SYN has 0. */
WIRE(ts__none_in_the_syn_yet)
{
	f->offer = TS;
	f->ts_base = 0U - (uint32_t)now_ms();
	flow_syn(f);
	flow_synack(f);
	f->ts_base += 0x90000000;
	tx(f);
	check_state(f, "ESTABLISHED");
	tx(f, .data = "G");
	rx(f, .after_ms = 40);
	/* which is then what counts */
	f->ts_base -= 1000;
	tx(f, .data = "E");
	rx(f, .ack = 2);
	check_stat("PawsDrops", 1);
}

/* And what it would say of an earlier connection is said by sequence numbers. */
WIRE(ts__none_in_the_syn_that_reopens)
{
	static struct flow g;

	f->offer = TS;
	f->ts_base = 1000 - (uint32_t)now_ms();
	flow_reach(f, "TIME_WAIT");
	flow_init(&g, p);
	g.offer = TS;
	g.sport = f->sport;
	g.iss = f->iss + f->snd;
	g.ts_base = 0U - (uint32_t)now_ms();
	flow_syn(&g);
	flow_synack(&g);
	check_stat("TimeWaitsReopened", 1);
	check_stat("PawsDrops", 0);
}

/* Nobody asked for them: they are not looked at. */
WIRE(ts__not_agreed_on)
{
	static const uint8_t opt[] = {
		1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,
	};
	uint32_t page = page_len(p);

	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = GET, .opt = opt,
	   .optlen = sizeof(opt));
	take(f, page, ACK_END);
}

/* The same timestamp in other clothes: no NOP, or behind the others. */
WIRE(ts__at_any_place)
{
	uint8_t opt[] = {
		253, 4, 0, 0, 8, 10, 0, 0x4c, 0x5b, 0x40, 0, 0, 0, 0, 0, 0,
	};

	connect_with(f, TS, 0);
	opt[6] = 0x7f;		/* newer than any before */
	tx(f, .data = "G", .opt = opt, .optlen = sizeof(opt), .no_ts = true);
	rx(f, .tsecr = 0x7f4c5b40, .after_ms = 40);
}

/*
 * TIME_WAIT and a new SYN, RFC 6191 2
 */
static void reopen(struct flow *f, uint32_t seq, uint32_t tsval, bool opens)
{
	struct flow old = *f;

	f->irs = 0;
	f->ts_recent = 0;
	tx(f, .flags = SYN, .seq = seq, .ack = 0, .tsval = tsval,
	   .no_ts = !tsval);
	if (opens) {
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = seq + 1,
		   .mss = ANY);
		return;
	}
	*f = old;
	rx(f);
	check_state(f, "TIME_WAIT");
}

WIRE(time_wait__newer_timestamp_reopens_at_any_number)
{
	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	f->edge = f->snd - 1000000;
	reopen(f, f->snd - 1000000, ts_clock(f) + 1, true);
	check_state(f, "SYN_RECV");
}

WIRE(time_wait__same_timestamp_needs_a_higher_number)
{
	uint32_t tsval;

	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	tsval = ts_clock(f);
	tx(f, .flags = FIN | ACK, .seq = f->snd - 1, .tsval = tsval);
	rx(f, .tsecr = tsval);
	reopen(f, f->snd - 1, tsval, false);
	reopen(f, f->snd + 1, tsval, true);
}

WIRE(time_wait__older_timestamp_does_not_reopen)
{
	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	reopen(f, f->snd + 100000, ts_clock(f) - 1000, false);
}

/* But a peer that knows nothing of the old connection, and says so when it is asked. */
WIRE(time_wait__denied_by_the_peer)
{
	uint32_t tsval, snd;

	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	snd = f->snd;
	tsval = ts_clock(f) - 1000;
	tx(f, .flags = RST, .seq = snd, .ack = 0);	/* nobody has asked */
	reopen(f, snd - 100000, tsval, false);
	tx(f, .flags = RST, .seq = snd + 1, .ack = 0);	/* it must be exact */
	reopen(f, snd - 100000, tsval, false);
	tx(f, .flags = RST, .seq = snd, .ack = 0);
	check_state(f, "TIME_WAIT");
	f->edge = snd - 100000;
	reopen(f, snd - 100000, tsval, true);
	check_state(f, "SYN_RECV");
	check_stat("TimeWaitsReopened", 1);
}

WIRE(time_wait__without_timestamps_before)
{
	flow_reach(f, "TIME_WAIT");
	f->offer = TS;
	f->edge = f->snd - 1000;
	reopen(f, f->snd - 1000, 4711, true);
}

/* RFC 6191 2 asks if the new connection would have them, too. */
WIRE(time_wait__without_timestamps_in_the_next)
{
	sysctl_set("timestamps", "0");
	flow_reach(f, "TIME_WAIT");
	f->offer = TS;
	reopen(f, f->snd - 1000, 4711, false);
	reopen(f, f->snd + 1, 4711, true);
}

WIRE(time_wait__timestamps_are_off_by_now)
{
	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	sysctl_set("timestamps", "0");
	reopen(f, f->snd - 1000, ts_clock(f) + 1, false);
	reopen(f, f->snd + 1, ts_clock(f) - 1000, true);
}

WIRE(time_wait__without_timestamp_now)
{
	f->offer = TS;
	flow_reach(f, "TIME_WAIT");
	reopen(f, f->snd - 1, 0, false);
	reopen(f, f->snd + 1, 0, true);
}

TEST_HARNESS_MAIN

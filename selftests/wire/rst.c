// SPDX-License-Identifier: GPL-2.0
/*
 * Resets, challenges and segments that belong to nothing (RFC 9293 3.10.7.1,
 * 3.10.7.2, 3.10.7.4; RFC 5961), and how many answers they may cause.
 */
#define WIRE_OPTIONS

#include <stdlib.h>

#include "wire.h"

/* The synchronized states that a server has, TIME_WAIT apart (close.c). */
static const char *const states[] = {
	"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING",
	"LAST_ACK",
};

static void reach(struct flow *f, struct peer *p, const char *state)
{
	flow_init(f, p);
	flow_reach(f, state);
}

WIRE(rst__exact_ends_every_state)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		reach(f, p, states[i]);
		tx(f, .flags = RST);
		check_state(f, CLOSED);
		check_stat("InRsts", i + 1);
	}
	check_stat("EstabResets", 2);	/* ESTABLISHED and CLOSE_WAIT */
	check_stat("OutRsts", 0);
	quiet(p, 600000);
}

/* Whatever else it says */
WIRE(rst__exact_with_other_flags_and_numbers)
{
	static const uint8_t flags[] = {
		RST | ACK, RST | PSH, RST | FIN | ACK, RST | URG | ACK,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		reach(f, p, "ESTABLISHED");
		tx(f, .flags = flags[i], .ack = 12345, .data = "why");
		check_state(f, CLOSED);
	}
}

/* RFC 5961 3.2 */
WIRE(rst__inside_window_is_challenged)
{
	static const uint32_t at[] = { 1, 2, 1000, 65534 };
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		reach(f, p, states[i]);
		for (j = 0; j < ARRAY_LEN(at); j++) {
			if (at[j] >= conn_num(f, "rcv_wnd"))
				continue;
			tx(f, .flags = RST, .seq = f->snd + at[j]);
			rx(f);
			check_state(f, states[i]);
		}
		/* a peer that is really gone answers with the right number */
		tx(f, .flags = RST);
		check_state(f, CLOSED);
	}
}

/* A peer that has filled it is at its right edge, or one further. */
WIRE(rst__from_the_right_edge_is_challenged)
{
	uint32_t i, j, wnd;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		reach(f, p, states[i]);
		wnd = conn_num(f, "rcv_wnd");
		for (j = 0; j < 2; j++) {
			tx(f, .flags = RST, .seq = f->snd + wnd + j);
			rx(f);
			check_state(f, states[i]);
		}
		tx(f, .flags = RST);
	}
}

/* close.c: but for the number of the peer's FIN */
WIRE(rst__outside_window_is_ignored)
{
	uint32_t i, j, at[] = { -1, -2, -65535, 0, 65537, 1u << 31 };

	for (i = 0; i < ARRAY_LEN(states); i++) {
		reach(f, p, states[i]);
		at[3] = conn_num(f, "rcv_wnd") + 2;
		for (j = i > 2; j < ARRAY_LEN(at); j++)
			tx(f, .flags = RST | ACK, .seq = f->snd + at[j]);
		quiet(p, 0);
		check_state(f, states[i]);
		tx(f, .flags = RST);
	}
	check_stat("ChallengeAcks", 0);
}

/* RFC 5961 4.2: wherever it lies */
WIRE(syn__is_challenged)
{
	static const uint32_t at[] = { 0, 1, 1000, 65535, -1, 1u << 31 };
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		reach(f, p, states[i]);
		for (j = 0; j < ARRAY_LEN(at); j++) {
			uint32_t snd = f->snd;

			tx(f, .flags = SYN, .seq = snd + at[j], .ack = 0);
			f->snd = snd;
			rx(f);
			check_state(f, states[i]);
		}
		tx(f, .flags = RST);
		check_state(f, CLOSED);
	}
	check_stat("ChallengeAcks", ARRAY_LEN(states) * ARRAY_LEN(at));
}

WIRE(syn_ack__is_challenged)
{
	flow_connect(f);
	tx(f, .flags = SYN | ACK);
	f->snd = 1;
	rx(f);
	check_state(f, "ESTABLISHED");
}

/* RFC 9293 3.10.7.4, fifth: an ACK, and what came with it is dropped. */
WIRE(ack__of_what_was_never_sent)
{
	flow_connect(f);
	tx(f, .ack = 2, .data = GET);
	f->snd = 1;
	rx(f, .seq = 1, .ack = 1);
	tx(f, .ack = 1 + (1u << 30), .data = GET);
	f->snd = 1;
	rx(f, .seq = 1, .ack = 1);
	check_eq(0, conn_num(f, "bytes_in"));
	check_stat("InBadAcks", 2);
	check_stat("ChallengeAcks", 2);
}

/* RFC 5961 5.2: no older than the largest window there was. */
WIRE(ack__too_old)
{
	uint32_t oldest = 1 - 65535;

	flow_connect(f);
	tx(f, .ack = oldest - 1, .data = GET);
	f->snd = 1;
	rx(f, .seq = 1, .ack = 1);
	check_eq(0, conn_num(f, "bytes_in"));
	check_stat("ChallengeAcks", 1);
	tx(f, .ack = oldest);
	quiet(p, 100);
	check_stat("InOldAcks", 1);
	check_stat("ChallengeAcks", 1);
}

/*
 * Every combination of flags to a port that listens. RFC 9293 3.10.7.2: RST is
 * ignored, ACK is answered <SEQ=SEG.ACK><CTL=RST>, SYN opens, the rest is
 * dropped.
 */
WIRE(nothing__every_combination_of_flags)
{
	int flags;

	for (flags = 0; flags < 64; flags++) {
		flow_init(f, p);
		tx(f, .flags = flags, .seq = 77, .ack = 4242, .data = "what?");
		if (flags & RST)
			;
		else if (flags & ACK)
			rx(f, .flags = RST, .seq = 4242, .wnd = 0);
		else if (flags & SYN)
			rx(f, .flags = SYN | ACK, .seq = 0, .ack = 78,
			   .mss = ANY);
		quiet(p, 0);
		check_state(f, flags & SYN && !(flags & (RST | ACK)) ?
			    "SYN_RECV" : CLOSED);
		if (flags & SYN && !(flags & (RST | ACK)))
			tx(f, .flags = RST, .seq = 78);
	}
	check_stat("OutRsts", 16);
	check_stat("InRsts", 32 + 8);
}

WIRE(nothing__left_after_a_reset)
{
	flow_connect(f);
	tx(f, .flags = RST);
	tx(f, .data = GET);
	rx(f, .flags = RST, .seq = 1, .wnd = 0);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = RST, .seq = 1, .wnd = 0);
}

/* Ports that are not ours are the kernel's, as if ktcp did not exist. */
WIRE(other_port__is_answered_by_the_kernel)
{
	f->dport = PORT + 1;
	tx(f, .flags = SYN, .ack = 0);
	rx(f, .flags = RST | ACK, .seq = 0, .ack = 1);
	tx(f, .ack = 99);
	rx(f, .flags = RST, .seq = 99);
	check_stat("InSegs", 0);
	check_stat("OutSegs", 0);
	check_stat("OutRsts", 0);
}

WIRE(other_port__when_all_are_taken_away)
{
	sysctl_set("ports", "");
	flow_syn(f);
	rx(f, .flags = RST | ACK, .seq = 0, .ack = 1);
	check_stat("InSegs", 0);
	sysctl_set("ports", "8080");
	flow_init(f, p);
	flow_connect(f);
}

WIRE(ratelimit__rst)
{
	int i, second;

	sysctl_set("rst_ratelimit", "5");
	for (second = 1; second <= 3; second++) {
		for (i = 0; i < 20; i++)
			tx(f, .seq = 1, .ack = 1000 + i);
		for (i = 0; i < 5; i++)
			rx(f, .flags = RST, .seq = 1000 + i);
		quiet(p, 1100);
		check_stat("OutRsts", 5 * second);
		check_stat("OutRstsLimited", 15 * second);
	}
}

/*
 * Others have limits of their own, but for the few that share ours in this
 * second, and nobody can know who. No answer can leave here: the counter says it.
 */
WIRE(ratelimit__rst_is_no_side_channel)
{
	bool v4 = p->family == AF_INET;
	uint8_t addr[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	unsigned long sent;
	int i;

	if (v4)
		memcpy(addr, "\x0a\0\0", 3);
	check_eq(0, system(v4 ? "ip route add blackhole 10.0.0.64/26" :
				"ip -6 route add blackhole 2001:db8::40/122"));
	sysctl_set("rst_ratelimit", "5");
	for (i = 0; i < 20; i++)
		tx(f, .seq = 1, .ack = 1000 + i);
	for (i = 0; i < 5; i++)
		rx(f, .flags = RST, .seq = 1000 + i);
	quiet(p, 0);
	for (i = 0; i < 64; i++) {
		addr[v4 ? 3 : 15] = 64 + i;
		tx(f, .seq = 1, .ack = 1, .from = addr);
	}
	sent = stat_get("OutRsts") - 5;
	check(sent >= 56);
	check_stat("OutRstsLimited", 15 + 64 - sent);
	check_stat("NoRoutes", sent);
}

/*
 * Nobody keeps the limit that he shares: whoever found, by many addresses of his own,
 * some that share it with another peer in one second has found nothing for the next.
 */
WIRE(ratelimit__rst_shares_no_limit_for_long)
{
	bool v4 = p->family == AF_INET;
	uint8_t addr[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 };
	static uint16_t found[4096];
	unsigned long limited;
	int second, i, n = 4096, m;

	if (v4)
		memcpy(addr, "\x0a\1\0", 3);
	check_eq(0, system(v4 ? "ip route add blackhole 10.1.0.0/20" :
				"ip -6 route add blackhole 2001:db8:1::/64"));
	for (i = 0; i < n; i++)
		found[i] = i;
	/* Who is limited as p is, of all; and of those, a second later. */
	for (second = 1; second <= 2; second++) {
		for (i = 0; i < 101; i++) {
			tx(f, .seq = 1, .ack = 1000 + i);
			if (i < 100)
				rx(f, .flags = RST, .seq = 1000 + i);
		}
		quiet(p, 0);
		for (i = m = 0; i < n; i++) {
			addr[v4 ? 2 : 14] = found[i] >> 8;
			addr[v4 ? 3 : 15] = found[i];
			limited = stat_get("OutRstsLimited");
			tx(f, .seq = 1, .ack = 1, .from = addr);
			if (stat_get("OutRstsLimited") > limited)
				found[m++] = found[i];
		}
		figure("second %d: %d of %d share the limit", second, m, n);
		check(m < n);
		check(second == 2 || m > 0);
		n = m;
		quiet(p, 1100);
	}
}

WIRE(ratelimit__rst_default)
{
	int i;

	for (i = 0; i < 110; i++) {
		tx(f, .seq = 1, .ack = 1000 + i);
		if (i < 100)
			rx(f, .flags = RST, .seq = 1000 + i);
	}
	quiet(p, 100);
	check_stat("OutRstsLimited", 10);
}

WIRE(ratelimit__challenge_ack)
{
	int i, second;

	sysctl_set("challenge_ack_ratelimit", "5");
	flow_connect(f);
	for (second = 1; second <= 3; second++) {
		for (i = 0; i < 20; i++) {
			tx(f, .flags = RST, .seq = 10);
			if (i < 5)
				rx(f, .seq = 1, .ack = 1);
		}
		quiet(p, 1100);
		check_stat("ChallengeAcks", 5 * second);
		check_stat("ChallengeAcksLimited", 15 * second);
	}
	check_state(f, "ESTABLISHED");
}

/*
 * The limit is each connection's own: by one that many share an attacker could
 * tell what his guesses did to another's (the side channel of RFC 5961 10).
 */
WIRE(ratelimit__challenge_ack_is_no_side_channel)
{
	struct flow other;
	int i;

	sysctl_set("challenge_ack_ratelimit", "5");
	flow_connect(f);
	flow_init(&other, p);
	flow_connect(&other);
	for (i = 0; i < 20; i++) {
		tx(&other, .flags = RST, .seq = 10);
		if (i < 5)
			rx(&other, .seq = 1, .ack = 1);
	}
	for (i = 0; i < 5; i++) {
		tx(f, .flags = RST, .seq = 10);
		rx(f, .seq = 1, .ack = 1);
	}
	tx(f, .flags = RST, .seq = 10);
	quiet(p, 0);
}

WIRE(ratelimit__challenge_ack_default)
{
	int i;

	flow_connect(f);
	for (i = 0; i < 15; i++) {
		tx(f, .flags = RST, .seq = 10);
		if (i < 10)
			rx(f, .seq = 1, .ack = 1);
	}
	check_stat("ChallengeAcks", 10);
	check_stat("ChallengeAcksLimited", 5);
}

/* It harms no data. */
WIRE(ratelimit__challenge_ack_leaves_data_alone)
{
	struct response r;

	sysctl_set("challenge_ack_ratelimit", "1");
	flow_connect(f);
	tx(f, .flags = SYN);
	f->snd = 1;
	rx(f);
	tx(f, .flags = SYN);
	f->snd = 1;
	quiet(p, 0);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of somebody who is not the peer: guesses, floods, addresses that cannot
 * be, ICMP errors that anybody could write, extension headers. Each is counted
 * exactly, no answer is more than there may be, and the connection that it was meant
 * for is what it was before.
 *
 * What one provokes tells nothing of another: rst.c, ratelimit__*_is_no_side_channel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

/*
 * All kinds in both families together, if KTCP_GUESSES does not say. Two and a half of
 * four kinds are in the window.
 */
#define GUESSES		250000
#define DRAIN		64	/* guesses between two looks at the answers */
#define CHALLENGES	10	/* a second; no time passes while we guess */

static unsigned long guesses(void)
{
	const char *text = getenv("KTCP_GUESSES");

	return (text ? strtoul(text, NULL, 10) : GUESSES) / 2;
}

/* xorshift32; the same numbers each time */
static uint32_t random_state = 2463534242u;

static uint32_t any(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

/* What the connection is before and after. */
struct before {
	uint32_t rcv;
	uint32_t snd;
	long long bytes_in;
	long long wnd;
	unsigned long acks;
};

static void remember(struct flow *f, struct before *b)
{
	b->rcv = f->rcv;
	b->snd = f->snd;
	b->bytes_in = conn_num(f, "bytes_in");
	b->wnd = conn_num(f, "rcv_wnd");
	b->acks = 0;
}

/* Nothing but ACKs, all of them the same. */
static void drain_acks(struct flow *f, struct before *b)
{
	struct got g;

	while (flow_next(f, &g, 0)) {
		check_eq(ACK, g.flags);
		check_eq(b->rcv, g.seq);
		check_eq(b->snd, g.ack);
		check_eq(0, g.len);
		b->acks++;
	}
}

static void unharmed(struct flow *f, struct before *b)
{
	uint32_t seq = f->rcv;
	struct response r;

	drain_acks(f, b);
	check_state(f, "ESTABLISHED");
	check_eq(b->bytes_in, conn_num(f, "bytes_in"));
	check_eq(b->wnd, conn_num(f, "rcv_wnd"));
	request(f, GET, &r);
	check_page(f, seq, &r);
}

#define in_window(b, seq)	((uint32_t)((seq) - (b).snd) < (b).wnd)

/*
 * Blind, RFC 5961: the four numbers of the connection are known, those of the
 * sequence are not. What the guesses hit is worked out beside; a hit that would be
 * one (RST: 2 in 2^33) is not drawn.
 */
WIRE(blind__rst)
{
	unsigned long n = guesses() / 4, i, hits = 0;
	struct before b;
	uint32_t seq;

	flow_connect(f);
	remember(f, &b);
	for (i = 0; i < n; i++) {
		do
			seq = any();
		while (seq == b.snd);
		hits += in_window(b, seq);
		flow_guess(f, &(struct seg){ .flags = RST, .seq = seq });
	}
	drain_acks(f, &b);
	check_stat("InUnacceptable", n - hits);
	check_stat("InRsts", hits);
	check_stat("ChallengeAcks", hits < CHALLENGES ? hits : CHALLENGES);
	check_eq(stat_get("ChallengeAcks"), b.acks);
	check_stat("EstabResets", 0);
	unharmed(f, &b);
}

/* All in the window, and not exact: each is challenged, while there is a limit. */
WIRE(blind__rst_in_the_window)
{
	unsigned long n = guesses() / 4, i;
	struct before b;

	flow_connect(f);
	remember(f, &b);
	for (i = 0; i < n; i++)
		flow_guess(f, &(struct seg){
			.flags = RST, .seq = b.snd + 1 + any() % (b.wnd - 1) });
	drain_acks(f, &b);
	check_stat("InUnacceptable", 0);
	check_stat("InRsts", n);
	check_stat("ChallengeAcks", CHALLENGES);
	check_stat("ChallengeAcksLimited", n - CHALLENGES);
	check_eq(CHALLENGES, b.acks);
	check_stat("EstabResets", 0);
	unharmed(f, &b);
}

/* Half of them in the window; with an ACK or without: a SYN is looked at before that. */
WIRE(blind__syn)
{
	static const uint8_t flags[] = { SYN, SYN | ACK };
	unsigned long n = guesses() / 4, i, hits = 0;
	struct before b;
	uint32_t seq;

	flow_connect(f);
	remember(f, &b);
	for (i = 0; i < n; i++) {
		seq = any();
		if (any() % 2)
			seq = b.snd + seq % b.wnd;
		hits += in_window(b, seq);
		flow_guess(f, &(struct seg){
			.flags = flags[any() % ARRAY_LEN(flags)],
			.seq = seq, .ack = any() });
	}
	drain_acks(f, &b);
	check_stat("InUnacceptable", n - hits);
	check_stat("ChallengeAcks", CHALLENGES);
	check_stat("ChallengeAcksLimited", n - CHALLENGES);
	check_eq(CHALLENGES, b.acks);
	check_stat("PassiveOpens", 1);
	check_stat("InBadAcks", 0);
	unharmed(f, &b);
}

/*
 * In the window for certain, half of them in order: what is left to guess is the ACK,
 * which must be no older than the largest window (RFC 5961 5.2), one in 65536. The
 * ones that would be believed are not drawn: data of theirs would be taken, a FIN
 * would close, and what is urgent be told.
 */
WIRE(blind__data_in_the_window)
{
	static const uint8_t flags[] = { ACK, FIN | ACK, URG | ACK };
	unsigned long n = guesses() / 4, i;
	struct before b;
	uint32_t ack;

	flow_connect(f);
	remember(f, &b);
	check_eq(65535, f->wnd);
	for (i = 0; i < n; i++) {
		do
			ack = any();
		while ((uint32_t)(b.rcv - ack) <= 65535);
		flow_guess(f, &(struct seg){
			.flags = flags[any() % ARRAY_LEN(flags)],
			.data = "evil", .len = 4, .wnd = 65535,
			.seq = b.snd + (any() % 2 ? any() % (b.wnd - 4) : 0),
			.ack = ack, .urg = any() });
	}
	drain_acks(f, &b);
	check_stat("InBadAcks", n);
	check_stat("InUrgents", 0);
	check_stat("OfoQueued", 0);
	check_stat("InOctets", 0);
	check_stat("ChallengeAcks", CHALLENGES);
	check_stat("ChallengeAcksLimited", n - CHALLENGES);
	check_eq(CHALLENGES, b.acks);
	unharmed(f, &b);
}

/* Data that is outside the window is what a peer sends that missed an ACK. */
WIRE(blind__data_outside_gets_one_ack_each)
{
	struct before b;
	uint32_t seq;
	int i, n = 2000;

	flow_connect(f);
	remember(f, &b);
	for (i = 0; i < n; i++) {
		do
			seq = any();
		while (in_window(b, seq) || in_window(b, seq + 3));
		flow_guess(f, &(struct seg){ .flags = ACK, .data = "evil",
			.len = 4, .wnd = 65535, .seq = seq, .ack = any() });
		if (i % DRAIN == 0)
			drain_acks(f, &b);
	}
	drain_acks(f, &b);
	check_stat("InUnacceptable", n);
	check_eq(n, b.acks);
	check_stat("OfoQueued", 0);
	unharmed(f, &b);
}

/*
 * Floods of every kind, to the port: no connection comes of it, and the answers
 * are no more than rst_ratelimit says for one peer.
 */
WIRE(flood__to_the_port)
{
	static const struct { uint8_t flags; bool answered; } row[] = {
		{ ACK, true }, { RST, false }, { RST | ACK, false },
		{ FIN, false }, { FIN | ACK, true }, { SYN | ACK, true },
		{ URG, false }, { URG | PSH | ACK, true }, { 0, false },
		{ SYN | FIN | RST | PSH | ACK | URG, false },
	};
	const int n = 1000, limit = 100;
	unsigned long rsts = 0, limited = 0;
	struct got g;
	size_t i;
	int j, got;

	for (i = 0; i < ARRAY_LEN(row); i++) {
		for (j = 0, got = 0; j < n; j++) {
			flow_guess(f, &(struct seg){ .flags = row[i].flags,
				.seq = any(), .ack = any(), .urg = any() });
			while (flow_next(f, &g, 0)) {
				check_eq(RST, g.flags);
				got++;
			}
		}
		check_eq(row[i].answered ? limit : 0, got);
		rsts += got;
		limited += row[i].answered ? n - limit : 0;
		check_stat("OutRsts", rsts);
		check_stat("OutRstsLimited", limited);
		quiet(p, 1100);
	}
	check_stat("CurrConns", 0);
	check_stat("OutOfMemory", 0);
	check_stat("PassiveOpens", 0);
	check_stat("InSegs", n * ARRAY_LEN(row));
}

/* And to a connection, far from its window. */
WIRE(flood__to_a_connection)
{
	static const uint8_t flags[] = {
		ACK, RST, RST | ACK, FIN, FIN | ACK, SYN, SYN | ACK,
		URG | ACK, URG | PSH | FIN, 0,
	};
	const unsigned long n = 1000;
	unsigned long sent = 0, resets = 0;
	struct before b;
	size_t i;
	unsigned long j;

	flow_connect(f);
	remember(f, &b);
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		for (j = 0; j < n; j++) {
			flow_guess(f, &(struct seg){ .flags = flags[i],
				.seq = b.snd + 0x40000000u + any() % 0x40000000u,
				.ack = any(), .urg = any() });
			if (j % DRAIN == 0)
				drain_acks(f, &b);
		}
		sent += n;
		resets += flags[i] & RST ? n : 0;
		drain_acks(f, &b);
		check_stat("InUnacceptable", sent);
	}
	/* a FIN takes a number, so it is answered as data is; the rest is limited */
	check_stat("ChallengeAcks", CHALLENGES);
	check_eq(3 * n + CHALLENGES, b.acks);
	check_stat("ChallengeAcksLimited", sent - resets - 3 * n - CHALLENGES);
	check_stat("InUrgents", 0);
	check_stat("EstabResets", 0);
	unharmed(f, &b);
}

/* From this host's own address and port: it would answer itself for ever. */
WIRE(land__from_our_own_address_and_port)
{
	static const uint8_t own4[] = { 10, 0, 0, 1 };
	static const uint8_t own6[] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	static const uint8_t flags[] = { SYN, SYN | ACK, ACK, RST, FIN | ACK };
	size_t i;

	f->sport = PORT;
	for (i = 0; i < ARRAY_LEN(flags); i++)
		tx(f, .flags = flags[i], .seq = 0, .ack = 0,
		   .from = p->family == AF_INET ? own4 : own6);
	quiet(p, 130000);
	check_stat("CurrConns", 0);
	check_stat("OutSegs", 0);
	/* the host's IP takes IPv4 for a martian */
	check_stat("InBadAddrs", p->family == AF_INET ? 0 : ARRAY_LEN(flags));
}

/* From another port of this host nothing but the host's own RST comes of it. */
WIRE(land__from_our_own_address)
{
	static const uint8_t own4[] = { 10, 0, 0, 1 };
	static const uint8_t own6[] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	tx(f, .flags = SYN, .seq = 0, .ack = 0,
	   .from = p->family == AF_INET ? own4 : own6);
	quiet(p, 130000);
	check_stat("CurrConns", 0);
	check_stat("PassiveOpens", 0);
	check(stat_get("OutSegs") <= 1);
}

WIRE(martians__nothing_comes_of_them)
{
	static const uint8_t from4[][4] = {
		{ 127, 0, 0, 1 }, { 0, 0, 0, 0 }, { 255, 255, 255, 255 },
		{ 224, 0, 0, 1 }, { 239, 255, 255, 255 }, { 10, 0, 0, 255 },
	};
	static const uint8_t from6[][16] = {
		{ 0 }, { [15] = 1 }, { 0xff, 2, [15] = 1 },
		{ 0xff, 0xe, [15] = 1 }, { [10] = 0xff, 0xff, 10, 0, 0, 2 },
	};
	bool v4 = p->family == AF_INET;
	size_t i, n = v4 ? ARRAY_LEN(from4) : ARRAY_LEN(from6);

	for (i = 0; i < n; i++) {
		const void *from = v4 ? from4[i] : from6[i];

		tx(f, .flags = SYN, .seq = 0, .ack = 0, .from = from);
		tx(f, .flags = ACK, .seq = 1, .ack = 1, .from = from);
	}
	/* the broadcast address of the link has got past the host's IP */
	quiet(p, 130000);
	check_stat("CurrConns", 0);
	check_stat("PassiveOpens", 0);
}

/* RFC 8200: TCP is reached only where nothing before it forbids that. */
WIRE(ipv6_extension_headers__each_to_its_end)
{
	static const struct { enum ext ext; bool taken; } row[] = {
		{ EXT_HOPOPTS, true }, { EXT_DSTOPTS, true },
		{ EXT_ATOMIC, true }, { EXT_DSTOPTS_SKIP, true },
		{ EXT_ROUTING, true },
		{ EXT_DSTOPTS_DISCARD, false }, { EXT_DSTOPTS_BAD, false },
		{ EXT_ROUTING_LEFT, false }, { EXT_AUTH, false },
		{ EXT_ROUTING_SEGMENT, false }, { EXT_HOPOPTS_TWICE, false },
		{ EXT_MANY, false },
	};
	unsigned long segs = 0;
	size_t i;

	wire_only(p, AF_INET6);
	for (i = 0; i < ARRAY_LEN(row); i++) {
		flow_init(f, p);
		tx(f, .flags = SYN, .ack = 0, .ext = row[i].ext);
		if (row[i].taken)
			rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
		else if (row[i].ext == EXT_MANY)	/* the host's TCP */
			rx(f, .flags = RST | ACK, .seq = 0, .ack = 1);
		else
			quiet(p, 100);
		segs += row[i].taken;
		check_stat("InSegs", segs);
		check_state(f, row[i].taken ? "SYN_RECV" : CLOSED);
		if (row[i].taken)
			tx(f, .flags = RST);
		segs += row[i].taken;
	}
}

/* What an ICMP error quotes is missing in part, or is another connection's. */
WIRE(icmp__that_quotes_too_little_or_another)
{
	bool v4 = p->family == AF_INET;
	struct icmp refused = { v4 ? 3 : 1, v4 ? 3 : 4 };
	long long cwnd;
	size_t cut;

	flow_connect(f);
	ask(f, 1);
	drain(f);
	cwnd = conn_num(f, "cwnd");
	for (cut = 1; cut <= 8 + (v4 ? 20 : 40) + 4; cut++)
		flow_icmp_cut(f, 1, refused, cut);
	quiet(p, 10);
	check_stat("InIcmpErrors", 0);
	check_stat("InIcmpIgnored", 0);
	f->sport++;
	flow_icmp(f, 1, refused);
	f->sport--;
	check_stat("InIcmpIgnored", 1);
	f->dport++;
	flow_icmp(f, 1, refused);
	f->dport--;
	check_stat("InIcmpIgnored", 1);
	check_stat("InIcmpErrors", 0);
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_state(f, "ESTABLISHED");
	tx(f);
}

/* What the peer asks for, one SYN each, from ports that are so far apart. */
static void knock(struct flow *f, int n, int step)
{
	struct got g;
	int i;

	sysctl_set("syncookies", "0");
	sysctl_set("max_syn_backlog", "8192");
	for (i = 0; i < n; i++) {
		f->sport = 1024 + i * step;
		f->irs = 0;
		f->edge = 0;
		flow_guess(f, &(struct seg){ .flags = SYN });
		check(flow_next(f, &g, 0));
		check_eq(SYN | ACK, g.flags);
	}
	quiet(f->p, 10);	/* the table grows in the background */
}

/*
 * Chosen ports do not choose the place in the table. Poisson with 3/4 a bucket: a
 * chain of 16 has a chance of less than 1 in 10^14 each.
 */
WIRE(hash__chains_stay_short)
{
	unsigned int buckets, objects, longest;
	const int n = 4096;
	FILE *file;

	knock(f, n, 8);
	file = fopen("/proc/ktcp/table", "r");
	check(file && fscanf(file, "%*s %*s %*s %u %u %u", &buckets, &objects,
			     &longest) == 3);
	fclose(file);
	check_eq(n, objects);
	check(buckets >= (unsigned int)n);
	check(longest >= 1 && longest < 16);
	figure("%u connections, %u buckets, longest chain %u", objects, buckets,
	       longest);
}

/* The peer's ports in the order of the rows, which is that of the buckets. */
static int places(uint16_t *port, int max)
{
	FILE *file = fopen("/proc/ktcp/connections", "r");
	char line[1024], remote[64];
	int n = 0;

	check(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %63s SYN_RECV", remote) != 1 ||
		    !strstr(line, " SYN_RECV "))
			continue;
		check(n < max);
		port[n++] = strtoul(strrchr(remote, ':') + 1, NULL, 10);
	}
	fclose(file);
	return n;
}

/* Whoever sees how they fall on one host does not know how they do on another. */
WIRE(hash__places_are_others_in_another_table)
{
	const int n = 64;
	uint16_t first[64], second[64];
	int i, same = 0;

	knock(f, n, 8);
	check_eq(n, places(first, n));
	check_eq(n, places(second, n));
	check(!memcmp(first, second, sizeof(first)));

	peer_up(p, p->family, 0);
	knock(f, n, 8);
	check_eq(n, places(second, n));
	for (i = 0; i < n; i++)
		same += first[i] == second[i];
	/* of orders by chance one has a row in the same place, and hardly ever 12 */
	if (same >= 12)
		fail("%d of %d in the same place", same, n);
}

TEST_HARNESS_MAIN

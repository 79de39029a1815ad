// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about segments of ktcp: path MTU discovery (RFC 1191, RFC 8201),
 * and trouble of any other kind (RFC 9293 3.9.2.2, RFC 5927). What they do to
 * an active open is in active.c.
 */
#define WIRE_OFFLOAD
#define WIRE_OPTIONS

#include <stdlib.h>

#include "wire.h"

#define PATH	1400

/* A page is on its way, cut for the whole MTU; returns its length. */
static uint32_t page_sent(struct flow *f)
{
	uint32_t page = page_len(f->p);

	flow_connect(f);
	ask(f, 1);
	rx(f, .seq = 1, .len = payload(f));
	rx(f, .seq = 1 + payload(f), .flags = PSH | ACK,
	   .len = page - payload(f));
	return page;
}

/* What was too long goes out again at once, cut anew; cwnd is not blamed. */
WIRE(too_big__cuts_what_is_in_the_network)
{
	uint32_t page = page_sent(f);
	uint32_t less = mss_of(p, PATH) - (f->agreed & TS ? 12 : 0);
	long long cwnd = conn_num(f, "cwnd");

	flow_too_big(f, 1, PATH);
	rx(f, .seq = 1, .len = less);
	rx(f, .seq = 1 + less, .flags = PSH | ACK, .len = page - less);
	check_eq(less, conn_num(f, "mss"));
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_stat("InIcmpTooBig", 1);
	tx(f);
	/* and what follows is short from the start */
	ask(f, 1);
	rx(f, .len = less);
	rx(f, .flags = PSH | ACK, .len = page - less);
	tx(f);
	check_stat("RtoTimeouts", 0);
	check_stat("FastRecoveries", 0);
}

/* A path that takes less and less has a flight sent again once, not for each byte. */
WIRE(too_big__step_by_step)
{
	unsigned long segs, again;
	int i;

	flow_connect(f);
	ask(f, 9);
	drain(f);
	segs = (f->rcv - 1) / payload(f) + 1;
	for (i = 1; i <= 20; i++) {
		flow_too_big(f, 1, p->mtu - i);
		drain(f);
	}
	again = stat_get("RetransSegs");
	check(again >= segs && again <= segs + 2);
	check_stat("InIcmpTooBig", 20);
	/* but for one that takes less by far it is */
	flow_too_big(f, 1, p->mtu - 150);
	drain(f);
	check(stat_get("RetransSegs") >= again + segs);
	check_stat("RtoTimeouts", 0);
	tx(f);
}

/*
 * What a timeout has sent again, and is too long for the path that there is now by a
 * little, goes again at once: it need not wait for another timeout.
 */
WIRE(too_big__of_what_is_sent_again)
{
	uint32_t less, page = page_sent(f);

	less = mss_of(p, p->mtu - 80) - (f->agreed & TS ? 12 : 0);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	flow_too_big(f, 1, p->mtu - 80);
	rx(f, .seq = 1, .len = less);
	tx(f, .ack = 1 + less);
	drain(f);
	tx(f, .ack = 1 + page);
	check_stat("RtoTimeouts", 1);
	check_stat("InIcmpTooBig", 1);
}

/* RFC 5927 4: of what is not in the network nobody can say that it was too big. */
WIRE(too_big__not_believed)
{
	uint32_t page = page_sent(f);

	flow_too_big(f, 0, PATH);
	flow_too_big(f, 1 + page, PATH);
	flow_too_big(f, 1 + page + 100000, PATH);
	quiet(p, 10);
	check_eq(payload(f), conn_num(f, "mss"));
	check_stat("InIcmpTooBig", 0);
	check_stat("InIcmpIgnored", 3);
	/* another connection's */
	f->sport++;
	flow_too_big(f, 1, PATH);
	f->sport--;
	check_stat("InIcmpIgnored", 4);
	tx(f);
}

/* A larger one than is known changes nothing. */
WIRE(too_big__larger)
{
	page_sent(f);
	flow_too_big(f, 1, 9000);
	quiet(p, 10);
	check_eq(payload(f), conn_num(f, "mss"));
	tx(f);
}

/* Never below what every host takes (RFC 8201 4), or what the host allows. */
/* RFC 1191 3: shorter than it will make packets IPv4 lets them be fragmented. */
WIRE(too_big__absurd)
{
	page_sent(f);
	p->df = DF_CLEAR;
	flow_too_big(f, 1, 68);
	drain(f);
	check(conn_num(f, "mss") >= (p->family == AF_INET ? 500 : 1200));
	tx(f);
}

/* Where the host must not find out what a path takes, neither do we. */
WIRE(too_big__not_wanted)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_no_pmtu_disc", "w");

	wire_only(p, AF_INET);
	check(file && fputs("1", file) >= 0 && !fclose(file));
	p->df = DF_CLEAR;
	page_sent(f);
	flow_too_big(f, 1, PATH);
	quiet(p, 10);
	check_eq(payload(f), conn_num(f, "mss"));
	check_stat("InIcmpTooBig", 0);
	tx(f);
}

/* Everything that is no path MTU, hard errors first. */
static const struct icmp errors4[] = {
	{ 3, 2 }, { 3, 3 }, { 3, 9 }, { 3, 10 }, { 3, 13 },
	{ 3, 0 }, { 3, 1 }, { 3, 5 }, { 11, 0 }, { 11, 1 }, { 12, 0 },
};

static const struct icmp errors6[] = {
	{ 1, 4 }, { 1, 1 }, { 1, 5 }, { 1, 6 },
	{ 1, 0 }, { 1, 2 }, { 1, 3 }, { 3, 0 }, { 3, 1 }, { 4, 0 }, { 4, 1 },
};

static size_t all_errors(struct flow *f, uint32_t seq)
{
	bool v4 = f->p->family == AF_INET;
	const struct icmp *e = v4 ? errors4 : errors6;
	size_t n = v4 ? ARRAY_LEN(errors4) : ARRAY_LEN(errors6), i;

	for (i = 0; i < n; i++)
		flow_icmp(f, seq, e[i]);
	return n;
}

/* RFC 5927 5.2: nothing ends a connection that is open, or slows it. */
WIRE(error__open)
{
	uint32_t page = page_sent(f);
	long long cwnd = conn_num(f, "cwnd");
	size_t n = all_errors(f, 1);

	n += all_errors(f, page);
	quiet(p, 10);
	check_state(f, "ESTABLISHED");
	check_stat("InIcmpErrors", n);
	check_stat("InIcmpIgnored", 0);
	check_stat("InIcmpRefused", 0);
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_eq(payload(f), conn_num(f, "mss"));
	tx(f);
	ask(f, 1);
	drain(f);
	tx(f);
	check_stat("RetransSegs", 0);
}

/* ICMPv6 says nothing of IPv4, though the addresses that it quotes may be that. */
WIRE(error__of_mapped_addresses)
{
	wire_only(p, AF_INET);
	page_sent(f);
	check_eq(0, system("ip -6 address add 2001:db8::1/64 dev tun0 nodad"));
	flow_icmp6(f, 1, (struct icmp){ 1, 4 }, false);
	check_stat("InIcmpIgnored", 1);
	flow_icmp6(f, 1, (struct icmp){ 1, 4 }, true);
	quiet(p, 10);
	check_stat("InIcmpErrors", 0);
	check_stat("InIcmpIgnored", 1);
	/* where it is looked at */
	flow_icmp(f, 1, (struct icmp){ 3, 1 });
	check_stat("InIcmpErrors", 1);
	tx(f);
}

/* RFC 5927 4 */
WIRE(error__not_believed)
{
	uint32_t page = page_sent(f);
	size_t n = all_errors(f, 0);

	n += all_errors(f, 1 + page);
	n += all_errors(f, 1 + page + 100000);
	quiet(p, 10);
	check_stat("InIcmpErrors", 0);
	check_stat("InIcmpIgnored", n);
	tx(f);
	/* nothing is in flight */
	n += all_errors(f, page);
	check_stat("InIcmpErrors", 0);
	check_stat("InIcmpIgnored", n);
	check_state(f, "ESTABLISHED");
}

/* RFC 6633; and what is no error at all */
WIRE(error__source_quench)
{
	long long cwnd;

	page_sent(f);
	cwnd = conn_num(f, "cwnd");
	if (p->family == AF_INET)
		flow_icmp(f, 1, (struct icmp){ 4, 0 });
	flow_icmp(f, 1, (struct icmp){ 99, 0 });
	quiet(p, 10);
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_stat("InIcmpErrors", 0);
	check_stat("InIcmpIgnored", 0);
	tx(f);
}

/* A request is not ended by it: its SYN-ACK goes out until it is answered. */
WIRE(error__request)
{
	size_t n;

	flow_syn(f);
	flow_synack(f);
	n = all_errors(f, 0);
	check_state(f, "SYN_RECV");
	check_stat("InIcmpIgnored", n);
	check_stat("InIcmpErrors", 0);
	tx(f);
	check_state(f, "ESTABLISHED");
}

TEST_HARNESS_MAIN

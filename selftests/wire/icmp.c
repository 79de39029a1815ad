// SPDX-License-Identifier: GPL-2.0
/* ICMP errors about segments of ktcp: path MTU discovery (RFC 1191, RFC 8201). */
#define WIRE_OFFLOAD
#define WIRE_OPTIONS

#include "wire.h"

#define PATH	1400

static uint32_t header(const struct peer *p)
{
	return p->family == AF_INET ? 40 : 60;
}

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
	uint32_t less = PATH - header(p) - (f->agreed & TS ? 12 : 0);
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
WIRE(too_big__absurd)
{
	page_sent(f);
	flow_too_big(f, 1, 68);
	drain(f);
	check(conn_num(f, "mss") >= (p->family == AF_INET ? 500 : 1200));
	tx(f);
}

TEST_HARNESS_MAIN

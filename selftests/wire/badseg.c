// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that are not as they should be, or come in unusual wrapping: what is
 * impossible is dropped and counted and changes nothing, what is merely strange
 * is taken (RFC 9293 3.1, 3.2).
 */
#define WIRE_GRO

#include "wire.h"

/* Nothing has happened to the connection. */
static void check_unharmed(struct flow *f)
{
	uint32_t seq = f->rcv;
	struct response r;

	quiet(f->p, 100);
	check_state(f, "ESTABLISHED");
	check_eq((uint32_t)(f->iss + f->snd),
		 (uint32_t)conn_num(f, "rcv_nxt"));
	request(f, GET, &r);
	check_page(f, seq, &r);
}

WIRE(checksum__bad_in_every_segment)
{
	static const uint8_t flags[] = {
		ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, SYN, SYN | ACK,
	};
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		tx(f, .flags = flags[i], .csum = CSUM_BAD);
		f->snd = 1;
		check_stat("InCsumErrors", i + 1);
	}
	check_unharmed(f);
}

WIRE(checksum__bad_syn)
{
	tx(f, .flags = SYN, .ack = 0, .csum = CSUM_BAD);
	quiet(p, 2000);
	check_state(f, CLOSED);
	check_stat("InCsumErrors", 1);
}

WIRE(checksum__bad_to_nothing_gets_no_rst)
{
	tx(f, .seq = 1, .ack = 1, .csum = CSUM_BAD);
	quiet(p, 100);
	check_stat("OutRsts", 0);
}

WIRE(data_offset__impossible)
{
	static const uint8_t doff[] = { 1, 2, 3, 4, 12, 15 };
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(doff); i++) {
		tx(f, .doff = doff[i], .data = GET, .len = 20);
		f->snd = 1;
		check_stat("InHdrErrors", i + 1);
	}
	check_unharmed(f);
}

/* Data Offset may reach exactly to the end of the segment. */
WIRE(data_offset__takes_all)
{
	static const uint8_t nops[] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	flow_connect(f);
	tx(f, .doff = 7, .data = nops, .len = 8);
	f->snd = 1;
	check_stat("InHdrErrors", 0);
	check_unharmed(f);
}

WIRE(header__truncated)
{
	uint16_t cut;

	flow_connect(f);
	for (cut = 1; cut < 20; cut++)
		tx(f, .flags = RST, .cut = cut);
	check_unharmed(f);
	check(stat_get("InHdrErrors") >= 20 - 4);
}

WIRE(reserved_bits__are_ignored)
{
	flow_connect(f);
	tx(f, .reserved = 15, .flags = 0xc0 | ACK);
	check_unharmed(f);
}

WIRE(flags__without_ack_are_dropped)
{
	static const uint8_t flags[] = { 0, PSH, URG, FIN, FIN | PSH | URG };
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		tx(f, .flags = flags[i], .data = "x");
		f->snd = 1;
	}
	check_unharmed(f);
}

WIRE(urgent_pointer__anywhere)
{
	static const uint16_t urg[] = { 0, 1, 2, 100, 65535 };
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(urg); i++)
		tx(f, .flags = ACK | URG, .urg = urg[i]);
	check_unharmed(f);
}

/* RFC 9293 3.2: what can be read is read, the rest does no harm (MUST-7). */
WIRE(options__in_syn)
{
	static const struct {
		uint16_t mss;		/* 0: the default */
		uint8_t len;
		uint8_t opt[40];
	} row[] = {
		{ 0, 0, {} },
		{ 1000, 4, { 2, 4, 1000 >> 8, 1000 & 255 } },
		{ 1000, 8, { 1, 1, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		/* an unknown one is stepped over (MUST-6) */
		{ 1000, 8, { 200, 4, 9, 9, 2, 4, 1000 >> 8, 1000 & 255 } },
		{ 1000, 8, { 200, 2, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		/* the end of the list is the end */
		{ 0, 8, { 0, 1, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		/* impossible lengths */
		{ 0, 8, { 200, 0, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		{ 0, 8, { 200, 1, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		{ 0, 8, { 200, 9, 1, 1, 2, 4, 1000 >> 8, 1000 & 255 } },
		{ 0, 4, { 1, 1, 1, 2 } },
		{ 0, 4, { 1, 1, 2, 4 } },
		{ 0, 4, { 1, 2, 4, 3 } },
		/* MSS of a wrong length is not MSS */
		{ 0, 4, { 2, 3, 3, 0 } },
		{ 0, 4, { 2, 2, 3, 0 } },
		{ 0, 8, { 2, 5, 3, 0, 0, 0, 0, 0 } },
		{ 0, 4, { 2, 0, 3, 0 } },
		/* what came before is good */
		{ 1000, 8, { 2, 4, 1000 >> 8, 1000 & 255, 200, 0, 1, 1 } },
		/* an MSS of nothing is no MSS */
		{ 0, 4, { 2, 4, 0, 0 } },
		/* as much as there is room for */
		{ 1000, 40, { 2, 4, 1000 >> 8, 1000 & 255, 254, 36 } },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(row); i++) {
		uint16_t mss = row[i].mss;

		if (!mss)
			mss = p->family == AF_INET ? 536 : 1220;
		flow_init(f, p);
		tx(f, .flags = SYN, .ack = 0, .opt = row[i].opt,
		   .optlen = row[i].len);
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
		tx(f);
		if (conn_num(f, "mss") != mss)
			fail("row %zu: MSS %lld, not %u", i,
			     conn_num(f, "mss"), mss);
	}
}

/* RFC 9293 3.2, MUST-5: on any segment */
WIRE(options__in_data)
{
	static const struct { uint8_t len, opt[40]; } row[] = {
		{ 4, { 1, 1, 1, 1 } },
		{ 12, { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 } },
		{ 12, { 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2 } },
		{ 4, { 2, 4, 0, 9 } },
		{ 4, { 99, 0, 0, 0 } },
		{ 4, { 99, 77, 0, 0 } },
		{ 40, { 254, 40 } },
	};
	struct response r;
	uint32_t seq;
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(row); i++) {
		seq = f->rcv;
		tx(f, .data = GET, .opt = row[i].opt, .optlen = row[i].len);
		take(f, f->mss, ACK_NEVER);
		response_at(f, seq, &r);
		take(f, r.head + r.length - f->mss, ACK_END);
		check_page(f, seq, &r);
	}
	check_eq(f->mss, conn_num(f, "mss"));
}

static void handshake_and_request(struct flow *f, const struct seg *how)
{
	const uint8_t opt[] = { 2, 4, f->mss >> 8, f->mss };
	struct seg s = *how;
	struct response r;

	s.flags = SYN;
	s.seq = s.ack = 0;
	s.wnd = 65535;
	s.opt = opt;
	s.optlen = sizeof(opt);
	flow_tx(f, &s);
	flow_synack(f);
	s.flags = ACK;
	s.seq = f->snd;
	s.ack = f->rcv;
	s.optlen = 0;
	flow_tx(f, &s);
	check_state(f, "ESTABLISHED");
	s.data = GET;
	flow_tx(f, &s);
	s.data = NULL;
	take(f, f->mss, ACK_NEVER);
	response_at(f, 1, &r);
	take(f, r.head + r.length - f->mss, ACK_END);
	check_page(f, 1, &r);
}

WIRE(ipv4_options__are_stepped_over)
{
	static const uint8_t nops[40] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	};
	static const uint8_t route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };

	wire_only(p, AF_INET);
	handshake_and_request(f, &(struct seg){ .ipopt = nops,
						.ipoptlen = 4 });
	flow_init(f, p);
	handshake_and_request(f, &(struct seg){ .ipopt = nops,
						.ipoptlen = 40 });
	flow_init(f, p);
	handshake_and_request(f, &(struct seg){ .ipopt = route,
						.ipoptlen = 8 });
}

WIRE(ipv6_extension_headers__are_stepped_over)
{
	static const enum ext ext[] = { EXT_HOPOPTS, EXT_DSTOPTS, EXT_ATOMIC };
	size_t i;

	wire_only(p, AF_INET6);
	for (i = 0; i < ARRAY_LEN(ext); i++) {
		flow_init(f, p);
		handshake_and_request(f, &(struct seg){ .ext = ext[i] });
	}
	for (i = 0; i < 2; i++) {	/* and before that of a fragment */
		flow_init(f, p);
		handshake_and_request(f, &(struct seg){ .ext = ext[i],
							.fragment = 24 });
	}
}

/* IPv6: a first fragment without all of the TCP header is the host's to refuse. */
WIRE(ip_fragments__first_without_the_header)
{
	wire_only(p, AF_INET6);
	flow_connect(f);
	tx(f, .data = GET, .fragment = 16);
	f->snd = 1;
	check_unharmed(f);
}

WIRE(ip_fragments__of_every_segment)
{
	/* RFC 8200 4.5: all headers are in the first */
	uint16_t size = p->family == AF_INET ? 8 : 24;

	handshake_and_request(f, &(struct seg){ .fragment = size });
	flow_init(f, p);
	handshake_and_request(f, &(struct seg){ .fragment = size,
						.fragment_backwards = true });
}

/* What Ethernet adds to a short frame is not data. */
WIRE(padding__is_not_data)
{
	handshake_and_request(f, &(struct seg){ .pad = 6 });
	check_eq(GET_LEN, conn_num(f, "bytes_in"));
	quiet(p, 100);
}

/* RFC 9293 MUST-57, MUST-63: dropped in silence, whatever the frame says. */
WIRE(addresses__of_a_group_or_of_nobody)
{
	static const uint8_t groups4[][4] = {
		{ 224, 0, 0, 1 }, { 255, 255, 255, 255 }, { 10, 0, 0, 255 },
	};
	static const uint8_t group6[16] = { 0xff, 2, [15] = 1 };
	static const uint8_t nobody6[][16] = {
		{ 0 }, { [10] = 0xff, 0xff, 10, 0, 0, 2 },
	};
	size_t i;

	if (p->family == AF_INET) {
		for (i = 0; i < ARRAY_LEN(groups4); i++)
			tx(f, .flags = SYN, .seq = 0, .to = groups4[i]);
	} else {
		tx(f, .flags = SYN, .seq = 0, .to = group6);
		for (i = 0; i < ARRAY_LEN(nobody6); i++)
			tx(f, .flags = SYN, .seq = 0, .from = nobody6[i]);
	}
	quiet(p, 5000);
	check_stat("InSegs", 0);
	check_stat("InBadAddrs", 3);
	check_stat("CurrConns", 0);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/* What ktcp tells of data out of order (RFC 2018), and of data that came twice
 * (RFC 2883).
 */
#include "wire.h"

static void connect_with(struct flow *f, uint8_t offer)
{
	f->offer = offer;
	flow_connect(f);
}

/* @len bytes at @seq, out of order. */
#define early(f, at, n)		tx(f, .seq = (at), .data = "0123456789", .len = (n))

WIRE(sack__not_without_being_asked)
{
	connect_with(f, TS | WSCALE);
	early(f, 11, 10);
	rx(f, .ack = 1);
}

WIRE(sack__block_grows)
{
	connect_with(f, SACK);
	early(f, 11, 10);
	rx(f, .ack = 1, .sack = { { 11, 21 } });
	early(f, 21, 10);
	rx(f, .ack = 1, .sack = { { 11, 31 } });
	early(f, 6, 5);
	rx(f, .ack = 1, .sack = { { 6, 31 } });
}

/* RFC 2018 4: first the block of the segment that came last, then the others. */
WIRE(sack__latest_first)
{
	connect_with(f, SACK);
	early(f, 11, 5);
	rx(f, .ack = 1, .sack = { { 11, 16 } });
	early(f, 31, 5);
	rx(f, .ack = 1, .sack = { { 31, 36 }, { 11, 16 } });
	early(f, 21, 5);
	rx(f, .ack = 1, .sack = { { 21, 26 }, { 31, 36 }, { 11, 16 } });
	early(f, 41, 5);
	rx(f, .ack = 1, .sack = { { 41, 46 }, { 21, 26 }, { 31, 36 }, { 11, 16 } });
	/* a fifth drives out the one told longest ago */
	early(f, 51, 5);
	rx(f, .ack = 1, .sack = { { 51, 56 }, { 41, 46 }, { 21, 26 }, { 31, 36 } });
	early(f, 16, 1);
	rx(f, .ack = 1, .sack = { { 16, 17 }, { 51, 56 }, { 41, 46 }, { 21, 26 } });
}

/* ... which is told again when all the others have been acknowledged. */
WIRE(sack__forgotten_block_comes_back)
{
	connect_with(f, SACK);
	early(f, 51, 5);
	rx(f, .ack = 1, .sack = { { 51, 56 } });
	early(f, 11, 5);
	rx(f, .ack = 1, .sack = { { 11, 16 }, { 51, 56 } });
	early(f, 21, 5);
	rx(f, .ack = 1, .sack = { { 21, 26 }, { 11, 16 }, { 51, 56 } });
	early(f, 31, 5);
	rx(f, .ack = 1, .sack = { { 31, 36 }, { 21, 26 }, { 11, 16 }, { 51, 56 } });
	early(f, 41, 5);
	rx(f, .ack = 1, .sack = { { 41, 46 }, { 31, 36 }, { 21, 26 }, { 11, 16 } });
	tx(f, .seq = 1, .data = "GET /01234");
	rx(f, .ack = 16, .sack = { { 41, 46 }, { 31, 36 }, { 21, 26 } });
	tx(f, .seq = 16, .data = "01234");
	rx(f, .ack = 26, .sack = { { 41, 46 }, { 31, 36 } });
	tx(f, .seq = 26, .data = "01234");
	rx(f, .ack = 36, .sack = { { 41, 46 } });
	tx(f, .seq = 36, .data = "01234");
	rx(f, .ack = 46, .sack = { { 51, 56 } });
	tx(f, .seq = 46, .data = "01234");
	rx(f, .ack = 56);
}

WIRE(sack__two_blocks_become_one)
{
	connect_with(f, SACK);
	early(f, 11, 5);
	rx(f, .ack = 1, .sack = { { 11, 16 } });
	early(f, 21, 5);
	rx(f, .ack = 1, .sack = { { 21, 26 }, { 11, 16 } });
	early(f, 16, 5);
	rx(f, .ack = 1, .sack = { { 11, 26 } });
}

/* Beside a timestamp there is room for three. */
WIRE(sack__with_timestamps)
{
	connect_with(f, SACK | TS);
	early(f, 11, 5);
	rx(f, .ack = 1, .sack = { { 11, 16 } });
	early(f, 21, 5);
	rx(f, .ack = 1, .sack = { { 21, 26 }, { 11, 16 } });
	early(f, 31, 5);
	rx(f, .ack = 1, .sack = { { 31, 36 }, { 21, 26 }, { 11, 16 } });
	early(f, 41, 5);
	rx(f, .ack = 1, .sack = { { 41, 46 }, { 31, 36 }, { 21, 26 } });
}

WIRE(sack__ends_with_the_hole)
{
	connect_with(f, SACK);
	early(f, 6, 5);
	rx(f, .ack = 1, .sack = { { 6, 11 } });
	early(f, 16, 5);
	rx(f, .ack = 1, .sack = { { 16, 21 }, { 6, 11 } });
	tx(f, .data = "GET /", .len = 5);
	f->snd = 11;
	rx(f, .ack = 11, .sack = { { 16, 21 } });
	tx(f, .data = "01234", .len = 5);
	f->snd = 21;
	rx(f, .ack = 21);
	tx(f, .data = "0");
	rx(f, .ack = 22, .after_ms = 40);
}

/* On every ACK while there is a hole, those that carry data too. */
WIRE(sack__rides_on_data)
{
	uint32_t page = page_len(p), first = f->mss - 12;
	uint32_t end = 1 + strlen(GET);

	connect_with(f, SACK);
	early(f, end + 100, 10);
	rx(f, .ack = 1, .sack = { { end + 100, end + 110 } });
	f->snd = 1;
	tx(f, .flags = PSH | ACK, .data = GET);
	rx(f, .len = first, .sack = { { end + 100, end + 110 } });
	rx(f, .flags = PSH | ACK, .len = page - first,
	   .sack = { { end + 100, end + 110 } });
}

/*
 * Duplicates, RFC 2883 4
 */
WIRE(dsack__of_what_was_acknowledged)
{
	connect_with(f, SACK);
	tx(f, .data = "GET / HTTP");
	rx(f, .ack = 11, .after_ms = 40);
	tx(f, .seq = 1, .data = "GET / HTTP");
	rx(f, .ack = 11, .sack = { { 1, 11 } });
	check_stat("InDuplicates", 1);
	/* told once */
	tx(f, .seq = 11, .data = "/");
	rx(f, .ack = 12, .after_ms = 40);
}

WIRE(dsack__of_a_part)
{
	connect_with(f, SACK);
	tx(f, .data = "GET / HTTP");
	rx(f, .ack = 11, .after_ms = 40);
	tx(f, .seq = 6, .data = " HTTP/1.1", .len = 9);
	f->snd = 15;
	rx(f, .ack = 15, .sack = { { 6, 11 } });
}

WIRE(dsack__of_what_waits_in_a_block)
{
	connect_with(f, SACK);
	early(f, 11, 10);
	rx(f, .ack = 1, .sack = { { 11, 21 } });
	early(f, 31, 5);
	rx(f, .ack = 1, .sack = { { 31, 36 }, { 11, 21 } });
	early(f, 13, 2);
	rx(f, .ack = 1, .sack = { { 13, 15 }, { 11, 21 }, { 31, 36 } });
	check_stat("OfoDropped", 1);
}

/* RFC 2883 4.2: what was out of order comes again with what was not here. */
WIRE(dsack__overlap_with_a_block)
{
	connect_with(f, SACK);
	early(f, 11, 10);
	rx(f, .ack = 1, .sack = { { 11, 21 } });
	/* its end, and more */
	early(f, 16, 10);
	rx(f, .ack = 1, .sack = { { 16, 21 }, { 11, 26 } });
	/* its beginning, and what is before */
	early(f, 6, 7);
	rx(f, .ack = 1, .sack = { { 11, 13 }, { 6, 26 } });
	/* all of it: within a larger segment */
	tx(f, .seq = 3, .data = "T / HTTP/1.1\r\nHost: a\r\n\r\n", .len = 26);
	rx(f, .ack = 1, .sack = { { 6, 26 }, { 3, 29 } });
	check_stat("InDuplicates", 3);
}

/* In order, and some of it is here: below the ACK of the same segment. */
WIRE(dsack__overlap_in_order)
{
	connect_with(f, SACK);
	early(f, 6, 5);
	rx(f, .ack = 1, .sack = { { 6, 11 } });
	tx(f, .data = "GET / HT");
	rx(f, .ack = 11, .sack = { { 6, 9 } });
	/* both before RCV.NXT and in a block: only the first is told */
	early(f, 16, 5);
	rx(f, .ack = 11, .sack = { { 16, 21 } });
	tx(f, .seq = 9, .data = "0123456789");
	rx(f, .ack = 21, .sack = { { 9, 11 } });
	check_stat("InDuplicates", 2);
}

/* Two blocks that are not neighbours: the first of the two (RFC 2883 4.2.2). */
WIRE(dsack__overlap_with_two_blocks)
{
	connect_with(f, SACK);
	early(f, 31, 5);
	rx(f, .ack = 1, .sack = { { 31, 36 } });
	early(f, 11, 5);
	rx(f, .ack = 1, .sack = { { 11, 16 }, { 31, 36 } });
	tx(f, .seq = 6, .data = "0123456789012345678901234567", .len = 28);
	rx(f, .ack = 1, .sack = { { 11, 16 }, { 6, 36 } });
}

WIRE(dsack__not_without_sack)
{
	flow_connect(f);
	tx(f, .data = "GET / HTTP");
	rx(f, .ack = 11, .after_ms = 40);
	tx(f, .seq = 1, .data = "GET / HTTP");
	rx(f, .ack = 11);
}

TEST_HARNESS_MAIN

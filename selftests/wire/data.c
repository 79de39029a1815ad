// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: reassembly, the window, when an ACK goes out (RFC 9293 3.10.7.4,
 * 3.8.6.3), and every way in which a device delivers a segment.
 */
#define WIRE_GRO

#include <netinet/in.h>
#include <stdlib.h>

#include "wire.h"

/* A request of exactly @len bytes: a page, and a field to fill it up. */
static const char *long_request(size_t len)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
	static char text[16384];

	check(len >= sizeof(head) + 4 && len < sizeof(text));
	memset(text, 'x', len);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + len - 4, "\r\n\r\n", 5);
	return text;
}

/* The whole page must come now, as one response to all that was sent. */
static void expect_page(struct flow *f)
{
	uint32_t seq = f->rcv;
	struct response r;
	struct got g;

	while (f->rcv == seq)
		if (!flow_next(f, &g, 0))
			fail("no response");
	response_at(f, seq, &r);
	take(f, seq + r.head + r.length - f->rcv, ACK_NEVER);
	check_page(f, seq, &r);
	tx(f);
}

WIRE(in_order__ack_rides_on_the_answer)
{
	uint32_t page = page_len(p);

	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = GET);
	rx(f, .seq = 1, .ack = 1 + GET_LEN, .len = f->mss);
	take(f, page - f->mss, ACK_END);
	quiet(p, 1000);
	check_eq(GET_LEN, conn_num(f, "bytes_in"));
	check_stat("DelayedAcks", 0);
}

WIRE(psh__is_not_needed)
{
	flow_connect(f);
	tx(f, .data = GET);
	expect_page(f);
}

WIRE(urg__is_ordinary_data)
{
	flow_connect(f);
	tx(f, .flags = ACK | URG, .urg = 5, .data = GET);
	expect_page(f);
}

WIRE(delayed_ack__after_40_ms)
{
	flow_connect(f);
	tx(f, .data = GET, .len = 5);
	check_timer(f, "delack");
	rx(f, .ack = 6, .after_ms = 40);
	quiet(p, 1000);
	check_stat("DelayedAcks", 1);
}

WIRE(delayed_ack__sysctl)
{
	sysctl_set("delack_ms", "120");
	flow_connect(f);
	tx(f, .data = GET, .len = 5);
	rx(f, .ack = 6, .after_ms = 120);
}

/* Not put off by what follows: the first byte waits no longer than 40 ms. */
WIRE(delayed_ack__from_the_first_segment_on)
{
	uint64_t first;

	flow_connect(f);
	first = now_us();
	tx(f, .data = GET, .len = 5);
	quiet(p, 20);
	tx(f, .data = GET + 5, .len = 5);
	p->mark_us = first;
	rx(f, .ack = 11, .after_ms = 40);
	quiet(p, 1000);
}

WIRE(delayed_ack__not_after_the_answer_has_gone)
{
	flow_connect(f);
	tx(f, .data = GET, .len = GET_LEN - 1);
	quiet(p, 20);
	tx(f, .data = "\n");
	expect_page(f);
	quiet(p, 1000);
	check_stat("DelayedAcks", 0);
}

/* RFC 9293 3.8.6.3, SHLD-18 and MUST-59 */
WIRE(ack__every_second_full_segment)
{
	const char *text = long_request(8000);
	int i;

	flow_connect(f);
	for (i = 0; i < 4; i++) {
		tx(f, .data = text + (f->snd - 1), .len = f->mss);
		if (i % 2)
			rx(f);
	}
	quiet(p, 1000);
	check_stat("DelayedAcks", 0);
}

/* A path that takes less than it did: what is a full segment is learnt again. */
WIRE(ack__every_second_of_shorter_segments)
{
	int i;

	peer_mtu(p, 9000);
	flow_init(f, p);
	flow_connect(f);
	tx(f, .data = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n");
	rx(f, .after_ms = 40);
	tx(f, .len = f->mss);
	tx(f, .len = f->mss);
	rx(f);
	for (i = 0; i < 3; i++) {
		tx(f, .len = 1400);
		tx(f, .len = 1400);
		rx(f, .after_ms = 40);
	}
	for (i = 0; i < 3; i++) {
		tx(f, .len = 1400);
		tx(f, .len = 1400);
		rx(f);
	}
}

WIRE(ack__odd_full_segment_is_delayed)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .len = f->mss);
	tx(f, .data = text + f->mss, .len = f->mss);
	rx(f);
	tx(f, .data = text + 2 * f->mss, .len = f->mss);
	rx(f, .after_ms = 40);
	quiet(p, 1000);
}

/* RFC 5681 4.2 */
WIRE(ack__at_once_out_of_order_and_when_the_gap_fills)
{
	flow_connect(f);
	tx(f, .seq = 1 + 10, .data = GET + 10, .len = 5);
	rx(f, .ack = 1);
	tx(f, .seq = 1 + 15, .data = GET + 15, .len = 5);
	rx(f, .ack = 1);
	tx(f, .data = GET, .len = 10);
	rx(f, .ack = 1 + 20);
	f->snd = 1 + 20;
	tx(f, .data = GET + 20);
	expect_page(f);
	check_stat("OfoQueued", 2);
}

/* A gap that is filled in part: the ACK moves as far as data is in order. */
WIRE(out_of_order__two_gaps)
{
	flow_connect(f);
	tx(f, .seq = 1 + 20, .data = GET + 20);
	rx(f, .ack = 1);
	tx(f, .seq = 1 + 5, .data = GET + 5, .len = 5);
	rx(f, .ack = 1);
	tx(f, .data = GET, .len = 5);
	rx(f, .ack = 1 + 10);
	f->snd = 1 + 10;
	tx(f, .data = GET + 10, .len = 10);
	f->snd = 1 + GET_LEN;
	expect_page(f);
}

/* Four pieces in all 24 orders. */
WIRE(out_of_order__every_permutation)
{
	static const uint8_t at[] = { 0, 3, 10, 20, sizeof(GET) - 1 };
	int order, i;

	flow_connect(f);
	for (order = 0; order < 24; order++) {
		uint8_t left[] = { 0, 1, 2, 3 };
		uint32_t base = f->snd, rcv = 0;
		bool have[4] = {};
		int n = order;

		for (i = 4; i > 0; i--) {
			int pick = n % i, piece = left[pick];

			n /= i;
			memmove(left + pick, left + pick + 1, i - pick - 1);
			tx(f, .seq = base + at[piece], .data = GET + at[piece],
			   .len = at[piece + 1] - at[piece]);
			have[piece] = true;
			while (rcv < 4 && have[rcv])
				rcv++;
			if (i == 1)
				break;
			f->snd = base + at[rcv];
			/* in order, with nothing missing: it may wait */
			if (rcv == 4 - i + 1u && piece == (int)rcv - 1)
				rx(f, .after_ms = 40);
			else
				rx(f);
		}
		f->snd = base + GET_LEN;
		expect_page(f);
	}
}

/* Each piece overlaps the one before; bytes that came first, or last, count. */
WIRE(overlap__in_order)
{
	flow_connect(f);
	tx(f, .data = GET, .len = 10);
	rx(f, .after_ms = 40);
	tx(f, .seq = 1 + 5, .data = GET + 5, .len = 10);
	f->snd = 1 + 15;
	rx(f);		/* half of it is here twice: its sender missed an ACK */
	tx(f, .seq = 1, .data = GET);
	f->snd = 1 + GET_LEN;
	expect_page(f);
	check_eq(GET_LEN, conn_num(f, "bytes_in"));
}

WIRE(overlap__out_of_order)
{
	static const struct { uint8_t at, end; } piece[] = {
		{ 10, 15 }, { 12, 20 }, { 8, 12 }, { 11, 13 }, { 8, 22 },
		{ 10, 15 }, { 18, 24 },
	};
	size_t i;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(piece); i++) {
		tx(f, .seq = 1 + piece[i].at, .data = GET + piece[i].at,
		   .len = piece[i].end - piece[i].at);
		rx(f, .ack = 1);
	}
	tx(f, .seq = 1, .data = GET, .len = 9);
	f->snd = 1 + 24;
	rx(f);
	tx(f, .data = GET + 24);
	expect_page(f);
	check_eq(GET_LEN, conn_num(f, "bytes_in"));
}

/* RFC 9293 3.10.7.4, first: an ACK, and dropped. */
WIRE(duplicate__is_acknowledged_at_once)
{
	flow_connect(f);
	tx(f, .data = GET, .len = 10);
	rx(f, .after_ms = 40);
	tx(f, .seq = 1, .data = GET, .len = 10);
	rx(f, .ack = 11);
	tx(f, .seq = 1 + 3, .data = GET + 3, .len = 4);
	rx(f, .ack = 11);
	check_eq(10, conn_num(f, "bytes_in"));
	tx(f, .data = GET + 10);
	expect_page(f);
}

WIRE(window__shrinks_with_the_right_edge_fixed)
{
	flow_connect(f);
	tx(f, .data = GET, .len = 10);
	/* less than a segment consumed: RFC 9293 3.8.6.2.2 */
	rx(f, .after_ms = 40, .wnd = 65535 - 10);
}

WIRE(window__opens_by_whole_segments)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .len = f->mss);
	tx(f, .data = text + f->mss, .len = f->mss);
	rx(f, .wnd = 65535);
}

WIRE(beyond_window__is_acknowledged_and_dropped)
{
	flow_connect(f);
	tx(f, .seq = 1 + 65535, .data = "beyond");
	rx(f, .ack = 1);
	tx(f, .seq = 1 + 65535 + 10, .data = "beyond");
	rx(f, .ack = 1);
	tx(f, .seq = 1 + (1u << 31), .data = "far off");
	rx(f, .ack = 1);
	check_stat("InUnacceptable", 3);
	check_stat("OfoQueued", 0);
	tx(f, .data = GET);
	expect_page(f);
}

/* The last byte that fits is kept, the first that does not is cut off. */
WIRE(beyond_window__is_cut_at_the_edge)
{
	static char text[16384];
	struct got g;

	sysctl_set("rcvbuf", "4096");
	flow_connect(f);
	memcpy(text, long_request(8000), 8000);
	tx(f, .seq = 1 + 4000, .data = text + 4000, .len = 1000);
	rx(f, .ack = 1);
	check_stat("InTruncated", 1);
	tx(f, .data = text, .len = 1400);
	rx(f, .ack = 1 + 1400);
	tx(f, .data = text + 1400, .len = 1400);
	rx(f, .ack = 1 + 2800);
	tx(f, .data = text + 2800, .len = 1200);
	check(flow_next(f, &g, 0));
	check_eq(1 + 4096, g.ack);
}

WIRE(old_ack__with_data_is_taken)
{
	struct response r;

	flow_connect(f);
	request(f, GET, &r);
	tx(f, .ack = 1, .data = GET);
	expect_page(f);
	check_stat("InOldAcks", 1);
}

WIRE(no_ack_flag__data_is_dropped)
{
	flow_connect(f);
	tx(f, .flags = PSH, .data = GET);
	f->snd = 1;
	quiet(p, 1000);
	check_eq(0, conn_num(f, "bytes_in"));
	tx(f, .data = GET);
	expect_page(f);
}

WIRE(split__at_every_byte)
{
	uint32_t at;

	flow_connect(f);
	for (at = 1; at < GET_LEN; at++) {
		tx(f, .data = GET, .len = at);
		tx(f, .data = GET + at, .len = GET_LEN - at);
		expect_page(f);
	}
	quiet(p, 100);
	check_stat("HttpRequests", GET_LEN - 1);
}

WIRE(split__at_every_byte_second_part_first)
{
	uint32_t at, base;

	flow_connect(f);
	for (at = 1; at < GET_LEN; at++) {
		base = f->snd;
		tx(f, .seq = base + at, .data = GET + at, .len = GET_LEN - at);
		rx(f, .ack = base);
		tx(f, .data = GET, .len = at);
		f->snd = base + GET_LEN;
		expect_page(f);
	}
}

WIRE(split__into_single_bytes)
{
	uint32_t at;

	flow_connect(f);
	for (at = 0; at < GET_LEN; at++)
		tx(f, .data = GET + at, .len = 1);
	expect_page(f);
	quiet(p, 100);
	check_eq(GET_LEN, conn_num(f, "bytes_in"));
}

WIRE(split__into_single_bytes_last_first)
{
	uint32_t at;

	flow_connect(f);
	for (at = GET_LEN - 1; at > 0; at--) {
		tx(f, .seq = 1 + at, .data = GET + at, .len = 1);
		rx(f, .ack = 1);
	}
	tx(f, .seq = 1, .data = GET, .len = 1);
	f->snd = 1 + GET_LEN;
	expect_page(f);
}

/* Two requests, cut at every place of both. */
WIRE(split__two_requests_at_every_byte)
{
	uint32_t at, seq, page = page_len(p);
	static const char both[] = GET GET;
	struct response r;

	flow_connect(f);
	for (at = 1; at < 2 * GET_LEN; at++) {
		seq = f->rcv;
		tx(f, .data = both, .len = at);
		if (at >= GET_LEN)
			take(f, page, ACK_END);
		tx(f, .data = both + at);
		take(f, seq + 2 * page - f->rcv, ACK_END);
		response_at(f, seq + page, &r);
		check_page(f, seq + page, &r);
	}
}

/*
 * What a device delivers
 */
WIRE(checksum__partial)
{
	flow_connect(f);
	tx(f, .data = GET, .csum = CSUM_PARTIAL);
	expect_page(f);
}

WIRE(checksum__partial_in_handshake)
{
	const uint8_t opt[] = { 2, 4, 0x05, 0xa0 };

	tx(f, .flags = SYN, .opt = opt, .optlen = 4, .csum = CSUM_PARTIAL);
	f->send_mss = 0x05a0 < f->mss ? 0x05a0 : f->mss;
	flow_synack(f);
	tx(f, .csum = CSUM_PARTIAL);
	check_state(f, "ESTABLISHED");
	check_stat("InCsumErrors", 0);
}

WIRE(checksum__bad_is_dropped_and_counted)
{
	unsigned long segs;

	flow_connect(f);
	segs = stat_get("InSegs");
	tx(f, .data = GET, .csum = CSUM_BAD);
	f->snd = 1;
	quiet(p, 1000);
	check_eq(0, conn_num(f, "bytes_in"));
	check_stat("InCsumErrors", 1);
	tx(f, .data = GET);
	expect_page(f);
	check_stat("InCsumErrors", 1);
	check_eq(segs + 3, stat_get("InSegs"));
}

/* What GRO makes of the segments of a fast peer. */
WIRE(super_segment__is_one_request)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = text, .gso = f->mss);
	expect_page(f);
	check_eq(8000, conn_num(f, "bytes_in"));
}

WIRE(super_segment__is_acknowledged_at_once)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .len = 3 * f->mss, .gso = f->mss);
	rx(f);
	quiet(p, 100);
}

WIRE(super_segment__overlaps)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .len = 2000, .gso = 1000);
	rx(f);
	tx(f, .seq = 1 + 4000, .data = text + 4000, .gso = 1000);
	rx(f, .ack = 2001);
	tx(f, .seq = 1 + 1000, .data = text + 1000, .len = 5000, .gso = 1000);
	f->snd = 8001;
	expect_page(f);
	check_eq(8000, conn_num(f, "bytes_in"));
}

WIRE(super_segment__hundred_requests)
{
	static char text[100 * sizeof(GET)];
	uint32_t page = page_len(p), i;
	struct response r;

	for (i = 0; i < 100; i++)
		memcpy(text + i * GET_LEN, GET, GET_LEN);
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = text, .len = 100 * GET_LEN,
	   .gso = 1000);
	take(f, 100 * page, ACK_EACH);
	for (i = 0; i < 100; i++) {
		response_at(f, 1 + i * page, &r);
		check_page(f, 1 + i * page, &r);
	}
	quiet(p, 1000);
}

/* Payload, then header too, in page fragments. */
WIRE(paged__payload)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .linear = 100);
	expect_page(f);
}

WIRE(paged__tcp_header)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .linear = p->family == AF_INET ? 20 : 40);
	expect_page(f);
}

WIRE(paged__tcp_header_cut_in_two)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .linear = p->family == AF_INET ? 30 : 50);
	expect_page(f);
}

WIRE(paged__out_of_order_and_overlapping)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .seq = 1 + 3000, .data = text + 3000, .linear = 64);
	rx(f, .ack = 1);
	tx(f, .data = text, .len = 4500, .linear = 70);
	f->snd = 8001;
	expect_page(f);
	check_eq(8000, conn_num(f, "bytes_in"));
}

WIRE(paged__bad_checksum)
{
	const char *text = long_request(8000);

	flow_connect(f);
	tx(f, .data = text, .linear = 100, .csum = CSUM_BAD);
	f->snd = 1;
	quiet(p, 100);
	check_stat("InCsumErrors", 1);
	tx(f, .data = text, .linear = 100);
	expect_page(f);
}

WIRE(fragments__of_ip)
{
	const char *text = long_request(4000);

	flow_connect(f);
	tx(f, .data = text, .fragment = 1024);
	expect_page(f);
	tx(f, .data = text, .fragment = 512, .fragment_backwards = true);
	expect_page(f);
	/* the request, its ACK; each time one segment */
	check_stat("InSegs", 2 + 2 * 2);
}

/* Connection tracking puts them together before any hook of ours. */
WIRE(fragments__with_connection_tracking)
{
	const char *text = long_request(4000);

	if (system("nft 'add table inet t; "
		   "add chain inet t i { type filter hook input priority 0; }; "
		   "add rule inet t i ct state invalid drop'"))
		fail("nft: no rules");
	flow_connect(f);
	tx(f, .data = text, .fragment = 1024, .fragment_backwards = true);
	expect_page(f);
}

/* RFC 5722: nothing of a packet whose fragments overlap is taken. */
WIRE(fragments__overlapping_are_dropped)
{
	const char *text = long_request(4000);

	wire_only(p, AF_INET6);
	flow_connect(f);
	tx(f, .data = text, .fragment = 1024, .fragment_overlap = 8);
	f->snd = 1;
	quiet(p, 100);
	check_stat("InSegs", 2);
	tx(f, .data = text, .fragment = 1024, .fragment_overlap = 8,
	   .fragment_id = 2, .fragment_backwards = true);
	f->snd = 1;
	quiet(p, 100);
	check_stat("InSegs", 2);
	tx(f, .data = text, .fragment = 1024, .fragment_id = 3);
	expect_page(f);
}

/* As many beginnings as one likes: the kernel's own limit bounds them. */
WIRE(fragments__flood_is_bounded)
{
	const char *text = long_request(4000);
	uint32_t i;

	wire_only(p, AF_INET6);
	flow_connect(f);
	for (i = 1; i <= 5000; i++) {
		tx(f, .data = text, .fragment = 1024, .fragment_first = true,
		   .fragment_id = i);
		f->snd = 1;
	}
	/* no room for more of them; what is whole is answered as ever */
	tx(f, .data = text, .fragment = 1024, .fragment_id = 10000);
	f->snd = 1;
	quiet(p, 0);
	check_stat("InSegs", 2);
	tx(f, .data = GET);
	expect_page(f);
	check_stat("InSegs", 4);
	/* a minute after they came there is room again */
	quiet(p, 50000);
	tx(f, .data = GET);
	expect_page(f);
	quiet(p, 15000);
	tx(f, .data = text, .fragment = 1024, .fragment_id = 10001);
	expect_page(f);
}

/* A socket of the host, connected to the peer at port @sport. */
static int host_connection(struct flow *f)
{
	int one = 1, listening = socket(f->p->family, SOCK_STREAM, 0), fd;
	struct sockaddr_in6 a6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(f->dport),
	};
	struct sockaddr_in a4 = {
		.sin_family = AF_INET,
		.sin_port = htons(f->dport),
	};

	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	check(!(f->p->family == AF_INET6 ?
		bind(listening, (void *)&a6, sizeof(a6)) :
		bind(listening, (void *)&a4, sizeof(a4))));
	check(!listen(listening, 1));
	flow_connect(f);
	fd = accept(listening, NULL, NULL);
	check(fd >= 0);
	close(listening);
	return fd;
}

/*
 * What turns out to be for another port is the host's, whole and with whatever
 * headers it has before the fragment's.
 */
WIRE(fragments__of_other_ports_reach_the_host)
{
	static const enum ext ext[] = { EXT_NONE, EXT_HOPOPTS, EXT_DSTOPTS };
	const char *text = long_request(4000);
	size_t len = strlen(text), i, at;
	static char seen[8192];
	ssize_t n;
	int fd;

	f->dport = 9090;
	fd = host_connection(f);
	for (i = 0; i < 2 * ARRAY_LEN(ext); i++) {
		if (p->family == AF_INET && ext[i / 2] != EXT_NONE)
			break;
		tx(f, .data = text, .fragment = 1024, .ext = ext[i / 2],
		   .fragment_id = 1 + i, .fragment_backwards = i & 1);
		memset(seen, 0, sizeof(seen));
		for (at = 0; at < len; at += n) {
			n = recv(fd, seen + at, len - at, MSG_DONTWAIT);
			if (n <= 0)
				fail("%zu bytes of %zu with headers %d", at,
				     len, ext[i / 2]);
		}
		check(!memcmp(seen, text, len));
		rx(f);
	}
	check_stat("InSegs", 0);
	tx(f, .flags = RST);
	close(fd);
}

WIRE(rcvbuf__out_of_order_memory_is_bounded)
{
	uint32_t at;

	flow_connect(f);
	/* single bytes: little payload, much memory */
	for (at = 10000; at > 1; at -= 2) {
		tx(f, .seq = 1 + at, .data = "x");
		rx(f, .ack = 1);
	}
	check(stat_get("OfoQueued") < 2000);
	check(stat_get("RcvQueueDropped") + stat_get("OfoDropped") > 2500);
	check_state(f, "ESTABLISHED");
}

WIRE(sequence__wraps_in_data)
{
	uint32_t at;

	for (at = 0; at <= GET_LEN; at++) {
		flow_init(f, p);
		f->iss = -1 - at;
		flow_connect(f);
		tx(f, .seq = 1 + 10, .data = GET + 10);
		rx(f, .ack = 1);
		tx(f, .data = GET, .len = 10);
		f->snd = 1 + GET_LEN;
		expect_page(f);
	}
}

/* The first ACKs do not wait, nor do those after silence. */
WIRE(quick_acks__at_the_start_and_after_silence)
{
	int i;

	sysctl_set("quick_acks", "3");
	flow_connect(f);
	for (i = 0; i < 3; i++) {
		tx(f, .data = "G");
		rx(f);
	}
	tx(f, .data = "E");
	rx(f, .after_ms = 40);
	quiet(p, 150);		/* less than an RTO */
	tx(f, .data = "T");
	rx(f, .after_ms = 40);
	quiet(p, 300);
	for (i = 0; i < 3; i++) {
		tx(f, .data = " ");
		rx(f);
	}
	tx(f, .data = " ");
	rx(f, .after_ms = 40);
	check_stat("DelayedAcks", 3);
}

/* What rides on data costs nothing, and does not count. */
WIRE(quick_acks__not_beside_data)
{
	struct response r;
	int i;

	sysctl_set("quick_acks", "2");
	flow_connect(f);
	for (i = 0; i < 5; i++)
		request(f, GET, &r);
	check_stat("DelayedAcks", 0);
	tx(f, .data = "G");
	rx(f);
	tx(f, .data = "E");
	rx(f);
	tx(f, .data = "T");
	rx(f, .after_ms = 40);
}

TEST_HARNESS_MAIN

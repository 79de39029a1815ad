// SPDX-License-Identifier: GPL-2.0
/*
 * Scripted losses, and the exact segments that RFC 8985 (RACK-TLP), RFC 6937
 * (PRR), RFC 5681 and RFC 6582 (no SACK) call for. The responder owes more
 * than 30 segments; congestion control is NewReno, which halves.
 */
#include <stdio.h>

#include "wire.h"

#define RTT	100
#define SEGS	30		/* at least so many are owed */

/* The first sequence number of segment @n. */
#define S(n)	(1 + (n) * (uint32_t)payload(f))

/* Connected over a path of RTT, with @n segments on their way for RTT. */
static void begin(struct flow *f, uint8_t offer, int n)
{
	char segs[16];

	snprintf(segs, sizeof(segs), "%d", n);
	sysctl_set("init_cwnd", segs);
	sysctl_set("congestion_control", "newreno");
	f->offer = offer;
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, RTT);
	tx(f);
	ask(f, SEGS);
	for (int i = 0; i < n; i++)
		rx(f, .seq = S(i), .len = payload(f));
	quiet(f->p, RTT);
}

/* A SACK of segments @from to @to - 1, nothing else new. */
#define sack(f, n, from, to)						\
	tx(f, .ack = S(n), .sack = { { S(from), S(to) } })

#define new_segment(f, n)						\
	rx(f, .seq = S(n), .len = payload(f))
#define old_segment(f, n)						\
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(n), .len = payload(f))

/*
 * With SACK
 */

/*
 * An ACK that covers nothing but what SACK has told of is an ACK of new data all
 * the same: that is kept no longer, and makes room for more.
 */
WIRE(sack__then_acknowledged_after_the_hole)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 3);
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(1));
	new_segment(f, 12);
	new_segment(f, 13);
	check_eq(payload(f), conn_num(f, "bytes_out"));
	tx(f, .ack = S(3));
	new_segment(f, 14);
	new_segment(f, 15);
	check_eq(3 * payload(f), conn_num(f, "bytes_out"));
}

/* RFC 8985 6.2: with three segments beyond the hole there is no more waiting. */
WIRE(sack__one_lost)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 2);
	new_segment(f, 10);		/* RFC 3042 */
	sack(f, 0, 1, 3);
	new_segment(f, 11);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	check_stat("FastRecoveries", 1);
	/* ten were out, and two more in the place of two that had arrived */
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	quiet(p, 10);
	/* PRR: ten are to arrive, 5 are wanted: one for two that arrive */
	sack(f, 0, 1, 5);
	quiet(p, 0);
	sack(f, 0, 1, 6);
	quiet(p, 0);
	sack(f, 0, 1, 7);
	new_segment(f, 12);
	quiet(p, 0);
	/* all of it, but the one sent in recovery: it is over */
	tx(f, .ack = S(12));
	check_eq(5 * payload(f), conn_num(f, "cwnd"));
	for (int i = 13; i < 17; i++)
		new_segment(f, i);
	quiet(p, 0);
	check_stat("RetransSegs", 1);
	check_stat("RtoTimeouts", 0);
}

/* The first was late, and now the fourth is: five beyond it have arrived. */
static void late_again(struct flow *f)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 3);
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(3));
	for (int i = 12; i < 16; i++)
		new_segment(f, i);
	quiet(f->p, RTT - 20);
	sack(f, 3, 4, 9);
	for (int i = 16; i < 21; i++)
		new_segment(f, i);
	check_timer(f, "reorder");
}

/* RFC 5681 3.2: what is sent for what SACK tells of is nothing that cwnd let go. */
WIRE(sack__a_loss_is_half_of_cwnd)
{
	late_again(f);
	check_eq(13 * payload(f), conn_num(f, "cwnd"));
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(3), .len = payload(f),
	   .after_ms = RTT / 4);
	check_eq(13 * payload(f) / 2, conn_num(f, "ssthresh"));
}

/* What the ACK covers that tells of the loss was on its way, too. */
WIRE(sack__a_loss_in_a_late_ack)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(5), .sack = { { S(6), S(10) } });
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	old_segment(f, 5);
	for (int i = 10; i < 14; i++)
		new_segment(f, i);
	quiet(p, 0);
}

/* Two segments beyond the hole: it may be late, for a quarter of the RTT. */
WIRE(sack__reordering_window)
{
	begin(f, SACK, 3);
	sack(f, 0, 1, 3);
	new_segment(f, 3);
	new_segment(f, 4);
	check_timer(f, "reorder");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = RTT / 4);
	check_stat("ReorderTimeouts", 1);
	check_stat("FastRecoveries", 1);
}

/* It was late: nothing is sent again, and from now on there is patience. */
WIRE(sack__reordering_is_remembered)
{
	late_again(f);
	check_stat("RetransSegs", 0);
	tx(f, .ack = S(9));
	drain(f);
	check_stat("RetransSegs", 0);
	check_stat("FastRecoveries", 0);
}

/* What overtakes is faster than the path: patience is a quarter of what that is. */
WIRE(sack__overtaking_is_no_round_trip)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(10));
	for (int i = 10; i < 30; i++)
		new_segment(f, i);
	quiet(p, 10);
	sack(f, 10, 11, 12);
	drain(f);
	check_timer(f, "reorder");
	check_near(RTT / 4, conn_num(f, "expires_ms"));
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(10), .len = payload(f),
	   .after_ms = RTT / 4);
	check_stat("ReorderTimeouts", 1);
}

WIRE(sack__burst_lost)
{
	begin(f, SACK, 10);
	sack(f, 0, 4, 10);
	/* pipe is 0: PRR allows as many as have arrived, up to ssthresh */
	for (int i = 0; i < 4; i++)
		old_segment(f, i);
	new_segment(f, 10);
	quiet(p, 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	check_stat("RetransSegs", 4);
	tx(f, .ack = S(10));
	for (int i = 11; i < 15; i++)
		new_segment(f, i);
	quiet(p, 0);
}

WIRE(sack__two_holes)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(6), S(10) }, { S(2), S(5) } });
	/* 0, 1 and 5 are lost */
	old_segment(f, 0);
	old_segment(f, 1);
	old_segment(f, 5);
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, 0);
	tx(f, .ack = S(5), .sack = { { S(6), S(10) } });
	/* PRR-SSRB: pipe is 3, 5 are wanted */
	new_segment(f, 12);
	new_segment(f, 13);
	quiet(p, 0);
	check_stat("RetransSegs", 3);
}

/* What was sent after the retransmission has arrived, it has not: again. */
WIRE(sack__retransmission_lost)
{
	begin(f, SACK, 10);
	sack(f, 0, 4, 10);
	for (int i = 0; i < 4; i++)
		old_segment(f, i);
	new_segment(f, 10);
	quiet(p, RTT);
	tx(f, .ack = S(0), .sack = { { S(1), S(11) } });
	old_segment(f, 0);
	for (int i = 11; i < 15; i++)
		new_segment(f, i);
	quiet(p, 0);
	check_stat("RtoTimeouts", 0);
	check_stat("FastRecoveries", 1);
}

/*
 * A peer, or what is between, may acknowledge a part of a segment: where the others
 * begin and end is as it was.
 */
WIRE(sack__after_a_part_is_acknowledged)
{
	uint32_t part = S(0) + 500;

	begin(f, SACK, 10);
	tx(f, .ack = part);
	tx(f, .ack = part, .sack = { { S(8), S(10) }, { S(3), S(7) } });
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = part, .len = payload(f) - 500);
	old_segment(f, 1);
	old_segment(f, 2);
	old_segment(f, 7);
	new_segment(f, 10);
	check_stat("RetransSegs", 4);
}

/* What our ACKs tell of the peer's data makes our segments shorter: the tail's, too. */
WIRE(tlp__shorter_with_sack_blocks)
{
	uint32_t len;

	f->wnd = 10 * payload(f);
	begin(f, SACK, 10);
	tx(f, .seq = f->snd + 5, .data = "x", .ack = S(0));
	rx(f, .ack = f->snd, .sack = { { f->snd + 5, f->snd + 6 } });
	len = payload(f) - 12;
	rx(f, .flags = ACK | PSH, .seq = S(10) - len, .len = len, .ack = f->snd,
	   .sack = { { f->snd + 5, f->snd + 6 } }, .after_ms = RTT);
	check_stat("LossProbes", 1);
	check_stat("RtoTimeouts", 0);
}

/* A block of less than a segment says nothing of it. */
WIRE(sack__part_of_a_segment)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(1) + 1, S(2) }, { S(3), S(4) - 1 } });
	tx(f, .ack = S(0), .sack = { { S(1) + 1, S(3) - 1 } });
	quiet(p, 10);
	check_stat("RetransSegs", 0);
	tx(f, .ack = S(0), .sack = { { S(1) + 1, S(3) + 1 } });
	new_segment(f, 10);
	check_stat("InBadSacks", 0);
}

/* RFC 2018 5, RFC 2883: what cannot be is not believed. */
WIRE(sack__nonsense)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(1), S(10) + 1 } });
	tx(f, .ack = S(0), .sack = { { S(4), S(2) } });
	tx(f, .ack = S(0), .sack = { { S(0) + 0x80000000, S(1) } });
	tx(f, .ack = S(0), .sack = { { S(11), S(12) } });
	tx(f, .ack = S(0), .sack = { { S(0), S(2) } });
	quiet(p, 10);
	check_stat("InBadSacks", 5);
	check_stat("RetransSegs", 0);
}

/* RFC 2018 8: a peer may throw away what it had told of. */
WIRE(sack__reneging)
{
	long rto;

	begin(f, SACK, 10);
	tx(f, .ack = S(0), .sack = { { S(2), S(10) } });
	old_segment(f, 0);
	old_segment(f, 1);
	drain(f);
	tx(f, .ack = S(2));		/* and 2 to 9 are gone */
	drain(f);
	rto = conn_num(f, "rto_ms");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(2), .len = payload(f),
	   .after_ms = rto);
	check_stat("SackReneging", 1);
	tx(f, .ack = S(3));
	old_segment(f, 3);
	old_segment(f, 4);
}

/*
 * Tail loss probes, RFC 8985 7
 */
WIRE(tlp__new_data_first)
{
	begin(f, SACK, 10);
	rx(f, .seq = S(10), .flags = ACK | PSH_OR_NOT, .len = payload(f),
	   .after_ms = 2 * RTT);
	check_stat("LossProbes", 1);
	check_stat("RetransSegs", 0);
	tx(f, .ack = S(11));
	drain(f);
	check_stat("RtoTimeouts", 0);
	check_stat("RetransSegs", 0);
}

/* Four segments on their way; returns the length of the last. */
static uint32_t tail(struct flow *f, uint8_t offer)
{
	uint32_t rest = 3 * page_len(f->p);

	sysctl_set("congestion_control", "newreno");
	f->offer = offer;
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, RTT);
	tx(f);
	ask(f, 3);
	for (int i = 0; i < 3; i++)
		new_segment(f, i);
	rest -= 3 * payload(f);
	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest);
	return rest;
}

/*
 * The SACK of the probe finds what else was lost of the tail; its timestamp is that of
 * what came before the hole (RFC 7323 4.3), and says nothing of the probe.
 */
WIRE(tlp__finds_the_tail_with_timestamps)
{
	uint32_t rest = tail(f, SACK | TS), ts = f->ts_recent;
	struct got g;

	quiet(p, 50);
	tx(f, .ack = S(2));
	check(flow_next(f, &g, 3 * RTT));
	check_eq(S(3), g.seq);
	check_stat("LossProbes", 1);
	quiet(p, RTT);
	tx(f, .ack = S(2), .tsecr = ts, .sack = { { S(3), S(3) + rest } });
	old_segment(f, 2);
	check_stat("FastRecoveries", 1);
	tx(f);
	check_stat("RtoTimeouts", 0);
}

WIRE(tlp__else_the_last_segment)
{
	uint32_t page = page_len(p), rest = tail(f, SACK);

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest,
	   .after_ms = 2 * RTT);
	check_stat("LossProbes", 1);
	check_stat("RetransSegs", 1);
	/* the tail was lost, the probe repaired it: the loss still counts */
	tx(f);
	check_eq(10 * payload(f), conn_num(f, "cwnd"));
	ask(f, 1);
	take(f, page, ACK_END);
	check(conn_num(f, "cwnd") < 10 * payload(f));
	check_stat("RtoTimeouts", 0);
}

/* The original was late: the D-SACK says that there was no loss. */
WIRE(tlp__for_nothing)
{
	uint32_t page = page_len(p), rest = tail(f, SACK);

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest,
	   .after_ms = 2 * RTT);
	tx(f);
	tx(f, .sack = { { S(3), f->rcv } });
	check_stat("InDSacks", 1);
	ask(f, 1);
	take(f, page, ACK_END);
	check_eq(10 * payload(f), conn_num(f, "cwnd"));
}

/* A peer that does not tell what came twice has but a duplicate ACK. */
WIRE(tlp__for_nothing_without_dsack)
{
	uint32_t page = page_len(p), rest = tail(f, SACK);

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest,
	   .after_ms = 2 * RTT);
	tx(f);
	tx(f);
	ask(f, 1);
	take(f, page, ACK_END);
	check_eq(10 * payload(f), conn_num(f, "cwnd"));
}

/*
 * Peers that tell of data and not of the FIN that came with it (BSD).
 */

/* Two segments on their way, the second with FIN; returns how long that is. */
static uint32_t tail_with_fin(struct flow *f)
{
	struct got g;

	f->offer = SACK;
	flow_syn(f);
	flow_synack(f);
	quiet(f->p, RTT);
	tx(f);
	tx(f, .data = GET_CLOSE);
	rx(f, .seq = S(0), .len = payload(f));
	check(flow_next(f, &g, 0));
	check_eq(S(1), g.seq);
	check_eq(FIN | PSH | ACK, g.flags);
	check(g.len && g.len < payload(f));
	f->rcv = S(1) + g.len + 1;
	return g.len;
}

WIRE(sack__does_not_tell_of_the_fin)
{
	uint32_t rest = tail_with_fin(f);

	quiet(p, RTT);
	tx(f, .ack = S(0), .sack = { { S(1), S(1) + rest } });
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(0), .len = payload(f),
	   .after_ms = RTT / 4);
	check_stat("FastRecoveries", 1);
	check_stat("LossProbes", 0);
	tx(f);
	check_state(f, "FIN_WAIT_2");
	check_stat("RtoTimeouts", 0);
}

/* A whole segment may have come without the FIN, which went out later. */
WIRE(sack__does_not_tell_of_a_fin_of_its_own)
{
	uint32_t rest = tail_with_fin(f), cut = 100;

	quiet(p, RTT);
	tx(f, .ack = S(0), .sack = { { S(1), S(1) + rest - cut } });
	rx(f, .flags = FIN | PSH | ACK, .seq = S(1), .len = rest, .after_ms = RTT);
	check_stat("LossProbes", 1);
	check_stat("FastRecoveries", 0);
}

WIRE(tlp__for_nothing_with_a_fin)
{
	uint32_t rest = tail_with_fin(f);
	long cwnd = conn_num(f, "cwnd");

	rx(f, .flags = FIN | PSH | ACK, .seq = S(1), .len = rest,
	   .after_ms = 2 * RTT);
	tx(f, .ack = S(1) + rest);
	tx(f, .ack = S(1) + rest, .sack = { { S(1), S(1) + rest } });
	check_stat("InDSacks", 1);
	check_eq(cwnd, conn_num(f, "cwnd"));
	tx(f);
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_state(f, "FIN_WAIT_2");
}

/* The whole flight is lost: the probe, then the timeout. */
WIRE(tlp__then_the_timeout)
{
	uint32_t rest = tail(f, SACK);
	long rto = conn_num(f, "rto_ms");

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest,
	   .after_ms = 2 * RTT);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(0), .len = payload(f),
	   .after_ms = rto);
	check_stat("RtoTimeouts", 1);
	check_stat("LossProbes", 1);
}

/* RFC 8985 7.2: the ACK of a single segment may be delayed, by 200 ms. */
WIRE(tlp__of_a_single_segment)
{
	sysctl_set("rto_min_ms", "1000");
	begin(f, SACK, 1);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(1), .len = payload(f),
	   .after_ms = 2 * RTT + 200);
	check_stat("LossProbes", 1);
	check_stat("RtoTimeouts", 0);
}

WIRE(tlp__not_without_sack)
{
	long rto;

	tail(f, 0);
	rto = conn_num(f, "rto_ms");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(0), .len = payload(f),
	   .after_ms = rto);
	check_stat("LossProbes", 0);
}

/*
 * Without SACK, RFC 5681 3.2 and RFC 6582
 */
WIRE(reno__three_duplicate_acks)
{
	begin(f, 0, 10);
	tx(f, .ack = S(0));
	new_segment(f, 10);		/* RFC 3042 */
	tx(f, .ack = S(0));
	new_segment(f, 11);
	tx(f, .ack = S(0));
	old_segment(f, 0);
	check_stat("FastRecoveries", 1);
	check_stat("InDupAcks", 3);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	quiet(p, 0);
	for (int i = 0; i < 4; i++)
		tx(f, .ack = S(0));
	new_segment(f, 12);
	quiet(p, 0);
	tx(f, .ack = S(12));
	check_eq(5 * payload(f), conn_num(f, "cwnd"));
	for (int i = 13; i < 17; i++)
		new_segment(f, i);
	quiet(p, 0);
	check_stat("RetransSegs", 1);
}

/*
 * A duplicate ACK says that something has arrived, but none of those has that were
 * too long for the path: all go out again at once, shorter, as far as cwnd lets them.
 */
WIRE(reno__path_mtu_after_a_duplicate_ack)
{
	uint32_t less = mss_of(p, 1400);

	begin(f, 0, 3);
	tx(f, .ack = 1);
	new_segment(f, 3);
	flow_too_big(f, 1, 1400);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = less);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + less, .len = less);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1 + 2 * less, .len = less);
	rx(f, .flags = ACK | PSH, .seq = 1 + 3 * less,
	   .len = 3 * (payload(f) - less));
}

/* RFC 6582 3.2, step 3: a partial ACK names the next loss. */
WIRE(reno__partial_ack)
{
	begin(f, 0, 10);
	for (int i = 0; i < 3; i++)
		tx(f, .ack = S(0));
	new_segment(f, 10);
	new_segment(f, 11);
	old_segment(f, 0);
	tx(f, .ack = S(4));
	old_segment(f, 4);
	check_stat("FastRecoveries", 1);
	tx(f, .ack = S(12));
	drain(f);
	check_eq(5 * payload(f), conn_num(f, "cwnd"));
	check_stat("RetransSegs", 2);
}

/* Two are not three, and other ACKs are not duplicates. */
WIRE(reno__not_by_less)
{
	begin(f, 0, 10);
	tx(f, .ack = S(0));
	tx(f, .ack = S(0));
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(0), .wnd = 60000);	/* a window update */
	tx(f, .seq = f->snd, .ack = S(0), .wnd = 60000, .data = "G");
	rx(f, .seq = f->rcv, .after_ms = 40);
	check_stat("InDupAcks", 2);
	check_stat("RetransSegs", 0);
}

/* RFC 6582 3.2, step 2: what a timeout has sent again may come twice. */
WIRE(reno__not_after_a_timeout)
{
	long rto;

	begin(f, 0, 10);
	rto = conn_num(f, "rto_ms");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = rto);
	tx(f, .ack = S(1));
	new_segment(f, 10);		/* F-RTO, below */
	new_segment(f, 11);
	tx(f, .ack = S(1));
	old_segment(f, 1);
	tx(f, .ack = S(10));
	drain(f);
	for (int i = 0; i < 3; i++)
		tx(f, .ack = S(10));
	drain(f);
	check_stat("FastRecoveries", 0);
}

/* RFC 3042 2: and of what comes twice so no more than two let something new go. */
WIRE(reno__two_for_duplicates_after_a_timeout)
{
	uint32_t end;

	begin(f, 0, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = conn_num(f, "rto_ms"));
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(1));
	old_segment(f, 1);
	tx(f, .ack = S(10));
	drain(f);
	end = f->rcv;
	for (int i = 0; i < 8; i++)
		tx(f, .ack = S(10));
	rx(f, .seq = end, .len = payload(f));
	rx(f, .seq = end + payload(f), .len = payload(f));
	quiet(p, 0);
	check_stat("FastRecoveries", 0);
}

/*
 * Taken back
 */

/* Eifel, RFC 3522: the ACK echoes a time before the retransmission. */
WIRE(undo__timestamp_after_timeout)
{
	uint32_t before;
	long rto;

	begin(f, TS, 10);
	before = f->ts_recent;
	rto = conn_num(f, "rto_ms");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = rto);
	check_eq(payload(f), conn_num(f, "cwnd"));
	tx(f, .ack = S(1), .tsecr = before);
	check_stat("Undos", 1);
	check_eq(11 * payload(f), conn_num(f, "cwnd"));
	check_eq(4294967295, conn_num(f, "ssthresh"));
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, 0);
	check_stat("RetransSegs", 1);
}

/* The copies arrive as well, and what they tell is known (RFC 6582 3.2, 2). */
WIRE(undo__timestamp_after_three_timeouts)
{
	uint32_t before;
	int i;

	sysctl_set("mtu_probing", "0");
	begin(f, TS, 10);
	before = f->ts_recent;
	for (i = 0; i < 3; i++)
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
		   .after_ms = conn_num(f, "rto_ms"));
	tx(f, .ack = S(1), .tsecr = before);
	check_stat("Undos", 1);
	drain(f);
	tx(f, .ack = S(10), .tsecr = before);
	drain(f);
	for (i = 0; i < 3; i++)
		tx(f, .ack = S(10));
	drain(f);
	check_stat("RtoTimeouts", 3);
	check_stat("RetransSegs", 3);
	check_stat("FastRecoveries", 0);
}

WIRE(undo__not_when_it_was_lost)
{
	long rto;

	begin(f, TS, 10);
	rto = conn_num(f, "rto_ms");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = rto);
	tx(f, .ack = S(1));
	check_stat("Undos", 0);
	old_segment(f, 1);
	old_segment(f, 2);
	quiet(p, 0);
}

/* RFC 3708: all that was sent again has arrived twice. */
WIRE(undo__dsack_after_fast_recovery)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	tx(f, .ack = S(4));
	drain(f);
	check_stat("Undos", 0);
	tx(f, .ack = S(4), .sack = { { S(0), S(1) } });
	check_stat("InDSacks", 1);
	drain(f);
	check_stat("Undos", 1);
	check(conn_num(f, "cwnd") >= 10 * payload(f));
}

/*
 * A part that came twice is no proof for the rest: of two segments sent again one
 * and a third, then all.
 */
WIRE(undo__dsack_of_a_part)
{
	uint32_t part = 500;

	begin(f, SACK, 10);
	sack(f, 0, 2, 6);
	old_segment(f, 0);
	tx(f, .ack = S(0), .sack = { { S(2), S(8) } });
	old_segment(f, 1);
	drain(f);
	tx(f, .ack = S(8));
	drain(f);
	tx(f, .ack = S(8), .sack = { { S(0), S(1) } });
	tx(f, .ack = S(8), .sack = { { S(1), S(1) + part } });
	drain(f);
	check_stat("InDSacks", 2);
	check_stat("Undos", 0);
	tx(f, .ack = S(8), .sack = { { S(1) + part, S(2) } });
	drain(f);
	check_stat("InDSacks", 3);
	check_stat("Undos", 1);
	check_stat("RetransSegs", 2);
}

/*
 * The D-SACK is in an ACK that a later one has overtaken. Its timestamp is old,
 * but it is told once (RFC 2883 4): it is heard if that can be no duplicate of old.
 */
WIRE(undo__dsack_in_a_late_ack)
{
	static const struct {
		long late;
		uint16_t wnd;
		const char *data;
		int ack;
		bool heard;
	} cases[] = {
		{ 15, 0, NULL, 4, true },
		{ 15, 1000, NULL, 3, true },	/* an older ACK, too */
		{ 15, 1000, NULL, 4, false },	/* another window */
		{ 15, 0, "x", 4, false },	/* data */
		{ 15, 0, NULL, 5, false },	/* an ACK of more */
		{ 3000, 0, NULL, 4, false },	/* longer than an RTO ago */
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned long undos = stat_get("Undos");
		unsigned long drops = stat_get("PawsDrops");
		uint32_t snd;

		flow_init(f, p);
		begin(f, SACK | TS, 10);
		sack(f, 0, 1, 4);
		old_segment(f, 0);
		quiet(p, 20);
		tx(f, .ack = S(4));
		drain(f);
		check_stat("Undos", undos);
		snd = f->snd;
		tx(f, .ack = S(cases[i].ack), .data = cases[i].data,
		   .wnd = cases[i].wnd ?: f->wnd,
		   .tsval = ts_clock(f) - cases[i].late,
		   .sack = { { S(0), S(1) } });
		drain(f);
		f->snd = snd;
		check_stat("Undos", undos + cases[i].heard);
		check_stat("PawsDrops", drops + !cases[i].heard);
		tx(f, .flags = RST);
	}
}

/*
 * RFC 3708 3: on a path that makes two of one, more arrives twice than was sent
 * twice. That there was no loss it does not say, nor that RACK has been hasty.
 */
WIRE(undo__not_where_the_path_duplicates)
{
	uint32_t cwnd;

	begin(f, SACK, 10);
	tx(f, .ack = S(1), .sack = { { S(0), S(1) } });
	drain(f);
	sack(f, 1, 2, 5);
	old_segment(f, 1);
	tx(f, .ack = S(5));
	drain(f);
	cwnd = conn_num(f, "cwnd");
	tx(f, .ack = S(5), .sack = { { S(1), S(2) } });
	drain(f);
	check_stat("InDSacks", 2);
	check_stat("FastRecoveries", 1);
	check_stat("RetransSegs", 1);
	check_stat("Undos", 0);
	check(conn_num(f, "cwnd") < 10 * payload(f));
	check_eq(cwnd, conn_num(f, "cwnd"));
	/* What is lost later goes out again as soon as ever. */
	tx(f, .ack = S(10));
	drain(f);
	quiet(p, RTT);
	sack(f, 10, 11, 12);
	old_segment(f, 10);
	drain(f);
}

/* What was sent again before a timeout may be what arrives twice, after it. */
WIRE(undo__not_by_what_recovery_sent)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(0), .len = payload(f),
	   .after_ms = conn_num(f, "expires_ms"));
	check_stat("RtoTimeouts", 1);
	check_stat("RetransSegs", 2);
	/* the first was lost, so that one of two arrives twice */
	tx(f, .ack = S(10));
	drain(f);
	tx(f, .ack = S(10), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("InDSacks", 1);
	check_stat("Undos", 0);
}

/* Of what was sent again at once each segment counts. */
WIRE(undo__dsack_of_each_segment)
{
	int i;

	begin(f, SACK, 10);
	check_timer(f, "tlp");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(10), .len = payload(f),
	   .after_ms = RTT + conn_num(f, "expires_ms"));
	check_timer(f, "retrans");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(0), .len = payload(f),
	   .after_ms = conn_num(f, "expires_ms"));
	tx(f, .ack = S(1));
	new_segment(f, 11);
	new_segment(f, 12);
	/* what was sent last arrives, no more of what was sent before */
	tx(f, .ack = S(1), .sack = { { S(11), S(13) } });
	for (i = 1; i < 4; i++)
		old_segment(f, i);
	quiet(p, 0);
	check_stat("RetransSegs", 4);
	check_eq(4, conn_num(f, "retrans"));
	tx(f, .ack = S(13));
	for (i = 0; i < 4; i++) {
		drain(f);
		check_stat("Undos", 0);
		tx(f, .ack = S(13), .sack = { { S(i), S(i + 1) } });
	}
	drain(f);
	check_stat("InDSacks", 4);
	check_stat("Undos", 1);
}

/*
 * RFC 8985 6.2 step 4: what was sent again for nothing makes the reordering window
 * a quarter of the RTT wider.
 */
WIRE(sack__dsack_widens_the_reordering_window)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	tx(f, .ack = S(4));
	drain(f);
	tx(f, .ack = S(4), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("Undos", 1);
	tx(f, .ack = S(10));
	drain(f);
	quiet(p, RTT);
	sack(f, 10, 11, 13);
	drain(f);
	check_timer(f, "reorder");
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(10), .len = payload(f),
	   .after_ms = 2 * RTT / 4);
	check_stat("ReorderTimeouts", 1);
	drain(f);
}

/*
 * The usual order: all else has arrived when what was late, and so sent again, arrives
 * twice. What is late after that has time.
 */
WIRE(sack__late_teaches_when_all_is_acknowledged)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	tx(f, .ack = S(10));
	drain(f);
	tx(f, .ack = S(10), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("Undos", 1);
	quiet(p, RTT);
	sack(f, 10, 11, 14);
	drain(f);
	check_timer(f, "reorder");
	check_stat("RetransSegs", 1);
	tx(f, .ack = S(14));
	drain(f);
	check_stat("RetransSegs", 1);
	check_stat("FastRecoveries", 1);
}

/*
 * One segment is lost and two that follow have arrived: it goes out again after the
 * reordering window, @ms. Then all is acknowledged, one RTT later.
 */
static void lose_one(struct flow *f, long ms)
{
	uint32_t una = conn_num(f, "snd_una") - f->irs;
	uint32_t next = una + payload(f);

	tx(f, .ack = una, .sack = { { next, next + payload(f) } });
	drain(f);
	f->p->mark_us = now_us();
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = una, .len = payload(f),
	   .after_ms = ms);
	quiet(f->p, RTT);
	if (conn_num(f, "unsent") < 10 * payload(f))
		ask(f, SEGS);
	else
		tx(f);
	drain(f);
	quiet(f->p, RTT);
}

/* RFC 8985 6.2 step 4: for 16 recoveries, and not for one more. */
WIRE(sack__dsack_widens_for_16_recoveries)
{
	int i;

	sysctl_set("rto_min_ms", "2000");	/* which has no part in this */
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	tx(f, .ack = S(4));
	drain(f);
	tx(f, .ack = S(4), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("Undos", 1);
	quiet(p, RTT);
	for (i = 0; i < 16; i++)
		lose_one(f, 2 * RTT / 4);
	for (i = 0; i < 3; i++)
		lose_one(f, RTT / 4);
	check_stat("FastRecoveries", 1 + 19);
	check_stat("ReorderTimeouts", 19);
	check_stat("RtoTimeouts", 0);
}

/*
 * RFC 8985 6.2 step 2: an ACK that comes back faster than the path can be is of the
 * first transmission. It says nothing of those between the two.
 */
WIRE(sack__ack_faster_than_the_path)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	drain(f);
	quiet(p, 20);
	tx(f, .ack = S(4));
	drain(f);
	check_stat("RetransSegs", 1);
	quiet(p, RTT / 2);
	check_stat("RetransSegs", 1);
	check_stat("FastRecoveries", 1);
}

/*
 * The first segment is late by @n: two are patience, three are a loss (RFC 8985
 * 6.2), which the D-SACK then takes back.
 */
WIRE(sack__late_by_n)
{
	int n;

	for (n = 1; n < 10; n++) {
		unsigned long again = stat_get("RetransSegs");
		unsigned long undone = stat_get("Undos");
		bool lost = n >= 3;

		flow_init(f, p);
		begin(f, SACK, 10);
		for (int i = 1; i <= n; i++) {
			sack(f, 0, 1, i + 1);
			drain(f);
		}
		check_stat("RetransSegs", again + lost);
		tx(f, .ack = S(n + 1));
		drain(f);
		if (lost)
			tx(f, .ack = S(n + 1), .sack = { { S(0), S(1) } });
		drain(f);
		check_stat("Undos", undone + lost);
		check_stat("RetransSegs", again + lost);
		check(conn_num(f, "cwnd") >= 10 * payload(f));
		tx(f, .flags = RST);
	}
	check_stat("RtoTimeouts", 0);
}

/* What was late once, and sent again, is waited for the next time. */
WIRE(sack__late_twice)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 5);
	drain(f);
	check_stat("RetransSegs", 1);
	tx(f, .ack = S(5));
	drain(f);
	tx(f, .ack = S(5), .sack = { { S(0), S(1) } });
	drain(f);
	check_stat("Undos", 1);
	quiet(p, RTT);
	sack(f, 5, 6, 10);
	drain(f);
	check_stat("RetransSegs", 1);
	check_timer(f, "reorder");
	tx(f, .ack = S(10));
	drain(f);
	check_stat("FastRecoveries", 1);
}

/* All ACKs of a flight are lost but the last: that says it all. */
WIRE(acks__lost_but_the_last)
{
	begin(f, SACK, 10);
	tx(f, .ack = S(10));
	for (int i = 10; i < 30; i++)
		new_segment(f, i);
	check_eq(20 * payload(f), conn_num(f, "cwnd"));
	check_stat("RetransSegs", 0);
	check_stat("LossProbes", 0);
	drain(f);
}

/*
 * F-RTO (RFC 5682), for peers without timestamps
 */

/* @n segments are on their way, and the first one comes again. */
static void timed_out(struct flow *f, uint8_t offer, int n)
{
	long rto;

	begin(f, offer, n);
	rto = conn_num(f, "rto_ms");
	if (offer & SACK) {
		/* a loss probe, with new data */
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(n),
		   .len = payload(f), .after_ms = 2 * RTT);
	}
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = rto);
	check_eq(payload(f), conn_num(f, "cwnd"));
	check_stat("RtoTimeouts", 1);
	check_stat("RetransSegs", 1);
}

/* Everything was late: what was not sent again arrives too. */
WIRE(frto__late)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, 10);
	check_stat("Undos", 0);
	tx(f, .ack = S(2));
	check_stat("FrtoUndos", 1);
	check_stat("Undos", 1);
	check_eq(11 * payload(f), conn_num(f, "cwnd"));
	check_eq(4294967295, conn_num(f, "ssthresh"));
	new_segment(f, 12);
	/* the rest of it, and what came twice */
	tx(f, .ack = S(10));
	drain(f);
	tx(f, .ack = S(10));
	drain(f);
	check_stat("RetransSegs", 1);
	check_stat("FastRecoveries", 0);
	check_stat("RtoTimeouts", 1);
}

/*
 * RFC 5682 2.1, 3b: the timeout was for nothing, so duplicate ACKs of the same data
 * are no echo of it: what is lost there is lost.
 */
WIRE(frto__late_and_then_a_loss)
{
	int i;

	timed_out(f, 0, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(2));
	check_stat("FrtoUndos", 1);
	drain(f);
	for (i = 0; i < 3; i++)
		tx(f, .ack = S(2));
	drain(f);
	check_stat("RetransSegs", 2);
	check_stat("FastRecoveries", 1);
	check_stat("RtoTimeouts", 1);
}

/* The ACKs of all of it were lost, but that of what was new. */
WIRE(frto__late_in_one)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	tx(f, .ack = S(12));
	check_stat("FrtoUndos", 1);
	check(conn_num(f, "cwnd") >= 10 * payload(f));
	check_eq(4294967295, conn_num(f, "ssthresh"));
	drain(f);
}

WIRE(frto__late_with_sack)
{
	timed_out(f, SACK, 10);
	tx(f, .ack = S(1));
	new_segment(f, 11);
	new_segment(f, 12);
	quiet(p, 10);
	check_stat("Undos", 0);
	tx(f, .ack = S(2));
	check_stat("FrtoUndos", 1);
	check_stat("Undos", 1);
	check_stat("RetransSegs", 1);
	check_eq(4294967295, conn_num(f, "ssthresh"));
	check(conn_num(f, "cwnd") >= 10 * payload(f));
	drain(f);
	for (int i = 3; i < 14; i++) {
		tx(f, .ack = S(i));
		drain(f);
		quiet(p, 10);
	}
	check_stat("RetransSegs", 1);
	check_stat("FastRecoveries", 0);
}

/* RFC 5682 3.1, step 3b: SACK can tell as well. */
WIRE(frto__late_and_reordered)
{
	timed_out(f, SACK, 10);
	sack(f, 0, 5, 6);		/* not yet: step 2 waits for an ACK */
	quiet(p, 0);
	check_stat("Undos", 0);
	sack(f, 1, 5, 6);
	new_segment(f, 11);
	new_segment(f, 12);
	sack(f, 1, 5, 7);
	check_stat("FrtoUndos", 1);
	drain(f);
	check(conn_num(f, "cwnd") >= 10 * payload(f));
}

/* All was lost: the peer has the new segments, and a hole before them. */
WIRE(frto__lost)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, RTT);
	tx(f, .ack = S(1));
	old_segment(f, 1);
	check_eq(3 * payload(f), conn_num(f, "cwnd"));
	tx(f, .ack = S(1));
	quiet(p, RTT);
	tx(f, .ack = S(2));
	old_segment(f, 2);
	old_segment(f, 3);
	quiet(p, 0);
	check_stat("Undos", 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	check_stat("RtoTimeouts", 1);
}

/* SACK tells of what is new before what is old: it was lost, and goes again. */
static void frto_refuted(struct flow *f)
{
	timed_out(f, SACK, 10);
	tx(f, .ack = S(1));
	new_segment(f, 11);
	new_segment(f, 12);
	quiet(f->p, RTT);
	sack(f, 1, 11, 12);
	old_segment(f, 1);
	old_segment(f, 2);
	check_eq(3 * payload(f), conn_num(f, "cwnd"));
	sack(f, 1, 11, 13);
	old_segment(f, 3);
}

WIRE(frto__lost_with_sack)
{
	frto_refuted(f);
	quiet(p, 0);
	check_stat("Undos", 0);
	check_stat("RtoTimeouts", 1);
}

/* What the timeout has sent again is lost again: a second reduction (RFC 5681 4.3). */
WIRE(timeout__what_it_sent_is_lost_again)
{
	frto_refuted(f);
	quiet(p, RTT);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
	tx(f, .ack = S(1), .sack = { { S(2), S(3) }, { S(11), S(13) } });
	old_segment(f, 1);
	quiet(p, 0);
	check_stat("FastRecoveries", 1);
	check_eq(2 * payload(f), conn_num(f, "ssthresh"));
	check_eq(2 * payload(f), conn_num(f, "cwnd"));
}

/* Only the first was lost: nothing else is sent again, and that was right. */
WIRE(frto__one_lost)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(10));
	new_segment(f, 10);
	new_segment(f, 11);
	quiet(p, 0);
	check_stat("RetransSegs", 1);
	check_stat("Undos", 0);
	check_eq(5 * payload(f), conn_num(f, "ssthresh"));
}

/* A duplicate ACK first: conventional recovery. */
WIRE(frto__duplicate_first)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(0));
	quiet(p, 0);
	tx(f, .ack = S(1));
	old_segment(f, 1);
	old_segment(f, 2);
	quiet(p, 0);
	tx(f, .ack = S(2));
	old_segment(f, 3);
	old_segment(f, 4);
	check_stat("Undos", 0);
}

/* An ACK of a part of what was sent again proves nothing. */
WIRE(frto__part_of_the_first)
{
	timed_out(f, 0, 10);
	tx(f, .ack = 101);
	quiet(p, 0);
	tx(f, .ack = S(1));
	old_segment(f, 1);
	old_segment(f, 2);
	quiet(p, 0);
	check_stat("Undos", 0);
}

WIRE(frto__not_after_another_timeout)
{
	timed_out(f, 0, 10);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = conn_num(f, "rto_ms"));
	tx(f, .ack = S(1));
	old_segment(f, 1);
	old_segment(f, 2);
	tx(f, .ack = S(2));
	old_segment(f, 3);
	old_segment(f, 4);
	quiet(p, 0);
	check_stat("Undos", 0);
}

/* The new segments are lost too. */
WIRE(frto__timeout_between)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1));
	new_segment(f, 10);
	new_segment(f, 11);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = S(1), .len = payload(f),
	   .after_ms = conn_num(f, "rto_ms"));
	check_stat("RtoTimeouts", 2);
	tx(f, .ack = S(2));
	old_segment(f, 2);
	old_segment(f, 3);
	quiet(p, 0);
	tx(f, .ack = S(3));
	check_stat("Undos", 0);
	drain(f);
}

/* Nothing new may be sent: what is marked lost goes out at once. */
WIRE(frto__window_is_full)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1), .wnd = 10 * payload(f) - 1);
	old_segment(f, 1);
	old_segment(f, 2);
	quiet(p, 0);
	check_stat("Undos", 0);
}

/* One new segment fits: that is enough. */
WIRE(frto__window_takes_one)
{
	timed_out(f, 0, 10);
	tx(f, .ack = S(1), .wnd = 10 * payload(f));
	new_segment(f, 10);
	quiet(p, 0);
	tx(f, .ack = S(2), .wnd = 9 * payload(f));
	check_stat("FrtoUndos", 1);
	quiet(p, 0);
	check_stat("RetransSegs", 1);
}

WIRE(frto__nothing_new)
{
	uint32_t page = page_len(p);

	f->offer = 0;
	flow_connect(f);
	ask(f, 1);
	drain(f);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = payload(f),
	   .after_ms = 200);
	tx(f, .ack = S(1));
	rx(f, .flags = PSH | ACK, .seq = S(1), .len = page - payload(f));
	quiet(p, 0);
	tx(f);
	check_stat("Undos", 0);
}

/* What was in flight before the ACK came that tells of it counts, not what is left. */
WIRE(tlp__loss_is_half_of_the_flight)
{
	uint32_t rest = tail(f, SACK), flight;

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest,
	   .after_ms = 2 * RTT);
	tx(f);
	check_eq(10 * payload(f), conn_num(f, "cwnd"));
	ask(f, 8);
	drain(f);
	flight = f->rcv - S(3) - rest;
	quiet(p, 50);
	tx(f);
	check_eq(flight / 2, conn_num(f, "ssthresh"));
}

/* RACK's timer is the earlier of two that have one place. */
WIRE(rack__timer_is_kept_when_recovery_ends)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	quiet(p, 0);
	sack(f, 0, 1, 5);
	drain(f);
	quiet(p, 10);
	tx(f, .ack = S(0), .sack = { { S(6), S(9) }, { S(1), S(5) } });
	drain(f);
	quiet(p, RTT + 1);
	tx(f, .ack = S(10));
	drain(f);
	check_timer(f, "reorder");
}

/* What RACK knows of half an hour ago is nothing: its clock has 32 bits. */
WIRE(rack__after_long_silence)
{
	sysctl_set("http_idle_sec", "3600");
	f->offer = SACK;
	flow_syn(f);
	flow_synack(f);
	quiet(p, RTT);
	tx(f);
	ask(f, 2);
	drain(f);
	quiet(p, RTT);
	tx(f);
	quiet(p, 2400000);
	ask(f, 2);
	drain(f);
	quiet(p, RTT);
	tx(f, .ack = f->rcv - payload(f));
	quiet(p, RTT - 10);
	tx(f);
	check_stat("RetransSegs", 0);
	check_stat("FastRecoveries", 0);
}

/* The D-SACK of a loss probe does not take back a reduction that had its reason ... */
WIRE(undo__not_by_the_copy_of_a_probe)
{
	uint32_t rest = tail(f, SACK);
	struct got g;

	rx(f, .flags = PSH | ACK, .seq = S(3), .len = rest, .after_ms = 2 * RTT);
	check_stat("LossProbes", 1);
	quiet(p, 10);
	/* they were late, but the first is lost */
	tx(f, .ack = S(0), .sack = { { S(1), f->rcv } });
	check(flow_next(f, &g, 100));
	check_stat("FastRecoveries", 1);
	quiet(p, 50);
	tx(f, .ack = S(0), .sack = { { S(3), f->rcv }, { S(1), f->rcv } });
	drain(f);
	check_stat("Undos", 0);
	quiet(p, 50);
	tx(f);
	check(conn_num(f, "cwnd") < 10 * payload(f));
}

/* ... nor does that of what a router has made two of (RFC 3708 3). */
WIRE(undo__not_by_what_was_sent_once)
{
	begin(f, SACK, 10);
	sack(f, 0, 1, 4);
	old_segment(f, 0);
	quiet(p, 10);
	tx(f, .ack = S(0), .sack = { { S(2), S(3) }, { S(1), S(4) } });
	drain(f);
	check_stat("InDSacks", 1);
	check_stat("Undos", 0);
}

/*
 * RFC 1191 6.4: what the path does not take is sent again at once, though the
 * connection has looked at its route since another one's error told of it.
 */
WIRE(too_big__route_was_looked_at_before)
{
	uint32_t less = mss_of(p, 1400);
	static struct flow other;

	flow_init(&other, p);
	sysctl_set("rto_min_ms", "2000");
	begin(f, 0, 3);
	begin(&other, 0, 3);
	flow_too_big(f, 1, 1400);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = less);
	drain(f);
	tx(&other, .flags = PSH | ACK, .ack = 1, .data = "G");	/* of another request */
	drain(&other);
	flow_too_big(&other, 1, 1400);
	rx(&other, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = less);
	drain(&other);
	check_stat("RtoTimeouts", 0);
}

/*
 * That segments were too long is no congestion (RFC 1191 6.4), but what is lost of
 * those that are short enough is.
 */
WIRE(too_big__then_one_is_lost)
{
	uint32_t less = mss_of(p, 1400);
	long before;

	begin(f, SACK, 10);
	before = conn_num(f, "cwnd");
	flow_too_big(f, 1, 1400);
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = less);
	drain(f);
	check_eq(before, conn_num(f, "cwnd"));
	quiet(p, RTT);
	tx(f, .ack = 1, .sack = { { 1 + less, S(10) } });
	rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = less);
	drain(f);
	check_stat("FastRecoveries", 1);
	check(conn_num(f, "ssthresh") <= before / 2 + less);
	tx(f, .ack = f->rcv);
	check(conn_num(f, "cwnd") <= before / 2 + less);
	drain(f);
	check_stat("RtoTimeouts", 0);
}

TEST_HARNESS_MAIN

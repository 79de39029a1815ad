/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence-number arithmetic modulo 2^32 (RFC 9293 3.4).
 *
 * Nothing outside this file compares two sequence numbers with < or >.
 */
#ifndef KTCP_SEQ_H
#define KTCP_SEQ_H

#include "pure.h"

/** seq_lt() - is @a before @b? */
static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/** seq_leq() - is @a before @b, or the same? */
static inline bool seq_leq(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

/** seq_gt() - is @a after @b? */
static inline bool seq_gt(u32 a, u32 b)
{
	return seq_lt(b, a);
}

/** seq_geq() - is @a after @b, or the same? */
static inline bool seq_geq(u32 a, u32 b)
{
	return seq_leq(b, a);
}

/** seq_max() - the later of @a and @b */
static inline u32 seq_max(u32 a, u32 b)
{
	return seq_gt(a, b) ? a : b;
}

/** seq_min() - the earlier of @a and @b */
static inline u32 seq_min(u32 a, u32 b)
{
	return seq_lt(a, b) ? a : b;
}

/** seq_in() - is @s in the @len numbers that start with @start? */
static inline bool seq_in(u32 s, u32 start, u32 len)
{
	return s - start < len;
}

/**
 * seq_acceptable() - the acceptability test of RFC 9293 3.10.7.4, first check
 * @seq: SEG.SEQ
 * @len: SEG.LEN, SYN and FIN counted
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: RCV.WND
 *
 * Return: true if any part of the segment falls in the window.
 */
static inline bool seq_acceptable(u32 seq, u32 len, u32 rcv_nxt, u32 rcv_wnd)
{
	if (rcv_wnd == 0)
		return len == 0 && seq == rcv_nxt;
	if (seq_in(seq, rcv_nxt, rcv_wnd))
		return true;
	return len && seq_in(seq + len - 1, rcv_nxt, rcv_wnd);
}

#endif /* KTCP_SEQ_H */

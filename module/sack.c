// SPDX-License-Identifier: GPL-2.0
/* What a receiver tells of data out of order (RFC 2018, RFC 2883). Pure. */
#include "sack.h"

static void remove_block(struct ktcp_sacks *s, u8 i)
{
	s->n--;
	memmove(&s->block[i], &s->block[i + 1],
		(s->n - i) * sizeof(s->block[0]));
}

/**
 * ktcp_sacks_add() - data out of order has arrived
 * @s: what had arrived before
 * @start: its first sequence number
 * @end: the first after it
 *
 * RFC 2018 4: the block that it belongs to now is the first, the others follow
 * in the order in which they were told before. One too many is forgotten: the
 * sender knows it from ACKs before.
 */
void ktcp_sacks_add(struct ktcp_sacks *s, u32 start, u32 end)
{
	u8 i = 0;

	while (i < s->n) {
		struct ktcp_range b = s->block[i];

		if (seq_gt(start, b.end) || seq_lt(end, b.start)) {
			i++;
			continue;
		}
		start = seq_min(start, b.start);
		end = seq_max(end, b.end);
		remove_block(s, i);
		i = 0;	/* what has grown may touch one that it did not */
	}
	if (s->n == KTCP_SACK_MAX)
		s->n--;
	memmove(&s->block[1], &s->block[0], s->n * sizeof(s->block[0]));
	s->block[0] = (struct ktcp_range){ start, end };
	s->n++;
}

/**
 * ktcp_sacks_advance() - what lies before RCV.NXT is acknowledged by that
 * @s: what arrived
 * @rcv_nxt: RCV.NXT
 */
void ktcp_sacks_advance(struct ktcp_sacks *s, u32 rcv_nxt)
{
	u8 i = 0;

	while (i < s->n) {
		if (seq_leq(s->block[i].end, rcv_nxt)) {
			remove_block(s, i);
			continue;
		}
		s->block[i].start = seq_max(s->block[i].start, rcv_nxt);
		i++;
	}
}

/**
 * ktcp_sacks_overlap() - is some of what arrives here already, out of order?
 * @s: what arrived before
 * @start: the first sequence number of what arrives now
 * @end: the first after it
 * @dup: set to the first part that is (RFC 2883 4.2: the others are not told)
 */
bool ktcp_sacks_overlap(const struct ktcp_sacks *s, u32 start, u32 end,
			struct ktcp_range *dup)
{
	bool found = false;
	u8 i;

	for (i = 0; i < s->n; i++) {
		struct ktcp_range b = {
			.start = seq_max(start, s->block[i].start),
			.end = seq_min(end, s->block[i].end),
		};

		if (seq_geq(b.start, b.end) ||
		    (found && seq_gt(b.start, dup->start)))
			continue;
		*dup = b;
		found = true;
	}
	return found;
}

/**
 * ktcp_sacks_twice() - data has arrived that was here before
 * @s: what arrived
 * @start: its first sequence number
 * @end: the first after it
 *
 * RFC 2883 4: the next ACK tells it, and no other.
 */
void ktcp_sacks_twice(struct ktcp_sacks *s, u32 start, u32 end)
{
	s->dsack = (struct ktcp_range){ start, end };
	s->has_dsack = start != end;
}

/**
 * ktcp_sacks_fill() - the blocks of the SACK option
 * @s: what arrived
 * @out: filled in
 * @room: how many find room
 *
 * RFC 2883 4: a duplicate comes first; if it is part of a larger block, that
 * block comes second.
 *
 * Return: how many blocks.
 */
u8 ktcp_sacks_fill(const struct ktcp_sacks *s, struct ktcp_range *out, u8 room)
{
	u8 n = 0, i, in = s->n;

	if (s->has_dsack && n < room) {
		out[n++] = s->dsack;
		for (i = 0; i < s->n; i++)
			if (seq_geq(s->dsack.start, s->block[i].start) &&
			    seq_leq(s->dsack.end, s->block[i].end))
				in = i;
		if (in < s->n && n < room)
			out[n++] = s->block[in];
	}
	for (i = 0; i < s->n && n < room; i++)
		if (i != in)
			out[n++] = s->block[i];
	return n;
}

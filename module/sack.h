/* SPDX-License-Identifier: GPL-2.0 */
/* What a receiver tells of data out of order (RFC 2018, RFC 2883). Pure. */
#ifndef KTCP_SACK_H
#define KTCP_SACK_H

#include "segment.h"
#include "seq.h"

/**
 * struct ktcp_sacks - what arrived beyond RCV.NXT
 * @block: isolated blocks, that which grew last first; no two touch
 * @dsack: what has come a second time, to be told once
 * @n: how many blocks
 * @has_dsack: @dsack is to be told
 */
struct ktcp_sacks {
	struct ktcp_range block[KTCP_SACK_MAX];
	struct ktcp_range dsack;
	u8 n;
	bool has_dsack;
};

void ktcp_sacks_add(struct ktcp_sacks *s, u32 start, u32 end);
void ktcp_sacks_advance(struct ktcp_sacks *s, u32 rcv_nxt);
bool ktcp_sacks_overlap(const struct ktcp_sacks *s, u32 start, u32 end,
			struct ktcp_range *dup);
void ktcp_sacks_twice(struct ktcp_sacks *s, u32 start, u32 end);
u8 ktcp_sacks_fill(const struct ktcp_sacks *s, struct ktcp_range *out, u8 room);

/**
 * ktcp_sacks_count() - how many blocks there are to tell
 * @s: what arrived
 */
static inline u8 ktcp_sacks_count(const struct ktcp_sacks *s)
{
	return s->n + s->has_dsack;
}

#endif /* KTCP_SACK_H */

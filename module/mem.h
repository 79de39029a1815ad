/* SPDX-License-Identifier: GPL-2.0 */
/* One cap for all the memory of a network namespace. */
#ifndef KTCP_MEM_H
#define KTCP_MEM_H

#include <linux/minmax.h>

#include "conn.h"

/* What an entry takes of the hash table, before that shrinks (table.c). */
#define KTCP_MEM_TABLE		(4 * sizeof(void *))

/**
 * ktcp_mem_add() - something is held from now on, or no longer
 * @kn: the namespace
 * @bytes: how much; negative for what is given back
 *
 * Written to this CPU's own line; ktcp_mem_settle() follows before the event is
 * over. Any context.
 */
static inline void ktcp_mem_add(struct ktcp_net *kn, long bytes)
{
	this_cpu_add(kn->mib->mem, bytes);
}

/** ktcp_mem_pressure() - is so much of the cap in use that @level's measures hold? */
static inline bool ktcp_mem_pressure(const struct ktcp_net *kn,
				     enum ktcp_mem_level level)
{
	return unlikely(READ_ONCE(kn->mem.level) >= level);
}

/** ktcp_rcv_mem() - received data that is held has grown, or shrunk; @c is locked */
static inline void ktcp_rcv_mem(struct ktcp_conn *c, int truesize)
{
	c->rcv_truesize += truesize;
	ktcp_mem_add(c->e.kn, truesize);
}

/**
 * ktcp_mem_refuse() - must do without more memory?
 * @kn: the namespace
 *
 * Return: true, and counted, when the cap is as good as reached. Any context.
 */
static inline bool ktcp_mem_refuse(struct ktcp_net *kn)
{
	if (!ktcp_mem_pressure(kn, KTCP_MEM_FULL))
		return false;
	KTCP_INC(kn, MemRefused);
	return true;
}

void ktcp_mem_fold(struct ktcp_net *kn);
void ktcp_mem_reclaim(struct ktcp_net *kn);

/**
 * ktcp_mem_settle() - the end of an event: does the namespace hear of this CPU?
 * @kn: the namespace
 *
 * Bottom halves disabled.
 */
static inline void ktcp_mem_settle(struct ktcp_net *kn)
{
	long batch = READ_ONCE(kn->mem.batch);
	long here = this_cpu_read(kn->mib->mem);

	if (unlikely(here > batch || here < -batch))
		ktcp_mem_fold(kn);
}

u64 ktcp_mem_sum(struct ktcp_net *kn);
u64 ktcp_mem_share(void);
void ktcp_mem_limit(struct ktcp_net *kn);
void ktcp_mem_init(struct ktcp_net *kn);
void ktcp_mem_exit(struct ktcp_net *kn);

#endif /* KTCP_MEM_H */

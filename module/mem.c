// SPDX-License-Identifier: GPL-2.0
/*
 * One cap for all the memory that peers can make a network namespace hold
 * (sysctl mem_mib_max), and what is done the nearer it is:
 *
 *   3/4     No receive buffer grows, no window opens further than a new
 *           connection's, and data out of order is not kept.
 *   7/8     A SYN gets a cookie and no request; nothing sits out 2MSL.
 *   15/16   What sits out 2MSL ends, the first of them first; then the
 *           connections that have been silent for the longest are given up, one
 *           after the other, with a RST.
 *   63/64   Nothing new is held at all: to ask for memory is to be without.
 *
 * Each CPU counts for itself. What it has counted is added to what all know when
 * it is a batch, all of which together are 1/64 of the cap: so the last step is
 * taken before the cap is reached. What an event takes on top of that is bounded by
 * what one segment can make a connection hold.
 *
 * An object is counted until it is dead; its memory comes back a grace period of
 * RCU later.
 */
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "conn.h"
#include "listen.h"
#include "mem.h"
#include "timewait.h"

/* The steps above, of 64. */
static const u8 steps[KTCP_MEM_LEVELS] = {
	[KTCP_MEM_PRESSURE] = 48,
	[KTCP_MEM_COOKIES] = 56,
	[KTCP_MEM_RECLAIM] = 60,
	[KTCP_MEM_FULL] = 63,
};

/* All batches together are so much of the cap, as a shift count. */
#define BATCHES_SHIFT	6

/* The host's memory, less three bits, is the default. */
#define SHARE_SHIFT	3

/*
 * So many entries are looked at in one go, in so many buckets at most, and so many
 * of them given up. Where an entry is in the table is chance: the oldest of so many
 * are among the oldest of all, the k-th at k / (LOOKS_MAX + 1) of them on average, and
 * if there are no more they are the oldest.
 */
#define LOOKS_MAX	128
#define BUCKETS_MAX	1024
#define EVICT_MAX	8
#define TIMEWAITS_MAX	64

/* So often others may change what is looked at before that is left to them. */
#define LEVEL_TRIES	8

static u8 level_of(const struct ktcp_net *kn)
{
	long used = atomic_long_read(&kn->mem.used);
	long step = READ_ONCE(kn->mem.max) / 64;
	u8 level = KTCP_MEM_LEVELS - 1;

	while (level && used < step * steps[level])
		level--;
	return level;
}

/*
 * Another CPU may have said meanwhile what is newer: who was the last to write looks
 * again, with what all had added before they looked.
 */
static void level_update(struct ktcp_net *kn)
{
	int tries;
	u8 level;

	for (tries = 0; tries < LEVEL_TRIES; tries++) {
		smp_mb();	/* written, by us too, before it is read */
		level = level_of(kn);
		if (level == READ_ONCE(kn->mem.level))
			return;
		WRITE_ONCE(kn->mem.level, level);
	}
}

/**
 * ktcp_mem_fold() - tell all what this CPU has counted
 * @kn: the namespace
 *
 * Any context.
 */
void ktcp_mem_fold(struct ktcp_net *kn)
{
	atomic_long_add(this_cpu_xchg(kn->mib->mem, 0), &kn->mem.used);
	level_update(kn);
}

/**
 * ktcp_mem_sum() - what is held now
 * @kn: the namespace
 *
 * Return: bytes. It comes and goes while we add. Any context.
 */
u64 ktcp_mem_sum(struct ktcp_net *kn)
{
	long sum = atomic_long_read(&kn->mem.used);
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(kn->mib, cpu)->mem);
	return max(sum, 0L);
}

/**
 * ktcp_mem_share() - the cap, where nobody has said another
 *
 * Return: bytes. Any context.
 */
u64 ktcp_mem_share(void)
{
	/* What is counted lies in low memory. */
	return (u64)(totalram_pages() - totalhigh_pages()) << PAGE_SHIFT >>
	       SHARE_SHIFT;
}

/**
 * ktcp_mem_limit() - the cap is what the sysctl mem_mib_max says by now
 * @kn: the namespace
 *
 * What is beyond it goes with the segments that come. Process context.
 */
void ktcp_mem_limit(struct ktcp_net *kn)
{
	u64 max = (u64)ktcp_conf(kn, mem_mib_max) << 20;

	if (!max)
		max = ktcp_mem_share();
	max = min_t(u64, max, LONG_MAX);
	WRITE_ONCE(kn->mem.max, max);
	WRITE_ONCE(kn->mem.batch,
		   (long)(max >> BATCHES_SHIFT) / (long)num_possible_cpus());
	ktcp_mem_fold(kn);	/* the other CPUs do with their next event */
}

/* struct silent - an entry, and for how long it has heard nothing */
struct silent {
	struct ktcp_entry *e;
	u64 ns;
};

/* Unlocked: what has just been heard may be missed, evict() looks again. */
static u64 silent_ns(const struct ktcp_entry *e, u64 now_ns)
{
	const struct ktcp_conn *c;

	if (e->kind == KTCP_REQUEST)
		return jiffies64_to_nsecs((u32)jiffies - READ_ONCE(e->born));
	c = container_of(e, struct ktcp_conn, e);
	return max_t(s64, now_ns - READ_ONCE(c->now_ns), 0);
}

/* Keep the longest silent of those seen, in order. Returns how many there are. */
static unsigned int keep(struct silent *all, unsigned int n,
			 struct silent one)
{
	unsigned int i;

	if (n == EVICT_MAX && all[n - 1].ns >= one.ns)
		return n;
	for (i = n < EVICT_MAX ? n++ : n - 1; i && all[i - 1].ns < one.ns; i--)
		all[i] = all[i - 1];
	all[i] = one;
	return n;
}

/*
 * Go on through the table from where the last one has been. What a resize moves
 * meanwhile may be missed, and is met the next time.
 */
static unsigned int look(struct ktcp_net *kn, struct silent *all)
{
	const struct bucket_table *tbl = rht_dereference_rcu(kn->table.tbl,
							     &kn->table);
	unsigned int buckets = min_t(unsigned int, tbl->size, BUCKETS_MAX);
	unsigned int looks = 0, n = 0;
	u64 now_ns = ktime_get_ns();

	while (buckets-- && looks < LOOKS_MAX) {
		unsigned int hash = kn->mem.hand++ & (tbl->size - 1);
		struct rhash_head *pos;
		struct ktcp_entry *e;

		rht_for_each_entry_rcu(e, pos, tbl, hash, node) {
			if (e->kind != KTCP_TIMEWAIT)
				n = keep(all, n, (struct silent){
					e, silent_ns(e, now_ns) });
			if (++looks == LOOKS_MAX)
				break;
		}
	}
	return n;
}

static void evict(struct ktcp_net *kn, const struct silent *s)
{
	struct ktcp_entry *e = s->e;

	spin_lock(&e->lock);
	if (!e->dead && silent_ns(e, ktime_get_ns()) >= s->ns) {
		KTCP_INC(kn, MemEvicted);
		if (e->kind == KTCP_REQUEST)
			ktcp_request_forget(ktcp_request(e));
		else
			ktcp_conn_kill(ktcp_conn(e), -ENOMEM);
	}
	spin_unlock(&e->lock);
	ktcp_mem_fold(kn);
}

/**
 * ktcp_mem_reclaim() - make room: what is of the least use is given up
 * @kn: the namespace
 *
 * The work is bounded, and comes again with the next segment if that was not
 * enough. One CPU at a time. Bottom halves disabled, RCU read lock held, no
 * connection locked.
 */
void ktcp_mem_reclaim(struct ktcp_net *kn)
{
	struct silent all[EVICT_MAX];
	unsigned int n, i;

	if (!spin_trylock(&kn->mem.lock))
		return;
	ktcp_mem_fold(kn);
	for (i = 0; i < TIMEWAITS_MAX && ktcp_mem_pressure(kn, KTCP_MEM_RECLAIM) &&
	     ktcp_timewait_forget(kn); i++)
		ktcp_mem_fold(kn);
	n = ktcp_mem_pressure(kn, KTCP_MEM_RECLAIM) ? look(kn, all) : 0;
	for (i = 0; i < n && ktcp_mem_pressure(kn, KTCP_MEM_RECLAIM); i++)
		evict(kn, &all[i]);
	spin_unlock(&kn->mem.lock);
}

/**
 * ktcp_mem_init() - nothing is held yet
 * @kn: the namespace, zeroed; it has its counters and its sysctls
 *
 * Process context.
 */
void ktcp_mem_init(struct ktcp_net *kn)
{
	spin_lock_init(&kn->mem.lock);
	ktcp_mem_limit(kn);
}

/**
 * ktcp_mem_exit() - whatever was held has been given back
 * @kn: the namespace; no connection is left
 *
 * Process context.
 */
void ktcp_mem_exit(struct ktcp_net *kn)
{
	long sum = atomic_long_read(&kn->mem.used);
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(kn->mib, cpu)->mem;
	WARN(sum, "ktcp: %ld bytes counted that nobody has\n", sum);
}

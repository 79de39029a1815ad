/* SPDX-License-Identifier: GPL-2.0 */
/* The table of everything that a segment can belong to. */
#ifndef KTCP_TABLE_H
#define KTCP_TABLE_H

#include "ktcp.h"

struct ktcp_app_ops;

/**
 * ktcp_table_walk_on() - begin a walk through the table, or go on after a pause
 * @iter: from rhashtable_walk_enter()
 *
 * When a resize has taken the table away it begins anew, and not all kernels then
 * forget where it was: that object may be freed by now. When the object at which the
 * walk has paused is gone, its bucket comes anew: as many as were counted of it would
 * pass over one that is there. rhashtable_walk_stop() follows.
 */
static inline void ktcp_table_walk_on(struct rhashtable_iter *iter)
	__acquires(RCU)
{
	if (rhashtable_walk_start_check(iter) == -EAGAIN)
		iter->p = NULL;
	if (!iter->p)
		iter->skip = 0;
}

/**
 * struct ktcp_table_shape - how the table looks
 * @buckets: how many it has
 * @objects: requests, connections and TIME_WAITs in it
 * @longest: so many of them are in one bucket, and no more in any other
 */
struct ktcp_table_shape {
	u32 buckets;
	u32 objects;
	u32 longest;
};

int ktcp_table_init(struct ktcp_net *kn);
void ktcp_table_destroy(struct ktcp_net *kn);
struct ktcp_entry *ktcp_table_find(struct ktcp_net *kn,
				   const struct ktcp_key *key);
int ktcp_table_insert(struct ktcp_entry *e);
int ktcp_table_replace(struct ktcp_entry *old, struct ktcp_entry *new);
void ktcp_table_remove(struct ktcp_entry *e);
void ktcp_table_shape(struct ktcp_net *kn, struct ktcp_table_shape *shape);
void ktcp_table_kill(struct ktcp_net *kn, __be16 lport,
		     const struct ktcp_app_ops *app);

void ktcp_entry_init(struct ktcp_entry *e, struct ktcp_net *kn,
		     const struct ktcp_key *key, enum ktcp_kind kind,
		     enum ktcp_state state);
void ktcp_entry_moved(const struct ktcp_entry *e, enum ktcp_state from,
		      enum ktcp_state to);
void ktcp_entry_put(struct ktcp_entry *e);
int ktcp_entry_caches_init(void);
void ktcp_entry_caches_exit(void);

#endif /* KTCP_TABLE_H */

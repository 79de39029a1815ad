// SPDX-License-Identifier: GPL-2.0
/*
 * The table: one RCU-read hash table per network namespace finds whatever a
 * segment belongs to, be it a request, a connection or a TIME_WAIT. The hash is
 * keyed with a random seed, and the table grows and shrinks by itself.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "conn.h"
#include "listen.h"
#include "mem.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"
#include "trace.h"

/*
 * Word by word, with a seed that nobody knows; of mapped IPv4 addresses the words
 * that are always the same are left out.
 */
static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct ktcp_key *key = data;

	if (!ktcp_key_is_v4(key))
		return jhash2(data, sizeof(*key) / sizeof(u32), seed);
	return jhash_3words((__force u32)key->laddr.s6_addr32[3],
			    (__force u32)key->raddr.s6_addr32[3],
			    (__force u32)key->lport << 16 |
			    (__force u32)key->rport, seed);
}

/* By words of eight bytes, without a call; what differs most first. */
static int key_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ktcp_entry *e = obj;
	const struct ktcp_key *a = arg->key, *b = &e->key;

	return a->rport != b->rport || a->lport != b->lport ||
	       a->scope != b->scope ||
	       !ipv6_addr_equal(&a->raddr, &b->raddr) ||
	       !ipv6_addr_equal(&a->laddr, &b->laddr);
}

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct ktcp_key),
	.key_offset = offsetof(struct ktcp_entry, key),
	.head_offset = offsetof(struct ktcp_entry, node),
	.hashfn = key_hash,
	.obj_cmpfn = key_differs,
	.automatic_shrinking = true,
};

/**
 * ktcp_table_init() - make the table of a namespace
 * @kn: the namespace
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_table_init(struct ktcp_net *kn)
{
	/* The key is hashed word by word: it must have no padding. */
	BUILD_BUG_ON(sizeof(struct ktcp_key) != 2 * 16 + 2 * 2 + 4);
	return rhashtable_init(&kn->table, &table_params);
}

/**
 * ktcp_table_destroy() - free the table, empty by now
 * @kn: the namespace
 *
 * Process context; may sleep.
 */
void ktcp_table_destroy(struct ktcp_net *kn)
{
	WARN_ON(atomic_read(&kn->table.nelems));
	rhashtable_destroy(&kn->table);
}

/**
 * ktcp_table_find() - what does a segment belong to?
 * @kn: the namespace
 * @key: its addresses and ports, ours as local
 *
 * Return: the entry, valid until rcu_read_unlock(), or NULL. It may have died:
 * look at @dead under its lock. Any context, RCU read lock held.
 */
struct ktcp_entry *ktcp_table_find(struct ktcp_net *kn,
				   const struct ktcp_key *key)
{
	return rhashtable_lookup(&kn->table, key, table_params);
}

/**
 * ktcp_table_insert() - publish a new entry
 * @e: the entry; its first reference becomes the table's
 *
 * Return: 0, -EEXIST when the key is taken, or -ENOMEM, -EBUSY, -E2BIG when the
 * table cannot grow. Softirq, @e locked or unknown to others.
 */
int ktcp_table_insert(struct ktcp_entry *e)
{
	int err = rhashtable_lookup_insert_fast(&e->kn->table, &e->node,
						table_params);

	if (!err && e->active)
		atomic_inc(&e->kn->active);
	return err;
}

/**
 * ktcp_table_replace() - let one entry take the place of another, atomically
 * @old: in the table; dead afterwards, without the table's reference
 * @new: of the same key; its first reference becomes the table's. It is @active only
 *	if @old is.
 *
 * Return: 0 or -ENOENT. Softirq, both locked.
 */
int ktcp_table_replace(struct ktcp_entry *old, struct ktcp_entry *new)
{
	int err = rhashtable_replace_fast(&old->kn->table, &old->node,
					  &new->node, table_params);

	if (err)
		return err;
	if (old->active && !new->active)
		atomic_dec(&old->kn->active);
	old->dead = true;
	ktcp_entry_disarm(old);
	ktcp_entry_put(old);
	return 0;
}

/**
 * ktcp_table_remove() - take an entry out for good
 * @e: in the table; dead afterwards. The caller holds a reference, or the RCU
 *	read lock, for as long as it needs @e.
 *
 * Bottom halves disabled, @e locked.
 */
void ktcp_table_remove(struct ktcp_entry *e)
{
	rhashtable_remove_fast(&e->kn->table, &e->node, table_params);
	if (e->active)
		atomic_dec(&e->kn->active);
	e->dead = true;
	ktcp_entry_disarm(e);
	ktcp_entry_put(e);
}

static void kill_entry(struct ktcp_entry *e)
{
	spin_lock_bh(&e->lock);
	if (!e->dead) {
		switch (e->kind) {
		case KTCP_REQUEST:
			ktcp_request_kill(ktcp_request(e));
			break;
		case KTCP_CONN:
			ktcp_conn_kill(ktcp_conn(e), -ECONNABORTED);
			break;
		case KTCP_TIMEWAIT:
			ktcp_timewait_kill(ktcp_timewait(e));
			break;
		}
		ktcp_mem_settle(e->kn);
	}
	spin_unlock_bh(&e->lock);
}

/* A connection that was opened from here does not belong to a listener. */
static bool to_kill(struct ktcp_entry *e, __be16 lport,
		    const struct ktcp_app_ops *app)
{
	if (lport)
		return e->key.lport == lport && !e->active &&
		       !ktcp_listener_find(e->kn, &e->key);
	if (app)
		return e->kind == KTCP_CONN && ktcp_conn(e)->app == app;
	return true;
}

/* Once through the table; returns if there was anything to end. */
static bool kill_walk(struct ktcp_net *kn, __be16 lport,
		      const struct ktcp_app_ops *app)
{
	struct rhashtable_iter iter;
	struct ktcp_entry *e;
	unsigned int n = 0;
	bool any = false;

	rhashtable_walk_enter(&kn->table, &iter);
	ktcp_table_walk_on(&iter);
	while ((e = rhashtable_walk_next(&iter))) {
		if (IS_ERR(e))	/* resized; the walk begins again by itself */
			continue;
		if (to_kill(e, lport, app)) {
			kill_entry(e);
			any = true;
		}
		if (++n % 64 == 0) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			ktcp_table_walk_on(&iter);
		}
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return any;
}

/**
 * ktcp_table_kill() - end what lives on a port, peers get a RST
 * @kn: the namespace
 * @lport: the port of a listener, or 0; what another listener has is left
 * @app: if there is no @lport, only the connections of this application; NULL
 *	for everything
 *
 * Nothing new may come: the listener, or the application, is gone, and a grace
 * period has passed since. A TIME_WAIT may have taken the place of a connection
 * behind the walk, so the last walk is one that finds nothing. One that pauses has
 * counted what it has seen of a bucket, and would pass over as many if the last of
 * those has been taken out, by this or by its own end: it looks at all of it again.
 * Process context; may sleep.
 */
void ktcp_table_kill(struct ktcp_net *kn, __be16 lport,
		     const struct ktcp_app_ops *app)
{
	while (kill_walk(kn, lport, app))
		cond_resched();
}

/* So many buckets are looked at in one go; so often another table begins anew. */
#define SHAPE_BUCKETS	256
#define SHAPE_TRIES	8

/*
 * Bucket after bucket. Whoever reads may be slow: growing and shrinking do not wait for
 * him. Returns false if another table has come in between.
 */
static bool shape_walk(struct rhashtable *ht, struct ktcp_table_shape *shape)
{
	const struct bucket_table *tbl, *first, *now;
	struct rhash_head *pos;
	unsigned int i, n;

	memset(shape, 0, sizeof(*shape));
	rcu_read_lock();
	first = rht_dereference_rcu(ht->tbl, ht);
	shape->buckets = first->size;
	/* While it is about to grow, what comes goes into the next one. */
	for (tbl = first; tbl; tbl = rht_dereference_rcu(tbl->future_tbl, ht)) {
		for (i = 0; i < tbl->size; i++) {
			n = 0;
			rht_for_each_rcu(pos, tbl, i)
				n++;
			shape->objects += n;
			shape->longest = max(shape->longest, n);
			if (i % SHAPE_BUCKETS != SHAPE_BUCKETS - 1)
				continue;
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
			/*
			 * What can be found now stays until RCU is left again; what could
			 * be before is freed, and its memory another's, maybe a table's.
			 */
			now = rht_dereference_rcu(ht->tbl, ht);
			if (now != first)
				now = NULL;
			while (now && now != tbl)
				now = rht_dereference_rcu(now->future_tbl, ht);
			if (!now) {
				rcu_read_unlock();
				return false;
			}
		}
	}
	rcu_read_unlock();
	return true;
}

/**
 * ktcp_table_shape() - how the table looks now
 * @kn: the namespace
 * @shape: filled in; only roughly if the table grows and shrinks all the time
 *
 * Process context; may sleep.
 */
void ktcp_table_shape(struct ktcp_net *kn, struct ktcp_table_shape *shape)
{
	int tries = SHAPE_TRIES;

	while (!shape_walk(&kn->table, shape) && --tries)
		;
}

/**
 * ktcp_entry_init() - fill in the head that all three kinds have
 * @e: zeroed memory
 * @kn: the namespace
 * @key: addresses and ports
 * @kind: what @e is the head of
 * @state: its first state
 *
 * The caller initialises the lock, so that lockdep tells the kinds apart.
 */
void ktcp_entry_init(struct ktcp_entry *e, struct ktcp_net *kn,
		     const struct ktcp_key *key, enum ktcp_kind kind,
		     enum ktcp_state state)
{
	e->key = *key;
	e->kn = kn;
	e->kind = kind;
	e->state = state;
	e->born = jiffies;
	refcount_set(&e->ref, 1);
	ktcp_entry_wait_init(e);
}

/**
 * ktcp_entry_moved() - an object appears, changes its state, or ends
 * @e: the object, locked
 * @from: the state before; LISTEN or CLOSED when it appears
 * @to: and after; CLOSED when it ends
 */
void ktcp_entry_moved(const struct ktcp_entry *e, enum ktcp_state from,
		      enum ktcp_state to)
{
	WARN_ONCE(!ktcp_state_arrow(from, to), "no way from %s to %s\n",
		  ktcp_state_name(from), ktcp_state_name(to));
	this_cpu_inc(e->kn->mib->moved[from][to]);
	ktcp_invariant_moved(e, from, to);
	trace_ktcp_state(e, from, to);
}

/**
 * ktcp_entry_put() - give back a reference
 * @e: the entry; freed after a grace period if that was the last
 *
 * Any context.
 */
void ktcp_entry_put(struct ktcp_entry *e)
{
	if (!refcount_dec_and_test(&e->ref))
		return;
	switch (e->kind) {
	case KTCP_REQUEST:
		ktcp_request_free(ktcp_request(e));
		break;
	case KTCP_CONN:
		ktcp_conn_free(ktcp_conn(e));
		break;
	case KTCP_TIMEWAIT:
		ktcp_timewait_free(ktcp_timewait(e));
		break;
	}
}

/**
 * ktcp_entry_caches_init() - make the memory caches of all three kinds
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_entry_caches_init(void)
{
	int err = ktcp_conn_init();

	if (err)
		return err;
	err = ktcp_request_init();
	if (err)
		goto err_conn;
	err = ktcp_timewait_init();
	if (err)
		goto err_request;
	return 0;

err_request:
	ktcp_request_exit();
err_conn:
	ktcp_conn_exit();
	return err;
}

/**
 * ktcp_entry_caches_exit() - and take them away
 *
 * Everything was freed: an RCU barrier has passed. Process context.
 */
void ktcp_entry_caches_exit(void)
{
	ktcp_timewait_exit();
	ktcp_request_exit();
	ktcp_conn_exit();
}

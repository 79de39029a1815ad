/* SPDX-License-Identifier: GPL-2.0 */
/* Small objects that come and go with every request. */
#ifndef KTCP_POOL_H
#define KTCP_POOL_H

#include <linux/percpu.h>
#include <linux/slab.h>

#define KTCP_POOL_SPARE		8

/**
 * struct ktcp_pool_spare - what a CPU keeps at hand
 * @n: how many
 * @object: they
 */
struct ktcp_pool_spare {
	unsigned int n;
	void *object[KTCP_POOL_SPARE];
};

/**
 * struct ktcp_pool - a memory cache, and a few of its objects for each CPU
 * @cache: the cache
 * @spare: an object that was just given back is the next to be taken, which costs
 *	a tenth of what the cache does; none with KASAN, which must see them go
 */
struct ktcp_pool {
	struct kmem_cache *cache;
	struct ktcp_pool_spare __percpu *spare;
};

int ktcp_pool_init(struct ktcp_pool *pool, struct kmem_cache *cache);
void ktcp_pool_exit(struct ktcp_pool *pool);

/**
 * ktcp_pool_get() - take an object
 * @pool: the pool
 *
 * Bottom halves disabled.
 *
 * Return: the object, with anything in it, or NULL.
 */
static inline void *ktcp_pool_get(struct ktcp_pool *pool)
{
	struct ktcp_pool_spare *spare = this_cpu_ptr(pool->spare);

	if (likely(spare->n))
		return spare->object[--spare->n];
	return kmem_cache_alloc(pool->cache, GFP_ATOMIC);
}

/**
 * ktcp_pool_put() - give an object back
 * @pool: the pool
 * @object: the object
 *
 * Bottom halves disabled.
 */
static inline void ktcp_pool_put(struct ktcp_pool *pool, void *object)
{
	struct ktcp_pool_spare *spare = this_cpu_ptr(pool->spare);

	/* With PREEMPT_RT another thread may be here, on the same CPU. */
	if (!IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    spare->n < KTCP_POOL_SPARE)
		spare->object[spare->n++] = object;
	else
		kmem_cache_free(pool->cache, object);
}

#endif /* KTCP_POOL_H */

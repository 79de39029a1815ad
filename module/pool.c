// SPDX-License-Identifier: GPL-2.0
/* Small objects that come and go with every request: the beginning and the end. */
#include "pool.h"

/**
 * ktcp_pool_init() - make a pool, with nothing at hand
 * @pool: the pool
 * @cache: where its objects come from, its own from now on; or NULL
 *
 * Return: 0, or -ENOMEM, also without a cache; ktcp_pool_exit() follows in any
 * case. Process context.
 */
int ktcp_pool_init(struct ktcp_pool *pool, struct kmem_cache *cache)
{
	pool->cache = cache;
	pool->spare = alloc_percpu(struct ktcp_pool_spare);
	return cache && pool->spare ? 0 : -ENOMEM;
}

/**
 * ktcp_pool_exit() - give everything back
 * @pool: the pool; none of its objects is in use
 *
 * Process context.
 */
void ktcp_pool_exit(struct ktcp_pool *pool)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ktcp_pool_spare *spare;

		if (!pool->spare)
			break;
		spare = per_cpu_ptr(pool->spare, cpu);
		while (spare->n)
			kmem_cache_free(pool->cache, spare->object[--spare->n]);
	}
	free_percpu(pool->spare);
	pool->spare = NULL;
	kmem_cache_destroy(pool->cache);
	pool->cache = NULL;
}

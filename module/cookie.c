// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that a stranger cannot guess: initial sequence numbers (RFC 6528),
 * offsets of timestamps (RFC 7323 5.4).
 *
 * SYN cookies, which are initial sequence numbers too, will live here.
 */
#include <linux/random.h>
#include <linux/siphash.h>

#include "cookie.h"

static siphash_aligned_key_t iss_secret;
static siphash_aligned_key_t ts_secret;
static siphash_aligned_key_t port_secret;

/* RFC 9293 3.4.1: the clock of initial sequence numbers ticks every 4 us. */
#define ISS_TICK_US	4

/**
 * ktcp_cookie_init() - draw the secrets
 *
 * Process context.
 */
void ktcp_cookie_init(void)
{
	get_random_bytes(&iss_secret, sizeof(iss_secret));
	get_random_bytes(&ts_secret, sizeof(ts_secret));
	get_random_bytes(&port_secret, sizeof(port_secret));
}

/**
 * ktcp_iss() - the initial sequence number of a new connection
 * @key: its addresses and ports
 *
 * Return: M + F(key, secret) of RFC 6528 3: between the same two ends it only
 * grows, to anyone else it is random. Any context.
 */
u32 ktcp_iss(const struct ktcp_key *key)
{
	u32 m = div_u64(ktcp_now_us(), ISS_TICK_US);

	return m + (u32)siphash(key, sizeof(*key), &iss_secret);
}

/**
 * ktcp_ts_offset() - what is added to the timestamp clock of a connection
 * @key: its addresses and ports
 *
 * The same for all connections of two hosts, so that between them timestamps
 * only grow (RFC 6191). Any context.
 */
u32 ktcp_ts_offset(const struct ktcp_key *key)
{
	return siphash(key, offsetof(struct ktcp_key, lport), &ts_secret);
}

/**
 * ktcp_port_offset() - where the search for a local port begins
 * @key: addresses and ports; local port 0
 *
 * Return: F() of RFC 6056 3.3.3: to anyone but the peer it is random. Any
 * context.
 */
u32 ktcp_port_offset(const struct ktcp_key *key)
{
	return siphash(key, sizeof(*key), &port_secret);
}

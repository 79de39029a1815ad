/* SPDX-License-Identifier: GPL-2.0 */
/* Every timer of a connection, a request and a TIME_WAIT. */
#ifndef KTCP_TIMERS_H
#define KTCP_TIMERS_H

#include <linux/jiffies.h>

#include "conn.h"

/**
 * ktcp_time_left() - how long until a deadline
 * @deadline: low 32 bits of jiffies, at most 2^31 ahead
 *
 * Return: jiffies, 0 when it has passed. Any context.
 */
static inline u32 ktcp_time_left(u32 deadline)
{
	return max_t(s32, deadline - (u32)jiffies, 0);
}

unsigned long ktcp_wheel_expires(u32 deadline);

/**
 * ktcp_timer_running() - does a timer of a connection run?
 * @c: the connection, locked
 * @timer: which
 */
static inline bool ktcp_timer_running(const struct ktcp_conn *c,
				      enum ktcp_timer timer)
{
	return c->timer_set & BIT(timer);
}

/**
 * ktcp_timer_clear() - stop a timer
 * @c: the connection, locked
 * @timer: which
 */
static inline void ktcp_timer_clear(struct ktcp_conn *c, enum ktcp_timer timer)
{
	c->timer_set &= ~BIT(timer);
}

void ktcp_entry_wait_init(struct ktcp_entry *e);
void ktcp_entry_arm(struct ktcp_entry *e, u32 deadline);
void ktcp_entry_disarm(struct ktcp_entry *e);

void ktcp_timer_set(struct ktcp_conn *c, enum ktcp_timer timer,
		    unsigned long delay_jiffies);
u32 ktcp_timer_deadline(const struct ktcp_conn *c, enum ktcp_timer timer);
u32 ktcp_rto_after_us(const struct ktcp_conn *c, u8 backoff);
u32 ktcp_rto_us(const struct ktcp_conn *c);

#define KTCP_RTO_MIN_MS	10	/* the least that rto_min_ms may be */

/**
 * ktcp_rto_since() - is something longer ago than the retransmission timeout?
 * @c: the connection, locked
 * @then: when it was, low 32 bits of jiffies
 */
static inline bool ktcp_rto_since(const struct ktcp_conn *c, u32 then)
{
	u32 ago = (u32)jiffies - then;

	return ago > msecs_to_jiffies(KTCP_RTO_MIN_MS) &&
	       ago > usecs_to_jiffies(ktcp_rto_us(c));
}

void ktcp_timer_set_rto(struct ktcp_conn *c, enum ktcp_timer timer);
void ktcp_timer_orphan(struct ktcp_conn *c);
void ktcp_timer_user(struct ktcp_conn *c);
void ktcp_timer_negotiate(struct ktcp_conn *c);
void ktcp_timer_keepalive(struct ktcp_conn *c);
const char *ktcp_timer_next(const struct ktcp_conn *c, u32 *deadline);

#endif /* KTCP_TIMERS_H */

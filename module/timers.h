/* SPDX-License-Identifier: GPL-2.0 */
/* Every timer of a connection, a request and a TIME_WAIT. */
#ifndef KTCP_TIMERS_H
#define KTCP_TIMERS_H

#include "conn.h"

void ktcp_entry_timer_init(struct ktcp_entry *e);
void ktcp_entry_arm(struct ktcp_entry *e, u32 deadline);
void ktcp_entry_disarm(struct ktcp_entry *e);

void ktcp_timer_set(struct ktcp_conn *c, enum ktcp_timer timer,
		    unsigned long delay_jiffies);
void ktcp_timer_clear(struct ktcp_conn *c, enum ktcp_timer timer);
bool ktcp_timer_running(const struct ktcp_conn *c, enum ktcp_timer timer);
u32 ktcp_rto_us(const struct ktcp_conn *c);
void ktcp_timer_set_rto(struct ktcp_conn *c, enum ktcp_timer timer);
const char *ktcp_timer_next(const struct ktcp_conn *c, u32 *deadline);

#endif /* KTCP_TIMERS_H */

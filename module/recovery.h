/* SPDX-License-Identifier: GPL-2.0 */
/* What is believed lost, and what is done about it. */
#ifndef KTCP_RECOVERY_H
#define KTCP_RECOVERY_H

#include "conn.h"

u32 ktcp_recovery_acked(struct ktcp_conn *c, u32 ack);
void ktcp_retrans_timeout(struct ktcp_conn *c);
void ktcp_persist_timeout(struct ktcp_conn *c);
void ktcp_flight_lost(struct ktcp_conn *c, struct ktcp_flight *f);
void ktcp_flight_resent(struct ktcp_conn *c, struct ktcp_flight *f);

#endif /* KTCP_RECOVERY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What is believed lost, and what is done about it. */
#ifndef KTCP_RECOVERY_H
#define KTCP_RECOVERY_H

#include "conn.h"

struct ktcp_delivery;

void ktcp_recovery_init(struct ktcp_conn *c);
bool ktcp_recovery_lasts(struct ktcp_conn *c);
void ktcp_rack_arrived(struct ktcp_conn *c, const struct ktcp_flight *f,
		       u32 end, u32 tsecr);
void ktcp_recovery_ack(struct ktcp_conn *c, const struct ktcp_seg *seg,
		       struct ktcp_delivery *d, bool dup);
bool ktcp_recovery_refit(struct ktcp_conn *c);
void ktcp_recovery_opened(struct ktcp_conn *c);
u16 ktcp_mtu_probe_size(const struct ktcp_conn *c);
void ktcp_mtu_probe_arrived(struct ktcp_conn *c, const struct ktcp_flight *f);
void ktcp_recovery_congested(struct ktcp_conn *c);
void ktcp_recovery_again(struct ktcp_conn *c, u32 segs);
void ktcp_recovery_sent(struct ktcp_conn *c, u32 len, bool again);
void ktcp_retrans_timeout(struct ktcp_conn *c);
void ktcp_persist_timeout(struct ktcp_conn *c);
void ktcp_reorder_timeout(struct ktcp_conn *c);
void ktcp_tlp_timeout(struct ktcp_conn *c);
void ktcp_tlp_arm(struct ktcp_conn *c);

#endif /* KTCP_RECOVERY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* SEGMENT ARRIVES (RFC 9293 3.10.7). */
#ifndef KTCP_INPUT_H
#define KTCP_INPUT_H

#include "conn.h"

void ktcp_input(struct ktcp_net *kn, struct sk_buff *skb,
		const struct ktcp_seg *seg, const struct ktcp_key *key);
void ktcp_conn_input(struct ktcp_conn *c, struct sk_buff *skb,
		     const struct ktcp_seg *seg);
void ktcp_conn_fin(struct ktcp_conn *c);

#endif /* KTCP_INPUT_H */

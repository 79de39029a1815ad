/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors about segments of ours. */
#ifndef KTCP_ICMP_H
#define KTCP_ICMP_H

#include <linux/netfilter.h>

#include "ktcp.h"

void ktcp_icmp4(struct ktcp_net *kn, struct sk_buff *skb,
		const struct nf_hook_state *state);
void ktcp_icmp6(struct ktcp_net *kn, struct sk_buff *skb, unsigned int off,
		const struct nf_hook_state *state);

#endif /* KTCP_ICMP_H */

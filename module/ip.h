/* SPDX-License-Identifier: GPL-2.0 */
/* Everything that differs between IPv4 and IPv6: route, checksum, transmit. */
#ifndef KTCP_IP_H
#define KTCP_IP_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/net_namespace.h>

#include "ktcp.h"

/** ktcp_no_pmtu_disc() - must this host not find out what a path takes (IPv4)? */
static inline bool ktcp_no_pmtu_disc(const struct net *net)
{
	return READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc);
}

int ktcp_ip_route(struct ktcp_net *kn, const struct ktcp_key *key,
		  struct dst_entry **dst, u32 *cookie);
int ktcp_ip_source(struct ktcp_net *kn, struct ktcp_key *key);
unsigned int ktcp_ip_hdr_len(const struct ktcp_key *key);
u16 ktcp_ip_mss(const struct ktcp_key *key, const struct dst_entry *dst);
u16 ktcp_ip_advmss(const struct ktcp_key *key, const struct dst_entry *dst);
u32 ktcp_ip_gso_max(const struct ktcp_key *key, const struct dst_entry *dst,
		    u16 *segs);
int ktcp_ip_xmit(struct ktcp_net *kn, const struct ktcp_key *key,
		 struct dst_entry *dst, struct sk_buff *skb, u16 mss, u8 dsfield);
bool ktcp_ip_ce(const struct ktcp_key *key, const struct sk_buff *skb);
void ktcp_ip6_pmtu(struct ktcp_net *kn, const struct ktcp_key *key,
		   struct sk_buff *skb, u32 mtu);
bool ktcp_ip_let_in(struct sk_buff *skb, u8 family);
bool ktcp_ip_csum_ok(struct sk_buff *skb, unsigned int thoff, u8 family);

#endif /* KTCP_IP_H */

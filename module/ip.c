// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that differs between IPv4 and IPv6: route, checksum, transmit.
 *
 * A family is a row of a table; nothing above this file asks which one it is.
 */
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "compat.h"
#include "ip.h"
#include "segment.h"

/*
 * struct ktcp_family - what a family does in its own way
 * @hdr_len: bytes of its header, without options
 * @gso_type: how a device cuts a super-segment
 * @route: find the way for a key; NULL or an ERR_PTR when there is none
 * @source: check the peer's address, and choose or check ours; 0 or an errno
 * @pseudo: sum of the pseudo-header of @len bytes, not folded in yet
 * @xmit: write the header before skb->data, @dsfield in it, and send; takes @skb
 * @dsfield: TOS or traffic class of a segment that came in
 */
struct ktcp_family {
	unsigned int hdr_len;
	unsigned int gso_type;
	struct dst_entry *(*route)(struct net *net, const struct ktcp_key *key,
				   u32 *cookie);
	int (*source)(struct net *net, struct ktcp_key *key);
	__sum16 (*pseudo)(const struct ktcp_key *key, u32 len);
	int (*xmit)(struct net *net, const struct ktcp_key *key,
		    struct sk_buff *skb, u8 dsfield);
	u8 (*dsfield)(const struct sk_buff *skb);
};

static __be32 v4(const struct in6_addr *mapped)
{
	return mapped->s6_addr32[3];
}

static struct flowi4 flow4(const struct ktcp_key *key)
{
	return (struct flowi4){
		.daddr = v4(&key->raddr),
		.saddr = v4(&key->laddr),
		.flowi4_proto = IPPROTO_TCP,
		.fl4_sport = key->lport,
		.fl4_dport = key->rport,
	};
}

/*
 * To one host, never to a group: a segment may say that it comes from the
 * broadcast address of a link, and the answer would go to everybody there
 * (RFC 1122 3.2.1.3).
 */
static struct rtable *output4(struct net *net, struct flowi4 *fl4)
{
	struct rtable *rt = ip_route_output_flow(net, fl4, NULL);

	if (IS_ERR(rt) || !(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)))
		return rt;
	ip_rt_put(rt);
	return ERR_PTR(-ENETUNREACH);
}

static struct dst_entry *route4(struct net *net, const struct ktcp_key *key,
				u32 *cookie)
{
	struct flowi4 fl4 = flow4(key);
	struct rtable *rt = output4(net, &fl4);

	*cookie = 0;
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

static int source4(struct net *net, struct ktcp_key *key)
{
	struct flowi4 fl4 = flow4(key);
	struct rtable *rt;

	if (!fl4.daddr)
		return -EINVAL;
	if (fl4.saddr && inet_addr_type(net, fl4.saddr) != RTN_LOCAL)
		return -EADDRNOTAVAIL;
	rt = output4(net, &fl4);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ip_rt_put(rt);
	ipv6_addr_set_v4mapped(fl4.saddr, &key->laddr);
	return 0;
}

static __sum16 pseudo4(const struct ktcp_key *key, u32 len)
{
	return ~tcp_v4_check(len, v4(&key->laddr), v4(&key->raddr), 0);
}

static int xmit4(struct net *net, const struct ktcp_key *key,
		 struct sk_buff *skb, u8 dsfield)
{
	struct iphdr *iph;

	skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	*iph = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = dsfield,
		.ttl = ip4_dst_hoplimit(skb_dst(skb)),
		.protocol = IPPROTO_TCP,
		.frag_off = ip_mtu_locked(skb_dst(skb)) ||
			    ktcp_no_pmtu_disc(net) ? 0 : htons(IP_DF),
		.saddr = v4(&key->laddr),
		.daddr = v4(&key->raddr),
	};
	ip_select_ident_segs(net, skb, NULL, skb_shinfo(skb)->gso_segs ?: 1);
	return ip_local_out(net, NULL, skb);
}

static u8 dsfield4(const struct sk_buff *skb)
{
	return ipv4_get_dsfield(ip_hdr(skb));
}

#if IS_ENABLED(CONFIG_IPV6)
static struct flowi6 flow6(const struct ktcp_key *key)
{
	return (struct flowi6){
		.daddr = key->raddr,
		.saddr = key->laddr,
		.flowi6_oif = key->scope,
		.flowi6_proto = IPPROTO_TCP,
		.fl6_sport = key->lport,
		.fl6_dport = key->rport,
	};
}

static struct dst_entry *route6(struct net *net, const struct ktcp_key *key,
				u32 *cookie)
{
	struct flowi6 fl6 = flow6(key);
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (dst->error) {
		int err = dst->error;

		dst_release(dst);
		return ERR_PTR(err);
	}
	*cookie = rt6_get_cookie((struct rt6_info *)dst);
	return xfrm_lookup(net, dst, flowi6_to_flowi(&fl6), NULL, 0);
}

static int source6(struct net *net, struct ktcp_key *key)
{
	struct flowi6 fl6 = flow6(key);
	struct inet6_dev *idev;
	struct dst_entry *dst;

	if (ipv6_addr_is_multicast(&key->raddr))
		return -ENETUNREACH;
	if (ipv6_addr_any(&key->raddr) ||
	    (ktcp_link_local(&key->raddr) && !key->scope))
		return -EINVAL;
	if (!ipv6_addr_any(&key->laddr) &&
	    !ipv6_chk_addr(net, &key->laddr, NULL, 0))
		return -EADDRNOTAVAIL;
	dst = ip6_dst_lookup_flow(net, NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	key->laddr = fl6.saddr;
	/*
	 * As in the segments that come back; see ktcp_key_v6(). The way to an
	 * address of our own is lo's, but knows whose it is, unless that one goes.
	 */
	idev = ip6_dst_idev(dst);
	key->scope = ktcp_link_local(&key->laddr) || ktcp_link_local(&key->raddr) ?
		     (idev ? idev->dev : dst->dev)->ifindex : 0;
	dst_release(dst);
	return 0;
}

static __sum16 pseudo6(const struct ktcp_key *key, u32 len)
{
	return ~tcp_v6_check(len, &key->laddr, &key->raddr, 0);
}

static int xmit6(struct net *net, const struct ktcp_key *key,
		 struct sk_buff *skb, u8 dsfield)
{
	struct ipv6hdr *iph;

	skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph = ipv6_hdr(skb);
	ip6_flow_hdr(iph, dsfield, 0);
	iph->payload_len = 0;		/* ip6_local_out() knows it */
	iph->nexthdr = IPPROTO_TCP;
	iph->hop_limit = ip6_dst_hoplimit(skb_dst(skb));
	iph->saddr = key->laddr;
	iph->daddr = key->raddr;
	return ip6_local_out(net, NULL, skb);
}

static u8 dsfield6(const struct sk_buff *skb)
{
	return ipv6_get_dsfield(ipv6_hdr(skb));
}
#endif

static const struct ktcp_family families[] = {
	[0] = {
		.hdr_len = sizeof(struct iphdr),
		.gso_type = SKB_GSO_TCPV4,
		.route = route4,
		.source = source4,
		.pseudo = pseudo4,
		.xmit = xmit4,
		.dsfield = dsfield4,
	},
#if IS_ENABLED(CONFIG_IPV6)
	[1] = {
		.hdr_len = sizeof(struct ipv6hdr),
		.gso_type = SKB_GSO_TCPV6,
		.route = route6,
		.source = source6,
		.pseudo = pseudo6,
		.xmit = xmit6,
		.dsfield = dsfield6,
	},
#endif
};

static const struct ktcp_family *family(const struct ktcp_key *key)
{
#if IS_ENABLED(CONFIG_IPV6)
	return &families[!ktcp_key_is_v4(key)];
#else
	return &families[0];
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
/**
 * ktcp_ip6_pmtu() - the way to a peer takes less than was thought (RFC 8201)
 * @kn: the namespace
 * @key: addresses and ports
 * @skb: an ICMPv6 message, skb->data at the header that it quotes
 * @mtu: what it takes
 *
 * Of several ways each knows its own MTU, and ports may choose: ip6_update_pmtu(),
 * which looks at addresses only, could tell another one. Softirq.
 */
void ktcp_ip6_pmtu(struct ktcp_net *kn, const struct ktcp_key *key,
		   struct sk_buff *skb, u32 mtu)
{
	u16 network_header = skb->network_header;
	struct dst_entry *dst;
	u32 cookie;

	dst = route6(kn->net, key, &cookie);
	if (IS_ERR(dst))
		return;
	skb_reset_network_header(skb);
	dst->ops->update_pmtu(dst, NULL, skb, mtu, true);
	skb->network_header = network_header;
	dst_release(dst);
}
#endif

/**
 * ktcp_ip_route() - find, or look whether still good, the way to a peer
 * @kn: the namespace
 * @key: addresses and ports
 * @dst: the route found before, or NULL; replaced when it is no longer good
 * @cookie: goes with it
 *
 * Return: 0, or a negative errno with *@dst NULL. Softirq.
 */
int ktcp_ip_route(struct ktcp_net *kn, const struct ktcp_key *key,
		  struct dst_entry **dst, u32 *cookie)
{
	struct dst_entry *found = *dst;

	if (found && likely(dst_check(found, *cookie)))
		return 0;
	dst_release(found);
	*dst = NULL;
	found = family(key)->route(kn->net, key, cookie);
	if (IS_ERR_OR_NULL(found)) {
		KTCP_INC(kn, NoRoutes);
		return found ? PTR_ERR(found) : -EHOSTUNREACH;
	}
	*dst = found;
	return 0;
}

/**
 * ktcp_ip_source() - which of our addresses an active open uses
 * @kn: the namespace
 * @key: addresses and ports; an unspecified local address is replaced by the one
 *	that the route suggests, and @scope is set
 *
 * The peer must be one host: RFC 9293 3.10.1 (MUST-46). Softirq.
 *
 * Return: 0; -EINVAL, -EADDRNOTAVAIL, or what the look-up of the route says.
 */
int ktcp_ip_source(struct ktcp_net *kn, struct ktcp_key *key)
{
	return family(key)->source(kn->net, key);
}

/**
 * ktcp_ip_hdr_len() - bytes of network header before each segment
 * @key: addresses and ports
 */
unsigned int ktcp_ip_hdr_len(const struct ktcp_key *key)
{
	return family(key)->hdr_len;
}

/**
 * ktcp_ip_mss() - the most payload that the path takes in one segment
 * @key: addresses and ports
 * @dst: the route
 *
 * Return: bytes, without TCP options (RFC 9293 3.7.1).
 */
u16 ktcp_ip_mss(const struct ktcp_key *key, const struct dst_entry *dst)
{
	u32 overhead = family(key)->hdr_len + KTCP_HDR_MIN;
	u32 mtu = min_t(u32, dst_mtu(dst), IP_MAX_MTU);

	return mtu > overhead ? mtu - overhead : 0;
}

/**
 * ktcp_ip_advmss() - what our MSS option says
 * @key: addresses and ports
 * @dst: the route
 *
 * Return: bytes (RFC 6691): what the interface takes, or the administrator's
 * wish (advmss of the route).
 */
u16 ktcp_ip_advmss(const struct ktcp_key *key, const struct dst_entry *dst)
{
	return min_t(u32, dst_metric_advmss(dst), U16_MAX);
}

/**
 * ktcp_ip_gso_max() - the longest super-segment that the device takes
 * @key: addresses and ports
 * @dst: the route
 * @segs: how many segments it may be cut into
 *
 * Return: bytes of payload. Softirq.
 */
u32 ktcp_ip_gso_max(const struct ktcp_key *key, const struct dst_entry *dst,
		    u16 *segs)
{
	const struct net_device *dev = dst->dev;
	u32 max = min_t(u32, ktcp_gso_max_size(dev, ktcp_key_is_v4(key)),
			IP_MAX_MTU);

	*segs = min_t(u32, READ_ONCE(dev->gso_max_segs), U16_MAX);
	return max - min(max, ktcp_ip_hdr_len(key) + KTCP_HDR_MAX);
}

/**
 * ktcp_ip_xmit() - send a segment
 * @kn: the namespace
 * @key: addresses and ports
 * @dst: the route; stays the caller's
 * @skb: skb->data at the TCP header; taken
 * @mss: cut the payload into segments of so many bytes, 0 if it is one
 * @dsfield: Differentiated Services field (RFC 2474), with the ECN field in it
 *
 * The checksum is left to the device (CHECKSUM_PARTIAL), cutting too (GSO).
 * Softirq.
 *
 * Return: NET_XMIT_SUCCESS; NET_XMIT_DROP when a queue of this host was full;
 * NET_XMIT_CN when something else was dropped there. A segment that cannot be
 * sent for another reason is lost, as if the network had lost it.
 */
int ktcp_ip_xmit(struct ktcp_net *kn, const struct ktcp_key *key,
		 struct dst_entry *dst, struct sk_buff *skb, u16 mss,
		 u8 dsfield)
{
	const struct ktcp_family *fam = family(key);
	struct tcphdr *th;
	int err;

	skb_reset_transport_header(skb);
	th = tcp_hdr(skb);
	th->check = fam->pseudo(key, skb->len);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
	if (mss) {
		u32 payload = skb->len - th->doff * 4;

		skb_shinfo(skb)->gso_size = mss;
		skb_shinfo(skb)->gso_type = fam->gso_type;
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(payload, mss);
		KTCP_ADD(kn, OutSegs, skb_shinfo(skb)->gso_segs);
	} else {
		KTCP_INC(kn, OutSegs);
	}

	rcu_read_lock();
	skb_dst_set_noref(skb, dst);
	err = fam->xmit(kn->net, key, skb, dsfield);
	rcu_read_unlock();
	if (unlikely(net_xmit_eval(err)))
		KTCP_INC(kn, OutErrors);
	return max(err, NET_XMIT_SUCCESS);
}

/**
 * ktcp_ip_ce() - has a router marked a segment (RFC 3168 5)?
 * @key: addresses and ports
 * @skb: the segment, as it came
 */
bool ktcp_ip_ce(const struct ktcp_key *key, const struct sk_buff *skb)
{
	return INET_ECN_is_ce(family(key)->dsfield(skb));
}

/*
 * By hand as the kernel's own TCP does. nf_checksum() trusts the sum of the IPv4
 * header, which the host itself has spoiled if it filled in an option, and what was
 * found of a tunnel's own checksum.
 */
static bool csum_ok4(struct sk_buff *skb, unsigned int thoff)
{
	bool ok;

	__skb_pull(skb, thoff);
	ok = !skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo) &&
	     !skb_checksum_complete(skb);
	__skb_push(skb, thoff);
	return ok;
}

static bool csum_ok6(struct sk_buff *skb, unsigned int thoff)
{
#if IS_ENABLED(CONFIG_IPV6)
	bool ok;

	skb_pull_rcsum(skb, thoff);
	ok = !skb_checksum_init(skb, IPPROTO_TCP, ip6_compute_pseudo) &&
	     !skb_checksum_complete(skb);
	skb_push_rcsum(skb, thoff);
	return ok;
#else
	return false;
#endif
}

/**
 * ktcp_ip_let_in() - may IPsec policy let a packet in, which is asked again later?
 * @skb: the packet, skb->data at the network header
 * @family: AF_INET or AF_INET6
 *
 * What came through IPsec may be an error about what went through it, which only the
 * host can tell; and the question may use up how it came. Softirq.
 */
bool ktcp_ip_let_in(struct sk_buff *skb, u8 family)
{
	return secpath_exists(skb) ||
	       xfrm_policy_check(NULL, XFRM_POLICY_IN, skb, family);
}

/**
 * ktcp_ip_csum_ok() - is the checksum of a segment right?
 * @skb: the segment, skb->data at the network header, TCP header linear
 * @thoff: where the TCP header is
 * @family: AF_INET or AF_INET6
 *
 * Knows every state that a device leaves: none, complete, partial, unnecessary; and
 * that what is said to be valid may be the header of a tunnel. What GRO has put in a
 * list it has checked, one by one, and has left the first one's. Softirq.
 */
bool ktcp_ip_csum_ok(struct sk_buff *skb, unsigned int thoff, u8 family)
{
	skb->csum_valid = 0;
	if (skb_csum_unnecessary(skb) ||
	    unlikely(skb_is_gso(skb) &&
		     skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST))
		return true;
	return family == AF_INET ? csum_ok4(skb, thoff) : csum_ok6(skb, thoff);
}

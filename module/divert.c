// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks: is this segment ours; take it, or leave it exactly as it was.
 *
 * The usual hook is the last on the local-input path, after the filter table
 * and all address translation, just before connection tracking confirms a flow.
 * With hook=early a second one stands before connection tracking and routing:
 * cheaper under a flood, and no INPUT rule sees what it takes.
 */
#include <linux/inetdevice.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "compat.h"
#include "divert.h"
#include "icmp.h"
#include "input.h"
#include "ip.h"
#include "listen.h"
#include "segment.h"
#include "table.h"
#include "trace.h"

static bool early_hook;

/*
 * The segment is ours, and is taken out of the kernel's path. Returns it with
 * its header parsed, or NULL when it was not worth it.
 */
static struct sk_buff *accept_segment(struct ktcp_net *kn, struct sk_buff *skb,
				      const struct nf_hook_state *state,
				      unsigned int thoff, struct ktcp_seg *seg)
{
	int hdr_len;

	KTCP_INC(kn, InSegs);
	if (unlikely(!skb_frags_readable(skb)))
		goto bad;
	if (!pskb_may_pull(skb, thoff + KTCP_HDR_MIN))
		goto bad_header;
	hdr_len = ktcp_seg_hdr_len(skb->data + thoff, skb->len - thoff);
	if (hdr_len < 0 || !pskb_may_pull(skb, thoff + hdr_len))
		goto bad_header;
	if (!ktcp_ip_csum_ok(skb, thoff, state->pf)) {
		KTCP_DROP(kn, InCsumErrors, NULL, KTCP_CLOSED, NULL);
		goto bad;
	}
	if (ktcp_seg_parse(seg, skb->data + thoff, skb->len - thoff))
		goto bad_header;
	if (!xfrm_policy_check(NULL, XFRM_POLICY_IN, skb, state->pf))
		goto drop;
	if (ktcp_ct_confirm(skb) != NF_ACCEPT)
		goto drop;
	nf_reset_ct(skb);
	skb_orphan(skb);
	skb_dst_drop(skb);
	skb->dev = NULL;
	return skb;

bad_header:
	KTCP_DROP(kn, InHdrErrors, NULL, KTCP_CLOSED, NULL);
bad:
	KTCP_INC(kn, InErrs);
drop:
	kfree_skb(skb);
	return NULL;
}

/* Before routing it may have that of a tunnel, which is none. */
static const struct dst_entry *route_of(const struct sk_buff *skb)
{
	return skb_valid_dst(skb) ? skb_dst(skb) : NULL;
}

/*
 * Not for an address of this host, though it comes this way: TPROXY has found a
 * socket for it. Or for one in a VRF, whose routes our segments would not take; or
 * for another namespace, which ipvlan (l3s) gives it behind this hook.
 */
static bool is_elsewhere(const struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	const struct net_device *in = state->in;

	return (skb->sk && inet_sk_transparent(skb->sk)) ||
	       netif_is_l3_master(in) || netif_is_l3_slave(in) ||
	       (unlikely(netif_has_l3_rx_handler(in)) && route_of(skb) &&
		!net_eq(dev_net(route_of(skb)->dev), state->net));
}

/*
 * Port and address of this host tell if a segment is ours: @key has the addresses.
 * Only while there are connections that were opened from here, the whole key must
 * be looked up: @look. Inline, for each TCP segment of the host comes this way.
 */
static __always_inline bool
may_be_ours(struct ktcp_net *kn, const struct sk_buff *skb,
	    const struct nf_hook_state *state, unsigned int thoff,
	    struct ktcp_key *key, bool *look)
{
	__be16 buf[2];
	const __be16 *ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);

	if (!ports)
		return false;
	key->rport = ports[0];
	key->lport = ports[1];
	*look = !ktcp_listener_find(kn, key);
	return (!*look || atomic_read(&kn->active)) && !is_elsewhere(skb, state);
}

/*
 * Bottom halves are enabled where a program's verdict (NFQUEUE) sends a segment on
 * its way.
 */
static void take(struct ktcp_net *kn, struct sk_buff *skb,
		 const struct nf_hook_state *state, unsigned int thoff,
		 const struct ktcp_key *key)
{
	struct ktcp_seg seg;

	local_bh_disable();
	skb = accept_segment(kn, skb, state, thoff, &seg);
	if (skb)
		ktcp_input(kn, skb, &seg, key);
	local_bh_enable();
}

/*
 * RFC 9293 MUST-57 and MUST-63: to a group of hosts, whatever the frame said, or
 * from an address that nobody has. The host's IP has looked at IPv4 sources.
 */
static bool bad_addresses4(const struct sk_buff *skb, const struct iphdr *iph)
{
	const struct rtable *rt = (const struct rtable *)route_of(skb);

	return (rt && rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) ||
	       ipv4_is_multicast(iph->daddr) || ipv4_is_lbcast(iph->daddr);
}

static unsigned int divert4(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct ktcp_net *kn = ktcp_net(state->net);
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int thoff = ip_hdrlen(skb);
	struct ktcp_key key = { };
	bool look;

	if (unlikely(iph->protocol == IPPROTO_ICMP) && !ip_is_fragment(iph)) {
		if (is_elsewhere(skb, state))
			return NF_ACCEPT;
		local_bh_disable();
		ktcp_icmp4(kn, skb, state);
		local_bh_enable();
		return NF_ACCEPT;	/* it may have moved the header */
	}
	if (iph->protocol != IPPROTO_TCP || ip_is_fragment(iph) ||
	    skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	ktcp_key_v4(&key, iph->daddr, iph->saddr);
	if (!may_be_ours(kn, skb, state, thoff, &key, &look))
		return NF_ACCEPT;
	if (look && !ktcp_table_find(kn, &key))
		return NF_ACCEPT;
	if (unlikely(bad_addresses4(skb, iph) || ktcp_key_is_self(&key))) {
		KTCP_INC(kn, InBadAddrs);
		return NF_DROP;
	}
	take(kn, skb, state, thoff, &key);
	return NF_STOLEN;
}

/* br_netfilter hides from the hooks before routing that a frame passes by. */
static bool is_for_other_station(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	const struct nf_bridge_info *bridge = nf_bridge_info_get(skb);

	return bridge && bridge->pkt_otherhost;
#else
	return false;
#endif
}

/*
 * Is an address one of this host? As routing sees it, those of devices in a VRF are
 * not, but another device may have them as well.
 */
static bool is_here4(struct net *net, __be32 addr)
{
	const struct net_device *dev = __ip_dev_find(net, addr, false);

	if (likely(dev && !netif_is_l3_slave(dev)))
		return true;
	return dev && inet_addr_type(net, addr) == RTN_LOCAL;
}

/* Before routing nobody has asked yet if the address is one of this host. */
static unsigned int divert4_early(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct in_device *in_dev;

	if (iph->protocol != IPPROTO_TCP || is_for_other_station(skb) ||
	    ipv4_is_multicast(iph->saddr) || ipv4_is_lbcast(iph->saddr) ||
	    !is_here4(state->net, iph->daddr))
		return NF_ACCEPT;
	/* Routing says so; if it comes to that, it says the same again. */
	in_dev = __in_dev_get_rcu(state->in);
	if (in_dev && IN_DEV_ORCONF(in_dev, NOPOLICY))
		IPCB(skb)->flags |= IPSKB_NOPOLICY;
	return divert4(priv, skb, state);
}

#if IS_ENABLED(CONFIG_IPV6)
/* nf_ct_frag6_gather() of nf_defrag_ipv6, or NULL where there is none. */
static typeof(&nf_ct_frag6_gather) gather6;

/*
 * Fragments of one packet that others of its users gather must not meet ours:
 * enum ip6_defrag_users is far below, a zone of connection tracking included.
 */
#define GATHER_USER	0x6b746370	/* "ktcp" */

/*
 * Is it a fragment of TCP? Each fragment says so in its fragment header. One
 * that is a whole packet (RFC 6946) needs no others.
 */
static bool is_tcp_fragment(const struct sk_buff *skb)
{
	unsigned int off = 0;
	const struct frag_hdr *fh;
	struct frag_hdr buf;

	if (ipv6_find_hdr(skb, &off, NEXTHDR_FRAGMENT, NULL, NULL) < 0)
		return false;
	fh = skb_header_pointer(skb, off, sizeof(buf), &buf);
	return fh && fh->nexthdr == IPPROTO_TCP &&
	       fh->frag_off & htons(IP6_OFFSET | IP6_MF);
}

/*
 * The host puts IPv6 together behind this hook, and only the first fragment has
 * the ports. So all fragments of TCP for this host are put together here. The
 * last to arrive becomes the whole packet; that goes on as any other, to the
 * host's TCP too. Returns a verdict: NF_ACCEPT for that one, and for a fragment
 * that cannot be right, as the host answers it with an ICMP error.
 */
static unsigned int gather(struct net *net, struct sk_buff *skb)
{
	int nhoff, err = gather6(net, skb, GATHER_USER);

	if (err)
		return err == -EINPROGRESS ? NF_STOLEN : NF_DROP;
	if (is_tcp_fragment(skb))
		return NF_ACCEPT;
	/*
	 * The host goes on at the header that its nhoff names, and must find
	 * its place in the transport header: it has seen hop-by-hop options.
	 */
	nhoff = IP6CB(skb)->nhoff;
	if (nhoff == offsetof(struct ipv6hdr, nexthdr))
		skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	else
		skb_set_transport_header(skb, nhoff + ipv6_optlen(
			(struct ipv6_opt_hdr *)(skb->data + nhoff)));
	return NF_ACCEPT;
}

static bool bad_addresses6(const struct sk_buff *skb, const struct ipv6hdr *iph)
{
	const struct rt6_info *rt = (const struct rt6_info *)route_of(skb);

	return (rt && rt->rt6i_flags & RTF_ANYCAST) ||
	       ipv6_addr_is_multicast(&iph->daddr) ||
	       ipv6_addr_is_multicast(&iph->saddr) ||
	       ipv6_addr_any(&iph->saddr) || ipv6_addr_v4mapped(&iph->saddr);
}

/* So many extension headers are more than anybody has a use for. */
#define EXTHDRS_MAX	8
#define EXTHDR_MIN	8	/* bytes */

/* RFC 8200 4.2: an option that must not be skipped by who does not know it */
#define OPT_MUST_KNOW	0xc0

static bool may_skip_options(const u8 *opt, unsigned int len)
{
	while (len) {
		unsigned int size;

		if (*opt & OPT_MUST_KNOW)
			return false;
		size = *opt == IPV6_TLV_PAD1 || len < 2 ? 1 : 2 + opt[1];
		if (size > len)
			return false;
		opt += size;
		len -= size;
	}
	return true;
}

static bool way_is_over(const struct ipv6_rt_hdr *hdr)
{
	return !hdr->segments_left && hdr->type != IPV6_SRCRT_TYPE_2 &&
	       hdr->type != IPV6_SRCRT_TYPE_3 && hdr->type != IPV6_SRCRT_TYPE_4;
}

/*
 * The host looks at extension headers behind this hook, hop-by-hop options apart.
 * A segment is for TCP only where it would find nothing else to do: no way on to
 * another host, none whose end has rules of its own (RFC 6275, 6554, 8754), no option
 * that it must know, nothing to authenticate. Hop-by-hop options come first or are an
 * error (RFC 8200 4.1).
 */
static bool may_skip_exthdrs(struct sk_buff *skb, unsigned int thoff)
{
	unsigned int off = sizeof(struct ipv6hdr), n;
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;

	if (!pskb_may_pull(skb, thoff))
		return false;
	for (n = 0; nexthdr != IPPROTO_TCP; n++) {
		const u8 *hdr = skb->data + off;
		unsigned int len = EXTHDR_MIN;

		if (n == EXTHDRS_MAX || off + len > thoff)
			return false;
		if (nexthdr != NEXTHDR_FRAGMENT)	/* that has no length */
			len = ipv6_optlen((const struct ipv6_opt_hdr *)hdr);
		if (off + len > thoff)
			return false;
		switch (nexthdr) {
		case NEXTHDR_HOP:
			if (n)
				return false;
			break;
		case NEXTHDR_FRAGMENT:	/* of a whole packet */
			break;
		case NEXTHDR_ROUTING:
			if (!way_is_over((const struct ipv6_rt_hdr *)hdr))
				return false;
			break;
		case NEXTHDR_DEST:
			if (!may_skip_options(hdr + sizeof(struct ipv6_opt_hdr),
					      len - sizeof(struct ipv6_opt_hdr)))
				return false;
			break;
		default:
			return false;
		}
		nexthdr = hdr[0];
		off += len;
	}
	return off == thoff;
}

static unsigned int divert6_whole(struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct ktcp_net *kn = ktcp_net(state->net);
	const struct ipv6hdr *iph = ipv6_hdr(skb);
	u8 nexthdr = iph->nexthdr;
	struct ktcp_key key = { };
	__be16 frag_off;
	bool look;
	int thoff;

	thoff = ipv6_skip_exthdr(skb, sizeof(*iph), &nexthdr, &frag_off);
	if (thoff >= 0 && !frag_off && unlikely(nexthdr == IPPROTO_ICMPV6) &&
	    state->hook == NF_INET_LOCAL_IN && !is_elsewhere(skb, state)) {
		local_bh_disable();
		ktcp_icmp6(kn, skb, thoff, state);
		local_bh_enable();
	}
	if (thoff < 0 || frag_off || nexthdr != IPPROTO_TCP)
		return NF_ACCEPT;
	ktcp_key_v6(&key, &iph->daddr, &iph->saddr, skb);
	if (!may_be_ours(kn, skb, state, thoff, &key, &look))
		return NF_ACCEPT;
	if (unlikely(thoff != sizeof(*iph)) && !may_skip_exthdrs(skb, thoff))
		return NF_ACCEPT;
	iph = ipv6_hdr(skb);
	if (look && !ktcp_table_find(kn, &key))
		return NF_ACCEPT;
	if (unlikely(bad_addresses6(skb, iph) || ktcp_key_is_self(&key))) {
		KTCP_INC(kn, InBadAddrs);
		return NF_DROP;
	}
	/* The route, which is not known yet, may say that no policy holds. */
	if (state->hook == NF_INET_PRE_ROUTING && !ktcp_ip_let_in(skb, AF_INET6))
		return NF_ACCEPT;
	take(kn, skb, state, thoff, &key);
	return NF_STOLEN;
}

static unsigned int divert6(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	unsigned int verdict = NF_ACCEPT;

	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	if (gather6 && is_tcp_fragment(skb))
		verdict = gather(state->net, skb);
	return verdict == NF_ACCEPT ? divert6_whole(skb, state) : verdict;
}

static unsigned int divert6_early(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);

	if (ipv6_addr_is_multicast(&iph->saddr) || is_for_other_station(skb) ||
	    !ipv6_chk_addr(state->net, &iph->daddr, state->in, 0) ||
	    skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	return divert6_whole(skb, state);
}
#endif

/* In the order in which they are of use: local input alone, or all of them. */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = divert4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_CONNTRACK_CONFIRM - 1,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = divert6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST - 1,
	},
#endif
	{
		.hook = divert4_early,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_RAW_BEFORE_DEFRAG - 1,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = divert6_early,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_RAW_BEFORE_DEFRAG - 1,
	},
#endif
};

static unsigned int nr_hooks(void)
{
	return early_hook ? ARRAY_SIZE(hooks) : ARRAY_SIZE(hooks) / 2;
}

/**
 * ktcp_divert_mode() - where the module parameter wants the hook
 * @name: "input" or "early"
 *
 * Return: 0, or -EINVAL with one line in the log. Before any namespace exists.
 */
int ktcp_divert_mode(const char *name)
{
	early_hook = !strcmp(name, "early");
	if (early_hook || !strcmp(name, "input"))
		return 0;
	pr_err("hook=%.32s: unknown; use input (after the INPUT rules) or early (before connection tracking)\n",
	       name);
	return -EINVAL;
}

/**
 * ktcp_divert_init() - have fragments of IPv6 put together, where that is known
 *
 * Process context; may sleep. Before any namespace exists.
 */
void ktcp_divert_init(void)
{
#if IS_ENABLED(CONFIG_IPV6)
	gather6 = symbol_get(nf_ct_frag6_gather);
	if (!gather6) {
		request_module("nf_defrag_ipv6");
		gather6 = symbol_get(nf_ct_frag6_gather);
	}
	if (!gather6)
		pr_info("no nf_defrag_ipv6: IPv6 fragments of TCP go to the host\n");
#endif
}

/**
 * ktcp_divert_exit() - no hook will run any more
 *
 * Process context.
 */
void ktcp_divert_exit(void)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (gather6)
		symbol_put(nf_ct_frag6_gather);
	gather6 = NULL;
#endif
}

/**
 * ktcp_divert_start() - have segments brought to a namespace's ports
 * @kn: the namespace
 *
 * Return: 0 or a negative errno. Process context.
 */
int ktcp_divert_start(struct ktcp_net *kn)
{
	return nf_register_net_hooks(kn->net, hooks, nr_hooks());
}

/**
 * ktcp_divert_stop() - and no more
 * @kn: the namespace
 *
 * A hook may still be running until a grace period has passed. Process context.
 */
void ktcp_divert_stop(struct ktcp_net *kn)
{
	nf_unregister_net_hooks(kn->net, hooks, nr_hooks());
}

// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about segments of ours. The host reads them too, but knows no
 * connection that they could belong to, so it does not learn the path's MTU.
 *
 * Anybody can write an ICMP error. One is believed if what it quotes is in the
 * network now (RFC 5927 4), and never ends a connection that is open: what it
 * says may pass (RFC 9293 3.9.2.2, RFC 5927 5.2). It is remembered, and is what
 * the application hears if nothing better comes. Our SYN alone is refused by a
 * hard error, so that nobody waits for minutes.
 *
 * Requests hear nothing: their sequence number is but one, and they end soon.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "conn.h"
#include "icmp.h"
#include "ip.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "seq.h"
#include "table.h"

/* The first bytes of a TCP header, which every error quotes (RFC 792). */
struct quoted {
	__be16 source;
	__be16 dest;
	__be32 seq;
};

#define QUOTED_LEN	8

/* RFC 9293 3.9.2.2 */
enum meaning {
	NOTHING,		/* source quench (RFC 6633), and what is no error */
	TOO_BIG,
	SOFT,			/* may pass */
	HARD,			/* somebody refuses */
};

/* What an active open has sent may come from any port. */
static bool maybe_ours(struct ktcp_net *kn, const struct ktcp_key *key)
{
	return ktcp_listener_find(kn, key) || atomic_read(&kn->active);
}

/* The connection that has @seq in the network, or NULL. */
static struct ktcp_conn *find(struct ktcp_net *kn, const struct ktcp_key *key,
			      u32 seq)
{
	struct ktcp_entry *e = ktcp_table_find(kn, key);
	bool in_flight = false;
	struct ktcp_conn *c;

	if (e && e->kind == KTCP_CONN) {
		c = ktcp_conn(e);
		spin_lock(&e->lock);
		in_flight = !e->dead && seq_leq(c->snd_una, seq) &&
			    seq_lt(seq, c->snd_nxt);
		spin_unlock(&e->lock);
	}
	if (in_flight)
		return c;
	KTCP_INC(kn, InIcmpIgnored);
	return NULL;
}

/* The route knows the smaller MTU now: cut anew what was too long. */
static void path_changed(struct ktcp_conn *c)
{
	KTCP_INC(c->e.kn, InIcmpTooBig);
	spin_lock(&c->e.lock);
	if (!c->e.dead) {
		ktcp_event_begins(c);
		ktcp_output_refit(c);
		ktcp_invariants(c);
	}
	ktcp_mem_settle(c->e.kn);
	spin_unlock(&c->e.lock);
}

/* There is trouble on the path: end a SYN_SENT, or remember it. */
static void trouble(struct ktcp_conn *c, enum meaning meaning, int err)
{
	bool refused;

	spin_lock(&c->e.lock);
	refused = meaning == HARD && c->e.state == KTCP_SYN_SENT;
	if (!c->e.dead && refused) {
		KTCP_INC(c->e.kn, InIcmpRefused);
		ktcp_conn_done(c, -err);
	} else if (!c->e.dead) {
		KTCP_INC(c->e.kn, InIcmpErrors);
		c->soft_error = err;
		ktcp_event_begins(c);
		ktcp_conn_trouble(c, -err);
		ktcp_conn_event(c);
		ktcp_invariants(c);
	}
	ktcp_mem_settle(c->e.kn);
	spin_unlock(&c->e.lock);
}

static enum meaning meaning4(u8 type, u8 code, int *err)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
		if (code == ICMP_FRAG_NEEDED)
			return TOO_BIG;
		if (code > NR_ICMP_UNREACH)
			return NOTHING;
		*err = icmp_err_convert[code].errno;
		return icmp_err_convert[code].fatal ? HARD : SOFT;
	case ICMP_TIME_EXCEEDED:
		*err = EHOSTUNREACH;
		return SOFT;
	case ICMP_PARAMETERPROB:
		*err = EPROTO;
		return SOFT;
	default:
		return NOTHING;
	}
}

/**
 * ktcp_icmp4() - an ICMP message has come to this host
 * @kn: the namespace
 * @skb: the message, skb->data at the IP header; it goes on to the host
 * @state: of the hook
 *
 * RFC 792, RFC 1191. Softirq, RCU read lock held.
 */
void ktcp_icmp4(struct ktcp_net *kn, struct sk_buff *skb,
		const struct nf_hook_state *state)
{
	unsigned int off = ip_hdrlen(skb), inner;
	const struct icmphdr *icmp;
	const struct quoted *q;
	struct ktcp_key key = { };
	const struct iphdr *iph;
	enum meaning meaning;
	struct ktcp_conn *c;
	int err = 0;
	u32 mtu;

	inner = off + sizeof(*icmp);
	if (!pskb_may_pull(skb, inner + sizeof(*iph)))
		return;
	icmp = (void *)(skb->data + off);
	iph = (void *)(skb->data + inner);
	meaning = meaning4(icmp->type, icmp->code, &err);
	if (meaning == NOTHING || iph->version != 4 || iph->ihl < 5 ||
	    iph->protocol != IPPROTO_TCP ||
	    iph->frag_off & htons(IP_OFFSET) ||
	    !pskb_may_pull(skb, inner + iph->ihl * 4 + QUOTED_LEN))
		return;
	icmp = (void *)(skb->data + off);
	iph = (void *)(skb->data + inner);
	q = (void *)iph + iph->ihl * 4;
	ktcp_key_v4(&key, iph->saddr, iph->daddr);
	key.lport = q->source;
	key.rport = q->dest;
	if (!maybe_ours(kn, &key) ||
	    nf_checksum(skb, state->hook, off, IPPROTO_ICMP, AF_INET) ||
	    !ktcp_ip_let_in(skb, AF_INET))
		return;
	if (meaning == TOO_BIG && ktcp_no_pmtu_disc(state->net))
		return;
	mtu = ntohs(icmp->un.frag.mtu);
	c = find(kn, &key, ntohl(q->seq));
	if (!c)
		return;
	if (meaning != TOO_BIG) {
		trouble(c, meaning, err);
		return;
	}
	__skb_pull(skb, inner);
	ipv4_update_pmtu(skb, state->net, mtu, 0, IPPROTO_TCP);
	__skb_push(skb, inner);
	path_changed(c);
}

#if IS_ENABLED(CONFIG_IPV6)
static enum meaning meaning6(u8 type, u8 code, int *err)
{
	switch (type) {
	case ICMPV6_PKT_TOOBIG:
		return TOO_BIG;
	case ICMPV6_DEST_UNREACH:
		return icmpv6_err_convert(type, code, err) ? HARD : SOFT;
	case ICMPV6_TIME_EXCEED:
	case ICMPV6_PARAMPROB:
		icmpv6_err_convert(type, code, err);
		return SOFT;
	default:
		return NOTHING;
	}
}

/**
 * ktcp_icmp6() - an ICMPv6 message has come to this host
 * @kn: the namespace
 * @skb: the message, skb->data at the IPv6 header; it goes on to the host
 * @off: where the ICMPv6 header is
 * @state: of the hook
 *
 * RFC 4443, RFC 8201. Softirq, RCU read lock held.
 */
void ktcp_icmp6(struct ktcp_net *kn, struct sk_buff *skb, unsigned int off,
		const struct nf_hook_state *state)
{
	const struct icmp6hdr *icmp;
	const struct ipv6hdr *iph;
	const struct quoted *q;
	struct ktcp_key key = { };
	enum meaning meaning;
	struct ktcp_conn *c;
	unsigned int inner;
	int err = 0;

	inner = off + sizeof(*icmp);
	/* Our segments have no extension headers. */
	if (!pskb_may_pull(skb, inner + sizeof(*iph) + QUOTED_LEN))
		return;
	icmp = (void *)(skb->data + off);
	iph = (void *)(skb->data + inner);
	q = (void *)(iph + 1);
	meaning = meaning6(icmp->icmp6_type, icmp->icmp6_code, &err);
	if (meaning == NOTHING || iph->version != 6 ||
	    iph->nexthdr != IPPROTO_TCP)
		return;
	/* which would be the key of an IPv4 connection */
	if (ipv6_addr_v4mapped(&iph->saddr) || ipv6_addr_v4mapped(&iph->daddr))
		return;
	ktcp_key_v6(&key, &iph->saddr, &iph->daddr, skb);
	key.lport = q->source;
	key.rport = q->dest;
	if (!maybe_ours(kn, &key) ||
	    nf_checksum(skb, state->hook, off, IPPROTO_ICMPV6, AF_INET6) ||
	    !ktcp_ip_let_in(skb, AF_INET6))
		return;
	c = find(kn, &key, ntohl(q->seq));
	if (!c)
		return;
	if (meaning != TOO_BIG) {
		trouble(c, meaning, err);
		return;
	}
	__skb_pull(skb, inner);
	ktcp_ip6_pmtu(kn, &key, skb, ntohl(icmp->icmp6_mtu));
	__skb_push(skb, inner);
	path_changed(c);
}
#endif

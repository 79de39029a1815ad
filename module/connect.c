// SPDX-License-Identifier: GPL-2.0
/*
 * Active OPEN (RFC 9293 3.10.1): addresses, a local port, our SYN, and what the
 * peer's SYN makes of the connection. The steps of SYN_SENT are in input.c.
 *
 * Our SYN is the only thing in flight until it is acknowledged, and needs no
 * flight record: SND.UNA is ISS, SND.NXT is ISS + 1.
 */
#include <linux/export.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/socket.h>

#include "connect.h"
#include "cookie.h"
#include "ip.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "recovery.h"
#include "table.h"
#include "timers.h"
#include "trace.h"

/**
 * ktcp_get_addr() - what a socket address says
 * @ss: the socket address
 * @addr: filled in, IPv4 as ::ffff:a.b.c.d
 * @port: filled in
 * @scope: filled in: interface index of a link-local address, else 0
 *
 * Return: 0, or -EAFNOSUPPORT. Any context.
 */
int ktcp_get_addr(const struct sockaddr_storage *ss, struct in6_addr *addr,
		  __be16 *port, u32 *scope)
{
	const struct sockaddr_in *a4 = (const void *)ss;
	const struct sockaddr_in6 *a6 = (const void *)ss;

	*scope = 0;
	switch (ss->ss_family) {
	case AF_INET:
		ipv6_addr_set_v4mapped(a4->sin_addr.s_addr, addr);
		*port = a4->sin_port;
		return 0;
	case AF_INET6:
		*addr = a6->sin6_addr;
		*port = a6->sin6_port;
		if (ktcp_link_local(addr))
			*scope = a6->sin6_scope_id;
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

/* What is not said of the local end is left unspecified, in the right family. */
static int make_key(struct ktcp_key *key, const struct sockaddr_storage *remote,
		    const struct sockaddr_storage *local)
{
	u32 lscope = 0;
	bool v4;
	int err;

	memset(key, 0, sizeof(*key));
	err = ktcp_get_addr(remote, &key->raddr, &key->rport, &key->scope);
	if (!err && local)
		err = ktcp_get_addr(local, &key->laddr, &key->lport, &lscope);
	if (err)
		return err;
	v4 = ipv6_addr_v4mapped(&key->raddr);
	if (!v4 && !ipv6_mod_enabled())	/* ipv6.disable=1: no routes at all */
		return -EAFNOSUPPORT;
	if (v4 && ipv6_addr_any(&key->laddr))
		ipv6_addr_set_v4mapped(0, &key->laddr);
	if (!key->scope)
		key->scope = lscope;
	if (!key->rport || ktcp_key_is_v4(key) != v4)
		return -EINVAL;
	return 0;
}

/*
 * RFC 6056 3.3.3, simple hash-based port selection. The table tells whether the
 * four are free: TIME_WAIT counts as used.
 */
static int choose_port(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;
	struct ktcp_key *key = &c->e.key;
	u32 min = ktcp_conf(kn, port_min), max = ktcp_conf(kn, port_max), i;
	u32 offset = ktcp_port_offset(kn, key);
	int err;

	for (i = min; i <= max; i++) {
		u32 next = offset + (u32)atomic_inc_return(&kn->next_port);

		key->lport = htons(min + next % (max - min + 1));
		if (ktcp_key_is_self(key) || ktcp_listener_find(kn, key))
			continue;
		err = ktcp_table_insert(&c->e);
		if (err != -EEXIST)
			return err;
	}
	return -EADDRNOTAVAIL;
}

/* Into the table, with a port of its own or the one that was asked for. */
static int publish(struct ktcp_conn *c)
{
	int err;

	if (!c->e.key.lport)
		return choose_port(c);
	if (ktcp_key_is_self(&c->e.key))
		return -EADDRNOTAVAIL;
	err = ktcp_table_insert(&c->e);
	return err == -EEXIST ? -EADDRINUSE : err;
}

static void send_first_syn(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;

	ktcp_options_offer(kn, &c->e.key, &c->options);
	c->iss = ktcp_iss(kn, &c->e.key);
	c->snd_una = c->iss;
	c->snd_nxt = c->iss + 1;
	c->snd_end = c->snd_nxt;
	c->rcvbuf = ktcp_conf(kn, rcvbuf);
	c->rcv_adv = c->rcv_nxt + c->rcvbuf;
	c->syn_us = ktcp_event_us(c);
	if (c->app->user_timeout)
		ktcp_advertise_user_timeout(c, c->app->user_timeout);
	percpu_counter_inc(&kn->conns);
	KTCP_INC(kn, ActiveOpens);
	ktcp_entry_moved(&c->e, KTCP_CLOSED, KTCP_SYN_SENT);
	ktcp_output_syn(c);
	ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
}

static struct ktcp_conn *open_conn(struct ktcp_net *kn, struct ktcp_key *key,
				   const struct ktcp_app_ops *app, void *arg)
{
	struct ktcp_conn *c;
	int err;

	if (!ktcp_app_attached(kn, app))
		return ERR_PTR(-ENETDOWN);
	err = ktcp_ip_source(kn, key);
	if (err)
		return ERR_PTR(err);
	if (percpu_counter_compare(&kn->conns,
				   ktcp_conf(kn, max_connections)) >= 0) {
		KTCP_INC(kn, ConnLimitDrops);
		return ERR_PTR(-ENOBUFS);
	}
	c = ktcp_conn_alloc(kn, key, KTCP_SYN_SENT, app);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->e.active = true;
	c->app_open = 1;
	c->priv[0] = (unsigned long)arg;
	ktcp_cc_init(&c->cc, ktcp_app_cc(kn, app), KTCP_MSS_MIN, 1);

	/* An event of another connection may call: that one is locked. */
	spin_lock_nested(&c->e.lock, SINGLE_DEPTH_NESTING);
	err = publish(c);
	if (!err) {
		ktcp_conn_get(c);
		send_first_syn(c);
		ktcp_invariants(c);
	}
	spin_unlock(&c->e.lock);
	if (!err)
		return c;
	ktcp_conn_free_unused(c);
	return ERR_PTR(err);
}

struct ktcp_conn *ktcp_connect(struct net *net,
			       const struct sockaddr_storage *remote,
			       const struct sockaddr_storage *local,
			       const struct ktcp_app_ops *app, void *arg)
{
	struct ktcp_conn *c;
	struct ktcp_key key;
	int err = make_key(&key, remote, local);

	if (err)
		return ERR_PTR(err);
	local_bh_disable();
	rcu_read_lock();
	c = open_conn(ktcp_net(net), &key, app, arg);
	ktcp_mem_settle(ktcp_net(net));
	rcu_read_unlock();
	local_bh_enable();
	return c;
}
EXPORT_SYMBOL_GPL(ktcp_connect);

/**
 * ktcp_connect_syn() - the peer's SYN is here: what it says
 * @c: the connection, locked, in SYN_SENT
 * @syn: SYN-ACK, or the SYN of a simultaneous open
 *
 * Softirq.
 *
 * Return: 0, or a negative errno with nothing changed: there is no route.
 */
int ktcp_connect_syn(struct ktcp_conn *c, const struct ktcp_seg *syn)
{
	int err = ktcp_ip_route(c->e.kn, &c->e.key, &c->dst, &c->dst_cookie);

	if (err)
		return err;
	ktcp_options_accept(&c->options, syn);
	ktcp_conn_meet(c, syn->seq, syn->wnd, ktcp_peer_mss(&c->e.key, syn),
		       syn);
	return 0;
}

/**
 * ktcp_connect_established() - our SYN is acknowledged
 * @c: the connection, locked, in SYN_SENT or SYN_RECV
 *
 * A SYN that left twice says nothing of the round-trip time (Karn), nor does
 * one that a SYN-ACK followed. Softirq.
 */
void ktcp_connect_established(struct ktcp_conn *c)
{
	c->rtt.syn_lost = c->retransmits;
	if (!c->retransmits && c->e.state == KTCP_SYN_SENT)
		ktcp_rtt_sample(&c->rtt, (u32)ktcp_event_us(c) - c->syn_us);
	ktcp_cc_init(&c->cc, ktcp_app_cc(c->e.kn, c->app), c->mss,
		     ktcp_conn_init_cwnd(c, c->retransmits));
	c->snd_una = c->snd_nxt;
	ktcp_recovery_init(c);
	c->backoff = 0;
	c->retransmits = 0;
	c->soft_error = 0;
	ktcp_timer_clear(c, KTCP_TIMER_RETRANS);
	ktcp_timer_clear(c, KTCP_TIMER_USER);
	ktcp_conn_set_state(c, KTCP_ESTABLISHED);
	if (c->options.ecn_ok)
		KTCP_INC(c->e.kn, EcnOpens);
	if (!c->app_detached && c->app->opened(c))
		c->abort = 1;
	/* It had called ktcp_shutdown() in SYN_RECV. */
	if (c->shut && c->e.state == KTCP_ESTABLISHED)
		ktcp_conn_set_state(c, KTCP_FIN_WAIT_1);
}

/**
 * ktcp_syn_timeout() - our SYN was not acknowledged in time
 * @c: the connection, locked, in SYN_SENT or SYN_RECV
 *
 * Softirq. @c may be dead afterwards.
 */
void ktcp_syn_timeout(struct ktcp_conn *c)
{
	struct ktcp_net *kn = c->e.kn;

	if (!ktcp_user_timeout(c) &&
	    c->retransmits >= ktcp_conf(kn, syn_retries)) {
		KTCP_INC(kn, SynTimeouts);
		ktcp_conn_done(c, ktcp_ip_route(kn, &c->e.key, &c->dst,
						&c->dst_cookie) ?
				  -EHOSTUNREACH : ktcp_conn_timed_out(c));
		return;
	}
	KTCP_INC(kn, SynRetrans);
	KTCP_INC(kn, RetransSegs);
	trace_ktcp_retransmit(&c->e.key, c->e.state, c->iss, 0, "syn");
	c->retrans++;
	ktcp_conn_unanswered(c);
	/* RFC 3168 6.1.1.1: there are hosts that drop a SYN with ECN. */
	if (c->e.state == KTCP_SYN_SENT) {
		c->options.ecn_first |= c->options.ecn_ok;
		c->options.ecn_ok = 0;
	}
	ktcp_output_syn(c);
	ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
}

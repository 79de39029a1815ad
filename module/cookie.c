// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers that a stranger cannot guess: initial sequence numbers (RFC 6528),
 * offsets of timestamps (RFC 7323 5.4), SYN cookies (RFC 4987 3.6).
 *
 * A SYN cookie is an ISS from which the ACK brings back what a request would
 * have kept; cookie_code.h has its layout. Its MAC covers addresses, ports, the
 * peer's ISS, the data, and our shift count, which is not in the data: if an
 * administrator changes that between SYN-ACK and ACK, the cookie is no longer
 * good, rather than each end reading the other's window wrong. The receive
 * buffer is what the sysctl says when the ACK comes.
 *
 * The secret of the MAC is drawn anew each ROTATION_SEC, and the one before is
 * kept: a cookie is good for one to two rotations. Its count says which secret
 * made it, and keeps apart the ISSs of one pair of ends from one rotation to
 * the next, for longer than a segment can be under way. F(key), the constant of
 * RFC 6528, hides both.
 *
 * Of each network namespace all numbers are others: whoever has one of his own, with
 * somebody else's addresses in it, learns nothing of the host's.
 *
 * How likely is a guess? At any time 2 counts * 16 data of 2^32 numbers are good
 * for one key and one peer's ISS: one ACK in 2^27. Who has seen an ISS of the
 * same addresses and ports knows F(key), and has one in 2^26. Who guesses right
 * has a connection whose answers go elsewhere, no more.
 *
 * What no cookie can do: nothing remembers that it was used, so an ACK that is
 * sent again after its connection has gone, by the network or by whoever has
 * seen it, opens a second one for as long as the cookie is good. TIME_WAIT
 * stands before that while it lasts. An old SYN opens nothing: its sender must
 * answer our number. And the first segment to come must be the one that follows
 * the SYN: if it was lost, the next one is refused.
 */
#include <linux/random.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>

#include "cookie.h"
#include "cookie_code.h"
#include "output.h"
#include "row.h"
#include "trace.h"

/* RFC 9293 3.4.1: the clock of initial sequence numbers ticks every 4 us. */
#define ISS_TICK_US	4

#define ROTATION_SEC	60
#define ROTATIONS	2	/* a cookie is good in its own and in the next */

/* An older timestamp than this was in no cookie; its clock is behind by 66 ms. */
#define ECHO_MAX_US	((ROTATIONS * ROTATION_SEC + 1) * USEC_PER_SEC)

/*
 * struct secret - what makes the cookies of one rotation
 * @key: never leaves this file
 * @count: which rotation
 */
struct secret {
	siphash_key_t key;
	u32 count;
};

/* Read for every cookie, written once a rotation, if there are cookies then. */
static struct secret secrets[ROTATIONS];
static DEFINE_SEQLOCK(secrets_lock);

/**
 * ktcp_secrets_init() - draw the secrets of a network namespace
 * @kn: the namespace
 *
 * Process context.
 */
void ktcp_secrets_init(struct ktcp_net *kn)
{
	get_random_bytes(&kn->secrets, sizeof(kn->secrets));
}

/* Of IPv4 only what differs is hashed, a third of the key: addresses, ports. */
static u64 v4_hosts(const struct ktcp_key *key)
{
	return (u64)(__force u32)key->laddr.s6_addr32[3] << 32 |
	       (__force u32)key->raddr.s6_addr32[3];
}

static u32 ports(const struct ktcp_key *key)
{
	return (__force u32)key->lport << 16 | (__force u32)key->rport;
}

static u32 hash_ends(const struct ktcp_key *key, const siphash_key_t *secret)
{
	if (ktcp_key_is_v4(key))
		return siphash_2u64(v4_hosts(key), ports(key), secret);
	return siphash(key, sizeof(*key), secret);
}

/* F of RFC 6528 3 */
static u32 iss_constant(const struct ktcp_net *kn, const struct ktcp_key *key)
{
	return hash_ends(key, &kn->secrets.iss);
}

/**
 * ktcp_iss() - the initial sequence number of a new connection
 * @kn: the namespace
 * @key: its addresses and ports
 *
 * Return: M + F(key, secret) of RFC 6528 3: between the same two ends it only
 * grows, to anyone else it is random. Any context.
 */
u32 ktcp_iss(const struct ktcp_net *kn, const struct ktcp_key *key)
{
	u32 m = div_u64(ktcp_now_us(), ISS_TICK_US);

	return m + iss_constant(kn, key);
}

/**
 * ktcp_ts_offset() - what is added to the timestamp clock of a connection
 * @kn: the namespace
 * @key: its addresses and ports
 *
 * The same for all connections of two hosts, so that between them timestamps
 * only grow (RFC 6191). Any context.
 */
u32 ktcp_ts_offset(const struct ktcp_net *kn, const struct ktcp_key *key)
{
	if (ktcp_key_is_v4(key))
		return siphash_1u64(v4_hosts(key), &kn->secrets.ts);
	/* both addresses, one behind the other at the end of the key */
	BUILD_BUG_ON(offsetof(struct ktcp_key, raddr) + 2 * sizeof(key->raddr) !=
		     sizeof(*key));
	return siphash(&key->raddr, 2 * sizeof(key->raddr), &kn->secrets.ts);
}

/**
 * ktcp_port_offset() - where the search for a local port begins
 * @kn: the namespace
 * @key: addresses and ports; local port 0
 *
 * Return: F() of RFC 6056 3.3.3: to anyone but the peer it is random. Any
 * context.
 */
u32 ktcp_port_offset(const struct ktcp_net *kn, const struct ktcp_key *key)
{
	return hash_ends(key, &kn->secrets.port);
}

/* The rotation that it is now. 0 and 1 are before the first one. */
static u32 rotation(void)
{
	return (u32)ktime_get_seconds() / ROTATION_SEC + ROTATIONS;
}

/* Returns false when there is no secret of that rotation, yet or any more. */
static bool secret_find(u32 count, siphash_key_t *key)
{
	const struct secret *s = &secrets[count % ROTATIONS];
	unsigned int start;
	bool found;

	do {
		start = read_seqbegin(&secrets_lock);
		found = s->count == count;
		*key = s->key;
	} while (read_seqretry(&secrets_lock, start));
	return found;
}

/* The first cookie of a rotation draws its secret, in place of the oldest. */
static void secret_draw(u32 count)
{
	struct secret *s = &secrets[count % ROTATIONS];
	siphash_key_t key;

	get_random_bytes(&key, sizeof(key));
	write_seqlock_bh(&secrets_lock);
	if (s->count != count) {	/* another CPU may have been faster */
		s->key = key;
		s->count = count;
	}
	write_sequnlock_bh(&secrets_lock);
}

/* @ts: the timestamp, which says what else was agreed on, if @data says that it does. */
static u32 cookie_mac(const struct ktcp_net *kn, const struct ktcp_key *key,
		      u32 irs, u8 data, u32 ts, const siphash_key_t *secret)
{
	struct {
		struct ktcp_key key;
		u32 irs;
		u32 rest;
		u32 net;
	} covered;
	u32 options = data & KTCP_COOKIE_TS ?
		      ts & (BIT(KTCP_COOKIE_TS_BITS) - 1) : 0;
	u32 rest = options << 16 | (u32)data << 8 | ktcp_rcv_wscale(kn);
	u32 net = kn->net->net_cookie;	/* no namespace has that of one before */

	if (ktcp_key_is_v4(key))
		return siphash_3u64(v4_hosts(key), (u64)ports(key) << 32 | irs,
				    (u64)net << 32 | rest, secret);
	covered.key = *key;
	covered.irs = irs;
	covered.rest = rest;
	covered.net = net;
	/* Hashed byte by byte: there must be no padding. */
	BUILD_BUG_ON(sizeof(covered) != sizeof(*key) + 3 * sizeof(u32));
	return siphash(&covered, sizeof(covered), secret);
}

static u32 cookie_make(struct ktcp_net *kn, const struct ktcp_key *key,
		       u32 irs, u8 data, u32 tsval)
{
	u32 count = rotation();
	struct ktcp_cookie_code code = {
		.count = count % KTCP_COOKIE_COUNTS,
		.data = data,
	};
	siphash_key_t secret;

	while (!secret_find(count, &secret))
		secret_draw(count);
	code.mac = cookie_mac(kn, key, irs, data, tsval, &secret);
	return ktcp_cookie_pack(&code) + iss_constant(kn, key);
}

/* Returns the data of a cookie, or -1 if it is none of ours, or too old. */
static int cookie_check(struct ktcp_net *kn, const struct ktcp_key *key,
			u32 irs, u32 cookie, u32 tsecr)
{
	struct ktcp_cookie_code code, good;
	u32 now = rotation(), age;
	siphash_key_t secret;

	code = ktcp_cookie_unpack(cookie - iss_constant(kn, key));
	age = (now - code.count) % KTCP_COOKIE_COUNTS;
	if (age >= ROTATIONS || !secret_find(now - age, &secret))
		return -1;
	good = code;
	good.mac = cookie_mac(kn, key, irs, code.data, tsecr, &secret);
	if (ktcp_cookie_pack(&good) != ktcp_cookie_pack(&code))
		return -1;
	return code.data;
}

/*
 * A listener sends cookies: ACKs are checked for them from now on. One line in
 * the log, and the next one only when there were none for a rotation; none at
 * all for cookies that were asked for (syncookies=2).
 */
static void cookies_begin(struct ktcp_net *kn, struct ktcp_listener *l)
{
	u32 now = rotation(), last = READ_ONCE(l->cookies);
	char text[KTCP_ENDPOINT_MAX];

	if (last == now || cmpxchg(&l->cookies, last, now) != last)
		return;
	if (now - last < ROTATIONS || ktcp_conf(kn, syncookies) != 1)
		return;
	/* a namespace of somebody's must not fill the host's log */
	if (kn->net->user_ns != &init_user_ns && !net_ratelimit())
		return;
	ktcp_port_text(text, &l->addr, l->port);
	pr_notice("port %s: backlog full, possible SYN flood; answering with SYN cookies\n",
		  text);
}

/* Could a cookie of this listener still be good? */
static bool cookies_in_use(struct ktcp_net *kn, const struct ktcp_listener *l)
{
	return ktcp_conf(kn, syncookies) &&
	       rotation() - READ_ONCE(l->cookies) < ROTATIONS;
}

/**
 * ktcp_cookie_send() - answer a SYN, and forget it
 * @kn: the namespace
 * @l: the listener
 * @key: addresses and ports
 * @syn: the SYN
 *
 * The SYN-ACK is sent once: when it is lost the peer sends its SYN again.
 * Softirq, RCU read lock held.
 */
void ktcp_cookie_send(struct ktcp_net *kn, struct ktcp_listener *l,
		      const struct ktcp_key *key, const struct ktcp_seg *syn)
{
	u8 data = ktcp_cookie_mss_index(ktcp_key_is_v4(key),
					ktcp_peer_mss(key, syn));
	struct ktcp_seg seg = {
		.ack = syn->seq + 1,
		.flags = KTCP_SYN | KTCP_ACK,
		.wnd = ktcp_conf(kn, rcvbuf),
		.mss = 1,	/* whatever the route says */
	};
	struct ktcp_options options;

	ktcp_options_agree(kn, key, &options, syn);
	ktcp_options_to_cookie(&options, &seg);
	ktcp_uto_put(&seg, l->app->user_timeout);
	if (options.ts_ok)
		data |= KTCP_COOKIE_TS;
	cookies_begin(kn, l);
	seg.seq = cookie_make(kn, key, syn->seq, data, seg.tsval);
	KTCP_INC(kn, SyncookiesSent);
	trace_ktcp_cookie(key, seg.seq, syn->seq, "sent");
	ktcp_send_control(kn, key, KTCP_LISTEN, &seg, l->app->dscp);
}

/**
 * ktcp_cookie_ack() - does an ACK bring a cookie back?
 * @kn: the namespace
 * @l: the listener
 * @key: addresses and ports
 * @ack: the segment
 * @hs: filled in: the handshake that it ends
 *
 * Counts it, unless the listener has sent no cookies lately. Softirq, RCU read
 * lock held.
 */
bool ktcp_cookie_ack(struct ktcp_net *kn, const struct ktcp_listener *l,
		     const struct ktcp_key *key, const struct ktcp_seg *ack,
		     struct ktcp_handshake *hs)
{
	u32 irs = ack->seq - 1, iss = ack->ack - 1;
	int data;

	if ((ack->flags & (KTCP_SYN | KTCP_ACK | KTCP_RST)) != KTCP_ACK ||
	    !cookies_in_use(kn, l))
		return false;
	*hs = (struct ktcp_handshake){
		.iss = iss,
		.irs = irs,
		.rcvbuf = ktcp_conf(kn, rcvbuf),
	};
	data = cookie_check(kn, key, irs, iss,
			    ack->opts & KTCP_HAS_TS ? ack->tsecr : 0);
	if (data < 0)
		goto failed;
	if (data & KTCP_COOKIE_TS &&
	    (!ktcp_options_from_cookie(kn, key, &hs->options, ack,
				       &hs->rtt_us) ||
	     hs->rtt_us > ECHO_MAX_US))
		goto failed;
	hs->mss = ktcp_cookie_mss(ktcp_key_is_v4(key), data & ~KTCP_COOKIE_TS);
	hs->snd_wnd = (u32)ack->wnd << hs->options.snd_wscale;
	hs->born = jiffies - usecs_to_jiffies(hs->rtt_us);
	KTCP_INC(kn, SyncookiesRecv);
	trace_ktcp_cookie(key, iss, irs, "valid");
	return true;

failed:
	KTCP_INC(kn, SyncookiesFailed);
	trace_ktcp_cookie(key, iss, irs, "invalid");
	return false;
}

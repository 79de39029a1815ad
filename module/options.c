// SPDX-License-Identifier: GPL-2.0
/*
 * What both ends agreed on in their SYNs, and the rules of timestamps that a
 * request, a connection and a TIME_WAIT share (RFC 7323).
 */
#include <linux/ktime.h>

#include "cookie.h"
#include "cookie_code.h"
#include "options.h"

/*
 * RFC 7323 5.5: after 24 days without a word TS.Recent says nothing. Its age is
 * counted in 17 minutes, and up to two years.
 */
#define TS_RECENT_AT_SHIFT	10
#define TS_RECENT_MAX		(24 * 24 * 3600 >> TS_RECENT_AT_SHIFT)

/**
 * ktcp_ts_at() - our timestamp clock
 * @o: the connection's options
 * @ns: the time, as ktime_get_ns() has it
 *
 * Return: TSval for a segment that leaves then (RFC 7323 5.4). Any context.
 */
u32 ktcp_ts_at(const struct ktcp_options *o, u64 ns)
{
	return (u32)(ns >> KTCP_TS_TICK_SHIFT) + o->ts_offset;
}

/**
 * ktcp_rcv_wscale() - our shift count for new connections
 * @kn: the namespace
 *
 * Return: the least that lets the window say all of the sysctl rcvbuf_max, but no
 * more than lets it say half of rcvbuf.
 */
u8 ktcp_rcv_wscale(const struct ktcp_net *kn)
{
	u32 beyond = ktcp_conf(kn, rcvbuf_max) >> 16;
	int half = ktcp_conf(kn, rcvbuf) / 2;

	return min3(fls(beyond), KTCP_WSCALE_MAX, fls(half) - 1);
}

static u16 recent_clock(void)
{
	return ktime_get_seconds() >> TS_RECENT_AT_SHIFT;
}

static void take_recent(struct ktcp_options *o, u32 tsval)
{
	o->ts_recent = tsval;
	o->ts_recent_at = recent_clock();
}

/**
 * ktcp_ecn_setup() - does a SYN, or a SYN-ACK, ask for ECN?
 * @syn: the segment
 *
 * RFC 3168 6.1.1: ECN-setup is ECE and CWR in a SYN, ECE alone in a SYN-ACK. A
 * SYN-ACK with both is the echo of a host that knows neither.
 */
bool ktcp_ecn_setup(const struct ktcp_seg *syn)
{
	u8 both = syn->flags & (KTCP_ECE | KTCP_CWR);

	return both == (syn->flags & KTCP_ACK ? KTCP_ECE : KTCP_ECE | KTCP_CWR);
}

/**
 * ktcp_options_agree() - take from a SYN what we want too
 * @kn: the namespace
 * @key: addresses and ports
 * @o: filled in
 * @syn: the SYN
 *
 * RFC 7323 2.2 and 3.2, RFC 2018 2: an option that the SYN did not carry is
 * not in the SYN-ACK, and is not used; nor is ECN that it did not ask for.
 * Softirq.
 */
void ktcp_options_agree(struct ktcp_net *kn, const struct ktcp_key *key,
			struct ktcp_options *o, const struct ktcp_seg *syn)
{
	*o = (struct ktcp_options){
		.wscale_ok = syn->opts & KTCP_HAS_WSCALE &&
			     ktcp_conf(kn, window_scaling),
		.ts_ok = syn->opts & KTCP_HAS_TS && ktcp_conf(kn, timestamps),
		.sack_ok = syn->opts & KTCP_HAS_SACK_OK && ktcp_conf(kn, sack),
		.ecn_ok = ktcp_ecn_setup(syn) && ktcp_conf(kn, ecn),
	};
	if (o->wscale_ok) {
		o->snd_wscale = syn->wscale;
		o->rcv_wscale = ktcp_rcv_wscale(kn);
	}
	if (o->ts_ok) {
		o->ts_offset = ktcp_ts_offset(kn, key);
		take_recent(o, syn->tsval);
	}
}

/**
 * ktcp_options_offer() - what our own SYN offers
 * @kn: the namespace
 * @key: addresses and ports
 * @o: filled in
 *
 * Softirq.
 */
void ktcp_options_offer(struct ktcp_net *kn, const struct ktcp_key *key,
			struct ktcp_options *o)
{
	*o = (struct ktcp_options){
		.ts_offset = ktcp_ts_offset(kn, key),
		.rcv_wscale = ktcp_rcv_wscale(kn),
		.wscale_ok = ktcp_conf(kn, window_scaling),
		.ts_ok = ktcp_conf(kn, timestamps),
		.sack_ok = ktcp_conf(kn, sack),
		.ecn_ok = ktcp_conf(kn, ecn) == 1,
	};
}

/**
 * ktcp_options_lose() - an option that the peer's SYN does not carry is not used
 * @o: what was offered, or agreed on with a SYN before
 * @syn: the SYN, or SYN-ACK
 *
 * RFC 7323 2.2 and 3.2, RFC 2018 2.
 */
void ktcp_options_lose(struct ktcp_options *o, const struct ktcp_seg *syn)
{
	o->wscale_ok = o->wscale_ok && syn->opts & KTCP_HAS_WSCALE;
	o->ts_ok = o->ts_ok && syn->opts & KTCP_HAS_TS;
	o->sack_ok = o->sack_ok && syn->opts & KTCP_HAS_SACK_OK;
	if (!o->wscale_ok) {
		o->snd_wscale = 0;
		o->rcv_wscale = 0;
	}
}

/**
 * ktcp_options_accept() - what is left of an offer when the peer's SYN is here
 * @o: what ktcp_options_offer() filled in
 * @syn: SYN-ACK, or the SYN of a simultaneous open
 *
 * RFC 7323 2.2 and 3.2, RFC 2018 2, RFC 3168 6.1.1: used is what both SYNs
 * carried.
 */
void ktcp_options_accept(struct ktcp_options *o, const struct ktcp_seg *syn)
{
	ktcp_options_lose(o, syn);
	o->ecn_ok = o->ecn_ok && ktcp_ecn_setup(syn);
	o->ecn_first = o->ecn_first && syn->flags & KTCP_ACK &&
		       ktcp_ecn_setup(syn);
	if (o->wscale_ok)
		o->snd_wscale = syn->wscale;
	if (o->ts_ok)
		take_recent(o, syn->tsval);
}

/**
 * ktcp_tsecr_ok() - does a segment echo a timestamp of our SYN, or SYN-ACK?
 * @o: what our SYN offered
 * @seg: the segment; its ACK covers our SYN
 * @age_us: since the SYN was sent, the first time if any of them will do
 *
 * Return: false if TSecr was not in our SYN since then (RFC 7323 3.2): it is an old
 * duplicate. 0 is let pass, because there are peers that do not fill it in.
 */
bool ktcp_tsecr_ok(const struct ktcp_options *o, const struct ktcp_seg *seg,
		   u32 age_us)
{
	u32 age = ((u64)age_us * 1000 >> KTCP_TS_TICK_SHIFT) + 1;

	if (!o->ts_ok || !(seg->opts & KTCP_HAS_TS) || !seg->tsecr)
		return true;
	return ktcp_ts_at(o, ktime_get_ns()) - seg->tsecr <= age;
}

/**
 * ktcp_options_put() - the options that every segment carries
 * @o: what was agreed on
 * @seg: a segment without SYN; gets a timestamp
 * @ns: when it leaves, as ktime_get_ns() has it
 */
void ktcp_options_put(const struct ktcp_options *o, struct ktcp_seg *seg,
		      u64 ns)
{
	if (!o->ts_ok)
		return;
	seg->opts |= KTCP_HAS_TS;
	seg->tsval = ktcp_ts_at(o, ns);
	seg->tsecr = o->ts_recent;
}

/**
 * ktcp_options_syn() - the options of our SYN or SYN-ACK, but for MSS
 * @o: what was agreed on, or is offered
 * @seg: the segment; its flags say which of the two, and get ECN's
 */
void ktcp_options_syn(const struct ktcp_options *o, struct ktcp_seg *seg)
{
	ktcp_options_put(o, seg, ktime_get_ns());
	if (o->wscale_ok) {
		seg->opts |= KTCP_HAS_WSCALE;
		seg->wscale = o->rcv_wscale;
	}
	if (o->sack_ok)
		seg->opts |= KTCP_HAS_SACK_OK;
	if (o->ecn_ok)
		seg->flags |= seg->flags & KTCP_ACK ? KTCP_ECE :
						      KTCP_ECE | KTCP_CWR;
}

/**
 * ktcp_options_to_cookie() - the options of a SYN-ACK that nobody will remember
 * @o: what was agreed on; without timestamps nothing is
 * @seg: the SYN-ACK; its timestamp says the rest
 */
void ktcp_options_to_cookie(struct ktcp_options *o, struct ktcp_seg *seg)
{
	if (!o->ts_ok) {
		o->wscale_ok = 0;
		o->sack_ok = 0;
		o->ecn_ok = 0;
		return;
	}
	ktcp_options_syn(o, seg);
	seg->tsval = ktcp_cookie_tsval(seg->tsval,
				       o->wscale_ok ? o->snd_wscale : -1,
				       o->sack_ok, o->ecn_ok);
}

/**
 * ktcp_options_from_cookie() - what was agreed on, from the echo of a timestamp
 * @kn: the namespace
 * @key: addresses and ports
 * @o: filled in
 * @ack: the segment that ends the handshake
 * @age_us: how long ago the SYN-ACK was sent, at most 66 ms too long, because
 *	its timestamp was behind the clock
 *
 * Return: false if it has no timestamp, which was agreed on.
 */
bool ktcp_options_from_cookie(struct ktcp_net *kn, const struct ktcp_key *key,
			      struct ktcp_options *o,
			      const struct ktcp_seg *ack, u32 *age_us)
{
	int wscale = ktcp_cookie_ts_wscale(ack->tsecr);

	if (!(ack->opts & KTCP_HAS_TS))
		return false;
	*o = (struct ktcp_options){
		.ts_ok = 1,
		.ts_offset = ktcp_ts_offset(kn, key),
		.sack_ok = ktcp_cookie_ts_sack(ack->tsecr),
		.ecn_ok = ktcp_cookie_ts_ecn(ack->tsecr) && ktcp_conf(kn, ecn),
		.wscale_ok = wscale >= 0,
	};
	take_recent(o, ack->tsval);
	if (o->wscale_ok) {
		o->snd_wscale = wscale;
		o->rcv_wscale = ktcp_rcv_wscale(kn);
	}
	*age_us = max(ktcp_ts_to_us(ktcp_ts_at(o, ktime_get_ns()) -
				      ack->tsecr), 1U);
	return true;
}

/**
 * ktcp_paws_ok() - does a segment pass the test of old duplicates?
 * @o: the connection's options
 * @seg: the segment; not a RST
 *
 * A TS.Recent of 0 is that of a peer whose SYN has none yet, and tells nothing.
 *
 * Return: false if its timestamp is older than TS.Recent (RFC 7323 5.3, R1).
 */
bool ktcp_paws_ok(const struct ktcp_options *o, const struct ktcp_seg *seg)
{
	if (!o->ts_ok || !(seg->opts & KTCP_HAS_TS) || !o->ts_recent ||
	    seq_geq(seg->tsval, o->ts_recent))
		return true;
	return (u16)(recent_clock() - o->ts_recent_at) > TS_RECENT_MAX;
}

/**
 * ktcp_ts_learn() - take TS.Recent from an acceptable segment
 * @o: the connection's options
 * @seg: the segment, as it came
 * @last_ack_sent: Last.ACK.sent
 *
 * RFC 7323 4.3 (2): only from one that reaches back to what we acknowledged
 * last, so that a delayed ACK is timed from the first segment that it covers.
 */
void ktcp_ts_learn(struct ktcp_options *o, const struct ktcp_seg *seg,
		   u32 last_ack_sent)
{
	if (!o->ts_ok || !(seg->opts & KTCP_HAS_TS) ||
	    seq_gt(seg->seq, last_ack_sent) ||
	    !ktcp_paws_ok(o, seg))
		return;
	take_recent(o, seg->tsval);
}

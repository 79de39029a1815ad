// SPDX-License-Identifier: GPL-2.0
/*
 * What both ends agreed on in their SYNs, and the rules of timestamps that a
 * request, a connection and a TIME_WAIT share (RFC 7323).
 */
#include <linux/ktime.h>

#include "cookie.h"
#include "options.h"

/* RFC 7323 5.5: after 24 days without a word TS.Recent says nothing. */
#define TS_RECENT_MAX_SEC	(24 * 24 * 3600)

/**
 * ktcp_ts_now() - our timestamp clock
 * @o: the connection's options
 *
 * Return: TSval for a segment that leaves now (RFC 7323 5.4). Any context.
 */
u32 ktcp_ts_now(const struct ktcp_options *o)
{
	return (u32)(ktime_get_ns() >> KTCP_TS_TICK_SHIFT) + o->ts_offset;
}

/* The shift that lets the window say all of rcvbuf_max. */
static u8 wscale_for(u32 rcvbuf_max)
{
	u8 shift = 0;

	while (shift < KTCP_WSCALE_MAX && rcvbuf_max >> shift > U16_MAX)
		shift++;
	return shift;
}

/**
 * ktcp_options_agree() - take from a SYN what we want too
 * @kn: the namespace
 * @key: addresses and ports
 * @o: filled in
 * @syn: the SYN
 *
 * RFC 7323 2.2 and 3.2, RFC 2018 2: an option that the SYN did not carry is
 * not in the SYN-ACK, and is not used. Softirq.
 */
void ktcp_options_agree(struct ktcp_net *kn, const struct ktcp_key *key,
			struct ktcp_options *o, const struct ktcp_seg *syn)
{
	*o = (struct ktcp_options){
		.wscale_ok = syn->opts & KTCP_HAS_WSCALE &&
			     ktcp_conf(kn, window_scaling),
		.ts_ok = syn->opts & KTCP_HAS_TS && ktcp_conf(kn, timestamps),
		.sack_ok = syn->opts & KTCP_HAS_SACK_OK && ktcp_conf(kn, sack),
	};
	if (o->wscale_ok) {
		o->snd_wscale = syn->wscale;
		o->rcv_wscale = wscale_for(ktcp_conf(kn, rcvbuf_max));
	}
	if (o->ts_ok) {
		o->ts_offset = ktcp_ts_offset(key);
		o->ts_recent = syn->tsval;
		o->ts_recent_sec = ktime_get_seconds();
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
		.ts_offset = ktcp_ts_offset(key),
		.rcv_wscale = wscale_for(ktcp_conf(kn, rcvbuf_max)),
		.wscale_ok = ktcp_conf(kn, window_scaling),
		.ts_ok = ktcp_conf(kn, timestamps),
		.sack_ok = ktcp_conf(kn, sack),
	};
}

/**
 * ktcp_options_accept() - what is left of an offer when the peer's SYN is here
 * @o: what ktcp_options_offer() filled in
 * @syn: SYN-ACK, or the SYN of a simultaneous open
 *
 * RFC 7323 2.2 and 3.2, RFC 2018 2: used is what both SYNs carried.
 */
void ktcp_options_accept(struct ktcp_options *o, const struct ktcp_seg *syn)
{
	o->wscale_ok = o->wscale_ok && syn->opts & KTCP_HAS_WSCALE;
	o->ts_ok = o->ts_ok && syn->opts & KTCP_HAS_TS;
	o->sack_ok = o->sack_ok && syn->opts & KTCP_HAS_SACK_OK;
	if (o->wscale_ok)
		o->snd_wscale = syn->wscale;
	else
		o->rcv_wscale = 0;
	if (o->ts_ok) {
		o->ts_recent = syn->tsval;
		o->ts_recent_sec = ktime_get_seconds();
	}
}

/**
 * ktcp_tsecr_ok() - does a SYN-ACK echo a timestamp of our SYN?
 * @o: what our SYN offered
 * @seg: the segment; its ACK covers our SYN
 * @age_us: since the SYN was first sent
 *
 * Return: false if TSecr was never in our SYN (RFC 7323 3.2): an old duplicate.
 * 0 is let pass, because there are peers that do not fill it in.
 */
bool ktcp_tsecr_ok(const struct ktcp_options *o, const struct ktcp_seg *seg,
		   u32 age_us)
{
	u32 age = ((u64)age_us * 1000 >> KTCP_TS_TICK_SHIFT) + 1;

	if (!o->ts_ok || !(seg->opts & KTCP_HAS_TS) || !seg->tsecr)
		return true;
	return ktcp_ts_now(o) - seg->tsecr <= age;
}

/**
 * ktcp_options_put() - the options that every segment carries
 * @o: what was agreed on
 * @seg: a segment without SYN; gets a timestamp
 */
void ktcp_options_put(const struct ktcp_options *o, struct ktcp_seg *seg)
{
	if (!o->ts_ok)
		return;
	seg->opts |= KTCP_HAS_TS;
	seg->tsval = ktcp_ts_now(o);
	seg->tsecr = o->ts_recent;
}

/**
 * ktcp_options_syn() - the options of our SYN or SYN-ACK, but for MSS
 * @o: what was agreed on, or is offered
 * @seg: the segment
 */
void ktcp_options_syn(const struct ktcp_options *o, struct ktcp_seg *seg)
{
	ktcp_options_put(o, seg);
	if (o->wscale_ok) {
		seg->opts |= KTCP_HAS_WSCALE;
		seg->wscale = o->rcv_wscale;
	}
	if (o->sack_ok)
		seg->opts |= KTCP_HAS_SACK_OK;
}

/**
 * ktcp_paws_ok() - does a segment pass the test of old duplicates?
 * @o: the connection's options
 * @seg: the segment; not a RST
 *
 * Return: false if its timestamp is older than TS.Recent (RFC 7323 5.3, R1).
 */
bool ktcp_paws_ok(const struct ktcp_options *o, const struct ktcp_seg *seg)
{
	if (!o->ts_ok || !(seg->opts & KTCP_HAS_TS) ||
	    seq_geq(seg->tsval, o->ts_recent))
		return true;
	return (u32)ktime_get_seconds() - o->ts_recent_sec > TS_RECENT_MAX_SEC;
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
	o->ts_recent = seg->tsval;
	o->ts_recent_sec = ktime_get_seconds();
}

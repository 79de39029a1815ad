// SPDX-License-Identifier: GPL-2.0
/*
 * The wire format of a segment: verify and parse, build. Pure.
 *
 * The checksum is verified and left to the device by ip.c, because it covers
 * the pseudo-header and, on the way in, may live in the skb already.
 */
#include "segment.h"

/**
 * ktcp_seg_hdr_len() - is the Data Offset possible?
 * @th: at least KTCP_HDR_MIN bytes of the header
 * @total: bytes of header and payload together
 *
 * Return: bytes of header and options, or -EINVAL (RFC 9293 3.1). Any context.
 */
int ktcp_seg_hdr_len(const u8 *th, u32 total)
{
	u32 len = (th[12] >> 4) * 4;

	if (len < KTCP_HDR_MIN || len > total)
		return -EINVAL;
	return len;
}

/* Options that appear in a SYN only. */
static void parse_syn_option(struct ktcp_seg *seg, u8 kind, const u8 *opt,
			     u8 len)
{
	if (kind == KTCP_OPT_MSS && len == KTCP_OPT_MSS_LEN) {
		seg->mss = get_unaligned_be16(opt + 2);
	} else if (kind == KTCP_OPT_WSCALE && len == KTCP_OPT_WSCALE_LEN) {
		/* RFC 7323 2.3: a larger one is taken for 14. */
		seg->wscale = min_t(u8, opt[2], KTCP_WSCALE_MAX);
		seg->opts |= KTCP_HAS_WSCALE;
	} else if (kind == KTCP_OPT_SACK_OK && len == KTCP_OPT_SACK_OK_LEN) {
		seg->opts |= KTCP_HAS_SACK_OK;
	}
}

static void parse_ts(struct ktcp_seg *seg, const u8 *opt)
{
	seg->tsval = get_unaligned_be32(opt + 2);
	seg->tsecr = get_unaligned_be32(opt + 6);
	seg->opts |= KTCP_HAS_TS;
}

static void parse_uto(struct ktcp_seg *seg, const u8 *opt)
{
	seg->uto = get_unaligned_be16(opt + 2);
	seg->opts |= KTCP_HAS_UTO;
}

static void parse_sack(struct ktcp_seg *seg, const u8 *opt, u8 len)
{
	u8 i, n = (len - 2) / 8;

	if ((len - 2) % 8 || n > KTCP_SACK_MAX)
		return;
	seg->nr_sack = n;
	for (i = 0; i < n; i++) {
		seg->sack[i].start = get_unaligned_be32(opt + 2 + 8 * i);
		seg->sack[i].end = get_unaligned_be32(opt + 6 + 8 * i);
	}
}

/*
 * RFC 9293 3.2 and 3.10.7: an option of impossible length ends the options, it
 * does not spoil the segment (MUST-7, RFC 1122 4.2.2.5). Of one that is
 * repeated the last counts.
 */
static void parse_options(struct ktcp_seg *seg, const u8 *opt, u32 left)
{
	while (left) {
		u8 kind = opt[0], len;

		if (kind == KTCP_OPT_EOL)
			return;
		if (kind == KTCP_OPT_NOP) {
			opt++;
			left--;
			continue;
		}
		if (left < 2)
			return;
		len = opt[1];
		if (len < 2 || len > left)
			return;
		if (kind == KTCP_OPT_TS && len == KTCP_OPT_TS_LEN)
			parse_ts(seg, opt);
		else if (kind == KTCP_OPT_UTO && len == KTCP_OPT_UTO_LEN)
			parse_uto(seg, opt);
		else if (seg->flags & KTCP_SYN)
			parse_syn_option(seg, kind, opt, len);
		else if (kind == KTCP_OPT_SACK)
			parse_sack(seg, opt, len);
		opt += len;
		left -= len;
	}
}

/* How nearly everybody writes timestamps, and nothing else (RFC 7323 A). */
#define TS_ONLY	(KTCP_OPT_NOP << 24 | KTCP_OPT_NOP << 16 | \
		 KTCP_OPT_TS << 8 | KTCP_OPT_TS_LEN)

static bool only_ts(const u8 *opt, u32 len)
{
	return len == KTCP_OPT_TS_SPACE && get_unaligned_be32(opt) == TS_ONLY;
}

/**
 * ktcp_seg_parse() - take a segment apart
 * @seg: filled in
 * @th: the header; all bytes that ktcp_seg_hdr_len() tells must be readable
 * @total: bytes of header and payload together, at least KTCP_HDR_MIN
 *
 * Return: 0, or -EINVAL for an impossible Data Offset (RFC 9293 3.1). Any
 * context.
 */
int ktcp_seg_parse(struct ktcp_seg *seg, const u8 *th, u32 total)
{
	int hdr_len = ktcp_seg_hdr_len(th, total);

	if (hdr_len < 0)
		return hdr_len;

	seg->seq = get_unaligned_be32(th + 4);
	seg->ack = get_unaligned_be32(th + 8);
	seg->flags = th[13];
	seg->wnd = get_unaligned_be16(th + 14);
	seg->up = get_unaligned_be16(th + 18);
	seg->hdr_len = hdr_len;
	seg->payload = total - hdr_len;
	seg->len = seg->payload + !!(seg->flags & KTCP_SYN) +
		   !!(seg->flags & KTCP_FIN);
	seg->mss = 0;
	seg->opts = 0;
	seg->wscale = 0;
	seg->nr_sack = 0;
	hdr_len -= KTCP_HDR_MIN;
	if (only_ts(th + KTCP_HDR_MIN, hdr_len))
		parse_ts(seg, th + KTCP_HDR_MIN + 2);
	else
		parse_options(seg, th + KTCP_HDR_MIN, hdr_len);
	return 0;
}

/* Nearly all segments carry a timestamp, and nothing else. */
static bool says_only_ts(const struct ktcp_seg *seg)
{
	return seg->opts == KTCP_HAS_TS && !seg->mss && !seg->nr_sack;
}

/**
 * ktcp_seg_build_len() - how long a header will be
 * @seg: what will be built; only its options matter
 *
 * Return: bytes of header and options. Any context.
 */
unsigned int ktcp_seg_build_len(const struct ktcp_seg *seg)
{
	unsigned int len = KTCP_HDR_MIN;

	if (says_only_ts(seg))
		return len + KTCP_OPT_TS_SPACE;
	if (seg->mss)
		len += KTCP_OPT_MSS_LEN;
	if (seg->opts & KTCP_HAS_TS)
		len += KTCP_OPT_TS_SPACE;
	else if (seg->opts & KTCP_HAS_SACK_OK)
		len += 2 + KTCP_OPT_SACK_OK_LEN;
	if (seg->opts & KTCP_HAS_WSCALE)
		len += 1 + KTCP_OPT_WSCALE_LEN;
	if (seg->opts & KTCP_HAS_UTO)
		len += KTCP_OPT_UTO_LEN;
	if (seg->nr_sack)
		len += KTCP_OPT_SACK_SPACE(seg->nr_sack);
	return len;
}

static u8 *put_option(u8 *p, u8 kind, u8 len)
{
	*p++ = kind;
	*p++ = len;
	return p;
}

static u8 *put_two_nops(u8 *p)
{
	*p++ = KTCP_OPT_NOP;
	*p++ = KTCP_OPT_NOP;
	return p;
}

static u8 *put_u32(u8 *p, u32 v)
{
	put_unaligned_be32(v, p);
	return p + 4;
}

/* In the order in which most write them; SACK-permitted fills the gap. */
static void put_options(u8 *p, const struct ktcp_seg *seg)
{
	u8 i;

	if (says_only_ts(seg)) {
		p = put_u32(p, TS_ONLY);
		p = put_u32(p, seg->tsval);
		put_u32(p, seg->tsecr);
		return;
	}
	if (seg->mss) {
		p = put_option(p, KTCP_OPT_MSS, KTCP_OPT_MSS_LEN);
		put_unaligned_be16(seg->mss, p);
		p += 2;
	}
	if (seg->opts & KTCP_HAS_SACK_OK)
		p = put_option(p, KTCP_OPT_SACK_OK, KTCP_OPT_SACK_OK_LEN);
	else if (seg->opts & KTCP_HAS_TS)
		p = put_two_nops(p);
	if (seg->opts & KTCP_HAS_TS) {
		p = put_option(p, KTCP_OPT_TS, KTCP_OPT_TS_LEN);
		p = put_u32(p, seg->tsval);
		p = put_u32(p, seg->tsecr);
	} else if (seg->opts & KTCP_HAS_SACK_OK) {
		p = put_two_nops(p);
	}
	if (seg->opts & KTCP_HAS_WSCALE) {
		*p++ = KTCP_OPT_NOP;
		p = put_option(p, KTCP_OPT_WSCALE, KTCP_OPT_WSCALE_LEN);
		*p++ = seg->wscale;
	}
	if (seg->opts & KTCP_HAS_UTO) {
		p = put_option(p, KTCP_OPT_UTO, KTCP_OPT_UTO_LEN);
		put_unaligned_be16(seg->uto, p);
		p += 2;
	}
	if (!seg->nr_sack)
		return;
	p = put_two_nops(p);
	p = put_option(p, KTCP_OPT_SACK, 2 + 8 * seg->nr_sack);
	for (i = 0; i < seg->nr_sack; i++) {
		p = put_u32(p, seg->sack[i].start);
		p = put_u32(p, seg->sack[i].end);
	}
}

/**
 * ktcp_seg_build() - write a header
 * @th: room for ktcp_seg_build_len() bytes
 * @seg: sequence numbers, flags, window, and options: MSS unless 0, what @opts
 *	says, SACK blocks unless none; at most 40 bytes of them
 * @sport: local port, host byte order
 * @dport: remote port, host byte order
 *
 * The checksum field is left 0 for ip.c.
 *
 * Return: bytes written. Any context.
 */
unsigned int ktcp_seg_build(u8 *th, const struct ktcp_seg *seg, u16 sport,
			    u16 dport)
{
	unsigned int len = ktcp_seg_build_len(seg);

	put_unaligned_be16(sport, th);
	put_unaligned_be16(dport, th + 2);
	put_unaligned_be32(seg->seq, th + 4);
	put_unaligned_be32(seg->flags & KTCP_ACK ? seg->ack : 0, th + 8);
	th[12] = len / 4 << 4;
	th[13] = seg->flags;
	put_unaligned_be16(seg->wnd, th + 14);
	put_unaligned_be16(0, th + 16);
	put_unaligned_be16(seg->flags & KTCP_URG ? seg->up : 0, th + 18);
	put_options(th + KTCP_HDR_MIN, seg);
	return len;
}

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

/*
 * RFC 9293 3.2 and 3.10.7: an option of impossible length ends the options, it
 * does not spoil the segment (MUST-7, RFC 1122 4.2.2.5). Options are looked at
 * in a SYN only: none that ktcp negotiates appears elsewhere.
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
		if (kind == KTCP_OPT_MSS && len == KTCP_OPT_MSS_LEN)
			seg->mss = get_unaligned_be16(opt + 2);
		opt += len;
		left -= len;
	}
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
	if (seg->flags & KTCP_SYN)
		parse_options(seg, th + KTCP_HDR_MIN, hdr_len - KTCP_HDR_MIN);
	return 0;
}

/**
 * ktcp_seg_build_len() - how long a header will be
 * @seg: what will be built; only @seg->mss matters
 *
 * Return: bytes of header and options. Any context.
 */
unsigned int ktcp_seg_build_len(const struct ktcp_seg *seg)
{
	return KTCP_HDR_MIN + (seg->mss ? KTCP_OPT_MSS_LEN : 0);
}

/**
 * ktcp_seg_build() - write a header
 * @th: room for ktcp_seg_build_len() bytes
 * @seg: sequence numbers, flags, window, and the MSS option unless 0
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
	put_unaligned_be16(0, th + 18);
	if (seg->mss) {
		th[20] = KTCP_OPT_MSS;
		th[21] = KTCP_OPT_MSS_LEN;
		put_unaligned_be16(seg->mss, th + 22);
	}
	return len;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* The wire format of a segment (RFC 9293 3.1 and 3.2). Pure. */
#ifndef KTCP_SEGMENT_H
#define KTCP_SEGMENT_H

#include "pure.h"

#define KTCP_FIN	0x01
#define KTCP_SYN	0x02
#define KTCP_RST	0x04
#define KTCP_PSH	0x08
#define KTCP_ACK	0x10
#define KTCP_URG	0x20
#define KTCP_ECE	0x40
#define KTCP_CWR	0x80

#define KTCP_HDR_MIN	20
#define KTCP_HDR_MAX	60

#define KTCP_OPT_EOL	0
#define KTCP_OPT_NOP	1
#define KTCP_OPT_MSS	2
#define KTCP_OPT_MSS_LEN 4
#define KTCP_OPT_WSCALE	3	/* RFC 7323 2.2 */
#define KTCP_OPT_WSCALE_LEN 3
#define KTCP_OPT_SACK_OK 4	/* RFC 2018 2 */
#define KTCP_OPT_SACK_OK_LEN 2
#define KTCP_OPT_SACK	5	/* RFC 2018 3 */
#define KTCP_OPT_TS	8	/* RFC 7323 3.2 */
#define KTCP_OPT_TS_LEN	10
#define KTCP_OPT_UTO	28	/* RFC 5482 3 */
#define KTCP_OPT_UTO_LEN 4

/* What each takes in a header, padded to a multiple of four. */
#define KTCP_OPT_TS_SPACE	12
#define KTCP_OPT_SACK_SPACE(n)	(4 + 8 * (n))

#define KTCP_WSCALE_MAX	14	/* RFC 7323 2.3 */
#define KTCP_SACK_MAX	4	/* blocks that fit into 40 bytes */

/* Options that a segment carries, in struct ktcp_seg. */
#define KTCP_HAS_WSCALE	BIT(0)
#define KTCP_HAS_SACK_OK BIT(1)
#define KTCP_HAS_TS	BIT(2)
#define KTCP_HAS_UTO	BIT(3)

/**
 * struct ktcp_range - sequence numbers
 * @start: the first
 * @end: the first after
 */
struct ktcp_range {
	u32 start;
	u32 end;
};

/**
 * struct ktcp_seg - a segment, parsed, in host byte order
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, of meaning only with KTCP_ACK
 * @len: SEG.LEN: payload, plus one for SYN and one for FIN
 * @wnd: SEG.WND as on the wire
 * @up: SEG.UP, of meaning only with KTCP_URG
 * @flags: KTCP_FIN to KTCP_CWR
 * @hdr_len: bytes of header and options
 * @payload: bytes of data
 * @mss: value of the MSS option, 0 when there is none
 * @opts: KTCP_HAS_*
 * @wscale: shift count of the window scale option, not above KTCP_WSCALE_MAX
 * @nr_sack: SACK blocks
 * @uto: value of the user timeout option, as on the wire
 * @tsval: TSval
 * @tsecr: TSecr, of meaning only with KTCP_ACK
 * @sack: the blocks, as on the wire: not looked at yet
 */
struct ktcp_seg {
	u32 seq;
	u32 ack;
	u32 len;
	u32 payload;
	u16 wnd;
	u16 up;
	u16 mss;
	u8 flags;
	u8 hdr_len;
	u8 opts;
	u8 wscale;
	u8 nr_sack;
	u16 uto;
	u32 tsval;
	u32 tsecr;
	struct ktcp_range sack[KTCP_SACK_MAX];
};

/**
 * ktcp_seg_end() - the first sequence number after a segment
 * @seg: the segment
 *
 * Return: SEG.SEQ + SEG.LEN. Any context.
 */
static inline u32 ktcp_seg_end(const struct ktcp_seg *seg)
{
	return seg->seq + seg->len;
}

int ktcp_seg_hdr_len(const u8 *th, u32 total);
int ktcp_seg_parse(struct ktcp_seg *seg, const u8 *th, u32 total);
unsigned int ktcp_seg_build(u8 *th, const struct ktcp_seg *seg, u16 sport,
			    u16 dport);
unsigned int ktcp_seg_build_len(const struct ktcp_seg *seg);

#endif /* KTCP_SEGMENT_H */

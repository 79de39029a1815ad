// SPDX-License-Identifier: GPL-2.0
/*
 * The wire format of a segment (RFC 9293 3.1, 3.2). Headers lie in heap memory
 * of exactly their size, so that ASan sees a byte read too far.
 */
#include <stdlib.h>

#include "segment.h"
#include "kselftest_harness.h"

#define NOP	KTCP_OPT_NOP
#define EOL	KTCP_OPT_EOL
#define MSS	KTCP_OPT_MSS, KTCP_OPT_MSS_LEN, 0x05, 0xb4	/* 1460 */

/* A header with @n bytes of options, a multiple of 4. */
static u8 *header(u8 flags, const u8 *opt, size_t n)
{
	static const u8 fixed[KTCP_HDR_MIN] = {
		0x1f, 0x90, 0xc0, 0x01,			/* ports */
		0x01, 0x02, 0x03, 0x04,			/* SEG.SEQ */
		0xf1, 0xf2, 0xf3, 0xf4,			/* SEG.ACK */
		0x50, 0x00, 0xab, 0xcd,			/* offset, window */
		0xde, 0xad, 0x00, 0x07,			/* checksum, SEG.UP */
	};
	u8 *th = malloc(KTCP_HDR_MIN + n);

	memcpy(th, fixed, sizeof(fixed));
	if (n)
		memcpy(th + KTCP_HDR_MIN, opt, n);
	th[12] = (KTCP_HDR_MIN + n) / 4 << 4;
	th[13] = flags;
	return th;
}

/* The MSS that a SYN with these options says, or -1 if it does not parse. */
static int mss_of(u8 flags, const u8 *opt, size_t n)
{
	u8 *th = header(flags, opt, n);
	struct ktcp_seg seg;
	int mss = -1;

	if (!ktcp_seg_parse(&seg, th, KTCP_HDR_MIN + n))
		mss = seg.mss;
	free(th);
	return mss;
}

/* Options are padded with NOP in front, so that the last byte is the last. */
static int mss_at_end(const u8 *opt, size_t n)
{
	u8 padded[40];
	size_t pad = -n & 3;

	memset(padded, NOP, pad);
	memcpy(padded + pad, opt, n);
	return mss_of(KTCP_SYN, padded, pad + n);
}

#define OPT(...)	((const u8[]){ __VA_ARGS__ }), \
			sizeof((const u8[]){ __VA_ARGS__ })

TEST(parse__fields)
{
	u8 *th = header(KTCP_ACK | KTCP_PSH | KTCP_URG, NULL, 0);
	struct ktcp_seg seg;

	ASSERT_EQ(0, ktcp_seg_parse(&seg, th, KTCP_HDR_MIN + 100));
	EXPECT_EQ(0x01020304, seg.seq);
	EXPECT_EQ(0xf1f2f3f4, seg.ack);
	EXPECT_EQ(0xabcd, seg.wnd);
	EXPECT_EQ(7, seg.up);
	EXPECT_EQ(KTCP_ACK | KTCP_PSH | KTCP_URG, seg.flags);
	EXPECT_EQ(KTCP_HDR_MIN, seg.hdr_len);
	EXPECT_EQ(100, seg.payload);
	EXPECT_EQ(100, seg.len);
	EXPECT_EQ(0, seg.mss);
	EXPECT_EQ(0x01020304 + 100, ktcp_seg_end(&seg));
	free(th);
}

TEST(parse__unaligned)
{
	u8 *th = header(KTCP_ACK, NULL, 0), *odd = malloc(KTCP_HDR_MIN + 1);
	struct ktcp_seg seg;

	memcpy(odd + 1, th, KTCP_HDR_MIN);
	ASSERT_EQ(0, ktcp_seg_parse(&seg, odd + 1, KTCP_HDR_MIN));
	EXPECT_EQ(0x01020304, seg.seq);
	EXPECT_EQ(0xf1f2f3f4, seg.ack);
	free(odd);
	free(th);
}

/* RFC 9293 3.4: SYN and FIN take a sequence number each. */
TEST(parse__seg_len)
{
	static const struct {
		u8 flags;
		u32 payload, len;
	} cases[] = {
		{ KTCP_ACK, 0, 0 },
		{ KTCP_SYN, 0, 1 },
		{ KTCP_ACK | KTCP_FIN, 0, 1 },
		{ KTCP_SYN | KTCP_FIN, 0, 2 },
		{ KTCP_SYN, 10, 11 },
		{ KTCP_ACK | KTCP_FIN, 65495, 65496 },
		{ KTCP_RST, 5, 5 },
		{ 0, 1, 1 },
	};
	struct ktcp_seg seg;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u8 *th = header(cases[i].flags, NULL, 0);

		ASSERT_EQ(0, ktcp_seg_parse(&seg, th, KTCP_HDR_MIN +
					    cases[i].payload));
		EXPECT_EQ(cases[i].len, seg.len);
		EXPECT_EQ(cases[i].payload, seg.payload);
		free(th);
	}
}

TEST(parse__seg_end_wraps)
{
	struct ktcp_seg seg = { .seq = 0xffffffff, .len = 2 };

	EXPECT_EQ(1, ktcp_seg_end(&seg));
}

/* Reserved bits must be ignored (RFC 9293 3.1). */
TEST(parse__reserved_bits)
{
	u8 *th = header(KTCP_ACK | KTCP_ECE | KTCP_CWR, NULL, 0);
	struct ktcp_seg seg;

	th[12] |= 0x0f;
	ASSERT_EQ(0, ktcp_seg_parse(&seg, th, KTCP_HDR_MIN));
	EXPECT_EQ(KTCP_HDR_MIN, seg.hdr_len);
	EXPECT_EQ(KTCP_ACK | KTCP_ECE | KTCP_CWR, seg.flags);
	free(th);
}

/* Every Data Offset with every length that is not enough, or just enough. */
TEST(parse__data_offset)
{
	struct ktcp_seg seg;
	u32 off, total;

	for (off = 0; off < 16; off++) {
		for (total = 0; total <= KTCP_HDR_MAX + 1; total++) {
			bool good = off >= 5 && off * 4 <= total;
			u8 *th = calloc(1, max_t(u32, total, KTCP_HDR_MIN));

			th[12] = off << 4;
			th[13] = KTCP_SYN;
			EXPECT_EQ(good ? off * 4 : -EINVAL,
				  ktcp_seg_hdr_len(th, total));
			EXPECT_EQ(good ? 0 : -EINVAL,
				  ktcp_seg_parse(&seg, th, total));
			if (good) {
				EXPECT_EQ(off * 4, seg.hdr_len);
				EXPECT_EQ(total - off * 4, seg.payload);
			}
			free(th);
		}
	}
}

TEST(options__mss)
{
	EXPECT_EQ(0, mss_of(KTCP_SYN, NULL, 0));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(MSS)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN | KTCP_ACK, OPT(MSS)));
	EXPECT_EQ(0xffff, mss_of(KTCP_SYN, OPT(2, 4, 0xff, 0xff)));
	EXPECT_EQ(1, mss_of(KTCP_SYN, OPT(2, 4, 0, 1)));
}

/* RFC 9293 3.2: an MSS in any other segment means nothing. */
TEST(options__mss_without_syn)
{
	EXPECT_EQ(0, mss_of(KTCP_ACK, OPT(MSS)));
	EXPECT_EQ(0, mss_of(KTCP_RST, OPT(MSS)));
	EXPECT_EQ(0, mss_of(0, OPT(MSS)));
}

TEST(options__nop_and_eol)
{
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(NOP, NOP, NOP, NOP, MSS)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(NOP, NOP, MSS, NOP, NOP)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(MSS, EOL, EOL, EOL, EOL)));
	/* nothing counts after the end of the list */
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(EOL, NOP, NOP, NOP, MSS)));
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(EOL, NOP, MSS, NOP, NOP)));
}

/* What Linux, Windows and others send; options we do not know are skipped. */
TEST(options__of_real_peers)
{
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(MSS, 4, 2,
					     8, 10, 0, 1, 2, 3, 0, 0, 0, 0,
					     1, 3, 3, 7)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(MSS, 1, 3, 3, 8, 1, 1, 4, 2)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(3, 3, 7, 4, 2, 1, MSS, 1, 1)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(34, 2, 253, 6, 1, 2, 3, 4, MSS)));
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(MSS, 19, 18, 0, 1, 2, 3, 4, 5, 6,
					     7, 8, 9, 10, 11, 12, 13, 14, 15,
					     1, 1)));
}

/* MUST-7: an illegal length must not crash, nor run past the header. */
TEST(options__illegal_length)
{
	u8 kind, len;

	for (kind = 2; kind; kind++) {
		for (len = 0; len < 2; len++) {
			/* what came before it still counts */
			EXPECT_EQ(1460, mss_of(KTCP_SYN,
					       OPT(MSS, kind, len, 2, 4)));
			EXPECT_EQ(0, mss_of(KTCP_SYN,
					    OPT(kind, len, NOP, NOP, MSS)));
		}
		for (len = 5; len; len++)
			EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(kind, len, 5, 180)));
	}
}

TEST(options__mss_of_other_length)
{
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(2, 2, NOP, NOP)));
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(2, 3, 5, NOP)));
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(2, 5, 5, 180, 0, NOP, NOP, NOP)));
	EXPECT_EQ(0, mss_of(KTCP_SYN, OPT(2, 6, 5, 180, 0, 0, NOP, NOP)));
	/* and the one that follows is found */
	EXPECT_EQ(1460, mss_of(KTCP_SYN, OPT(2, 3, 5, MSS, NOP)));
}

/* An option cut off by the end of the header. */
TEST(options__truncated)
{
	EXPECT_EQ(1460, mss_at_end(OPT(2, 4, 5, 180)));
	EXPECT_EQ(0, mss_at_end(OPT(2, 4, 5)));
	EXPECT_EQ(0, mss_at_end(OPT(2, 4)));
	EXPECT_EQ(0, mss_at_end(OPT(2)));
	EXPECT_EQ(0, mss_at_end(OPT(8, 10, 0, 0, 0, 0, 0, 0, 0)));
	EXPECT_EQ(1460, mss_at_end(OPT(MSS, 8)));
	EXPECT_EQ(1460, mss_at_end(OPT(MSS, 8, 10)));
}

/* Parse a header that ends with its options; the verdict in *@seg. */
static int parse_with(struct ktcp_seg *seg, u8 flags, const u8 *opt, size_t n)
{
	u8 *th = header(flags, opt, n);
	int err = ktcp_seg_parse(seg, th, KTCP_HDR_MIN + n);

	free(th);
	return err;
}

#define TS_OPT	8, 10, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24

/* RFC 7323 3.2: in any segment, and at any place. */
/* In any segment, and of one length only. */
TEST(options__user_timeout)
{
	static const u8 good[] = { NOP, NOP, NOP, 28, 4, 0x81, 0x2c, NOP };
	static const u8 bad[] = { 28, 3, 1, NOP, 28, 6, 1, 2, 3, 4, NOP, NOP };
	static const u8 flags[] = { KTCP_ACK, KTCP_SYN, KTCP_RST };
	struct ktcp_seg seg;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		ASSERT_EQ(0, parse_with(&seg, flags[i], good, sizeof(good)));
		EXPECT_EQ(KTCP_HAS_UTO, seg.opts);
		EXPECT_EQ(0x812c, seg.uto);
		ASSERT_EQ(0, parse_with(&seg, flags[i], bad, sizeof(bad)));
		EXPECT_EQ(0, seg.opts);
	}
}

TEST(options__timestamps)
{
	static const u8 cases[][16] = {
		{ NOP, NOP, TS_OPT, NOP, NOP, NOP, NOP },
		{ TS_OPT, NOP, NOP },
		{ NOP, TS_OPT, NOP },
		{ 253, 4, 1, 2, TS_OPT, NOP, NOP },
	};
	struct ktcp_seg seg;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t n = 12; n <= 16; n += 4) {
			if (n == 12 && cases[i][0] == 253)
				continue;
			ASSERT_EQ(0, parse_with(&seg, i & 1 ? KTCP_SYN : KTCP_ACK,
						cases[i], n));
			EXPECT_EQ(KTCP_HAS_TS, seg.opts);
			EXPECT_EQ(0x11121314, seg.tsval);
			EXPECT_EQ(0x21222324, seg.tsecr);
		}
	}
}

TEST(options__timestamps_of_other_length)
{
	struct ktcp_seg seg;

	ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, OPT(8, 9, 1, 2, 3, 4, 5, 6, 7,
						    NOP, NOP, NOP)));
	EXPECT_EQ(0, seg.opts);
	ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, OPT(NOP, NOP, 8, 11, 2, 3, 4, 5,
						    6, 7, 8, 9)));
	EXPECT_EQ(0, seg.opts);
}

/* RFC 7323 2.2, 2.3: in a SYN only; above 14 is 14. */
TEST(options__window_scale)
{
	struct ktcp_seg seg;

	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(NOP, 3, 3, 7)));
	EXPECT_EQ(KTCP_HAS_WSCALE, seg.opts);
	EXPECT_EQ(7, seg.wscale);
	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(NOP, 3, 3, 14)));
	EXPECT_EQ(14, seg.wscale);
	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(NOP, 3, 3, 255)));
	EXPECT_EQ(14, seg.wscale);
	ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, OPT(NOP, 3, 3, 7)));
	EXPECT_EQ(0, seg.opts);
	EXPECT_EQ(0, seg.wscale);
	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(3, 4, 7, 0)));
	EXPECT_EQ(0, seg.opts);
}

TEST(options__sack_permitted)
{
	struct ktcp_seg seg;

	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(4, 2, NOP, NOP)));
	EXPECT_EQ(KTCP_HAS_SACK_OK, seg.opts);
	ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, OPT(4, 2, NOP, NOP)));
	EXPECT_EQ(0, seg.opts);
	ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, OPT(4, 3, 0, NOP)));
	EXPECT_EQ(0, seg.opts);
}

TEST(options__sack)
{
	u8 opt[40] = { NOP, NOP, 5 };
	struct ktcp_seg seg;
	u8 n, i;

	for (i = 0; i < 32; i++)
		opt[4 + i] = i;
	for (n = 1; n <= KTCP_SACK_MAX; n++) {
		opt[3] = 2 + 8 * n;
		ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, opt, 4 + 8 * n));
		ASSERT_EQ(n, seg.nr_sack);
		EXPECT_EQ(0x00010203, seg.sack[0].start);
		EXPECT_EQ(0x04050607, seg.sack[0].end);
		EXPECT_EQ((8 * n - 1) + (8U * n - 2) * 256,
			  seg.sack[n - 1].end & 0xffff);
		ASSERT_EQ(0, parse_with(&seg, KTCP_SYN, opt, 4 + 8 * n));
		EXPECT_EQ(0, seg.nr_sack);
	}
	/* nothing, half a block, more than fits */
	for (n = 2; n < 38; n++) {
		if (n % 8 == 2 && n > 2)
			continue;
		opt[3] = n;
		memset(opt + 2 + n, NOP, 38 - n);
		ASSERT_EQ(0, parse_with(&seg, KTCP_ACK, opt, 40));
		EXPECT_EQ(0, seg.nr_sack);
	}
}

TEST(options__random)
{
	u32 rnd = 20240229;
	u8 opt[40];
	size_t n;
	int i;

	for (i = 0; i < 50000; i++) {
		size_t len = i % 11 * 4;

		for (n = 0; n < len; n++) {
			rnd ^= rnd << 13;
			rnd ^= rnd >> 17;
			rnd ^= rnd << 5;
			opt[n] = rnd & 1 ? rnd >> 8 & 7 : rnd >> 8;
		}
		EXPECT_LE(0, mss_of(KTCP_SYN, opt, len));
	}
}

TEST(build__bytes)
{
	static const u8 expected[] = {
		0x1f, 0x90, 0x04, 0xd2, 0xff, 0xfe, 0xfd, 0xfc,
		0x01, 0x02, 0x03, 0x04, 0x60, 0x12, 0xff, 0xff,
		0x00, 0x00, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4,
	};
	const struct ktcp_seg seg = {
		.seq = 0xfffefdfc, .ack = 0x01020304,
		.flags = KTCP_SYN | KTCP_ACK, .wnd = 65535, .mss = 1460,
	};
	u8 *th = malloc(sizeof(expected));

	memset(th, 0xaa, sizeof(expected));
	ASSERT_EQ(sizeof(expected), ktcp_seg_build_len(&seg));
	EXPECT_EQ(sizeof(expected), ktcp_seg_build(th, &seg, 8080, 1234));
	EXPECT_EQ(0, memcmp(expected, th, sizeof(expected)));
	free(th);
}

/* RFC 9293 3.1: without ACK the field is of no meaning; ktcp sends 0. */
TEST(build__no_ack)
{
	const struct ktcp_seg seg = {
		.seq = 1, .ack = 0xffffffff, .flags = KTCP_RST,
	};
	u8 *th = malloc(KTCP_HDR_MIN);

	memset(th, 0xaa, KTCP_HDR_MIN);
	ASSERT_EQ(KTCP_HDR_MIN, ktcp_seg_build_len(&seg));
	EXPECT_EQ(KTCP_HDR_MIN, ktcp_seg_build(th, &seg, 1, 65535));
	EXPECT_EQ(0, get_unaligned_be32(th + 8));
	free(th);
}

TEST(build__parse_gives_it_back)
{
	static const u32 seqs[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned int flags, i, j;

	for (flags = 0; flags < 256; flags++) {
		for (i = 0; i < ARRAY_SIZE(seqs); i++) {
			for (j = 0; j < 2; j++) {
				const struct ktcp_seg in = {
					.seq = seqs[i], .ack = ~seqs[i],
					.wnd = flags * 257, .flags = flags,
					.mss = j ? 536 : 0,
				};
				unsigned int n = ktcp_seg_build_len(&in);
				u8 *th = malloc(n);
				struct ktcp_seg out;

				ktcp_seg_build(th, &in, 80, 65535);
				ASSERT_EQ(0, ktcp_seg_parse(&out, th, n));
				EXPECT_EQ(80, get_unaligned_be16(th));
				EXPECT_EQ(65535, get_unaligned_be16(th + 2));
				EXPECT_EQ(in.seq, out.seq);
				EXPECT_EQ(flags & KTCP_ACK ? in.ack : 0,
					  out.ack);
				EXPECT_EQ(in.wnd, out.wnd);
				EXPECT_EQ(in.flags, out.flags);
				EXPECT_EQ(n, out.hdr_len);
				EXPECT_EQ(0, out.payload);
				EXPECT_EQ(flags & KTCP_SYN ? in.mss : 0,
					  out.mss);
				free(th);
			}
		}
	}
}

/* Every set of options that ktcp sends, there and back. */
TEST(build__options)
{
	unsigned int set, n;

	for (set = 0; set < 16; set++) {
		for (n = 0; n <= 4; n++) {
			const struct ktcp_seg in = {
				.flags = n ? KTCP_ACK : KTCP_SYN,
				.mss = n ? 0 : 1460,
				.opts = n ? set & (KTCP_HAS_TS | KTCP_HAS_UTO) :
					    set,
				.wscale = 11, .nr_sack = n, .uto = 0x812c,
				.tsval = 0x80706050, .tsecr = 0x40302010,
				.sack = { { 1, 2 }, { 3, 4 },
					  { 0xffffffff, 0 }, { 7, 8 } },
			};
			unsigned int len = ktcp_seg_build_len(&in), i;
			struct ktcp_seg out;
			u8 *th;

			if (len > KTCP_HDR_MAX)
				continue;
			th = malloc(len);
			memset(th, 0xaa, len);
			ASSERT_EQ(0, len % 4);
			ASSERT_EQ(len, ktcp_seg_build(th, &in, 1, 2));
			ASSERT_EQ(0, ktcp_seg_parse(&out, th, len));
			EXPECT_EQ(0, out.payload);
			EXPECT_EQ(in.mss, out.mss);
			EXPECT_EQ(in.opts, out.opts);
			if (in.opts & KTCP_HAS_WSCALE)
				EXPECT_EQ(11, out.wscale);
			if (in.opts & KTCP_HAS_UTO)
				EXPECT_EQ(in.uto, out.uto);
			if (in.opts & KTCP_HAS_TS) {
				EXPECT_EQ(in.tsval, out.tsval);
				EXPECT_EQ(in.tsecr, out.tsecr);
			}
			ASSERT_EQ(n, out.nr_sack);
			for (i = 0; i < n; i++) {
				EXPECT_EQ(in.sack[i].start, out.sack[i].start);
				EXPECT_EQ(in.sack[i].end, out.sack[i].end);
			}
			free(th);
		}
	}
}

TEST_HARNESS_MAIN

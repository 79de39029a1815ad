// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: headers of segments, what a receiver remembers for SACK, cookies. The
 * first byte says which; nothing is read or written out of bounds, and what is taken
 * from bytes has the form that its users rely on, and can be written again.
 */
#include <stdlib.h>

#include "cookie_code.h"
#include "sack.h"
#include "segment.h"
#include "seq.h"

#define SYN_ONLY	(KTCP_HAS_WSCALE | KTCP_HAS_SACK_OK)
#define IN_ANY		(KTCP_HAS_TS | KTCP_HAS_UTO)

static void require(bool ok)
{
	if (!ok)
		abort();
}

/* The same, but for how long header and payload are. */
static bool same(const struct ktcp_seg *a, const struct ktcp_seg *b)
{
	u8 i;

	if (a->seq != b->seq || a->wnd != b->wnd || a->flags != b->flags ||
	    a->mss != b->mss || a->opts != b->opts || a->wscale != b->wscale ||
	    a->nr_sack != b->nr_sack)
		return false;
	if (a->flags & KTCP_ACK && a->ack != b->ack)
		return false;
	if (a->flags & KTCP_URG && a->up != b->up)
		return false;
	if (a->opts & KTCP_HAS_TS && (a->tsval != b->tsval || a->tsecr != b->tsecr))
		return false;
	if (a->opts & KTCP_HAS_UTO && a->uto != b->uto)
		return false;
	for (i = 0; i < a->nr_sack; i++)
		if (a->sack[i].start != b->sack[i].start ||
		    a->sack[i].end != b->sack[i].end)
			return false;
	return true;
}

/*
 * Parse @total bytes, of which there are those of the header alone. What was in the
 * struct before does not matter.
 */
static bool parse(struct ktcp_seg *seg, const u8 *th, u32 total)
{
	int len = ktcp_seg_hdr_len(th, total);
	struct ktcp_seg again;
	u8 *copy;

	memset(seg, 0xaa, sizeof(*seg));
	if (len < 0) {
		require(ktcp_seg_parse(seg, th, total) == len);
		return false;
	}
	require(len >= KTCP_HDR_MIN && len <= KTCP_HDR_MAX && (u32)len <= total);
	copy = malloc(len);
	memcpy(copy, th, len);
	require(!ktcp_seg_parse(seg, copy, total));
	memset(&again, 0x55, sizeof(again));
	require(!ktcp_seg_parse(&again, copy, total));
	require(same(seg, &again));
	free(copy);

	require(seg->hdr_len == len && seg->payload == total - len);
	require(seg->len == seg->payload + !!(seg->flags & KTCP_SYN) +
			    !!(seg->flags & KTCP_FIN));
	require(ktcp_seg_end(seg) - seg->seq == seg->len);
	return true;
}

/* What each may carry, and in which bounds. */
static void well_formed(const struct ktcp_seg *seg)
{
	require(!(seg->opts & ~(SYN_ONLY | IN_ANY)));
	require(seg->wscale <= KTCP_WSCALE_MAX);
	require(seg->wscale == 0 || seg->opts & KTCP_HAS_WSCALE);
	require(seg->nr_sack <= KTCP_SACK_MAX);
	if (seg->flags & KTCP_SYN)
		require(!seg->nr_sack);
	else
		require(!seg->mss && !(seg->opts & SYN_ONLY));
}

/* Options of no meaning before the others change nothing: no way is a short cut. */
static void after_nops(const struct ktcp_seg *seg, const u8 *th)
{
	u32 len = seg->hdr_len + 4;
	struct ktcp_seg other;
	u8 *longer;

	if (len > KTCP_HDR_MAX)
		return;
	longer = malloc(len);
	memcpy(longer, th, KTCP_HDR_MIN);
	memset(longer + KTCP_HDR_MIN, KTCP_OPT_NOP, 4);
	memcpy(longer + KTCP_HDR_MIN + 4, th + KTCP_HDR_MIN, len - KTCP_HDR_MIN - 4);
	longer[12] = len / 4 << 4;
	require(parse(&other, longer, len + seg->payload));
	require(same(seg, &other) && other.payload == seg->payload);
	free(longer);
}

/* It is written, and read again as it was. */
static void there_and_back(const struct ktcp_seg *seg)
{
	unsigned int len = ktcp_seg_build_len(seg);
	struct ktcp_seg other;
	u8 *th;

	require(len >= KTCP_HDR_MIN && len % 4 == 0);
	if (len > KTCP_HDR_MAX) {
		/* without padding there is room for more kinds beside blocks */
		require(seg->nr_sack && seg->opts);
		return;
	}
	th = malloc(len);
	memset(th, 0xaa, len);
	require(ktcp_seg_build(th, seg, 8080, 65535) == len);
	require(get_unaligned_be16(th) == 8080 && get_unaligned_be16(th + 2) == 65535);
	require(parse(&other, th, len));
	require(other.hdr_len == len && same(seg, &other));
	require(seg->flags & KTCP_ACK || !other.ack);
	require(seg->flags & KTCP_URG || !other.up);
	free(th);
}

static void header(const u8 *s, size_t n)
{
	struct ktcp_seg seg;

	if (n < KTCP_HDR_MIN || !parse(&seg, s, n))
		return;
	well_formed(&seg);
	after_nops(&seg, s);
	there_and_back(&seg);
}

#define SPACE	256	/* numbers; those of a block are below it */

static bool in(const struct ktcp_range *r, u32 seq)
{
	return seq - r->start < r->end - r->start;
}

/* Blocks are of what has come and is not acknowledged, and no two touch. */
static void blocks_right(const struct ktcp_sacks *s, const bool *have, u32 base, u32 nxt)
{
	u32 from, to, j;
	u8 i, k;

	require(s->n <= KTCP_SACK_MAX);
	for (i = 0; i < s->n; i++) {
		from = s->block[i].start - base;
		to = s->block[i].end - base;
		require(from >= nxt && from < to && to <= SPACE);
		for (j = from; j < to; j++)
			require(have[j]);
		for (k = 0; k < i; k++)
			require(to < s->block[k].start - base ||
				from > s->block[k].end - base);
	}
}

/* The first of it that a block has, and as far as that block goes. */
static void overlap_right(const struct ktcp_sacks *s, u32 start, u32 end)
{
	struct ktcp_range dup = { 0, 0 };
	bool found = ktcp_sacks_overlap(s, start, end, &dup);
	u32 seq, to;
	u8 i;

	for (seq = start; seq != end; seq++) {
		for (i = 0; i < s->n; i++) {
			if (!in(&s->block[i], seq))
				continue;
			to = seq_min(end, s->block[i].end);
			require(found && dup.start == seq && dup.end == to);
			return;
		}
	}
	require(!found);
}

/* Each is told once, what came twice first, and there is no more than room. */
static void fill_right(const struct ktcp_sacks *s, u8 room)
{
	struct ktcp_range *out = malloc((room ?: 1) * sizeof(*out));
	u8 n = ktcp_sacks_fill(s, out, room), dup = s->has_dsack && room, i, j, times;

	require(n == (room < ktcp_sacks_count(s) ? room : ktcp_sacks_count(s)));
	if (dup)
		require(out[0].start == s->dsack.start && out[0].end == s->dsack.end);
	for (i = dup; i < n; i++) {
		for (j = 0, times = 0; j < s->n; j++)
			times += out[i].start == s->block[j].start &&
				 out[i].end == s->block[j].end;
		require(times == 1);
		for (j = dup; j < i; j++)
			require(out[i].start != out[j].start);
	}
	free(out);
}

/* What comes beyond RCV.NXT, four bytes each: what, from where, how much, room. */
static void sacks(const u8 *s, size_t n)
{
	bool have[SPACE] = { false };
	u32 base, nxt = 0, from, to, i;
	struct ktcp_sacks all = { .n = 0 };

	if (n < 4)
		return;
	base = get_unaligned_be32(s);
	for (s += 4, n -= 4; n >= 4; s += 4, n -= 4) {
		from = s[1];
		to = min_t(u32, from + s[2], SPACE);
		if (s[0] % 4 == 0) {	/* RCV.NXT moves */
			nxt = max(nxt, from);
			ktcp_sacks_advance(&all, base + nxt);
		} else if (from >= nxt && from < to && s[0] % 4 < 3) {
			for (i = from; i < to; i++)
				have[i] = true;
			ktcp_sacks_add(&all, base + from, base + to);
			require(in(&all.block[0], base + from) &&
				in(&all.block[0], base + to - 1));
		} else if (from <= to) {
			ktcp_sacks_twice(&all, base + from, base + to);
			require(all.has_dsack == (from < to));
		}
		blocks_right(&all, have, base, nxt);
		if (from <= to)
			overlap_right(&all, base + from, base + to);
		fill_right(&all, s[3] % (KTCP_SACK_MAX + 2));
		if (s[3] & 0x80)
			all.has_dsack = false;
	}
}

/* Cookies and their timestamps say what was put in, and nothing else is possible. */
static void cookie(const u8 *s, size_t n)
{
	struct ktcp_cookie_code code;
	int wscale;
	u32 v, ts;
	u16 mss;
	u8 i;

	if (n < 12)
		return;
	v = get_unaligned_be32(s);
	code = ktcp_cookie_unpack(v);
	require(code.count < KTCP_COOKIE_COUNTS);
	require(!(code.data >> KTCP_COOKIE_DATA_BITS));
	require(!(code.mac >> KTCP_COOKIE_MAC_BITS));
	require(ktcp_cookie_pack(&code) == v);
	/* what a stranger's cookie says is in the table, too */
	require(ktcp_cookie_mss(v & 1, code.data & (KTCP_COOKIE_TS - 1)));

	mss = get_unaligned_be16(s + 4);
	i = ktcp_cookie_mss_index(s[6] & 1, mss);
	require(i < KTCP_COOKIE_MSS_MAX);
	require(!i || ktcp_cookie_mss(s[6] & 1, i) <= mss);

	v = get_unaligned_be32(s + 8);
	require(ktcp_cookie_ts_wscale(v) <= KTCP_WSCALE_MAX);
	wscale = s[7] % (KTCP_WSCALE_MAX + 2) - 1;
	ts = ktcp_cookie_tsval(v, wscale, s[6] & 2, s[6] & 4);
	require(v - ts < 1U << KTCP_COOKIE_TS_BITS);
	require(ktcp_cookie_ts_wscale(ts) == wscale);
	require(ktcp_cookie_ts_sack(ts) == !!(s[6] & 2));
	require(ktcp_cookie_ts_ecn(ts) == !!(s[6] & 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const which[])(const u8 *s, size_t n) = {
		header, sacks, cookie,
	};

	if (size)
		which[data[0] % 3](data + 1, size - 1);
	return 0;
}

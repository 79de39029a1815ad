/* SPDX-License-Identifier: GPL-2.0 */
/* What both ends agreed on in their SYNs: window scale, timestamps, SACK, ECN. */
#ifndef KTCP_OPTIONS_H
#define KTCP_OPTIONS_H

#include <linux/math64.h>

#include "ktcp.h"
#include "segment.h"
#include "seq.h"

/**
 * struct ktcp_options - what was agreed on, and what timestamps need
 * @ts_offset: added to the clock, so that it tells a stranger nothing
 * @ts_recent: TS.Recent of RFC 7323 4.3
 * @ts_recent_at: when it was taken, in 2^10 seconds since boot
 * @snd_wscale: Snd.Wind.Shift of RFC 7323 2.3
 * @rcv_wscale: Rcv.Wind.Shift
 * @wscale_ok: both ends scale their windows
 * @ts_ok: both ends send timestamps
 * @sack_ok: both ends send SACK
 * @ecn_ok: both ends do ECN (RFC 3168); in SYN_SENT: our last SYN asked for it
 * @ecn_first: an earlier SYN asked for it, the last did not: we do none, but the peer
 *	may, who knows only of that or of its answer
 */
struct ktcp_options {
	u32 ts_offset;
	u32 ts_recent;
	u16 ts_recent_at;
	u8 snd_wscale:4,
	   rcv_wscale:4;
	u8 wscale_ok:1,
	   ts_ok:1,
	   sack_ok:1,
	   ecn_ok:1,
	   ecn_first:1;
};

/* A tick of our timestamps is 2^20 ns, close to the 1 ms of RFC 7323 5.4. */
#define KTCP_TS_TICK_SHIFT	20

/** ktcp_ts_to_us() - ticks of our timestamps in microseconds */
static inline u32 ktcp_ts_to_us(u32 ticks)
{
	return min_t(u64, div_u64((u64)ticks << KTCP_TS_TICK_SHIFT, 1000),
		     U32_MAX);
}

/* RFC 5482 3: seconds, or minutes with the highest bit set. */
#define KTCP_UTO_MINUTES	BIT(15)
#define KTCP_UTO_MAX		(KTCP_UTO_MINUTES - 1)

/** ktcp_uto_encode() - a user timeout of so many seconds, rounded up, in the option */
static inline u16 ktcp_uto_encode(u32 sec)
{
	if (sec <= KTCP_UTO_MAX)
		return sec;
	return KTCP_UTO_MINUTES | min_t(u32, DIV_ROUND_UP(sec, 60), KTCP_UTO_MAX);
}

/** ktcp_uto_put() - a user timeout of so many seconds in a segment, 0: none */
static inline void ktcp_uto_put(struct ktcp_seg *seg, u32 sec)
{
	if (likely(!sec))
		return;
	seg->opts |= KTCP_HAS_UTO;
	seg->uto = ktcp_uto_encode(sec);
}

/** ktcp_uto_decode() - and back, seconds */
static inline u32 ktcp_uto_decode(u16 uto)
{
	return (uto & KTCP_UTO_MAX) * (uto & KTCP_UTO_MINUTES ? 60 : 1);
}

/** ktcp_options_space() - bytes that options take in every segment */
static inline u16 ktcp_options_space(const struct ktcp_options *o)
{
	return o->ts_ok ? KTCP_OPT_TS_SPACE : 0;
}

u32 ktcp_ts_at(const struct ktcp_options *o, u64 ns);
u8 ktcp_rcv_wscale(const struct ktcp_net *kn);
void ktcp_options_agree(struct ktcp_net *kn, const struct ktcp_key *key,
			struct ktcp_options *o, const struct ktcp_seg *syn);
void ktcp_options_offer(struct ktcp_net *kn, const struct ktcp_key *key,
			struct ktcp_options *o);
bool ktcp_ecn_setup(const struct ktcp_seg *syn);
void ktcp_options_lose(struct ktcp_options *o, const struct ktcp_seg *syn);
void ktcp_options_accept(struct ktcp_options *o, const struct ktcp_seg *syn);
bool ktcp_tsecr_ok(const struct ktcp_options *o, const struct ktcp_seg *seg,
		   u32 age_us);
void ktcp_options_syn(const struct ktcp_options *o, struct ktcp_seg *seg);
void ktcp_options_to_cookie(struct ktcp_options *o, struct ktcp_seg *seg);
bool ktcp_options_from_cookie(struct ktcp_net *kn, const struct ktcp_key *key,
			      struct ktcp_options *o,
			      const struct ktcp_seg *ack, u32 *age_us);
void ktcp_options_put(const struct ktcp_options *o, struct ktcp_seg *seg,
		      u64 ns);
bool ktcp_paws_ok(const struct ktcp_options *o, const struct ktcp_seg *seg);
void ktcp_ts_learn(struct ktcp_options *o, const struct ktcp_seg *seg,
		   u32 last_ack_sent);

#endif /* KTCP_OPTIONS_H */

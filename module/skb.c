// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of segments. What a segment came in becomes that of its answer, if it is
 * nobody else's: to clear it costs a fourth of what it costs to free one and to
 * allocate another. It waits for that no longer than its event lasts.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <net/tcp.h>

#include "ip.h"
#include "skb.h"

/* Shorter ones lie in a part of a page, as those of drivers do. */
#define FRAG_MAX	1024

static DEFINE_PER_CPU(struct sk_buff *, spare);

/* Has nobody else a hold of it, or of anything in it? */
static bool is_ours_alone(const struct sk_buff *skb)
{
	return skb->fclone == SKB_FCLONE_UNAVAILABLE && !skb_shared(skb) &&
	       !skb_cloned(skb) && !skb_is_nonlinear(skb) &&
	       !skb_shinfo(skb)->flags && !skb->pfmemalloc &&
	       skb_end_offset(skb) <= U16_MAX;	/* as offsets of headers are */
}

/*
 * As one that was just allocated (build_skb_around()): what must be known to free
 * it stays. Route, owner and connection tracking left it at the hook. Its size may
 * have been anything: an ACK of this host's own TCP says 2.
 */
static void renew(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	bool head_frag = skb->head_frag, pp_recycle = skb->pp_recycle;

	skb_ext_reset(skb);
	memset(skb, 0, offsetof(struct sk_buff, tail));
	skb->head_frag = head_frag;
	skb->pp_recycle = pp_recycle;
	skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	skb->alloc_cpu = raw_smp_processor_id();
	skb->mac_header = (typeof(skb->mac_header))~0U;
	skb->transport_header = (typeof(skb->transport_header))~0U;
	skb->data = skb->head;
	skb_reset_tail_pointer(skb);
	memset(shinfo, 0, offsetof(struct skb_shared_info, dataref));
	atomic_set(&shinfo->dataref, 1);
}

/* The spare one, with @linear bytes of room at its end and @headroom before. */
static struct sk_buff *take_spare(unsigned int headroom, unsigned int linear)
{
	struct sk_buff *skb = this_cpu_read(spare);
	unsigned int end;

	if (!skb)
		return NULL;
	end = skb_end_offset(skb);
	if (end < headroom + linear + sizeof(u32))
		return NULL;
	this_cpu_write(spare, NULL);
	renew(skb);
	skb_reserve(skb, round_down(end - linear, sizeof(u32)));
	return skb;
}

/**
 * ktcp_skb_alloc() - memory for a segment
 * @key: addresses and ports
 * @dst: the route
 * @hdr_len: bytes of TCP header and options, at most
 * @linear: bytes of payload that will be copied behind the header
 *
 * What the event came with, or else from what the network stack keeps at hand for
 * each CPU. Bottom halves disabled.
 *
 * Return: an skb with room for every header, or NULL.
 */
struct sk_buff *ktcp_skb_alloc(const struct ktcp_key *key,
			       const struct dst_entry *dst, unsigned int hdr_len,
			       unsigned int linear)
{
	unsigned int size = SKB_DATA_ALIGN(MAX_TCP_HEADER + linear) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *data;

	skb = take_spare(LL_RESERVED_SPACE(dst->dev) + ktcp_ip_hdr_len(key) +
			 hdr_len, linear);
	if (skb)
		return skb;
	if (size > FRAG_MAX) {
		skb = alloc_skb(MAX_TCP_HEADER + linear, GFP_ATOMIC);
	} else {
		data = napi_alloc_frag(size);
		skb = data ? napi_build_skb(data, size) : NULL;
		if (data && !skb)
			skb_free_frag(data);
	}
	if (skb)
		skb_reserve(skb, MAX_TCP_HEADER);
	return skb;
}

/**
 * ktcp_skb_used() - a segment has done what it came for; it is no drop
 * @skb: its memory, as ktcp_input() got it, or NULL
 *
 * ktcp_skb_settle() follows before the event is over. Bottom halves disabled.
 */
void ktcp_skb_used(struct sk_buff *skb)
{
	if (!skb)
		return;
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && !this_cpu_read(spare) &&
	    is_ours_alone(skb))
		this_cpu_write(spare, skb);
	else
		napi_consume_skb(skb, 1);
}

/**
 * ktcp_skb_settle() - the end of an event: nothing more is sent
 *
 * Bottom halves disabled.
 */
void ktcp_skb_settle(void)
{
	struct sk_buff *skb = this_cpu_read(spare);

	if (!skb)
		return;
	this_cpu_write(spare, NULL);
	napi_consume_skb(skb, 1);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of segments. */
#ifndef KTCP_SKB_H
#define KTCP_SKB_H

#include <linux/skbuff.h>
#include <net/dst.h>

#include "key.h"

struct sk_buff *ktcp_skb_alloc(const struct ktcp_key *key,
			       const struct dst_entry *dst, unsigned int hdr_len,
			       unsigned int linear);
void ktcp_skb_used(struct sk_buff *skb);
void ktcp_skb_settle(void);

#endif /* KTCP_SKB_H */

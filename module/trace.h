/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: ktcp:ktcp_state, ktcp:ktcp_rcv, ktcp:ktcp_xmit. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ktcp

#if !defined(KTCP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KTCP_TRACE_H

#include <linux/tracepoint.h>

#include "ktcp.h"
#include "segment.h"

TRACE_EVENT(ktcp_state,
	TP_PROTO(const struct ktcp_entry *e, u8 from, u8 to),
	TP_ARGS(e, from, to),
	TP_STRUCT__entry(
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &e->key.raddr, 16);
		__entry->lport = ntohs(e->key.lport);
		__entry->rport = ntohs(e->key.rport);
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("lport=%u raddr=%pI6c rport=%u from=%u to=%u",
		  __entry->lport, __entry->raddr, __entry->rport,
		  __entry->from, __entry->to)
);

DECLARE_EVENT_CLASS(ktcp_segment,
	TP_PROTO(struct ktcp_net *kn, const struct ktcp_key *key, u8 state,
		 const struct ktcp_seg *seg),
	TP_ARGS(kn, key, state, seg),
	TP_STRUCT__entry(
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, state)
		__field(u8, flags)
		__field(u32, seq)
		__field(u32, ack)
		__field(u32, payload)
		__field(u16, wnd)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = ntohs(key->lport);
		__entry->rport = ntohs(key->rport);
		__entry->state = state;
		__entry->flags = seg->flags;
		__entry->seq = seg->seq;
		__entry->ack = seg->ack;
		__entry->payload = seg->payload;
		__entry->wnd = seg->wnd;
	),
	TP_printk("lport=%u raddr=%pI6c rport=%u state=%u flags=0x%02x seq=%u ack=%u len=%u wnd=%u",
		  __entry->lport, __entry->raddr, __entry->rport,
		  __entry->state, __entry->flags, __entry->seq, __entry->ack,
		  __entry->payload, __entry->wnd)
);

DEFINE_EVENT(ktcp_segment, ktcp_rcv,
	TP_PROTO(struct ktcp_net *kn, const struct ktcp_key *key, u8 state,
		 const struct ktcp_seg *seg),
	TP_ARGS(kn, key, state, seg));

DEFINE_EVENT(ktcp_segment, ktcp_xmit,
	TP_PROTO(struct ktcp_net *kn, const struct ktcp_key *key, u8 state,
		 const struct ktcp_seg *seg),
	TP_ARGS(kn, key, state, seg));

#endif /* KTCP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

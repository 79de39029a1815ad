/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: ktcp:ktcp_state and others; Documentation/proc.md has them all. */
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

TRACE_EVENT(ktcp_drop,
	TP_PROTO(const struct ktcp_key *key, u8 state,
		 const struct ktcp_seg *seg, const char *reason),
	TP_ARGS(key, state, seg, reason),
	TP_STRUCT__entry(
		__array(char, reason, 24)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, state)
		__field(u8, flags)
		__field(u32, seq)
		__field(u32, ack)
		__field(u32, payload)
	),
	TP_fast_assign(
		/* Of a bad header nothing is known. */
		memset(__entry->raddr, 0, 16);
		if (key)
			memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = key ? ntohs(key->lport) : 0;
		__entry->rport = key ? ntohs(key->rport) : 0;
		__entry->state = state;
		__entry->flags = seg ? seg->flags : 0;
		__entry->seq = seg ? seg->seq : 0;
		__entry->ack = seg ? seg->ack : 0;
		__entry->payload = seg ? seg->payload : 0;
		strscpy(__entry->reason, reason, sizeof(__entry->reason));
	),
	TP_printk("reason=%s lport=%u raddr=%pI6c rport=%u state=%u flags=0x%02x seq=%u ack=%u len=%u",
		  __entry->reason, __entry->lport, __entry->raddr,
		  __entry->rport, __entry->state, __entry->flags, __entry->seq,
		  __entry->ack, __entry->payload)
);

TRACE_EVENT(ktcp_retransmit,
	TP_PROTO(const struct ktcp_key *key, u8 state, u32 seq, u32 len,
		 const char *reason),
	TP_ARGS(key, state, seq, len, reason),
	TP_STRUCT__entry(
		__array(char, reason, 12)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, state)
		__field(u32, seq)
		__field(u32, payload)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = ntohs(key->lport);
		__entry->rport = ntohs(key->rport);
		__entry->state = state;
		__entry->seq = seq;
		__entry->payload = len;
		strscpy(__entry->reason, reason, sizeof(__entry->reason));
	),
	TP_printk("reason=%s lport=%u raddr=%pI6c rport=%u state=%u seq=%u len=%u",
		  __entry->reason, __entry->lport, __entry->raddr,
		  __entry->rport, __entry->state, __entry->seq,
		  __entry->payload)
);

TRACE_EVENT(ktcp_cwnd,
	TP_PROTO(const struct ktcp_key *key, u32 from, u32 to, u32 ssthresh,
		 u32 flight, const char *phase),
	TP_ARGS(key, from, to, ssthresh, flight, phase),
	TP_STRUCT__entry(
		__array(char, phase, 8)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u32, from)
		__field(u32, to)
		__field(u32, ssthresh)
		__field(u32, flight)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = ntohs(key->lport);
		__entry->rport = ntohs(key->rport);
		__entry->from = from;
		__entry->to = to;
		__entry->ssthresh = ssthresh;
		__entry->flight = flight;
		strscpy(__entry->phase, phase, sizeof(__entry->phase));
	),
	TP_printk("phase=%s lport=%u raddr=%pI6c rport=%u from=%u to=%u ssthresh=%u flight=%u",
		  __entry->phase, __entry->lport, __entry->raddr,
		  __entry->rport, __entry->from, __entry->to,
		  __entry->ssthresh, __entry->flight)
);

TRACE_EVENT(ktcp_cookie,
	TP_PROTO(const struct ktcp_key *key, u32 iss, u32 irs,
		 const char *what),
	TP_ARGS(key, iss, irs, what),
	TP_STRUCT__entry(
		__array(char, what, 8)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u32, iss)
		__field(u32, irs)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = ntohs(key->lport);
		__entry->rport = ntohs(key->rport);
		__entry->iss = iss;
		__entry->irs = irs;
		strscpy(__entry->what, what, sizeof(__entry->what));
	),
	TP_printk("what=%s lport=%u raddr=%pI6c rport=%u iss=%u irs=%u",
		  __entry->what, __entry->lport, __entry->raddr, __entry->rport,
		  __entry->iss, __entry->irs)
);

TRACE_EVENT(ktcp_request,
	TP_PROTO(const struct ktcp_key *key, const char *method, int status,
		 u64 bytes, u64 ns),
	TP_ARGS(key, method, status, bytes, ns),
	TP_STRUCT__entry(
		__array(char, method, 8)
		__array(u8, raddr, 16)
		__field(u16, lport)
		__field(u16, rport)
		__field(u16, status)
		__field(u64, bytes)
		__field(u64, ns)
	),
	TP_fast_assign(
		memcpy(__entry->raddr, &key->raddr, 16);
		__entry->lport = ntohs(key->lport);
		__entry->rport = ntohs(key->rport);
		__entry->status = status;
		__entry->bytes = bytes;
		__entry->ns = ns;
		strscpy(__entry->method, method, sizeof(__entry->method));
	),
	TP_printk("lport=%u raddr=%pI6c rport=%u method=%s status=%u bytes=%llu ns=%llu",
		  __entry->lport, __entry->raddr, __entry->rport,
		  __entry->method, __entry->status, __entry->bytes, __entry->ns)
);

#ifndef KTCP_DROP
/* A segment is dropped: counted, and traced under the name of the counter. */
#define KTCP_DROP(kn, counter, key, state, seg)				\
	do {								\
		KTCP_INC(kn, counter);					\
		trace_ktcp_drop(key, state, seg, #counter);		\
	} while (0)
#endif

#endif /* KTCP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, one set per network namespace and CPU, read in /proc/ktcp/stats and
 * in the window.
 *
 * One for every event that is not the usual one. The list below is the only
 * place that names them; Documentation/proc.md explains each.
 */
#ifndef KTCP_MIB_H
#define KTCP_MIB_H

#include <linux/percpu.h>

#include "key.h"

#define KTCP_MIB_LIST(X)						\
	/* As in RFC 4022 (TCP-MIB) */					\
	X(ActiveOpens) X(PassiveOpens) X(AttemptFails) X(EstabResets)	\
	X(InSegs) X(OutSegs) X(RetransSegs) X(InErrs) X(InBadAddrs) X(OutRsts)	\
	/* Segments that came in and were not as they should be */	\
	X(InHdrErrors) X(InCsumErrors) X(InRsts) X(InNoConns)		\
	X(InUnacceptable) X(InOldAcks) X(InDupAcks)			\
	X(InBadAcks) X(InUnreadData) X(InTruncated)			\
	X(PawsDrops) X(InNoTimestamps) X(InDuplicates)			\
	X(InIcmpTooBig) X(InIcmpRefused) X(InIcmpErrors) X(InIcmpIgnored) \
	/* Rate limits */						\
	X(ChallengeAcks) X(ChallengeAcksLimited) X(OutRstsLimited)	\
	/* The backlog */						\
	X(SynRetrans) X(SynDuplicates) X(SynTimeouts)			\
	X(BacklogOverflows) X(ConnLimitDrops)				\
	X(SyncookiesSent) X(SyncookiesRecv) X(SyncookiesFailed)		\
	/* Data */							\
	X(InOctets) X(OutOctets) X(OfoQueued) X(OfoDropped)		\
	X(RcvQueueDropped) X(DelayedAcks)				\
	/* Loss */							\
	X(FastRecoveries) X(LossProbes) X(ReorderTimeouts)		\
	X(Undos) X(FrtoUndos) X(InDSacks) X(InBadSacks) X(SackReneging)	\
	/* ECN */							\
	X(EcnOpens) X(InCeSegs) X(EcnReductions)			\
	/* Timers */							\
	X(RtoTimeouts) X(RtoGiveUps) X(BlackHoles) X(PersistProbes)	\
	X(MtuProbes) X(MtuProbesLost)					\
	X(FinWait2Timeouts) X(OrphanTimeouts) X(UserTimeouts)		\
	X(InUserTimeouts)						\
	X(KeepaliveProbes) X(KeepaliveTimeouts) X(InUrgents)		\
	X(TimeWaits) X(TimeWaitsReopened) X(TimeWaitOverflows)		\
	/* What net.ktcp.mem_mib_max is reached with (mem.c) */		\
	X(MemWindowsHeld) X(MemOfoDropped) X(MemSyns) X(MemTimeWaits)	\
	X(MemEvicted) X(MemRefused)					\
	/* The machine */						\
	X(OutOfMemory) X(NoRoutes) X(OutErrors) X(QueueDrops) X(QueueWaits) \
	/* The responder */						\
	X(HttpRequests) X(HttpStatus2xx) X(HttpStatus3xx)		\
	X(HttpStatus4xx) X(HttpStatus5xx) X(HttpBytes)			\
	X(HttpTooSlow)

enum ktcp_mib_item {
#define X(name) KTCP_MIB_##name,
	KTCP_MIB_LIST(X)
#undef X
	KTCP_MIB_MAX
};

#define KTCP_HTTP_BOUNDS	16

/**
 * struct ktcp_http_histogram - how long answers took
 * @count: those up to ktcp_http_bounds_us[], not counting those of the bound
 *	before, and at the end all others
 * @sum_ns: all together
 */
struct ktcp_http_histogram {
	unsigned long count[KTCP_HTTP_BOUNDS + 1];
	u64 sum_ns;
};

/**
 * struct ktcp_mib - one CPU's counters
 * @item: as KTCP_MIB_LIST names them
 * @moved: changes from one state to another; what has come into a state less
 *	what has left it is what is there
 * @latency: of the responder
 * @mem: bytes held, and given back, of which the namespace has not heard (mem.c)
 */
struct ktcp_mib {
	long mem;
	unsigned long item[KTCP_MIB_MAX];
	unsigned long moved[KTCP_STATES][KTCP_STATES];
	struct ktcp_http_histogram latency;
};

/* Any context; @kn is a struct ktcp_net. */
#define KTCP_INC(kn, name)	this_cpu_inc((kn)->mib->item[KTCP_MIB_##name])
#define KTCP_ADD(kn, name, n)	this_cpu_add((kn)->mib->item[KTCP_MIB_##name], n)

extern const char *const ktcp_mib_names[KTCP_MIB_MAX];
extern const u32 ktcp_http_bounds_us[KTCP_HTTP_BOUNDS];

u64 ktcp_mib_sum(struct ktcp_mib __percpu *mib, unsigned int item);
u64 ktcp_mib_moved(struct ktcp_mib __percpu *mib, enum ktcp_state from,
		   enum ktcp_state to);
u64 ktcp_mib_in_state(struct ktcp_mib __percpu *mib, enum ktcp_state state);
void ktcp_mib_latency(struct ktcp_mib __percpu *mib,
		      struct ktcp_http_histogram *sum);

#endif /* KTCP_MIB_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters, one set per network namespace and CPU, read in /proc/ktcp/stats.
 *
 * One for every event that is not the usual one. The list below is the only
 * place that names them; Documentation/proc.md explains each.
 */
#ifndef KTCP_MIB_H
#define KTCP_MIB_H

#include <linux/percpu.h>
#include <linux/seq_file.h>

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
	X(FinWait2Timeouts) X(OrphanTimeouts) X(UserTimeouts)		\
	X(KeepaliveProbes) X(KeepaliveTimeouts) X(InUrgents)		\
	X(TimeWaits) X(TimeWaitsReopened) X(TimeWaitOverflows)		\
	/* The machine */						\
	X(OutOfMemory) X(NoRoutes) X(OutErrors)				\
	/* The responder */						\
	X(HttpRequests) X(HttpStatus2xx) X(HttpStatus3xx)		\
	X(HttpStatus4xx) X(HttpStatus5xx)

enum ktcp_mib_item {
#define X(name) KTCP_MIB_##name,
	KTCP_MIB_LIST(X)
#undef X
	KTCP_MIB_MAX
};

/** struct ktcp_mib - one CPU's counters */
struct ktcp_mib {
	unsigned long item[KTCP_MIB_MAX];
};

/* Any context; @kn is a struct ktcp_net. */
#define KTCP_INC(kn, name)	this_cpu_inc((kn)->mib->item[KTCP_MIB_##name])
#define KTCP_ADD(kn, name, n)	this_cpu_add((kn)->mib->item[KTCP_MIB_##name], n)

void ktcp_mib_show(struct seq_file *m, struct ktcp_mib __percpu *mib);

#endif /* KTCP_MIB_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What every room shares: the network namespace, and what the table holds. */
#ifndef KTCP_KTCP_H
#define KTCP_KTCP_H

#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "key.h"
#include "mib.h"

struct ktcp_cc_ops;
struct ktcp_conn;
struct ktcp_routes;
struct ktcp_snapshot;
struct ktcp_timewait_queue;
struct ktcp_window;

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/**
 * struct ktcp_conf - the sysctls of a network namespace
 *
 * Read with READ_ONCE() through ktcp_conf(), written by sysctl.c, which has the
 * ranges. Documentation/parameters.md explains each.
 */
struct ktcp_conf {
	int max_syn_backlog;		/* requests per listener */
	int syncookies;			/* 0 never, 1 when it is full, 2 always */
	int synack_retries;
	int syn_retries;
	int user_timeout_option;	/* flag: heed that of any peer */
	int user_timeout_min_sec;	/* of what peers and applications want */
	int user_timeout_max_sec;
	int retries2;			/* R2 of RFC 9293 3.8.3, retransmissions */
	int time_wait_sec;		/* 2MSL */
	int fin_wait2_sec;
	int orphan_sec;
	int rto_min_ms;
	int rto_max_ms;
	int delack_ms;
	int quick_acks;
	int keepalive_sec;
	int keepalive_interval_sec;
	int keepalive_probes;
	int rcvbuf;			/* bytes */
	int rcvbuf_max;			/* bytes */
	int window_scaling;		/* flag */
	int timestamps;			/* flag */
	int sack;			/* flag */
	int ecn;			/* 0 never, 1 ask for it, 2 when asked */
	int init_cwnd;			/* segments */
	int mtu_probing;		/* 0 never, 1 when a black hole is suspected */
	int base_mss;			/* and what it is probed with first, bytes */
	int mtu_probe_sec;		/* until something longer is tried again */
	int rst_ratelimit;		/* per second */
	int challenge_ack_ratelimit;	/* per connection and second */
	int max_connections;
	int max_time_wait;
	int mem_mib_max;		/* 0: an eighth of the host's */
	int port_min;			/* local ports of active opens */
	int port_max;
	int http_idle_sec;
	int http_header_sec;
	int http_body_sec;
	int http_body_max;		/* bytes */
	int http_write_sec;
	int http_min_rate;		/* bytes per second */
	int http_requests_max;		/* per connection; 0: no limit */
	int maintenance;		/* Retry-After, seconds; 0: not now */
	int drain;			/* flag: health checks fail */
	int docroot_files_max;
	int docroot_mib_max;
	int docroot_depth_max;
	const struct ktcp_cc_ops *congestion_control;
};

#define ktcp_conf(kn, name)	READ_ONCE((kn)->conf.name)

/**
 * struct ktcp_ratelimit - so many a second, no more
 * @second: when the count began, in jiffies
 * @count: how many since then
 *
 * Touched only on the unusual path that it limits.
 */
struct ktcp_ratelimit {
	unsigned long second;
	atomic_t count;
};

/* How near the cap of memory is, and what is done then: mem.c. */
enum ktcp_mem_level {
	KTCP_MEM_EASY,
	KTCP_MEM_PRESSURE,
	KTCP_MEM_COOKIES,
	KTCP_MEM_RECLAIM,
	KTCP_MEM_FULL,
	KTCP_MEM_LEVELS
};

/**
 * struct ktcp_mem - memory of a network namespace, and its cap
 * @max: the cap, bytes
 * @batch: so many bytes a CPU may count for itself
 * @level: enum ktcp_mem_level
 * @used: bytes held, but for what CPUs count for themselves
 * @lock: of @hand, held by whoever makes room
 * @hand: the bucket of the table that is looked at next
 */
struct ktcp_mem {
	/* read for every segment, seldom written */
	long max;
	long batch;
	u8 level;

	atomic_long_t used ____cacheline_aligned_in_smp;
	spinlock_t lock;
	u32 hand;
};

#define KTCP_RST_LIMITS	256	/* a power of two */

/**
 * struct ktcp_net - all that exists per network namespace
 * @net: the namespace
 * @table: every request, connection and TIME_WAIT, by struct ktcp_key
 * @ports: the listeners; looked at for every segment that comes to this host
 * @apps: attached applications of other modules; changed under @admin, read under
 *	RCU
 * @active: connections opened from here, in TIME_WAIT too: their ports are not
 *	in @ports
 * @next_port: moves with each active open (RFC 6056 3.3.3)
 * @admin: serialises changes of @ports, @apps, @hooked, @routes and @window; never
 *	held for long
 * @hooked: the hooks are there
 * @mib: counters
 * @mem: memory that all of this takes
 * @conns: open connections and requests
 * @timewaits: connections in TIME_WAIT
 * @timewait_queues: where they wait
 * @rst_limit: RSTs to segments of no connection, of some of the peers each
 * @docroot: what the responder has published, or NULL
 * @routes: rules without files, or NULL
 * @publish: serialises changes of @docroot; held while a directory is read, which
 *	may take for ever
 * @conf: sysctls
 * @secrets: what a stranger must not know to guess our numbers; see cookie.c
 * @sysctl: their registration
 * @window: who may look in over HTTP, where, and what is recorded for them
 * @dying: the namespace or the module goes away; no new ports, no new docroot
 */
struct ktcp_net {
	/* read for every segment and request, seldom written */
	struct net *net;
	struct ktcp_ports __rcu *ports;
	struct ktcp_mib __percpu *mib;
	struct ktcp_timewait_queue __percpu *timewait_queues;
	struct ktcp_snapshot __rcu *docroot;
	struct ktcp_routes __rcu *routes;
	struct ktcp_window *window;
	struct ktcp_conf conf;
	struct {
		siphash_key_t iss, ts, port;
	} secrets;
	struct ktcp_mem mem;

	/* its first line is read too; further on it counts what is in it */
	struct rhashtable table ____cacheline_aligned_in_smp;

	/* written when something opens or ends, or is limited */
	struct percpu_counter conns ____cacheline_aligned_in_smp;
	struct percpu_counter timewaits;
	atomic_t active;
	atomic_t next_port;
	struct ktcp_ratelimit rst_limit[KTCP_RST_LIMITS];

	/* of administrators */
	struct list_head apps;
	struct mutex admin;
	struct mutex publish;
	struct ctl_table_header *sysctl;
	bool hooked;
	bool dying;
};

struct ktcp_net *ktcp_net(const struct net *net);

/*
 * Where things lie in an object, and the most that it may take
 * (Documentation/architecture.md). Kernels that check locks and timers have larger
 * ones.
 */
#if BITS_PER_LONG == 64 && !defined(CONFIG_LOCKDEP) && \
	!defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_PREEMPT_RT) && \
	!defined(__CHECKER__)	/* sparse lays some of them out in its own way */
#define KTCP_LAYOUT(what)	static_assert(what)
#else
#define KTCP_LAYOUT(what)	static_assert(true)
#endif
#define KTCP_SIZE_MAX(type, max)	KTCP_LAYOUT(sizeof(type) <= (max))

enum ktcp_kind {
	KTCP_REQUEST,		/* struct ktcp_request, listen.h */
	KTCP_CONN,		/* struct ktcp_conn, conn.h */
	KTCP_TIMEWAIT,		/* struct ktcp_timewait, timewait.h */
};

/**
 * struct ktcp_entry - what the table holds: the head of all three kinds
 * @node: place in the table
 * @key: addresses and ports
 * @kn: the namespace
 * @kind: what this is the head of
 * @state: enum ktcp_state
 * @dead: no longer in the table; whoever finds it so looks again
 * @active: opened from here, or what is left of such a connection
 * @dscp: how our segments are marked (RFC 2474), once there is a connection
 * @challenges: challenge ACKs in the second that began at @challenges_from
 * @proc_stamp: the last reader of /proc/ktcp/connections that showed it
 * @lock: guards this object; taken by the receive path and by its timer
 * @ref: one for the table, one for the pending timer
 * @challenges_from: low 32 bits of jiffies
 * @born: when the connection began, likewise
 *
 * Whoever looks for another object of the same bucket reads @node and the beginning
 * of @key, and must not wait for what another CPU writes to with each segment: that
 * begins 64 bytes on, with @lock. In a slab the connection before ends in the same
 * line: see the end of struct ktcp_conn. `make bench T=sharing` counts.
 *
 * What follows it differs: the timer, or the place in a queue, whose memory is
 * that of the RCU head once the last reference is gone.
 */
struct ktcp_entry {
	struct rhash_head node;
	struct ktcp_key key;
	struct ktcp_net *kn;
	u8 kind;
	u8 state;
	bool dead : 1;
	bool active : 1;
	u8 dscp : 6;
	u8 challenges;
	u32 proc_stamp;
	spinlock_t lock;
	refcount_t ref;
	u32 challenges_from;
	u32 born;
};

KTCP_LAYOUT(offsetof(struct ktcp_entry, lock) == 64);

/**
 * ktcp_key_is_v4() - does an IPv4 connection have this key?
 * @key: the key
 */
static inline bool ktcp_key_is_v4(const struct ktcp_key *key)
{
	return ipv6_addr_v4mapped(&key->laddr);
}

/**
 * ktcp_key_is_self() - are both ends the same address and port?
 * @key: the key
 *
 * RFC 9293 allows it; nothing that makes sense needs it, and whoever sends such a
 * segment wants this host to answer itself (the land attack).
 */
static inline bool ktcp_key_is_self(const struct ktcp_key *key)
{
	return key->lport == key->rport &&
	       ipv6_addr_equal(&key->laddr, &key->raddr);
}

/** ktcp_link_local() - an address that means nothing without its interface */
static inline bool ktcp_link_local(const struct in6_addr *addr)
{
	return ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;
}

/** ktcp_key_v4() - put IPv4 addresses into a key */
static inline void ktcp_key_v4(struct ktcp_key *key, __be32 laddr, __be32 raddr)
{
	ipv6_addr_set_v4mapped(laddr, &key->laddr);
	ipv6_addr_set_v4mapped(raddr, &key->raddr);
}

/**
 * ktcp_key_v6() - the same for IPv6, and the interface where that matters
 * @key: filled in, its ports apart
 * @laddr: of this host
 * @raddr: of the peer
 * @skb: what came; from this host itself it came by lo, for another interface,
 *	and out of a bridge it is not known but by that
 */
static inline void ktcp_key_v6(struct ktcp_key *key,
			       const struct in6_addr *laddr,
			       const struct in6_addr *raddr,
			       const struct sk_buff *skb)
{
	key->laddr = *laddr;
	key->raddr = *raddr;
	if (ktcp_link_local(laddr) || ktcp_link_local(raddr))
		key->scope = IP6CB(skb)->iif ?: skb->dev->ifindex;
}

struct ktcp_net *ktcp_conn_kn(const struct ktcp_conn *c);
bool ktcp_ratelimit(struct ktcp_ratelimit *rl, int per_second);
bool ktcp_may_log(const struct ktcp_net *kn);

/* Why a setting is refused: who may set what is his alone must not fill the log. */
#define ktcp_err(kn, fmt, ...)						\
	do {								\
		if (ktcp_may_log(kn))					\
			pr_err(fmt, ##__VA_ARGS__);			\
	} while (0)

u64 ktcp_now_us(void);

#endif /* KTCP_KTCP_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows a kernel version: 6.1, 6.12 and 7.x.
 *
 * Each name here is the newest kernel's; an older kernel gets it from what it
 * had before.
 */
#ifndef KTCP_COMPAT_H
#define KTCP_COMPAT_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>

/* 6.12 moved the header. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/* bin2hex() has a header of its own; 7.x no longer has it in kernel.h. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/hex.h>
#endif

/* 6.2 renamed del_timer(), 6.15 took the old name away. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete(t)		del_timer(t)
#define timer_delete_sync(t)	del_timer_sync(t)
#endif

/* 6.16 renamed from_timer(). */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	from_timer(var, callback_timer, timer_fieldname)
#endif

/* 6.11 made the tables of handlers const. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define ktcp_const_ctl		struct ctl_table
#else
#define ktcp_const_ctl		const struct ctl_table
#endif

/* 6.6 added the size of a table, 6.11 took away its end mark. */
static inline struct ctl_table_header *
ktcp_register_net_sysctl(struct net *net, const char *path,
			 struct ctl_table *table, size_t size)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl(net, path, table);
#else
	return register_net_sysctl_sz(net, path, table, size);
#endif
}

/* 6.3 gave IPv4 a limit of its own, so that IPv6 can have a larger one. */
static inline unsigned int ktcp_gso_max_size(const struct net_device *dev,
					     bool v4)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	if (v4)
		return READ_ONCE(dev->gso_ipv4_max_size);
#endif
	return READ_ONCE(dev->gso_max_size);
}

/* 6.19 gave socket addresses without a size a type of their own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define ktcp_kernel_bind(sock, addr, len) \
	kernel_bind(sock, (struct sockaddr_unsized *)(addr), len)
#else
#define ktcp_kernel_bind(sock, addr, len)	kernel_bind(sock, addr, len)
#endif

/* 6.12 knows of fragments that the CPU cannot read (memory of another device). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
static inline bool skb_frags_readable(const struct sk_buff *skb)
{
	return true;
}
#endif

/*
 * From 6.19 on a clone that the device has done with may wait until the CPU that made it
 * receives something: that it is there means nothing after a while.
 */
#define KTCP_CLONES_LINGER	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0))

/*
 * Connection tracking confirms a flow in its last hook, which a segment that
 * ktcp takes never reaches. Say it has got here.
 */
static inline unsigned int ktcp_ct_confirm(struct sk_buff *skb)
{
	unsigned int verdict = NF_ACCEPT;
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	const struct nf_conn *ct = (void *)skb_nfct(skb);
	const struct nf_ct_hook *hook;

	if (!ct || nf_ct_is_confirmed(ct))
		return verdict;
	rcu_read_lock();
	hook = rcu_dereference(nf_ct_hook);
	if (hook)
		verdict = hook->confirm(skb);
	rcu_read_unlock();
#endif
	return verdict;
}

#endif /* KTCP_COMPAT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What the bench's module needs of kernels from 6.1 on, under its newest name. */
#ifndef KTCP_BENCH_COMPAT_H
#define KTCP_BENCH_COMPAT_H

#include <linux/bvec.h>
#include <linux/hrtimer.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <net/tcp.h>

/* 6.12 moved the header. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/* 6.13 made one function of two steps. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *t,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(t, clock, mode);
	t->function = function;
}
#endif

/* 6.5 made a flag of what had been a function: pages are sent, not copied. */
static inline int bench_send_page(struct sock *sk, struct page *page, u32 off,
				  u32 len, int flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	return tcp_sendpage_locked(sk, page, off, len, flags);
#else
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };
	struct bio_vec bv;

	bvec_set_page(&bv, page, len, off);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bv, 1, len);
	return tcp_sendmsg_locked(sk, &msg, len);
#endif
}

/* 6.19 gave socket addresses without a size a type of their own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define bench_bind(sock, addr, len) \
	kernel_bind(sock, (struct sockaddr *)(addr), len)
#else
#define bench_bind(sock, addr, len) \
	kernel_bind(sock, (struct sockaddr_unsized *)(addr), len)
#endif

#endif

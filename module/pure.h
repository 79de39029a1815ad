/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a pure file needs, in the kernel and in user space.
 *
 * A pure file takes bytes and numbers and gives a verdict: no lock, no
 * allocation, no skb, no clock. It includes this header instead of the
 * kernel's own, and so compiles unchanged into a user-space test.
 */
#ifndef KTCP_PURE_H
#define KTCP_PURE_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <linux/limits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/math64.h>
#include <linux/nospec.h>

#include "compat.h"	/* where get_unaligned_be32() and its like are */

#else

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef uint16_t __be16;
typedef uint32_t __be32;

#define BIT(n)		(1UL << (n))
#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX
#define array_index_nospec(i, n) (i)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define fallthrough	__attribute__((__fallthrough__))
#define min_t(t, a, b)	({ t min_a_ = (a); t min_b_ = (b); min_a_ < min_b_ ? min_a_ : min_b_; })
#define max_t(t, a, b)	({ t max_a_ = (a); t max_b_ = (b); max_a_ > max_b_ ? max_a_ : max_b_; })
#define min(a, b)	min_t(__typeof__(a), a, b)
#define max(a, b)	max_t(__typeof__(a), a, b)
#define clamp(v, lo, hi) min_t(__typeof__(v), max_t(__typeof__(v), v, lo), hi)

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] << 8 | b[1]);
}

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static inline u64 get_unaligned_le64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void put_unaligned_be16(u16 v, void *p)
{
	u8 *b = p;

	b[0] = v >> 8;
	b[1] = v & 0xff;
}

static inline void put_unaligned_be32(u32 v, void *p)
{
	u8 *b = p;

	b[0] = v >> 24;
	b[1] = v >> 16 & 0xff;
	b[2] = v >> 8 & 0xff;
	b[3] = v & 0xff;
}

static inline u64 div_u64(u64 a, u32 b)
{
	return a / b;
}

#endif /* __KERNEL__ */
#endif /* KTCP_PURE_H */

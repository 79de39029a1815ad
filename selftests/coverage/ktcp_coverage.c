// SPDX-License-Identifier: GPL-2.0
/*
 * Which blocks of ktcp's code have run, in the order in which each first did.
 *
 * CONFIG_KCOV tells of system calls; most of ktcp runs in softirq and timers. This
 * is what a compiler calls with -fsanitize-coverage=trace-pc, for one module:
 * /sys/kernel/debug/ktcp_coverage is a struct log, to be read at any offset. Where
 * ktcp's code begins is in /sys/module/ktcp/sections/.text.
 */
#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/module.h>

#define SPAN		(1 << 24)	/* longer than the code of a module */
#define BLOCKS		(1 << 16)

static struct log {
	atomic64_t nr;
	u64 block[BLOCKS];
} seen;

static DECLARE_BITMAP(ran, SPAN);
static struct debugfs_blob_wrapper blob = { .data = &seen, .size = sizeof(seen) };
static struct dentry *file;

void __sanitizer_cov_trace_pc(void);

__no_sanitize_coverage notrace void __sanitizer_cov_trace_pc(void)
{
	unsigned long at = _RET_IP_;
	s64 n;

	if (test_bit(at % SPAN, ran) || test_and_set_bit(at % SPAN, ran))
		return;
	n = atomic64_fetch_inc(&seen.nr);
	if (n < BLOCKS)
		seen.block[n] = at;
}
EXPORT_SYMBOL(__sanitizer_cov_trace_pc);

static int __init coverage_init(void)
{
	file = debugfs_create_blob("ktcp_coverage", 0400, NULL, &blob);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit coverage_exit(void)
{
	debugfs_remove(file);
}

module_init(coverage_init);
module_exit(coverage_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Which blocks of ktcp have run");

/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/ktcp: what an administrator reads. */
#ifndef KTCP_PROC_H
#define KTCP_PROC_H

#include "ktcp.h"

const char *ktcp_stat_nth(struct ktcp_net *kn, unsigned int n, u64 *value);
int ktcp_proc_init(void);
void ktcp_proc_exit(void);

#endif /* KTCP_PROC_H */

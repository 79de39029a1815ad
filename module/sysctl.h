/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/sys/net/ktcp, one set per network namespace. */
#ifndef KTCP_SYSCTL_H
#define KTCP_SYSCTL_H

#include "ktcp.h"

int ktcp_sysctl_init(struct ktcp_net *kn);
void ktcp_sysctl_exit(struct ktcp_net *kn);

#endif /* KTCP_SYSCTL_H */

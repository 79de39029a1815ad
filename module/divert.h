/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks: which segments are ours. */
#ifndef KTCP_DIVERT_H
#define KTCP_DIVERT_H

#include "ktcp.h"

int ktcp_divert_mode(const char *name);
void ktcp_divert_init(void);
void ktcp_divert_exit(void);
int ktcp_divert_start(struct ktcp_net *kn);
void ktcp_divert_stop(struct ktcp_net *kn);

#endif /* KTCP_DIVERT_H */

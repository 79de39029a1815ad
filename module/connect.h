/* SPDX-License-Identifier: GPL-2.0 */
/* Active OPEN: connections that begin here. */
#ifndef KTCP_CONNECT_H
#define KTCP_CONNECT_H

#include "conn.h"

int ktcp_connect_syn(struct ktcp_conn *c, const struct ktcp_seg *syn);
void ktcp_connect_established(struct ktcp_conn *c);
void ktcp_syn_timeout(struct ktcp_conn *c);

#endif /* KTCP_CONNECT_H */

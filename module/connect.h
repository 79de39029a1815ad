/* SPDX-License-Identifier: GPL-2.0 */
/* Active OPEN: connections that begin here. */
#ifndef KTCP_CONNECT_H
#define KTCP_CONNECT_H

#include "conn.h"

struct sockaddr_storage;

int ktcp_get_addr(const struct sockaddr_storage *ss, struct in6_addr *addr,
		  __be16 *port, u32 *scope);
int ktcp_connect_syn(struct ktcp_conn *c, const struct ktcp_seg *syn);
void ktcp_connect_established(struct ktcp_conn *c);
void ktcp_syn_timeout(struct ktcp_conn *c);

#endif /* KTCP_CONNECT_H */

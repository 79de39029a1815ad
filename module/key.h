/* SPDX-License-Identifier: GPL-2.0 */
/* What tells one connection from another, and the states it can be in. Pure. */
#ifndef KTCP_KEY_H
#define KTCP_KEY_H

#include "pure.h"

#ifdef __KERNEL__
#include <linux/in6.h>
#else
#include <netinet/in.h>
#endif

/**
 * struct ktcp_key - what tells one connection from another
 * @laddr: local address, IPv4 as ::ffff:a.b.c.d
 * @raddr: remote address, likewise
 * @lport: local port
 * @rport: remote port
 * @scope: interface index of a link-local address, else 0
 */
struct ktcp_key {
	struct in6_addr laddr;
	struct in6_addr raddr;
	__be16 lport;
	__be16 rport;
	u32 scope;
};

/* RFC 9293 3.3.2, in the order in which a passive connection sees them. */
enum ktcp_state {
	KTCP_CLOSED,
	KTCP_LISTEN,
	KTCP_SYN_SENT,
	KTCP_SYN_RECV,
	KTCP_ESTABLISHED,
	KTCP_FIN_WAIT_1,
	KTCP_FIN_WAIT_2,
	KTCP_CLOSE_WAIT,
	KTCP_CLOSING,
	KTCP_LAST_ACK,
	KTCP_TIME_WAIT,
	KTCP_STATES
};

const char *ktcp_state_name(enum ktcp_state state);

#endif /* KTCP_KEY_H */

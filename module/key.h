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
 * @rport: remote port
 * @lport: local port
 * @scope: interface index of a link-local address, else 0
 * @raddr: remote address, IPv4 as ::ffff:a.b.c.d
 * @laddr: local address, likewise
 *
 * What differs most comes first, see struct ktcp_entry.
 */
struct ktcp_key {
	__be16 rport;
	__be16 lport;
	u32 scope;
	struct in6_addr raddr;
	struct in6_addr laddr;
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

/*
 * Every arrow of RFC 9293 3.3.2, figure 5, as it is gone here: nothing moves
 * another way. LISTEN and CLOSED are where an object appears, CLOSED is where it
 * ends. The model of the state machine has its moves from here (selftests/model),
 * and wire/arrows goes each of them.
 */
#define KTCP_ARROWS(X)							\
	X(CLOSED, SYN_SENT)		/* active OPEN */		\
	X(LISTEN, SYN_RECV)		/* SYN; or the ACK of a cookie */ \
	X(SYN_SENT, SYN_RECV)		/* SYN: simultaneous open */	\
	X(SYN_SENT, ESTABLISHED)	/* SYN-ACK */			\
	X(SYN_SENT, CLOSED)		/* CLOSE, RST, ICMP, no answer */ \
	X(SYN_RECV, ESTABLISHED)	/* ACK of our SYN */		\
	X(SYN_RECV, CLOSED)		/* RST, another SYN, no answer */ \
	X(ESTABLISHED, FIN_WAIT_1)	/* CLOSE */			\
	X(ESTABLISHED, CLOSE_WAIT)	/* FIN */			\
	X(ESTABLISHED, CLOSED)		/* RST, ABORT, no answer */	\
	X(FIN_WAIT_1, FIN_WAIT_2)	/* ACK of our FIN */		\
	X(FIN_WAIT_1, CLOSING)		/* FIN */			\
	X(FIN_WAIT_1, CLOSED)		/* RST, ABORT, no answer */	\
	X(FIN_WAIT_2, TIME_WAIT)	/* FIN */			\
	X(FIN_WAIT_2, CLOSED)		/* RST, ABORT, no FIN */	\
	X(CLOSE_WAIT, LAST_ACK)		/* CLOSE */			\
	X(CLOSE_WAIT, CLOSED)		/* RST, ABORT, no answer */	\
	X(CLOSING, TIME_WAIT)		/* ACK of our FIN */		\
	X(CLOSING, CLOSED)		/* RST, ABORT, no answer */	\
	X(LAST_ACK, CLOSED)		/* ACK of our FIN; RST, no answer */ \
	X(TIME_WAIT, CLOSED)		/* 2MSL; a later SYN */

bool ktcp_state_arrow(enum ktcp_state from, enum ktcp_state to);
const char *ktcp_state_name(enum ktcp_state state);

#endif /* KTCP_KEY_H */

// SPDX-License-Identifier: GPL-2.0
/* The names of the states, and the ways between them. */
#include "key.h"

/**
 * ktcp_state_name() - as RFC 9293 3.3.2 writes it, fit for grep
 * @state: the state
 */
const char *ktcp_state_name(enum ktcp_state state)
{
	static const char *const names[KTCP_STATES] = {
		[KTCP_CLOSED] = "CLOSED",
		[KTCP_LISTEN] = "LISTEN",
		[KTCP_SYN_SENT] = "SYN_SENT",
		[KTCP_SYN_RECV] = "SYN_RECV",
		[KTCP_ESTABLISHED] = "ESTABLISHED",
		[KTCP_FIN_WAIT_1] = "FIN_WAIT_1",
		[KTCP_FIN_WAIT_2] = "FIN_WAIT_2",
		[KTCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[KTCP_CLOSING] = "CLOSING",
		[KTCP_LAST_ACK] = "LAST_ACK",
		[KTCP_TIME_WAIT] = "TIME_WAIT",
	};

	return names[state];
}

/**
 * ktcp_state_arrow() - is there a way from one state to another?
 * @from: the state before
 * @to: and after
 *
 * Any context.
 */
bool ktcp_state_arrow(enum ktcp_state from, enum ktcp_state to)
{
	static const bool arrows[KTCP_STATES][KTCP_STATES] = {
#define X(from, to) [KTCP_##from][KTCP_##to] = true,
		KTCP_ARROWS(X)
#undef X
	};

	return arrows[from][to];
}

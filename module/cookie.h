/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that a stranger cannot guess: initial sequence numbers. */
#ifndef KTCP_COOKIE_H
#define KTCP_COOKIE_H

#include "ktcp.h"

void ktcp_cookie_init(void);
u32 ktcp_ts_offset(const struct ktcp_key *key);
u32 ktcp_iss(const struct ktcp_key *key);
u32 ktcp_port_offset(const struct ktcp_key *key);

#endif /* KTCP_COOKIE_H */

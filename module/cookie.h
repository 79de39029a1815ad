/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that a stranger cannot guess: initial sequence numbers, SYN cookies. */
#ifndef KTCP_COOKIE_H
#define KTCP_COOKIE_H

#include "listen.h"

void ktcp_secrets_init(struct ktcp_net *kn);
u32 ktcp_ts_offset(const struct ktcp_net *kn, const struct ktcp_key *key);
u32 ktcp_iss(const struct ktcp_net *kn, const struct ktcp_key *key);
u32 ktcp_port_offset(const struct ktcp_net *kn, const struct ktcp_key *key);

void ktcp_cookie_send(struct ktcp_net *kn, struct ktcp_listener *l,
		      const struct ktcp_key *key, const struct ktcp_seg *syn);
bool ktcp_cookie_ack(struct ktcp_net *kn, const struct ktcp_listener *l,
		     const struct ktcp_key *key, const struct ktcp_seg *ack,
		     struct ktcp_handshake *hs);

#endif /* KTCP_COOKIE_H */

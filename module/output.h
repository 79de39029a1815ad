/* SPDX-License-Identifier: GPL-2.0 */
/* What is sent, and when. */
#ifndef KTCP_OUTPUT_H
#define KTCP_OUTPUT_H

#include "conn.h"

void ktcp_output(struct ktcp_conn *c);
int ktcp_output_tail(struct ktcp_conn *c);
void ktcp_output_refit(struct ktcp_conn *c);
void ktcp_output_probe(struct ktcp_conn *c);
void ktcp_output_keepalive(struct ktcp_conn *c);
void ktcp_output_rst(struct ktcp_conn *c);
void ktcp_output_syn(struct ktcp_conn *c);
bool ktcp_output_blocked(const struct ktcp_conn *c);
bool ktcp_challenge_allowed(struct ktcp_entry *e);
void ktcp_challenge_ack(struct ktcp_conn *c);

void ktcp_send_control(struct ktcp_net *kn, const struct ktcp_key *key,
		       enum ktcp_state state, struct ktcp_seg *seg, u8 dscp);
void ktcp_send_rst_for(struct ktcp_net *kn, const struct ktcp_key *key,
		       enum ktcp_state state, const struct ktcp_seg *seg);

#endif /* KTCP_OUTPUT_H */

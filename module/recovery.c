// SPDX-License-Identifier: GPL-2.0
/*
 * What is believed lost, and what is done about it: the flight records, and
 * what a timeout does.
 *
 * A flight record covers sequence numbers that were sent at one time. An ACK
 * shortens or removes records; a loss marks them; output.c sends again what is
 * marked, oldest first, as far as cwnd allows.
 */
#include "output.h"
#include "recovery.h"
#include "timers.h"

/**
 * ktcp_flight_lost() - take a record for lost
 * @c: the connection, locked
 * @f: the record
 */
void ktcp_flight_lost(struct ktcp_conn *c, struct ktcp_flight *f)
{
	if (f->flags & KTCP_FLIGHT_LOST)
		return;
	f->flags |= KTCP_FLIGHT_LOST;
	c->lost_bytes += f->end_seq - f->seq;
}

/**
 * ktcp_flight_resent() - a lost record is in the network again
 * @c: the connection, locked
 * @f: the record
 */
void ktcp_flight_resent(struct ktcp_conn *c, struct ktcp_flight *f)
{
	c->lost_bytes -= f->end_seq - f->seq;
	f->flags &= ~KTCP_FLIGHT_LOST;
	f->flags |= KTCP_FLIGHT_RETRANS;
	f->sent_us = ktcp_now_us();
}

/**
 * ktcp_recovery_acked() - the peer acknowledged everything before @ack
 * @c: the connection, locked; SND.UNA not moved yet
 * @ack: SEG.ACK, in SND.UNA < @ack =< SND.NXT
 *
 * Takes the round-trip time of the oldest record that was acknowledged, unless
 * any of them was sent twice (Karn's rule, RFC 6298 3).
 *
 * Return: the round-trip time in microseconds, or 0 when there is no sample.
 */
u32 ktcp_recovery_acked(struct ktcp_conn *c, u32 ack)
{
	struct ktcp_flight *f, *next;
	bool ambiguous = false;
	u64 oldest_us = 0;

	list_for_each_entry_safe(f, next, &c->flight, list) {
		if (seq_geq(f->seq, ack))
			break;
		if (f->flags & KTCP_FLIGHT_RETRANS)
			ambiguous = true;
		else if (!oldest_us)
			oldest_us = f->sent_us;
		if (f->flags & KTCP_FLIGHT_LOST)
			c->lost_bytes -= seq_min(ack, f->end_seq) - f->seq;
		if (seq_lt(ack, f->end_seq)) {
			f->seq = ack;
			break;
		}
		ktcp_flight_free(c, f);
	}
	if (ambiguous || !oldest_us)
		return 0;
	return clamp_t(u64, ktcp_now_us() - oldest_us, 1, U32_MAX);
}

/*
 * One more timeout without an answer. After retries2 of them the peer is taken
 * for gone: R2 of RFC 9293 3.8.3.
 */
static bool give_up(struct ktcp_conn *c)
{
	if (c->retransmits >= ktcp_conf(c->e.kn, retries2)) {
		KTCP_INC(c->e.kn, RtoGiveUps);
		ktcp_conn_done(c, -ETIMEDOUT);
		return true;
	}
	c->retransmits++;
	if (c->backoff < 31)
		c->backoff++;
	return false;
}

/**
 * ktcp_retrans_timeout() - the retransmission timer ran out
 * @c: the connection, locked
 *
 * RFC 6298 5.4 to 5.6 and RFC 5681 3.1: everything sent is taken for lost, the
 * window falls to one segment, and the oldest goes out again. With the peer's
 * window closed nothing is said about the network: then it is a probe
 * (RFC 9293 3.8.6.1).
 */
void ktcp_retrans_timeout(struct ktcp_conn *c)
{
	struct ktcp_flight *f;
	u32 flight = ktcp_flight_size(c);

	if (!flight)	/* memory was short when it should have been sent */
		return;
	if (give_up(c))
		return;
	if (!c->snd_wnd) {
		ktcp_output_probe(c);
	} else {
		KTCP_INC(c->e.kn, RtoTimeouts);
		list_for_each_entry(f, &c->flight, list)
			ktcp_flight_lost(c, f);
		ktcp_cc_timeout(&c->cc, flight, c->retransmits == 1);
	}
	ktcp_timer_set_rto(c, KTCP_TIMER_RETRANS);
}

/**
 * ktcp_persist_timeout() - the peer's window stayed closed, or too small
 * @c: the connection, locked; nothing is in flight
 */
void ktcp_persist_timeout(struct ktcp_conn *c)
{
	if (!ktcp_output_blocked(c) || give_up(c))
		return;
	ktcp_output_probe(c);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What is shown of a request, a connection, a TIME_WAIT or a listener.
 *
 * A row is filled in with its object locked, so it is consistent in itself. The
 * table may be resized under a reader, and the walk then begins again: a stamp
 * in each object keeps it from being shown twice.
 */
#include "conn.h"
#include "listen.h"
#include "row.h"
#include "timers.h"
#include "timewait.h"

const struct ktcp_column ktcp_columns[] = {
#define TEXT(name)	{ #name, offsetof(struct ktcp_row, name), true },
#define NUMBER(name)	{ #name, offsetof(struct ktcp_row, name), false },
	KTCP_COLUMNS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
};

const unsigned int ktcp_nr_columns = ARRAY_SIZE(ktcp_columns);

static atomic_t stamps = ATOMIC_INIT(0);

/**
 * ktcp_row_stamp() - begin to read the table
 *
 * Return: what tells this reader's marks from others'. Any context.
 */
u32 ktcp_row_stamp(void)
{
	return atomic_inc_return(&stamps);
}

/**
 * ktcp_endpoint() - an address and a port, as everything shows them
 * @text: room for KTCP_ENDPOINT_MAX bytes
 * @addr: the address
 * @port: the port
 *
 * Return: bytes written. Any context.
 */
int ktcp_endpoint(char *text, const struct in6_addr *addr, __be16 port)
{
	if (ipv6_addr_v4mapped(addr))
		return scnprintf(text, KTCP_ENDPOINT_MAX, "%pI4:%u",
				 &addr->s6_addr32[3], ntohs(port));
	return scnprintf(text, KTCP_ENDPOINT_MAX, "[%pI6c]:%u", addr,
			 ntohs(port));
}

/**
 * ktcp_port_text() - a port on which we listen, as the list of ports has it
 * @text: room for KTCP_ENDPOINT_MAX bytes
 * @addr: the address, unspecified for all
 * @port: the port
 *
 * Return: bytes written. Any context.
 */
int ktcp_port_text(char *text, const struct in6_addr *addr, __be16 port)
{
	if (ipv6_addr_any(addr))
		return scnprintf(text, KTCP_ENDPOINT_MAX, "%u", ntohs(port));
	return ktcp_endpoint(text, addr, port);
}

static u32 age_ms(u32 born)
{
	return jiffies_to_msecs((u32)jiffies - born);
}

static u32 left_ms(u32 deadline)
{
	return jiffies_to_msecs(ktcp_time_left(deadline));
}

static int add(char *text, int len, const char *what)
{
	return len + scnprintf(text + len, KTCP_OPTIONS_MAX - len, "%s%s",
			       len ? "," : "", what);
}

/* What was agreed on, "-" for nothing. */
static void fill_options(struct ktcp_row *row, const struct ktcp_options *o)
{
	char *text = row->options_text, scale[16];
	int n = 0;

	if (o->ts_ok)
		n = add(text, n, "ts");
	if (o->sack_ok)
		n = add(text, n, "sack");
	if (o->ecn_ok)
		n = add(text, n, "ecn");
	if (o->wscale_ok) {
		snprintf(scale, sizeof(scale), "wscale:%u:%u", o->snd_wscale,
			 o->rcv_wscale);
		n = add(text, n, scale);
	}
	row->options = n ? text : "-";
}

static void fill_request(struct ktcp_row *row, const struct ktcp_request *req)
{
	row->timer = "synack";
	row->expires_ms = left_ms(ktcp_request_deadline(req));
	row->iss = req->iss;
	row->irs = req->irs;
	row->snd_una = req->iss;
	row->snd_nxt = req->iss + 1;
	row->snd_wnd = req->snd_wnd;
	row->rcv_nxt = req->irs + 1;
	row->rcv_wnd = req->rcvbuf;
	row->mss = req->mss;
	row->retrans = req->retries;
	fill_options(row, &req->options);
}

static void fill_timewait(struct ktcp_row *row, const struct ktcp_timewait *tw)
{
	row->timer = "timewait";
	row->expires_ms = jiffies_to_msecs(ktcp_timewait_left(tw));
	row->snd_una = tw->snd_nxt;
	row->snd_nxt = tw->snd_nxt;
	row->rcv_nxt = tw->rcv_nxt;
	row->rcv_wnd = ktcp_timewait_wnd(tw);
	fill_options(row, &tw->options);
}

static void fill_conn(struct ktcp_row *row, const struct ktcp_conn *c)
{
	u32 deadline = 0;
	const char *timer = ktcp_timer_next(c, &deadline);

	if (timer) {
		row->timer = timer;
		row->expires_ms = left_ms(deadline);
	}
	row->iss = c->iss;
	row->irs = ktcp_irs(c);
	row->snd_una = c->snd_una;
	row->snd_nxt = c->snd_nxt;
	row->snd_wnd = c->snd_wnd;
	row->rcv_nxt = c->rcv_nxt;
	row->rcv_wnd = ktcp_rcv_wnd(c);
	row->mss = c->mss;
	row->cwnd = c->cc.cwnd;
	row->ssthresh = c->cc.ssthresh;
	row->srtt_us = c->rtt.srtt_us;
	row->rto_ms = ktcp_rto_us(c) / 1000;
	row->unacked = ktcp_flight_size(c);
	row->unsent = ktcp_unsent(c);
	row->bytes_in = c->bytes_in;
	row->bytes_out = c->bytes_out;
	row->retrans = c->retrans;
	row->cc = ktcp_cc_name(&c->cc);
	fill_options(row, &c->options);
}

static void row_init(struct ktcp_row *row)
{
	memset(row, 0, sizeof(*row));
	row->timer = "none";
	row->cc = "-";
	row->options = "-";
}

/**
 * ktcp_row_entry() - what is shown of an object of the table
 * @row: filled in; what it points to stays as long as the module does
 * @e: the object, locked
 * @stamp: the reader; must be put into @e->proc_stamp once the row is shown
 *
 * Return: false if it is not to be shown: it is dead, or was shown already. Any
 * context.
 */
bool ktcp_row_entry(struct ktcp_row *row, struct ktcp_entry *e, u32 stamp)
{
	if (e->dead || e->proc_stamp == stamp)
		return false;
	row_init(row);
	ktcp_endpoint(row->local_text, &e->key.laddr, e->key.lport);
	ktcp_endpoint(row->remote_text, &e->key.raddr, e->key.rport);
	row->local = row->local_text;
	row->remote = row->remote_text;
	row->state = ktcp_state_name(e->state);
	row->age_ms = age_ms(e->born);
	switch (e->kind) {
	case KTCP_REQUEST:
		fill_request(row, ktcp_request(e));
		break;
	case KTCP_CONN:
		fill_conn(row, ktcp_conn(e));
		break;
	case KTCP_TIMEWAIT:
		fill_timewait(row, ktcp_timewait(e));
		break;
	}
	return true;
}

/**
 * ktcp_row_hide() - leave out what an attacker off the path would have to guess
 * @row: filled in; its sequence numbers are 0 afterwards
 *
 * Any context.
 */
void ktcp_row_hide(struct ktcp_row *row)
{
	row->iss = 0;
	row->irs = 0;
	row->snd_una = 0;
	row->snd_nxt = 0;
	row->rcv_nxt = 0;
}

/**
 * ktcp_row_listener() - what is shown of a port
 * @row: filled in
 * @l: the listener
 *
 * Any context.
 */
void ktcp_row_listener(struct ktcp_row *row, const struct ktcp_listener *l)
{
	row_init(row);
	if (ipv6_addr_any(&l->addr))
		snprintf(row->local_text, sizeof(row->local_text), "*:%u",
			 ntohs(l->port));
	else
		ktcp_endpoint(row->local_text, &l->addr, l->port);
	row->local = row->local_text;
	row->remote = "*:*";
	row->state = ktcp_state_name(KTCP_LISTEN);
}

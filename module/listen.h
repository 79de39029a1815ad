/* SPDX-License-Identifier: GPL-2.0 */
/* Listeners, and the backlog of requests (SYN_RECV). */
#ifndef KTCP_LISTEN_H
#define KTCP_LISTEN_H

#include "app.h"
#include "ktcp.h"
#include "options.h"
#include "segment.h"

#define KTCP_PORTS_MAX	64

/**
 * struct ktcp_port - a port as an administrator asks for it
 * @addr: of which of our addresses, IPv4 as ::ffff:a.b.c.d; unspecified: of all
 * @port: the number
 * @cc: congestion control of its connections, NULL: as the namespace has it
 */
struct ktcp_port {
	struct in6_addr addr;
	u16 port;
	const struct ktcp_cc_ops *cc;
};

/**
 * struct ktcp_listener - a port that is ours
 * @rcu: look-ups take no lock
 * @addr: of which of our addresses, IPv4 as ::ffff:a.b.c.d; unspecified: of all
 * @port: the port
 * @by_module: from ktcp_listen(), not from the administrator
 * @cookies: when it last sent a SYN cookie (cookie.c)
 * @reserve: a bound socket of the host's own TCP, so that no other program gets
 *	the port
 * @app: what runs on it
 * @cc: congestion control of its connections, NULL: see ktcp_app_cc()
 * @ref: one for the port set, one for each request: its backlog, see
 *	ktcp_listener_backlog()
 * @accepted: connections opened
 * @drops: SYNs not answered
 *
 * Each connection writes to what comes last, and only to that.
 */
struct ktcp_listener {
	struct rcu_head rcu;
	struct in6_addr addr;
	__be16 port;
	bool by_module;
	u32 cookies;
	struct socket *reserve;
	const struct ktcp_app_ops *app;
	const struct ktcp_cc_ops *cc;

	refcount_t ref ____cacheline_aligned_in_smp;
	atomic_long_t accepted;
	atomic_long_t drops;
};

/**
 * struct ktcp_ports - the ports of a namespace
 * @rcu: replaced as a whole
 * @n: how many
 * @bound: one of them, at least, has an address
 * @port: numbers, scanned for every segment that comes to this host
 * @listener: in the same order. One without address is the only one of its port
 */
struct ktcp_ports {
	struct rcu_head rcu;
	unsigned int n;
	bool bound;
	__be16 port[KTCP_PORTS_MAX];
	struct ktcp_listener *listener[KTCP_PORTS_MAX];
};

/**
 * struct ktcp_request - a connection in SYN_RECV, not yet worth a full one
 * @e: key, state, lock
 * @timer: of the SYN-ACK
 * @rcu: look-ups take no lock, so memory waits for them
 * @listener: whose backlog it is in
 * @iss: ISS
 * @irs: IRS
 * @sent_us: when it was last sent, low 32 bits of ktcp_now_us()
 * @options: what the SYN offered, and we take
 * @rcvbuf: receive buffer, bytes: the window of the SYN-ACK, which has 16 bits
 * @snd_wnd: SEG.WND of the SYN
 * @mss: what the SYN said, or the default
 * @retries: SYN-ACKs sent again by the timer
 * @resent: it was sent more than once (Karn)
 */
struct ktcp_request {
	struct ktcp_entry e;
	union {
		struct timer_list timer;
		struct rcu_head rcu;
	};
	struct ktcp_listener *listener;
	u32 iss;
	u32 irs;
	u32 sent_us;
	struct ktcp_options options;
	u16 rcvbuf;
	u16 snd_wnd;
	u16 mss;
	u8 retries;
	bool resent;
};

KTCP_SIZE_MAX(struct ktcp_request, 160);

/**
 * struct ktcp_handshake - what a connection inherits, from a request or a cookie
 * @iss: ISS
 * @irs: IRS
 * @options: what was agreed on
 * @rcvbuf: receive buffer, bytes
 * @snd_wnd: SND.WND so far
 * @mss: what the SYN said, or the default
 * @rtt_us: from the SYN-ACK to its ACK, 0 when it cannot be told
 * @timeouts: how often the timer of the SYN-ACK ran out
 * @born: when the SYN came, low 32 bits of jiffies
 */
struct ktcp_handshake {
	u32 iss;
	u32 irs;
	struct ktcp_options options;
	u32 rcvbuf;
	u32 snd_wnd;
	u16 mss;
	u32 rtt_us;
	u8 timeouts;
	u32 born;
};

/** ktcp_listener_backlog() - requests now; @l is in a port set. RCU read lock held */
static inline int ktcp_listener_backlog(const struct ktcp_listener *l)
{
	return (int)refcount_read(&l->ref) - 1;
}

static inline struct ktcp_request *ktcp_request(struct ktcp_entry *e)
{
	return container_of(e, struct ktcp_request, e);
}

/* Of a SYN-ACK (RFC 6298 2.1), doubled each time */
#define KTCP_SYNACK_TIMEOUT	(1 * HZ)

/** ktcp_request_deadline() - when the SYN-ACK is sent again, low 32 bits of jiffies */
static inline u32 ktcp_request_deadline(const struct ktcp_request *req)
{
	return req->e.born + KTCP_SYNACK_TIMEOUT * ((2U << req->retries) - 1);
}

int ktcp_ports_parse(struct ktcp_net *kn, const char *text,
		     struct ktcp_port *ports,
		     unsigned int *n, const char *who);
int ktcp_ports_set(struct ktcp_net *kn, const struct ktcp_port *ports,
		   unsigned int n, const char *who);
void ktcp_ports_clear(struct ktcp_net *kn);
bool ktcp_app_attached(struct ktcp_net *kn, const struct ktcp_app_ops *app);
u16 ktcp_peer_mss(const struct ktcp_key *key, const struct ktcp_seg *seg);
const struct ktcp_cc_ops *ktcp_listener_cc(const struct ktcp_net *kn,
					   const struct ktcp_listener *l);
struct ktcp_listener *ktcp_listener_find(struct ktcp_net *kn,
					 const struct ktcp_key *key);

bool ktcp_listen_input(struct ktcp_net *kn, struct sk_buff *skb,
		       const struct ktcp_seg *seg, const struct ktcp_key *key);
bool ktcp_listen_reopen(struct ktcp_listener *l, struct ktcp_entry *old,
			const struct ktcp_seg *seg, u32 iss_min);
bool ktcp_request_input(struct ktcp_request *req, struct sk_buff *skb,
			const struct ktcp_seg *seg);
void ktcp_request_timeout(struct ktcp_request *req);
void ktcp_request_forget(struct ktcp_request *req);
void ktcp_request_kill(struct ktcp_request *req);
void ktcp_request_free(struct ktcp_request *req);
int ktcp_request_init(void);
void ktcp_request_exit(void);

#endif /* KTCP_LISTEN_H */

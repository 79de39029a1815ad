/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The boundary between TCP and what runs on it.
 *
 * TCP tells the application what happened to a connection through
 * struct ktcp_app_ops; the application answers with the calls below. Nothing
 * here knows HTTP, and nothing above it knows a segment.
 *
 * Every event is delivered, and every call must be made, with the lock of the
 * connection held and bottom halves disabled: in the softirq that received
 * the segment, or in a timer. So an application never sleeps, and allocates
 * with GFP_ATOMIC only. A call that queues something to send does not send at
 * once: TCP looks at what is owed when the event is over, so that the ACK
 * rides on the answer.
 *
 * Another module can be such an application: it attaches to a network namespace,
 * listens and connects there, and detaches. Documentation/app.md shows how.
 */
#ifndef KTCP_APP_H
#define KTCP_APP_H

#include <linux/types.h>

struct ktcp_conn;
struct ktcp_blob;
struct kvec;
struct net;
struct page;
struct sk_buff;
struct sockaddr_storage;

/**
 * Bytes of private state that an application has in each connection. They are
 * part of what an idle connection costs: whatever is larger, or does not last as
 * long, is better allocated when it is needed, with a pointer here.
 */
#define KTCP_APP_PRIV_SIZE	24

/**
 * struct ktcp_app_ops - the events of a connection
 * @name: what /proc/ktcp/listeners shows
 * @congestion_control: of its connections, passive and active: a name that the
 *	sysctl net.ktcp.congestion_control takes, or NULL for what that says
 * @dscp: Differentiated Services code point (RFC 2474) of all segments of its
 *	connections from the SYN or SYN-ACK on, until ktcp_set_dscp()
 * @user_timeout: as ktcp_advertise_user_timeout() for all its connections, in the
 *	SYN or SYN-ACK too (RFC 5482 3.2), seconds; 0: nothing is said. Without memory
 *	it is not said to that peer
 * @opened: the connection is ESTABLISHED; private state is zeroed, but for what
 *	ktcp_connect() put there. Return 0, or a negative errno to have the
 *	connection reset.
 * @data: @len bytes arrived in order. @buf is valid during the call only. A program
 *	of this host that sent it may change it meanwhile (splice(2), sendfile(2)):
 *	copy what is checked before it is used.
 *	Return how many were consumed, at most @len; TCP keeps the rest, lets the
 *	window shrink, and offers it again when more arrives or after
 *	ktcp_read_more(), in the same pieces: who needs more of it at once keeps what
 *	there is. Not called after @closed, nor after ktcp_close().
 * @segment: if it is there, called instead of @data, for applications that take much:
 *	@len bytes arrived in order, and are in @skb from @off on, in one place or
 *	several (skb_copy_bits(), skb_copy_and_csum_bits(), skb_seq_read()). @skb is
 *	TCP's: read it, during the call. All else is as for @data.
 * @urgent: there is urgent data of the peer, or more than there was, that the
 *	application has not taken: ktcp_urgent_left() tells how much. It comes with
 *	the rest, in its place, through @data or @segment (RFC 6093 3.1). NULL: nobody asks.
 * @writable: bytes that the application owes were acknowledged, and room came
 *	free; called only after ktcp_send_space() had returned 0.
 * @peer_closed: the peer sent FIN and every byte before it was consumed; called
 *	once. The application can go on sending.
 * @timeout: the time set with ktcp_set_timeout() is over.
 * @trouble: the peer may be out of reach, and TCP goes on trying (RFC 9293 3.9.1.8):
 *	-ETIMEDOUT when something, or our SYN, was sent three times again without
 *	an answer (R1), or what an ICMP error means (-EHOSTUNREACH, -ENETUNREACH,
 *	-EPROTO and others). NULL: nobody asks.
 * @closed: the last event, exactly once for each successful @opened and for each
 *	successful ktcp_connect(), @opened or not: both sides have closed, and
 *	@data has taken all that came (@error 0), or the peer reset
 *	(-ECONNRESET), refused (-ECONNREFUSED), gave no answer (-ETIMEDOUT;
 *	-EHOSTUNREACH if there was no route any more when a SYN was given up; or
 *	what the last ICMP error meant, such as -EHOSTUNREACH or -ENETUNREACH), an ICMP error refused our SYN (-ECONNREFUSED,
 *	-ENOPROTOOPT, -EHOSTUNREACH, -ENETUNREACH, -EACCES), the connection was
 *	given up for its memory (-ENOMEM, sysctl mem_mib_max), or it was aborted
 *	here (-ECONNABORTED). No call but ktcp_app_priv() and
 *	ktcp_conn_put() may be made on the connection from here on; free private
 *	state.
 *
 * All in softirq, connection locked, except that any may also come from process
 * context with bottom halves disabled: inside ktcp_conn_call(), and @closed when
 * a port, an application or the module goes away.
 */
struct ktcp_app_ops {
	const char *name;
	const char *congestion_control;
	u8 dscp;
	u32 user_timeout;
	int (*opened)(struct ktcp_conn *c);
	size_t (*data)(struct ktcp_conn *c, const u8 *buf, size_t len);
	size_t (*segment)(struct ktcp_conn *c, const struct sk_buff *skb,
			  unsigned int off, size_t len);
	void (*urgent)(struct ktcp_conn *c);
	void (*writable)(struct ktcp_conn *c);
	void (*peer_closed)(struct ktcp_conn *c);
	void (*timeout)(struct ktcp_conn *c);
	void (*trouble)(struct ktcp_conn *c, int error);
	void (*closed)(struct ktcp_conn *c, int error);
};

/**
 * ktcp_app_priv() - the application's private state in a connection
 * @c: the connection
 *
 * Return: KTCP_APP_PRIV_SIZE bytes, aligned for a u64.
 */
void *ktcp_app_priv(struct ktcp_conn *c);

/**
 * ktcp_blob_create() - make an immutable object that connections can send
 * @data: the bytes, copied
 * @len: how many, at least 1
 * @gfp: how to allocate
 *
 * The bytes live in pages of their own, so that a segment still queued in a
 * device may outlive the connection, the blob and the module.
 *
 * Return: the blob with one reference, or NULL when out of memory. Any context
 * that @gfp allows.
 */
struct ktcp_blob *ktcp_blob_create(const void *data, size_t len, gfp_t gfp);

/**
 * ktcp_blob_alloc() - the same, to be filled by the caller
 * @len: how many bytes, at least 1
 * @gfp: how to allocate
 *
 * Fill it through ktcp_blob_page() before it is sent for the first time.
 *
 * Return: the blob with one reference, or NULL when out of memory. Any context
 * that @gfp allows.
 */
struct ktcp_blob *ktcp_blob_alloc(u64 len, gfp_t gfp);

/**
 * ktcp_blob_page() - where a blob keeps its bytes
 * @b: the blob
 * @n: which page, from 0
 * @len: set to how many of its bytes are the blob's
 *
 * Return: the bytes. Any context.
 */
void *ktcp_blob_page(const struct ktcp_blob *b, unsigned long n, size_t *len);

/**
 * ktcp_blob_len() - how many bytes a blob has
 * @b: the blob
 *
 * Any context.
 */
u64 ktcp_blob_len(const struct ktcp_blob *b);

/**
 * ktcp_blob_get() - take one more reference
 * @b: the blob
 *
 * Any context.
 */
void ktcp_blob_get(struct ktcp_blob *b);

/**
 * ktcp_blob_put() - give back a reference
 * @b: the blob, or NULL
 *
 * Any context.
 */
void ktcp_blob_put(struct ktcp_blob *b);

/**
 * ktcp_send_blob() - owe the peer a part of a blob
 * @c: the connection
 * @b: the blob; a reference is taken until the bytes are acknowledged
 * @off: the first byte
 * @len: how many bytes; @off + @len must lie inside the blob
 *
 * Costs the same memory for any @len. Never copies.
 *
 * Return: 0, -ENOMEM (nothing was queued), -EMSGSIZE when more than 2^30 bytes
 * would be owed, or -EPIPE after ktcp_shutdown(). While ktcp_send_space() says
 * that there is room, KTCP_SEND_BLOB_MAX bytes fit, if no call owes more than that.
 */
int ktcp_send_blob(struct ktcp_conn *c, struct ktcp_blob *b, u64 off, u64 len);

#define KTCP_SEND_BLOB_MAX	(1U << 24)

/**
 * ktcp_send_copy() - owe the peer a few bytes, copied
 * @c: the connection
 * @buf: the bytes, such as a response header
 * @len: how many, at most KTCP_SEND_COPY_MAX
 *
 * However few, they count as a page (sysctl mem_mib_max) until they are acknowledged.
 *
 * Return: 0, -ENOMEM (nothing was queued), -EMSGSIZE when @len is too large,
 * or -EPIPE after ktcp_shutdown().
 */
int ktcp_send_copy(struct ktcp_conn *c, const void *buf, size_t len);

#define KTCP_SEND_COPY_MAX	4096

/**
 * ktcp_event_ns() - when the current event began
 * @c: the connection
 *
 * Return: as ktime_get_ns() has it; of data, when the segment was looked at.
 */
u64 ktcp_event_ns(const struct ktcp_conn *c);

/**
 * ktcp_send_page() - owe the peer bytes that lie in a page
 * @c: the connection
 * @page: the page, not of high memory, which gets references more, for as long as
 *	they may be sent again and for what has been sent, which may lie in a queue, or
 *	be a reader of this host's, after it was acknowledged. While page_ref_count()
 *	says that there are others than the caller's they must not change.
 * @off: where in it
 * @len: how many, up to its end
 *
 * Return: 0, -ENOMEM (nothing was queued), or -EPIPE after ktcp_shutdown().
 */
int ktcp_send_page(struct ktcp_conn *c, struct page *page, u32 off, u32 len);

/**
 * ktcp_send_copyv() - the same for bytes that lie in several places
 * @c: the connection
 * @vec: the places
 * @n: how many there are; KTCP_SEND_COPY_MAX bytes in all
 *
 * Return: as ktcp_send_copy().
 */
int ktcp_send_copyv(struct ktcp_conn *c, const struct kvec *vec, size_t n);

/**
 * ktcp_owed() - how much of what was sent or waits is not acknowledged
 * @c: the connection
 *
 * Return: bytes.
 */
u32 ktcp_owed(const struct ktcp_conn *c);

/**
 * ktcp_acked() - how much the peer has acknowledged
 * @c: the connection
 *
 * Tells a peer that takes nothing from one that is slow.
 *
 * Return: bytes, since the connection was opened.
 */
u64 ktcp_acked(const struct ktcp_conn *c);

/**
 * ktcp_send_space() - may more be owed now?
 * @c: the connection
 *
 * The send queue is bounded in extents. An application asks before it answers
 * one more request, and stops reading while there is no room.
 *
 * Return: how many more ktcp_send_blob() or ktcp_send_copy() calls there is
 * room for; after a 0, @writable will be called.
 */
unsigned int ktcp_send_space(struct ktcp_conn *c);

/**
 * ktcp_account() - the application holds memory because of what the peer did
 * @c: the connection
 * @bytes: so much more, or if negative so much less; none when @closed returns
 *
 * Counts towards the sysctl mem_mib_max.
 */
void ktcp_account(struct ktcp_conn *c, long bytes);

/**
 * ktcp_account_full() - is all that there may be in use?
 * @c: the connection
 *
 * Return: true when the application should hold nothing more for the peer, and
 * counted (MemRefused).
 */
bool ktcp_account_full(struct ktcp_conn *c);

/**
 * ktcp_read_more() - offer again what @data, or @segment, left behind
 * @c: the connection
 *
 * It is called when the current event is over, not from inside this call; after many
 * such calls in one event a tick later, if something was taken.
 */
void ktcp_read_more(struct ktcp_conn *c);

/**
 * ktcp_shutdown() - CLOSE of RFC 9293 3.10.4: FIN after all owed bytes
 * @c: the connection
 *
 * The other direction stays open: @data and @peer_closed still come.
 * A second call does nothing. In SYN_SENT there is no other direction: as
 * ktcp_abort(), in silence.
 */
void ktcp_shutdown(struct ktcp_conn *c);

/**
 * ktcp_close() - CLOSE, and no more interest in what the peer sends
 * @c: the connection
 *
 * As ktcp_shutdown(), but bytes that arrive from now on, and bytes left unread,
 * are answered with RST (RFC 9293 3.6.1). No event but @closed follows.
 */
void ktcp_close(struct ktcp_conn *c);

/**
 * ktcp_abort() - ABORT of RFC 9293 3.10.5: RST to the peer, all is forgotten
 * @c: the connection
 *
 * Takes effect when the current event is over; @closed follows then.
 */
void ktcp_abort(struct ktcp_conn *c);

/**
 * ktcp_set_timeout() - ask for @timeout
 * @c: the connection
 * @ms: from now, in milliseconds, 24 days at most; 0 cancels. A second call replaces
 *	the first.
 */
void ktcp_set_timeout(struct ktcp_conn *c, unsigned int ms);

/**
 * ktcp_send_urgent() - all that is owed by now is urgent (RFC 9293 3.8.5)
 * @c: the connection
 *
 * Only for protocols that cannot do without (RFC 6093 5): middleboxes take the
 * mark away, as a lack of memory does, and other hosts take the last byte out of
 * the stream.
 */
void ktcp_send_urgent(struct ktcp_conn *c);

/**
 * ktcp_urgent_left() - how much of what comes next is urgent (RFC 9293 3.8.5)
 * @c: the connection
 *
 * Return: bytes, from the first one that the application has not taken; in @data
 * counted from before the call. 0 if none is.
 */
u32 ktcp_urgent_left(struct ktcp_conn *c);

/**
 * ktcp_set_nodelay() - switch Nagle's algorithm off, or on (RFC 9293 3.7.4)
 * @c: the connection
 * @on: true: whatever is owed when an event is over leaves at once
 *
 * As a connection begins the algorithm is on, as Minshall refined it: what does
 * not fill a segment waits while another that was not full is unacknowledged.
 * Data before FIN never waits.
 */
void ktcp_set_nodelay(struct ktcp_conn *c, bool on);

/**
 * ktcp_set_dscp() - mark segments for Differentiated Services (RFC 2474)
 * @c: the connection
 * @dscp: code point of what leaves from now on, 0 to 63; more is cut off
 *
 * Better once, before there is data: what overtakes looks like loss (RFC 7657
 * 5.1). The ECN field beside it is TCP's own.
 */
void ktcp_set_dscp(struct ktcp_conn *c, u8 dscp);

/**
 * ktcp_set_keepalive() - ask an idle peer if it is there (RFC 9293 3.8.4)
 * @c: the connection
 * @on: off as a connection begins
 *
 * After keepalive_sec without a segment, and with nothing to be acknowledged,
 * every keepalive_interval_sec; @closed with -ETIMEDOUT, and a RST for the peer,
 * when keepalive_probes had no answer. Silence counts from this call on.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ktcp_set_keepalive(struct ktcp_conn *c, bool on);

/**
 * ktcp_set_user_timeout() - how long to wait for the peer (RFC 5482, 9293 3.10.8)
 * @c: the connection
 * @ms: so long may what is owed, or our SYN, stay without an ACK of anything
 *	new; then @closed comes with -ETIMEDOUT. A peer that answers probes of its
 *	closed window is there. 0, as a connection begins: the sysctls retries2
 *	and syn_retries say. At most KTCP_USER_TIMEOUT_MAX.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ktcp_set_user_timeout(struct ktcp_conn *c, unsigned int ms);

#define KTCP_USER_TIMEOUT_MAX	(24U * 60 * 60 * 1000)

/**
 * ktcp_advertise_user_timeout() - ask the peer for patience (RFC 5482)
 * @c: the connection
 * @sec: how long we may be out of reach: the user timeout option says so in our
 *	segments, until one of them is acknowledged. 0: no more.
 *
 * For one connection; user_timeout of struct ktcp_app_ops is for all, and in the
 * SYNs. From now on this end waits for the longest of @sec and what the peer says
 * likewise, within the sysctls user_timeout_min_sec and user_timeout_max_sec; unless
 * ktcp_set_user_timeout() says how long.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ktcp_advertise_user_timeout(struct ktcp_conn *c, unsigned int sec);

/**
 * ktcp_attach() - let an application of another module use a network namespace
 * @net: the namespace
 * @app: the application; tells one from another
 *
 * From here on ktcp looks at the segments of the namespace.
 *
 * Return: 0, -EINVAL when it names a congestion control that there is not,
 * -EEXIST when it is attached already, -ENOENT when the namespace goes away, or another negative errno. Process context; may sleep.
 */
int ktcp_attach(struct net *net, const struct ktcp_app_ops *app);

/**
 * ktcp_detach() - end all that an application has in a namespace
 * @net: the namespace
 * @app: the application; nothing happens if it is not attached
 *
 * Its ports are the host's again, its connections are reset. When this returns
 * every @closed has returned, and no event will come any more. A module calls it
 * for each namespace before it goes: from pernet_operations.pre_exit, which also
 * runs when a namespace goes away.
 *
 * Process context; may sleep. Not from an event.
 */
void ktcp_detach(struct net *net, const struct ktcp_app_ops *app);

/**
 * ktcp_listen() - passive OPEN of RFC 9293 3.10.1
 * @net: the namespace
 * @port: the local port, 1 to 65535
 * @app: the application, attached; gets @opened for each connection
 *
 * On every address of the namespace; see ktcp_listen_addr(). These ports are beside those of the sysctl
 * net.ktcp.ports, which neither shows nor removes them.
 *
 * Return: 0; -EINVAL (port 0), -ENETDOWN (not attached), -EADDRINUSE (taken, in
 * ktcp or by a socket of the host), -E2BIG (KTCP_PORTS_MAX), -ENOMEM. Process
 * context; may sleep.
 */
int ktcp_listen(struct net *net, u16 port, const struct ktcp_app_ops *app);

/**
 * ktcp_unlisten() - the end of ktcp_listen()
 * @net: the namespace
 * @port: the local port
 *
 * Connections that were accepted there are reset; every @closed has returned.
 *
 * Return: 0, or -ENOENT if no module listens there. Process context; may sleep.
 * Not from an event.
 */
int ktcp_unlisten(struct net *net, u16 port);

/**
 * ktcp_listen_addr() - the same on one of our addresses (RFC 9293 MUST-43)
 * @net: the namespace
 * @local: address and port, AF_INET or AF_INET6; an unspecified address is all of
 *	both families
 * @app: the application, attached
 *
 * The port may be another's on other addresses: the host's, the administrator's, a
 * module's. But one that is on all addresses is on no single one besides.
 *
 * Return: as ktcp_listen(); -EINVAL for a group of hosts or a link-local address,
 * too, -EADDRNOTAVAIL if the address is not ours, -EAFNOSUPPORT. Process context;
 * may sleep.
 */
int ktcp_listen_addr(struct net *net, const struct sockaddr_storage *local,
		     const struct ktcp_app_ops *app);

/**
 * ktcp_unlisten_addr() - the end of ktcp_listen_addr()
 * @net: the namespace
 * @local: the same address and port
 *
 * Otherwise as ktcp_unlisten().
 */
int ktcp_unlisten_addr(struct net *net, const struct sockaddr_storage *local);

/**
 * ktcp_connect() - active OPEN of RFC 9293 3.10.1
 * @net: the namespace
 * @remote: the peer, AF_INET or AF_INET6; a link-local address with its
 *	sin6_scope_id
 * @local: our end, or NULL. An unspecified address is replaced by the one that
 *	the route suggests, port 0 by one of port_min to port_max (RFC 6056 3.3.3)
 *	that is free for these two addresses and @remote's port. Any other port is
 *	taken as it is: the caller knows that the host's own TCP does not use it.
 * @app: the application, attached
 * @arg: stored as a pointer at the beginning of the private state
 *
 * The SYN has left when this returns. @opened follows when the connection is
 * ESTABLISHED, @closed when it is over, opened or not; either may come before
 * this returns. What is owed before @opened is sent then.
 *
 * Return: the connection, with a reference that ktcp_conn_put() gives back, or
 * an ERR_PTR, then there is no event: -ENETDOWN (not attached), -EAFNOSUPPORT,
 * -EINVAL (impossible address, or no port), -EADDRNOTAVAIL (@local is not ours,
 * no port is free, or both ends are the same), -EADDRINUSE (in use, or in
 * TIME_WAIT), -ENETUNREACH (a group of hosts, or no route) and other errors of
 * the route, -ENOBUFS (max_connections), -ENOMEM. Process context or softirq;
 * also from an event of another connection.
 */
struct ktcp_conn *ktcp_connect(struct net *net,
			       const struct sockaddr_storage *remote,
			       const struct sockaddr_storage *local,
			       const struct ktcp_app_ops *app, void *arg);

/**
 * ktcp_conn_net() - the network namespace of a connection
 * @c: the connection
 *
 * Return: the namespace, valid in an event.
 */
struct net *ktcp_conn_net(const struct ktcp_conn *c);

/**
 * ktcp_conn_get() - take a reference, to keep a connection for later
 * @c: the connection
 *
 * It keeps the memory, not the connection. In an event, or with a reference.
 */
void ktcp_conn_get(struct ktcp_conn *c);

/**
 * ktcp_conn_put() - give a reference back
 * @c: the connection
 *
 * All of them, before the application's module goes. Any context.
 */
void ktcp_conn_put(struct ktcp_conn *c);

/**
 * ktcp_conn_call() - make an event, to make calls from elsewhere
 * @c: the connection; the caller has a reference
 * @fn: called as any event is, connection locked and bottom halves disabled
 * @arg: for @fn
 *
 * What @fn owes is sent when it has returned.
 *
 * Return: 0, or -ENOTCONN without a call if the connection is over. Process
 * context or softirq, but not from an event: two connections that call each
 * other would wait for ever.
 */
int ktcp_conn_call(struct ktcp_conn *c,
		   void (*fn)(struct ktcp_conn *c, void *arg), void *arg);

#endif /* KTCP_APP_H */

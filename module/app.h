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
 */
#ifndef KTCP_APP_H
#define KTCP_APP_H

#include <linux/types.h>

struct ktcp_conn;
struct ktcp_blob;
struct page;

/** Bytes of private state that an application has in each connection. */
#define KTCP_APP_PRIV_SIZE	64

/**
 * struct ktcp_app_ops - the events of a connection
 * @name: what /proc/ktcp/listeners shows
 * @opened: the connection is ESTABLISHED; private state is zeroed. Return 0,
 *	or a negative errno to have the connection reset.
 * @data: @len bytes arrived in order. @buf is valid during the call only.
 *	Return how many were consumed, at most @len; TCP keeps the rest, lets the
 *	window shrink, and offers it again when more arrives or after
 *	ktcp_read_more(). Not called after @closed, nor after ktcp_close().
 * @writable: bytes that the application owes were acknowledged, and room came
 *	free; called only after ktcp_send_space() had returned 0.
 * @peer_closed: the peer sent FIN and every byte before it was consumed; called
 *	once. The application can go on sending.
 * @timeout: the time set with ktcp_set_timeout() is over.
 * @closed: the last event, exactly once for each successful @opened: both sides
 *	have closed (@error 0), or the peer reset (-ECONNRESET), gave no answer
 *	(-ETIMEDOUT), or the connection was aborted here (-ECONNABORTED). No call
 *	may be made on the connection from here on; free private state.
 *
 * All in softirq, connection locked, except that @closed may also come from
 * process context with bottom halves disabled when the module is unloaded.
 */
struct ktcp_app_ops {
	const char *name;
	int (*opened)(struct ktcp_conn *c);
	size_t (*data)(struct ktcp_conn *c, const u8 *buf, size_t len);
	void (*writable)(struct ktcp_conn *c);
	void (*peer_closed)(struct ktcp_conn *c);
	void (*timeout)(struct ktcp_conn *c);
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
 * ktcp_blob_put() - give back the reference that ktcp_blob_create() gave
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
 * Return: 0, -ENOMEM (nothing was queued), or -EPIPE after ktcp_shutdown().
 */
int ktcp_send_blob(struct ktcp_conn *c, struct ktcp_blob *b, u64 off, u64 len);

/**
 * ktcp_send_copy() - owe the peer a few bytes, copied
 * @c: the connection
 * @buf: the bytes, such as a response header
 * @len: how many, at most KTCP_SEND_COPY_MAX
 *
 * Return: 0, -ENOMEM (nothing was queued), -EMSGSIZE when @len is too large,
 * or -EPIPE after ktcp_shutdown().
 */
int ktcp_send_copy(struct ktcp_conn *c, const void *buf, size_t len);

#define KTCP_SEND_COPY_MAX	2048

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
 * ktcp_read_more() - offer again what @data left behind
 * @c: the connection
 *
 * @data is called when the current event is over, not from inside this call.
 */
void ktcp_read_more(struct ktcp_conn *c);

/**
 * ktcp_shutdown() - CLOSE of RFC 9293 3.10.4: FIN after all owed bytes
 * @c: the connection
 *
 * The other direction stays open: @data and @peer_closed still come.
 * A second call does nothing.
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
 * @ms: from now, in milliseconds; 0 cancels. A second call replaces the first.
 */
void ktcp_set_timeout(struct ktcp_conn *c, unsigned int ms);

#endif /* KTCP_APP_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * What ktcp is compared with to see the difference of TCP alone: a minimal HTTP
 * responder on the kernel's own sockets, from inside the kernel, and a sink.
 *
 * A thread a CPU does what its sockets' callbacks have put on its list. Requests
 * are read where they lie, responses sent with the lock held already. The sink
 * does without the thread: it discards in the callback.
 */
#include <linux/in6.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "bench.h"
#include "compat.h"

#define REQUEST		256	/* bytes of one, at most */
#define PENDING		32	/* requests read and not answered */
#define ANSWER		100	/* body of any other path */
#define BODY_ORDER	4	/* pages of bodies */
#define BODY_SIZE	(PAGE_SIZE << BODY_ORDER)
#define SERVICES	8

enum kind { HTTP, SINK, SILENT };

/*
 * struct object - a response
 * @path: where it is; NULL: everywhere else
 * @body: bytes of its body
 * @len: bytes of @text
 * @text: the header, and the body too if that is short
 */
struct object {
	const char *path;
	u32 body;
	u32 len;
	char text[512];
};

struct worker {
	struct task_struct *task;
	struct llist_head ready;
	struct list_head conns;
};

/*
 * struct end - a socket, listening or connected
 * @ready: on its worker's list
 * @list: of all of the worker
 * @worker: whose it is; of a listener, whoever is called
 * @queued: it is on @ready's list
 * @sock: the socket
 * @kind: of service
 * @object: what is being sent, or NULL
 * @sent: bytes of it so far
 * @close: and then no more
 * @bad: what came is no request
 * @len: bytes in @request
 * @n: requests in @pending
 * @pending: which objects they are for
 * @request: the beginning of one
 */
struct end {
	struct llist_node ready;
	struct list_head list;
	struct worker *worker;
	unsigned long queued;
	struct socket *sock;
	enum kind kind;
	const struct object *object;
	u64 sent;
	bool close;
	bool bad;
	u16 len;
	u8 n;
	u8 pending[PENDING];
	char request[REQUEST];
};

/* The second half are the same, for who asked to close. */
#define PATHS	4
static struct object objects[2 * PATHS] = {
	{ .path = "/16k ", .body = 16 << 10 },
	{ .path = "/1m ", .body = 1 << 20 },
	{ .path = "/1g ", .body = 1 << 30 },
	{ .body = ANSWER },
};

static struct end *services[SERVICES];
static struct worker __percpu *workers;
static struct page *body;

static void enqueue(struct end *e)
{
	struct worker *w = e->worker ?: this_cpu_ptr(workers);

	if (test_and_set_bit(0, &e->queued))
		return;
	if (llist_add(&e->ready, &w->ready))
		wake_up_process(w->task);
}

/* --- callbacks: softirq, the socket is locked --- */

static int discard(read_descriptor_t *desc, struct sk_buff *skb,
		   unsigned int off, size_t len)
{
	return len;
}

static void read_and_discard(struct sock *sk)
{
	read_descriptor_t desc = { .count = 1 };

	tcp_read_sock(sk, &desc, discard);
}

static void end_ready(struct sock *sk)
{
	struct end *e;

	read_lock_bh(&sk->sk_callback_lock);
	e = sk->sk_user_data;
	if (e && e->kind == SINK && !sock_owned_by_user_nocheck(sk) &&
	    !(sk->sk_shutdown & RCV_SHUTDOWN))
		read_and_discard(sk);
	else if (e)
		enqueue(e);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void end_write_space(struct sock *sk)
{
	if (!sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	end_ready(sk);
}

/* what a listener's children inherit says nothing about them */
static void listener_ready(struct sock *sk)
{
	struct end *e;

	if (sk->sk_state != TCP_LISTEN)
		return;
	read_lock_bh(&sk->sk_callback_lock);
	e = sk->sk_user_data;
	if (e)
		enqueue(e);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* --- the worker --- */

/* bytes of the header in @e's request, or 0 if its end is not there yet */
static u32 header_end(const struct end *e)
{
	const char *at = e->request, *end = at + e->len;

	while ((at = memchr(at, '\n', end - at)) && at + 3 <= end) {
		if (at[1] == '\r' && at[2] == '\n')
			return at + 3 - e->request;
		at++;
	}
	return 0;
}

static int find(const char *path)
{
	const struct object *o = objects;

	while (o->path && strncmp(path, o->path, strlen(o->path)))
		o++;
	return o - objects;
}

/* One more request: what a segment begins or ends may be a part of it. */
static int take(read_descriptor_t *desc, struct sk_buff *skb, unsigned int off,
		size_t len)
{
	struct end *e = desc->arg.data;
	u32 had = e->len, header;

	if (e->n == PENDING || e->bad || e->close)
		return 0;
	len = min_t(size_t, len, REQUEST - had);
	if (skb_copy_bits(skb, off, e->request + had, len))
		return -EFAULT;
	e->len += len;
	header = header_end(e);
	if (!header) {
		e->bad = e->len == REQUEST;
		return len;
	}
	e->bad = !strstarts(e->request, "GET ");
	e->close = strnstr(e->request, "\nConnection: close\r", header);
	e->pending[e->n++] = find(e->request + 4) + (e->close ? PATHS : 0);
	e->len = 0;
	return header - had;
}

/* more of the response; 0 when that is all, or a negative errno */
static int send_some(struct end *e, int more)
{
	const struct object *o = e->object;
	u64 total = o->body > ANSWER ? (u64)o->len + o->body : o->len;
	struct sock *sk = e->sock->sk;
	int flags, n;
	u32 off;

	while (e->sent < total) {
		flags = MSG_DONTWAIT | MSG_NOSIGNAL;
		if (e->sent < o->len) {
			struct kvec vec = {
				(char *)o->text + e->sent, o->len - e->sent
			};
			struct msghdr msg = { };

			msg.msg_flags = flags | (o->len < total ? MSG_MORE : more);
			iov_iter_kvec(&msg.msg_iter, WRITE, &vec, 1, vec.iov_len);
			n = tcp_sendmsg_locked(sk, &msg, vec.iov_len);
		} else {
			off = (e->sent - o->len) % BODY_SIZE;
			n = min_t(u64, BODY_SIZE - off, total - e->sent);
			flags |= e->sent + n < total ? MSG_MORE : more;
			n = bench_send_page(sk, body, off, n, flags);
		}
		if (n <= 0)
			return n ?: -EAGAIN;
		e->sent += n;
	}
	e->object = NULL;
	return 0;
}

/* the responses to all that has been read */
static int answer(struct end *e)
{
	int err, i = 0;

	while (e->object || i < e->n) {
		if (!e->object) {
			e->object = &objects[e->pending[i++]];
			e->sent = 0;
		}
		err = send_some(e, i < e->n ? MSG_MORE : 0);
		if (err)
			break;
	}
	e->n -= i;
	memmove(e->pending, e->pending + i, e->n);
	return e->object ? err : 0;
}

/* whatever can be done now; false when that was all */
static bool serve(struct end *e)
{
	struct sock *sk = e->sock->sk;
	int err, n;

	if (e->kind == SINK) {
		read_and_discard(sk);
		return !(sk->sk_shutdown & RCV_SHUTDOWN);
	}
	do {
		read_descriptor_t desc = { .count = 1, .arg.data = e };

		err = answer(e);
		if (err)
			return err == -EAGAIN;
		if (e->close || e->bad)
			return false;
		n = tcp_read_sock(sk, &desc, take);
	} while (n > 0);
	return !(sk->sk_shutdown & RCV_SHUTDOWN);
}

static void end_free(struct end *e)
{
	struct sock *sk = e->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	write_unlock_bh(&sk->sk_callback_lock);
	/* nobody puts it on the list any more; take it off */
	sock_release(e->sock);
	list_del(&e->list);
	kfree(e);
}

static void accept_one(struct end *listener, struct socket *sock)
{
	struct end *e = kzalloc(sizeof(*e), GFP_KERNEL);
	struct sock *sk = sock->sk;

	if (!e) {
		sock_release(sock);
		return;
	}
	e->worker = this_cpu_ptr(workers);
	e->kind = listener->kind;
	e->sock = sock;
	list_add(&e->list, &e->worker->conns);
	tcp_sock_set_nodelay(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = e;
	sk->sk_data_ready = end_ready;
	sk->sk_state_change = end_ready;
	sk->sk_write_space = end_write_space;
	write_unlock_bh(&sk->sk_callback_lock);
	enqueue(e);		/* something may be there already */
}

static void work(struct end *e)
{
	struct socket *sock;
	bool more;

	clear_bit(0, &e->queued);
	smp_mb__after_atomic();	/* what comes from here on puts it there again */
	if (!e->worker) {
		while (!kernel_accept(e->sock, &sock, O_NONBLOCK))
			accept_one(e, sock);
		return;
	}
	lock_sock(e->sock->sk);
	more = serve(e);
	release_sock(e->sock->sk);
	/* what has put it on the list again meanwhile sees to it then */
	if (!more && !test_and_set_bit(0, &e->queued))
		end_free(e);
	else if (!more)
		e->close = true;
}

static int worker_run(void *data)
{
	struct worker *w = data;
	struct end *e, *tmp;

	for (;;) {
		struct llist_node *list;

		set_current_state(TASK_IDLE);
		list = llist_del_all(&w->ready);
		if (!list) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		list = llist_reverse_order(list);
		llist_for_each_entry_safe(e, tmp, list, ready)
			work(e);
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	list_for_each_entry_safe(e, tmp, &w->conns, list)
		end_free(e);
	return 0;
}

/* --- from control.c --- */

static void fill_objects(void)
{
	struct object *o;
	int i;

	memset(page_address(body), 'k', BODY_SIZE);
	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		o = &objects[i];
		o->body = objects[i % PATHS].body;
		o->len = scnprintf(o->text, sizeof(o->text),
				   "HTTP/1.1 200 OK\r\nServer: khttp\r\n"
				   "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Length: %u\r\n%s\r\n", o->body,
				   i < PATHS ? "" : "Connection: close\r\n");
		if (o->body > ANSWER)
			continue;
		memset(o->text + o->len, 'k', o->body);
		o->len += o->body;
	}
}

static int start_workers(void)
{
	int cpu;

	if (workers)
		return 0;
	body = alloc_pages(GFP_KERNEL | __GFP_COMP, BODY_ORDER);
	workers = alloc_percpu(struct worker);
	if (!body || !workers)
		return -ENOMEM;
	fill_objects();
	for_each_online_cpu(cpu) {
		struct worker *w = per_cpu_ptr(workers, cpu);
		struct task_struct *t;

		init_llist_head(&w->ready);
		INIT_LIST_HEAD(&w->conns);
		t = kthread_create_on_cpu(worker_run, w, cpu, "khttp/%u");
		if (IS_ERR(t))
			return PTR_ERR(t);
		w->task = t;
		wake_up_process(t);
	}
	return 0;
}

static int start_listener(struct end *e, int family, int port)
{
	struct sockaddr_in6 addr6 = { AF_INET6, htons(port) };
	struct sockaddr_in addr4 = { AF_INET, htons(port) };
	struct sock *sk;
	int err;

	err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP,
			       &e->sock);
	if (err)
		return err;
	sk = e->sock->sk;
	sk->sk_ipv6only = family == AF_INET6;
	sock_set_reuseaddr(sk);
	if (e->kind != SILENT) {
		sk->sk_user_data = e;
		sk->sk_data_ready = listener_ready;
	}
	if (family == AF_INET)
		err = bench_bind(e->sock, &addr4, sizeof(addr4));
	else
		err = bench_bind(e->sock, &addr6, sizeof(addr6));
	err = err ?: kernel_listen(e->sock, 1 << 20);
	if (err)
		sock_release(e->sock);
	return err;
}

static int start(enum kind kind, int family, int port)
{
	int err = start_workers(), i;
	struct end *e;

	for (i = 0; !err && services[i]; i++)
		if (i + 1 == SERVICES)
			return -ENOSPC;
	if (err)
		return err;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->kind = kind;
	err = start_listener(e, family, port);
	if (err)
		kfree(e);
	else
		services[i] = e;
	return err;
}

static int start_both(enum kind kind, int port)
{
	return start(kind, AF_INET, port) ?: start(kind, AF_INET6, port);
}

/**
 * bench_khttp() - have the responder listen
 * @port: where, on IPv4 and IPv6
 *
 * Return: 0 or a negative errno. Process context.
 */
int bench_khttp(int port)
{
	return start_both(HTTP, port);
}

/**
 * bench_sink() - have what discards listen
 * @port: where, on IPv4 and IPv6
 *
 * Return: 0 or a negative errno. Process context.
 */
int bench_sink(int port)
{
	return start_both(SINK, port);
}

/**
 * bench_listen() - a listener whose connections nobody accepts
 * @port: where, on IPv4 and IPv6
 *
 * Return: 0 or a negative errno. Process context.
 */
int bench_listen(int port)
{
	return start_both(SILENT, port);
}

/**
 * bench_khttp_stop() - all of these end, and their connections
 */
void bench_khttp_stop(void)
{
	struct sock *sk;
	int i, cpu;

	for (i = 0; i < SERVICES && services[i]; i++) {
		sk = services[i]->sock->sk;
		write_lock_bh(&sk->sk_callback_lock);
		sk->sk_user_data = NULL;
		write_unlock_bh(&sk->sk_callback_lock);
	}
	if (workers)
		for_each_online_cpu(cpu)
			if (per_cpu_ptr(workers, cpu)->task)
				kthread_stop(per_cpu_ptr(workers, cpu)->task);
	for (i = 0; i < SERVICES && services[i]; i++) {
		sock_release(services[i]->sock);
		kfree(services[i]);
		services[i] = NULL;
	}
	free_percpu(workers);
	workers = NULL;
	if (body)
		__free_pages(body, BODY_ORDER);
	body = NULL;
}

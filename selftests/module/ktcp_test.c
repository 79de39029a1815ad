// SPDX-License-Identifier: GPL-2.0
/*
 * ktcp_test: the small services on ktcp, and connections to others' (RFC 862
 * echo, RFC 863 discard, RFC 864 chargen).
 *
 * /proc/ktcp_test acts in the network namespace of who opens it. A line written
 * is a command:
 *
 *   listen SERVICE [PORT [ADDR]]         serve; the port is the parameter's
 *   unlisten PORT [ADDR]
 *   connect ADDR PORT SERVICE [LPORT [LADDR]]
 *                                        open; what comes is echoed or discarded;
 *                                        redial opens the next when it ends, reno
 *                                        has the congestion control newreno,
 *                                        nocc one that there is not; marked
 *                                        has DSCP 46, patient says that it
 *                                        waits for 300 seconds, gulp takes
 *                                        3000 bytes of a segment at a time,
 *                                        and mirror echoes as many
 *   send ID N                            owe N bytes, also before it is open
 *   shutdown ID | close ID | abort ID    the calls of app.h
 *   urgent ID                            what is owed by now is urgent
 *   more ID                              it takes more: sip a byte each time
 *   uto ID SEC                           advertise a user timeout
 *   nodelay ID 0|1 | keepalive ID 0|1 | user_timeout ID MS | dscp ID N
 *   clear                                forget the events
 *
 * An error is the write's errno. Connections are numbered from 1 as they are
 * opened, from either side. What is read is the last LINES_MAX events, a line
 * each: "ID opened", "ID data LEN", "ID peer_closed", "ID closed ERRNO",
 * "ID urgent LEFT", "ID trouble ERRNO".
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "app.h"

#define LINES_MAX	256
#define CONNS_MAX	1024	/* a namespace */
#define COMMAND_MAX	128
#define PATTERN_LEN	65536
#define GULP_MAX	3000

enum service { ECHO, DISCARD, CHARGEN, REDIAL, RENO, NOCC, MARKED, PATIENT,
	       SIP, GULP, MIRROR, SERVICES };

static ushort port[SERVICES] = { 7, 9, 19 };
module_param_array(port, ushort, NULL, 0444);
MODULE_PARM_DESC(port, "ports of echo, discard and chargen (default 7,9,19)");

/*
 * struct line - an event
 * @id: of the connection
 * @what: its name
 * @value: length or errno, shown if @valued
 */
struct line {
	u32 id;
	const char *what;
	int value;
	bool valued;
};

/*
 * struct test_net - what is there per network namespace
 * @lock: guards all of it
 * @conns: open connections
 * @nr_conns: how many
 * @last_id: of the last one
 * @nr_lines: events since the beginning, or the last clear
 * @lines: the last of them
 */
struct test_net {
	spinlock_t lock;
	struct list_head conns;
	unsigned int nr_conns;
	u32 last_id;
	unsigned int nr_lines;
	struct line lines[LINES_MAX];
};

/*
 * struct test_conn - a connection
 * @ref: one until @closed, one while ktcp_connect() is under way
 * @list: in the namespace's list
 * @tn: the namespace
 * @c: TCP's part of it, referenced; NULL until ktcp_connect() has returned
 * @id: its number
 * @service: what it does
 * @active: opened from here
 * @remote: to there
 * @owed: bytes to be sent yet
 * @sent: bytes queued so far
 */
struct test_conn {
	struct kref ref;
	struct list_head list;
	struct test_net *tn;
	struct ktcp_conn *c;
	u32 id;
	enum service service;
	bool active;
	struct sockaddr_storage remote;
	u64 owed;
	u64 sent;
};

static unsigned int test_net_id;
static struct ktcp_blob *pattern;

static struct test_net *test_net(const struct net *net)
{
	return net_generic(net, test_net_id);
}

static struct test_conn *test_conn(struct ktcp_conn *c)
{
	return *(struct test_conn **)ktcp_app_priv(c);
}

static void test_conn_free(struct kref *ref)
{
	struct test_conn *t = container_of(ref, struct test_conn, ref);

	if (t->c)
		ktcp_conn_put(t->c);
	kfree(t);
}

static void add_line(struct test_conn *t, const char *what, int value,
		     bool valued)
{
	struct test_net *tn = t->tn;

	spin_lock_bh(&tn->lock);
	tn->lines[tn->nr_lines++ % LINES_MAX] = (struct line){
		.id = t->id, .what = what, .value = value, .valued = valued,
	};
	spin_unlock_bh(&tn->lock);
}

static struct test_conn *test_conn_new(struct test_net *tn,
				       enum service service, gfp_t gfp)
{
	struct test_conn *t = kzalloc(sizeof(*t), gfp);

	if (!t)
		return NULL;
	kref_init(&t->ref);
	t->tn = tn;
	t->service = service;
	spin_lock_bh(&tn->lock);
	if (tn->nr_conns == CONNS_MAX) {
		spin_unlock_bh(&tn->lock);
		kfree(t);
		return NULL;
	}
	tn->nr_conns++;
	t->id = ++tn->last_id;
	list_add_tail(&t->list, &tn->conns);
	spin_unlock_bh(&tn->lock);
	return t;
}

/* The connection is over, or never was. */
static void test_conn_end(struct test_conn *t)
{
	spin_lock_bh(&t->tn->lock);
	list_del(&t->list);
	t->tn->nr_conns--;
	spin_unlock_bh(&t->tn->lock);
	kref_put(&t->ref, test_conn_free);
}

static const struct ktcp_app_ops services[SERVICES];
static int dial(struct net *net, enum service service,
		const struct sockaddr_storage *remote,
		const struct sockaddr_storage *local, gfp_t gfp);

/* Queue what is owed, as far as there is room; chargen owes without end. */
static void push(struct ktcp_conn *c, struct test_conn *t)
{
	while ((t->owed || t->service == CHARGEN) && ktcp_send_space(c)) {
		u64 off = t->sent % PATTERN_LEN, n = PATTERN_LEN - off;

		if (t->service != CHARGEN)
			n = min(n, t->owed);
		if (ktcp_send_blob(c, pattern, off, n)) {
			t->owed = 0;
			return;
		}
		t->sent += n;
		t->owed -= min(n, t->owed);
	}
}

static int opened(struct ktcp_conn *c, enum service service)
{
	struct test_conn *t = test_conn(c);

	if (!t) {
		t = test_conn_new(test_net(ktcp_conn_net(c)), service,
				  GFP_ATOMIC);
		if (!t)
			return -ENOMEM;
		ktcp_conn_get(c);
		t->c = c;
		*(struct test_conn **)ktcp_app_priv(c) = t;
	}
	add_line(t, "opened", 0, false);
	push(c, t);
	return 0;
}

static int echo_opened(struct ktcp_conn *c)
{
	return opened(c, ECHO);
}

static int discard_opened(struct ktcp_conn *c)
{
	return opened(c, DISCARD);
}

static int chargen_opened(struct ktcp_conn *c)
{
	return opened(c, CHARGEN);
}

static int redial_opened(struct ktcp_conn *c)
{
	return opened(c, REDIAL);
}

static int nocc_opened(struct ktcp_conn *c)
{
	return opened(c, NOCC);
}

static int reno_opened(struct ktcp_conn *c)
{
	return opened(c, RENO);
}

static int marked_opened(struct ktcp_conn *c)
{
	return opened(c, MARKED);
}

static int patient_opened(struct ktcp_conn *c)
{
	return opened(c, PATIENT);
}

static int sip_opened(struct ktcp_conn *c)
{
	return opened(c, SIP);
}

static int gulp_opened(struct ktcp_conn *c)
{
	return opened(c, GULP);
}

static int mirror_opened(struct ktcp_conn *c)
{
	return opened(c, MIRROR);
}

static size_t echo(struct ktcp_conn *c, const u8 *buf, size_t len)
{
	size_t used = 0;

	while (used < len && ktcp_send_space(c)) {
		size_t n = min_t(size_t, len - used, KTCP_SEND_COPY_MAX);
		int err = ktcp_send_copy(c, buf + used, n);

		if (err == -EPIPE)
			return len;
		if (err) {
			ktcp_abort(c);
			return len;
		}
		used += n;
	}
	return used;
}

static size_t data(struct ktcp_conn *c, const u8 *buf, size_t len)
{
	struct test_conn *t = test_conn(c);
	size_t used = t->service == ECHO ? echo(c, buf, len) :
		      t->service == SIP ? 1 : len;

	if (used)
		add_line(t, "data", used, true);
	return used;
}

static size_t discard(struct ktcp_conn *c, const struct sk_buff *skb,
		      unsigned int off, size_t len)
{
	add_line(test_conn(c), "data", len, true);
	return len;
}

static size_t gulp(struct ktcp_conn *c, const struct sk_buff *skb,
		   unsigned int off, size_t len)
{
	len = min_t(size_t, len, GULP_MAX);
	add_line(test_conn(c), "data", len, true);
	ktcp_read_more(c);
	return len;
}

/* A part of it, wherever that lies. */
static size_t mirror(struct ktcp_conn *c, const struct sk_buff *skb,
		     unsigned int off, size_t len)
{
	size_t n = min_t(size_t, len, GULP_MAX), used = len;
	u8 *buf = kmalloc(n, GFP_ATOMIC);

	if (buf && !skb_copy_bits(skb, off, buf, n))
		used = echo(c, buf, n);
	else
		ktcp_abort(c);
	kfree(buf);
	if (used)
		add_line(test_conn(c), "data", used, true);
	if (used == n)
		ktcp_read_more(c);
	return used;
}

static void urgent(struct ktcp_conn *c)
{
	add_line(test_conn(c), "urgent", ktcp_urgent_left(c), true);
}

static void writable(struct ktcp_conn *c)
{
	push(c, test_conn(c));
	ktcp_read_more(c);
}

static void peer_closed(struct ktcp_conn *c)
{
	struct test_conn *t = test_conn(c);

	add_line(t, "peer_closed", 0, false);
	if (t->service == REDIAL && t->active)
		dial(ktcp_conn_net(c), t->service, &t->remote, NULL,
		     GFP_ATOMIC);
	if (!t->active)
		ktcp_close(c);
}

static void timeout(struct ktcp_conn *c)
{
}

static void trouble(struct ktcp_conn *c, int error)
{
	add_line(test_conn(c), "trouble", error, true);
}

static void closed(struct ktcp_conn *c, int error)
{
	struct test_conn *t = test_conn(c);

	add_line(t, "closed", error, true);
	test_conn_end(t);
}

/* @closed may have been called before ktcp_connect() returns. */
static int dial(struct net *net, enum service service,
		const struct sockaddr_storage *remote,
		const struct sockaddr_storage *local, gfp_t gfp)
{
	struct test_conn *t = test_conn_new(test_net(net), service, gfp);
	struct ktcp_conn *c;

	if (!t)
		return -ENOMEM;
	t->active = true;
	t->remote = *remote;
	kref_get(&t->ref);
	c = ktcp_connect(net, remote, local, &services[service], t);
	if (IS_ERR(c)) {
		test_conn_end(t);
	} else {
		spin_lock_bh(&t->tn->lock);
		t->c = c;
		spin_unlock_bh(&t->tn->lock);
	}
	kref_put(&t->ref, test_conn_free);
	return PTR_ERR_OR_ZERO(c);
}

static const struct ktcp_app_ops services[SERVICES] = {
#define SERVICE(service, cc, mark, wait, ...) {				\
	.name = #service,						\
	.congestion_control = cc,					\
	.dscp = mark,							\
	.user_timeout = wait,						\
	.opened = service##_opened,					\
	.data = data,							\
	.urgent = urgent,						\
	.writable = writable,						\
	.peer_closed = peer_closed,					\
	.timeout = timeout,						\
	.trouble = trouble,						\
	.closed = closed,						\
	__VA_ARGS__							\
}
	[ECHO] = SERVICE(echo, NULL, 0, 0),
	[DISCARD] = SERVICE(discard, NULL, 0, 0, .segment = discard),
	[CHARGEN] = SERVICE(chargen, NULL, 0, 0),
	[REDIAL] = SERVICE(redial, NULL, 0, 0),
	[RENO] = SERVICE(reno, "newreno", 0, 0),
	[NOCC] = SERVICE(nocc, "nocc", 0, 0),
	[MARKED] = SERVICE(marked, NULL, 46, 0),
	[PATIENT] = SERVICE(patient, NULL, 0, 300),
	[SIP] = SERVICE(sip, NULL, 0, 0),
	[GULP] = SERVICE(gulp, NULL, 0, 0, .segment = gulp),
	[MIRROR] = SERVICE(mirror, NULL, 0, 0, .segment = mirror),
};

static int find_service(const char *name)
{
	int i;

	for (i = 0; i < SERVICES; i++)
		if (!strcmp(services[i].name, name))
			return i;
	return -EINVAL;
}

static int attach(struct net *net, int service)
{
	int err = ktcp_attach(net, &services[service]);

	return err == -EEXIST ? 0 : err;
}

static int get_addr(const char *text, u16 number, struct sockaddr_storage *ss)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)ss;
	const char *end;

	memset(ss, 0, sizeof(*ss));
	if (in4_pton(text, -1, (u8 *)&a4->sin_addr, -1, NULL)) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(number);
	} else if (in6_pton(text, -1, (u8 *)&a6->sin6_addr, '%', &end)) {
		if (*end && kstrtou32(end + 1, 10, &a6->sin6_scope_id))
			return -EINVAL;
		a6->sin6_family = AF_INET6;
		a6->sin6_port = htons(number);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int do_connect(struct net *net, const char *addr, u16 rport,
		      int service, const char *laddr, u16 lport)
{
	struct sockaddr_storage remote, local;
	int err = get_addr(addr, rport, &remote);

	if (!*laddr)
		laddr = remote.ss_family == AF_INET ? "0.0.0.0" : "::";
	if (!err)
		err = get_addr(laddr, lport, &local);
	if (!err)
		err = attach(net, service);
	return err ?: dial(net, service, &remote, &local, GFP_KERNEL);
}

static void do_send(struct ktcp_conn *c, void *arg)
{
	struct test_conn *t = test_conn(c);

	t->owed += *(unsigned int *)arg;
	push(c, t);
}

static void do_shutdown(struct ktcp_conn *c, void *arg)
{
	ktcp_shutdown(c);
}

static void do_close(struct ktcp_conn *c, void *arg)
{
	ktcp_close(c);
}

static void do_abort(struct ktcp_conn *c, void *arg)
{
	ktcp_abort(c);
}

static void do_nodelay(struct ktcp_conn *c, void *arg)
{
	ktcp_set_nodelay(c, *(unsigned int *)arg);
}

static void do_keepalive(struct ktcp_conn *c, void *arg)
{
	ktcp_set_keepalive(c, *(unsigned int *)arg);
}

static void do_user_timeout(struct ktcp_conn *c, void *arg)
{
	ktcp_set_user_timeout(c, *(unsigned int *)arg);
}

static void do_uto(struct ktcp_conn *c, void *arg)
{
	ktcp_advertise_user_timeout(c, *(unsigned int *)arg);
}

static void do_dscp(struct ktcp_conn *c, void *arg)
{
	ktcp_set_dscp(c, *(unsigned int *)arg);
}

static void do_more(struct ktcp_conn *c, void *arg)
{
	ktcp_read_more(c);
}

static void do_urgent(struct ktcp_conn *c, void *arg)
{
	ktcp_send_urgent(c);
}

static int do_call(struct test_net *tn, u32 id,
		   void (*fn)(struct ktcp_conn *c, void *arg), void *arg)
{
	struct ktcp_conn *c = NULL;
	struct test_conn *t;
	int err;

	spin_lock_bh(&tn->lock);
	list_for_each_entry(t, &tn->conns, list) {
		if (t->id != id || !t->c)
			continue;
		c = t->c;
		ktcp_conn_get(c);
		break;
	}
	spin_unlock_bh(&tn->lock);
	if (!c)
		return -ENOENT;
	err = ktcp_conn_call(c, fn, arg);
	ktcp_conn_put(c);
	return err;
}

static void clear(struct test_net *tn)
{
	spin_lock_bh(&tn->lock);
	tn->nr_lines = 0;
	spin_unlock_bh(&tn->lock);
}

/* ktcp_listen(), or at an address ktcp_listen_addr(). */
static int do_listen(struct net *net, int service, const char *addr, u16 number)
{
	struct sockaddr_storage local;
	int err = attach(net, service);

	if (err || !*addr)
		return err ?: ktcp_listen(net, number, &services[service]);
	err = get_addr(addr, number, &local);
	return err ?: ktcp_listen_addr(net, &local, &services[service]);
}

static int do_unlisten(struct net *net, const char *addr, u16 number)
{
	struct sockaddr_storage local;
	int err;

	if (!*addr)
		return ktcp_unlisten(net, number);
	err = get_addr(addr, number, &local);
	return err ?: ktcp_unlisten_addr(net, &local);
}

static int command(struct net *net, const char *line)
{
	struct test_net *tn = test_net(net);
	unsigned int id, n, number, lport = 0;
	char name[16], addr[48] = "", laddr[48] = "";
	int service, words;

	words = sscanf(line, "listen %15s %u %47s", name, &number, addr);
	if (words >= 1) {
		service = find_service(name);
		return service < 0 ? service :
		       do_listen(net, service, addr,
				 words >= 2 ? number : port[service]);
	}
	if (sscanf(line, "connect %47s %u %15s %u %47s", addr, &number, name,
		   &lport, laddr) >= 3) {
		service = find_service(name);
		return service < 0 ? service :
		       do_connect(net, addr, number, service, laddr, lport);
	}
	if (sscanf(line, "unlisten %u %47s", &number, addr) >= 1)
		return do_unlisten(net, addr, number);
	if (sscanf(line, "send %u %u", &id, &n) == 2)
		return do_call(tn, id, do_send, &n);
	if (sscanf(line, "more %u", &id) == 1)
		return do_call(tn, id, do_more, NULL);
	if (sscanf(line, "urgent %u", &id) == 1)
		return do_call(tn, id, do_urgent, NULL);
	if (sscanf(line, "nodelay %u %u", &id, &n) == 2)
		return do_call(tn, id, do_nodelay, &n);
	if (sscanf(line, "keepalive %u %u", &id, &n) == 2)
		return do_call(tn, id, do_keepalive, &n);
	if (sscanf(line, "user_timeout %u %u", &id, &n) == 2)
		return do_call(tn, id, do_user_timeout, &n);
	if (sscanf(line, "uto %u %u", &id, &n) == 2)
		return do_call(tn, id, do_uto, &n);
	if (sscanf(line, "dscp %u %u", &id, &n) == 2)
		return do_call(tn, id, do_dscp, &n);
	if (sscanf(line, "shutdown %u", &id) == 1)
		return do_call(tn, id, do_shutdown, NULL);
	if (sscanf(line, "close %u", &id) == 1)
		return do_call(tn, id, do_close, NULL);
	if (sscanf(line, "abort %u", &id) == 1)
		return do_call(tn, id, do_abort, NULL);
	if (strcmp(line, "clear"))
		return -EINVAL;
	clear(tn);
	return 0;
}

static ssize_t test_write(struct file *file, const char __user *buf,
			  size_t len, loff_t *ppos)
{
	char line[COMMAND_MAX];
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, len))
		return -EFAULT;
	line[len] = '\0';
	err = command(current->nsproxy->net_ns, strim(line));
	return err ?: len;
}

static int test_show(struct seq_file *m, void *v)
{
	struct test_net *tn = test_net(current->nsproxy->net_ns);
	unsigned int i;

	spin_lock_bh(&tn->lock);
	i = tn->nr_lines > LINES_MAX ? tn->nr_lines - LINES_MAX : 0;
	for (; i < tn->nr_lines; i++) {
		const struct line *line = &tn->lines[i % LINES_MAX];

		seq_printf(m, "%u %s", line->id, line->what);
		if (line->valued)
			seq_printf(m, " %d", line->value);
		seq_putc(m, '\n');
	}
	spin_unlock_bh(&tn->lock);
	return 0;
}

static int test_open(struct inode *inode, struct file *file)
{
	return single_open(file, test_show, NULL);
}

static const struct proc_ops test_proc_ops = {
	.proc_open = test_open,
	.proc_read = seq_read,
	.proc_write = test_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __net_init test_net_init(struct net *net)
{
	struct test_net *tn = test_net(net);

	spin_lock_init(&tn->lock);
	INIT_LIST_HEAD(&tn->conns);
	return 0;
}

/* The namespace goes away, or the module does. */
static void __net_exit test_net_pre_exit(struct net *net)
{
	int i;

	for (i = 0; i < SERVICES; i++)
		ktcp_detach(net, &services[i]);
	WARN_ON(test_net(net)->nr_conns);
}

static struct pernet_operations test_net_ops = {
	.init = test_net_init,
	.pre_exit = test_net_pre_exit,
	.id = &test_net_id,
	.size = sizeof(struct test_net),
};

/* RFC 864, the text that most write: lines of 72 characters that walk on. */
static struct ktcp_blob *make_pattern(void)
{
	struct ktcp_blob *blob;
	u8 *text = kvmalloc(PATTERN_LEN, GFP_KERNEL);
	unsigned int i;

	if (!text)
		return NULL;
	for (i = 0; i < PATTERN_LEN; i++) {
		unsigned int line = i / 74, col = i % 74;

		text[i] = col < 72 ? ' ' + (line + col) % 95 :
			  col == 72 ? '\r' : '\n';
	}
	blob = ktcp_blob_create(text, PATTERN_LEN, GFP_KERNEL);
	kvfree(text);
	return blob;
}

static int __init test_init(void)
{
	int err = -ENOMEM;

	pattern = make_pattern();
	if (!pattern)
		return err;
	err = register_pernet_subsys(&test_net_ops);
	if (err)
		goto err_pattern;
	err = -ENOMEM;
	if (!proc_create("ktcp_test", 0600, NULL, &test_proc_ops))
		goto err_net;
	return 0;

err_net:
	unregister_pernet_subsys(&test_net_ops);
err_pattern:
	ktcp_blob_put(pattern);
	return err;
}

/* No command is under way any more, then no event. */
static void __exit test_exit(void)
{
	remove_proc_entry("ktcp_test", NULL);
	unregister_pernet_subsys(&test_net_ops);
	ktcp_blob_put(pattern);
}

module_init(test_init);
module_exit(test_exit);

MODULE_DESCRIPTION("echo, discard and chargen on ktcp, for its tests");
MODULE_AUTHOR("The ktcp authors");
MODULE_LICENSE("GPL");

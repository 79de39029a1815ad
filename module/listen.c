// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners, and the backlog of requests (SYN_RECV).
 *
 * The set of ports is replaced as a whole: whoever looks sees the old one or
 * the new one. A request is a small object that turns into a connection when
 * the third segment of the handshake comes. A SYN that is answered with a
 * cookie (cookie.c) leaves nothing here, and its third segment brings it back.
 */
#include <linux/export.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/net.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "cc.h"
#include "compat.h"
#include "conn.h"
#include "connect.h"
#include "cookie.h"
#include "divert.h"
#include "http/http.h"
#include "input.h"
#include "ip.h"
#include "listen.h"
#include "mem.h"
#include "output.h"
#include "recovery.h"
#include "row.h"
#include "skb.h"
#include "table.h"
#include "timers.h"
#include "trace.h"

/* What a request takes. */
#define REQUEST_MEM	((long)(sizeof(struct ktcp_request) + KTCP_MEM_TABLE))

static struct kmem_cache *request_cache;

/* All addresses, or one that a single host can have anywhere. */
static bool may_listen_on(const struct in6_addr *addr)
{
	__be32 v4 = addr->s6_addr32[3];

	if (ipv6_addr_v4mapped(addr))
		return v4 && !ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4);
	return !ipv6_addr_is_multicast(addr) && !ktcp_link_local(addr);
}

/* Would two listeners of a port get the same segments? */
static bool overlap(const struct in6_addr *a, const struct in6_addr *b)
{
	return ipv6_addr_any(a) || ipv6_addr_any(b) || ipv6_addr_equal(a, b);
}

/* What stands before a port's number, if anything: an address and ":". */
static int parse_addr(struct ktcp_net *kn, const char **p,
			struct ktcp_port *port, const char *who)
{
	size_t len = strcspn(*p, ", \t\n");
	const char *end = *p, *why = "not an address";
	__be32 v4;

	port->addr = in6addr_any;
	if (**p == '[') {
		if (!in6_pton(*p + 1, -1, port->addr.s6_addr, ']', &end))
			goto bad;
		end += *end == ']';
	} else if (memchr(*p, '.', strcspn(*p, ":, \t\n"))) {
		if (!in4_pton(*p, -1, (u8 *)&v4, ':', &end))
			goto bad;
		ipv6_addr_set_v4mapped(v4, &port->addr);
	} else {
		return 0;
	}
	why = "no port after the address";
	if (*end != ':')
		goto bad;
	why = "not the address of one host; a port alone is on all addresses";
	if (ipv6_addr_any(&port->addr) || !may_listen_on(&port->addr))
		goto bad;
	*p = end + 1;
	return 0;
bad:
	ktcp_err(kn, "%s=%*pE: %s; write as in 192.0.2.1:80 or [2001:db8::1]:80\n",
		 who, (int)min_t(size_t, len, INET6_ADDRSTRLEN + 8), *p, why);
	return -EINVAL;
}

static int parse_number(struct ktcp_net *kn, const char **p,
			struct ktcp_port *port, const char *who)
{
	size_t len = strcspn(*p, ":, \t\n");
	unsigned long value;
	char number[8];

	strscpy(number, *p, min(len + 1, sizeof(number)));
	if (!len || len >= sizeof(number) || kstrtoul(number, 10, &value)) {
		ktcp_err(kn, "%s=%*pE: not a number; write ports from 1 to 65535, separated by commas\n",
			 who, (int)min_t(size_t, len, 32), *p);
		return -EINVAL;
	}
	if (value < 1 || value > 65535) {
		ktcp_err(kn, "%s=%lu: not a port; use 1 to 65535\n", who, value);
		return -ERANGE;
	}
	port->port = value;
	*p += len;
	return 0;
}

/* What follows a port's number, if it is of this port: ":" and a name. */
static int parse_cc(struct ktcp_net *kn, const char **p,
			struct ktcp_port *port, const char *who)
{
	char name[KTCP_CC_NAME_MAX];
	size_t len;

	port->cc = NULL;
	if (**p != ':')
		return 0;
	len = strcspn(++*p, ", \t\n");
	strscpy(name, *p, min(len + 1, sizeof(name)));
	if (len < sizeof(name))
		port->cc = ktcp_cc_find(name);
	if (!port->cc) {
		ktcp_err(kn, "%s=%u:%*pE: no such congestion control; use one that the sysctl congestion_control takes\n",
			 who, port->port, (int)min_t(size_t, len, 32), *p);
		return -EINVAL;
	}
	*p += len;
	return 0;
}

/* Is @port none of those before it, and are there not too many? */
static int check_port(struct ktcp_net *kn,
		      const struct ktcp_port *ports, unsigned int n,
		      const struct ktcp_port *port, const char *who)
{
	char text[KTCP_ENDPOINT_MAX];
	unsigned int i;

	ktcp_port_text(text, &port->addr, htons(port->port));
	for (i = 0; i < n; i++) {
		if (ports[i].port != port->port ||
		    !overlap(&ports[i].addr, &port->addr))
			continue;
		if (ipv6_addr_equal(&ports[i].addr, &port->addr))
			ktcp_err(kn, "%s=%s: given twice; name each port once\n",
				 who, text);
		else
			ktcp_err(kn, "%s=%s: port %u is given with and without an address; name it alone, or with addresses\n",
				 who, text, port->port);
		return -EINVAL;
	}
	if (n < KTCP_PORTS_MAX)
		return 0;
	ktcp_err(kn, "%s=%s: too many; at most %d ports\n", who, text,
		 KTCP_PORTS_MAX);
	return -E2BIG;
}

/**
 * ktcp_ports_parse() - read a list of ports as an administrator writes it
 * @kn: the namespace, or NULL while there is none yet
 * @text: such as "80,[2001:db8::1]:8080:newreno"; nothing, or blanks, for none
 * @ports: room for KTCP_PORTS_MAX, filled in
 * @n: how many
 * @who: names the parameter or sysctl in the log
 *
 * Return: 0; or -EINVAL, -ERANGE or -E2BIG, with one line in the log. Process
 * context.
 */
int ktcp_ports_parse(struct ktcp_net *kn, const char *text,
		     struct ktcp_port *ports, unsigned int *n, const char *who)
{
	const char *p = skip_spaces(text);
	struct ktcp_port port;
	int err;

	*n = 0;
	if (!*p)
		return 0;
	for (;;) {
		err = parse_addr(kn, &p, &port, who);
		if (!err)
			err = parse_number(kn, &p, &port, who);
		if (!err)
			err = check_port(kn, ports, *n, &port, who);
		if (!err)
			err = parse_cc(kn, &p, &port, who);
		if (err)
			return err;
		ports[(*n)++] = port;
		if (*p != ',')
			break;
		p++;
	}
	p = skip_spaces(p);
	if (!*p)
		return 0;
	ktcp_err(kn, "%s: '%*pE' after the last port; separate ports by commas\n",
		 who, (int)strnlen(p, 32), p);
	return -EINVAL;
}

static struct ktcp_ports *ports_now(struct ktcp_net *kn)
{
	return rcu_dereference_protected(kn->ports,
					 lockdep_is_held(&kn->admin));
}

/* The listener of exactly this address, or of all, and this port. */
static struct ktcp_listener *find_in(const struct ktcp_ports *set,
				     const struct in6_addr *addr, __be16 port)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		if (set->port[i] == port &&
		    ipv6_addr_equal(&set->listener[i]->addr, addr))
			return set->listener[i];
	return NULL;
}

static bool is_in(const struct ktcp_ports *set, const struct ktcp_listener *l)
{
	return find_in(set, &l->addr, l->port);
}

/* One with which it would have segments in common. */
static struct ktcp_listener *find_overlap(const struct ktcp_ports *set,
					  const struct in6_addr *addr,
					  __be16 port)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		if (set->port[i] == port &&
		    overlap(&set->listener[i]->addr, addr))
			return set->listener[i];
	return NULL;
}

/*
 * From all addresses of a port to some, or back: the sockets that hold what there
 * is must not be in the way of the one that is to take their place. A program that
 * shares its port (SO_REUSEADDR) and comes at that moment may join them; it gets no
 * segment of ours, but the port cannot be reserved again while it has it.
 */
static void set_shared(struct ktcp_net *kn, const struct ktcp_listener *l, bool on)
{
	const struct ktcp_ports *set = ports_now(kn);
	unsigned char reuse = on ? SK_CAN_REUSE : SK_NO_REUSE;
	unsigned int i;

	if (!find_overlap(set, &l->addr, l->port))
		return;
	l->reserve->sk->sk_reuse = reuse;
	for (i = 0; i < set->n; i++)
		if (set->port[i] == l->port)
			set->listener[i]->reserve->sk->sk_reuse = reuse;
}

/*
 * Bind a socket of the host's own TCP, so that a port is ours alone: this fails
 * if a program has it, and keeps programs and ephemeral ports away from it.
 */
static int reserve_port(struct ktcp_net *kn, struct ktcp_listener *l)
{
	struct sockaddr_in6 a6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = l->addr,
		.sin6_port = l->port,
	};
	struct sockaddr_in a4 = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = l->addr.s6_addr32[3],
		.sin_port = l->port,
	};
	bool v6 = !ipv6_addr_any(&l->addr) && !ipv6_addr_v4mapped(&l->addr);
	struct sockaddr *addr = (struct sockaddr *)&a6;
	int err, len = sizeof(a6);

	err = sock_create_kern(kn->net, AF_INET6, SOCK_STREAM, IPPROTO_TCP,
			       &l->reserve);
	if (err == -EAFNOSUPPORT && !v6) {
		addr = (struct sockaddr *)&a4;
		len = sizeof(a4);
		err = sock_create_kern(kn->net, AF_INET, SOCK_STREAM,
				       IPPROTO_TCP, &l->reserve);
	}
	if (err) {
		l->reserve = NULL;
		return err;
	}
	l->reserve->sk->sk_ipv6only = 0;
	set_shared(kn, l, true);
	err = ktcp_kernel_bind(l->reserve, addr, len);
	set_shared(kn, l, false);
	if (err) {
		sock_release(l->reserve);
		l->reserve = NULL;
	}
	return err;
}

static void listener_free(struct ktcp_listener *l)
{
	if (refcount_dec_and_test(&l->ref))
		kfree_rcu(l, rcu);
}

/* The port goes back to the host. Process context. */
static void listener_close(struct ktcp_listener *l)
{
	if (l->reserve)
		sock_release(l->reserve);
	l->reserve = NULL;
	listener_free(l);
}

static struct ktcp_listener *listener_open(struct ktcp_net *kn,
					   const struct in6_addr *addr,
					   __be16 port,
					   const struct ktcp_app_ops *app)
{
	struct ktcp_listener *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return ERR_PTR(-ENOMEM);
	refcount_set(&l->ref, 1);
	l->addr = *addr;
	l->port = port;
	l->app = app;
	err = reserve_port(kn, l);
	if (!err)
		return l;
	kfree(l);
	return ERR_PTR(err);
}

/**
 * ktcp_listener_find() - are a port and an address of this host ours?
 * @kn: the namespace
 * @key: addresses and ports; the local ones count
 *
 * Return: its listener, valid until rcu_read_unlock(), or NULL. RCU read lock
 * held.
 */
struct ktcp_listener *ktcp_listener_find(struct ktcp_net *kn,
					 const struct ktcp_key *key)
{
	const struct ktcp_ports *set = rcu_dereference(kn->ports);
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		if (set->port[i] == key->lport &&
		    (likely(!set->bound) ||
		     overlap(&set->listener[i]->addr, &key->laddr)))
			return set->listener[i];
	return NULL;
}

/**
 * ktcp_listener_cc() - the congestion control of a listener's new connections
 * @kn: the namespace
 * @l: the listener
 *
 * Any context.
 */
const struct ktcp_cc_ops *ktcp_listener_cc(const struct ktcp_net *kn,
					   const struct ktcp_listener *l)
{
	return READ_ONCE(l->cc) ?: ktcp_app_cc(kn, l->app);
}

static int hook_up(struct ktcp_net *kn)
{
	int err = kn->hooked ? 0 : ktcp_divert_start(kn);

	if (!err)
		kn->hooked = true;
	return err;
}

static void unhook_unused(struct ktcp_net *kn)
{
	if (!kn->hooked || ports_now(kn) || !list_empty(&kn->apps))
		return;
	ktcp_divert_stop(kn);
	kn->hooked = false;
}

/*
 * What ends by itself, on another CPU, is taken out of the table before its
 * application hears of it: that is over too.
 */
static void events_end(void)
{
	synchronize_rcu();
}

/*
 * Let @new take the place of the set that there is, and end what only the old
 * one had: no more segments come for it, then its connections go, then the port
 * is the host's again. Unless nothing ends, a grace period passes.
 */
static void ports_replace(struct ktcp_net *kn, struct ktcp_ports *new)
{
	struct ktcp_ports *old = ports_now(kn);
	bool ended = false;
	unsigned int i;

	rcu_assign_pointer(kn->ports, new);
	unhook_unused(kn);
	if (old || !new)
		synchronize_rcu();
	for (i = 0; old && i < old->n; i++) {
		if (is_in(new, old->listener[i]))
			continue;
		ktcp_table_kill(kn, old->port[i], NULL);
		listener_close(old->listener[i]);
		ended = true;
	}
	if (ended)
		events_end();
	kfree(old);
}

/* A new set that was not to be: what only it has goes. */
static void ports_discard(struct ktcp_net *kn, struct ktcp_ports *new)
{
	while (new && new->n--)
		if (!is_in(ports_now(kn), new->listener[new->n]))
			listener_close(new->listener[new->n]);
	kfree(new);
}

/* Add a listener to a set that nobody sees yet. */
static int ports_add(struct ktcp_ports *new, struct ktcp_listener *l)
{
	if (new->n == KTCP_PORTS_MAX)
		return -E2BIG;
	new->bound |= !ipv6_addr_any(&l->addr);
	new->port[new->n] = l->port;
	new->listener[new->n++] = l;
	return 0;
}

/* What there is, but for one, or those of an application: a new set, or NULL. */
static struct ktcp_ports *ports_without(struct ktcp_net *kn,
					const struct ktcp_listener *gone,
					const struct ktcp_app_ops *app)
{
	const struct ktcp_ports *old = ports_now(kn);
	struct ktcp_ports *new = kzalloc(sizeof(*new), GFP_KERNEL | __GFP_NOFAIL);
	unsigned int i;

	for (i = 0; old && i < old->n; i++) {
		struct ktcp_listener *l = old->listener[i];

		if (!l->by_module || (l != gone && l->app != app))
			ports_add(new, l);
	}
	if (new->n)
		return new;
	kfree(new);
	return NULL;
}

static int port_refused(struct ktcp_net *kn, const char *who, const char *port,
			int err)
{
	if (err == -EADDRINUSE)
		ktcp_err(kn, "%s=%s: bound by a socket of this host; end it (ss -tanp), or use another port\n",
			 who, port);
	else if (err == -EADDRNOTAVAIL)
		ktcp_err(kn, "%s=%s: not an address of this host; add it (ip addr), or allow it (net.ipv4.ip_nonlocal_bind, net.ipv6.ip_nonlocal_bind)\n",
			 who, port);
	else if (err != -ENOMEM)
		ktcp_err(kn, "%s=%s: cannot be reserved (error %d)\n", who, port,
			 err);
	return err;
}

/* One port of the administrator's list into a new set. */
static int ports_set_one(struct ktcp_net *kn, struct ktcp_ports *new,
			 const struct ktcp_port *want, const char *who)
{
	__be16 port = htons(want->port);
	char text[KTCP_ENDPOINT_MAX];
	struct ktcp_listener *l, *before;
	int err;

	ktcp_port_text(text, &want->addr, port);
	/* Modules' are in it first, and what is wanted is in it once. */
	l = find_overlap(new, &want->addr, port);
	if (l) {
		ktcp_err(kn, "%s=%s: %s listens there; use another port\n", who, text,
			 l->app->name);
		return -EADDRINUSE;
	}
	l = find_in(ports_now(kn), &want->addr, port);
	if (!l) {
		l = listener_open(kn, &want->addr, port, &ktcp_http_ops);
		if (IS_ERR(l))
			return port_refused(kn, who, text, PTR_ERR(l));
		/* cookies that another one of its address has sent are its own */
		before = find_overlap(ports_now(kn), &want->addr, port);
		if (before)
			l->cookies = READ_ONCE(before->cookies);
	}
	err = ports_add(new, l);
	if (!err)
		return 0;
	ktcp_err(kn, "%s=%s: too many; at most %d ports, those of modules included\n",
		 who, text, KTCP_PORTS_MAX);
	if (!is_in(ports_now(kn), l))
		listener_close(l);
	return err;
}

/**
 * ktcp_ports_set() - these ports are ours, and no others but those of modules
 * @kn: the namespace
 * @ports: as ktcp_ports_parse() leaves them
 * @n: how many, at most KTCP_PORTS_MAX; 0 for none
 * @who: names the parameter or sysctl in the log
 *
 * Connections of a port that stays go on; those of a port that goes are reset.
 *
 * Return: 0, or a negative errno with nothing changed and, unless -ENOMEM, one
 * line in the log. Process context; may sleep.
 */
int ktcp_ports_set(struct ktcp_net *kn, const struct ktcp_port *ports,
		   unsigned int n, const char *who)
{
	struct ktcp_ports *old, *new = NULL;
	unsigned int i;
	int err = -ENOENT;

	mutex_lock(&kn->admin);
	if (kn->dying) {
		ktcp_err(kn, "%s: refused; the module is being unloaded, or the network namespace ends\n",
			 who);
		goto out;
	}
	err = -ENOMEM;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		goto out;
	old = ports_now(kn);
	for (i = 0; old && i < old->n; i++)
		if (old->listener[i]->by_module)
			ports_add(new, old->listener[i]);
	for (i = 0; i < n; i++) {
		err = ports_set_one(kn, new, &ports[i], who);
		if (err)
			goto out;
	}
	err = 0;
	if (!new->n) {
		kfree(new);
		new = NULL;
	} else {
		err = hook_up(kn);
		if (err) {
			ktcp_err(kn, "%s: cannot hook into the network (error %d)\n",
				 who, err);
			goto out;
		}
	}
	for (i = 0; i < n; i++)
		WRITE_ONCE(find_in(new, &ports[i].addr,
				   htons(ports[i].port))->cc, ports[i].cc);
	ports_replace(kn, new);
	new = NULL;
out:
	ports_discard(kn, new);
	mutex_unlock(&kn->admin);
	return err;
}

/*
 * struct attached - an application of another module
 * @list: in kn->apps
 * @app: the application
 */
struct attached {
	struct list_head list;
	const struct ktcp_app_ops *app;
};

static struct attached *attached_find(struct ktcp_net *kn,
				      const struct ktcp_app_ops *app)
{
	struct attached *a;

	list_for_each_entry_rcu(a, &kn->apps, list,
				lockdep_is_held(&kn->admin))
		if (a->app == app)
			return a;
	return NULL;
}

/**
 * ktcp_app_attached() - may an application open connections?
 * @kn: the namespace
 * @app: the application
 *
 * RCU read lock held: it stays attached until rcu_read_unlock().
 */
bool ktcp_app_attached(struct ktcp_net *kn, const struct ktcp_app_ops *app)
{
	return attached_find(kn, app);
}

/**
 * ktcp_ports_clear() - no port is ours any more, nor will be
 * @kn: the namespace, which goes away
 *
 * Process context; may sleep.
 */
void ktcp_ports_clear(struct ktcp_net *kn)
{
	struct attached *a, *next;
	LIST_HEAD(apps);

	mutex_lock(&kn->admin);
	WRITE_ONCE(kn->dying, true);	/* who reads a docroot looks, too */
	list_splice_init_rcu(&kn->apps, &apps, synchronize_rcu);
	if (kn->hooked)
		ports_replace(kn, NULL);
	mutex_unlock(&kn->admin);
	list_for_each_entry_safe(a, next, &apps, list)
		kfree(a);
}

int ktcp_attach(struct net *net, const struct ktcp_app_ops *app)
{
	struct ktcp_net *kn = ktcp_net(net);
	struct attached *a;
	int err = -ENOENT;

	if (app->congestion_control && !ktcp_cc_find(app->congestion_control))
		return -EINVAL;
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	a->app = app;
	mutex_lock(&kn->admin);
	if (kn->dying)
		goto out;
	err = -EEXIST;
	if (attached_find(kn, app))
		goto out;
	err = hook_up(kn);
	if (err)
		goto out;
	list_add_tail_rcu(&a->list, &kn->apps);
	a = NULL;
out:
	mutex_unlock(&kn->admin);
	kfree(a);
	return err;
}
EXPORT_SYMBOL_GPL(ktcp_attach);

void ktcp_detach(struct net *net, const struct ktcp_app_ops *app)
{
	struct ktcp_net *kn = ktcp_net(net);
	struct attached *a;

	mutex_lock(&kn->admin);
	a = attached_find(kn, app);
	if (a) {
		list_del_rcu(&a->list);
		ports_replace(kn, ports_without(kn, NULL, app));
		ktcp_table_kill(kn, 0, app);
		events_end();
		kfree(a);
	}
	mutex_unlock(&kn->admin);
}
EXPORT_SYMBOL_GPL(ktcp_detach);

static int listen_on(struct net *net, const struct in6_addr *addr, __be16 port,
		     const struct ktcp_app_ops *app)
{
	struct ktcp_net *kn = ktcp_net(net);
	struct ktcp_listener *l;
	struct ktcp_ports *new;
	int err = -EINVAL;

	if (!port || !may_listen_on(addr))
		return err;
	mutex_lock(&kn->admin);
	err = -ENETDOWN;
	if (!attached_find(kn, app))
		goto out;
	err = -EADDRINUSE;
	if (find_overlap(ports_now(kn), addr, port))
		goto out;
	err = -E2BIG;
	if (ports_now(kn) && ports_now(kn)->n == KTCP_PORTS_MAX)
		goto out;
	err = -ENOMEM;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		goto out;
	l = listener_open(kn, addr, port, app);
	err = PTR_ERR_OR_ZERO(l);
	if (err) {
		kfree(new);
		goto out;
	}
	l->by_module = true;
	if (ports_now(kn))
		*new = *ports_now(kn);
	ports_add(new, l);
	ports_replace(kn, new);
out:
	mutex_unlock(&kn->admin);
	return err;
}

int ktcp_listen(struct net *net, u16 port, const struct ktcp_app_ops *app)
{
	return listen_on(net, &in6addr_any, htons(port), app);
}
EXPORT_SYMBOL_GPL(ktcp_listen);

/* No address, of either family, is all addresses of both. */
static int get_local(const struct sockaddr_storage *local,
		     struct in6_addr *addr, __be16 *port)
{
	u32 scope;
	int err = ktcp_get_addr(local, addr, port, &scope);

	if (!err && ipv6_addr_v4mapped(addr) && !addr->s6_addr32[3])
		*addr = in6addr_any;
	return err;
}

int ktcp_listen_addr(struct net *net, const struct sockaddr_storage *local,
		     const struct ktcp_app_ops *app)
{
	struct in6_addr addr;
	__be16 port;
	int err = get_local(local, &addr, &port);

	return err ?: listen_on(net, &addr, port, app);
}
EXPORT_SYMBOL_GPL(ktcp_listen_addr);

static int unlisten_on(struct net *net, const struct in6_addr *addr, __be16 port)
{
	struct ktcp_net *kn = ktcp_net(net);
	struct ktcp_listener *l;
	int err = -ENOENT;

	mutex_lock(&kn->admin);
	l = find_in(ports_now(kn), addr, port);
	if (l && l->by_module) {
		ports_replace(kn, ports_without(kn, l, NULL));
		err = 0;
	}
	mutex_unlock(&kn->admin);
	return err;
}

int ktcp_unlisten(struct net *net, u16 port)
{
	return unlisten_on(net, &in6addr_any, htons(port));
}
EXPORT_SYMBOL_GPL(ktcp_unlisten);

int ktcp_unlisten_addr(struct net *net, const struct sockaddr_storage *local)
{
	struct in6_addr addr;
	__be16 port;
	int err = get_local(local, &addr, &port);

	return err ?: unlisten_on(net, &addr, port);
}
EXPORT_SYMBOL_GPL(ktcp_unlisten_addr);

static void send_synack(struct ktcp_request *req)
{
	struct ktcp_seg seg = {
		.seq = req->iss,
		.ack = req->irs + 1,
		.flags = KTCP_SYN | KTCP_ACK,
		.wnd = req->rcvbuf,
		.mss = 1,	/* whatever the route says */
	};

	req->sent_us = ktcp_now_us();
	ktcp_options_syn(&req->options, &seg);
	ktcp_uto_put(&seg, req->listener->app->user_timeout);
	ktcp_send_control(req->e.kn, &req->e.key, req->e.state, &seg,
			  req->listener->app->dscp);
}

/* The request is over; the listener's backlog has a place free. */
static void request_end(struct ktcp_request *req)
{
	ktcp_mem_add(req->e.kn, -REQUEST_MEM);
	listener_free(req->listener);
}

static void request_remove(struct ktcp_request *req)
{
	KTCP_INC(req->e.kn, AttemptFails);
	ktcp_entry_moved(&req->e, req->e.state, KTCP_CLOSED);
	ktcp_table_remove(&req->e);
	percpu_counter_dec(&req->e.kn->conns);
	request_end(req);
}

/**
 * ktcp_request_forget() - give up a request, for its memory
 * @req: the request, locked
 *
 * In silence: its peer may not be there. Bottom halves disabled.
 */
void ktcp_request_forget(struct ktcp_request *req)
{
	request_remove(req);
}

/**
 * ktcp_peer_mss() - what the peer's SYN says of the segments that it takes
 * @key: addresses and ports
 * @seg: the SYN
 *
 * Return: bytes; the default if there is no option (RFC 9293 3.7.1).
 */
u16 ktcp_peer_mss(const struct ktcp_key *key, const struct ktcp_seg *seg)
{
	if (seg->mss)
		return seg->mss;
	return ktcp_key_is_v4(key) ? KTCP_MSS_DEFAULT_V4 : KTCP_MSS_DEFAULT_V6;
}

enum answer { REQUEST, COOKIE, NOTHING };

/*
 * What a SYN gets. One that ends a TIME_WAIT needs an ISS past the old one,
 * which no cookie can promise: it gets a request even beyond the backlog, as many
 * at most as there were TIME_WAITs. @why: the counter that says why not.
 */
static enum answer answer_for(struct ktcp_net *kn, struct ktcp_listener *l,
			      bool reopens, const char **why)
{
	int cookies = ktcp_conf(kn, syncookies);

	if (cookies == 2 && !reopens)
		return COOKIE;
	if (ktcp_mem_pressure(kn, reopens ? KTCP_MEM_FULL : KTCP_MEM_COOKIES)) {
		KTCP_INC(kn, MemSyns);
		*why = "MemSyns";
		return cookies && !reopens ? COOKIE : NOTHING;
	}
	if (ktcp_listener_backlog(l) >= ktcp_conf(kn, max_syn_backlog)) {
		KTCP_INC(kn, BacklogOverflows);
		*why = "BacklogOverflows";
		if (!reopens)
			return cookies ? COOKIE : NOTHING;
	}
	return REQUEST;
}

static bool conn_limit_ok(struct ktcp_net *kn, struct ktcp_listener *l)
{
	if (percpu_counter_compare(&kn->conns,
				   ktcp_conf(kn, max_connections)) < 0)
		return true;
	KTCP_INC(kn, ConnLimitDrops);
	atomic_long_inc(&l->drops);
	return false;
}

/*
 * A new request, in the place of @old if that is given, and then with an ISS of
 * @iss_min or more. Returns if there is one.
 */
static bool open_request(struct ktcp_net *kn, struct ktcp_listener *l,
			 const struct ktcp_seg *seg,
			 const struct ktcp_key *key, struct ktcp_entry *old,
			 u32 iss_min)
{
	struct ktcp_request *req;
	int err;

	req = kmem_cache_zalloc(request_cache, GFP_ATOMIC);
	if (!req) {
		KTCP_DROP(kn, OutOfMemory, key, KTCP_LISTEN, seg);
		atomic_long_inc(&l->drops);
		return false;
	}
	spin_lock_init(&req->e.lock);
	ktcp_entry_init(&req->e, kn, key, KTCP_REQUEST, KTCP_SYN_RECV);
	req->listener = l;
	req->iss = ktcp_iss(kn, key);
	if (old && seq_lt(req->iss, iss_min))
		req->iss = iss_min;
	req->irs = seg->seq;
	req->rcvbuf = ktcp_conf(kn, rcvbuf);
	ktcp_options_agree(kn, key, &req->options, seg);
	req->snd_wnd = seg->wnd;
	req->mss = ktcp_peer_mss(key, seg);

	/* nobody waits for it with the lock of another that is in the table */
	spin_lock_nested(&req->e.lock, SINGLE_DEPTH_NESTING);
	err = old ? ktcp_table_replace(old, &req->e) :
		    ktcp_table_insert(&req->e);
	if (err) {
		spin_unlock(&req->e.lock);
		kmem_cache_free(request_cache, req);	/* seen by nobody */
		if (err != -EEXIST) {	/* the table cannot grow */
			KTCP_DROP(kn, OutOfMemory, key, KTCP_LISTEN, seg);
			atomic_long_inc(&l->drops);
		}
		return false;
	}
	ktcp_mem_add(kn, REQUEST_MEM);
	refcount_inc(&l->ref);
	percpu_counter_inc(&kn->conns);
	if (old)
		ktcp_entry_moved(old, old->state, KTCP_CLOSED);
	ktcp_entry_moved(&req->e, KTCP_LISTEN, KTCP_SYN_RECV);
	ktcp_entry_arm(&req->e, ktcp_request_deadline(req));
	send_synack(req);
	spin_unlock(&req->e.lock);
	return true;
}

static void request_ack(struct ktcp_request *req)
{
	struct ktcp_net *kn = req->e.kn;
	struct ktcp_seg seg = {
		.seq = req->iss + 1,
		.ack = req->irs + 1,
		.flags = KTCP_ACK,
		.wnd = req->rcvbuf >> req->options.rcv_wscale,
	};

	ktcp_options_put(&req->options, &seg, ktime_get_ns());
	if (ktcp_challenge_allowed(&req->e))
		ktcp_send_control(kn, &req->e.key, req->e.state, &seg,
				  req->listener->app->dscp);
}

/* A connection that nobody knows yet, as its handshake left it. */
static struct ktcp_conn *conn_from(struct ktcp_net *kn,
				   const struct ktcp_key *key,
				   const struct ktcp_listener *l,
				   const struct ktcp_handshake *hs,
				   const struct ktcp_seg *seg)
{
	struct ktcp_conn *c = ktcp_conn_alloc(kn, key, KTCP_SYN_RECV, l->app);

	if (!c)
		return NULL;
	if (ktcp_ip_route(kn, &c->e.key, &c->dst, &c->dst_cookie)) {
		ktcp_conn_free_unused(c);
		return NULL;
	}
	c->options = hs->options;
	c->iss = hs->iss;
	c->snd_una = c->iss + 1;
	c->snd_nxt = c->snd_una;
	c->snd_end = c->snd_una;
	c->rcvbuf = hs->rcvbuf;
	ktcp_conn_meet(c, hs->irs, hs->snd_wnd, hs->mss, seg);
	c->e.born = hs->born;
	ktcp_cc_init(&c->cc, ktcp_listener_cc(kn, l), c->mss,
		     ktcp_conn_init_cwnd(c, hs->timeouts));
	ktcp_recovery_init(c);
	c->rtt.syn_lost = hs->timeouts;
	if (hs->rtt_us)
		ktcp_rtt_sample(&c->rtt, hs->rtt_us);
	return c;
}

/*
 * @c, locked, is in the table: the application hears of it, then the segment, whose
 * memory is taken.
 */
static void conn_opened(struct ktcp_conn *c, struct ktcp_listener *l,
			struct sk_buff *skb, const struct ktcp_seg *seg)
{
	ktcp_conn_set_state(c, KTCP_ESTABLISHED);
	KTCP_INC(c->e.kn, PassiveOpens);
	if (c->options.ecn_ok)
		KTCP_INC(c->e.kn, EcnOpens);
	atomic_long_inc(&l->accepted);
	/* RFC 5482 3.2: again, behind the SYN-ACK, and the peer says its own again. */
	if (unlikely(c->app->user_timeout))
		ktcp_advertise_user_timeout(c, c->app->user_timeout);
	if (c->app->opened(c))
		c->abort = 1;
	else
		c->app_open = 1;
	ktcp_conn_input(c, skb, seg);
}

/*
 * The third segment of the handshake: the request, locked, becomes a
 * connection, and the segment goes to that; its memory is taken.
 */
static void establish(struct ktcp_request *req, const struct ktcp_handshake *hs,
		      struct sk_buff *skb, const struct ktcp_seg *seg)
{
	struct ktcp_conn *c = conn_from(req->e.kn, &req->e.key, req->listener,
					hs, seg);
	bool unused;

	if (!c) {
		ktcp_skb_used(skb);
		return;
	}
	spin_lock(&c->e.lock);
	unused = ktcp_table_replace(&req->e, &c->e);
	if (!unused) {
		conn_opened(c, req->listener, skb, seg);
		request_end(req);
	}
	spin_unlock(&c->e.lock);
	if (unused) {
		ktcp_conn_free_unused(c);
		ktcp_skb_used(skb);
	}
}

/*
 * The third segment of a handshake that nothing remembers. Returns false when
 * another CPU was faster; @skb is taken otherwise.
 */
static bool open_by_cookie(struct ktcp_net *kn, struct ktcp_listener *l,
			   struct sk_buff *skb, const struct ktcp_seg *seg,
			   const struct ktcp_key *key,
			   const struct ktcp_handshake *hs)
{
	struct ktcp_conn *c;
	int err;

	if (!conn_limit_ok(kn, l)) {
		trace_ktcp_drop(key, KTCP_LISTEN, seg, "ConnLimitDrops");
		goto drop;
	}
	c = conn_from(kn, key, l, hs, seg);
	if (!c)
		goto drop;
	spin_lock(&c->e.lock);
	err = ktcp_table_insert(&c->e);
	if (!err) {
		percpu_counter_inc(&kn->conns);
		ktcp_entry_moved(&c->e, KTCP_LISTEN, KTCP_SYN_RECV);
		trace_ktcp_rcv(kn, &c->e.key, c->e.state, seg);
		conn_opened(c, l, skb, seg);
	}
	spin_unlock(&c->e.lock);
	if (!err)
		return true;
	ktcp_conn_free_unused(c);
	if (err == -EEXIST)
		return false;
drop:
	ktcp_skb_used(skb);
	return true;
}

/* @old, @iss_min: as for open_request(). Returns if there is a request now. */
static bool listen_syn(struct ktcp_net *kn, struct ktcp_listener *l,
		       const struct ktcp_seg *seg, const struct ktcp_key *key,
		       struct ktcp_entry *old, u32 iss_min)
{
	const char *why = NULL;

	switch (answer_for(kn, l, old, &why)) {
	case REQUEST:
		if (conn_limit_ok(kn, l))
			return open_request(kn, l, seg, key, old, iss_min);
		trace_ktcp_drop(key, KTCP_LISTEN, seg, "ConnLimitDrops");
		break;
	case COOKIE:
		ktcp_cookie_send(kn, l, key, seg);
		break;
	case NOTHING:
		trace_ktcp_drop(key, KTCP_LISTEN, seg, why);
		atomic_long_inc(&l->drops);
		break;
	}
	return false;
}

/**
 * ktcp_listen_reopen() - a SYN for what is in TIME_WAIT (RFC 9293 3.6.1, MAY-2)
 * @l: its listener
 * @old: it, locked; dead if a request takes its place
 * @seg: the SYN's header
 * @iss_min: start no earlier than this, because the older connection has
 *
 * Softirq, RCU read lock held.
 *
 * Return: whether a request has. If not that is counted, and nothing is changed.
 */
bool ktcp_listen_reopen(struct ktcp_listener *l, struct ktcp_entry *old,
			const struct ktcp_seg *seg, u32 iss_min)
{
	return listen_syn(old->kn, l, seg, &old->key, old, iss_min);
}

/**
 * ktcp_listen_input() - a segment that belongs to nothing yet
 * @kn: the namespace
 * @skb: the segment's memory; taken unless false is returned
 * @seg: its header
 * @key: its addresses and ports, ours as local
 *
 * LISTEN of RFC 9293 3.10.7.2. Softirq, RCU read lock held.
 *
 * Return: false if it belongs to something by now: look again.
 */
bool ktcp_listen_input(struct ktcp_net *kn, struct sk_buff *skb,
		       const struct ktcp_seg *seg, const struct ktcp_key *key)
{
	struct ktcp_listener *l = ktcp_listener_find(kn, key);
	struct ktcp_handshake hs;

	if (l && !(seg->flags & KTCP_RST) &&
	    ktcp_cookie_ack(kn, l, key, seg, &hs))
		return open_by_cookie(kn, l, skb, seg, key, &hs);
	ktcp_skb_used(skb);
	if (seg->flags & KTCP_RST) {
		KTCP_INC(kn, InRsts);
	} else if (!l || seg->flags & KTCP_ACK) {
		KTCP_DROP(kn, InNoConns, key, l ? KTCP_LISTEN : KTCP_CLOSED,
			  seg);
		ktcp_send_rst_for(kn, key, l ? KTCP_LISTEN : KTCP_CLOSED, seg);
	} else if (seg->flags & KTCP_SYN) {
		trace_ktcp_rcv(kn, key, KTCP_LISTEN, seg);
		listen_syn(kn, l, seg, key, NULL, 0);
	} else {
		/* RFC 9293 3.10.7.2, fourth: drop. */
		KTCP_DROP(kn, InNoConns, key, KTCP_LISTEN, seg);
	}
	return true;
}

/*
 * How long the ACK of our SYN-ACK took, 0: nobody knows. Of one that was sent
 * again only an ACK that echoes the last of them tells (Karn, RFC 6298 3).
 */
static u32 synack_rtt_us(const struct ktcp_request *req,
			 const struct ktcp_seg *seg)
{
	u32 us = max((u32)ktcp_now_us() - req->sent_us, 1U);

	if (!req->resent)
		return us;
	return req->options.ts_ok && seg->opts & KTCP_HAS_TS && seg->tsecr &&
	       ktcp_tsecr_ok(&req->options, seg, us) ? us : 0;
}

static struct ktcp_handshake handshake_of(const struct ktcp_request *req,
					  const struct ktcp_seg *seg)
{
	return (struct ktcp_handshake){
		.iss = req->iss,
		.irs = req->irs,
		.options = req->options,
		.rcvbuf = req->rcvbuf,
		.snd_wnd = req->snd_wnd,
		.mss = req->mss,
		.rtt_us = synack_rtt_us(req, seg),
		.timeouts = req->retries,
		.born = req->e.born,
	};
}

/**
 * ktcp_request_input() - a segment for a connection in SYN_RECV
 * @req: the request, not locked
 * @skb: the segment's memory; taken unless false is returned
 * @seg: its header
 *
 * RFC 9293 3.10.7.4 for SYN_RECEIVED after a passive OPEN. Softirq, RCU read
 * lock held.
 *
 * Return: false if the request has died: look again.
 */
bool ktcp_request_input(struct ktcp_request *req, struct sk_buff *skb,
			const struct ktcp_seg *seg)
{
	struct ktcp_net *kn = req->e.kn;
	struct ktcp_handshake hs;

	spin_lock(&req->e.lock);
	if (req->e.dead) {
		spin_unlock(&req->e.lock);
		return false;
	}
	trace_ktcp_rcv(kn, &req->e.key, req->e.state, seg);
	if ((seg->flags & (KTCP_SYN | KTCP_ACK | KTCP_RST)) == KTCP_SYN &&
	    seg->seq == req->irs) {
		/* The same SYN again: the SYN-ACK was lost, or is late. */
		KTCP_INC(kn, SynDuplicates);
		/* Some stacks try without options in the end, and use none then. */
		ktcp_options_lose(&req->options, seg);
		req->mss = min(req->mss, ktcp_peer_mss(&req->e.key, seg));
		ktcp_ts_learn(&req->options, seg, req->irs);
		/* RFC 3168 6.1.1.1: it may have given up ECN, or hear our answer yet. */
		if (req->options.ecn_ok && !ktcp_ecn_setup(seg)) {
			req->options.ecn_ok = 0;
			req->options.ecn_first = 1;
		}
		req->resent = true;
		send_synack(req);
		goto drop;
	}
	if (!(seg->flags & KTCP_RST) && !ktcp_paws_ok(&req->options, seg)) {
		KTCP_DROP(kn, PawsDrops, &req->e.key, req->e.state, seg);
		request_ack(req);
		goto drop;
	}
	/* RFC 5961 3.2: of a RST only the number counts, not what it carries. */
	if (!seq_acceptable(seg->seq, seg->flags & KTCP_RST ? 0 : seg->len,
			    req->irs + 1, req->rcvbuf)) {
		KTCP_DROP(kn, InUnacceptable, &req->e.key, req->e.state, seg);
		if (!(seg->flags & KTCP_RST))
			request_ack(req);
		goto drop;
	}
	if (seg->flags & KTCP_RST) {
		KTCP_INC(kn, InRsts);
		if (seg->seq == req->irs + 1)
			request_remove(req);
		else
			request_ack(req);	/* RFC 5961 3.2 */
		goto drop;
	}
	if (seg->flags & KTCP_SYN) {	/* back to LISTEN */
		request_remove(req);
		goto drop;
	}
	if (!(seg->flags & KTCP_ACK))
		goto drop;
	/* The ACK may be that of a cookie, sent while the backlog was full. */
	if (seg->ack == req->iss + 1) {
		hs = handshake_of(req, seg);
	} else if (!ktcp_cookie_ack(kn, req->listener, &req->e.key, seg, &hs)) {
		KTCP_DROP(kn, InBadAcks, &req->e.key, req->e.state, seg);
		ktcp_send_rst_for(kn, &req->e.key, req->e.state, seg);
		goto drop;
	}
	establish(req, &hs, skb, seg);
	skb = NULL;
drop:
	spin_unlock(&req->e.lock);
	ktcp_skb_used(skb);
	return true;
}

/**
 * ktcp_request_timeout() - the SYN-ACK was not acknowledged in time
 * @req: the request, locked
 *
 * Softirq.
 */
void ktcp_request_timeout(struct ktcp_request *req)
{
	struct ktcp_net *kn = req->e.kn;

	if (ktcp_time_left(ktcp_request_deadline(req))) {
		ktcp_entry_arm(&req->e, ktcp_request_deadline(req));
		return;
	}
	if (req->retries >= ktcp_conf(kn, synack_retries)) {
		KTCP_INC(kn, SynTimeouts);
		request_remove(req);
		return;
	}
	KTCP_INC(kn, SynRetrans);
	KTCP_INC(kn, RetransSegs);
	trace_ktcp_retransmit(&req->e.key, req->e.state, req->iss, 0, "syn");
	req->retries++;
	req->resent = true;
	ktcp_entry_arm(&req->e, ktcp_request_deadline(req));
	send_synack(req);
}

/**
 * ktcp_request_kill() - the listener goes away
 * @req: the request, locked
 *
 * Bottom halves disabled.
 */
void ktcp_request_kill(struct ktcp_request *req)
{
	struct ktcp_seg seg = {
		.seq = req->iss + 1,
		.ack = req->irs + 1,
		.flags = KTCP_RST | KTCP_ACK,
	};

	KTCP_INC(req->e.kn, OutRsts);
	ktcp_send_control(req->e.kn, &req->e.key, req->e.state, &seg,
			  req->listener->app->dscp);
	request_remove(req);
}

static void request_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(request_cache,
			container_of(rcu, struct ktcp_request, rcu));
}

/**
 * ktcp_request_free() - give back the memory of a request after a grace period
 * @req: the request; its timer does not run, no one has a reference
 *
 * Any context.
 */
void ktcp_request_free(struct ktcp_request *req)
{
	call_rcu(&req->rcu, request_free_rcu);
}

/**
 * ktcp_request_init() - make the cache
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_request_init(void)
{
	request_cache = KMEM_CACHE(ktcp_request, 0);
	return request_cache ? 0 : -ENOMEM;
}

/**
 * ktcp_request_exit() - and take it away
 */
void ktcp_request_exit(void)
{
	kmem_cache_destroy(request_cache);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * ktcp: a TCP beside the kernel's own, with an HTTP responder on it.
 *
 * Load and unload, parameters, and what exists per network namespace. Nothing
 * that points at this module may outlive it, so a namespace ends in this order:
 * hooks and listeners, then connections (their peers get a RST), then a grace
 * period, then memory.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/user_namespace.h>
#include <net/netns/generic.h>

#include "cookie.h"
#include "divert.h"
#include "http/http.h"
#include "http/routes.h"
#include "http/window.h"
#include "ktcp.h"
#include "listen.h"
#include "mem.h"
#include "proc.h"
#include "sysctl.h"
#include "table.h"
#include "timewait.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static char *port = "8080";
module_param(port, charp, 0444);
MODULE_PARM_DESC(port, "ports of the initial network namespace, 1 to 65535 or ADDRESS:PORT, separated by commas (default 8080); net.ktcp.ports sets them later and elsewhere");

static char *hook = "input";
module_param(hook, charp, 0444);
MODULE_PARM_DESC(hook, "where segments are taken: input, after the INPUT rules (default), or early, before connection tracking and routing");

static char *docroot = "";
module_param(docroot, charp, 0444);
MODULE_PARM_DESC(docroot, "directory that the initial network namespace publishes, absolute; none by default; net.ktcp.docroot sets it later and elsewhere");

static unsigned int ktcp_net_id;

/**
 * ktcp_net() - what ktcp has in a network namespace
 * @net: the namespace
 */
struct ktcp_net *ktcp_net(const struct net *net)
{
	return net_generic(net, ktcp_net_id);
}

/**
 * ktcp_now_us() - the clock of round-trip times
 *
 * Return: microseconds since boot. Any context.
 */
u64 ktcp_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/**
 * ktcp_ratelimit() - may it happen once more in this second?
 * @rl: what counts
 * @per_second: how often it may
 *
 * Any context.
 */
bool ktcp_ratelimit(struct ktcp_ratelimit *rl, int per_second)
{
	unsigned long now, second = READ_ONCE(rl->second);

	smp_rmb();	/* no later second is taken for one that is over */
	now = jiffies;
	if (now - second >= HZ &&
	    cmpxchg(&rl->second, second, now) == second)
		atomic_set(&rl->count, 0);
	return atomic_read(&rl->count) < per_second &&
	       atomic_inc_return(&rl->count) <= per_second;
}

/**
 * ktcp_may_log() - may what is wrong with a setting be written to the log?
 * @kn: whose setting, or NULL while the module is being loaded
 *
 * Who is root of a user namespace of his own may set what he likes there, as often
 * as he likes, from outside too, and have a setuid program do it for him; and the log is
 * the host's. Process context.
 *
 * Return: true, or for namespaces such as his as often as all of them may.
 */
bool ktcp_may_log(const struct ktcp_net *kn)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 50);

	return !kn || kn->net->user_ns == &init_user_ns || __ratelimit(&limit);
}

static bool leaving;	/* no namespace begins to serve any more */

static int __net_init net_init(struct net *net)
{
	struct ktcp_net *kn = ktcp_net(net);
	int err, i;

	kn->net = net;
	kn->dying = READ_ONCE(leaving);
	mutex_init(&kn->admin);
	mutex_init(&kn->publish);
	INIT_LIST_HEAD(&kn->apps);
	ktcp_secrets_init(kn);
	atomic_set(&kn->next_port, get_random_u32());
	for (i = 0; i < KTCP_RST_LIMITS; i++)
		kn->rst_limit[i].second = jiffies;
	kn->mib = alloc_percpu(struct ktcp_mib);
	if (!kn->mib)
		return -ENOMEM;
	err = percpu_counter_init(&kn->conns, 0, GFP_KERNEL);
	if (err)
		goto err_mib;
	err = percpu_counter_init(&kn->timewaits, 0, GFP_KERNEL);
	if (err)
		goto err_conns;
	err = ktcp_timewait_queues_init(kn);
	if (err)
		goto err_timewaits;
	err = ktcp_table_init(kn);
	if (err)
		goto err_queues;
	err = ktcp_window_init(kn);
	if (err)
		goto err_table;
	ktcp_mem_init(kn);
	/* Last: from here on somebody may set ports. */
	err = ktcp_sysctl_init(kn);
	if (err)
		goto err_mem;
	return 0;

err_mem:
	ktcp_mem_exit(kn);
	ktcp_window_exit(kn);
err_table:
	ktcp_table_destroy(kn);
err_queues:
	ktcp_timewait_queues_exit(kn);
err_timewaits:
	percpu_counter_destroy(&kn->timewaits);
err_conns:
	percpu_counter_destroy(&kn->conns);
err_mib:
	free_percpu(kn->mib);
	return err;
}

/* The devices of the namespace are still there: peers can be told. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct ktcp_net *kn = ktcp_net(net);

	ktcp_ports_clear(kn);
	ktcp_table_kill(kn, 0, NULL);
}

/* A grace period has passed: no hook, no timer is running any more. */
static void __net_exit net_exit(struct net *net)
{
	struct ktcp_net *kn = ktcp_net(net);

	ktcp_sysctl_exit(kn);
	ktcp_window_exit(kn);
}

/* Namespaces that end together wait but once for what RCU has yet to free. */
static void __net_exit net_exit_batch(struct list_head *nets)
{
	struct net *net;

	rcu_barrier();
	list_for_each_entry(net, nets, exit_list) {
		struct ktcp_net *kn = ktcp_net(net);

		ktcp_http_unpublish(kn);
		ktcp_routes_clear(kn);
		ktcp_table_destroy(kn);
		ktcp_timewait_queues_exit(kn);
		ktcp_mem_exit(kn);
		percpu_counter_destroy(&kn->timewaits);
		percpu_counter_destroy(&kn->conns);
		free_percpu(kn->mib);
	}
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.exit_batch = net_exit_batch,
	.id = &ktcp_net_id,
	.size = sizeof(struct ktcp_net),
};

/*
 * Every port of every namespace is given up, and none is taken any more. Nobody is waited
 * for who can be slow: neither who makes a namespace, nor one that ends.
 */
static void stop_serving(void)
{
	struct net *net, *next;

	WRITE_ONCE(leaving, true);
	do {
		next = NULL;
		rcu_read_lock();
		for_each_net_rcu(net)
			if (!READ_ONCE(ktcp_net(net)->dying) && maybe_get_net(net)) {
				next = net;
				break;
			}
		rcu_read_unlock();
		if (next) {
			net_pre_exit(next);
			put_net(next);
		}
	} while (next);
}

static int __init ktcp_init(void)
{
	static struct ktcp_port ports[KTCP_PORTS_MAX] __initdata;
	unsigned int n;
	int err;

	err = ktcp_divert_mode(hook);
	if (err)
		return err;
	err = ktcp_ports_parse(NULL, port, ports, &n, "port");
	if (err)
		return err;
	err = ktcp_entry_caches_init();
	if (err)
		return err;
	err = ktcp_http_init();
	if (err)
		goto err_caches;
	err = ktcp_window_start();
	if (err)
		goto err_http;
	/* First, so that in a namespace it goes away after ours. */
	ktcp_divert_init();
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_divert;
	err = ktcp_proc_init();
	if (err)
		goto err_net;
	err = ktcp_http_publish(ktcp_net(&init_net), docroot);
	/* insmod would say that a symbol is unknown. */
	if (err == -ENOENT)
		err = -ENOTDIR;
	if (err)
		goto err_proc;
	err = ktcp_ports_set(ktcp_net(&init_net), ports, n, "port");
	if (err)
		goto err_proc;
	pr_info("port=%s hook=%s\n", port, hook);
	return 0;

err_proc:
	stop_serving();
	ktcp_proc_exit();
err_net:
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
err_divert:
	ktcp_divert_exit();
	ktcp_window_stop();
err_http:
	ktcp_http_exit();
err_caches:
	ktcp_entry_caches_exit();
	return err;
}

static void __exit ktcp_exit(void)
{
	/* Before who reads of /proc is waited for. */
	stop_serving();
	ktcp_proc_exit();
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
	ktcp_divert_exit();
	ktcp_window_stop();
	ktcp_http_exit();
	ktcp_entry_caches_exit();
	pr_info("unloaded\n");
}

module_init(ktcp_init);
module_exit(ktcp_exit);

MODULE_DESCRIPTION("An alternative TCP (RFC 9293) with an HTTP responder");
MODULE_AUTHOR("The ktcp authors");
MODULE_LICENSE("GPL");

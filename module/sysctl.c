// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/sys/net/ktcp: what an administrator of a network namespace sets. The
 * table below has every name, default and range; a value outside its range is
 * refused with one line in the log, and nothing changes.
 */
#include <linux/capability.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "cc.h"
#include "compat.h"
#include "http/http.h"
#include "http/window.h"
#include "listen.h"
#include "mem.h"
#include "row.h"
#include "sysctl.h"
#include "timers.h"

static proc_handler knob_handler, cc_handler, docroot_handler, path_handler,
	allow_handler, ports_handler;

/*
 * struct knob - a file
 * @name: its name
 * @handler: what reads and sets it
 *
 * And of an integer of struct ktcp_conf:
 * @offset: where it is in there
 * @def: default
 * @min: least value
 * @max: greatest value
 */
struct knob {
	const char *name;
	proc_handler *handler;
	size_t offset;
	int def;
	int min;
	int max;
};

#define KNOB(field, def, min, max) \
	{ #field, knob_handler, offsetof(struct ktcp_conf, field), def, min, max }
#define TEXT(name, handler)	{ #name, handler }

static const struct knob knobs[] = {
	KNOB(max_syn_backlog, 1024, 1, 1 << 20),
	KNOB(syncookies, 1, 0, 2),
	KNOB(synack_retries, 5, 0, 15),
	KNOB(syn_retries, 7, 0, 15),
	KNOB(retries2, 15, 1, 100),
	KNOB(user_timeout_option, 0, 0, 1),
	KNOB(user_timeout_min_sec, 100, 1, 86400),
	KNOB(user_timeout_max_sec, 3600, 1, 86400),
	KNOB(time_wait_sec, 60, 1, 600),
	KNOB(fin_wait2_sec, 60, 1, 600),
	KNOB(orphan_sec, 120, 1, 3600),
	KNOB(rto_min_ms, 200, KTCP_RTO_MIN_MS, 120000),
	KNOB(rto_max_ms, 120000, 1000, 120000),
	KNOB(delack_ms, 40, 1, 499),
	KNOB(quick_acks, 16, 0, 255),
	KNOB(keepalive_sec, 7200, 1, 604800),
	KNOB(keepalive_interval_sec, 75, 1, 32767),
	KNOB(keepalive_probes, 9, 1, 127),
	KNOB(rcvbuf, 65535, 2048, 65535),
	KNOB(rcvbuf_max, 4194304, 2048, 1 << 30),
	KNOB(window_scaling, 1, 0, 1),
	KNOB(timestamps, 1, 0, 1),
	KNOB(sack, 1, 0, 1),
	KNOB(ecn, 2, 0, 2),
	KNOB(init_cwnd, 10, 1, 1000),
	KNOB(mtu_probing, 1, 0, 1),
	KNOB(base_mss, 1024, 512, 65535),
	KNOB(mtu_probe_sec, 300, 1, 86400),
	KNOB(rst_ratelimit, 100, 0, 1000000),
	KNOB(challenge_ack_ratelimit, 10, 0, 255),	/* a u8 counts */
	KNOB(max_connections, 262144, 1, 1 << 24),
	KNOB(max_time_wait, 262144, 0, 1 << 24),
	KNOB(mem_mib_max, 0, 0, 1 << 24),
	KNOB(port_min, 61000, 1, 65535),
	KNOB(port_max, 65535, 1, 65535),
	KNOB(http_idle_sec, 60, 1, 3600),
	KNOB(http_header_sec, 30, 1, 3600),
	KNOB(http_body_sec, 30, 1, 3600),
	KNOB(http_body_max, 1 << 20, 0, 1 << 30),
	KNOB(http_write_sec, 60, 1, 3600),
	KNOB(http_min_rate, 64, 0, 1000000),
	KNOB(http_requests_max, 0, 0, 1000000000),
	KNOB(maintenance, 0, 0, 31536000),
	KNOB(drain, 0, 0, 1),
	KNOB(docroot_files_max, 65536, 1, 1 << 20),
	KNOB(docroot_mib_max, 1024, 1, 1 << 20),
	KNOB(docroot_depth_max, 16, 0, 64),
	TEXT(congestion_control, cc_handler),
	TEXT(docroot, docroot_handler),
	TEXT(status_path, path_handler),
	TEXT(status_allow, allow_handler),
	TEXT(ports, ports_handler),
};

static void refused(const struct ktcp_net *kn, const struct knob *knob,
		    int least, int most, const char *other)
{
	ktcp_err(kn, "%s: refused; use %d to %d%s%s\n", knob->name, least, most,
		 other ? ", as bounded by " : "", other ?: "");
}

/*
 * rto_min_ms may not be above rto_max_ms: narrow the range of either to what
 * the other one allows now. Returns the name of the other, or NULL.
 */
static const char *bounded_by(const struct ktcp_conf *conf,
			      const struct knob *knob, int *least, int *most)
{
	if (knob->offset == offsetof(struct ktcp_conf, rto_min_ms)) {
		*most = conf->rto_max_ms;
		return "rto_max_ms";
	}
	if (knob->offset == offsetof(struct ktcp_conf, rto_max_ms)) {
		*least = max(*least, conf->rto_min_ms);
		return "rto_min_ms";
	}
	return NULL;
}

/*
 * The memory is the host's. Whoever has made a user namespace is its
 * administrator, and no more than anybody on the host: there these can be
 * lowered, but not raised above their defaults. Not by others either: who writes
 * may be a program of more rights, which has the file from him as its output.
 */
static bool is_of_host(const struct ktcp_net *kn, const struct knob *knob,
		       int *most)
{
	if (kn->net->user_ns == &init_user_ns && capable(CAP_NET_ADMIN))
		return false;
	switch (knob->offset) {
	case offsetof(struct ktcp_conf, max_syn_backlog):
	case offsetof(struct ktcp_conf, max_connections):
	case offsetof(struct ktcp_conf, max_time_wait):
	case offsetof(struct ktcp_conf, rcvbuf_max):
	case offsetof(struct ktcp_conf, docroot_files_max):
	case offsetof(struct ktcp_conf, docroot_mib_max):
		*most = knob->def;
		return true;
	case offsetof(struct ktcp_conf, mem_mib_max):
		*most = ktcp_mem_share() >> 20;
		return true;
	default:
		return false;
	}
}

static int knob_set(struct ktcp_net *kn, const struct knob *knob, int value)
{
	int *field = (void *)&kn->conf + knob->offset;
	int least = knob->min, most = knob->max, err = 0;
	const char *other;

	mutex_lock(&kn->admin);
	other = bounded_by(&kn->conf, knob, &least, &most);
	if (is_of_host(kn, knob, &most))
		other = "CAP_NET_ADMIN of the host";
	if (value < least || value > most)
		err = -EINVAL;
	else
		WRITE_ONCE(*field, value);
	ktcp_mem_limit(kn);
	mutex_unlock(&kn->admin);
	if (err)
		refused(kn, knob, least, most, other);
	return err;
}

static int knob_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			size_t *lenp, loff_t *ppos)
{
	const struct knob *knob = ctl->extra1;
	struct ktcp_net *kn = ctl->extra2;
	int *field = (void *)&kn->conf + knob->offset;
	int value = READ_ONCE(*field);
	struct ctl_table tmp = { .data = &value, .maxlen = sizeof(value) };
	int err = proc_dointvec(&tmp, write, buffer, lenp, ppos);

	if (!write)
		return err;
	if (!err)
		return knob_set(kn, knob, value);
	refused(kn, knob, knob->min, knob->max, NULL);
	return err;
}

/* Longer than any name of an algorithm. */
#define CC_TEXT_MAX	64

/* The names there are, for one who wrote another. */
static void cc_names(char *text)
{
	const struct ktcp_cc_ops *ops;
	unsigned int n, len = 0;

	for (n = 0; (ops = ktcp_cc_nth(n)); n++)
		len += scnprintf(text + len, CC_TEXT_MAX - len, "%s%s",
				 n ? " or " : "", ops->name);
}

static int cc_handler(ktcp_const_ctl *ctl, int write, void *buffer,
		      size_t *lenp, loff_t *ppos)
{
	struct ktcp_net *kn = ctl->extra2;
	const struct ktcp_cc_ops *ops = ktcp_conf(kn, congestion_control);
	char name[CC_TEXT_MAX], names[CC_TEXT_MAX];
	struct ctl_table tmp = { .data = name, .maxlen = sizeof(name) };
	int err;

	strscpy(name, ops->name, sizeof(name));
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	ops = ktcp_cc_find(strim(name));
	if (!ops) {
		cc_names(names);
		ktcp_err(kn, "congestion_control=%*pE: unknown; use %s\n",
			 (int)strnlen(name, 32), name, names);
		return -EINVAL;
	}
	WRITE_ONCE(kn->conf.congestion_control, ops);
	return 0;
}

/* "ADDRESS:65535:NAME," for each port, and the end of the string. */
#define PORTS_TEXT_MAX	\
	(KTCP_PORTS_MAX * (KTCP_ENDPOINT_MAX + 2 + KTCP_CC_NAME_MAX) + 2)

static void ports_text(struct ktcp_net *kn, char *text)
{
	struct ktcp_ports *set;
	unsigned int i;
	int len = 0;

	text[0] = '\0';
	rcu_read_lock();
	set = rcu_dereference(kn->ports);
	for (i = 0; set && i < set->n; i++) {
		const struct ktcp_listener *l = set->listener[i];
		const struct ktcp_cc_ops *cc = READ_ONCE(l->cc);

		if (l->by_module)
			continue;
		if (len)
			text[len++] = ',';
		len += ktcp_port_text(text + len, &l->addr, l->port);
		len += scnprintf(text + len, PORTS_TEXT_MAX - len, "%s%s",
				 cc ? ":" : "", cc ? cc->name : "");
	}
	rcu_read_unlock();
}

static int ports_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	struct ktcp_net *kn = ctl->extra2;
	struct ctl_table tmp = { .maxlen = PORTS_TEXT_MAX };
	struct ktcp_port *ports = NULL;
	unsigned int n;
	int err = -ENOMEM;

	tmp.data = kzalloc(PORTS_TEXT_MAX, GFP_KERNEL);
	if (!tmp.data)
		return -ENOMEM;
	if (write) {
		if (*lenp >= PORTS_TEXT_MAX) {
			ktcp_err(kn, "ports: too long; at most %d ports\n",
				 KTCP_PORTS_MAX);
			err = -EINVAL;
			goto out;
		}
		ports = kcalloc(KTCP_PORTS_MAX, sizeof(*ports), GFP_KERNEL);
		if (!ports)
			goto out;
	} else {
		ports_text(kn, tmp.data);
	}
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (err || !write)
		goto out;
	err = ktcp_ports_parse(kn, tmp.data, ports, &n, "ports");
	if (!err)
		err = ktcp_ports_set(kn, ports, n, "ports");
	else
		err = -EINVAL;
out:
	kfree(ports);
	kfree(tmp.data);
	return err;
}

/*
 * Reads the directory, with the rights of the writer: he must not have more of them
 * than the namespace's own administrator, whose file may be a stranger's output.
 */
static int docroot_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			   size_t *lenp, loff_t *ppos)
{
	struct ktcp_net *kn = ctl->extra2;
	struct ctl_table tmp = { .maxlen = PATH_MAX };
	int err;

	if (write && current_user_ns() != kn->net->user_ns) {
		ktcp_err(kn, "docroot: refused; write it from the user namespace that owns the network namespace\n");
		return -EPERM;
	}
	if (write && *lenp >= PATH_MAX) {
		ktcp_err(kn, "docroot: path of more than %d bytes\n",
			 PATH_MAX - 1);
		return -ENAMETOOLONG;
	}
	tmp.data = kzalloc(PATH_MAX, GFP_KERNEL);
	if (!tmp.data)
		return -ENOMEM;
	ktcp_http_docroot(kn, tmp.data, PATH_MAX);
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (!err && write)
		err = ktcp_http_publish(kn, tmp.data);
	kfree(tmp.data);
	return err;
}

/* What is too long is not cut: half of a list would mean something else. */
static int text_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			size_t *lenp, loff_t *ppos, size_t size,
			void (*get)(struct ktcp_net *kn, char *text),
			int (*set)(struct ktcp_net *kn, const char *text))
{
	struct ktcp_net *kn = ctl->extra2;
	struct ctl_table tmp = { .maxlen = size };
	int err;

	if (write && *lenp >= size) {
		ktcp_err(kn, "%s: too long; at most %zu bytes\n", ctl->procname,
			 size - 2);
		return -EINVAL;
	}
	tmp.data = kzalloc(size, GFP_KERNEL);
	if (!tmp.data)
		return -ENOMEM;
	if (!write)
		get(kn, tmp.data);
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (!err && write)
		err = set(kn, tmp.data);
	kfree(tmp.data);
	return err;
}

static int path_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			size_t *lenp, loff_t *ppos)
{
	return text_handler(ctl, write, buffer, lenp, ppos,
			    KTCP_WINDOW_PATH_MAX + 2, ktcp_window_get_path,
			    ktcp_window_set_path);
}

static int allow_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	return text_handler(ctl, write, buffer, lenp, ppos,
			    KTCP_ALLOW_TEXT_MAX + 1, ktcp_window_get_allow,
			    ktcp_window_set_allow);
}

/*
 * The mode lets root write, with or without capabilities: what counts is
 * CAP_NET_ADMIN in the user namespace that owns the network namespace.
 */
static int admin_handler(ktcp_const_ctl *ctl, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	const struct knob *knob = ctl->extra1;
	struct ktcp_net *kn = ctl->extra2;

	if (write && !ns_capable(kn->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	/* As with the kernel's own the first write counts, and not one of nothing. */
	if (write && (*ppos || !*lenp)) {
		*ppos += *lenp;
		return 0;
	}
	return knob->handler(ctl, write, buffer, lenp, ppos);
}

/**
 * ktcp_sysctl_init() - set the defaults of a namespace, and show them
 * @kn: the namespace
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_sysctl_init(struct ktcp_net *kn)
{
	/* One more for the end mark of older kernels. */
	size_t n = ARRAY_SIZE(knobs), i;
	struct ctl_table *table = kcalloc(n + 1, sizeof(*table), GFP_KERNEL);

	if (!table)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (knobs[i].handler == knob_handler)
			*(int *)((void *)&kn->conf + knobs[i].offset) =
				knobs[i].def;
		table[i] = (struct ctl_table){
			.procname = knobs[i].name,
			.mode = 0644,
			.proc_handler = admin_handler,
			.extra1 = (void *)&knobs[i],
			.extra2 = kn,
		};
	}
	kn->conf.congestion_control = &ktcp_cc_cubic;
	kn->sysctl = ktcp_register_net_sysctl(kn->net, "net/ktcp", table, n);
	if (kn->sysctl)
		return 0;
	kfree(table);
	return -ENOMEM;
}

/**
 * ktcp_sysctl_exit() - take the files away; no handler runs afterwards
 * @kn: the namespace
 *
 * Process context; may sleep.
 */
void ktcp_sysctl_exit(struct ktcp_net *kn)
{
	const struct ctl_table *table = kn->sysctl->ctl_table_arg;

	unregister_net_sysctl_table(kn->sysctl);
	kfree(table);
}

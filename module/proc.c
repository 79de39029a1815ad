// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/ktcp: connections, listeners, table, routes and stats of the reader's network
 * namespace. Documentation/proc.md explains every column.
 * row.c fills in a line of connections.
 */
#include <linux/capability.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "conn.h"
#include "http/routes.h"
#include "listen.h"
#include "mem.h"
#include "proc.h"
#include "row.h"
#include "table.h"

static struct proc_dir_entry *proc_dir;

/*
 * struct reader - an open file
 * @net: its namespace; held
 * @kn: what ktcp has there
 * @iter: where in the table it is
 * @walking: @iter is in use
 * @stamp: tells this reader's marks from others'
 * @passed: how far the walk is, to make a pause now and then
 * @is_admin: has CAP_NET_ADMIN there, and is told sequence numbers
 */
struct reader {
	struct net *net;
	struct ktcp_net *kn;
	struct rhashtable_iter iter;
	bool walking;
	u32 stamp;
	unsigned int passed;
	bool is_admin;
};

static int reader_open(struct inode *inode, struct file *file,
		       const struct seq_operations *ops)
{
	struct reader *r = __seq_open_private(file, ops, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->net = get_net(current->nsproxy->net_ns);
	r->kn = ktcp_net(r->net);
	r->is_admin = file_ns_capable(file, r->net->user_ns, CAP_NET_ADMIN);
	return 0;
}

static int reader_release(struct inode *inode, struct file *file)
{
	struct reader *r = ((struct seq_file *)file->private_data)->private;

	if (r->walking)
		rhashtable_walk_exit(&r->iter);
	put_net(r->net);
	return seq_release_private(inode, file);
}

static void show_columns(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < ktcp_nr_columns; i++)
		seq_printf(m, "%s%s", i ? " " : "", ktcp_columns[i].name);
	seq_putc(m, '\n');
}

static void show_row(struct seq_file *m, const struct ktcp_row *row)
{
	unsigned int i;

	for (i = 0; i < ktcp_nr_columns; i++) {
		const struct ktcp_column *column = &ktcp_columns[i];

		if (i)
			seq_putc(m, ' ');
		if (column->is_text)
			seq_puts(m, ktcp_row_text(row, column));
		else
			seq_put_decimal_ull(m, "", ktcp_row_number(row, column));
	}
	seq_putc(m, '\n');
}

static void show_listening(struct seq_file *m, struct ktcp_net *kn)
{
	struct ktcp_ports *set = rcu_dereference(kn->ports);
	struct ktcp_row row;
	unsigned int i;

	for (i = 0; set && i < set->n; i++) {
		ktcp_row_listener(&row, set->listener[i]);
		show_row(m, &row);
	}
}

/* The walk itself; a resize is not an end. All of it may have been shown before one. */
static void *next_entry(struct reader *r)
{
	void *e;

	do {
		if (++r->passed % 64 == 0) {
			rhashtable_walk_stop(&r->iter);
			cond_resched();
			ktcp_table_walk_on(&r->iter);
		}
		e = rhashtable_walk_next(&r->iter);
	} while (IS_ERR(e));
	return e;
}

static void *connections_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	struct reader *r = m->private;
	void *e;

	if (!*pos) {	/* from the beginning, perhaps again */
		if (r->walking)
			rhashtable_walk_exit(&r->iter);
		rhashtable_walk_enter(&r->kn->table, &r->iter);
		r->walking = true;
		r->stamp = ktcp_row_stamp();
	}
	ktcp_table_walk_on(&r->iter);
	if (!*pos)
		return SEQ_START_TOKEN;
	e = rhashtable_walk_peek(&r->iter);
	return IS_ERR(e) ? next_entry(r) : e;
}

static void *connections_next(struct seq_file *m, void *v, loff_t *pos)
{
	(*pos)++;
	return next_entry(m->private);
}

static void connections_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	struct reader *r = m->private;

	rhashtable_walk_stop(&r->iter);
}

static int connections_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;
	struct ktcp_entry *e = v;
	struct ktcp_row row;

	if (v == SEQ_START_TOKEN) {
		show_columns(m);
		show_listening(m, r->kn);
		return 0;
	}
	spin_lock_bh(&e->lock);
	if (!ktcp_row_entry(&row, e, r->stamp)) {
		spin_unlock_bh(&e->lock);
		return SEQ_SKIP;
	}
	if (!r->is_admin)
		ktcp_row_hide(&row);
	show_row(m, &row);
	/* A line that did not fit is shown again, into a larger buffer. */
	if (!seq_has_overflowed(m))
		e->proc_stamp = r->stamp;
	spin_unlock_bh(&e->lock);
	return 0;
}

static const struct seq_operations connections_ops = {
	.start = connections_start,
	.next = connections_next,
	.stop = connections_stop,
	.show = connections_show,
};

static int connections_open(struct inode *inode, struct file *file)
{
	return reader_open(inode, file, &connections_ops);
}

static void *once_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *once_next(struct seq_file *m, void *v, loff_t *pos)
{
	(*pos)++;
	return NULL;
}

static void once_stop(struct seq_file *m, void *v)
{
}

/* A file of which name##_show() writes all. */
#define SHOWN_AT_ONCE(name)						\
static const struct seq_operations name##_ops = {			\
	.start = once_start,						\
	.next = once_next,						\
	.stop = once_stop,						\
	.show = name##_show,						\
};									\
									\
static int name##_open(struct inode *inode, struct file *file)		\
{									\
	return reader_open(inode, file, &name##_ops);			\
}

/**
 * ktcp_stat_nth() - a line of /proc/ktcp/stats
 * @kn: the namespace
 * @n: which; counters first, from KTCP_MIB_MAX on what is there now
 * @value: filled in
 *
 * Return: its name, or NULL after the last. Process context.
 */
const char *ktcp_stat_nth(struct ktcp_net *kn, unsigned int n, u64 *value)
{
	switch (n) {
	case 0 ... KTCP_MIB_MAX - 1:
		*value = ktcp_mib_sum(kn->mib, n);
		return ktcp_mib_names[n];
	case KTCP_MIB_MAX:
		*value = percpu_counter_sum_positive(&kn->conns);
		return "CurrConns";
	case KTCP_MIB_MAX + 1:
		*value = percpu_counter_sum_positive(&kn->timewaits);
		return "CurrTimeWaits";
	case KTCP_MIB_MAX + 2:
		*value = ktcp_mem_sum(kn);
		return "CurrMemory";
	case KTCP_MIB_MAX + 3:
		*value = READ_ONCE(kn->mem.max);
		return "CurrMemoryMax";
	case KTCP_MIB_MAX + 4:
		*value = READ_ONCE(kn->mem.level);
		return "CurrMemoryLevel";
	default:
		return NULL;
	}
}

static int stats_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;
	const char *name;
	unsigned int i;
	u64 value;

	for (i = 0; (name = ktcp_stat_nth(r->kn, i, &value)); i++)
		seq_printf(m, "%s %llu\n", name, value);
	return 0;
}

SHOWN_AT_ONCE(stats)

static int table_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;
	struct ktcp_table_shape shape;

	ktcp_table_shape(r->kn, &shape);
	seq_printf(m, "buckets objects longest\n%u %u %u\n", shape.buckets,
		   shape.objects, shape.longest);
	return 0;
}

SHOWN_AT_ONCE(table)

static void listener_address(char *text, size_t size,
			     const struct ktcp_listener *l)
{
	if (ipv6_addr_any(&l->addr))
		strscpy(text, "*", size);
	else if (ipv6_addr_v4mapped(&l->addr))
		snprintf(text, size, "%pI4", &l->addr.s6_addr32[3]);
	else
		snprintf(text, size, "%pI6c", &l->addr);
}

static int listeners_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;
	char address[INET6_ADDRSTRLEN];
	struct ktcp_ports *set;
	unsigned int i;

	seq_puts(m, "port app backlog max_backlog accepted drops cc address\n");
	rcu_read_lock();
	set = rcu_dereference(r->kn->ports);
	for (i = 0; set && i < set->n; i++) {
		struct ktcp_listener *l = set->listener[i];

		listener_address(address, sizeof(address), l);
		seq_printf(m, "%u %s %d %d %lu %lu %s %s\n", ntohs(l->port),
			   l->app->name, ktcp_listener_backlog(l),
			   ktcp_conf(r->kn, max_syn_backlog),
			   atomic_long_read(&l->accepted),
			   atomic_long_read(&l->drops),
			   ktcp_listener_cc(r->kn, l)->name, address);
	}
	rcu_read_unlock();
	return 0;
}

SHOWN_AT_ONCE(listeners)

static int routes_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;

	ktcp_routes_show(r->kn, m);
	return 0;
}

SHOWN_AT_ONCE(routes)

/* All of them in one write: half of a list would be another list. */
static ssize_t routes_write(struct file *file, const char __user *buf,
			    size_t len, loff_t *pos)
{
	struct reader *r = ((struct seq_file *)file->private_data)->private;
	char *text;
	int err;

	if (!r->is_admin)
		return -EPERM;
	if (!len)	/* no list, not even an empty one */
		return 0;
	if (*pos || len > KTCP_ROUTES_TEXT_MAX) {
		ktcp_err(r->kn, "routes: at most %d bytes, in one write\n",
			 KTCP_ROUTES_TEXT_MAX);
		return *pos ? -ESPIPE : -EFBIG;
	}
	text = kvmalloc(len + 1, GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	err = copy_from_user(text, buf, len) ? -EFAULT :
	      ktcp_routes_set(r->kn, text, len);
	if (err) {
		kvfree(text);
		return err;
	}
	*pos += len;
	return len;
}

static const struct proc_ops routes_proc_ops = {
	.proc_open = routes_open,
	.proc_read = seq_read,
	.proc_write = routes_write,
	.proc_lseek = seq_lseek,
	.proc_release = reader_release,
};

#define PROC_OPS(name)						\
static const struct proc_ops name##_proc_ops = {		\
	.proc_open = name##_open,				\
	.proc_read = seq_read,					\
	.proc_lseek = seq_lseek,				\
	.proc_release = reader_release,				\
}

PROC_OPS(connections);
PROC_OPS(stats);
PROC_OPS(listeners);
PROC_OPS(table);

/**
 * ktcp_proc_init() - make /proc/ktcp
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_proc_init(void)
{
	proc_dir = proc_mkdir("ktcp", NULL);
	if (proc_dir &&
	    proc_create("connections", 0444, proc_dir,
			&connections_proc_ops) &&
	    proc_create("stats", 0444, proc_dir, &stats_proc_ops) &&
	    proc_create("listeners", 0444, proc_dir, &listeners_proc_ops) &&
	    proc_create("table", 0444, proc_dir, &table_proc_ops) &&
	    /* routes_write() asks for the capability: owner and mode know no namespace. */
	    proc_create("routes", 0666, proc_dir, &routes_proc_ops))
		return 0;
	ktcp_proc_exit();
	return -ENOMEM;
}

/**
 * ktcp_proc_exit() - and take it away; open files are closed
 *
 * Process context; may sleep.
 */
void ktcp_proc_exit(void)
{
	proc_remove(proc_dir);
}

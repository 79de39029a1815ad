// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/ktcp: connections, listeners and stats of the reader's network
 * namespace. Documentation/proc.md explains every column.
 *
 * A line is written with its object locked, so it is consistent in itself. The
 * table may be resized under a reader, and the walk then begins again: a stamp
 * in each object keeps it from being shown twice.
 */
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "conn.h"
#include "listen.h"
#include "proc.h"
#include "table.h"
#include "timers.h"
#include "timewait.h"

static struct proc_dir_entry *proc_dir;

/*
 * struct reader - an open file
 * @net: its namespace; held
 * @kn: what ktcp has there
 * @iter: where in the table it is
 * @walking: @iter is in use
 * @stamp: tells this reader's marks from others'
 */
struct reader {
	struct net *net;
	struct ktcp_net *kn;
	struct rhashtable_iter iter;
	bool walking;
	u32 stamp;
};

static atomic_t stamps = ATOMIC_INIT(0);

static int reader_open(struct inode *inode, struct file *file,
		       const struct seq_operations *ops)
{
	struct reader *r = __seq_open_private(file, ops, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->net = get_net(current->nsproxy->net_ns);
	r->kn = ktcp_net(r->net);
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

static const char columns[] =
	"local remote state timer expires_ms iss irs snd_una snd_nxt snd_wnd "
	"rcv_nxt rcv_wnd mss cwnd ssthresh srtt_us rto_ms unacked unsent "
	"bytes_in bytes_out retrans age_ms cc options\n";

static void put_addr(struct seq_file *m, const struct in6_addr *addr,
		     __be16 port)
{
	if (ipv6_addr_v4mapped(addr))
		seq_printf(m, "%pI4:%u ", &addr->s6_addr32[3], ntohs(port));
	else
		seq_printf(m, "[%pI6c]:%u ", addr, ntohs(port));
}

static u64 age_ms(unsigned long born)
{
	return jiffies_to_msecs(jiffies - born);
}

static u32 left_ms(u32 deadline)
{
	return jiffies_to_msecs(ktcp_time_left(deadline));
}

/* What was agreed on, "-" for nothing. */
static void put_options(struct seq_file *m, const struct ktcp_options *o)
{
	const char *comma = " ";

	if (o->ts_ok) {
		seq_printf(m, "%sts", comma);
		comma = ",";
	}
	if (o->sack_ok) {
		seq_printf(m, "%ssack", comma);
		comma = ",";
	}
	if (o->ecn_ok) {
		seq_printf(m, "%secn", comma);
		comma = ",";
	}
	if (o->wscale_ok) {
		seq_printf(m, "%swscale:%u:%u", comma, o->snd_wscale,
			   o->rcv_wscale);
		comma = ",";
	}
	seq_puts(m, *comma == ',' ? "\n" : " -\n");
}

static void show_request(struct seq_file *m, const struct ktcp_request *req)
{
	seq_printf(m, "synack %u %u %u %u %u %u %u %d %u 0 0 0 0 0 0 0 0 %u %llu -",
		   left_ms(req->deadline), req->iss, req->irs, req->iss,
		   req->iss + 1, req->snd_wnd, req->irs + 1,
		   req->rcvbuf, req->mss, req->retries,
		   age_ms(req->born));
	put_options(m, &req->options);
}

static void show_timewait(struct seq_file *m, const struct ktcp_timewait *tw)
{
	seq_printf(m, "timewait %u 0 0 %u %u 0 %u %u 0 0 0 0 0 0 0 0 0 0 %llu -",
		   left_ms(tw->deadline), tw->snd_nxt, tw->snd_nxt,
		   tw->rcv_nxt, tw->rcv_wnd, age_ms(tw->born));
	put_options(m, &tw->options);
}

static void show_conn(struct seq_file *m, const struct ktcp_conn *c)
{
	u32 deadline = 0;
	const char *timer = ktcp_timer_next(c, &deadline);

	seq_printf(m, "%s %u %u %u %u %u %u %u %u %u %u %u %u %u %u %u %llu %llu %u %llu %s",
		   timer ?: "none", timer ? left_ms(deadline) : 0,
		   c->iss, c->irs, c->snd_una, c->snd_nxt, c->snd_wnd,
		   c->rcv_nxt, ktcp_rcv_wnd(c), c->mss, c->cc.cwnd,
		   c->cc.ssthresh, c->rtt.srtt_us, ktcp_rto_us(c) / 1000,
		   ktcp_flight_size(c), ktcp_unsent(c), c->bytes_in,
		   c->bytes_out, c->retrans, age_ms(c->born), c->cc.ops->name);
	put_options(m, &c->options);
}

static void show_entry(struct seq_file *m, struct ktcp_entry *e)
{
	put_addr(m, &e->key.laddr, e->key.lport);
	put_addr(m, &e->key.raddr, e->key.rport);
	seq_printf(m, "%s ", ktcp_state_name(e->state));
	switch (e->kind) {
	case KTCP_REQUEST:
		show_request(m, ktcp_request(e));
		break;
	case KTCP_CONN:
		show_conn(m, ktcp_conn(e));
		break;
	case KTCP_TIMEWAIT:
		show_timewait(m, ktcp_timewait(e));
		break;
	}
}

static void show_listening(struct seq_file *m, struct ktcp_net *kn)
{
	struct ktcp_ports *set = rcu_dereference(kn->ports);
	unsigned int i;

	for (i = 0; set && i < set->n; i++)
		seq_printf(m, "*:%u *:* LISTEN none 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 - -\n",
			   ntohs(set->port[i]));
}

/* The walk itself; a resize is not an end. */
static void *next_entry(struct reader *r)
{
	void *e;

	do {
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
		r->stamp = atomic_inc_return(&stamps);
	}
	rhashtable_walk_start(&r->iter);
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

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, columns);
		show_listening(m, r->kn);
		return 0;
	}
	spin_lock_bh(&e->lock);
	if (e->dead || e->proc_stamp == r->stamp) {
		spin_unlock_bh(&e->lock);
		return SEQ_SKIP;
	}
	show_entry(m, e);
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

static int stats_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;

	ktcp_mib_show(m, r->kn->mib);
	seq_printf(m, "CurrConns %lld\n",
		   percpu_counter_sum_positive(&r->kn->conns));
	seq_printf(m, "CurrTimeWaits %lld\n",
		   percpu_counter_sum_positive(&r->kn->timewaits));
	return 0;
}

static const struct seq_operations stats_ops = {
	.start = once_start,
	.next = once_next,
	.stop = once_stop,
	.show = stats_show,
};

static int stats_open(struct inode *inode, struct file *file)
{
	return reader_open(inode, file, &stats_ops);
}

static int listeners_show(struct seq_file *m, void *v)
{
	struct reader *r = m->private;
	struct ktcp_ports *set;
	unsigned int i;

	seq_puts(m, "port app backlog max_backlog accepted drops cc\n");
	rcu_read_lock();
	set = rcu_dereference(r->kn->ports);
	for (i = 0; set && i < set->n; i++) {
		struct ktcp_listener *l = set->listener[i];

		seq_printf(m, "%u %s %d %d %ld %ld %s\n", ntohs(l->port),
			   l->app->name, atomic_read(&l->backlog),
			   ktcp_conf(r->kn, max_syn_backlog),
			   atomic_long_read(&l->accepted),
			   atomic_long_read(&l->drops),
			   ktcp_app_cc(r->kn, l->app)->name);
	}
	rcu_read_unlock();
	return 0;
}

static const struct seq_operations listeners_ops = {
	.start = once_start,
	.next = once_next,
	.stop = once_stop,
	.show = listeners_show,
};

static int listeners_open(struct inode *inode, struct file *file)
{
	return reader_open(inode, file, &listeners_ops);
}

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
	    proc_create("listeners", 0444, proc_dir, &listeners_proc_ops))
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

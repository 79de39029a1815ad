// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/ktcp_bench: a line written is a job, or one of
 *
 *	peers N			this many clients, all new
 *	khttp PORT		the responder on in-kernel sockets listens there
 *	sink PORT		what discards, on in-kernel sockets
 *	listen PORT		a listener whose connections nobody accepts
 *	stop			these three end
 *
 * A job is what bench.h has as enum op, in lower case, and settings:
 *
 *	open port=8080 conns=16
 *	requests port=8080 conns=16 warm=1000 count=20000 path=/ body=100
 *
 * The write returns when it is done, with an errno if anything was wrong; what
 * is read then is a line of results, or the reason.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define LINE		256
#define REQUEST_LEN	100
#define SECONDS		200

static DEFINE_MUTEX(lock);
static char result[512];

static const char * const ops[] = {
	[OP_OPEN] = "open",
	[OP_REQUESTS] = "requests",
	[OP_CONNECTIONS] = "connections",
	[OP_SYN] = "syn",
	[OP_ACK] = "ack",
	[OP_FIN] = "fin",
	[OP_STRAY] = "stray",
	[OP_ECHO] = "echo",
	[OP_UPLOAD] = "upload",
	[OP_ABORT] = "abort",
	[OP_IDLE] = "idle",
};

/* a setting and where it goes */
static int set(struct job *j, const char *key, const char *value)
{
	u64 n;

	if (!strcmp(key, "path"))
		return strscpy(j->path, value, sizeof(j->path)) < 0 ? -E2BIG : 0;
	if (kstrtou64(value, 10, &n))
		return -EINVAL;
	if (!strcmp(key, "port"))
		j->port = htons(n);
	else if (!strcmp(key, "family"))
		j->family = n;
	else if (!strcmp(key, "first"))
		j->first = n;
	else if (!strcmp(key, "conns"))
		j->conns = n;
	else if (!strcmp(key, "window"))
		j->window = n;
	else if (!strcmp(key, "warm"))
		j->warm = n;
	else if (!strcmp(key, "count"))
		j->count = n;
	else if (!strcmp(key, "depth"))
		j->depth = n;
	else if (!strcmp(key, "body"))
		j->body = n;
	else if (!strcmp(key, "size"))
		j->size = n;
	else if (!strcmp(key, "ack"))
		j->ack = n;
	else if (!strcmp(key, "rwnd"))
		j->rwnd = n;
	else if (!strcmp(key, "close"))
		j->close = n;
	else if (!strcmp(key, "hold"))
		j->hold = n;
	else if (!strcmp(key, "interval"))
		j->interval = n;
	else if (!strcmp(key, "trace"))
		j->trace = n;
	else
		return -EINVAL;
	return 0;
}

static int parse(struct job *j, char *line)
{
	char *word = strsep(&line, " "), *value;
	int op = match_string(ops, ARRAY_SIZE(ops), word), err;

	if (op < 0)
		return op;
	memset(j, 0, sizeof(*j));
	j->op = op;
	j->family = 4;
	j->conns = 1;
	j->depth = 1;
	j->size = 152;
	j->rwnd = 1 << 20;
	j->close = op == OP_CONNECTIONS;
	strscpy(j->path, "/", sizeof(j->path));
	while ((word = strsep(&line, " "))) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (!value)
			return -EINVAL;
		*value++ = 0;
		err = set(j, word, value);
		if (err)
			return err;
	}
	if (!j->window)
		j->window = min(j->conns, 4096U);
	if (!j->count)
		j->count = j->conns;
	if (j->interval && (op != OP_REQUESTS || j->depth > 1 || !j->warm ||
			    j->count > 1000000))
		return -EINVAL;
	if (j->family != 4 && j->family != 6)
		return -EAFNOSUPPORT;
	if (!j->depth || j->depth > DEPTH_MAX || !j->conns || j->size < 60 ||
	    j->size > 220)
		return -ERANGE;
	if (j->first >= bench_nr_peers || j->conns > bench_nr_peers - j->first)
		return -ERANGE;
	/* when counting ends as much is in work as when it began */
	j->limit = j->warm + j->count;
	if (j->warm && j->op != OP_UPLOAD)
		j->limit += j->window * j->depth;
	j->limit = roundup(j->limit, j->depth);
	return 0;
}

/* requests of REQUEST_LEN bytes one after the other, or something to upload */
static int fill_payload(struct job *j)
{
	char *at = page_address(bench_payload);
	int n, i;

	if (j->op == OP_UPLOAD) {
		memset(at, 'u', PAYLOAD_SIZE);
		return 0;
	}
	n = scnprintf(at, REQUEST_LEN, "GET %s HTTP/1.1\r\nHost: bench\r\n%sX-Pad: ",
		      j->path, j->close ? "Connection: close\r\n" : "");
	if (n > REQUEST_LEN - 5)
		return -E2BIG;
	memset(at + n, 'p', REQUEST_LEN - 4 - n);
	memcpy(at + REQUEST_LEN - 4, "\r\n\r\n", 4);
	for (i = 1; i < j->depth; i++)
		memcpy(at + i * REQUEST_LEN, at, REQUEST_LEN);
	j->request_len = REQUEST_LEN;
	return 0;
}

static void idle(struct job *j)
{
	local_irq_disable();
	j->t0 = rdtsc();
	j->client0 = bench_client_total();
	j->idle0 = bench_idle();
	local_irq_enable();
	msleep_interruptible(j->count);
	local_irq_disable();
	j->t1 = rdtsc();
	j->client1 = bench_client_total();
	j->idle1 = bench_idle();
	local_irq_enable();
	j->done1 = j->count;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* the latencies of an open loop */
static int run_open_loop(struct job *j)
{
	int err = -ENOMEM;

	j->sent = vzalloc(array_size(bench_nr_peers, sizeof(*j->sent)));
	j->latency = vzalloc(array_size(j->count, sizeof(*j->latency)));
	if (j->sent && j->latency)
		err = bench_client_run(j, SECONDS);
	if (!err) {
		sort(j->latency, j->count, sizeof(*j->latency), compare, NULL);
		snprintf(result, sizeof(result),
			 "p50=%u p99=%u p999=%u max=%u idle=%llu count=%llu delacks=%llu\n",
			 j->latency[j->count / 2], j->latency[j->count * 99 / 100],
			 j->latency[j->count * 999 / 1000],
			 j->latency[j->count - 1], j->idle1 - j->idle0, j->count,
			 j->delacks);
	}
	vfree(j->sent);
	vfree(j->latency);
	return err;
}

static void report(const struct job *j)
{
	u64 idle = j->idle1 - j->idle0, client = j->client1 - j->client0;
	u64 busy = j->t1 - j->t0 - idle - client, n = j->done1 - j->done0;
	u64 cost = n ? div64_u64(busy * 1000, n) : 0;

	snprintf(result, sizeof(result),
		 "cost=%llu.%03llu count=%llu busy=%llu idle=%llu client=%llu bytes=%llu packets=%llu segs=%llu frames=%llu acks=%llu delacks=%llu\n",
		 cost / 1000, cost % 1000, n, busy, idle, client, j->bytes,
		 j->packets, j->segs, j->frames, j->pure_acks, j->delacks);
}

static int run(char *line)
{
	struct job *j = kzalloc(sizeof(*j), GFP_KERNEL);
	int err;

	if (!j)
		return -ENOMEM;
	err = parse(j, line) ?: fill_payload(j);
	if (err) {
		strscpy(result, "error: not understood\n", sizeof(result));
		goto free;
	}
	if (j->op == OP_IDLE)
		idle(j);
	else if (j->interval)
		err = run_open_loop(j);
	else
		err = bench_client_run(j, SECONDS);
	if (err)
		snprintf(result, sizeof(result), "error: %s\n", j->error);
	else if (!j->interval)
		report(j);
free:
	kfree(j);
	return err;
}

static int command(char *line)
{
	char *arg = strchr(line, ' ');
	unsigned int n;

	strscpy(result, "\n", sizeof(result));
	if (!strcmp(line, "stop")) {
		bench_khttp_stop();
		return 0;
	}
	if (arg && !kstrtouint(arg + 1, 10, &n)) {
		if (strstarts(line, "peers "))
			return bench_client_resize(n);
		if (strstarts(line, "khttp "))
			return bench_khttp(n);
		if (strstarts(line, "sink "))
			return bench_sink(n);
		if (strstarts(line, "listen "))
			return bench_listen(n);
	}
	return run(line);
}

static ssize_t control_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	char *line;
	int err;

	if (len >= LINE)
		return -E2BIG;
	line = memdup_user_nul(buf, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&lock);
	err = command(strim(line));
	mutex_unlock(&lock);
	kfree(line);
	return err ?: len;
}

static int control_show(struct seq_file *m, void *v)
{
	mutex_lock(&lock);
	seq_puts(m, result);
	mutex_unlock(&lock);
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
}

static const struct proc_ops control_ops = {
	.proc_open = control_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = control_write,
};

static int __init bench_init(void)
{
	int err = bench_client_init();

	if (err)
		return err;
	err = bench_device_init();
	if (err)
		goto no_device;
	err = -ENOMEM;
	if (!proc_create(KBUILD_MODNAME, 0600, NULL, &control_ops))
		goto no_proc;
	return 0;

no_proc:
	bench_device_exit();
no_device:
	bench_client_exit();
	return err;
}

static void __exit bench_exit(void)
{
	remove_proc_entry(KBUILD_MODNAME, NULL);
	bench_khttp_stop();
	bench_device_exit();
	bench_client_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("a network device with clients behind it, for ktcp's bench");
MODULE_LICENSE("GPL");

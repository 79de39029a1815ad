// SPDX-License-Identifier: GPL-2.0
/*
 * Without memory: each allocation of a connection's life, and of what an
 * administrator does, loading included, fails in turn, and then many at random. What
 * cannot be had is as if the network had lost a segment: the peer, who repeats himself,
 * gets the right bytes or hears that the connection is over, and nothing is left.
 *
 * In user-mode Linux a segment that the peer writes is received in its own system
 * call, so /proc/self/fail-nth counts what that allocates; timers are left to chance.
 * What a worker of the kernel does, documents of the window and the end of a
 * namespace, is counted by the file of that.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire.h"

#define SLAB		"/sys/kernel/debug/failslab/"
#define PAGES		"/sys/kernel/debug/fail_page_alloc/"
#define TRACE		"/sys/kernel/debug/tracing/trace"
#define ASKED		8		/* requests, so that a window has a few segments */
#define MINUTES_MS	(5 * 60 * 1000)
#define NTH_MAX		2000

static int try_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void put(const char *path, int value)
{
	char text[16];

	sprintf(text, "%d", value);
	if (try_put(path, text))
		fail("%s: %s", path, strerror(errno));
}

/* May those fail that can wait? Everything here can, but the network does not. */
static void let_fail(bool all)
{
	put(SLAB "verbose", 0);
	put(PAGES "verbose", 0);
	put(PAGES "min-order", 0);
	put(SLAB "ignore-gfp-wait", !all);
	put(PAGES "ignore-gfp-wait", !all);
	put(PAGES "ignore-gfp-highmem", !all);
}

/* Open once: that takes memory. */
static int nth = -1;

/* The allocation after @n - 1 others fails, in this task; 0: none. */
static void fail_nth(int n)
{
	char text[16];
	int len = sprintf(text, "%d", n);

	if (nth < 0)
		nth = open("/proc/self/fail-nth", O_RDWR);
	check(pwrite(nth, text, len, 0) == len);
}

/* How many are left until one fails; 0: it has. */
static int nth_left(void)
{
	char text[16] = "";

	check(pread(nth, text, sizeof(text) - 1, 0) > 0);
	fail_nth(0);
	return atoi(text);
}

/* RCU, and workers, have done what is to be done later. */
static void settle(void)
{
	usleep(1000 * 1000);
}

/*
 * What has been allocated and not given back, by the tracepoints of the kernel: of its
 * general caches by code of ktcp; by this task, what is large and what each CPU has.
 */
static const char *const memory_events[] = {
	"events/kmem/kmalloc/enable",
	"events/kmem/kfree/enable",
	"events/percpu/percpu_alloc_percpu/enable",
	"events/percpu/percpu_free_percpu/enable",
};

#define HELD_MAX	2000

struct held {
	char ptr[20];
	char line[512];
};

static void watch(bool on)
{
	if (on) {
		tracing_set("buffer_size_kb", "8192");
		tracing_set("trace", "\n");
	}
	for (size_t i = 0; i < ARRAY_LEN(memory_events); i++)
		tracing_set(memory_events[i], on ? "1" : "0");
}

static bool ptr_of(const char *line, char *ptr)
{
	const char *at = strstr(line, " ptr=");

	return at && sscanf(at, " ptr=%19s", ptr) == 1 &&
	       strspn(ptr, "0") < strlen(ptr);
}

static void give_back(struct held *held, int *n, const char *ptr)
{
	for (int i = *n - 1; i >= 0; i--) {
		if (strcmp(held[i].ptr, ptr))
			continue;
		held[i] = held[--*n];
		return;
	}
}

/*
 * Nothing is left of what was allocated since watch(); how much code of ktcp has. While
 * a module is being loaded, what this task has is ktcp's, whoever has it for ktcp.
 */
static int nothing_kept(void)
{
	static struct held held[HELD_MAX];
	FILE *file;
	char line[512], ptr[20], who[32];
	int n = 0, own = 0;
	bool ours, init = false;

	snprintf(who, sizeof(who), "-%d ", getpid());
	settle();
	watch(false);
	file = fopen(TRACE, "r");
	check(file);
	while (fgets(line, sizeof(line), file)) {
		init |= !!strstr(line, ": initcall_start:");
		init &= !strstr(line, ": initcall_finish:");
		if (line[0] == '#' || !ptr_of(line, ptr))
			continue;
		if (strstr(line, ": kfree:") || strstr(line, ": percpu_free_percpu:")) {
			give_back(held, &n, ptr);
			continue;
		}
		ours = strstr(line, "[ktcp]") ||
		       (init && strstr(line, who) && strstr(line, ": kmalloc:"));
		own += ours;
		/* an application stays, if its port cannot be had */
		if (strstr(line, "=ktcp_attach+"))
			continue;
		if (!ours && !(strstr(line, who) &&
			       (strstr(line, "=kvmalloc_node+") ||
				strstr(line, ": percpu_alloc_percpu:"))))
			continue;
		check(n < HELD_MAX);
		strcpy(held[n].ptr, ptr);
		snprintf(held[n++].line, sizeof(held->line), "%s", line);
	}
	fclose(file);
	for (int i = 0; i < n; i++)
		printf("# kept: %s", held[i].line);
	check_eq(0, n);
	return own;
}

/* So many of a hundred fail, in any task, in timers too. */
static void fail_some(int percent)
{
	static const char *const dirs[] = { SLAB, PAGES };
	char path[80];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%stask-filter", dirs[i]);
		put(path, 0);
		snprintf(path, sizeof(path), "%stimes", dirs[i]);
		put(path, -1);
		snprintf(path, sizeof(path), "%sinterval", dirs[i]);
		put(path, 1);
		snprintf(path, sizeof(path), "%sspace", dirs[i]);
		put(path, 0);
		snprintf(path, sizeof(path), "%sprobability", dirs[i]);
		put(path, percent);
	}
}

/* Without memory to bind the socket that holds a port, the host says that it is taken. */
static void check_no_memory(int err)
{
	if (err && err != ENOMEM && err != ENOBUFS && err != ENFILE &&
	    err != EADDRINUSE)
		fail("%s", strerror(err));
}

/**
 * struct client - a peer that repeats what is not answered
 * @f: the connection
 * @text: what is asked
 * @len: how much
 * @acked: of which so much is acknowledged
 * @asked: and the SYN
 * @fin: ktcp's FIN has come
 * @over: and ours is acknowledged
 * @broken: a RST has come
 * @holes: how often it seems as if the first segment was lost
 */
struct client {
	struct flow *f;
	char text[4096];
	uint32_t len;
	uint32_t acked;
	bool asked;
	bool fin;
	bool over;
	bool broken;
	int holes;
};

static void hear(struct client *k, const struct got *g)
{
	if (g->flags & RST) {
		k->broken = true;
		return;
	}
	k->asked |= g->flags & SYN;
	if (k->asked && g->ack - 1 <= k->len + 1 && g->ack - 1 > k->acked)
		k->acked = g->ack - 1;
	k->fin |= g->flags & FIN && g->seq + g->len + 1 == k->f->rcv;
	k->over |= k->fin && g->ack == k->len + 2;
}

static void say(struct client *k)
{
	struct flow *f = k->f;
	uint32_t mss = payload(f);

	if (!k->asked) {
		f->snd = 0;
		flow_syn(f);
	} else if (k->acked < k->len) {
		tx(f, .flags = PSH | ACK, .seq = 1 + k->acked,
		   .data = k->text + k->acked, .len = k->len - k->acked);
		f->snd = 1 + k->len;
	} else if (k->fin) {
		tx(f, .flags = FIN | ACK, .seq = 1 + k->len);
		f->snd = 2 + k->len;
	} else if (k->holes && f->rcv > 1 + 2 * mss) {
		k->holes--;
		tx(f, .ack = 1, .seq = 1 + k->len,
		   .sack = { { 1 + mss, f->rcv } });
	} else {
		tx(f, .seq = 1 + k->len);
	}
}

/* From SYN to TIME_WAIT. Returns false if a RST ended it. */
static bool converse(struct client *k, void (*say)(struct client *k),
		     void (*hear)(struct client *k, const struct got *g))
{
	struct flow *f = k->f;
	struct got g;

	k->len = strlen(k->text);
	f->lossy = true;
	f->offer = SACK | TS | WSCALE;
	for (int i = 0; i < 1000 && !k->over && !k->broken; i++) {
		say(k);
		if (!flow_next(f, &g, i < 20 ? 100 : 3000))
			continue;
		do {
			hear(k, &g);
		} while (flow_next(f, &g, 0));
	}
	if (!k->over && !k->broken)
		fail("neither an end nor a RST");
	return !k->broken;
}

/* Requests, of which the last ends the connection; a hole where the response begins. */
static bool whole_life(struct flow *f)
{
	static struct client k;
	struct response r;
	uint32_t at = 1;
	int i;

	k = (struct client){ .f = f, .holes = 2 };
	for (i = 0; i < ASKED - 1; i++)
		strcat(k.text, GET);
	strcat(k.text, GET_CLOSE);
	if (!converse(&k, say, hear))
		return false;
	for (i = 0; i < ASKED; i++) {
		response_at(f, at, &r);
		check_page(f, at, &r);
		at += r.head + r.length;
	}
	check_eq(f->have, at);
	return true;
}

static const char *their_address(const struct peer *p)
{
	return p->family == AF_INET ? "10.0.0.2" : "2001:db8::2";
}

static int last_id(void)
{
	FILE *file = fopen("/proc/ktcp_test", "r");
	char line[64];
	int id = 0;

	check(file);
	while (fgets(line, sizeof(line), file))
		id = atoi(line);
	fclose(file);
	return id;
}

/* The other side: what ktcp has opened, and what it echoes. */
static void serve(struct client *k)
{
	struct flow *f = k->f;
	uint32_t left = k->len - k->acked;
	uint8_t opt[16];
	size_t n;

	if (!f->rcv)	/* its SYN has not come */
		return;
	if (!k->asked) {
		n = flow_syn_options(f, opt);
		f->snd = 0;
		tx(f, .flags = SYN | ACK, .opt = opt, .optlen = n);
	} else if (k->acked < k->len) {
		tx(f, .flags = PSH | ACK, .seq = 1 + k->acked,
		   .data = k->text + k->acked, .len = left < 1000 ? left : 1000);
		f->snd = 1 + k->len;
	} else if (f->have < 1 + k->len) {
		tx(f, .seq = 1 + k->len);
	} else {
		tx(f, .flags = FIN | ACK, .seq = 1 + k->len);
		f->snd = 2 + k->len;
	}
}

/* It ends the connection when we have. */
static void hear_echo(struct client *k, const struct got *g)
{
	bool shut = k->acked > k->len;

	if (g->flags & RST) {
		k->broken = true;
		return;
	}
	k->asked |= (g->flags & (SYN | ACK)) == ACK;
	if (k->asked && g->ack - 1 <= k->len + 1 && g->ack - 1 > k->acked)
		k->acked = g->ack - 1;
	if (!shut && k->acked > k->len)
		check_eq(0, command("close %d", last_id()));
	k->fin |= g->flags & FIN && g->seq + g->len + 1 == k->f->rcv;
	if (!k->fin)
		return;
	tx(k->f, .seq = 2 + k->len);
	k->over = !stat_get("CurrConns");
}

/* ktcp opens, echoes, and closes after us. */
static bool life_that_ktcp_begins(struct flow *f)
{
	static struct client k;
	uint32_t i;
	int err;

	k = (struct client){ .f = f };
	for (i = 0; i < sizeof(k.text) - 1; i++)
		k.text[i] = 'a' + i % 23;
	f->dport = 0;
	check_eq(0, command("clear"));
	err = command("connect %s %u echo", their_address(f->p), f->sport);
	if (err) {
		check_no_memory(err);
		return false;
	}
	if (!converse(&k, serve, hear_echo))
		return false;
	check_eq(1 + k.len, f->have);
	check(!memcmp(f->stream + 1, k.text, k.len));
	return true;
}

/* What there was ends by itself, with time. */
static void nothing_left(void)
{
	for (int i = 0; i < 400; i++) {
		if (!(stat_get("CurrConns") + stat_get("CurrTimeWaits")))
			return;
		usleep(MINUTES_MS / 40 * 1000);
	}
	fail("%lu connections and %lu TIME_WAITs are left", stat_get("CurrConns"),
	     stat_get("CurrTimeWaits"));
}

/*
 * Each that may not wait fails once, in a connection of its own, and there are at least
 * so many. That goes on, but where an application cannot say what it must: then a RST
 * ends it, or it never begins, no more than so many of a hundred.
 */
static void each_fails(struct peer *p, struct flow *f, bool (*life)(struct flow *f),
		       int least, int percent)
{
	int n, left = 0, broken = 0;

	let_fail(false);
	for (n = 1; n < NTH_MAX && !left; n++) {
		flow_init(f, p);
		fail_nth(n);
		broken += !life(f);
		left = nth_left();
		nothing_left();
	}
	figure("%d allocations failed, one in each connection, and ended %d of them",
	       n - 2, broken);
	check(n > least && n < NTH_MAX && broken * 100 < n * percent);
}

WIRE(each__of_a_connection)
{
	each_fails(p, f, whole_life, 20, 50);
}

WIRE(each__of_a_connection_by_cookie)
{
	sysctl_set("syncookies", "2");
	each_fails(p, f, whole_life, 20, 50);
}

WIRE(each__of_a_connection_that_ktcp_opens)
{
	each_fails(p, f, life_that_ktcp_begins, 10, 67);
}

/* Then as many as there are, in timers too; and a new connection finds all well. */
WIRE(some__at_random)
{
	static const int percent[] = { 1, 3, 10, 30 };
	int whole = 0, lives = 0;

	let_fail(false);
	for (size_t i = 0; i < ARRAY_LEN(percent); i++) {
		for (int n = 0; n < 10; n++) {
			flow_init(f, p);
			sysctl_set("syncookies", n % 3 ? "1" : "2");
			fail_some(percent[i]);
			whole += whole_life(f);
			fail_some(0);
			lives++;
		}
	}
	figure("%d of %d connections were all right, %lu allocations failed",
	       whole, lives, stat_get("OutOfMemory"));
	check(stat_get("OutOfMemory") > 5);
	check(whole >= 3);	/* it is half of them; fewer than these is no chance */
	nothing_left();
	flow_init(f, p);
	check(whole_life(f));
	nothing_left();
}

/* What an administrator asks for, and the proof that it is as before, or done. */
struct deed {
	const char *file;
	const char *text;
	const char *undo;
};

static int do_nth(const struct deed *d, int n, int *left)
{
	int fd = open(d->file, O_WRONLY), err = 0;

	check(fd >= 0);
	watch(true);
	fail_nth(n);
	if (write(fd, d->text, strlen(d->text)) < 0)
		err = errno;
	*left = nth_left();
	close(fd);
	if (err)
		nothing_kept();
	else
		watch(false);
	return err;
}

static bool listens(int port)
{
	FILE *file = fopen("/proc/ktcp/listeners", "r");
	char line[256];
	bool there = false;

	check(file);
	while (fgets(line, sizeof(line), file))
		there |= atoi(line) == port;
	fclose(file);
	return there;
}

#define SYSCTLS		"/proc/sys/net/ktcp/"

WIRE(each__of_a_port)
{
	static const struct deed deeds[] = {
		{ SYSCTLS "ports", "8080,1007", "8080" },
		{ "/proc/ktcp_test", "listen echo 1007", "unlisten 1007" },
	};
	int n, left, err;

	let_fail(true);
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		const struct deed *d = &deeds[i];

		for (n = 1, left = 0; n < NTH_MAX && !left; n++) {
			err = do_nth(d, n, &left);
			check_no_memory(err);
			check_eq(!err, listens(1007));
			check(listens(8080));
			if (!err)
				check_eq(0, try_put(d->file, d->undo));
			check(!listens(1007));
		}
		figure("%s: %d allocations failed", d->text, n - 2);
		check(n > 3 && n < NTH_MAX);
	}
	check(whole_life(f));
}

static void make_file(const char *dir, const char *name, char what)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	check(file);
	for (int i = 0; i < 5000; i++)
		fputc(what, file);
	check(!fclose(file));
}

static void make_docroot(char *dir, char what)
{
	char sub[160];

	check(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	check(!mkdir(sub, 0755));
	make_file(dir, "a", what);
	make_file(sub, "b", what);
}

/* What is there now, whole. */
static char published(struct flow *f, struct peer *p)
{
	struct response r;
	uint32_t i;

	flow_init(f, p);
	flow_connect(f);
	request(f, "GET /sub/b HTTP/1.1\r\nHost: a\r\n\r\n", &r);
	check_eq(200, r.status);
	check_eq(5000, r.length);
	for (i = 1; i < r.length; i++)
		check(r.text[r.head + i] == r.text[r.head]);
	tx(f, .flags = RST | ACK);
	return r.text[r.head];
}

/* Either all of the directory is published, or it is as it was. */
WIRE(each__of_a_docroot)
{
	char old[] = "/run/tmp/old.XXXXXX", new[] = "/run/tmp/new.XXXXXX";
	const struct deed d = { SYSCTLS "docroot", new, old };
	int n, left = 0, err;

	make_docroot(old, 'o');
	make_docroot(new, 'n');
	let_fail(true);
	for (n = 1; n < NTH_MAX && !left; n++) {
		check_eq(0, try_put(d.file, d.undo));
		err = do_nth(&d, n, &left);
		check_no_memory(err);
		check_eq(err ? 'o' : 'n', published(f, p));
	}
	figure("%d allocations failed while a directory was published", n - 2);
	check(n > 20 && n < NTH_MAX);
}

/* What a file says is what was written last, or before. */
static void check_says(const char *file, const char *text)
{
	char line[1024] = "";
	int fd = open(file, O_RDONLY);

	check(fd >= 0);
	check(read(fd, line, sizeof(line) - 1) >= 0);
	close(fd);
	if (strcmp(line, text))
		fail("%s says '%s', not '%s'", file, line, text);
}

#define ROUTES(status, text)					\
	"/a answer " #status " text/plain " text "\n"		\
	"/b redirect 301 /" text "\n"				\
	"/c health\n"						\
	"* header X-Text: " text "\n"

WIRE(each__of_what_is_written)
{
	static const struct deed deeds[] = {
		{ "/proc/ktcp/routes", ROUTES(410, "new"), ROUTES(403, "old") },
		{ SYSCTLS "status_path", "/new/\n", "/old/\n" },
		{ SYSCTLS "status_allow", "10.0.0.0/8,2001:db8::/32\n", "192.0.2.7/32\n" },
	};
	struct response r;
	int n, left, err;

	let_fail(true);
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		const struct deed *d = &deeds[i];

		for (n = 1, left = 0; n < NTH_MAX && !left; n++) {
			check_eq(0, try_put(d->file, d->undo));
			err = do_nth(d, n, &left);
			check_no_memory(err);
			check_says(d->file, err ? d->undo : d->text);
			if (i)
				continue;
			flow_init(f, p);
			flow_connect(f);
			request(f, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &r);
			check_eq(err ? 403 : 410, r.status);
			tx(f, .flags = RST | ACK);
		}
		figure("%s: %d allocations failed", d->file, n - 2);
		check(n > (i ? 2 : 10) && n < NTH_MAX);
	}
}

/* Before the first segment; afterwards each__of_a_connection_that_ktcp_opens. */
WIRE(each__of_an_open)
{
	char text[80];
	const struct deed d = { "/proc/ktcp_test", text, NULL };
	int n, left = 0, err;
	struct got g;

	for (n = 1; n < NTH_MAX && !left; n++) {
		flow_init(f, p);
		f->dport = 0;
		f->offer = SACK | TS | WSCALE;
		snprintf(text, sizeof(text), "connect %s %u echo", their_address(p),
			 f->sport);
		let_fail(true);
		err = do_nth(&d, n, &left);
		let_fail(false);
		check_no_memory(err);
		if (err) {
			quiet(p, 10000);
		} else {
			/* a SYN that could not be had is sent again */
			check(flow_next(f, &g, 1500));
			check_eq(SYN, g.flags & (SYN | ACK | RST));
			tx(f, .flags = RST | ACK);
			quiet(p, 10000);
		}
		check_eq(0, stat_get("CurrConns"));
	}
	figure("%d allocations failed", n - 2);
	check(n > 3 && n < NTH_MAX);
}

static int this_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY);

	check(fd >= 0);
	return fd;
}

#define OWN_MAX	16

/*
 * Which of the allocations that a namespace takes are made by code of ktcp; how many.
 * Those of caches alone count: they are the same each time, pages are not.
 */
static int allocations_of_ktcp(int outside, int *at)
{
	char line[512], who[32];
	int n = 0, own = 0;
	bool begun = false;
	FILE *file;

	snprintf(who, sizeof(who), "-%d ", getpid());
	tracing_set("events/kmem/kmem_cache_alloc/enable", "1");
	watch(true);
	check(!unshare(CLONE_NEWNET));
	watch(false);
	tracing_set("events/kmem/kmem_cache_alloc/enable", "0");
	check(!setns(outside, CLONE_NEWNET));
	file = fopen(TRACE, "r");
	check(file);
	while (fgets(line, sizeof(line), file)) {
		begun |= !!strstr(line, "=create_new_namespaces+");
		n += begun && strstr(line, who) && (strstr(line, ": kmalloc:") ||
						    strstr(line, ": kmem_cache_alloc:"));
		if (strstr(line, "[ktcp]") && own < OWN_MAX)
			at[own++] = n;
	}
	fclose(file);
	settle();
	check(own > 2 && own < OWN_MAX);
	return own;
}

/* The one that was there has not changed. How much ktcp had of the other. */
static int fail_a_namespace(int outside, int n, int *err)
{
	watch(true);
	fail_nth(n);
	*err = unshare(CLONE_NEWNET) ? errno : 0;
	check_eq(0, nth_left());
	if (!*err)
		check(!setns(outside, CLONE_NEWNET));
	check(listens(8080));
	return nothing_kept();
}

/*
 * Each of ktcp's own; before them that for its struct ktcp_net; after them two for its
 * sysctls, and the struct test_net of ktcp_test, where all is undone. Without memory for
 * its table, which is the one before its own, that is made smaller, and so is known what
 * does not count.
 */
WIRE(each__of_a_namespace)
{
	int outside = this_netns(), at[OWN_MAX], all, less = 0, err, i, n;

	wire_only(p, AF_INET);
	let_fail(true);
	put(PAGES "ignore-gfp-wait", 1);
	allocations_of_ktcp(outside, at);
	for (err = ENOMEM; err && less < 4; less++) {
		all = allocations_of_ktcp(outside, at);
		fail_a_namespace(outside, at[0] - 1 - less, &err);
	}
	check_eq(0, err);
	less--;
	for (i = -2; i <= all + 2; i++) {
		if (i == -1)
			continue;
		check_eq(all, allocations_of_ktcp(outside, at));
		n = i < 0 ? at[0] + i : i < all ? at[i] : at[all - 1] + 1 + i - all;
		check_eq(i < 0 ? 0 : i < all ? i : all,
			 fail_a_namespace(outside, n - less, &err));
		check_eq(ENOMEM, err);
	}
	figure("%d allocations failed, %d of them of ktcp alone", all + 4, all);
	check(whole_life(f));
	close(outside);
}

/* Any worker of the kernel may be the one: the same for each of them. */
static bool workers_nth(int n)
{
	DIR *dir = opendir("/proc");
	char path[80], text[32];
	struct dirent *e;
	bool failed = false;
	int fd;

	check(dir);
	while ((e = readdir(dir))) {
		if (!atoi(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", atoi(e->d_name));
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		*text = 0;
		check(read(fd, text, sizeof(text)) >= 0);
		close(fd);
		if (strncmp(text, "kworker/", 8))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", atoi(e->d_name));
		fd = open(path, O_RDWR);
		if (fd < 0)
			continue;
		memset(text, 0, sizeof(text));
		check(read(fd, text, sizeof(text) - 1) > 0);
		failed |= atoi(text) == 0;
		check(pwrite(fd, text, sprintf(text, "%d", n), 0) > 0);
		close(fd);
	}
	closedir(dir);
	return failed;
}

/* It is whole, or it is said that there is none, or not even that can be said. */
WIRE(each__of_a_document)
{
	static const char *const docs[] = {
		"stats.json", "connections.json", "history.json", "metrics",
	};
	static struct client k;
	struct response r;
	int n, whole, without, broken;
	bool done;

	sysctl_set("status_allow", "10.0.0.0/8,2001:db8::/32");
	let_fail(true);
	for (size_t i = 0; i < ARRAY_LEN(docs); i++) {
		whole = without = broken = 0;
		for (n = 1; n < NTH_MAX && whole < 3; n++) {
			flow_init(f, p);
			k = (struct client){ .f = f };
			snprintf(k.text, sizeof(k.text),
				 "GET /ktcp/%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
				 docs[i]);
			workers_nth(n);
			done = converse(&k, say, hear);
			whole = workers_nth(0) ? 0 : whole + 1;
			nothing_left();
			check(done || !whole);
			broken += !done;
			if (!done)
				continue;
			response_at(f, 1, &r);
			check_eq(f->have, 1 + r.head + r.length);
			if (r.status != 503)
				check_eq(200, r.status);
			check(!whole || r.status == 200);
			without += r.status == 503;
		}
		figure("%s: %d allocations failed, %d times there was none, %d connections ended",
		       docs[i], n - 4, without, broken);
		check(without && n < NTH_MAX && broken < n / 2);
	}
}

/* Nothing is left of it, whatever its end cannot have. */
WIRE(each__of_the_end_of_a_namespace)
{
	int outside = this_netns(), n, without = 0, failed = 0;

	wire_only(p, AF_INET);
	let_fail(true);
	for (n = 1; n < NTH_MAX && without < 3; n++) {
		watch(true);
		check(!unshare(CLONE_NEWNET));
		sysctl_set("ports", "8080");
		check_eq(0, try_put("/proc/ktcp/routes", ROUTES(410, "new")));
		check_eq(0, try_put(SYSCTLS "status_allow", "10.0.0.0/8"));
		workers_nth(n);
		check(!setns(outside, CLONE_NEWNET));
		settle();
		without = workers_nth(0) ? 0 : without + 1;
		failed += !without;
		check(listens(8080));
		check(nothing_kept() > 10);
	}
	figure("%d allocations failed", failed);
	check(n < NTH_MAX);
	check(whole_life(f));
	close(outside);
}

#define KTCP		"build/uml/ktcp.ko"	/* where scripts/check has them */
#define KTCP_TEST	"build/uml-test/ktcp_test.ko"
#define LOADS_MAX	600		/* it takes some 200 */

struct image {
	void *at;
	size_t size;
};

static struct image image_of(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct image m;
	struct stat st;

	check(fd >= 0 && !fstat(fd, &st));
	m.size = st.st_size;
	m.at = malloc(m.size);
	check(m.at && read(fd, m.at, m.size) == (ssize_t)m.size);
	close(fd);
	return m;
}

/* Not from a file: to read that takes now more, now less memory. */
static int load_nth(const struct image *m, const char *args, int n, int *left)
{
	int err = 0;

	fail_nth(n);
	if (syscall(SYS_init_module, m->at, m->size, args))
		err = errno;
	*left = nth_left();
	return err;
}

static int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

static bool begins_a_line(const char *path, const char *name)
{
	FILE *file = fopen(path, "r");
	char line[1024];
	bool there = false;

	check(file);
	while (fgets(line, sizeof(line), file))
		there |= !strncmp(line, name, strlen(name));
	fclose(file);
	return there;
}

/* Neither here nor in the namespace @first. */
static void nothing_of_ktcp(int here, int first)
{
	check(!begins_a_line("/proc/modules", "ktcp"));
	check(!begins_a_line("/proc/slabinfo", "ktcp_"));
	check(access("/proc/ktcp", F_OK));
	check(access(SYSCTLS, F_OK));
	check(!setns(first, CLONE_NEWNET));
	check(access(SYSCTLS, F_OK));
	check(!setns(here, CLONE_NEWNET));
}

/* The port that it was loaded with, and one that is set here. */
static void all_of_ktcp(struct peer *p, struct flow *f, int here, int first)
{
	check(!setns(first, CLONE_NEWNET));
	check(listens(8080));
	check(!setns(here, CLONE_NEWNET));
	sysctl_set("ports", "8080");
	flow_init(f, p);
	check(whole_life(f));
}

/*
 * How many allocations of a load came before ktcp_init(), -1: it never began; and which
 * of those from there on failed, 0: none.
 */
static int load_traced(int *failed)
{
	char line[512], who[32], ptr[20];
	FILE *file = fopen(TRACE, "r");
	int n = 0, before = -1;

	snprintf(who, sizeof(who), "-%d ", getpid());
	check(file);
	*failed = 0;
	while (!*failed && fgets(line, sizeof(line), file)) {
		if (!strstr(line, who))
			continue;
		if (strstr(line, ": tracing_mark_write:"))
			n = 0;
		if (strstr(line, ": initcall_start:")) {
			before = n;
			n = 0;
		}
		if (!strstr(line, ": kmalloc:") &&
		    !strstr(line, ": kmem_cache_alloc:"))
			continue;
		n++;
		if (before >= 0 && !ptr_of(line, ptr))
			*failed = n;
	}
	fclose(file);
	return before;
}

/**
 * struct turns - the allocations from ktcp_init() on, each in its turn
 * @n: for fail-nth, counted from the beginning of the load
 * @want: which of them that shall be
 * @unasked: so many before it are not asked to fail: pages, and the cache of caches
 * @failed: which have
 */
struct turns {
	int n;
	int want;
	int unasked;
	bool failed[NTH_MAX];
};

/* What comes before ktcp_init() is not always as much. Returns false: that was all. */
static bool next_turn(struct turns *t, int before, int failed, int left)
{
	int aim = t->n - before + t->unasked;

	if (before < 0) {
		t->n++;
		return true;
	}
	if (left && aim <= t->want)
		return false;
	check(failed < NTH_MAX - 1);
	t->failed[failed] = true;
	if (aim == t->want && failed > t->want) {
		t->failed[t->want] = true;
		t->unasked++;
	}
	while (t->failed[t->want])
		t->want++;
	t->n = before + t->want - t->unasked;
	return true;
}

/*
 * Each that ktcp_init() takes, and those after it; those before are the kernel's own,
 * and some of them it warns of. The last of all tests: after one that fails there is no
 * ktcp.
 */
WIRE(each__load)
{
	int here = this_netns(), first = open("/proc/1/ns/net", O_RDONLY);
	int left, err, before, failed, loads = 0, whole = 0;
	char docroot[] = "/run/tmp/new.XXXXXX", args[80];
	static struct turns t = { .want = 1 };
	struct image ktcp, test;

	wire_only(p, AF_INET6);
	if (!access("/sys/module/ktcp_coverage", F_OK))
		wire_skip();	/* it knows ktcp at one place only */
	ktcp = image_of(KTCP);
	test = image_of(KTCP_TEST);
	make_docroot(docroot, 'n');
	snprintf(args, sizeof(args), "port=8080 docroot=%s", docroot);
	let_fail(true);
	put(PAGES "ignore-gfp-wait", 1);
	fail_nth(0);	/* opens its file */
	tracing_set("events/initcall/enable", "1");
	tracing_set("events/kmem/kmem_cache_alloc/enable", "1");
	check_eq(0, unload("ktcp_test"));
	check_eq(0, unload("ktcp"));
	nothing_of_ktcp(here, first);
	do {
		check(++loads < LOADS_MAX);
		watch(true);
		tracing_set("trace_marker", "load");
		err = load_nth(&ktcp, args, t.n, &left);
		before = load_traced(&failed);
		check_no_memory(err);
		check(!err || !left);
		if (err) {
			nothing_kept();
		} else {
			watch(false);
			all_of_ktcp(p, f, here, first);
			check_eq(0, unload("ktcp"));
			whole++;
		}
		nothing_of_ktcp(here, first);
	} while (next_turn(&t, before, failed, left));
	tracing_set("events/kmem/kmem_cache_alloc/enable", "0");
	tracing_set("events/initcall/enable", "0");
	figure("%d allocations failed, in %d loads, of which %d were all right",
	       t.want - 1 - t.unasked, loads, whole);
	check(t.want > 100 && t.unasked < 10 && whole > 5);
	check_eq(0, load_nth(&ktcp, "port=8080", 0, &left));
	check_eq(0, load_nth(&test, "", 0, &left));
	all_of_ktcp(p, f, here, first);
	close(first);
	close(here);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Without memory: each allocation of a connection's life, and of what an
 * administrator does, fails in turn, and then many at random. What cannot be had is
 * as if the network had lost a segment: the peer, who repeats himself, gets the
 * right bytes or hears that the connection is over, and nothing is left.
 *
 * In user-mode Linux a segment that the peer writes is received in its own system
 * call, so /proc/self/fail-nth counts what that allocates; timers are left to chance.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

#define SLAB		"/sys/kernel/debug/failslab/"
#define PAGES		"/sys/kernel/debug/fail_page_alloc/"
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
	char text[1024];
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

/*
 * From SYN to TIME_WAIT: requests, of which the last ends the connection, a hole at
 * the beginning of the response. Returns false if a RST ended it.
 */
static bool whole_life(struct flow *f)
{
	static struct client k;
	struct response r;
	uint32_t at = 1;
	struct got g;
	int i;

	k = (struct client){ .f = f, .holes = 2 };
	f->lossy = true;
	f->offer = SACK | TS | WSCALE;
	for (i = 0; i < ASKED - 1; i++)
		strcat(k.text, GET);
	strcat(k.text, GET_CLOSE);
	k.len = strlen(k.text);
	for (i = 0; i < 1000 && !k.over && !k.broken; i++) {
		say(&k);
		if (!flow_next(f, &g, i < 20 ? 100 : 3000))
			continue;
		do {
			hear(&k, &g);
		} while (flow_next(f, &g, 0));
	}
	if (k.broken)
		return false;
	if (!k.over)
		fail("neither an end nor a RST");
	for (i = 0; i < ASKED; i++) {
		response_at(f, at, &r);
		check_page(f, at, &r);
		at += r.head + r.length;
	}
	check_eq(f->have, at);
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
 * Each that may not wait fails once, in a connection of its own. That goes on, but
 * where the responder cannot say what it must: then a RST ends it.
 */
static void each_fails(struct peer *p, struct flow *f)
{
	int n, left = 0, broken = 0;

	let_fail(false);
	for (n = 1; n < NTH_MAX && !left; n++) {
		flow_init(f, p);
		fail_nth(n);
		broken += !whole_life(f);
		left = nth_left();
		nothing_left();
	}
	check(n > 20 && n < NTH_MAX);
	printf("# %d allocations failed, one in each connection, and ended %d of them\n",
	       n - 2, broken);
	check(broken < n / 2);
}

WIRE(each__of_a_connection)
{
	each_fails(p, f);
}

WIRE(each__of_a_connection_by_cookie)
{
	sysctl_set("syncookies", "2");
	each_fails(p, f);
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
	printf("# %d of %d connections were all right, %lu allocations failed\n",
	       whole, lives, stat_get("OutOfMemory"));
	check(stat_get("OutOfMemory") > 20);
	check(whole > lives / 4);
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
	fail_nth(n);
	if (write(fd, d->text, strlen(d->text)) < 0)
		err = errno;
	*left = nth_left();
	close(fd);
	return err;
}

/* Without memory to bind the socket that holds a port, the host says that it is taken. */
static void check_no_memory(int err)
{
	if (err && err != ENOMEM && err != ENOBUFS && err != ENFILE &&
	    err != EADDRINUSE)
		fail("%s", strerror(err));
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
		printf("# %s: %d allocations failed\n", d->text, n - 2);
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
	printf("# %d allocations failed while a directory was published\n", n - 2);
	check(n > 20 && n < NTH_MAX);
}

TEST_HARNESS_MAIN

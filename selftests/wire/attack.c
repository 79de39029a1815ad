// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that want memory or work of ktcp and give little for it: what each attack
 * costs, and what happens near the cap of all memory (module/mem.c).
 * Documentation/limits.md has the bounds. Needs ktcp_test.ko for services that read,
 * or send, without end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"
#include "wire.h"

#define MIB		(1L << 20)
#define BATCH		(MIB / 64)	/* of a cap of one MiB, on one CPU */
#define EXTENTS		64		/* KTCP_SNDQ_EXTENTS */
#define FLIGHTS		4096		/* KTCP_FLIGHT_MAX */
#define RECORD		64		/* a flight record or an extent, at most */
#define OFO_STEPS	1024		/* OFO_STEPS_MAX */
#define MANY		(3 * OFO_STEPS)
#define LOOKS		128		/* LOOKS_MAX */
#define EVICT_MAX	8
#define CROWD		2000
#define HTTP_CONN	200		/* struct http_conn */
#define HTTP_LINE	8192		/* KTCP_HTTP_LINE_MAX */
#define DISCARD		9
#define CHARGEN		19

static long memory(void)
{
	return stat_get("CurrMemory");
}

static long level(void)
{
	return stat_get("CurrMemoryLevel");
}

/* Time passes, and nobody looks at what comes. */
static void pass(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* struct resets - the ports to which RSTs went, in their order */
struct resets {
	unsigned int n;
	uint16_t port[32];
};

/* Whatever has come is taken; returns how many packets, and fills in *@resets. */
static unsigned int swallow_resets(struct peer *p, struct resets *resets)
{
	struct pollfd fd = { .fd = p->tun, .events = POLLIN };
	static struct packet k;
	unsigned int n = 0;
	struct parsed in;
	ssize_t len;

	resets->n = 0;
	while (poll(&fd, 1, 0) == 1) {
		len = read(p->tun, &k, sizeof(k.vnet) + sizeof(k.ip));
		check(len > (ssize_t)sizeof(k.vnet));
		k.len = len - sizeof(k.vnet);
		if (!packet_is_tcp(&k))
			continue;
		n++;
		check(!packet_parse(&k, p, &in));
		if (in.seg.flags & RST) {
			check(resets->n < ARRAY_LEN(resets->port));
			resets->port[resets->n++] = in.seg.dport;
		}
	}
	return n;
}

/* The same, with the port of the last RST, or 0, in *@rst. */
static unsigned int swallow(struct peer *p, uint16_t *rst)
{
	struct resets resets;
	unsigned int n = swallow_resets(p, &resets);

	if (rst)
		*rst = resets.n ? resets.port[resets.n - 1] : 0;
	return n;
}

/*
 * What is counted
 */

/* meminfo_kib("MemFree") - a line of /proc/meminfo */
static long meminfo_kib(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char key[64];
	long kib = -1;

	check(file);
	while (fscanf(file, "%63[^:]: %ld%*[^\n] ", key, &kib) == 2 && strcmp(key, name))
		kib = -1;
	fclose(file);
	check(kib > 0);
	return kib;
}

/* The default is an eighth of the memory of the host. */
WIRE(cap__default)
{
	const unsigned long kib = meminfo_kib("MemTotal");

	check_stat("CurrMemoryMax", kib * 1024 / 8);
	sysctl_set("mem_mib_max", "3");
	check_stat("CurrMemoryMax", 3 * MIB);
	sysctl_set("mem_mib_max", "0");
	check_stat("CurrMemoryMax", kib * 1024 / 8);
	check_eq(EINVAL, sysctl_try("mem_mib_max", "-1"));
	check_eq(EINVAL, sysctl_try("mem_mib_max", "16777217"));
	check_stat("CurrMemoryLevel", 0);
}

/* Each kind of object, what it holds, and nothing once it has gone. */
WIRE(cap__counts_all_and_forgets_nothing)
{
	long syn, conn, timewait, before, page;
	static struct flow g;
	struct response r;

	check_eq(0, memory());
	flow_syn(f);
	flow_synack(f);
	syn = memory();
	check(syn >= 168 && syn < 600);
	tx(f);
	conn = memory();
	check(conn >= 480 && conn < 1200);
	flow_init(&g, p);
	flow_connect(&g);
	check_eq(2 * conn, memory());
	figure("%ld bytes in SYN_RECV, %ld open", syn, conn);

	/* out of order: the segment, and what knows of it */
	tx(&g, .seq = 1 + 10, .data = GET + 10);
	rx(&g, .ack = 1);
	check(memory() > 2 * conn + 192 + 256);
	tx(&g, .data = GET, .len = 10);
	g.snd = 1 + GET_LEN;
	check(flow_next(&g, &(struct got){}, 0));
	drain(&g);
	/*
	 * A response in flight: what is owed, and that it was sent; and a page if its
	 * header is copied, as it is when nobody has asked for it lately.
	 */
	before = memory() - 2 * conn;
	page = before > 4096 ? 4096 : 0;
	check(before > page && before <= page + 8 * RECORD);
	tx(&g, .ack = g.have);
	check_eq(2 * conn, memory());
	/* half of a request: the responder's state, and the line */
	tx(&g, .data = "GET / HT");
	rx(&g, .after_ms = 40);
	check(memory() >= 2 * conn + 184 + 256);
	tx(&g, .flags = RST | ACK);
	check_eq(conn, memory());

	request(f, GET_CLOSE, &r);
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, "TIME_WAIT");
	timewait = memory();
	check(timewait >= 128 && timewait < 400);
	pass(60050);
	check_state(f, CLOSED);
	check_eq(0, memory());
}

/*
 * Near the cap
 */

/* A peer that reads nothing, and asks for more than is owed at a time. */
static void hog(struct flow *f, int segments)
{
	f->wnd = 0;
	flow_connect(f);
	ask(f, 51);
	tx(f, .data = GET GET GET GET GET GET GET GET GET GET GET GET GET GET);
	while (segments--)
		tx(f, .data = "G", .len = 1);
	swallow(f->p, NULL);
}

/* Has anything been given up? */
static bool gone(void)
{
	return stat_get("MemEvicted") || stat_get("MemTimeWaits");
}

/*
 * So many of them that together all hold @want bytes, or a bit more; or that
 * somebody has had to go. Returns the last, which @f is the room for.
 */
static void hogs_until(struct peer *p, struct flow *f, long want)
{
	long before;

	while (memory() < want && !gone()) {
		flow_init(f, p);
		hog(f, 0);
		do {
			before = memory();
			tx(f, .data = "G", .len = 1);
			swallow(p, NULL);
		} while (memory() > before && memory() < want && !gone());
		pass(10);
		swallow(p, NULL);
	}
}

/* At 3/4 nothing is kept out of order any more, and what was kept is let go. */
WIRE(pressure__keeps_nothing_out_of_order)
{
	static struct flow g;
	long most = 0, ofo;
	struct response r;
	uint32_t at;

	sysctl_set("mem_mib_max", "1");
	flow_connect(f);
	tx(f, .seq = 1 + 20, .data = "x");
	rx(f, .ack = 1);
	ofo = memory();
	hogs_until(p, &g, MIB * 3 / 4 - 3 * BATCH);
	check_stat("CurrMemoryLevel", 0);
	for (at = 22; !stat_get("MemOfoDropped") && at < 2000; at += 2) {
		tx(f, .seq = 1 + at, .data = "x");
		most = memory() > most ? memory() : most;
		swallow(p, NULL);
	}
	/* the one that made it so much, and all that was kept; then there is room */
	check_stat("CurrMemoryLevel", 0);
	check(most <= MIB * 3 / 4 + BATCH);
	figure("%lu segments let go, at most %ld bytes", stat_get("MemOfoDropped"),
	     most);
	check(memory() <= most - (ofo - 1200));
	check_stat("OfoQueued", (at - 22) / 2);
	check_stat("MemOfoDropped", (at - 22) / 2 + 1);
	/* with in-order data the connection goes on */
	swallow(p, NULL);
	request(f, GET, &r);
	check_eq(200, r.status);
	check_stat("MemEvicted", 0);
}

/*
 * Nor does who takes nothing, because he owes all that he may, get more when the cap
 * has been reached, not even the first of it.
 */
WIRE(full__nothing_for_who_cannot_read)
{
	static struct flow g;
	unsigned long dropped;

	sysctl_set("mem_mib_max", "2");
	hogs_until(p, &g, MIB * 3 / 2);
	f->wnd = 0;
	flow_connect(f);
	ask(f, 33);		/* 32 can be owed, and all is read */
	swallow(p, NULL);
	sysctl_set("mem_mib_max", "1");
	check_stat("CurrMemoryLevel", 4);
	dropped = stat_get("RcvQueueDropped");
	tx(f, .data = "G", .len = 1);
	swallow(p, NULL);
	check_stat("RcvQueueDropped", dropped + 1);
	check_state(f, "ESTABLISHED");
}

/* A receive buffer that would grow does not. */
WIRE(pressure__windows_do_not_grow)
{
	static char text[1000];
	static struct flow g;
	int i;

	memset(text, 'x', sizeof(text));
	sysctl_set("mem_mib_max", "1");
	check_eq(0, command("listen discard 9"));
	f->dport = DISCARD;
	f->offer = WSCALE;
	flow_connect(f);
	hogs_until(p, &g, MIB * 3 / 4 + BATCH);
	check_stat("CurrMemoryLevel", 1);
	for (i = 0; i < 400; i++) {
		tx(f, .data = text, .len = sizeof(text));
		if (i % 100 == 99)
			pass(110);
		swallow(p, NULL);
	}
	check(stat_get("MemWindowsHeld") > 0);
	check(conn_num(f, "rcv_wnd") <= 65535);
	check_eq(400000, conn_num(f, "bytes_in"));
	/* nor when it is over, for what has come until then */
	tx(f, .data = text, .len = sizeof(text));
	swallow(p, NULL);
	pass(110);
	swallow(p, NULL);
	sysctl_set("mem_mib_max", "64");
	check_stat("CurrMemoryLevel", 0);
	tx(f, .data = text, .len = sizeof(text));
	swallow(p, NULL);
	check(conn_num(f, "rcv_wnd") <= 65535);
	check_stat("MemEvicted", 0);
}

/* At 7/8 a SYN gets a cookie, and its ACK a connection that is served. */
WIRE(pressure__syns_get_cookies)
{
	static struct flow g, h;
	struct response r;

	sysctl_set("mem_mib_max", "1");
	hogs_until(p, &g, MIB * 7 / 8 + BATCH);
	check_stat("CurrMemoryLevel", 2);
	flow_syn(f);
	flow_synack(f);
	check_state(f, CLOSED);
	check_stat("MemSyns", 1);
	check_stat("SyncookiesSent", 1);
	tx(f);
	check_state(f, "ESTABLISHED");
	request(f, GET_CLOSE, &r);
	check_eq(200, r.status);
	/* nobody sits out 2MSL now */
	tx(f, .flags = FIN | ACK);
	rx(f);
	check_state(f, CLOSED);
	check_stat("MemTimeWaits", 1);
	/* without cookies there is no answer */
	sysctl_set("syncookies", "0");
	flow_init(&h, p);
	flow_syn(&h);
	quiet(p, 0);
	check_stat("MemSyns", 2);
	check_stat("MemEvicted", 0);
}

/* At 15/16 the one that was silent for the longest goes, and no other. */
WIRE(reclaim__oldest_idle_first)
{
	static struct flow first, second, g;
	struct response r;
	uint16_t rst = 0;
	long most = 0;
	int i;

	sysctl_set("mem_mib_max", "1");
	flow_init(&first, p);
	hog(&first, 100);
	pass(10);
	flow_init(&second, p);
	hog(&second, 100);
	pass(10);
	swallow(p, NULL);
	/* the first is heard again, so the second is older */
	tx(&first, .data = "G", .len = 1);
	hogs_until(p, &g, MIB * 15 / 16 - 2 * BATCH);
	check_stat("MemEvicted", 0);
	for (i = 0; !rst; i++) {
		check(i < 500);
		if (i % 100 == 0) {
			flow_init(&g, p);
			hog(&g, 0);
		}
		tx(&g, .data = "G", .len = 1);
		most = memory() > most ? memory() : most;
		swallow(p, &rst);
	}
	check_eq(second.sport, rst);
	check_stat("MemEvicted", 1);
	check_state(&second, CLOSED);
	check_state(&first, "ESTABLISHED");
	check_state(&g, "ESTABLISHED");
	figure("at most %ld bytes", most);
	check(most <= MIB * 15 / 16 + BATCH);
	/* whoever comes now is served */
	flow_connect(f);
	request(f, GET, &r);
	check_eq(200, r.status);
	tx(f, .flags = RST | ACK);
}

/* One that is no connection yet goes in its turn, and its peer is not told. */
WIRE(reclaim__half_open_too)
{
	static struct flow half, g;
	uint16_t rst = 0;
	int i;

	sysctl_set("mem_mib_max", "1");
	flow_init(&half, p);
	flow_syn(&half);
	flow_synack(&half);
	pass(10);
	hogs_until(p, &g, MIB * 15 / 16 - 2 * BATCH);
	check_stat("MemEvicted", 0);
	check_state(&half, "SYN_RECV");
	for (i = 0; !gone(); i++) {
		check(i < 500);
		if (i % 100 == 0) {
			flow_init(&g, p);
			hog(&g, 0);
		}
		tx(&g, .data = "G", .len = 1);
		swallow(p, &rst);
	}
	/* that was little, so one that was silent for less had to go as well */
	check_stat("MemEvicted", 2);
	check_stat("AttemptFails", 1);
	check_stat("OutRsts", 1);
	check(rst && rst != half.sport);
	check_state(&half, CLOSED);
	check_state(&g, "ESTABLISHED");
}

/* What sits out 2MSL goes first, the oldest first. */
WIRE(reclaim__time_waits_before_connections)
{
	static struct flow old, young, g;

	sysctl_set("mem_mib_max", "1");
	flow_init(&old, p);
	flow_reach(&old, "TIME_WAIT");
	pass(10);
	flow_init(&young, p);
	flow_reach(&young, "TIME_WAIT");
	hogs_until(p, &g, MIB);
	check_stat("MemTimeWaits", 2);	/* a connection is worth many of them */
	check_state(&old, CLOSED);
	check_state(&young, CLOSED);
}

/* struct crowd - who lives, in the order in which they were heard last, and went */
struct crowd {
	unsigned int n;
	uint16_t port[CROWD];
	unsigned int sets;			/* segments for which some went */
	unsigned int victims[EVICT_MAX];	/* of each place in a set */
	double ranks[EVICT_MAX];		/* their sum */
	double youngest;
};

/*
 * What a segment has made room for: the oldest of those that were looked at, the
 * oldest first. A rank is the share of all that have been silent for as long or longer.
 */
static void give_up(struct peer *p, struct crowd *crowd)
{
	unsigned int before = crowd->n, at, last = 0, i;
	struct resets resets;
	double rank;

	swallow_resets(p, &resets);
	check(resets.n <= EVICT_MAX);
	crowd->sets += resets.n > 0;
	for (i = 0; i < resets.n; i++) {
		for (at = 0; at < crowd->n; at++)
			if (crowd->port[at] == resets.port[i])
				break;
		check(at < crowd->n);
		crowd->n--;
		memmove(&crowd->port[at], &crowd->port[at + 1],
			(crowd->n - at) * sizeof(crowd->port[0]));
		at += i;	/* those of this set were older, and have gone */
		check(!i || at > last);
		last = at;
		rank = (at + 1.0) / before;
		crowd->victims[i]++;
		crowd->ranks[i] += rank;
		crowd->youngest = rank > crowd->youngest ? rank : crowd->youngest;
	}
}

/*
 * A thousand connections that hold nothing: one cap for them too. Of so many only
 * some are looked at for a segment, at random: of LOOKS the one of place k by age is
 * expected at the share k / (LOOKS + 1) of all. Who went at random would be at a half.
 */
WIRE(reclaim__of_many)
{
	static struct crowd crowd;
	static struct flow g;
	unsigned int victims = 0;
	double mean, sum = 0, expected = 0;
	long conn = 0, most = 0;
	unsigned long served;
	int i, alive;

	sysctl_set("mem_mib_max", "1");
	for (i = 0; i < CROWD; i++) {
		flow_init(&g, p);
		flow_syn(&g);
		if (!swallow(p, NULL))
			fail("no answer to SYN %d", i);
		if (level() < 2)	/* the ISS is needed, and is in the row */
			g.irs = conn_num(&g, "iss");
		else
			break;
		g.rcv = 1;
		tx(&g);
		crowd.port[crowd.n++] = g.sport;
		conn = conn ?: memory();
		most = memory() > most ? memory() : most;
		pass(1);
		swallow(p, NULL);
	}
	alive = stat_get("CurrConns");
	figure("%d connections of %ld bytes", alive, conn);
	check_eq(alive, crowd.n);
	check(alive >= MIB * 7 / 8 / conn - 20);
	check(alive > 4 * LOOKS);
	/* from here on each is opened by a cookie, and the oldest go for it */
	for (; i < CROWD; i++) {
		served = stat_get("HttpStatus2xx");
		flow_init(&g, p);
		flow_syn(&g);
		flow_synack(&g);
		give_up(p, &crowd);
		tx(&g);
		crowd.port[crowd.n++] = g.sport;
		give_up(p, &crowd);
		tx(&g, .data = GET);
		check_stat("HttpStatus2xx", served + 1);
		check_state(&g, "ESTABLISHED");
		most = memory() > most ? memory() : most;
		give_up(p, &crowd);
		pass(1);
	}
	check(most <= MIB);
	check(stat_get("MemEvicted") > 300);
	check_stat("MemRefused", 0);
	check(memory() >= MIB * 15 / 16 - 16 * BATCH);
	figure("at most %ld bytes, %lu given up", most, stat_get("MemEvicted"));

	for (i = 0; i < EVICT_MAX; i++) {
		victims += crowd.victims[i];
		sum += crowd.ranks[i];
		expected += crowd.victims[i] * (i + 1.0) / (LOOKS + 1);
	}
	check_stat("MemEvicted", victims);
	check_stat("CurrConns", crowd.n);
	mean = sum / victims;
	expected /= victims;
	figure("%u times, the first at %.4f of all by age, all at %.4f (%.4f expected), the youngest at %.4f",
	       crowd.sets, crowd.ranks[0] / crowd.sets, mean, expected,
	       crowd.youngest);
	check(crowd.sets >= 30);
	/* where few went the last time there are older ones than elsewhere */
	check(mean < 2 * expected);
	check(crowd.ranks[0] / crowd.sets < 4.0 / (LOOKS + 1));
	check(crowd.youngest < 1.0 / 3);
}

/* Where nothing can be given up in time, an active open is refused. */
WIRE(full__is_refused)
{
	static struct flow g;
	int err = 0, n;

	sysctl_set("mem_mib_max", "1");
	hogs_until(p, &g, MIB / 2);
	for (n = 0; n < 1000 && !err; n++) {
		err = command("connect %s 7 discard",
			      p->family == AF_INET ? "10.0.0.2" : "2001:db8::2");
		swallow(p, NULL);
	}
	check_eq(ENOMEM, err);
	check_stat("MemRefused", 1);
	check_stat("CurrMemoryLevel", 4);
	check(memory() <= MIB);
	check_stat("MemEvicted", 0);
	/* the next segments make room, eight connections each at most */
	for (n = 1; level() >= 3; n++) {
		check(n < 20);
		tx(&g, .data = "G", .len = 1);
		swallow(p, NULL);
		check(stat_get("MemEvicted") <= n * 8ul);
	}
}

/* Who lowers the cap below what is held gets it with the segments that come. */
WIRE(cap__lowered)
{
	static struct flow g;
	long before;
	int i;

	while (memory() < MIB * 3 / 2)
		hogs_until(p, &g, MIB * 3 / 2);
	sysctl_set("mem_mib_max", "1");
	check_stat("CurrMemoryLevel", 4);
	for (i = 0; level() >= 3; i++) {
		check(i < 20);
		before = stat_get("MemEvicted");
		tx(&g, .data = "G", .len = 1);
		swallow(p, NULL);
		check((long)stat_get("MemEvicted") - before <= 8);
	}
	check(memory() < MIB * 15 / 16);
}

/*
 * Attacks
 */

/* One byte each, with a hole before it: memory follows the segments, not the bytes. */
WIRE(out_of_order__single_bytes)
{
	long conn, most = 0;
	uint32_t at;

	flow_connect(f);
	conn = memory();
	for (at = 2; at < 40000; at += 2) {
		tx(f, .seq = 1 + at, .data = "x");
		if (at % 1000 == 0)
			most = memory() > most ? memory() : most;
		swallow(p, NULL);
	}
	figure("%lu segments kept of %u, %ld bytes", stat_get("OfoQueued"), at / 2,
	     most - conn);
	/* rcvbuf times KTCP_RCV_OVERHEAD, and what knows of it */
	check(most - conn <= 4 * 65535 + 512);
	check_eq(19999, stat_get("OfoQueued") + stat_get("RcvQueueDropped"));
	tx(f, .flags = RST | ACK);
	check_eq(0, memory());
}

/*
 * Where a segment belongs among thousands is only looked for so far from either end;
 * what belongs further inside comes again, and is taken when it is its turn.
 */
WIRE(out_of_order__in_the_middle_of_many)
{
	static const uint32_t behind[] = {
		MANY / 2, OFO_STEPS - 2, MANY - OFO_STEPS,
	};
	static char text[1400];
	uint32_t start, end, n, i, rounds = 0;

	check_eq(0, command("listen discard 9"));
	f->dport = DISCARD;
	f->offer = WSCALE | SACK;
	flow_syn(f);
	flow_synack(f);
	quiet(p, 110);
	tx(f);
	while (conn_num(f, "rcv_wnd") < MIB && rounds++ < 20) {
		end = f->snd + conn_num(f, "rcv_wnd") - sizeof(text);
		while (f->snd <= end) {
			tx(f, .data = text, .len = sizeof(text));
			swallow(p, NULL);
		}
		pass(110);
	}
	check(conn_num(f, "rcv_wnd") >= MIB);
	start = f->snd;
	for (n = 0; n < MANY; n++) {
		tx(f, .seq = start + 2 + 4 * n, .data = "ab");
		swallow(p, NULL);
	}
	check_stat("OfoQueued", MANY);
	/* a byte of the hole behind the one in the middle, and behind two others */
	for (i = 0; i < 3; i++)
		tx(f, .seq = start + 4 * behind[i] + 4, .data = "c");
	check_stat("OfoDropped", 1);
	check_stat("OfoQueued", MANY + 2);
	for (n = 0; n < MANY; n++) {
		bool more = n == behind[1] || n == behind[2];

		tx(f, .seq = start + 4 * n, .data = "cd");
		swallow(p, NULL);
		check_eq(start + 4 * n + 4 + more, conn_num(f, "rcv_nxt") - f->iss);
	}
	check_eq(start - 1 + 4 * MANY, conn_num(f, "bytes_in"));
	tx(f, .flags = RST | ACK, .seq = start + 4 * MANY);
	check_eq(0, memory());
}

/* Chargen has so many segments of 48 bytes in flight. */
static void grow_flight(struct flow *f, uint32_t segments)
{
	check_eq(0, command("listen chargen 19"));
	sysctl_set("init_cwnd", "100");
	f->dport = CHARGEN;
	f->mss = 48;
	f->send_mss = 48;
	f->wscale = 4;
	f->offer = WSCALE | SACK;
	flow_connect(f);
	drain(f);
	for (uint32_t acked = 1; f->have - acked < segments * 48;) {
		acked += 50 * 48;
		tx(f, .ack = acked);
		drain(f);
	}
}

/* Every other segment of a long flight, four blocks in an ACK. */
WIRE(sack__bomb)
{
	long before, most = 0;
	uint32_t una, end, at;
	int blocks;

	grow_flight(f, 9000);
	una = conn_num(f, "snd_una") - f->irs;
	end = f->have;
	before = memory();
	figure("%u segments in flight, %ld bytes", (end - una) / 48, before);
	for (at = una + 48; at + 8 * 48 <= end; at += 8 * 48) {
		struct seg s = {
			.flags = ACK, .seq = f->snd, .ack = una, .wnd = f->wnd,
		};

		for (blocks = 0; blocks < 4; blocks++)
			s.sack[blocks] = (struct block){ at + blocks * 96,
				at + blocks * 96 + 48 };
		flow_tx(f, &s);
		most = memory() > most ? memory() : most;
		swallow(p, NULL);
	}
	figure("at most %ld bytes more", most - before);
	check(most - before <= FLIGHTS * RECORD);
	check(most - before >= FLIGHTS * 48 / 2);
	check_stat("InBadSacks", 0);
	tx(f, .flags = RST | ACK);
	check_eq(0, memory());
}

/* One segment acknowledged at a time, with time between: not a record each. */
WIRE(flight__records_are_bounded)
{
	long before, most = 0;
	uint32_t una, n;

	grow_flight(f, 2500);
	una = conn_num(f, "snd_una") - f->irs;
	before = memory();
	for (n = 1; n <= 2000; n++) {
		tx(f, .ack = una + 48 * n);
		pass(1);
		swallow(p, NULL);
		if (n % 50 == 0)
			most = memory() > most ? memory() : most;
	}
	figure("%u ACKs, %ld records at most", n - 1, (most - before) / 48);
	check((most - before) / 48 >= FLIGHTS / 4 - 100);
	check((most - before) / 48 <= FLIGHTS / 4 + 200);
	tx(f, .flags = RST | ACK);
	check_eq(0, memory());
}

/* RFC 3465: an ACK counts as the bytes that it acknowledges. */
WIRE(split_acks__do_not_inflate_cwnd)
{
	uint32_t mss, i;
	long cwnd;

	flow_connect(f);
	mss = f->mss;
	ask(f, 51);
	drain(f);
	cwnd = conn_num(f, "cwnd");
	check_eq(10 * mss, cwnd);
	for (i = 1; i <= mss; i++)
		tx(f, .ack = 1 + i);
	swallow(p, NULL);
	check_eq(cwnd + mss, conn_num(f, "cwnd"));
	check_stat("InDupAcks", 0);
	tx(f, .flags = RST | ACK);
}

/* Of what was never sent: ignored, and challenged ten times a second. */
WIRE(optimistic_acks__are_ignored)
{
	unsigned long out;
	long cwnd, rto;
	int i;

	flow_connect(f);
	ask(f, 51);
	drain(f);
	cwnd = conn_num(f, "cwnd");
	rto = conn_num(f, "rto_ms");
	out = stat_get("OutSegs");
	for (i = 1; i <= 1000; i++)
		tx(f, .ack = f->have + i);
	swallow(p, NULL);
	check_eq(cwnd, conn_num(f, "cwnd"));
	check_eq(rto, conn_num(f, "rto_ms"));
	check_eq(10 * f->mss, conn_num(f, "unacked"));
	check_stat("InBadAcks", 1000);
	check_stat("ChallengeAcks", 10);
	check_stat("ChallengeAcksLimited", 990);
	check_stat("OutSegs", out + 10);
	tx(f, .flags = RST | ACK);
}

/* Of all that is in flight, which nobody has taken; how far that is. */
static uint32_t ack_in_advance(struct flow *f)
{
	uint32_t nxt = conn_num(f, "snd_nxt") - f->irs;

	tx(f, .ack = nxt);
	return nxt;
}

/* What comes of /x is right, each byte; fills in *@r. */
static void check_published(struct flow *f, uint32_t seq, struct response *r)
{
	uint32_t i;

	response_at(f, seq, r);
	check_eq(200, r->status);
	check(f->have >= seq + r->head + r->length);
	for (i = 0; i < r->length; i++)
		if (f->stream[seq + r->head + i] != published_byte(i))
			fail("byte %u of the body is another one", i);
}

/*
 * The attack that cannot be told from a peer that is very near (Savage et al., "TCP
 * congestion control with a misbehaving receiver", 1999): cwnd doubles with each ACK,
 * as in slow start, and no faster. Nothing more is held for it.
 */
WIRE(optimistic_acks__in_advance)
{
	const uint32_t body = 16 * MIB;
	uint32_t nxt, end, cwnd = 10 * f->mss;
	static struct flow g;
	struct response r;
	long most = 0;
	int acks = 0;

	publish(body);
	f->offer = WSCALE;
	f->wscale = 14;
	flow_connect(f);
	tx(f, .data = GET_X);
	end = conn_num(f, "unacked") + conn_num(f, "unsent") + 1;
	check(end > body);
	do {
		check(conn_num(f, "cwnd") <= cwnd);
		check(conn_num(f, "unacked") <= cwnd);
		most = memory() > most ? memory() : most;
		nxt = ack_in_advance(f);
		cwnd *= 2;
		acks++;
	} while (nxt != end);
	figure("%d ACKs, at most %ld bytes", acks, most);
	/* 10 + 20 + 40 + ... segments */
	check(acks >= 11);
	/* a page for the header, while nobody has acknowledged that */
	check(most <= 4096 + 1024);
	check_eq(0, conn_num(f, "unacked"));
	check_eq(0, conn_num(f, "unsent"));
	check_eq(end - 1, conn_num(f, "bytes_out"));
	check_stat("RetransSegs", 0);
	check_stat("InBadAcks", 0);
	/* whoever asks meanwhile is served */
	swallow(p, NULL);
	flow_init(&g, p);
	flow_connect(&g);
	request(&g, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", &r);
	check_eq(200, r.status);
	check_eq(body, r.length);
}

/* However much an ACK allows, others have their turn: the rest goes a jiffy later. */
WIRE(optimistic_acks__have_a_mib_sent_at_most)
{
	long cwnd;

	publish(16 * MIB);
	f->offer = WSCALE;
	f->wscale = 14;
	flow_connect(f);
	tx(f, .data = GET_X);
	for (int acks = 0; conn_num(f, "unacked") < MIB; acks++) {
		check(acks < 12);
		check_stat("QueueWaits", 0);
		ack_in_advance(f);
	}
	check(conn_num(f, "unacked") < MIB + 65536);
	check_stat("QueueWaits", 1);
	cwnd = conn_num(f, "cwnd");
	check(cwnd > MIB + 65536);
	pass(20);
	check(conn_num(f, "unacked") > cwnd - payload(f));
	tx(f, .flags = RST | ACK);
	swallow(p, NULL);
}

/*
 * A queue of this host that is full is what it cannot make longer: what that does not
 * take was not sent, so it is not acknowledged in advance, and comes later.
 */
WIRE(optimistic_acks__before_it_has_left)
{
	const uint32_t limit = 8, body = 900000;
	uint32_t nxt = 0, before, from, end, rounds = 0, most = 0;
	struct response r;
	struct got g;

	publish(body);
	f->offer = WSCALE;
	f->wscale = 14;
	flow_connect(f);
	check_eq(0, system("tc qdisc replace dev tun0 root netem delay 20ms limit 8"));
	tx(f, .data = GET_X);
	end = conn_num(f, "unacked") + conn_num(f, "unsent") + 1;
	do {
		from = f->have;
		do {
			before = nxt;
			nxt = ack_in_advance(f);
		} while (nxt != before);
		most = nxt - from > most ? nxt - from : most;
		check(nxt - from <= limit * 65536);
		while (flow_next(f, &g, 21))
			;
		check(f->have >= nxt);
		check(++rounds < 1000);
	} while (f->have != end);
	ack_in_advance(f);
	figure("at most %u bytes in a queue of %u, %lu times full", most, limit,
	       stat_get("QueueDrops"));
	check(stat_get("QueueDrops") > 0);
	check_stat("RetransSegs", 0);
	check_stat("InBadAcks", 0);
	check_published(f, 1, &r);
	check_eq(body, r.length);
	check_eq(end, 1 + r.head + r.length);
}

/* No segment is shorter than 48 bytes for what a SYN says. */
WIRE(mss__tiny)
{
	static const uint16_t said[] = { 1, 47, 48, 100 };
	uint32_t page = page_len(p);
	size_t i;

	for (i = 0; i < ARRAY_LEN(said); i++) {
		unsigned long out;
		uint16_t mss = said[i] < 48 ? 48 : said[i];

		flow_init(f, p);
		f->mss = said[i];
		f->send_mss = mss;
		flow_connect(f);
		check_eq(mss, conn_num(f, "mss"));
		out = stat_get("OutSegs");
		tx(f, .data = GET);
		take(f, page, ACK_EACH);
		check_eq(out + (page + mss - 1) / mss, stat_get("OutSegs"));
		tx(f, .flags = RST | ACK);
		check_eq(0, memory());
	}
}

/* A window of one byte: a segment now and then, and a minute of it at most. */
WIRE(window__tiny)
{
	unsigned int n = 0;
	long most = 0;
	int i;

	sysctl_set("http_min_rate", "64");
	f->wnd = 1;
	flow_connect(f);
	tx(f, .data = GET);
	for (i = 0; stat_get("CurrConns"); i++) {
		check(i < 70);
		n += swallow(p, NULL);
		most = memory() > most ? memory() : most;
		tx(f, .ack = 1 + i);
		pass(1000);
	}
	n += swallow(p, NULL);
	figure("%d seconds, %u segments, %ld bytes", i, n, most);
	check(i >= 60);
	check(n <= 4 * 60);
	check_stat("OutRsts", 1);
	check_stat("HttpTooSlow", 1);
	check_eq(0, memory());
}

/* And one that stays closed for ever. */
WIRE(window__zero_for_ever)
{
	uint64_t began;
	long held = 0;
	int n = 0;
	struct got g;

	sysctl_set("http_min_rate", "64");
	publish(MIB);
	f->wnd = 0;
	flow_connect(f);
	began = now_us();
	tx(f, .data = GET_X);
	for (;;) {
		check(flow_next(f, &g, 61000));
		if (g.flags & RST)
			break;
		n++;
		held = held ?: memory();
		if (g.len) {
			f->rcv = 1;
			tx(f, .ack = 1);
			check(memory() <= held + 2048);
		}
	}
	figure("%d segments, %ld bytes", n, held);
	check_near(60000, (g.us - began) / 1000);
	check(n <= 16);
	check(stat_get("PersistProbes") >= 5);
	check_stat("HttpTooSlow", 1);
	check_eq(0, memory());
}

/* What a reader who takes a byte a second makes us hold of @bytes. */
static long slow_reader(struct peer *p, struct flow *f, long bytes)
{
	long most = 0;
	int i;

	publish(bytes);
	flow_init(f, p);
	f->wnd = 1460;
	flow_connect(f);
	tx(f, .data = GET_X);
	drain(f);
	f->wnd = 0;
	for (i = 1; i <= 50; i++) {
		tx(f, .ack = 1 + i);
		pass(1000);
		swallow(p, NULL);
		most = memory() > most ? memory() : most;
	}
	check_state(f, "ESTABLISHED");
	tx(f, .flags = RST | ACK);
	check_eq(0, memory());
	return most;
}

/* As much of 256 MiB as of one. */
WIRE(slow_reader__costs_the_same_of_any_object)
{
	long small, large;

	wire_only(p, AF_INET);
	small = slow_reader(p, f, MIB);
	large = slow_reader(p, f, 256 * MIB);
	figure("%ld bytes of 1 MiB, %ld of 256 MiB", small, large);
	/* sixteen pieces of 16 MiB each, an extent for each */
	check(large <= small + 16 * RECORD);
	check(large < 8192);
}

#define HEAD		"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
#define HOLDERS		8
#define A_PAGE		50	/* headers that fill one, and more */

/*
 * Of many headers that are copied, page after page, each of the last few thousand is
 * one that nobody acknowledges: that keeps no more memory than is counted for it.
 */
WIRE(slow_reader__of_copies)
{
	static struct flow holder[HOLDERS];
	static char heads[A_PAGE * sizeof(HEAD)];
	const size_t len = sizeof(HEAD) - 1;
	long before, kept, counted;
	int i, round;

	wire_only(p, AF_INET);
	for (i = 0; i < A_PAGE; i++)
		memcpy(heads + i * len, HEAD, len);
	flow_connect(f);
	for (i = 0; i < HOLDERS; i++) {
		flow_init(&holder[i], p);
		flow_connect(&holder[i]);
	}
	counted = memory();
	before = meminfo_kib("MemFree");
	for (round = 0; round < HOLDERS * (EXTENTS - 1); round++) {
		tx(&holder[round % HOLDERS], .flags = PSH | ACK, .data = HEAD);
		swallow(p, NULL);
		if (round % 25 == 24) {
			tx(f, .flags = RST | ACK);
			flow_init(f, p);
			flow_connect(f);
		}
		for (i = 0; i < 5; i++) {
			tx(f, .flags = PSH | ACK, .data = heads, .len = A_PAGE * len);
			drain(f);
			tx(f);
		}
	}
	counted = (memory() - counted) / 1024;
	kept = before - meminfo_kib("MemFree");
	figure("%ld KiB are counted, %ld are kept", counted, kept);
	check(counted >= 4 * HOLDERS * (EXTENTS - 1));
	check(kept <= counted + 4096);
}

/* One segment in thousands of fragments, of which a part is taken at a time. */
WIRE(slow_reader__of_fragments)
{
	static char gets[60000 / GET_LEN * GET_LEN];
	size_t i;
	long held;

	for (i = 0; i < sizeof(gets); i += GET_LEN)
		memcpy(gets + i, GET, GET_LEN);
	flow_connect(f);
	f->wnd = 0;
	tx(f, .flags = PSH | ACK, .data = gets, .len = sizeof(gets), .fragment = 24);
	check_stat("InSegs", 3);
	held = memory();
	figure("%ld bytes", held);
	check(held < 300 * 1024);
	check_stat("RcvQueueDropped", 0);
	swallow(p, NULL);
	f->wnd = 65535;
	tx(f, .flags = RST | ACK);
	check_eq(0, memory());
}

/* With a least rate it lasts a minute. */
WIRE(slow_reader__is_reset)
{
	int i;

	sysctl_set("http_min_rate", "64");
	publish(MIB);
	f->wnd = 1460;
	flow_connect(f);
	tx(f, .data = GET_X);
	drain(f);
	f->wnd = 0;
	for (i = 1; i <= 61; i++) {
		char state[32];

		if (!conn_get(f, "state", state, sizeof(state)))
			break;
		tx(f, .ack = 1 + i);
		pass(1000);
		swallow(p, NULL);
	}
	check_state(f, CLOSED);
	check(i >= 60);
	check_stat("HttpTooSlow", 1);
	check_eq(0, memory());
}

/* Those that say nothing: so much each, and gone when their time is over. */
#define SILENT	3000		/* or KTCP_SILENT */
#define A_HOST	20000		/* of them */

WIRE(silent__many_connections)
{
	const char *text = getenv("KTCP_SILENT");
	long conn, goodbye, i, silent = text ? atol(text) : SILENT;

	wire_only(p, AF_INET);
	sysctl_set("http_min_rate", "64");
	packet_peer(p, 1);
	flow_connect(f);
	conn = memory();
	for (i = 1; i < silent; i++) {
		if (i % A_HOST == 0)
			packet_peer(p, 1 + i / A_HOST);
		flow_init(f, p);
		flow_connect(f);
	}
	check_stat("CurrConns", silent);
	check_eq(silent * conn, memory());
	figure("%ld connections, %ld bytes each", silent, conn);
	/* the responder says goodbye; who does not answer is reset (orphan_sec) */
	pass(60500);
	swallow(p, NULL);
	goodbye = memory();
	check(goodbye <= silent * (conn + 5 * RECORD + 4096));
	pass(126000);
	swallow(p, NULL);
	check_stat("CurrConns", 0);
	check_eq(0, memory());
}

/*
 * Half of a header each, whose last line takes so much memory: thirty seconds, whatever
 * the line is.
 */
static void half_a_header(struct peer *p, struct flow *f, const char *line,
			  long kept)
{
	const size_t len = strlen(line);
	size_t at, n;
	long conn;
	int i;

	flow_connect(f);
	conn = memory();
	tx(f, .flags = RST | ACK);
	for (i = 0; i < 1000; i++) {
		flow_init(f, p);
		flow_connect(f);
		tx(f, .data = "GET / HTTP/1.1\r\n");
		for (at = 0; at < len; at += n) {
			n = len - at < 1400 ? len - at : 1400;
			tx(f, .data = line + at, .len = n);
		}
		pass(1);
		swallow(p, NULL);
	}
	figure("%ld bytes each for a line of %zu", memory() / 1000 - conn, len);
	check_eq(1000 * (conn + HTTP_CONN + kept), memory());
	pass(31000);
	swallow(p, NULL);
	check_stat("HttpStatus4xx", 1000);
	pass(200000);
	swallow(p, NULL);
	check_stat("CurrConns", 0);
	check_eq(0, memory());
}

WIRE(silent__half_a_header)
{
	half_a_header(p, f, "X: y", 256);
}

/* The longest line that there may be, without its end. */
WIRE(silent__half_a_header_of_one_line)
{
	static char line[HTTP_LINE] = "X: ";

	memset(line + 3, 'y', sizeof(line) - 4);
	check_eq(HTTP_LINE - 1, strlen(line));
	half_a_header(p, f, line, HTTP_LINE);
}

TEST_HARNESS_MAIN

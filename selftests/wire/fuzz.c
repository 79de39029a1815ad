// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that nobody would send, to connections in every state.
 *
 * A round has a seed, a network namespace of its own, a dozen connections that a
 * peer leads through their lives, and some thousands of segments. Half of them are
 * what a correct peer says, so that there is something to break; the other half
 * are such segments changed: flags, numbers, window, options and their lengths,
 * payload, checksum, headers that lie about their length, fragments,
 * super-segments, twice, late, or in the wrong order. In between time passes, for
 * milliseconds or minutes, ICMP errors come, the application acts, and sysctls
 * change. In some rounds allocations fail; in others a thousand connections that say
 * nothing hold what peers can make a namespace hold, but for a little.
 *
 * What must hold meanwhile:
 *  - the kernel complains of nothing: KASAN, lockdep and object debugging look on,
 *    and so does invariant.c after each event;
 *  - every segment that comes back is well-formed to the last bit;
 *  - what echo and chargen send are the right bytes at the right place, however
 *    often it is sent. Payload is a function of the sequence number, so that the
 *    same comes at the same place whatever was changed;
 *  - at the end a correct peer can still use each connection that is open, and a
 *    new one;
 *  - then nothing is left in the namespace.
 *
 * The rounds of fuzz.seeds come first: each once found a bug, or reaches what few do.
 * FUZZ_SECONDS of wall time follow (60), or FUZZ_SEGMENTS, from FUZZ_SEED on.
 *
 * With ktcp_coverage.ko (KTCP_COVERAGE=1) what runs for the first time guides: a round
 * that reached something new is kept up to where it did, and every other round begins
 * like one of those and goes on with a seed of its own.
 *
 * A failure prints its round; FUZZ_ROUND=round runs that alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define SLOTS		12
#define STEPS		4096		/* a round */
#define LIFE		120		/* steps of a connection, on average */
#define PAIRS		8
#define NEAR		(1U << 24)	/* no connection sends more in a round */
#define BRIEFS		200
#define LATE		8		/* segments that are held back */
#define COUNTERS	160
#define ACTIVE_PORT	9000		/* of ours, for connections from there */
#define HELD_MAX	4000
#define SEEDS_FILE	"selftests/wire/fuzz.seeds"
#define COVERAGE	"/sys/kernel/debug/ktcp_coverage"
#define TURNS		8
#define CORPUS		4096

enum service { HTTP, ECHO, DISCARD, CHARGEN, SERVICES };

static const uint16_t service_port[SERVICES] = { PORT, 7, 9, 19 };
static const char *const service_name[SERVICES] = {
	"http", "echo", "discard", "chargen",
};

/* A handshake that ktcp has answered: both initial sequence numbers. */
struct pair {
	uint32_t irs;
	uint32_t iss;
};

/**
 * struct slot - a connection as the fuzzer sees it
 * @f: addresses, numbers and options, for packet.c
 * @service: what answers
 * @active: ktcp opens it
 * @known: ktcp's initial sequence number is
 * @fin: ktcp's FIN has come
 * @text: what is asked of the HTTP responder, over and over
 * @ack: what ktcp has acknowledged, relative
 * @end: the end of all that ktcp has sent, relative
 * @said: what we have acknowledged, relative
 * @edge: of ktcp's window, relative
 * @tsecr: the last TSecr
 * @pair: handshakes, the last first
 * @left: steps to live
 */
struct slot {
	struct flow f;
	enum service service;
	bool active;
	bool known;
	bool fin;
	const char *text;
	uint32_t ack;
	uint32_t end;
	uint32_t said;
	uint32_t edge;
	uint32_t tsecr;
	struct pair pair[PAIRS];
	int left;
};

/* A segment, for whoever reads of a failure. */
struct brief {
	char way;
	uint8_t flags;
	uint16_t port;
	uint16_t wnd;
	uint16_t len;
	uint32_t seq;
	uint32_t ack;
	uint32_t ms;
};

/**
 * struct round - what decides a round
 * @turns: how many seeds
 * @turn: each, and the step from which on it is drawn from; that of the first is 0
 *
 * As text: the seeds in hexadecimal, each but the first behind its step and a colon,
 * commas between them.
 */
struct round {
	int turns;
	struct {
		int at;
		uint64_t seed;
	} turn[TURNS];
};

/**
 * struct kept - a round that reached something new
 * @r: the round
 * @until: the step in which it last did
 */
struct kept {
	struct round r;
	int until;
};

struct counter {
	char name[40];
	unsigned long value;
};

static struct peer net;
static struct slot slots[SLOTS];
static struct packet late[LATE];
static struct brief briefs[BRIEFS];
static unsigned long nr_briefs;
static struct counter counters[COUNTERS], states[16];
static unsigned long segments, refused, answers, rounds;
static struct round now;
static uint64_t state;
static struct kept corpus[CORPUS];
static int nr_kept, coverage = -1;
static unsigned long blocks;
static uint32_t clock_ms;
static unsigned int last_id;
static int control, kmsg;
static bool poor;	/* in this round: allocations fail */
static bool tight;	/* others hold most of what the namespace may */
static bool slow;	/* and the device's link, or not */
static bool app_sends;	/* in this round: what echo says is not only ours */

/*
 * Chance
 */
static uint64_t rnd64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dULL;
}

static uint32_t rnd(uint32_t below)
{
	return below ? (rnd64() >> 32) % below : 0;
}

static bool one_in(uint32_t n)
{
	return !rnd(n);
}

static void seed(uint64_t s)
{
	state = s * 0x9e3779b97f4a7c15ULL + 0x1234567;
	if (!state)
		state = 1;
	for (int i = 0; i < 8; i++)
		rnd64();
}

static const char *round_text(const struct round *r)
{
	static char text[TURNS * 24];
	int n = sprintf(text, "0x%llx", (unsigned long long)r->turn[0].seed);

	for (int i = 1; i < r->turns; i++)
		n += sprintf(text + n, ",%d:0x%llx", r->turn[i].at,
			     (unsigned long long)r->turn[i].seed);
	return text;
}

/* Is @text, up to its end or a space, a round? */
static bool round_parse(const char *text, struct round *r)
{
	char *end;

	memset(r, 0, sizeof(*r));
	for (;; text = end + 1) {
		int at = r->turns ? strtol(text, &end, 10) : 0;

		if (r->turns && (*end != ':' || at <= r->turn[r->turns - 1].at))
			return false;
		text = r->turns ? end + 1 : text;
		r->turn[r->turns].at = at;
		r->turn[r->turns++].seed = strtoull(text, &end, 0);
		if (end == text || (*end == ',' && r->turns == TURNS))
			return false;
		if (*end != ',')
			return !*end || strchr(" \t\n", *end);
	}
}

/* Some distance, of any order of magnitude, either way. */
static uint32_t somewhat(void)
{
	uint32_t d = rnd64() >> (32 + rnd(32));

	return one_in(2) ? d : -d;
}

/* So many of a hundred that may not wait, if the kernel can do that. */
static void fail_allocations(int percent)
{
	static const char *const names[] = {
		"verbose", "task-filter", "interval", "times", "probability",
	};
	int values[] = { 0, 0, 1, -1, percent };
	char path[64];
	FILE *file;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/failslab/%s",
			 names[i]);
		file = fopen(path, "w");
		if (!file)
			return;
		fprintf(file, "%d", values[i]);
		fclose(file);
	}
}

/*
 * Telling of a failure
 */
static const char *flags_of(uint8_t flags)
{
	static char text[9];
	int n = 0;

	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			text[n++] = "FSRP.UEC"[i];
	text[n] = 0;
	return text;
}

static void brief(char way, const struct slot *s, const struct got *g)
{
	briefs[nr_briefs++ % BRIEFS] = (struct brief){
		.way = way,
		.flags = g->flags,
		.port = s->f.sport,
		.wnd = g->wnd,
		.len = g->len,
		.seq = g->seq,
		.ack = g->ack,
		.ms = clock_ms,
	};
}

static void __attribute__((format(printf, 1, 2), noreturn))
failed(const char *fmt, ...)
{
	unsigned long i = nr_briefs > BRIEFS ? nr_briefs - BRIEFS : 0;
	va_list ap;

	fail_allocations(0);
	printf("# round %s: ", round_text(&now));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n# the last segments (ms, > to ktcp, < from ktcp, port, relative numbers):\n");
	for (; i < nr_briefs; i++) {
		const struct brief *b = &briefs[i % BRIEFS];

		printf("# %7u %c %u %s seq %u ack %u win %u len %u\n", b->ms,
		       b->way, b->port, flags_of(b->flags), b->seq, b->ack,
		       b->wnd, b->len);
	}
	stat_print();
	printf("# again: FUZZ_ROUND=%s; worth a line in %s\n", round_text(&now),
	       SEEDS_FILE);
	printf("not ok 1 fuzz\n");
	fflush(stdout);
	_exit(1);
}

/* Has the kernel complained of anything? */
static void watch_kernel(void)
{
	static const char *const bad[] = {
		"WARNING:", "BUG:", "KASAN", "UBSAN", "INFO: ", "Call Trace",
		"ODEBUG", "refcount_t", "invariant broken", "Oops",
	};
	char line[2048];
	ssize_t n;

	while ((n = read(kmsg, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		line[n] = 0;
		for (size_t i = 0; i < ARRAY_LEN(bad); i++)
			if (strstr(line, bad[i]))
				failed("the kernel says: %s", line);
	}
}

/*
 * Time
 */
static void pass(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
	clock_ms += ms;
}

/* Seconds of the host's clock: a new file of its file system has been made now. */
static time_t wall(void)
{
	static const char name[] = "/mnt/fuzz.clock";
	int fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return 0;
	close(fd);
	unlink(name);
	return st.st_mtime;
}

/*
 * What a byte is
 */
static uint8_t pattern(uint32_t n)
{
	uint32_t line = n % 65536 / 74, col = n % 65536 % 74;

	if (col == 72)
		return '\r';
	return col == 73 ? '\n' : ' ' + (line + col) % 95;
}

static uint8_t ours(const struct slot *s, uint32_t abs)
{
	if (s->service == HTTP)
		return s->text[(abs - s->f.iss - 1) % strlen(s->text)];
	return (abs * 2654435761U) >> 24;
}

static void fill(const struct slot *s, uint8_t *to, uint32_t seq, size_t len)
{
	uint32_t abs = s->f.iss + seq;

	for (size_t i = 0; i < len; i++)
		to[i] = ours(s, abs + i);
}

static bool right(const struct slot *s, const struct pair *p,
		  const struct got *g)
{
	for (uint16_t i = 0; i < g->len; i++) {
		uint32_t n = g->seq + i - p->irs;
		uint8_t want = s->service == ECHO ? ours(s, p->iss + n) :
						    pattern(n - 1);

		if (g->data[i] != want)
			return false;
	}
	return true;
}

/* The handshake that counts, as ktcp has it. */
static bool true_pair(const struct slot *s, struct pair *p)
{
	char text[16];

	if (!conn_get(&s->f, "irs", text, sizeof(text)))
		return false;
	p->iss = strtoul(text, NULL, 10);
	if (!conn_get(&s->f, "iss", text, sizeof(text)))
		return false;
	p->irs = strtoul(text, NULL, 10);
	return true;
}

/*
 * Of several handshakes, of which some answers were lost, only ktcp knows which one
 * counts. A slow link may also hold what was sent before the last.
 */
static void check_data(const struct slot *s, const struct got *g)
{
	struct pair p;

	if (!g->len || s->service == HTTP || (s->service == ECHO && app_sends))
		return;
	for (int i = 0; i < PAIRS && (s->pair[i].irs || s->pair[i].iss); i++)
		if (right(s, &s->pair[i], g))
			return;
	if (slow || !true_pair(s, &p) || g->seq - p.irs > NEAR || right(s, &p, g))
		return;
	failed("wrong bytes from %s: port %u, %u bytes at %u",
	       service_name[s->service], s->f.sport, g->len, g->seq - p.irs);
}

/*
 * What comes back
 */
static struct slot *slot_of(const struct got *g)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &slots[i];

		if (s->f.sport != g->dport)
			continue;
		if (s->active && !s->f.dport && g->flags & SYN)
			s->f.dport = g->sport;
		if (s->f.dport == g->sport)
			return s;
	}
	return NULL;
}

static void add_pair(struct slot *s, struct pair p)
{
	memmove(&s->pair[1], &s->pair[0], sizeof(s->pair[0]) * (PAIRS - 1));
	s->pair[0] = p;
}

static void got_syn(struct slot *s, const struct got *g)
{
	struct flow *f = &s->f;
	struct pair p = { .irs = g->seq, .iss = f->iss };

	if (g->flags & ACK)
		p.iss = g->ack - 1;
	if (p.irs == s->pair[0].irs && p.iss == s->pair[0].iss)
		return;
	add_pair(s, p);
	f->irs = p.irs;
	f->iss = p.iss;
	f->agreed = g->flags & ACK ? g->opts : g->opts & f->offer;
	f->their_wscale = f->agreed & WSCALE ? g->wscale : 0;
	f->ts_recent = g->tsval;
	s->known = true;
	s->fin = false;
	s->ack = g->flags & ACK ? 1 : 0;
	s->end = 1;
	s->said = 0;
	s->tsecr = 0;
}

static void got(struct slot *s, struct got *g)
{
	struct flow *f = &s->f;
	uint32_t end = g->seq + g->len + !!(g->flags & FIN) - f->irs;

	if (g->flags & SYN) {
		got_syn(s, g);
	} else {
		check_data(s, g);
		if (g->flags & RST) {
			s->left = s->left < 8 ? s->left : 8;
		} else if (s->known && end - s->end < 1U << 30) {
			s->end = end;
			s->fin |= g->flags & FIN;
		}
	}
	g->seq -= f->irs;
	if (g->flags & ACK) {
		g->ack -= f->iss;
		if (g->ack - s->ack < 1U << 30 && !(g->flags & RST)) {
			s->ack = g->ack;
			s->edge = g->ack + ((uint32_t)g->wnd <<
				(g->flags & SYN ? 0 : f->their_wscale));
		}
	} else {
		g->ack = 0;
	}
	if (s->ack - f->snd < 1U << 30)
		f->snd = s->ack;
	if (g->opts & TS && !(g->flags & RST)) {
		f->ts_recent = g->tsval;
		if (g->flags & ACK)
			s->tsecr = g->tsecr;
	}
	brief('<', s, g);
}

/* An answer to one of those that have another's address. */
static bool to_another(const struct packet *k)
{
	if (net.family == AF_INET)
		return memcmp(k->ip + 12, packet_addr4, sizeof(packet_addr4));
	return memcmp(k->ip + 8, packet_addr6, sizeof(packet_addr6));
}

/*
 * The host's own TCP resets what is for a port that is no connection's any more, in
 * its own way: marked as what it answers.
 */
static bool is_rst(const struct packet *k)
{
	return k->ip[(net.family == AF_INET ? 20 : 40) + 13] & RST;
}

/* A super-segment is looked at as the one long segment that it is. */
static void drain_all(void)
{
	static struct packet in;
	struct iovec iov[] = {
		{ &in.vnet, sizeof(in.vnet) },
		{ in.ip, sizeof(in.ip) },
	};
	ssize_t n;

	while ((n = readv(net.tun, iov, 2)) > (ssize_t)sizeof(in.vnet)) {
		struct parsed k = {};
		const char *err;
		struct slot *s;

		in.len = n - sizeof(in.vnet);
		if (!packet_is_tcp(&in) || to_another(&in))
			continue;
		answers++;
		err = packet_parse(&in, &net, &k);
		if (err && is_rst(&in))
			continue;
		if (err)
			failed("bad packet from ktcp: %s", err);
		k.seg.len = k.payload;
		s = slot_of(&k.seg);
		if (s)
			got(s, &k.seg);
	}
}

/*
 * What goes out
 */
static void put(const struct packet *k)
{
	struct iovec iov[] = {
		{ (void *)&k->vnet, sizeof(k->vnet) },
		{ (void *)k->ip, k->len },
	};

	if (writev(net.tun, iov, 2) < 0)
		refused++;	/* the device has rules of its own */
	else
		segments++;
}

static void put_fragments(const struct packet *whole, const struct seg *g)
{
	static struct packet part;
	size_t n = packet_fragment(whole, &net, g, 0, &part);

	for (size_t i = 0; i < n; i++) {
		if (one_in(20))
			continue;
		packet_fragment(whole, &net, g,
				g->fragment_backwards ? n - 1 - i : i, &part);
		put(&part);
	}
}

/* Now, twice, or later, behind others. */
static void put_sometime(const struct packet *k)
{
	struct packet *slot = &late[rnd(LATE)];

	if (!one_in(10)) {
		put(k);
		if (one_in(16))
			put(k);
		return;
	}
	if (slot->len)
		put(slot);
	memcpy(slot, k, offsetof(struct packet, ip) + k->len);
	slot->len = k->len;
	slot->l4 = k->l4;
}

static void put32(uint8_t *at, uint32_t v)
{
	at[0] = v >> 24;
	at[1] = v >> 16;
	at[2] = v >> 8;
	at[3] = v;
}

/*
 * A correct peer
 */
static uint8_t *payload_of(const struct slot *s, struct seg *g, size_t len)
{
	static uint8_t bytes[16384];

	g->len = len < sizeof(bytes) ? len : sizeof(bytes);
	fill(s, bytes, g->seq + !!(g->flags & SYN), g->len);
	g->data = g->len ? bytes : NULL;
	return bytes;
}

static size_t some_len(const struct slot *s)
{
	switch (rnd(6)) {
	case 0:
		return 1 + rnd(8);
	case 1:
		return s->f.mss;
	case 2:
		return 1 + rnd(4 * 1460);
	case 3:
		return s->service == HTTP ? strlen(s->text) : 100;
	default:
		return 1 + rnd(s->f.mss);
	}
}

/* Blocks of what ktcp has sent, beyond what is acknowledged. */
static void some_sacks(struct slot *s, struct seg *g)
{
	uint32_t at = g->ack, step = one_in(4) ? 1 + rnd(3000) : s->f.mss;
	int n = 1 + rnd(3), i = 0;

	if (one_in(6)) {	/* of what came twice (RFC 2883) */
		uint32_t back = rnd(3000);

		g->sack[i].start = at - back;
		g->sack[i++].end = at - back + 1 + rnd(back + 1);
	}
	for (; i < n; i++) {
		at += step * (1 + rnd(3));
		if (s->end - at - 1 >= 1U << 30)
			return;
		g->sack[i].start = at;
		at += step * (1 + rnd(4));
		if (s->end - at >= 1U << 30)
			at = s->end;
		g->sack[i].end = at;
	}
}

static uint16_t some_window(void)
{
	switch (rnd(12)) {
	case 0:
		return 0;
	case 1:
		return rnd(2000);
	case 2:
		return rnd(65536);
	default:
		return 65535;
	}
}

/* An ACK of all, of some, or of nothing new. */
static void some_ack(struct slot *s, struct seg *g)
{
	g->ack = s->end;
	switch (rnd(6)) {
	case 0:
		g->ack = s->said;
		break;
	case 1:
		g->ack = s->said + rnd(s->end - s->said + 1);
		break;
	case 2:
		if (s->end - s->said > s->f.mss)
			g->ack = s->said + s->f.mss;
		break;
	}
	if (s->end - g->ack && s->f.agreed & SACK && !one_in(3))
		some_sacks(s, g);
	if (g->ack - s->said < 1U << 30)
		s->said = g->ack;
}

/* Our clock, but never behind what ktcp has echoed. */
static uint32_t our_tsval(const struct slot *s)
{
	uint32_t now = s->f.ts_base + clock_ms;

	return (s->tsecr && (int32_t)(now - s->tsecr) < 0 ? s->tsecr + 1 : now) ?: 1;
}

static size_t syn_options(struct slot *s, uint8_t *opt)
{
	s->f.wscale = one_in(8) ? rnd(15) : rnd(3);
	return flow_syn_options(&s->f, opt);
}

/* What a correct peer may say now. @opt: room for the options of a SYN. */
static void correct(struct slot *s, struct seg *g, uint8_t *opt)
{
	struct flow *f = &s->f;

	*g = (struct seg){
		.flags = ACK,
		.seq = f->snd,
		.wnd = some_window(),
		.tsval = our_tsval(s),
		.opt = opt,
	};
	if (!s->known || (s->active && !s->ack)) {
		if (s->active && !s->known)
			g->flags = RST;	/* nothing to say yet */
		else if (s->active)
			g->flags = one_in(4) ? SYN : SYN | ACK;
		else
			g->flags = one_in(4) ? SYN | ECE | CWR : SYN;
		g->seq = 0;
		g->ack = g->flags & ACK ? s->end : 0;
		g->optlen = syn_options(s, opt);
		if (g->flags & SYN)
			f->snd = 1;
		return;
	}
	some_ack(s, g);
	if (s->fin && one_in(2)) {
		g->seq = s->ack;
		g->flags |= FIN;
		return;
	}
	switch (rnd(16)) {
	case 0 ... 4:				/* the next bytes */
		payload_of(s, g, some_len(s));
		f->snd += g->len;
		break;
	case 5:					/* those after a hole */
		g->seq += 1 + rnd(3000);
		payload_of(s, g, some_len(s));
		break;
	case 6:					/* what fills it */
		g->seq = s->ack;
		payload_of(s, g, some_len(s));
		if (g->seq + g->len - f->snd < 1U << 30)
			f->snd = g->seq + g->len;
		break;
	case 7:					/* old ones */
		g->seq -= rnd(3000);
		payload_of(s, g, some_len(s));
		break;
	case 8:
		if (one_in(2)) {
			payload_of(s, g, rnd(2) * rnd(100));
			g->flags |= FIN;
			f->snd += g->len + 1;
		}
		break;
	case 9:
		g->seq = s->ack - 1;		/* a keep-alive */
		break;
	case 10:
		if (one_in(12)) {
			g->flags = one_in(2) ? RST : RST | ACK;
			g->seq = s->ack;
		}
		break;
	case 11:
		payload_of(s, g, some_len(s));
		f->snd += g->len;
		g->flags |= URG | PSH;
		g->urg = rnd(2 * (uint32_t)g->len + 1);
		break;
	case 12:
		payload_of(s, g, some_len(s));
		f->snd += g->len;
		g->ecn = CE;
		break;
	case 13:
		g->flags |= one_in(2) ? ECE : CWR;
		break;
	}
	if (g->len > f->mss && net.offload)
		g->gso = f->mss;
}

/*
 * A wrong one
 */
static void some_options(struct seg *g, uint8_t *opt)
{
	size_t n = rnd(25);

	for (size_t i = 0; i < n; i++)
		opt[i] = one_in(2) ? rnd(12) : rnd(256);
	switch (rnd(8)) {
	case 0:
		memcpy(opt, (uint8_t[]){ 28, 4, rnd(256), rnd(256) }, 4);
		n = 4;
		break;
	case 1:
		memcpy(opt, (uint8_t[]){ 2, 4, rnd(2) * rnd(256), rnd(256) }, 4);
		break;
	case 2:
		opt[0] = 8;
		opt[1] = 10;
		put32(opt + 2, g->tsval + somewhat());
		put32(opt + 6, somewhat());
		n = 10;
		g->no_ts = true;
		break;
	case 3:
		memcpy(opt, (uint8_t[]){ 3, 3, rnd(256), 1, 4, 2 }, 6);
		break;
	}
	g->opt = opt;
	g->optlen = n;
}

/* One thing that is not as it should be. */
static void change(struct slot *s, struct seg *g, uint8_t *opt)
{
	static const uint8_t everybody[16] = { 0xff, 0x02, [15] = 1 };
	static const uint8_t nobody[16];

	switch (rnd(24)) {
	case 0:
		g->flags = rnd(256);
		break;
	case 1 ... 2:
		g->flags ^= 1 << rnd(8);
		break;
	case 3 ... 4:
		g->seq += somewhat();
		break;
	case 5:				/* about where the window ends, or begins */
		g->seq = (one_in(3) ? s->ack : s->edge) + 3 - rnd(6);
		g->seq -= one_in(2) ? rnd(g->len + 1) : 0;
		break;
	case 6 ... 7:
		g->ack += somewhat();
		break;
	case 8:
		g->ack = (one_in(2) ? s->said : s->end) + 2 - rnd(5);
		break;
	case 9:
		g->wnd = rnd(65536);
		break;
	case 10:
		g->urg = rnd(65536);
		break;
	case 11 ... 12:
		some_options(g, opt);
		break;
	case 13:
		g->tsval += somewhat();
		break;
	case 14:
		g->tsecr = s->f.ts_recent + somewhat();
		break;
	case 15:
		for (int i = 0; i < (int)rnd(SACK_MAX + 1); i++) {
			g->sack[i].start = s->end + somewhat();
			g->sack[i].end = g->sack[i].start + somewhat();
		}
		break;
	case 16:
		g->doff = rnd(16);
		break;
	case 17:
		g->cut = 1 + rnd(60);
		break;
	case 18:
		g->csum = one_in(2) ? CSUM_BAD : CSUM_PARTIAL;
		break;
	case 19:
		g->gso = one_in(2) ? 1 + rnd(1460) : s->f.mss;
		break;
	case 20:
		g->fragment = 8 * (1 + rnd(100));
		g->fragment_backwards = one_in(2);
		g->fragment_overlap = one_in(4) ? 8 : 0;
		g->fragment_id = rnd64();
		break;
	case 21:
		g->ecn = rnd(4);
		g->ext = rnd(4);
		g->pad = one_in(2) ? rnd(40) : 0;
		g->reserved = rnd(16);
		break;
	case 22:
		if (one_in(8))
			g->from = one_in(2) ? everybody : nobody;
		else if (one_in(8))
			g->from = net.family == AF_INET ? packet_addr4[0] :
							  packet_addr6[0];
		else
			g->no_ts = true;
		break;
	case 23:
		g->len = rnd(20000);
		break;
	}
}

/* Does it say of which connection the payload is, and where it belongs? */
static bool tells_place(size_t at)
{
	return at < 8 || at == 12;	/* ports, sequence number, Data Offset */
}

/* Bits of the finished packet, but for what would make right bytes wrong ones. */
static void spoil(struct packet *k, const struct seg *g)
{
	size_t from = one_in(4) ? 0 : k->l4, n = 1 + rnd(4), at;
	size_t hdr = k->l4 + 20 + (g->optlen + 3) / 4 * 4;

	if (hdr > k->len)
		hdr = k->len;
	for (; n && hdr > from; n--) {
		at = from + rnd(hdr - from);
		if (at < k->l4 || !tells_place(at - k->l4))
			k->ip[at] ^= 1 << rnd(8);
	}
	if (one_in(8))
		k->len = 1 + rnd(k->len);
	if (!k->vnet.flags && one_in(2)) {	/* the sum is believed */
		k->vnet.flags = VIRTIO_NET_HDR_F_DATA_VALID;
		return;
	}
	if (one_in(8))
		k->vnet.hdr_len = rnd(128);
	if (one_in(8) && k->vnet.gso_type)
		k->vnet.gso_size = rnd(3000);
}

/*
 * Where payload is compared, it must begin where it seems to: neither may there be
 * more options than a header can have, nor may the header lie about them.
 */
static void fit(const struct slot *s, struct seg *g)
{
	size_t whole;

	if (s->service == ECHO) {
		g->doff = 0;
		g->optlen = g->optlen < 40 ? g->optlen : 40;
	}
	whole = 20 + (g->optlen + 3) / 4 * 4 + g->len;
	if (g->cut > whole)
		g->cut = whole;
}

static void segment(struct slot *s)
{
	static struct packet k;
	uint8_t first[64] = {}, all[128];
	struct seg g;

	correct(s, &g, first);
	if (s->active && !s->known)
		return;
	if (one_in(2))
		for (int n = 1 + rnd(3); n; n--)
			change(s, &g, first);
	if (g.len || g.data)
		payload_of(s, &g, g.len);
	if (s->active && !s->ack && g.flags & SYN && g.seq)
		add_pair(s, (struct pair){ s->f.irs, s->f.iss + g.seq });
	g.optlen = packet_options(all, &s->f, &g);
	g.opt = all;
	fit(s, &g);
	if (!g.len)
		g.gso = 0;
	if (g.fragment)
		g.gso = 0;
	packet_build(&k, &s->f, &g);
	brief('>', s, &(struct got){
		.flags = g.flags, .seq = g.seq, .ack = g.ack, .wnd = g.wnd,
		.len = g.len,
	});
	if (one_in(12) && !g.fragment && !g.pad)
		spoil(&k, &g);
	if (g.fragment && k.len > k.l4 + 8)
		put_fragments(&k, &g);
	else
		put_sometime(&k);
}

/* Somebody on the path says something, of what is in the network or not. */
static void icmp(struct slot *s)
{
	static const uint16_t mtus[] = { 0, 68, 552, 576, 1280, 1400, 65535 };
	static struct packet k;
	uint32_t left = s->end - s->said;
	uint32_t seq = s->said + (left ? rnd(left) : 0);
	struct icmp e = { .type = 3, .code = rnd(16) };

	if (!s->known)
		seq = 0;
	if (one_in(4))
		seq += somewhat();
	if (net.family == AF_INET) {
		if (one_in(3))
			e = (struct icmp){ .type = rnd(13), .code = rnd(4) };
	} else {
		e = (struct icmp){ .type = 1 + rnd(4), .code = rnd(8) };
		if (one_in(3))
			e = (struct icmp){ .type = 2 };
	}
	packet_icmp(&k, &s->f, seq, e, mtus[rnd(ARRAY_LEN(mtus))],
		    one_in(8) ? rnd(8) : 0);
	if (one_in(16))
		k.len = 1 + rnd(k.len);
	put(&k);
}

/*
 * The other end: the application, and its administrator
 */
static int __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	char line[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return write(control, line, n) == n ? 0 : -errno;
}

/* The number of the latest connection that ktcp_test knows of. */
static void learn_ids(void)
{
	static char text[16384];
	ssize_t n = pread(control, text, sizeof(text) - 1, 0);
	char *at;

	if (n <= 0)
		return;
	text[n] = 0;
	for (at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : at) {
		unsigned int id = strtoul(at, NULL, 10);

		if (id > last_id)
			last_id = id;
	}
	tell("clear");
}

static void application(void)
{
	unsigned int id = last_id - rnd(last_id < 16 ? last_id + 1 : 16);

	switch (rnd(14)) {
	case 0 ... 3:
		if (app_sends)
			tell("send %u %u", id,
			     1 + rnd(one_in(4) ? 300000 : 3000));
		break;
	case 4:
		tell("shutdown %u", id);
		break;
	case 5:
		tell("close %u", id);
		break;
	case 6:
		if (one_in(4))
			tell("abort %u", id);
		break;
	case 7:
		tell("urgent %u", id);
		break;
	case 8:
		tell("uto %u %u", id, rnd(4000));
		break;
	case 9:
		tell("nodelay %u %u", id, rnd(2));
		break;
	case 10:
		tell("keepalive %u %u", id, rnd(2));
		break;
	case 11:
		tell("user_timeout %u %u", id, rnd(2) * rnd(100000));
		break;
	default:
		learn_ids();
	}
}

struct setting {
	const char *name;
	const char *values[6];
};

static const struct setting settings[] = {
	{ "syncookies", { "0", "1", "1", "2" } },
	{ "max_syn_backlog", { "1", "4", "1024" } },
	{ "synack_retries", { "1", "5" } },
	{ "syn_retries", { "1", "3", "7" } },
	{ "retries2", { "2", "5", "15" } },
	{ "user_timeout_option", { "0", "1" } },
	{ "user_timeout_min_sec", { "1", "100" } },
	{ "time_wait_sec", { "1", "5", "60" } },
	{ "fin_wait2_sec", { "1", "60" } },
	{ "orphan_sec", { "1", "10", "120" } },
	{ "rto_min_ms", { "10", "200", "1000" } },
	{ "delack_ms", { "1", "40", "400" } },
	{ "quick_acks", { "0", "16", "255" } },
	{ "keepalive_sec", { "1", "10", "7200" } },
	{ "keepalive_interval_sec", { "1", "75" } },
	{ "keepalive_probes", { "1", "3" } },
	{ "rcvbuf", { "2048", "65535", "65535" } },
	{ "rcvbuf_max", { "2048", "65536", "4194304" } },
	{ "window_scaling", { "0", "1", "1" } },
	{ "timestamps", { "0", "1", "1" } },
	{ "sack", { "0", "1", "1", "1" } },
	{ "ecn", { "0", "1", "2", "1" } },
	{ "init_cwnd", { "1", "10", "100" } },
	{ "mtu_probing", { "0", "1", "1" } },
	{ "base_mss", { "512", "1024" } },
	{ "mtu_probe_sec", { "1", "300" } },
	{ "challenge_ack_ratelimit", { "0", "10", "255" } },
	{ "rst_ratelimit", { "0", "100" } },
	{ "max_connections", { "4", "262144", "262144", "262144" } },
	{ "max_time_wait", { "0", "2", "262144", "262144" } },
	{ "http_idle_sec", { "1", "60" } },
	{ "http_header_sec", { "1", "30" } },
	{ "http_min_rate", { "0", "64" } },
	{ "http_requests_max", { "0", "3" } },
	{ "congestion_control", { "cubic", "newreno" } },
};

static void set_one(const struct setting *s)
{
	int n = 0;

	while (n < 6 && s->values[n])
		n++;
	sysctl_try(s->name, s->values[rnd(n)]);
}

static void listen_all(void)
{
	for (int i = ECHO; i < SERVICES; i++) {
		int err = tell("listen %s", service_name[i]);

		if (err && err != -EADDRINUSE && !poor)
			failed("listen %s: %s", service_name[i], strerror(-err));
	}
	sysctl_try("ports", "8080");
}

/* Counters of this namespace, added to all others'. */
static void add(struct counter *table, size_t size, const char *name,
		unsigned long value)
{
	for (size_t i = 0; i < size; i++) {
		if (*table[i].name && strcmp(table[i].name, name))
			continue;
		strcpy(table[i].name, name);
		table[i].value += value;
		return;
	}
}

static void administrator(void)
{
	char name[40], line[1024];
	unsigned long value;
	FILE *file;

	switch (rnd(8)) {
	case 0:
		file = fopen("/proc/ktcp/stats", "r");
		while (file && fscanf(file, "%39s %lu", name, &value) == 2)
			;
		break;
	case 1:
		file = NULL;
		tell("unlisten %u", service_port[ECHO + rnd(3)]);
		listen_all();
		break;
	case 2 ... 4:
		file = NULL;
		set_one(&settings[rnd(ARRAY_LEN(settings))]);
		break;
	default:
		file = fopen("/proc/ktcp/connections", "r");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "%*s %*s %39s", name) == 1)
				add(states, ARRAY_LEN(states), name, 1);
	}
	if (file)
		fclose(file);
}

/*
 * The life of a connection
 */
static void slot_begin(struct slot *s)
{
	static const char *const texts[] = {
		GET, GET_CLOSE, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789",
		"GET /nowhere HTTP/1.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
	};
	static const uint32_t isss[] = { 0, 0xffffff00, 0x7fffff00, 1 };
	uint16_t port = s->f.sport;
	struct flow *f = &s->f;

	/* all but the stream, which is long and not used */
	memset(f, 0, offsetof(struct flow, stream));
	memset((char *)s + offsetof(struct slot, service), 0,
	       sizeof(*s) - offsetof(struct slot, service));
	f->p = &net;
	s->service = rnd(SERVICES);
	if (s->service == CHARGEN && one_in(2))	/* it talks more than all others */
		s->service = ECHO;
	s->left = 1 + rnd(2 * LIFE);
	s->text = texts[one_in(2) ? 0 : rnd(ARRAY_LEN(texts))];
	f->iss = one_in(8) ? isss[rnd(4)] : rnd64();
	f->ts_base = one_in(8) ? 0xfffffff0 : rnd64();
	f->mss = one_in(4) ? rnd(3) * 400 : net.family == AF_INET ? 1460U : 1440U;
	f->offer = one_in(3) ? rnd(8) : WSCALE | TS | SACK;
	f->snd = 0;
	s->active = one_in(5);
	if (s->active) {
		if (s->service == HTTP)
			s->service = ECHO;
		f->sport = ACTIVE_PORT + rnd(20000);
		tell("connect %s %u %s", net.family == AF_INET ? "10.0.0.2" :
		     "2001:db8::2", f->sport, service_name[s->service]);
	} else {
		/* the same port again: TIME_WAIT may be in the way, or not */
		f->sport = port >= 40000 && one_in(4) ? port : net.next_port++;
		if (net.next_port < 40000)
			net.next_port = 40000;
		f->dport = service_port[s->service];
	}
}

static void step(void)
{
	struct slot *s = &slots[rnd(SLOTS)];
	uint32_t what = rnd(256);

	if (--s->left <= 0)
		slot_begin(s);
	if (what < 6)
		pass(one_in(6) ? 1 + rnd(100000) : 1 + rnd(one_in(2) ? 20 : 400));
	else if (what < 10)
		icmp(s);
	else if (what < 16)
		application();
	else if (what < 18)
		administrator();
	else
		segment(s);
	if (one_in(2))
		drain_all();
}

/*
 * After it
 */
static void send_correct(struct slot *s, size_t len)
{
	static struct packet k;
	uint8_t opt[80];
	struct seg g = {
		.flags = ACK, .seq = s->ack, .ack = s->end, .wnd = 65535,
		.tsval = our_tsval(s),
	};

	payload_of(s, &g, len);
	g.optlen = packet_options(opt, &s->f, &g);
	g.opt = opt;
	packet_build(&k, &s->f, &g);
	brief('>', s, &(struct got){
		.flags = g.flags, .seq = g.seq, .ack = g.ack, .wnd = g.wnd,
		.len = g.len,
	});
	put(&k);
	drain_all();
}

/* Is it open, and does it know the numbers that we do? */
static bool established(const struct slot *s)
{
	char name[32];

	return s->known && s->f.dport &&
	       conn_get(&s->f, "state", name, sizeof(name)) &&
	       !strcmp(name, "ESTABLISHED") &&
	       conn_num(&s->f, "iss") == s->f.irs &&
	       conn_num(&s->f, "irs") == s->f.iss;
}

/*
 * A correct peer, from now on: what echoes must echo, what sends must send. Without
 * memory to owe more in, chargen of ktcp_test ends for good.
 */
static void check_recovery(struct slot *s)
{
	char options[64] = "";
	uint32_t ack, end;

	/* What a correct peer would know, whatever was lost or changed. */
	conn_get(&s->f, "options", options, sizeof(options));
	s->f.agreed = strstr(options, "ts") ? TS : 0;
	s->ack = ack = conn_num(&s->f, "rcv_nxt") - s->f.iss;
	s->end = end = conn_num(&s->f, "snd_nxt") - s->f.irs;
	for (int i = 0; i < 200; i++) {
		bool sent = s->end - end >= 10;

		if (s->service == CHARGEN && s->end - end > 20000)
			return;
		if (s->service == ECHO && s->ack - ack >= 10 && sent)
			return;
		if (s->service != ECHO && (s->service != CHARGEN || poor || tight))
			return;
		send_correct(s, s->service == ECHO ? 10 : 0);
		pass(i < 20 ? 50 : 2000);
		drain_all();
		if (!established(s))
			return;
	}
	failed("%s on port %u does not go on: acknowledged %u to %u, sent %u to %u",
	       service_name[s->service], s->f.sport, ack, s->ack, end, s->end);
}

/* How many connections there are, and the last of them. */
static int rows(char *line, size_t size)
{
	FILE *file = fopen("/proc/ktcp/connections", "r");
	int n = -1;

	while (file && fgets(line, size, file))
		n++;
	if (file)
		fclose(file);
	return n;
}

static void check_empty(void)
{
	char line[1024];
	int n = rows(line, sizeof(line));

	if (n)
		failed("%d connections are left: %s", n, line);
	if (stat_get("CurrConns") || stat_get("CurrTimeWaits"))
		failed("%lu connections and %lu TIME_WAITs are counted",
		       stat_get("CurrConns"), stat_get("CurrTimeWaits"));
}

static void count_all(void)
{
	FILE *file = fopen("/proc/ktcp/stats", "r");
	unsigned long value;
	char name[40];

	while (file && fscanf(file, "%39s %lu", name, &value) == 2)
		add(counters, COUNTERS, name, value);
	if (file)
		fclose(file);
}

/* Everything ends: the ports go, and what was opened from there is aborted. */
static void end_all(void)
{
	char line[1024];

	sysctl_set("ports", "");
	for (int i = ECHO; i < SERVICES; i++)
		tell("unlisten %u", service_port[i]);
	learn_ids();
	for (unsigned int id = 1; id <= last_id; id++)
		tell("abort %u", id);
	/* what was closed by its application has only time */
	for (int i = 0; i < 20 && rows(line, sizeof(line)); i++) {
		pass(600000);
		drain_all();
	}
	check_empty();
}

/* And a new connection is as good as the first. */
static void check_new(void)
{
	static struct flow f;
	struct response r;

	sysctl_set("max_connections", "262144");
	sysctl_set("http_requests_max", "0");
	sysctl_set("init_cwnd", "10");
	sysctl_set("ports", "8080");
	flow_init(&f, &net);
	f.sport = 30000;
	flow_connect(&f);
	request(&f, GET, &r);
	check_page(&f, 1, &r);
	tx(&f, .flags = RST | ACK);
	sysctl_set("ports", "");
	check_empty();
}

/*
 * Silent connections, until the first or the second measure against too much memory
 * is taken: what those of the round hold decides on the others.
 */
static void hold_memory(unsigned long level)
{
	static struct flow f;

	sysctl_set("ports", "8080");
	sysctl_set("mem_mib_max", "1");
	sysctl_set("http_header_sec", "3600");
	sysctl_set("http_idle_sec", "3600");
	for (int i = 0; stat_get("CurrMemoryLevel") < level; i++) {
		if (i == HELD_MAX)
			failed("%d connections hold %lu bytes", i, stat_get("CurrMemory"));
		flow_init(&f, &net);
		flow_connect(&f);
	}
}

/* Does the device have a slow link behind it, and a short queue? */
static void slow_link(bool on)
{
	int err = system(on ? "tc qdisc replace dev tun0 root netem rate 20mbit limit 12" :
			      "tc qdisc replace dev tun0 root pfifo limit 1000");

	if (err)
		failed("tc: status %d", err);
}

/* Has a block run for the first time, of any round? */
static bool anything_new(void)
{
	unsigned long before = blocks;

	if (coverage >= 0 && pread(coverage, &blocks, sizeof(blocks), 0) < 0)
		failed("%s: %s", COVERAGE, strerror(errno));
	return blocks > before;
}

static void keep(int until)
{
	if (nr_kept < CORPUS)
		corpus[nr_kept++] = (struct kept){ now, until };
}

/*
 * The next round: anew, or like one that is kept until about where it reached
 * something; the later ones reached what is rare.
 */
static void next_round(struct round *r, uint64_t s)
{
	static uint64_t choices = 1;
	const struct kept *k;
	int back, i;

	*r = (struct round){ .turns = 1, .turn[0].seed = s };
	state = choices;	/* not the chance of a round */
	i = nr_kept - 1 - (int)(rnd64() % (rnd64() % (nr_kept + 1) + 1));
	back = rnd(one_in(2) ? 32 : 512);
	choices = rnd64() | 1;
	if (s % 2 || i < 0 || corpus[i].until <= back)
		return;
	k = &corpus[i];
	*r = k->r;
	while (r->turns && (r->turn[r->turns - 1].at >= k->until - back ||
			    r->turns == TURNS))
		r->turns--;
	r->turn[r->turns].at = r->turns ? k->until - back : 0;
	r->turn[r->turns++].seed = s;
}

static void run_round(const struct round *r)
{
	static const int hows[] = { 0, PEER_OFFLOAD, PEER_GRO };
	int fd = net.tun, timer = net.timer, turn = 0, until = -1;

	now = *r;
	seed(r->turn[turn++].seed);
	if (rounds++) {
		close(fd);
		close(timer);
	}
	anything_new();
	printf("# round %lu, seed %s, %lu segments so far", rounds, round_text(r),
	       segments);
	if (coverage >= 0)
		printf(", %lu blocks, %d rounds kept", blocks, nr_kept);
	printf("\n");
	fflush(stdout);
	peer_up(&net, one_in(2) ? AF_INET : AF_INET6,
		hows[rnd(ARRAY_LEN(hows))]);
	net.df = DF_EITHER;	/* as ICMP errors say */
	app_sends = one_in(2);
	poor = one_in(4);
	slow = one_in(4);
	tight = r->turn[0].seed % 8 == 2;	/* no chance: rounds are kept */
	if (slow)
		slow_link(true);
	clock_ms = 0;
	last_id = 0;
	nr_briefs = 0;
	memset(late, 0, sizeof(late));
	if (tight)
		hold_memory(1 + r->turn[0].seed / 8 % 2);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (one_in(2))
			set_one(&settings[i]);
	listen_all();
	for (int i = 0; i < SLOTS; i++) {
		slots[i].f.sport = 0;
		slot_begin(&slots[i]);
	}
	if (poor)
		fail_allocations(1 + rnd(5));
	for (int i = 0; i < STEPS; i++) {
		if (turn < r->turns && r->turn[turn].at == i)
			seed(r->turn[turn++].seed);
		step();
		if (anything_new())
			until = i + 1;
		if (i % 64 == 0)
			watch_kernel();
	}
	fail_allocations(0);
	sysctl_set("mem_mib_max", "0");
	slow_link(false);
	drain_all();
	for (int i = 0; i < SLOTS; i++)
		if (established(&slots[i]))
			check_recovery(&slots[i]);
	end_all();
	drain_all();
	check_new();
	count_all();
	watch_kernel();
	if (until >= 0)
		keep(until);
}

static unsigned long long number(const char *name, unsigned long long def)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : def;
}

static void run_seeds(void)
{
	FILE *file = fopen(SEEDS_FILE, "r");
	char line[256];
	struct round r;

	if (!file)
		failed("no %s", SEEDS_FILE);
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (!round_parse(line, &r))
			failed("%s: no round: %s", SEEDS_FILE, line);
		run_round(&r);
	}
	fclose(file);
}

static void report(void)
{
	for (int i = 0; i < nr_kept; i++)
		printf("# kept, for step %d: %s\n", corpus[i].until,
		       round_text(&corpus[i].r));
	if (coverage >= 0)
		printf("# %lu blocks of code ran\n", blocks);
	printf("# %lu segments in %lu rounds, %lu refused by the device, %lu came back\n",
	       segments, rounds, refused, answers);
	printf("# seen in states:");
	for (size_t i = 0; i < ARRAY_LEN(states) && *states[i].name; i++)
		if (strcmp(states[i].name, "state"))
			printf(" %s %lu", states[i].name, states[i].value);
	printf("\n# counted:");
	for (size_t i = 0; i < COUNTERS && *counters[i].name; i++)
		if (counters[i].value)
			printf(" %s %lu", counters[i].name, counters[i].value);
	printf("\n# never counted:");
	for (size_t i = 0; i < COUNTERS && *counters[i].name; i++)
		if (!counters[i].value && strncmp(counters[i].name, "Curr", 4))
			printf(" %s", counters[i].name);
	printf("\n");
}

/*
 * Connections were there in every state, if they were looked at often enough: CLOSING is
 * one look in 20,000.
 */
static bool every_state(void)
{
	static const char *const all[] = {
		"LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT_1",
		"FIN_WAIT_2", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSING",
	};
	const size_t rare = ARRAY_LEN(all) - 1;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		bool seen = false;

		for (size_t j = 0; j < ARRAY_LEN(states); j++)
			seen |= !strcmp(states[j].name, all[i]);
		if (seen)
			continue;
		printf("# nothing was seen in %s\n", all[i]);
		if (segments >= (i == rare ? 1000000 : 50000))
			return false;
	}
	return true;
}

int main(void)
{
	const char *only = getenv("FUZZ_ROUND");
	uint64_t next = number("FUZZ_SEED", 1);
	unsigned long most = number("FUZZ_SEGMENTS", ~0UL);
	time_t seconds = number("FUZZ_SECONDS", 60), begin = wall();
	struct round r;

	printf("TAP version 13\n1..1\n");
	control = open("/proc/ktcp_test", O_RDWR);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (control < 0 || kmsg < 0) {
		printf("# no /proc/ktcp_test, or no /dev/kmsg\nnot ok 1 fuzz\n");
		return 1;
	}
	lseek(kmsg, 0, SEEK_END);
	coverage = open(COVERAGE, O_RDONLY);
	if (only && *only) {
		if (!round_parse(only, &r))
			failed("FUZZ_ROUND=%s is no round", only);
		run_round(&r);
	} else {
		run_seeds();
		while (segments < most &&
		       (most != ~0UL || wall() - begin < seconds)) {
			next_round(&r, next++);
			run_round(&r);
		}
	}
	report();
	if (!(only && *only) && !every_state()) {
		printf("not ok 1 fuzz\n");
		return 1;
	}
	printf("ok 1 fuzz\n");
	return 0;
}

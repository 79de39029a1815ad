// SPDX-License-Identifier: GPL-2.0
/* The window: its documents, who sees them, and where they are. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire.h"

#define HOST	" HTTP/1.1\r\nHost: a\r\n\r\n"
#define ALLOWED	"10.0.0.2,2001:db8::2"
#define RING_BYTES 290000	/* of the recorder: 4096 events */
#define NOBODY	"192.0.2.0/24,2001:db8:1::/48"

/* --- a strict reader of JSON (RFC 8259), for what we look into --- */

static const char *json_value(const char *s);

static const char *json_space(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

static const char *json_string(const char *s)
{
	check(*s == '"');
	for (s++; *s != '"'; s++) {
		check((unsigned char)*s >= ' ');
		if (*s != '\\')
			continue;
		s++;
		check(*s && strchr("\"\\/bfnrtu", *s));
		if (*s == 'u')
			for (int i = 0; i < 4; i++)
				check(isxdigit(*++s));
	}
	return s + 1;
}

static const char *json_number(const char *s)
{
	check(isdigit(*s));
	check(*s != '0' || !isdigit(s[1]));
	while (isdigit(*s))
		s++;
	return s;
}

/* Members of an object, or elements of an array, up to @end. */
static const char *json_list(const char *s, char end)
{
	s = json_space(s + 1);
	if (*s == end)
		return s + 1;
	for (;;) {
		if (end == '}') {
			s = json_space(json_string(json_space(s)));
			check(*s == ':');
			s++;
		}
		s = json_space(json_value(s));
		if (*s == end)
			return s + 1;
		check(*s == ',');
		s++;
	}
}

static const char *json_value(const char *s)
{
	static const char *const words[] = { "true", "false" };

	s = json_space(s);
	if (*s == '{')
		return json_list(s, '}');
	if (*s == '[')
		return json_list(s, ']');
	if (*s == '"')
		return json_string(s);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strncmp(s, words[i], strlen(words[i])))
			return s + strlen(words[i]);
	return json_number(s);
}

/* The value of @name in the object at @s; NULL if there is none. */
static const char *member(const char *s, const char *name)
{
	size_t len = strlen(name);

	s = json_space(s);
	check(*s == '{');
	for (s = json_space(s + 1); *s != '}';) {
		const char *key = s + 1;
		const char *value = json_space(json_string(s)) + 1;

		if (!strncmp(key, name, len) && key[len] == '"')
			return json_space(value);
		s = json_space(json_value(value));
		if (*s == ',')
			s = json_space(s + 1);
	}
	return NULL;
}

/* Element @n of the array at @s; NULL after the last. */
static const char *element(const char *s, int n)
{
	s = json_space(s);
	check(*s == '[');
	s = json_space(s + 1);
	for (; *s != ']' && n; n--) {
		s = json_space(json_value(s));
		if (*s == ',')
			s = json_space(s + 1);
	}
	return *s == ']' ? NULL : s;
}

static int elements(const char *s)
{
	int n = 0;

	while (element(s, n))
		n++;
	return n;
}

/* A member that there must be; "a.b" is b in a. */
static const char *at(const char *s, const char *path)
{
	char name[64];

	while (*path) {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		s = member(s, name);
		if (!s)
			fail("no %s", name);
		path += n + !!path[n];
	}
	return s;
}

static unsigned long long number_at(const char *s, const char *path)
{
	s = at(s, path);
	if (!isdigit(*s))
		fail("%s is no number: %.20s", path, s);
	return strtoull(s, NULL, 10);
}

static bool word_at(const char *s, const char *path, const char *word)
{
	s = at(s, path);
	return !strncmp(s, word, strlen(word));
}

#define check_text(s, path, value) check_text_at(__LINE__, s, path, value)

static void check_text_at(int line, const char *s, const char *path,
			  const char *value)
{
	const char *seen = at(s, path);

	if (*seen != '"' || strncmp(seen + 1, value, strlen(value)) ||
	    seen[1 + strlen(value)] != '"')
		peer_fail(__FILE__, line, "%s is %.60s, not \"%s\"", path, seen,
			  value);
}

/* --- asking --- */

struct answer {
	struct response r;
	char type[80];
	char body[1 << 19];
};

/* As request(), but the answer is made in process context: wait for it. */
static void ask_text(struct flow *f, const char *text, struct answer *a)
{
	uint32_t seq = f->rcv, body;
	struct got g;

	tx(f, .flags = ACK | PSH, .data = text);
	while (!memmem(f->stream + seq, f->have - seq, "\r\n\r\n", 4))
		if (!flow_next(f, &g, 1000))
			fail("no answer to '%.60s'", text);
	response_at(f, seq, &a->r);
	body = strncmp(text, "HEAD ", 5) ? a->r.length : 0;
	while (f->rcv < seq + a->r.head + body) {
		tx(f);
		if (!flow_next(f, &g, 1000))
			fail("the rest of the answer is missing");
	}
	if (a->r.close && !(g.flags & FIN))
		check(flow_next(f, &g, 0) && g.flags & FIN);
	tx(f);
	check_eq(seq + a->r.head + body, f->have);
	check(body < sizeof(a->body));
	memcpy(a->body, f->stream + seq + a->r.head, body);
	a->body[body] = 0;
	f->p->mark_us = now_us();
	if (!field(&a->r, "Content-Type", a->type, sizeof(a->type)))
		fail("no Content-Type");
}

static void ask_for(struct flow *f, const char *target, struct answer *a)
{
	char text[400];

	snprintf(text, sizeof(text), "GET %s" HOST, target);
	ask_text(f, text, a);
}

/* A document, which must be there and be JSON. */
static const char *json(struct flow *f, const char *target)
{
	static struct answer a;

	ask_for(f, target, &a);
	if (a.r.status != 200)
		fail("status %d for %s", a.r.status, target);
	check(!strcmp(a.type, "application/json"));
	check(!*json_space(json_value(a.body)));
	check_eq(1, number_at(a.body, "version"));
	return a.body;
}

/* The id of a connection of ours. */
static const char *id_of(const struct flow *f)
{
	static char id[128];
	bool v4 = f->p->family == AF_INET;

	snprintf(id, sizeof(id), "%s:%u-%s:%u",
		 v4 ? "10.0.0.1" : "[2001:db8::1]", f->dport,
		 v4 ? "10.0.0.2" : "[2001:db8::2]", f->sport);
	return id;
}

/* A second connection, which asks. */
static struct flow *asker(struct peer *p)
{
	static struct flow f;

	sysctl_set("status_allow", ALLOWED);
	flow_init(&f, p);
	flow_connect(&f);
	return &f;
}

static void end(struct flow *f)
{
	tx(f, .flags = RST | ACK);
	check_state(f, CLOSED);
}

static void settled(struct peer *p)
{
	quiet(p, 100);
}

/* --- stats.json --- */

/* Every line of /proc/ktcp/stats, and with the same numbers. */
WIRE(stats__counters)
{
	struct flow *w = asker(p);
	const char *s = json(w, "/ktcp/stats.json"), *value;
	char name[64];
	unsigned long seen;
	uint32_t first;
	int lines = 0, members = 0;
	FILE *file;

	check_eq(1, number_at(s, "counters.PassiveOpens"));
	check_eq(1, number_at(s, "counters.CurrConns"));
	check_eq(0, number_at(s, "counters.HttpRequests"));
	file = fopen("/proc/ktcp/stats", "r");
	check(file);
	while (fscanf(file, "%63s %lu", name, &seen) == 2) {
		value = member(at(s, "counters"), name);
		if (!value || !isdigit(*value))
			fail("no counter %s", name);
		lines++;
	}
	fclose(file);
	first = w->rcv - 1;
	for (value = at(s, "counters") + 1; *value != '}'; members++) {
		value = json_value(json_string(json_space(value)) + 1);
		value += *value == ',';
	}
	check_eq(lines, members);
	s = json(w, "/ktcp/stats.json");
	check_eq(1, number_at(s, "counters.HttpRequests"));
	check_eq(1, number_at(s, "counters.HttpStatus2xx"));
	check_eq(first, number_at(s, "counters.HttpBytes"));
	check_eq(w->rcv - 1, stat_get("HttpBytes"));
	end(w);
}

/* Virtual time: the clock is to the millisecond. */
WIRE(stats__clocks)
{
	struct flow *w = asker(p);
	unsigned long long first, wall;
	const char *s = json(w, "/ktcp/stats.json");

	first = number_at(s, "now_ms");
	wall = number_at(s, "wall_ms");
	check(wall > 1500000000000ULL);
	quiet(p, 5000);
	s = json(w, "/ktcp/stats.json");
	check_near(5000, number_at(s, "now_ms") - first);
	check_near(5000, number_at(s, "wall_ms") - wall);
	end(w);
}

/* Each state in turn has the one connection. */
WIRE(stats__states)
{
	static const char *const states[] = {
		"SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
		"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
	};
	struct flow *w = asker(p);
	char path[64];
	size_t i, j;

	sysctl_set("time_wait_sec", "2");
	for (i = 0; i < ARRAY_LEN(states); i++) {
		const char *s;

		flow_init(f, p);
		flow_reach(f, states[i]);
		drain(f);
		s = json(w, "/ktcp/stats.json");
		check_eq(1, number_at(s, "states.LISTEN"));
		check_eq(0, number_at(s, "states.SYN_SENT"));
		for (j = 0; j < ARRAY_LEN(states); j++) {
			snprintf(path, sizeof(path), "states.%s", states[j]);
			/* and the one that asks */
			check_eq((j == i) + (j == 1), number_at(s, path));
			check_eq(conn_count(states[j]), number_at(s, path));
		}
		check(number_at(s, "memory") > RING_BYTES);
		if (!strcmp(states[i], "TIME_WAIT"))
			quiet(p, 3000);
		else
			end(f);
		settled(p);
		s = json(w, "/ktcp/stats.json");
		check_eq(1, number_at(s, "states.ESTABLISHED"));
		check_eq(0, number_at(s, "states.TIME_WAIT"));
	}
}

static unsigned long long moves(const char *s, const char *from, const char *to)
{
	const char *e;
	int i;

	for (i = 0; (e = element(at(s, "transitions"), i)); i++) {
		char a[40], b[40];

		snprintf(a, sizeof(a), "\"%s\"", from);
		snprintf(b, sizeof(b), "\"%s\"", to);
		if (word_at(e, "from", a) && word_at(e, "to", b))
			return number_at(e, "n");
	}
	return 0;
}

WIRE(stats__transitions)
{
	struct flow *w = asker(p);
	const char *s = json(w, "/ktcp/stats.json");

	check_eq(2, elements(at(s, "transitions")));
	check_eq(1, moves(s, "LISTEN", "SYN_RECV"));
	check_eq(1, moves(s, "SYN_RECV", "ESTABLISHED"));
	flow_reach(f, "LAST_ACK");
	end(f);
	s = json(w, "/ktcp/stats.json");
	check_eq(5, elements(at(s, "transitions")));
	check_eq(2, moves(s, "LISTEN", "SYN_RECV"));
	check_eq(2, moves(s, "SYN_RECV", "ESTABLISHED"));
	check_eq(1, moves(s, "ESTABLISHED", "CLOSE_WAIT"));
	check_eq(1, moves(s, "CLOSE_WAIT", "LAST_ACK"));
	check_eq(1, moves(s, "LAST_ACK", "CLOSED"));
	end(w);
}

WIRE(stats__latency)
{
	struct flow *w = asker(p);
	const char *s = json(w, "/ktcp/stats.json");
	unsigned long long sum = 0, before = 0, le;
	int i, n = elements(at(s, "latency_us.le"));

	check_eq(16, n);
	check_eq(n + 1, elements(at(s, "latency_us.count")));
	for (i = 0; i < n; i++) {
		le = strtoull(element(at(s, "latency_us.le"), i), NULL, 10);
		check(le > before);
		before = le;
	}
	check_eq(1000000, before);
	s = json(w, "/ktcp/stats.json");
	for (i = 0; i <= n; i++)
		sum += strtoull(element(at(s, "latency_us.count"), i), NULL, 10);
	check_eq(1, sum);
	number_at(s, "latency_us.sum_us");
	end(w);
}

/* --- connections.json --- */

static const char *row_of(const char *s, const struct flow *f)
{
	const char *e, *id = id_of(f);
	int i;

	for (i = 0; (e = element(at(s, "rows"), i)); i++)
		if (!strncmp(at(e, "id") + 1, id, strlen(id)))
			return e;
	fail("no row %s", id);
}

/* Every column of /proc/ktcp/connections, with the same value. */
WIRE(connections__columns)
{
	struct flow *w = asker(p);
	char head[1024], *column, *save, value[64];
	const char *s, *row;
	int n = 0;
	FILE *file;

	flow_connect(f);
	settled(p);
	s = json(w, "/ktcp/connections.json");
	check_eq(3, number_at(s, "total"));
	check(word_at(s, "truncated", "false"));
	check_eq(3, elements(at(s, "rows")));
	row = row_of(s, f);
	check_text(row, "state", "ESTABLISHED");
	check_eq(f->irs, number_at(row, "iss"));
	check_eq(f->iss, number_at(row, "irs"));
	check_eq(f->irs + 1, number_at(row, "snd_nxt"));
	check_eq(f->iss + 1, number_at(row, "rcv_nxt"));
	check_eq(4294967295LL, number_at(row, "ssthresh"));
	file = fopen("/proc/ktcp/connections", "r");
	check(file && fgets(head, sizeof(head), file));
	fclose(file);
	for (column = strtok_r(head, " \n", &save); column; n++) {
		const char *seen = at(row, column);

		conn_get(f, column, value, sizeof(value));
		/* those that move with time */
		if (!strcmp(column, "age_ms") || !strcmp(column, "expires_ms"))
			check(isdigit(*seen));
		else if (isdigit(*seen))
			check_eq(strtoll(value, NULL, 10),
				 strtoll(seen, NULL, 10));
		else
			check_text(row, column, value);
		column = strtok_r(NULL, " \n", &save);
	}
	check(n > 20);
	row = element(at(s, "rows"), 0);
	check_text(row, "id", "*:8080-*:*");
	check_text(row, "state", "LISTEN");
	end(f);
	end(w);
}

WIRE(connections__state)
{
	struct flow *w = asker(p);
	const char *s;

	flow_syn(f);
	flow_synack(f);
	s = json(w, "/ktcp/connections.json?state=SYN_RECV");
	check_eq(1, elements(at(s, "rows")));
	check_eq(1, number_at(s, "total"));
	check_text(element(at(s, "rows"), 0), "id", id_of(f));
	check_text(element(at(s, "rows"), 0), "timer", "synack");
	s = json(w, "/ktcp/connections.json?state=SYN_RECV,LISTEN");
	check_eq(2, elements(at(s, "rows")));
	s = json(w, "/ktcp/connections.json?state=TIME_WAIT%2CCLOSING");
	check_eq(0, elements(at(s, "rows")));
	check_eq(0, number_at(s, "total"));
	check(word_at(s, "truncated", "false"));
	end(f);
	end(w);
}

/* How many there are is known without looking at all of them. */
WIRE(connections__limit)
{
	struct flow *w = asker(p);
	static struct flow more[5];
	const char *s;
	size_t i;

	for (i = 0; i < ARRAY_LEN(more); i++) {
		flow_init(&more[i], p);
		flow_connect(&more[i]);
	}
	s = json(w, "/ktcp/connections.json?state=ESTABLISHED&limit=3");
	check_eq(3, elements(at(s, "rows")));
	check_eq(6, number_at(s, "total"));
	check(word_at(s, "truncated", "true"));
	s = json(w, "/ktcp/connections.json?state=ESTABLISHED&limit=6");
	check_eq(6, elements(at(s, "rows")));
	check_eq(6, number_at(s, "total"));
	check(word_at(s, "truncated", "false"));
	s = json(w, "/ktcp/connections.json?limit=0");
	check_eq(0, elements(at(s, "rows")));
	check_eq(7, number_at(s, "total"));
	check(word_at(s, "truncated", "true"));
	for (i = 0; i < ARRAY_LEN(more); i++)
		end(&more[i]);
	end(w);
}

WIRE(connections__text)
{
	struct flow *w = asker(p);
	char target[200];
	const char *s;

	flow_connect(f);
	snprintf(target, sizeof(target), "/ktcp/connections.json?q=%%3A%u",
		 f->sport);
	s = json(w, target);
	check_eq(1, elements(at(s, "rows")));
	check_eq(1, number_at(s, "total"));
	check_text(element(at(s, "rows"), 0), "id", id_of(f));
	s = json(w, "/ktcp/connections.json?q=%22%5C%3Cnothing");
	check_eq(0, elements(at(s, "rows")));
	check_eq(0, number_at(s, "total"));
	s = json(w, "/ktcp/connections.json?q=cubic&limit=1");
	check_eq(1, elements(at(s, "rows")));
	check_eq(2, number_at(s, "total"));
	check(word_at(s, "truncated", "true"));
	end(f);
	end(w);
}

/* More than one segment, one page and one batch. */
WIRE(connections__many)
{
	struct flow *w = asker(p);
	char ids[200][64], id[64];
	const char *s;
	int i, j;

	sysctl_set("synack_retries", "0");
	for (i = 0; i < 199; i++) {
		flow_init(f, p);
		flow_syn(f);
		flow_synack(f);
	}
	s = json(w, "/ktcp/connections.json?state=SYN_RECV");
	check_eq(199, elements(at(s, "rows")));
	for (i = 0; i < 199; i++) {
		const char *e = at(element(at(s, "rows"), i), "id") + 1;

		snprintf(id, sizeof(id), "%.*s", (int)strcspn(e, "\""), e);
		for (j = 0; j < i; j++)
			check(strcmp(ids[j], id));
		strcpy(ids[i], id);
	}
	quiet(p, 2000);
	check_eq(0, conn_count("SYN_RECV"));
	end(w);
}

/*
 * What has been written for whoever does not take it is his: it counts, up to the
 * cap, and no further.
 */
WIRE(connections__owed)
{
	const unsigned long mib = 1 << 20;
	struct flow *w = asker(p);
	struct got g;
	long owed;
	int i;

	sysctl_set("mem_mib_max", "1");
	sysctl_set("synack_retries", "0");
	for (i = 0; i < 199; i++) {
		flow_init(f, p);
		flow_syn(f);
		flow_synack(f);
	}
	w->wnd = 0;
	for (i = 0; i < 8; i++) {
		tx(w, .flags = PSH | ACK, .data = "GET /ktcp/connections.json" HOST);
		usleep(10000);
	}
	owed = conn_num(w, "unsent");
	note("  %ld bytes owed, %lu counted", owed, stat_get("CurrMemory"));
	check(owed > 600000);
	check(stat_get("CurrMemory") > (unsigned long)owed);
	for (i = 0; conn_count("ESTABLISHED"); i++) {
		check(i < 8);
		/* one may be beyond */
		check(stat_get("CurrMemory") <= mib + owed / 8);
		tx(w, .flags = PSH | ACK, .data = "GET /ktcp/connections.json" HOST);
		usleep(10000);
	}
	do
		check(flow_next(w, &g, 0));
	while (!(g.flags & RST));
	check(stat_get("MemEvicted") + stat_get("MemRefused"));
	check(stat_get("CurrMemory") < mib / 8);
}

/* --- history.json --- */

#define check_event(s, n, fmt, ...) check_event_at(__LINE__, s, n, fmt, __VA_ARGS__)

/* An event without n, t_us and conn must be exactly this. */
static void check_event_at(int line, const char *s, int n, const char *fmt, ...)
{
	const char *e = element(at(s, "events"), n), *rest;
	char want[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	if (!e)
		peer_fail(__FILE__, line, "no event %d: %s", n, want);
	rest = strstr(e, "\"kind\"");
	if (strncmp(rest, want, strlen(want)) || rest[strlen(want)] != '}')
		peer_fail(__FILE__, line, "event %d is %.150s, not %s", n, rest,
			  want);
}

static const char *history_of(struct flow *w, const struct flow *f,
			      unsigned long long since)
{
	char target[300];

	snprintf(target, sizeof(target), "/ktcp/history.json?conn=%s&since=%llu",
		 id_of(f), since);
	return json(w, target);
}

/* A handshake, a request, an answer, a reset: each segment, each state. */
WIRE(history__of_a_connection)
{
	struct flow *w = asker(p);
	unsigned long long since, t = 0;
	struct response r;
	const char *s;
	int i;

	s = json(w, "/ktcp/history.json");
	check(word_at(s, "watching", "true"));
	since = number_at(s, "next");
	flow_connect(f);
	request(f, GET, &r);
	end(f);
	s = history_of(w, f, since);
	check_event(s, 0, "\"kind\":\"in\",\"flags\":\"SYN\",\"seq\":%u,\"ack\":0,\"len\":0,\"wnd\":%u,\"state\":\"LISTEN\"",
		    f->iss, f->wnd);
	check_event(s, 1, "\"kind\":\"state\",\"from\":\"LISTEN\",\"to\":\"SYN_RECV\"%s", "");
	check_event(s, 2, "\"kind\":\"out\",\"flags\":\"SYN ACK\",\"seq\":%u,\"ack\":%u,\"len\":0,\"wnd\":65535,\"state\":\"SYN_RECV\"",
		    f->irs, f->iss + 1);
	check_event(s, 3, "\"kind\":\"in\",\"flags\":\"ACK\",\"seq\":%u,\"ack\":%u,\"len\":0,\"wnd\":%u,\"state\":\"SYN_RECV\"",
		    f->iss + 1, f->irs + 1, f->wnd);
	check_event(s, 4, "\"kind\":\"state\",\"from\":\"SYN_RECV\",\"to\":\"ESTABLISHED\"%s", "");
	check_event(s, 5, "\"kind\":\"in\",\"flags\":\"PSH ACK\",\"seq\":%u,\"ack\":%u,\"len\":%u,\"wnd\":%u,\"state\":\"ESTABLISHED\"",
		    f->iss + 1, f->irs + 1, GET_LEN, f->wnd);
	i = elements(at(s, "events")) - 1;
	check_event(s, i, "\"kind\":\"state\",\"from\":\"ESTABLISHED\",\"to\":\"CLOSED\"%s", "");
	check_event(s, i - 1, "\"kind\":\"in\",\"flags\":\"RST ACK\",\"seq\":%u,\"ack\":%u,\"len\":0,\"wnd\":%u,\"state\":\"ESTABLISHED\"",
		    f->iss + 1 + GET_LEN, f->irs + 1 + r.head + r.length,
		    f->wnd);
	check_eq(0, number_at(s, "lost"));
	for (i = 0; i < elements(at(s, "events")); i++) {
		const char *e = element(at(s, "events"), i);

		check_text(e, "conn", id_of(f));
		check(number_at(e, "n") >= since);
		since = number_at(e, "n") + 1;
		check(number_at(e, "t_us") >= t);
		t = number_at(e, "t_us");
	}
	check(number_at(s, "next") >= since);
	check(number_at(s, "now_us") >= t);
	/* nothing of it comes twice */
	s = history_of(w, f, number_at(s, "next"));
	check_eq(0, elements(at(s, "events")));
	end(w);
}

/* Windows are in bytes, but that of a SYN is not scaled (RFC 7323 2.2). */
WIRE(history__scaled_windows)
{
	struct flow *w = asker(p);
	unsigned long long since, wnd;
	struct response r;
	const char *s;

	since = number_at(json(w, "/ktcp/history.json"), "next");
	f->offer = WSCALE;
	f->wscale = 3;
	f->wnd = 5000;
	flow_connect(f);
	request(f, GET, &r);
	s = history_of(w, f, since);
	check_eq(5000, number_at(element(at(s, "events"), 0), "wnd"));
	check_eq(65535, number_at(element(at(s, "events"), 2), "wnd"));
	check_eq(5000 << 3, number_at(element(at(s, "events"), 3), "wnd"));
	for (int i = 3; i < elements(at(s, "events")); i++) {
		const char *e = element(at(s, "events"), i);

		if (!word_at(e, "kind", "\"out\""))
			continue;
		wnd = number_at(e, "wnd");
		check_eq((65535 - (i > 4 ? GET_LEN : 0)) >> f->their_wscale
			 << f->their_wscale, wnd);
	}
	end(f);
	end(w);
}

/* What is longer than the ring is lost, and counted; a reply has 1000 at most. */
WIRE(history__ring)
{
	struct flow *w = asker(p);
	unsigned long long since, next, lost;
	char target[80];
	const char *s;
	int i, n;

	since = number_at(json(w, "/ktcp/history.json"), "next");
	flow_connect(f);
	for (i = 0; i < 3000; i++) {	/* in and out */
		tx(f, .seq = f->snd - 1);
		rx(f);
		if (i % 10 == 9)
			quiet(p, 1000);
		if (i % 200 == 199)	/* so that they stay, and it watches */
			json(w, "/ktcp/history.json?since=999999999&conn=127.0.0.1:1-127.0.0.1:1");
		if (i % 300 == 299) {
			struct response r;

			request(f, GET, &r);
		}
	}
	snprintf(target, sizeof(target), "/ktcp/history.json?since=%llu", since);
	s = json(w, target);
	check_eq(1000, elements(at(s, "events")));
	lost = number_at(s, "lost");
	check(lost > 1900);
	check_eq(since + lost, number_at(element(at(s, "events"), 0), "n"));
	next = number_at(s, "next");
	check_eq(since + lost + 1000, next);
	for (n = 1000; ; n += i) {
		snprintf(target, sizeof(target), "/ktcp/history.json?since=%llu",
			 next);
		s = json(w, target);
		i = elements(at(s, "events"));
		check_eq(next + i, number_at(s, "next"));
		check_eq(0, number_at(s, "lost"));
		next += i;
		if (i < 1000)
			break;
	}
	check_eq(next - since - lost, n + i);
	check(n + i > 4096);	/* all that was there, and what we made */
	end(f);
	end(w);
}

/* A scraper is not somebody who watches: nothing is recorded for it. */
static unsigned long metrics_memory(struct flow *w)
{
	static struct answer a;
	const char *line;

	ask_for(w, "/ktcp/metrics", &a);
	line = strstr(a.body, "\nktcp_memory_bytes ");
	check(line);
	return strtoul(line + 19, NULL, 10);
}

/* Nobody looks for 30 s: it is gone, with what it knew; the numbers go on. */
WIRE(history__only_while_watched)
{
	struct flow *w = asker(p);
	unsigned long long next;
	char target[80];
	const char *s;

	check(metrics_memory(w) < RING_BYTES);
	s = json(w, "/ktcp/stats.json");
	check(word_at(s, "watching", "true"));
	check(metrics_memory(w) > RING_BYTES);
	flow_connect(f);
	s = json(w, "/ktcp/history.json");
	next = number_at(s, "next");
	check(next > 5);
	quiet(p, 29000);
	check_eq(1, number_at(element(at(json(w, "/ktcp/history.json"),
					 "events"), 0), "n"));
	end(f);
	quiet(p, 31000);
	check(metrics_memory(w) < RING_BYTES);
	s = json(w, "/ktcp/stats.json");	/* which begins again */
	check(number_at(s, "memory") > RING_BYTES);
	s = json(w, "/ktcp/history.json?since=1");
	check(number_at(element(at(s, "events"), 0), "n") > next);
	check_eq(number_at(element(at(s, "events"), 0), "n") - 1,
		 number_at(s, "lost"));
	/* a number from another life */
	snprintf(target, sizeof(target), "/ktcp/history.json?since=%llu",
		 number_at(s, "next") + 1000);
	next = number_at(element(at(s, "events"), 0), "n");
	s = json(w, target);
	check_eq(next, number_at(element(at(s, "events"), 0), "n"));
	check_eq(0, number_at(s, "lost"));
	end(w);
}

/* --- metrics --- */

WIRE(metrics__text)
{
	struct flow *w = asker(p);
	static struct answer a;
	const char *line, *next;
	int samples = 0;

	ask_for(w, "/ktcp/metrics", &a);
	check_eq(200, a.r.status);
	check(!strcmp(a.type, "text/plain; version=0.0.4; charset=utf-8"));
	check(strstr(a.body, "\n# TYPE ktcp_passive_opens_total counter\nktcp_passive_opens_total 1\n"));
	check(strstr(a.body, "\n# TYPE ktcp_curr_conns gauge\nktcp_curr_conns 1\n"));
	check(strstr(a.body, "\nktcp_connections{state=\"ESTABLISHED\"} 1\n"));
	check(strstr(a.body, "\nktcp_connections{state=\"LISTEN\"} 1\n"));
	check(strstr(a.body, "\nktcp_transitions_total{from=\"LISTEN\",to=\"SYN_RECV\"} 1\n"));
	check(strstr(a.body, "\nktcp_http_latency_seconds_bucket{le=\"0.00001\"} 0\n"));
	check(strstr(a.body, "\nktcp_http_latency_seconds_bucket{le=\"1\"} 0\n"));
	check(strstr(a.body, "\nktcp_http_latency_seconds_bucket{le=\"+Inf\"} 0\n"
			     "ktcp_http_latency_seconds_sum 0.000000000\n"
			     "ktcp_http_latency_seconds_count 0\n"));
	for (line = a.body; *line; line = next + 1) {
		next = strchr(line, '\n');
		check(next);
		if (*line == '#')
			check(!strncmp(line, "# HELP ktcp_", 12) ||
			      !strncmp(line, "# TYPE ktcp_", 12));
		else
			samples++;
		check(!strncmp(line, "ktcp_", 5) || *line == '#');
	}
	check(samples > 100);
	ask_for(w, "/ktcp/metrics", &a);
	check(strstr(a.body, "\nktcp_http_latency_seconds_count 1\n"));
	end(w);
}

/* --- who, and where --- */

/* What cannot be seen looks like what is not there, but for the second. */
static void check_as_nothing_by(struct flow *f, const char *target,
				const char *method, const char *host)
{
	static struct answer a, b;
	char text[400], *date;

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n",
		 method, target, host);
	ask_text(f, text, &a);
	snprintf(text, sizeof(text), "%s /nothing HTTP/1.1\r\nHost: %s\r\n\r\n",
		 method, host);
	ask_text(f, text, &b);
	check_eq(404, b.r.status);
	check_eq(b.r.head, a.r.head);
	date = strstr(a.r.text, "\r\nDate: ");
	check(date);
	memcpy(date + 8, strstr(b.r.text, "\r\nDate: ") + 8, 29);
	if (memcmp(a.r.text, b.r.text, b.r.head + b.r.length))
		fail("%s %s is told from what is not there", method, target);
}

static void check_as_nothing(struct flow *f, const char *target)
{
	check_as_nothing_by(f, target, "GET", "a");
}

static const char *const docs[] = {
	"/ktcp/", "/ktcp/connections.json", "/ktcp/stats.json",
	"/ktcp/history.json", "/ktcp/metrics", "/ktcp/stats.json?x=y",
};

static void check_all_hidden(struct flow *f)
{
	for (size_t i = 0; i < ARRAY_LEN(docs); i++)
		check_as_nothing(f, docs[i]);
}

WIRE(access__nobody_else_by_default)
{
	flow_connect(f);
	check_all_hidden(f);
	sysctl_set("status_allow", NOBODY);
	check_all_hidden(f);
	sysctl_set("status_allow", p->family == AF_INET ? "::/0" : "0.0.0.0/0");
	check_all_hidden(f);
	sysctl_set("status_allow", p->family == AF_INET ? "10.0.0.0/30" :
							  "2001:db8::/126");
	check_eq(1, number_at(json(f, "/ktcp/stats.json"), "version"));
	sysctl_set("status_allow", "");
	check_all_hidden(f);
	end(f);
}

/* A rule: every response has this field. */
static void add_field(const char *name)
{
	FILE *file = fopen("/proc/ktcp/routes", "w");

	check(file && fprintf(file, "* header %s: x\n", name) > 0);
	check(!fclose(file));
}

/* DNS rebinding: by the name of somebody's page there is nothing. */
WIRE(access__by_which_name)
{
	static const char *const methods[] = {
		"GET", "OPTIONS", "DELETE", "POST",
	};
	static const struct {
		const char *line, *host;
		int status;
	} by[] = {
		{ "/ktcp/stats.json", "10.0.0.1:8080", 200 },
		{ "/ktcp/stats.json", "[2001:db8::1]:8080", 200 },
		{ "/ktcp/stats.json", "vm", 200 },
		{ "/ktcp/stats.json", "LOCALHOST:8080", 200 },
		{ "/ktcp/stats.json", "vm.local", 200 },
		{ "/ktcp/stats.json", "evil.example", 404 },
		{ "/ktcp/stats.json", "evil.example.:8080", 404 },
		{ "/ktcp/", "evil.example", 404 },
		{ "http://10.0.0.1/ktcp/stats.json", "10.0.0.1", 200 },
		{ "http://evil.example/ktcp/stats.json", "10.0.0.1", 404 },
		{ "/", "evil.example", 200 },
		{ "/ktcp/stats.json", "vm", 200 },	/* and not for ever */
	};
	struct flow *w = asker(p);
	static struct answer a;
	char text[200];

	for (size_t i = 0; i < ARRAY_LEN(by); i++) {
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
			 by[i].line, by[i].host);
		ask_text(w, text, &a);
		note("  Host: %s", by[i].host);
		check_eq(by[i].status, a.r.status);
	}
	ask_text(w, "GET /ktcp/stats.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &a);
	check_eq(200, a.r.status);
	ask_text(w, "OPTIONS /ktcp/" HOST, &a);
	check_eq(200, a.r.status);
	/* with any method, and with what the rules add to every response */
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		check_as_nothing_by(w, "/ktcp/", methods[i], "evil.example");
	add_field("X-Added");
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		check_as_nothing_by(w, "/ktcp/stats.json", methods[i],
				    "evil.example");
	ask_text(w, "GET /ktcp/stats.json" HOST, &a);
	check(!field(&a.r, "X-Added", text, sizeof(text)));
	/* and nobody who waits for it is asked to go on */
	ask_text(w, "GET /ktcp/ HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", &a);
	check_eq(404, a.r.status);
	check(a.r.close);
	end(w);
}

WIRE(access__of_every_document)
{
	struct flow *w = asker(p);
	static struct answer a;

	for (size_t i = 0; i < ARRAY_LEN(docs); i++) {
		ask_for(w, docs[i], &a);
		check_eq(200, a.r.status);
	}
	check_as_nothing(w, "/ktcp/nothing");
	check_as_nothing(w, "/ktcp");
	check_as_nothing(w, "/ktcp/stats.json/");
	check_as_nothing(w, "/ktcp/connections.json?limit=x");
	check_as_nothing(w, "/ktcp/history.json?conn=here");
	end(w);
}

/* As it is in the source, to the byte. */
WIRE(access__page)
{
	struct flow *w = asker(p);
	static struct answer a;
	static char page[sizeof(a.body)];
	FILE *file = fopen("module/http/window.html", "r");
	char value[80];
	size_t len;

	check(file);
	len = fread(page, 1, sizeof(page), file);
	fclose(file);
	check(len > 10000 && len <= 60 << 10);
	ask_for(w, "/ktcp/", &a);
	check_eq(200, a.r.status);
	check(!strcmp(a.type, "text/html; charset=utf-8"));
	check(field(&a.r, "Cache-Control", value, sizeof(value)));
	check(!strcmp(value, "no-store"));
	check_eq(len, a.r.length);
	check(!memcmp(page, a.body, len));
	ask_text(w, "HEAD /ktcp/" HOST, &a);
	check_eq(200, a.r.status);
	check_eq(len, a.r.length);
	end(w);
}

WIRE(access__head_has_no_body)
{
	struct flow *w = asker(p);
	static struct answer a;

	ask_text(w, "HEAD /ktcp/stats.json" HOST, &a);
	check_eq(200, a.r.status);
	check(a.r.length > 1000);
	ask_text(w, "DELETE /ktcp/stats.json" HOST, &a);
	check_eq(405, a.r.status);
	end(w);
}

/* The answer is the last: FIN comes behind it. */
WIRE(access__close)
{
	struct flow *w = asker(p);
	static struct answer a;

	ask_text(w, "GET /ktcp/stats.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", &a);
	check_eq(200, a.r.status);
	check(a.r.close);
	check_state(w, "FIN_WAIT_2");
	end(w);
}

WIRE(path__moved)
{
	struct flow *w = asker(p);
	static struct answer a;

	sysctl_set("status_path", "/~ops/net-1/");
	check_all_hidden(w);
	json(w, "/~ops/net-1/stats.json");
	ask_for(w, "/~ops/net-1/", &a);
	check_eq(200, a.r.status);
	check(!strcmp(a.type, "text/html; charset=utf-8"));
	sysctl_set("status_path", "/");
	json(w, "/stats.json");
	sysctl_set("status_path", "");
	check_all_hidden(w);
	check_as_nothing(w, "/~ops/net-1/stats.json");
	check_as_nothing(w, "/stats.json");
	sysctl_set("status_path", "/ktcp/");
	json(w, "/ktcp/stats.json");
	end(w);
}

/* --- the sysctls --- */

static void check_value(const char *name, const char *value)
{
	char seen[4096];

	sysctl_get(name, seen, sizeof(seen));
	if (strcmp(seen, value))
		fail("net.ktcp.%s is '%s', not '%s'", name, seen, value);
}

WIRE(sysctl__status_path)
{
	static const char *const bad[] = {
		"/ktcp", "ktcp/", "k", "//", "/a//b/", "/a b/", "/a%20/", "/./",
		"/../", "/a/../", "/?/", "/a#/", "/\xc3\xa9/",
		"/012345678901234567890123456789012345678901234567890123456789012/",
	};
	static const char *const good[] = {
		"/", "/a/", "/.../", "/.a/..b/", "/A-z.0_9~/x/", "",
		"/0123456789012345678901234567890123456789012345678901234567890/",
	};
	size_t i;

	check_value("status_path", "/ktcp/");
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		if (sysctl_try("status_path", bad[i]) != EINVAL)
			fail("status_path takes '%s'", bad[i]);
		check_value("status_path", "/ktcp/");
	}
	for (i = 0; i < ARRAY_LEN(good); i++) {
		sysctl_set("status_path", good[i]);
		check_value("status_path", good[i]);
	}
}

WIRE(sysctl__status_allow)
{
	static const char *const bad[] = {
		"x", "10.0.0.1,", ",10.0.0.1", "10.0.0.1/24", "10.0.0.0/33",
		"10.0.0.0/", "2001:db8::1/32", "::/129", "10.0.0", "1.2.3.4;5",
	};
	char list[2000], *s = list;
	size_t i;

	check_value("status_allow", "");
	sysctl_set("status_allow", " 192.0.2.0/24 , 2001:DB8:0::/32,::ffff:10.0.0.0/104,192.0.2.7 ");
	check_value("status_allow", "192.0.2.0/24,2001:db8::/32,10.0.0.0/8,192.0.2.7/32");
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		if (sysctl_try("status_allow", bad[i]) != EINVAL)
			fail("status_allow takes '%s'", bad[i]);
		check_value("status_allow", "192.0.2.0/24,2001:db8::/32,10.0.0.0/8,192.0.2.7/32");
	}
	for (i = 0; i < 31; i++)
		s += sprintf(s, "%s10.%zu.0.0/16", i ? "," : "", i);
	sysctl_set("status_allow", list);
	check_value("status_allow", list);
	sysctl_set("status_allow", "");
	check_value("status_allow", "");
}

/* The port goes while a document is made, and then its connection has gone. */
WIRE(end__while_it_is_made)
{
	struct flow *w = asker(p);
	struct got g;

	json(w, "/ktcp/history.json");
	tx(w, .flags = PSH | ACK, .data = "GET /ktcp/connections.json" HOST);
	sysctl_set("ports", "");
	do
		check(flow_next(w, &g, 0));
	while (!(g.flags & RST));
	check_state(w, CLOSED);
}

/*
 * Namespaces take turns: whoever asks in one waits for no more than the document that
 * is being written, however many wait in another. We run before the writer, so that
 * nothing is written until we wait.
 */
WIRE(turns__of_namespaces)
{
	const struct sched_param first = { .sched_priority = 1 };
	int here = open("/proc/thread-self/ns/net", O_RDONLY);
	static struct flow many[20];
	struct flow *w = asker(p);
	static struct peer other;
	static struct flow g;
	unsigned long written;
	char rest[2000];
	struct got got;
	size_t i;

	check(here >= 0);
	for (i = 0; i < ARRAY_LEN(many); i++) {
		flow_init(&many[i], p);
		flow_connect(&many[i]);
	}
	json(w, "/ktcp/stats.json");	/* the recorder runs by now */
	peer_up(&other, p->family, 0);	/* and we are in another namespace */
	sysctl_set("status_allow", ALLOWED);
	flow_init(&g, &other);
	flow_connect(&g);
	json(&g, "/ktcp/stats.json");
	check(!sched_setscheduler(0, SCHED_FIFO, &first));
	for (i = 0; i < ARRAY_LEN(many); i++)
		tx(&many[i], .flags = PSH | ACK,
		   .data = "GET /ktcp/stats.json" HOST);
	tx(&g, .flags = PSH | ACK, .data = "GET /ktcp/stats.json" HOST);
	do
		check(flow_next(&g, &got, 1000));
	while (!got.len);
	check(!setns(here, CLONE_NEWNET));
	close(here);
	written = stat_get("HttpRequests") - 1;
	note("  after %lu of %zu in the other", written, ARRAY_LEN(many));
	check(written <= 2);
	sysctl_set("ports", "");	/* nobody looks at the others */
	while (read(p->tun, rest, sizeof(rest)) > 0)
		;
}

TEST_HARNESS_MAIN

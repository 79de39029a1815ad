// SPDX-License-Identifier: GPL-2.0
/*
 * Every state with every kind of segment at every place, and what RFC 9293
 * 3.10.7.4 says of it, with RFC 5961, 1337 and 6191. The rules below are the
 * RFC's own steps, in its order, and know nothing of how ktcp does it. SYN_SENT
 * is in active.c, a port without connection in rst.c.
 */
#define WIRE_OPTIONS

#include <stdio.h>

#include "wire.h"

static const struct kind {
	const char *name;
	uint8_t flags;
	uint32_t payload;
} kinds[] = {
	{ "nothing", 0, 0 },
	{ "SYN", SYN, 0 },
	{ "SYN-ACK", SYN | ACK, 0 },
	{ "ACK", ACK, 0 },
	{ "data", PSH | ACK, 1 },
	{ "data without ACK", PSH, 1 },
	{ "urgent data", URG | ACK, 1 },
	{ "urgent, no data", URG | ACK, 0 },
	{ "FIN", FIN, 0 },
	{ "FIN-ACK", FIN | ACK, 0 },
	{ "data and FIN", FIN | PSH | ACK, 1 },
	{ "urgent data and FIN", FIN | PSH | ACK | URG, 1 },
	{ "RST", RST, 0 },
	{ "RST-ACK", RST | ACK, 0 },
	{ "all flags", FIN | SYN | RST | PSH | ACK | URG, 1 },
};

/* From RCV.NXT; the edges are those of a window of @wnd. */
enum place { OLD, BEFORE, EXACT, INSIDE, EDGE, RIGHT, SECOND, BEYOND, FAR, PLACES };
static const char *const places[PLACES] = {
	"old", "just before RCV.NXT", "at RCV.NXT", "in the window", "at its last byte", "just beyond it",
	"one beyond that", "further beyond it",
	"far away",
};

enum ack { UNA, NXT, FUTURE, ANCIENT, ACKS };
static const char *const acks[ACKS] = {
	"SND.UNA", "SND.NXT", "never sent", "too old",
};

enum answer { SILENCE, ACKED, RESET, SYN_ACK, FINISHED };
static const char *const answers[] = {
	"silence", "ACK", "RST", "SYN-ACK", "FIN-ACK",
};

/*
 * struct cell - a case, and what must come of it
 * @state: where the connection is
 * @kind: the segment
 * @place: its sequence number
 * @ack: its acknowledgment number
 * @answer: what comes back at once
 * @after: the state then
 * @taken: by how much RCV.NXT has moved
 */
struct cell {
	const char *state;
	const struct kind *kind;
	enum place place;
	enum ack ack;
	enum answer answer;
	const char *after;
	uint32_t taken;
};

static bool is(const struct cell *c, const char *state)
{
	return !strcmp(c->state, state);
}

static bool after(const struct cell *c, const char *state)
{
	return c->after && !strcmp(c->after, state);
}

static bool has(const struct cell *c, uint8_t flags)
{
	return c->kind->flags & flags;
}

/* The peer has sent its FIN, the last before RCV.NXT. */
static bool fin_is_before(const struct cell *c)
{
	return is(c, "CLOSE_WAIT") || is(c, "CLOSING") || is(c, "LAST_ACK");
}

/*
 * First: the table of 3.4. From just before RCV.NXT two sequence numbers reach
 * into the window; but of a RST only the first counts (RFC 5961 3.2), or the number
 * of the FIN. And whoever has filled the window, while some of it was lost, speaks
 * from just beyond it (A.2), where a FIN has room too, or from one further, behind a
 * FIN: a synchronized connection hears that, if it has no data.
 */
static bool acceptable(const struct cell *c)
{
	if (c->place == BEFORE)
		return has(c, RST) ? fin_is_before(c) && !has(c, SYN) :
		       c->kind->payload + has(c, SYN) + has(c, FIN) > 1;
	if (c->place == RIGHT || c->place == SECOND)
		return !has(c, SYN) &&
		       (has(c, RST) ||
			(!c->kind->payload &&
			 (c->place == RIGHT || !has(c, FIN)))) &&
		       !is(c, "SYN_RECV") && !is(c, "TIME_WAIT");
	return c->place == EXACT || c->place == INSIDE || c->place == EDGE;
}

/* RFC 6191 2, without timestamps: later than all before, the FIN the last. */
static bool reopens(const struct cell *c)
{
	return (c->kind->flags & (SYN | ACK | RST)) == SYN &&
	       c->place >= EXACT && c->place <= BEYOND;
}

/* RFC 1337 3: no RST ends it. 3.10.7.4: else only a FIN again means anything. */
static void time_wait(struct cell *c)
{
	if (has(c, RST))
		return;
	if (reopens(c)) {
		c->answer = SYN_ACK;
		c->after = "SYN_RECV";
	} else if (has(c, SYN) || !acceptable(c)) {
		c->answer = ACKED;
	}
}

/* Fifth, of our FIN: the arrows that wait for it. False: nothing else follows. */
static bool fin_acknowledged(struct cell *c)
{
	if (is(c, "FIN_WAIT_1")) {
		c->after = "FIN_WAIT_2";
		return true;
	}
	if (is(c, "CLOSING"))
		c->after = "TIME_WAIT";
	if (is(c, "LAST_ACK"))
		c->after = CLOSED;
	return !is(c, "CLOSING") && !is(c, "LAST_ACK");
}

/* Seventh and eighth, where data and FIN may still come. */
static void text_and_fin(struct cell *c)
{
	if (c->kind->payload + has(c, FIN) == 0)
		return;
	if (c->place == BEFORE) {
		c->taken = 1;
		c->answer = ACKED;
	} else if (c->place != EXACT) {
		/* RFC 5681 4.2: out of order, so at once. */
		c->answer = ACKED;
		return;
	}
	if (c->place == EXACT)
		c->taken = c->kind->payload + has(c, FIN);
	if (!has(c, FIN))
		return;		/* the ACK may wait */
	c->answer = ACKED;
	if (after(c, "ESTABLISHED")) {
		c->after = "LAST_ACK";	/* the responder closes, too */
		c->answer = FINISHED;
	} else if (after(c, "FIN_WAIT_1")) {
		c->after = "CLOSING";
	} else {
		c->after = "TIME_WAIT";
	}
}

static void expect(struct cell *c)
{
	c->answer = SILENCE;
	c->after = c->state;
	c->taken = 0;
	if (is(c, "TIME_WAIT")) {
		time_wait(c);
		return;
	}
	/* The very SYN again: the SYN-ACK was lost (3.8.1). */
	if (is(c, "SYN_RECV") && c->kind->flags == SYN && c->place == BEFORE) {
		c->answer = SYN_ACK;
		return;
	}
	if (!acceptable(c)) {			/* first */
		c->answer = has(c, RST) ? SILENCE : ACKED;
		return;
	}
	if (has(c, RST)) {			/* second; RFC 5961 3.2 */
		if (c->place == EXACT || c->place == BEFORE)
			c->after = CLOSED;
		else
			c->answer = ACKED;
		return;
	}
	if (has(c, SYN)) {			/* fourth; RFC 5961 4.2 */
		if (is(c, "SYN_RECV"))
			c->after = CLOSED;	/* LISTEN again */
		else
			c->answer = ACKED;
		return;
	}
	if (!has(c, ACK))			/* fifth */
		return;
	if (is(c, "SYN_RECV")) {
		if (c->ack != NXT) {
			c->answer = RESET;
			return;
		}
		c->after = "ESTABLISHED";
	} else if (c->ack == FUTURE || c->ack == ANCIENT) {
		c->answer = ACKED;		/* RFC 5961 5.2 */
		return;
	} else if (c->ack == NXT && !fin_acknowledged(c)) {
		return;
	}
	if (after(c, "ESTABLISHED") || after(c, "FIN_WAIT_1") ||
	    after(c, "FIN_WAIT_2"))
		text_and_fin(c);
}

static void check_cell(struct peer *p, struct flow *f, const struct cell *c)
{
	uint32_t nxt, wnd, una, snd, at[PLACES], ack[ACKS];
	struct got g;
	bool came;

	flow_init(f, p);
	flow_reach(f, c->state);
	nxt = conn_num(f, "rcv_nxt") - f->iss;
	wnd = conn_num(f, "rcv_wnd");
	una = conn_num(f, "snd_una") - f->irs;
	snd = conn_num(f, "snd_nxt") - f->irs;
	at[OLD] = nxt - 10;
	at[BEFORE] = nxt - 1;
	at[EXACT] = nxt;
	at[INSIDE] = nxt + 10;
	at[EDGE] = nxt + wnd - 1;
	at[RIGHT] = nxt + wnd;
	at[SECOND] = nxt + wnd + 1;
	at[BEYOND] = nxt + wnd + 2;
	at[FAR] = nxt + (1u << 31) + 1000;
	ack[UNA] = una;
	ack[NXT] = snd;
	ack[FUTURE] = snd + 1;
	ack[ANCIENT] = una - (1u << 30);

	note("%s: %s %s, ACK %s", c->state, c->kind->name, places[c->place],
	     acks[c->ack]);
	tx(f, .flags = c->kind->flags, .seq = at[c->place],
	   .ack = ack[c->ack], .data = c->kind->payload ? "x" : NULL,
	   .urg = 1, .no_ts = has(c, SYN));
	came = flow_next(f, &g, 0);
	if (came != (c->answer != SILENCE))
		fail("%s expected", answers[c->answer]);
	switch (c->answer) {
	case SILENCE:
		break;
	case ACKED:
		check_eq(ACK, g.flags);
		check_eq(snd, g.seq);
		check_eq(nxt + c->taken, g.ack);
		break;
	case RESET:
		check_eq(RST, g.flags);
		check_eq(ack[c->ack], g.seq);
		break;
	case SYN_ACK:
		check_eq(SYN | ACK, g.flags);
		check_eq(at[c->place] + 1, g.ack);
		break;
	case FINISHED:
		check_eq(FIN | ACK, g.flags);
		check_eq(snd, g.seq);
		check_eq(nxt + c->taken, g.ack);
		break;
	}
	quiet(p, 0);
	check_state(f, c->after);
	if (!strcmp(c->after, CLOSED) || !strcmp(c->after, "TIME_WAIT"))
		return;
	if (c->answer == SYN_ACK)
		nxt = at[c->place] + 1;
	else
		check_eq(nxt + c->taken,
			 (uint32_t)conn_num(f, "rcv_nxt") - f->iss);
	tx(f, .flags = RST, .seq = nxt + c->taken);
	check_state(f, CLOSED);
}

static unsigned int check_state_cells(struct peer *p, struct flow *f,
				      const char *state)
{
	unsigned int n = 0;
	struct cell c = { .state = state };
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		c.kind = &kinds[i];
		for (c.place = 0; c.place < PLACES; c.place++) {
			for (c.ack = 0; c.ack < ACKS; c.ack++) {
				if (c.ack && !has(&c, ACK))
					break;
				expect(&c);
				check_cell(p, f, &c);
				n++;
			}
		}
	}
	return n;
}

/* 5 kinds without ACK, 10 with each of 4 acknowledgments, at 9 places */
#define CELLS	(9 * (5 + 4 * 10))

WIRE(syn_recv)
{
	check_eq(CELLS, check_state_cells(p, f, "SYN_RECV"));
}

WIRE(established)
{
	check_eq(CELLS, check_state_cells(p, f, "ESTABLISHED"));
}

WIRE(fin_wait_1)
{
	check_eq(CELLS, check_state_cells(p, f, "FIN_WAIT_1"));
}

WIRE(fin_wait_2)
{
	check_eq(CELLS, check_state_cells(p, f, "FIN_WAIT_2"));
}

WIRE(close_wait)
{
	check_eq(CELLS, check_state_cells(p, f, "CLOSE_WAIT"));
}

WIRE(closing)
{
	check_eq(CELLS, check_state_cells(p, f, "CLOSING"));
}

WIRE(last_ack)
{
	check_eq(CELLS, check_state_cells(p, f, "LAST_ACK"));
}

WIRE(time_wait_state)
{
	check_eq(CELLS, check_state_cells(p, f, "TIME_WAIT"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The HTTP responder: one request after the other, each answered in the softirq
 * that brought its last byte; but documents of the window are written by a work
 * item, and the connection waits.
 *
 * A connection reads a request, owes a header, owes a body, reads the next; or,
 * after its last response, sends FIN and drains what still comes, because a RST
 * could overtake the response (RFC 9112 9.6). While it owes and there is no
 * room in the send queue it reads nothing, and TCP closes the window.
 *
 * Its one timer, in each of these:
 *   idle      Between requests: say goodbye.
 *   header    A request has begun and its header is not complete: 408. Not
 *             renewed by the bytes that trickle in.
 *   body      The same of the body, which is read and thrown away.
 *   write     The peer takes fewer bytes of what it is owed than the least rate
 *             would be: abort. What has been queued is owed too, so the others
 *             are renewed, as this one, for as long as the peer takes enough.
 *   drain     We have said goodbye, the peer has not: close.
 *
 * A timer begins anew with each request that is answered. How much the peer takes is
 * watched from when it begins to be owed something, whatever the timer does, and
 * judged when that rings, and in each event after http_write_sec.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uio.h>

#include "../ktcp.h"
#include "body.h"
#include "content.h"
#include "http.h"
#include "parse.h"
#include "ready.h"
#include "routes.h"
#include "snapshot.h"
#include "status.h"
#include "target.h"
#include "window.h"

#define STASH_MIN	256

enum http_phase {
	HTTP_READ,		/* a request, or nothing yet */
	HTTP_BODY,		/* of a request */
	HTTP_WAIT,		/* for a document of the window */
	HTTP_OWE_HEAD,		/* a response, all of it */
	HTTP_OWE_BODY,		/* the blob of a response */
	HTTP_DRAIN,		/* we have said all we had to say */
};

enum http_timer {
	HTTP_TIMER_NONE,
	HTTP_TIMER_IDLE,
	HTTP_TIMER_HEADER,
	HTTP_TIMER_BODY,
	HTTP_TIMER_WRITE,
	HTTP_TIMER_LOOK,	/* the same, while the wait for a request runs */
	HTTP_TIMER_DRAIN,
};

#define DRAIN_SEC	5

#define WATCHED_MASK	GENMASK(24, 0)	/* nine hours of 1,000 jiffies a second */

/**
 * struct answer - a document of the window, or what is made for one request
 * @job: to write it
 * @c: who waits for it, with a reference; else NULL
 * @ask: which it is
 * @object: the response
 */
struct answer {
	struct ktcp_window_job job;
	struct ktcp_conn *c;
	struct ktcp_window_ask ask;
	struct ktcp_http_object object;
};

/**
 * struct http_idle - what the responder remembers of every connection
 * @busy: the rest of it, while a request or its response lasts from one event to
 *	the next; then it is that which counts
 * @acked: as in struct http_conn, and so are the others
 * @requests: likewise
 * @watched: likewise; no timer is so long that it would wrap
 * @phase: HTTP_READ or HTTP_DRAIN
 * @timer: likewise
 * @eof: likewise
 */
struct http_idle {
	struct http_conn *busy;
	u64 acked;
	u32 requests;
	u32 watched:25,
	    phase:3,
	    timer:3,
	    eof:1;
};

/**
 * struct http_conn - the responder's state in a connection
 *
 * In one event a request is read, answered and forgotten: then this is on the
 * stack only.
 *
 * @kn: the namespace
 * @parser: the request being read; its stash is ours
 * @body: and its body
 * @object: the response, once known
 * @ranges: those of @object that are sent, or NULL for all of it
 * @pin: keeps @object from one event to the next, if it could go away
 * @answer: has @object in it, or will have
 * @routes: the rules that go with @object, or NULL
 * @fields: those of them that add a field
 * @since: when the request was complete, ns
 * @sent: how much of the blob of @object, or of this range, has been queued
 * @acked: what the peer had acknowledged at @watched
 * @requests: how many there were
 * @watched: since when what it takes is counted, the bits WATCHED_MASK of jiffies
 * @mem: bytes that ktcp_account() knows of
 * @range: how many ranges have been queued, of which all of the blob is one
 * @phase: enum http_phase
 * @timer: enum http_timer, what runs
 * @last: the response is the last
 * @not_modified: it says that the client has @object already
 * @part_begun: the range has its own header already
 * @go_on: 100 is owed
 * @routes_kept: we have a reference to @routes
 * @eof: the peer has sent its last byte
 */
struct http_conn {
	struct ktcp_net *kn;
	struct ktcp_http_parser parser;
	struct ktcp_http_body body;
	const struct ktcp_http_object *object;
	struct ktcp_http_ranges *ranges;
	struct ktcp_snapshot *pin;
	struct answer *answer;
	struct ktcp_routes *routes;
	u64 since;
	u64 sent;
	u64 acked;
	u32 requests;
	u32 watched;
	u32 fields;
	u32 mem;
	u8 range;
	u8 phase;
	u8 timer;
	u8 last:1,
	   eof:1,
	   not_modified:1,
	   part_begun:1,
	   go_on:1,
	   routes_kept:1;
};

KTCP_SIZE_MAX(struct http_conn, 200);

static struct http_idle *http_idle(struct ktcp_conn *c)
{
	BUILD_BUG_ON(sizeof(struct http_idle) > KTCP_APP_PRIV_SIZE);
	return ktcp_app_priv(c);
}

/* What the peer takes is counted from here on. */
static void watch(struct ktcp_conn *c, struct http_conn *h)
{
	h->acked = ktcp_acked(c);
	h->watched = jiffies & WATCHED_MASK;
}

/* In jiffies */
static u32 watched_for(const struct http_conn *h)
{
	return ((u32)jiffies - h->watched) & WATCHED_MASK;
}

/* Has the peer taken enough of what it is owed since? */
static bool takes_enough(const struct ktcp_conn *c, const struct http_conn *h)
{
	u64 rate = ktcp_conf(h->kn, http_min_rate);

	return ktcp_acked(c) - h->acked >= rate * (watched_for(h) / HZ);
}

/* An event, before the peer is owed more: what is not owed is not taken slowly. */
static void watch_owed(struct ktcp_conn *c, struct http_conn *h)
{
	if (!ktcp_owed(c))
		watch(c, h);
}

/* The beginning of an event: @here, zeroed, is made use of if there is nothing yet. */
static struct http_conn *event_begins(struct ktcp_conn *c,
				      struct http_conn *here)
{
	const struct http_idle *idle = http_idle(c);
	struct http_conn *h = idle->busy ?: here;

	if (h == here) {
		h->kn = ktcp_conn_kn(c);
		h->acked = idle->acked;
		h->requests = idle->requests;
		h->watched = idle->watched;
		h->phase = idle->phase;
		h->timer = idle->timer;
		h->eof = idle->eof;
	}
	watch_owed(c, h);
	return h;
}

static int timer_sec(const struct http_conn *h, enum http_timer timer)
{
	switch (timer) {
	case HTTP_TIMER_IDLE:
		return ktcp_conf(h->kn, http_idle_sec);
	case HTTP_TIMER_HEADER:
		return ktcp_conf(h->kn, http_header_sec);
	case HTTP_TIMER_BODY:
		return ktcp_conf(h->kn, http_body_sec);
	case HTTP_TIMER_WRITE:
	case HTTP_TIMER_LOOK:
		return ktcp_conf(h->kn, http_write_sec);
	default:
		return DRAIN_SEC;
	}
}

static void set_timer(struct ktcp_conn *c, struct http_conn *h,
		      enum http_timer timer)
{
	h->timer = timer;
	ktcp_set_timeout(c, timer_sec(h, timer) * MSEC_PER_SEC);
}

/* @object is from what is published, and @routes too; others may be soon. */
static void pin(struct http_conn *h)
{
	if (h->routes && !h->routes_kept) {
		ktcp_routes_get(h->routes);
		h->routes_kept = 1;
	}
	if (h->pin || !h->object || !h->object->owner)
		return;
	h->pin = h->object->owner;
	ktcp_snapshot_get(h->pin);
}

static void answer_free(struct answer *a)
{
	if (!a)
		return;
	ktcp_blob_put(a->object.blob);
	kfree(a->object.head);
	kfree(a);
}

static void drop_ranges(struct http_conn *h)
{
	kfree(h->ranges);
	h->ranges = NULL;
}

/* What is being written is the writer's, who will see that nobody waits for it. */
static noinline void give_back_answer(struct http_conn *h)
{
	struct answer *a = h->answer;

	h->answer = NULL;
	if (a->c) {
		if (!ktcp_window_unqueue(h->kn, &a->job))
			return;
		ktcp_conn_put(a->c);
	}
	answer_free(a);
}

/* Most responses are no documents. */
static void drop_answer(struct http_conn *h)
{
	if (unlikely(h->answer))
		give_back_answer(h);
}

static void unpin(struct http_conn *h)
{
	drop_ranges(h);
	ktcp_snapshot_put(h->pin);
	h->pin = NULL;
	drop_answer(h);
	if (h->routes_kept)
		ktcp_routes_put(h->routes);
	h->routes_kept = 0;
	h->routes = NULL;
	h->fields = 0;
	h->object = NULL;
}

/* No buffer but for a line that is split. */
static void drop_stash(struct ktcp_http_parser *p)
{
	kfree(p->stash);
	p->stash = NULL;
	p->stash_size = 0;
	p->stash_len = 0;
}

static void say_goodbye(struct ktcp_conn *c, struct http_conn *h)
{
	h->phase = HTTP_DRAIN;
	drop_stash(&h->parser);
	unpin(h);
	if (h->eof && !ktcp_owed(c)) {
		ktcp_close(c);
		return;
	}
	ktcp_shutdown(c);
	set_timer(c, h, HTTP_TIMER_DRAIN);
}

static void give_up(struct ktcp_conn *c, struct http_conn *h)
{
	h->phase = HTTP_DRAIN;
	drop_stash(&h->parser);
	unpin(h);
	ktcp_abort(c);
}

/* The peer takes too little of what it is owed. */
static void give_up_slow(struct ktcp_conn *c, struct http_conn *h)
{
	KTCP_INC(h->kn, HttpTooSlow);
	give_up(c, h);
}

/* Date changes once a second; each CPU writes it for itself. */
struct date {
	time64_t second;
	char text[KTCP_HTTP_DATE_LEN + 1];
};

static DEFINE_PER_CPU(struct date, dates) = { .second = -1 };

/*
 * Bottom halves disabled. Where another thread of this CPU may be here at the same
 * time it is written into @own.
 */
static const char *date_now(char own[KTCP_HTTP_DATE_LEN + 1])
{
	struct date *date = this_cpu_ptr(&dates);
	time64_t now = ktime_get_real_seconds();

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		ktcp_http_date_text(now, own);
		return own;
	}
	if (now != date->second)
		ktcp_http_date_text(now, date->text);
	date->second = now;
	return date->text;
}

/* RFC 9112 9.3, 9.6; HTTP/1.0 wants to hear that it gets what it asked for. */
static const char *connection_field(const struct http_conn *h)
{
	if (h->last)
		return "Connection: close\r\n\r\n";
	if (!h->parser.minor)
		return "Connection: keep-alive\r\n\r\n";
	return "\r\n";
}

static struct kvec piece(const void *at, size_t len)
{
	return (struct kvec){ (void *)at, len };
}

/* Of a response with several ranges; never in what is published. */
static char boundary[2 * 16 + 1];

/* Room for the fields of a range: two numbers more than there are bytes. */
#define RANGE_TEXT_MAX	224

/* Media type of @o, as its header has it. */
static struct kvec type_of(const struct ktcp_http_object *o)
{
	const char *at = o->head + o->date + KTCP_HTTP_DATE_LEN +
			 strlen("\r\nContent-Type: ");

	return piece(at, strchr(at, '\r') - at);
}

/* What comes before a range among several; returns its length. */
static int part_head(const struct http_conn *h, unsigned int i, char *text)
{
	const struct ktcp_http_object *o = h->object;
	const struct ktcp_http_span *r = &h->ranges->r[i];
	struct kvec type = type_of(o);

	return scnprintf(text, RANGE_TEXT_MAX,
			 "\r\n--%s\r\nContent-Type: %.*s\r\n"
			 "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
			 boundary, (int)type.iov_len, (char *)type.iov_base,
			 r->first, r->last, o->len);
}

static int parts_end(char *text)
{
	return scnprintf(text, RANGE_TEXT_MAX, "\r\n--%s--\r\n", boundary);
}

/* RFC 9110 15.3.7: the fields of a response with one range, or with several */
static int range_fields(const struct http_conn *h, char *text)
{
	const struct ktcp_http_object *o = h->object;
	const struct ktcp_http_span *r = h->ranges->r;
	struct kvec type = type_of(o);
	char part[RANGE_TEXT_MAX];
	unsigned int i;
	u64 len;

	if (h->ranges->n == 1)
		return scnprintf(text, RANGE_TEXT_MAX,
				 "\r\nContent-Type: %.*s\r\n"
				 "Content-Length: %llu\r\n"
				 "Content-Range: bytes %llu-%llu/%llu\r\n",
				 (int)type.iov_len, (char *)type.iov_base,
				 r->last + 1 - r->first, r->first, r->last,
				 o->len);
	len = parts_end(part);
	for (i = 0; i < h->ranges->n; i++)
		len += part_head(h, i, part) + r[i].last + 1 - r[i].first;
	return scnprintf(text, RANGE_TEXT_MAX,
			 "\r\nContent-Type: multipart/byteranges; boundary=%s\r\n"
			 "Content-Length: %llu\r\n", boundary, len);
}

static bool is_partial(const struct http_conn *h)
{
	return h->ranges && h->object->status == 200;
}

/* Each range has a header of its own (RFC 9110 14.6). */
static bool in_parts(const struct http_conn *h)
{
	return is_partial(h) && h->ranges->n > 1;
}

static bool has_body(const struct http_conn *h)
{
	return h->parser.method != KTCP_HTTP_HEAD && !h->not_modified;
}

/* Fields that rules add; return how many. */
static size_t add_fields(const struct http_conn *h, struct kvec *vec)
{
	u32 left = h->fields;
	size_t n = 0;

	for (; left; left &= left - 1) {
		const char *text = h->routes->field_text[__ffs(left)];

		vec[n++] = piece(text, strlen(text));
	}
	return n;
}

/* Is it as everybody gets it? */
static bool is_usual(const struct http_conn *h)
{
	const struct ktcp_http_object *o = h->object;

	return !h->answer && !h->fields && !h->not_modified && !h->ranges &&
	       h->parser.minor && has_body(h) &&
	       o->status != KTCP_HTTP_MAINTENANCE;
}

/* The header, and the body too if it is not a blob. */
static noinline_for_stack int write_head(struct ktcp_conn *c, const struct http_conn *h)
{
	size_t len = 0, i, n = 4;
	const struct ktcp_http_object *o = h->object;
	const char *connection = connection_field(h);
	const size_t rest = o->date + KTCP_HTTP_DATE_LEN;
	char text[RANGE_TEXT_MAX], date[KTCP_HTTP_DATE_LEN + 1];
	struct kvec vec[6 + KTCP_ROUTES_FIELDS_MAX] = {
		piece(o->head, o->date),
		piece(date_now(date), KTCP_HTTP_DATE_LEN),
		piece(o->head + rest, o->head_len - rest),
		piece(text, 0),
	};

	/* RFC 9110 15.4.5: the fields that a cache wants to hear again. */
	if (h->not_modified) {
		const struct ktcp_http_object *head = ktcp_http_error(304);

		vec[0] = piece(head->head, head->date);
		vec[2] = piece(o->head + o->own - strlen("\r\n"),
			       o->head_len - o->own + strlen("\r\n"));
	}
	if (is_partial(h)) {
		const struct ktcp_http_object *head = ktcp_http_error(206);

		vec[0] = piece(head->head, head->date);
		vec[2] = piece(text, range_fields(h, text));
		vec[3] = piece(o->head + o->own, o->head_len - o->own);
	}
	if (o->status == KTCP_HTTP_MAINTENANCE)
		vec[3].iov_len = scnprintf(text, sizeof(text),
					   "Retry-After: %d\r\n",
					   ktcp_conf(h->kn, maintenance));
	if (o->status == 416 && h->ranges)
		vec[3].iov_len = scnprintf(text, sizeof(text),
					   "Content-Range: bytes */%llu\r\n",
					   h->ranges->r[0].last);
	n += add_fields(h, vec + n);
	vec[n++] = piece(connection, strlen(connection));
	vec[n++] = piece(o->text, has_body(h) ? o->text_len : 0);
	for (i = 0; i < n; i++)
		len += vec[i].iov_len;
	ktcp_http_sent(c, len);
	return ktcp_send_copyv(c, vec, n);
}

/* All of the response that is not sent in ranges of the blob. */
static int send_head(struct ktcp_conn *c, struct http_conn *h)
{
	bool whole = false;
	int err = -ENOENT;

	if (is_usual(h))
		err = ktcp_http_ready_send(c, h->object, h->last,
					   connection_field(h), &whole);
	if (err == -ENOENT)
		err = write_head(c, h);
	h->sent = 0;
	h->part_begun = 0;
	h->range = whole;
	return err;
}

static void response_done(struct ktcp_conn *c, struct http_conn *h)
{
	if (h->last) {
		say_goodbye(c, h);
		return;
	}
	h->phase = HTTP_READ;
	h->timer = HTTP_TIMER_NONE;
	unpin(h);
	ktcp_http_parser_next(&h->parser);
}

static int status_of(const struct http_conn *h)
{
	if (h->not_modified)
		return 304;
	return is_partial(h) ? 206 : h->object->status % KTCP_HTTP_VARIANT;
}

/* Which bytes of the blob come next; false if there are none left. */
static bool next_range(const struct http_conn *h, struct ktcp_http_span *r)
{
	const struct ktcp_http_object *o = h->object;

	if (!has_body(h))
		return false;
	if (is_partial(h)) {
		*r = h->ranges->r[h->range % KTCP_HTTP_RANGES_MAX];
		return h->range < h->ranges->n;
	}
	*r = (struct ktcp_http_span){ 0, o->len - 1 };
	return !h->range && o->len;
}

static int send_part_head(struct ktcp_conn *c, const struct http_conn *h)
{
	char text[RANGE_TEXT_MAX];
	int n = part_head(h, h->range, text);

	ktcp_http_sent(c, n);
	return ktcp_send_copy(c, text, n);
}

/* As much of a range as is queued at once. */
static int send_range(struct ktcp_conn *c, struct http_conn *h,
		      const struct ktcp_http_span *r)
{
	u64 len = r->last + 1 - r->first;
	u64 n = min_t(u64, len - h->sent, KTCP_SEND_BLOB_MAX);
	int err;

	/* The bytes themselves need room of their own. */
	if (!h->part_begun && in_parts(h)) {
		h->part_begun = 1;
		return send_part_head(c, h);
	}
	err = ktcp_send_blob(c, h->object->blob, r->first + h->sent, n);
	if (err)
		return err;
	ktcp_http_sent(c, n);
	h->sent += n;
	if (h->sent == len) {
		h->sent = 0;
		h->part_begun = 0;
		h->range++;
	}
	return 0;
}

static int send_parts_end(struct ktcp_conn *c, const struct http_conn *h)
{
	char text[RANGE_TEXT_MAX];
	int n = parts_end(text);

	ktcp_http_sent(c, n);
	return ktcp_send_copy(c, text, n);
}

static u64 body_len(const struct http_conn *h)
{
	const struct ktcp_http_object *o = h->object;
	u64 len = 0;
	int i;

	if (!has_body(h))
		return 0;
	if (!is_partial(h))
		return o->text_len + o->len;
	for (i = 0; i < h->ranges->n; i++)
		len += h->ranges->r[i].last + 1 - h->ranges->r[i].first;
	return len;
}

static void tell_answered(struct ktcp_conn *c, const struct http_conn *h)
{
	const u64 ns = ktime_get_ns() - h->since;
	const int status = status_of(h);

	ktcp_http_count(c, status);
	ktcp_http_latency(c, ns);
	if (ktcp_http_traced())
		ktcp_http_trace(c, ktcp_http_method_name(h->parser.method),
				status, body_len(h), ns);
}

/* Send what is owed, as far as there is room. */
static void send_owed(struct ktcp_conn *c, struct http_conn *h)
{
	struct ktcp_http_span r;

	if (h->phase == HTTP_OWE_HEAD) {
		if (!ktcp_send_space(c))
			return;
		if (send_head(c, h)) {
			give_up(c, h);
			return;
		}
		tell_answered(c, h);
		h->phase = HTTP_OWE_BODY;
	}
	while (next_range(h, &r)) {
		if (!ktcp_send_space(c))
			return;
		if (send_range(c, h, &r)) {
			give_up(c, h);
			return;
		}
	}
	if (in_parts(h)) {
		if (!ktcp_send_space(c))
			return;
		if (send_parts_end(c, h)) {
			give_up(c, h);
			return;
		}
	}
	response_done(c, h);
}

static const struct ktcp_http_object *
choose_coding(const struct http_conn *h, const struct ktcp_http_object *o,
	      int *coding)
{
	u8 have = 0;
	int i;

	*coding = KTCP_HTTP_IDENTITY;
	if (!o->coded[KTCP_HTTP_IDENTITY])
		return o;
	for (i = 0; i < KTCP_HTTP_CODINGS; i++)
		if (o->coded[i])
			have |= BIT(i);
	*coding = ktcp_http_choose(&h->parser, have);
	return o->coded[*coding];
}

/* Which representation of @o, and how much of it; or why not (RFC 9110 13.2.2) */
static const struct ktcp_http_object *
select_content(struct http_conn *h, const struct ktcp_http_object *o)
{
	const struct ktcp_http_parser *p = &h->parser;
	int coding;

	if (o->status != 200) {
		drop_ranges(h);
		return o;
	}
	o = choose_coding(h, o, &coding);
	switch (ktcp_http_evaluate(p, coding)) {
	case 304:
		h->not_modified = 1;
		break;
	case 412:
		drop_ranges(h);
		return ktcp_http_error(412);
	}
	/* Of nothing no part can be sent, nor said to be missing (14.1.2). */
	if (h->not_modified || !h->ranges || !h->ranges->n || !o->len ||
	    !ktcp_http_ranges_wanted(p, coding)) {
		drop_ranges(h);
		return o;
	}
	if (!ktcp_http_ranges_resolve(h->ranges, o->len)) {
		h->ranges->r[0].last = o->len;
		return ktcp_http_error(416);
	}
	return o;
}

static void respond(struct ktcp_conn *c, struct http_conn *h,
		    const struct ktcp_http_object *o)
{
	h->not_modified = 0;
	h->object = select_content(h, o);
	h->phase = HTTP_OWE_HEAD;
	send_owed(c, h);
}

static void respond_error(struct ktcp_conn *c, struct http_conn *h, int code)
{
	h->last = 1;
	h->since = ktcp_event_ns(c);
	respond(c, h, ktcp_http_error(code));
}

static void settle(struct ktcp_conn *c, struct http_conn *h);

/* Go on after something other than bytes of the peer. */
static void resume(struct ktcp_conn *c, struct http_conn *h)
{
	if (h->phase == HTTP_READ && h->eof)
		say_goodbye(c, h);
	settle(c, h);
	ktcp_read_more(c);
}

/* Is there anything but what struct http_idle has room for? */
static bool is_idle(const struct http_conn *h)
{
	return h->phase == HTTP_DRAIN ||
	       (h->phase == HTTP_READ && ktcp_http_fresh(&h->parser));
}

/* What is held of this connection from one event to the next, if it is. */
static u32 memory(const struct http_conn *h)
{
	const struct answer *a = h->answer;
	u32 mem = sizeof(*h) + h->parser.stash_size;

	if (h->ranges)
		mem += sizeof(*h->ranges);
	if (a)
		mem += sizeof(*a);
	if (a && a->object.head)
		mem += a->object.head_len;
	if (a && a->object.blob)
		mem += ktcp_blob_len(a->object.blob);
	return mem;
}

static void account(struct ktcp_conn *c, struct http_conn *h, u32 mem)
{
	if (mem != h->mem)
		ktcp_account(c, (long)mem - (long)h->mem);
	h->mem = mem;
}

/* The end of an event: @h is kept if it must be, be it on the stack so far. */
static void event_ends(struct ktcp_conn *c, struct http_conn *h)
{
	struct http_idle *idle = http_idle(c);
	struct http_conn *busy = idle->busy;

	if (!busy && !is_idle(h)) {
		if (!ktcp_account_full(c))
			busy = kmemdup(h, sizeof(*h), GFP_ATOMIC | __GFP_NOWARN);
		idle->busy = busy;
		if (busy) {
			account(c, busy, memory(busy));
			return;
		}
		KTCP_INC(h->kn, OutOfMemory);
		give_up(c, h);
	}
	if (!is_idle(h)) {
		account(c, h, memory(h));
		return;
	}
	account(c, h, 0);
	*idle = (struct http_idle){
		.acked = h->acked,
		.requests = h->requests,
		.watched = h->watched,
		.phase = h->phase,
		.timer = h->timer,
		.eof = h->eof,
	};
	kfree(busy);
}

/*
 * struct written - a document, between who writes it and who waits for it
 * @answer: what it was asked for by; NULL once that has it
 * @object: the response; without a header if there was no memory
 * @waited_for: the connection has not ended, nor given up
 */
struct written {
	struct answer *answer;
	struct ktcp_http_object object;
	bool waited_for;
};

/* Who asks and goes does not keep others waiting for what nobody reads. */
static void is_waiting(struct ktcp_conn *c, void *arg)
{
	const struct http_conn *h = http_idle(c)->busy;
	struct written *w = arg;

	w->waited_for = h && h->answer == w->answer;
}

static void answered(struct ktcp_conn *c, void *arg)
{
	struct http_conn *h = http_idle(c)->busy;
	struct written *w = arg;
	struct answer *a = w->answer;

	is_waiting(c, w);
	if (!w->waited_for)
		return;
	watch_owed(c, h);
	a->c = NULL;
	a->object = w->object;
	w->answer = NULL;
	if (a->object.head) {
		respond(c, h, &a->object);
	} else {
		drop_answer(h);
		respond_error(c, h, 503);
	}
	resume(c, h);
	event_ends(c, h);
}

static void write_document(struct ktcp_conn *c, struct written *w)
{
	struct ktcp_http_object *o = &w->object;
	const char *type;

	o->status = 200;
	o->blob = ktcp_window_make(ktcp_conn_net(c), &w->answer->ask, &type);
	if (IS_ERR(o->blob)) {
		o->blob = NULL;
		return;
	}
	o->len = ktcp_blob_len(o->blob);
	o->head = ktcp_http_head(GFP_KERNEL, o, type, o->len, "%s",
				 ktcp_window_fields);
}

static void write_answer(struct ktcp_window_job *job)
{
	struct answer *a = container_of(job, struct answer, job);
	struct written w = { .answer = a };
	struct ktcp_conn *c = a->c;

	ktcp_conn_call(c, is_waiting, &w);
	if (w.waited_for) {
		write_document(c, &w);
		ktcp_conn_call(c, answered, &w);
	}
	if (w.answer) {
		a->object = w.object;
		answer_free(a);
	}
	ktcp_conn_put(c);
}

/* What the response is in will be written when the request is complete. */
static bool wants_document(const struct http_conn *h)
{
	return h->answer && !h->answer->object.head;
}

/*
 * A page of somebody else's, whose name is made to mean this host's address, is asked
 * for by that name (DNS rebinding). What its reader may see it may not.
 */
static void nothing_by_that_name(struct http_conn *h)
{
	drop_answer(h);
	h->object = ktcp_http_error(404);
}

static void wait_for_answer(struct ktcp_conn *c, struct http_conn *h)
{
	struct answer *a = h->answer;

	h->object = NULL;
	h->fields = 0;		/* which a document has none of */
	h->phase = HTTP_WAIT;
	a->c = c;
	ktcp_conn_get(c);
	a->job.write = write_answer;
	ktcp_window_queue(h->kn, &a->job);
}

/* A document of the window, if this peer may see it; it is written later. */
static const struct ktcp_http_object *
find_document(struct ktcp_conn *c, struct http_conn *h, const u8 *path,
	      size_t len)
{
	const struct ktcp_http_parser *p = &h->parser;
	size_t below = ktcp_window_below(c, path, len);
	struct ktcp_window_ask ask;

	if (!below || !ktcp_window_allows(c) ||
	    !ktcp_window_find(path + below, len - below, p->query, p->query_len,
			      &ask))
		return NULL;
	h->parser.judge_host = 1;
	if (!ktcp_account_full(c))
		h->answer = kzalloc(sizeof(*h->answer),
				    GFP_ATOMIC | __GFP_NOWARN);
	if (!h->answer)
		return ktcp_http_error(503);
	h->answer->ask = ask;
	h->answer->object.status = 200;
	return &h->answer->object;
}

/* A redirect that keeps the path is made for each request. */
static const struct ktcp_http_object *
make_redirect(struct http_conn *h, const struct ktcp_rule *rule, const u8 *path,
	      size_t len)
{
	char *to = kmalloc(KTCP_ROUTE_LOCATION_MAX, GFP_ATOMIC | __GFP_NOWARN);
	struct answer *a = kzalloc(sizeof(*a), GFP_ATOMIC | __GFP_NOWARN);
	const struct ktcp_http_object *o = ktcp_http_error(503);
	size_t n;

	if (to && a) {
		n = ktcp_route_location(&rule->route, path, len,
					h->parser.query, h->parser.query_len,
					to);
		a->object.status = rule->route.status;
		a->object.head = ktcp_http_to(GFP_ATOMIC | __GFP_NOWARN,
					      &a->object, to, n);
		if (!n)
			o = ktcp_http_error(414);
		else if (a->object.head)
			o = &a->object;
	}
	kfree(to);
	if (o->status < 400)
		h->answer = a;
	else
		answer_free(a);
	return o;
}

static const struct ktcp_http_object *
find_rule(struct ktcp_conn *c, struct http_conn *h, const u8 *path, size_t len)
{
	const struct ktcp_rule *rule;

	if (!h->routes)
		return NULL;
	rule = ktcp_routes_find(h->routes, path, len);
	if (!rule)
		return NULL;
	if (rule->route.rest)
		return make_redirect(h, rule, path, len);
	if (rule->route.kind == KTCP_ROUTE_HEALTH &&
	    ktcp_conf(h->kn, drain))
		return &rule->drain;
	return &rule->object;
}

static const struct ktcp_http_object *
find_name(struct ktcp_conn *c, struct http_conn *h, const u8 *path, size_t len)
{
	h->routes = rcu_dereference(h->kn->routes);
	if (h->routes)
		h->fields = ktcp_routes_fields(h->routes, path, len);
	return find_document(c, h, path, len) ?:
	       find_rule(c, h, path, len) ?:
	       ktcp_http_page(h->kn, path, len) ?:
	       ktcp_http_error(404);
}

/* The path is looked up as the name that it stands for. */
static const struct ktcp_http_object *find_page(struct ktcp_conn *c,
						struct http_conn *h)
{
	const u8 *target = h->parser.target;
	const size_t len = h->parser.target_len;
	const struct ktcp_http_object *o;
	u8 *path;
	int n;

	if (ktcp_http_path_plain(target, len))
		return find_name(c, h, target, len);
	path = kmalloc(len, GFP_ATOMIC | __GFP_NOWARN);
	if (!path)
		return ktcp_http_error(503);
	n = ktcp_http_path(target, len, path);
	o = n < 0 ? ktcp_http_error(400) : find_name(c, h, path, n);
	kfree(path);
	return o;
}

/* 404 before 405: a method is allowed or not at an address that exists. */
static const struct ktcp_http_object *find_object(struct ktcp_conn *c,
						  struct http_conn *h)
{
	const struct ktcp_http_parser *p = &h->parser;
	const struct ktcp_http_object *o;

	if (ktcp_conf(h->kn, maintenance))
		return ktcp_http_error(KTCP_HTTP_MAINTENANCE);
	o = p->target ? find_page(c, h) : ktcp_http_error(400);
	if (p->target && o->status >= 400)
		return o;
	if (p->method == KTCP_HTTP_GET || p->method == KTCP_HTTP_HEAD)
		return o;
	if (p->method == KTCP_HTTP_OPTIONS)
		o = ktcp_http_error(KTCP_HTTP_OPTIONS_OK);
	else
		o = ktcp_http_error(405);
	drop_answer(h);
	return o;
}

/* Grown by doubling, so that a line that comes byte by byte costs no more. */
static bool grow_stash(struct ktcp_conn *c, struct ktcp_http_parser *p)
{
	size_t size = max_t(size_t, roundup_pow_of_two(p->need), STASH_MIN);
	u8 *stash = NULL;

	if (!ktcp_account_full(c))
		stash = krealloc(p->stash, size, GFP_ATOMIC | __GFP_NOWARN);
	if (!stash)
		return false;
	p->stash = stash;
	p->stash_size = size;
	return true;
}

static bool last_request(const struct ktcp_conn *c, struct http_conn *h)
{
	u32 max = ktcp_conf(h->kn, http_requests_max);

	return max && ++h->requests >= max;
}

static void request_done(struct ktcp_conn *c, struct http_conn *h)
{
	h->since = ktcp_event_ns(c);
	if (wants_document(h))
		wait_for_answer(c, h);
	else
		respond(c, h, h->object);
}

static void send_go_on(struct ktcp_conn *c, struct http_conn *h)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!h->go_on || !ktcp_send_space(c))
		return;
	h->go_on = 0;
	if (ktcp_send_copy(c, text, strlen(text)))
		give_up(c, h);
	else
		ktcp_http_sent(c, strlen(text));
}

/*
 * RFC 9110 10.1.1: who waits for 100 hears it only if his body is of any use;
 * else he may send none, and the end of the request could not be told.
 */
static void header_done(struct ktcp_conn *c, struct http_conn *h)
{
	struct ktcp_http_parser *p = &h->parser;
	int verdict;

	h->last = !ktcp_http_persistent(p) || last_request(c, h);
	if (p->judge_host && p->public_host)
		nothing_by_that_name(h);
	if (!p->body) {
		request_done(c, h);
		return;
	}
	verdict = ktcp_http_body_begin(&h->body, p,
				       ktcp_conf(h->kn, http_body_max));
	if (verdict != KTCP_HTTP_MORE) {
		respond_error(c, h, verdict);
	} else if (p->expect && h->object->status >= 400) {
		h->last = 1;
		request_done(c, h);
	} else {
		h->phase = HTTP_BODY;
		h->go_on = p->expect;
		send_go_on(c, h);
	}
}

static size_t read_body(struct ktcp_conn *c, struct http_conn *h, const u8 *buf,
			size_t len)
{
	size_t used;
	int verdict = ktcp_http_body_read(&h->body, buf, len, &used);

	h->go_on = 0;	/* and does so without */
	if (verdict == KTCP_HTTP_DONE)
		request_done(c, h);
	else if (verdict != KTCP_HTTP_MORE)
		respond_error(c, h, verdict);
	return used;
}

/* To a day or so, which is enough for what is fifty years away. */
static u16 year_now(void)
{
	return 1970 + div_u64(ktime_get_real_seconds(), 31556952);
}

/* Of what can be sent in part. A second such field makes both mean nothing. */
static void note_ranges(struct http_conn *h)
{
	const struct ktcp_http_parser *p = &h->parser;

	if (h->ranges) {
		h->ranges->n = 0;
		return;
	}
	if (p->method != KTCP_HTTP_GET || !p->etags)
		return;
	/* Without memory all of it is sent, which is as good. */
	h->ranges = kmalloc(sizeof(*h->ranges), GFP_ATOMIC | __GFP_NOWARN);
	if (h->ranges)
		ktcp_http_ranges_parse(p->range, p->range_len, h->ranges);
}

/* Read on; return how many bytes were used. */
static size_t read_request(struct ktcp_conn *c, struct http_conn *h,
			   const u8 *buf, size_t len)
{
	struct ktcp_http_parser *p = &h->parser;
	size_t used;
	int verdict = ktcp_http_parse(p, buf, len, &used);

	switch (verdict) {
	case KTCP_HTTP_MORE:
		break;
	case KTCP_HTTP_ROOM:
		if (!grow_stash(c, p)) {
			ktcp_http_broken_off(p, buf + used, len - used);
			respond_error(c, h, 503);
		}
		break;
	case KTCP_HTTP_TARGET:
		h->object = find_object(c, h);
		if (h->object->status == 200 && h->object->etag[0]) {
			p->etags = h->object->etags;
			p->mtime = h->object->mtime;
			p->year = year_now();
		}
		break;
	case KTCP_HTTP_RANGE:
		note_ranges(h);
		break;
	case KTCP_HTTP_DONE:
		header_done(c, h);
		break;
	default:
		respond_error(c, h, verdict);
	}
	return used;
}

/* Judged as long after it began as the timer would be, for that may never ring. */
static bool too_slow(struct ktcp_conn *c, struct http_conn *h)
{
	if (watched_for(h) < timer_sec(h, HTTP_TIMER_WRITE) * HZ || !ktcp_owed(c) ||
	    !ktcp_conf(h->kn, http_min_rate))
		return false;
	if (!takes_enough(c, h))
		return true;
	watch(c, h);
	return false;
}

/*
 * The next request may come, and what is owed is to be taken meanwhile; that it has been
 * is no event.
 */
static void await_request(struct ktcp_conn *c, struct http_conn *h)
{
	bool look = ktcp_owed(c) && ktcp_conf(h->kn, http_min_rate) &&
		    ktcp_conf(h->kn, http_write_sec) <
		    ktcp_conf(h->kn, http_idle_sec);

	set_timer(c, h, look ? HTTP_TIMER_LOOK : HTTP_TIMER_IDLE);
}

/* Called at the end of an event that read or sent something. */
static void settle(struct ktcp_conn *c, struct http_conn *h)
{
	if (too_slow(c, h)) {
		give_up_slow(c, h);
		return;
	}
	pin(h);
	switch (h->phase) {
	case HTTP_READ:
		if (!h->parser.stash_len)
			drop_stash(&h->parser);
		if (ktcp_http_idle(&h->parser))
			await_request(c, h);
		else if (h->timer != HTTP_TIMER_HEADER)
			set_timer(c, h, HTTP_TIMER_HEADER);
		break;
	case HTTP_BODY:
		drop_stash(&h->parser);
		if (h->timer != HTTP_TIMER_BODY)
			set_timer(c, h, HTTP_TIMER_BODY);
		break;
	case HTTP_WAIT:
	case HTTP_OWE_HEAD:
	case HTTP_OWE_BODY:
		drop_stash(&h->parser);
		set_timer(c, h, HTTP_TIMER_WRITE);
		break;
	case HTTP_DRAIN:
		break;
	}
}

static int http_opened(struct ktcp_conn *c)
{
	struct http_conn here = { }, *h = event_begins(c, &here);

	/* A response is complete when it is owed. */
	ktcp_set_nodelay(c, true);
	set_timer(c, h, HTTP_TIMER_IDLE);
	event_ends(c, h);
	return 0;
}

static size_t http_data(struct ktcp_conn *c, const u8 *buf, size_t len)
{
	struct http_conn here = { }, *h = event_begins(c, &here);
	size_t used = 0;

	if (h->phase == HTTP_WAIT || h->phase == HTTP_OWE_HEAD ||
	    h->phase == HTTP_OWE_BODY)
		return 0;
	while (used < len)
		if (h->phase == HTTP_READ)
			used += read_request(c, h, buf + used, len - used);
		else if (h->phase == HTTP_BODY)
			used += read_body(c, h, buf + used, len - used);
		else
			break;
	settle(c, h);
	if (h->phase == HTTP_DRAIN)
		used = len;
	event_ends(c, h);
	return used;
}

static void http_writable(struct ktcp_conn *c)
{
	struct http_conn *h = http_idle(c)->busy;

	if (!h)
		return;
	watch_owed(c, h);
	if (h->phase == HTTP_BODY) {
		send_go_on(c, h);
	} else if (h->phase == HTTP_OWE_HEAD || h->phase == HTTP_OWE_BODY) {
		send_owed(c, h);
		resume(c, h);
	}
	event_ends(c, h);
}

/* Whatever the peer has asked for is owed, or has been sent. */
static void http_peer_closed(struct ktcp_conn *c)
{
	struct http_conn here = { }, *h = event_begins(c, &here);

	h->eof = 1;
	if (h->phase == HTTP_READ || h->phase == HTTP_BODY ||
	    h->phase == HTTP_DRAIN)
		say_goodbye(c, h);
	event_ends(c, h);
}

/* It is owed something for less than http_write_sec; returns if that is so. */
static bool has_time(struct ktcp_conn *c, struct http_conn *h)
{
	u32 all = timer_sec(h, HTTP_TIMER_WRITE) * HZ, is = watched_for(h);

	if (is >= all)
		return false;
	h->timer = HTTP_TIMER_WRITE;
	ktcp_set_timeout(c, min_t(u32, jiffies_to_msecs(all - is),
				  timer_sec(h, HTTP_TIMER_IDLE) * MSEC_PER_SEC));
	return true;
}

/* All was taken before the first look: of the wait for a request the rest is left. */
static void idle_on(struct ktcp_conn *c, struct http_conn *h)
{
	int idle = timer_sec(h, HTTP_TIMER_IDLE);
	int looked = timer_sec(h, HTTP_TIMER_LOOK);

	h->timer = HTTP_TIMER_IDLE;
	ktcp_set_timeout(c, (idle > looked ? idle - looked : idle) *
			    MSEC_PER_SEC);
}

static void timed_out(struct ktcp_conn *c, struct http_conn *h)
{
	if (h->timer != HTTP_TIMER_HEADER && h->timer != HTTP_TIMER_BODY &&
	    ktcp_owed(c)) {
		u32 rate = ktcp_conf(h->kn, http_min_rate);

		if (rate && h->timer != HTTP_TIMER_DRAIN && has_time(c, h))
			return;
		/* Who is asked for no rate must have taken something. */
		if (rate ? h->timer == HTTP_TIMER_DRAIN || takes_enough(c, h) :
			   h->timer != HTTP_TIMER_IDLE &&
			   ktcp_acked(c) != h->acked) {
			watch(c, h);
			set_timer(c, h, HTTP_TIMER_WRITE);
			return;
		}
		/* Without a least rate TCP gives up in the end, after a goodbye. */
		if (rate) {
			give_up_slow(c, h);
			return;
		}
	}
	switch (h->timer) {
	case HTTP_TIMER_HEADER:
		ktcp_http_broken_off(&h->parser, NULL, 0);
		fallthrough;
	case HTTP_TIMER_BODY:
		respond_error(c, h, 408);
		settle(c, h);
		break;
	case HTTP_TIMER_IDLE:
		say_goodbye(c, h);
		break;
	case HTTP_TIMER_WRITE:
		/* It has taken all, unless we still owe; when is not known. */
		if (h->phase == HTTP_DRAIN)
			ktcp_close(c);
		else if (h->phase == HTTP_READ)
			set_timer(c, h, HTTP_TIMER_IDLE);
		else if (ktcp_owed(c))
			give_up_slow(c, h);
		else
			give_up(c, h);
		break;
	case HTTP_TIMER_LOOK:
		idle_on(c, h);
		break;
	case HTTP_TIMER_DRAIN:
		ktcp_close(c);
		break;
	}
}

static void http_timeout(struct ktcp_conn *c)
{
	struct http_conn here = { }, *h = event_begins(c, &here);

	timed_out(c, h);
	event_ends(c, h);
}

static void http_closed(struct ktcp_conn *c, int error)
{
	struct http_conn *h = http_idle(c)->busy;

	if (!h)
		return;
	account(c, h, 0);
	drop_stash(&h->parser);
	unpin(h);
	kfree(h);
}

const struct ktcp_app_ops ktcp_http_ops = {
	.name = "http",
	.opened = http_opened,
	.data = http_data,
	.writable = http_writable,
	.peer_closed = http_peer_closed,
	.timeout = http_timeout,
	.closed = http_closed,
};

/**
 * ktcp_http_init() - prepare what the responder answers
 *
 * Before the first listener. Process context.
 *
 * Return: 0, or a negative errno.
 */
int ktcp_http_init(void)
{
	u8 random[(sizeof(boundary) - 1) / 2];
	int err = ktcp_snapshot_init();

	if (err)
		return err;
	get_random_bytes(random, sizeof(random));
	*bin2hex(boundary, random, sizeof(random)) = '\0';
	err = ktcp_http_content_init();
	if (err)
		ktcp_snapshot_exit();
	return err;
}

/**
 * ktcp_http_exit() - give back what ktcp_http_init() took
 *
 * After the last connection. Process context.
 */
void ktcp_http_exit(void)
{
	ktcp_http_ready_exit();
	ktcp_http_content_exit();
	ktcp_snapshot_exit();
}

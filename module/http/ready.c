// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that are ready to be sent.
 *
 * The header of a response is the same for everybody until Date changes. What is
 * asked for often is therefore put together once a second, on each CPU, in a page
 * of its own: the header, and the body behind it if all of it fits a segment. A
 * response then refers to that page, and nothing is copied; nor does it touch what
 * another CPU touches too. A page that was sent from is never written again.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "content.h"
#include "http.h"
#include "ready.h"

#define SLOTS		32

/*
 * So many pages has one. Who does not take what he was sent holds its page; when all
 * are held, answers are copied, and counted, until one is free.
 */
#define PAGES		2

/* Header and body, so that both are one segment on nearly every path. */
#define WHOLE_MAX	1200

/**
 * struct ready - a response that is ready, or may be worth it
 * @id: of the response; see ready_id()
 * @second: its Date, seconds since 1970
 * @page: where it is, or was, from the first byte on; NULL if not needed yet
 * @len: how many bytes
 * @at: in which page
 * @whole: the body is among them
 */
struct ready {
	u64 id;
	time64_t second;
	struct page *page[PAGES];
	u16 len;
	u8 at;
	bool whole;
};

static DEFINE_PER_CPU(struct ready[SLOTS], ready);

static u64 ready_id(const struct ktcp_http_object *o, bool close)
{
	return 2 * o->id + close;
}

static char *put(char *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static void write_answer(char *to, const struct ktcp_http_object *o,
			 const char *connection, struct ready *r)
{
	const size_t rest = o->date + KTCP_HTTP_DATE_LEN;
	char date[KTCP_HTTP_DATE_LEN + 1], *p;
	size_t n;

	ktcp_http_date_text(r->second, date);
	p = put(to, o->head, o->date);
	p = put(p, date, KTCP_HTTP_DATE_LEN);
	p = put(p, o->head + rest, o->head_len - rest);
	p = put(p, connection, strlen(connection));
	if (r->whole)
		p = put(p, o->text, o->text_len);
	if (r->whole && o->len)
		p = put(p, ktcp_blob_page(o->blob, 0, &n), o->len);
	r->len = p - to;
}

/* A page that nobody else has, at r->at; not from the reserves (see copies_room()). */
static bool own_page(struct ready *r)
{
	int i;

	for (i = 0; i < PAGES; i++) {
		if (!r->page[i])
			r->page[i] = alloc_page(GFP_ATOMIC | __GFP_NOWARN |
						__GFP_NOMEMALLOC);
		if (!r->page[i] || page_ref_count(r->page[i]) != 1)
			continue;
		r->at = i;
		return true;
	}
	return false;
}

/* Write @o into a page that nobody else has. */
static bool make_ready(struct ready *r, const struct ktcp_http_object *o,
		       const char *connection, time64_t now)
{
	const u64 head = o->head_len + strlen(connection);
	const bool whole = head + o->text_len + o->len <= WHOLE_MAX;

	/* What is not a blob goes out with its header, or by write_head(). */
	if (head > PAGE_SIZE || (o->text_len && !whole))
		return false;
	if (!own_page(r))
		return false;
	r->second = now;
	r->whole = whole;
	write_answer(page_address(r->page[r->at]), o, connection, r);
	return true;
}

/**
 * ktcp_http_ready_send() - queue a response, if it is ready or worth it
 * @c: the connection
 * @o: the response; all of it is sent, to a GET of HTTP/1.1, with no further field
 * @close: it is the last
 * @connection: what its header ends with then, or else
 * @whole: set to whether the body was queued too
 *
 * Worth it is what is asked for twice in a row, as seen from its slot.
 *
 * Return: 0; -ENOENT if it is not, then nothing was queued; or an errno of
 * ktcp_send_page(). In an event of @c.
 */
int ktcp_http_ready_send(struct ktcp_conn *c, const struct ktcp_http_object *o,
			 bool close, const char *connection, bool *whole)
{
	const u64 id = ready_id(o, close);
	const time64_t now = ktime_get_real_seconds();
	struct ready *r = &(*this_cpu_ptr(&ready))[id % SLOTS];

	/* Another thread may be here, on the same CPU. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return -ENOENT;
	if (r->id != id) {
		r->id = id;
		r->second = -1;
		return -ENOENT;
	}
	if (r->second != now && !make_ready(r, o, connection, now))
		return -ENOENT;
	*whole = r->whole;
	ktcp_http_sent(c, r->len);
	return ktcp_send_page(c, r->page[r->at], 0, r->len);
}

/**
 * ktcp_http_ready_exit() - forget them all
 *
 * After the last connection. Process context.
 */
void ktcp_http_ready_exit(void)
{
	int cpu, i, j;

	for_each_possible_cpu(cpu) {
		struct ready *r = *per_cpu_ptr(&ready, cpu);

		for (i = 0; i < SLOTS; i++)
			for (j = 0; j < PAGES; j++)
				if (r[i].page[j])
					put_page(r[i].page[j]);
		memset(r, 0, sizeof(*r) * SLOTS);
	}
}

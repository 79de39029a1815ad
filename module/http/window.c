// SPDX-License-Identifier: GPL-2.0
/*
 * The window: what an administrator sees over HTTP, who may, and where.
 * Documentation/window.md has every document and every field.
 *
 * A document is put together in process context, from a workqueue of its own.
 * Nothing on the way of a segment waits for it: of the table a few objects at a
 * time are looked at, each locked for as long as it takes to copy numbers, and
 * text is written when no lock is held.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../conn.h"
#include "../listen.h"
#include "../proc.h"
#include "../row.h"
#include "../table.h"
#include "../timewait.h"
#include "text.h"
#include "window.h"

#define DEFAULT_PATH	"/ktcp/"
#define BATCH		16	/* objects, or events, looked at together */
#define EVENTS_MAX	1000	/* in a reply */
#define WALK_MAX	(1 << 20) /* objects looked at for a reply */
#define TEXT_MIN	4096

/**
 * struct ktcp_status_path - sysctl status_path
 * @rcu: replaced as a whole
 * @len: bytes in @text
 * @text: the path
 */
struct ktcp_status_path {
	struct rcu_head rcu;
	u8 len;
	char text[KTCP_WINDOW_PATH_MAX + 1];
};

/**
 * struct ktcp_allow - sysctl status_allow
 * @rcu: replaced as a whole
 * @n: how many
 * @net: networks whose hosts may look in
 */
struct ktcp_allow {
	struct rcu_head rcu;
	unsigned int n;
	struct ktcp_cidr net[];
};

/* The page needs nothing from elsewhere, and nobody may put it in a frame. */
const char ktcp_window_fields[] =
	"Cache-Control: no-store\r\n"
	"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
	"script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: no-referrer\r\n";

/* window.html, put here by window_page.S; gone when the module is loaded */
extern const u8 ktcp_window_page[], ktcp_window_page_end[];

/* Who makes namespaces in masses has others of his kind wait, not the host. */
static struct workqueue_struct *queue_of_host, *queue_of_others;
static struct ktcp_blob *page;

/**
 * ktcp_window_queue() - have a document written
 * @kn: the namespace, which does not end while it is written
 * @job: which, and how
 *
 * From an event of a connection of that namespace, which takes it back when it is
 * over (ktcp_window_unqueue()).
 */
void ktcp_window_queue(struct ktcp_net *kn, struct ktcp_window_job *job)
{
	struct ktcp_window *w = kn->window;

	spin_lock_bh(&w->lock);
	list_add_tail(&job->list, &w->jobs);
	spin_unlock_bh(&w->lock);
	queue_work(w->queue, &w->work);
}

/**
 * ktcp_window_unqueue() - nobody waits for a document any more
 * @kn: the namespace
 * @job: was queued
 *
 * Return: whether the job is the caller's again; it is not once somebody has begun
 * to write it. Any context.
 */
bool ktcp_window_unqueue(struct ktcp_net *kn, struct ktcp_window_job *job)
{
	struct ktcp_window *w = kn->window;
	bool waits;

	spin_lock_bh(&w->lock);
	waits = !list_empty(&job->list);
	list_del_init(&job->list);
	spin_unlock_bh(&w->lock);
	return waits;
}

static struct ktcp_window_job *first_job(struct ktcp_window *w)
{
	struct ktcp_window_job *job;

	spin_lock_bh(&w->lock);
	job = list_first_entry_or_null(&w->jobs, struct ktcp_window_job, list);
	if (job)
		list_del_init(&job->list);
	spin_unlock_bh(&w->lock);
	return job;
}

/* One, and then it is the turn of other namespaces. */
static void write_one(struct work_struct *work)
{
	struct ktcp_window *w = container_of(work, struct ktcp_window, work);
	struct ktcp_window_job *job = first_job(w);

	if (job)
		job->write(job);
	if (!list_empty(&w->jobs))
		queue_work(w->queue, work);
}

/**
 * ktcp_window_below() - is it a path of the window?
 * @c: the connection that asks, locked
 * @path: the path, decoded
 * @len: bytes in @path
 *
 * RCU read lock held.
 *
 * Return: how much of it is status_path, or 0.
 */
size_t ktcp_window_below(const struct ktcp_conn *c, const u8 *path, size_t len)
{
	const struct ktcp_status_path *p;

	p = rcu_dereference(c->e.kn->window->path);
	return p && len >= p->len && !memcmp(path, p->text, p->len) ? p->len : 0;
}

/**
 * ktcp_window_allows() - may this peer look in?
 * @c: the connection that asks, locked
 */
bool ktcp_window_allows(const struct ktcp_conn *c)
{
	const struct in6_addr *peer = &c->e.key.raddr;
	const struct ktcp_allow *a;
	bool may = ktcp_addr_is_loopback(peer);
	unsigned int i;

	rcu_read_lock();
	a = rcu_dereference(c->e.kn->window->allow);
	for (i = 0; !may && a && i < a->n; i++)
		may = ktcp_cidr_match(&a->net[i], peer);
	rcu_read_unlock();
	return may;
}

/**
 * ktcp_window_set_path() - sysctl status_path
 * @kn: the namespace
 * @path: the path; "" for none
 *
 * Return: 0, -EINVAL (one line in the log says why) or -ENOMEM. Process context;
 * may sleep.
 */
int ktcp_window_set_path(struct ktcp_net *kn, const char *path)
{
	struct ktcp_status_path *p = NULL;

	if (!ktcp_window_path_ok(path)) {
		ktcp_err(kn, "status_path: '%*pE' refused; use at most %d bytes, with / at both ends, of letters, digits and -._~/ between, or nothing\n",
			 (int)strnlen(path, 64), path, KTCP_WINDOW_PATH_MAX);
		return -EINVAL;
	}
	if (*path) {
		p = kzalloc(sizeof(*p), GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		p->len = strscpy(p->text, path, sizeof(p->text));
	}
	mutex_lock(&kn->admin);
	p = rcu_replace_pointer(kn->window->path, p,
				lockdep_is_held(&kn->admin));
	mutex_unlock(&kn->admin);
	if (p)
		kfree_rcu(p, rcu);
	return 0;
}

/**
 * ktcp_window_get_path() - sysctl status_path
 * @kn: the namespace
 * @path: room for KTCP_WINDOW_PATH_MAX + 1 bytes
 *
 * Any context.
 */
void ktcp_window_get_path(struct ktcp_net *kn, char *path)
{
	const struct ktcp_status_path *p;

	rcu_read_lock();
	p = rcu_dereference(kn->window->path);
	strscpy(path, p ? p->text : "", KTCP_WINDOW_PATH_MAX + 1);
	rcu_read_unlock();
}

/* 192.0.2.0/24 */
static int cidr_text(char *text, size_t size, const struct ktcp_cidr *cidr)
{
	if (ktcp_addr_is_v4(&cidr->addr) && cidr->len >= 96)
		return scnprintf(text, size, "%pI4/%u",
				 &cidr->addr.s6_addr32[3], cidr->len - 96);
	return scnprintf(text, size, "%pI6c/%u", &cidr->addr, cidr->len);
}

static void allow_refused(struct ktcp_net *kn, enum ktcp_cidr_error err,
			  const struct ktcp_cidr_bad *bad)
{
	static const char *const why[] = {
		[KTCP_CIDR_NO_ADDRESS] = "is no network; use an address, or address/length as in 192.0.2.0/24 or 2001:db8::/32, separated by commas",
		[KTCP_CIDR_BAD_LENGTH] = "has a bad length; use 0 to 32 after an IPv4 address, 0 to 128 after an IPv6 address",
		[KTCP_CIDR_HOST_BITS] = "has bits set beyond its length; use ",
		[KTCP_CIDR_TOO_MANY] = "is one too many; use at most " __stringify(KTCP_CIDR_MAX) " networks",
	};
	char hint[INET6_ADDRSTRLEN + 4] = "";

	if (err == KTCP_CIDR_HOST_BITS)
		cidr_text(hint, sizeof(hint), &bad->meant);
	ktcp_err(kn, "status_allow: '%*pE' %s%s\n",
		 (int)min_t(size_t, bad->len, 64), bad->entry, why[err], hint);
}

/**
 * ktcp_window_set_allow() - sysctl status_allow
 * @kn: the namespace
 * @list: networks, separated by commas; "" for none
 *
 * Return: 0, -EINVAL (one line in the log says why) or -ENOMEM, and then nothing
 * has changed. Process context; may sleep.
 */
int ktcp_window_set_allow(struct ktcp_net *kn, const char *list)
{
	struct ktcp_cidr_bad bad;
	enum ktcp_cidr_error err;
	struct ktcp_allow *a;

	a = kzalloc(struct_size(a, net, KTCP_CIDR_MAX), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	err = ktcp_cidr_list(list, a->net, &a->n, &bad);
	if (err) {
		allow_refused(kn, err, &bad);
		kfree(a);
		return -EINVAL;
	}
	mutex_lock(&kn->admin);
	a = rcu_replace_pointer(kn->window->allow, a,
				lockdep_is_held(&kn->admin));
	mutex_unlock(&kn->admin);
	if (a)
		kfree_rcu(a, rcu);
	return 0;
}

/**
 * ktcp_window_get_allow() - sysctl status_allow
 * @kn: the namespace
 * @list: room for KTCP_ALLOW_TEXT_MAX bytes
 *
 * Any context.
 */
void ktcp_window_get_allow(struct ktcp_net *kn, char *list)
{
	const struct ktcp_allow *a;
	unsigned int i;
	size_t n = 0;

	*list = '\0';
	rcu_read_lock();
	a = rcu_dereference(kn->window->allow);
	for (i = 0; a && i < a->n; i++) {
		if (i)
			list[n++] = ',';
		n += cidr_text(list + n, KTCP_ALLOW_TEXT_MAX - n, &a->net[i]);
	}
	rcu_read_unlock();
}

/*
 * struct text - a document being written
 * @buf: what there is
 * @len: bytes of it
 * @size: bytes that @buf can hold
 * @failed: there was no memory; what is put is dropped
 */
struct text {
	char *buf;
	size_t len;
	size_t size;
	bool failed;
};

/* Make room for @n bytes more, and for a NUL. */
static bool room(struct text *t, size_t n)
{
	size_t size = max_t(size_t, t->size, TEXT_MIN);
	char *buf;

	if (t->failed || t->len + n < t->size)
		return !t->failed;
	while (size <= t->len + n)
		size *= 2;
	buf = kvmalloc(size, GFP_KERNEL);
	if (!buf) {
		t->failed = true;
		return false;
	}
	if (t->len)
		memcpy(buf, t->buf, t->len);
	kvfree(t->buf);
	t->buf = buf;
	t->size = size;
	return true;
}

static __printf(2, 3) void put(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (!room(t, n))
		return;
	va_start(args, fmt);
	t->len += vsnprintf(t->buf + t->len, t->size - t->len, fmt, args);
	va_end(args);
}

/* What must be followed by something without a comma. */
static void unput_comma(struct text *t)
{
	if (!t->failed && t->len && t->buf[t->len - 1] == ',')
		t->len--;
}

static void put_string(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (!room(t, n * KTCP_JSON_ESCAPED + 2))
		return;
	t->buf[t->len++] = '"';
	ktcp_json_escape(t->buf + t->len, s, n);
	t->len += strlen(t->buf + t->len);
	t->buf[t->len++] = '"';
}

/* "name":"value", */
static void put_pair(struct text *t, const char *name, const char *value)
{
	put(t, "\"%s\":", name);
	put_string(t, value);
	put(t, ",");
}

static const char *boolean(bool b)
{
	return b ? "true" : "false";
}

static u64 now_ms(void)
{
	return div_u64(ktcp_now_us(), 1000);
}

static unsigned int nr_listeners(struct ktcp_net *kn)
{
	const struct ktcp_ports *set;
	unsigned int n;

	rcu_read_lock();
	set = rcu_dereference(kn->ports);
	n = set ? set->n : 0;
	rcu_read_unlock();
	return n;
}

static u64 in_state(struct ktcp_net *kn, enum ktcp_state state)
{
	return state == KTCP_LISTEN ? nr_listeners(kn) :
				      ktcp_mib_in_state(kn->mib, state);
}

/*
 * The objects, the table that they are in, and the recorder; not what is queued
 * in a connection, nor what only a device still holds.
 */
static u64 memory(struct ktcp_net *kn)
{
	u64 requests = ktcp_mib_in_state(kn->mib, KTCP_SYN_RECV);
	u64 conns = percpu_counter_sum_positive(&kn->conns);
	u64 timewaits = percpu_counter_sum_positive(&kn->timewaits);
	u64 bytes;

	requests = min(requests, conns);
	rcu_read_lock();
	bytes = (u64)rcu_dereference(kn->table.tbl)->size * sizeof(void *);
	rcu_read_unlock();
	return bytes + requests * sizeof(struct ktcp_request) +
	       (conns - requests) * sizeof(struct ktcp_conn) +
	       timewaits * sizeof(struct ktcp_timewait) +
	       ktcp_history_memory(&kn->window->recorder);
}

/*
 * struct rows - connections.json being written
 * @t: the document
 * @ask: what is wanted
 * @row: looked at together
 * @shown: rows written
 * @matched: rows that match, as far as the table was walked
 * @cut: one that matched was left out, or the walk was too long
 */
struct rows {
	struct text *t;
	const struct ktcp_window_ask *ask;
	struct ktcp_row row[BATCH];
	unsigned int shown;
	u64 matched;
	bool cut;
};

static void put_row(struct text *t, const struct ktcp_row *row)
{
	unsigned int i;

	put(t, "\n{\"id\":\"%s-%s\",", row->local, row->remote);
	for (i = 0; i < ktcp_nr_columns; i++) {
		const struct ktcp_column *column = &ktcp_columns[i];

		if (column->is_text)
			put_pair(t, column->name, ktcp_row_text(row, column));
		else
			put(t, "\"%s\":%llu,", column->name,
			    ktcp_row_number(row, column));
	}
	unput_comma(t);
	put(t, "},");
}

/* Is the text that is asked for in any column, or in the id? */
static bool row_has(const struct ktcp_row *row, const char *q)
{
	char id[2 * KTCP_ENDPOINT_MAX];
	unsigned int i;

	if (!*q)
		return true;
	snprintf(id, sizeof(id), "%s-%s", row->local, row->remote);
	if (strstr(id, q))
		return true;
	for (i = 0; i < ktcp_nr_columns; i++)
		if (ktcp_columns[i].is_text &&
		    strstr(ktcp_row_text(row, &ktcp_columns[i]), q))
			return true;
	return false;
}

static void take_rows(struct rows *rows, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!row_has(&rows->row[i], rows->ask->q))
			continue;
		rows->matched++;
		if (rows->shown == rows->ask->limit) {
			rows->cut = true;
			continue;
		}
		rows->shown++;
		put_row(rows->t, &rows->row[i]);
	}
}

static void listening_rows(struct ktcp_net *kn, struct rows *rows)
{
	const struct ktcp_ports *set;
	unsigned int i = 0, n;

	if (!(rows->ask->states & BIT(KTCP_LISTEN)))
		return;
	do {
		rcu_read_lock();
		set = rcu_dereference(kn->ports);
		for (n = 0; set && i < set->n && n < BATCH; n++)
			ktcp_row_listener(&rows->row[n],
					  set->listener[i++]);
		rcu_read_unlock();
		take_rows(rows, n);
	} while (n);
}

/* Returns whether it is in the row. */
static bool fill_row(struct ktcp_row *row, struct ktcp_entry *e,
		     const struct ktcp_window_ask *ask, u32 stamp)
{
	bool wanted;

	if (!(ask->states & BIT(READ_ONCE(e->state))))
		return false;
	spin_lock_bh(&e->lock);
	wanted = ask->states & BIT(e->state) && ktcp_row_entry(row, e, stamp);
	if (wanted)
		e->proc_stamp = stamp;
	spin_unlock_bh(&e->lock);
	return wanted;
}

/*
 * Without text to look for, how many there are is known without looking at all
 * of them.
 */
static bool walked_enough(struct rows *rows, unsigned int seen)
{
	if (rows->t->failed)
		return true;
	if (seen >= WALK_MAX)
		rows->cut = true;
	return rows->cut && (seen >= WALK_MAX || !*rows->ask->q);
}

static void table_rows(struct ktcp_net *kn, struct rows *rows)
{
	u32 stamp = ktcp_row_stamp();
	unsigned int n, looked, seen = 0;
	struct rhashtable_iter iter;
	struct ktcp_entry *e;

	rhashtable_walk_enter(&kn->table, &iter);
	do {
		n = 0;
		e = NULL;
		ktcp_table_walk_on(&iter);	/* twice is told by stamps */
		for (looked = 0; looked < 4 * BATCH && n < BATCH; looked++) {
			e = rhashtable_walk_next(&iter);
			if (!e)
				break;
			/* an error: resized, the walk begins again by itself */
			if (!IS_ERR(e) &&
			    fill_row(&rows->row[n], e, rows->ask, stamp))
				n++;
		}
		rhashtable_walk_stop(&iter);
		seen += looked;
		take_rows(rows, n);
		cond_resched();
	} while (e && !walked_enough(rows, seen));
	rhashtable_walk_exit(&iter);
}

/* How many match; when not all were looked at, what the counters say. */
static u64 total(struct ktcp_net *kn, const struct rows *rows)
{
	enum ktcp_state state;
	u64 sum = 0;

	if (!rows->cut || *rows->ask->q)
		return rows->matched;
	for (state = KTCP_LISTEN; state < KTCP_STATES; state++)
		if (rows->ask->states & BIT(state))
			sum += in_state(kn, state);
	return max(sum, rows->matched);
}

static int put_connections(struct text *t, struct ktcp_net *kn,
			   const struct ktcp_window_ask *ask)
{
	struct rows *rows = kvzalloc(sizeof(*rows), GFP_KERNEL);

	if (!rows)
		return -ENOMEM;
	rows->t = t;
	rows->ask = ask;
	put(t, "{\"version\":1,\"now_ms\":%llu,\"rows\":[", now_ms());
	listening_rows(kn, rows);
	/* if none is left to show, one is looked for, to know if there is any */
	table_rows(kn, rows);
	unput_comma(t);
	put(t, "],\n\"total\":%llu,\"truncated\":%s}\n", total(kn, rows),
	    boolean(rows->cut));
	kvfree(rows);
	return 0;
}

static void put_counters(struct text *t, struct ktcp_net *kn)
{
	const char *name;
	unsigned int i;
	u64 value;

	put(t, "\"counters\":{");
	for (i = 0; (name = ktcp_stat_nth(kn, i, &value)); i++)
		put(t, "\"%s\":%llu,", name, value);
	unput_comma(t);
	put(t, "},\n");
}

static void put_states(struct text *t, struct ktcp_net *kn)
{
	enum ktcp_state state;

	put(t, "\"states\":{");
	for (state = KTCP_LISTEN; state < KTCP_STATES; state++)
		put(t, "\"%s\":%llu,", ktcp_state_name(state),
		    in_state(kn, state));
	unput_comma(t);
	put(t, "},\n");
}

/* The next pair of states that was ever seen; false after the last. */
static bool next_move(struct ktcp_net *kn, unsigned int *pair, u64 *n)
{
	for (; *pair < KTCP_STATES * KTCP_STATES; ++*pair) {
		*n = ktcp_mib_moved(kn->mib, *pair / KTCP_STATES,
				    *pair % KTCP_STATES);
		if (*n)
			return true;
	}
	return false;
}

static void put_transitions(struct text *t, struct ktcp_net *kn)
{
	unsigned int pair;
	u64 n;

	put(t, "\"transitions\":[");
	for (pair = 0; next_move(kn, &pair, &n); pair++)
		put(t, "{\"from\":\"%s\",\"to\":\"%s\",\"n\":%llu},",
		    ktcp_state_name(pair / KTCP_STATES),
		    ktcp_state_name(pair % KTCP_STATES), n);
	unput_comma(t);
	put(t, "],\n");
}

static void put_latency(struct text *t, struct ktcp_net *kn)
{
	struct ktcp_http_histogram h;
	unsigned int i;

	ktcp_mib_latency(kn->mib, &h);
	put(t, "\"latency_us\":{\"le\":[");
	for (i = 0; i < KTCP_HTTP_BOUNDS; i++)
		put(t, "%u,", ktcp_http_bounds_us[i]);
	unput_comma(t);
	put(t, "],\"count\":[");
	for (i = 0; i <= KTCP_HTTP_BOUNDS; i++)
		put(t, "%lu,", h.count[i]);
	unput_comma(t);
	put(t, "],\"sum_us\":%llu}", div_u64(h.sum_ns, NSEC_PER_USEC));
}

static void put_stats(struct text *t, struct ktcp_net *kn, bool watching)
{
	put(t, "{\"version\":1,\"now_ms\":%llu,\"wall_ms\":%llu,\"watching\":%s,\n",
	    now_ms(), div_u64(ktime_get_real_ns(), NSEC_PER_MSEC),
	    boolean(watching));
	put_counters(t, kn);
	put_states(t, kn);
	put_transitions(t, kn);
	put(t, "\"memory\":%llu,\n", memory(kn));
	put_latency(t, kn);
	put(t, "}\n");
}

static void put_flags(struct text *t, u8 flags)
{
	static const char names[][4] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
	};
	const char *blank = "";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & BIT(i)))
			continue;
		put(t, "%s%s", blank, names[i]);
		blank = " ";
	}
}

static void put_event(struct text *t, u64 n, const struct ktcp_event *event)
{
	const struct ktcp_key *key = &event->key;
	char local[KTCP_ENDPOINT_MAX], remote[KTCP_ENDPOINT_MAX];

	ktcp_endpoint(local, &key->laddr, key->lport);
	ktcp_endpoint(remote, &key->raddr, key->rport);
	put(t, "\n{\"n\":%llu,\"t_us\":%llu,\"conn\":\"%s-%s\",", n,
	    event->t_us, local, remote);
	if (event->kind == KTCP_EVENT_STATE) {
		put(t, "\"kind\":\"state\",\"from\":\"%s\",\"to\":\"%s\"},",
		    ktcp_state_name(event->state), ktcp_state_name(event->to));
		return;
	}
	put(t, "\"kind\":\"%s\",\"flags\":\"",
	    event->kind == KTCP_EVENT_IN ? "in" : "out");
	put_flags(t, event->flags);
	put(t, "\",\"seq\":%u,\"ack\":%u,\"len\":%u,\"wnd\":%u,\"state\":\"%s\"},",
	    event->seq, event->ack, event->len, event->wnd,
	    ktcp_state_name(event->state));
}

/* The interface of a link-local address is not part of its text. */
static bool is_of(const struct ktcp_event *event,
		  const struct ktcp_window_ask *ask)
{
	const struct ktcp_key *a = &event->key, *b = &ask->key;

	return !ask->one ||
	       (a->lport == b->lport && a->rport == b->rport &&
		ipv6_addr_equal(&a->raddr, &b->raddr) &&
		ipv6_addr_equal(&a->laddr, &b->laddr));
}

static int put_history(struct text *t, struct ktcp_net *kn,
		       const struct ktcp_window_ask *ask, bool watching)
{
	struct ktcp_recorder *r = &kn->window->recorder;
	struct ktcp_reading at = { .next = ask->since };
	unsigned int left = EVENTS_MAX, seen = 0, n, i;
	struct ktcp_event *event;

	event = kvcalloc(BATCH, sizeof(*event), GFP_KERNEL);
	if (!event)
		return -ENOMEM;
	put(t, "{\"version\":1,\"now_us\":%llu,\"watching\":%s,\"events\":[",
	    ktcp_now_us(), boolean(watching));
	do {
		n = ktcp_history_read(r, &at, event,
				      min_t(unsigned int, left, BATCH));
		for (i = 0; i < n; i++) {
			if (!is_of(&event[i], ask))
				continue;
			put_event(t, at.next - n + i, &event[i]);
			left--;
		}
		seen += n;
		cond_resched();
		/* more may come meanwhile than is read, for ever */
	} while (n && left && seen < KTCP_HISTORY_SIZE && !t->failed);
	unput_comma(t);
	put(t, "],\n\"next\":%llu,\"lost\":%llu}\n", at.next, at.lost);
	kvfree(event);
	return 0;
}

static void put_metric(struct text *t, const char *name, const char *type,
		       const char *help)
{
	put(t, "# HELP ktcp_%s %s\n# TYPE ktcp_%s %s\n", name, help, name, type);
}

static void metrics_counters(struct text *t, struct ktcp_net *kn)
{
	char base[KTCP_METRIC_NAME_MAX], name[sizeof(base) + 8], help[64];
	const char *snmp;
	unsigned int i;
	u64 value;

	for (i = 0; (snmp = ktcp_stat_nth(kn, i, &value)); i++) {
		bool counter = i < KTCP_MIB_MAX;

		if (!ktcp_metric_name(base, snmp))
			continue;
		snprintf(name, sizeof(name), "%s%s", base,
			 counter ? "_total" : "");
		snprintf(help, sizeof(help), "%s in /proc/ktcp/stats", snmp);
		put_metric(t, name, counter ? "counter" : "gauge", help);
		put(t, "ktcp_%s %llu\n", name, value);
	}
}

static void metrics_states(struct text *t, struct ktcp_net *kn)
{
	enum ktcp_state state;
	unsigned int pair;
	u64 n;

	put_metric(t, "connections", "gauge",
		   "Listeners, requests, connections and TIME_WAITs by state");
	for (state = KTCP_LISTEN; state < KTCP_STATES; state++)
		put(t, "ktcp_connections{state=\"%s\"} %llu\n",
		    ktcp_state_name(state), in_state(kn, state));
	put_metric(t, "transitions_total", "counter",
		   "Changes from one state to another");
	for (pair = 0; next_move(kn, &pair, &n); pair++)
		put(t, "ktcp_transitions_total{from=\"%s\",to=\"%s\"} %llu\n",
		    ktcp_state_name(pair / KTCP_STATES),
		    ktcp_state_name(pair % KTCP_STATES), n);
}

static void metrics_latency(struct text *t, struct ktcp_net *kn)
{
	struct ktcp_http_histogram h;
	char le[KTCP_SECONDS_MAX];
	unsigned long n = 0;
	unsigned int i;
	u32 rest;
	u64 s;

	ktcp_mib_latency(kn->mib, &h);
	put_metric(t, "http_latency_seconds", "histogram",
		   "From the last byte of a request until its response is owed");
	for (i = 0; i < KTCP_HTTP_BOUNDS; i++) {
		n += h.count[i];
		ktcp_seconds(le, ktcp_http_bounds_us[i]);
		put(t, "ktcp_http_latency_seconds_bucket{le=\"%s\"} %lu\n", le,
		    n);
	}
	n += h.count[i];
	s = div_u64_rem(h.sum_ns, NSEC_PER_SEC, &rest);
	put(t, "ktcp_http_latency_seconds_bucket{le=\"+Inf\"} %lu\n"
	    "ktcp_http_latency_seconds_sum %llu.%09u\n"
	    "ktcp_http_latency_seconds_count %lu\n", n, s, rest, n);
}

static void put_metrics(struct text *t, struct ktcp_net *kn)
{
	metrics_counters(t, kn);
	metrics_states(t, kn);
	put_metric(t, "memory_bytes", "gauge",
		   "Memory of requests, connections, TIME_WAITs, their table and the recorder");
	put(t, "ktcp_memory_bytes %llu\n", memory(kn));
	metrics_latency(t, kn);
}

static int put_doc(struct text *t, struct ktcp_net *kn,
		   const struct ktcp_window_ask *ask)
{
	bool watching = false;

	/* a scraper of metrics does not look at what is recorded */
	if (ask->doc != KTCP_WINDOW_METRICS)
		watching = ktcp_history_watch(&kn->window->recorder);
	switch (ask->doc) {
	case KTCP_WINDOW_CONNECTIONS:
		return put_connections(t, kn, ask);
	case KTCP_WINDOW_STATS:
		put_stats(t, kn, watching);
		break;
	case KTCP_WINDOW_HISTORY:
		return put_history(t, kn, ask, watching);
	case KTCP_WINDOW_METRICS:
		put_metrics(t, kn);
		break;
	}
	return 0;
}

static const char *media_type(u8 doc)
{
	switch (doc) {
	case KTCP_WINDOW_PAGE:
		return "text/html; charset=utf-8";
	case KTCP_WINDOW_METRICS:
		return "text/plain; version=0.0.4; charset=utf-8";
	default:
		return "application/json";
	}
}

/**
 * ktcp_window_make() - write a document
 * @net: the namespace; it does not end meanwhile (ktcp_window_queue())
 * @ask: which
 * @type: filled in: its media type
 *
 * Return: a blob that the caller puts, or an ERR_PTR: -ENOMEM. Process context;
 * may sleep.
 */
struct ktcp_blob *ktcp_window_make(struct net *net,
				   const struct ktcp_window_ask *ask,
				   const char **type)
{
	struct ktcp_blob *blob = NULL;
	struct text t = {};

	*type = media_type(ask->doc);
	if (ask->doc == KTCP_WINDOW_PAGE) {
		/* which will ask at once for what is recorded */
		ktcp_history_watch(&ktcp_net(net)->window->recorder);
		ktcp_blob_get(page);
		return page;
	}
	if (!put_doc(&t, ktcp_net(net), ask) && !t.failed)
		blob = ktcp_blob_create(t.buf, t.len, GFP_KERNEL);
	kvfree(t.buf);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	blob->counted = true;	/* nobody else asks for this one */
	return blob;
}

/**
 * ktcp_window_init() - make the window of a namespace
 * @kn: the namespace
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_window_init(struct ktcp_net *kn)
{
	int err;

	kn->window = kzalloc(sizeof(*kn->window), GFP_KERNEL);
	if (!kn->window)
		return -ENOMEM;
	kn->window->queue = kn->net->user_ns == &init_user_ns ? queue_of_host :
							       queue_of_others;
	ktcp_history_init(&kn->window->recorder, kn->window->queue);
	spin_lock_init(&kn->window->lock);
	INIT_LIST_HEAD(&kn->window->jobs);
	INIT_WORK(&kn->window->work, write_one);
	err = ktcp_window_set_path(kn, DEFAULT_PATH);
	if (err)
		kfree(kn->window);
	return err;
}

/**
 * ktcp_window_exit() - and close it
 * @kn: the namespace, without hooks, connections and sysctls by now: nobody waits for
 *	a document, though one may be in the middle of being written
 *
 * Process context; may sleep.
 */
void ktcp_window_exit(struct ktcp_net *kn)
{
	struct ktcp_window *w = kn->window;

	WARN_ON_ONCE(!list_empty(&w->jobs));
	cancel_work_sync(&w->work);
	ktcp_history_exit(&w->recorder);
	kfree(rcu_dereference_protected(w->path, true));
	kfree(rcu_dereference_protected(w->allow, true));
	kfree(w);
}

/**
 * ktcp_window_start() - make what the windows of all namespaces share
 *
 * Before the first namespace. Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int __init ktcp_window_start(void)
{
	/* Documents may take a while; one at a time is enough. */
	queue_of_host = alloc_ordered_workqueue("ktcp_window", 0);
	if (!queue_of_host)
		return -ENOMEM;
	queue_of_others = alloc_ordered_workqueue("ktcp_window_user", 0);
	if (!queue_of_others)
		goto err_host;
	page = ktcp_blob_create(ktcp_window_page,
				ktcp_window_page_end - ktcp_window_page,
				GFP_KERNEL);
	if (page)
		return 0;
	destroy_workqueue(queue_of_others);
err_host:
	destroy_workqueue(queue_of_host);
	return -ENOMEM;
}

/**
 * ktcp_window_stop() - and take it away, after the last namespace
 *
 * Process context; may sleep.
 */
void ktcp_window_stop(void)
{
	destroy_workqueue(queue_of_others);
	destroy_workqueue(queue_of_host);
	ktcp_blob_put(page);
}

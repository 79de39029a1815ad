// SPDX-License-Identifier: GPL-2.0
/*
 * Rules without files. They are written as a whole, and replaced as a whole: a
 * response that has begun is finished by the rules that it began with.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../ktcp.h"
#include "routes.h"

static void forget(struct ktcp_http_object *o)
{
	ktcp_blob_put(o->blob);
	kfree(o->head);
}

static void routes_free(struct ktcp_routes *r)
{
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		forget(&r->rule[i].object);
		forget(&r->rule[i].drain);
	}
	for (i = 0; i < r->nr_fields; i++)
		kfree(r->field_text[i]);
	kvfree(r->text);
	kvfree(r);
}

/* A response of a status, a media type and a text. */
static int make_object(struct ktcp_http_object *o, int status, const char *type,
		       const char *text, size_t len, const char *field)
{
	o->status = status;
	o->len = len;
	if (len) {
		o->blob = ktcp_blob_create(text, len, GFP_KERNEL_ACCOUNT);
		if (!o->blob)
			return -ENOMEM;
	}
	o->head = ktcp_http_head(GFP_KERNEL_ACCOUNT, o, type, len, "%s", field);
	return o->head ? 0 : -ENOMEM;
}

static int make_answer(struct ktcp_rule *rule)
{
	const struct ktcp_route *t = &rule->route;
	char *type = kstrndup(t->type.s, t->type.n, GFP_KERNEL);
	char *text = kmalloc(t->text.n + 1, GFP_KERNEL);
	int err = -ENOMEM;

	if (type && text)
		err = make_object(&rule->object, t->status, type, text,
				  ktcp_route_unescape(t->text, text), "");
	kfree(text);
	kfree(type);
	return err;
}

static int make_redirect(struct ktcp_rule *rule)
{
	const struct ktcp_route *t = &rule->route;

	rule->object.status = t->status;
	if (t->rest)	/* made for each request */
		return 0;
	rule->object.head = ktcp_http_to(GFP_KERNEL_ACCOUNT, &rule->object, t->to.s,
					 t->to.n);
	return rule->object.head ? 0 : -ENOMEM;
}

static int make_health(struct ktcp_rule *rule)
{
	static const char type[] = "text/plain; charset=utf-8";
	static const char field[] = "Cache-Control: no-store\r\n";
	int err = make_object(&rule->object, 200, type, "ok\n", 3, field);

	return err ?: make_object(&rule->drain, 503, type, "drain\n", 6, field);
}

static int add_field(struct ktcp_routes *r, const struct ktcp_route *t)
{
	char *text = kasprintf(GFP_KERNEL_ACCOUNT, "%.*s\r\n", t->text.n, t->text.s);

	if (!text)
		return -ENOMEM;
	r->field[r->nr_fields] = *t;
	r->field_text[r->nr_fields++] = text;
	return 0;
}

static int add_rule(struct ktcp_routes *r, const struct ktcp_route *t)
{
	struct ktcp_rule *rule = &r->rule[r->n];

	switch (t->kind) {
	case KTCP_ROUTE_NONE:
		return 0;
	case KTCP_ROUTE_HEADER:
		return add_field(r, t);
	}
	r->n++;
	rule->route = *t;
	switch (t->kind) {
	case KTCP_ROUTE_ANSWER:
		return make_answer(rule);
	case KTCP_ROUTE_REDIRECT:
		return make_redirect(rule);
	default:
		return make_health(rule);
	}
}

static size_t line_len(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', end - at);

	return (lf ?: end) - at;
}

/* How many rules there are; an error is told. */
static int check_rules(struct ktcp_net *kn, const char *text, size_t len,
		       unsigned int *rules)
{
	const char *at, *end = text + len;
	unsigned int line = 1, fields = 0, bytes = 0;
	struct ktcp_route t;

	*rules = 0;
	for (at = text; at < end; line++) {
		size_t n = line_len(at, end);
		const char *why = ktcp_route_parse(at, n, &t);

		if (!why && t.kind == KTCP_ROUTE_HEADER) {
			bytes += t.text.n + strlen("\r\n");
			if (++fields > KTCP_ROUTES_FIELDS_MAX ||
			    bytes > KTCP_ROUTES_FIELDS_TEXT)
				why = "more than 16 fields, or 1024 bytes of them";
		} else if (!why && t.kind != KTCP_ROUTE_NONE &&
			   ++*rules > KTCP_ROUTES_MAX) {
			why = "more than 256 rules";
		}
		if (why) {
			ktcp_err(kn, "routes: line %u: %s; nothing has changed\n",
				 line, why);
			return -EINVAL;
		}
		at += n + 1;
	}
	return 0;
}

static struct ktcp_routes *make_routes(struct ktcp_net *kn, char *text,
					size_t len)
{
	const char *at, *end = text + len;
	struct ktcp_routes *r;
	struct ktcp_route t;
	unsigned int rules;
	int err = check_rules(kn, text, len, &rules);

	if (err)
		return ERR_PTR(err);
	r = kvzalloc(struct_size(r, rule, rules), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	refcount_set(&r->ref, 1);
	for (at = text; !err && at < end; at += line_len(at, end) + 1) {
		ktcp_route_parse(at, line_len(at, end), &t);
		err = add_rule(r, &t);
	}
	if (err) {
		routes_free(r);
		return ERR_PTR(err);
	}
	r->text = text;
	r->text_len = len;
	return r;
}

static void replace(struct ktcp_net *kn, struct ktcp_routes *new)
{
	struct ktcp_routes *old;

	mutex_lock(&kn->admin);
	old = rcu_replace_pointer(kn->routes, new, lockdep_is_held(&kn->admin));
	mutex_unlock(&kn->admin);
	if (!old)
		return;
	synchronize_rcu();
	ktcp_routes_put(old);
}

/**
 * ktcp_routes_set() - replace the rules
 * @kn: the namespace
 * @text: the rules, a line each; belongs to them if it succeeds (kvfree())
 * @len: bytes in @text
 *
 * Process context; may sleep.
 *
 * Return: 0, -EINVAL (one line in the log says why) or -ENOMEM, and then nothing
 * has changed.
 */
int ktcp_routes_set(struct ktcp_net *kn, char *text, size_t len)
{
	struct ktcp_routes *r = make_routes(kn, text, len);

	if (IS_ERR(r))
		return PTR_ERR(r);
	replace(kn, r);
	return 0;
}

/**
 * ktcp_routes_show() - the rules, as they were written
 * @kn: the namespace
 * @m: where to
 *
 * Any context.
 */
void ktcp_routes_show(struct ktcp_net *kn, struct seq_file *m)
{
	const struct ktcp_routes *r;

	rcu_read_lock();
	r = rcu_dereference(kn->routes);
	if (r)
		seq_write(m, r->text, r->text_len);
	rcu_read_unlock();
}

/**
 * ktcp_routes_clear() - the end of a namespace
 * @kn: the namespace; since its last connection and reader a grace period has passed
 *
 * Process context.
 */
void ktcp_routes_clear(struct ktcp_net *kn)
{
	struct ktcp_routes *old = rcu_replace_pointer(kn->routes, NULL, true);

	if (old)
		ktcp_routes_put(old);
}

/**
 * ktcp_routes_get() - keep rules
 * @r: found under RCU, or with a reference
 *
 * Any context.
 */
void ktcp_routes_get(struct ktcp_routes *r)
{
	refcount_inc(&r->ref);
}

/**
 * ktcp_routes_put() - give a reference back
 * @r: the rules
 *
 * Any context.
 */
void ktcp_routes_put(struct ktcp_routes *r)
{
	if (refcount_dec_and_test(&r->ref))
		routes_free(r);
}

/**
 * ktcp_routes_find() - the first rule that is a response for a path
 * @r: the rules
 * @path: the path, decoded
 * @len: bytes in @path
 *
 * Any context.
 *
 * Return: the rule, or NULL.
 */
const struct ktcp_rule *ktcp_routes_find(const struct ktcp_routes *r,
					 const u8 *path, size_t len)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		if (ktcp_route_matches(&r->rule[i].route, path, len))
			return &r->rule[i];
	return NULL;
}

/**
 * ktcp_routes_fields() - the fields that go with the response for a path
 * @r: the rules
 * @path: the path, decoded
 * @len: bytes in @path
 *
 * Any context.
 *
 * Return: a bit for each of @r->field.
 */
u32 ktcp_routes_fields(const struct ktcp_routes *r, const u8 *path, size_t len)
{
	unsigned int i;
	u32 fields = 0;

	for (i = 0; i < r->nr_fields; i++)
		if (ktcp_route_matches(&r->field[i], path, len))
			fields |= BIT(i);
	return fields;
}

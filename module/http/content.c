// SPDX-License-Identifier: GPL-2.0
/* What can be answered: what is published, the embedded page, every error. */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time.h>

#include "../ktcp.h"
#include "content.h"
#include "http.h"
#include "route.h"
#include "snapshot.h"
#include "status.h"

#define HTML	"text/html; charset=utf-8"

static const char welcome[] =
"<!doctype html>\n"
"<html lang=\"en\">\n"
"<head>\n"
"<meta charset=\"utf-8\">\n"
"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
"<meta name=\"color-scheme\" content=\"light dark\">\n"
"<title>ktcp</title>\n"
"<link rel=\"icon\" href=\"data:,\">\n"
"<style>\n"
"body { max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem;\n"
"       font: 1.0625rem/1.6 system-ui, sans-serif }\n"
"h1 { font-size: 2.25rem; letter-spacing: -.02em; margin: 0 }\n"
"h1 span { color: #0a7d55 }\n"
"ol { list-style: none; margin: 1.5rem 0; padding: .75rem 1rem;\n"
"     border-left: .25rem solid #0a7d55; overflow-x: auto;\n"
"     font: .875rem/1.7 ui-monospace, monospace; white-space: pre }\n"
"code { font: .9em ui-monospace, monospace }\n"
"@media (prefers-color-scheme: dark) {\n"
"  h1 span { color: #3ddc9d } ol { border-color: #3ddc9d } }\n"
"</style>\n"
"</head>\n"
"<body>\n"
"<h1><span>k</span>tcp</h1>\n"
"<p>A Linux kernel module answered this request. No web server runs here and\n"
"no socket is open: every segment was taken out of the kernel's own path and\n"
"handled by a second TCP that lives beside it.</p>\n"
"<ol><li>SYN      \xe2\x86\x92\n"
"<li>         \xe2\x86\x90  SYN, ACK\n"
"<li>ACK      \xe2\x86\x92\n"
"<li>GET /    \xe2\x86\x92\n"
"<li>         \xe2\x86\x90  200 OK, this page</ol>\n"
"<p>On that machine, see your connection in\n"
"<code>/proc/ktcp/connections</code>, the counters in\n"
"<code>/proc/ktcp/stats</code>; take it all back with\n"
"<code>rmmod ktcp</code>.</p>\n"
"</body>\n"
"</html>\n";

static const struct {
	const char *path;
	const char *type;
	const char *data;
	size_t len;
} pages[] = {
	{ "/", HTML, welcome, sizeof(welcome) - 1 },
};

/* 0 is no response */
static atomic64_t last_id;

static struct ktcp_http_object page_objects[ARRAY_SIZE(pages)];
static struct ktcp_http_object error_objects[KTCP_HTTP_STATUSES];

/**
 * ktcp_http_date_text() - a time as HTTP writes it (RFC 9110 5.6.7)
 * @seconds: since 1970
 * @text: KTCP_HTTP_DATE_LEN + 1 bytes
 *
 * Years beyond 9999 are not for HTTP: the last second before is written.
 * Any context.
 */
void ktcp_http_date_text(s64 seconds, char *text)
{
	static const char days[][4] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
	};
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};
	struct tm tm;

	time64_to_tm(clamp_t(s64, seconds, 0, 253402300799LL), 0, &tm);
	snprintf(text, KTCP_HTTP_DATE_LEN + 1,
		 "%s, %02d %s %04ld %02d:%02d:%02d GMT", days[tm.tm_wday],
		 tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
}

static const struct ktcp_http_status *find_status(int code)
{
	int i;

	for (i = 0; i < KTCP_HTTP_STATUSES; i++)
		if (ktcp_http_statuses[i].code == code)
			return &ktcp_http_statuses[i];
	return NULL;
}

/**
 * ktcp_http_head() - write the header of a response
 * @gfp: how to allocate
 * @o: the response; its status is set, its id, head_len, date and own are
 *	set here
 * @type: media type
 * @len: bytes in the body
 * @fmt: further fields, each with CRLF
 *
 * Date stands in the middle, so that its place is known; see respond.c.
 *
 * Return: the header, that kfree() frees, or NULL. Any context that @gfp allows.
 */
char *ktcp_http_head(gfp_t gfp, struct ktcp_http_object *o, const char *type,
		     u64 len, const char *fmt, ...)
{
	const struct ktcp_http_status *status = find_status(o->status);
	const char *reason = status ? status->reason :
				      ktcp_http_reason(o->status);
	struct va_format vaf = { .fmt = fmt };
	va_list args;
	char *head;

	va_start(args, fmt);
	vaf.va = &args;
	head = kasprintf(gfp, "HTTP/1.1 %u %s\r\nServer: ktcp\r\nDate: "
			 "Thu, 01 Jan 1970 00:00:00 GMT\r\n"
			 "Content-Type: %s\r\nContent-Length: %llu\r\n%s%pV",
			 o->status % KTCP_HTTP_VARIANT, reason, type, len,
			 status ? status->field : "", &vaf);
	va_end(args);
	if (!head)
		return NULL;
	o->id = atomic64_inc_return(&last_id);
	o->head_len = strlen(head);
	o->date = strstr(head, "Date: ") - head + strlen("Date: ");
	o->own = strchr(strstr(head, "Content-Length: "), '\n') + 1 - head;
	return head;
}

/**
 * ktcp_http_to() - write the header of a redirect
 * @gfp: how to allocate
 * @o: the response; its status is set; its body and more is set here
 * @to: where to, a URI reference
 * @len: bytes in @to
 *
 * Return: the header, that kfree() frees, or NULL. Any context that @gfp allows.
 */
char *ktcp_http_to(gfp_t gfp, struct ktcp_http_object *o, const char *to,
		   size_t len)
{
	const struct ktcp_http_object *text = ktcp_http_error(301);

	o->text = text->text;
	o->text_len = text->text_len;
	return ktcp_http_head(gfp, o, HTML, o->text_len, "Location: %.*s\r\n",
			      (int)len, to);
}

/**
 * ktcp_http_redirect() - write the header of a redirect to a directory
 * @gfp: how to allocate
 * @o: the response; its status is set; its body and more is set here
 * @path: decoded, without the slash that it lacks
 * @len: bytes in @path
 *
 * Return: the header, that kfree() frees; ERR_PTR() of -ENOMEM, or -ENAMETOOLONG if
 * it would be longer than a redirect may be. Any context that @gfp allows.
 */
char *ktcp_http_redirect(gfp_t gfp, struct ktcp_http_object *o,
			 const u8 *path, size_t len)
{
	char *location = kmalloc(3 * len + 1, gfp), *p = location, *head;
	size_t i;

	if (!location)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < len; i++)
		if (isascii(path[i]) &&
		    (isalnum(path[i]) || strchr("/-._~", path[i])))
			*p++ = path[i];
		else
			p += sprintf(p, "%%%02X", path[i]);
	*p++ = '/';
	if (p - location > KTCP_ROUTE_LOCATION_MAX)
		head = ERR_PTR(-ENAMETOOLONG);
	else
		head = ktcp_http_to(gfp, o, location, p - location) ?:
		       ERR_PTR(-ENOMEM);
	kfree(location);
	return head;
}

static int prepare_error(struct ktcp_http_object *o,
			 const struct ktcp_http_status *status)
{
	unsigned int code = status->code % KTCP_HTTP_VARIANT;
	char *text = !*status->why ? kstrdup("", GFP_KERNEL) :
		     kasprintf(GFP_KERNEL,
			       "<!doctype html>\n<html lang=\"en\">\n"
			       "<title>%u %s</title>\n<h1>%u %s</h1>\n"
			       "<p>%s</p>\n",
			       code, status->reason, code, status->reason,
			       status->why);

	if (!text)
		return -ENOMEM;
	o->text = text;
	o->text_len = strlen(text);
	o->status = status->code;
	o->head = ktcp_http_head(GFP_KERNEL, o, HTML, o->text_len, "%s", "");
	return o->head ? 0 : -ENOMEM;
}

static int prepare_page(struct ktcp_http_object *o, int i)
{
	o->len = pages[i].len;
	o->status = 200;
	o->blob = ktcp_blob_create(pages[i].data, o->len, GFP_KERNEL);
	o->head = ktcp_http_head(GFP_KERNEL, o, pages[i].type, o->len, "%s", "");
	return o->blob && o->head ? 0 : -ENOMEM;
}

/**
 * ktcp_http_content_init() - prepare every response there is
 *
 * Return: 0, or a negative errno, then nothing is left behind. Process context.
 */
int ktcp_http_content_init(void)
{
	int i, err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(pages); i++)
		err = prepare_page(&page_objects[i], i);
	for (i = 1; !err && i < KTCP_HTTP_STATUSES; i++)
		err = prepare_error(&error_objects[i], &ktcp_http_statuses[i]);
	if (err)
		ktcp_http_content_exit();
	return err;
}

static void forget(struct ktcp_http_object *o)
{
	ktcp_blob_put(o->blob);
	kfree(o->head);
	kfree(o->text);
	*o = (struct ktcp_http_object){ };
}

/**
 * ktcp_http_content_exit() - give back what ktcp_http_content_init() took
 *
 * No connection is left. Any context.
 */
void ktcp_http_content_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(page_objects); i++)
		forget(&page_objects[i]);
	for (i = 0; i < ARRAY_SIZE(error_objects); i++)
		forget(&error_objects[i]);
}

/**
 * ktcp_http_page() - what is at a path?
 * @kn: the namespace
 * @path: decoded, without the query
 * @len: bytes in @path
 *
 * What is published, if anything is; else the embedded page.
 *
 * Return: the page, valid until the end of the RCU read section that the caller
 * is in, or as long as its @owner; or NULL.
 */
const struct ktcp_http_object *ktcp_http_page(struct ktcp_net *kn,
					      const u8 *path, size_t len)
{
	const struct ktcp_snapshot *s = rcu_dereference(kn->docroot);
	int i;

	if (s)
		return ktcp_snapshot_find(s, path, len);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (len == strlen(pages[i].path) &&
		    !memcmp(path, pages[i].path, len))
			return &page_objects[i];
	return NULL;
}

/**
 * ktcp_http_error() - the response for an error
 * @code: its status code
 *
 * Return: the response, that of 400 for a code we do not have. Any context.
 */
const struct ktcp_http_object *ktcp_http_error(int code)
{
	const struct ktcp_http_status *status = find_status(code) ?:
						find_status(400);

	return &error_objects[status - ktcp_http_statuses];
}

/**
 * ktcp_http_publish() - make a directory what is answered with
 * @kn: the namespace
 * @dir: its path; "" for the embedded page
 *
 * Responses that have begun are finished from what was there before. An error
 * is told in the log. Process context; reads all files, after whoever is reading
 * some for this namespace; a signal ends both.
 *
 * Return: 0, or a negative errno, then nothing has changed.
 */
int ktcp_http_publish(struct ktcp_net *kn, const char *dir)
{
	const struct ktcp_snapshot_limits max = {
		.files = ktcp_conf(kn, docroot_files_max),
		.bytes = (u64)ktcp_conf(kn, docroot_mib_max) << 20,
		.depth = ktcp_conf(kn, docroot_depth_max),
		.kn = kn,
		.ends = &kn->dying,
	};
	struct ktcp_snapshot *old, *new = NULL;
	int err;

	if (*dir && *dir != '/') {
		ktcp_snapshot_err(kn, dir, "",
				  "use an absolute path, such as /srv/www");
		return -EINVAL;
	}
	err = mutex_lock_interruptible(&kn->publish);
	if (err)
		return err;
	old = rcu_dereference_protected(kn->docroot,
					lockdep_is_held(&kn->publish));
	if (*dir)
		new = ktcp_snapshot_read(dir, &max, old);
	if (!IS_ERR(new)) {
		rcu_assign_pointer(kn->docroot, new);
		synchronize_rcu();
		ktcp_snapshot_put(old);
	}
	mutex_unlock(&kn->publish);
	return PTR_ERR_OR_ZERO(new);
}

/**
 * ktcp_http_unpublish() - the end of a namespace
 * @kn: the namespace; no connection is left
 *
 * Process context.
 */
void ktcp_http_unpublish(struct ktcp_net *kn)
{
	ktcp_snapshot_put(rcu_dereference_protected(kn->docroot, true));
	RCU_INIT_POINTER(kn->docroot, NULL);
}

/**
 * ktcp_http_docroot() - which directory is published
 * @kn: the namespace
 * @buf: gets its name, or ""
 * @size: bytes in @buf
 *
 * Process context.
 */
void ktcp_http_docroot(struct ktcp_net *kn, char *buf, size_t size)
{
	const struct ktcp_snapshot *s;

	rcu_read_lock();
	s = rcu_dereference(kn->docroot);
	strscpy(buf, s ? ktcp_snapshot_dir(s) : "", size);
	rcu_read_unlock();
}

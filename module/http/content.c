// SPDX-License-Identifier: GPL-2.0
/* What can be answered: the embedded page, and an object for every error. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "content.h"
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

static struct ktcp_http_object page_objects[ARRAY_SIZE(pages)];
static struct ktcp_http_object error_objects[KTCP_HTTP_STATUSES];

/* Date stands in the middle, so that its place is known; see respond.c. */
static int prepare(struct ktcp_http_object *o,
		   const struct ktcp_http_status *status, const char *type,
		   u64 len)
{
	int n;

	o->status = status->code;
	o->date = scnprintf(o->head, sizeof(o->head),
			    "HTTP/1.1 %u %s\r\nServer: ktcp\r\nDate: ",
			    status->code, status->reason);
	n = snprintf(o->head + o->date, sizeof(o->head) - o->date,
		     "Thu, 01 Jan 1970 00:00:00 GMT\r\n"
		     "Content-Type: %s\r\nContent-Length: %llu\r\n%s",
		     type, len, status->field);
	o->head_len = o->date + n;
	return o->head_len < sizeof(o->head) ? 0 : -EMSGSIZE;
}

static int prepare_error(struct ktcp_http_object *o,
			 const struct ktcp_http_status *status)
{
	o->text_len = snprintf(o->text, sizeof(o->text),
			       "<!doctype html>\n<html lang=\"en\">\n"
			       "<title>%u %s</title>\n<h1>%u %s</h1>\n"
			       "<p>%s</p>\n",
			       status->code, status->reason,
			       status->code, status->reason, status->why);
	if (o->text_len >= sizeof(o->text))
		return -EMSGSIZE;
	return prepare(o, status, HTML, o->text_len);
}

/**
 * ktcp_http_content_init() - prepare every response there is
 *
 * Return: 0, or a negative errno, then nothing is left behind. Process context.
 */
int ktcp_http_content_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		struct ktcp_http_object *o = &page_objects[i];

		err = prepare(o, &ktcp_http_statuses[0], pages[i].type,
			      pages[i].len);
		if (err)
			goto out;
		o->len = pages[i].len;
		o->blob = ktcp_blob_create(pages[i].data, o->len, GFP_KERNEL);
		err = -ENOMEM;
		if (!o->blob)
			goto out;
	}
	for (i = 1; i < KTCP_HTTP_STATUSES; i++) {
		err = prepare_error(&error_objects[i], &ktcp_http_statuses[i]);
		if (err)
			goto out;
	}
	return 0;

out:
	ktcp_http_content_exit();
	return err;
}

/**
 * ktcp_http_content_exit() - give back what ktcp_http_content_init() took
 *
 * No connection is left. Any context.
 */
void ktcp_http_content_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		ktcp_blob_put(page_objects[i].blob);
		page_objects[i].blob = NULL;
	}
}

/**
 * ktcp_http_page() - what is at a path?
 * @path: as in the request, without the query
 * @len: bytes in @path
 *
 * Return: the page, or NULL. Any context.
 */
const struct ktcp_http_object *ktcp_http_page(const u8 *path, size_t len)
{
	int i;

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
	int i;

	for (i = 1; i < KTCP_HTTP_STATUSES; i++)
		if (error_objects[i].status == code)
			return &error_objects[i];
	return &error_objects[1];
}

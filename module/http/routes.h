/* SPDX-License-Identifier: GPL-2.0 */
/* Rules without files: /proc/ktcp/routes. */
#ifndef KTCP_HTTP_ROUTES_H
#define KTCP_HTTP_ROUTES_H

#include "content.h"
#include "route.h"

struct seq_file;

#define KTCP_ROUTES_MAX		256
#define KTCP_ROUTES_TEXT_MAX	65536
#define KTCP_ROUTES_FIELDS_MAX	16	/* rules that add a field */
#define KTCP_ROUTES_FIELDS_TEXT	1024	/* bytes of all of these fields */

/**
 * struct ktcp_rule - a rule, ready
 * @route: what it says
 * @object: its answer; of a health check, that all is well
 * @drain: of a health check, that it is not
 */
struct ktcp_rule {
	struct ktcp_route route;
	struct ktcp_http_object object;
	struct ktcp_http_object drain;
};

/**
 * struct ktcp_routes - all rules of a namespace; never changes
 * @ref: one for the namespace, one for each response that spans events
 * @text: as it was written
 * @text_len: bytes in @text
 * @n: how many rules
 * @nr_fields: how many in @field
 * @field: rules that add a field to a response
 * @field_text: what each adds, CRLF included
 * @rule: rules that are a response, in their order
 */
struct ktcp_routes {
	refcount_t ref;
	char *text;
	size_t text_len;
	unsigned int n;
	unsigned int nr_fields;
	struct ktcp_route field[KTCP_ROUTES_FIELDS_MAX];
	char *field_text[KTCP_ROUTES_FIELDS_MAX];
	struct ktcp_rule rule[];
};

int ktcp_routes_set(struct ktcp_net *kn, char *text, size_t len);
void ktcp_routes_show(struct ktcp_net *kn, struct seq_file *m);
void ktcp_routes_clear(struct ktcp_net *kn);
void ktcp_routes_get(struct ktcp_routes *r);
void ktcp_routes_put(struct ktcp_routes *r);
const struct ktcp_rule *ktcp_routes_find(const struct ktcp_routes *r,
					 const u8 *path, size_t len);
u32 ktcp_routes_fields(const struct ktcp_routes *r, const u8 *path, size_t len);

#endif /* KTCP_HTTP_ROUTES_H */

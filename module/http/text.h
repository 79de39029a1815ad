/* SPDX-License-Identifier: GPL-2.0 */
/* How names and strings are written in JSON and in Prometheus' format. Pure. */
#ifndef KTCP_HTTP_TEXT_H
#define KTCP_HTTP_TEXT_H

#include "../pure.h"

#define KTCP_JSON_ESCAPED	6	/* bytes that one can become */
#define KTCP_METRIC_NAME_MAX	64
#define KTCP_SECONDS_MAX	24

void ktcp_json_escape(char *out, const char *in, size_t len);
bool ktcp_metric_name(char *out, const char *name);
void ktcp_seconds(char *out, u32 us);

#endif /* KTCP_HTTP_TEXT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked of the window: which document, and of what. Pure. */
#ifndef KTCP_HTTP_ASK_H
#define KTCP_HTTP_ASK_H

#include "../key.h"

#define KTCP_WINDOW_LIMIT	500	/* rows, if nobody says otherwise */
#define KTCP_WINDOW_LIMIT_MAX	2000
#define KTCP_WINDOW_PATH_MAX	63	/* bytes of status_path */

enum ktcp_window_doc {
	KTCP_WINDOW_PAGE,
	KTCP_WINDOW_CONNECTIONS,
	KTCP_WINDOW_STATS,
	KTCP_WINDOW_HISTORY,
	KTCP_WINDOW_METRICS,
};

/**
 * struct ktcp_window_ask - which document, and of what
 * @doc: enum ktcp_window_doc
 * @one: only the events of @key
 * @states: bit for each enum ktcp_state that is wanted
 * @limit: most rows
 * @since: first event
 * @key: a connection; @key.scope is not known
 * @q: text that must be in a row, "" for any
 */
struct ktcp_window_ask {
	u8 doc;
	bool one;
	u16 states;
	u16 limit;
	u64 since;
	struct ktcp_key key;
	char q[32];
};

bool ktcp_window_find(const u8 *rest, size_t rest_len, const u8 *query,
		      size_t query_len, struct ktcp_window_ask *ask);
bool ktcp_window_path_ok(const char *path);

#endif /* KTCP_HTTP_ASK_H */

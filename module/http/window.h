/* SPDX-License-Identifier: GPL-2.0 */
/* The window: what an administrator sees over HTTP. */
#ifndef KTCP_HTTP_WINDOW_H
#define KTCP_HTTP_WINDOW_H

#include <linux/inet.h>

#include "../app.h"
#include "../ktcp.h"
#include "ask.h"
#include "cidr.h"
#include "history.h"

/**
 * struct ktcp_window - the window of a network namespace
 * @path: sysctl status_path; NULL when it is off
 * @allow: sysctl status_allow; NULL for nobody but this host
 * @recorder: what happened lately
 */
struct ktcp_window {
	struct ktcp_status_path __rcu *path;
	struct ktcp_allow __rcu *allow;
	struct ktcp_recorder recorder;
};

/* Bytes of a list of KTCP_CIDR_MAX networks as text, each with its comma. */
#define KTCP_ALLOW_TEXT_MAX	(KTCP_CIDR_MAX * (INET6_ADDRSTRLEN + 4) + 1)

/* Fields of every document. */
extern const char ktcp_window_fields[];

size_t ktcp_window_below(const struct ktcp_conn *c, const u8 *path, size_t len);
bool ktcp_window_allows(const struct ktcp_conn *c);
struct ktcp_blob *ktcp_window_make(struct net *net,
				   const struct ktcp_window_ask *ask,
				   const char **type);

int ktcp_window_set_path(struct ktcp_net *kn, const char *path);
void ktcp_window_get_path(struct ktcp_net *kn, char *path);
int ktcp_window_set_allow(struct ktcp_net *kn, const char *list);
void ktcp_window_get_allow(struct ktcp_net *kn, char *list);

void ktcp_window_queue(struct work_struct *work);
void ktcp_window_queue_delayed(struct delayed_work *work, unsigned long delay);
int ktcp_window_init(struct ktcp_net *kn);
void ktcp_window_exit(struct ktcp_net *kn);
int ktcp_window_start(void);
void ktcp_window_stop(void);

#endif /* KTCP_HTTP_WINDOW_H */

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
 * struct ktcp_window_job - a document to be written
 * @list: among those of its namespace that wait
 * @write: writes it, in process context; the job is its own from then on
 */
struct ktcp_window_job {
	struct list_head list;
	void (*write)(struct ktcp_window_job *job);
};

/**
 * struct ktcp_window - the window of a network namespace
 * @path: sysctl status_path; NULL when it is off
 * @allow: sysctl status_allow; NULL for nobody but this host
 * @recorder: what happened lately
 * @lock: of @jobs; whoever holds it may have a connection locked
 * @jobs: documents that nobody writes yet, in the order in which they were asked for
 * @work: writes one of them
 * @queue: where it is done
 */
struct ktcp_window {
	struct ktcp_status_path __rcu *path;
	struct ktcp_allow __rcu *allow;
	struct ktcp_recorder recorder;
	spinlock_t lock;
	struct list_head jobs;
	struct work_struct work;
	struct workqueue_struct *queue;
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

void ktcp_window_queue(struct ktcp_net *kn, struct ktcp_window_job *job);
bool ktcp_window_unqueue(struct ktcp_net *kn, struct ktcp_window_job *job);
int ktcp_window_init(struct ktcp_net *kn);
void ktcp_window_exit(struct ktcp_net *kn);
int ktcp_window_start(void);
void ktcp_window_stop(void);

#endif /* KTCP_HTTP_WINDOW_H */

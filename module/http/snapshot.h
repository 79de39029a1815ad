/* SPDX-License-Identifier: GPL-2.0 */
/* A directory, published as an immutable snapshot in memory. */
#ifndef KTCP_HTTP_SNAPSHOT_H
#define KTCP_HTTP_SNAPSHOT_H

#include <linux/types.h>

struct ktcp_http_object;
struct ktcp_net;
struct ktcp_snapshot;

/**
 * struct ktcp_snapshot_limits - how much may be published
 * @files: files, directories and redirects
 * @bytes: of all files together
 * @depth: of directories below the root
 * @kn: the namespace
 * @ends: if this is set meanwhile, nothing may be published any more
 */
struct ktcp_snapshot_limits {
	unsigned int files;
	u64 bytes;
	unsigned int depth;
	struct ktcp_net *kn;
	const bool *ends;
};

struct ktcp_snapshot *ktcp_snapshot_read(const char *dir,
					 const struct ktcp_snapshot_limits *max,
					 const struct ktcp_snapshot *old);
void ktcp_snapshot_err(struct ktcp_net *kn, const char *dir, const char *path,
		       const char *why);
void ktcp_snapshot_get(struct ktcp_snapshot *s);
void ktcp_snapshot_put(struct ktcp_snapshot *s);
const char *ktcp_snapshot_dir(const struct ktcp_snapshot *s);
const struct ktcp_http_object *ktcp_snapshot_find(const struct ktcp_snapshot *s,
						  const u8 *path, size_t len);
int ktcp_snapshot_init(void);
void ktcp_snapshot_exit(void);

#endif /* KTCP_HTTP_SNAPSHOT_H */

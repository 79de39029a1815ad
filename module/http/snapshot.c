// SPDX-License-Identifier: GPL-2.0
/*
 * A directory, published as an immutable snapshot in memory.
 *
 * Everything is read at once, in the context of whoever publishes: with his
 * root, his rights. Only then is the snapshot shown, so a reader sees all of it
 * or nothing. A file that has not changed since the snapshot before shares its
 * pages, so that publishing again costs the memory of what is new. It is not even
 * read again if its inode, size and times are the same: what writes to a file
 * changes them, and nobody can put a ctime back.
 *
 * Regular files only. A name that begins with a dot is not published. A symbolic
 * link is followed to a file, as if the directory were the root of all files:
 * nothing outside can be reached.
 *
 * A file with a neighbour of its name and .gz, .br or .zst is the same in a
 * content coding, for clients that accept it.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "../app.h"
#include "../compat.h"
#include "../ktcp.h"
#include "content.h"
#include "snapshot.h"

#define INDEX		"index.html"
/* Longer paths cannot be asked for with a reasonable line. */
#define SNAPSHOT_PATH_MAX	1024
/* Not worth the life of another process. */
#define GFP_SNAPSHOT	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/*
 * Which file, and when it was changed. A file that was changed less than this
 * before it was looked at may be so once more in the same tick of the clock of
 * its file system: then its times say nothing. Some tick every two seconds.
 */
#define TICK_SEC	2

struct stamp {
	dev_t dev;
	bool settled;
	u64 ino;
	struct timespec64 mtime;
	struct timespec64 ctime;
};

/*
 * struct item - what is at a path
 * @node: in a bucket, or in the list of directories to read
 * @stamp: of the file
 * @object: the response; its blob and header are ours
 * @alias: @object belongs to this item, or NULL
 * @coded: @object as what its neighbour is coded to; its own but for the blob
 * @type: as readdir says, of one that is not read yet
 * @len: bytes in @path
 * @path: from the root on, begins with a slash
 */
struct item {
	struct hlist_node node;
	struct stamp stamp;
	struct ktcp_http_object object;
	struct item *alias;
	struct ktcp_http_object *coded;
	u8 type;
	u16 len;
	char path[];
};

/**
 * struct ktcp_snapshot - a directory as it was
 * @ref: one for who publishes it, one for each response that spans events
 * @free: frees it in process context
 * @items: how many there are
 * @bytes: in all files
 * @bits: 2 to the power of this are the buckets
 * @seed: of the hash: whose files these are must not know who shares a bucket
 * @buckets: items by the hash of their path
 * @dir: its name
 */
struct ktcp_snapshot {
	refcount_t ref;
	struct work_struct free;
	unsigned int items;
	u64 bytes;
	u8 bits;
	u32 seed;
	struct hlist_head *buckets;
	char *dir;
};

/* What is being read. */
struct reading {
	struct ktcp_snapshot *s;
	const struct ktcp_snapshot *old;
	const struct ktcp_snapshot_limits *max;
	struct path root;
	struct hlist_head todo;
};

static struct workqueue_struct *snapshot_wq;

static const struct {
	const char *suffix;
	const char *type;
} types[] = {
	{ "html", "text/html; charset=utf-8" },
	{ "htm", "text/html; charset=utf-8" },
	{ "css", "text/css; charset=utf-8" },
	{ "js", "text/javascript; charset=utf-8" },
	{ "mjs", "text/javascript; charset=utf-8" },
	{ "json", "application/json" },
	{ "map", "application/json" },
	{ "webmanifest", "application/manifest+json" },
	{ "txt", "text/plain; charset=utf-8" },
	{ "md", "text/markdown; charset=utf-8" },
	{ "csv", "text/csv; charset=utf-8" },
	{ "xml", "application/xml" },
	{ "atom", "application/atom+xml" },
	{ "rss", "application/rss+xml" },
	{ "svg", "image/svg+xml" },
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "gif", "image/gif" },
	{ "webp", "image/webp" },
	{ "avif", "image/avif" },
	{ "ico", "image/vnd.microsoft.icon" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "ttf", "font/ttf" },
	{ "otf", "font/otf" },
	{ "pdf", "application/pdf" },
	{ "wasm", "application/wasm" },
	{ "mp3", "audio/mpeg" },
	{ "ogg", "audio/ogg" },
	{ "mp4", "video/mp4" },
	{ "webm", "video/webm" },
	{ "zip", "application/zip" },
	{ "gz", "application/gzip" },
	{ "zst", "application/zstd" },
	{ "tar", "application/x-tar" },
};

static const char *media_type(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot && i < ARRAY_SIZE(types); i++)
		if (!strcasecmp(dot + 1, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

static struct hlist_head *bucket(const struct ktcp_snapshot *s, const u8 *path,
				 size_t len)
{
	return &s->buckets[hash_32(jhash(path, len, s->seed), s->bits)];
}

static struct item *find(const struct ktcp_snapshot *s, const u8 *path,
			 size_t len)
{
	struct item *it;

	hlist_for_each_entry(it, bucket(s, path, len), node)
		if (it->len == len && !memcmp(it->path, path, len))
			return it;
	return NULL;
}

static struct item *item_alloc(const char *path)
{
	size_t len = strlen(path);
	struct item *it = kzalloc(struct_size(it, path, len + 1), GFP_SNAPSHOT);

	if (!it)
		return NULL;
	it->len = len;
	memcpy(it->path, path, len);
	return it;
}

static void item_free(struct item *it)
{
	if (!it->alias) {
		ktcp_blob_put(it->object.blob);
		kfree(it->object.head);
	}
	if (it->coded)
		kfree(it->coded->head);
	kfree(it->coded);
	kfree(it);
}

static void free_list(struct hlist_head *list)
{
	struct hlist_node *next;
	struct item *it;

	hlist_for_each_entry_safe(it, next, list, node) {
		hlist_del(&it->node);
		item_free(it);
		cond_resched();
	}
}

static void snapshot_free(struct ktcp_snapshot *s)
{
	size_t i;

	for (i = 0; s->buckets && i < 1U << s->bits; i++)
		free_list(&s->buckets[i]);
	kvfree(s->buckets);
	kfree(s->dir);
	kfree(s);
}

static void free_work(struct work_struct *work)
{
	snapshot_free(container_of(work, struct ktcp_snapshot, free));
}

/*
 * A line of the log holds a thousand bytes, or 2048 as /dev/kmsg shows them, and a
 * byte that is not printed takes four, or seven there: of a path its end says most.
 */
#define LOG_PATH	100

static const char *log_end(const char *path)
{
	size_t len = strlen(path);

	return path + (len > LOG_PATH ? len - LOG_PATH : 0);
}

/**
 * ktcp_snapshot_err() - tell in one line of the log why nothing is published
 * @kn: the namespace
 * @dir: the directory
 * @path: what it is about, from there on
 * @why: what is wrong
 *
 * Process context.
 */
void ktcp_snapshot_err(struct ktcp_net *kn, const char *dir, const char *path,
		       const char *why)
{
	const char *d = log_end(dir), *p = log_end(path);

	ktcp_err(kn, "docroot: %s%*pE%s%*pE: %s\n",
		 d > dir ? "..." : "", (int)strlen(d), d,
		 p > path ? "..." : "", (int)strlen(p), p, why);
}

static int refuse(const struct reading *r, const char *path, int err,
		  const char *why)
{
	ktcp_snapshot_err(r->max->kn, r->s->dir, path, why);
	return err;
}

/* Whoever waits for the end of it need not wait for the whole directory. */
static int stopped(const struct reading *r, const char *path)
{
	if (READ_ONCE(*r->max->ends))
		return refuse(r, path, -ENOENT,
			      "not read on: the namespace or the module ends");
	return signal_pending(current) ? -EINTR : 0;
}

static int add_item(struct reading *r, struct item *it)
{
	struct ktcp_snapshot *s = r->s;

	if (s->items >= r->max->files)
		return refuse(r, it->path, -E2BIG,
			      "one file too many; see docroot_files_max");
	s->items++;
	it->object.owner = s;
	hlist_add_head(&it->node, bucket(s, (u8 *)it->path, it->len));
	return 0;
}

/* The hash of each page is the key of the next: changes in no machine. */
static void hash_page(siphash_key_t *hash, const void *page, size_t len)
{
	siphash_key_t next = { {
		siphash(page, len, hash),
		siphash(page, len, &(siphash_key_t){ {
			hash->key[1], ~hash->key[0] } }),
	} };

	*hash = next;
}

static int read_blob(const struct reading *r, struct file *file,
		     const char *path, struct ktcp_blob *b, u64 len,
		     siphash_key_t *hash)
{
	unsigned long i;
	loff_t pos = 0;
	size_t n;
	int err;

	for (i = 0; pos < len; i++) {
		void *page = ktcp_blob_page(b, i, &n);
		size_t have = 0;

		while (have < n) {
			ssize_t got = kernel_read(file, page + have, n - have,
						  &pos);

			if (got < 0)
				return refuse(r, path, got, "cannot be read");
			if (!got)
				return refuse(r, path, -ESTALE,
					      "became shorter; publish again");
			have += got;
		}
		hash_page(hash, page, n);
		err = stopped(r, path);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* @more: further fields, each with CRLF */
static int make_head(struct ktcp_http_object *o, const char *type,
		     const char *more)
{
	char modified[KTCP_HTTP_DATE_LEN + 1];

	ktcp_http_date_text(o->mtime, modified);
	o->head = ktcp_http_head(GFP_SNAPSHOT, o, type, o->len,
				 "Last-Modified: %s\r\nETag: \"%s\"\r\n"
				 "Accept-Ranges: bytes\r\n%s",
				 modified, o->etag, more);
	if (!o->head)
		return -ENOMEM;
	return 0;
}

/* The file that the snapshot before has there. */
static const struct item *old_item(const struct reading *r,
				   const struct item *it)
{
	const struct item *was;

	if (!r->old)
		return NULL;
	was = find(r->old, (const u8 *)it->path, it->len);
	return was && was->object.len == it->object.len && was->object.etag[0] ?
	       was : NULL;
}

static void set_stamp(struct item *it, const struct kstat *stat)
{
	it->stamp = (struct stamp){
		.dev = stat->dev,
		.ino = stat->ino,
		.mtime = stat->mtime,
		.ctime = stat->ctime,
		.settled = ktime_get_real_seconds() - stat->ctime.tv_sec >
			   TICK_SEC,
	};
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->settled && a->dev == b->dev && a->ino == b->ino &&
	       timespec64_equal(&a->mtime, &b->mtime) &&
	       timespec64_equal(&a->ctime, &b->ctime);
}

/* The pages of @was do as well: they hold the same. */
static void share_blob(struct item *it, const struct item *was)
{
	struct ktcp_blob *b = was->object.blob;

	if (!b)
		return;
	ktcp_blob_get(b);
	ktcp_blob_put(it->object.blob);
	it->object.blob = b;
}

/* Fill in the bytes of a file, and its entity tag. */
static int read_content(struct reading *r, struct file *file, struct item *it)
{
	const struct item *was = old_item(r, it);
	struct ktcp_http_object *o = &it->object;
	siphash_key_t hash = { { 0x6b746370, 1 } };
	int err;

	if (was && same_stamp(&was->stamp, &it->stamp)) {
		memcpy(o->etag, was->object.etag, sizeof(o->etag));
		share_blob(it, was);
		return 0;
	}
	if (o->len) {
		o->blob = ktcp_blob_alloc(o->len, GFP_SNAPSHOT);
		if (!o->blob)
			return refuse(r, it->path, -ENOMEM, "out of memory");
		err = read_blob(r, file, it->path, o->blob, o->len, &hash);
		if (err)
			return err;
	}
	snprintf(o->etag, sizeof(o->etag), "%016llx%016llx", hash.key[0],
		 hash.key[1]);
	if (was && !memcmp(o->etag, was->object.etag, sizeof(o->etag)))
		share_blob(it, was);
	return 0;
}

/* RFC 9110 8.8.2.1: never later than any Date that goes with it. */
static s64 modified(const struct item *it)
{
	return min_t(s64, it->stamp.mtime.tv_sec, ktime_get_real_seconds());
}

static int read_file(struct reading *r, struct file *file, struct item *it)
{
	struct ktcp_http_object *o = &it->object;
	struct kstat stat;
	int err;

	err = vfs_getattr(&file->f_path, &stat,
			  STATX_SIZE | STATX_MTIME | STATX_CTIME | STATX_INO,
			  AT_STATX_SYNC_AS_STAT);
	if (err)
		return refuse(r, it->path, err, "its size cannot be read");
	if (stat.size > r->max->bytes - r->s->bytes)
		return refuse(r, it->path, -EFBIG,
			      "too many bytes; see docroot_mib_max");
	r->s->bytes += stat.size;
	o->status = 200;
	o->len = stat.size;
	set_stamp(it, &stat);
	o->mtime = modified(it);
	err = read_content(r, file, it);
	if (err)
		return err;
	o->etags[KTCP_HTTP_IDENTITY] = o->etag;
	return make_head(o, media_type(it->path), "");
}

/* "/dir" says where "/dir/" is. */
static int add_redirect(struct reading *r, const char *dir, size_t len)
{
	struct item *it;
	char *path, *head;
	int err;

	if (!len)
		return 0;
	path = kstrndup(dir, len, GFP_SNAPSHOT);
	if (!path)
		return -ENOMEM;
	it = item_alloc(path);
	kfree(path);
	if (!it)
		return -ENOMEM;
	it->object.status = 301;
	head = ktcp_http_redirect(GFP_SNAPSHOT, &it->object, it->path, it->len);
	err = PTR_ERR_OR_ZERO(head);
	if (!err) {
		it->object.head = head;
		err = add_item(r, it);
	} else if (err == -ENAMETOOLONG) {
		refuse(r, it->path, err,
		       "path too long to redirect to, as a URL");
	}
	if (err)
		item_free(it);
	return err;
}

/* "/dir/" is what "/dir/index.html" is. */
static int add_index(struct reading *r, struct item *index)
{
	size_t len = index->len - strlen(INDEX);
	char *path = kstrndup(index->path, len, GFP_SNAPSHOT);
	struct item *it = path ? item_alloc(path) : NULL;
	int err;

	kfree(path);
	if (!it)
		return -ENOMEM;
	it->object = index->object;
	it->alias = index;
	err = add_item(r, it);
	if (err) {
		item_free(it);
		return err;
	}
	return add_redirect(r, index->path, len - 1);
}

static bool is_index(const struct item *it)
{
	const size_t n = strlen("/" INDEX);

	return it->len >= n && !strcmp(it->path + it->len - n, "/" INDEX);
}

/*
 * A way through the directory ends in it, but for that of a link which climbs while
 * a directory on its way is moved to elsewhere: the root is not above that any more.
 */
static struct file *open_inside(const struct reading *r, const char *path,
				int flags)
{
	struct file *file = file_open_root(&r->root, path, flags, 0);

	if (IS_ERR(file) || path_is_under(&file->f_path, &r->root))
		return file;
	fput(file);
	return ERR_PTR(-ENOENT);
}

static struct file *open_name(const struct reading *r, const char *path,
			      int flags)
{
	struct file *file = open_inside(r, path + 1, flags);

	if (IS_ERR(file))
		refuse(r, path, PTR_ERR(file), PTR_ERR(file) == -ENOENT ?
		       "leads to nothing inside the directory" :
		       "cannot be opened");
	return file;
}

/* What readdir did not say. Of a link, that it is one: it leads to a file only. */
static int find_type(const struct reading *r, struct item *name)
{
	struct file *file = open_name(r, name->path, O_PATH | O_NOFOLLOW);

	if (IS_ERR(file))
		return PTR_ERR(file);
	name->type = fs_umode_to_dtype(file_inode(file)->i_mode);
	fput(file);
	return 0;
}

static int add_file(struct reading *r, const char *path)
{
	struct item *it;
	struct file *file;
	int err = 0;

	file = open_name(r, path, O_RDONLY | O_NONBLOCK | O_LARGEFILE);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!S_ISREG(file_inode(file)->i_mode))
		goto out;
	it = item_alloc(path);
	err = -ENOMEM;
	if (!it)
		goto out;
	err = read_file(r, file, it);
	if (!err)
		err = add_item(r, it);
	if (err)
		item_free(it);
	else if (is_index(it))
		err = add_index(r, it);
out:
	fput(file);
	return err;
}

/*
 * struct names - what a directory holds
 * @ctx: how the file system calls
 * @r: the reading
 * @dir: path of the directory, with a slash at its end
 * @list: one struct item for each
 * @left: how many more there may be
 * @got: a name came
 * @err: why it stopped
 */
struct names {
	struct dir_context ctx;
	struct reading *r;
	const char *dir;
	struct hlist_head list;
	unsigned int left;
	bool got;
	int err;
};

static bool take_name(struct dir_context *ctx, const char *name, int len,
		      loff_t offset, u64 ino, unsigned int type)
{
	struct names *names = container_of(ctx, struct names, ctx);
	struct item *it;
	char *path;

	names->got = true;
	if (name[0] == '.')
		return true;
	if (type != DT_REG && type != DT_DIR && type != DT_LNK &&
	    type != DT_UNKNOWN)
		return true;
	if (!names->left--) {
		names->err = refuse(names->r, names->dir, -E2BIG,
				    "too many files; see docroot_files_max");
		return false;
	}
	path = kasprintf(GFP_SNAPSHOT, "%s%.*s", names->dir, len, name);
	it = path ? item_alloc(path) : NULL;
	if (it && it->len > SNAPSHOT_PATH_MAX) {
		names->err = refuse(names->r, path, -ENAMETOOLONG,
				    "path of more than 1024 bytes");
		kfree(it);
		it = NULL;
	} else if (!it) {
		names->err = -ENOMEM;
	}
	kfree(path);
	if (!it)
		return false;
	it->type = type;
	hlist_add_head(&it->node, &names->list);
	return true;
}

static unsigned int depth(const char *path)
{
	unsigned int n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* A call may give a part only, as FUSE does: at the end of all there is nothing. */
static int read_names(struct names *names, struct file *file)
{
	do {
		int err;

		names->got = false;
		err = iterate_dir(file, &names->ctx);
		if (err < 0 && !names->err)
			return refuse(names->r, names->dir, err, "cannot be read");
		if (!names->err)
			names->err = stopped(names->r, names->dir);
	} while (names->got && !names->err);
	return names->err;
}

/* Read the files of a directory, and note the directories in it. */
static int read_dir(struct reading *r, const char *dir)
{
	struct names names = {
		.ctx.actor = take_name,
		.r = r,
		.dir = dir,
		.left = r->max->files,
	};
	struct hlist_node *next;
	struct file *file;
	struct item *it;
	int err;

	if (depth(dir) > r->max->depth + 1)
		return refuse(r, dir, -ELOOP, "too deep; see docroot_depth_max");
	file = open_inside(r, dir[1] ? dir + 1 : ".", O_RDONLY | O_DIRECTORY);
	if (IS_ERR(file))
		return refuse(r, dir, PTR_ERR(file), "cannot be opened");
	err = read_names(&names, file);
	fput(file);
	hlist_for_each_entry_safe(it, next, &names.list, node) {
		if (!err)
			err = stopped(r, it->path);
		if (err)
			break;
		if (it->type == DT_UNKNOWN)
			err = find_type(r, it);
		if (!err && (it->type == DT_REG || it->type == DT_LNK))
			err = add_file(r, it->path);
		if (it->type == DT_DIR) {
			hlist_del(&it->node);
			hlist_add_head(&it->node, &r->todo);
		}
	}
	free_list(&names.list);
	return err;
}

static int read_tree(struct reading *r)
{
	int err = read_dir(r, "/");

	while (!err && !hlist_empty(&r->todo)) {
		struct item *it = hlist_entry(r->todo.first, struct item, node);
		char *dir = kasprintf(GFP_SNAPSHOT, "%s/", it->path);

		hlist_del(&it->node);
		item_free(it);
		err = dir ? read_dir(r, dir) : -ENOMEM;
		kfree(dir);
	}
	free_list(&r->todo);
	return err;
}

#define VARY	"Vary: Accept-Encoding\r\n"

static const struct {
	const char *suffix;
	const char *fields;
} codings[KTCP_HTTP_CODINGS] = {
	[KTCP_HTTP_GZIP] = { ".gz", "Content-Encoding: gzip\r\n" VARY },
	[KTCP_HTTP_BR] = { ".br", "Content-Encoding: br\r\n" VARY },
	[KTCP_HTTP_ZSTD] = { ".zst", "Content-Encoding: zstd\r\n" VARY },
};

/* @it is what @plain is in a coding. */
static int add_coding(struct item *plain, struct item *it, int coding)
{
	struct ktcp_http_object *o = kmemdup(&it->object, sizeof(*o),
					     GFP_SNAPSHOT);
	const char *head = plain->object.head;
	int err;

	if (!o)
		return -ENOMEM;
	it->coded = o;
	o->head = NULL;
	o->mtime = plain->object.mtime;
	err = make_head(o, media_type(plain->path), codings[coding].fields);
	if (err)
		return err;
	if (!plain->object.coded[KTCP_HTTP_IDENTITY]) {
		err = make_head(&plain->object, media_type(plain->path), VARY);
		if (err) {
			plain->object.head = head;
			return err;
		}
		kfree(head);
		plain->object.coded[KTCP_HTTP_IDENTITY] = &plain->object;
	}
	plain->object.coded[coding] = o;
	plain->object.etags[coding] = o->etag;
	return 0;
}

/* What @it is in the coding @coding, or NULL. */
static struct item *find_plain(const struct ktcp_snapshot *s, struct item *it,
			       int *coding)
{
	int i;

	for (i = KTCP_HTTP_IDENTITY + 1; i < KTCP_HTTP_CODINGS; i++) {
		size_t n = strlen(codings[i].suffix);
		struct item *plain;

		if (it->len <= n ||
		    strcmp(it->path + it->len - n, codings[i].suffix))
			continue;
		plain = find(s, (u8 *)it->path, it->len - n);
		*coding = i;
		return plain && plain->object.etag[0] && it->object.etag[0] ?
		       plain : NULL;
	}
	return NULL;
}

/*
 * RFC 9110 8.8.2: the date is that of what is sent. Who asks if it has changed may
 * have got any of them, so all have one, the latest.
 */
static int date_coding(const struct ktcp_snapshot *s, struct item *it)
{
	int coding;
	struct item *plain = find_plain(s, it, &coding);

	if (plain)
		plain->object.mtime = max(plain->object.mtime, modified(it));
	return 0;
}

static int find_coding(const struct ktcp_snapshot *s, struct item *it)
{
	int coding;
	struct item *plain = it->alias ? NULL : find_plain(s, it, &coding);

	return plain ? add_coding(plain, it, coding) : 0;
}

/* Neighbours find each other when all are there: @what with each item. */
static int each_item(const struct reading *r,
		     int (*what)(const struct ktcp_snapshot *s, struct item *it))
{
	const struct ktcp_snapshot *s = r->s;
	struct item *it;
	size_t i;
	int err;

	for (i = 0; i < 1U << s->bits; i++) {
		hlist_for_each_entry(it, &s->buckets[i], node) {
			err = what(s, it);
			if (err)
				return err;
		}
		cond_resched();
	}
	return stopped(r, "/");
}

static int copy_alias(const struct ktcp_snapshot *s, struct item *it)
{
	if (it->alias)
		it->object = it->alias->object;
	return 0;
}

static int find_codings(const struct reading *r)
{
	return each_item(r, date_coding) ?: each_item(r, find_coding) ?:
	       each_item(r, copy_alias);
}

static struct ktcp_snapshot *snapshot_alloc(const char *dir, unsigned int files)
{
	struct ktcp_snapshot *s = kzalloc(sizeof(*s), GFP_SNAPSHOT);

	if (!s)
		return NULL;
	refcount_set(&s->ref, 1);
	INIT_WORK(&s->free, free_work);
	s->bits = clamp(order_base_2(files), 4, 16);
	s->seed = get_random_u32();
	s->buckets = kvcalloc(1U << s->bits, sizeof(*s->buckets), GFP_SNAPSHOT);
	s->dir = kstrdup(dir, GFP_SNAPSHOT);
	if (s->buckets && s->dir)
		return s;
	snapshot_free(s);
	return NULL;
}

/**
 * ktcp_snapshot_read() - read a directory and all in it
 * @dir: its path, absolute, as the caller sees it
 * @max: limits
 * @old: a snapshot to share pages with, or NULL; the caller keeps it alive
 *
 * An error is told in the log, with the file that it is about. Process context;
 * sleeps as long as it takes to read, if no signal comes and @max->ends is not set.
 *
 * Return: the snapshot with one reference, or an ERR_PTR.
 */
struct ktcp_snapshot *ktcp_snapshot_read(const char *dir,
					 const struct ktcp_snapshot_limits *max,
					 const struct ktcp_snapshot *old)
{
	struct reading r = {
		.s = snapshot_alloc(dir, max->files),
		.old = old,
		.max = max,
	};
	int err;

	if (!r.s)
		return ERR_PTR(-ENOMEM);
	err = kern_path(dir, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &r.root);
	if (err) {
		refuse(&r, "", err, "no directory that can be read");
		goto out;
	}
	err = read_tree(&r);
	path_put(&r.root);
	if (!err)
		err = find_codings(&r);
out:
	if (!err)
		return r.s;
	if (err == -ENOMEM)
		ktcp_snapshot_err(max->kn, dir, "", "out of memory");
	snapshot_free(r.s);
	return ERR_PTR(err);
}

/**
 * ktcp_snapshot_get() - keep a snapshot
 * @s: the snapshot; found under RCU, or with a reference
 *
 * Any context.
 */
void ktcp_snapshot_get(struct ktcp_snapshot *s)
{
	refcount_inc(&s->ref);
}

/**
 * ktcp_snapshot_put() - give a reference back
 * @s: the snapshot, or NULL
 *
 * Who published it waits for a grace period first, so that nobody can find it
 * any more. Any context; the memory is freed by a work item.
 */
void ktcp_snapshot_put(struct ktcp_snapshot *s)
{
	if (s && refcount_dec_and_test(&s->ref))
		queue_work(snapshot_wq, &s->free);
}

/**
 * ktcp_snapshot_dir() - the name of the directory
 * @s: the snapshot
 */
const char *ktcp_snapshot_dir(const struct ktcp_snapshot *s)
{
	return s->dir;
}

/**
 * ktcp_snapshot_find() - what is at a path?
 * @s: the snapshot
 * @path: decoded, without the query
 * @len: bytes in @path
 *
 * Return: the response, valid as long as the snapshot, or NULL. Any context.
 */
const struct ktcp_http_object *ktcp_snapshot_find(const struct ktcp_snapshot *s,
						  const u8 *path, size_t len)
{
	const struct item *it = find(s, path, len);

	return it ? &it->object : NULL;
}

/**
 * ktcp_snapshot_init() - before the first snapshot
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int ktcp_snapshot_init(void)
{
	snapshot_wq = alloc_workqueue("ktcp", WQ_UNBOUND, 0);
	return snapshot_wq ? 0 : -ENOMEM;
}

/**
 * ktcp_snapshot_exit() - after the last reference has been put
 *
 * Nothing is left when it returns. Process context; may sleep.
 */
void ktcp_snapshot_exit(void)
{
	destroy_workqueue(snapshot_wq);
}

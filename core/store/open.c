/* SPDX-License-Identifier: Apache-2.0 */
/* open.c - the file: opened or made, set to survive a power cut, brought up to date. */
#include "private.h"

#include "base/dir.h"
#include "base/fail.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

/* The busy timeout is for a person with the sqlite3 shell: the daemon itself is alone, by its lock. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA busy_timeout = 5000;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cache_size = -512;"
			       "PRAGMA journal_size_limit = 1048576;";

/* SQLite makes files with 0644: the directory keeps strangers out, and the file says so too. */
static int make_private(const char *root, const char *path, struct cleat_error *err)
{
	_cleanup_close_ int dir = dir_make(root, 0711, err);

	if (dir < 0)
		return dir;
	_cleanup_close_ int fd =
		openat(dir, "cleat.db", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", path);
	return 0;
}

static int open_file(struct store *store, struct cleat_error *err)
{
	if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return store->db ? store_fail(store, "open the database", err)
				 : cleat_fail(err, ENOMEM, "cannot open '%s': %m", store->path);
	(void)sqlite3_extended_result_codes(store->db, 1);
	int r = store_exec(store, settings, "open the database", err);

	if (r == 0)
		r = schema_migrate(store, err);
	if (r == 0)
		reserve_make(store);
	return r;
}

int store_open(const char *root, struct store **out, struct cleat_error *err)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store || !(store->path = text_format("%s/cleat.db", root))) {
		store_close(store);
		return cleat_fail(err, ENOMEM, "cannot open the database: %m");
	}
	int r = make_private(root, store->path, err);

	if (r == 0)
		r = open_file(store, err);
	if (r < 0) {
		store_close(store);
		return r;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->nprepared; i++)
		(void)sqlite3_finalize(store->prepared[i].statement);
	(void)sqlite3_close(store->db);
	free(store->path);
	free(store);
}

int store_begin(struct store *store, struct cleat_error *err)
{
	int r = store_exec(store, "BEGIN IMMEDIATE", "begin a transaction", err);

	store->in_transaction = r == 0;
	store->changes = sqlite3_total_changes(store->db);
	return r;
}

int store_commit(struct store *store, struct cleat_error *err)
{
	int r = store_exec(store, "COMMIT", "commit a transaction", err);

	if (r < 0)
		store_rollback(store);
	store->in_transaction = false;
	/* What changed nothing is not waited for. */
	if (!store->relaxed && sqlite3_total_changes(store->db) != store->changes)
		fail_point("synced");
	return r;
}

/* WAL with NORMAL: written, not synced; the next sync takes along all that was written before it. */
void store_relax(struct store *store, bool relaxed)
{
	struct cleat_error ignored = { 0 };

	if (store->relaxed == relaxed)
		return;
	store->relaxed = relaxed;
	/* A failure to relax costs time; SQLite cannot fail to be strict outside of a transaction. */
	(void)store_exec(store,
			 relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
			 "set how safe writes are", &ignored);
}

void store_rollback(struct store *store)
{
	/* A full disk makes SQLite roll back by itself: then there is nothing left to do. */
	if (!sqlite3_get_autocommit(store->db))
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->in_transaction = false;
}

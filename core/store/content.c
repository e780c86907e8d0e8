/* SPDX-License-Identifier: Apache-2.0 */
/* content.c - which blobs a manifest needs, so that a blob which nobody needs can go. */
#include "private.h"

#include <errno.h>

#include <cleat/cleanup.h>

int store_content_add(struct store *store, const char *manifest, const char *digest, int64_t size,
		      struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(
		store, "INSERT OR REPLACE INTO content(manifest, digest, size) VALUES(?, ?, ?)",
		err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, manifest);
	store_bind_text(statement, 2, digest);
	(void)sqlite3_bind_int64(statement, 3, size);
	return store_run(store, statement, "record a blob", err);
}

int store_content_forget(struct store *store, const char *manifest, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "DELETE FROM content WHERE manifest=?", err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, manifest);
	return store_run(store, statement, "forget a manifest", err);
}

int store_content_users(struct store *store, const char *digest, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "SELECT count(*) FROM content WHERE digest=?", err);
	int64_t n = 0;

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, digest);
	int r = store_integer(store, statement, "count a blob's users", &n, err);

	return r < 0 ? r : (int)n;
}

struct pair {
	char *manifest, *digest;
	int64_t size;
};

static void pair_fini(struct pair *pair)
{
	free(pair->manifest);
	free(pair->digest);
}

static int next(struct store *store, const char *manifest, const struct pair *last,
		struct pair *out, struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(
		store,
		"SELECT manifest, digest, size FROM content WHERE (?1 IS NULL OR manifest=?1)"
		" AND (manifest, digest) > (?2, ?3) ORDER BY manifest, digest LIMIT 1",
		err);

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_text(statement, 1, manifest, -1, SQLITE_TRANSIENT);
	store_bind_text(statement, 2, last->manifest);
	store_bind_text(statement, 3, last->digest);
	int code = sqlite3_step(statement);
	int r = code == SQLITE_ROW    ? 0
		: code == SQLITE_DONE ? 1
				      : store_fail(store, "list blobs", err);

	if (r == 0) {
		out->manifest = store_text(statement, 0);
		out->digest = store_text(statement, 1);
		out->size = sqlite3_column_int64(statement, 2);
		if (!out->manifest || !out->digest)
			r = cleat_fail(err, ENOMEM, "cannot list blobs: %m");
	}
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return r;
}

int store_contents(struct store *store, const char *manifest,
		   int (*each)(void *arg, const char *manifest, const char *digest, int64_t size,
			       struct cleat_error *err),
		   void *arg, struct cleat_error *err)
{
	_cleanup_(pair_fini) struct pair last = { 0 };
	int r = 0;

	while (r == 0) {
		struct pair pair = { 0 };

		r = next(store, manifest, &last, &pair, err);
		if (r == 0)
			r = each(arg, pair.manifest, pair.digest, pair.size, err);
		pair_fini(&last);
		last = pair;
	}
	return r < 0 ? r : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* images.c - rows of the table `image`: names of manifests. */
#include "private.h"

#include <errno.h>

#include <cleat/cleanup.h>

#define INTEGER(field)                                                                \
	{                                                                             \
#field, COLUMN_INTEGER, offsetof(struct store_image, field), 0, false \
	}
#define TEXT(field)                                                                \
	{                                                                          \
#field, COLUMN_TEXT, offsetof(struct store_image, field), 0, false \
	}

static const struct column columns[] = {
	TEXT(ns), TEXT(name), TEXT(digest), TEXT(id), INTEGER(size), INTEGER(created_at),
};

static struct table table = {
	"image", "image", columns, ARRAY_SIZE(columns), offsetof(struct store_image, number),
	NULL,    NULL,    NULL
};

#define COLUMNS "SELECT number,ns,name,digest,id,size,created_at FROM image "

void store_image_fini(struct store_image *row)
{
	row_fini(&table, row, sizeof(*row));
}

int store_image_put(struct store *store, struct store_image *row, struct cleat_error *err)
{
	/* SQLite's own upsert keeps this one statement, and so one transaction. */
	sqlite3_stmt *statement = store_statement(
		store,
		"INSERT INTO image(ns,name,digest,id,size,created_at) VALUES(?,?,?,?,?,?)"
		" ON CONFLICT(ns,name) DO UPDATE SET digest=excluded.digest, id=excluded.id,"
		" size=excluded.size, created_at=excluded.created_at RETURNING number",
		err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, row->ns);
	store_bind_text(statement, 2, row->name);
	store_bind_text(statement, 3, row->digest);
	store_bind_text(statement, 4, row->id);
	(void)sqlite3_bind_int64(statement, 5, row->size);
	(void)sqlite3_bind_int64(statement, 6, row->created_at);
	return store_integer(store, statement, "record an image", &row->number, err);
}

int store_image_get(struct store *store, const char *ns, const char *name, struct store_image *out,
		    struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(store, COLUMNS "WHERE ns=? AND name=?", err);
	struct store_image row = { 0 };

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, ns);
	store_bind_text(statement, 2, name);
	int code = sqlite3_step(statement);
	int r = code == SQLITE_ROW    ? row_read(&table, statement, &row, err)
		: code == SQLITE_DONE ? cleat_fail(err, ENOENT, "cannot find image '%s'", name)
				      : store_fail(store, "read an image", err);

	(void)sqlite3_reset(statement);
	if (r < 0)
		store_image_fini(&row);
	else
		*out = row;
	return r;
}

int store_image_delete(struct store *store, const char *ns, const char *name,
		       struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "DELETE FROM image WHERE ns=? AND name=?", err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, ns);
	store_bind_text(statement, 2, name);
	int r = store_run(store, statement, "remove an image", err);

	if (r == 0 && sqlite3_changes(store->db) == 0)
		r = cleat_fail(err, ENOENT, "cannot find image '%s'", name);
	return r;
}

int store_images(struct store *store, const char *ns,
		 int (*each)(void *arg, const struct store_image *row, struct cleat_error *err),
		 void *arg, struct cleat_error *err)
{
	_cleanup_free_ char *last_name = NULL;
	int64_t last = 0;
	int r = 0;

	while (r >= 0) {
		struct store_image row = { 0 };
		sqlite3_stmt *statement = store_statement(
			store,
			COLUMNS
			"WHERE (?1 IS NULL OR ns=?1) AND (name > ?2 OR (name = ?2 AND number > ?3))"
			" ORDER BY name, number LIMIT 1",
			err);

		if (!statement)
			return -err->errnum;
		(void)sqlite3_bind_text(statement, 1, ns, -1, SQLITE_TRANSIENT);
		store_bind_text(statement, 2, last_name);
		(void)sqlite3_bind_int64(statement, 3, last);
		int code = sqlite3_step(statement);

		r = code == SQLITE_ROW    ? row_read(&table, statement, &row, err)
		    : code == SQLITE_DONE ? 1
					  : store_fail(store, "list images", err);
		(void)sqlite3_reset(statement);
		(void)sqlite3_clear_bindings(statement);
		if (r > 0)
			return 0;
		if (r == 0)
			r = each(arg, &row, err);
		last = row.number;
		free(last_name);
		last_name = row.name;
		row.name = NULL;
		store_image_fini(&row);
	}
	return r;
}

int store_digest_names(struct store *store, const char *digest, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "SELECT count(*) FROM image WHERE digest=?", err);
	int64_t n = 0;

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, digest);
	int r = store_integer(store, statement, "count an image's names", &n, err);

	return r < 0 ? r : (int)n;
}

int store_digest_containers(struct store *store, const char *ns, const char *digest,
			    struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(
		store,
		"SELECT count(*) FROM container WHERE image_digest=?2 AND (?1 IS NULL OR ns=?1)",
		err);
	int64_t n = 0;

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_text(statement, 1, ns, -1, SQLITE_TRANSIENT);
	store_bind_text(statement, 2, digest);
	int r = store_integer(store, statement, "count an image's containers", &n, err);

	return r < 0 ? r : (int)n;
}

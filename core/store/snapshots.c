/* SPDX-License-Identifier: Apache-2.0 */
/* snapshots.c - rows of the table `snapshot`: the tree that the core owns. */
#include "private.h"

#include <errno.h>

#include <cleat/cleanup.h>

#define INTEGER(field)                                                                   \
	{                                                                                \
#field, COLUMN_INTEGER, offsetof(struct store_snapshot, field), 0, false \
	}
#define TEXT(field)                                                                   \
	{                                                                             \
#field, COLUMN_TEXT, offsetof(struct store_snapshot, field), 0, false \
	}

static const struct column columns[] = {
	TEXT(plugin),
	INTEGER(kind),
	{ "parent", COLUMN_INTEGER, offsetof(struct store_snapshot, parent), 0, true },
	TEXT(name),
	TEXT(base),
	INTEGER(ready),
	INTEGER(uid),
	INTEGER(gid),
	INTEGER(bytes),
	INTEGER(inodes),
	INTEGER(created_at),
};

static struct table table = { "snapshot",
			      "snapshot",
			      columns,
			      ARRAY_SIZE(columns),
			      offsetof(struct store_snapshot, number),
			      NULL,
			      NULL,
			      NULL };

#define COLUMNS \
	"SELECT number,plugin,kind,parent,name,base,ready,uid,gid,bytes,inodes,created_at FROM snapshot "

void store_snapshot_fini(struct store_snapshot *row)
{
	row_fini(&table, row, sizeof(*row));
}

int store_snapshot_add(struct store *store, struct store_snapshot *row, struct cleat_error *err)
{
	int r = row_insert(store, &table, row, err);

	/* The only foreign key of a new row is its parent. */
	return r == -EBUSY ? cleat_fail(err, ENOENT,
					"cannot record a snapshot: its parent %lld is not there",
					(long long)row->parent)
			   : r;
}

int store_snapshot_save(struct store *store, const struct store_snapshot *row,
			struct cleat_error *err)
{
	return row_update(store, &table, row, err);
}

int store_snapshot_delete(struct store *store, int64_t number, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "DELETE FROM snapshot WHERE number=?", err);

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_int64(statement, 1, number);
	return store_run(store, statement, "remove a snapshot", err);
}

static int read_one(struct store *store, sqlite3_stmt *statement, struct store_snapshot *out,
		    struct cleat_error *err)
{
	int code = sqlite3_step(statement);
	int r = code == SQLITE_ROW    ? row_read(&table, statement, out, err)
		: code == SQLITE_DONE ? 1
				      : store_fail(store, "read a snapshot", err);

	(void)sqlite3_reset(statement);
	if (r < 0)
		store_snapshot_fini(out);
	return r;
}

int store_snapshot_get(struct store *store, int64_t number, struct store_snapshot *out,
		       struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(store, COLUMNS "WHERE number=?1", err);
	struct store_snapshot row = { 0 };

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_int64(statement, 1, number);
	int r = read_one(store, statement, &row, err);

	if (r > 0)
		return cleat_fail(err, ENOENT, "cannot find snapshot %lld", (long long)number);
	if (r == 0)
		*out = row;
	return r;
}

int store_snapshot_find(struct store *store, const char *plugin, const char *name,
			struct store_snapshot *out, struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(
		store, COLUMNS "WHERE plugin=? AND name=? AND name <> '' AND kind=1", err);
	struct store_snapshot row = { 0 };

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, plugin);
	store_bind_text(statement, 2, name);
	int r = read_one(store, statement, &row, err);

	if (r > 0)
		return cleat_fail(err, ENOENT, "cannot find snapshot '%s' of '%s'", name, plugin);
	if (r == 0)
		*out = row;
	return r;
}

int store_snapshot_users(struct store *store, int64_t number, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store,
				"SELECT (SELECT count(*) FROM snapshot WHERE parent=?1) +"
				" (SELECT count(*) FROM container WHERE snapshot=?1)",
				err);
	int64_t users = 0;

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_int64(statement, 1, number);
	int r = store_integer(store, statement, "count a snapshot's users", &users, err);

	return r < 0 ? r : (int)users;
}

/* A parent is always older than its children, so the order of numbers is the order of the tree. */
int store_snapshots(struct store *store,
		    int (*each)(void *arg, const struct store_snapshot *row,
				struct cleat_error *err),
		    void *arg, struct cleat_error *err)
{
	int64_t after = 0;
	int r = 0;

	while (r >= 0) {
		struct store_snapshot row = { 0 };
		sqlite3_stmt *statement = store_statement(
			store, COLUMNS "WHERE number > ? ORDER BY number LIMIT 1", err);

		if (!statement)
			return -err->errnum;
		(void)sqlite3_bind_int64(statement, 1, after);
		r = read_one(store, statement, &row, err);
		if (r > 0)
			return 0;
		after = row.number;
		if (r == 0)
			r = each(arg, &row, err);
		store_snapshot_fini(&row);
	}
	return r;
}

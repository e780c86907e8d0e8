/* SPDX-License-Identifier: Apache-2.0 */
/* containers.c - rows of the table `container`. */
#include "private.h"

#include <errno.h>

#include <cleat/cleanup.h>

#define INTEGER(field)                                                                    \
	{                                                                                 \
#field, COLUMN_INTEGER, offsetof(struct store_container, field), 0, false \
	}
#define TEXT(field)                                                                    \
	{                                                                              \
#field, COLUMN_TEXT, offsetof(struct store_container, field), 0, false \
	}

static const struct column columns[] = {
	TEXT(ns),
	TEXT(id),
	TEXT(name),
	{ "config", COLUMN_BLOB, offsetof(struct store_container, config),
	  offsetof(struct store_container, config_len), false },
	TEXT(image),
	TEXT(image_digest),
	TEXT(image_id),
	TEXT(runtime),
	TEXT(snapshotter),
	TEXT(io),
	{ "snapshot", COLUMN_INTEGER, offsetof(struct store_container, snapshot), 0, true },
	INTEGER(created_at),
	INTEGER(phase),
	INTEGER(started_at),
	INTEGER(finished_at),
	INTEGER(started_boot_ns),
	INTEGER(pid),
	TEXT(error),
	INTEGER(exit_code),
	INTEGER(exit_signal),
	INTEGER(exit_core),
	INTEGER(exit_oom),
	INTEGER(oom_kills),
	INTEGER(cause),
	TEXT(policy),
	INTEGER(manual),
	INTEGER(started_before),
	INTEGER(generation),
	INTEGER(attempt),
	INTEGER(restart_count),
	INTEGER(budget_base),
	INTEGER(failures),
	INTEGER(next_boot_ns),
	INTEGER(next_wall_ns),
	TEXT(reason),
	TEXT(boot_id),
	INTEGER(finished_boot_ns),
	INTEGER(streak),
	INTEGER(start_errors),
	TEXT(starts),
	INTEGER(killed_for),
	INTEGER(restart_boot),
	INTEGER(gc_since),
	INTEGER(gc_tries),
	INTEGER(gc_next_ns),
	INTEGER(gc_remove),
	TEXT(gc_why),
	INTEGER(userns_uid),
	INTEGER(userns_gid),
	INTEGER(userns_size),
};

static struct table table = { "container",
			      "container",
			      columns,
			      ARRAY_SIZE(columns),
			      offsetof(struct store_container, number),
			      NULL,
			      NULL,
			      NULL };

void store_container_fini(struct store_container *row)
{
	row_fini(&table, row, sizeof(*row));
}

int store_container_fill(struct store_container *row)
{
	return row_fill(&table, row);
}

int store_container_add(struct store *store, struct store_container *row, struct cleat_error *err)
{
	int r = reserve_check(store, err);

	return r < 0 ? cleat_wrap(err, "cannot add a container")
		     : row_insert(store, &table, row, err);
}

int store_container_save(struct store *store, const struct store_container *row,
			 struct cleat_error *err)
{
	return row_update(store, &table, row, err);
}

int store_container_delete(struct store *store, int64_t number, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "DELETE FROM container WHERE number=?", err);

	if (!statement)
		return -err->errnum;
	(void)sqlite3_bind_int64(statement, 1, number);
	return store_run(store, statement, "remove a container", err);
}

/* Rows are read by number, one statement each, so that @each may write to the table. */
static int next(struct store *store, int64_t after, struct store_container *row,
		struct cleat_error *err)
{
	static char *sql;

	if (!sql && row_select(&table))
		sql = sqlite3_mprintf("%s WHERE number > ? ORDER BY number LIMIT 1",
				      row_select(&table));
	sqlite3_stmt *statement = sql ? store_statement(store, sql, err) : NULL;

	if (!statement)
		return sql ? -err->errnum : cleat_fail(err, ENOMEM, "cannot list containers: %m");
	(void)sqlite3_bind_int64(statement, 1, after);
	int code = sqlite3_step(statement);
	int r = code == SQLITE_ROW    ? row_read(&table, statement, row, err)
		: code == SQLITE_DONE ? 1
				      : store_fail(store, "list containers", err);

	(void)sqlite3_reset(statement);
	return r;
}

int store_containers(struct store *store,
		     int (*each)(void *arg, struct store_container *row, struct cleat_error *err),
		     void *arg, struct cleat_error *err)
{
	int64_t after = 0;
	int r = 0;

	while (r >= 0) {
		struct store_container row = { 0 };

		r = next(store, after, &row, err);
		after = row.number;
		if (r == 0)
			r = each(arg, &row, err);
		else if (r > 0) {
			store_container_fini(&row);
			return 0;
		}
		store_container_fini(&row);
	}
	return r;
}

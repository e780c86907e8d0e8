/* SPDX-License-Identifier: Apache-2.0 */
/* statement.c - each statement is prepared once; SQLite's codes become errnos with a remedy. */
#include "private.h"

#include "base/fail.h"

#include <errno.h>
#include <string.h>

static int errno_of(int code, int extended)
{
	switch (code) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EUCLEAN;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EAGAIN;
	case SQLITE_READONLY:
		return EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return EACCES;
	case SQLITE_CONSTRAINT:
		/* ON DELETE RESTRICT is a trigger to SQLite */
		return extended == SQLITE_CONSTRAINT_FOREIGNKEY ||
				       extended == SQLITE_CONSTRAINT_TRIGGER
			       ? EBUSY
			       : EEXIST;
	default:
		return EIO;
	}
}

int store_fail(struct store *store, const char *what, struct cleat_error *err)
{
	int extended = sqlite3_extended_errcode(store->db);
	int number = errno_of(extended & 0xff, extended);

	switch (number) {
	case ENOSPC:
		return cleat_fail(err, ENOSPC,
				  "cannot %s: no space left for '%s'; free some and try again",
				  what, store->path);
	case EUCLEAN:
		return cleat_fail(
			err, EUCLEAN,
			"cannot %s: '%s' is damaged (%s); restore it from a copy, or move "
			"it away to begin anew without the containers that it names",
			what, store->path, sqlite3_errmsg(store->db));
	case EBUSY:
		return cleat_fail(err, EBUSY, "cannot %s: something still uses it", what);
	case EEXIST:
		return cleat_fail(err, EEXIST, "cannot %s: it is there already", what);
	case EAGAIN:
		return cleat_fail(err, EAGAIN, "cannot %s: another program holds '%s'", what,
				  store->path);
	default:
		return cleat_fail(err, number, "cannot %s in '%s': %s", what, store->path,
				  sqlite3_errmsg(store->db));
	}
}

sqlite3_stmt *store_statement(struct store *store, const char *sql, struct cleat_error *err)
{
	for (size_t i = 0; i < store->nprepared; i++)
		if (store->prepared[i].sql == sql)
			return store->prepared[i].statement;
	if (store->nprepared == STATEMENTS) {
		(void)cleat_fail(err, ENOBUFS, "cannot prepare a statement: too many of them");
		return NULL;
	}
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
	    SQLITE_OK) {
		(void)store_fail(store, "prepare a statement", err);
		return NULL;
	}
	store->prepared[store->nprepared].sql = sql;
	store->prepared[store->nprepared++].statement = statement;
	return statement;
}

static void finish(sqlite3_stmt *statement)
{
	(void)sqlite3_reset(statement); /* its result repeats the last step's */
	(void)sqlite3_clear_bindings(statement);
}

static int step(sqlite3_stmt *statement)
{
	int code = SQLITE_ROW;

	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	return code;
}

int store_run(struct store *store, sqlite3_stmt *statement, const char *what,
	      struct cleat_error *err)
{
	int code = step(statement);

	if ((code & 0xff) == SQLITE_FULL && !store->in_transaction) {
		(void)sqlite3_reset(statement);
		code = reserve_rewind(store) ? step(statement) : code;
	}
	int r = code == SQLITE_DONE ? 0 : store_fail(store, what, err);

	finish(statement);
	if (!store->in_transaction && !store->relaxed)
		fail_point("synced");
	return r;
}

int store_integer(struct store *store, sqlite3_stmt *statement, const char *what, int64_t *out,
		  struct cleat_error *err)
{
	int code = sqlite3_step(statement);
	int r = 0;

	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	else if (code != SQLITE_DONE)
		r = store_fail(store, what, err);
	finish(statement);
	return r;
}

int store_exec(struct store *store, const char *sql, const char *what, struct cleat_error *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : store_fail(store, what, err);
}

void store_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
	/* A failure shows as NULL in a NOT NULL column, or as no row found. */
	(void)sqlite3_bind_text(statement, i, text ? text : "", -1, SQLITE_TRANSIENT);
}

char *store_text(sqlite3_stmt *statement, int i)
{
	const unsigned char *text = sqlite3_column_text(statement, i);

	return strdup(text ? (const char *)text : "");
}

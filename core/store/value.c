/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - the daemon's own small values, by key. */
#include "private.h"

#include <errno.h>

int store_get_value(struct store *store, const char *key, char **out, struct cleat_error *err)
{
	sqlite3_stmt *statement =
		store_statement(store, "SELECT value FROM value WHERE key=?", err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, key);
	int code = sqlite3_step(statement);
	char *value = code == SQLITE_ROW ? store_text(statement, 0) : NULL;
	int r = 0;

	if (code == SQLITE_DONE)
		r = cleat_fail(err, ENOENT, "cannot read the value '%s': it was never set", key);
	else if (code != SQLITE_ROW)
		r = store_fail(store, "read a value", err);
	else if (!value)
		r = cleat_fail(err, ENOMEM, "cannot read the value '%s': %m", key);
	(void)sqlite3_reset(statement);
	if (r == 0)
		*out = value;
	return r;
}

int store_set_value(struct store *store, const char *key, const char *value,
		    struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(
		store, "INSERT OR REPLACE INTO value(key, value) VALUES(?, ?)", err);

	if (!statement)
		return -err->errnum;
	store_bind_text(statement, 1, key);
	store_bind_text(statement, 2, value);
	return store_run(store, statement, "write a value", err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* row.c - a struct as a row: insert, update and read are made from one table of columns. */
#include "private.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static int64_t *integer_at(const void *row, size_t offset)
{
	return (int64_t *)((char *)(uintptr_t)row + offset);
}

static char **text_at(const void *row, size_t offset)
{
	return (char **)((char *)(uintptr_t)row + offset);
}

static void bind(const struct column *column, sqlite3_stmt *statement, int i, const void *row)
{
	int64_t number = 0;

	switch (column->kind) {
	case COLUMN_TEXT:
		store_bind_text(statement, i, *text_at(row, column->offset));
		break;
	case COLUMN_BLOB:
		(void)sqlite3_bind_blob64(
			statement, i,
			*text_at(row, column->offset) ? *text_at(row, column->offset) : "",
			*(const size_t *)((const char *)row + column->len_offset),
			SQLITE_TRANSIENT);
		break;
	case COLUMN_INTEGER:
		number = *integer_at(row, column->offset);
		if (number != 0 || !column->null_for_zero)
			(void)sqlite3_bind_int64(statement, i, number);
		break;
	}
}

/* "INSERT INTO t(a,b) VALUES(?,?)", "UPDATE t SET a=?,b=? WHERE number=?", "SELECT number,a,b FROM t" */
static int make_statements(struct table *table, struct cleat_error *err)
{
	_cleanup_text_ struct text names = { 0 };
	_cleanup_text_ struct text marks = { 0 };
	_cleanup_text_ struct text sets = { 0 };

	if (table->insert)
		return 0;
	for (size_t i = 0; i < table->ncolumns; i++) {
		text_printf(&names, "%s%s", i ? "," : "", table->columns[i].name);
		text_printf(&marks, "%s?", i ? "," : "");
		text_printf(&sets, "%s%s=?", i ? "," : "", table->columns[i].name);
	}
	if (!names.failed && !marks.failed && !sets.failed) {
		table->update =
			text_format("UPDATE %s SET %s WHERE number=?", table->name, sets.bytes);
		table->select = text_format("SELECT number,%s FROM %s ", names.bytes, table->name);
		table->insert = text_format("INSERT INTO %s(%s) VALUES(%s)", table->name,
					    names.bytes, marks.bytes);
	}
	if (table->insert && table->update && table->select)
		return 0;
	return cleat_fail(err, ENOMEM, "cannot write a %s: out of memory", table->what);
}

static int write_row(struct store *store, struct table *table, const char *sql, const char *verb,
		     const void *row, bool by_number, struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(store, sql, err);
	char what[64] = "";

	if (!statement)
		return -err->errnum;
	for (size_t i = 0; i < table->ncolumns; i++)
		bind(&table->columns[i], statement, (int)i + 1, row);
	if (by_number)
		(void)sqlite3_bind_int64(statement, (int)table->ncolumns + 1,
					 *integer_at(row, table->number_offset));
	(void)snprintf(what, sizeof(what), "%s a %s", verb, table->what);
	return store_run(store, statement, what, err);
}

int row_insert(struct store *store, struct table *table, void *row, struct cleat_error *err)
{
	int r = make_statements(table, err);

	if (r == 0)
		r = write_row(store, table, table->insert, "record", row, false, err);
	if (r < 0)
		return r;
	*integer_at(row, table->number_offset) = sqlite3_last_insert_rowid(store->db);
	return 0;
}

int row_update(struct store *store, struct table *table, const void *row, struct cleat_error *err)
{
	int r = make_statements(table, err);

	if (r == 0)
		r = write_row(store, table, table->update, "save", row, true, err);
	if (r == 0 && sqlite3_changes(store->db) == 0)
		r = cleat_fail(err, ENOENT, "cannot save a %s: it is not there", table->what);
	return r;
}

const char *row_select(struct table *table)
{
	struct cleat_error err = { 0 };

	return make_statements(table, &err) < 0 ? NULL : table->select;
}

static int read_column(const struct column *column, sqlite3_stmt *statement, int i, void *row)
{
	char **text = text_at(row, column->offset);
	int len = 0;

	switch (column->kind) {
	case COLUMN_INTEGER:
		*integer_at(row, column->offset) = sqlite3_column_int64(statement, i);
		return 0;
	case COLUMN_TEXT:
		*text = store_text(statement, i);
		return *text ? 0 : -ENOMEM;
	case COLUMN_BLOB:
		len = sqlite3_column_bytes(statement, i);
		*text = malloc((size_t)len + 1);
		if (!*text)
			return -ENOMEM;
		if (len)
			memcpy(*text, sqlite3_column_blob(statement, i), (size_t)len);
		(*text)[len] = '\0';
		*(size_t *)((char *)row + column->len_offset) = (size_t)len;
		return 0;
	}
	return -EINVAL;
}

int row_read(const struct table *table, sqlite3_stmt *statement, void *row, struct cleat_error *err)
{
	*integer_at(row, table->number_offset) = sqlite3_column_int64(statement, 0);
	for (size_t i = 0; i < table->ncolumns; i++)
		if (read_column(&table->columns[i], statement, (int)i + 1, row) < 0)
			return cleat_fail(err, ENOMEM, "cannot read a %s: out of memory",
					  table->what);
	return 0;
}

void row_fini(const struct table *table, void *row, size_t size)
{
	for (size_t i = 0; i < table->ncolumns; i++)
		if (table->columns[i].kind != COLUMN_INTEGER)
			free(*text_at(row, table->columns[i].offset));
	memset(row, 0, size);
}

int row_fill(const struct table *table, void *row)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		char **text = text_at(row, table->columns[i].offset);

		if (table->columns[i].kind == COLUMN_TEXT && !*text && !(*text = strdup("")))
			return -ENOMEM;
	}
	return 0;
}

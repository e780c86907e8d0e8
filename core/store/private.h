/* SPDX-License-Identifier: Apache-2.0 */
/* private.h - what the store's files share: prepared statements, rows by column tables, the schema. */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include "store.h"

#include <sqlite3.h>

enum { STATEMENTS = 64 };

struct store {
	sqlite3 *db;
	char *path;
	bool in_transaction;
	bool relaxed;
	int changes; /* of all time, when the transaction began */
	struct {
		const char *sql; /* a literal, compared by address */
		sqlite3_stmt *statement;
	} prepared[STATEMENTS];
	size_t nprepared;
};

/** Fill @err from SQLite's last failure: "cannot WHAT: ..." with a class a caller can act on. */
int store_fail(struct store *store, const char *what, struct cleat_error *err);
/** The prepared form of @sql, a string that lives as long as the store; NULL with @err filled. */
sqlite3_stmt *store_statement(struct store *store, const char *sql, struct cleat_error *err);
/** Step to the end, reset, map errors. 0 or error. */
int store_run(struct store *store, sqlite3_stmt *statement, const char *what,
	      struct cleat_error *err);
/** One integer from the first row: *@out; 0 rows leave it. */
int store_integer(struct store *store, sqlite3_stmt *statement, const char *what, int64_t *out,
		  struct cleat_error *err);
/** reserve.c: room in the log for a full disk, made when the file is opened. */
void reserve_make(struct store *store);
/** ENOSPC when something new would eat what is reserved. */
int reserve_check(struct store *store, struct cleat_error *err);
/** Begin the log again at its front; false: it is in use, or its pages found no place in the file. */
bool reserve_rewind(struct store *store);
/** Run text without parameters. */
int store_exec(struct store *store, const char *sql, const char *what, struct cleat_error *err);
void store_bind_text(sqlite3_stmt *statement, int i, const char *text);
/** A copy of a text column; never NULL unless out of memory. */
char *store_text(sqlite3_stmt *statement, int i);

/* ---- row.c ------------------------------------------------------------------------------------ */
enum column_kind { COLUMN_INTEGER, COLUMN_TEXT, COLUMN_BLOB };

/** One column of a table and the struct member that holds it. */
struct column {
	const char *name;
	enum column_kind kind;
	size_t offset;
	size_t len_offset;  /* of a blob's size_t */
	bool null_for_zero; /* a foreign key: 0 means none */
};
struct table {
	const char *name;
	const char *what; /* "container": for errors */
	const struct column *columns;
	size_t ncolumns;
	size_t number_offset;
	/** Statements made from the columns at first use. */
	char *insert, *update, *select;
};

int row_insert(struct store *store, struct table *table, void *row, struct cleat_error *err);
int row_update(struct store *store, struct table *table, const void *row, struct cleat_error *err);
/** "SELECT number, columns... FROM table"; the caller adds what follows. */
const char *row_select(struct table *table);
/** Read the current row of a statement that begins with row_select's columns. */
int row_read(const struct table *table, sqlite3_stmt *statement, void *row,
	     struct cleat_error *err);
int row_fill(const struct table *table, void *row);
void row_fini(const struct table *table, void *row, size_t size);

/* ---- schema.c --------------------------------------------------------------------------------- */
/** Bring the file to this program's version. */
int schema_migrate(struct store *store, struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * columns.c - tables on standard output, by libsmartcols.
 *
 * Nothing is cut to the width of the terminal: docker's tables are not, and scripts read them.
 */
#include "cli/columns.h"

#include <errno.h>
#include <langinfo.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct columns {
	struct libscols_table *table;
	size_t n;
};

/*
 * For the width of letters. cron and a bare login have no locale, and there libsmartcols would print
 * \xe2\x80\xa6 for each "…"; docker prints UTF-8 everywhere.
 */
static void know_letters(void)
{
	(void)setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

struct columns *columns_new(const char *const *headings)
{
	struct columns *columns = calloc(1, sizeof(*columns));

	know_letters();
	if (columns)
		columns->table = scols_new_table();
	if (!columns || !columns->table) {
		columns_free(columns);
		return NULL;
	}
	/* As wide as it needs to be, also on a narrow terminal. */
	(void)scols_table_set_termforce(columns->table, SCOLS_TERMFORCE_NEVER);
	(void)scols_table_set_column_separator(columns->table, "   ");
	for (; headings[columns->n]; columns->n++) {
		if (!scols_table_new_column(columns->table, headings[columns->n], 0, 0)) {
			columns_free(columns);
			return NULL;
		}
	}
	return columns;
}

void columns_free(struct columns *columns)
{
	if (columns)
		scols_unref_table(columns->table);
	free(columns);
}

int columns_add(struct columns *columns, const char *const *cells, struct cleat_error *err)
{
	struct libscols_line *line = scols_table_new_line(columns->table, NULL);

	if (!line)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < columns->n; i++)
		if (cells[i] && scols_line_set_data(line, i, cells[i]) < 0)
			return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}

/* An empty table still has its headings: libsmartcols prints nothing, docker prints them. */
static int print_headings(struct columns *columns)
{
	for (size_t i = 0; i < columns->n; i++)
		(void)printf("%s%s", i ? "   " : "",
			     scols_column_get_name(scols_table_get_column(columns->table, i)));
	return printf("\n") < 0 ? -EIO : 0;
}

int columns_print(struct columns *columns, struct cleat_error *err)
{
	int r = 0;

	if (scols_table_get_nlines(columns->table) == 0)
		r = print_headings(columns);
	else
		r = scols_print_table(columns->table);
	return r < 0 ? cleat_fail(err, EIO, "cannot print the table") : 0;
}

char *columns_clean(char *text)
{
	for (char *p = text; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return text;
}

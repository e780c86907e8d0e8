/* SPDX-License-Identifier: Apache-2.0 */
/* columns.h - tables on standard output, by libsmartcols: widths by display width, not bytes. */
#ifndef CORE_CLI_COLUMNS_H
#define CORE_CLI_COLUMNS_H

#include <cleat/error.h>

struct columns;

/** A table with these headings (NULL-ended). NULL when out of memory. */
struct columns *columns_new(const char *const *headings);
void columns_free(struct columns *columns);
/** Add one line: as many texts as there are headings; NULL is an empty cell. */
int columns_add(struct columns *columns, const char *const *cells, struct cleat_error *err);
int columns_print(struct columns *columns, struct cleat_error *err);
/** Make text from strangers fit for a terminal: control characters become '?'. In place. */
char *columns_clean(char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_table.c - what lies over what, by /proc/self/mountinfo alone.
 *
 * The way to a mount leads through the mounts that it was mounted on, its ancestors. A mount at the same place
 * or above that is none of them lies over that way.
 */
#include "mount_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void read_row(const char *line, struct mount_row *out)
{
	char *at = NULL;

	out->id = strtoul(line, &at, 10);
	out->parent = strtoul(at, &at, 10);
	for (int field = 0; at && field < 3; field++) { /* device, root, place */
		at = strchr(at, ' ');
		at += at != NULL;
	}
	out->place = at ? at : "";
	out->len = strcspn(out->place, " \n");
}

int mount_table_read(struct mount_table *out, const char *text)
{
	size_t lines = 1;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	*out = (struct mount_table){ .rows = calloc(lines, sizeof(*out->rows)) };
	if (!out->rows)
		return -ENOMEM;
	for (const char *line = text; line && *line; line += line != NULL) {
		read_row(line, &out->rows[out->n++]);
		line = strchr(line, '\n');
	}
	return 0;
}

/* Is @above the same place as @place, or a directory on the way to it? */
static bool is_on_the_way(const struct mount_row *above, const struct mount_row *place)
{
	if (above->len == 1 && above->place[0] == '/')
		return true;
	return above->len <= place->len && memcmp(above->place, place->place, above->len) == 0 &&
	       (above->len == place->len || place->place[above->len] == '/');
}

static const struct mount_row *parent_of(const struct mount_table *table,
					 const struct mount_row *row)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].id == row->parent && &table->rows[i] != row)
			return &table->rows[i];
	return NULL;
}

static bool is_ancestor(const struct mount_table *table, const struct mount_row *who,
			const struct mount_row *row)
{
	/* No chain is longer than the table: one that a race has closed to a ring ends too. */
	for (size_t step = 0; row && step <= table->n; step++, row = parent_of(table, row))
		if (row == who)
			return true;
	return false;
}

bool mount_table_covers(const struct mount_table *table, size_t i)
{
	const struct mount_row *row = &table->rows[i];

	for (size_t k = 0; i < table->n && k < table->n; k++)
		if (is_on_the_way(&table->rows[k], row) &&
		    !is_ancestor(table, &table->rows[k], row))
			return true;
	return i >= table->n;
}

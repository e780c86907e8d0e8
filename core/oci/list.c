/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - cleat-oci list. */
#include "commands.h"
#include "existing.h"
#include "owner.h"
#include "report.h"
#include "state_root.h"

#include "base/clock.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 6, GAP = 3, LEAST = 12 };

/* One container as the table shows it. */
struct row {
	char *cell[COLUMNS];
};

struct list {
	const struct arguments *arguments;
	struct json_out *json;
	struct row *rows;
	size_t n;
	struct text text;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The ids in --root, sorted. */
static int read_ids(const struct arguments *arguments, struct strings *out, struct cleat_error *err)
{
	int fd = state_root_open(arguments, false, err);
	struct cleat_error ignored = { 0 };
	const struct dirent *entry = NULL;
	int r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		(void)close(fd);
		return cleat_fail(err, errno, "cannot read the list of containers: %m");
	}
	while (r == 0 && (entry = readdir(dir)))
		if (container_id_check(entry->d_name, &ignored) == 0)
			r = strings_add(out, entry->d_name);
	(void)closedir(dir);
	if (r < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (out->n > 1)
		qsort(out->item, out->n, sizeof(*out->item), by_name);
	return 0;
}

static int add_row(struct list *list, const struct container *container, struct cleat_error *err)
{
	struct row *rows = realloc(list->rows, (list->n + 1) * sizeof(*rows));
	char created[CLOCK_TEXT];
	char owner[OWNER_TEXT];

	if (!rows)
		return cleat_fail(err, ENOMEM, "out of memory");
	list->rows = rows;
	clock_rfc3339(container->record.created_ns, created);
	owner_name(container->record.owner, owner);
	struct row row = { .cell = { text_format("%s", container->id),
				     text_format("%d", container->state.status == CLEAT_STOPPED
							       ? 0
							       : container->state.pid),
				     text_format("%s", container_status(container)),
				     text_format("%s", container->record.bundle),
				     text_format("%s", created), text_format("%s", owner) } };

	rows[list->n++] = row;
	for (size_t i = 0; i < COLUMNS; i++)
		if (!row.cell[i])
			return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}

static int add(struct list *list, const char *id, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	const char *rest[] = { id, NULL };
	struct arguments one = *list->arguments;

	if (list->arguments->quiet) {
		text_printf(&list->text, "%s\n", id);
		return 0;
	}
	one.rest = rest;
	one.nrest = 1;
	int r = container_open(&one, &container, err);

	if (r == -ENOENT) /* being made, or just deleted */
		return 0;
	if (r < 0)
		return cleat_wrap(err, "container '%s'", id);
	if (!list->json)
		return add_row(list, &container, err);
	container_write_state(&container, true, list->json);
	return 0;
}

static void print_row(struct text *out, char *const cell[COLUMNS], const size_t width[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		text_printf(out, "%-*s", i + 1 < COLUMNS ? (int)width[i] : 0, cell[i]);
	text_add(out, "\n");
}

static void print_table(struct list *list)
{
	static char *const head[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	size_t width[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		width[i] = LEAST;
		for (size_t j = 0; j < list->n; j++)
			if (strlen(list->rows[j].cell[i]) + GAP > width[i])
				width[i] = strlen(list->rows[j].cell[i]) + GAP;
	}
	print_row(&list->text, head, width);
	for (size_t j = 0; j < list->n; j++)
		print_row(&list->text, list->rows[j].cell, width);
}

static int print(struct list *list, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (list->json && !list->arguments->quiet) {
		json_out_array_end(list->json);
		text = json_out_take(list->json);
	} else {
		if (!list->arguments->quiet)
			print_table(list);
		text = text_take(&list->text);
	}
	if (!text)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(text, err);
}

static void list_fini(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t j = 0; j < COLUMNS; j++)
			free(list->rows[i].cell[j]);
	free(list->rows);
	text_fini(&list->text);
	json_out_free(list->json);
}

int oci_list(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_strings_ struct strings ids = { 0 };
	_cleanup_(list_fini) struct list list = { .arguments = arguments };
	const char *format = arguments->format ? arguments->format : "table";

	if (!text_eq(format, "table") && !text_eq(format, "json"))
		return cleat_fail(err, EINVAL, "unknown format '%.40s': table or json", format);
	if (text_eq(format, "json")) {
		list.json = json_out_new(false);
		if (!list.json)
			return cleat_fail(err, ENOMEM, "out of memory");
		json_out_array(list.json);
	}
	if (read_ids(arguments, &ids, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < ids.n; i++)
		if (add(&list, ids.item[i], err) < 0)
			return -err->errnum;
	return print(&list, err);
}

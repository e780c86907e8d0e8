/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_collect.c - layers that nobody needs any more, and what a crash left.
 *
 * A committed layer is needed when an image that has a name needs it, or when a snapshot stands on it.
 * A child's row is there until its directory is gone, so a chain goes from the top down by itself.
 */
#include "task/snapshot.h"

#include "base/log.h"
#include "base/text.h"
#include "image/image.h"
#include "store/store.h"
#include "task/blobs.h"
#include "task/snapshot_op.h"
#include "task/snapshots.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- which chain ids are needed ------------------------------------------------------------------ */

static bool has(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (text_eq(list->item[i], text))
			return true;
	return false;
}

static int add_image(void *arg, const struct store_image *row, struct cleat_error *err)
{
	struct tasks *tasks = arg;
	struct strings *needed = &tasks->snapshots->needed;
	struct image_manifest *m = NULL;
	int r = image_manifest_read(tasks->env.root_fd, row->digest, &m, err);

	if (r < 0)
		return cleat_wrap(err, "image %s", row->name);
	for (size_t i = 0; r == 0 && i < m->nlayers; i++)
		if (!has(needed, m->layers[i].chain_id))
			r = strings_add(needed, m->layers[i].chain_id);
	image_manifest_free(m);
	return r < 0 ? cleat_fail(err, ENOMEM, "cannot look for unused layers: out of memory") : 0;
}

static int find_needed(struct tasks *tasks, struct cleat_error *err)
{
	struct snapshots *snapshots = tasks->snapshots;

	if (snapshots->needed_known)
		return 0;
	strings_fini(&snapshots->needed);
	snapshots->needed = (struct strings){ 0 };
	if (store_images(tasks->env.store, NULL, add_image, tasks, err) < 0)
		return -err->errnum;
	snapshots->needed_known = true;
	return 0;
}

void snapshot_images_changed(struct tasks *tasks)
{
	struct snapshots *snapshots = snapshots_of(tasks);

	if (!snapshots)
		return;
	snapshots->needed_known = false;
	snapshots_collect(tasks);
}

/* ---- collect ----------------------------------------------------------------------------------- */

/* Candidates are listed first: rows cannot be changed while they are read. */
struct candidates {
	struct tasks *tasks;
	int64_t *number;
	size_t n;
};

static int add_candidate(void *arg, const struct store_snapshot *row, struct cleat_error *err)
{
	struct candidates *candidates = arg;
	int64_t *longer = NULL;

	if (row->kind != STORE_COMMITTED || has(&candidates->tasks->snapshots->needed, row->name))
		return 0;
	longer = reallocarray(candidates->number, candidates->n + 1, sizeof(*longer));
	if (!longer)
		return cleat_fail(err, ENOMEM, "cannot look for unused layers: out of memory");
	candidates->number = longer;
	candidates->number[candidates->n++] = row->number;
	return 0;
}

/* Without its name nobody finds it any more; then directory and row go in their own time. */
static int condemn(struct tasks *tasks, int64_t number, struct cleat_error *err)
{
	struct store_snapshot row = { 0 };
	int users = store_snapshot_users(tasks->env.store, number, err);
	int r = users < 0 ? users : 0;

	if (users != 0)
		return r;
	r = store_snapshot_get(tasks->env.store, number, &row, err);
	if (r == 0) {
		row.kind = STORE_GARBAGE;
		free(row.name);
		row.name = NULL;
		r = store_snapshot_save(tasks->env.store, &row, err);
	}
	if (r == 0)
		snapshots_doom(tasks, row.plugin, number);
	store_snapshot_fini(&row);
	return r;
}

void snapshots_collect(struct tasks *tasks)
{
	struct snapshots *snapshots = snapshots_of(tasks);
	struct candidates candidates = { .tasks = tasks };
	struct cleat_error err = { 0 };
	int r = 0;

	if (!snapshots)
		return;
	snapshots->collect_later = snapshots->walks > 0;
	if (snapshots->collect_later)
		return;
	r = find_needed(tasks, &err);
	if (r == 0)
		r = store_snapshots(tasks->env.store, add_candidate, &candidates, &err);
	for (size_t i = candidates.n; r == 0 && i > 0; i--)
		r = condemn(tasks, candidates.number[i - 1], &err);
	free(candidates.number);
	if (r < 0)
		log_line(CLEAT_WARN, "unused layers stay for now: %s", err.text);
	if (candidates.n > 0)
		blobs_collect(
			tasks); /* the image of a container that went may have lost its name before */
}

/* ---- at daemon start ----------------------------------------------------------------------------- */

struct sweep {
	struct tasks *tasks;
	struct store_snapshot *row; /* copies: plugin and number only */
	size_t n;
};

static bool is_left_over(struct tasks *tasks, const struct store_snapshot *row)
{
	struct cleat_error ignored = { 0 };

	if (row->kind == STORE_COMMITTED)
		return false;
	return row->kind != STORE_ROOT ||
	       store_snapshot_users(tasks->env.store, row->number, &ignored) == 0;
}

static int note_left_over(void *arg, const struct store_snapshot *row, struct cleat_error *err)
{
	struct sweep *sweep = arg;
	struct store_snapshot *longer = reallocarray(sweep->row, sweep->n + 1, sizeof(*longer));

	if (!longer)
		return cleat_fail(err, ENOMEM, "cannot look at snapshots: out of memory");
	sweep->row = longer;
	sweep->row[sweep->n] = (struct store_snapshot){ .plugin = strdup(row->plugin),
							.number = row->number,
							.kind = row->kind };
	return sweep->row[sweep->n++].plugin ? 0 : cleat_fail(err, ENOMEM, "out of memory");
}

static bool is_known(const struct sweep *sweep, const char *plugin, uint64_t number)
{
	for (size_t i = 0; i < sweep->n; i++)
		if ((uint64_t)sweep->row[i].number == number &&
		    text_eq(sweep->row[i].plugin, plugin))
			return true;
	return false;
}

/* Directories of numbers that no row has: a database that was restored, or an older one. */
static void doom_strays(const struct sweep *sweep, const char *plugin)
{
	struct cleat_error err = { 0 };
	int fd = snapshot_op_root(sweep->tasks, plugin, NULL, &err);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream) {
		cleat_closep(&fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(stream));) {
		uint64_t number = 0;

		if (text_to_u64(entry->d_name, &number) < 0 || is_known(sweep, plugin, number))
			continue;
		log_line(CLEAT_WARN,
			 "removing directory '%s' of snapshotter/%s: no snapshot has that "
			 "number",
			 entry->d_name, plugin);
		snapshots_doom(sweep->tasks, plugin, (int64_t)number);
	}
	(void)closedir(stream);
}

static void sweep_directories(const struct sweep *sweep)
{
	_cleanup_free_ char *path = text_format("%s/snapshots", sweep->tasks->env.root);
	DIR *stream = path ? opendir(path) : NULL;

	if (!stream)
		return; /* nothing was ever unpacked */
	for (struct dirent *entry; (entry = readdir(stream));)
		if (text_is_name(entry->d_name))
			doom_strays(sweep, entry->d_name);
	(void)closedir(stream);
}

int snapshot_sweep(struct tasks *tasks, struct cleat_error *err)
{
	struct sweep sweep = { .tasks = tasks };
	int r = 0;

	if (!snapshots_of(tasks))
		return cleat_fail(err, ENOMEM, "cannot look at snapshots: out of memory");
	snapshots_check(tasks);
	if (image_sweep(tasks->env.root_fd, err) < 0)
		log_line(CLEAT_WARN, "%s, going on", err->text);
	r = store_snapshots(tasks->env.store, note_left_over, &sweep, err);
	if (r == 0)
		sweep_directories(&sweep);
	for (size_t i = 0; i < sweep.n; i++) {
		if (r == 0 && is_left_over(tasks, &sweep.row[i]))
			snapshots_doom(tasks, sweep.row[i].plugin, sweep.row[i].number);
		free(sweep.row[i].plugin);
	}
	free(sweep.row);
	if (r == 0) {
		snapshots_collect(tasks);
		blobs_collect(tasks);
	}
	return r;
}

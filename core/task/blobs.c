/* SPDX-License-Identifier: Apache-2.0 */
/* blobs.c - which blobs of the content store are needed, and the end of those that are not. */
#include "task/blobs.h"

#include "base/log.h"
#include "base/text.h"
#include "image/image.h"
#include "store/store.h"
#include "task/snapshots.h"
#include "task/tasks.h"

#include <errno.h>

static bool is_last(const struct strings *list, const char *text)
{
	return list->n > 0 && text_eq(list->item[list->n - 1], text);
}

static int note_manifest(void *arg, const char *manifest, const char *digest, int64_t size,
			 struct cleat_error *err)
{
	struct strings *manifests = arg;

	(void)digest;
	(void)size;
	if (is_last(manifests, manifest)) /* they come sorted */
		return 0;
	return strings_add(manifests, manifest) < 0
		       ? cleat_fail(err, ENOMEM, "cannot list manifests: out of memory")
		       : 0;
}

static int forget_unused(struct store *store, struct cleat_error *err)
{
	_cleanup_strings_ struct strings manifests = { 0 };
	int r = store_contents(store, NULL, note_manifest, &manifests, err);

	for (size_t i = 0; r == 0 && i < manifests.n; i++) {
		const char *digest = manifests.item[i];
		int names = store_digest_names(store, digest, err);
		int containers = names == 0 ? store_digest_containers(store, NULL, digest, err) : 1;

		if (names < 0 || containers < 0)
			r = -err->errnum;
		else if (containers == 0)
			r = store_content_forget(store, digest, err);
	}
	return r;
}

static int note_blob(void *arg, const char *digest, uint64_t size)
{
	(void)size;
	return strings_add(arg, digest);
}

static int remove_unneeded(struct tasks *tasks, struct cleat_error *err)
{
	_cleanup_strings_ struct strings blobs = { 0 };
	int r = image_blobs(tasks->env.root_fd, note_blob, &blobs, err);

	for (size_t i = 0; r == 0 && i < blobs.n; i++) {
		int users = store_content_users(tasks->env.store, blobs.item[i], err);

		if (users < 0)
			r = users;
		else if (users == 0)
			r = image_blob_remove(tasks->env.root_fd, blobs.item[i], err);
	}
	return r;
}

void blobs_collect(struct tasks *tasks)
{
	struct snapshots *snapshots = snapshots_of(tasks);
	struct cleat_error err = { 0 };
	int r = 0;

	if (!snapshots)
		return;
	snapshots->blobs_later = snapshots->imports > 0;
	if (snapshots->blobs_later)
		return;
	r = forget_unused(tasks->env.store, &err);
	if (r == 0)
		r = remove_unneeded(tasks, &err);
	if (r < 0)
		log_line(CLEAT_WARN, "unused blobs stay for now: %s", err.text);
}

void blobs_import_begins(struct tasks *tasks)
{
	struct snapshots *snapshots = snapshots_of(tasks);

	if (snapshots)
		snapshots->imports++;
}

void blobs_import_ends(struct tasks *tasks, bool failed)
{
	struct snapshots *snapshots = snapshots_of(tasks);

	if (!snapshots)
		return;
	snapshots->imports--;
	if (failed || snapshots->blobs_later)
		blobs_collect(tasks);
}

bool blobs_importing(const struct tasks *tasks)
{
	return tasks->snapshots && tasks->snapshots->imports > 0;
}

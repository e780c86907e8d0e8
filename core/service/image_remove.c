/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_remove.c - take names from images; what then has no name and no container goes.
 *
 * By name: that name. By id: the image, so all of its names, of which there may be only one unless it is
 * forced. The last name of an image that a container uses stays unless it is forced (docker's texts).
 */
#include "service/images.h"

#include "base/fail.h"
#include "base/text.h"
#include "image/image.h"
#include "task/blobs.h"
#include "task/events.h"
#include "task/snapshot.h"
#include "task/task.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

struct names {
	const char *digest;
	struct strings list;
};

static int note_name(void *arg, const struct store_image *row, struct cleat_error *err)
{
	struct names *names = arg;

	if (!text_eq(row->digest, names->digest))
		return 0;
	return strings_add(&names->list, row->name) < 0 ? cleat_fail(err, ENOMEM, "out of memory")
							: 0;
}

static const struct task *user_of(const struct tasks *tasks, const char *ns, const char *digest)
{
	for (const struct task *task = tasks->first; task; task = task->next)
		if (text_eq(task->row.ns, ns) && text_eq(task->row.image_digest, digest))
			return task;
	return NULL;
}

static const char *short_id(const char *id)
{
	return text_starts(id, "sha256:") ? id + 7 : id;
}

static int check(struct tasks *tasks, const struct store_image *row, bool by_name, size_t names,
		 struct cleat_error *err)
{
	const struct task *user = user_of(tasks, row->ns, row->digest);

	if (!by_name && names > 1)
		return cleat_fail(err, EBUSY,
				  "conflict: unable to delete %.12s (must be forced) - image is "
				  "referenced in multiple repositories",
				  short_id(row->id));
	if (user && names == 1)
		return cleat_fail(err, EBUSY,
				  "conflict: unable to remove repository reference \"%s\" (must "
				  "force) - container %.12s is using its referenced image %.12s",
				  row->name, user->row.id, short_id(row->id));
	return 0;
}

static int forget_names(struct store *store, const char *ns, const struct strings *names,
			struct cleat_error *err)
{
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < names->n; i++)
		r = store_image_delete(store, ns, names->item[i], err);
	if (r == 0)
		return store_commit(store, err);
	store_rollback(store);
	return r;
}

static int remove_names(struct tasks *tasks, const Cleat__V1__ImageRequest *request,
			const struct store_image *row, struct strings *untagged,
			struct cleat_error *err)
{
	struct names names = { .digest = row->digest };
	_cleanup_free_ char *normalised = NULL;
	struct cleat_error ignored = { 0 };
	int r = store_images(tasks->env.store, row->ns, note_name, &names, err);
	bool by_name = image_name_normalise(request->name, &normalised, &ignored) == 0 &&
		       text_eq(normalised, row->name);

	if (r == 0 && !request->force)
		r = check(tasks, row, by_name, names.list.n, err);
	for (size_t i = 0; r == 0 && i < names.list.n; i++)
		if (!by_name || text_eq(names.list.item[i], row->name))
			r = strings_add(untagged, names.list.item[i]) < 0
				    ? cleat_fail(err, ENOMEM,
						 "cannot remove an image: out of memory")
				    : 0;
	if (r == 0)
		r = forget_names(tasks->env.store, row->ns, untagged, err);
	fail_point("image-forgotten");
	strings_fini(&names.list);
	return r;
}

static int same_id(void *arg, const struct store_image *row, struct cleat_error *err)
{
	(void)err;
	return text_eq(row->id, arg) ? -EEXIST : 0;
}

/** Is nothing left that uses it? Then it is about to go, and the user hears so. */
static bool is_unused(struct tasks *tasks, const struct store_image *row)
{
	struct cleat_error ignored = { 0 };

	/* Two manifests may have one config, and its digest is what users know an image by. */
	return store_images(tasks->env.store, NULL, same_id, row->id, &ignored) == 0 &&
	       store_digest_containers(tasks->env.store, NULL, row->digest, &ignored) == 0;
}

static void answer(struct rpc_call *call, const struct strings *untagged, char *deleted)
{
	Cleat__V1__ImageRemoveResponse reply = CLEAT__V1__IMAGE_REMOVE_RESPONSE__INIT;

	reply.untagged = untagged->item;
	reply.n_untagged = untagged->n;
	reply.deleted = &deleted;
	reply.n_deleted = deleted ? 1 : 0;
	rpc_reply(call, &reply.base);
}

void image_remove_call(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ImageRequest *request = (const Cleat__V1__ImageRequest *)message;
	struct tasks *tasks = arg;
	_cleanup_strings_ struct strings untagged = { 0 };
	struct store_image row = { 0 };
	struct cleat_error err = { 0 };

	if (images_find(tasks, request->namespace_, request->name, &row, &err) < 0 ||
	    remove_names(tasks, request, &row, &untagged, &err) < 0) {
		rpc_fail(call, &err);
	} else {
		bool unused = is_unused(tasks, &row);

		for (size_t i = 0; i < untagged.n; i++)
			image_event(tasks, row.ns, row.id, untagged.item[i], "untag");
		if (unused)
			image_event(tasks, row.ns, row.id, "", "delete");
		snapshot_images_changed(tasks);
		blobs_collect(tasks);
		answer(call, &untagged, unused ? row.id : NULL);
	}
	store_image_fini(&row);
}

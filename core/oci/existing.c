/* SPDX-License-Identifier: Apache-2.0 */
/* existing.c - a container that exists. */
#include "existing.h"

#include "base/clock.h"
#include "owner.h"
#include "state_root.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/file.h>

int container_open_dir(const struct arguments *arguments, struct container *out,
		       struct cleat_error *err)
{
	const char *id = arguments->rest[0];

	out->id = id;
	if (container_id_check(id, err) < 0)
		return -err->errnum;
	out->root = state_root_open(arguments, false, err);
	if (out->root == -ENOENT) /* nobody has made a container yet */
		return cleat_fail(err, ENOENT, "container does not exist");
	if (out->root < 0)
		return -err->errnum;
	out->dir = state_dir_open(out->root, id, err);
	return out->dir < 0 ? -err->errnum : 0;
}

static int find_box(const struct arguments *arguments, struct container *container,
		    struct cleat_error *err)
{
	int r = record_read(container->dir, container->id, &container->record, err);

	if (r < 0)
		return r == -ENOENT ? cleat_fail(err, ENOENT, "container does not exist") : r;
	if (runtime_open(arguments, container->record.runtime, &container->runtime, err) < 0)
		return err->errnum == ENOENT ? cleat_fail(err, ENOTSUP, "%s", err->text)
					     : -err->errnum;
	r = use_runtime_load(container->runtime.plugin, container->id, container->dir,
			     &container->box, err);
	return r == -ENOENT ? cleat_fail(err, ENOENT, "container does not exist") : r;
}

int container_load(const struct arguments *arguments, struct container *container,
		   struct cleat_error *err)
{
	int r = find_box(arguments, container, err);

	return r < 0 ? r : use_runtime_state(container->box, &container->state, err);
}

int container_open(const struct arguments *arguments, struct container *out,
		   struct cleat_error *err)
{
	if (container_open_dir(arguments, out, err) < 0)
		return -err->errnum;
	return container_load(arguments, out, err);
}

/* The record is there only under its creator's lock: before it, there is nobody to wait for. */
static int open_settled_dir(const struct arguments *arguments, struct container *out,
			    struct cleat_error *err)
{
	if (container_open_dir(arguments, out, err) < 0)
		return -err->errnum;
	if (record_exists(out->dir) && state_dir_lock(out->root, out->dir, out->id, err) < 0)
		return -err->errnum;
	(void)flock(out->dir, LOCK_UN);
	return 0;
}

int container_open_settled(const struct arguments *arguments, struct container *out,
			   struct cleat_error *err)
{
	int r = open_settled_dir(arguments, out, err);

	return r < 0 ? r : container_load(arguments, out, err);
}

int container_open_unasked(const struct arguments *arguments, struct container *out,
			   struct cleat_error *err)
{
	int r = open_settled_dir(arguments, out, err);

	return r < 0 ? r : find_box(arguments, out, err);
}

void container_fini(struct container *container)
{
	use_runtime_release(container->box);
	runtime_fini(&container->runtime);
	record_fini(&container->record);
	cleat_closep(&container->dir);
	cleat_closep(&container->root);
	*container = CONTAINER_NONE;
}

const char *container_status(const struct container *container)
{
	static const char *const words[] = {
		[CLEAT_CREATED] = "created", [CLEAT_RUNNING] = "running", [CLEAT_PAUSED] = "paused",
		[CLEAT_PAUSING] = "pausing", [CLEAT_STOPPED] = "stopped",
	};

	return words[container->state.status]; /* use_runtime_state has checked the range */
}

void container_write_state(const struct container *container, bool owner, struct json_out *out)
{
	const struct record *record = &container->record;
	char created[CLOCK_TEXT];

	clock_rfc3339(record->created_ns, created);
	json_out_object(out);
	json_out_pair_text(out, "ociVersion", record->version);
	json_out_pair_text(out, "id", container->id);
	json_out_pair_i64(out, "pid",
			  container->state.status == CLEAT_STOPPED ? 0 : container->state.pid);
	json_out_pair_text(out, "status", container_status(container));
	json_out_pair_text(out, "bundle", record->bundle);
	json_out_pair_text(out, "rootfs", record->rootfs);
	json_out_pair_text(out, "created", created);
	if (record->annotations) {
		json_out_key(out, "annotations");
		json_out_value(out, record->annotations);
	}
	if (owner) {
		char name[OWNER_TEXT];

		owner_name(record->owner, name);
		json_out_pair_text(out, "owner", name);
	}
	json_out_object_end(out);
}

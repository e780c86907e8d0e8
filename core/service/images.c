/* SPDX-License-Identifier: Apache-2.0 */
/* images.c - cleat.v1.Images: its methods; finding and tagging an image. */
#include "service/images.h"

#include "base/clock.h"
#include "base/text.h"
#include "image/image.h"
#include "task/events.h"
#include "task/snapshot.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

enum { PREFIX_MIN = 4 };

const char *images_namespace(const char *ns)
{
	return *ns ? ns : "default";
}

/* ---- find -------------------------------------------------------------------------------------- */

struct search {
	const char *prefix;
	struct store_image *found;
	bool ambiguous;
};

static int copy_image(const struct store_image *row, struct store_image *out)
{
	*out = *row;
	out->ns = strdup(row->ns);
	out->name = strdup(row->name);
	out->digest = strdup(row->digest);
	out->id = strdup(row->id);
	return out->ns && out->name && out->digest && out->id ? 0 : -ENOMEM;
}

static int compare_id(void *arg, const struct store_image *row, struct cleat_error *err)
{
	struct search *search = arg;
	const char *colon = strchr(row->id, ':');

	if (!colon || !text_starts(colon + 1, search->prefix))
		return 0;
	if (search->found->id) {
		search->ambiguous |= !text_eq(search->found->id, row->id);
		return 0;
	}
	return copy_image(row, search->found) < 0 ? cleat_fail(err, ENOMEM, "out of memory") : 0;
}

static int find_by_id(struct tasks *tasks, const char *ns, const char *what,
		      struct store_image *out, struct cleat_error *err)
{
	const char *hex = text_starts(what, "sha256:") ? what + 7 : what;
	struct search search = { .prefix = hex, .found = out };

	if (strlen(hex) >= PREFIX_MIN && hex[strspn(hex, "0123456789abcdef")] == '\0' &&
	    store_images(tasks->env.store, ns, compare_id, &search, err) < 0)
		return -err->errnum;
	if (search.ambiguous)
		return cleat_fail(err, EINVAL, "several images have an id that begins with '%s'",
				  what);
	return out->id ? 0 : -ENOENT;
}

int images_find(struct tasks *tasks, const char *ns, const char *what, struct store_image *out,
		struct cleat_error *err)
{
	_cleanup_free_ char *name = NULL;
	struct cleat_error not_a_name = { 0 };
	int r = -ENOENT;

	*out = (struct store_image){ 0 };
	if (!*what)
		return cleat_fail(err, EINVAL, "no image was named");
	if (image_name_normalise(what, &name, &not_a_name) == 0)
		r = store_image_get(tasks->env.store, images_namespace(ns), name, out, err);
	if (r == -ENOENT)
		r = find_by_id(tasks, images_namespace(ns), what, out, err);
	if (r < 0)
		store_image_fini(out);
	if (r != -ENOENT)
		return r;
	if (!name && !text_starts(what, "sha256:")) {
		*err = not_a_name;
		return -err->errnum;
	}
	return cleat_fail(err, ENOENT, "No such image: %s", name ? name : what);
}

/* ---- tag --------------------------------------------------------------------------------------- */

static int tag(struct tasks *tasks, const Cleat__V1__ImageTagRequest *request,
	       struct cleat_error *err)
{
	struct store_image row = { 0 };
	char *name = NULL;
	int r = images_find(tasks, request->namespace_, request->name, &row, err);

	if (r == 0)
		r = image_name_normalise(request->target, &name, err);
	if (r == 0) {
		free(row.name);
		row.name = name;
		row.number = 0;
		r = store_image_put(tasks->env.store, &row, err);
	}
	if (r == 0) {
		image_event(tasks, row.ns, row.id, row.name, "tag");
		snapshot_images_changed(tasks); /* the name may have been another image's */
	}
	store_image_fini(&row);
	return r;
}

static void tag_call(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct cleat_error err = { 0 };

	if (tag(arg, (const Cleat__V1__ImageTagRequest *)request, &err) < 0)
		rpc_fail(call, &err);
	else
		rpc_reply(call, NULL);
}

/* ---- the service ------------------------------------------------------------------------------- */

static const struct rpc_method methods[] = {
	{ "Import", image_import_call },
	{ "List", image_list_call },
	{ "Inspect", image_inspect_call },
	{ "Remove", image_remove_call },
	{ "Tag", tag_call },
	{ NULL, NULL },
};

int images_serve(struct tasks *tasks, struct rpc_server *server, struct cleat_error *err)
{
	return rpc_server_add(server, NULL, &cleat__v1__images__descriptor, methods, tasks, err);
}

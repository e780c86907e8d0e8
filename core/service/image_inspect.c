/* SPDX-License-Identifier: Apache-2.0 */
/* image_inspect.c - images as tables and as docker's JSON. */
#include "service/images.h"

#include "base/json_out.h"
#include "base/text.h"
#include "image/image.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- list -------------------------------------------------------------------------------------- */

struct listing {
	struct tasks *tasks;
	Cleat__V1__Image **image;
	size_t n;
};

static void image_message_free(Cleat__V1__Image *image)
{
	/* Made by hand with malloc, which is what protobuf-c's own allocator is. */
	cleat__v1__image__free_unpacked(image, NULL);
}

static void listing_fini(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		image_message_free(listing->image[i]);
	free(listing->image);
}

static char *copy(const char *text)
{
	return *text ? strdup(text) : (char *)(uintptr_t)protobuf_c_empty_string;
}

static Cleat__V1__Label *label_message(const char *key, const char *value)
{
	Cleat__V1__Label *label = malloc(sizeof(*label));

	if (!label)
		return NULL;
	cleat__v1__label__init(label);
	label->key = copy(key);
	label->value = copy(value);
	return label;
}

/* An image whose blobs are damaged is listed all the same, without labels. */
static void add_labels(struct tasks *tasks, Cleat__V1__Image *image)
{
	struct image_manifest *m = NULL;
	struct cleat_error ignored = { 0 };
	size_t n = 0;

	if (image_manifest_read(tasks->env.root_fd, image->digest, &m, &ignored) < 0)
		return;
	while (m->labels && m->labels[2 * n])
		n++;
	image->labels = calloc(n + 1, sizeof(*image->labels));
	for (size_t i = 0; image->labels && i < n; i++) {
		Cleat__V1__Label *label = label_message(m->labels[2 * i], m->labels[2 * i + 1]);

		if (label)
			image->labels[image->n_labels++] = label;
	}
	image_manifest_free(m);
}

static int add_image(void *arg, const struct store_image *row, struct cleat_error *err)
{
	struct listing *listing = arg;
	Cleat__V1__Image **longer = reallocarray(listing->image, listing->n + 1, sizeof(*longer));
	Cleat__V1__Image *image = longer ? malloc(sizeof(*image)) : NULL;
	int containers =
		store_digest_containers(listing->tasks->env.store, row->ns, row->digest, err);

	if (longer)
		listing->image = longer;
	if (!image || containers < 0) {
		free(image);
		return containers < 0
			       ? containers
			       : cleat_fail(err, ENOMEM, "cannot list images: out of memory");
	}
	cleat__v1__image__init(image);
	image->name = copy(row->name);
	image->id = copy(row->id);
	image->digest = copy(row->digest);
	image->created_at = (uint64_t)row->created_at;
	image->size = (uint64_t)row->size;
	image->containers = (uint32_t)containers;
	listing->image[listing->n++] = image;
	return 0;
}

void image_list_call(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ImageListRequest *request = (const Cleat__V1__ImageListRequest *)message;
	Cleat__V1__ImageListResponse reply = CLEAT__V1__IMAGE_LIST_RESPONSE__INIT;
	_cleanup_(listing_fini) struct listing listing = { .tasks = arg };
	struct cleat_error err = { 0 };

	if (store_images(listing.tasks->env.store, images_namespace(request->namespace_), add_image,
			 &listing, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	for (size_t i = 0; i < listing.n; i++)
		add_labels(listing.tasks, listing.image[i]);
	reply.images = listing.image;
	reply.n_images = listing.n;
	rpc_reply(call, &reply.base);
}

/* ---- inspect ----------------------------------------------------------------------------------- */

struct tags {
	struct json_out *out;
	const char *digest;
};

static int put_tag(void *arg, const struct store_image *row, struct cleat_error *err)
{
	struct tags *tags = arg;

	(void)err;
	if (text_eq(row->digest, tags->digest))
		json_out_text(tags->out, row->name);
	return 0;
}

static void put_config(struct json_out *out, const struct image_manifest *m)
{
	json_out_key(out, "Config");
	json_out_object(out);
	json_out_pair_text(out, "User", m->user);
	json_out_pair_texts(out, "Env", (const char *const *)m->env);
	json_out_pair_texts(out, "Entrypoint", (const char *const *)m->entrypoint);
	json_out_pair_texts(out, "Cmd", (const char *const *)m->cmd);
	json_out_pair_text(out, "WorkingDir", m->workdir);
	json_out_pair_text(out, "StopSignal", m->stop_signal);
	json_out_key(out, "Labels");
	json_out_object(out);
	for (size_t i = 0; m->labels && m->labels[i]; i += 2)
		json_out_pair_text(out, m->labels[i], m->labels[i + 1]);
	json_out_object_end(out);
	json_out_object_end(out);
}

static void put_layers(struct json_out *out, const struct image_manifest *m)
{
	json_out_key(out, "RootFS");
	json_out_object(out);
	json_out_pair_text(out, "Type", "layers");
	json_out_key(out, "Layers");
	json_out_array(out);
	for (size_t i = 0; i < m->nlayers; i++)
		json_out_text(out, m->layers[i].diff_id);
	json_out_array_end(out);
	json_out_object_end(out);
}

static char *inspect(struct tasks *tasks, const struct store_image *row,
		     const struct image_manifest *m, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(true);
	struct tags tags = { .out = out, .digest = row->digest };
	char *text = NULL;

	if (!out)
		return NULL;
	json_out_object(out);
	json_out_pair_text(out, "Id", row->id);
	json_out_key(out, "RepoTags");
	json_out_array(out);
	if (store_images(tasks->env.store, row->ns, put_tag, &tags, err) < 0)
		return NULL;
	json_out_array_end(out);
	json_out_pair_text(out, "Digest", row->digest);
	json_out_pair_text(out, "Created", m->created);
	json_out_pair_text(out, "Architecture", m->architecture);
	json_out_pair_text(out, "Os", m->os);
	json_out_pair_u64(out, "Size", m->size);
	put_config(out, m);
	put_layers(out, m);
	json_out_object_end(out);
	text = json_out_take(out);
	if (!text)
		(void)cleat_fail(err, ENOMEM, "cannot describe an image: out of memory");
	return text;
}

void image_inspect_call(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ImageRequest *request = (const Cleat__V1__ImageRequest *)message;
	Cleat__V1__InspectResponse reply = CLEAT__V1__INSPECT_RESPONSE__INIT;
	struct tasks *tasks = arg;
	struct image_manifest *m = NULL;
	struct store_image row = { 0 };
	struct cleat_error err = { 0 };

	if (images_find(tasks, request->namespace_, request->name, &row, &err) == 0 &&
	    image_manifest_read(tasks->env.root_fd, row.digest, &m, &err) == 0)
		reply.json = inspect(tasks, &row, m, &err);
	if (err.errnum)
		rpc_fail(call, &err);
	else
		rpc_reply(call, &reply.base);
	if (reply.json != protobuf_c_empty_string)
		free(reply.json);
	image_manifest_free(m);
	store_image_fini(&row);
}

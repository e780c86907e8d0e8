/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker.c - what `docker save` writes: manifest.json, a config and plain layers.
 *
 * The archive has no digests of its blobs: they are made here, with an OCI manifest that names them.
 * What protects against a damaged layer is the config's diff id.
 */
#include "image/layer/import.h"

#include "base/text.h"
#include "image/layer/check.h"
#include "image/layer/path.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool docker_is_list(const char *json, size_t len)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };

	return json_parse(json, len, &doc, &ignored) == 0 && json_len(json_root(doc)) > 0 &&
	       json_text(json_get(json_at(json_root(doc), 0), "Config")) != NULL;
}

/* "docker save" never compresses, others do. */
static const char *layer_type(int fd)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char start[4] = { 0 };

	if (pread(fd, start, sizeof(start), 0) < 0)
		return "application/vnd.oci.image.layer.v1.tar"; /* reading it will fail, and say so */
	if (memcmp(start, gzip, sizeof(gzip)) == 0)
		return "application/vnd.oci.image.layer.v1.tar+gzip";
	if (memcmp(start, zstd, sizeof(zstd)) == 0)
		return "application/vnd.oci.image.layer.v1.tar+zstd";
	return "application/vnd.oci.image.layer.v1.tar";
}

static int member_name(const struct json *v, const char *what, char out[PATH_MAX],
		       struct cleat_error *err)
{
	const char *name = json_text(v);

	if (!name || path_clean(name, out) < 0 || !*out)
		return cleat_fail(err, EINVAL, "manifest.json: %s must be the name of a file",
				  what);
	return 0;
}

static int import_layers(struct import *import, struct source *source, const struct json *names,
			 const struct json *diff_ids, struct manifest_layer *layers,
			 struct cleat_error *err)
{
	for (size_t i = 0; i < json_len(names); i++) {
		const char *diff_id = json_text(json_at(diff_ids, i));
		char name[PATH_MAX];
		struct blob *blob = NULL;

		if (!diff_id || !digest_is_valid(diff_id))
			return cleat_fail(err, EINVAL,
					  "the image config has no diff id for layer %zu", i + 1);
		if (member_name(json_at(names, i), "an item of Layers", name, err) < 0 ||
		    import_copy(import, source, name, NULL, 0, &blob, err) < 0 ||
		    layer_check(blob->fd, name, diff_id, err) < 0)
			return -err->errnum;
		layers[i].digest = blob->digest;
		layers[i].size = blob->size;
		layers[i].media_type = layer_type(blob->fd);
	}
	return 0;
}

static int add_names(struct import *import, const struct json *tags, const char *digest,
		     struct cleat_error *err)
{
	if (import->name || json_len(tags) == 0)
		return import_add_image(import, NULL, digest, err);
	for (size_t i = 0; i < json_len(tags); i++) {
		const char *tag = json_text(json_at(tags, i));

		if (!tag)
			return cleat_fail(err, EINVAL, "manifest.json: RepoTags must be strings");
		if (import_add_image(import, tag, digest, err) < 0)
			return -err->errnum;
	}
	return 0;
}

static int import_item(struct import *import, struct source *source, const struct json *item,
		       struct cleat_error *err)
{
	const struct json *names = NULL, *tags = NULL;
	_cleanup_free_ struct manifest_layer *layers = NULL;
	_cleanup_free_ char *config = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	char config_name[PATH_MAX], digest[DIGEST_TEXT];
	size_t len = 0;

	if (member_name(json_get(item, "Config"), "Config", config_name, err) < 0 ||
	    json_get_node(item, "Layers", JSON_ARRAY, &names, err) < 0 ||
	    json_get_node(item, "RepoTags", JSON_ARRAY, &tags, err) < 0 ||
	    source_read_all(source, config_name, MANIFEST_MAX, &config, &len, err) < 0 ||
	    json_parse(config, len, &doc, err) < 0)
		return cleat_wrap(err, "docker archive");
	layers = calloc(json_len(names) + 1, sizeof(*layers));
	if (!layers)
		return cleat_fail(err, ENOMEM, "cannot import an image: out of memory");
	if (import_layers(import, source, names, json_path(json_root(doc), "rootfs.diff_ids"),
			  layers, err) < 0 ||
	    manifest_store(import, config, len, layers, json_len(names), digest, err) < 0)
		return -err->errnum;
	return add_names(import, tags, digest, err);
}

static bool has_wanted_tag(const struct import *import, const struct json *item)
{
	const struct json *tags = json_get(item, "RepoTags");

	for (size_t i = 0; i < json_len(tags); i++)
		if (import_wants(import, json_text(json_at(tags, i))))
			return true;
	return false;
}

int docker_import(struct import *import, struct source *source, struct cleat_error *err)
{
	_cleanup_free_ char *json = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	const struct json *list = NULL;
	size_t len = 0, wanted = 0;

	if (source_read_all(source, "manifest.json", MANIFEST_MAX, &json, &len, err) < 0 ||
	    json_parse(json, len, &doc, err) < 0)
		return cleat_wrap(err, "manifest.json");
	list = json_root(doc);
	for (size_t i = 0; i < json_len(list); i++)
		wanted += has_wanted_tag(import, json_at(list, i));
	if (import->name && json_len(list) > 1 && wanted == 0)
		return cleat_fail(err, EINVAL,
				  "%s holds %zu images: name one of them, or none to "
				  "import all",
				  import->what, json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *item = json_at(list, i);

		if (wanted > 0 && !has_wanted_tag(import, item))
			continue;
		if (import_item(import, source, item, err) < 0)
			return -err->errnum;
	}
	return 0;
}

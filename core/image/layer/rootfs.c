/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.c - an image of one layer: the config and the manifest that a bare root filesystem lacks. */
#include "image/layer/import.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

static void put_descriptor(struct json_out *out, const char *media_type, const char *digest,
			   uint64_t size)
{
	json_out_object(out);
	json_out_pair_text(out, "mediaType", media_type);
	json_out_pair_text(out, "digest", digest);
	json_out_pair_u64(out, "size", size);
	json_out_object_end(out);
}

static char *manifest_json(const struct blob *config, const struct manifest_layer *layers,
			   size_t nlayers)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return NULL;
	json_out_object(out);
	json_out_pair_u64(out, "schemaVersion", 2);
	json_out_pair_text(out, "mediaType", "application/vnd.oci.image.manifest.v1+json");
	json_out_key(out, "config");
	put_descriptor(out, "application/vnd.oci.image.config.v1+json", config->digest,
		       config->size);
	json_out_key(out, "layers");
	json_out_array(out);
	for (size_t i = 0; i < nlayers; i++)
		put_descriptor(out, layers[i].media_type, layers[i].digest, layers[i].size);
	json_out_array_end(out);
	json_out_object_end(out);
	return json_out_take(out);
}

int manifest_store(struct import *import, const char *config, size_t config_len,
		   const struct manifest_layer *layers, size_t nlayers,
		   char out_digest[DIGEST_TEXT], struct cleat_error *err)
{
	struct blob *config_blob = NULL, *manifest_blob = NULL;
	_cleanup_manifest_ struct image_manifest *parsed = NULL;
	_cleanup_free_ char *json = NULL;
	struct manifest_config wanted;

	if (blob_put(&import->blobs, config, config_len, &config_blob, err) < 0)
		return -err->errnum;
	json = manifest_json(config_blob, layers, nlayers);
	if (!json)
		return cleat_fail(err, ENOMEM, "cannot write a manifest: out of memory");
	/* Read it as the daemon will: what we made must hold to the rules that we hold others to. */
	if (manifest_parse(json, strlen(json), &parsed, &wanted, err) < 0 ||
	    manifest_add_config(parsed, config, config_len, err) < 0 ||
	    blob_put(&import->blobs, json, strlen(json), &manifest_blob, err) < 0)
		return -err->errnum;
	memcpy(out_digest, manifest_blob->digest, DIGEST_TEXT);
	return 0;
}

static char *config_json(const char *architecture, const char *diff_id)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	const char *const diff_ids[] = { diff_id, NULL };
	char now[CLOCK_TEXT];

	if (!out)
		return NULL;
	clock_rfc3339(clock_now(CLOCK_REALTIME), now);
	json_out_object(out);
	json_out_pair_text(out, "created", now);
	json_out_pair_text(out, "architecture", architecture);
	json_out_pair_text(out, "os", "linux");
	json_out_key(out, "config");
	json_out_object(out);
	json_out_object_end(out);
	json_out_key(out, "rootfs");
	json_out_object(out);
	json_out_pair_text(out, "type", "layers");
	json_out_pair_texts(out, "diff_ids", diff_ids);
	json_out_object_end(out);
	json_out_key(out, "history");
	json_out_array(out);
	json_out_object(out);
	json_out_pair_text(out, "created", now);
	json_out_pair_text(out, "created_by", "cleat image import");
	json_out_object_end(out);
	json_out_array_end(out);
	json_out_object_end(out);
	return json_out_take(out);
}

int rootfs_import(struct import *import, const struct blob *layer, struct cleat_error *err)
{
	const struct manifest_layer description = {
		.media_type = "application/vnd.oci.image.layer.v1.tar",
		.digest = layer->digest,
		.size = layer->size,
	};
	_cleanup_free_ char *config = config_json(import->architecture, layer->digest);
	char digest[DIGEST_TEXT];

	if (!config)
		return cleat_fail(err, ENOMEM, "cannot write an image config: out of memory");
	if (manifest_store(import, config, strlen(config), &description, 1, digest, err) < 0)
		return -err->errnum;
	return import_add_image(import, NULL, digest, err);
}

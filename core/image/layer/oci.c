/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.c - an OCI image layout: oci-layout, index.json, blobs/sha256/HEX.
 *
 * index.json lists manifests and further indexes. Entries of one name are the same image for several
 * platforms, of which we take this machine's; entries of different names are different images.
 */
#include "image/layer/import.h"

#include "base/text.h"
#include "image/layer/check.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_DEPTH = 3, CANDIDATES_MAX = 256, BLOB_NAME = 96 };

/* One manifest that could be imported. */
struct candidate {
	char *name; /* of the image, or NULL */
	char digest[DIGEST_TEXT];
	uint64_t size;
	char platform[64];
	bool fits; /* this machine */
};

struct layout {
	struct import *import;
	struct source *source;
	struct candidate candidate[CANDIDATES_MAX];
	size_t n;
};

static void layout_free(struct layout **layout)
{
	for (size_t i = 0; *layout && i < (*layout)->n; i++)
		free((*layout)->candidate[i].name);
	free(*layout);
}

static void blob_name(const char *digest, char out[BLOB_NAME])
{
	(void)snprintf(out, BLOB_NAME, "blobs/sha256/%s", digest_hex(digest));
}

/** A small blob, its size and digest checked. */
static int read_blob(struct source *source, const char *digest, uint64_t size, char **out,
		     size_t *out_len, struct cleat_error *err)
{
	char name[BLOB_NAME], found[DIGEST_TEXT];
	_cleanup_free_ char *data = NULL;

	blob_name(digest, name);
	if (source_read_all(source, name, MANIFEST_MAX, &data, out_len, err) < 0)
		return -err->errnum;
	digest_of(data, *out_len, found);
	if (strcmp(found, digest) != 0)
		return cleat_fail(err, EINVAL, "blob %s has wrong content: its digest is %s",
				  digest, found);
	if (size != *out_len)
		return cleat_fail(err, EINVAL, "blob %s has %zu bytes, its descriptor says %llu",
				  digest, *out_len, (unsigned long long)size);
	*out = take_ptr(data);
	return 0;
}

/* ---- the index --------------------------------------------------------------------------------- */

static const char *annotation(const struct json *descriptor, const char *key)
{
	return json_text(json_get(json_get(descriptor, "annotations"), key));
}

/* containerd's annotation has the full name, OCI's own often only the tag. */
static char *image_name(const struct layout *layout, const struct json *descriptor)
{
	const char *full = annotation(descriptor, "io.containerd.image.name");
	const char *ref = annotation(descriptor, "org.opencontainers.image.ref.name");
	const char *base = layout->import->fallback;

	if (full)
		return strdup(full);
	if (!ref || !*ref)
		return NULL;
	if (strpbrk(ref, "/:@") || !base)
		return strdup(ref);
	return text_format("%.*s:%s", (int)strcspn(base, ":"), base, ref);
}

static void set_platform(struct candidate *candidate, const struct json *platform,
			 const char *architecture)
{
	const char *os = json_text(json_get(platform, "os"));
	const char *arch = json_text(json_get(platform, "architecture"));

	(void)snprintf(candidate->platform, sizeof(candidate->platform), "%s/%s", os ? os : "linux",
		       arch ? arch : architecture);
	candidate->fits = (!os || text_eq(os, "linux")) && (!arch || text_eq(arch, architecture));
}

static int add_candidate(struct layout *layout, const struct json *descriptor, const char *name,
			 const char *digest, uint64_t size, struct cleat_error *err)
{
	struct candidate *candidate = &layout->candidate[layout->n];

	if (layout->n == CANDIDATES_MAX)
		return cleat_fail(err, EINVAL, "the index lists more than %d manifests",
				  CANDIDATES_MAX);
	set_platform(candidate, json_get(descriptor, "platform"), layout->import->architecture);
	if (text_starts(candidate->platform, "unknown/") ||
	    annotation(descriptor, "vnd.docker.reference.type"))
		return 0; /* signatures and attestations */
	candidate->name = name ? strdup(name) : NULL;
	candidate->size = size;
	memcpy(candidate->digest, digest, DIGEST_TEXT);
	layout->n++;
	return 0;
}

static int read_index(struct layout *layout, const char *json, size_t len, const char *inherited,
		      int depth, struct cleat_error *err);

static bool is_index(const char *type)
{
	return text_eq(type, "application/vnd.oci.image.index.v1+json") ||
	       text_eq(type, "application/vnd.docker.distribution.manifest.list.v2+json");
}

static int read_descriptor(struct layout *layout, const struct json *descriptor,
			   const char *inherited, int depth, struct cleat_error *err)
{
	_cleanup_free_ char *own = image_name(layout, descriptor);
	_cleanup_free_ char *json = NULL;
	const char *name = own ? own : inherited;
	const char *digest = "", *type = "";
	uint64_t size = 0;
	size_t len = 0;

	if (json_get_text(descriptor, "digest", &digest, err) < 0 ||
	    json_get_text(descriptor, "mediaType", &type, err) < 0 ||
	    json_get_u64(descriptor, "size", &size, err) < 0)
		return cleat_wrap(err, "the index");
	if (!digest_is_valid(digest))
		return cleat_fail(err, EINVAL,
				  "the index has digest '%.100s': wanted sha256: and 64 "
				  "hex digits",
				  digest);
	if (!is_index(type))
		return add_candidate(layout, descriptor, name, digest, size, err);
	if (read_blob(layout->source, digest, size, &json, &len, err) < 0)
		return -err->errnum;
	return read_index(layout, json, len, name, depth + 1, err);
}

static int read_index(struct layout *layout, const char *json, size_t len, const char *inherited,
		      int depth, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	const struct json *manifests = NULL;

	if (depth > INDEX_DEPTH)
		return cleat_fail(err, EINVAL, "indexes are nested more than %d deep", INDEX_DEPTH);
	if (json_parse(json, len, &doc, err) < 0 ||
	    json_get_node(json_root(doc), "manifests", JSON_ARRAY, &manifests, err) < 0)
		return cleat_wrap(err, "the index");
	for (size_t i = 0; i < json_len(manifests); i++)
		if (read_descriptor(layout, json_at(manifests, i), inherited, depth, err) < 0)
			return -err->errnum;
	return 0;
}

/* ---- one image --------------------------------------------------------------------------------- */

static int import_layer(struct layout *layout, const struct image_layer *layer,
			struct cleat_error *err)
{
	struct blobs *blobs = &layout->import->blobs;
	struct blob *blob = NULL;
	char name[BLOB_NAME];

	if (blobs_have(blobs, layer->digest, layer->size))
		return 0;
	blob_name(layer->digest, name);
	if (import_copy(layout->import, layout->source, name, layer->digest, layer->size, &blob,
			err) < 0)
		return -err->errnum;
	if (blob->size != layer->size)
		return cleat_fail(err, EINVAL, "layer %s has %llu bytes, the manifest says %llu",
				  layer->digest, (unsigned long long)blob->size,
				  (unsigned long long)layer->size);
	return layer_check(blob->fd, layer->digest, layer->diff_id, err);
}

static int keep(struct blobs *blobs, const char *data, size_t len, const char *digest,
		struct cleat_error *err)
{
	struct blob *blob = NULL;

	return blobs_have(blobs, digest, len) ? 0 : blob_put(blobs, data, len, &blob, err);
}

static int import_image(struct layout *layout, const struct candidate *candidate,
			struct cleat_error *err)
{
	struct blobs *blobs = &layout->import->blobs;
	_cleanup_manifest_ struct image_manifest *m = NULL;
	_cleanup_free_ char *manifest = NULL;
	_cleanup_free_ char *config = NULL;
	struct manifest_config wanted;
	size_t len = 0, config_len = 0;

	if (read_blob(layout->source, candidate->digest, candidate->size, &manifest, &len, err) <
		    0 ||
	    manifest_parse(manifest, len, &m, &wanted, err) < 0 ||
	    read_blob(layout->source, m->id, wanted.size, &config, &config_len, err) < 0 ||
	    manifest_add_config(m, config, config_len, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < m->nlayers; i++)
		if (import_layer(layout, &m->layers[i], err) < 0)
			return -err->errnum;
	if (keep(blobs, config, config_len, m->id, err) < 0 ||
	    keep(blobs, manifest, len, m->digest, err) < 0)
		return -err->errnum;
	return import_add_image(layout->import, candidate->name, m->digest, err);
}

/* ---- which of them ----------------------------------------------------------------------------- */

static bool same_name(const struct candidate *a, const struct candidate *b)
{
	return a->name && b->name ? text_eq(a->name, b->name) : a->name == b->name;
}

/** Is there an earlier candidate of this name that fits? Then that one is the image. */
static bool is_taken(const struct layout *layout, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (layout->candidate[j].fits &&
		    same_name(&layout->candidate[j], &layout->candidate[i]))
			return true;
	return false;
}

static int none_fits(const struct layout *layout, struct cleat_error *err)
{
	_cleanup_text_ struct text have = { 0 };

	if (layout->n == 0)
		return cleat_fail(err, EINVAL, "%s lists no image", layout->import->what);
	for (size_t i = 0; i < layout->n; i++)
		text_printf(&have, "%s%s", i ? ", " : "", layout->candidate[i].platform);
	return cleat_fail(err, EINVAL, "%s has no image for linux/%s, only for %.200s",
			  layout->import->what, layout->import->architecture,
			  have.bytes ? have.bytes : "others");
}

static int choose(const struct layout *layout, bool chosen[CANDIDATES_MAX], struct cleat_error *err)
{
	_cleanup_text_ struct text names = { 0 };
	size_t fitting = 0, wanted = 0;

	for (size_t i = 0; i < layout->n; i++) {
		const struct candidate *candidate = &layout->candidate[i];

		chosen[i] = candidate->fits && !is_taken(layout, i);
		if (!chosen[i])
			continue;
		text_printf(&names, "%s%s", fitting++ ? ", " : "",
			    candidate->name ? candidate->name : candidate->digest);
		wanted += import_wants(layout->import, candidate->name);
	}
	if (fitting == 0)
		return none_fits(layout, err);
	if (fitting == 1 || !layout->import->name)
		return 0;
	if (wanted == 0)
		return cleat_fail(err, EINVAL,
				  "%s holds several images (%.300s): name one of them, "
				  "or none to import all",
				  layout->import->what, names.bytes ? names.bytes : "");
	for (size_t i = 0; i < layout->n; i++)
		chosen[i] = chosen[i] && import_wants(layout->import, layout->candidate[i].name);
	return 0;
}

static int check_version(struct source *source, struct cleat_error *err)
{
	_cleanup_free_ char *json = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	const char *version = "";
	size_t len = 0;

	if (source_read_all(source, "oci-layout", 4096, &json, &len, err) < 0 ||
	    json_parse(json, len, &doc, err) < 0 ||
	    json_get_text(json_root(doc), "imageLayoutVersion", &version, err) < 0)
		return cleat_wrap(err, "oci-layout");
	if (!text_starts(version, "1."))
		return cleat_fail(err, EINVAL,
				  "OCI layout version '%.40s' is not supported, wanted "
				  "1.0.0",
				  version);
	return 0;
}

int oci_import(struct import *import, struct source *source, struct cleat_error *err)
{
	_cleanup_(layout_free) struct layout *layout = calloc(1, sizeof(*layout));
	_cleanup_free_ char *index = NULL;
	bool chosen[CANDIDATES_MAX] = { false };
	size_t len = 0;

	if (!layout)
		return cleat_fail(err, ENOMEM, "cannot import an image: out of memory");
	layout->import = import;
	layout->source = source;
	if (check_version(source, err) < 0 ||
	    source_read_all(source, "index.json", MANIFEST_MAX, &index, &len, err) < 0 ||
	    read_index(layout, index, len, NULL, 0, err) < 0 || choose(layout, chosen, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < layout->n; i++)
		if (chosen[i] && import_image(layout, &layout->candidate[i], err) < 0)
			return -err->errnum;
	return 0;
}

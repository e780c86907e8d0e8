/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - what a manifest and its config say, checked before anybody believes it.
 *
 * Both come from strangers. A digest that is not a digest must never become a file name; the numbers
 * of layers and of diff ids must agree, because the one names blobs and the other what is in them.
 */
#include "image/manifest.h"

#include "image/digest.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_texts(char **texts)
{
	for (size_t i = 0; texts && texts[i]; i++)
		free(texts[i]);
	free(texts);
}

void image_manifest_free(struct image_manifest *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nlayers; i++) {
		free(m->layers[i].digest);
		free(m->layers[i].diff_id);
		free(m->layers[i].chain_id);
	}
	free(m->layers);
	free_texts(m->env);
	free_texts(m->entrypoint);
	free_texts(m->cmd);
	free_texts(m->labels);
	free(m->id);
	free(m->digest);
	free(m->user);
	free(m->workdir);
	free(m->stop_signal);
	free(m->architecture);
	free(m->os);
	free(m->created);
	free(m->config_json);
	free(m);
}

void manifest_freep(struct image_manifest **m)
{
	image_manifest_free(*m);
}

static int no_memory(struct cleat_error *err)
{
	return cleat_fail(err, ENOMEM, "cannot read an image: out of memory");
}

/* ---- the manifest ------------------------------------------------------------------------------ */

static bool is_one_of(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(type, *list) == 0)
			return true;
	return false;
}

static const char *const config_types[] = {
	"application/vnd.oci.image.config.v1+json",
	"application/vnd.docker.container.image.v1+json",
	NULL,
};
static const char *const layer_types[] = {
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.oci.image.layer.v1.tar+zstd",
	"application/vnd.oci.image.layer.nondistributable.v1.tar",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar.zstd",
	NULL,
};

/** A descriptor: digest and size are checked, the type must be one of @types. */
static int parse_descriptor(const struct json *v, const char *what, const char *const *types,
			    char **out_digest, uint64_t *out_size, struct cleat_error *err)
{
	const char *type = "", *digest = "";

	*out_size = UINT64_MAX;
	if (json_type(v) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "the manifest has no %s", what);
	if (json_get_text(v, "mediaType", &type, err) < 0 ||
	    json_get_text(v, "digest", &digest, err) < 0 ||
	    json_get_u64(v, "size", out_size, err) < 0)
		return cleat_wrap(err, "the manifest's %s", what);
	if (!is_one_of(type, types))
		return cleat_fail(err, EINVAL,
				  "the manifest's %s has media type '%.100s', which is "
				  "not one of a container image",
				  what, type);
	if (!digest_is_valid(digest))
		return cleat_fail(err, EINVAL,
				  "the manifest's %s has digest '%.100s': wanted "
				  "sha256: and 64 hex digits",
				  what, digest);
	if (*out_size > INT64_MAX)
		return cleat_fail(err, EINVAL, "the manifest's %s has no size", what);
	*out_digest = strdup(digest);
	return *out_digest ? 0 : no_memory(err);
}

static int parse_layers(const struct json *list, struct image_manifest *m, struct cleat_error *err)
{
	size_t n = json_len(list);

	if (n > MANIFEST_LAYERS)
		return cleat_fail(err, EINVAL,
				  "the manifest has %zu layers, at most %d can be stacked", n,
				  MANIFEST_LAYERS);
	m->layers = calloc(n + 1, sizeof(*m->layers));
	if (!m->layers)
		return no_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct image_layer *layer = &m->layers[i];

		m->nlayers = i + 1;
		if (parse_descriptor(json_at(list, i), "layer", layer_types, &layer->digest,
				     &layer->size, err) < 0)
			return -err->errnum;
		m->size += layer->size;
	}
	return 0;
}

static int parse_manifest(const struct json *root, struct image_manifest *m,
			  struct manifest_config *config, struct cleat_error *err)
{
	const struct json *layers = NULL;
	int64_t version = 0;

	if (json_type(root) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "the manifest is not a JSON object");
	if (json_get_i64(root, "schemaVersion", &version, err) < 0 ||
	    json_get_node(root, "layers", JSON_ARRAY, &layers, err) < 0)
		return cleat_wrap(err, "the manifest");
	if (version != 2)
		return cleat_fail(err, EINVAL, "the manifest has schema version %lld, wanted 2",
				  (long long)version);
	if (parse_descriptor(json_get(root, "config"), "config", config_types, &m->id,
			     &config->size, err) < 0)
		return -err->errnum;
	return parse_layers(layers, m, err);
}

int manifest_parse(const char *json, size_t len, struct image_manifest **out,
		   struct manifest_config *config, struct cleat_error *err)
{
	_cleanup_manifest_ struct image_manifest *m = calloc(1, sizeof(*m));
	_cleanup_json_ struct json_doc *doc = NULL;
	char digest[DIGEST_TEXT];

	if (!m)
		return no_memory(err);
	digest_of(json, len, digest);
	m->digest = strdup(digest);
	if (!m->digest)
		return no_memory(err);
	if (json_parse(json, len, &doc, err) < 0)
		return cleat_wrap(err, "manifest %s", digest);
	if (parse_manifest(json_root(doc), m, config, err) < 0)
		return -err->errnum;
	m->size += len + config->size;
	*out = take_ptr(m);
	return 0;
}

/* ---- the config -------------------------------------------------------------------------------- */

static int copy_text(const struct json *v, const char *key, char **out, struct cleat_error *err)
{
	const char *text = "";

	if (json_get_text(v, key, &text, err) < 0)
		return -err->errnum;
	*out = strdup(text);
	return *out ? 0 : no_memory(err);
}

static int copy_texts(const struct json *v, const char *key, char ***out, struct cleat_error *err)
{
	const struct json *list = NULL;

	if (json_get_node(v, key, JSON_ARRAY, &list, err) < 0)
		return -err->errnum;
	if (!list)
		return 0;
	*out = calloc(json_len(list) + 1, sizeof(char *));
	for (size_t i = 0; *out && i < json_len(list); i++) {
		const char *text = json_text(json_at(list, i));

		if (!text)
			return cleat_fail(err, EINVAL, "%s must be a list of strings", key);
		(*out)[i] = strdup(text);
		if (!(*out)[i])
			return no_memory(err);
	}
	return *out ? 0 : no_memory(err);
}

static int copy_labels(const struct json *v, char ***out, struct cleat_error *err)
{
	const struct json *labels = NULL;

	if (json_get_node(v, "Labels", JSON_OBJECT, &labels, err) < 0)
		return -err->errnum;
	*out = calloc(2 * json_len(labels) + 1, sizeof(char *));
	for (size_t i = 0; *out && i < json_len(labels); i++) {
		const char *value = json_text(json_at(labels, i));

		if (!value)
			return cleat_fail(err, EINVAL, "label '%.100s' must be a string",
					  json_key(labels, i));
		(*out)[2 * i] = strdup(json_key(labels, i));
		(*out)[2 * i + 1] = strdup(value);
		if (!(*out)[2 * i] || !(*out)[2 * i + 1])
			return no_memory(err);
	}
	return *out ? 0 : no_memory(err);
}

/* Environment entries become part of an environment block: each needs a name. */
static int check_env(char *const *env, struct cleat_error *err)
{
	for (; env && *env; env++)
		if (**env == '=' || !strchr(*env, '='))
			return cleat_fail(err, EINVAL, "Env has '%.100s': wanted NAME=value", *env);
	return 0;
}

static int parse_run_config(const struct json *root, struct image_manifest *m,
			    struct cleat_error *err)
{
	const struct json *config = NULL;

	if (json_get_node(root, "config", JSON_OBJECT, &config, err) < 0 ||
	    copy_texts(config, "Env", &m->env, err) < 0 ||
	    copy_texts(config, "Entrypoint", &m->entrypoint, err) < 0 ||
	    copy_texts(config, "Cmd", &m->cmd, err) < 0 ||
	    copy_text(config, "User", &m->user, err) < 0 ||
	    copy_text(config, "WorkingDir", &m->workdir, err) < 0 ||
	    copy_text(config, "StopSignal", &m->stop_signal, err) < 0 ||
	    copy_labels(config, &m->labels, err) < 0)
		return -err->errnum;
	return check_env(m->env, err);
}

static int parse_diff_ids(const struct json *root, struct image_manifest *m,
			  struct cleat_error *err)
{
	const struct json *list = json_path(root, "rootfs.diff_ids");
	const char *below = NULL;

	if (json_len(list) != m->nlayers)
		return cleat_fail(err, EINVAL, "it has %zu diff ids for the manifest's %zu layers",
				  json_len(list), m->nlayers);
	for (size_t i = 0; i < m->nlayers; i++) {
		struct image_layer *layer = &m->layers[i];
		const char *diff_id = json_text(json_at(list, i));
		char chain[DIGEST_TEXT];

		if (!diff_id || !digest_is_valid(diff_id))
			return cleat_fail(err, EINVAL, "diff id %zu is no sha256 digest", i + 1);
		digest_chain(below, diff_id, chain);
		layer->diff_id = strdup(diff_id);
		layer->chain_id = strdup(chain);
		if (!layer->diff_id || !layer->chain_id)
			return no_memory(err);
		below = layer->chain_id;
	}
	return 0;
}

static int parse_config(const struct json *root, struct image_manifest *m, struct cleat_error *err)
{
	if (json_type(root) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "it is not a JSON object");
	if (copy_text(root, "architecture", &m->architecture, err) < 0 ||
	    copy_text(root, "os", &m->os, err) < 0 ||
	    copy_text(root, "created", &m->created, err) < 0 || parse_run_config(root, m, err) < 0)
		return -err->errnum;
	if (*m->os && strcmp(m->os, "linux") != 0)
		return cleat_fail(err, EINVAL, "it is for the operating system '%.40s', not linux",
				  m->os);
	return parse_diff_ids(root, m, err);
}

int manifest_add_config(struct image_manifest *m, const char *json, size_t len,
			struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;

	if (json_parse(json, len, &doc, err) < 0 || parse_config(json_root(doc), m, err) < 0)
		return cleat_wrap(err, "image config %s", m->id);
	m->config_json = strndup(json, len);
	return m->config_json ? 0 : no_memory(err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c - read cleat.json of a bundle. */
#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/fd.h"

enum { LIMIT = 1 << 20 };

static int read_pairs(const struct json *root, const char *key, struct cleat_pair **out,
		      uint32_t *out_n, struct cleat_error *err)
{
	const struct json *object = NULL;
	int r = json_get_node(root, key, JSON_OBJECT, &object, err);
	size_t n = json_len(object);

	if (r < 0 || n == 0)
		return r;
	*out = calloc(n, sizeof(**out));
	if (!*out)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const char *value = json_text(json_at(object, i));

		if (!value)
			return cleat_fail(err, EINVAL, "%s.%s must be a string", key,
					  json_key(object, i));
		(*out)[i] = (struct cleat_pair){ .name = json_key(object, i), .value = value };
	}
	*out_n = (uint32_t)n;
	return 0;
}

static int read_members(const struct json *root, struct facts *out, struct cleat_error *err)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "runtime", &out->runtime },
		{ "io", &out->io },
		{ "cgroup_parent", &out->cgroup_parent },
		{ "log_dir", &out->log_dir },
		{ "restart", &out->restart },
		{ "name", &out->name },
		{ "image", &out->image },
	};
	const char *mount = "private";
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = json_get_text(root, texts[i].key, texts[i].to, err);
	if (r == 0)
		r = json_get_text(root, "rootfs_mount", &mount, err);
	if (r == 0)
		r = json_get_bool(root, "no_pivot", &out->no_pivot, err);
	if (r == 0)
		r = json_get_bool(root, "transient", &out->transient, err);
	if (r == 0)
		r = read_pairs(root, "log_options", &out->options, &out->noptions, err);
	if (r == 0)
		r = read_pairs(root, "labels", &out->labels, &out->nlabels, err);
	out->private_root = strcmp(mount, "private") == 0;
	return r;
}

int facts_read(int bundle_fd, struct facts *out, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = fd_read_file(bundle_fd, "cleat.json", LIMIT, &text, &len, err);

	*out = (struct facts){ 0 };
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = json_parse(text, len, &out->doc, err);
	if (r == 0)
		r = read_members(json_root(out->doc), out, err);
	if (r < 0) {
		facts_fini(out);
		return cleat_wrap(err, "cannot read cleat.json");
	}
	out->engine = true;
	return 0;
}

void facts_fini(struct facts *facts)
{
	free(facts->options);
	free(facts->labels);
	json_free(facts->doc);
	*facts = (struct facts){ 0 };
}

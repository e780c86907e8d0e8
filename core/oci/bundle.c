/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c - a bundle and its configuration. */
#include "bundle.h"

#include "base/fd.h"
#include "base/json_out.h"
#include "spec/spec.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONFIG = 16 << 20 };

static int read_config(const struct arguments *arguments, struct bundle *bundle,
		       struct cleat_error *err)
{
	const char *file = arguments->config ? arguments->config : "config.json";
	int dir = arguments->config ? AT_FDCWD : bundle->fd;

	if (fd_read_file(dir, file, MAX_CONFIG, &bundle->config, &bundle->config_len, err) < 0)
		return cleat_wrap(err, "bundle '%s'", bundle->path);
	if (json_parse(bundle->config, bundle->config_len, &bundle->doc, err) < 0)
		return cleat_wrap(err, "cannot read '%s' of bundle '%s'", file, bundle->path);
	return spec_validate(json_root(bundle->doc), err);
}

static int read_facts(struct bundle *bundle, struct cleat_error *err)
{
	const struct json *config = json_root(bundle->doc);
	const char *root = json_text(json_path(config, "root.path"));

	bundle->terminal = json_is_true(json_path(config, "process.terminal"));
	bundle->rootfs = *root == '/' ? strdup(root) : text_format("%s/%s", bundle->path, root);
	if (!bundle->rootfs)
		return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}

/* The absolute path of what is open: resolved once, by the kernel. */
static char *path_of(int fd)
{
	char link[32];
	char path[PATH_MAX];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	return n < 0 ? NULL : strndup(path, (size_t)n);
}

int bundle_open(const struct arguments *arguments, struct bundle *out, struct cleat_error *err)
{
	const char *path = arguments->bundle ? arguments->bundle : ".";

	out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out->path = out->fd < 0 ? NULL : path_of(out->fd);
	if (!out->path)
		return cleat_fail(err, errno, "cannot open bundle '%s': %m", path);
	if (read_config(arguments, out, err) < 0)
		return -err->errnum;
	return read_facts(out, err);
}

static void write_env(struct json_out *out, const struct json *old, const char *const *env)
{
	json_out_key(out, "env");
	json_out_array(out);
	for (size_t i = 0; i < json_len(old); i++)
		json_out_value(out, json_at(old, i));
	for (; *env; env++)
		json_out_text(out, *env);
	json_out_array_end(out);
}

/* Copy an object without the member @key. The caller writes that one and ends the object. */
static void copy_but(struct json_out *out, const struct json *v, const char *key)
{
	json_out_object(out);
	for (size_t i = 0; i < json_len(v); i++) {
		if (text_eq(json_key(v, i), key))
			continue;
		json_out_key(out, json_key(v, i));
		json_out_value(out, json_at(v, i));
	}
}

int bundle_add_env(struct bundle *bundle, const char *const *env, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	const struct json *config = json_root(bundle->doc);
	const struct json *process = json_get(config, "process");
	char *text = NULL;

	if (!process || !*env)
		return 0;
	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	copy_but(out, config, "process");
	json_out_key(out, "process");
	copy_but(out, process, "env");
	write_env(out, json_get(process, "env"), env);
	json_out_object_end(out);
	json_out_object_end(out);
	text = json_out_take(out);
	if (!text)
		return cleat_fail(err, ENOMEM, "out of memory");
	free(bundle->config);
	bundle->config = text;
	bundle->config_len = strlen(text);
	return 0;
}

void bundle_fini(struct bundle *bundle)
{
	json_free(bundle->doc);
	free(bundle->config);
	free(bundle->rootfs);
	free(bundle->path);
	cleat_closep(&bundle->fd);
	*bundle = BUNDLE_NONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - the document as a whole: version, root, names, then the parts. */
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct plan_block {
	struct plan_block *next;
	_Alignas(16) char bytes[];
};

void *plan_alloc(struct plan *plan, size_t n, size_t bytes)
{
	size_t total = 0;

	if (__builtin_mul_overflow(n ? n : 1, bytes, &total) ||
	    __builtin_add_overflow(total, sizeof(struct plan_block), &total))
		return NULL;
	struct plan_block *block = calloc(1, total);

	if (!block)
		return NULL;
	block->next = plan->blocks;
	plan->blocks = block;
	return block->bytes;
}

void plan_free(struct plan *plan)
{
	while (plan->blocks) {
		struct plan_block *next = plan->blocks->next;

		free(plan->blocks);
		plan->blocks = next;
	}
	json_free(plan->doc);
	memset(plan, 0, sizeof(*plan));
}

int plan_check_path(const char *path, const char *what, struct cleat_error *err)
{
	if (path[0] != '/')
		return cleat_fail(err, EINVAL, "%s must be an absolute path, not '%s'", what, path);
	if (strlen(path) >= PATH_MAX)
		return cleat_fail(err, ENAMETOOLONG, "%s is longer than %d bytes", what,
				  PATH_MAX - 1);
	if (strchr(path, '\n'))
		return cleat_fail(err, EINVAL, "%s holds a line break", what);
	return 0;
}

int plan_texts(struct plan *plan, const struct json *node, const char *key, size_t spare,
	       const char ***out, size_t *out_n, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, key, JSON_ARRAY, &list, err);

	if (r < 0)
		return r;
	size_t n = json_len(list);
	const char **texts = plan_alloc(plan, n + spare + 1, sizeof(*texts));

	if (!texts)
		return cleat_fail(err, ENOMEM, "cannot hold %s: %m", key);
	for (size_t i = 0; i < n; i++) {
		texts[i] = json_text(json_at(list, i));
		if (!texts[i])
			return cleat_fail(err, EINVAL, "%s[%zu] must be a string", key, i);
	}
	*out = texts;
	*out_n = n;
	return 0;
}

/* 1.x is compatible inside the major version (SemVer): accept every one of them. */
static int check_version(const struct json *root, struct cleat_error *err)
{
	const char *version = NULL;
	int r = json_get_text(root, "ociVersion", &version, err);

	if (r < 0)
		return r;
	if (!version)
		return cleat_fail(err, EINVAL, "ociVersion is missing");
	if (strncmp(version, "1.", 2) != 0)
		return cleat_fail(err, EINVAL, "ociVersion '%s' is not supported: 1.x is", version);
	return 0;
}

static int read_root(struct plan *plan, struct cleat_error *err)
{
	const struct json *node = NULL;
	int r = json_get_node(plan->root, "root", JSON_OBJECT, &node, err);

	if (r == 0)
		r = json_get_text(node, "path", &plan->root_path, err);
	if (r == 0)
		r = json_get_bool(node, "readonly", &plan->root_read_only, err);
	if (r < 0)
		return cleat_wrap(err, "root");
	if (plan->root_path && strlen(plan->root_path) >= PATH_MAX)
		return cleat_fail(err, ENAMETOOLONG, "root.path is longer than %d bytes",
				  PATH_MAX - 1);
	return 0;
}

/* The kernel's own limit, said before the container is half built. */
static int check_name(const char *name, const char *what, struct cleat_error *err)
{
	enum { UTS_MAX = 64 };

	if (name && strlen(name) > UTS_MAX)
		return cleat_fail(err, EINVAL, "%s is longer than %d bytes", what, UTS_MAX);
	return 0;
}

static int read_names(struct plan *plan, struct cleat_error *err)
{
	int r = json_get_text(plan->root, "hostname", &plan->hostname, err);

	if (r == 0)
		r = json_get_text(plan->root, "domainname", &plan->domainname, err);
	if (r == 0)
		r = check_name(plan->hostname, "hostname", err);
	if (r == 0)
		r = check_name(plan->domainname, "domainname", err);
	return r;
}

static int check_whole(const struct plan *plan, struct cleat_error *err)
{
	if (!plan->namespaces[NS_MOUNT].wanted)
		return cleat_fail(err, EINVAL,
				  "linux.namespaces needs a mount namespace: without one the "
				  "container's mounts would be the host's");
	if (!plan->namespaces[NS_UTS].wanted) {
		if (plan->hostname && *plan->hostname)
			return cleat_fail(err, EINVAL, "hostname needs a uts namespace");
		if (plan->domainname && *plan->domainname)
			return cleat_fail(err, EINVAL, "domainname needs a uts namespace");
	}
	return 0;
}

int plan_read(struct plan *plan, const char *config, size_t len, struct cleat_error *err)
{
	const struct json *process = NULL;
	const struct json *mounts = NULL;
	int r = json_parse(config, len, &plan->doc, err);

	if (r < 0)
		return r;
	plan->root = json_root(plan->doc);
	if (json_type(plan->root) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "the configuration must be an object");
	r = check_version(plan->root, err);
	if (r == 0)
		r = read_root(plan, err);
	if (r == 0)
		r = read_names(plan, err);
	if (r == 0)
		r = json_get_node(plan->root, "process", JSON_OBJECT, &process, err);
	if (r == 0 && !process)
		r = cleat_fail(err, EINVAL, "process is missing: there is nothing to run");
	if (r == 0)
		r = plan_read_process_node(plan, process, err);
	if (r == 0)
		r = json_get_node(plan->root, "mounts", JSON_ARRAY, &mounts, err);
	if (r == 0)
		r = plan_read_mounts(plan, mounts, err);
	if (r == 0)
		r = json_get_node(plan->root, "linux", JSON_OBJECT, &plan->linux_, err);
	if (r == 0)
		r = plan_read_linux(plan, plan->linux_, err);
	if (r == 0)
		r = plan_idmap_mounts(plan, err);
	return r < 0 ? r : check_whole(plan, err);
}

int plan_read_process(struct plan *plan, const char *text, size_t len, struct cleat_error *err)
{
	int r = json_parse(text, len, &plan->doc, err);

	if (r < 0)
		return r;
	plan->root = json_root(plan->doc);
	if (json_type(plan->root) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "process must be an object");
	return plan_read_process_node(plan, plan->root, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.c - which containers share a shim: those of one pod, by annotation, as with runc's shim.
 *
 * Only the annotations of config.json count. Most bundles have none of ours, and then the file, which is
 * large, is not even parsed: what is wrong with it is for Create to say.
 */
#include "actions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/fd.h"

enum { LIMIT = 16 << 20 };

/* The first that is there wins. */
static const char *const keys[] = { "io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id" };

static bool mentions(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (memmem(text, len, keys[i], strlen(keys[i])))
			return true;
	return false;
}

static int find(const char *config, size_t len, char **out, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = json_parse(config, len, &doc, err);

	if (r < 0)
		return cleat_wrap(err, "config.json");
	const struct json *annotations = json_get(json_root(doc), "annotations");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = json_text(json_get(annotations, keys[i]));

		if (!value || !*value)
			continue;
		*out = strdup(value);
		return *out ? 0 : cleat_fail(err, ENOMEM, "cannot start a shim: out of memory");
	}
	return 0;
}

int group_of_bundle(char **out, struct cleat_error *err)
{
	_cleanup_free_ char *config = NULL;
	size_t len = 0;
	int r = fd_read_file(AT_FDCWD, "config.json", LIMIT, &config, &len, err);

	*out = NULL;
	if (r < 0 || !mentions(config, len)) {
		*err = (struct cleat_error){ 0 };
		return 0;
	}
	return find(config, len, out, err);
}

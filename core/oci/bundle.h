/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h - a bundle: the directory, its config.json, and the little of it that cleat-oci needs. */
#ifndef CORE_OCI_BUNDLE_H
#define CORE_OCI_BUNDLE_H

#include "arguments.h"

#include <cleat/json.h>

struct bundle {
	int fd;
	char *path, *rootfs; /* absolute */
	char *config;
	size_t config_len;
	struct json_doc *doc;
	bool terminal;
};

#define BUNDLE_NONE ((struct bundle){ .fd = -1 })

/** Open --bundle (or the current directory) and judge its configuration. */
int bundle_open(const struct arguments *arguments, struct bundle *out, struct cleat_error *err);
/** Add variables ("NAME=value", NULL-ended) to process.env of the text. */
int bundle_add_env(struct bundle *bundle, const char *const *env, struct cleat_error *err);
void bundle_fini(struct bundle *bundle);
#define _cleanup_bundle_ __attribute__((cleanup(bundle_fini)))

#endif

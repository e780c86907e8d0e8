/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h - manifests and configs as bytes, before and after they are in the content store. */
#ifndef CORE_IMAGE_MANIFEST_H
#define CORE_IMAGE_MANIFEST_H

#include "image/image.h"

enum {
	MANIFEST_MAX = 4 << 20, /* bytes of a manifest, index or config: OCI's own advice */
	MANIFEST_LAYERS = 400,  /* overlayfs takes 500 */
};

/** What the manifest says of its config. */
struct manifest_config {
	uint64_t size;
};

/**
 * Read a manifest (OCI or docker schema 2): fills id, digest, layers' digests and sizes, size.
 * Then manifest_add_config fills the rest from the config that m->id names. EINVAL.
 */
int manifest_parse(const char *json, size_t len, struct image_manifest **out,
		   struct manifest_config *config, struct cleat_error *err);
int manifest_add_config(struct image_manifest *m, const char *json, size_t len,
			struct cleat_error *err);
void manifest_freep(struct image_manifest **m);
#define _cleanup_manifest_ __attribute__((cleanup(manifest_freep)))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* import.h - from whatever the user has to blobs in the content store. */
#ifndef IMAGE_LAYER_IMPORT_H
#define IMAGE_LAYER_IMPORT_H

#include <stdint.h>

#include "image/image.h"
#include "image/layer/blob.h"
#include "image/layer/source.h"

struct import {
	struct blobs blobs;
	const char *name;         /* what the user wants it to be called, normalised, or NULL */
	const char *fallback;     /* a name made from the file's, or NULL */
	const char *what;         /* the file, for messages */
	const char *architecture; /* "amd64" */
	struct image_result *images;
	size_t n;
};

/** Import @input (a directory, file, fifo or pipe); the results are in @import. */
int import_run(struct import *import, int input, struct cleat_error *err);
void import_fini(struct import *import);
#define _cleanup_import_ __attribute__((cleanup(import_fini)))

/** One more image. @name is as the archive has it; NULL: @import->name or the fallback. */
int import_add_image(struct import *import, const char *name, const char *digest,
		     struct cleat_error *err);
/** Copy file @name of @source into a blob, whose digest must be @digest (NULL: any). */
int import_copy(struct import *import, struct source *source, const char *name, const char *digest,
		uint64_t total, struct blob **out, struct cleat_error *err);
/** Does the user want the image that the archive calls @name? */
bool import_wants(const struct import *import, const char *name);

/* oci.c, docker.c, rootfs.c, pack.c: one kind of image each */
int oci_import(struct import *import, struct source *source, struct cleat_error *err);
int docker_import(struct import *import, struct source *source, struct cleat_error *err);
/** Is this file docker's list of images? A root filesystem may have a manifest.json of its own. */
bool docker_is_list(const char *json, size_t len);
/** Make an image of one layer, a plain tar that is already a blob. */
int rootfs_import(struct import *import, const struct blob *layer, struct cleat_error *err);
/** Write the tree @dir_fd as a tar. Stays on its filesystem. */
int pack_directory(struct import *import, int dir_fd, struct blob **out, struct cleat_error *err);

struct manifest_layer {
	const char *media_type, *digest;
	uint64_t size;
};
/** Store config and an OCI manifest for it; *out_digest is the manifest's. */
int manifest_store(struct import *import, const char *config, size_t config_len,
		   const struct manifest_layer *layers, size_t nlayers,
		   char out_digest[DIGEST_TEXT], struct cleat_error *err);

#endif

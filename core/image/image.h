/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - images: imported by a program of their own, kept as blobs, unpacked at first use.
 *
 * libexec/cleat/cleat-layer does everything that touches bytes from strangers: it is executed with
 * its input and target as descriptors, jails itself, reports over a pipe and links libarchive, which
 * neither the daemon nor the shim does. This header is the daemon's side: start it, hear its
 * progress, get its result; plus reading manifests from the content store.
 */
#ifndef CORE_IMAGE_IMAGE_H
#define CORE_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/snapshotter.h>

struct loop;

/** One layer of an image, lowest first. Digests are "sha256:hex". */
struct image_layer {
	char *digest;   /* of the blob in the content store */
	char *diff_id;  /* of the uncompressed tar */
	char *chain_id; /* name of the committed snapshot */
	uint64_t size;
};

/** What a manifest and its config say. */
struct image_manifest {
	char *id;     /* digest of the config blob: docker's image id */
	char *digest; /* of the manifest blob */
	struct image_layer *layers;
	size_t nlayers;
	char **env, **entrypoint, **cmd;    /* NULL-ended or NULL */
	char *user, *workdir, *stop_signal; /* "" when absent */
	char **labels;                      /* NULL-ended key, value, key, value... */
	char *architecture, *os, *created;
	char *config_json; /* the config blob */
	uint64_t size;     /* of the blobs */
};
void image_manifest_free(struct image_manifest *m);
/** Read and check manifest @digest of the content store under @root_fd (<root>). ENOENT, EINVAL. */
int image_manifest_read(int root_fd, const char *digest, struct image_manifest **out,
			struct cleat_error *err);

/** One image that an import brought. */
struct image_result {
	char *name; /* normalised: "debian:bookworm" gets no registry prefix, ":latest" is added */
	char *digest; /* of the manifest blob */
};
struct image_job; /* a running cleat-layer */

struct image_callbacks {
	void (*progress)(void *arg, const char *step, const char *what, uint64_t bytes,
			 uint64_t total);
	/** Once. @err->errnum 0: success, with the images of an import (borrowed). */
	void (*done)(void *arg, const struct cleat_error *err, const struct image_result *images,
		     size_t nimages);
	void *arg;
};
/**
 * Import @path (directory, OCI layout dir or tar, docker-archive, rootfs tar; any compression) into
 * the content store <root>/content. @name overrides or gives the name. An import that fails or is
 * cancelled leaves no blob that was not there before.
 */
int image_import(struct loop *loop, const char *root, const char *path, const char *name,
		 const struct image_callbacks *callbacks, struct image_job **out,
		 struct cleat_error *err);
/** Unpack blob @digest, whose tar must have @diff_id, into @target (whiteouts as it says). */
int image_unpack(struct loop *loop, const char *root, const char *digest, const char *diff_id,
		 const struct cleat_unpack *target, const struct image_callbacks *callbacks,
		 struct image_job **out, struct cleat_error *err);
/** End the program; `done` is not called any more. NULL is fine. */
void image_job_cancel(struct image_job *job);

/** Normalise a reference: adds ":latest". EINVAL for characters that no reference has. Free *out. */
int image_name_normalise(const char *name, char **out, struct cleat_error *err);
/** Remove a blob; what is not there is success. */
int image_blob_remove(int root_fd, const char *digest, struct cleat_error *err);
/** Every digest in the content store, for garbage collection: calls @each. */
int image_blobs(int root_fd, int (*each)(void *arg, const char *digest, uint64_t size), void *arg,
		struct cleat_error *err);
/** Remove temporary files of imports that died. Called at daemon start. */
int image_sweep(int root_fd, struct cleat_error *err);

#endif

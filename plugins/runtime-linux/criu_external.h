/* SPDX-License-Identifier: Apache-2.0 */
/*
 * criu_external.h - what of a container is not its own: criu must be told, and told again at restore.
 *
 * The names are made of the live configuration, never of the images: those may come from anywhere.
 */
#ifndef RUNTIME_LINUX_CRIU_EXTERNAL_H
#define RUNTIME_LINUX_CRIU_EXTERNAL_H

#include "criu_wire.h"
#include "init.h"

/** The file beside the images that names descriptors 0 to 2. */
#define CRIU_DESCRIPTORS "descriptors.json"

/** For a dump of init @pid: mounts and namespaces of @plan. */
int criu_external_dump(const struct plan *plan, pid_t pid, struct criu_message *opts,
		       struct cleat_error *err);
/** The same names with where they are now. */
int criu_external_restore(const struct plan *plan, int bundle_fd, struct criu_message *opts,
			  struct cleat_error *err);
/** Tell criu which of descriptors 0 to 2 of @pid are outside, and write it down in @image_fd. */
int criu_descriptors_dump(pid_t pid, int image_fd, struct criu_message *opts,
			  struct cleat_error *err);
/**
 * Which inherited descriptor stands for which: of @stdio, duplicated to numbers that criu can keep
 * (out_fds, -1: none), since it has its own standard streams.
 */
int criu_descriptors_restore(const struct cleat_stdio *stdio, int image_fd, int out_fds[3],
			     struct criu_message *opts, struct cleat_error *err);
/** An open namespace @fd under criu's name for kind @ns, if it can be given one (network, pid). */
void criu_external_namespace(enum plan_ns ns, int fd, struct criu_message *opts);

#endif

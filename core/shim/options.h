/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what a client may send as CreateTaskRequest.options. */
#ifndef CORE_SHIM_OPTIONS_H
#define CORE_SHIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

struct Google__Protobuf__Any;

struct runc_options {
	bool no_pivot, no_new_keyring, systemd_cgroup;
	uint32_t io_uid, io_gid;
	char *shim_cgroup;    /* NULL: none */
	char *criu_work_path; /* NULL: none */
};

/** Understands runc's options of both generations; others, and none, leave @out as it is. EINVAL. */
int options_read(const struct Google__Protobuf__Any *any, struct runc_options *out,
		 struct cleat_error *err);
void options_fini(struct runc_options *options);

#endif

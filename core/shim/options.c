/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - runc's options: containerd.runc.v1.Options and containerd.linux.runc.CreateOptions. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/wellknown.pb-c.h"

static const char *bare(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

static int keep(char **out, const char *path, struct cleat_error *err)
{
	if (!*path)
		return 0;
	free(*out);
	*out = strdup(path);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot read the options: out of memory");
}

/* They choose a program and its directory; our runtime is no program. */
static void tell_unused(const Containerd__Runc__V1__Options *o)
{
	if (*o->binary_name)
		log_line(CLEAT_DEBUG, "option binary_name '%s' is ignored: the runtime is built in",
			 o->binary_name);
	if (*o->root)
		log_line(CLEAT_DEBUG, "option root '%s' is ignored: records are in the bundle",
			 o->root);
}

static int read_v2(const Google__Protobuf__Any *any, struct runc_options *out,
		   struct cleat_error *err)
{
	Containerd__Runc__V1__Options *o =
		containerd__runc__v1__options__unpack(NULL, any->value.len, any->value.data);

	if (!o)
		return cleat_fail(err, EINVAL, "the options are not a valid %s", any->type_url);
	out->no_pivot = o->no_pivot_root;
	out->no_new_keyring = o->no_new_keyring;
	out->systemd_cgroup = o->systemd_cgroup;
	out->io_uid = o->io_uid;
	out->io_gid = o->io_gid;
	tell_unused(o);
	int r = keep(&out->shim_cgroup, o->shim_cgroup, err);

	if (r == 0)
		r = keep(&out->criu_work_path, o->criu_work_path, err);

	containerd__runc__v1__options__free_unpacked(o, NULL);
	return r;
}

/* Clients send the v1 runtime's type to every shim that is not named io.containerd.runc.*. */
static int read_v1(const Google__Protobuf__Any *any, struct runc_options *out,
		   struct cleat_error *err)
{
	Containerd__Runc__V1__LinuxCreateOptions *o =
		containerd__runc__v1__linux_create_options__unpack(NULL, any->value.len,
								   any->value.data);

	if (!o)
		return cleat_fail(err, EINVAL, "the options are not a valid %s", any->type_url);
	out->no_pivot = o->no_pivot_root;
	out->no_new_keyring = o->no_new_keyring;
	out->io_uid = o->io_uid;
	out->io_gid = o->io_gid;
	int r = keep(&out->shim_cgroup, o->shim_cgroup, err);

	if (r == 0)
		r = keep(&out->criu_work_path, o->criu_work_path, err);

	containerd__runc__v1__linux_create_options__free_unpacked(o, NULL);
	return r;
}

int options_read(const Google__Protobuf__Any *any, struct runc_options *out,
		 struct cleat_error *err)
{
	const char *type = any ? bare(any->type_url) : "";

	if (strcmp(type, "containerd.runc.v1.Options") == 0)
		return read_v2(any, out, err);
	if (strcmp(type, "containerd.linux.runc.CreateOptions") == 0)
		return read_v1(any, out, err);
	return 0;
}

void options_fini(struct runc_options *options)
{
	free(options->shim_cgroup);
	free(options->criu_work_path);
	options->shim_cgroup = options->criu_work_path = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* default.c - what `cleat-oci spec` writes: a shell in ./rootfs, with few rights, to be edited. */
#include "draft.h"

#include "base/fd.h"
#include "base/install.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <limits.h>

enum { MAX_PROFILE = 1 << 20 };

/* The installation's profile; a template without one is still a template. */
static char *read_profile(void)
{
	struct cleat_error ignored = { 0 };
	char path[PATH_MAX];
	char *text = NULL;
	size_t len = 0;

	if (install_file("seccomp.json", path, sizeof(path), &ignored) < 0 ||
	    fd_read_file(AT_FDCWD, path, MAX_PROFILE, &text, &len, &ignored) < 0)
		return NULL;
	return text;
}

int spec_default(bool rootless, char **out_json, struct cleat_error *err)
{
	static const struct spec_rlimit nofile = { "RLIMIT_NOFILE", 1024, 1024 };
	_cleanup_free_ char *profile = read_profile();
	const struct spec_options options = {
		.args = (const char *const[]){ "sh", NULL },
		.terminal = true,
		.read_only = true,
		.no_new_privileges = true,
		.hostname = "cleat",
		.cap_drop = (const char *const[]){ "ALL", NULL },
		.cap_add = (const char *const[]){ "AUDIT_WRITE", "KILL", "NET_BIND_SERVICE", NULL },
		.seccomp = profile,
		.rlimits = &nofile,
		.nrlimits = 1,
	};
	struct draft draft = { .options = &options, .rootless = rootless };

	return draft_write(&draft, true, out_json, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsm.c - AppArmor profile and SELinux label for the coming execve.
 *
 * Written through the host's procfs that proc_open has verified; BENEATH and NO_XDEV make sure that
 * nothing that somebody mounted there takes the write instead (CVE-2019-16884, CVE-2025-52881).
 */
#include "init.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

static int open_attribute(int proc, const char *name)
{
	char path[64];
	struct statfs fs;
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
				.resolve =
					RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };

	(void)snprintf(path, sizeof(path), "self/attr/%s", name);
	_cleanup_close_ int fd = sys_openat2(proc, path, &how);

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return -EINVAL;
	return take_fd(&fd);
}

static int write_attribute(int proc, const char *name, const char *value)
{
	size_t len = strlen(value);
	_cleanup_close_ int fd = open_attribute(proc, name);

	if (fd < 0)
		return fd;
	return write(fd, value, len) == (ssize_t)len ? 0 : -errno;
}

static int set_apparmor(const struct init *init, const char *profile, struct cleat_error *err)
{
	char text[512];

	if ((size_t)snprintf(text, sizeof(text), "exec %s", profile) >= sizeof(text))
		return cleat_fail(err, ENAMETOOLONG, "apparmorProfile: %m");
	int r = write_attribute(init->proc_fd, "apparmor/exec", text);

	if (r == -ENOENT) /* before Linux 5.8 */
		r = write_attribute(init->proc_fd, "exec", text);
	return r < 0 ? cleat_fail(err, -r, "AppArmor profile '%s': %m", profile) : 0;
}

int lsm_apply(struct init *init, struct cleat_error *err)
{
	const struct plan_process *p = init->process;

	if (p->selinux && *p->selinux) {
		int r = write_attribute(init->proc_fd, "exec", p->selinux);

		if (r < 0)
			return cleat_fail(err, -r, "SELinux label '%s': %m", p->selinux);
	}
	return p->apparmor && *p->apparmor ? set_apparmor(init, p->apparmor, err) : 0;
}

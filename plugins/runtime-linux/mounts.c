/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.c - the configuration's mounts, in its order.
 *
 * Each is made detached with its attributes, its place is opened inside the root, and the one is
 * moved onto the other: no name is resolved twice, so nobody can swap a link in between
 * (CVE-2021-30465, CVE-2019-19921, CVE-2023-28642).
 */
#include "mounts.h"

#include "cgroup.h"
#include "descriptors.h"
#include "mount_classic.h"
#include "mount_fd.h"
#include "namespaces.h"
#include "path.h"
#include "rootfs.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/magic.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

enum { PROC_ROOT_INODE = 1 };

enum proc_place { NOT_PROC, PROC_ROOT, INSIDE_PROC };

static enum proc_place proc_place_of(int fd)
{
	struct statfs fs;
	struct stat st;

	/* What cannot be judged counts as the worst. */
	if (fstatfs(fd, &fs) < 0)
		return INSIDE_PROC;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return NOT_PROC;
	return fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INODE ? PROC_ROOT : INSIDE_PROC;
}

/* Files of /proc that something like lxcfs may cover, because no program of ours relies on them. */
static bool may_cover(const char *below_proc)
{
	static const char *const names[] = {
		"cpuinfo",
		"diskstats",
		"meminfo",
		"stat",
		"swaps",
		"uptime",
		"loadavg",
		"slabinfo",
		"sys/kernel/ns_last_pid",
		"sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], below_proc) == 0)
			return true;
	return false;
}

/* "/a//b/./c/../d" as "a/b/d": what a reader of the configuration sees, links aside. */
void mounts_clean_path(const char *path, char *out, size_t size)
{
	size_t used = 0;

	for (const char *at = path; *at;) {
		at += strspn(at, "/");
		size_t len = strcspn(at, "/");

		if (len == 2 && at[0] == '.' && at[1] == '.') {
			while (used > 0 && out[used - 1] != '/')
				used--;
			used -= used > 0;
		} else if (len > 0 && !(len == 1 && at[0] == '.') && used + len + 2 < size) {
			if (used)
				out[used++] = '/';
			memcpy(out + used, at, len);
			used += len;
		}
		at += len;
	}
	out[used] = '\0';
}

/*
 * A cover on /proc can feign what the runtime and the programs inside ask the kernel (CVE-2015-3631,
 * CVE-2019-16884). Judged twice: by the name as written, and by what @target really is.
 */
int mounts_check_proc(const char *destination, const char *type, int target, int source,
		      struct cleat_error *err)
{
	char clean[PATH_MAX];
	enum proc_place place = proc_place_of(target);
	bool listed = false;

	mounts_clean_path(destination, clean, sizeof(clean));
	if (strncmp(clean, "proc/", 5) == 0)
		listed = may_cover(clean + 5);
	if (strncmp(clean, "proc/", 5) == 0 && !listed)
		return cleat_fail(err, EPERM, "nothing may be mounted inside /proc");
	if (place == INSIDE_PROC && !listed)
		return cleat_fail(err, EPERM, "it leads into a procfs");
	if (place != PROC_ROOT && strcmp(clean, "proc") != 0)
		return 0;
	if (strcmp(type, "proc") == 0 || (source >= 0 && proc_place_of(source) == PROC_ROOT))
		return 0;
	return cleat_fail(err, EPERM, "only a procfs may be mounted on /proc");
}

/* Where it goes: opened, or made with its parents. */
static int open_target(int root, const struct plan_mount *m, bool directory, bool *out_made)
{
	bool kernels = strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0;
	uint64_t resolve = 0;

	/* proc and sysfs on a link could end up anywhere in the image: CVE-2019-19921. */
	if (!m->options.bind && kernels)
		resolve = RESOLVE_NO_SYMLINKS;
	int fd = path_open(root, m->destination,
			   O_PATH | (m->options.destination_nofollow ? O_NOFOLLOW : 0), resolve);

	*out_made = fd == -ENOENT;
	if (fd != -ENOENT)
		return fd;
	return directory ? path_make_missing(root, m->destination, 0755)
			 : path_make_file(root, m->destination, 0644);
}

static int attach(int root, const struct plan_mount *m, int fd, struct cleat_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot look at the source: %m");
	bool made = false;
	_cleanup_close_ int target = open_target(root, m, S_ISDIR(st.st_mode), &made);

	if (target < 0)
		return cleat_fail(err, -target, "cannot open its place: %m");
	if (mounts_check_proc(m->destination, m->type, target, fd, err) < 0)
		return -err->errnum;
	int r = mount_fd_attach(fd, target);

	return r < 0 ? cleat_fail(err, -r, "cannot attach it: %m") : 0;
}

static int mount_bind(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	bool ours = m->source_fd < 0;
	_cleanup_close_ int opened = -1;
	int fd = m->source_fd;

	if (ours) {
		opened = mount_fd_clone_here(init->proc_fd, init->bundle_fd, m->source,
					     m->options.recursive, m->options.source_nofollow);
		fd = opened;
	}
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open the source '%s': %m", m->source);
	if (!ours && !(init->plan->propagation & MS_SHARED)) {
		int changed = mount_fd_change(
			fd, &(struct mount_change){ .propagation = MS_SLAVE, .recursive = true });

		if (changed < 0)
			return cleat_fail(err, -changed, "propagation: %m");
	}
	int r = mount_fd_attributes(fd, &m->options, err);

	return r < 0 ? r : attach(init->root_fd, m, fd, err);
}

/* A tmpfs gets the mode of the directory that it covers, if that was there. */
static mode_t mode_below(int root, const struct plan_mount *m)
{
	mode_t mode = 0;
	struct stat st;
	_cleanup_close_ int fd = path_open(root, m->destination, O_PATH, 0);

	if (fd >= 0 && fstat(fd, &st) == 0)
		mode = st.st_mode & 07777;
	return mode;
}

static bool inherits_mode(const struct plan_mount *m)
{
	return strcmp(m->type, "tmpfs") == 0 && !m->options.has_mode;
}

/*
 * "iversion" is the one flag of mount(2) that the newer calls do not have. By the descriptor's name: it is
 * the root of what we have just attached.
 */
static int count_versions(const struct init *init, const struct plan_mount *m, int fd,
			  struct cleat_error *err)
{
	unsigned long flags = MS_REMOUNT | MS_I_VERSION | mount_options_flags(&m->options);
	char path[64];

	/* Here it would mean the superblock, which the kernel's own filesystems share with the host. */
	if (!mount_fd_is_on_device(m->type))
		flags &= ~(unsigned long)MS_RDONLY;
	(void)snprintf(path, sizeof(path), "self/fd/%d", fd);
	if (fchdir(init->proc_fd) < 0 || mount(NULL, path, NULL, flags, NULL) < 0)
		return cleat_fail(err, errno, "option 'iversion': %m");
	return 0;
}

/*
 * sysfs belongs to a network namespace and proc to a pid namespace: one that our user namespace does
 * not own shows the same when it is bound. Attributes go all the way down, because what is mounted on
 * the host's (control groups, CVE-2023-25809) would not have been there.
 */
static int bind_instead(struct init *init, const struct plan_mount *m, const char *source,
			struct cleat_error *err)
{
	struct plan_mount bind = *m;

	bind.source = source;
	bind.source_fd = -1;
	bind.options.bind = bind.options.recursive = true;
	bind.options.set_all |= bind.options.set & ~(uint64_t)MOUNT_ATTR__ATIME;
	return mount_bind(init, &bind, err);
}

static int mount_refused(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	if (strcmp(m->type, "sysfs") == 0)
		return bind_instead(init, m, "/sys", err);
	if (strcmp(m->type, "proc") != 0)
		return -EPERM;
	if (!init->plan->namespaces[NS_PID].wanted)
		return bind_instead(init, m, "/proc", err);
	return cleat_fail(err, EPERM,
			  "%s: parts of /proc outside are covered, and then a user "
			  "namespace may not mount one",
			  strerror(EPERM));
}

/*
 * A tmpfs that is to be read-only is written to first: what is mounted below it, and devices, need places
 * there. Not one that is remounted later: that says what it is to be in the end.
 */
static bool sealed_later(const struct init *init, const struct plan_mount *m)
{
	const struct plan_mount *end = init->plan->mounts + init->plan->nmounts;

	if (!m->options.read_only || strcmp(m->type, "tmpfs") != 0)
		return false;
	for (const struct plan_mount *later = m + 1; later < end; later++)
		if (later->options.remount && strcmp(later->destination, m->destination) == 0)
			return false;
	return true;
}

/* By descriptor: what else is mounted on that place is not meant. */
static int seal_later(struct init *init, int fd, struct cleat_error *err)
{
	int *grown = reallocarray(init->unsealed, init->nunsealed + 1, sizeof(*grown));
	int kept = grown ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (grown)
		init->unsealed = grown;
	if (kept < 0)
		return cleat_fail(err, errno, "cannot keep it: %m");
	grown[init->nunsealed++] = kept;
	return 0;
}

int mounts_seal(struct init *init, struct cleat_error *err)
{
	for (size_t i = 0; i < init->nunsealed; i++) {
		int r = mount_fd_read_only(init->unsealed[i], false);

		if (r < 0)
			return cleat_fail(err, -r, "cannot make a tmpfs read-only: %m");
	}
	descriptors_close_all(init->unsealed, init->nunsealed);
	free(init->unsealed);
	init->unsealed = NULL;
	init->nunsealed = 0;
	return 0;
}

int mount_in_place(struct init *init, const struct plan_mount *m, mode_t mode,
		   struct cleat_error *err)
{
	bool made = false;
	_cleanup_close_ int target = open_target(init->root_fd, m, true, &made);

	if (target < 0)
		return cleat_fail(err, -target, "cannot open its place: %m");
	/* Nobody can make a directory in a procfs. */
	if (!made && mounts_check_proc(m->destination, m->type, target, -1, err) < 0)
		return -err->errnum;
	if (mount_classic(m, mode, target) < 0)
		return 1;
	descriptors_close_later(&init->done, take_fd(&target));
	return 0;
}

static int mount_filesystem(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	_cleanup_close_ int fd = -1;
	struct mount_options first = m->options;
	struct mount_options rest = m->options;
	mode_t mode = inherits_mode(m) ? mode_below(init->root_fd, m) : 0;
	bool late = sealed_later(init, m);
	int in_place = mount_classic_fits(m) ? mount_in_place(init, m, mode, err) : 1;

	if (in_place <= 0)
		return in_place;

	if (m->options.copy_up || m->options.iversion || late) /* after what is done here */
		first.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	int r = mount_fd_new(m->type, m->source, &first, mode, &fd, err);

	if (r == -EPERM)
		return mount_refused(init, m, err);
	if (r == 0 && m->options.copy_up)
		r = mounts_copy_up(init->root_fd, m, fd, err);
	if (r < 0)
		return r;
	rest.clear = 0; /* the others were given to fsmount */
	rest.set &= ~first.set;
	if (late) {
		rest.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		r = seal_later(init, fd, err);
		if (r < 0)
			return r;
	}
	if (m->options.iversion) {
		r = attach(init->root_fd, m, fd, err);
		if (r == 0)
			r = count_versions(init, m, fd, err);
		return r < 0 ? r : mount_fd_attributes(fd, &rest, err);
	}
	r = mount_fd_attributes(fd, &rest, err);
	return r < 0 ? r : attach(init->root_fd, m, fd, err);
}

/*
 * "remount" of what an earlier entry has mounted. Words of the filesystem go to its superblock, attributes
 * to the mount; what is not named stays, so that nobody loses nosuid by asking for ro.
 */
static int mount_again(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	struct mount_options options = m->options;
	_cleanup_close_ int target = path_open(init->root_fd, m->destination, O_PATH, 0);

	if (target < 0)
		return cleat_fail(err, -target, "cannot open it: %m");
	if (!m->options.bind && mount_fd_reconfigure(target, m->type, &m->options, err) < 0)
		return cleat_wrap(err, "remount");
	options.bind = false; /* here "rw" means it */
	return mount_fd_attributes(target, &options, err);
}

static int mount_one(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	char clean[4];

	mounts_clean_path(m->destination, clean, sizeof(clean));
	if (!clean[0] && strspn(m->destination, "/.") == strlen(m->destination))
		return cleat_fail(err, EINVAL, "a mount on the root itself is not possible");
	if (m->options.remount)
		return mount_again(init, m, err);
	if (m->options.bind)
		return mount_bind(init, m, err);
	if (strcmp(m->type, "cgroup") == 0)
		return mount_cgroup(init, m, err);
	return mount_filesystem(init, m, err);
}

int mounts_make(struct init *init, struct cleat_error *err)
{
	for (size_t i = 0; i < init->plan->nmounts; i++) {
		const struct plan_mount *m = &init->plan->mounts[i];

		if (mount_one(init, m, err) < 0)
			return cleat_wrap(err, "'%s' on '%s'", *m->type ? m->type : m->source,
					  m->destination);
	}
	descriptors_later_end(&init->done);
	return 0;
}

/* The parent: sources that the child may not reach, or that must keep their peers. */
static int open_source(struct init *init, struct plan_mount *m, int bundle_fd,
		       struct cleat_error *err)
{
	bool relative = m->source[0] != '/';

	if (!relative && !m->options.idmap && !init->has_userns &&
	    !(init->plan->propagation & MS_SHARED))
		return 0;
	m->source_fd = mount_fd_clone(relative ? bundle_fd : AT_FDCWD, m->source,
				      m->options.recursive, m->options.source_nofollow);
	int r = m->source_fd < 0 ? m->source_fd : 0;

	/* As the root filesystem: without privilege it is the child that may. */
	if (r == -EPERM && init->has_userns && !m->options.idmap) {
		m->source_fd = -1;
		return 0;
	}
	if (r < 0)
		return cleat_fail(err, -r, "cannot open the source '%s': %m", m->source);
	if (!m->options.idmap)
		return 0;
	_cleanup_close_ int userns = -1;

	r = idmap_namespace(&m->uids, &m->gids, &userns, err);
	if (r < 0)
		return r;
	r = mount_fd_idmap(m->source_fd, userns, m->options.idmap_all);
	return r < 0 ? cleat_fail(err, -r, "cannot map the ids of '%s': %m%s", m->source,
				  r == -ENOSYS ? "; idmap needs Linux 5.12" : "")
		     : 0;
}

int mounts_open(struct init *init, struct plan *plan, int bundle_fd, struct cleat_error *err)
{
	for (size_t i = 0; i < plan->nmounts; i++) {
		struct plan_mount *m = &plan->mounts[i];

		if (m->options.bind && open_source(init, m, bundle_fd, err) < 0)
			return cleat_wrap(err, "cannot mount '%s' on '%s'", m->source,
					  m->destination);
	}
	return 0;
}

void mounts_close(struct plan *plan)
{
	for (size_t i = 0; i < plan->nmounts; i++)
		cleat_closep(&plan->mounts[i].source_fd);
	plan->nmounts = 0;
}

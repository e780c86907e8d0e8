/* SPDX-License-Identifier: Apache-2.0 */
/* mount_fd.h - detached mounts: made, given their attributes, and moved into place by descriptor. */
#ifndef RUNTIME_LINUX_MOUNT_FD_H
#define RUNTIME_LINUX_MOUNT_FD_H

#include "mount_old.h"
#include "mount_options.h"

#include <sys/types.h>

#include <cleat/error.h>

/** A copy of the mount (with @recursive: the tree of mounts) at @path. fd or -errno. */
int mount_fd_clone(int dir, const char *path, bool recursive, bool nofollow);
/**
 * The same in a mount namespace that @dir was not opened in, where it is another's and cannot be
 * cloned: by the name that @dir has in @proc.
 */
int mount_fd_clone_here(int proc, int dir, const char *path, bool recursive, bool nofollow);
/** A new instance of filesystem @type; @mode is given to a tmpfs without one, unless it is 0. */
int mount_fd_new(const char *type, const char *source, const struct mount_options *options,
		 mode_t mode, int *out_fd, struct cleat_error *err);
/** Change the superblock behind @target, the root of a mount, by the filesystem's words of @options. */
int mount_fd_reconfigure(int target, const char *type, const struct mount_options *options,
			 struct cleat_error *err);
/** Is @type none of the kernel's own filesystems, whose superblocks the host may share? */
bool mount_fd_is_on_device(const char *type);
/** What the kernel said of the last failure on filesystem context @context, into @text. */
void mount_fd_why(int context, char *text, size_t size);
/** Set attributes and propagation on a detached or attached mount. */
int mount_fd_attributes(int fd, const struct mount_options *options, struct cleat_error *err);
/** Make the mount at @fd read-only, all below it too when @recursive. 0 or -errno. */
int mount_fd_read_only(int fd, bool recursive);
/** Give the mount at @fd the ids of user namespace @userns. 0 or -errno. */
int mount_fd_idmap(int fd, int userns, bool recursive);
/** Change a mount, detached or not, as mount_setattr does. 0 or -errno. */
int mount_fd_change(int fd, const struct mount_change *change);
/** Move a detached mount onto what @target is. 0 or -errno. */
int mount_fd_attach(int fd, int target);
/** The same by name: onto the topmost mount of what is there. */
int mount_fd_attach_at(int fd, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_idmap.c - an overlay whose layers have their ids mapped.
 *
 * overlayfs takes layers by path, and the mount that a path leads to says how ids are mapped. So a helper
 * attaches a mapped copy of each layer in a mount namespace of its own, under short names on a tmpfs, makes
 * the overlay of those, and hands it over detached: the overlay keeps the copies, the namespace goes.
 *
 * The upper directory is not mapped. On disk it holds the host's ids, as containerd and podman have it: a
 * setuid file of the container's root never is one of the host's, and overlayfs can make its work directory,
 * which host root, who is nobody in the mapping, could not.
 */
#include "root_idmap.h"

#include "mount_fd.h"
#include "mount_helper.h"
#include "overlay.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { OPTION_PAGE = 4095 };

/* Covered in the helper's own namespace only: every machine has it. */
static const char place[] = "/proc";

/* One layer: a mapped copy at the directory "@index" of here. */
static int attach_layer(const char *layer, unsigned index, int userns, struct cleat_error *err)
{
	_cleanup_close_ int fd = mount_fd_clone(AT_FDCWD, layer, false, true);
	char name[12];

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open the layer '%s': %m", layer);
	if (root_idmap_apply(fd, userns, false, layer, err) < 0)
		return -err->errnum;
	(void)snprintf(name, sizeof(name), "%u", index);
	if (mkdir(name, 0700) < 0)
		return cleat_fail(err, errno, "cannot make a place for the layer '%s': %m", layer);
	int r = mount_fd_attach_at(fd, name);

	return r < 0 ? cleat_fail(err, -r, "cannot mount the layer '%s': %m", layer) : 0;
}

/* "lowerdir=0:1:2", one for each of @lower. */
static int attach_layers(const char *lower, int userns, char *options, size_t *used,
			 struct cleat_error *err)
{
	char name[PATH_MAX];
	unsigned n = 0;

	*used = (size_t)snprintf(options, OPTION_PAGE, "lowerdir=");
	for (const char *at = lower; *at; n++) {
		at = overlay_next_layer(at, name, sizeof(name));
		if (attach_layer(name, n, userns, err) < 0)
			return -err->errnum;
		if (*used < OPTION_PAGE)
			*used += (size_t)snprintf(options + *used, OPTION_PAGE - *used, "%s%u",
						  n ? ":" : "", n);
	}
	return 0;
}

/* What is overlayfs' own: not the layers, the ids, or a word of every mount. */
static bool is_overlays(const char *word)
{
	return strncmp(word, "lowerdir=", strlen("lowerdir=")) != 0 && !root_idmap_is_word(word) &&
	       !overlay_is_mount_word(word);
}

static int add_words(const struct cleat_mount *mount, char *options, size_t used,
		     struct cleat_error *err)
{
	for (size_t i = 0; mount->options[i] && used < OPTION_PAGE; i++)
		if (is_overlays(mount->options[i]))
			used += (size_t)snprintf(options + used, OPTION_PAGE - used, ",%s",
						 mount->options[i]);
	if (used >= OPTION_PAGE)
		return cleat_fail(err, E2BIG, "its options do not fit into a page");
	return 0;
}

/* What EINVAL means on a kernel that is too old. */
static void too_old(int errnum, char *text, size_t size)
{
	struct utsname name;
	unsigned major_number = 0;
	unsigned minor_number = 0;

	text[0] = '\0';
	if (errnum == EINVAL && uname(&name) == 0 &&
	    sscanf(name.release, "%u.%u", &major_number, &minor_number) == 2 &&
	    (major_number < 5 || (major_number == 5 && minor_number < 19)))
		(void)snprintf(
			text, size,
			"; layers with mapped ids need Linux 5.19, and this is %u.%u: use no "
			"user namespace here",
			major_number, minor_number);
}

struct mapped {
	const struct cleat_mount *overlay;
	const char *lower;
	int userns;
};

static int helper_mount(const void *arg, struct cleat_error *err)
{
	const struct mapped *mapped = arg;
	char options[OPTION_PAGE + 1];
	char hint[120];
	size_t used = 0;

	if (mount("tmpfs", place, "tmpfs", 0, "mode=0700") < 0 || chdir(place) < 0 ||
	    mkdir("whole", 0700) < 0)
		return cleat_fail(err, errno, "cannot make a place for its layers: %m");
	if (attach_layers(mapped->lower, mapped->userns, options, &used, err) < 0 ||
	    add_words(mapped->overlay, options, used, err) < 0)
		return -err->errnum;
	if (mount("overlay", "whole", "overlay", 0, options) < 0) {
		int saved = errno;

		too_old(saved, hint, sizeof(hint));
		return cleat_fail(err, saved, "%s%s", strerror(saved), hint);
	}
	int fd = mount_fd_clone(AT_FDCWD, "whole", false, false);

	return fd < 0 ? cleat_fail(err, -fd, "cannot take it along: %m") : fd;
}

int overlay_open_mapped(const struct cleat_mount *mount, const char *lower, int userns, int *out_fd,
			struct cleat_error *err)
{
	const struct mapped mapped = { mount, lower, userns };

	return mount_by_helper(helper_mount, &mapped, out_fd, err) < 0 ? cleat_wrap(err, "overlay")
								       : 0;
}

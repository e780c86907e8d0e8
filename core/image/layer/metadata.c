/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.c - owner, attributes, mode and times of an unpacked entry.
 *
 * The order matters: a change of owner takes set-id bits and file capabilities away, so the mode and
 * the attributes come after it. A directory's times come last of all, when nothing is written into it.
 */
#include "image/layer/unpack.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What overlayfs reads as its own marks would let a layer redirect names; labels are this machine's. */
static bool is_allowed(const char *name)
{
	static const char *const refused[] = { "trusted.overlay.",  "trusted.cleat.",
					       "user.overlay.",     "security.ima",
					       "security.evm",      "security.selinux",
					       "security.apparmor", "security.SMACK64" };

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (text_starts(name, refused[i]))
			return false;
	return true;
}

/* A filesystem without attributes is no reason to refuse an image; nor are user.* on a device. */
static bool is_tolerable(const struct place *place, const char *name, int errnum)
{
	mode_t type = archive_entry_filetype(place->entry);

	return errnum == EOPNOTSUPP || (errnum == EPERM && text_starts(name, "user.") &&
					type != AE_IFREG && type != AE_IFDIR);
}

static int set_xattr(const struct place *place, int fd, const char *name, const void *value,
		     size_t len)
{
	if (fd >= 0)
		return fsetxattr(fd, name, value, len, 0);
	/* There is no *at form: stand in the directory and name the last component, not followed. */
	return fchdir(place->dir) < 0 ? -1 : lsetxattr(place->base, name, value, len, 0);
}

static int apply_xattrs(struct unpack *unpack, const struct place *place, int fd,
			struct cleat_error *err)
{
	const char *name = NULL;
	const void *value = NULL;
	size_t len = 0;

	(void)archive_entry_xattr_reset(place->entry);
	while (archive_entry_xattr_next(place->entry, &name, &value, &len) == ARCHIVE_OK) {
		if (!name || !is_allowed(name))
			continue;
		if (set_xattr(place, fd, name, value, len) < 0 && !is_tolerable(place, name, errno))
			return cleat_fail(err, errno,
					  "layer %s: cannot set attribute %.60s of '%.120s': %m",
					  unpack->options->layer, name, place->path);
	}
	return 0;
}

static void entry_times(struct archive_entry *entry, struct timespec times[2])
{
	times[1].tv_sec = archive_entry_mtime(entry);
	times[1].tv_nsec = archive_entry_mtime_nsec(entry);
	times[0] = times[1];
	if (archive_entry_atime_is_set(entry)) {
		times[0].tv_sec = archive_entry_atime(entry);
		times[0].tv_nsec = archive_entry_atime_nsec(entry);
	}
}

static int remember_times(struct unpack *unpack, const struct place *place)
{
	struct late_times *late = NULL;

	if (unpack->nlate == unpack->late_room) {
		size_t room = unpack->late_room ? unpack->late_room * 2 : 256;

		late = reallocarray(unpack->late, room, sizeof(*late));
		if (!late)
			return -ENOMEM;
		unpack->late = late;
		unpack->late_room = room;
	}
	late = &unpack->late[unpack->nlate];
	late->path = strdup(place->path);
	if (!late->path)
		return -ENOMEM;
	entry_times(place->entry, late->times);
	unpack->nlate++;
	return 0;
}

static int apply_mode(const struct place *place, int fd)
{
	mode_t mode = archive_entry_perm(place->entry) & 07777;

	if (archive_entry_filetype(place->entry) == AE_IFLNK)
		return 0; /* a symlink has none */
	/* A device or fifo cannot be opened safely; it was just made by us and is no link. */
	return fd >= 0 ? fchmod(fd, mode) : fchmodat(place->dir, place->base, mode, 0);
}

int metadata_apply(struct unpack *unpack, const struct place *place, struct cleat_error *err)
{
	mode_t type = archive_entry_filetype(place->entry);
	_cleanup_close_ int fd = -1;
	struct timespec times[2];

	if (type == AE_IFREG || type == AE_IFDIR) {
		fd = openat(place->dir, place->base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return unpack_failed(unpack, "open", place->path, errno, err);
	}
	if (fchownat(place->dir, place->base, (uid_t)archive_entry_uid(place->entry),
		     (gid_t)archive_entry_gid(place->entry), AT_SYMLINK_NOFOLLOW) < 0)
		return unpack_failed(unpack, "change the owner of", place->path, errno, err);
	if (type == AE_IFDIR)
		place_unmark(fd);
	if (apply_xattrs(unpack, place, fd, err) < 0)
		return -err->errnum;
	if (apply_mode(place, fd) < 0)
		return unpack_failed(unpack, "change the mode of", place->path, errno, err);
	if (type == AE_IFDIR)
		return remember_times(unpack, place) < 0
			       ? unpack_failed(unpack, "remember", place->path, ENOMEM, err)
			       : 0;
	entry_times(place->entry, times);
	if (utimensat(place->dir, place->base, times, AT_SYMLINK_NOFOLLOW) < 0)
		return unpack_failed(unpack, "set the times of", place->path, errno, err);
	return 0;
}

int metadata_apply_late(struct unpack *unpack, struct cleat_error *err)
{
	for (size_t i = unpack->nlate; i > 0; i--) {
		const struct late_times *late = &unpack->late[i - 1];
		_cleanup_close_ int fd =
			place_open(unpack, late->path, strlen(late->path), O_RDONLY | O_DIRECTORY);

		if (fd < 0)
			continue; /* a later entry replaced it */
		if (futimens(fd, late->times) < 0)
			return unpack_failed(unpack, "set the times of", late->path, errno, err);
	}
	return 0;
}

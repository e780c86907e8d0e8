/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - the files of an image archive, in a directory or in a plain tar.
 *
 * A tar is listed once; a file in it is then read by starting anew at its header.
 */
#include "image/layer/source.h"

#include "base/dir.h"
#include "base/text.h"
#include "image/layer/path.h"
#include "image/layer/tar.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 10, DEPTH_MAX = 3, BLOCK = 256 << 10 };

struct member {
	char *name, *link; /* link: cleaned target of a symbolic or hard link, else NULL */
	off_t position;
};

struct source {
	int fd;
	bool is_tar;
	const char *what;
	struct member *member;
	size_t n, room, entries;
};

static struct source *source_new(int fd, bool is_tar, const char *what)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source) {
		source->fd = fd;
		source->is_tar = is_tar;
		source->what = what;
	}
	return source;
}

int source_of_directory(int dir_fd, struct source **out, struct cleat_error *err)
{
	*out = source_new(dir_fd, false, "the directory");
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot read an image: out of memory");
}

void source_close(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->n; i++) {
		free(source->member[i].name);
		free(source->member[i].link);
	}
	free(source->member);
	free(source);
}

void source_closep(struct source **source)
{
	source_close(*source);
}

/* ---- the list of a tar ------------------------------------------------------------------------- */

/* Targets of symlinks count from the link's directory, those of hard links from the root. */
static char *link_target(const char *name, struct archive_entry *entry)
{
	char target[PATH_MAX];
	const char *hard = archive_entry_hardlink(entry);
	const char *symbolic = hard ? NULL : archive_entry_symlink(entry);
	_cleanup_free_ char *joined = NULL;
	size_t parent = 0;

	if (!hard && !symbolic)
		return NULL;
	(void)path_base(name, &parent);
	if (symbolic && *symbolic != '/')
		joined = text_format("%.*s/%s", (int)parent, name, symbolic);
	else
		joined = strdup(hard ? hard : symbolic);
	if (!joined || path_clean(joined, target) < 0)
		return strdup(""); /* leads nowhere */
	return strdup(target);
}

static bool is_deep(const char *name)
{
	int slashes = 0;

	for (; *name; name++)
		slashes += *name == '/';
	return slashes >= DEPTH_MAX;
}

static int add_member(struct source *source, struct archive_entry *entry, off_t position,
		      struct cleat_error *err)
{
	char name[PATH_MAX];
	bool linked = archive_entry_hardlink(entry) || archive_entry_symlink(entry);
	struct member *member = NULL;

	source->entries++;
	/* Image archives are flat: what is deeper belongs to a root filesystem. */
	if ((!linked && archive_entry_filetype(entry) != AE_IFREG) ||
	    path_clean(archive_entry_pathname(entry), name) < 0 || is_deep(name))
		return 0;
	if (source->n == source->room) {
		size_t room = source->room ? source->room * 2 : 64;

		member = reallocarray(source->member, room, sizeof(*member));
		if (!member)
			return cleat_fail(err, ENOMEM, "cannot list an archive: out of memory");
		source->member = member;
		source->room = room;
	}
	member = &source->member[source->n++];
	member->name = strdup(name);
	member->link = link_target(name, entry);
	member->position = position;
	if (!member->name || (linked && !member->link))
		return cleat_fail(err, ENOMEM, "cannot list an archive: out of memory");
	return 0;
}

int source_of_tar(int fd, const char *what, struct source **out, struct cleat_error *err)
{
	_cleanup_source_ struct source *source = source_new(fd, true, what);
	_cleanup_tar_ struct tar *tar = NULL;
	struct archive_entry *entry = NULL;
	int r = 0;

	if (!source)
		return cleat_fail(err, ENOMEM, "cannot read an image: out of memory");
	if (tar_open_at(fd, 0, what, &tar, err) < 0)
		return -err->errnum;
	while ((r = tar_next(tar, &entry, err)) > 0)
		if (add_member(source, entry, tar_position(tar), err) < 0)
			return -err->errnum;
	if (r < 0)
		return r;
	*out = take_ptr(source);
	return 0;
}

/* The last of that name, as when a tar is unpacked. */
static const struct member *find_exact(const struct source *source, const char *name)
{
	for (size_t i = source->n; i > 0; i--)
		if (strcmp(source->member[i - 1].name, name) == 0)
			return &source->member[i - 1];
	return NULL;
}

static const struct member *find(const struct source *source, const char *name)
{
	const struct member *member = find_exact(source, name);

	for (int i = 0; member && member->link; i++)
		member = i < LINKS_MAX ? find_exact(source, member->link) : NULL;
	return member;
}

bool source_has(const struct source *source, const char *name)
{
	struct stat st;

	if (source->is_tar)
		return find(source, name) != NULL;
	return fstatat(source->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

size_t source_entries(const struct source *source)
{
	return source->entries;
}

/* ---- reading ----------------------------------------------------------------------------------- */

typedef int (*each_block)(void *arg, const void *block, size_t len, struct cleat_error *err);

static int read_file(struct source *source, const char *name, each_block each, void *arg,
		     struct cleat_error *err)
{
	_cleanup_close_ int fd = dir_open_beneath(source->fd, name, O_RDONLY | O_NONBLOCK, 0);
	_cleanup_free_ char *block = malloc(BLOCK);
	struct stat st;
	ssize_t n = 0;

	if (!block)
		return cleat_fail(err, ENOMEM, "cannot read '%s': out of memory", name);
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot read '%s' of the image: %m", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return cleat_fail(err, EINVAL, "'%s' of the image is not a file", name);
	while ((n = read(fd, block, BLOCK)) > 0)
		if (each(arg, block, (size_t)n, err) < 0)
			return -err->errnum;
	return n < 0 ? cleat_fail(err, errno, "cannot read '%s' of the image: %m", name) : 0;
}

static int give_hole(off_t length, each_block each, void *arg, struct cleat_error *err)
{
	static const char zeros[4096];

	while (length > 0) {
		size_t n = length < (off_t)sizeof(zeros) ? (size_t)length : sizeof(zeros);

		if (each(arg, zeros, n, err) < 0)
			return -err->errnum;
		length -= (off_t)n;
	}
	return 0;
}

static int read_entry(struct tar *tar, off_t size, each_block each, void *arg,
		      struct cleat_error *err)
{
	const void *block = NULL;
	off_t offset = 0, at = 0;
	ssize_t n = 0;

	while ((n = tar_read(tar, &block, &offset, err)) > 0) {
		if (give_hole(offset - at, each, arg, err) < 0 ||
		    each(arg, block, (size_t)n, err) < 0)
			return -err->errnum;
		at = offset + n;
	}
	return n < 0 ? (int)n : give_hole(size - at, each, arg, err);
}

static int read_member(struct source *source, const char *name, each_block each, void *arg,
		       struct cleat_error *err)
{
	const struct member *member = find(source, name);
	_cleanup_tar_ struct tar *tar = NULL;
	struct archive_entry *entry = NULL;
	int r = 0;

	if (!member)
		return cleat_fail(err, ENOENT, "the archive has no file '%s'", name);
	if (tar_open_at(source->fd, member->position, source->what, &tar, err) < 0)
		return -err->errnum;
	r = tar_next(tar, &entry, err);
	if (r == 0)
		return cleat_fail(err, EINVAL, "cannot read '%s' of the archive", name);
	return r < 0 ? r : read_entry(tar, archive_entry_size(entry), each, arg, err);
}

int source_read(struct source *source, const char *name, each_block each, void *arg,
		struct cleat_error *err)
{
	return source->is_tar ? read_member(source, name, each, arg, err)
			      : read_file(source, name, each, arg, err);
}

struct whole {
	struct text text;
	size_t limit;
	const char *name;
};

static int add_block(void *arg, const void *block, size_t len, struct cleat_error *err)
{
	struct whole *whole = arg;

	if (whole->text.len + len > whole->limit)
		return cleat_fail(err, EFBIG, "'%s' of the image is larger than %zu bytes",
				  whole->name, whole->limit);
	text_add_bytes(&whole->text, block, len);
	return 0;
}

int source_read_all(struct source *source, const char *name, size_t limit, char **out,
		    size_t *out_len, struct cleat_error *err)
{
	struct whole whole = { .limit = limit, .name = name };
	int r = source_read(source, name, add_block, &whole, err);

	if (r == 0) {
		*out_len = whole.text.len;
		*out = text_take(&whole.text);
		if (!*out)
			r = cleat_fail(err, ENOMEM, "cannot read '%s': out of memory", name);
	}
	text_fini(&whole.text);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.c - a directory as a tar: owners as numbers, names in order, links, holes and attributes kept.
 *
 * It stays on the directory's filesystem, so that `cleat image import /` does not pack /proc. Sockets
 * are left out, as every tar does: they mean nothing without their process.
 */
#include "image/layer/import.h"

#include "base/dir.h"
#include "base/text.h"
#include "image/layer/report.h"

#include <cleat/cleanup.h>

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, XATTRS_MAX = 64 << 10 };

/* First name of a file that has several. */
struct first_name {
	ino_t inode;
	char *path;
};

struct pack {
	struct import *import;
	struct blob *blob;
	struct archive *archive;
	struct cleat_error *err;
	int root;
	dev_t device;
	struct first_name *links;
	size_t nlinks, room;
	uint64_t bytes;
	char *block;
};

static void pack_fini(struct pack *pack)
{
	if (pack->archive)
		(void)archive_write_free(pack->archive);
	for (size_t i = 0; i < pack->room; i++)
		free(pack->links[i].path);
	free(pack->links);
	free(pack->block);
}

static la_ssize_t write_block(struct archive *archive, void *arg, const void *data, size_t len)
{
	struct pack *pack = arg;

	if (blob_write(&pack->import->blobs, pack->blob, data, len, pack->err) < 0) {
		archive_set_error(archive, pack->err->errnum, "%s", pack->err->text);
		return -1;
	}
	return (la_ssize_t)len;
}

static int archive_failed(struct pack *pack, const char *path)
{
	const char *why = archive_error_string(pack->archive);

	if (pack->err->errnum)
		return -pack->err->errnum; /* write_block's */
	return cleat_fail(pack->err, EIO, "cannot pack '%s': %s", path,
			  why ? why : "unknown error");
}

static int failed(struct pack *pack, int errnum, const char *path)
{
	return cleat_fail(pack->err, errnum, "cannot pack '%s': %m", path);
}

/* ---- files with several names ------------------------------------------------------------------ */

static struct first_name *place(struct first_name *links, size_t room, ino_t inode)
{
	size_t at = (size_t)((uint64_t)inode * 0x9e3779b97f4a7c15u >> 20) & (room - 1);

	while (links[at].path && links[at].inode != inode)
		at = (at + 1) & (room - 1);
	return &links[at];
}

static int grow_links(struct pack *pack)
{
	size_t room = pack->room ? pack->room * 2 : 256;
	struct first_name *links = calloc(room, sizeof(*links));

	if (!links)
		return -ENOMEM;
	for (size_t i = 0; i < pack->room; i++)
		if (pack->links[i].path)
			*place(links, room, pack->links[i].inode) = pack->links[i];
	free(pack->links);
	pack->links = links;
	pack->room = room;
	return 0;
}

/** The name under which this inode was packed before, or NULL after remembering @path. */
static int first_name_of(struct pack *pack, ino_t inode, const char *path, const char **out)
{
	struct first_name *link = NULL;

	if (pack->nlinks * 2 >= pack->room && grow_links(pack) < 0)
		return failed(pack, ENOMEM, path);
	link = place(pack->links, pack->room, inode);
	*out = link->path;
	if (link->path)
		return 0;
	link->inode = inode;
	link->path = strdup(path);
	pack->nlinks++;
	return link->path ? 0 : failed(pack, ENOMEM, path);
}

/* ---- one entry --------------------------------------------------------------------------------- */

/* overlayfs's own marks, and labels of this machine's security module, mean nothing elsewhere. */
static bool is_portable(const char *name)
{
	static const char *const kept_here[] = { "trusted.overlay.", "user.overlay.",
						 "security.selinux", "security.ima",
						 "security.evm",     "security.apparmor" };

	for (size_t i = 0; i < ARRAY_SIZE(kept_here); i++)
		if (text_starts(name, kept_here[i]))
			return false;
	return true;
}

static int add_xattrs(struct pack *pack, int fd, const char *path, struct archive_entry *entry)
{
	_cleanup_free_ char *names = malloc(XATTRS_MAX);
	_cleanup_free_ char *value = malloc(XATTRS_MAX);
	ssize_t len = 0;

	if (!names || !value)
		return failed(pack, ENOMEM, path);
	len = flistxattr(fd, names, XATTRS_MAX);
	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : failed(pack, errno, path);
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n = is_portable(name) ? fgetxattr(fd, name, value, XATTRS_MAX) : -1;

		if (n >= 0)
			archive_entry_xattr_add_entry(entry, name, value, (size_t)n);
	}
	return 0;
}

static void add_holes(int fd, off_t size, struct archive_entry *entry)
{
	off_t at = 0;

	if (lseek(fd, 0, SEEK_HOLE) >= size)
		return;
	while (at < size) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t hole = data < 0 ? size : lseek(fd, data, SEEK_HOLE);

		if (data < 0) /* nothing but a hole from here on */
			break;
		archive_entry_sparse_add_entry(entry, data, hole - data);
		at = hole;
	}
	if (archive_entry_sparse_count(entry) == 0)
		archive_entry_sparse_add_entry(entry, size, 0);
}

/* The header promised @size bytes: a file that shrinks meanwhile is filled up with zeros by libarchive. */
static int write_data(struct pack *pack, int fd, const char *path, off_t size)
{
	off_t at = 0;

	while (at < size) {
		size_t want = size - at < BLOCK ? (size_t)(size - at) : BLOCK;
		ssize_t n = pread(fd, pack->block, want, at);

		if (n < 0)
			return failed(pack, errno, path);
		if (n == 0)
			break;
		if (archive_write_data(pack->archive, pack->block, (size_t)n) < 0)
			return archive_failed(pack, path);
		at += n;
		pack->bytes += (uint64_t)n;
		report_progress("packing", pack->import->what, pack->bytes, 0);
	}
	return 0;
}

static int write_entry(struct pack *pack, struct archive_entry *entry, const char *path)
{
	if (archive_write_header(pack->archive, entry) < ARCHIVE_WARN)
		return archive_failed(pack, path);
	return 0;
}

static int pack_file(struct pack *pack, int fd, const char *path, const struct stat *st,
		     struct archive_entry *entry)
{
	if (add_xattrs(pack, fd, path, entry) < 0)
		return -pack->err->errnum;
	add_holes(fd, st->st_size, entry);
	if (write_entry(pack, entry, path) < 0)
		return -pack->err->errnum;
	return write_data(pack, fd, path, st->st_size);
}

static int pack_link(struct pack *pack, int dir, const char *name, const char *path,
		     struct archive_entry *entry)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return failed(pack, errno, path);
	target[n] = '\0';
	archive_entry_copy_symlink(entry, target);
	return write_entry(pack, entry, path);
}

static void entry_freep(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static int pack_tree(struct pack *pack, int dir, const char *path);

static int pack_opened(struct pack *pack, int dir, const char *name, const char *path,
		       struct archive_entry *entry, bool is_directory)
{
	_cleanup_close_ int fd = openat(dir, name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
						(is_directory ? O_DIRECTORY : 0));
	struct stat st;

	if (fd < 0)
		return failed(pack, errno, path);
	if (fstat(fd, &st) < 0 || st.st_dev != pack->device)
		return 0; /* something is mounted there */
	if (S_ISREG(st.st_mode)) {
		archive_entry_copy_stat(entry, &st); /* of what we opened, not of what was there */
		return pack_file(pack, fd, path, &st, entry);
	}
	if (!S_ISDIR(st.st_mode))
		return failed(pack, EBUSY, path);
	if (add_xattrs(pack, fd, path, entry) < 0 || write_entry(pack, entry, path) < 0)
		return -pack->err->errnum;
	return pack_tree(pack, take_fd(&fd), path);
}

static int pack_entry(struct pack *pack, int dir, const char *name, const char *path)
{
	_cleanup_(entry_freep) struct archive_entry *entry = archive_entry_new();
	const char *first = NULL;
	struct stat st;

	if (!entry)
		return failed(pack, ENOMEM, path);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(pack, errno, path); /* gone meanwhile */
	if (S_ISSOCK(st.st_mode) || st.st_dev != pack->device)
		return 0;
	archive_entry_copy_pathname(entry, path);
	archive_entry_copy_stat(entry, &st);
	if (!S_ISDIR(st.st_mode) && st.st_nlink > 1 &&
	    first_name_of(pack, st.st_ino, path, &first) < 0)
		return -pack->err->errnum;
	if (first) {
		archive_entry_copy_hardlink(entry, first);
		archive_entry_set_size(entry, 0);
		return write_entry(pack, entry, path);
	}
	if (S_ISLNK(st.st_mode))
		return pack_link(pack, dir, name, path, entry);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_entry(pack, entry, path);
	return pack_opened(pack, dir, name, path, entry, S_ISDIR(st.st_mode));
}

/* ---- the tree ---------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

static int list_names(DIR *stream, struct strings *names)
{
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strings_add(names, entry->d_name) < 0)
			return -ENOMEM;
	if (names->n > 1)
		qsort(names->item, names->n, sizeof(char *), by_name);
	return 0;
}

/** Pack what is in @dir (taken over), whose path is @path ("" for the root). */
static int pack_tree(struct pack *pack, int dir, const char *path)
{
	_cleanup_(close_stream) DIR *stream = fdopendir(dir);
	_cleanup_strings_ struct strings names = { 0 };

	if (!stream) {
		(void)close(dir);
		return failed(pack, ENOMEM, path);
	}
	if (list_names(stream, &names) < 0)
		return failed(pack, ENOMEM, path);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *below =
			text_format("%s%s%s", path, *path ? "/" : "", names.item[i]);

		if (!below)
			return failed(pack, ENOMEM, path);
		if (pack_entry(pack, dir, names.item[i], below) < 0)
			return -pack->err->errnum;
	}
	return 0;
}

static int open_archive(struct pack *pack)
{
	pack->archive = archive_write_new();
	pack->block = malloc(BLOCK);
	if (!pack->archive || !pack->block)
		return failed(pack, ENOMEM, ".");
	if (archive_write_set_format_pax_restricted(pack->archive) != ARCHIVE_OK ||
	    archive_write_set_options(pack->archive, "xattrheader=SCHILY") != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(pack->archive, 64 << 10) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(pack->archive, 512) != ARCHIVE_OK ||
	    archive_write_open(pack->archive, pack, NULL, write_block, NULL) != ARCHIVE_OK)
		return archive_failed(pack, ".");
	return 0;
}

int pack_directory(struct import *import, int dir_fd, struct blob **out, struct cleat_error *err)
{
	_cleanup_(pack_fini) struct pack pack = { .import = import, .err = err, .root = dir_fd };
	int top = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (top < 0 || fstat(top, &st) < 0) {
		cleat_closep(&top);
		return cleat_fail(err, errno, "cannot read %s: %m", import->what);
	}
	pack.device = st.st_dev;
	if (blob_new(&import->blobs, &pack.blob, err) < 0 || open_archive(&pack) < 0) {
		(void)close(top);
		return -err->errnum;
	}
	if (pack_tree(&pack, top, "") < 0)
		return -err->errnum;
	if (archive_write_close(pack.archive) != ARCHIVE_OK)
		return archive_failed(&pack, ".");
	*out = pack.blob;
	return blob_finish(pack.blob, NULL, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tarball.h - archives made on the spot, hostile ones too, in a file without a name. */
#ifndef TESTS_IMAGE_TARBALL_H
#define TESTS_IMAGE_TARBALL_H

#include "support/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct tarball {
	struct archive *archive;
	int fd;
};

/* @filter: ARCHIVE_FILTER_NONE, _GZIP, ... */
static inline struct tarball tarball_begin(int filter)
{
	struct tarball t = { .archive = archive_write_new(),
			     .fd = memfd_create("tar", MFD_CLOEXEC) };

	CU_ASSERT_FATAL(t.archive && t.fd >= 0);
	CU_ASSERT_FATAL(archive_write_set_format_pax_restricted(t.archive) == ARCHIVE_OK);
	CU_ASSERT_FATAL(archive_write_add_filter(t.archive, filter) == ARCHIVE_OK);
	CU_ASSERT_FATAL(archive_write_open_fd(t.archive, t.fd) == ARCHIVE_OK);
	return t;
}

/* The caller may set more before tarball_put. */
static inline struct archive_entry *tarball_entry(const char *name, unsigned type, unsigned mode)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, (__LA_MODE_T)mode);
	archive_entry_set_uid(entry, getuid());
	archive_entry_set_gid(entry, getgid());
	archive_entry_set_mtime(entry, 1000000000, 0);
	return entry;
}

static inline void tarball_put(struct tarball *t, struct archive_entry *entry, const char *content)
{
	size_t len = content ? strlen(content) : 0;

	if (content)
		archive_entry_set_size(entry, (la_int64_t)len);
	CU_ASSERT_FATAL(archive_write_header(t->archive, entry) == ARCHIVE_OK);
	if (len > 0)
		CU_ASSERT_FATAL(archive_write_data(t->archive, content, len) == (la_ssize_t)len);
	archive_entry_free(entry);
}

static inline void tarball_file(struct tarball *t, const char *name, const char *content)
{
	tarball_put(t, tarball_entry(name, AE_IFREG, 0644), content);
}

static inline void tarball_dir(struct tarball *t, const char *name)
{
	tarball_put(t, tarball_entry(name, AE_IFDIR, 0755), NULL);
}

static inline void tarball_symlink(struct tarball *t, const char *name, const char *target)
{
	struct archive_entry *entry = tarball_entry(name, AE_IFLNK, 0777);

	archive_entry_set_symlink(entry, target);
	tarball_put(t, entry, NULL);
}

static inline void tarball_hardlink(struct tarball *t, const char *name, const char *target)
{
	struct archive_entry *entry = tarball_entry(name, AE_IFREG, 0644);

	archive_entry_set_hardlink(entry, target);
	tarball_put(t, entry, NULL);
}

/* The finished file, at its start; the caller closes it. */
static inline int tarball_end(struct tarball *t)
{
	CU_ASSERT_FATAL(archive_write_close(t->archive) == ARCHIVE_OK);
	(void)archive_write_free(t->archive);
	(void)lseek(t->fd, 0, SEEK_SET);
	return t->fd;
}

/* An archive with one file. */
static inline int tarball_of(const char *name, const char *content)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);

	tarball_file(&t, name, content);
	return tarball_end(&t);
}

#endif

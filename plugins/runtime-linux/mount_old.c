/* SPDX-License-Identifier: Apache-2.0 */
/* mount_old.c - MS_REMOUNT | MS_BIND, one mount at a time; a tree of them by the mount table. */
#include "mount_old.h"

#include "mountinfo.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

static int proc_fd = AT_FDCWD;

void mount_old_use_proc(int proc)
{
	proc_fd = proc;
}

static int mount_by_fd(int fd, unsigned long flags)
{
	char path[64];
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(path, sizeof(path), "%sself/fd/%d", proc_fd == AT_FDCWD ? "/proc/" : "", fd);
	if (proc_fd != AT_FDCWD && fchdir(proc_fd) < 0)
		return -errno;
	int r = mount(NULL, path, NULL, flags, NULL) < 0 ? -errno : 0;

	/* Who has no directory to come back to had none before. */
	if (proc_fd != AT_FDCWD && here >= 0 && fchdir(here) < 0 && r == 0)
		r = -errno;
	return r;
}

/* What statfs says of a mount, as mount_setattr's bits. */
static int attributes_now(int fd, uint64_t *out)
{
	static const struct {
		unsigned long shown;
		uint64_t attribute;
	} rows[] = {
		{ ST_RDONLY, MOUNT_ATTR_RDONLY },
		{ ST_NOSUID, MOUNT_ATTR_NOSUID },
		{ ST_NODEV, MOUNT_ATTR_NODEV },
		{ ST_NOEXEC, MOUNT_ATTR_NOEXEC },
		{ ST_NOATIME, MOUNT_ATTR_NOATIME },
		{ ST_NODIRATIME, MOUNT_ATTR_NODIRATIME },
		{ ST_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	*out = fs.f_flags & (ST_NOATIME | ST_RELATIME) ? 0 : MOUNT_ATTR_STRICTATIME;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		*out |= (unsigned long)fs.f_flags & rows[i].shown ? rows[i].attribute : 0;
	return 0;
}

/* MOUNT_ATTR_RELATIME is 0: no bit of the class means it. */
static unsigned long flags_of(uint64_t attributes, bool with_atime)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} rows[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};
	unsigned long flags = MS_REMOUNT | MS_BIND;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		flags |= attributes & rows[i].attribute ? rows[i].flag : 0;
	if (!with_atime) /* then the kernel keeps it */
		return flags;
	flags |= attributes & MOUNT_ATTR_NODIRATIME ? MS_NODIRATIME : 0;
	if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
		return flags | MS_NOATIME;
	return flags | (attributes & MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : MS_RELATIME);
}

static int change_one(int fd, const struct mount_change *change)
{
	uint64_t atime = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	uint64_t now = 0;
	int r = 0;

	if (change->propagation)
		r = mount_by_fd(fd, (unsigned long)change->propagation);
	if (r < 0 || (!change->set && !change->clear))
		return r;
	r = attributes_now(fd, &now);
	if (r < 0)
		return r;
	uint64_t wanted = (now & ~change->clear) | change->set;

	return mount_by_fd(fd, flags_of(wanted, (change->set | change->clear) & atime));
}

/* A line of the mount table, and whether it is in the tree. */
struct line {
	int id, parent;
	bool inside;
	char *point;
};

struct table {
	struct line *lines;
	size_t n;
};

static void table_fini(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		free(table->lines[i].point);
	free(table->lines);
}

static int add_line(struct table *table, char *text)
{
	char point[PATH_MAX];
	struct line line = { 0 };

	if (sscanf(text, "%d %d %*s %*s %4095s", &line.id, &line.parent, point) != 3)
		return 0;
	struct line *bigger = reallocarray(table->lines, table->n + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	table->lines = bigger;
	mountinfo_unescape(point);
	line.point = strdup(point);
	if (!line.point)
		return -ENOMEM;
	table->lines[table->n++] = line;
	return 0;
}

static FILE *open_proc(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s%s", proc_fd == AT_FDCWD ? "/proc/" : "", name);
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (fd >= 0 && !file)
		(void)close(fd);
	return file;
}

static int read_table(struct table *table)
{
	FILE *file = open_proc("self/mountinfo");
	char *text = NULL;
	size_t room = 0;
	int r = file ? 0 : -errno;

	while (r == 0 && getline(&text, &room, file) > 0)
		r = add_line(table, text);
	free(text);
	if (file)
		(void)fclose(file);
	return r;
}

static int mount_id(int fd)
{
	char name[64];
	char text[128];
	int id = -1;

	(void)snprintf(name, sizeof(name), "self/fdinfo/%d", fd);
	FILE *file = open_proc(name);

	while (file && id < 0 && fgets(text, sizeof(text), file))
		(void)sscanf(text, "mnt_id: %d", &id);
	if (file)
		(void)fclose(file);
	return id;
}

static struct line *find_line(struct table *table, int id)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->lines[i].id == id)
			return &table->lines[i];
	return NULL;
}

/* Children may stand before their parents: until nothing is added. */
static void mark_tree(struct table *table)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < table->n; i++) {
			struct line *line = &table->lines[i];
			const struct line *parent = find_line(table, line->parent);

			if (!line->inside && parent && parent->inside && parent != line)
				line->inside = again = true;
		}
	}
}

/* One that is covered by another cannot be reached, by us or by anybody. */
static int change_below(int top, const char *relative, const struct mount_change *change)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	_cleanup_close_ int fd = sys_openat2(top, *relative ? relative : ".", &how);

	return fd < 0 ? -errno : change_one(fd, change);
}

static int change_tree(int fd, const struct mount_change *change, struct table *table)
{
	int r = read_table(table);
	struct line *top = r < 0 ? NULL : find_line(table, mount_id(fd));

	if (!top)
		return r < 0 ? r : -EINVAL; /* not in place */
	top->inside = true;
	mark_tree(table);
	size_t prefix = strcmp(top->point, "/") == 0 ? 0 : strlen(top->point);

	r = change_one(fd, change);
	for (size_t i = 0; r == 0 && i < table->n; i++)
		if (table->lines[i].inside && &table->lines[i] != top)
			r = change_below(fd, table->lines[i].point + prefix, change);
	return r;
}

int mount_old_change(int fd, const struct mount_change *change)
{
	struct table table = { 0 };

	if (!change->recursive)
		return change_one(fd, change);
	int r = change_tree(fd, change, &table);

	table_fini(&table);
	return r;
}

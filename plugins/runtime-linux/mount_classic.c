/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_classic.c - mount(2) on a directory that is open, where it says the same as the newer calls.
 *
 * fchdir and mount(2) on "." are two calls where fsopen, fsconfig, fsmount and move_mount are eight, and
 * resolve no name either. Read-only is left to the others: here it would reach the superblock, which
 * filesystems of the kernel's own may share with the host.
 */
#include "mount_classic.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DATA = 1024, MODE_ROOM = 16 };

/* In mount(2) words are joined by commas: one in a word would make it two. */
static bool words_fit(const struct mount_options *options)
{
	size_t total = 0;

	for (uint32_t i = 0; i < options->ndata; i++) {
		const char *word = options->data[i];

		if (!*word || strchr(word, ',') || strchr(word, '\\'))
			return false;
		total += strlen(word) + 1;
	}
	return total < MAX_DATA - MODE_ROOM;
}

bool mount_classic_fits(const struct plan_mount *m)
{
	static const char *const types[] = { "proc", "tmpfs", "devpts", "mqueue", "sysfs" };
	const uint64_t plain =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_STRICTATIME;
	const struct mount_options *o = &m->options;

	if (o->bind || o->remount || o->read_only || o->iversion || o->copy_up || o->idmap ||
	    o->set_all || o->clear_all || o->propagation || o->set & ~plain || !words_fit(o))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i], m->type) == 0)
			return true;
	return false;
}

int mount_classic(const struct plan_mount *m, mode_t mode, int target)
{
	char data[MAX_DATA] = "";
	char *end = data;

	if (mode)
		end += snprintf(data, MODE_ROOM, "mode=%o", (unsigned)mode & 07777);
	for (uint32_t i = 0; i < m->options.ndata; i++) {
		if (end > data)
			*end++ = ',';
		end = stpcpy(end, m->options.data[i]);
	}
	if (fchdir(target) < 0 || mount(*m->source ? m->source : NULL, ".", m->type,
					mount_options_flags(&m->options), data) < 0)
		return -errno;
	return 0;
}

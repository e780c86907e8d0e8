/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.c - the words of a mount's options. */
#include "mount_options.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include <cleat/cleanup.h>

static const struct word {
	const char *name;
	unsigned long set, clear;
} words[] = {
	{ "async", 0, MS_SYNCHRONOUS },
	{ "atime", 0, MS_NOATIME },
	{ "bind", MS_BIND, 0 },
	{ "defaults", 0, 0 },
	{ "dev", 0, MS_NODEV },
	{ "diratime", 0, MS_NODIRATIME },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "mand", MS_MANDLOCK, 0 },
	{ "noatime", MS_NOATIME, 0 },
	{ "nodev", MS_NODEV, 0 },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "noexec", MS_NOEXEC, 0 },
	{ "nomand", 0, MS_MANDLOCK },
	{ "norelatime", 0, MS_RELATIME },
	{ "nostrictatime", 0, MS_STRICTATIME },
	{ "nosuid", MS_NOSUID, 0 },
	{ "rbind", MS_BIND | MS_REC, 0 },
	{ "relatime", MS_RELATIME, 0 },
	{ "remount", MS_REMOUNT, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "suid", 0, MS_NOSUID },
	{ "sync", MS_SYNCHRONOUS, 0 },
};

static const struct word propagations[] = {
	{ "private", MS_PRIVATE, 0 },       { "rprivate", MS_PRIVATE | MS_REC, 0 },
	{ "shared", MS_SHARED, 0 },         { "rshared", MS_SHARED | MS_REC, 0 },
	{ "slave", MS_SLAVE, 0 },           { "rslave", MS_SLAVE | MS_REC, 0 },
	{ "unbindable", MS_UNBINDABLE, 0 }, { "runbindable", MS_UNBINDABLE | MS_REC, 0 },
};

static const struct word *find(const struct word *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

int mount_options_parse(const char *const *list, struct mount_options *out)
{
	*out = (struct mount_options){ 0 };
	for (; list && *list; list++) {
		const struct word *flag = find(words, ARRAY_SIZE(words), *list);
		const struct word *propagation =
			find(propagations, ARRAY_SIZE(propagations), *list);

		if (flag)
			out->flags = (out->flags | flag->set) & ~flag->clear;
		else if (propagation)
			out->propagation = propagation->set;
		else
			text_printf(&out->data, "%s%s", out->data.len ? "," : "", *list);
	}
	return out->data.failed ? -ENOMEM : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.c - one table of option words. */
#include "mount_options.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <string.h>

enum what { ATTR, ATTR_ALL, PROPAGATION, PROPAGATION_ALL, SWITCH, SUPER, NOTHING };
enum {
	BIND = 1,
	RBIND,
	REMOUNT,
	COPY_UP,
	IDMAP,
	IDMAP_ALL,
	SOURCE_NOFOLLOW,
	DESTINATION_NOFOLLOW,
	IVERSION
};

/* One word: which attributes it sets and clears, or which switch it is. */
struct word {
	const char *text;
	uint8_t what;
	uint32_t set, clear;
};

#define ATIME MOUNT_ATTR__ATIME

static const struct word words[] = {
	{ "async", SUPER, 0, 0 },
	{ "atime", ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "bind", SWITCH, BIND, 0 },
	{ "defaults", NOTHING, 0, 0 },
	{ "dest-nofollow", SWITCH, DESTINATION_NOFOLLOW, 0 },
	{ "dev", ATTR, 0, MOUNT_ATTR_NODEV },
	{ "diratime", ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", SUPER, 0, 0 },
	{ "exec", ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "idmap", SWITCH, IDMAP, 0 },
	{ "iversion", SWITCH, IVERSION, 0 },
	{ "lazytime", SUPER, 0, 0 },
	{ "loud", NOTHING, 0, 0 },
	{ "mand", SUPER, 0, 0 },
	{ "noatime", ATTR, MOUNT_ATTR_NOATIME, ATIME },
	{ "nodev", ATTR, MOUNT_ATTR_NODEV, 0 },
	{ "nodiratime", ATTR, MOUNT_ATTR_NODIRATIME, 0 },
	{ "noexec", ATTR, MOUNT_ATTR_NOEXEC, 0 },
	{ "noiversion", NOTHING, 0, 0 },
	{ "nolazytime", SUPER, 0, 0 },
	{ "nomand", SUPER, 0, 0 },
	{ "norelatime", ATTR, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "nostrictatime", ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "nosuid", ATTR, MOUNT_ATTR_NOSUID, 0 },
	{ "nosymfollow", ATTR, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "private", PROPAGATION, MS_PRIVATE, 0 },
	{ "ratime", ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rbind", SWITCH, RBIND, 0 },
	{ "rdev", ATTR_ALL, 0, MOUNT_ATTR_NODEV },
	{ "rdiratime", ATTR_ALL, 0, MOUNT_ATTR_NODIRATIME },
	{ "relatime", ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "remount", SWITCH, REMOUNT, 0 },
	{ "rexec", ATTR_ALL, 0, MOUNT_ATTR_NOEXEC },
	{ "ridmap", SWITCH, IDMAP_ALL, 0 },
	{ "rnoatime", ATTR_ALL, MOUNT_ATTR_NOATIME, ATIME },
	{ "rnodev", ATTR_ALL, MOUNT_ATTR_NODEV, 0 },
	{ "rnodiratime", ATTR_ALL, MOUNT_ATTR_NODIRATIME, 0 },
	{ "rnoexec", ATTR_ALL, MOUNT_ATTR_NOEXEC, 0 },
	{ "rnorelatime", ATTR_ALL, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rnostrictatime", ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rnosuid", ATTR_ALL, MOUNT_ATTR_NOSUID, 0 },
	{ "rnosymfollow", ATTR_ALL, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "ro", ATTR, MOUNT_ATTR_RDONLY, 0 },
	{ "rprivate", PROPAGATION_ALL, MS_PRIVATE, 0 },
	{ "rrelatime", ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rro", ATTR_ALL, MOUNT_ATTR_RDONLY, 0 },
	{ "rrw", ATTR_ALL, 0, MOUNT_ATTR_RDONLY },
	{ "rshared", PROPAGATION_ALL, MS_SHARED, 0 },
	{ "rslave", PROPAGATION_ALL, MS_SLAVE, 0 },
	{ "rstrictatime", ATTR_ALL, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rsuid", ATTR_ALL, 0, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", ATTR_ALL, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", PROPAGATION_ALL, MS_UNBINDABLE, 0 },
	{ "rw", ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATION, MS_SHARED, 0 },
	{ "silent", NOTHING, 0, 0 },
	{ "slave", PROPAGATION, MS_SLAVE, 0 },
	{ "src-nofollow", SWITCH, SOURCE_NOFOLLOW, 0 },
	{ "strictatime", ATTR, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "suid", ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "symfollow", ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", SUPER, 0, 0 },
	{ "tmpcopyup", SWITCH, COPY_UP, 0 },
	{ "unbindable", PROPAGATION, MS_UNBINDABLE, 0 },
};

const char *mount_options_word(size_t i)
{
	return i < ARRAY_SIZE(words) ? words[i].text : NULL;
}

static const struct word *find(const char *text)
{
	size_t low = 0;
	size_t high = ARRAY_SIZE(words);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(text, words[middle].text);

		if (order == 0)
			return &words[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Later words win: a bit is in `set` or in `clear`; the atime class is cleared as a whole first. */
static void attribute(uint64_t *set, uint64_t *clear, const struct word *word)
{
	*set = (*set & ~(uint64_t)word->clear) | word->set;
	*clear = (*clear & ~(uint64_t)word->set) | word->clear;
	if (word->clear == ATIME)
		*clear |= ATIME;
}

static void flip(struct mount_options *out, uint32_t which)
{
	switch (which) {
	case RBIND:
		out->recursive = true;
		/* fall through */
	case BIND:
		out->bind = true;
		return;
	case REMOUNT:
		out->remount = true;
		return;
	case COPY_UP:
		out->copy_up = true;
		return;
	case IDMAP_ALL:
		out->idmap_all = true;
		/* fall through */
	case IDMAP:
		out->idmap = true;
		return;
	case IVERSION:
		out->iversion = true;
		return;
	case SOURCE_NOFOLLOW:
		out->source_nofollow = true;
		return;
	default:
		out->destination_nofollow = true;
	}
}

unsigned long mount_options_flags(const struct mount_options *options)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} rows[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};
	bool relatime = options->clear & ATIME && !(options->set & ATIME);
	unsigned long flags = relatime ? MS_RELATIME : 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		flags |= options->set & rows[i].attribute ? rows[i].flag : 0;
	return flags;
}

int mount_options_add(struct mount_options *out, const char *text, struct cleat_error *err)
{
	const struct word *word = find(text);

	if (!*text) /* buildah run -v has one */
		return 0;
	if (strchr(text, '\n'))
		return cleat_fail(err, EINVAL, "mount option '%s' holds a line break", text);
	if (!word || word->what == SUPER) {
		out->has_mode |= strncmp(text, "mode=", 5) == 0;
		out->data[out->ndata++] = word ? word->text : text;
		if (!word && !out->own)
			out->own = text;
		return 0;
	}
	if (word->what == ATTR) {
		attribute(&out->set, &out->clear, word);
		out->read_only = out->set & MOUNT_ATTR_RDONLY;
	} else if (word->what == ATTR_ALL) {
		attribute(&out->set_all, &out->clear_all, word);
	} else if (word->what == PROPAGATION || word->what == PROPAGATION_ALL) {
		out->propagation = word->set;
		out->propagation_all = word->what == PROPAGATION_ALL;
	} else if (word->what == SWITCH) {
		flip(out, word->set);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.h - the option words of fstab and of the OCI specification, as the mount API wants them. */
#ifndef RUNTIME_LINUX_MOUNT_OPTIONS_H
#define RUNTIME_LINUX_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** What a list of option words means. Words that are nobody's are the filesystem's own: see data. */
struct mount_options {
	uint64_t set, clear;           /**< MOUNT_ATTR_* of this mount */
	uint64_t set_all, clear_all;   /**< the same, for the whole tree below it (rro, ...) */
	uint64_t propagation;          /**< MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0 */
	bool propagation_all;          /**< ... for the whole tree */
	bool bind, recursive, remount; /**< bind, rbind, remount */
	bool read_only;                /**< ro was said (also in set) */
	bool iversion;                 /**< iversion: mount(2) alone can say it */
	bool copy_up;                  /**< tmpcopyup: fill a tmpfs with what it covers */
	bool idmap, idmap_all;         /**< idmap, ridmap */
	bool has_mode;                 /**< data holds mode=: it is not inherited */
	bool source_nofollow;          /**< src-nofollow: bind the link, not its target */
	bool destination_nofollow;     /**< dest-nofollow */
	uint32_t ndata;                /**< words for the filesystem, "key" or "key=value" */
	const char *own;   /**< the first that is not fstab's (sync, lazytime ...) too, or NULL */
	const char **data; /**< room for all words; given by the caller of parse */
};

/** Read one word into @out; words for the filesystem are appended to out->data. */
int mount_options_add(struct mount_options *out, const char *word, struct cleat_error *err);
/** What is set of them, as MS_* of mount(2). */
unsigned long mount_options_flags(const struct mount_options *options);
/** Word @i of the table, NULL after the last: for `features`. */
const char *mount_options_word(size_t i);

#endif

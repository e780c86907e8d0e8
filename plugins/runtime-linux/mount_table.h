/* SPDX-License-Identifier: Apache-2.0 */
/* mount_table.h - what lies over what, by /proc/self/mountinfo alone (proc_pid_mountinfo(5)). */
#ifndef RUNTIME_LINUX_MOUNT_TABLE_H
#define RUNTIME_LINUX_MOUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct mount_row {
	unsigned long id, parent;
	const char *place; /**< as it is written in the table */
	size_t len;
};

struct mount_table {
	struct mount_row *rows; /**< one a line; free it */
	size_t n;
};

/** Read @text, which has to stay. -ENOMEM. */
int mount_table_read(struct mount_table *out, const char *text);
/** Does another mount hide the place of the mount on line @i? */
bool mount_table_covers(const struct mount_table *table, size_t i);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - checks for containers whose shim is not ours. */
#ifndef CORE_TASK_FOREIGN_H
#define CORE_TASK_FOREIGN_H

#include <cleat/error.h>

struct task;

/** EINVAL when @json has a user's name at @path ("user.username") and the shim is foreign. */
int foreign_check_user(const struct task *task, const char *json, const char *path,
		       struct cleat_error *err);

#endif

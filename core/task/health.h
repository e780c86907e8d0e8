/* SPDX-License-Identifier: Apache-2.0 */
/* health.h - what the daemon knows of a container's health: the shim checks, and tells. */
#ifndef CORE_TASK_HEALTH_H
#define CORE_TASK_HEALTH_H

#include "task/task.h"

struct json_out;

/** Has it a check that is not NONE? */
bool health_is_checked(const container_config *config);
/** "starting", "healthy", "unhealthy"; "" when it does not run or has no check. */
const char *health_of(struct task *task);
/** It is about to run: what was known is of an earlier life. */
void health_begin(struct task *task);
/** The shim says that the verdict is @status now. */
void health_told(struct task *task, const char *status);
/** docker's Health object as the shim wrote it; free it; NULL: there is none. */
char *health_json(const struct task *task);
/** The shim's part of cleat.json, if there is a check; @config is the container's config.json. */
int health_write_plan(const struct task *task, const char *config, struct json_out *o,
		      struct cleat_error *err);

#endif

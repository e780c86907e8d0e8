/* SPDX-License-Identifier: Apache-2.0 */
/* restart_options.h - keys of the restart plugin's section that one container has for itself. */
#ifndef CORE_TASK_RESTART_OPTIONS_H
#define CORE_TASK_RESTART_OPTIONS_H

#include "task/task.h"

/** The plugin's settings with @config's and @more options on top; NULL without any. Free *out. */
int restart_settings(struct tasks *tasks, const container_config *config,
		     Cleat__V1__Label *const *more, size_t n, const struct plugin *plugin,
		     void **out, struct cleat_error *err);

#endif

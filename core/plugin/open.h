/* SPDX-License-Identifier: Apache-2.0 */
/* open.h - from a file that can be trusted to the descriptor of its plugin. */
#ifndef CORE_PLUGIN_OPEN_H
#define CORE_PLUGIN_OPEN_H

#include <stdbool.h>

#include <cleat/plugin.h>

/** Prepare libltdl, once per process; registers the program's built-in plugins. */
int open_setup(struct cleat_error *err);
/**
 * Load the plugin behind @path: a file (checked) or "/builtin/STEM.a". *out is valid for the life of
 * the process: nothing is ever unloaded.
 */
int open_plugin(const char *path, const struct cleat_plugin **out, struct cleat_error *err);
/** Check owner and mode of @path and all its parents and open it. fd or error. */
int open_trusted(const char *path, struct cleat_error *err);
/** Why the dynamic loader does not take @path, or NULL: libltdl only says "file not found". */
const char *open_reason(const char *path);

#endif

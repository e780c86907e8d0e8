/* SPDX-License-Identifier: Apache-2.0 */
/* builtin.h - plugins that are linked into this program: libltdl's preloaded modules. */
#ifndef CORE_PLUGIN_BUILTIN_H
#define CORE_PLUGIN_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/plugin.h>

/** What cleat_builtins() in CMake generates for a program. */
struct builtin {
	const char *stem; /* "runtime-linux" */
	const char *file; /* "/builtin/runtime-linux.a" */
	const struct cleat_plugin *plugin;
};
struct builtins {
	const struct builtin *item;
	size_t n;
	bool sealed; /* a static program: nothing can be opened from a file */
};

/** The program's own table, or the empty one of builtin_none.c. */
extern const struct builtins program_builtins;

/** Hand all of them to libltdl. */
int builtin_preload(struct cleat_error *err);
/** The built-in of that file stem, or NULL. */
const struct builtin *builtin_find(const char *stem);

#endif

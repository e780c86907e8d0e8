/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builtin.c - one symbol list for each built-in plugin.
 *
 * libltdl looks a symbol up in the whole list in which it found the module, so two modules in one
 * list would share the first "cleat_plugin". The names begin with /builtin/: with a bare name libltdl
 * searches the library path first and would load a stranger's file.
 */
#include "builtin.h"

#include "base/text.h"

#include <errno.h>
#include <ltdl.h>
#include <stdlib.h>

enum { ENTRIES = 4 }; /* originator, module, symbol, end */

int builtin_preload(struct cleat_error *err)
{
	for (size_t i = 0; i < program_builtins.n; i++) {
		const struct builtin *builtin = &program_builtins.item[i];
		/* libltdl keeps the pointer: never freed */
		lt_dlsymlist *list = calloc(ENTRIES, sizeof(*list));

		if (!list)
			return cleat_fail(err, ENOMEM, "cannot register plugin '%s': %m",
					  builtin->file);
		list[0].name = "@cleat@";
		list[1].name = builtin->file;
		list[2].name = "cleat_plugin";
		list[2].address = (void *)(uintptr_t)builtin->plugin;
		if (lt_dlpreload(list) != 0)
			return cleat_fail(err, ENOMEM, "cannot register plugin '%s': %s",
					  builtin->file, lt_dlerror());
	}
	return 0;
}

const struct builtin *builtin_find(const char *stem)
{
	for (size_t i = 0; i < program_builtins.n; i++)
		if (text_eq(program_builtins.item[i].stem, stem))
			return &program_builtins.item[i];
	return NULL;
}

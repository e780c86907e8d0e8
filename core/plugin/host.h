/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - the table that each plugin instance is handed. */
#ifndef CORE_PLUGIN_HOST_H
#define CORE_PLUGIN_HOST_H

#include <cleat/host.h>

struct loop;

/**
 * A table for plugin @type/@name; records live in @records_root/@type/@name, made on first use. @loop
 * NULL: no watches. Give it to host_free after fini. NULL when out of memory.
 */
struct cleat_host *host_new(const char *type, const char *name, const char *records_root,
			    struct loop *loop);
void host_free(struct cleat_host *host);

#endif

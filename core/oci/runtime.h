/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.h - the runtime plugin that a command works with. */
#ifndef CORE_OCI_RUNTIME_H
#define CORE_OCI_RUNTIME_H

#include "arguments.h"
#include "plugin/registry.h"

struct runtime {
	struct config *config;
	struct registry *registry;
	const struct plugin *plugin;
};

/**
 * Load plugin @name (NULL: the configured default). The static program has it built in, or else
 * becomes cleat-oci-dl with the same arguments: call it before anything is made.
 */
int runtime_open(const struct arguments *arguments, const char *name, struct runtime *out,
		 struct cleat_error *err);
void runtime_fini(struct runtime *runtime);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* order.h - who is initialised before whom. */
#ifndef CORE_PLUGIN_ORDER_H
#define CORE_PLUGIN_ORDER_H

#include "registry.h"

/**
 * Write the indices of the plugins that are not refused to @out (room for @n), each after all that it
 * `requires`; *out_n of them. ELOOP and ENOENT print the chain: "a/b needs c/d needs a/b".
 * @gaps: this program cannot see all plugins, so one that is missing is no error.
 */
int order_plugins(struct plugin *const *plugins, size_t n, bool gaps, size_t *out, size_t *out_n,
		  struct cleat_error *err);

#endif

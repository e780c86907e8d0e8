/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h - judge a descriptor without running a line of its plugin's code. */
#ifndef CORE_PLUGIN_VERIFY_H
#define CORE_PLUGIN_VERIFY_H

#include <cleat/plugin.h>

/** EINVAL with "found ..., wanted ...". @desc is the plugin's own, not yet copied. */
int verify(const struct cleat_plugin *desc, struct cleat_error *err);

/**
 * Copy @desc into the zeroed @out, member by member as far as it goes, and its ops table into a new
 * zeroed one of our size: *out_ops, to be freed. Verify first. ENOMEM.
 */
int verify_copy(const struct cleat_plugin *desc, struct cleat_plugin *out, void **out_ops,
		struct cleat_error *err);

#endif

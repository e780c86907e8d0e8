/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h - what every op has in common: is it there, and did its failure come with a text? */
#ifndef CORE_USE_ANSWER_H
#define CORE_USE_ANSWER_H

#include "plugin/registry.h"

/** "plugin runtime/linux cannot pause": ENOTSUP for an op that a plugin does not have. */
int answer_missing(const struct plugin *plugin, const char *op, struct cleat_error *err);
/**
 * Check what @op returned: a failure gets a text and an errno if the plugin forgot them, and one that
 * no errno fits becomes EIO. Positive results pass.
 */
int answer(const struct plugin *plugin, const char *op, int result, struct cleat_error *err);
/** Set FD_CLOEXEC on a descriptor that a plugin made; -1 is fine. A closed one is EBADF. */
int answer_fd(const struct plugin *plugin, const char *op, int fd, struct cleat_error *err);
/** A plugin wrote more than we have room for, or cleared what we set: that is a bug of its own. */
int answer_size(const struct plugin *plugin, const char *op, uint32_t size, size_t room,
		struct cleat_error *err);

#endif

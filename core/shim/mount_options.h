/* SPDX-License-Identifier: Apache-2.0 */
/* mount_options.h - the words of a mount's options: flags of mount(2), and the filesystem's own. */
#ifndef CORE_SHIM_MOUNT_OPTIONS_H
#define CORE_SHIM_MOUNT_OPTIONS_H

#include "base/text.h"

struct mount_options {
	unsigned long flags, propagation; /* MS_... */
	struct text data;                 /* comma separated */
};

/** Sort the NULL-ended @words. 0 or -ENOMEM; free out->data with text_fini. */
int mount_options_parse(const char *const *words, struct mount_options *out);

#endif

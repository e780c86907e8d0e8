/* SPDX-License-Identifier: Apache-2.0 */
/* overlay.h - an overlay from containerd's option words, as a detached mount. */
#ifndef RUNTIME_LINUX_OVERLAY_H
#define RUNTIME_LINUX_OVERLAY_H

#include <cleat/runtime.h>

#include <stdbool.h>
#include <stddef.h>

/** With @userns (-1: none) the layers' ids are mapped by that user namespace. */
int overlay_open(const struct cleat_mount *mount, int userns, int *out_fd, struct cleat_error *err);
/** The next layer of "a:b:c", where "\:" is a colon: its end, and the name without backslashes. */
const char *overlay_next_layer(const char *at, char *out, size_t size);
/** Does the option belong to every kind of mount ("ro"), and not to overlayfs? */
bool overlay_is_mount_word(const char *option);

#endif

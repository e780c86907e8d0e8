/* SPDX-License-Identifier: Apache-2.0 */
/* jail.h - give away everything that reading a stranger's archive does not need. */
#ifndef IMAGE_LAYER_JAIL_H
#define IMAGE_LAYER_JAIL_H

#include <cleat/error.h>

/**
 * Make the directory *@target_fd the root of this process, close every descriptor above it, lay down
 * privileges and forbid all system calls but those for files. As root everything has to succeed;
 * others have nothing to lay down and are held by the system call filter. *@target_fd is replaced by
 * one that belongs to the new root.
 */
int jail_enter(int *target_fd, struct cleat_error *err);

#endif

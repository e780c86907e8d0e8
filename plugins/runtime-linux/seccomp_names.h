/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_names.h - the words of the specification and what libseccomp calls them. */
#ifndef RUNTIME_LINUX_SECCOMP_NAMES_H
#define RUNTIME_LINUX_SECCOMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <seccomp.h>

/* false: there is no such word */
bool seccomp_action_of(const char *name, uint32_t *out);
bool seccomp_operator_of(const char *name, enum scmp_compare *out);
/**
 * *@out is 0 when this libseccomp does not have the architecture, or this machine cannot run it: no
 * call of it can come, and each costs milliseconds to compile.
 */
bool seccomp_arch_of(const char *name, uint32_t *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.h - linux.seccomp: compiled by libseccomp in the parent, loaded with one call by the child.
 *
 * Compiling takes milliseconds (25 with many architectures), so the result is kept by content.
 * Include it as "seccomp.h"; <seccomp.h> is the library's, which owns the name seccomp_load too.
 */
#ifndef RUNTIME_LINUX_SECCOMP_H
#define RUNTIME_LINUX_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/error.h>
#include <cleat/host.h>
#include <cleat/json.h>

struct seccomp; /* a compiled filter with its flags */

/**
 * Compile @seccomp, the `linux.seccomp` object; NULL gives *@out NULL. @cache_fd: a directory that
 * only root can write, or -1. @host is for debug lines and may be NULL.
 */
int seccomp_compile(const struct cleat_host *host, const struct json *seccomp, int cache_fd,
		    struct seccomp **out, struct cleat_error *err);
/**
 * In the child, without allocation: install the filter on the calling thread. Needs
 * no_new_privs or CAP_SYS_ADMIN. *@out_listener is a descriptor when seccomp_notifies, else -1.
 * NULL @sc does nothing.
 */
int seccomp_install(const struct seccomp *sc, int *out_listener, struct cleat_error *err);
/** Does a rule ask an agent (SCMP_ACT_NOTIFY)? seccomp_notify.h then knows how it is reached. */
bool seccomp_notifies(const struct seccomp *sc);
/** Words of the tables, for `features`: item @i, or NULL past the end. */
const char *seccomp_action_name(size_t i);
const char *seccomp_operator_name(size_t i);
const char *seccomp_arch_name(size_t i);
const char *seccomp_flag_name(size_t i);
const char *seccomp_supported_flag_name(size_t i);

void seccomp_free(struct seccomp *sc);
void seccomp_freep(struct seccomp **sc);

#endif

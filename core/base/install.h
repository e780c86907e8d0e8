/* SPDX-License-Identifier: Apache-2.0 */
/* install.h - where the other programs and files of this installation are, also in a build tree. */
#ifndef CORE_BASE_INSTALL_H
#define CORE_BASE_INSTALL_H

#include <stddef.h>

#include <cleat/error.h>

/**
 * Path of program @name ("cleatd", "cleat-shim", "cleat-layer"): beside this program, then in
 * ../libexec/cleat, seen from /proc/self/exe. ENOENT names the places tried.
 */
int install_program(const char *name, char *out, size_t room, struct cleat_error *err);
/** The directory that bin is in: "/usr", "/usr/local", a build tree, "" for /bin. */
int install_prefix(char *out, size_t room, struct cleat_error *err);
/** The directory of plugins: ../lib/cleat/plugins, then ../lib/<multiarch>/cleat/plugins. */
int install_plugin_dir(char *out, size_t room, struct cleat_error *err);
/** A file of etc/cleat ("seccomp.json"): /etc/cleat, ../etc/cleat, ../share/cleat. */
int install_file(const char *name, char *out, size_t room, struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* elf.h - is this file a whole shared object that the dynamic loader will not choke on? */
#ifndef CORE_PLUGIN_ELF_H
#define CORE_PLUGIN_ELF_H

#include <cleat/error.h>

/** Judge the file behind @fd (borrowed; its offset is left alone). ENOEXEC with found and wanted. */
int elf_check(int fd, struct cleat_error *err);

#endif

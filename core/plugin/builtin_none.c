/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builtin_none.c - the table of a program that has no built-in plugin.
 *
 * Alone in its file: the linker takes it from the archive only when the program brings no table.
 */
#include "builtin.h"

const struct builtins program_builtins = { 0 };

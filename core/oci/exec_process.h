/* SPDX-License-Identifier: Apache-2.0 */
/* exec_process.h - the process object of `exec`: a file's, or the container's own with flags over it. */
#ifndef CORE_OCI_EXEC_PROCESS_H
#define CORE_OCI_EXEC_PROCESS_H

#include "arguments.h"

#include <cleat/json.h>

/** From --process; *out_terminal tells whether it wants a terminal. Free *out_json. */
int exec_process_read(const struct arguments *arguments, char **out_json, bool *out_terminal,
		      struct cleat_error *err);
/** From the container's @config, the command and the flags. Free *out_json. */
int exec_process_make(const struct arguments *arguments, const struct json *config, char **out_json,
		      struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - the table of commands: parser, help and dispatch read the same rows. */
#ifndef CORE_OCI_COMMANDS_H
#define CORE_OCI_COMMANDS_H

#include "arguments.h"

/** Exit status, or -errno with @err filled. */
typedef int command_run(const struct arguments *arguments, struct cleat_error *err);

struct command {
	const char *name, *words, *summary;
	const struct flag *flags;
	uint8_t min, max; /**< words after the flags; max 255: any number */
	uint8_t failure;  /**< exit status of an error; 0 means 1 */
	command_run *run;
};

extern const struct flag global_flags[];
/** All rows, *out_n of them. */
const struct command *commands_all(size_t *out_n);
/** The row of @name; NULL. */
const struct command *command_find(const char *name);
/** EINVAL with the nearest command. */
int command_unknown(const char *name, struct cleat_error *err);
/** Help for one command, or for the program (NULL). */
void command_help(const struct command *command, struct text *out);

command_run oci_create, oci_run, oci_start, oci_exec, oci_kill, oci_delete, oci_state, oci_list,
	oci_ps, oci_pause, oci_resume, oci_update, oci_events, oci_spec, oci_features,
	oci_checkpoint, oci_restore;

#endif

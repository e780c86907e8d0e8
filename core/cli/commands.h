/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - one function for each row of the table; each has a file of its own. Exit code. */
#ifndef CORE_CLI_COMMANDS_H
#define CORE_CLI_COMMANDS_H

struct cli;

int command_attach(struct cli *cli);
int command_completion(struct cli *cli);
int command_config_check(struct cli *cli);
int command_config_defaults(struct cli *cli);
int command_config_show(struct cli *cli);
int command_create(struct cli *cli);
int command_events(struct cli *cli);
int command_exec(struct cli *cli);
int command_help(struct cli *cli);
int command_image_import(struct cli *cli);
int command_image_inspect(struct cli *cli);
int command_image_ls(struct cli *cli);
int command_image_rm(struct cli *cli);
int command_image_tag(struct cli *cli);
int command_info(struct cli *cli);
int command_inspect(struct cli *cli);
int command_kill(struct cli *cli);
int command_logs(struct cli *cli);
int command_checkpoint_create(struct cli *cli);
int command_checkpoint_ls(struct cli *cli);
int command_checkpoint_rm(struct cli *cli);
int command_pause(struct cli *cli);
int command_plugins_ls(struct cli *cli);
int command_plugins_show(struct cli *cli);
int command_ps(struct cli *cli);
int command_rename(struct cli *cli);
int command_restart(struct cli *cli);
int command_restart_reset(struct cli *cli);
int command_rm(struct cli *cli);
int command_run(struct cli *cli);
int command_start(struct cli *cli);
int command_stats(struct cli *cli);
int command_stop(struct cli *cli);
int command_top(struct cli *cli);
int command_unpause(struct cli *cli);
int command_update(struct cli *cli);
int command_version(struct cli *cli);
int command_wait(struct cli *cli);

#endif

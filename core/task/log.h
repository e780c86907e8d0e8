/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - which io plugin the next process gets, and where what it says is kept. */
#ifndef CORE_TASK_LOG_H
#define CORE_TASK_LOG_H

#include "task/task.h"

struct config;
struct plugin;

/** In `provides` of an io plugin that keeps what is said: <cleat/io.h>'s log_dir is for it. */
#define LOG_PROVIDED "io.log"

/** Does @plugin (an io plugin) keep a log? */
bool log_is_kept_by(const struct plugin *plugin);
/** In `provides` of an io plugin whose streams clients attach to. */
#define LOG_ATTACHED "io.attach"

/** Settle row.io and task->attach for the next start (unsaved), and make its log directory. */
int log_choose_io(struct task *task, const struct task_prepare *how, struct cleat_error *err);
/** "json-file", "cri", "journald", "none" for a plugin that keeps logs; else the io plugin's name. */
const char *log_driver(const struct task *task);
/** The newest file; free it; "" where none is kept. NULL: no memory. */
char *log_path(const struct task *task);
/** The socket of the journal that is its log, or NULL. */
const char *log_journal_socket(const struct task *task);
/** Lines that never got into the log, as far as is known. */
uint64_t log_dropped(const struct task *task);
/** Bytes that nobody listened to, since this daemon knows of it. */
uint64_t log_discarded(const struct task *task);
/**
 * Are the container's log options keys of @plugin, and their values good? Is there a journal, where it
 * shall be the log?
 */
int log_check_options(const struct config *ini, const container_config *config,
		      const struct plugin *plugin, struct cleat_error *err);

#endif

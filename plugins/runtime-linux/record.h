/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what is on disk of a container, in the state directory that the host gave.
 *
 *   runtime.json         this record: written before anything else exists
 *   runtime-init         a link to "PID STARTTIME": init's, as soon as there is one
 *   runtime-config.json  the configuration as it was at create: for exec and the late hooks
 *   start                the socket on which init waits; gone once it was told to start
 *   restore.log          of criu, when the container was restored, with its figures in stats-restore
 *   restore-root         where criu, in a mount namespace of its own, finds the root filesystem
 */
#ifndef RUNTIME_LINUX_RECORD_H
#define RUNTIME_LINUX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

#define RECORD_FILE  "runtime.json"
#define INIT_LINK    "runtime-init"
#define CONFIG_FILE  "runtime-config.json"
#define START_SOCKET "start"
#define RESTORE_LOG  "restore.log"
#define RESTORE_ROOT "restore-root"

struct record {
	char *id, *bundle;
	char *cgroup;        /**< cgroup_path(): "" for none */
	char *mount_ns;      /**< path of a joined mount namespace: "" for none */
	char *resctrl;       /**< intel_rdt_recorded(): "" for none */
	char *unit;          /**< cgroup_unit(): "" for none */
	char boot_id[40];    /**< a pid of another boot means nothing */
	uint64_t created_ns; /**< CLOCK_REALTIME */
	pid_t pid;           /**< of init as we see it; 0 while there is none */
	uint64_t start_time; /**< of that pid */
	bool chrooted;       /**< no pivot: its root is not the root of its mount namespace */
	bool no_late_hooks;  /**< neither poststart nor poststop: nobody has to look */
	bool owns_cgroup;    /**< of a restore: before there is an init, criu's may be in it */
	bool notifies;       /**< its seccomp filter asks an agent */
};

/** Fill a fresh one; the strings are copied. */
int record_init(struct record *record, const char *id, const char *bundle, const char *cgroup,
		struct cleat_error *err);
/** Replace one of its texts by a copy of @text. */
int record_set(char **field, const char *text, struct cleat_error *err);
void record_fini(struct record *record);
/** Replace the file, atomically, without init. Not fsynced: after a crash of the machine nothing of it is true. */
int record_write(const struct record *record, int state_fd, struct cleat_error *err);
/** Once there is an init: its pid and start time. */
int record_write_init(const struct record *record, int state_fd, struct cleat_error *err);
/** ENOENT: there is none. EINVAL: it is not @id's, or damaged. */
int record_read(struct record *out, int state_fd, const char *id, struct cleat_error *err);
bool record_is_of_this_boot(const struct record *record);
/** Keep @config for later. */
int record_write_config(int state_fd, const char *config, size_t len, struct cleat_error *err);
/** Read it back; free *@out. */
int record_read_config(int state_fd, char **out, size_t *out_len, struct cleat_error *err);
/** Remove all that is ours in the directory; what is not there is success. */
int record_remove(const struct record *record, int state_fd, struct cleat_error *err);

#endif

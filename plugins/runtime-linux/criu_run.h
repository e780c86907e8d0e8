/* SPDX-License-Identifier: Apache-2.0 */
/* criu_run.h - one request to `criu swrk`: begin it, answer its questions, understand its failure. */
#ifndef RUNTIME_LINUX_CRIU_RUN_H
#define RUNTIME_LINUX_CRIU_RUN_H

#include "box.h"
#include "criu_wire.h"

/* Numbers of criu's images/rpc.proto. */
enum criu_request { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6 };
enum {
	OPT_IMAGES_DIR_FD = 1,
	OPT_PID = 2,
	OPT_LEAVE_RUNNING = 3,
	OPT_EXT_UNIX_SK = 4,
	OPT_TCP_ESTABLISHED = 5,
	OPT_EVASIVE_DEVICES = 6,
	OPT_SHELL_JOB = 7,
	OPT_FILE_LOCKS = 8,
	OPT_LOG_LEVEL = 9,
	OPT_LOG_FILE = 10,
	OPT_NOTIFY_SCRIPTS = 12,
	OPT_ROOT = 13,
	OPT_PARENT_IMG = 14,
	OPT_TRACK_MEM = 15,
	OPT_AUTO_DEDUP = 16,
	OPT_WORK_DIR_FD = 17,
	OPT_LINK_REMAP = 18,
	OPT_MANAGE_CGROUPS = 24,
	OPT_CG_ROOT = 25,
	OPT_RST_SIBLING = 26,
	OPT_INHERIT_FD = 27,
	OPT_EXT_MASTERS = 30,
	OPT_MANAGE_CGROUPS_MODE = 34,
	OPT_EXTERNAL = 37,
	OPT_EMPTY_NS = 38,
	OPT_FREEZE_CGROUP = 44,
	OPT_TCP_SKIP_IN_FLIGHT = 46,
	OPT_ORPHAN_PTS_MASTER = 50,
	OPT_LSM_PROFILE = 53,
	OPT_LSM_MOUNT_CONTEXT = 63,
};

/** The first number for a descriptor in `inherit`: criu uses those below. */
enum { CRIU_FIRST_FD = 10 };

struct criu_run {
	struct runtime *rt;
	enum criu_request type;
	struct criu_message opts;
	int work_fd;          /**< where criu writes its log */
	const char *log_name; /**< of that log */
	const int *inherit;   /**< descriptors that criu gets under the same numbers */
	size_t ninherit;
	/** In the child, before criu begins; NULL: nothing. */
	int (*prepare)(void *arg, struct cleat_error *err);
	/** criu has come as far as @script; @fd came with it or is -1, and is closed after the call. */
	int (*notified)(void *arg, const char *script, pid_t pid, int *fd, struct cleat_error *err);
	void *arg;
	pid_t restored; /**< result of CRIU_RESTORE: our child */
};

/** @fd under a number that criu does not use itself; @fd is closed. -1 with errno. */
int criu_move_up(int fd);
/** Ends run->opts. The error carries criu's own last ones. ENOENT: criu is not installed. */
int criu_run(struct criu_run *run, struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - cleat-oci exec. */
#include "attend.h"
#include "commands.h"
#include "existing.h"
#include "descriptors.h"
#include "exec_process.h"
#include "hand_over.h"
#include "launch.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static int make_process(const struct arguments *arguments, const struct container *container,
			char **out_json, bool *out_terminal, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *config = NULL;

	*out_terminal = arguments->tty;
	if (arguments->process)
		return exec_process_read(arguments, out_json, out_terminal, err);
	if (record_config_read(container->dir, &config, err) < 0)
		return -err->errnum;
	return exec_process_make(arguments, json_root(config), out_json, err);
}

static int start(const struct arguments *arguments, const struct container *container,
		 const char *json, uint32_t preserve, bool terminal, struct cleat_process *process,
		 struct cleat_error *err)
{
	static const struct cleat_stdio inherited = {
		.size = sizeof(inherited), .in = 0, .out = 1, .err = 2
	};
	struct winsize size = { 0 };
	struct cleat_exec req = { .process = json,
				  .process_len = strlen(json),
				  .stdio = terminal ? NULL : &inherited,
				  .preserve_fds = preserve,
				  .cgroup = arguments->cgroup };

	if (launch_flags(arguments, &req.flags, err) < 0)
		return -err->errnum;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
		req.rows = size.ws_row;
		req.columns = size.ws_col;
	}
	return use_runtime_exec(container->box, &req, process, err);
}

/* The caller asked for a sign of success that it cannot get: the process must not stay. */
static void abandon(const struct cleat_process *process)
{
	(void)kill(process->pid, SIGKILL); /* our child, not yet reaped: it is still it */
}

static int follow(const struct cleat_process *process, struct cleat_error *err)
{
	struct attended who = { .pid = process->pid,
				.pidfd = process->pidfd,
				.console_fd = process->console_fd };

	return attend(&who, err);
}

static int run(const struct arguments *arguments, const struct container *container,
	       struct cleat_process *process, struct cleat_error *err)
{
	_cleanup_hand_over_ struct hand_over sockets = HAND_OVER_NONE;
	_cleanup_free_ char *json = NULL;
	struct descriptors fds = { 0 };
	bool terminal = false;

	if (descriptors_take(arguments, &fds, err) < 0 ||
	    make_process(arguments, container, &json, &terminal, err) < 0 || !json ||
	    hand_over_connect(arguments, terminal, arguments->detach, &sockets, err) < 0)
		return -err->errnum;
	if (!arguments->detach) {
		attend_prepare();
		if (!arguments->no_subreaper)
			(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* only zombies */
	}
	if (start(arguments, container, json, fds.preserve, terminal, process, err) < 0)
		return -err->errnum;
	if (hand_over_send(arguments, &sockets, process, true, err) < 0) {
		abandon(process);
		return -err->errnum;
	}
	return arguments->detach ? 0 : follow(process, err);
}

int oci_exec(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	struct cleat_process process = { .pidfd = -1, .console_fd = -1 };

	/* Stopped or paused: the runtime says so, who has to look anyway. */
	if (container_open_unasked(arguments, &container, err) < 0)
		return -err->errnum;
	int r = run(arguments, &container, &process, err);

	cleat_closep(&process.pidfd);
	cleat_closep(&process.console_fd);
	return r;
}

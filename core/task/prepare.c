/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare.c - from a row to a process that stands right before execve.
 *
 * What an earlier life left is cleared first (S75), the old task is deleted before a new one is
 * made (S7), and a failure at any step clears everything again (S76).
 */
#include "task/prepare.h"

#include "task/foreign.h"
#include "task/io_hold.h"
#include "task/log.h"
#include "task/shim_launch.h"
#include "task/shim_log.h"
#include "task/shim_process.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { FORGOTTEN_LIMIT_S = 60 };

static void prepare_free(void *data)
{
	struct prepare *p = data;

	root_mounts_fini(&p->root);
	free(p->checkpoint);
	free(p);
}

static struct task *task_of(struct job *job)
{
	return ((struct prepare *)job_data(job))->task;
}

/* ---- steps --------------------------------------------------------------------------------------- */
static int check(struct job *job, struct cleat_error *err)
{
	struct prepare *p = job_data(job);
	struct task *task = p->task;

	if (task->gone || task->row.phase == TASK_REMOVING || task->row.phase == TASK_DEAD)
		return cleat_fail(err, EBUSY,
				  "container is marked for removal and cannot be started");
	if (p->how.automatic &&
	    (task->row.generation != p->how.generation || task->row.phase != TASK_RESTARTING))
		return cleat_fail(err, ECANCELED, "the restart of container %s was cancelled",
				  task_label(task));
	if (task->row.phase == TASK_GC)
		return cleat_fail(err, EBUSY,
				  "cannot start container %s: its last run is not cleaned up yet "
				  "(%s); that is tried again by itself",
				  task_label(task), task->row.gc_why);
	if (task->row.phase == TASK_PAUSED)
		return cleat_fail(err, EBUSY,
				  "cannot start a paused container, try unpause instead");
	if (task->row.phase == TASK_RUNNING)
		return cleat_fail(err, EALREADY, "container %s is already running",
				  task_label(task));
	if (!p->how.automatic && task->row.phase == TASK_RESTARTING) {
		/* A start by hand skips the wait; an automatic one that is queued already dies. */
		restart_skip_wait(task);
	}
	return JOB_DONE;
}

static int clear_leftovers(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, task_of(job), err);
}

static int make_bundle(struct job *job, struct cleat_error *err)
{
	int r = bundle_make(task_of(job)->bundle, err);

	fail_point("start-bundle");
	return r < 0 ? r : shim_log_open(task_of(job), true, err);
}

/* Also of a shim that was launched: one teardown for all that comes after the bundle. */
static int unmake(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, task_of(job), err);
}

static int write_files(struct job *job, struct cleat_error *err)
{
	struct prepare *p = job_data(job);
	struct task *task = p->task;
	_cleanup_free_ char *config = NULL;
	_cleanup_free_ char *cleat = NULL;
	int r = 0;

	task->attach = false;
	r = task->foreign ? 0 : log_choose_io(task, &p->how, err);

	if (r == 0)
		r = task_config_json(task, &p->how, &config, err);
	if (r == 0)
		r = foreign_check_user(task, config, "process.user.username", err);
	if (r == 0)
		r = bundle_write(task->bundle, "config.json", config, err);
	if (r == 0 && !task->foreign)
		r = task_cleat_json(task, config, &cleat, err);
	if (r == 0 && !task->foreign)
		r = bundle_write(task->bundle, "cleat.json", cleat, err);
	return r;
}

static int make_io(struct job *job, struct cleat_error *err)
{
	struct prepare *p = job_data(job);
	struct task *task = p->task;

	bundle_io_fini(&task->io);
	bool fifos = !task->attach;
	int r = bundle_make_io(task->bundle, "", task->config->terminal,
			       fifos && p->how.attach_stdin, fifos && p->how.attach_stdout,
			       fifos && p->how.attach_stderr,
			       task->foreign ? "" : "discard:", &task->io, err);

	if (r == 0 && task->attach && task->config->open_stdin &&
	    task_set_text(&task->io.in, "attach:") < 0)
		r = cleat_fail(err, ENOMEM, "cannot start: out of memory");
	if (r == 0)
		io_hold(task);
	return r;
}

static void launched(void *arg, const struct shim_address *address, const struct cleat_error *err)
{
	struct job *job = arg;
	struct task *task = task_of(job);
	struct cleat_error why = *err;

	fail_point("start-shim");
	/* Recorded before it is used: a daemon that dies now finds the shim again. */
	if (!why.errnum && shim_address_save(task->bundle, address, &why) == 0)
		(void)task_connect(task, address, &why);
	fail_point("start-shim-saved");
	job_resume(job, &why);
}

static int find_shim(struct job *job, struct cleat_error *err)
{
	struct task *task = task_of(job);
	struct shim_program program = { 0 };
	int r = shim_program_find(task, &program, err);

	task->foreign = program.foreign;
	shim_program_fini(&program);
	return r;
}

static int launch(struct job *job, struct cleat_error *err)
{
	int r = shim_start(task_of(job), launched, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static void created(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct job *job = arg;
	struct prepare *p = job_data(job);

	fail_point("start-created");
	if (reply)
		p->task->row.pid =
			((const Containerd__Task__V2__CreateTaskResponse *)(const void *)reply)
				->pid;
	else
		p->exit_code = program_exit_code(err, false);
	job_resume(job, err);
}

static int create(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__CreateTaskRequest request =
		CONTAINERD__TASK__V2__CREATE_TASK_REQUEST__INIT;
	struct prepare *p = job_data(job);
	struct task *task = p->task;

	request.id = task->row.id;
	request.bundle = task->bundle;
	request.rootfs = p->root.list;
	request.n_rootfs = p->root.n;
	request.terminal = task->config->terminal;
	request.stdin = task->io.in;
	request.stdout = task->io.out;
	request.stderr = task->io.err;
	if (p->checkpoint)
		request.checkpoint = p->checkpoint;
	int r = shim_call(task->shim, "Create", &request.base,
			  &containerd__task__v2__create_task_response__descriptor, created, job,
			  err);

	return r < 0 ? r : JOB_WAIT;
}

static int ask_pid(struct job *job, struct cleat_error *err)
{
	return shim_process_learn(task_of(job), err);
}

static int watch_exit(struct job *job, struct cleat_error *err)
{
	struct task *task = task_of(job);
	int r = task_watch_exit(task, err);

	task->prepared = r == 0;
	return r;
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "find the shim", find_shim, NULL },
	{ "clear what an earlier life left", clear_leftovers, NULL },
	{ "make the bundle", make_bundle, unmake },
	{ "describe the root filesystem", prepare_root, NULL },
	{ "write config.json", write_files, NULL },
	{ "make the fifos", make_io, NULL },
	{ "start the shim", launch, NULL },
	{ "create the process", create, NULL },
	{ "ask for the shim's pid", ask_pid, NULL },
	{ "watch for its end", watch_exit, NULL },
	/* a prepare ends here; a detached or automatic start goes on */
	{ "check that it is still wanted", start_wanted, NULL },
	{ "record that it runs", start_record, start_unrecord },
	{ "start the program", start_program, NULL },
};
enum { START_STEPS = 3 };
static const struct job_kind prepare_kind = { "prepare", steps, ARRAY_SIZE(steps) - START_STEPS };
static const struct job_kind start_kind = { "prepare and start", steps, ARRAY_SIZE(steps) };

/* ---- its end ------------------------------------------------------------------------------------- */
/* The sentence with which runc, crun and runtime/linux begin when execve was refused, or would be. */
static bool about_program(const struct cleat_error *err)
{
	return strstr(err->text, "exec: \"") != NULL;
}

/* Shims of others answer "unknown" to everything; docker reads the sentence too. */
static int errnum_of_text(const struct cleat_error *err)
{
	if (strstr(err->text, "no such file or directory") ||
	    strstr(err->text, "executable file not found"))
		return ENOENT;
	if (strstr(err->text, "permission denied") || strstr(err->text, "not a directory") ||
	    strstr(err->text, "is a directory") || strstr(err->text, "exec format error"))
		return EACCES;
	return err->errnum;
}

int program_exit_code(const struct cleat_error *err, bool starting)
{
	bool program = about_program(err);

	/* Create opens, mounts and joins much that may be missing or forbidden: that is the engine's failure. */
	if (!starting && !program)
		return 0;
	switch (program && err->errnum == EREMOTEIO ? errnum_of_text(err) : err->errnum) {
	case ENOENT:
		return 127;
	case EACCES:
	case EPERM:
		return 126;
	case EINVAL: /* ENOEXEC, EISDIR and ENOTDIR travel as this, but so does a bad config.json */
		return starting ? 126 : 0;
	default:
		return starting ? 128 : 0;
	}
}

void task_start_failed(struct task *task, int exit_code, const struct cleat_error *err)
{
	struct cleat_error ignored = { 0 };

	if (task->gone || err->errnum == EALREADY || err->errnum == ECANCELED)
		return;
	restart_arm(task); /* when this was a start by hand that skipped a wait */
	if (task_set_text(&task->row.error, err->text) < 0)
		log_line(CLEAT_WARN, "%.12s: out of memory, going on", task->row.id);
	task->row.exit_code = exit_code ? exit_code : 128;
	task->row.pid = 0;
	if (task_save(task, &ignored) < 0)
		log_line(CLEAT_WARN, "%.12s: %s, going on without it", task->row.id, ignored.text);
	if (task->config->auto_remove)
		(void)task_remove(task, true, NULL, NULL, &ignored); /* it only misses its moment */
}

/* Its client died between Prepare and Start: as if it had never been asked for. */
static void forgotten(void *arg)
{
	struct task *task = arg;
	struct cleat_error err = { 0 };
	int r = 0;

	loop_unwatchp(&task->forgotten_timer);
	if (task->gone || !task->prepared)
		return;
	log_line(CLEAT_INFO, "%.12s: prepared, but nobody starts it: given up", task->row.id);
	r = task->config->auto_remove ? task_remove(task, true, NULL, NULL, &err)
				      : task_clean(task, NULL, NULL, &err);
	if (r < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, err.text);
}

void task_forsake(struct task *task, int pid)
{
	/* A start that it sent before it went is among the jobs. */
	if (task->prepared && task->prepared_by == pid && !task->jobs.first)
		forgotten(task);
}

static void arm_forgotten(struct task *task)
{
	struct cleat_error err = { 0 };

	loop_unwatchp(&task->forgotten_timer);
	if (loop_watch_timer(task->all->env.loop, FORGOTTEN_LIMIT_S * NS_PER_S, forgotten, task,
			     &task->forgotten_timer, &err) < 0)
		log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, err.text);
}

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct prepare *p = arg;

	(void)job;
	if (!err->errnum)
		arm_forgotten(p->task);
	else
		task_start_failed(p->task, p->exit_code, err);
	p->done(p->arg, err->errnum ? p->exit_code : 0, err);
}

static int add(struct task *task, const struct job_kind *kind, const struct task_prepare *how,
	       job_done end, task_start_done done, void *arg, struct cleat_error *err)
{
	struct prepare *p = calloc(1, sizeof(*p));

	if (!p)
		return cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				  task_label(task));
	p->task = task;
	p->how = *how;
	p->done = done;
	p->arg = arg;
	if (how->checkpoint)
		p->checkpoint = strdup(how->checkpoint);
	int r = how->checkpoint && !p->checkpoint
			? cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				     task_label(task))
			: job_add(&task->jobs, kind, p, prepare_free, end, p, err);

	if (r < 0)
		prepare_free(p);
	return r;
}

int task_prepare(struct task *task, const struct task_prepare *how, task_start_done done, void *arg,
		 struct cleat_error *err)
{
	return add(task, &prepare_kind, how, ended, done, arg, err);
}

int task_start_whole(struct task *task, const struct task_prepare *how, task_start_done done,
		     void *arg, struct cleat_error *err)
{
	return add(task, &start_kind, how, start_ended, done, arg, err);
}

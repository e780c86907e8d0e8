/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit.c - how a container's process ended, learned and recorded.
 *
 * The pending Wait call is the truth while the shim lives; when the connection is lost it is the
 * exit record on disk, and when there is none, what the shim's `delete` action says. What is known
 * is recorded before anything is cleared away.
 */
#include "task/events.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "config/config.h"
#include "rpc/pb/task.pb-c.h"

#include <cleat/cleanup.h>
#include <cleat/restart.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

struct ending {
	struct task *task;
	unsigned run; /* of which process */
	bool reboot, known, recorded, was_running;
	struct bundle_exit record;
};

static struct ending *ending_of(struct job *job)
{
	return job_data(job);
}

/* ---- causes (restart-and-lifecycle.md 2.9.3): the first that matches -------------------------------- */
static bool own_pid_namespace(const struct task *task)
{
	return !*task->config->pid_mode || text_eq(task->config->pid_mode, "private");
}

static int cause_of(const struct ending *ending)
{
	const struct bundle_exit *record = &ending->record;
	bool from_inside = record->signal && !record->ours && own_pid_namespace(ending->task);

	if (ending->reboot)
		return CLEAT_CAUSE_HOST_REBOOT;
	if (ending->task->row.manual)
		return CLEAT_CAUSE_MANUAL;
	if (ending->task->row.killed_for)
		return (int)ending->task->row.killed_for;
	if (!ending->known || record->lost)
		return CLEAT_CAUSE_LOST;
	if (*record->unhealthy)
		return CLEAT_CAUSE_UNHEALTHY;
	if (from_inside && record->signal == SIGHUP)
		return CLEAT_CAUSE_REBOOT; /* reboot(2) in a pid namespace ends init with it */
	if (from_inside && record->signal == SIGINT)
		return CLEAT_CAUSE_POWEROFF;
	if (record->signal == SIGKILL && record->oom)
		return CLEAT_CAUSE_OOM;
	if (record->signal)
		return record->core ? CLEAT_CAUSE_CORE : CLEAT_CAUSE_SIGNAL;
	return record->exit_status == 0 ? CLEAT_CAUSE_CLEAN : CLEAT_CAUSE_FAILURE;
}

/* ---- steps --------------------------------------------------------------------------------------- */
static int learn(struct job *job, struct cleat_error *err)
{
	struct ending *ending = ending_of(job);
	struct task *task = ending->task;
	struct bundle_exit record = { 0 };
	struct cleat_error ignored = { 0 };

	(void)err;
	if (task->gone || ending->run != task->run)
		return JOB_DONE; /* of a process that was succeeded by another */
	fail_point("exit-seen");
	ending->was_running = task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED;
	if (bundle_read_exit(task->bundle, "", &record, &ignored) == 0) {
		ending->record = record;
		ending->known = true;
	} else if (ignored.errnum != ENOENT) {
		log_line(CLEAT_WARN, "%.12s: %s, going on without it", task->row.id, ignored.text);
	}
	return JOB_DONE;
}

static void tell(const struct task *task)
{
	const struct store_container *row = &task->row;
	int64_t ran = row->finished_at - row->started_at;

	task_event(task, "die", "exitCode", event_number(row->exit_code).text, "execDuration",
		   event_number(ran > 0 ? ran / (int64_t)NS_PER_S : 0).text, NULL);
}

static int save_ending(struct ending *ending, struct cleat_error *err)
{
	struct task *task = ending->task;
	struct store_container *row = &task->row;
	const struct bundle_exit *record = &ending->record;

	row->exit_code = ending->known ? record->exit_status : 255;
	row->exit_signal = record->signal;
	row->exit_core = record->core;
	row->exit_oom = record->oom;
	row->oom_kills = record->oom_kills;
	row->finished_at =
		record->exited_at ? record->exited_at : (int64_t)clock_now(CLOCK_REALTIME);
	row->finished_boot_ns = record->exited_boot;
	row->pid = 0;
	int cause = cause_of(ending);

	/* on-unhealthy said that it shall stay down: as if a user had stopped it. */
	if (text_eq(record->unhealthy, "stop") || text_eq(record->unhealthy, "kill"))
		row->manual = 1;
	restart_decide(task, cause, false);
	/* Its end and the wish to be removed are one write: --rm said so from the beginning. */
	if (row->phase == TASK_EXITED && task->config->auto_remove && !task->restarts_by_hand)
		(void)task_move(task, TASK_REMOVING, err); /* legal from exited */
	ending->recorded = true;
	log_line(CLEAT_INFO, "%.12s: ended with status %lld, now %s", row->id,
		 (long long)row->exit_code, task_phase_name((int)row->phase));
	fail_point("exit-decided");
	int r = task_save(task, err);

	fail_point("exit-saved");
	tell(task); /* also on a full disk: it has ended */
	return r;
}

static int record_if_known(struct job *job, struct cleat_error *err)
{
	struct ending *ending = ending_of(job);

	return ending->was_running && (ending->known || ending->reboot) ? save_ending(ending, err)
									: JOB_DONE;
}

static void torn_down(void *arg, const struct teardown_result *result)
{
	struct job *job = arg;
	struct ending *ending = ending_of(job);

	if (result->known && !ending->known) {
		ending->known = true;
		ending->record.exit_status = result->exit_status;
		ending->record.signal =
			result->exit_status > 128 ? (int64_t)result->exit_status - 128 : 0;
		ending->record.exited_at = (int64_t)result->exited_at;
	}
	job_resume(job, NULL);
}

static void tear_down_now(void *arg)
{
	struct job *job = arg;

	task_teardown(ending_of(job)->task, torn_down, job);
}

static int tear_down(struct job *job, struct cleat_error *err)
{
	struct task *task = ending_of(job)->task;

	if (task->gone || ending_of(job)->run != task->run ||
	    (!ending_of(job)->was_running && !task->prepared && !task->shim))
		return JOB_DONE;
	/* From the loop, because it may be over before it returns. */
	if (loop_defer(task->all->env.loop, tear_down_now, job) < 0)
		return cleat_fail(err, ENOMEM, "cannot clean up: out of memory");
	return JOB_WAIT;
}

static int record_otherwise(struct job *job, struct cleat_error *err)
{
	struct ending *ending = ending_of(job);

	return ending->was_running && !ending->recorded ? save_ending(ending, err) : JOB_DONE;
}

static const struct job_step steps[] = {
	{ "learn how it ended", learn, NULL },
	{ "record the end", record_if_known, NULL },
	{ "clean up", tear_down, NULL },
	{ "record an end that nobody saw", record_otherwise, NULL },
};
static const struct job_kind kind = { "exit", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct ending *ending = arg;
	struct task *task = ending->task;
	struct cleat_error ignored = { 0 };

	(void)job;
	if (err->errnum)
		log_line(CLEAT_ERROR, "%.12s: the end of its process was not recorded: %s",
			 task->row.id, err->text);
	if (task->gone || !ending->was_running)
		return;
	exec_end_all(task);
	if (*task->stuck)
		gc_enter(task, false); /* of one that is to be removed the phase says so */
	else if (task->config->auto_remove && !task->restarts_by_hand)
		(void)task_remove(task, true, NULL, NULL, &ignored); /* out of memory: it stays */
	else
		restart_arm(task);
	task_wake(task, true);
}

int task_exited(struct task *task, bool reboot, struct cleat_error *err)
{
	struct ending *ending = calloc(1, sizeof(*ending));

	if (!ending)
		return cleat_fail(err, ENOMEM, "cannot record an exit: out of memory");
	ending->task = task;
	ending->run = task->run;
	ending->reboot = reboot;
	int r = job_add(&task->jobs, &kind, ending, free, ended, ending, err);

	if (r < 0)
		free(ending);
	return r;
}

/* ---- the pending Wait ------------------------------------------------------------------------------ */
static void queue_exit(struct task *task, const struct bundle_exit *record)
{
	struct cleat_error err = { 0 };
	struct ending *ending = calloc(1, sizeof(*ending));
	int r = 0;

	if (ending) {
		ending->task = task;
		ending->run = task->run;
		if (record) {
			ending->record = *record;
			ending->known = true;
		}
		r = job_add(&task->jobs, &kind, ending, free, ended, ending, &err);
	}
	if (!ending || r < 0) {
		log_line(CLEAT_ERROR, "%.12s: cannot record its exit: out of memory", task->row.id);
		free(ending);
	}
}

static void waited(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct task *task = arg;
	const Containerd__Task__V2__WaitResponse *response = (const void *)reply;
	struct bundle_exit record = { 0 };
	struct cleat_error why = { 0 };

	if (!response) {
		log_line(CLEAT_WARN, "%.12s: lost its shim: %s", task->row.id, err->text);
		if (err->errnum != ECONNRESET || task_adopt(task, &why) < 0)
			queue_exit(task, NULL);
		return;
	}
	record.exit_status = response->exit_status;
	record.signal = response->exit_status > 128 && response->exit_status <= 128 + 64
				? (int64_t)response->exit_status - 128
				: 0;
	if (response->exited_at && response->exited_at->seconds > 0)
		record.exited_at = response->exited_at->seconds * (int64_t)NS_PER_S +
				   response->exited_at->nanos;
	/* exit.json, which says more, is read by the job; only foreign shims write none. */
	queue_exit(task, &record);
}

int task_watch_exit(struct task *task, struct cleat_error *err)
{
	Containerd__Task__V2__WaitRequest request = CONTAINERD__TASK__V2__WAIT_REQUEST__INIT;

	request.id = task->row.id;
	task->run++;
	return shim_call_limit(task->shim, "Wait", &request.base,
			       &containerd__task__v2__wait_response__descriptor, 0, waited, task,
			       err);
}

/* The pending Wait fails first and queues the adoption or the exit job, which find no shim then. */
static void disconnected(void *arg)
{
	struct task *task = arg;

	shim_close(task->shim);
	task->shim = NULL;
	task->shim_lost = true;
}

int task_abandon(struct task *task, struct cleat_error *err)
{
	if (!task->shim)
		return cleat_fail(err, ENOTCONN, "the container has no shim");
	log_line(CLEAT_WARN, "%.12s: its shim does not answer, given up", task->row.id);
	shim_close(task->shim);
	task->shim = NULL;
	task->shim_lost = true;
	queue_exit(task, NULL);
	return 0;
}

int task_connect(struct task *task, const struct shim_address *address, struct cleat_error *err)
{
	shim_close(task->shim);
	task->shim = NULL;
	int r = shim_connect(task->all->env.loop, address, task->row.ns,
			     task->all->env.config->cleat.shim_timeout_ns, disconnected, task,
			     &task->shim, err);
	_cleanup_free_ char *whose =
		r == 0 ? text_format("the shim of container %s", task->short_id) : NULL;

	if (r == 0)
		shim_belongs_to(task->shim, whose);
	return r;
}

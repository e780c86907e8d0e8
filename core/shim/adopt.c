/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt.c - take over a container whose shim was killed.
 *
 * What the last shim held and the kernel did not keep is opened again: the streams by their names, the
 * cgroup and the records through the runtime plugin, init by a pidfd. The start time of the record says
 * whether the pid is still the same process; a zombie is, and its end is told at once.
 */
#include "adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cleat/cleanup.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "facts.h"
#include "health.h"

enum { CONFIG_LIMIT = 16 << 20 };

static int open_init(const struct adopt_record *record, int *out_fd, struct cleat_error *err)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, record->pid, 0);
	struct process_stat stat;

	if (fd < 0 || process_stat(record->pid, &stat) < 0 || stat.start_time != record->start_time)
		return cleat_fail(err, ESRCH, "process %d, its init, is gone", record->pid);
	*out_fd = take_fd(&fd);
	return 0;
}

static int name(struct task *task, const struct adopt_record *record, struct cleat_error *err)
{
	task->id = strdup(task->shim->flags->id);
	task->bundle = realpath(".", NULL);
	if (!task->id || !task->bundle ||
	    process_init(&task->init, task, "", record->in, record->out, record->err,
			 record->terminal) < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	task->mounted = record->mounted;
	task->init.pid = record->pid;
	task->init.stdin_closed = record->stdin_closed;
	return 0;
}

static int load(struct task *task, const struct facts *facts, struct cleat_error *err)
{
	const struct registry *registry = task->shim->registry;
	const struct plugin *runtime = NULL;
	struct cleat_state state = { 0 };
	_cleanup_close_ int state_fd =
		openat(task->bundle_fd, "runtime", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (state_fd < 0)
		return cleat_fail(err, errno, "cannot open '%s/runtime': %m", task->bundle);
	int r = registry_find(registry, "runtime", facts->runtime, &runtime, err);

	if (r == 0)
		r = registry_find(registry, "io", facts->io, &task->io, err);
	if (r == 0)
		r = use_runtime_load(runtime, task->id, state_fd, &task->box, err);
	if (r == 0)
		r = use_runtime_state(task->box, &state, err);
	task->init.state = state.status == CLEAT_CREATED ? PROCESS_CREATED : PROCESS_RUNNING;
	task->paused = state.status == CLEAT_PAUSED;
	return r;
}

/* The program's ends are only opened to be closed: it has its own. */
static int open_stream(struct task *task, const struct facts *facts, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *config = NULL;
	struct cleat_stdio ends = { .in = -1, .out = -1, .err = -1 };
	size_t len = 0;
	int r = fd_read_file(task->bundle_fd, "config.json", CONFIG_LIMIT, &config, &len, err);

	if (r == 0)
		r = json_parse(config, len, &doc, err);
	if (r == 0)
		r = stdio_maps(task, json_root(doc), err);
	if (r == 0)
		r = stdio_open(&task->init, json_get(json_root(doc), "process"), facts, &ends, err);
	use_stdio_close(&ends);
	if (r == 0)
		r = stdio_attach(&task->init, -1, err);
	if (r == 0 && task->init.state == PROCESS_RUNNING)
		use_io_started(task->init.stream);
	return r;
}

static int build(struct task *task, const struct adopt_record *record, struct cleat_error *err)
{
	_cleanup_facts_ struct facts facts = { 0 };
	_cleanup_close_ int pidfd = -1;
	int r = facts_read(task->bundle_fd, &facts, err);

	if (r == 0)
		r = open_init(record, &pidfd, err);
	if (r == 0)
		r = name(task, record, err);
	if (r == 0)
		r = load(task, &facts, err);
	if (r == 0)
		r = open_stream(task, &facts, err);
	if (r == 0)
		r = health_open(task, &facts, &task->health, err);
	if (r < 0)
		return r;
	task->transient = facts.transient;
	task->restarts = facts.restart && *facts.restart && strcmp(facts.restart, "no") != 0;
	return adopted_watch(task, take_fd(&pidfd), record->start_time, err);
}

static void take_up(struct task *task)
{
	struct cleat_stats stats = { 0 };
	struct cleat_error ignored = { 0 };

	task->next = task->shim->tasks;
	task->shim->tasks = task;
	/* what was killed before has been told */
	if (use_runtime_stats(task->box, &stats, &ignored) == 0)
		task->oom_kills = stats.oom_kills;
	oom_watch(task);
	adopt_end_execs(task);
	if (task->health && task->init.state == PROCESS_RUNNING)
		health_start(task->health); /* and its verdict is open again */
	adopt_record_write(task); /* numbers of the last shim's descriptors mean nothing now */
	if (task->shim->console >= 0)
		adopt_console_later(task);
	log_line(CLEAT_INFO, "adopted '%s' with process %d", task->id, task->init.pid);
}

int adopt(struct shim *shim, struct cleat_error *err)
{
	struct adopt_record record = { 0 };
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return cleat_fail(err, ENOMEM, "cannot adopt '%s': out of memory", shim->flags->id);
	task->shim = shim;
	task->oom_fd = task->console = -1;
	task->bundle_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = task->bundle_fd < 0 ? cleat_fail(err, errno, "cannot open its bundle: %m")
				    : adopt_record_read(task->bundle_fd, &record, err);

	if (r == 0)
		r = build(task, &record, err);
	if (r == 0)
		take_up(task);
	else
		task_free(task);
	adopt_record_fini(&record);
	return r < 0 ? cleat_wrap(err, "cannot adopt '%s'", shim->flags->id) : 0;
}

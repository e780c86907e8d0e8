/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depend.c - who waits for whom, looked at again after each event of a container.
 *
 * A look is cheap and changes nothing, so that no event can be missed: it is the state that counts.
 */
#include "task/depend.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "task/events.h"
#include "task/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct depend_wait {
	struct depend_wait *next;
	struct task *task;
	struct strings tried; /* ids that were started for it */
	int64_t generation;   /* a stop raises it: then nobody wants this start any more */
	depend_done done;
	void *arg;
};

struct depends {
	struct tasks *tasks;
	struct depend_wait *first;
	struct event_listener *listener;
	bool looking; /* the loop will look */
};

enum verdict { MET, WAIT, START, FAILED };

/* ---- words ------------------------------------------------------------------------------------------- */
int depend_parse(const char *word, char name[129], bool *out_healthy, struct cleat_error *err)
{
	const char *colon = strchr(word, ':');
	size_t len = colon ? (size_t)(colon - word) : strlen(word);

	*out_healthy = colon && text_eq(colon, ":healthy");
	(void)snprintf(name, 129, "%.*s", len > 128 ? 128 : (int)len, word);
	if (len > 128 || !text_is_name(name) ||
	    (colon && !*out_healthy && !text_eq(colon, ":started")))
		return cleat_fail(err, EINVAL,
				  "cannot wait for '%.100s': it is NAME, NAME:started or "
				  "NAME:healthy",
				  word);
	return 0;
}

/* ---- is there a way round? ---------------------------------------------------------------------------- */
struct walk {
	struct tasks *tasks;
	const char *ns, *goal;
	struct text way;
	struct strings
		seen; /* names from which there is no way to the goal: each is looked at once */
};

static int walk_from(struct walk *walk, const container_config *config, struct cleat_error *err);

static bool was_seen(const struct walk *walk, const char *name)
{
	for (size_t i = 0; i < walk->seen.n; i++)
		if (text_eq(walk->seen.item[i], name))
			return true;
	return false;
}

static int step(struct walk *walk, const char *word, struct cleat_error *err)
{
	char name[129];
	bool healthy = false;
	size_t before = walk->way.len;
	int r = depend_parse(word, name, &healthy, err);

	if (r < 0 || was_seen(walk, name))
		return r;
	if (strings_add(&walk->seen, name) < 0)
		return cleat_fail(err, ENOMEM, "cannot wait for '%s': out of memory", word);
	const struct task *other = tasks_by_name(walk->tasks, walk->ns, name);

	text_printf(&walk->way, " after %s", name);
	if (text_eq(name, walk->goal))
		return cleat_fail(err, ELOOP, "it would wait for itself: %s%s", walk->goal,
				  walk->way.bytes ? walk->way.bytes : "");
	r = other ? walk_from(walk, other->config, err) : 0;
	if (walk->way.bytes && r == 0) {
		walk->way.len = before;
		walk->way.bytes[before] = '\0';
	}
	return r;
}

static int walk_from(struct walk *walk, const container_config *config, struct cleat_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->n_requires; i++)
		r = step(walk, config->requires[i], err);
	for (size_t i = 0; r == 0 && i < config->n_after; i++)
		r = step(walk, config->after[i], err);
	return r;
}

int depend_check_loop(struct tasks *tasks, const char *ns, const char *name,
		      const container_config *config, struct cleat_error *err)
{
	struct walk walk = { .tasks = tasks, .ns = ns, .goal = name };
	int r = walk_from(&walk, config, err);

	text_fini(&walk.way);
	strings_fini(&walk.seen);
	return r;
}

static int check_word(struct tasks *tasks, const char *ns, const char *word,
		      struct cleat_error *err)
{
	char name[129];
	bool healthy = false;
	int r = depend_parse(word, name, &healthy, err);
	const struct task *other = r < 0 ? NULL : tasks_by_name(tasks, ns, name);

	if (r == 0 && !other)
		return cleat_fail(err, ENOENT, "cannot wait for '%s': No such container: %s", word,
				  name);
	if (r == 0 && healthy && !health_is_checked(other->config))
		return cleat_fail(err, EINVAL,
				  "cannot wait for '%s': container %s has no health check", word,
				  name);
	return r;
}

int depend_check_new(struct tasks *tasks, const char *ns, const char *name,
		     const container_config *config, struct cleat_error *err)
{
	/* First the way round: then the sentence is about that, also when a name is missing. */
	int r = depend_check_loop(tasks, ns, name, config, err);

	for (size_t i = 0; r == 0 && i < config->n_requires; i++)
		r = check_word(tasks, ns, config->requires[i], err);
	for (size_t i = 0; r == 0 && i < config->n_after; i++)
		r = check_word(tasks, ns, config->after[i], err);
	return r;
}

/* ---- how it stands ------------------------------------------------------------------------------------ */
static bool is_up(const struct task *task)
{
	return task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED;
}

static bool was_tried(const struct depend_wait *wait, const struct task *other)
{
	for (size_t i = 0; i < wait->tried.n; i++)
		if (text_eq(wait->tried.item[i], other->row.id))
			return true;
	return false;
}

/* It has been asked to start, and waits itself. */
static bool is_waiting(const struct task *task)
{
	for (const struct depend_wait *w = task->all->depends->first; w; w = w->next)
		if (w->task == task)
			return true;
	return false;
}

static enum verdict running(const struct depend_wait *wait, struct task *other, bool healthy,
			    bool required, struct cleat_error *err)
{
	const char *health = health_of(other);

	if (!healthy || !*health || text_eq(health, "healthy"))
		return MET;
	if (!required || !text_eq(health, "unhealthy"))
		return WAIT;
	(void)cleat_fail(err, EBUSY, "container %s requires %s to be healthy, and it is not",
			 task_label(wait->task), task_label(other));
	return FAILED;
}

/* It starts with the daemon, or its back-off is short: one that fails again and again holds nobody up. */
static bool is_about_to(const struct task *task)
{
	enum { SOON_S = 10 };
	uint64_t now = alarms_now(task->all->restarts->alarms);

	return task->row.phase == TASK_RESTARTING &&
	       (task->row.restart_boot != 0 ||
		(uint64_t)task->row.next_boot_ns < now + SOON_S * NS_PER_S);
}

static enum verdict look_at(const struct depend_wait *wait, const char *word, bool required,
			    struct task **out, struct cleat_error *err)
{
	char name[129];
	bool healthy = false;

	if (depend_parse(word, name, &healthy, err) < 0)
		return FAILED;
	struct task *other = tasks_by_name(wait->task->all, wait->task->row.ns, name);

	*out = other;
	if (other && is_up(other))
		return running(wait, other, healthy, required, err);
	/* It comes back, or has just been asked to. */
	if (other && (other->jobs.first || other->creating || is_waiting(other) ||
		      is_about_to(other) || (other->row.phase == TASK_RESTARTING && required)))
		return WAIT;
	if (!required)
		return MET;
	if (other && !was_tried(wait, other))
		return START;
	(void)cleat_fail(err, other ? EBUSY : ENOENT, "container %s requires %s, which %s%s%s",
			 task_label(wait->task), name, other ? "does not run" : "does not exist",
			 other && *other->row.error ? ": " : "", other ? other->row.error : "");
	return FAILED;
}

static enum verdict look_at_all(struct depend_wait *wait, struct task **out,
				struct cleat_error *err)
{
	const container_config *config = wait->task->config;
	enum verdict all = MET;

	for (size_t i = 0; i < config->n_requires + config->n_after; i++) {
		bool required = i < config->n_requires;
		const char *word =
			required ? config->requires[i] : config->after[i - config->n_requires];
		enum verdict one = look_at(wait, word, required, out, err);

		if (one == FAILED || one == START)
			return one;
		if (one == WAIT)
			all = WAIT;
	}
	return all;
}

/* ---- starting what is required ------------------------------------------------------------------------ */
struct helper {
	struct task *task; /* what is started */
	struct depend_wait *wait;
};

static void started(void *arg, int exit_code, const struct cleat_error *err)
{
	struct helper *helper = arg;

	(void)exit_code;
	if (err->errnum)
		log_line(CLEAT_WARN, "%.12s: required, but cannot be started: %s",
			 helper->task->row.id, err->text);
	task_unpin(helper->task);
	free(helper);
}

static void may_start(void *arg, const struct cleat_error *why)
{
	struct helper *helper = arg;
	struct cleat_error err = *why;

	helper->wait = NULL;
	if (err.errnum == 0 && task_start(helper->task, started, helper, &err) == 0)
		return;
	/* Whoever requires it finds this where a failed start leaves it. */
	(void)task_set_text(&helper->task->row.error, err.text);
	started(helper, 0, &err);
}

static int start_other(struct depend_wait *wait, struct task *other, struct cleat_error *err)
{
	struct helper *helper = calloc(1, sizeof(*helper));

	if (!helper || strings_add(&wait->tried, other->row.id) < 0) {
		free(helper);
		return cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				  task_label(other));
	}
	log_line(CLEAT_INFO, "%.12s: started, because %s requires it", other->row.id,
		 task_label(wait->task));
	helper->task = other;
	task_pin(other);
	int r = depend_wait(other, may_start, helper, &helper->wait, err);

	if (r > 0) {
		static const struct cleat_error success = { 0 };

		may_start(helper, &success);
	} else if (r < 0) {
		task_unpin(other);
		free(helper);
	}
	return r < 0 ? r : 0;
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

/* 1: it may start; 0: not yet. */
static int look(struct depend_wait *wait, struct cleat_error *err)
{
	const struct task *task = wait->task;
	struct task *other = NULL;
	enum verdict verdict = MET;
	int r = 0;

	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (task->row.generation != wait->generation && !is_up(task))
		return cleat_fail(err, ECANCELED,
				  "container %s was stopped while its start waited for others",
				  task_label(task));
	while ((verdict = look_at_all(wait, &other, err)) == START) {
		r = start_other(wait, other, err);
		if (r < 0)
			return r;
	}
	return verdict == FAILED ? -err->errnum : verdict == MET;
}

static void take_out(struct depend_wait *wait)
{
	struct depend_wait **at = &wait->task->all->depends->first;

	while (*at && *at != wait)
		at = &(*at)->next;
	if (*at)
		*at = wait->next;
}

static void wait_free(struct depend_wait *wait)
{
	strings_fini(&wait->tried);
	task_unpin(wait->task);
	free(wait);
}

void depend_cancel(struct depend_wait **wait)
{
	if (!*wait)
		return;
	take_out(*wait);
	wait_free(*wait);
	*wait = NULL;
}

/* One at a time, from the front again: a callback may end others. */
static bool look_once(struct depends *depends)
{
	for (struct depend_wait *wait = depends->first; wait; wait = wait->next) {
		struct cleat_error err = { 0 };
		int r = look(wait, &err);

		if (r == 0)
			continue;
		take_out(wait);
		wait->done(wait->arg, &err);
		wait_free(wait);
		return true;
	}
	return false;
}

static void look_again(void *arg)
{
	struct depends *depends = arg;

	depends->looking = false;
	while (look_once(depends))
		;
}

void depend_look(struct tasks *tasks)
{
	struct depends *depends = tasks->depends;

	if (!depends || depends->looking || !depends->first)
		return;
	depends->looking = loop_defer(tasks->env.loop, look_again, depends) == 0;
}

static void seen(void *arg, const Cleat__V1__Event *event)
{
	struct depends *depends = arg;

	(void)event; /* whatever it was: the states are what counts */
	depend_look(depends->tasks);
}

static int listen_once(struct tasks *tasks, struct cleat_error *err)
{
	if (tasks->depends)
		return 0;
	tasks->depends = calloc(1, sizeof(*tasks->depends));
	if (!tasks->depends)
		return cleat_fail(err, ENOMEM, "cannot wait for containers: out of memory");
	tasks->depends->tasks = tasks;
	return events_listen(tasks->events, seen, tasks->depends, &tasks->depends->listener, err);
}

int depend_wait(struct task *task, depend_done done, void *arg, struct depend_wait **out,
		struct cleat_error *err)
{
	struct depend_wait *wait = NULL;

	if (!task->config->n_requires && !task->config->n_after)
		return 1;
	/* Refused when it is made and renamed: but those who start each other would do it for ever. */
	if (depend_check_loop(task->all, task->row.ns, task->row.name, task->config, err) < 0 ||
	    listen_once(task->all, err) < 0)
		return -err->errnum;
	wait = calloc(1, sizeof(*wait));
	if (!wait)
		return cleat_fail(err, ENOMEM, "cannot wait for containers: out of memory");
	*wait = (struct depend_wait){
		.task = task, .generation = task->row.generation, .done = done, .arg = arg
	};
	task_pin(task);
	int r = look(wait, err);

	if (r != 0) {
		wait_free(wait);
		return r;
	}
	wait->next = task->all->depends->first;
	task->all->depends->first = wait;
	*out = wait;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - health checks: a program that is run in the container again and again.
 *
 * The runtime plugin makes it like an exec, from this process: no other program is started for it. The
 * daemon may be absent: the verdict is written to <bundle>/health.json, and what shall follow from it
 * (on_unhealthy) is done here.
 */
#ifndef CORE_SHIM_HEALTH_H
#define CORE_SHIM_HEALTH_H

#include <signal.h>

#include "facts.h"
#include "shim.h"

/* docker's: the last five results, each with so many bytes of output and "..." when there was more */
enum { HEALTH_LOG = 5, HEALTH_OUTPUT = 4096 };

enum health_status { HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
const char *health_status_name(enum health_status status);

/** What cleat.json asks for. */
struct health_plan {
	char *process; /* JSON, as of an exec */
	uint64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns;
	uint32_t retries;
	const char *action; /* "none", "stop", "kill", "restart": what follows from `unhealthy` */
	int stop_signal;
	int64_t stop_timeout_s;
};

/** One check that has ended. */
struct health_result {
	uint64_t began, ended;
	int code;
	char *output;
};

struct health {
	struct task *task;
	struct health_plan plan;
	enum health_status status;
	unsigned streak; /* failures in a row */
	uint64_t started_boot;
	struct cleat_watch *timer; /* the next check, or the limit of this one */
	struct health_result log[HEALTH_LOG];
	size_t nlog;
	/* the check that runs */
	int32_t pid; /* 0: none */
	int out_fd;
	struct cleat_watch *reading;
	char output[HEALTH_OUTPUT + sizeof("...")];
	size_t output_len;
	bool truncated; /* more than that was said */
	uint64_t began;
	bool timed_out;
	/* unhealthy, and something follows from it */
	bool acting;
	struct cleat_watch *killer;
};

/** Read the plan; *@out is NULL when there is none. */
int health_open(struct task *task, const struct facts *facts, struct health **out,
		struct cleat_error *err);
void health_free(struct health *health);
/** The program runs: begin. */
void health_start(struct health *health);
/** The container has ended. */
void health_end(struct health *health);
/** Was this child a check of ours? */
bool health_reaped(struct shim *shim, int32_t pid, const siginfo_t *info);

/* ---- health_probe.c ---- */
/** Start a check; false: it could not be started, and output says why. */
bool health_probe(struct health *health, int *out_code);
/** Read what it has written, and stop listening. */
void health_probe_end(struct health *health);
/* ---- health_record.c ---- */
/** Remember the check that has just ended. */
void health_note(struct health *health, int code);
/** Write health.json; a full disk is only logged. */
void health_write(const struct health *health);
/** Tell the daemon. */
void health_tell(const struct health *health);

#endif

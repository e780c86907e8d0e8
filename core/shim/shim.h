/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h - what one shim holds: tasks, their processes, and the way to the daemon.
 *
 * The state of a process is what this program has seen as its parent. What others can change behind
 * our back (frozen or not, pids, counters) is asked of the runtime plugin each time.
 */
#ifndef CORE_SHIM_SHIM_H
#define CORE_SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/registry.h"
#include "rpc/ttrpc.h"
#include "use/use.h"

struct attaching;
struct create;
struct health;
struct loop;
struct publisher;

/** What containerd, or cleatd, puts on the command line. */
struct flags {
	const char *namespace_, *id, *address, *publish_binary, *bundle, *socket;
	const char *console; /* adopt: "FD", cleatd's copy of the terminal's master */
	const char *action;  /* "start", "adopt", "delete" */
	bool debug, version, info;
};

/** How a process ended. */
struct ending {
	uint32_t status; /* exit code, or 128 + signal */
	int signal;
	bool core, oom, ours;
	bool lost; /* nobody saw it: the status is none */
	uint64_t oom_kills, at_ns, at_boot_ns;
};

enum process_state { PROCESS_CREATED, PROCESS_RUNNING, PROCESS_STOPPED };

/** A Wait that has no answer yet. */
struct waiter {
	struct waiter *next;
	struct process *process;
	struct rpc_call *call;
};

/** A container's init, or an exec. */
struct process {
	struct process *next; /* of the task's execs */
	struct task *task;
	char *exec_id; /* "" for init */
	char *in, *out, *err;
	char *spec; /* exec: the process object of its request */
	size_t spec_len;
	bool terminal;
	enum process_state state;
	int32_t pid;
	int killed_by; /* the last signal that came through Kill */
	struct stream *stream;
	bool stdin_closed; /* CloseIO came before there was a stream */
	bool drained;      /* the stream has nothing more to copy */
	bool announced;    /* the exit event is out, waits are answered */
	bool start_failed; /* an exec whose execve failed: stays created */
	uint16_t rows, columns;
	struct ending ending;
	struct waiter *waiters;
	struct rpc_call *deleter;  /* a Delete under way */
	bool destroying;           /* Delete is past the drain */
	struct cleat_watch *retry; /* destroy again soon */
	unsigned tries;
};

/** One line of a user namespace's map. */
struct idmap {
	uint32_t inside, outside, count;
};

/* A client may ask for the end of an exec again, when its daemon died with the answer. */
enum { EXECS_TOLD = 32 };

struct task {
	struct task *next;
	struct shim *shim;
	char *id, *bundle;
	int bundle_fd;
	struct box *box;        /* NULL while it waits to be restored */
	struct create *pending; /* what Start needs then */
	struct process init;
	struct process *execs;
	bool paused, mounted, restarts;
	bool transient;            /* --rm: nothing of it outlives this boot */
	struct idmap *uids, *gids; /* NULL-sized: no user namespace */
	size_t nuids, ngids;
	const struct plugin *io;
	int console;             /* master of init's terminal, for cleatd to keep; or -1 */
	struct adopted *adopted; /* init is not our child; or NULL */
	int oom_fd;
	struct cleat_watch *oom_watch, *oom_later;
	unsigned oom_looks;     /* since the last notice */
	uint64_t oom_kills;     /* as published */
	struct health *health;  /* NULL: no check */
	char *told[EXECS_TOLD]; /* ids of the latest deleted execs, whose records stay for now */
	unsigned ntold;
	struct attaching *attaching; /* clients on their way */
};

struct shim {
	const struct flags *flags;
	struct loop *loop;
	struct config *config;
	struct registry *registry;
	struct rpc_server *server;
	struct publisher *publisher;
	struct task *tasks;
	bool engine; /* started by cleatd: the bundle has a cleat.json */
	bool met;    /* somebody was connected */
	bool over; /* a task was deleted, or will not come: the client went, or looked for it in vain */
	bool leaving; /* Shutdown was accepted */
	char *socket; /* path, removed when we leave */
	int console;  /* adopt: the master that cleatd had kept; or -1 */
	struct cleat_watch *child_ended, *idle, *term, *interrupt, *rest;
	struct cleat_watch *revive; /* try again to start cleatd */
	unsigned revivals;
};

/* ---- task.c ---- */
struct task *task_find(const struct shim *shim, const char *id);
/** Exec @exec_id, or init when it is "". NULL when there is none. */
struct process *task_process(struct task *task, const char *exec_id);
/** The same for a request: answers "container not created" or "process does not exist", then NULL. */
struct task *task_wanted(struct shim *shim, struct rpc_call *call, const char *id);
struct process *process_wanted(struct shim *shim, struct rpc_call *call, const char *id,
			       const char *exec_id);
struct process *process_by_pid(const struct shim *shim, int32_t pid);
/** Fill in names; everything is copied. 0 or -ENOMEM. */
int process_init(struct process *process, struct task *task, const char *exec_id, const char *in,
		 const char *out, const char *err, bool terminal);
void process_fini(struct process *process);
void task_free(struct task *task);
/** Unlink an exec and free it. */
void task_forget_exec(struct process *process);
bool task_has_running_exec(const struct task *task);

/* ---- attach.c ---- */
/** Whoever is on his way to this task's streams comes too late. */
void attach_end_all(struct task *task);

/* ---- create.c ---- */
/** A task created from a checkpoint: its processes begin now. It stays created after a failure. */
int create_finish(struct task *task, struct cleat_error *err);
/** Forget what waits for that. Nothing waits: fine. */
void create_drop(struct task *task);

/* ---- stdio.c ---- */
struct json;
/** Keep the id maps of the configuration @config. */
int stdio_maps(struct task *task, const struct json *config, struct cleat_error *err);
struct facts;
/**
 * Open the stream of @process, whose `process` object is @spec; *@out are the program's ends, closed by
 * the caller. @facts NULL: none.
 */
int stdio_open(struct process *process, const struct json *spec, const struct facts *facts,
	       struct cleat_stdio *out, struct cleat_error *err);
/** The process exists: give the stream its terminal (taken), and what was asked before it was there. */
int stdio_attach(struct process *process, int console_fd, struct cleat_error *err);

/* ---- reap.c ---- */
/** Take every child that has ended; also called by Delete, between two rounds of the loop. */
void reap_children(void *shim);
/** The record of its end is written: let the kernel forget @process. */
void reap_one(const struct process *process);

/* ---- announce.c ---- */
/** Tell of the end: exit record, drain, exit event, waits; init's last of all. */
void process_ended(struct process *process);
/** What is held back for others goes out now. */
void process_announce(struct process *process);
void waiters_answer(struct process *process);

/* ---- exit_record.c ---- */
/** Of an exec; that there is none is fine. */
void exit_record_remove(int bundle_fd, const char *exec_id);
int exit_record_write(int bundle_fd, const struct process *process, bool synced,
		      struct cleat_error *err);
/** ENOENT. */
int exit_record_read(int bundle_fd, struct ending *out, int32_t *out_pid, struct cleat_error *err);

/* ---- oom.c ---- */
void oom_watch(struct task *task);
/** Look at the counter now, publish if it grew; the number of kills. */
uint64_t oom_look(struct task *task);

/* ---- delete.c ---- */
/** The stream is drained: a Delete that waits for that goes on. */
void delete_continue(struct process *process);

/* ---- revive.c ---- */
/** Nobody takes our exit event: start cleatd when a container of ours wants to come back. */
void revive_daemon(void *shim);

/* ---- serve.c ---- */
/** A task went or a client did: leave when there is nothing left to do. */
void shim_settle(void *shim);
/** Something large is over: give memory back, soon. */
void shim_rest(struct shim *shim);
/** Flush events and answers, then end the loop. */
void shim_leave(struct shim *shim);

#endif

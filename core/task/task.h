/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - one container: its row, its bundle, its shim, its jobs.
 *
 * What survives is `row`, written before its effect. Everything else is made again from the bundle
 * when a new daemon finds the container running (reconcile.c). Operations answer by callback, from
 * the loop; a function that returns an error does not call back.
 */
#ifndef CORE_TASK_TASK_H
#define CORE_TASK_TASK_H

#include "task/bundle.h"
#include "task/job.h"
#include "task/restarts.h"
#include "task/shim_client.h"
#include "task/state.h"
#include "task/tasks.h"

#include "rpc/pb/cleat.pb-c.h"
#include "store/store.h"

struct cleat_watch;
struct depend_wait;
struct exec;
struct plugin;
struct task_waiter;
struct cleat_mounts;
struct Containerd__Types__Mount;

typedef Cleat__V1__ContainerConfig container_config;

/** How a root filesystem is mounted, in the form that a shim is told. prepare_root.c */
struct root_mounts {
	struct Containerd__Types__Mount **list;
	size_t n;
};

struct task {
	struct task *next;
	struct tasks *all;
	struct store_container row;
	container_config *config; /* row.config, unpacked */
	struct job_queue jobs;
	char short_id[13]; /* for log lines */
	char *bundle;

	struct shim *shim;       /* the connection, or NULL */
	bool foreign;            /* somebody else's shim */
	unsigned health;         /* health.c */
	bool attach;             /* clients attach to its streams (log.c); they get no fifos */
	bool prepared;           /* the shim holds a process that has not been started */
	bool shim_lost;          /* the connection ended by itself */
	struct root_mounts root; /* of a snapshot just made, until its first start */
	struct bundle_io io;     /* of the prepared or running process */

	bool creating;   /* nobody may see it yet */
	bool gone;       /* removed; freed when its jobs are over */
	bool stopping;   /* a stop waits for the end */
	bool unrecorded; /* that it shall stay down is not on the disk: kill.c */
	bool deaf;       /* the last stop had to kill it: its init ignores the stop signal */
	unsigned restarts_by_hand; /* under way: this end is not the last one of a --rm container */
	unsigned pins;             /* callbacks under way that point here: not freed before */
	struct exec *execs;
	struct task_waiter *waiters;
	struct cleat_restart_manager *manager; /* restart_wait.c: its pending restart */
	struct admission_ticket ticket;
	struct depend_wait *depend; /* its automatic start waits for others */
	enum restart_news { RESTART_NOTHING, RESTART_SCHEDULED, RESTART_GIVEN_UP } restart_news;
	bool start_hopeless; /* why the last automatic start failed will not go away */
	unsigned run;        /* counts processes: an exit of an earlier one does nothing */
	char stuck[160];     /* what kept the last teardown from its end; "": it was clean */
	struct alarm gc_alarm;
	int prepared_by;                     /* pid of the client that is to start it */
	struct cleat_watch *forgotten_timer; /* of a prepared one that nobody starts */
	struct cleat_watch *log_watch;       /* shim_log.c */
	int log_fd;
	int held[3];               /* io_hold.c: descriptors plus one, 0 for none */
	int spare[3];              /* spare.c: descriptors plus one, 0 for none */
	uint64_t discarded;        /* log.c: bytes that nobody listened to, of runs that are over */
	unsigned adoptions;        /* adopt.c: in short order */
	uint64_t first_adopted_ns; /* the first of them */
};

typedef void (*task_done)(void *arg, const struct cleat_error *err);
/** @exit_code not 0 (127, 126, 128): the program could not be run, and @err says why. */
typedef void (*task_start_done)(void *arg, int exit_code, const struct cleat_error *err);

/* ---- find and keep: task.c, tasks.c ----------------------------------------------------------- */

/** By id, name or unique prefix of an id; "" is the namespace "default". ENOENT, EINVAL (ambiguous). */
int tasks_find(struct tasks *tasks, const char *ns, const char *what, struct task **out,
	       struct cleat_error *err);
/** The one that has this name, also while it is being made; NULL. */
struct task *tasks_by_name(struct tasks *tasks, const char *ns, const char *name);
/** By full id, for shims' events; NULL. */
struct task *tasks_by_id(struct tasks *tasks, const char *ns, const char *id);
/** Take over @row (zeroed) and unpack its config. Not yet listed. */
int task_new(struct tasks *tasks, struct store_container *row, struct task **out,
	     struct cleat_error *err);
void task_list(struct task *task);
/** Out of the list; freed once its last job is over. */
void task_unlist(struct task *task);
/** Keep the memory until task_unpin. */
void task_pin(struct task *task);
void task_unpin(struct task *task);
/** Write the row. */
int task_save(struct task *task, struct cleat_error *err);
/**
 * Nothing of a container that removes itself (--rm) outlives a boot, so its rows need not reach the
 * disk: a power cut before they do leaves at most directories, which the next start sweeps. Relax
 * the store for it, until store_relax(store, false).
 */
void task_relax(const struct task *task);
/** Move to @phase in memory; the caller saves. EINVAL: not legal. */
int task_move(struct task *task, enum task_phase phase, struct cleat_error *err);
/** Replace a string of the row. */
int task_set_text(char **field, const char *text);
/** The same for a string of a protobuf message, whose empty one is not the heap's. */
int task_set_message_text(char **field, const char *text);
/** "web" or the short id, for messages. */
const char *task_label(const struct task *task);
/** Something that the daemon's idle clock counts: not one quiet container. */
bool tasks_busy(const struct tasks *tasks);

/* ---- operations, one file each ------------------------------------------------------------------ */

/** create.c: make it from a row without number: snapshot and row. @row is taken over. */
int task_create(struct tasks *tasks, struct store_container *row, struct task **out, task_done done,
		void *arg, struct cleat_error *err);

struct task_prepare {
	bool attach_stdin, attach_stdout, attach_stderr;
	uint16_t rows, columns;
	bool automatic;         /* a restart by policy */
	int64_t generation;     /* of an automatic one: it dies when the container's differs */
	const char *checkpoint; /* absolute path of images to begin from, copied; NULL: none */
};
/** prepare.c: shim and process, up to before execve. The fifos are in task->io afterwards. */
int task_prepare(struct task *task, const struct task_prepare *how, task_start_done done, void *arg,
		 struct cleat_error *err);
/** start.c: let it run; prepares detached when that was not done. Running already: success. */
int task_start(struct task *task, task_start_done done, void *arg, struct cleat_error *err);
/** The same from checkpoint @name, where it goes on. EBUSY: it runs or was prepared. */
int task_start_checkpoint(struct task *task, const char *name, task_start_done done, void *arg,
			  struct cleat_error *err);
/** restart.c: failures are forgotten; a pending restart comes now. */
int task_restart_reset(struct task *task, struct cleat_error *err);
/** Of a prepared process; @automatic: not by hand, so the restart counters stay. */
int task_start_prepared(struct task *task, bool automatic, task_start_done done, void *arg,
			struct cleat_error *err);
/** The client with this pid has gone: what it prepared and did not start is cleared away. */
void task_forsake(struct task *task, int pid);
/** prepare.c: prepare and start as one job: detached, or a restart. */
int task_start_whole(struct task *task, const struct task_prepare *how, task_start_done done,
		     void *arg, struct cleat_error *err);
/** kill.c. EBUSY: not running. */
int task_kill(struct task *task, int signal, task_done done, void *arg, struct cleat_error *err);
/** stop.c: signal (0: the container's own), wait, SIGKILL. @timeout_s -1: for ever. */
int task_stop(struct task *task, int signal, int64_t timeout_s, task_done done, void *arg,
	      struct cleat_error *err);
/** ignores.c: will the kernel drop this signal, because init has no handler for it? */
bool task_ignores(const struct task *task, int signal);
/** An earlier daemon was about to stop it: go on with that. */
void task_stop_resume(struct task *task);
/** The container's stop signal and timeout. */
int task_stop_signal(const struct task *task);
int64_t task_stop_timeout(const struct task *task);
/** remove.c. EBUSY: it runs and @force is not set. */
int task_remove(struct task *task, bool force, task_done done, void *arg, struct cleat_error *err);
/** pause.c */
int task_pause(struct task *task, bool resume, task_done done, void *arg, struct cleat_error *err);
/** update.c: new limits (NULL: unchanged) and restart policy ("": unchanged) with its options. */
int task_update(struct task *task, const Cleat__V1__UpdateRequest *request, task_done done,
		void *arg, struct cleat_error *err);
/** resize.c */
int task_resize(struct task *task, const char *exec_id, uint32_t rows, uint32_t columns,
		task_done done, void *arg, struct cleat_error *err);
int task_close_stdin(struct task *task, const char *exec_id, task_done done, void *arg,
		     struct cleat_error *err);
/** attach.c: a socket of its shim for one client of its streams (core/shim/attach.c). */
typedef void (*task_attach_done)(void *arg, const char *socket, bool terminal, bool input,
				 const struct cleat_error *err);
int task_attach(struct task *task, task_attach_done done, void *arg, struct cleat_error *err);
/** query.c: free *out_pids in the callback's caller: they are borrowed. */
typedef void (*task_pids_done)(void *arg, const uint32_t *pids, size_t n,
			       const struct cleat_error *err);
int task_pids(struct task *task, task_pids_done done, void *arg, struct cleat_error *err);
/** What the shim's Stats call brought: type and bytes, borrowed. */
typedef void (*task_stats_done)(void *arg, const char *type_url, const void *bytes, size_t len,
				const struct cleat_error *err);
int task_stats(struct task *task, task_stats_done done, void *arg, struct cleat_error *err);

/* ---- wait.c -------------------------------------------------------------------------------------- */
enum task_condition { TASK_NOT_RUNNING = 0, TASK_NEXT_EXIT = 1, TASK_REMOVED = 2 };
/** @task is NULL when it is gone; the exit is in the arguments. */
typedef void (*task_waited)(void *arg, int64_t exit_code, uint64_t exited_at, bool oom,
			    const char *error);
/** May call back only later. *@out is a handle until the callback; NULL when not wanted. */
int task_wait(struct task *task, enum task_condition condition, task_waited waited, void *arg,
	      struct task_waiter **out, struct cleat_error *err);
void task_wait_cancel(struct task *task, struct task_waiter *waiter);
/** Wake those whose condition holds now; @exited: a process has just ended. */
void task_wake(struct task *task, bool exited);

/* ---- exec: exec.c, exec_start.c ------------------------------------------------------------------ */
struct exec {
	struct exec *next;
	struct task *task;
	char id[33];
	char *command; /* for events; NULL: of an earlier daemon */
	struct bundle_io io;
	bool started, ended, forget;
	uint32_t pid;
	int64_t exit_status;
	uint64_t exited_at;
	struct exec_waiter *waiters;
};
/** What to run, and which streams a client wants. */
struct exec_request {
	const char *const *args, *const *env;
	const char *workdir, *user;
	bool terminal, privileged, attach_stdin, attach_stdout, attach_stderr;
	uint16_t rows, columns;
};
typedef void (*exec_done)(void *arg, struct exec *exec, int exit_code,
			  const struct cleat_error *err);
int exec_create(struct task *task, const struct exec_request *request, exec_done done, void *arg,
		struct cleat_error *err);
int exec_find(struct task *task, const char *id, struct exec **out, struct cleat_error *err);
int exec_start(struct exec *exec, exec_done done, void *arg, struct cleat_error *err);
/** Answers once it has ended, and then forgets it. */
int exec_wait(struct task *task, const char *id, task_waited waited, void *arg,
	      struct cleat_error *err);
/** The container's process has ended: so have all its execs. */
void exec_end_all(struct task *task);

/* ---- between the files of this folder ------------------------------------------------------------- */

/** config_spec.c: config.json for the next start. Free *out. */
int task_config_json(struct task *task, const struct task_prepare *how, char **out,
		     struct cleat_error *err);
/** prepare_root.c: copy @mounts, in place of what is there; -ENOMEM. */
int root_mounts_fill(struct root_mounts *root, const struct cleat_mounts *mounts);
void root_mounts_fini(struct root_mounts *root);
/** root_map.c: with a user namespace: can these mounts be given its ids? ENOTSUP. */
int root_mounts_check(const struct task *task, const struct root_mounts *root,
		      struct cleat_error *err);
/** Add the words by which the runtime maps them. ENOTSUP, ENOMEM. */
int root_mounts_map(const struct task *task, struct root_mounts *root, struct cleat_error *err);
/** userns.c: whose ids it has, into row.userns_*, by config.userns. EINVAL, ENOSPC. */
int userns_choose(struct tasks *tasks, const container_config *config, struct store_container *row,
		  struct cleat_error *err);

/** cleat_json.c: what a shim of ours needs to know beyond containerd's protocol. */
int task_cleat_json(const struct task *task, const char *config, char **out,
		    struct cleat_error *err);

/** teardown.c: end process and shim, clear the bundle; whatever of them is there. */
struct teardown_result {
	bool known; /* somebody could tell how the process ended */
	uint32_t exit_status;
	uint64_t exited_at;
};
typedef void (*teardown_done)(void *arg, const struct teardown_result *result);
void task_teardown(struct task *task, teardown_done done, void *arg);
/** Queue a teardown of its own; @done may be NULL. */
int task_clean(struct task *task, task_done done, void *arg, struct cleat_error *err);
/** A job's step that tears down and ignores how the process ended. EBUSY: something is stuck. */
int task_teardown_step(struct job *job, struct task *task, struct cleat_error *err);

/** exit.c: ask the shim to tell the end; queue the exit job once it is known (or the shim lost). */
int task_watch_exit(struct task *task, struct cleat_error *err);
/** Connect to the shim that bundle and address name, and notice when it goes. */
int task_connect(struct task *task, const struct shim_address *address, struct cleat_error *err);
/** The shim does not answer any more: end it and its container without it. */
int task_abandon(struct task *task, struct cleat_error *err);
/** adopt.c: a new shim for a container whose shim is gone; EINVAL: it is none that can be adopted. */
int task_adopt(struct task *task, struct cleat_error *err);
/** reconcile.c: its shim says that it is in this state: go on with it. */
struct Containerd__Task__V2__StateResponse;
void task_take_up(struct task *task, const struct Containerd__Task__V2__StateResponse *state);
/** Queue the exit job for a process that nobody watches (reconcile). @reboot: the machine went down. */
int task_exited(struct task *task, bool reboot, struct cleat_error *err);

/** restart.c */
/** "oom", "host-reboot": a cause as one word. */
const char *restart_cause_name(int cause);
/** Decide about the end that the row has; sets phase (restarting or exited) and counters, unsaved. */
void restart_decide(struct task *task, int cause, bool daemon_start);
/** The policy has changed: is the pending restart still wanted? Unsaved. */
void restart_decide_again(struct task *task);
/** The machine was started since: level and latest starts are forgotten, a pending restart gets in line. Unsaved. */
void restart_new_boot(struct task *task);
/** started_boot_ns joins the latest starts; -ENOMEM. */
int restart_note_start(struct task *task);
/**
 * Would the plugin take this policy ("on-failure:3") with the options of @config and @n more? @name gets
 * the policy's name. EINVAL.
 */
int restart_check_policy(struct tasks *tasks, const container_config *config,
			 Cleat__V1__Label *const *more, size_t n, const char *policy, char name[32],
			 struct cleat_error *err);
/** podman's `never` and nothing at all are `no`: what is kept is one word. */
const char *restart_policy_settled(const char *policy);
/** Options of an update: they replace those of the same key. -ENOMEM. */
int restart_merge_options(container_config *config, Cleat__V1__Label *const *options, size_t n);
/** As if the last end had not been judged: that comes later; unsaved. */
void restart_undo(struct task *task);

/* restart_wait.c */
/** What was decided has been saved: tell it, and wait for row.next_boot_ns. */
void restart_arm(struct task *task);
/** No restart any more, and everything that was scheduled dies; unsaved. */
void restart_cancel(struct task *task);
/** A start by hand is under way: what was scheduled dies; the row says that it is pending. */
void restart_skip_wait(struct task *task);
/** A start by hand: counters begin anew; unsaved. */
void restart_reset(struct task *task);
/** Failures are forgotten (cleat restart-reset); unsaved. */
void restart_forgive(struct task *task);
/** row.policy is another one. */
void restart_policy_changed(struct task *task);
/** The task goes: let go of its manager. */
void restart_release(struct task *task);
int restart_later(void *tasks, const char *id, uint64_t delay_ns, int32_t code,
		  struct cleat_error *err);

/* gc.c: what cannot be cleaned up now is tried again, with a back-off; only its container waits. */
/** The process has ended and task->stuck is in the way. Saved; the decision about a restart comes later. */
void gc_enter(struct task *task, bool then_remove);
/** A daemon found it so, or the time has come earlier: try soon. */
void gc_hurry(struct task *task);
/** A removal cleans it up now: no more tries; unsaved. */
void gc_leave(struct task *task);

/** reconcile.c: make memory, disk and processes agree when the daemon starts. */
int tasks_reconcile(struct tasks *tasks, struct cleat_error *err);

#endif

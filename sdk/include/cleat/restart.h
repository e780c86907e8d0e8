/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.h - plugins of type "restart": does a container come back, and when.
 *
 * Loaded by the daemon. The ten interfaces are those of iSulad's restart manager (policy_free,
 * new, refinc, unref, free, set_policy, should_restart, cancel, wait_cancel, restart_in_thread).
 * should_restart, a pure question, is the only one that a plugin has to write; NULL for any other
 * means the core's implementation. The manager_... ones are a set: all of them, or the core's. Cancelling, timers, limits, admission and what is on disk are
 * the core's, so nothing here blocks and no lock is needed: one thread.
 */
#ifndef CLEAT_RESTART_H
#define CLEAT_RESTART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** Why a process ended, as far as the kernel and we ourselves know. */
enum cleat_cause {
	CLEAT_CAUSE_NONE = 0,
	CLEAT_CAUSE_CLEAN = 1,   /**< exit 0 */
	CLEAT_CAUSE_FAILURE = 2, /**< another exit code */
	CLEAT_CAUSE_SIGNAL = 3,  /**< somebody else's signal */
	CLEAT_CAUSE_CORE = 4,    /**< a signal, with a core dump */
	CLEAT_CAUSE_OOM = 5,     /**< init was killed for memory */
	CLEAT_CAUSE_MANUAL = 6,  /**< stop, kill or rm asked for it */
	CLEAT_CAUSE_UNHEALTHY = 7,
	CLEAT_CAUSE_REBOOT = 8,        /**< reboot(2) inside: restart */
	CLEAT_CAUSE_POWEROFF = 9,      /**< reboot(2) inside: halt or power off */
	CLEAT_CAUSE_START_FAILED = 10, /**< it never ran */
	CLEAT_CAUSE_LOST = 11,         /**< its exit status could not be learned */
	CLEAT_CAUSE_HOST_REBOOT = 12,  /**< the machine went down under it */
};

/** A policy as the user wrote it, "on-failure:3". */
struct cleat_policy {
	uint32_t size;
	uint32_t max_retries; /**< 0: no limit */
	const char *name;     /**< "on-failure" */
	/** The plugin's settings for this container: its section with the container's own
	 *  (--restart-opt) on top. NULL: those that init got. */
	const void *settings;
};

/** One end of a container's process. */
struct cleat_exit {
	uint32_t size;
	uint32_t cause;    /**< enum cleat_cause */
	int32_t code;      /**< 0..255; 128+n for signal n */
	int32_t signal;    /**< 0, or the signal that ended it */
	uint64_t ran_ns;   /**< from start to end; 0 if it never ran */
	uint32_t failures; /**< restarts since the last run that was long enough to count as good */
	uint32_t restarts; /**< since the container was made or started by hand */
	bool stopped_by_user;  /**< stop or kill was asked for since it was last started by hand */
	bool oom;              /**< something in it was killed for memory */
	bool daemon_start;     /**< asked because the daemon came up, not because it just ended */
	uint64_t streak;       /**< bad ends in a row, without this one */
	uint32_t random;       /**< a number for jitter, so that the decision stays pure */
	uint32_t start_errors; /**< START_FAILED in a row, this one included */
	bool permanent;        /**< START_FAILED, and trying again will hardly help */
	bool new_boot;         /**< the machine has been started since */
	/** How long ago it was started, youngest first; what was not is UINT64_MAX. */
	uint64_t started_ago_ns[8];
};

/** The answer. Zeroed by the caller. */
struct cleat_decision {
	uint32_t size;
	bool restart;
	uint64_t delay_ns;   /**< wait so long first; a year at most */
	bool reset_failures; /**< this run was good: start counting from 0 */
	char reason[160];    /**< a few words for inspect and the log */
	uint64_t streak; /**< bad ends in a row; the host puts its own count here before it asks */
	bool give_up;    /**< it would come back, but a limit is reached: told as an event */
};

struct cleat_restart_manager; /* the core's or the plugin's own */

/** The table. Only should_restart is mandatory. */
struct cleat_restart_ops {
	uint32_t size, reserved;
	/** S58: the decision, pure: no clock, no state but the arguments and the settings. */
	int (*should_restart)(void *self, const struct cleat_policy *policy,
			      const struct cleat_exit *exit, struct cleat_decision *out,
			      struct cleat_error *err);
	/** At create: refuse (EINVAL) a policy that should_restart could not judge. NULL: take all. */
	int (*check)(void *self, const struct cleat_policy *policy, struct cleat_error *err);
	/** S52 */
	void (*policy_free)(void *self, struct cleat_policy *policy);
	/** S53: a manager that begins with @failures failures; reference count 1. */
	int (*manager_new)(void *self, const struct cleat_policy *policy, uint32_t failures,
			   struct cleat_restart_manager **out, struct cleat_error *err);
	/** S54, S55: plain integers. */
	void (*manager_ref)(struct cleat_restart_manager *manager);
	void (*manager_unref)(struct cleat_restart_manager *manager);
	/** S56 */
	void (*manager_free)(struct cleat_restart_manager *manager);
	/** S57: takes effect at the next exit. */
	int (*manager_set_policy)(struct cleat_restart_manager *manager,
				  const struct cleat_policy *policy, struct cleat_error *err);
	/** S59: give up a pending restart; idempotent. */
	int (*manager_cancel)(struct cleat_restart_manager *manager);
	/** S60: call @done(arg, true) when cancelled, (arg, false) after @delay_ns. Never blocks. */
	int (*manager_wait_cancel)(struct cleat_restart_manager *manager, uint64_t delay_ns,
				   void (*done)(void *arg, bool cancelled), void *arg,
				   struct cleat_error *err);
	/** S61: start container @id after @delay_ns, as a job; returns at once. */
	int (*restart_later)(void *self, const char *id, uint64_t delay_ns, int32_t code,
			     struct cleat_error *err);
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.h - plugins of type "runtime": they turn an OCI bundle into a running process.
 *
 * Loaded by the shim and by cleat-oci. The contract between host and plugin is the OCI runtime
 * specification's own text: the plugin gets config.json as bytes and parses it itself, so no
 * struct of ours has to follow the specification's growth.
 *
 * A container is a `box`. A host that dies and comes back, and each call of cleat-oci, gets its
 * box by `load` from the state directory that `create` was given; a box is therefore only a
 * handle and `release` lets go of it without touching the container.
 */
#ifndef CLEAT_RUNTIME_H
#define CLEAT_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/io.h>

/** One mount(2) as containerd describes it. Frozen: lives in arrays. Options end in NULL. */
struct cleat_mount {
	const char *type, *source;
	const char *const *options;
};

/** Flags of create and exec. */
enum {
	CLEAT_NO_PIVOT = 1 << 0,       /**< MS_MOVE and chroot, for a root on a ramdisk */
	CLEAT_NO_NEW_KEYRING = 1 << 1, /**< keep the caller's session keyring */
	CLEAT_SYSTEMD_CGROUP = 1 << 2, /**< cgroupsPath is slice:prefix:name, made by systemd */
	CLEAT_IGNORE_PAUSED = 1 << 3,  /**< exec although the container is frozen */
	CLEAT_NO_CGROUP = 1 << 4,      /**< the caller manages cgroups: make and join none */
};

/** In `provides` of a plugin that maps the ids of a root filesystem. */
#define CLEAT_PROVIDES_IDMAP "runtime.idmap"

/** What create is given. Everything is borrowed for the call. */
struct cleat_create {
	uint32_t size;
	uint32_t flags;     /**< CLEAT_NO_PIVOT ... */
	const char *id;     /**< checked by the host: [A-Za-z0-9_+.-]{1,128}, not "." or ".." */
	const char *bundle; /**< absolute path, for hooks' state and a relative root.path */
	int bundle_fd;      /**< the same directory */
	int state_fd;       /**< 0700, this container's alone: records, the start socket */
	const char *config; /**< config.json, NUL-terminated */
	size_t config_len;
	const struct cleat_stdio
		*stdio; /**< ends for the process; ignored when it has a terminal */
	/**
	 * The root filesystem. nrootfs mounts, the last on top, all mounted at the root inside the
	 * container's own mount namespace; with nrootfs 0 it is root.path of the configuration. A
	 * mount with containerd's options "uidmap=" and "gidmap=" has its ids mapped, an overlay's
	 * layers have; only a plugin that says CLEAT_PROVIDES_IDMAP is given such.
	 */
	const struct cleat_mount *rootfs;
	uint32_t nrootfs;
	uint32_t preserve_fds; /**< pass descriptors 3 .. 3+n-1 on to the program */
	/** Directory of images to restore from, or -1. What create makes then is running, not created. */
	int checkpoint_fd;
	uint16_t rows, columns; /**< of the terminal; 0: as the configuration says */
	const char
		*cgroup_parent; /**< used when the configuration has no cgroupsPath; may be NULL */
	const char *restore_options; /**< with checkpoint_fd: JSON, our names of criu's; or NULL */
};

/** A process that was made. The receiver closes both descriptors, O_CLOEXEC. */
struct cleat_process {
	uint32_t size;
	int32_t pid;    /**< as the host sees it; the caller's child, the caller reaps it */
	int pidfd;      /**< readable once the process has ended */
	int console_fd; /**< master of its terminal, or -1 */
};

/** What exec is given. Everything is borrowed for the call. */
struct cleat_exec {
	uint32_t size;
	uint32_t flags;
	const char *process; /**< JSON, the `process` object of the specification */
	size_t process_len;
	const struct cleat_stdio *stdio;
	uint32_t preserve_fds;
	uint16_t rows, columns;
	const char *cgroup; /**< sub-cgroup below the container's own, or NULL */
};

/** A container's condition, derived from the kernel each time, never remembered. */
enum cleat_status {
	CLEAT_CREATED = 1,
	CLEAT_RUNNING = 2,
	CLEAT_PAUSED = 3,
	CLEAT_PAUSING = 4,
	CLEAT_STOPPED = 5,
};

/** What state tells. */
struct cleat_state {
	uint32_t size;
	uint32_t status;     /**< enum cleat_status */
	int32_t pid;         /**< of init; 0 when stopped */
	uint64_t created_ns; /**< CLOCK_REALTIME of create */
};

/** Where the kernel stands; UINT64_MAX is "max", and what the kernel lacks stays 0. */
struct cleat_stats {
	uint32_t size, cgroup_version; /**< 1 or 2 */
	uint64_t cpu_ns, cpu_user_ns, cpu_system_ns;
	uint64_t cpu_periods, cpu_throttled_periods, cpu_throttled_ns;
	uint64_t memory_bytes, memory_limit_bytes, memory_peak_bytes, memory_failures;
	uint64_t swap_bytes, swap_limit_bytes;
	uint64_t memory_cache_bytes, memory_anon_bytes, memory_inactive_file_bytes;
	uint64_t pids, pids_limit;
	uint64_t oom_kills;
	uint64_t io_read_bytes, io_write_bytes, io_reads, io_writes;
};

/**
 * The table. create, start, kill, state, destroy, release and load are mandatory; NULL for another
 * means ENOTSUP.
 *
 * @box calls never block for long: what has to wait for the kernel has a limit of its own and
 * answers EBUSY.
 */
struct cleat_runtime_ops {
	uint32_t size, reserved;
	/**
	 * Build the container and stop just before its program. On failure nothing is left behind:
	 * no process, cgroup, mount or file in state_fd. ENOENT/EACCES with the program's name when
	 * it is missing or cannot be executed, EINVAL for a configuration that breaks the rules.
	 */
	int (*create)(void *self, const struct cleat_create *req, void **out_box,
		      struct cleat_process *out, struct cleat_error *err);
	/** Find a container again by what create left in @state_fd. ENOENT. */
	int (*load)(void *self, const char *id, int state_fd, void **out_box,
		    struct cleat_error *err);
	/**
	 * Let it call execve and wait for the result. EALREADY: running; ESRCH: stopped; EBUSY:
	 * paused; ENOENT, EACCES, ENOEXEC...: execve failed, and the container is stopped.
	 */
	int (*start)(void *box, struct cleat_error *err);
	/** Send @signal to init, or to @everyone in the cgroup. ESRCH: it has ended. */
	int (*kill)(void *box, int signal, bool everyone, struct cleat_error *err);
	/** Start a further process; returns when its execve has succeeded. Errors as start. */
	int (*exec)(void *box, const struct cleat_exec *req, struct cleat_process *out,
		    struct cleat_error *err);
	/** Freeze; returns once everything is frozen. EBUSY, with everything thawed, when it cannot. */
	int (*pause)(void *box, struct cleat_error *err);
	int (*resume)(void *box, struct cleat_error *err);
	/** Apply @resources, JSON of the specification's linux.resources. */
	int (*update)(void *box, const char *resources, size_t len, struct cleat_error *err);
	int (*state)(void *box, struct cleat_state *out, struct cleat_error *err);
	/** Every pid of the container; give *@out_pids to host->free. */
	int (*processes)(void *box, int32_t **out_pids, size_t *out_n, struct cleat_error *err);
	/** ENOENT when there is no cgroup. */
	int (*stats)(void *box, struct cleat_stats *out, struct cleat_error *err);
	/**
	 * Kill what is left, remove cgroup and records, run poststop hooks; legal from every state
	 * and repeatable. EBUSY when a process or a cgroup would not go in time: call it again.
	 * The box stays valid until release.
	 */
	int (*destroy)(void *box, struct cleat_error *err);
	/** Let go of the handle; the container is untouched. */
	void (*release)(void *box);
	/** The specification's features document; give *@out_json to host->free. */
	int (*features)(void *self, char **out_json, struct cleat_error *err);
	/**
	 * Write an image of the container to directory @image_fd. @options is JSON with the names of
	 * runc's flags ("leave-running": true, "work-path": "..."). Without leave-running and pre-dump its
	 * processes have ended afterwards. Takes as long as the images do: in a child, when others wait.
	 */
	int (*checkpoint)(void *box, int image_fd, const char *options, struct cleat_error *err);
	/**
	 * Metrics in full, for whoever speaks containerd's protocol: JSON in the shape of `runc events
	 * --stats` (its "data" member); give *@out_json to host->free.
	 */
	int (*metrics)(void *box, char **out_json, struct cleat_error *err);
	/**
	 * A descriptor that becomes readable (EPOLLIN or EPOLLPRI) when the kernel's OOM counter of
	 * this container may have grown; read stats for the count. The caller closes it. ENOENT.
	 */
	int (*oom_fd)(void *box, int *out_fd, struct cleat_error *err);
};

#endif

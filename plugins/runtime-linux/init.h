/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - the child between clone3 and execve, and all that its parent prepares for it.
 *
 * One struct for a container's init and for a process of `exec`; they differ in their table of
 * steps. The child parses nothing and allocates nothing: whatever needs memory is made before.
 */
#ifndef RUNTIME_LINUX_INIT_H
#define RUNTIME_LINUX_INIT_H

#include "capabilities.h"
#include "descriptors.h"
#include "hooks.h"
#include "intel_rdt.h"
#include "net_devices.h"
#include "plan.h"
#include "seccomp.h"
#include "sysctl.h"

#include <cleat/runtime.h>

#include <limits.h>

enum { MAX_ROOTFS_MOUNTS = 64 };

struct init {
	/* Prepared by the parent. */
	const struct plan *plan;            /**< the container's */
	const struct plan_process *process; /**< the program's: of plan, or of exec */
	struct cgroup *cgroup;
	const struct cleat_stdio *stdio;
	struct capabilities caps;
	struct seccomp *seccomp;
	struct sysctls *sysctls;
	struct hooks *hooks;
	struct net_devices *net_devices; /**< or NULL */
	struct intel_rdt *intel_rdt;     /**< or NULL */
	char *joined_root; /**< where the root goes in a joined mount namespace, or NULL */
	char *create_state, *start_state; /**< state documents for hooks that run in the child */
	const char *id;
	uint32_t flags; /**< CLEAT_NO_PIVOT ... */
	uint32_t preserve_fds;
	uint16_t rows, columns;
	bool is_exec, has_userns, has_rlimits;
	bool enters_cgroup, in_cgroup; /**< enter it ourselves; cloned into version 2's */
	uint64_t
		late_namespaces; /**< CLONE_NEW* bits that the child makes before GO, instead of clone3 */
	uint64_t exec_namespaces;      /**< exec: CLONE_NEW* bits to join through init_pidfd */
	int init_pidfd, exec_root;     /**< exec: the container's init; its root when chrooted */
	int sync_parent, sync_child;   /**< the two ends */
	int listen_fd;                 /**< the start socket */
	int bundle_fd;                 /**< borrowed: what relative sources are below */
	int ns_fds[NS_KINDS];          /**< namespaces to join, or -1 */
	int rootfs[MAX_ROOTFS_MOUNTS]; /**< detached, the last on top */
	uint32_t nrootfs;

	/* The child's own. */
	struct descriptors_later done; /**< closed together when the mounts are made */
	int proc_fd;   /**< the host's /proc, verified; closed before the container's code */
	int null_fd;   /**< detached clone of the host's /dev/null, verified */
	int root_fd;   /**< root directory of the container */
	int *unsealed; /**< mounts that become read-only at the end */
	size_t nunsealed;
	int tty_fd;              /**< slave of its terminal */
	int start_fd;            /**< connection of whoever said start */
	bool start_fails_loudly; /**< errors go to start_fd, not to the parent */
	uint32_t uid, gid;
	uint32_t *groups; /**< room for MAX_GROUPS */
	size_t ngroups;
	char home[PATH_MAX + sizeof("HOME=")];
	char program[PATH_MAX];
};

enum { MAX_GROUPS = 1024 };

/** Fill with "nothing": all descriptors -1. */
void init_clear(struct init *init);
/** Close and free what the parent prepared and owns. */
void init_release(struct init *init);
/** The child's life. Ends by execve or _exit. */
void init_run(struct init *init) __attribute__((noreturn));

/** Before GO: make the late namespaces. */
int namespaces_make(struct init *init, struct cleat_error *err);

/* The steps; each in the file of its name. 0 or -errno with @err filled. */
int cpus_initial(struct init *init, struct cleat_error *err); /* exec */
int cpus_final(struct init *init, struct cleat_error *err);
int cgroup_join(struct init *init, struct cleat_error *err);
int namespaces_join(struct init *init, struct cleat_error *err);
int namespaces_enter(struct init *init, struct cleat_error *err);    /* exec */
int pid_namespace_enter(struct init *init, struct cleat_error *err); /* exec */
int namespaces_become_root(struct init *init, struct cleat_error *err);
int loopback_up(struct init *init, struct cleat_error *err);
int keyring_join(struct init *init, struct cleat_error *err);
int rootfs_separate(struct init *init, struct cleat_error *err);
int rootfs_attach(struct init *init, struct cleat_error *err);
int rootfs_enter(struct init *init, struct cleat_error *err);
int rootfs_seal(struct init *init, struct cleat_error *err);
int mounts_make(struct init *init, struct cleat_error *err);
int mounts_seal(struct init *init, struct cleat_error *err);
int devices_make(struct init *init, struct cleat_error *err);
/** Those that every container has. */
const struct plan_device *devices_default(size_t *out_n);
int mask_paths(struct init *init, struct cleat_error *err);
int names_set(struct init *init, struct cleat_error *err);
int sysctls_write(struct init *init, struct cleat_error *err);
int console_open(struct init *init, struct cleat_error *err);
int stdio_apply(struct init *init, struct cleat_error *err);
int terminal_take(struct init *init, struct cleat_error *err);
int directory_make(struct init *init, struct cleat_error *err);
int directory_enter(struct init *init, struct cleat_error *err);
int memory_policy_set(struct init *init, struct cleat_error *err);
int lsm_apply(struct init *init, struct cleat_error *err);
/** Does this exec join the pid namespace only after its filter, because of the listener's thread? */
bool seccomp_needs_thread_first(const struct init *init);
int seccomp_load_privileged(struct init *init, struct cleat_error *err);
int seccomp_load_last(struct init *init, struct cleat_error *err);
int credentials_resolve(struct init *init, struct cleat_error *err);
int credentials_apply(struct init *init, struct cleat_error *err);
int program_find(struct init *init, struct cleat_error *err);
int start_wait(struct init *init, struct cleat_error *err);

#endif

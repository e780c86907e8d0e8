/* SPDX-License-Identifier: Apache-2.0 */
/* box.h - the handle of a container, and what runtime/linux knows of its host. */
#ifndef RUNTIME_LINUX_BOX_H
#define RUNTIME_LINUX_BOX_H

#include "cgroup.h"
#include "record.h"

#include <cleat/host.h>
#include <cleat/runtime.h>

/** The keys of [runtime/linux] in cleat.ini. */
struct settings {
	bool no_pivot;
	bool new_keyring;
	uint64_t start_limit_ns, stop_limit_ns;
};

/** The plugin's instance. */
struct runtime {
	const struct cleat_host *host;
	const struct settings *settings;
};

/** A container. What it says is on disk; what it is, the kernel knows. */
struct box {
	struct runtime *rt;
	int state_fd; /**< our own duplicate */
	int pidfd;    /**< of init, or -1 when it was gone before */
	struct record record;
	struct cgroup *cgroup;
};

/** Make a handle on @state_fd (duplicated) without a record yet. */
int box_new(struct runtime *rt, int state_fd, struct box **out, struct cleat_error *err);
void box_free(struct box *box);
void box_freep(struct box **box);

/* The operations, each in a file of its name. */
int linux_create(void *self, const struct cleat_create *req, void **out_box,
		 struct cleat_process *out, struct cleat_error *err);
int linux_load(void *self, const char *id, int state_fd, void **out_box, struct cleat_error *err);
int linux_start(void *box, struct cleat_error *err);
int linux_kill(void *box, int signal, bool everyone, struct cleat_error *err);
int linux_exec(void *box, const struct cleat_exec *req, struct cleat_process *out,
	       struct cleat_error *err);
int linux_pause(void *box, struct cleat_error *err);
int linux_resume(void *box, struct cleat_error *err);
int linux_update(void *box, const char *resources, size_t len, struct cleat_error *err);
int linux_state(void *box, struct cleat_state *out, struct cleat_error *err);
int linux_processes(void *box, int32_t **out_pids, size_t *out_n, struct cleat_error *err);
int linux_stats(void *box, struct cleat_stats *out, struct cleat_error *err);
int linux_destroy(void *box, struct cleat_error *err);
void linux_release(void *box);
int linux_features(void *self, char **out_json, struct cleat_error *err);
int linux_metrics(void *box, char **out_json, struct cleat_error *err);
int linux_checkpoint(void *box, int image_fd, const char *options, struct cleat_error *err);
int linux_oom_fd(void *box, int *out_fd, struct cleat_error *err);

/** What the kernel says now. */
enum cleat_status box_status(struct box *box);
/** Are its processes frozen? */
bool box_is_paused(const struct box *box);
/** Is init there and no zombie? */
bool box_is_alive(const struct box *box);

#endif

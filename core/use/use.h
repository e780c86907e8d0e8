/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use.h - the only callers of a plugin's table.
 *
 * Each function is one op: it fills in sizes, answers ENOTSUP with a sentence when the plugin has
 * no such op, checks what came back (descriptors CLOEXEC, sizes, errors that forgot their text) and
 * keeps the plugin with its handle, so that nothing above deals in `void *`.
 */
#ifndef CORE_USE_USE_H
#define CORE_USE_USE_H

#include <cleat/io.h>
#include <cleat/restart.h>
#include <cleat/runtime.h>
#include <cleat/snapshotter.h>

#include "plugin/registry.h"

/* ---- runtime: use_runtime.c ------------------------------------------------------------------ */
struct box; /* a container of a runtime plugin */

int use_runtime_create(const struct plugin *plugin, struct cleat_create *req, struct box **out,
		       struct cleat_process *process, struct cleat_error *err);
int use_runtime_load(const struct plugin *plugin, const char *id, int state_fd, struct box **out,
		     struct cleat_error *err);
int use_runtime_start(struct box *box, struct cleat_error *err);
int use_runtime_kill(struct box *box, int signal, bool everyone, struct cleat_error *err);
int use_runtime_exec(struct box *box, struct cleat_exec *req, struct cleat_process *process,
		     struct cleat_error *err);
int use_runtime_pause(struct box *box, struct cleat_error *err);
int use_runtime_resume(struct box *box, struct cleat_error *err);
int use_runtime_update(struct box *box, const char *resources, size_t len, struct cleat_error *err);
int use_runtime_state(struct box *box, struct cleat_state *out, struct cleat_error *err);
/** Free *out_pids with free(). */
int use_runtime_processes(struct box *box, int32_t **out_pids, size_t *out_n,
			  struct cleat_error *err);
int use_runtime_stats(struct box *box, struct cleat_stats *out, struct cleat_error *err);
/** Free *out_json with free(). */
int use_runtime_metrics(struct box *box, char **out_json, struct cleat_error *err);
int use_runtime_oom_fd(struct box *box, int *out_fd, struct cleat_error *err);
int use_runtime_checkpoint(struct box *box, int image_fd, const char *options,
			   struct cleat_error *err);
int use_runtime_destroy(struct box *box, struct cleat_error *err);
void use_runtime_release(struct box *box); /* NULL is fine */
int use_runtime_features(const struct plugin *plugin, char **out_json, struct cleat_error *err);

/* ---- io: use_io.c ---------------------------------------------------------------------------- */
struct stream; /* the stdio of one process */

int use_io_open(const struct plugin *plugin, struct cleat_io_request *req, struct cleat_stdio *out,
		struct stream **out_stream, struct cleat_error *err);
int use_io_console(struct stream *stream, int master, struct cleat_error *err);
void use_io_started(struct stream *stream);
int use_io_resize(struct stream *stream, uint16_t rows, uint16_t columns, struct cleat_error *err);
int use_io_close_stdin(struct stream *stream, struct cleat_error *err);
/** The descriptors are the stream's on success. ENOTSUP: nobody can attach to this plugin's streams. */
int use_io_attach(struct stream *stream, const struct cleat_io_client *client,
		  struct cleat_error *err);
int use_io_reopen(struct stream *stream, struct cleat_error *err);
void use_io_counters(struct stream *stream, struct cleat_io_counters *out);
/** @done is called once, also when the plugin has no drain (then at once). */
void use_io_drain(struct stream *stream, uint64_t limit_ns, void (*done)(void *arg), void *arg);
void use_io_close(struct stream *stream); /* NULL is fine; closes no descriptor of cleat_stdio */
void use_stdio_close(struct cleat_stdio *stdio); /* close the container's ends */

/* ---- snapshotter: use_snapshotter.c: plain calls; the daemon runs them in a forked child -------- */
int use_snapshotter_prepare(const struct plugin *plugin, struct cleat_snapshot *snap,
			    struct cleat_error *err);
/** Free out->list with free(). */
int use_snapshotter_mounts(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_mounts *out, struct cleat_error *err);
int use_snapshotter_unpack(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_unpack *out, struct cleat_error *err);
int use_snapshotter_commit(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_error *err);
int use_snapshotter_remove(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_error *err);
int use_snapshotter_usage(const struct plugin *plugin, struct cleat_snapshot *snap,
			  struct cleat_usage *out, struct cleat_error *err);
int use_snapshotter_check(const struct plugin *plugin, struct cleat_snapshot *snap,
			  struct cleat_error *err);

/* ---- restart: use_restart.c ------------------------------------------------------------------- */
/** Parse "on-failure:3" and let the plugin check it. *out->name is copied into @name (32 bytes). */
int use_restart_parse(const struct plugin *plugin, const char *text, char name[32],
		      struct cleat_policy *out, struct cleat_error *err);
/** A key of the plugin's section, for one container. */
struct use_option {
	const char *key, *value;
};
/**
 * The plugin's settings with @options on top, as policy->settings; strings are borrowed from both.
 * Free *out; NULL when there are no options. EINVAL: unknown key (nearest one named) or bad value.
 */
int use_restart_settings(const struct plugin *plugin, struct config *config,
			 const struct use_option *options, size_t n, void **out,
			 struct cleat_error *err);
/** The table that makes managers, and its self: the plugin's when it makes its own, else @core. */
struct use_managers {
	const struct cleat_restart_ops *ops;
	void *self;
};
struct use_managers use_restart_managers(const struct plugin *plugin,
					 const struct cleat_restart_ops *core, void *core_self);
/** Does the plugin take it, with its settings? EINVAL. */
int use_restart_check(const struct plugin *plugin, const struct cleat_policy *policy,
		      struct cleat_error *err);
int use_restart_decide(const struct plugin *plugin, const struct cleat_policy *policy,
		       const struct cleat_exit *exit, struct cleat_decision *out,
		       struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_unpack.c - an image's layers as committed snapshots, made at first use.
 *
 * A committed snapshot bears the chain id of its layers (containerd's rule), so images that share
 * their lower layers share the snapshots. A caller walks up from the highest one that is there; each
 * missing layer is one piece of work, and whoever else needs it waits for the same piece:
 * row → directory (plugin) → archive unpacked (cleat-layer) → frozen and measured (plugin) → name.
 */
#include "task/snapshot.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "image/image.h"
#include "task/snapshot_op.h"
#include "task/snapshots.h"
#include "task/tasks.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PREPARE_S = 60, COMMIT_S = 600 };

/* A caller on its way up the layers. */
struct walk {
	struct tasks *tasks;
	struct image_manifest *manifest;
	char *plugin;
	snapshot_number_done done;
	void *arg;
	struct walk *next; /* waits for the same work */
};

struct layer_work {
	struct tasks *tasks;
	char *plugin, *chain_id, *digest, *diff_id;
	int64_t number;
	int socket; /* our end: the directory to unpack into comes through it */
	struct walk *waiting;
	struct layer_work *next;
};

static void walk_step(struct walk *walk);

/* ---- the end of a walk, the end of a piece of work ----------------------------------------------- */

static void walk_end(struct walk *walk, int64_t number, const struct cleat_error *err)
{
	struct tasks *tasks = walk->tasks;
	struct snapshots *snapshots = tasks->snapshots;

	walk->done(walk->arg, number, err);
	image_manifest_free(walk->manifest);
	free(walk->plugin);
	free(walk);
	snapshots->walks--;
	if (snapshots->walks == 0 && snapshots->collect_later)
		snapshots_collect(tasks);
}

static void walk_fail(struct walk *walk, const struct cleat_error *err)
{
	walk_end(walk, 0, err);
}

static void work_free(struct layer_work *work)
{
	for (struct layer_work **at = &work->tasks->snapshots->works; *at; at = &(*at)->next)
		if (*at == work) {
			*at = work->next;
			break;
		}
	cleat_closep(&work->socket);
	free(work->plugin);
	free(work->chain_id);
	free(work->digest);
	free(work->diff_id);
	free(work);
}

static void work_end(struct layer_work *work, const struct cleat_error *err)
{
	struct walk *waiting = work->waiting;

	if (err->errnum && work->number)
		snapshots_doom(work->tasks, work->plugin, work->number);
	work_free(work);
	while (waiting) {
		struct walk *walk = waiting;

		waiting = walk->next;
		walk->next = NULL;
		if (err->errnum)
			walk_fail(walk, err);
		else
			walk_step(walk);
	}
}

/* ---- one layer --------------------------------------------------------------------------------- */

static int run_prepare(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		       struct text *out, struct cleat_error *err)
{
	struct cleat_unpack target;
	uint32_t whiteout = 0;
	int r = 0;

	(void)out;
	if (use_snapshotter_prepare(plugin, snap, err) < 0 ||
	    use_snapshotter_unpack(plugin, snap, &target, err) < 0)
		return -err->errnum;
	whiteout = target.whiteout;
	r = fd_send(socket, target.dir_fd, &whiteout, sizeof(whiteout));
	return r < 0 ? cleat_fail(err, -r, "cannot hand over a directory: %m") : 0;
}

static int run_commit(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		      struct text *out, struct cleat_error *err)
{
	struct cleat_usage usage = { 0 };
	struct cleat_error ignored = { 0 };

	(void)socket;
	if (use_snapshotter_commit(plugin, snap, err) < 0)
		return -err->errnum;
	(void)use_snapshotter_usage(plugin, snap, &usage, &ignored); /* optional: stays 0 */
	text_add_bytes(out, &usage, sizeof(usage));
	return 0;
}

static int record(struct layer_work *work, const struct cleat_usage *usage, struct cleat_error *err)
{
	struct store *store = work->tasks->env.store;
	struct store_snapshot row = { 0 };
	int r = store_snapshot_get(store, work->number, &row, err);

	if (r < 0)
		return r;
	free(row.name);
	row.name = strdup(work->chain_id);
	row.kind = STORE_COMMITTED;
	row.ready = 1;
	row.bytes = (int64_t)usage->bytes;
	row.inodes = (int64_t)usage->inodes;
	r = row.name ? store_snapshot_save(store, &row, err)
		     : cleat_fail(err, ENOMEM, "cannot record a layer: out of memory");
	store_snapshot_fini(&row);
	return r;
}

static void committed(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	struct layer_work *work = arg;
	struct cleat_error why = *err;
	struct cleat_usage usage = { 0 };

	fail_point("layer-committed");
	if (!why.errnum && len == sizeof(usage)) {
		memcpy(&usage, bytes, sizeof(usage));
		(void)record(work, &usage, &why);
	}
	fail_point("layer-recorded");
	work_end(work, &why);
}

static int start_op(struct layer_work *work, const char *does, snapshot_op op, int socket,
		    uint64_t limit_s, fork_done done, struct cleat_error *err)
{
	struct store_snapshot row = { 0 };
	int r = store_snapshot_get(work->tasks->env.store, work->number, &row, err);

	if (r == 0)
		r = snapshot_op_start(work->tasks, &row, does, op, socket, limit_s * NS_PER_S, done,
				      work, err);
	store_snapshot_fini(&row);
	return r;
}

static void unpacked(void *arg, const struct cleat_error *err, const struct image_result *images,
		     size_t nimages)
{
	struct layer_work *work = arg;
	struct cleat_error why = *err;

	(void)images;
	(void)nimages;
	fail_point("layer-unpacked");
	if (!why.errnum)
		(void)start_op(work, "commit a layer", run_commit, -1, COMMIT_S, committed, &why);
	if (why.errnum)
		work_end(work, &why);
}

static int start_unpacking(struct layer_work *work, struct cleat_error *err)
{
	const struct image_callbacks callbacks = { .done = unpacked, .arg = work };
	struct cleat_unpack target = { .size = sizeof(target), .dir_fd = -1 };
	struct image_job *job = NULL;
	int r = fd_receive(work->socket, &target.dir_fd, &target.whiteout, sizeof(target.whiteout));

	if (r < 0 || target.dir_fd < 0)
		return cleat_fail(err, r < 0 ? -r : EPROTO,
				  "snapshotter/%s gave no directory to unpack into", work->plugin);
	r = image_unpack(work->tasks->env.loop, work->tasks->env.root, work->digest, work->diff_id,
			 &target, &callbacks, &job, err);
	(void)close(target.dir_fd);
	return r;
}

static void prepared(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	struct layer_work *work = arg;
	struct cleat_error why = *err;

	(void)bytes;
	(void)len;
	if (!why.errnum)
		(void)start_unpacking(work, &why);
	if (why.errnum)
		work_end(work, &why);
}

static int start_work(struct layer_work *work, int64_t parent, struct cleat_error *err)
{
	struct store_snapshot row = {
		.plugin = work->plugin,
		.kind = STORE_LAYER,
		.parent = parent,
		.created_at = (int64_t)clock_now(CLOCK_REALTIME),
	};
	_cleanup_close_ int theirs = -1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return cleat_fail(err, errno, "cannot make a socket: %m");
	work->socket = ends[0];
	theirs = ends[1];
	if (store_snapshot_add(work->tasks->env.store, &row, err) < 0)
		return -err->errnum;
	work->number = row.number;
	log_line(CLEAT_DEBUG, "unpacking layer %s for snapshotter/%s as %lld", work->digest,
		 work->plugin, (long long)work->number);
	return start_op(work, "prepare a layer", run_prepare, theirs, PREPARE_S, prepared, err);
}

/* ---- a walk ------------------------------------------------------------------------------------ */

static struct layer_work *work_for(struct walk *walk, const struct image_layer *layer)
{
	struct layer_work *work = calloc(1, sizeof(*work));

	if (!work)
		return NULL;
	*work = (struct layer_work){
		.tasks = walk->tasks,
		.plugin = strdup(walk->plugin),
		.chain_id = strdup(layer->chain_id),
		.digest = strdup(layer->digest),
		.diff_id = strdup(layer->diff_id),
		.socket = -1,
		.next = walk->tasks->snapshots->works,
	};
	walk->tasks->snapshots->works = work;
	if (work->plugin && work->chain_id && work->digest && work->diff_id)
		return work;
	work_free(work);
	return NULL;
}

static void walk_wait(struct walk *walk, const struct image_layer *layer, int64_t parent)
{
	struct cleat_error err = { 0 };
	struct layer_work *work = walk->tasks->snapshots->works;

	for (; work; work = work->next)
		if (text_eq(work->plugin, walk->plugin) && text_eq(work->chain_id, layer->chain_id))
			break;
	if (work) {
		walk->next = work->waiting;
		work->waiting = walk;
		return;
	}
	work = work_for(walk, layer);
	if (!work) {
		(void)cleat_fail(&err, ENOMEM, "cannot unpack an image: out of memory");
		walk_fail(walk, &err);
		return;
	}
	work->waiting = walk;
	if (start_work(work, parent, &err) < 0)
		work_end(work, &err);
}

/** Find the highest layer that is there: its number and how many layers that is. */
static int find_highest(const struct walk *walk, size_t *out_layers, int64_t *out_number,
			struct cleat_error *err)
{
	const struct image_manifest *m = walk->manifest;

	*out_number = 0;
	for (*out_layers = m->nlayers; *out_layers > 0; (*out_layers)--) {
		struct store_snapshot row = { 0 };
		int r = store_snapshot_find(walk->tasks->env.store, walk->plugin,
					    m->layers[*out_layers - 1].chain_id, &row, err);

		*out_number = row.number;
		store_snapshot_fini(&row);
		if (r != -ENOENT)
			return r;
	}
	return 0;
}

static void walk_step(struct walk *walk)
{
	struct cleat_error err = { 0 };
	size_t layers = 0;
	int64_t number = 0;

	if (find_highest(walk, &layers, &number, &err) < 0) {
		walk_fail(walk, &err);
		return;
	}
	err = (struct cleat_error){ 0 };
	if (layers == walk->manifest->nlayers)
		walk_end(walk, number, &err);
	else
		walk_wait(walk, &walk->manifest->layers[layers], number);
}

static void walk_start(void *arg)
{
	walk_step(arg);
}

int snapshot_unpack(struct tasks *tasks, const char *plugin, const char *digest,
		    snapshot_number_done done, void *arg, struct cleat_error *err)
{
	struct snapshots *snapshots = snapshots_of(tasks);
	struct walk *walk = snapshots ? calloc(1, sizeof(*walk)) : NULL;
	int r = 0;

	if (!walk)
		return cleat_fail(err, ENOMEM, "cannot unpack an image: out of memory");
	if (snapshots_refused(tasks, plugin, err) < 0) {
		free(walk);
		return -err->errnum;
	}
	*walk = (struct walk){ .tasks = tasks, .plugin = strdup(plugin), .done = done, .arg = arg };
	r = walk->plugin ? image_manifest_read(tasks->env.root_fd, digest, &walk->manifest, err)
			 : cleat_fail(err, ENOMEM, "cannot unpack an image: out of memory");
	if (r == 0 && (r = loop_defer(tasks->env.loop, walk_start, walk)) < 0)
		(void)cleat_fail(err, -r, "cannot unpack an image: %m");
	if (r < 0) {
		image_manifest_free(walk->manifest);
		free(walk->plugin);
		free(walk);
		return r;
	}
	snapshots->walks++;
	return 0;
}

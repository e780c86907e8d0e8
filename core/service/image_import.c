/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_import.c - bring an image in, and tell how far it is.
 *
 * cleat-layer has put the blobs in place when it says so; names are given here, in one transaction. A
 * client that goes away takes its import with it.
 */
#include "service/images.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/text.h"
#include "image/image.h"
#include "task/blobs.h"
#include "task/events.h"
#include "task/snapshot.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct import {
	struct tasks *tasks;
	struct rpc_call *call;
	struct image_job *job;
	char *ns;
};

static void import_free(struct import *import)
{
	free(import->ns);
	free(import);
}

/* ---- rows -------------------------------------------------------------------------------------- */

/** The image's own date; now when it has none. */
static int64_t created_at(const struct image_manifest *m)
{
	struct tm tm = { 0 };

	if (!strptime(m->created, "%Y-%m-%dT%H:%M:%S", &tm) || tm.tm_year < 70)
		return (int64_t)clock_now(CLOCK_REALTIME);
	return (int64_t)timegm(&tm) * (int64_t)NS_PER_S;
}

static int record_blobs(struct store *store, const struct image_manifest *m,
			struct cleat_error *err)
{
	uint64_t layers = 0;

	for (size_t i = 0; i < m->nlayers; i++) {
		layers += m->layers[i].size;
		if (store_content_add(store, m->digest, m->layers[i].digest,
				      (int64_t)m->layers[i].size, err) < 0)
			return -err->errnum;
	}
	if (store_content_add(store, m->digest, m->id, (int64_t)strlen(m->config_json), err) < 0)
		return -err->errnum;
	return store_content_add(store, m->digest, m->digest,
				 (int64_t)(m->size - layers - strlen(m->config_json)), err);
}

static int record_image(struct import *import, const struct image_result *image,
			struct cleat_error *err)
{
	struct store *store = import->tasks->env.store;
	struct image_manifest *m = NULL;
	int r = image_manifest_read(import->tasks->env.root_fd, image->digest, &m, err);

	if (r < 0)
		return r;
	struct store_image row = {
		.ns = import->ns,
		.name = image->name,
		.digest = m->digest,
		.id = m->id,
		.size = (int64_t)m->size,
		.created_at = created_at(m),
	};
	r = record_blobs(store, m, err);
	if (r == 0)
		r = store_image_put(store, &row, err);
	image_manifest_free(m);
	return r;
}

static int record_all(struct import *import, const struct image_result *images, size_t n,
		      struct cleat_error *err)
{
	struct store *store = import->tasks->env.store;
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = record_image(import, &images[i], err);
	if (r == 0)
		return store_commit(store, err);
	store_rollback(store);
	return r;
}

/* ---- what the client hears ----------------------------------------------------------------------- */

static void progress(void *arg, const char *step, const char *what, uint64_t bytes, uint64_t total)
{
	struct import *import = arg;
	Cleat__V1__ImportProgress news = CLEAT__V1__IMPORT_PROGRESS__INIT;

	news.step = (char *)(uintptr_t)step; /* protobuf-c has no const; it only reads */
	news.what = (char *)(uintptr_t)what;
	news.bytes = bytes;
	news.total = total;
	(void)rpc_send(import->call, &news.base); /* who reads too slowly misses a line */
}

static void send_done(struct import *import, const struct image_result *images, size_t n)
{
	Cleat__V1__ImportProgress news = CLEAT__V1__IMPORT_PROGRESS__INIT;
	_cleanup_free_ char **names = calloc(n + 1, sizeof(char *));
	struct store_image row = { 0 };
	struct cleat_error ignored = { 0 };
	char step[] = "done";

	if (n > 0 && store_image_get(import->tasks->env.store, import->ns, images[0].name, &row,
				     &ignored) == 0)
		news.id = row.id;
	for (size_t i = 0; names && i < n; i++)
		names[i] = images[i].name;
	news.step = step;
	news.images = names;
	news.n_images = names ? n : 0;
	(void)rpc_send(import->call, &news.base);
	store_image_fini(&row);
}

static void tell(struct import *import, const struct image_result *images, size_t n)
{
	struct cleat_error ignored = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct store_image row = { 0 };

		if (store_image_get(import->tasks->env.store, import->ns, images[i].name, &row,
				    &ignored) == 0)
			image_event(import->tasks, row.ns, row.id, row.name, "import");
		store_image_fini(&row);
	}
}

static void done(void *arg, const struct cleat_error *err, const struct image_result *images,
		 size_t nimages)
{
	struct import *import = arg;
	struct tasks *tasks = import->tasks;
	struct cleat_error why = *err;

	rpc_call_on_close(import->call, NULL, NULL);
	fail_point("import-written");
	if (!why.errnum)
		(void)record_all(import, images, nimages, &why);
	fail_point("import-recorded");
	blobs_import_ends(tasks, why.errnum != 0);
	if (why.errnum) {
		rpc_fail(import->call, &why);
	} else {
		snapshot_images_changed(tasks); /* a name may have been another image's */
		blobs_collect(tasks);
		tell(import, images, nimages);
		send_done(import, images, nimages);
		rpc_reply(import->call, NULL);
	}
	import_free(import);
	if (tasks->changed)
		tasks->changed(tasks->changed_arg);
}

static void client_gone(void *arg)
{
	struct import *import = arg;
	struct tasks *tasks = import->tasks;
	struct cleat_error err = { 0 };

	image_job_cancel(import->job);
	(void)cleat_fail(&err, ECANCELED, "the import was given up");
	rpc_fail(import->call, &err);
	import_free(import);
	blobs_import_ends(tasks, true);
	if (tasks->changed)
		tasks->changed(tasks->changed_arg);
}

/* ---- the call ---------------------------------------------------------------------------------- */

static int start(struct tasks *tasks, struct rpc_call *call,
		 const Cleat__V1__ImportRequest *request, struct cleat_error *err)
{
	struct import *import = calloc(1, sizeof(*import));
	struct image_callbacks callbacks = { .progress = progress, .done = done, .arg = import };
	int r = 0;

	if (import)
		import->ns = strdup(images_namespace(request->namespace_));
	if (!import || !import->ns) {
		free(import);
		return cleat_fail(err, ENOMEM, "cannot import an image: out of memory");
	}
	import->tasks = tasks;
	import->call = call;
	r = image_import(tasks->env.loop, tasks->env.root, request->path,
			 *request->name ? request->name : NULL, &callbacks, &import->job, err);
	if (r < 0) {
		import_free(import);
		return r;
	}
	blobs_import_begins(tasks);
	rpc_call_on_close(call, client_gone, import);
	return 0;
}

static int check(const Cleat__V1__ImportRequest *request, struct cleat_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (*request->path != '/')
		return cleat_fail(err, EINVAL, "cannot import '%s': not an absolute path",
				  request->path);
	if (!text_is_name(images_namespace(request->namespace_)))
		return cleat_fail(err, EINVAL, "'%s' is not a namespace", request->namespace_);
	return *request->name ? image_name_normalise(request->name, &name, err) : 0;
}

void image_import_call(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ImportRequest *request = (const Cleat__V1__ImportRequest *)message;
	struct cleat_error err = { 0 };

	if (check(request, &err) < 0 || start(arg, call, request, &err) < 0)
		rpc_fail(call, &err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "image/content.h"
#include "image/digest.h"
#include "store/store.h"
#include "task/blobs.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <stdlib.h>

/* A root with a store and blobs "a", "b", "c"; manifest a needs a and b, manifest c needs c and b. */
struct world {
	struct tmpdir dir;
	struct store *store;
	struct tasks *tasks;
	char a[DIGEST_TEXT], b[DIGEST_TEXT], c[DIGEST_TEXT];
};

static void put_blob(struct world *w, int content, const char *data, char digest[DIGEST_TEXT])
{
	char path[100];

	digest_of(data, strlen(data), digest);
	(void)snprintf(path, sizeof(path), "sha256/%s", digest_hex(digest));
	int fd = openat(content, path, O_CREAT | O_WRONLY, 0400);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, data, strlen(data)), (ssize_t)strlen(data));
	(void)close(fd);
	(void)w;
}

static void name_image(struct world *w, const char *name, const char *digest)
{
	struct cleat_error err = { 0 };
	struct store_image row = { .ns = strdup("default"),
				   .name = strdup(name),
				   .digest = strdup(digest),
				   .id = strdup(digest) };

	UNIT_OK(store_image_put(w->store, &row, &err), err);
	store_image_fini(&row);
}

static struct world world_make(void)
{
	struct world w = { .dir = tmpdir_make() };
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(w.dir.fd, &err);

	UNIT_OK(store_open(w.dir.path, &w.store, &err), err);
	struct tasks_env env = { .store = w.store, .root_fd = w.dir.fd, .root = w.dir.path };

	UNIT_OK(tasks_new(&env, &w.tasks, &err), err);
	put_blob(&w, content, "a", w.a);
	put_blob(&w, content, "b", w.b);
	put_blob(&w, content, "c", w.c);
	UNIT_OK(store_content_add(w.store, w.a, w.a, 1, &err), err);
	UNIT_OK(store_content_add(w.store, w.a, w.b, 1, &err), err);
	UNIT_OK(store_content_add(w.store, w.c, w.c, 1, &err), err);
	UNIT_OK(store_content_add(w.store, w.c, w.b, 1, &err), err);
	name_image(&w, "a:1", w.a);
	name_image(&w, "c:1", w.c);
	return w;
}

static void world_end(struct world *w)
{
	free(w->tasks->snapshots);
	tasks_free(w->tasks);
	store_close(w->store);
	tmpdir_remove(&w->dir);
}

static bool is_there(const struct world *w, const char *digest)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "content/sha256/%s", digest_hex(digest));
	return faccessat(w->dir.fd, path, F_OK, 0) == 0;
}

static void shared_blobs_stay_until_both_are_gone(void)
{
	struct world w = world_make();
	struct cleat_error err = { 0 };

	blobs_collect(w.tasks);
	CU_ASSERT(is_there(&w, w.a) && is_there(&w, w.b) && is_there(&w, w.c));
	UNIT_OK(store_image_delete(w.store, "default", "a:1", &err), err);
	blobs_collect(w.tasks);
	CU_ASSERT_FALSE(is_there(&w, w.a));
	CU_ASSERT(is_there(&w, w.b) && is_there(&w, w.c));
	UNIT_OK(store_image_delete(w.store, "default", "c:1", &err), err);
	blobs_collect(w.tasks);
	CU_ASSERT_FALSE(is_there(&w, w.b) || is_there(&w, w.c));
	world_end(&w);
}

static void a_container_keeps_its_image(void)
{
	struct world w = world_make();
	struct cleat_error err = { 0 };
	struct store_container row = { .ns = strdup("default"),
				       .id = strdup("0123"),
				       .name = strdup("web"),
				       .image_digest = strdup(w.a) };

	UNIT_OK(store_container_add(w.store, &row, &err), err);
	UNIT_OK(store_image_delete(w.store, "default", "a:1", &err), err);
	blobs_collect(w.tasks);
	CU_ASSERT(is_there(&w, w.a) && is_there(&w, w.b));
	UNIT_OK(store_container_delete(w.store, row.number, &err), err);
	blobs_collect(w.tasks);
	CU_ASSERT_FALSE(is_there(&w, w.a));
	store_container_fini(&row);
	world_end(&w);
}

/* A blob that an import has just named has no row yet. */
static void not_while_an_import_runs(void)
{
	struct world w = world_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(w.dir.fd, &err);
	char fresh[DIGEST_TEXT];

	put_blob(&w, content, "fresh", fresh);
	blobs_import_begins(w.tasks);
	blobs_import_begins(w.tasks);
	CU_ASSERT(blobs_importing(w.tasks));
	blobs_collect(w.tasks);
	blobs_import_ends(w.tasks, false);
	CU_ASSERT(is_there(&w, fresh));
	blobs_import_ends(w.tasks, false);
	CU_ASSERT_FALSE(
		is_there(&w, fresh)); /* nobody wrote a row: it was put off, not forgotten */
	CU_ASSERT(is_there(&w, w.a));
	CU_ASSERT_FALSE(blobs_importing(w.tasks));
	world_end(&w);
}

UNIT_MAIN("blobs that are needed", UNIT_TEST(shared_blobs_stay_until_both_are_gone),
	  UNIT_TEST(a_container_keeps_its_image), UNIT_TEST(not_while_an_import_runs))

/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - rows survive closing, the tree's rules hold, damage and a full disk are said. */
#include "store/store.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

static struct cleat_error err;

static struct store_container example(const char *id, const char *name)
{
	struct store_container row = { 0 };

	row.ns = strdup("default");
	row.id = strdup(id);
	row.name = strdup(name);
	row.config = strdup("a\001b");
	row.config_len = 4; /* with its NUL: it is a blob */
	row.policy = strdup("on-failure:3");
	row.created_at = 1234567890123456789;
	row.phase = 2;
	return row;
}

static struct store_snapshot layer(const char *name, int64_t parent, int64_t kind)
{
	struct store_snapshot row = { 0 };

	row.plugin = strdup("overlay");
	row.name = strdup(name);
	row.parent = parent;
	row.kind = kind;
	return row;
}

static struct store *open_store(const char *root)
{
	struct store *store = NULL;

	UNIT_OK(store_open(root, &store, &err), err);
	return store;
}

static int count(void *arg, struct store_container *row, struct cleat_error *e)
{
	(void)e;
	CU_ASSERT_EQUAL(row->config_len, 4);
	CU_ASSERT_EQUAL(memcmp(row->config, "a\001b", 4), 0);
	CU_ASSERT_EQUAL(row->created_at, 1234567890123456789);
	CU_ASSERT_STRING_EQUAL(row->policy, "on-failure:3");
	CU_ASSERT_STRING_EQUAL(row->image, "");
	++*(int *)arg;
	return 0;
}

static void containers_survive_closing(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	struct store_container one = example("11", "one");
	struct store_container two = example("22", "two");
	int n = 0;

	struct store *store = open_store(root);

	UNIT_OK(store_container_add(store, &one, &err), err);
	UNIT_OK(store_container_add(store, &two, &err), err);
	CU_ASSERT(two.number > one.number);
	store_close(store);
	store = open_store(root);
	UNIT_OK(store_containers(store, count, &n, &err), err);
	CU_ASSERT_EQUAL(n, 2);
	UNIT_OK(store_container_delete(store, one.number, &err), err);
	UNIT_OK(store_container_delete(store, one.number, &err), err);
	UNIT_FAILS(store_container_save(store, &one, &err), ENOENT, err, "not there");
	n = 0;
	UNIT_OK(store_containers(store, count, &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	store_close(store);
	store_container_fini(&one);
	store_container_fini(&two);
}

static void relaxed_writes_are_kept_in_order(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct store_container one = example("11", "one");
	struct store_container two = example("22", "two");
	int n = 0;

	struct store *store = open_store(dir.path);

	store_relax(store, true);
	UNIT_OK(store_container_add(store, &one, &err), err);
	/* another process sees what this one has written and not synced */
	struct store *other = open_store(dir.path);

	UNIT_OK(store_containers(other, count, &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	store_close(other);
	store_relax(store, false);
	UNIT_OK(store_container_add(store, &two, &err), err);
	store_close(store);
	store = open_store(dir.path);
	n = 0;
	UNIT_OK(store_containers(store, count, &n, &err), err);
	CU_ASSERT_EQUAL(n, 2);
	store_close(store);
	store_container_fini(&one);
	store_container_fini(&two);
}

static void names_are_unique_in_their_namespace(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	struct store_container one = example("11", "web");
	struct store_container two = example("22", "web");

	struct store *store = open_store(root);

	UNIT_OK(store_container_add(store, &one, &err), err);
	UNIT_FAILS(store_container_add(store, &two, &err), EEXIST, err, "container");
	two.ns[0] = 'x';
	UNIT_OK(store_container_add(store, &two, &err), err);
	store_close(store);
	store_container_fini(&one);
	store_container_fini(&two);
}

static void what_is_stood_upon_stays(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	struct store_snapshot base = layer("sha256:aa", 0, STORE_COMMITTED);
	struct store_container box = example("11", "web");
	struct store_snapshot found = { 0 };

	struct store *store = open_store(root);

	UNIT_OK(store_snapshot_add(store, &base, &err), err);
	struct store_snapshot top = layer("", base.number, STORE_ROOT);
	struct store_snapshot lost = layer("", 4711, STORE_ROOT);

	UNIT_FAILS(store_snapshot_add(store, &lost, &err), ENOENT, err, "4711");
	UNIT_OK(store_begin(store, &err), err);
	UNIT_OK(store_snapshot_add(store, &top, &err), err);
	box.snapshot = top.number;
	UNIT_OK(store_container_add(store, &box, &err), err);
	UNIT_OK(store_commit(store, &err), err);
	CU_ASSERT_EQUAL(store_snapshot_users(store, base.number, &err), 1);
	UNIT_FAILS(store_snapshot_delete(store, base.number, &err), EBUSY, err, "uses");
	UNIT_FAILS(store_snapshot_delete(store, top.number, &err), EBUSY, err, "uses");
	UNIT_OK(store_snapshot_find(store, "overlay", "sha256:aa", &found, &err), err);
	CU_ASSERT_EQUAL(found.number, base.number);
	UNIT_OK(store_container_delete(store, box.number, &err), err);
	UNIT_OK(store_snapshot_delete(store, top.number, &err), err);
	UNIT_OK(store_snapshot_delete(store, base.number, &err), err);
	store_close(store);
	store_snapshot_fini(&found);
	store_snapshot_fini(&base);
	store_snapshot_fini(&top);
	store_snapshot_fini(&lost);
	store_container_fini(&box);
}

static void a_rolled_back_pair_leaves_nothing(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	struct store_snapshot top = layer("", 0, STORE_ROOT);
	struct store_snapshot found = { 0 };
	struct store_container box = example("11", "web");
	int n = 0;

	struct store *store = open_store(root);

	UNIT_OK(store_begin(store, &err), err);
	UNIT_OK(store_snapshot_add(store, &top, &err), err);
	box.snapshot = top.number;
	UNIT_OK(store_container_add(store, &box, &err), err);
	store_rollback(store);
	UNIT_FAILS(store_snapshot_get(store, top.number, &found, &err), ENOENT, err, "snapshot");
	UNIT_OK(store_containers(store, count, &n, &err), err);
	CU_ASSERT_EQUAL(n, 0);
	store_close(store);
	store_snapshot_fini(&top);
	store_container_fini(&box);
}

static void a_name_moves_to_another_image(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	struct store_image image = { .ns = strdup("default"),
				     .name = strdup("debian:bookworm"),
				     .digest = strdup("sha256:aa"),
				     .id = strdup("sha256:bb") };
	struct store_image found = { 0 };

	struct store *store = open_store(root);

	UNIT_OK(store_image_put(store, &image, &err), err);
	int64_t first = image.number;

	free(image.digest);
	image.digest = strdup("sha256:cc");
	UNIT_OK(store_image_put(store, &image, &err), err);
	CU_ASSERT_EQUAL(image.number, first);
	UNIT_OK(store_image_get(store, "default", "debian:bookworm", &found, &err), err);
	CU_ASSERT_STRING_EQUAL(found.digest, "sha256:cc");
	CU_ASSERT_EQUAL(store_digest_names(store, "sha256:cc", &err), 1);
	CU_ASSERT_EQUAL(store_digest_names(store, "sha256:aa", &err), 0);
	UNIT_OK(store_image_delete(store, "default", "debian:bookworm", &err), err);
	UNIT_FAILS(store_image_delete(store, "default", "debian:bookworm", &err), ENOENT, err,
		   "debian:bookworm");
	store_close(store);
	store_image_fini(&image);
	store_image_fini(&found);
}

static int count_blobs(void *arg, const char *manifest, const char *digest, int64_t size,
		       struct cleat_error *e)
{
	(void)manifest;
	(void)digest;
	(void)e;
	*(int64_t *)arg += size;
	return 0;
}

static void shared_blobs_have_two_users(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	int64_t bytes = 0;

	struct store *store = open_store(root);

	UNIT_OK(store_content_add(store, "m1", "layer", 10, &err), err);
	UNIT_OK(store_content_add(store, "m1", "layer", 10, &err), err);
	UNIT_OK(store_content_add(store, "m1", "config", 1, &err), err);
	UNIT_OK(store_content_add(store, "m2", "layer", 10, &err), err);
	CU_ASSERT_EQUAL(store_content_users(store, "layer", &err), 2);
	UNIT_OK(store_contents(store, "m1", count_blobs, &bytes, &err), err);
	CU_ASSERT_EQUAL(bytes, 11);
	UNIT_OK(store_content_forget(store, "m1", &err), err);
	CU_ASSERT_EQUAL(store_content_users(store, "layer", &err), 1);
	CU_ASSERT_EQUAL(store_content_users(store, "config", &err), 0);
	store_close(store);
}

static void damage_is_said(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	char path[96];
	struct store *store = NULL;

	(void)snprintf(path, sizeof(path), "%s/cleat.db", root);
	FILE *file = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (int i = 0; i < 4096; i++)
		(void)fputs("this is no database. ", file);
	(void)fclose(file);
	UNIT_FAILS(store_open(root, &store, &err), EUCLEAN, err, "damaged");
}

static void a_newer_schema_is_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	char command[96];
	struct store *store = NULL;

	store_close(open_store(root));
	/* user_version is a big-endian word at offset 60 of the first page */
	(void)snprintf(command, sizeof(command), "%s/cleat.db", root);
	int fd = open(command, O_RDWR);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(pwrite(fd, "\0\0\1\0", 4, 60), 4);
	(void)close(fd);
	UNIT_FAILS(store_open(root, &store, &err), ENOTSUP, err, "newer");
}

static int one_row(void *arg, struct store_container *row, struct cleat_error *ignored)
{
	struct store_container *out = arg;

	(void)ignored;
	CU_ASSERT_EQUAL(out->number, 0);
	*out = *row;
	*row = (struct store_container){ 0 };
	return 0;
}

/* As the version before user namespaces left it. */
static void an_older_file_is_brought_up_to_date(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_(store_container_fini) struct store_container row = { 0 };
	char path[96];
	sqlite3 *db = NULL;

	store_close(open_store(dir.path));
	(void)snprintf(path, sizeof(path), "%s/cleat.db", dir.path);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
				     "ALTER TABLE container DROP COLUMN userns_uid;"
				     "ALTER TABLE container DROP COLUMN userns_gid;"
				     "ALTER TABLE container DROP COLUMN userns_size;"
				     "INSERT INTO container(ns, id, name, config, gc_why)"
				     " VALUES('default', 'old', 'web', x'', 'why');"
				     "PRAGMA user_version = 2",
				     NULL, NULL, NULL),
			SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
	struct store *store = open_store(dir.path);

	UNIT_OK(store_containers(store, one_row, &row, &err), err);
	CU_ASSERT_STRING_EQUAL_FATAL(row.id, "old");
	CU_ASSERT_STRING_EQUAL(row.gc_why, "why");
	CU_ASSERT_EQUAL(row.userns_size, 0);
	row.userns_uid = 4294967290;
	row.userns_size = 5;
	UNIT_OK(store_container_save(store, &row, &err), err);
	store_container_fini(&row);
	store_close(store);
	store = open_store(dir.path);
	UNIT_OK(store_containers(store, one_row, &row, &err), err);
	CU_ASSERT(row.userns_uid == 4294967290 && row.userns_size == 5);
	store_close(store);
}

static void nobody_else_may_read_it(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	char path[96];
	struct stat st;

	struct store *store = open_store(root);

	(void)snprintf(path, sizeof(path), "%s/cleat.db", root);
	CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	store_close(store);
}

static void values_are_kept(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const char *root = dir.path;
	_cleanup_free_ char *value = NULL;

	struct store *store = open_store(root);

	UNIT_FAILS(store_get_value(store, "boot_id", &value, &err), ENOENT, err, "boot_id");
	UNIT_OK(store_set_value(store, "boot_id", "a", &err), err);
	UNIT_OK(store_set_value(store, "boot_id", "b", &err), err);
	UNIT_OK(store_get_value(store, "boot_id", &value, &err), err);
	CU_ASSERT_STRING_EQUAL(value, "b");
	store_close(store);
}

UNIT_MAIN("store", UNIT_TEST(containers_survive_closing),
	  UNIT_TEST(relaxed_writes_are_kept_in_order),
	  UNIT_TEST(names_are_unique_in_their_namespace), UNIT_TEST(what_is_stood_upon_stays),
	  UNIT_TEST(a_rolled_back_pair_leaves_nothing), UNIT_TEST(a_name_moves_to_another_image),
	  UNIT_TEST(shared_blobs_have_two_users), UNIT_TEST(damage_is_said),
	  UNIT_TEST(a_newer_schema_is_refused), UNIT_TEST(an_older_file_is_brought_up_to_date),
	  UNIT_TEST(nobody_else_may_read_it), UNIT_TEST(values_are_kept))

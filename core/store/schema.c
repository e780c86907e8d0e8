/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - the tables, and how a file of an older version becomes one of this version.
 *
 * PRAGMA user_version counts the entries of `versions` that were applied. An entry never changes
 * once released: a new column is a new entry with ALTER TABLE.
 */
#include "private.h"

#include <errno.h>
#include <stdio.h>

#include <cleat/cleanup.h>

static const char version_1[] =
	"CREATE TABLE value(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	/* The tree. AUTOINCREMENT: a number names a directory and is never used twice. */
	"CREATE TABLE snapshot("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, plugin TEXT NOT NULL, kind INTEGER NOT NULL,"
	" parent INTEGER REFERENCES snapshot(number) ON DELETE RESTRICT,"
	" name TEXT NOT NULL DEFAULT '', base TEXT NOT NULL DEFAULT '',"
	" ready INTEGER NOT NULL DEFAULT 0, uid INTEGER NOT NULL DEFAULT 0,"
	" gid INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
	" inodes INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX snapshot_name ON snapshot(plugin, name) WHERE name <> '';"
	"CREATE INDEX snapshot_parent ON snapshot(parent);"
	"CREATE TABLE container("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, id TEXT NOT NULL,"
	" name TEXT NOT NULL, config BLOB NOT NULL, image TEXT NOT NULL DEFAULT '',"
	" image_digest TEXT NOT NULL DEFAULT '', image_id TEXT NOT NULL DEFAULT '',"
	" runtime TEXT NOT NULL DEFAULT '', snapshotter TEXT NOT NULL DEFAULT '',"
	" io TEXT NOT NULL DEFAULT '',"
	" snapshot INTEGER REFERENCES snapshot(number) ON DELETE RESTRICT,"
	" created_at INTEGER NOT NULL DEFAULT 0, phase INTEGER NOT NULL DEFAULT 0,"
	" started_at INTEGER NOT NULL DEFAULT 0, finished_at INTEGER NOT NULL DEFAULT 0,"
	" started_boot_ns INTEGER NOT NULL DEFAULT 0, pid INTEGER NOT NULL DEFAULT 0,"
	" error TEXT NOT NULL DEFAULT '', exit_code INTEGER NOT NULL DEFAULT 0,"
	" exit_signal INTEGER NOT NULL DEFAULT 0, exit_core INTEGER NOT NULL DEFAULT 0,"
	" exit_oom INTEGER NOT NULL DEFAULT 0, oom_kills INTEGER NOT NULL DEFAULT 0,"
	" cause INTEGER NOT NULL DEFAULT 0, policy TEXT NOT NULL DEFAULT '',"
	" manual INTEGER NOT NULL DEFAULT 0, started_before INTEGER NOT NULL DEFAULT 0,"
	" generation INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,"
	" restart_count INTEGER NOT NULL DEFAULT 0, budget_base INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0, level INTEGER NOT NULL DEFAULT 0,"
	" next_boot_ns INTEGER NOT NULL DEFAULT 0, next_wall_ns INTEGER NOT NULL DEFAULT 0,"
	" reason TEXT NOT NULL DEFAULT '', boot_id TEXT NOT NULL DEFAULT '');"
	"CREATE UNIQUE INDEX container_id ON container(ns, id);"
	"CREATE UNIQUE INDEX container_name ON container(ns, name);"
	"CREATE INDEX container_snapshot ON container(snapshot);"
	"CREATE INDEX container_image ON container(image_digest);"
	"CREATE TABLE image("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, name TEXT NOT NULL,"
	" digest TEXT NOT NULL, id TEXT NOT NULL, size INTEGER NOT NULL DEFAULT 0,"
	" created_at INTEGER NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX image_name ON image(ns, name);"
	"CREATE INDEX image_digest ON image(digest);"
	"CREATE TABLE content(manifest TEXT NOT NULL, digest TEXT NOT NULL,"
	" size INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(manifest, digest)) WITHOUT ROWID;"
	"CREATE INDEX content_digest ON content(digest);";

/* Supervision: restarts that fail, and what cannot be cleaned up. */
static const char version_2[] =
	"ALTER TABLE container ADD COLUMN finished_boot_ns INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN streak INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN start_errors INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN starts TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE container ADD COLUMN killed_for INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN restart_boot INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN gc_since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN gc_tries INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN gc_next_ns INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN gc_remove INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN gc_why TEXT NOT NULL DEFAULT '';";

/* User namespaces: whose ids a container has, for as long as it is there. */
static const char version_3[] =
	"ALTER TABLE container ADD COLUMN userns_uid INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN userns_gid INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE container ADD COLUMN userns_size INTEGER NOT NULL DEFAULT 0;";

static const char *const versions[] = { version_1, version_2, version_3 };

static int apply(struct store *store, size_t version, struct cleat_error *err)
{
	char mark[64];

	(void)snprintf(mark, sizeof(mark), "PRAGMA user_version = %zu", version + 1);
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	r = store_exec(store, versions[version], "make the tables", err);
	if (r == 0)
		r = store_exec(store, mark, "mark the version", err);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	return store_commit(store, err);
}

int schema_migrate(struct store *store, struct cleat_error *err)
{
	sqlite3_stmt *statement = store_statement(store, "PRAGMA user_version", err);
	int64_t version = 0;

	if (!statement)
		return -err->errnum;
	int r = store_integer(store, statement, "read the version", &version, err);

	if (r < 0)
		return r;
	if (version < 0 || (size_t)version > ARRAY_SIZE(versions))
		return cleat_fail(err, ENOTSUP,
				  "cannot use '%s': it has version %lld and this cleat knows %zu; "
				  "install the newer cleat again",
				  store->path, (long long)version, ARRAY_SIZE(versions));
	for (size_t i = (size_t)version; r == 0 && i < ARRAY_SIZE(versions); i++)
		r = apply(store, i, err);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - what must survive: containers with their restart state, images, the snapshot tree.
 *
 * One SQLite file, <root>/cleat.db: WAL, synchronous=FULL, foreign keys on. The tree's rules are
 * foreign keys, so that not even a bug of ours can remove a snapshot that something stands on
 * (EBUSY). Calls are short and run on the loop's thread; one that writes has reached the disk when
 * it returns, unless it is inside store_begin ... store_commit or store_relax said so. Errors: ENOSPC for a full disk,
 * EUCLEAN for a damaged file, EEXIST for what is unique, EBUSY for what is in use, EIO.
 */
#ifndef CORE_STORE_STORE_H
#define CORE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct store;

/** Open or make <root>/cleat.db and bring its schema up to date. ENOTSUP: written by a newer cleat. */
int store_open(const char *root, struct store **out, struct cleat_error *err);
void store_close(struct store *store); /* NULL is fine */

/**
 * Several writes as one: all or nothing. Not nested, and never held across a return to the loop. A
 * failed call inside does not end the transaction: call store_rollback.
 */
int store_begin(struct store *store, struct cleat_error *err);
int store_commit(struct store *store, struct cleat_error *err); /* rolls back when it fails */
void store_rollback(struct store *store);

/**
 * What is written while @relaxed outlives the daemon, but a power cut may take it back, together
 * with all that was written after it and before the next durable write: order is kept. For rows
 * whose loss a start of the daemon settles anyway. Not inside a transaction.
 */
void store_relax(struct store *store, bool relaxed);

/** A small value of the daemon's own ("boot_id"). *out: free it; ENOENT. */
int store_get_value(struct store *store, const char *key, char **out, struct cleat_error *err);
int store_set_value(struct store *store, const char *key, const char *value,
		    struct cleat_error *err);

/* ---- containers ------------------------------------------------------------------------------- */

/**
 * A row. Strings are owned by the struct (NULL reads and writes as ""), times are nanoseconds of
 * CLOCK_REALTIME. What the numbers `phase` and `cause` mean is core/task's business.
 */
struct store_container {
	int64_t number; /* given by store_container_add */
	char *ns, *id, *name;
	void *config; /* packed cleat.v1.ContainerConfig, merged with the image's */
	size_t config_len;
	char *image;        /* reference as the user wrote it */
	char *image_digest; /* of the manifest, "" without image */
	char *image_id;     /* of its config */
	char *runtime, *snapshotter, *io;
	int64_t snapshot; /* number of its root filesystem; 0: none */
	int64_t created_at;

	int64_t phase;
	int64_t started_at, finished_at;
	int64_t started_boot_ns; /* CLOCK_BOOTTIME of the last start: true run time */
	int64_t pid;
	char *error; /* why the last start failed */
	int64_t exit_code, exit_signal, exit_core, exit_oom, oom_kills, cause;

	/* restart state (restart-and-lifecycle.md 2.9.5) */
	char *policy;           /* "on-failure:3"; "no" */
	int64_t manual;         /* stopped by a user since the last start by hand */
	int64_t started_before; /* its program has run at least once */
	int64_t generation, attempt;
	int64_t restart_count, budget_base, failures;
	int64_t next_boot_ns, next_wall_ns; /* the pending restart; 0: none */
	char *reason;                       /* of the last decision, for inspect */
	char *boot_id;                      /* of the boot that this state belongs to */
	int64_t finished_boot_ns;           /* CLOCK_BOOTTIME of the last end; 0: not known */
	int64_t streak;                     /* bad ends in a row */
	int64_t start_errors;               /* automatic starts in a row that failed */
	char *starts;         /* CLOCK_BOOTTIME of the last starts, youngest first, by blanks */
	int64_t killed_for;   /* the cause for which we are about to end it; 0: none */
	int64_t restart_boot; /* the pending restart is one that a start of the daemon brought */
	int64_t gc_since;     /* since when it cannot be cleaned up (wall clock); 0: it is clean */
	int64_t gc_tries;     /* and how often that was tried */
	int64_t gc_next_ns;   /* CLOCK_REALTIME of the next try */
	int64_t gc_remove;    /* somebody wants it removed afterwards */
	char *gc_why;         /* what stands in the way */

	/* Its user namespace: ids 0 .. size - 1 are these of the host; size 0: it has none. */
	int64_t userns_uid, userns_gid, userns_size;
};
void store_container_fini(struct store_container *row); /* frees strings, zeroes */
/** Give every string that is NULL the value "". ENOMEM. */
int store_container_fill(struct store_container *row);

/** Insert; sets row->number. EEXIST: the id or the name is taken in its namespace. */
int store_container_add(struct store *store, struct store_container *row, struct cleat_error *err);
/** Write all columns of the row with row->number. ENOENT, EEXIST (name). */
int store_container_save(struct store *store, const struct store_container *row,
			 struct cleat_error *err);
/** Remove; what is not there is success. */
int store_container_delete(struct store *store, int64_t number, struct cleat_error *err);
/** Call @each for every container in the order they were made; a negative answer ends it. @each may
 *  keep the row's strings if it zeroes the struct. */
int store_containers(struct store *store,
		     int (*each)(void *arg, struct store_container *row, struct cleat_error *err),
		     void *arg, struct cleat_error *err);

/* ---- snapshots -------------------------------------------------------------------------------- */

enum store_kind {
	STORE_LAYER = 0,     /* being unpacked: no name, nobody may stand on it */
	STORE_COMMITTED = 1, /* frozen under its chain id: a parent */
	STORE_ROOT = 2,      /* a container's writable root filesystem */
	STORE_GARBAGE = 3,   /* nobody's: directory and row wait for their removal */
};

struct store_snapshot {
	int64_t number; /* also the directory's name: <root>/snapshots/<plugin>/<number> */
	char *plugin;
	int64_t kind;   /* enum store_kind */
	int64_t parent; /* number of a committed one of the same plugin, 0: none */
	char *name;     /* chain id of a committed one, unique in its plugin; else "" */
	char *base;     /* directory below everything (--rootfs DIR:O), or "" */
	int64_t ready;  /* the plugin has prepared it; 0 after a crash in between */
	int64_t uid, gid;
	int64_t bytes, inodes; /* of a committed one, measured once */
	int64_t created_at;
};
void store_snapshot_fini(struct store_snapshot *row);

/** Insert; sets row->number, which is never used twice. EEXIST: the name; ENOENT: the parent. */
int store_snapshot_add(struct store *store, struct store_snapshot *row, struct cleat_error *err);
int store_snapshot_save(struct store *store, const struct store_snapshot *row,
			struct cleat_error *err);
/** EBUSY: a snapshot or a container stands on it. What is not there is success. */
int store_snapshot_delete(struct store *store, int64_t number, struct cleat_error *err);
/** ENOENT. Give *out to store_snapshot_fini. */
int store_snapshot_get(struct store *store, int64_t number, struct store_snapshot *out,
		       struct cleat_error *err);
/** The committed one with this chain id. ENOENT. */
int store_snapshot_find(struct store *store, const char *plugin, const char *name,
			struct store_snapshot *out, struct cleat_error *err);
/** How many snapshots and containers stand on it: <0 or the number. */
int store_snapshot_users(struct store *store, int64_t number, struct cleat_error *err);
/** Every snapshot, parents before children. */
int store_snapshots(struct store *store,
		    int (*each)(void *arg, const struct store_snapshot *row,
				struct cleat_error *err),
		    void *arg, struct cleat_error *err);

/* ---- images and content ------------------------------------------------------------------------ */

struct store_image {
	int64_t number;
	char *ns, *name; /* normalised: "debian:bookworm" */
	char *digest;    /* of the manifest */
	char *id;        /* of the config: docker's image id */
	int64_t size;    /* of the blobs */
	int64_t created_at;
};
void store_image_fini(struct store_image *row);

/** Name an image, taking the name from another one if need be. Sets row->number. */
int store_image_put(struct store *store, struct store_image *row, struct cleat_error *err);
/** ENOENT: untagged or never there. */
int store_image_get(struct store *store, const char *ns, const char *name, struct store_image *out,
		    struct cleat_error *err);
/** Remove the name. ENOENT. */
int store_image_delete(struct store *store, const char *ns, const char *name,
		       struct cleat_error *err);
/** All of a namespace (NULL: of all), sorted by name. */
int store_images(struct store *store, const char *ns,
		 int (*each)(void *arg, const struct store_image *row, struct cleat_error *err),
		 void *arg, struct cleat_error *err);
/** How many names (of all namespaces) and how many containers use manifest @digest: <0 or number. */
int store_digest_names(struct store *store, const char *digest, struct cleat_error *err);
int store_digest_containers(struct store *store, const char *ns, const char *digest,
			    struct cleat_error *err);

/*
 * Which blobs a manifest needs (itself, its config, its layers) and which snapshot chains it ends
 * in: what is in no manifest that a name or a container uses may go. A blob shared by two images
 * stays until both are gone.
 */
/** Remember that manifest @manifest needs blob @digest of @size bytes. Repeating is success. */
int store_content_add(struct store *store, const char *manifest, const char *digest, int64_t size,
		      struct cleat_error *err);
/** Forget a manifest's needs. */
int store_content_forget(struct store *store, const char *manifest, struct cleat_error *err);
/** Manifests that need blob @digest: <0 or number. */
int store_content_users(struct store *store, const char *digest, struct cleat_error *err);
/** Every (manifest, blob). */
int store_contents(struct store *store, const char *manifest /* NULL: all */,
		   int (*each)(void *arg, const char *manifest, const char *digest, int64_t size,
			       struct cleat_error *err),
		   void *arg, struct cleat_error *err);

#endif

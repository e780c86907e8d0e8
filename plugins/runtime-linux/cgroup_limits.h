/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_limits.h - linux.resources as a list of writes.
 *
 * Everything that can be said about the values is said here, before anything is touched. What the
 * kernel alone can judge is left to the write.
 */
#ifndef RUNTIME_LINUX_CGROUP_LIMITS_H
#define RUNTIME_LINUX_CGROUP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/json.h>

#include "cgroup_tree.h"

enum {
	WRITE_OPTIONAL = 1, /* a kernel without the file is fine */
	WRITE_LINES = 2,    /* a list: one write a line, and no old value to go back to */
	WRITE_MERGE = 4,    /* a word "-" keeps what the file says */
};

/** One value for one file. */
struct cgroup_write {
	const char *what; /* "memory limit", for people */
	char *file;
	const char *other_file; /* when @file does not exist; may be NULL */
	char *value;
	int root; /* index of the hierarchy */
	unsigned int flags;
};

struct cgroup_limits {
	struct cgroup_write *writes;
	size_t n, room;
	const struct json *devices; /* the array, borrowed; cgroup_devices.c reads it */
	bool check_before_update;   /* of memory */
	int64_t memory_limit;       /* 0: none given */
	bool no_process;            /* pids.limit is 0 */
};

/**
 * Read @resources (NULL: nothing). @memory_limit_now is what a running container has, for an
 * update that gives only memory.swap; 0 when creating.
 */
int cgroup_limits_parse(const struct cgroup_tree *tree, const struct json *resources,
			int64_t memory_limit_now, struct cgroup_limits *out,
			struct cleat_error *err);
void cgroup_limits_fini(struct cgroup_limits *limits);

/* Between cgroup_limits.c and the files that know one controller each. */
struct limits_reader {
	const struct cgroup_tree *tree;
	const struct json *object; /* the controller's: resources.memory, ... */
	int64_t memory_limit_now;
	struct cgroup_limits *out;
};
/** Version of the hierarchy in which @controller lives: 1, 2, or 0 for nowhere. */
int limits_version(const struct limits_reader *r, const char *controller);
/** Add a write; @file NULL means that this version of cgroups cannot do it: ENOTSUP. */
int limits_add(struct limits_reader *r, const char *controller, const char *what,
	       unsigned int flags, const char *file, struct cleat_error *err, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
/** The file to use where the one of the last write does not exist. */
void limits_or_file(struct limits_reader *r, const char *file);

int limits_read_memory(struct limits_reader *r, struct cleat_error *err);
int limits_read_cpu(struct limits_reader *r, struct cleat_error *err);
int limits_read_block_io(struct limits_reader *r, struct cleat_error *err);
int limits_read_pids(struct limits_reader *r, struct cleat_error *err);
int limits_read_huge_pages(struct limits_reader *r, struct cleat_error *err);
int limits_read_network(struct limits_reader *r, struct cleat_error *err);
int limits_read_rdma(struct limits_reader *r, struct cleat_error *err);
int limits_read_unified(struct limits_reader *r, struct cleat_error *err);

#endif

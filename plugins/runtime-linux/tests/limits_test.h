/* SPDX-License-Identifier: Apache-2.0 */
/* limits_test.h - what the tests of this folder share: JSON from a literal, a fake cgroup tree. */
#ifndef RUNTIME_LINUX_LIMITS_TEST_H
#define RUNTIME_LINUX_LIMITS_TEST_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/json.h>

#include "cgroup_tree.h"

/** Parse a literal; single quotes stand for double ones. Aborts on a mistake. */
static inline struct json_doc *doc_of(const char *text)
{
	char *copy = strdup(text);
	struct json_doc *doc = NULL;
	struct cleat_error err;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (json_parse(copy, strlen(copy), &doc, &err) < 0) {
		(void)fprintf(stderr, "bad literal: %s: %s\n", err.text, copy);
		abort();
	}
	free(copy);
	return doc;
}

/** Write @text to @dir/@name, making @dir. */
static inline void put_file(const char *dir, const char *name, const char *text)
{
	char path[512];

	(void)mkdir(dir, 0755);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/** A directory that looks like the root of a v2 hierarchy, and the mount table for it. */
static inline void fake_v2(const char *dir, struct cgroup_tree *out)
{
	char table[600];
	char line[600];
	struct cleat_error err;

	put_file(dir, "cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
	put_file(dir, "cgroup.subtree_control", "");
	(void)snprintf(line, sizeof(line), "41 31 0:38 / %s rw - cgroup2 cgroup2 rw\n", dir);
	(void)snprintf(table, sizeof(table), "%s.table", dir);
	FILE *file = fopen(table, "we");

	if (!file || fputs(line, file) < 0 || fclose(file) != 0 ||
	    cgroup_tree_read(table, false, out, &err) < 0)
		abort();
}

#endif

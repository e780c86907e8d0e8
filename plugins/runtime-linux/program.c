/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.c - find args[0] as execvp would, in the container, with the container's PATH.
 *
 * At create time, so that "not found" is an error of create. The sentences are the ones that
 * engines look for to tell 127 from 126.
 */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

/* 0: can be executed; -EACCES, -EISDIR, -ENOENT ... */
static int judge(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static const char *search_path(const struct plan_process *p)
{
	for (size_t i = 0; i < p->nenv; i++)
		if (strncmp(p->env[i], "PATH=", 5) == 0)
			return p->env[i] + 5;
	return "";
}

static int find_in_path(struct init *init, const char *name, struct cleat_error *err)
{
	int best = -ENOENT;

	for (const char *at = search_path(init->process);; at++) {
		size_t len = strcspn(at, ":");
		int used = snprintf(init->program, sizeof(init->program), "%.*s/%s",
				    (int)(len ? len : 1), len ? at : ".", name);
		int r = used < 0 || (size_t)used >= sizeof(init->program) ? -ENAMETOOLONG
									  : judge(init->program);

		if (r == 0)
			return 0;
		if (r == -EACCES)
			best = r;
		at += len;
		if (!*at)
			break;
	}
	if (best == -EACCES)
		return cleat_fail(err, EACCES, "exec: \"%s\": permission denied", name);
	return cleat_fail(err, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

int program_find(struct init *init, struct cleat_error *err)
{
	const char *name = init->process->args[0];

	if (!strchr(name, '/'))
		return find_in_path(init, name, err);
	if (strlen(name) >= sizeof(init->program))
		return cleat_fail(err, ENAMETOOLONG, "exec: \"%.40s...\": file name too long",
				  name);
	memcpy(init->program, name, strlen(name) + 1);
	switch (judge(name)) {
	case 0:
		return 0;
	case -ENOENT:
		return cleat_fail(err, ENOENT, "exec: \"%s\": no such file or directory", name);
	case -EISDIR:
		/* both halves are looked for: docker takes the one for 126, podman the other */
		return cleat_fail(err, EACCES, "exec: \"%s\": is a directory: permission denied",
				  name);
	case -EACCES:
		return cleat_fail(err, EACCES, "exec: \"%s\": permission denied", name);
	default:
		return cleat_fail(err, -judge(name), "exec: \"%s\": %m", name);
	}
}

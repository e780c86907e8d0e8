/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysctl.c - linux.sysctl: only what belongs to a namespace of the container's own.
 *
 * A sysctl outside a namespace is the host's: kernel.core_pattern means root there (CVE-2022-0811).
 * So keys are allowed, not denied: each row below says which namespace a key lives in, and that
 * namespace must be new or at least not ours. net.* follows the network namespace as a whole: a key
 * of it that the kernel does not separate is read-only or absent inside.
 */
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "name.h"

struct pair {
	char *path; /* below the procfs: "sys/net/ipv4/ip_forward" */
	char *value;
};

struct sysctls {
	size_t n;
	struct pair list[];
};

static const struct {
	const char *prefix; /* of the path; with '/' at the end it is a folder */
	const char *type, *proc_name;
} allowed[] = {
	{ "kernel/msgmax", "ipc", "ipc" },     { "kernel/msgmnb", "ipc", "ipc" },
	{ "kernel/msgmni", "ipc", "ipc" },     { "kernel/sem", "ipc", "ipc" },
	{ "kernel/shmall", "ipc", "ipc" },     { "kernel/shmmax", "ipc", "ipc" },
	{ "kernel/shmmni", "ipc", "ipc" },     { "kernel/shm_rmid_forced", "ipc", "ipc" },
	{ "fs/mqueue/", "ipc", "ipc" },        { "net/", "network", "net" },
	{ "kernel/domainname", "uts", "uts" }, { "user/", "user", "user" },
};

/* Is the namespace at @path another one than ours? */
static bool is_foreign(const char *path, const char *proc_name)
{
	char ours[64];
	struct stat a;
	struct stat b;

	(void)snprintf(ours, sizeof(ours), "/proc/self/ns/%s", proc_name);
	return stat(ours, &a) == 0 && stat(path, &b) == 0 &&
	       (a.st_ino != b.st_ino || a.st_dev != b.st_dev);
}

static bool has_own(const struct json *config, const char *type, const char *proc_name)
{
	const struct json *list = json_path(config, "linux.namespaces");

	for (size_t i = 0; i < json_len(list); i++) {
		const char *this_type = json_text(json_get(json_at(list, i), "type"));
		const char *path = json_text(json_get(json_at(list, i), "path"));

		if (this_type && strcmp(this_type, type) == 0)
			return !path || !*path || is_foreign(path, proc_name);
	}
	return false;
}

/*
 * "net.ipv4.conf.eth0/1.x" and "net/ipv4/conf/eth0.1/x" are the same file: the first of the two
 * characters that appears is the separator, the other one stands for itself exchanged. (sysctl(8))
 */
static char *path_of(const char *key)
{
	char *path = strdup(key);
	const char *first = strpbrk(key, "./");

	if (path && first && *first == '.')
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

static bool is_key(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_.-/:@")] == '\0';
}

static int check(const struct json *config, const char *key, const char *path,
		 struct cleat_error *err)
{
	if (!is_key(key))
		return cleat_fail(err, EINVAL,
				  "a key is made of letters, digits and _ . - /, not '%.80s'", key);
	if (*path == '/' || strstr(path, "//") || path[strlen(path) - 1] == '/')
		return cleat_fail(err, EINVAL, "'%.80s' has an empty component", key);
	if (name_check_path(path, "a sysctl", err) < 0)
		return -err->errnum;
	if (strcmp(path, "kernel/hostname") == 0)
		return cleat_fail(err, EINVAL, "'%s' is set by the hostname of the configuration",
				  key);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		size_t len = strlen(allowed[i].prefix);
		bool folder = allowed[i].prefix[len - 1] == '/';

		if (folder ? strncmp(path, allowed[i].prefix, len) != 0
			   : strcmp(path, allowed[i].prefix) != 0)
			continue;
		if (has_own(config, allowed[i].type, allowed[i].proc_name))
			return 0;
		return cleat_fail(
			err, EINVAL,
			"'%.80s' would change the host: the container has no %s namespace "
			"of its own",
			key, allowed[i].type);
	}
	return cleat_fail(err, EINVAL, "'%.80s' is not in any namespace: it would change the host",
			  key);
}

static int add(const struct json *config, const char *key, const struct json *value,
	       struct pair *out, struct cleat_error *err)
{
	_cleanup_free_ char *path = path_of(key);
	const char *text = json_text(value);

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot read it: %m");
	if (!text)
		return cleat_fail(err, EINVAL, "the value of '%.80s' must be a string", key);
	if (check(config, key, path, err) < 0)
		return -err->errnum;
	out->value = strdup(text);
	if (!out->value || asprintf(&out->path, "sys/%s", path) < 0) {
		out->path = NULL;
		return cleat_fail(err, ENOMEM, "cannot read it: %m");
	}
	return 0;
}

int sysctl_plan(const struct json *config, struct sysctls **out, struct cleat_error *err)
{
	const struct json *object = NULL;

	if (json_get_node(json_get(config, "linux"), "sysctl", JSON_OBJECT, &object, err) < 0)
		return cleat_wrap(err, "linux");
	size_t n = json_len(object);
	_cleanup_(sysctl_freep) struct sysctls *list =
		calloc(1, sizeof(*list) + n * sizeof(list->list[0]));

	if (!list)
		return cleat_fail(err, ENOMEM, "cannot read linux.sysctl: %m");
	for (; list->n < n; list->n++)
		if (add(config, json_key(object, list->n), json_at(object, list->n),
			&list->list[list->n], err) < 0) {
			list->n++;
			return cleat_wrap(err, "linux.sysctl");
		}
	*out = take_ptr(list);
	return 0;
}

static int apply_one(const struct pair *pair, int procfs_fd)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	_cleanup_close_ int fd =
		(int)syscall(SYS_openat2, procfs_fd, pair->path, &how, sizeof(how));
	size_t len = strlen(pair->value);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, pair->value, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EINVAL;
}

int sysctl_apply(const struct sysctls *list, int procfs_fd, struct cleat_error *err)
{
	for (size_t i = 0; list && i < list->n; i++) {
		int rc = apply_one(&list->list[i], procfs_fd);

		if (rc < 0)
			return cleat_fail(err, -rc, "cannot set sysctl '%s' to '%.80s': %m",
					  list->list[i].path + strlen("sys/"), list->list[i].value);
	}
	return 0;
}

void sysctl_free(struct sysctls *list)
{
	for (size_t i = 0; list && i < list->n; i++) {
		free(list->list[i].path);
		free(list->list[i].value);
	}
	free(list);
}

void sysctl_freep(struct sysctls **list)
{
	sysctl_free(*list);
}

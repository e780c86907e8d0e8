/* SPDX-License-Identifier: Apache-2.0 */
/* criu_external.c - mounts that lead to the host, and namespaces that were joined. */
#include "criu_external.h"

#include "criu_run.h"
#include "mounts.h"
#include "path.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void put_mount(struct criu_message *opts, const char *key, const char *value)
{
	char text[2 * PATH_MAX + 16];

	(void)snprintf(text, sizeof(text), "mnt[%s]:%s", key, value);
	criu_put_text(opts, OPT_EXTERNAL, text);
}

/* As the kernel lists it. */
static void place_of(const char *destination, char out[PATH_MAX + 1])
{
	out[0] = '/';
	mounts_clean_path(destination, out + 1, PATH_MAX);
}

/* In a user namespace nodes cannot be made: they are the host's, of the same paths. */
static void put_devices(const struct plan *plan, struct criu_message *opts)
{
	size_t n = 0;
	const struct plan_device *defaults = devices_default(&n);

	if (!plan->namespaces[NS_USER].wanted)
		return;
	for (size_t i = 0; i < n; i++)
		put_mount(opts, defaults[i].path, defaults[i].path);
	for (size_t i = 0; i < plan->ndevices; i++)
		put_mount(opts, plan->devices[i].path, plan->devices[i].path);
}

/* ---- dump ------------------------------------------------------------------------------------------ */

/* A masked directory is a tmpfs of the container's own; a masked file is the host's null device. */
static bool is_null_device(int root, const char *path)
{
	struct stat st;
	_cleanup_close_ int fd = path_open(root, path, O_PATH, 0);

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static int dump_namespace(const struct plan *plan, enum plan_ns ns, pid_t pid, const char *proc,
			  const char *name, struct criu_message *opts, struct cleat_error *err)
{
	char text[128];
	struct stat st;

	if (!plan->namespaces[ns].path)
		return 0;
	(void)snprintf(text, sizeof(text), "/proc/%d/ns/%s", (int)pid, proc);
	if (stat(text, &st) < 0)
		return cleat_fail(err, errno, "cannot look at '%s': %m", text);
	(void)snprintf(text, sizeof(text), "%s[%lu]:%s", proc, (unsigned long)st.st_ino, name);
	criu_put_text(opts, OPT_EXTERNAL, text);
	return 0;
}

int criu_external_dump(const struct plan *plan, pid_t pid, struct criu_message *opts,
		       struct cleat_error *err)
{
	char place[PATH_MAX + 1];
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	_cleanup_close_ int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return cleat_fail(err, errno, "cannot open the container's root: %m");
	for (size_t i = 0; i < plan->nmounts; i++) {
		if (!plan->mounts[i].options.bind)
			continue;
		place_of(plan->mounts[i].destination, place);
		put_mount(opts, place, place);
	}
	for (const char **masked = plan->masked; masked && *masked; masked++)
		if (is_null_device(root, *masked))
			put_mount(opts, *masked, *masked);
	put_devices(plan, opts);
	int r = dump_namespace(plan, NS_NETWORK, pid, "net", "extRootNetNS", opts, err);

	return r < 0 ? r : dump_namespace(plan, NS_PID, pid, "pid", "extRootPidNS", opts, err);
}

/* ---- restore --------------------------------------------------------------------------------------- */

static int restore_mount(const struct plan_mount *m, int bundle_fd, struct criu_message *opts,
			 struct cleat_error *err)
{
	char place[PATH_MAX + 1];
	char bundle[PATH_MAX] = "";
	char source[2 * PATH_MAX];
	char link[32];

	place_of(m->destination, place);
	if (*m->source == '/') {
		put_mount(opts, place, m->source);
		return 0;
	}
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", bundle_fd);
	ssize_t n = readlink(link, bundle, sizeof(bundle) - 1);

	if (n < 0)
		return cleat_fail(err, errno, "cannot name the bundle: %m");
	bundle[n] = '\0';
	(void)snprintf(source, sizeof(source), "%s/%s", bundle, m->source);
	put_mount(opts, place, source);
	return 0;
}

int criu_external_restore(const struct plan *plan, int bundle_fd, struct criu_message *opts,
			  struct cleat_error *err)
{
	for (size_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].options.bind &&
		    restore_mount(&plan->mounts[i], bundle_fd, opts, err) < 0)
			return -err->errnum;
	for (const char **masked = plan->masked; masked && *masked; masked++)
		put_mount(opts, *masked, "/dev/null");
	put_devices(plan, opts);
	return 0;
}

void criu_external_namespace(enum plan_ns ns, int fd, struct criu_message *opts)
{
	struct criu_message inherit = { 0 };

	if (ns != NS_NETWORK && ns != NS_PID)
		return;
	criu_put_text(&inherit, 1, ns == NS_NETWORK ? "extRootNetNS" : "extRootPidNS");
	criu_put_number(&inherit, 2, (uint64_t)fd);
	criu_put_message(opts, OPT_INHERIT_FD, &inherit);
}

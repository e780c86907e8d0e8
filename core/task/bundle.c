/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c - a container's directory on tmpfs. */
#include "task/bundle.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

enum { RECORD_MAX = 64 << 10, CONFIG_MAX = 16 << 20 };

void bundle_io_fini(struct bundle_io *io)
{
	free(io->in);
	free(io->out);
	free(io->err);
	memset(io, 0, sizeof(*io));
}

static int open_bundle(const char *path, struct cleat_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? cleat_fail(err, errno, "cannot open bundle '%s': %m", path) : fd;
}

/* A shim that was killed may have left the root mounted (key rootfs-mount = host): detach it, or
 * clearing the bundle would empty the container's files. */
static void unmount_left(const char *path)
{
	_cleanup_free_ char *rootfs = text_format("%s/rootfs", path);

	while (rootfs && umount2(rootfs, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
}

static int open_parent(const char *path, char **out_name, bool make, struct cleat_error *err)
{
	_cleanup_free_ char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;

	if (!slash)
		return cleat_fail(err, copy ? EINVAL : ENOMEM, "cannot use bundle '%s': %m", path);
	*slash = '\0';
	*out_name = strdup(slash + 1);
	if (!*out_name)
		return cleat_fail(err, ENOMEM, "cannot use bundle '%s': %m", path);
	if (make)
		return dir_make(copy, 0711, err);
	int fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? cleat_fail(err, errno, "cannot open '%s': %m", copy) : fd;
}

int bundle_make(const char *path, struct cleat_error *err)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int parent = open_parent(path, &name, true, err);

	if (parent < 0)
		return parent;
	unmount_left(path);
	int r = dir_remove_tree(parent, name, err);

	if (r < 0)
		return r;
	if (mkdirat(parent, name, 0700) < 0)
		return cleat_fail(err, errno, "cannot make bundle '%s': %m", path);
	_cleanup_close_ int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || mkdirat(dir, "io", 0700) < 0 || mkdirat(dir, "rootfs", 0711) < 0)
		return cleat_fail(err, errno, "cannot make bundle '%s': %m", path);
	return 0;
}

int bundle_remove(const char *path, struct cleat_error *err)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int parent = open_parent(path, &name, false, err);

	if (parent == -ENOENT)
		return 0;
	if (parent < 0)
		return parent;
	unmount_left(path);
	return dir_remove_tree(parent, name, err);
}

int bundle_write(const char *path, const char *name, const char *text, struct cleat_error *err)
{
	_cleanup_close_ int dir = open_bundle(path, err);

	return dir < 0 ? dir : file_replace(dir, name, text, strlen(text), 0600, false, err);
}

int bundle_read(const char *path, const char *name, char **out, struct cleat_error *err)
{
	_cleanup_close_ int dir = open_bundle(path, err);
	size_t len = 0;

	return dir < 0 ? dir : fd_read_file(dir, name, CONFIG_MAX, out, &len, err);
}

static int parse_exit(const char *text, struct bundle_exit *out, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	const char *unhealthy = "";
	int r = json_parse(text, strlen(text), &doc, err);

	if (r < 0)
		return r;
	const struct json *root = json_root(doc);

	if (json_get_i64(root, "pid", &out->pid, err) < 0 ||
	    json_get_i64(root, "exit_status", &out->exit_status, err) < 0 ||
	    json_get_i64(root, "signal", &out->signal, err) < 0 ||
	    json_get_i64(root, "exited_at", &out->exited_at, err) < 0 ||
	    json_get_i64(root, "oom_kills", &out->oom_kills, err) < 0 ||
	    json_get_bool(root, "core", &out->core, err) < 0 ||
	    json_get_bool(root, "oom", &out->oom, err) < 0 ||
	    json_get_bool(root, "ours", &out->ours, err) < 0 ||
	    json_get_bool(root, "lost", &out->lost, err) < 0 ||
	    json_get_text(root, "unhealthy", &unhealthy, err) < 0)
		return -err->errnum;
	(void)snprintf(out->unhealthy, sizeof(out->unhealthy), "%s", unhealthy);
	struct cleat_error older = { 0 }; /* an older shim's record lacks it */

	(void)json_get_i64(root, "exited_boot", &out->exited_boot, &older);
	return 0;
}

int bundle_read_exit(const char *path, const char *exec_id, struct bundle_exit *out,
		     struct cleat_error *err)
{
	_cleanup_free_ char *name =
		*exec_id ? text_format("exec-%s.json", exec_id) : strdup("exit.json");
	_cleanup_free_ char *text = NULL;
	struct bundle_exit record = { 0 };

	if (!name)
		return cleat_fail(err, ENOMEM, "cannot read an exit record: %m");
	int r = bundle_read(path, name, &text, err);

	if (r == 0)
		r = parse_exit(text, &record, err);
	if (r < 0)
		return cleat_wrap(err, "cannot read '%s' of '%s'", name, path);
	*out = record;
	return 0;
}

static char *fifo_path(const char *path, const char *exec_id, const char *stream)
{
	return text_format("%s/io/%s%s%s", path, exec_id, *exec_id ? "-" : "", stream);
}

static int make_fifo(const char *path, const char *exec_id, const char *stream, char **out,
		     struct cleat_error *err)
{
	char *name = fifo_path(path, exec_id, stream);

	if (!name)
		return cleat_fail(err, ENOMEM, "cannot make a fifo: %m");
	/* The client is root too: nobody else may read what a container says. */
	if (mkfifo(name, 0700) < 0) {
		(void)cleat_fail(err, errno, "cannot make fifo '%s': %m", name);
		free(name);
		return -err->errnum;
	}
	*out = name;
	return 0;
}

static int stream(const char *path, const char *exec_id, const char *name, bool wanted,
		  const char *elsewhere, char **out, struct cleat_error *err)
{
	if (wanted)
		return make_fifo(path, exec_id, name, out, err);
	*out = strdup(elsewhere);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot make a stream: %m");
}

int bundle_make_io(const char *path, const char *exec_id, bool terminal, bool in, bool out,
		   bool err_stream, const char *elsewhere, struct bundle_io *io,
		   struct cleat_error *err)
{
	struct bundle_io made = { 0 };
	int r = stream(path, exec_id, "stdin", in, "", &made.in, err);

	if (r == 0)
		r = stream(path, exec_id, "stdout", out, elsewhere, &made.out, err);
	if (r == 0)
		r = stream(path, exec_id, "stderr", err_stream && !terminal,
			   terminal ? "" : elsewhere, &made.err, err);
	if (r < 0) {
		bundle_io_fini(&made);
		bundle_remove_io(path, exec_id);
		return r;
	}
	*io = made;
	return 0;
}

void bundle_remove_io(const char *path, const char *exec_id)
{
	static const char *const streams[] = { "stdin", "stdout", "stderr" };

	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		_cleanup_free_ char *name = fifo_path(path, exec_id, streams[i]);

		if (name)
			(void)unlink(name); /* those that were not wanted are not there */
	}
}

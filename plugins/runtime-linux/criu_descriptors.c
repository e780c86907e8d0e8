/* SPDX-License-Identifier: Apache-2.0 */
/*
 * criu_descriptors.c - standard streams that lead outside.
 *
 * A pipe is known by its inode. A file or fifo of the host, which the container could never open itself,
 * is known by mount and inode. Both are written down in the shape that runc gives it (a list of names),
 * and at restore only these two kinds of names are believed.
 */
#include "criu_external.h"

#include "criu_run.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yajl/yajl_gen.h>

enum { NAME_SIZE = 64, MAX_FILE = 64 << 10 };

static int mount_of(pid_t pid, int fd, int *out)
{
	char path[64];
	char line[128];

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	*out = -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "mnt_id: %d", out) == 1)
			break;
	(void)fclose(file);
	return 0;
}

/* Does the container have this mount? */
static bool has_mount(pid_t pid, int mount)
{
	char path[64];
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	FILE *file = fopen(path, "re");

	while (file && !found && getline(&line, &room, file) > 0)
		found = (int)strtol(line, NULL, 10) == mount;
	free(line);
	if (file)
		(void)fclose(file);
	return found;
}

/* criu's name of what descriptor @fd of @pid leads to; *@external: it is neither a pipe nor its own. */
static int name_of(pid_t pid, int fd, char out[NAME_SIZE], bool *external)
{
	char path[64];
	char link[PATH_MAX];
	struct stat st;
	int mount = -1;

	*external = false;
	*out = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t n = readlink(path, link, sizeof(link) - 1);

	if (n < 0) /* the program has closed it */
		return errno == ENOENT ? 0 : -errno;
	link[n] = '\0';
	if (strncmp(link, "pipe:[", 6) == 0 && n < NAME_SIZE) {
		memcpy(out, link, (size_t)n + 1);
		return 0;
	}
	int r = mount_of(pid, fd, &mount);

	if (r < 0 || *link != '/' || mount < 0 || has_mount(pid, mount))
		return r;
	if (stat(path, &st) < 0)
		return -errno;
	(void)snprintf(out, NAME_SIZE, "file[%x:%lx]", (unsigned)mount, (unsigned long)st.st_ino);
	*external = true;
	return 0;
}

static int write_names(int image_fd, yajl_gen gen, struct cleat_error *err)
{
	const unsigned char *text = NULL;
	size_t len = 0;
	_cleanup_close_ int fd =
		openat(image_fd, CRIU_DESCRIPTORS,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || yajl_gen_get_buf(gen, &text, &len) != yajl_gen_status_ok ||
	    write(fd, text, len) != (ssize_t)len)
		return cleat_fail(err, errno, "cannot write '%s': %m", CRIU_DESCRIPTORS);
	return 0;
}

int criu_descriptors_dump(pid_t pid, int image_fd, struct criu_message *opts,
			  struct cleat_error *err)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	int r = 0;

	if (!gen)
		return cleat_fail(err, ENOMEM, "cannot name the descriptors: %m");
	(void)yajl_gen_array_open(gen);
	for (int fd = 0; fd < 3 && r == 0; fd++) {
		char name[NAME_SIZE];
		bool external = false;

		r = name_of(pid, fd, name, &external);
		if (r < 0)
			(void)cleat_fail(err, -r, "cannot look at descriptor %d: %m", fd);
		if (external)
			criu_put_text(opts, OPT_EXTERNAL, name);
		(void)yajl_gen_string(gen, (const unsigned char *)name, strlen(name));
	}
	(void)yajl_gen_array_close(gen);
	if (r == 0)
		r = write_names(image_fd, gen, err);
	yajl_gen_free(gen);
	return r;
}

static int read_names(int image_fd, struct json_doc **out, struct cleat_error *err)
{
	static char text[MAX_FILE];
	struct stat st;
	_cleanup_close_ int fd =
		openat(image_fd, CRIU_DESCRIPTORS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot open '%s' of the images: %m",
				  CRIU_DESCRIPTORS);
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
		return cleat_fail(err, EINVAL, "'%s' of the images is no small file",
				  CRIU_DESCRIPTORS);
	ssize_t n = read(fd, text, sizeof(text));
	int r = n < 0 ? cleat_fail(err, errno, "cannot read it: %m")
		      : json_parse(text, (size_t)n, out, err);

	return r < 0 ? cleat_wrap(err, "'%s' of the images", CRIU_DESCRIPTORS) : 0;
}

static bool is_known(const char *name)
{
	return name && (strncmp(name, "pipe:[", 6) == 0 || strncmp(name, "file[", 5) == 0);
}

int criu_descriptors_restore(const struct cleat_stdio *stdio, int image_fd, int out_fds[3],
			     struct criu_message *opts, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	const int ours[3] = { stdio ? stdio->in : -1, stdio ? stdio->out : -1,
			      stdio ? stdio->err : -1 };
	int r = read_names(image_fd, &doc, err);

	for (size_t i = 0; r == 0 && i < 3; i++) {
		const char *name = json_text(json_at(json_root(doc), i));
		struct criu_message inherit = { 0 };

		if (!is_known(name) || ours[i] < 0)
			continue;
		out_fds[i] = fcntl(ours[i], F_DUPFD_CLOEXEC, CRIU_FIRST_FD);
		if (out_fds[i] < 0)
			return cleat_fail(err, errno, "cannot pass a descriptor on: %m");
		criu_put_text(&inherit, 1, name);
		criu_put_number(&inherit, 2, (uint64_t)out_fds[i]);
		criu_put_message(opts, OPT_INHERIT_FD, &inherit);
	}
	return r;
}

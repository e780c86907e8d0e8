/* SPDX-License-Identifier: Apache-2.0 */
/* criu_options.c - one table of switches; the few other options by hand. */
#include "criu_options.h"

#include "criu_run.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	unsigned field;
} switches[] = {
	{ "leave-running", OPT_LEAVE_RUNNING },
	{ "tcp-established", OPT_TCP_ESTABLISHED },
	{ "tcp-skip-in-flight", OPT_TCP_SKIP_IN_FLIGHT },
	{ "ext-unix-sk", OPT_EXT_UNIX_SK },
	{ "shell-job", OPT_SHELL_JOB },
	{ "file-locks", OPT_FILE_LOCKS },
	{ "link-remap", OPT_LINK_REMAP },
	{ "auto-dedup", OPT_AUTO_DEDUP },
};

static const struct {
	const char *name;
	unsigned field;
} labels[] = {
	{ "lsm-profile", OPT_LSM_PROFILE },
	{ "lsm-mount-context", OPT_LSM_MOUNT_CONTEXT },
};

/* criu's numbers of the modes. */
static const struct {
	const char *name;
	unsigned number;
} modes[] = { { "ignore", 0 }, { "soft", 3 }, { "full", 4 }, { "strict", 5 } };

static int put_switches(const struct json *root, struct criu_message *out, struct cleat_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		bool value = false;
		int r = json_get_bool(root, switches[i].name, &value, err);

		if (r < 0)
			return r;
		if (value)
			criu_put_number(out, switches[i].field, true);
	}
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		const char *value = NULL;
		int r = json_get_text(root, labels[i].name, &value, err);

		if (r < 0)
			return r;
		if (value && *value)
			criu_put_text(out, labels[i].field, value);
	}
	return 0;
}

static int put_mode(const struct json *root, struct criu_message *out, struct cleat_error *err)
{
	const char *name = "soft";
	int r = json_get_text(root, "manage-cgroups-mode", &name, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!*name || strcmp(modes[i].name, name) == 0) {
			criu_put_number(out, OPT_MANAGE_CGROUPS, true);
			criu_put_number(out, OPT_MANAGE_CGROUPS_MODE, *name ? modes[i].number : 3);
			return 0;
		}
	return cleat_fail(err, EINVAL,
			  "manage-cgroups-mode is ignore, soft, full or strict, not '%.40s'", name);
}

static int read_empty(const struct json *root, struct criu_options *options,
		      struct criu_message *out, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(root, "empty-ns", JSON_ARRAY, &list, err);

	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		const char *name = json_text(json_at(list, i));

		if (!name || strcmp(name, "network") != 0)
			return cleat_fail(err, ENOTSUP,
					  "empty-ns: only the network namespace can be left out, "
					  "not '%.40s'",
					  name ? name : "(no string)");
		options->empty_network = true;
	}
	if (options->empty_network)
		criu_put_number(out, OPT_EMPTY_NS, CLONE_NEWNET);
	return r;
}

static int refuse(const struct json *root, struct cleat_error *err)
{
	const char *server = NULL;
	bool lazy = false;
	int r = json_get_bool(root, "lazy-pages", &lazy, err);

	if (r == 0)
		r = json_get_text(root, "page-server", &server, err);
	if (r == 0 && lazy)
		return cleat_fail(err, ENOTSUP,
				  "lazy-pages is not supported: the images would not be whole");
	if (r == 0 && server && *server)
		return cleat_fail(err, ENOTSUP,
				  "page-server is not supported: write the images to a directory");
	return r;
}

static int read_paths(const struct json *root, struct criu_options *options,
		      struct criu_message *out, struct cleat_error *err)
{
	int r = json_get_text(root, "work-path", &options->work_path, err);

	if (r == 0)
		r = json_get_text(root, "parent-path", &options->parent_path, err);
	if (r < 0)
		return r;
	if (options->parent_path && *options->parent_path == '/')
		return cleat_fail(
			err, EINVAL,
			"parent-path '%s' must be relative to the directory of the images",
			options->parent_path);
	if (options->parent_path && *options->parent_path)
		criu_put_text(out, OPT_PARENT_IMG, options->parent_path);
	if (options->pre_dump || (options->parent_path && *options->parent_path))
		criu_put_number(out, OPT_TRACK_MEM, true);
	return 0;
}

int criu_options_read(const char *text, struct criu_options *options, struct criu_message *out,
		      struct cleat_error *err)
{
	int r = json_parse(text ? text : "{}", text ? strlen(text) : 2, &options->doc, err);
	const struct json *root = json_root(options->doc);

	if (r == 0)
		r = refuse(root, err);
	if (r == 0)
		r = json_get_bool(root, "leave-running", &options->leave_running, err);
	if (r == 0)
		r = json_get_bool(root, "pre-dump", &options->pre_dump, err);
	if (r == 0)
		r = put_switches(root, out, err);
	if (r == 0)
		r = put_mode(root, out, err);
	if (r == 0)
		r = read_empty(root, options, out, err);
	return r < 0 ? r : read_paths(root, options, out, err);
}

void criu_options_fini(struct criu_options *options)
{
	json_free(options->doc);
	options->doc = NULL;
}

int criu_options_work_dir(const struct criu_options *options, int fallback, struct cleat_error *err)
{
	const char *path = options->work_path;
	int fd = -1;

	if (!path || !*path)
		return fcntl(fallback, F_DUPFD_CLOEXEC, CRIU_FIRST_FD);
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fd = criu_move_up(fd);
	return fd < 0 ? cleat_fail(err, errno, "cannot use the work directory '%s': %m", path) : fd;
}

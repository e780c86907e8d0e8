/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restore.c - criu makes the processes; what is around them is made by us as for any container.
 *
 * criu runs in the container's cgroup and in a mount namespace of its own, where the root filesystem is
 * attached for it: the host's mount table does not change here either. Its log goes to the state
 * directory unless a work directory was given: that of the images may hold a link of that name.
 */
#include "restore.h"

#include "criu_external.h"
#include "criu_options.h"
#include "criu_run.h"
#include "hooks_state.h"
#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

enum { LOG_LEVEL = 4, MAX_INHERIT = 5 + NS_KINDS };

struct attempt {
	struct restore *restore;
	struct criu_run run;
	char root[PATH_MAX];      /* where criu finds the root filesystem */
	int images, work;         /* the two directories, numbers as in the request */
	int inherit[MAX_INHERIT]; /* duplicates, with numbers that criu does not need itself */
	size_t ninherit;
};

/* ---- in criu's process, before it begins ----------------------------------------------------------- */

static int attach_root(const struct attempt *a, struct cleat_error *err)
{
	const struct init *init = a->restore->init;
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return cleat_fail(err, errno, "cannot separate criu's mounts: %m");
	for (uint32_t i = 0; i < init->nrootfs; i++) {
		int fd = init->rootfs[i];

		if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
		    move_mount(fd, "", AT_FDCWD, a->root, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return cleat_fail(err, errno, "cannot attach the root filesystem: %m");
	}
	return 0;
}

/* The images have mounts on them, but a fresh root filesystem need not have the places. */
static void make_place(int root, const struct plan_mount *m, int bundle_fd)
{
	struct stat st;
	bool is_file = m->options.bind && fstatat(bundle_fd, m->source, &st, 0) == 0 &&
		       !S_ISDIR(st.st_mode);
	_cleanup_close_ int fd = is_file ? path_make_file(root, m->destination, 0644)
					 : path_make_directory(root, m->destination, 0755);

	(void)fd; /* what cannot be made, criu names when it needs it */
}

/* The same directory as this mount namespace has it, under the same number. */
static int reopen(int fd, struct cleat_error *err)
{
	char link[32];
	char path[PATH_MAX] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		return cleat_fail(err, errno, "cannot name a directory for criu: %m");
	_cleanup_close_ int again = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again < 0 || dup3(again, fd, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", path);
	return 0;
}

static int prepare(void *arg, struct cleat_error *err)
{
	const struct attempt *a = arg;
	const struct init *init = a->restore->init;
	int r = cgroup_enter(a->restore->box->cgroup, false, err);

	if (r == 0)
		r = attach_root(a, err);
	if (r == 0)
		r = reopen(a->images, err);
	if (r == 0)
		r = reopen(a->work, err);
	if (r < 0)
		return r;
	_cleanup_close_ int root = open(a->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return cleat_fail(err, errno, "cannot open the root filesystem: %m");
	for (size_t i = 0; i < init->plan->nmounts; i++)
		make_place(root, &init->plan->mounts[i], init->bundle_fd);
	return 0;
}

/* ---- the request ----------------------------------------------------------------------------------- */

static int make_root(struct attempt *a, struct cleat_error *err)
{
	char link[32];
	int state = a->restore->box->state_fd;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", state);
	ssize_t n = readlink(link, a->root, sizeof(a->root) - sizeof("/" RESTORE_ROOT));

	if (n < 0 || (mkdirat(state, RESTORE_ROOT, 0700) < 0 && errno != EEXIST))
		return cleat_fail(err, errno, "cannot make a place for the root filesystem: %m");
	(void)snprintf(a->root + n, sizeof(a->root) - (size_t)n, "/" RESTORE_ROOT);
	return 0;
}

/* Where the container's cgroups are now; the images know where they were. */
static void put_cgroups(const struct cgroup *cgroup, struct criu_message *opts)
{
	const struct cgroup_hierarchy *h = NULL;

	for (size_t i = 0; cgroup && (h = cgroup_hierarchy_at(cgroup, i)); i++) {
		struct criu_message root = { 0 };

		if (h->missing)
			continue;
		if (h->version == 1)
			criu_put_text(&root, 1, h->controllers);
		criu_put_text(&root, 2, h->path);
		criu_put_message(opts, OPT_CG_ROOT, &root);
	}
}

static int put_namespaces(struct attempt *a, struct criu_message *opts, struct cleat_error *err)
{
	for (int ns = 0; ns < NS_KINDS; ns++) {
		int fd = a->restore->init->ns_fds[ns];

		if (fd < 0)
			continue;
		fd = fcntl(fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD);
		if (fd < 0)
			return cleat_fail(err, errno, "cannot pass a namespace on: %m");
		a->inherit[a->ninherit++] = fd;
		criu_external_namespace((enum plan_ns)ns, fd, opts);
	}
	return 0;
}

static int put_request(struct attempt *a, struct cleat_error *err)
{
	const struct restore *re = a->restore;
	struct criu_message *opts = &a->run.opts;
	int fds[3] = { -1, -1, -1 };
	const struct cleat_stdio *stdio = re->init->process->terminal ? NULL : re->req->stdio;

	criu_put_number(opts, OPT_IMAGES_DIR_FD, (uint64_t)a->images);
	criu_put_number(opts, OPT_WORK_DIR_FD, (uint64_t)a->work);
	criu_put_number(opts, OPT_LOG_LEVEL, LOG_LEVEL);
	criu_put_text(opts, OPT_LOG_FILE, RESTORE_LOG);
	criu_put_text(opts, OPT_ROOT, a->root);
	criu_put_number(opts, OPT_EVASIVE_DEVICES, true);
	criu_put_number(opts, OPT_RST_SIBLING, true);
	criu_put_number(opts, OPT_NOTIFY_SCRIPTS, true);
	criu_put_number(opts, OPT_ORPHAN_PTS_MASTER, true);
	criu_put_number(opts, OPT_EXT_MASTERS, true);
	put_cgroups(re->box->cgroup, opts);
	int r = put_namespaces(a, opts, err);

	if (r == 0)
		r = criu_external_restore(re->init->plan, re->init->bundle_fd, opts, err);

	if (r == 0)
		r = criu_descriptors_restore(stdio, re->req->checkpoint_fd, fds, opts, err);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			a->inherit[a->ninherit++] = fds[i];
	return r;
}

/* ---- what criu tells on its way -------------------------------------------------------------------- */

static int run_hooks(const struct restore *re, pid_t pid, struct cleat_error *err)
{
	const struct hooks *hooks = re->init->hooks;
	const char *bundle = re->req->bundle;

	if (!hooks_has(hooks, HOOK_PRESTART) && !hooks_has(hooks, HOOK_CREATE_RUNTIME))
		return 0;
	_cleanup_free_ char *state =
		hooks_state_json(re->init->plan->root, re->req->id, bundle, "creating", pid);

	if (!state)
		return cleat_fail(err, ENOMEM, "cannot prepare hooks: %m");
	int r = hooks_run(hooks, HOOK_PRESTART, state, bundle, err);

	return r < 0 ? r : hooks_run(hooks, HOOK_CREATE_RUNTIME, state, bundle, err);
}

static int notified(void *arg, const char *script, pid_t pid, int *fd, struct cleat_error *err)
{
	struct restore *re = ((struct attempt *)arg)->restore;

	if (strcmp(script, "setup-namespaces") == 0)
		return run_hooks(re, pid, err);
	if (strcmp(script, "orphan-pts-master") == 0 && *fd >= 0) {
		cleat_closep(&re->console_fd);
		re->console_fd = take_fd(fd);
	}
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static int attempt(struct attempt *a, const struct criu_options *options, struct cleat_error *err)
{
	struct restore *re = a->restore;

	a->work = criu_options_work_dir(options, re->box->state_fd, err);
	if (a->work < 0)
		return a->work;
	a->run.work_fd = a->inherit[a->ninherit++] = a->work;
	a->images = fcntl(re->req->checkpoint_fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD);
	if (a->images < 0)
		return cleat_fail(err, errno, "cannot use the directory of the images: %m");
	a->inherit[a->ninherit++] = a->images;
	int r = make_root(a, err);

	if (r == 0)
		r = put_request(a, err);
	a->run.inherit = a->inherit;
	a->run.ninherit = a->ninherit;
	if (r == 0)
		r = criu_run(&a->run, err);
	if (r < 0)
		return r;
	re->child->pid = a->run.restored;
	re->child->pidfd = re->child->pid > 0 ? sys_pidfd_open(re->child->pid) : -1;
	return re->child->pidfd < 0 ? cleat_fail(err, EIO, "criu restored no process that is ours")
				    : 0;
}

int restore_run(struct restore *restore, struct cleat_error *err)
{
	struct criu_options options = { 0 };
	struct attempt *a = calloc(1, sizeof(*a));

	if (!a)
		return cleat_fail(err, ENOMEM, "cannot restore: %m");
	a->restore = restore;
	a->run = (struct criu_run){ .rt = restore->box->rt,
				    .type = CRIU_RESTORE,
				    .log_name = RESTORE_LOG,
				    .prepare = prepare,
				    .notified = notified,
				    .arg = a };
	int r = criu_options_read(restore->req->restore_options, &options, &a->run.opts, err);

	if (r == 0)
		r = attempt(a, &options, err);
	while (a->ninherit > 0)
		(void)close(a->inherit[--a->ninherit]);
	criu_options_fini(&options);
	criu_message_fini(&a->run.opts);
	free(a);
	return r;
}

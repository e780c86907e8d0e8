/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - an image of a running container, made by criu. */
#include "box.h"
#include "criu_external.h"
#include "criu_options.h"
#include "criu_run.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define DUMP_LOG "dump.log"

enum { LOG_LEVEL = 4 };

static int check_status(struct box *box, struct cleat_error *err)
{
	switch (box_status(box)) {
	case CLEAT_CREATED:
		return cleat_fail(err, EINVAL, "Container cannot be checkpointed in created state");
	case CLEAT_STOPPED:
		return cleat_fail(err, ESRCH, "Container cannot be checkpointed in stopped state");
	default:
		return 0;
	}
}

static bool has_freezer(const struct cgroup_hierarchy *h)
{
	return h->version == 2 || strcmp(h->controllers, "freezer") == 0;
}

/* criu stops everything at once by the container's own freezer, and puts it back as it was. */
static void put_freezer(const struct cgroup *cgroup, struct criu_message *opts)
{
	const struct cgroup_hierarchy *h = NULL;
	char path[PATH_MAX];

	for (size_t i = 0; cgroup && (h = cgroup_hierarchy_at(cgroup, i)); i++) {
		/* On a hybrid machine the second version's hierarchy has no controllers, but a freezer. */
		if (h->missing || !has_freezer(h) ||
		    (h->version == 2 && cgroup_layout_of(cgroup) != CGROUP_V2))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", h->mount_point, h->path);
		criu_put_text(opts, OPT_FREEZE_CGROUP, path);
		return;
	}
}

static void put_common(struct box *box, int image_fd, int work_fd, struct criu_message *opts)
{
	criu_put_number(opts, OPT_IMAGES_DIR_FD, (uint64_t)image_fd);
	criu_put_number(opts, OPT_WORK_DIR_FD, (uint64_t)work_fd);
	criu_put_number(opts, OPT_PID, (uint64_t)box->record.pid);
	criu_put_number(opts, OPT_LOG_LEVEL, LOG_LEVEL);
	criu_put_text(opts, OPT_LOG_FILE, DUMP_LOG);
	criu_put_number(opts, OPT_ORPHAN_PTS_MASTER, true);
	criu_put_number(opts, OPT_EXT_MASTERS, true);
	put_freezer(box->cgroup, opts);
}

static int put_container(struct box *box, int image_fd, struct criu_message *opts,
			 struct cleat_error *err)
{
	_cleanup_free_ char *config = NULL;
	struct plan plan = { 0 };
	size_t len = 0;
	int r = record_read_config(box->state_fd, &config, &len, err);

	if (r == 0)
		r = plan_read(&plan, config, len, err);
	if (r == 0)
		r = criu_external_dump(&plan, box->record.pid, opts, err);
	if (r == 0)
		r = criu_descriptors_dump(box->record.pid, image_fd, opts, err);
	plan_free(&plan);
	return r;
}

/*
 * On a hybrid machine criu knows the first version's freezer and we pause by the second's: what it cannot
 * thaw it could not dump. criu stops everything itself at once.
 */
static int run_criu(struct box *box, struct criu_run *run, struct cleat_error *err)
{
	struct cleat_error ignored;
	bool thawed = box->cgroup && cgroup_layout_of(box->cgroup) == CGROUP_HYBRID &&
		      cgroup_is_frozen(box->cgroup, &ignored) > 0;
	int r = thawed ? cgroup_thaw(box->cgroup, err) : 0;

	if (r < 0)
		return r;
	r = criu_run(run, err);
	if (thawed && box_is_alive(box))
		(void)cgroup_freeze(box->cgroup, &ignored);
	return r;
}

static int dump(struct box *box, int image_fd, const struct criu_options *options,
		struct criu_run *run, struct cleat_error *err)
{
	_cleanup_close_ int images = fcntl(image_fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD);
	_cleanup_close_ int work = criu_options_work_dir(options, image_fd, err);
	const int inherit[] = { images, work };

	if (work < 0)
		return work;
	if (images < 0)
		return cleat_fail(err, errno, "cannot use the directory of the images: %m");
	run->inherit = inherit;
	run->ninherit = ARRAY_SIZE(inherit);
	run->type = options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP;
	run->work_fd = work;
	run->log_name = DUMP_LOG;
	put_common(box, images, work, &run->opts);
	int r = put_container(box, image_fd, &run->opts, err);

	if (r == 0 && !box_is_alive(box)) /* what was read by its number was its own */
		r = cleat_fail(err, ESRCH, "Container cannot be checkpointed in stopped state");
	return r < 0 ? r : run_criu(box, run, err);
}

int linux_checkpoint(void *self, int image_fd, const char *text, struct cleat_error *err)
{
	struct box *box = self;
	struct criu_options options = { 0 };
	struct criu_run run = { .rt = box->rt };
	int r = check_status(box, err);

	if (r == 0)
		r = criu_options_read(text, &options, &run.opts, err);
	if (r == 0)
		r = dump(box, image_fd, &options, &run, err);
	criu_options_fini(&options);
	criu_message_fini(&run.opts);
	return r;
}

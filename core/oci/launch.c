/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - from a bundle to a created container.
 *
 * The order: whatever can fail without a trace; the directory, which is the lock on the id; the
 * record; then the container. A crash after any of these is cleared by `delete --force`.
 */
#include "launch.h"

#include "attend.h"

#include "base/clock.h"
#include "base/log.h"
#include "bundle.h"
#include "descriptors.h"
#include "hand_over.h"
#include "state_root.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/file.h>
#include <sys/ioctl.h>

int launch_flags(const struct arguments *arguments, uint32_t *out, struct cleat_error *err)
{
	const char *manager = arguments->cgroup_manager ? arguments->cgroup_manager : "cgroupfs";

	*out = 0;
	if (text_eq(manager, "disabled"))
		*out |= CLEAT_NO_CGROUP;
	else if (text_eq(manager, "systemd") || arguments->systemd_cgroup)
		*out |= CLEAT_SYSTEMD_CGROUP;
	else if (!text_eq(manager, "cgroupfs"))
		return cleat_fail(err, EINVAL,
				  "unknown cgroup manager '%.100s': cgroupfs, systemd or disabled",
				  manager);
	if (arguments->no_pivot)
		*out |= CLEAT_NO_PIVOT;
	if (arguments->no_new_keyring)
		*out |= CLEAT_NO_NEW_KEYRING;
	if (arguments->ignore_paused)
		*out |= CLEAT_IGNORE_PAUSED;
	return 0;
}

static int write_record(struct container *container, const struct bundle *bundle,
			struct cleat_error *err)
{
	const struct json *config = json_root(bundle->doc);

	container->record = (struct record){
		.version = json_text(json_get(config, "ociVersion")),
		.bundle = bundle->path,
		.rootfs = bundle->rootfs,
		.runtime = container->runtime.plugin->desc.name,
		.annotations = json_get(config, "annotations"),
		.created_ns = clock_now(CLOCK_REALTIME),
		.owner = geteuid(),
	};
	int r = record_write(container->dir, &container->record, err);

	container->record = (struct record){ 0 }; /* its strings are the bundle's */
	if (r == 0)
		r = record_config_write(container->dir, bundle->config, bundle->config_len, err);
	return r;
}

/* The terminal gets our own terminal's size, when it is to be seen there; else what consoleSize says. */
static void set_size(const struct arguments *arguments, struct cleat_create *req)
{
	struct winsize size = { 0 };

	if (arguments->console_socket || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	req->rows = size.ws_row;
	req->columns = size.ws_col;
}

static int make(const struct arguments *arguments, const struct bundle *bundle,
		const struct descriptors *fds, struct launch *launch, struct cleat_error *err)
{
	static const struct cleat_stdio inherited = {
		.size = sizeof(inherited), .in = 0, .out = 1, .err = 2
	};
	struct container *container = &launch->container;
	struct cleat_create req = {
		.id = container->id,
		.bundle = bundle->path,
		.bundle_fd = bundle->fd,
		.state_fd = container->dir,
		.config = bundle->config,
		.config_len = bundle->config_len,
		.stdio = bundle->terminal ? NULL : &inherited,
		.preserve_fds = fds->preserve,
		.checkpoint_fd = launch->images,
		.restore_options = launch->restore_options,
	};

	if (launch_flags(arguments, &req.flags, err) < 0)
		return -err->errnum;
	if (bundle->terminal)
		set_size(arguments, &req);
	launch->tried = true;
	return use_runtime_create(container->runtime.plugin, &req, &container->box,
				  &launch->process, err);
}

static int reserve(const struct arguments *arguments, struct container *container,
		   struct cleat_error *err)
{
	container->root = state_root_open(arguments, true, err);
	if (container->root < 0)
		return -err->errnum;
	container->dir = state_dir_reserve(container->root, container->id, err);
	return container->dir < 0 ? -err->errnum : 0;
}

/* From here on there is a directory to remove. */
static int fill(const struct arguments *arguments, const struct bundle *bundle,
		const struct descriptors *fds, struct hand_over *sockets, struct launch *launch,
		struct cleat_error *err)
{
	if (write_record(&launch->container, bundle, err) < 0 ||
	    make(arguments, bundle, fds, launch, err) < 0)
		return -err->errnum;
	return hand_over_send(arguments, sockets, &launch->process, false, err);
}

int launch_create(const struct arguments *arguments, bool detached, struct launch *out,
		  struct cleat_error *err)
{
	_cleanup_bundle_ struct bundle bundle = BUNDLE_NONE;
	_cleanup_hand_over_ struct hand_over sockets = HAND_OVER_NONE;
	struct descriptors fds = { 0 };

	out->container.id = arguments->rest[0];
	if (container_id_check(out->container.id, err) < 0 ||
	    runtime_open(arguments, NULL, &out->container.runtime, err) < 0 ||
	    descriptors_take(arguments, &fds, err) < 0 ||
	    bundle_open(arguments, &bundle, err) < 0 ||
	    bundle_add_env(&bundle, fds.environment, err) < 0 ||
	    hand_over_connect(arguments, bundle.terminal, detached, &sockets, err) < 0 ||
	    reserve(arguments, &out->container, err) < 0)
		return -err->errnum;
	if (fill(arguments, &bundle, &fds, &sockets, out, err) < 0) {
		bundle_fini(&bundle); /* its descriptor may be the one that was lacking */
		launch_clean_up(out);
		return -err->errnum;
	}
	(void)flock(out->container.dir, LOCK_UN); /* also for copies that the new process holds */
	return 0;
}

int launch_attend(struct launch *launch, const struct arguments *arguments, struct cleat_error *err)
{
	struct attended who = { .pid = launch->process.pid,
				.pidfd = launch->process.pidfd,
				.console_fd = launch->process.console_fd };
	int status = attend(&who, err);

	if (!arguments->keep)
		launch_clean_up(launch);
	return status;
}

int launch_destroy(struct launch *launch, struct cleat_error *err)
{
	struct container *c = &launch->container;
	int r = c->dir < 0 ? -ENOENT : state_dir_lock(c->root, c->dir, c->id, err);

	if (r < 0) /* -ENOENT: somebody else has deleted it, and perhaps made it anew */
		return r == -ENOENT ? 0 : r;

	/* A create that failed has removed all of its own, or else its record is still there. */
	if (!c->box && launch->tried)
		r = use_runtime_load(c->runtime.plugin, c->id, c->dir, &c->box, err);
	if (r == 0 && c->box)
		r = use_runtime_destroy(c->box, err);
	if (r < 0 && r != -ENOENT)
		return r;
	return state_dir_remove(c->root, c->dir, c->id, err);
}

void launch_clean_up(struct launch *launch)
{
	struct cleat_error why = { 0 };

	if (launch_destroy(launch, &why) < 0)
		log_line(CLEAT_WARN, "%s; `cleat-oci delete -f %s` removes what is left", why.text,
			 launch->container.id);
}

void launch_fini(struct launch *launch)
{
	cleat_closep(&launch->process.pidfd);
	cleat_closep(&launch->process.console_fd);
	container_fini(&launch->container);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* box.c - handles: made by create, found again by load, let go by release. */
#include "box.h"

#include "process_id.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <poll.h>

int box_new(struct runtime *rt, int state_fd, struct box **out, struct cleat_error *err)
{
	struct box *box = calloc(1, sizeof(*box));

	if (!box)
		return cleat_fail(err, ENOMEM, "cannot make a handle: %m");
	box->rt = rt;
	box->pidfd = -1;
	box->state_fd = fcntl(state_fd, F_DUPFD_CLOEXEC, 3);
	if (box->state_fd < 0) {
		int r = cleat_fail(err, errno, "cannot use the state directory: %m");

		free(box);
		return r;
	}
	*out = box;
	return 0;
}

void box_free(struct box *box)
{
	if (!box)
		return;
	cleat_closep(&box->state_fd);
	cleat_closep(&box->pidfd);
	cgroup_free(box->cgroup);
	record_fini(&box->record);
	free(box);
}

void box_freep(struct box **box)
{
	box_free(*box);
}

void linux_release(void *box)
{
	box_free(box);
}

/* Of another boot, or gone: no pidfd, and the container is stopped. Not knowing is neither. */
static int find_init(struct box *box, struct cleat_error *err)
{
	const struct record *record = &box->record;

	if (record->pid <= 0 || !record_is_of_this_boot(record))
		return 0;
	int fd = process_id_open(record->pid, record->start_time);

	if (fd < 0 && fd != -ESRCH)
		return cleat_fail(err, -fd, "cannot look at process %d of container '%s': %m",
				  (int)record->pid, record->id);
	box->pidfd = fd < 0 ? -1 : fd;
	return 0;
}

int linux_load(void *self, const char *id, int state_fd, void **out_box, struct cleat_error *err)
{
	__attribute__((cleanup(box_freep))) struct box *box = NULL;
	int r = box_new(self, state_fd, &box, err);

	if (r == 0)
		r = record_read(&box->record, box->state_fd, id, err);
	if (r < 0)
		return r;
	struct runtime *rt = self;

	r = cgroup_load(rt->host, box->record.cgroup, &box->cgroup, err);
	if (r == 0)
		r = cgroup_set_unit(box->cgroup, box->record.unit, err);
	if (r < 0)
		return r;
	r = find_init(box, err);
	if (r < 0)
		return r;
	*out_box = take_ptr(box);
	return 0;
}

bool box_is_alive(const struct box *box)
{
	struct pollfd end = { .fd = box->pidfd, .events = POLLIN };

	/* Readable as soon as it is a zombie, whoever is to reap it. */
	return box->pidfd >= 0 && poll(&end, 1, 0) == 0;
}

bool box_is_paused(const struct box *box)
{
	struct cleat_error ignored;

	return box->cgroup && cgroup_is_frozen(box->cgroup, &ignored) > 0;
}

enum cleat_status box_status(struct box *box)
{
	if (!box_is_alive(box))
		return CLEAT_STOPPED;
	if (box_is_paused(box))
		return CLEAT_PAUSED;
	return faccessat(box->state_fd, START_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0
		       ? CLEAT_CREATED
		       : CLEAT_RUNNING;
}

int linux_state(void *self, struct cleat_state *out, struct cleat_error *err)
{
	struct box *box = self;

	(void)err;
	out->status = box_status(box);
	out->pid = out->status == CLEAT_STOPPED ? 0 : box->record.pid;
	out->created_ns = box->record.created_ns;
	return 0;
}

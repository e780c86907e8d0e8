/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_freezer.c - pause and resume.
 *
 * Where there is a version 2 directory its freezer is used, also on a hybrid machine: it says when
 * it is done (cgroup.events) and a frozen process can be killed. The version 1 freezer can stick
 * in FREEZING while tasks wait for each other; a thaw in between lets them move on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"

#define LIMIT_MS 2000 /* for a freeze; then everything is thawed again */
#define NUDGE_MS 100  /* of FREEZING before a version 1 cgroup is thawed and frozen anew */

static int dir_v1(const struct cgroup *cg)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "freezer", &version);

	return version == 1 ? dir : -1;
}

static bool has_file(int dir, const char *name)
{
	return dir >= 0 && faccessat(dir, name, F_OK, 0) == 0;
}

static int wait_frozen_v2(int dir)
{
	_cleanup_close_ int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int64_t end = cgroup_now_ms() + LIMIT_MS;

	if (events < 0)
		return -errno;
	for (;;) {
		struct pollfd wait = { .fd = events, .events = POLLPRI };
		char text[256];
		uint64_t frozen = 0;
		ssize_t n = pread(events, text, sizeof(text) - 1, 0);

		if (n < 0)
			return -errno;
		text[n] = '\0';
		if (cgroup_text_key(text, "frozen", &frozen) == 0 && frozen)
			return 0;
		int64_t left = end - cgroup_now_ms();

		if (left <= 0)
			return -EBUSY;
		(void)poll(&wait, 1, (int)left); /* whatever it says, we look again */
	}
}

static int freeze_v2(int dir)
{
	int rc = cgroup_file_write(dir, "cgroup.freeze", "1");

	if (rc == 0)
		rc = wait_frozen_v2(dir);
	if (rc < 0)
		(void)cgroup_file_write(dir, "cgroup.freeze", "0");
	return rc;
}

static int freeze_v1(int dir)
{
	int64_t start = cgroup_now_ms();
	int64_t nudge = start + NUDGE_MS;
	char state[32] = "";
	int rc = cgroup_file_write(dir, "freezer.state", "FROZEN");

	for (int nap = 1; rc == 0; nap = nap < 10 ? nap + 1 : nap) {
		rc = cgroup_file_read(dir, "freezer.state", state, sizeof(state));
		if (rc < 0 || strcmp(state, "FROZEN") == 0)
			break;
		rc = 0;
		if (cgroup_now_ms() > start + LIMIT_MS)
			rc = -EBUSY;
		cgroup_sleep_ms(nap);
		if (rc == 0 && cgroup_now_ms() > nudge) {
			nudge += NUDGE_MS;
			(void)cgroup_file_write(dir, "freezer.state", "THAWED");
			cgroup_sleep_ms(1);
			rc = cgroup_file_write(dir, "freezer.state", "FROZEN");
		}
	}
	if (rc < 0)
		(void)cgroup_file_write(dir, "freezer.state", "THAWED");
	return rc < 0 ? rc : 0;
}

int cgroup_freeze(const struct cgroup *cg, struct cleat_error *err)
{
	int v2 = cgroup_dir_v2(cg);
	int v1 = dir_v1(cg);
	int rc = 0;

	if (has_file(v2, "cgroup.freeze"))
		rc = freeze_v2(v2);
	else if (v1 >= 0)
		rc = freeze_v1(v1);
	else if (!cgroup_exists(cg))
		return cleat_fail(err, ENOENT, "cannot pause: the container has no cgroup");
	else
		return cleat_fail(err, ENOTSUP, "cannot pause: no cgroup freezer is mounted");
	if (rc == -EBUSY)
		return cleat_fail(err, EBUSY,
				  "cannot freeze cgroup '%s': a process did not stop within %d ms",
				  cg->path, LIMIT_MS);
	return rc < 0 ? cleat_fail(err, -rc, "cannot freeze cgroup '%s': %m", cg->path) : 0;
}

int cgroup_thaw(const struct cgroup *cg, struct cleat_error *err)
{
	int v2 = cgroup_dir_v2(cg);
	int v1 = dir_v1(cg);
	int rc = 0;

	if (has_file(v2, "cgroup.freeze"))
		rc = cgroup_file_write(v2, "cgroup.freeze", "0");
	/* both: somebody else's tool may have used the other one */
	if (rc == 0 && v1 >= 0)
		rc = cgroup_file_write(v1, "freezer.state", "THAWED");
	if (rc < 0 && rc != -ENODEV && rc != -ENOENT) /* removed since we opened it */
		return cleat_fail(err, -rc, "cannot thaw cgroup '%s': %m", cg->path);
	return 0;
}

int cgroup_is_frozen(const struct cgroup *cg, struct cleat_error *err)
{
	int v2 = cgroup_dir_v2(cg);
	int v1 = dir_v1(cg);
	char text[32] = "";
	uint64_t frozen = 0;
	int rc = 0;

	if (v2 >= 0)
		rc = cgroup_file_number(v2, "cgroup.freeze", &frozen);
	if (rc == -ENOENT) /* an old kernel's, or its directory is gone */
		rc = 0;
	if (rc == 0 && frozen == 0 && v1 >= 0) {
		rc = cgroup_file_read(v1, "freezer.state", text, sizeof(text));
		frozen = rc > 0 && strcmp(text, "THAWED") != 0;
	}
	if (rc < 0 && rc != -ENODEV && rc != -ENOENT)
		return cleat_fail(err, -rc, "cannot read the freezer of cgroup '%s': %m", cg->path);
	return rc < 0 ? 0 : frozen != 0;
}

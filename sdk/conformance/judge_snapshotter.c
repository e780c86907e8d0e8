/* SPDX-License-Identifier: Apache-2.0 */
/* judge_snapshotter.c - make, describe, freeze, stack and remove; every step twice and out of order. */
#include "subject.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

typedef int op(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);

static struct cleat_snapshot snapshot(const struct trial *trial, uint64_t number,
				      const uint64_t *parent)
{
	return (struct cleat_snapshot){ .size = sizeof(struct cleat_snapshot),
					.nparents = parent ? 1 : 0,
					.parents = parent,
					.root_fd = trial->dir,
					.root = trial->path,
					.number = number,
					.writable = true };
}

static int call(struct trial *trial, op *what, uint64_t number, const uint64_t *parent,
		struct cleat_error *err)
{
	struct cleat_snapshot snap = snapshot(trial, number, parent);

	*err = (struct cleat_error){ 0 };
	return what(trial->self, &snap, err);
}

static bool is_mount(const struct cleat_mount *mount)
{
	size_t n = 0;

	if (!mount->type || !mount->source)
		return false;
	for (; mount->options && mount->options[n] && n < 10000; n++)
		;
	return n < 10000;
}

static void describe(struct trial *trial, uint64_t number, const uint64_t *parent)
{
	const struct cleat_snapshotter_ops *ops = trial->subject->desc.ops;
	struct cleat_snapshot snap = snapshot(trial, number, parent);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	int before = trial->witness->live;

	if (!expect_success(ops->mounts(trial->self, &snap, &mounts, &err), &err, "mounts"))
		return;
	(void)expect(mounts.count > 0 && mounts.list, "there is at least one mount");
	(void)expect(trial->witness->live == before + 1, "the list is one block of the host's");
	for (uint32_t i = 0; mounts.list && i < mounts.count; i++)
		(void)expect(is_mount(&mounts.list[i]),
			     "mount %u has type, source and an ended list of options", i);
	trial->witness->table.free(&trial->witness->table, mounts.list);
	mounts = (struct cleat_mounts){ .size = sizeof(mounts) };
	trial->witness->fail_after = 0;
	int r = ops->mounts(trial->self, &snap, &mounts, &err);

	trial->witness->fail_after = -1;
	(void)expect_failure(r, &err, "mounts without memory");
	(void)expect(trial->witness->live == before, "mounts without memory keeps nothing");
}

static void unpack(struct trial *trial, uint64_t number)
{
	const struct cleat_snapshotter_ops *ops = trial->subject->desc.ops;
	struct cleat_snapshot snap = snapshot(trial, number, NULL);
	struct cleat_unpack out = { .size = sizeof(out), .dir_fd = -1 };
	struct cleat_error err = { 0 };
	struct stat st;

	if (!ops->unpack)
		return skip("unpack", "not supported");
	if (!expect_success(ops->unpack(trial->self, &snap, &out, &err), &err, "unpack"))
		return;
	(void)expect(fstat(out.dir_fd, &st) == 0 && S_ISDIR(st.st_mode),
		     "unpack gives a directory");
	(void)expect(out.whiteout <= CLEAT_WHITEOUT_OVERLAY, "unpack names a known whiteout");
	(void)mkdirat(out.dir_fd, "made", 0700);
	cleat_closep(&out.dir_fd);
}

/* What is not there: an error for every op but remove, and nothing is made by asking. */
static void nowhere(struct trial *trial)
{
	const struct cleat_snapshotter_ops *ops = trial->subject->desc.ops;
	struct cleat_snapshot snap = snapshot(trial, 77, NULL);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	static const uint64_t gone = 99;

	(void)expect_failure(ops->mounts(trial->self, &snap, &mounts, &err), &err,
			     "mounts of a snapshot that is not there");
	(void)expect_success(call(trial, ops->remove, 77, NULL, &err), &err,
			     "remove of a snapshot that is not there");
	(void)expect(trial_entries(trial) == 0, "asking makes nothing");
	int r = call(trial, ops->prepare, 5, &gone, &err);

	if (r == 0) /* an overlay finds out when it is mounted: fine */
		(void)call(trial, ops->remove, 5, &gone, &err);
	else
		(void)expect_failure(r, &err, "prepare on a parent that is not there");
	(void)expect(trial_entries(trial) == 0, "a failed or removed snapshot leaves nothing");
}

static void stack(struct trial *trial)
{
	const struct cleat_snapshotter_ops *ops = trial->subject->desc.ops;
	static const uint64_t base = 1;
	struct cleat_error err;
	int r = call(trial, ops->prepare, 1, NULL, &err);

	if (!expect_success(r, &err, "prepare"))
		return;
	r = call(trial, ops->prepare, 1, NULL, &err);
	(void)expect(r == -EEXIST && expect_failure(r, &err, "prepare twice"),
		     "prepare of what is there answers EEXIST");
	unpack(trial, 1);
	if (ops->commit) {
		(void)expect_success(call(trial, ops->commit, 1, NULL, &err), &err, "commit");
	}
	r = call(trial, ops->prepare, 2, &base, &err);
	if (expect_success(r, &err, "prepare on a parent"))
		describe(trial, 2, &base);
	(void)expect_success(call(trial, ops->remove, 2, &base, &err), &err, "remove");
	(void)expect_success(call(trial, ops->remove, 2, &base, &err), &err, "remove twice");
	(void)expect_success(call(trial, ops->remove, 1, NULL, &err), &err, "remove of the parent");
	(void)expect(trial_entries(trial) == 0, "what was removed is gone");
}

void judge_snapshotter(struct trial *trial)
{
	const struct cleat_snapshotter_ops *ops = trial->subject->desc.ops;
	struct cleat_error err = { 0 };
	int before = count_descriptors();

	if (ops->check && call(trial, ops->check, 0, NULL, &err) < 0)
		return skip("snapshots", err.text);
	nowhere(trial);
	stack(trial);
	(void)expect(count_descriptors() == before, "no descriptor is left open");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_snapshot.c - snapshotter/copy with one fault that the conformance kit must find. See wrong_io.c. */
#include <cleat/plugin.h>
#undef CLEAT_PLUGIN
#define CLEAT_PLUGIN(...) struct descriptor_of_the_good_one
#include "snapshot_copy.c"

enum wrong {
	prepares_twice,
	misses_what_is_gone,
	keeps_removed,
	two_blocks,
	no_mount,
	no_type,
	unpacks_a_file,
	unknown_whiteout,
	makes_by_asking,
	leaks_descriptor,
};

static int wrong_prepare(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	int r = prepare(self, snap, err);

	if (WRONG == leaks_descriptor)
		(void)!fcntl(0, F_DUPFD_CLOEXEC, 3);
	return WRONG == prepares_twice && r == -EEXIST ? 0 : r;
}

static int wrong_mounts(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
			struct cleat_error *err)
{
	const struct cleat_host *host = self;

	if (WRONG == makes_by_asking)
		(void)mkdirat(snap->root_fd, "made", 0700);
	int r = mounts(self, snap, out, err);

	if (WRONG == two_blocks && r == 0)
		(void)!host->alloc(host, 1);
	if (WRONG == no_mount)
		out->count = 0;
	if (WRONG == no_type && r == 0)
		((struct cleat_mount *)(uintptr_t)out->list)->type = NULL;
	return r;
}

static int wrong_unpack(void *self, const struct cleat_snapshot *snap, struct cleat_unpack *out,
			struct cleat_error *err)
{
	int r = unpack(self, snap, out, err);

	if (WRONG == unknown_whiteout)
		out->whiteout = 77;
	if (WRONG == unpacks_a_file && r == 0) {
		(void)close(out->dir_fd);
		out->dir_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	return r;
}

static int wrong_remove(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char name[NAME];

	name_of(snap->number, "", name);
	if (WRONG == keeps_removed)
		return 0;
	if (WRONG == misses_what_is_gone && faccessat(snap->root_fd, name, F_OK, 0) < 0)
		return cleat_fail(err, ENOENT, "cannot remove snapshot '%s': %m", name);
	return copy_remove(self, snap, err);
}

static const struct cleat_snapshotter_ops wrong_ops = {
	.size = sizeof(wrong_ops),
	.prepare = wrong_prepare,
	.mounts = wrong_mounts,
	.unpack = wrong_unpack,
	.commit = commit,
	.remove = wrong_remove,
	.usage = usage,
};

extern const struct cleat_plugin cleat_plugin;
__attribute__((visibility("default"))) const struct cleat_plugin cleat_plugin = {
	CLEAT_HEAD,
	.type = "snapshotter",
	.name = "wrong",
	.version = "1.0.0",
	.summary = "Has one fault (a test plugin)",
	.license = "Apache-2.0",
	.ops = &wrong_ops,
	.init = init,
};

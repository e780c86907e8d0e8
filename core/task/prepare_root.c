/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare_root.c - which mounts make the container's root filesystem: a snapshot's, as its plugin
 * says, or the directory of --rootfs DIR itself.
 *
 * The child that makes a snapshot says it too, for the first start: one child less.
 */
#include "task/prepare.h"
#include "task/snapshot.h"

#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void root_mounts_fini(struct root_mounts *root)
{
	for (size_t i = 0; i < root->n; i++)
		if (root->list[i])
			containerd__types__mount__free_unpacked(root->list[i], NULL);
	free(root->list);
	*root = (struct root_mounts){ 0 };
}

static int add_mount(struct root_mounts *root, const char *type, const char *source,
		     const char *const *options)
{
	Containerd__Types__Mount *mount = malloc(sizeof(*mount));
	size_t n = 0;

	if (!mount)
		return -ENOMEM;
	containerd__types__mount__init(mount);
	root->list[root->n++] = mount;
	while (options && options[n])
		n++;
	mount->type = strdup(type);
	mount->source = strdup(source);
	mount->options = calloc(n + 1, sizeof(*mount->options));
	if (!mount->type || !mount->source || !mount->options)
		return -ENOMEM;
	for (; mount->n_options < n; mount->n_options++)
		if (!(mount->options[mount->n_options] = strdup(options[mount->n_options])))
			return -ENOMEM;
	return 0;
}

int root_mounts_fill(struct root_mounts *root, const struct cleat_mounts *mounts)
{
	int r = 0;

	root_mounts_fini(root);
	root->list = calloc(mounts->count + 1, sizeof(struct Containerd__Types__Mount *));
	if (!root->list)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < mounts->count; i++)
		r = add_mount(root, mounts->list[i].type, mounts->list[i].source,
			      mounts->list[i].options);
	return r;
}

static void mounts_known(void *arg, const struct cleat_mounts *mounts,
			 const struct cleat_error *err)
{
	struct job *job = arg;
	struct prepare *p = job_data(job);
	struct cleat_error why = *err;

	if (!err->errnum && root_mounts_fill(&p->root, mounts) < 0)
		(void)cleat_fail(&why, ENOMEM, "out of memory");
	if (!why.errnum)
		(void)root_mounts_map(p->task, &p->root, &why);
	job_resume(job, &why);
}

int prepare_root(struct job *job, struct cleat_error *err)
{
	static const char *const bind[] = { "rbind", "rprivate", NULL };
	struct prepare *p = job_data(job);
	struct task *task = p->task;

	if (task->row.snapshot && task->root.n) {
		p->root = task->root; /* as its maker said; a later start asks again */
		task->root = (struct root_mounts){ 0 };
		return root_mounts_map(task, &p->root, err);
	}
	if (task->row.snapshot) {
		int r = snapshot_mounts(task->all, task->row.snapshot, !task->config->auto_remove,
					mounts_known, job, err);

		return r < 0 ? r : JOB_WAIT;
	}
	p->root.list = calloc(2, sizeof(struct Containerd__Types__Mount *));
	if (!p->root.list || add_mount(&p->root, "bind", task->config->rootfs, bind) < 0)
		return cleat_fail(err, ENOMEM, "cannot describe the root filesystem: %m");
	return root_mounts_map(task, &p->root, err);
}

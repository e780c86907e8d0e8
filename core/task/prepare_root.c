/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare_root.c - which mounts make the container's root filesystem: a snapshot's, as its plugin
 * says, or the directory of --rootfs DIR itself.
 */
#include "task/prepare.h"
#include "task/snapshot.h"

#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void prepare_forget_root(struct prepare *p)
{
	for (size_t i = 0; i < p->nrootfs; i++)
		if (p->rootfs[i])
			containerd__types__mount__free_unpacked(p->rootfs[i], NULL);
	free(p->rootfs);
	p->rootfs = NULL;
	p->nrootfs = 0;
}

static int add_mount(struct prepare *p, const char *type, const char *source,
		     const char *const *options)
{
	Containerd__Types__Mount *mount = malloc(sizeof(*mount));
	size_t n = 0;

	if (!mount)
		return -ENOMEM;
	containerd__types__mount__init(mount);
	p->rootfs[p->nrootfs++] = mount;
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

static void mounts_known(void *arg, const struct cleat_mounts *mounts,
			 const struct cleat_error *err)
{
	struct job *job = arg;
	struct prepare *p = job_data(job);
	struct cleat_error why = *err;

	if (!err->errnum) {
		p->rootfs = calloc(mounts->count + 1, sizeof(struct Containerd__Types__Mount *));
		for (uint32_t i = 0; p->rootfs && !why.errnum && i < mounts->count; i++)
			if (add_mount(p, mounts->list[i].type, mounts->list[i].source,
				      mounts->list[i].options) < 0)
				(void)cleat_fail(&why, ENOMEM, "out of memory");
		if (!p->rootfs)
			(void)cleat_fail(&why, ENOMEM, "out of memory");
	}
	job_resume(job, &why);
}

int prepare_root(struct job *job, struct cleat_error *err)
{
	static const char *const bind[] = { "rbind", "rprivate", NULL };
	struct prepare *p = job_data(job);
	struct task *task = p->task;

	if (task->row.snapshot) {
		int r = snapshot_mounts(task->all, task->row.snapshot, mounts_known, job, err);

		return r < 0 ? r : JOB_WAIT;
	}
	p->rootfs = calloc(2, sizeof(struct Containerd__Types__Mount *));
	if (!p->rootfs || add_mount(p, "bind", task->config->rootfs, bind) < 0)
		return cleat_fail(err, ENOMEM, "cannot describe the root filesystem: %m");
	return JOB_DONE;
}

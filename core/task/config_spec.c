/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_spec.c - from what a user wants (ContainerConfig, merged with the image's by the service)
 * to OCI's config.json.
 *
 * Written anew for each start, because the namespaces of other containers and the terminal's size
 * change.
 */
#include "task/task.h"

#include "base/fd.h"
#include "base/install.h"
#include "base/text.h"
#include "config/config.h"
#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { PROFILE_MAX = 4 << 20 };

/** Everything that spec_options borrows. */
struct parts {
	struct spec_options options;
	struct spec_mount *mounts;
	struct spec_device *devices;
	struct spec_rlimit *rlimits;
	struct spec_pair *annotations;
	struct strings *lists[8];
	size_t nlists;
	char *text[8];
	size_t ntext;
	char *seccomp;
};

static void parts_fini(struct parts *p)
{
	for (size_t i = 0; i < p->nlists; i++) {
		strings_fini(p->lists[i]);
		free(p->lists[i]);
	}
	for (size_t i = 0; i < p->ntext; i++)
		free(p->text[i]);
	for (size_t i = 0; p->mounts && i < p->options.nmounts; i++)
		free((void *)(uintptr_t)p->mounts[i].options);
	free(p->mounts);
	free(p->devices);
	free(p->rlimits);
	free(p->annotations);
	free(p->seccomp);
}

/* protobuf's counted array as a NULL-ended one; NULL for an empty one. */
static int list(struct parts *p, char *const *items, size_t n, const char *const **out)
{
	struct strings *copy = n ? calloc(1, sizeof(*copy)) : NULL;

	if (!n)
		return 0;
	if (!copy)
		return -ENOMEM;
	p->lists[p->nlists++] = copy;
	for (size_t i = 0; i < n; i++)
		if (strings_add(copy, items[i]) < 0)
			return -ENOMEM;
	*out = (const char *const *)copy->item;
	return 0;
}

static int lists(struct parts *p, const container_config *c)
{
	struct spec_options *o = &p->options;

	if (list(p, c->args, c->n_args, &o->args) < 0 || list(p, c->env, c->n_env, &o->env) < 0 ||
	    list(p, c->groups, c->n_groups, &o->groups) < 0 ||
	    list(p, c->cap_add, c->n_cap_add, &o->cap_add) < 0 ||
	    list(p, c->cap_drop, c->n_cap_drop, &o->cap_drop) < 0 ||
	    list(p, c->sysctls, c->n_sysctls, &o->sysctls) < 0)
		return -ENOMEM;
	return 0;
}

static int mounts(struct parts *p, const container_config *c)
{
	p->mounts = calloc(c->n_mounts + 1, sizeof(*p->mounts));
	if (!p->mounts)
		return -ENOMEM;
	p->options.mounts = p->mounts;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const Cleat__V1__Mount *m = c->mounts[i];
		const char **options = calloc(m->n_options + 1, sizeof(*options));

		if (!options)
			return -ENOMEM;
		for (size_t k = 0; k < m->n_options; k++)
			options[k] = m->options[k];
		p->mounts[i] = (struct spec_mount){ .type = m->type,
						    .source = m->source,
						    .target = m->target,
						    .options = options };
		p->options.nmounts++;
	}
	return 0;
}

static int tables(struct parts *p, const container_config *c)
{
	p->devices = calloc(c->n_devices + 1, sizeof(*p->devices));
	p->rlimits = calloc(c->n_ulimits + 1, sizeof(*p->rlimits));
	p->annotations = calloc(c->n_annotations + 1, sizeof(*p->annotations));
	if (!p->devices || !p->rlimits || !p->annotations)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_devices; i++)
		p->devices[i] = (struct spec_device){ c->devices[i]->host, c->devices[i]->container,
						      c->devices[i]->access };
	for (size_t i = 0; i < c->n_ulimits; i++)
		p->rlimits[i] = (struct spec_rlimit){ c->ulimits[i]->name, c->ulimits[i]->soft,
						      c->ulimits[i]->hard };
	for (size_t i = 0; i < c->n_annotations; i++)
		p->annotations[i] =
			(struct spec_pair){ c->annotations[i]->key, c->annotations[i]->value };
	p->options.devices = p->devices;
	p->options.ndevices = c->n_devices;
	p->options.rlimits = p->rlimits;
	p->options.nrlimits = c->n_ulimits;
	p->options.annotations = p->annotations;
	p->options.nannotations = c->n_annotations;
	return 0;
}

static void limits(struct spec_options *o, const Cleat__V1__Limits *l)
{
	if (!l)
		return;
	o->memory = l->memory;
	o->memory_swap = l->memory_swap;
	o->memory_reservation = l->memory_reservation;
	o->cpu_shares = l->cpu_shares;
	o->cpu_quota = l->cpu_quota;
	o->cpu_period = l->cpu_period;
	if (l->nano_cpus) { /* docker: a period of 100 ms */
		o->cpu_period = 100000;
		o->cpu_quota = l->nano_cpus / 10000;
	}
	o->cpuset_cpus = *l->cpuset_cpus ? l->cpuset_cpus : NULL;
	o->cpuset_mems = *l->cpuset_mems ? l->cpuset_mems : NULL;
	o->pids = l->pids;
}

/* "", "host", "none", "ns:PATH", "container:NAME" to what spec.h wants. */
static int namespace_(struct task *task, struct parts *p, const char *mode, const char *kind,
		      const char **out, struct cleat_error *err)
{
	struct task *other = NULL;

	if (!*mode || text_eq(mode, "none") || text_eq(mode, "private"))
		return 0;
	if (text_eq(mode, "host")) {
		*out = "host";
		return 0;
	}
	if (text_starts(mode, "ns:")) {
		*out = mode + 3;
		return 0;
	}
	if (!text_starts(mode, "container:"))
		return cleat_fail(err, EINVAL,
				  "cannot use '%s' as %s mode: known are host and container:NAME",
				  mode, kind);
	int r = tasks_find(task->all, task->row.ns, mode + strlen("container:"), &other, err);

	if (r < 0)
		return r;
	if (other->row.phase != TASK_RUNNING && other->row.phase != TASK_PAUSED)
		return cleat_fail(
			err, EBUSY,
			"cannot join the %s namespace of container %s: it is not running; "
			"start it first",
			kind, task_label(other));
	p->text[p->ntext] = text_format("/proc/%lld/ns/%s", (long long)other->row.pid, kind);
	*out = p->text[p->ntext];
	return p->text[p->ntext++] ? 0 : cleat_fail(err, ENOMEM, "out of memory");
}

static int namespaces(struct task *task, struct parts *p, struct cleat_error *err)
{
	const container_config *c = task->config;
	struct spec_options *o = &p->options;

	if (namespace_(task, p, c->network, "net", &o->network, err) < 0 ||
	    namespace_(task, p, c->pid_mode, "pid", &o->pid, err) < 0 ||
	    namespace_(task, p, c->ipc_mode, "ipc", &o->ipc, err) < 0 ||
	    namespace_(task, p, c->uts_mode, "uts", &o->uts, err) < 0)
		return -err->errnum;
	o->user_ns = "host";
	o->map_uid = (uint32_t)task->row.userns_uid;
	o->map_gid = (uint32_t)task->row.userns_gid;
	o->map_size = (uint32_t)task->row.userns_size;
	return 0;
}

static int seccomp(struct task *task, struct parts *p, struct cleat_error *err)
{
	const container_config *c = task->config;
	const char *configured = task->all->env.config->cleat.seccomp;
	char path[PATH_MAX];
	size_t len = 0;

	if (*c->seccomp_profile) {
		p->options.seccomp = c->seccomp_profile;
		return 0;
	}
	if (c->privileged || text_eq(configured, "none"))
		return 0;
	if (*configured)
		(void)snprintf(path, sizeof(path), "%s", configured);
	else if (install_file("seccomp.json", path, sizeof(path), err) < 0)
		return cleat_wrap(err, "cannot find the default seccomp profile");
	int r = fd_read_file(AT_FDCWD, path, PROFILE_MAX, &p->seccomp, &len, err);

	p->options.seccomp = p->seccomp;
	return r;
}

static int fill(struct task *task, const struct task_prepare *how, struct parts *p,
		struct cleat_error *err)
{
	const container_config *c = task->config;
	const struct config_cleat *cleat = &task->all->env.config->cleat;
	struct spec_options *o = &p->options;

	if (lists(p, c) < 0 || mounts(p, c) < 0 || tables(p, c) < 0)
		return cleat_fail(err, ENOMEM, "cannot write config.json: out of memory");
	o->cwd = *c->workdir ? c->workdir : NULL;
	o->user = c->user;
	o->hostname = text_eq(c->uts_mode, "host") ? NULL : c->hostname;
	o->terminal = c->terminal;
	o->read_only = c->read_only;
	o->privileged = c->privileged;
	o->host_caps = c->privileged;
	o->no_new_privileges = c->no_new_privileges;
	o->apparmor = c->apparmor_profile;
	o->selinux = c->selinux_label;
	o->oom_score_adj = c->oom_score_adj;
	o->oom_score_adj_set = c->oom_score_adj_set;
	o->shm_size = c->shm_size > 0 ? (uint64_t)c->shm_size : 0;
	o->rows = how->rows;
	o->columns = how->columns;
	limits(o, c->limits);
	for (size_t i = 0; i < c->n_cap_add; i++)
		if (strcasecmp(c->cap_add[i], "ALL") == 0)
			o->host_caps = true;
	p->text[p->ntext] = text_format(
		"%s/%s", *c->cgroup_parent ? c->cgroup_parent : cleat->cgroup_parent, task->row.id);
	o->cgroups_path = p->text[p->ntext];
	if (!p->text[p->ntext++])
		return cleat_fail(err, ENOMEM, "cannot write config.json: out of memory");
	if (c->init)
		o->init = cleat->init_path;
	int r = namespaces(task, p, err);

	return r < 0 ? r : seccomp(task, p, err);
}

int task_config_json(struct task *task, const struct task_prepare *how, char **out,
		     struct cleat_error *err)
{
	_cleanup_(parts_fini) struct parts p = { 0 };
	int r = fill(task, how, &p, err);

	return r < 0 ? r : spec_generate(&p.options, false, out, err);
}

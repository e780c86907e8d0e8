/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - signals, pause, resume, update, and what the kernel counts. */
#include "box.h"

#include "intel_rdt.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <string.h>

static int not_running(struct cleat_error *err)
{
	/* Both halves are searched for: by containerd and CRI-O as runc's, by others as crun's. */
	return cleat_fail(err, ESRCH, "container not running: no such process");
}

int linux_kill(void *self, int signal_number, bool everyone, struct cleat_error *err)
{
	struct box *box = self;

	if (everyone && *box->record.cgroup) {
		bool alive = box_is_alive(box);
		int r = signal_number == SIGKILL && alive
				? cgroup_kill(box->cgroup, err)
				: cgroup_signal(box->cgroup, signal_number, err);

		/* Rootless, a living one may have no cgroup: its init takes the rest along. */
		if (alive && r == 0 && signal_number == SIGKILL)
			(void)sys_pidfd_send_signal(box->pidfd, SIGKILL);
		if (!alive || r != -ENOENT)
			return r == -ESRCH || r == -ENOENT ? not_running(err) : r;
	}
	if (!box_is_alive(box))
		return not_running(err);
	if (sys_pidfd_send_signal(box->pidfd, signal_number) < 0)
		return errno == ESRCH
			       ? not_running(err)
			       : cleat_fail(err, errno, "cannot send signal %d: %m", signal_number);
	/* A frozen version 1 cgroup keeps even this signal waiting. */
	if (signal_number == SIGKILL && cgroup_is_frozen(box->cgroup, err) > 0)
		return cgroup_thaw(box->cgroup, err);
	return 0;
}

int linux_pause(void *self, struct cleat_error *err)
{
	struct box *box = self;
	enum cleat_status status = box_status(box);

	if (status != CLEAT_CREATED && status != CLEAT_RUNNING)
		return cleat_fail(err, status == CLEAT_STOPPED ? ESRCH : EBUSY,
				  "container not running");
	return cgroup_freeze(box->cgroup, err);
}

int linux_resume(void *self, struct cleat_error *err)
{
	struct box *box = self;

	if (box_status(box) != CLEAT_PAUSED)
		return cleat_fail(err, EINVAL, "container not paused");
	return cgroup_thaw(box->cgroup, err);
}

/* Beside the specification's linux.resources: what the flags --l3-cache-schema and --mem-bw-schema say. */
static int update_classes(struct box *box, const struct json *node, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *config = NULL;
	struct intel_rdt *rdt = NULL;
	size_t len = 0;
	int r = record_read_config(box->state_fd, &config, &len, err);

	if (r == 0)
		r = json_parse(config, len, &doc, err);
	if (r == 0)
		r = intel_rdt_plan(json_root(doc), box->record.id, &rdt, err);
	if (r == 0)
		r = intel_rdt_update(rdt, node, err);
	intel_rdt_free(rdt);
	return r;
}

int linux_update(void *self, const char *resources, size_t len, struct cleat_error *err)
{
	struct box *box = self;
	_cleanup_json_ struct json_doc *doc = NULL;

	if (!box_is_alive(box))
		return cleat_fail(err, ESRCH, "container not running");
	int r = json_parse(resources, len, &doc, err);

	if (r == 0 && json_get(json_root(doc), "intelRdt"))
		r = update_classes(box, json_get(json_root(doc), "intelRdt"), err);
	return r < 0 ? r : cgroup_update(box->cgroup, json_root(doc), err);
}

int linux_processes(void *self, int32_t **out_pids, size_t *out_n, struct cleat_error *err)
{
	struct box *box = self;
	const struct cleat_host *host = box->rt->host;
	_cleanup_free_ int32_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_pids(box->cgroup, &pids, &n, err);

	if (r == -ENOENT && !box_is_alive(box)) /* stopped: nobody */
		n = 0;
	else if (r < 0)
		return r;
	int32_t *copy = host->alloc(host, (n + 1) * sizeof(*copy));

	if (!copy)
		return cleat_fail(err, ENOMEM, "cannot list the processes: %m");
	if (n)
		memcpy(copy, pids, n * sizeof(*copy));
	*out_pids = copy;
	*out_n = n;
	return 0;
}

int linux_stats(void *self, struct cleat_stats *out, struct cleat_error *err)
{
	struct box *box = self;

	return cgroup_stats(box->cgroup, out, err);
}

int linux_metrics(void *self, char **out_json, struct cleat_error *err)
{
	struct box *box = self;
	const struct cleat_host *host = box->rt->host;
	_cleanup_free_ char *json = NULL;
	int r = cgroup_metrics_json(box->cgroup, &json, err);

	if (r < 0)
		return r;
	size_t len = strlen(json) + 1;

	*out_json = host->alloc(host, len);
	if (!*out_json)
		return cleat_fail(err, ENOMEM, "cannot hand over the metrics: %m");
	memcpy(*out_json, json, len);
	return 0;
}

int linux_oom_fd(void *self, int *out_fd, struct cleat_error *err)
{
	struct box *box = self;

	return cgroup_oom_fd(box->cgroup, out_fd, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - runtime/linux: the descriptor, its keys and its table. */
#include "box.h"

#include <cleat/plugin.h>

#include <errno.h>
#include <stdlib.h>

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, no_pivot, "no-pivot", "no", NULL,
		  "Use MS_MOVE and chroot instead of pivot_root. Only for hosts whose root is a "
		  "ramdisk: the isolation is weaker."),
	CLEAT_KEY(struct settings, new_keyring, "new-keyring", "yes", NULL,
		  "Give each container a session keyring of its own. With no, its programs can use "
		  "the keys of whoever started the runtime."),
	CLEAT_KEY(struct settings, start_limit_ns, "start-limit", "4s", "100ms..10m",
		  "How long start waits for the container's init to answer."),
	CLEAT_KEY(struct settings, stop_limit_ns, "stop-limit", "10s", "100ms..10m",
		  "How long removing a container waits for a killed init to end."),
};

static const char *const provides[] = { CLEAT_PROVIDES_IDMAP, NULL };

static const struct cleat_runtime_ops ops = {
	.size = sizeof(ops),
	.create = linux_create,
	.load = linux_load,
	.start = linux_start,
	.kill = linux_kill,
	.exec = linux_exec,
	.pause = linux_pause,
	.resume = linux_resume,
	.update = linux_update,
	.state = linux_state,
	.processes = linux_processes,
	.stats = linux_stats,
	.destroy = linux_destroy,
	.release = linux_release,
	.features = linux_features,
	.checkpoint = linux_checkpoint,
	.metrics = linux_metrics,
	.oom_fd = linux_oom_fd,
};

static int plugin_init(const struct cleat_host *host, const void *settings, void **out_self,
		       struct cleat_error *err)
{
	struct runtime *rt = calloc(1, sizeof(*rt));

	if (!rt)
		return cleat_fail(err, ENOMEM, "cannot begin: %m");
	rt->host = host;
	rt->settings = settings;
	*out_self = rt;
	return 0;
}

static void plugin_fini(void *self)
{
	free(self);
}

CLEAT_PLUGIN(.type = "runtime", .name = "linux", .version = CLEAT_VERSION,
	     .summary = "OCI containers made of Linux namespaces and control groups",
	     .license = "Apache-2.0", .provides = provides, .keys = keys,
	     .nkeys = sizeof(keys) / sizeof(keys[0]), .settings_size = sizeof(struct settings),
	     .ops = &ops, .init = plugin_init, .fini = plugin_fini);

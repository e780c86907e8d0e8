/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_userns.c - what a user namespace of one's own cannot go with, refused at create.
 *
 * Root in there has rights over what belongs to its own namespace, and files only through a mapping:
 * whoever cannot give it that is named here, before anything is made.
 */
#include "service/service.h"

#include "base/text.h"
#include "base/userns.h"
#include "config/config.h"
#include "plugin/registry.h"

#include <errno.h>

#include <cleat/cleanup.h>
#include <cleat/runtime.h>

/* A namespace of the host or of another container belongs to that one's user namespace: no rights in it. */
static int check_shared(const container_config *config, struct cleat_error *err)
{
	const struct {
		const char *mode, *name, *alone;
	} all[] = {
		{ config->network, "network", "none" },
		{ config->pid_mode, "PID", "private" },
		{ config->ipc_mode, "IPC", "private" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const char *mode = all[i].mode;

		if (text_eq(mode, "host"))
			return cleat_fail(
				err, EINVAL,
				"cannot share the host's %s namespace when user namespaces "
				"are enabled; use --userns host for that",
				all[i].name);
		if (*mode && !text_eq(mode, all[i].alone) && !text_eq(mode, "private"))
			return cleat_fail(
				err, EINVAL,
				"cannot join the %s namespace '%s' with a user namespace of "
				"one's own, which has no rights there; use --userns host",
				all[i].name, mode);
	}
	return 0;
}

static int check_idmap(const container_config *config, bool mapped, struct cleat_error *err)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		for (size_t k = 0; k < config->mounts[i]->n_options; k++)
			if (text_eq(config->mounts[i]->options[k], "idmap") && !mapped)
				return cleat_fail(err, EINVAL,
						  "cannot use option idmap of mount '%s' without a "
						  "user namespace; add --userns auto",
						  config->mounts[i]->target);
	return 0;
}

static int check_runtime(const struct tasks_env *env, const container_config *config,
			 struct cleat_error *err)
{
	const char *name = *config->runtime ? config->runtime : env->config->plugins.runtime;
	const struct plugin *plugin = NULL;

	if (service_is_foreign(env->config, name))
		return cleat_fail(
			err, ENOTSUP,
			"cannot use --userns %s with the foreign shim '%s': it mounts the "
			"root filesystem itself; use our runtime, or --userns host",
			config->userns, name);
	int r = registry_find(env->registry, "runtime", name, &plugin, err);

	if (r < 0 || plugin_provides(plugin, CLEAT_PROVIDES_IDMAP))
		return r;
	return cleat_fail(err, ENOTSUP,
			  "cannot use --userns %s: runtime '%s' cannot map the ids of a root "
			  "filesystem (it does not provide %s)",
			  config->userns, name, CLEAT_PROVIDES_IDMAP);
}

int service_check_userns(struct service *service, const container_config *config,
			 struct cleat_error *err)
{
	const struct tasks_env *env = &service->tasks->env;
	struct userns wanted;

	if (userns_parse(config->userns, &wanted, err) < 0)
		return cleat_wrap(err, "cannot use --userns %.64s", config->userns);
	if (check_idmap(config, wanted.mode != USERNS_HOST, err) < 0)
		return -err->errnum;
	if (wanted.mode == USERNS_HOST)
		return 0;
	if (config->privileged)
		return cleat_fail(err, EINVAL,
				  "privileged mode is incompatible with user namespaces; use "
				  "--userns host for a privileged container");
	if (env->config->cleat.rootfs_mount == CONFIG_ROOTFS_HOST)
		return cleat_fail(
			err, EINVAL,
			"cannot use --userns %s with rootfs-mount = host: a root "
			"filesystem with mapped ids is mounted in private; change the key "
			"in cleat.ini, or use --userns host",
			config->userns);
	int r = check_shared(config, err);

	return r < 0 ? r : check_runtime(env, config, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - what cannot work is refused at create, with docker's words where docker has some. */
#include "service/service.h"

#include "base/text.h"
#include "config/config.h"
#include "plugin/registry.h"
#include "task/log.h"
#include "use/use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { MINIMUM_MEMORY = 6 << 20, NANO = 1000000000 };

static int check_cpus(int64_t nano_cpus, struct cleat_error *err)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);

	if (nano_cpus && nano_cpus < NANO / 100)
		return cleat_fail(err, EINVAL, "--cpus cannot be less than 0.01");
	if (there > 0 && nano_cpus > there * NANO)
		return cleat_fail(
			err, EINVAL,
			"Range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs "
			"available",
			there, there);
	return 0;
}

int service_check_limits(const Cleat__V1__Limits *l, struct cleat_error *err)
{
	if (l->memory && l->memory < MINIMUM_MEMORY)
		return cleat_fail(err, EINVAL, "Minimum memory limit allowed is 6MB");
	if (l->memory_swap > 0 && !l->memory)
		return cleat_fail(
			err, EINVAL,
			"You should always set the Memory limit when using Memoryswap limit, "
			"see usage");
	if (l->memory_swap > 0 && l->memory_swap < l->memory)
		return cleat_fail(
			err, EINVAL,
			"Minimum memoryswap limit should be larger than memory limit, see "
			"usage");
	if (l->memory_reservation && l->memory_reservation < MINIMUM_MEMORY)
		return cleat_fail(err, EINVAL, "Minimum memory reservation allowed is 6MB");
	if (l->memory && l->memory_reservation > l->memory)
		return cleat_fail(
			err, EINVAL,
			"Minimum memory limit can not be less than memory reservation limit, "
			"see usage");
	if (l->nano_cpus && (l->cpu_quota || l->cpu_period))
		return cleat_fail(
			err, EINVAL,
			"Conflicting options: Nano CPUs and CPU Period or Quota cannot both "
			"be set");
	if (l->nano_cpus < 0)
		return cleat_fail(err, EINVAL, "--cpus cannot be negative");
	if (l->cpu_period && (l->cpu_period < 1000 || l->cpu_period > 1000000))
		return cleat_fail(
			err, EINVAL,
			"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s "
			"(i.e. 1000000)");
	if (l->cpu_quota > 0 && l->cpu_quota < 1000)
		return cleat_fail(err, EINVAL,
				  "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	return check_cpus(l->nano_cpus, err);
}

static int check_root(const container_config *config, struct cleat_error *err)
{
	struct stat st;

	if (*config->image && *config->rootfs)
		return cleat_fail(err, EINVAL, "an image and --rootfs exclude each other");
	if (!*config->image && !*config->rootfs)
		return cleat_fail(err, EINVAL, "a container needs an image or --rootfs DIR");
	if (!*config->rootfs)
		return 0;
	if (config->rootfs[0] != '/')
		return cleat_fail(err, EINVAL,
				  "cannot use root filesystem '%s': it is no absolute path",
				  config->rootfs);
	if (stat(config->rootfs, &st) < 0)
		return cleat_fail(err, errno, "cannot use root filesystem '%s': %m",
				  config->rootfs);
	if (!S_ISDIR(st.st_mode))
		return cleat_fail(err, ENOTDIR, "cannot use root filesystem '%s': %m",
				  config->rootfs);
	/* Bound as it is, the host's root would be the container's to change. */
	if (text_eq(config->rootfs, "/") && !config->rootfs_overlay)
		return cleat_fail(
			err, EINVAL,
			"cannot use the machine's own root as it is; use --rootfs /:O for an "
			"overlay over it");
	return 0;
}

static int check_mounts(const container_config *config, struct cleat_error *err)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const Cleat__V1__Mount *mount = config->mounts[i];
		bool bind = text_eq(mount->type, "bind");

		if (!bind && !text_eq(mount->type, "tmpfs"))
			return cleat_fail(err, EINVAL,
					  "cannot mount type '%s': known are bind and tmpfs",
					  mount->type);
		if (mount->target[0] != '/' || text_eq(mount->target, "/"))
			return cleat_fail(
				err, EINVAL,
				"invalid mount target '%s': it must be an absolute path and not "
				"the root",
				mount->target);
		if (bind && mount->source[0] != '/')
			return cleat_fail(err, EINVAL,
					  "invalid bind source '%s': it must be an absolute path",
					  mount->source);
		if (bind && access(mount->source, F_OK) < 0)
			return cleat_fail(
				err, EINVAL,
				"invalid mount config for type \"bind\": bind source path does "
				"not exist: %s",
				mount->source);
		for (size_t k = 0; k < i; k++)
			if (text_eq(config->mounts[k]->target, mount->target))
				return cleat_fail(err, EINVAL, "Duplicate mount point: %s",
						  mount->target);
	}
	return 0;
}

static int check_policy(struct service *service, const container_config *config,
			struct cleat_error *err)
{
	char name[32] = "no";
	int r = restart_check_policy(service->tasks, config, NULL, 0, config->restart, name, err);

	if (r == 0 && config->auto_remove && !text_eq(name, "no"))
		r = cleat_fail(err, EINVAL,
			       "conflicting options: cannot specify both --restart and --rm");
	return r;
}

bool service_is_foreign(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->nshims; i++)
		if (text_eq(config->shims[i].name, name))
			return true;
	return false;
}

static int check_io(const struct tasks_env *env, const container_config *config,
		    struct cleat_error *err)
{
	const struct config_plugins *defaults = &env->config->plugins;
	const char *detached = *defaults->detached_io ? defaults->detached_io : defaults->io;
	const struct plugin *plugin = NULL;
	struct cleat_error ignored = { 0 };
	int r = 0;

	if (*config->io || config->n_log_options)
		r = registry_find(env->registry, "io", *config->io ? config->io : detached, &plugin,
				  err);
	else /* not loaded: then it is not used */
		(void)registry_find(env->registry, "io", detached, &plugin, &ignored);
	return r < 0 || !plugin ? r : log_check_options(env->config, config, plugin, err);
}

static int check_plugins(struct service *service, const container_config *config,
			 struct cleat_error *err)
{
	const struct tasks_env *env = &service->tasks->env;
	const struct plugin *plugin = NULL;
	bool snapshot = *config->image || config->rootfs_overlay;
	int r = 0;

	if (*config->runtime && !service_is_foreign(env->config, config->runtime))
		r = registry_find(env->registry, "runtime", config->runtime, &plugin, err);
	if (r == 0 && snapshot)
		r = registry_find(env->registry, "snapshotter",
				  *config->snapshotter ? config->snapshotter : NULL, &plugin, err);
	return r < 0 ? r : check_io(env, config, err);
}

static int check_words(const container_config *config, struct cleat_error *err)
{
	if (*config->stop_signal && text_to_signal(config->stop_signal) < 0)
		return cleat_fail(err, EINVAL, "invalid signal: %s", config->stop_signal);
	if (config->stop_timeout_s > INT32_MAX)
		return cleat_fail(err, EINVAL, "invalid stop timeout: %lld s are more than %d",
				  (long long)config->stop_timeout_s, INT32_MAX);
	if (*config->workdir && config->workdir[0] != '/')
		return cleat_fail(
			err, EINVAL,
			"the working directory '%s' is invalid, it needs to be an absolute "
			"path",
			config->workdir);
	if (strlen(config->hostname) > 64)
		return cleat_fail(err, EINVAL, "invalid hostname: longer than 64 characters");
	if (*config->cgroup_parent &&
	    (config->cgroup_parent[0] != '/' || strstr(config->cgroup_parent, "..")))
		return cleat_fail(
			err, EINVAL,
			"cannot use cgroup parent '%s': it must be an absolute path without "
			"'..'",
			config->cgroup_parent);
	for (size_t i = 0; i < config->n_env; i++)
		if (config->env[i][0] == '=' || !*config->env[i])
			return cleat_fail(err, EINVAL, "invalid environment variable: %s",
					  config->env[i]);
	return 0;
}

static int check_init(struct service *service, const container_config *config,
		      struct cleat_error *err)
{
	const char *path = service->tasks->env.config->cleat.init_path;

	if (config->init && access(path, X_OK) < 0)
		return cleat_fail(
			err, errno,
			"cannot use --init: no init at '%s'; install tini or set init-path in "
			"cleat.ini",
			path);
	return 0;
}

/*
 * Without the module the kernel ignores nothing: the program would not start. Better said now, and in
 * words of the flag.
 */
static int check_labels(const container_config *config, struct cleat_error *err)
{
	char on = 'N';
	_cleanup_close_ int fd =
		open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, &on, 1) != 1)
		on = 'N';
	if (*config->apparmor_profile && on != 'Y')
		return cleat_fail(err, ENOTSUP,
				  "cannot use AppArmor profile '%s': AppArmor is not enabled in "
				  "this kernel",
				  config->apparmor_profile);
	if (*config->selinux_label && access("/sys/fs/selinux/enforce", F_OK) < 0)
		return cleat_fail(
			err, ENOTSUP,
			"cannot use SELinux label '%s': SELinux is not enabled in this kernel",
			config->selinux_label);
	return 0;
}

int service_check(struct service *service, const char *ns, const container_config *config,
		  struct cleat_error *err)
{
	(void)ns;
	if (check_root(config, err) < 0 || check_words(config, err) < 0 ||
	    check_labels(config, err) < 0 || check_mounts(config, err) < 0 ||
	    check_init(service, config, err) < 0 || check_plugins(service, config, err) < 0 ||
	    service_check_userns(service, config, err) < 0 ||
	    check_policy(service, config, err) < 0)
		return -err->errnum;
	return config->limits ? service_check_limits(config->limits, err) : 0;
}

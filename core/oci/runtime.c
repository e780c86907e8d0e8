/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.c - the runtime plugin that a command works with. */
#include "runtime.h"

#include "base/install.h"
#include "plugin/builtin.h"
#include "state_root.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* The dynamic sister opens plugins from files. Returns only on failure. */
static int become_dynamic(const struct arguments *arguments, const char *name,
			  struct cleat_error *err)
{
	char path[PATH_MAX];

	if (install_program("cleat-oci-dl", path, sizeof(path), err) < 0)
		return cleat_wrap(err, "runtime plugin '%s' is not built in", name);
	(void)execv(path, arguments->argv);
	return cleat_fail(err, errno, "cannot execute '%s': %m", path);
}

static int open_registry(const struct arguments *arguments, struct runtime *runtime,
			 struct cleat_error *err)
{
	char root[PATH_MAX];
	char records[PATH_MAX];
	/* No id begins with a dot, so the plugins' directory cannot meet a container's. */
	struct registry_env env = { .types = PLUGIN_RUNTIME,
				    .records_root = records,
				    .keep_going = true };

	if (state_root_path(arguments, root, sizeof(root), err) < 0)
		return -err->errnum;
	if (snprintf(records, sizeof(records), "%s/.plugins", root) >= (int)sizeof(records))
		return cleat_fail(err, ENAMETOOLONG, "cannot use '%.100s...' as --root: %m", root);
	return registry_open(runtime->config, &env, &runtime->registry, err);
}

int runtime_open(const struct arguments *arguments, const char *name, struct runtime *out,
		 struct cleat_error *err)
{
	struct runtime runtime = { 0 };
	int r = config_open(NULL, &runtime.config, err);

	if (r == 0 && program_builtins.sealed &&
	    !registry_is_builtin(runtime.config, "runtime", name))
		r = become_dynamic(arguments, name ? name : runtime.config->plugins.runtime, err);
	if (r == 0)
		r = open_registry(arguments, &runtime, err);
	if (r == 0)
		r = registry_find(runtime.registry, "runtime", name, &runtime.plugin, err);
	if (r < 0) {
		runtime_fini(&runtime);
		return -err->errnum;
	}
	*out = runtime;
	return 0;
}

void runtime_fini(struct runtime *runtime)
{
	registry_close(runtime->registry);
	config_free(runtime->config);
	*runtime = (struct runtime){ 0 };
}

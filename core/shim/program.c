/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.c - static or dynamic: a static program must not dlopen, so it hands over when it has to.
 */
#include "actions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/install.h"
#include "facts.h"
#include "plugin/builtin.h"

static bool is_served(const struct config *config, const struct facts *facts)
{
	return registry_is_builtin(config, "runtime", facts->runtime) &&
	       registry_is_builtin(config, "io", facts->io) &&
	       registry_is_builtin(config, "io", NULL); /* of execs, when the other one is a log */
}

int program_choose(char **argv, struct cleat_error *err)
{
	_cleanup_close_ int bundle = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_facts_ struct facts facts = { 0 };
	_cleanup_(config_freep) struct config *config = NULL;
	char path[PATH_MAX];

	if (!program_builtins.sealed)
		return 0;
	int r = facts_read(bundle, &facts, err);

	if (r == 0)
		r = config_open(NULL, &config, err);
	if (r < 0 || is_served(config, &facts))
		return r;
	r = install_program("cleat-shim-dl", path, sizeof(path), err);
	if (r < 0)
		return r;
	(void)execv(path, argv);
	return cleat_fail(err, errno, "cannot run '%s': %m", path);
}

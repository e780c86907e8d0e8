/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - credentials and filter, with memory, in the parent. */
#include "prepare.h"

#include "seccomp_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

int prepare_credentials(struct init *init, struct runtime *rt, const struct json *caps,
			struct cleat_error *err)
{
	int r = capabilities_parse(caps, init->has_userns, &init->caps, err);

	if (r < 0)
		return cleat_wrap(err, "process.capabilities");
	/* `runc spec` asks for ambient ones that nothing is inheritable for; all runtimes pass over it. */
	init->caps.ambient &= init->caps.permitted & init->caps.inheritable;
	if (init->caps.refused) {
		char names[256];

		capabilities_print(init->caps.refused, names, sizeof(names));
		rt->host->log(rt->host, CLEAT_WARN,
			      "container '%s' does not get %s: we do not have it ourselves",
			      init->id, names);
	}
	init->groups = calloc(MAX_GROUPS, sizeof(*init->groups));
	return init->groups ? 0 : cleat_fail(err, ENOMEM, "cannot hold the groups: %m");
}

int prepare_seccomp(struct init *init, struct runtime *rt, const struct json *config,
		    struct cleat_error *err)
{
	const struct json *node = NULL;
	int r = json_get_node(json_get(config, "linux"), "seccomp", JSON_OBJECT, &node, err);

	if (r < 0 || !node)
		return r;
	int cache = rt->host->state_dir ? rt->host->state_dir(rt->host) : -1;

	r = seccomp_compile(rt->host, node, cache < 0 ? -1 : cache, &init->seccomp, err);
	if (r < 0)
		return cleat_wrap(err, "linux.seccomp");
	/* Before anything is built: without its agent the container could not run. */
	return seccomp_notifies(init->seccomp) ? seccomp_notify_probe(config, err) : 0;
}

int prepare_preserved(uint32_t n, struct cleat_error *err)
{
	enum { MAX_PRESERVED = 4096 };

	if (n > MAX_PRESERVED)
		return cleat_fail(err, EINVAL, "cannot preserve %u descriptors", n);
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return cleat_fail(err, EBADF,
					  "descriptor %d is to be preserved but not open", fd);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pending_seccomp.c - until seccomp.c lands: a configuration with a filter is refused. Then remove. */
#include "seccomp.h"

#include <errno.h>
#include <stddef.h>

int seccomp_compile(const struct cleat_host *host, const struct json *seccomp, int cache_fd,
		    struct seccomp **out, struct cleat_error *err)
{
	(void)host;
	(void)cache_fd;
	*out = NULL;
	return seccomp ? cleat_fail(err, ENOTSUP, "seccomp is not supported yet") : 0;
}

int seccomp_install(const struct seccomp *sc, int *out_listener, struct cleat_error *err)
{
	(void)sc;
	(void)err;
	*out_listener = -1;
	return 0;
}

const char *seccomp_listener_path(const struct seccomp *sc)
{
	(void)sc;
	return NULL;
}

void seccomp_free(struct seccomp *sc)
{
	(void)sc;
}

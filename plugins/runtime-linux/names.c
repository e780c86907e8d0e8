/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - host and domain name, and sysctls: what the namespaces hold besides mounts. */
#include "init.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int names_set(struct init *init, struct cleat_error *err)
{
	const char *host = init->plan->hostname;
	const char *domain = init->plan->domainname;

	if (host && *host && sethostname(host, strlen(host)) < 0)
		return cleat_fail(err, errno, "'%s': %m", host);
	if (domain && *domain && setdomainname(domain, strlen(domain)) < 0)
		return cleat_fail(err, errno, "domain name '%s': %m", domain);
	return 0;
}

int sysctls_write(struct init *init, struct cleat_error *err)
{
	return init->sysctls ? sysctl_apply(init->sysctls, init->proc_fd, err) : 0;
}

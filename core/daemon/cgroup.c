/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - out of the cgroup of whoever started us.
 *
 * A daemon that `cleat` started would else be killed and counted with its caller's session. Under
 * systemd the unit's cgroup is right; moving out of it would hide us from systemd.
 */
#include "daemon/daemon.h"

#include "base/cgroup.h"

#include <stdlib.h>
#include <unistd.h>

void daemon_own_cgroup(void)
{
	if (getenv("INVOCATION_ID"))
		return; /* systemd's service */
	/* Where nothing takes us, as in a container with read-only cgroups, we stay: no harm. */
	(void)cgroup_enter("cleat.daemon", getpid(), true);
}

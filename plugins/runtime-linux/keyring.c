/* SPDX-License-Identifier: Apache-2.0 */
/* keyring.c - a session keyring for the container: the caller's keys are not its business. */
#include "init.h"

#include "syscalls.h"

#include <linux/keyctl.h>
#include <stdio.h>

int keyring_join(struct init *init, struct cleat_error *err)
{
	char name[160];

	if (init->flags & CLEAT_NO_NEW_KEYRING)
		return 0;
	(void)snprintf(name, sizeof(name), "_ses.%s", init->id);
	/* exec joins the one of that name, which init has made. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0)
		return 0;
	/* No keys in this kernel; or an outer filter, or an outer namespace, forbids them. */
	if (errno == ENOSYS || errno == EPERM || errno == EACCES)
		return 0;
	return cleat_fail(err, errno, "'%s': %m%s", name,
			  errno == EDQUOT ? "; raise /proc/sys/kernel/keys/root_maxkeys" : "");
}

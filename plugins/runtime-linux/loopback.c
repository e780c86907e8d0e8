/* SPDX-License-Identifier: Apache-2.0 */
/* loopback.c - "lo" up in a network namespace of our own. */
#include "init.h"

#include <cleat/cleanup.h>

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int loopback_up(struct init *init, struct cleat_error *err)
{
	struct ifreq request = { 0 };

	if (!plan_ns_is_new(init->plan, NS_NETWORK))
		return 0;
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open a socket: %m");
	memcpy(request.ifr_name, "lo", sizeof("lo"));
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return cleat_fail(err, errno, "%m");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - cleat-oci kill. */
#include "commands.h"
#include "existing.h"

#include <errno.h>
#include <signal.h>

/* One sentence for all callers: containerd and CRI-O look for either half of it. */
static int not_running(struct cleat_error *err)
{
	return cleat_fail(err, ESRCH, "container not running: no such process");
}

int oci_kill(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	const char *word = arguments->nrest > 1 ? arguments->rest[1] : "TERM";
	int number = text_to_signal(word);

	if (number < 1)
		return cleat_fail(err, EINVAL, "unknown signal \"%.40s\"", word);
	if (container_open(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status == CLEAT_STOPPED && !arguments->all)
		return not_running(err);
	int r = use_runtime_kill(container.box, number, arguments->all, err);

	if (r == -ESRCH)
		return arguments->all ? 0 : not_running(err);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* adopt_console.c - go on copying a terminal whose last copier was killed. */
#include "adopt.h"

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

enum { PATIENCE_S = 1 };

void adopt_console(struct task *task)
{
	struct cleat_error err = { 0 };
	int console = take_fd(&task->shim->console);

	if (task->adopted)
		loop_unwatchp(&task->adopted->patience);
	if (console < 0)
		return;
	if (stdio_attach(&task->init, console, &err) < 0)
		log_line(CLEAT_WARN, "cannot use the terminal of '%s': %s", task->id, err.text);
	adopt_record_write(task); /* it has another number now */
}

static void waited(void *arg)
{
	adopt_console(arg);
}

void adopt_console_later(struct task *task)
{
	struct cleat_error err = { 0 };

	if (loop_watch_timer(task->shim->loop, PATIENCE_S * NS_PER_S, waited, task,
			     &task->adopted->patience, &err) < 0)
		adopt_console(task);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - the phases of a container and the moves between them that are legal. */
#ifndef CORE_TASK_STATE_H
#define CORE_TASK_STATE_H

#include <stdbool.h>

/** Stored in the database: the numbers never change. */
enum task_phase {
	TASK_CREATING = 0, /* not yet anybody's: image being unpacked, root being made */
	TASK_CREATED = 1,
	TASK_RUNNING = 2,
	TASK_PAUSED = 3,
	TASK_RESTARTING = 4, /* ended, and waits for its next start */
	TASK_EXITED = 5,
	TASK_REMOVING = 6,
	TASK_DEAD = 7, /* a removal failed: it can only be removed again */
	TASK_GC = 8,   /* ended, but something of it cannot be cleaned up yet */
	TASK_PHASES
};

/** "running": what ps and inspect print. */
const char *task_phase_name(int phase);
bool task_phase_may(int from, int to);
/** Does it have a process, or is it going to have one again? (docker's "running") */
bool task_phase_is_active(int phase);

#endif

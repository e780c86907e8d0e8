/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - one array of legal moves (restart-and-lifecycle.md 2.9.4). */
#include "task/state.h"

static const char *const names[TASK_PHASES] = {
	[TASK_CREATING] = "creating",
	[TASK_CREATED] = "created",
	[TASK_RUNNING] = "running",
	[TASK_PAUSED] = "paused",
	[TASK_RESTARTING] = "restarting",
	[TASK_EXITED] = "exited",
	[TASK_REMOVING] = "removing",
	[TASK_DEAD] = "dead",
	[TASK_GC] = "gc",
};

/* moves[from][to]. Saying again what is so (from == to) is never a move. */
static const bool moves[TASK_PHASES][TASK_PHASES] = {
	[TASK_CREATING] = { [TASK_CREATED] = true, [TASK_REMOVING] = true },
	/* a start that fails leaves it exited, with the reason and 126, 127 or 128 */
	[TASK_CREATED] = { [TASK_RUNNING] = true, [TASK_EXITED] = true, [TASK_REMOVING] = true },
	[TASK_RUNNING] = { [TASK_PAUSED] = true,
			   [TASK_RESTARTING] = true,
			   [TASK_EXITED] = true,
			   [TASK_GC] = true },
	/* a paused container can be killed */
	[TASK_PAUSED] = { [TASK_RUNNING] = true,
			  [TASK_RESTARTING] = true,
			  [TASK_EXITED] = true,
			  [TASK_GC] = true },
	/* its end was recorded before anybody knew that it cannot be cleaned up */
	[TASK_RESTARTING] = { [TASK_RUNNING] = true, [TASK_EXITED] = true, [TASK_GC] = true },
	/* a new boot, or a changed policy, may bring it back */
	[TASK_EXITED] = { [TASK_RUNNING] = true,
			  [TASK_RESTARTING] = true,
			  [TASK_REMOVING] = true,
			  [TASK_GC] = true },
	[TASK_REMOVING] = { [TASK_DEAD] = true, [TASK_GC] = true },
	/* cleaned up at last: what was to be decided is decided now */
	[TASK_GC] = { [TASK_EXITED] = true, [TASK_RESTARTING] = true, [TASK_REMOVING] = true },
	[TASK_DEAD] = { [TASK_REMOVING] = true },
};

const char *task_phase_name(int phase)
{
	return phase >= 0 && phase < TASK_PHASES ? names[phase] : "unknown";
}

bool task_phase_may(int from, int to)
{
	return from >= 0 && from < TASK_PHASES && to >= 0 && to < TASK_PHASES && moves[from][to];
}

bool task_phase_is_active(int phase)
{
	return phase == TASK_RUNNING || phase == TASK_PAUSED || phase == TASK_RESTARTING;
}

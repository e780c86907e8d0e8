/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart_manager.c - iSulad's ten interfaces (S52..S61), as the core does them for a plugin that
 * only decides.
 *
 * A manager is one container's: its policy, its count, and its pending wait. Cancel ends the wait and
 * nothing more: what must not happen any more is said by the container's generation. Plain integers
 * count, since there is one thread; the wait is an alarm, so that nothing blocks and a spurious
 * wake-up is no cancel.
 */
#include "task/restarts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cleat_restart_manager {
	struct restart_core *core;
	unsigned refs;
	uint32_t failures;
	struct cleat_policy *policy; /* a copy */
	struct alarm alarm;
	void (*done)(void *arg, bool cancelled);
	void *arg;
};

static void policy_free(void *self, struct cleat_policy *policy)
{
	(void)self;
	if (!policy)
		return;
	free((char *)(uintptr_t)policy->name);
	free(policy);
}

static struct cleat_policy *policy_copy(const struct cleat_policy *policy)
{
	struct cleat_policy *copy = calloc(1, sizeof(*copy));
	char *name = strdup(policy->name);

	if (!copy || !name) {
		free(copy);
		free(name);
		return NULL;
	}
	copy->size = sizeof(*copy);
	copy->max_retries = policy->max_retries;
	copy->name = name;
	return copy;
}

static void rung(void *arg)
{
	struct cleat_restart_manager *manager = arg;
	void (*done)(void *, bool) = manager->done;

	manager->done = NULL;
	if (done)
		done(manager->arg, false);
}

static int manager_new(void *self, const struct cleat_policy *policy, uint32_t failures,
		       struct cleat_restart_manager **out, struct cleat_error *err)
{
	struct cleat_restart_manager *manager = calloc(1, sizeof(*manager));
	struct cleat_policy *copy = policy_copy(policy);

	if (!manager || !copy) {
		free(manager);
		policy_free(self, copy);
		return cleat_fail(err, ENOMEM, "cannot make a restart manager: out of memory");
	}
	manager->core = self;
	manager->refs = 1;
	manager->failures = failures;
	manager->policy = copy;
	manager->alarm.ring = rung;
	manager->alarm.arg = manager;
	*out = manager;
	return 0;
}

static void manager_free(struct cleat_restart_manager *manager)
{
	if (!manager)
		return;
	alarms_clear(manager->core->alarms, &manager->alarm);
	policy_free(manager->core, manager->policy);
	free(manager);
}

static void manager_ref(struct cleat_restart_manager *manager)
{
	manager->refs++;
}

static void manager_unref(struct cleat_restart_manager *manager)
{
	if (manager && --manager->refs == 0)
		manager_free(manager);
}

static int manager_set_policy(struct cleat_restart_manager *manager,
			      const struct cleat_policy *policy, struct cleat_error *err)
{
	struct cleat_policy *copy = policy_copy(policy);

	if (!copy)
		return cleat_fail(err, ENOMEM, "cannot change a restart policy: out of memory");
	policy_free(manager->core, manager->policy);
	manager->policy = copy;
	return 0;
}

static int manager_cancel(struct cleat_restart_manager *manager)
{
	void (*done)(void *, bool) = manager->done;

	alarms_clear(manager->core->alarms, &manager->alarm);
	manager->done = NULL;
	if (done)
		done(manager->arg, true);
	return 0;
}

static int manager_wait_cancel(struct cleat_restart_manager *manager, uint64_t delay_ns,
			       void (*done)(void *arg, bool cancelled), void *arg,
			       struct cleat_error *err)
{
	struct alarms *alarms = manager->core->alarms;

	if (manager->done)
		return cleat_fail(err, EBUSY, "a restart is pending already");
	if (alarms_set(alarms, &manager->alarm, alarms_now(alarms) + delay_ns, err) < 0)
		return -err->errnum;
	manager->done = done;
	manager->arg = arg;
	return 0;
}

/* S61: finds the container and waits as above, with the container's manager. */
static int restart_later(void *self, const char *id, uint64_t delay_ns, int32_t code,
			 struct cleat_error *err)
{
	const struct restart_core *core = self;

	return core->later(core->arg, id, delay_ns, code, err);
}

const struct cleat_restart_ops restart_core_ops = {
	.size = sizeof(restart_core_ops),
	.policy_free = policy_free,
	.manager_new = manager_new,
	.manager_ref = manager_ref,
	.manager_unref = manager_unref,
	.manager_free = manager_free,
	.manager_set_policy = manager_set_policy,
	.manager_cancel = manager_cancel,
	.manager_wait_cancel = manager_wait_cancel,
	.restart_later = restart_later,
};

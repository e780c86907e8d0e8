/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strikes.c - restart/strikes: whatever fails comes back, a fixed number of times.
 *
 * A complete plugin to start from. It shows the four parts that every plugin has: a struct for the
 * settings with one schema row for each member, the operations, the table, and the descriptor. All
 * of it is static but the one symbol that CLEAT_PLUGIN defines. See `make check`.
 */
#include <cleat/plugin.h>
#include <cleat/restart.h>

#include <errno.h>
#include <stdio.h>

/* Filled by the host from the section [restart/strikes] of cleat.ini before init is called. */
struct settings {
	int64_t strikes;
	uint64_t delay_ns;
};

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, strikes, "strikes", "3", "1..1000",
		  "After so many restarts a container that fails stays where it is."),
	CLEAT_KEY(struct settings, delay_ns, "delay", "1s", "0..1h",
		  "How long to wait before each restart."),
};

/* One instance. @settings lives until fini, so we keep the pointer. */
struct strikes {
	const struct cleat_host *host;
	const struct settings *settings;
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	struct strikes *self = host->alloc(host, sizeof(*self));

	if (!self)
		return cleat_fail(err, ENOMEM, "cannot make restart/strikes: out of memory");
	self->host = host;
	self->settings = settings;
	*out_self = self;
	return 0;
}

static void fini(void *instance)
{
	struct strikes *self = instance;

	self->host->free(self->host, self);
}

/* A user says --restart=always as before; this plugin only changes what that means. */
static int check(void *instance, const struct cleat_policy *policy, struct cleat_error *err)
{
	(void)instance;
	if (policy->max_retries)
		return cleat_fail(
			err, EINVAL,
			"restart/strikes takes no count with '%s': it is the key 'strikes'",
			policy->name);
	return 0;
}

/* Pure: the same arguments give the same answer. What failed is not an error: 0 with a decision. */
static int should_restart(void *instance, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	const struct strikes *self = instance;

	(void)policy;
	(void)err;
	out->restart = exit->cause != CLEAT_CAUSE_CLEAN && !exit->stopped_by_user &&
		       exit->restarts < (uint64_t)self->settings->strikes;
	out->delay_ns = self->settings->delay_ns;
	(void)snprintf(out->reason, sizeof(out->reason), "strike %u of %lld", exit->restarts + 1,
		       (long long)self->settings->strikes);
	return 0;
}

static const struct cleat_restart_ops ops = {
	.size = sizeof(ops),
	.should_restart = should_restart,
	.check = check,
};

CLEAT_PLUGIN(.type = "restart", .name = "strikes", .version = "1.0.0",
	     .summary = "Restarts what fails, a fixed number of times", .license = "Apache-2.0",
	     .keys = keys, .nkeys = sizeof(keys) / sizeof(*keys),
	     .settings_size = sizeof(struct settings), .ops = &ops, .init = init, .fini = fini);

/* SPDX-License-Identifier: Apache-2.0 */
/* broken.c - plugins that the loader must refuse: each build defines one FAULT_. */
#include <cleat/plugin.h>
#include <cleat/restart.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(FAULT_UNDEFINED)
int cleat_nobody_defines_this(void);
#endif

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	(void)self;
	(void)policy;
	(void)exit; /* not all faults look at it */
	(void)err;
	out->restart = false;
#if defined(FAULT_IMPURE)
	static uint64_t asked;

	out->delay_ns = asked++;
#endif
#if defined(FAULT_CRASHES)
	if (exit->cause == 39)
		abort();
#endif
#if defined(FAULT_UNDEFINED)
	return cleat_nobody_defines_this();
#else
	return 0;
#endif
}

#if defined(FAULT_FAILS_INIT)
static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)host;
	(void)settings;
	(void)out_self;
	return cleat_fail(err, EBUSY, "it will not today");
}
#define INIT init
#elif defined(FAULT_LEAKS)
static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)settings;
	(void)err;
	*out_self = host->alloc(host, 100); /* no fini, and no look at NULL */
	return 0;
}
#define INIT init
#else
#define INIT NULL
#endif

#if defined(FAULT_NO_OPS)
static const struct cleat_restart_ops ops = { .size = sizeof(ops) };
const void *broken_use(void);
const void *broken_use(void)
{
	return (const void *)(uintptr_t)should_restart;
}
#else
static const struct cleat_restart_ops ops = { .size = sizeof(ops),
					      .should_restart = should_restart };
#endif

#if defined(FAULT_CYCLE_A)
#define NAME "cycle-a"
static const char *const needs[] = { "restart/cycle-b", NULL };
#elif defined(FAULT_CYCLE_B)
#define NAME "cycle-b"
static const char *const needs[] = { "restart/cycle-a", NULL };
#elif defined(FAULT_NEEDS_GAP)
#define NAME "needs-gap"
static const char *const needs[] = { "snapshotter/nowhere", NULL };
#elif defined(FAULT_TWICE)
#define NAME "standard"
static const char *const needs[] = { NULL };
#else
#define NAME "broken"
static const char *const needs[] = { NULL };
#endif

#if defined(FAULT_NO_SYMBOL)
#undef CLEAT_PLUGIN_SYMBOL
#define CLEAT_PLUGIN_SYMBOL not_cleat_plugin
#endif

#if defined(FAULT_EXPORTS)
extern int broken_export;
__attribute__((visibility("default"))) int broken_export = 1;
#endif

extern const struct cleat_plugin CLEAT_PLUGIN_SYMBOL;
__attribute__((visibility("default"))) const struct cleat_plugin CLEAT_PLUGIN_SYMBOL = {
#if defined(FAULT_NO_MAGIC)
	.magic = 0x12345678,
#else
	.magic = CLEAT_MAGIC,
#endif
#if defined(FAULT_OTHER_ABI)
	.abi = CLEAT_ABI + 7,
#else
	.abi = CLEAT_ABI,
#endif
	.size = sizeof(struct cleat_plugin),
	.key_size = sizeof(struct cleat_key),
	.type = "restart",
	.name = NAME,
	.version = "1",
	.summary = "Made to be refused",
	.license = "Apache-2.0",
	.requires = needs,
	.ops = &ops,
	.init = INIT,
};

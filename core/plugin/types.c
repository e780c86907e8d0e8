/* SPDX-License-Identifier: Apache-2.0 */
/* types.c - the four types of plugins. A fifth is a row here, a header in the SDK and a file in core/use. */
#include "types.h"

#include "registry.h"

#include "base/text.h"

#include <cleat/io.h>
#include <cleat/restart.h>
#include <cleat/runtime.h>
#include <cleat/snapshotter.h>

#define OP(table, member)                               \
	{                                               \
#member, offsetof(struct table, member) \
	}
#define END             \
	{               \
		NULL, 0 \
	}

static const struct type_op runtime_needs[] = {
	OP(cleat_runtime_ops, create),  OP(cleat_runtime_ops, load),
	OP(cleat_runtime_ops, start),   OP(cleat_runtime_ops, kill),
	OP(cleat_runtime_ops, state),   OP(cleat_runtime_ops, destroy),
	OP(cleat_runtime_ops, release), END,
};
static const struct type_op snapshotter_needs[] = {
	OP(cleat_snapshotter_ops, prepare),
	OP(cleat_snapshotter_ops, mounts),
	OP(cleat_snapshotter_ops, remove),
	END,
};
static const struct type_op restart_needs[] = { OP(cleat_restart_ops, should_restart), END };
static const struct type_op io_needs[] = { OP(cleat_io_ops, open), OP(cleat_io_ops, close), END };

static const struct type types[] = {
	{ "runtime", PLUGIN_RUNTIME, sizeof(struct cleat_runtime_ops), runtime_needs },
	{ "snapshotter", PLUGIN_SNAPSHOTTER, sizeof(struct cleat_snapshotter_ops),
	  snapshotter_needs },
	{ "restart", PLUGIN_RESTART, sizeof(struct cleat_restart_ops), restart_needs },
	{ "io", PLUGIN_IO, sizeof(struct cleat_io_ops), io_needs },
	{ NULL, 0, 0, NULL },
};

const struct type *type_find(const char *name)
{
	for (const struct type *t = types; t->name; t++)
		if (text_eq(t->name, name))
			return t;
	return NULL;
}

const struct type *type_list(void)
{
	return types;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* order.c - depth first along `requires`; the path walked so far is the chain that an error prints. */
#include "order.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>

struct walk {
	struct plugin *const *plugins;
	size_t n;
	bool gaps;
	enum { NEW = 0, ON_PATH, DONE } * mark;
	size_t *path; /* from the first plugin asked for to the present one */
	size_t depth;
	size_t *out, out_n;
	struct cleat_error *err;
};

/* "io" or "snapshotter/overlay" */
static bool satisfies(const struct plugin *plugin, const char *need)
{
	const char *slash = strchr(need, '/');
	size_t len = slash ? (size_t)(slash - need) : strlen(need);

	return !plugin->refused && strlen(plugin->desc.type) == len &&
	       memcmp(plugin->desc.type, need, len) == 0 &&
	       (!slash || text_eq(plugin->desc.name, slash + 1));
}

static int fail_chain(const struct walk *walk, const char *last, int errnum, const char *why)
{
	_cleanup_text_ struct text chain = { 0 };

	for (size_t i = 0; i < walk->depth; i++)
		text_printf(&chain, "%s/%s needs ", walk->plugins[walk->path[i]]->desc.type,
			    walk->plugins[walk->path[i]]->desc.name);
	text_add(&chain, last);
	return cleat_fail(walk->err, errnum, "cannot order plugins: %s: %s",
			  chain.failed ? last : chain.bytes, why);
}

static int visit(struct walk *walk, size_t i);

static int visit_need(struct walk *walk, const char *need)
{
	bool any = false;

	for (size_t i = 0; i < walk->n; i++) {
		if (!satisfies(walk->plugins[i], need))
			continue;
		int r = visit(walk, i);

		if (r < 0)
			return r;
		any = true;
	}
	return any || walk->gaps ? 0 : fail_chain(walk, need, ENOENT, "no such plugin is loaded");
}

static int visit(struct walk *walk, size_t i)
{
	const struct plugin *plugin = walk->plugins[i];
	char name[80];

	if (walk->mark[i] == DONE)
		return 0;
	if (walk->mark[i] == ON_PATH) {
		(void)snprintf(name, sizeof(name), "%s/%s", plugin->desc.type, plugin->desc.name);
		return fail_chain(walk, name, ELOOP, "that is a circle");
	}
	walk->mark[i] = ON_PATH;
	walk->path[walk->depth++] = i;
	for (const char *const *need = plugin->desc.requires; need && *need; need++) {
		int r = visit_need(walk, *need);

		if (r < 0)
			return r;
	}
	walk->depth--;
	walk->mark[i] = DONE;
	walk->out[walk->out_n++] = i;
	return 0;
}

int order_plugins(struct plugin *const *plugins, size_t n, bool gaps, size_t *out, size_t *out_n,
		  struct cleat_error *err)
{
	struct walk walk = { .plugins = plugins, .n = n, .gaps = gaps, .out = out, .err = err };
	int r = 0;

	walk.mark = calloc(n + 1, sizeof(*walk.mark));
	walk.path = calloc(n + 1, sizeof(*walk.path));
	if (!walk.mark || !walk.path)
		r = cleat_fail(err, ENOMEM, "cannot order plugins: %m");
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!plugins[i]->refused)
			r = visit(&walk, i);
	*out_n = walk.out_n;
	free(walk.mark);
	free(walk.path);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* use_restart.c - ask a restart plugin. */
#include "use.h"

#include "answer.h"
#include "base/text.h"
#include "plugin/settings.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Added to a clock it must not overflow; whoever means "never" does not say restart. */
static const uint64_t LONGEST_DELAY_NS = UINT64_C(366) * 24 * 3600 * 1000000000;

static const struct cleat_restart_ops *table(const struct plugin *plugin)
{
	return plugin->desc.ops;
}

int use_restart_check(const struct plugin *plugin, const struct cleat_policy *policy,
		      struct cleat_error *err)
{
	if (!table(plugin)->check)
		return 0;
	return answer(plugin, "check", table(plugin)->check(plugin->self, policy, err), err);
}

int use_restart_parse(const struct plugin *plugin, const char *text, char name[32],
		      struct cleat_policy *out, struct cleat_error *err)
{
	size_t len = strcspn(text, ":");
	uint32_t retries = 0;

	if (len >= 32)
		return cleat_fail(err, EINVAL, "invalid restart policy '%s'", text);
	if (text[len] == ':' && text_to_u32(text + len + 1, &retries) < 0)
		return cleat_fail(err, EINVAL,
				  "invalid restart policy '%s': maximum retry count must be an "
				  "integer",
				  text);
	memcpy(name, text, len);
	name[len] = '\0';
	struct cleat_policy policy = { .size = sizeof(policy),
				       .max_retries = retries,
				       .name = name };
	int r = use_restart_check(plugin, &policy, err);

	if (r == 0)
		*out = policy;
	return r;
}

static const struct cleat_key *find_key(const struct plugin *plugin, const char *name,
					const char **out_near)
{
	_cleanup_free_ const char **names = calloc(plugin->desc.nkeys + 1, sizeof(*names));
	const char *rows = (const char *)plugin->desc.keys;

	for (uint32_t i = 0; i < plugin->desc.nkeys; i++) {
		const struct cleat_key *key =
			(const void *)(rows + (size_t)i * plugin->desc.key_size);

		if (text_eq(key->name, name))
			return key;
		if (names)
			names[i] = key->name;
	}
	*out_near = names ? text_nearest(name, names) : NULL;
	return NULL;
}

static int apply(const struct plugin *plugin, const struct use_option *option, char *settings,
		 struct cleat_error *err)
{
	const char *near = NULL;
	const struct cleat_key *key = find_key(plugin, option->key, &near);

	if (!key)
		return cleat_fail(err, EINVAL,
				  "unknown restart option '%s': it must be a key of [%s/%s]%s%s%s",
				  option->key, plugin->desc.type, plugin->desc.name,
				  near ? "; did you mean '" : "", near ? near : "",
				  near ? "'?" : "");
	if (config_parse_value(key, option->value, settings + key->offset, err) < 0)
		return cleat_wrap(err, "bad value for restart option '%s'", key->name);
	return 0;
}

int use_restart_settings(const struct plugin *plugin, struct config *config,
			 const struct use_option *options, size_t n, void **out,
			 struct cleat_error *err)
{
	_cleanup_free_ void *settings = NULL;
	int r = n ? settings_bind(config, plugin, &settings, err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = apply(plugin, &options[i], settings, err);
	if (r == 0)
		*out = take_ptr(settings);
	return r;
}

struct use_managers use_restart_managers(const struct plugin *plugin,
					 const struct cleat_restart_ops *core, void *core_self)
{
	const struct cleat_restart_ops *own = plugin ? table(plugin) : NULL;

	/* A manager is one thing: whoever makes it has to do all that is done with it. */
	if (own && own->manager_new && own->manager_ref && own->manager_unref &&
	    own->manager_free && own->manager_set_policy && own->manager_cancel &&
	    own->manager_wait_cancel)
		return (struct use_managers){ own, plugin->self };
	return (struct use_managers){ core, core_self };
}

int use_restart_decide(const struct plugin *plugin, const struct cleat_policy *policy,
		       const struct cleat_exit *exit, struct cleat_decision *out,
		       struct cleat_error *err)
{
	*out = (struct cleat_decision){ .size = sizeof(*out), .streak = exit->streak };
	int r = answer(plugin, "should_restart",
		       table(plugin)->should_restart(plugin->self, policy, exit, out, err), err);

	if (r < 0)
		return r;
	out->reason[sizeof(out->reason) - 1] = '\0';
	if (out->restart && out->delay_ns > LONGEST_DELAY_NS)
		return cleat_fail(
			err, ERANGE,
			"plugin %s/%s answered 'should_restart' with a delay of more than "
			"a year",
			plugin->desc.type, plugin->desc.name);
	return answer_size(plugin, "should_restart", out->size, sizeof(*out), err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* features.c - the features document: what a caller may put into config.json. */
#include "box.h"
#include "capabilities.h"
#include "mount_options.h"
#include "plan.h"
#include "seccomp.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static void text(yajl_gen gen, const char *value)
{
	(void)yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

static void open_map(yajl_gen gen, const char *key)
{
	if (key)
		text(gen, key);
	(void)yajl_gen_map_open(gen);
}

static void flag(yajl_gen gen, const char *key, bool value)
{
	text(gen, key);
	(void)yajl_gen_bool(gen, value);
}

static void list(yajl_gen gen, const char *key, const char *const *words)
{
	text(gen, key);
	(void)yajl_gen_array_open(gen);
	for (; *words; words++)
		text(gen, *words);
	(void)yajl_gen_array_close(gen);
}

static void mount_words(yajl_gen gen)
{
	text(gen, "mountOptions");
	(void)yajl_gen_array_open(gen);
	for (size_t i = 0; mount_options_word(i); i++)
		text(gen, mount_options_word(i));
	(void)yajl_gen_array_close(gen);
}

static void namespaces(yajl_gen gen)
{
	text(gen, "namespaces");
	(void)yajl_gen_array_open(gen);
	for (int ns = 0; ns < NS_KINDS; ns++)
		text(gen, plan_ns_name((enum plan_ns)ns));
	(void)yajl_gen_array_close(gen);
}

static void capability_names(yajl_gen gen)
{
	text(gen, "capabilities");
	(void)yajl_gen_array_open(gen);
	for (int cap = 0; cap <= capabilities_highest(); cap++)
		if (capabilities_name(cap))
			text(gen, capabilities_name(cap));
	(void)yajl_gen_array_close(gen);
}

static void words(yajl_gen gen, const char *key, const char *(*word)(size_t i))
{
	text(gen, key);
	(void)yajl_gen_array_open(gen);
	for (size_t i = 0; word(i); i++)
		text(gen, word(i));
	(void)yajl_gen_array_close(gen);
}

static void seccomp(yajl_gen gen)
{
	open_map(gen, "seccomp");
	flag(gen, "enabled", true);
	words(gen, "actions", seccomp_action_name);
	words(gen, "operators", seccomp_operator_name);
	words(gen, "archs", seccomp_arch_name);
	words(gen, "knownFlags", seccomp_flag_name);
	words(gen, "supportedFlags", seccomp_supported_flag_name);
	(void)yajl_gen_map_close(gen);
}

static void switches(yajl_gen gen)
{
	static const char *const on[] = { "apparmor", "selinux", "netDevices" };

	open_map(gen, "cgroup");
	flag(gen, "v1", true);
	flag(gen, "v2", true);
	flag(gen, "systemd", true);
	flag(gen, "systemdUser", true);
	flag(gen, "rdma", true);
	(void)yajl_gen_map_close(gen);
	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		open_map(gen, on[i]);
		flag(gen, "enabled", true);
		(void)yajl_gen_map_close(gen);
	}
	open_map(gen, "intelRdt");
	flag(gen, "enabled", true);
	flag(gen, "schemata", true);
	flag(gen, "monitoring", true);
	(void)yajl_gen_map_close(gen);
	open_map(gen, "memoryPolicy");
	words(gen, "modes", memory_policy_mode_name);
	words(gen, "flags", memory_policy_flag_name);
	(void)yajl_gen_map_close(gen);
	open_map(gen, "mountExtensions");
	open_map(gen, "idmap");
	flag(gen, "enabled", true);
	(void)yajl_gen_map_close(gen);
	(void)yajl_gen_map_close(gen);
}

/* What of an annotation has an effect, and so must not come from whoever may not have that effect. */
static void annotations(yajl_gen gen)
{
	static const char *const unsafe[] = { "org.systemd.property.", NULL };

	open_map(gen, "annotations");
	text(gen,
	     "org.opencontainers.runc.checkpoint.enabled"); /* the name that callers look for */
	text(gen, "true");
	(void)yajl_gen_map_close(gen);
	list(gen, "potentiallyUnsafeConfigAnnotations", unsafe);
}

static void document(yajl_gen gen)
{
	static const char *const hooks[] = { "prestart",
					     "createRuntime",
					     "createContainer",
					     "startContainer",
					     "poststart",
					     "poststop",
					     NULL };

	open_map(gen, NULL);
	text(gen, "ociVersionMin");
	text(gen, "1.0.0");
	text(gen, "ociVersionMax");
	text(gen, "1.3.0");
	list(gen, "hooks", hooks);
	mount_words(gen);
	open_map(gen, "linux");
	namespaces(gen);
	capability_names(gen);
	switches(gen);
	seccomp(gen);
	(void)yajl_gen_map_close(gen);
	annotations(gen);
	(void)yajl_gen_map_close(gen);
}

int linux_features(void *self, char **out_json, struct cleat_error *err)
{
	struct runtime *rt = self;
	const unsigned char *bytes = NULL;
	size_t len = 0;
	yajl_gen gen = yajl_gen_alloc(NULL);
	char *copy = NULL;

	if (!gen)
		return cleat_fail(err, ENOMEM, "cannot describe the features: %m");
	document(gen);
	if (yajl_gen_get_buf(gen, &bytes, &len) == yajl_gen_status_ok)
		copy = rt->host->alloc(rt->host, len + 1);
	if (copy)
		memcpy(copy, bytes, len + 1);
	yajl_gen_free(gen);
	*out_json = copy;
	return copy ? 0 : cleat_fail(err, ENOMEM, "cannot describe the features: %m");
}

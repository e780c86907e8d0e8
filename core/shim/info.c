/* SPDX-License-Identifier: Apache-2.0 */
/* info.c - `-info`: name, version and features, asked by containerd 2 before the first Create. */
#include "actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/fd.h"
#include "methods.h"
#include "rpc/pb/types.pb-c.h"

static int features(char **out, struct cleat_error *err)
{
	_cleanup_(config_freep) struct config *config = NULL;
	struct registry *registry = NULL;
	const struct plugin *runtime = NULL;
	int r = config_open(NULL, &config, err);

	if (r < 0)
		return r;
	const struct registry_env env = { .records_root = config->cleat.root,
					  .types = PLUGIN_RUNTIME,
					  .keep_going = true };

	r = registry_open(config, &env, &registry, err);
	if (r == 0)
		r = registry_find(registry, "runtime", NULL, &runtime, err);
	if (r == 0)
		r = use_runtime_features(runtime, out, err);
	registry_close(registry);
	return r;
}

int action_info(void)
{
	Containerd__Types__RuntimeInfo info = CONTAINERD__TYPES__RUNTIME_INFO__INIT;
	Containerd__Types__RuntimeVersion version = CONTAINERD__TYPES__RUNTIME_VERSION__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	_cleanup_free_ char *json = NULL;
	struct cleat_error err = { 0 };

	if (features(&json, &err) == 0) {
		any.type_url = method_text(
			"types.containerd.io/opencontainers/runtime-spec/1/features/Features");
		any.value.data = (uint8_t *)json;
		any.value.len = strlen(json);
		info.features = &any;
	}
	info.name = method_text("io.containerd.cleat.v2");
	version.version = method_text(CLEAT_VERSION);
	info.version = &version;
	size_t len = containerd__types__runtime_info__get_packed_size(&info);
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);

	if (!bytes)
		return 1;
	(void)containerd__types__runtime_info__pack(&info, bytes);
	return fd_write_all(STDOUT_FILENO, bytes, len) < 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - config.json, as create reads it: the specification's rules, then everything that runtime/linux makes of it. */
#include "fuzz.h"

#include <cleat/json.h>

#include "capabilities.h"
#include "hooks.h"
#include "plan.h"
#include "rlimits.h"
#include "sysctl.h"

#include "spec/spec.h"

static void parts(const struct json *root)
{
	struct cleat_error err = { 0 };
	struct capabilities caps = { 0 };
	struct rlimits rlimits = { 0 };
	struct sysctls *sysctls = NULL;
	struct hooks *hooks = NULL;

	(void)fuzz_ok(
		capabilities_parse(json_path(root, "process.capabilities"), false, &caps, &err),
		&err);
	fuzz_check((caps.effective & ~caps.permitted) == 0 || caps.refused == 0,
		   "what was refused is in no set", "");
	(void)fuzz_ok(rlimits_parse(json_path(root, "process.rlimits"), &rlimits, &err), &err);
	(void)fuzz_ok(sysctl_plan(root, &sysctls, &err), &err);
	(void)fuzz_ok(hooks_parse(json_get(root, "hooks"), &hooks, &err), &err);
	sysctl_free(sysctls);
	hooks_free(hooks);
}

static void check_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->nmounts; i++)
		fuzz_check(plan->mounts[i].destination != NULL, "a mount has a destination", "");
	for (size_t i = 0; i < plan->ndevices; i++)
		fuzz_check(plan->devices[i].path[0] == '/', "a device's path is absolute",
			   plan->devices[i].path);
	fuzz_check(!plan->process.args || plan->process.args[plan->process.nargs] == NULL,
		   "arguments end", "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	struct plan plan = { 0 };

	if (!fuzz_ok(json_parse(text, size, &doc, &err), &err))
		return 0;
	(void)fuzz_ok(spec_validate(json_root(doc), &err), &err);
	if (fuzz_ok(plan_read(&plan, text, size, &err), &err)) {
		check_plan(&plan);
		parts(json_root(doc));
	}
	plan_free(&plan);
	return 0;
}

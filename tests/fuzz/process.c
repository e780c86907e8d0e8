/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - process.json of an exec, and the process that cleat's exec makes of a container's own. */
#include "fuzz.h"

#include <cleat/json.h>

#include "plan.h"

#include "spec/spec.h"

static void on_top_of(const char *config, const char *user, const char *env)
{
	const char *const args[] = { "true", NULL };
	const char *const variables[] = { env, NULL };
	struct spec_exec exec = { .args = args, .env = variables, .user = user };
	_cleanup_free_ char *json = NULL;
	struct cleat_error err = { 0 };
	struct plan plan = { 0 };

	if (fuzz_ok(spec_exec_process(config, &exec, &json, &err), &err)) {
		int r = plan_read_process(&plan, json, strlen(json), &err);

		(void)fuzz_ok(r, &err);
	}
	plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct cleat_error err = { 0 };
	struct plan plan = { 0 };

	(void)fuzz_ok(plan_read_process(&plan, text, size, &err), &err);
	plan_free(&plan);
	/* the first line is a user, the second a variable, the rest a container's configuration */
	char *rest = text;
	const char *user = fuzz_line(&rest);
	const char *env = fuzz_line(&rest);

	if (rest)
		on_top_of(rest, user, env);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.c - linux.seccomp, compiled; and docker's wider form, made into it. */
#include "fuzz.h"

#include <cleat/json.h>

#include "seccomp.h"

#include "spec/spec.h"

static void compile(const struct json *object)
{
	struct cleat_error err = { 0 };
	struct seccomp *filter = NULL;

	(void)fuzz_ok(seccomp_compile(NULL, object, -1, &filter, &err), &err);
	seccomp_free(filter);
}

static void profile(const char *text)
{
	const char *const args[] = { "true", NULL };
	struct spec_options options = { .args = args, .seccomp = text };
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *json = NULL;
	struct cleat_error err = { 0 };

	if (!fuzz_ok(spec_generate(&options, false, &json, &err), &err))
		return;
	fuzz_check(json_parse(json, strlen(json), &doc, &err) == 0, "what we write is JSON",
		   err.text);
	compile(json_path(json_root(doc), "linux.seccomp"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct cleat_error err = { 0 };

	if (json_parse(text, size, &doc, &err) == 0 && json_type(json_root(doc)) == JSON_OBJECT)
		compile(json_root(doc));
	profile(text);
	return 0;
}

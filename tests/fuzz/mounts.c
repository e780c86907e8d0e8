/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - option words of mounts, in the runtime and in the shim; -v, --mount and --tmpfs of the command line. */
#include "fuzz.h"

#include "cli/mounts.h"
#include "shim/overlay_options.h"

static void arguments(const char *text)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;
	int (*const forms[])(struct arena *, const char *, Cleat__V1__Mount **,
			     struct cleat_error *) = { mount_from_volume, mount_from_mount,
						       mount_from_tmpfs };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (fuzz_ok(forms[i](&arena, text, &mount, &err), &err))
			fuzz_check(mount->target[0] == '/', "a target is absolute", mount->target);
	arena_fini(&arena);
}

static void overlay(const char *text)
{
	struct text out = { 0 };
	_cleanup_free_ char *directory = NULL;

	(void)overlay_shorten(text, &out, &directory);
	text_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);

	arguments(text);
	overlay(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - option words of a mount, as runtime/linux reads them. */
#include "fuzz.h"

#include <linux/mount.h>

#include "mount_options.h"

enum { WORDS = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	const char *words[WORDS];
	struct mount_options options = { .data = words };
	struct cleat_error err = { 0 };
	char *rest = text;
	const char *word = NULL;

	for (int i = 0; i < WORDS && (word = strsep(&rest, ",")); i++)
		if (!fuzz_ok(mount_options_add(&options, word, &err), &err))
			return 0;
	fuzz_check((options.set & options.clear & ~(uint64_t)MOUNT_ATTR__ATIME) == 0,
		   "a bit is set or cleared", text);
	fuzz_check((options.set_all & options.clear_all & ~(uint64_t)MOUNT_ATTR__ATIME) == 0,
		   "a bit is set or cleared for all", text);
	fuzz_check(!options.read_only == !(options.set & MOUNT_ATTR_RDONLY), "ro means read-only",
		   text);
	fuzz_check(options.ndata <= WORDS, "words have room", text);
	return 0;
}

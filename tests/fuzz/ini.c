/* SPDX-License-Identifier: Apache-2.0 */
/* ini.c - cleat.ini: read, merged, bound to the core's schemas and to a plugin's, printed, and read again. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config.h"

static void put(const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size)
		abort();
}

/* What `cleat config show` prints means the same. */
static void again(const struct config *config)
{
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);
	_cleanup_text_ struct text out = { 0 };
	struct config *second = NULL;
	struct cleat_error err = { 0 };

	config_print_section(&out, config, "cleat", keys, n, sizeof(*keys));
	put("./again.ini", out.bytes ? out.bytes : "", out.len);
	fuzz_check(config_open("./again.ini", &second, &err) == 0, "what we print can be read",
		   err.text);
	fuzz_check(strcmp(second->cleat.root, config->cleat.root) == 0 &&
			   second->cleat.idle_exit_ns == config->cleat.idle_exit_ns &&
			   second->cleat.log_level == config->cleat.log_level,
		   "and is the same", out.bytes);
	config_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct cleat_error err = { 0 };

	put("./fuzz.ini", (const char *)data, size);
	if (fuzz_ok(config_open("./fuzz.ini", &config, &err), &err))
		again(config);
	config_free(config);
	return 0;
}

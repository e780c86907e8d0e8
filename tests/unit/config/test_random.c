/* SPDX-License-Identifier: Apache-2.0 */
/* Files that nobody would write: a sentence or success, never a crash. CLEAT_LONG=1 tries many more. */
#include "support/unit.h"

#include "ini.h"

#include "config/config.h"

#include <cleat/cleanup.h>

#include <sys/mman.h>

static const char *const pieces[] = {
	"[cleat]", "[plugins]", "[shim/x]", "[io/", "]",     "\n",        "\n",
	"\n ",     "root",      "=",        " = ",  ":",     "/a",        "load",
	"restart", "binary",    ";",        "#",    "\t",    "yes",       "10s",
	"1..2",    "\xff\xfe",  "\r",       "[[",   "]]",    "log-level", "debug",
	"../..",   "%s%n",      "\\",       "\"",   "state", "no-pivot",  "shim-timeout",
};

static uint32_t state;

static uint32_t next(uint32_t limit)
{
	state ^= state << 13; /* xorshift32: the same on every machine */
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

static size_t make(char *text, size_t room)
{
	size_t len = 0;

	for (uint32_t n = next(60); n > 0; n--) {
		const char *piece = pieces[next(ARRAY_SIZE(pieces))];
		size_t add = strlen(piece);

		if (len + add >= room)
			break;
		memcpy(text + len, piece, add);
		len += add;
		if (next(20) == 0)
			text[len - 1] = (char)next(256);
	}
	return len;
}

static void any_file_gets_an_answer(void)
{
	int rounds = getenv("CLEAT_LONG") ? 1000000 : 20000;
	_cleanup_close_ int fd = memfd_create("ini", MFD_CLOEXEC);
	char path[64];
	char text[2048];
	int good = 0;

	state = 20261121;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(fchmod(fd, 0600), 0);
	for (int i = 0; i < rounds; i++) {
		struct cleat_error err = { 0 };
		struct config *config = NULL;
		size_t len = make(text, sizeof(text));

		if (ftruncate(fd, 0) < 0 || pwrite(fd, text, len, 0) != (ssize_t)len)
			abort();
		int r = config_open(path, &config, &err);

		good += r == 0;
		if ((r < 0) != (err.text[0] != '\0') || (r == 0) != (config != NULL))
			CU_FAIL("an answer that is neither");
		config_free(config);
	}
	CU_ASSERT_TRUE(good > 0);
	CU_ASSERT_TRUE(good < rounds);
}

UNIT_MAIN("config/random", UNIT_TEST(any_file_gets_an_answer))

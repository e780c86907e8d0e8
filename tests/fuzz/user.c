/* SPDX-License-Identifier: Apache-2.0 */
/* user.c - users, groups, ids and sizes as words; /etc/passwd and /etc/group of an image. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "passwd.h"

#include "base/json_out.h"
#include "base/text.h"
#include "spec/user.h"

static void words(const char *text)
{
	struct cleat_error err = { 0 };
	struct spec_user user = { 0 };
	uint64_t n = 0;
	uint32_t id = 0;

	if (fuzz_ok(user_parse(text, &user, &err), &err)) {
		fuzz_check(user.uid != UINT32_MAX && user.gid != UINT32_MAX, "an id is one", text);
		/* CVE-2026-46680: a number that is out of range is not looked up as a name */
		fuzz_check(!user.name || *user.name, "a name has letters", text);
	}
	if (passwd_number(text, &id) == 0) {
		fuzz_check(text_to_u64(text, &n) == 0 && n == id, "two readers of numbers agree",
			   text);
	}
	(void)text_to_bytes(text, &n);
	(void)text_to_duration(text, &n);
}

static void database(const char *text, size_t size, const char *name)
{
	static int fd = -1;
	uint32_t gids[16];
	size_t n = 0;
	struct passwd_entry entry;
	uint32_t gid = 0;
	char path[64];

	if (fd < 0)
		fd = memfd_create("passwd", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, text, size, 0) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (passwd_find(path, name, 0, &entry) == 0)
		fuzz_check(entry.uid != UINT32_MAX && memchr(entry.home, 0, sizeof(entry.home)),
			   "an entry is whole", name);
	if (passwd_find(path, NULL, 1000, &entry) == 0)
		fuzz_check(entry.uid == 1000, "the user that was asked for", name);
	(void)group_find(path, name, &gid);
	(void)group_memberships(path, name, gids, ARRAY_SIZE(gids), &n);
	fuzz_check(n <= ARRAY_SIZE(gids), "groups have room", name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	char *rest = text;
	const char *first = fuzz_line(&rest);

	words(first);
	if (rest)
		database(rest, size - (size_t)(rest - text), first);
	return 0;
}

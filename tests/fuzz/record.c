/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - the records that a container's state directory holds: what a crash may have left in any shape. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "record.h"

static int dir = -1;

static void put(const char *name, const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cleat_error err = { 0 };
	struct record record = { 0 };

	dir = dir < 0 ? open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : dir;
	put(RECORD_FILE, data, size);
	if (fuzz_ok(record_read(&record, dir, NULL, &err), &err)) {
		fuzz_check(record.pid >= 0, "a pid is none of a group", record.id);
		fuzz_check(record.id && record.bundle && record.cgroup, "strings are there", "");
		(void)record_is_of_this_boot(&record);
	}
	record_fini(&record);
	(void)unlinkat(dir, RECORD_FILE, 0);
	return 0;
}

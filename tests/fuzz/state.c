/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - record.json of cleat-oci, and its copy of the configuration. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "oci/record.h"

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
	put("record.json", data, size);
	if (fuzz_ok(record_read(dir, "x", &record, &err), &err))
		(void)fuzz_ok(record_write(dir, &record, &err), &err);
	record_fini(&record);
	return 0;
}

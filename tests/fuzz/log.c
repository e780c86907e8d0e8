/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - the log of a container, as `cleat logs` reads it: the container chooses its content, a crash its end. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/log_files.h"
#include "cli/log_time.h"

static bool all(void *arg, const struct log_record *record)
{
	(void)arg;
	(void)record;
	return true;
}

static size_t count(const char *path, uint64_t tail)
{
	static struct log_files files;
	struct log_record record;
	struct cleat_error err = { 0 };
	uint64_t ns = 0;
	size_t n = 0;

	if (!fuzz_ok(log_files_open(&files, path, &err), &err))
		abort();
	log_files_limit(&files);
	if (tail)
		log_files_tail(&files, tail, all, NULL);
	while (log_files_next(&files, &record, &err) > 0) {
		(void)log_time_rfc3339(record.stamp, record.stamp_len, &ns);
		n += record.full;
	}
	log_files_close(&files);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char path[] = "./container.log";
	uint64_t ns = 0;

	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	size_t lines = count(path, 0);

	fuzz_check(count(path, 2) <= (lines < 2 ? lines : 2), "a tail is no longer than asked", "");
	_cleanup_free_ char *text = fuzz_text(data, size);

	(void)log_time_parse(text, 1795307311000000000ull, &ns);
	return 0;
}

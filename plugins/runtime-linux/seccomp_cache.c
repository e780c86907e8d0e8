/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_cache.c - compiled programs by content, in a directory that only root can write.
 *
 * A file holds the whole key before the program and is believed only if the key is the same byte
 * for byte: the hash in its name needs to be quick, not strong. Whatever is wrong with a file, the
 * profile is compiled again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include <seccomp.h>

#include "seccomp_filter.h"

#define FORMAT    "cleat seccomp 2" /* raise it when the same profile is compiled otherwise */
#define MAX_FILE  ((size_t)1 << 20)
#define MAX_FILES 256 /* a stream of different profiles must not fill the tmpfs */

struct head {
	uint64_t key_len, n;
};

static void print(FILE *out, const struct json *v)
{
	switch (json_type(v)) {
	case JSON_NULL:
		(void)fputc('n', out);
		break;
	case JSON_BOOL:
		(void)fputc(json_is_true(v) ? 't' : 'f', out);
		break;
	case JSON_NUMBER:
		(void)fprintf(out, "#%s", json_number_text(v));
		break;
	case JSON_STRING:
		(void)fprintf(out, "%zu:%s", strlen(json_text(v)), json_text(v));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		(void)fputc(json_type(v) == JSON_ARRAY ? '[' : '{', out);
		for (size_t i = 0; i < json_len(v); i++) {
			if (json_type(v) == JSON_OBJECT)
				(void)fprintf(out, "%zu:%s=", strlen(json_key(v, i)),
					      json_key(v, i));
			print(out, json_at(v, i));
			(void)fputc(',', out);
		}
		(void)fputc(']', out);
		break;
	}
}

char *seccomp_cache_key(const struct json *seccomp, size_t *out_len)
{
	const struct scmp_version *library = seccomp_version();
	struct utsname kernel = { 0 };
	char *text = NULL;
	FILE *out = open_memstream(&text, out_len);

	if (!out || uname(&kernel) < 0) {
		if (out)
			(void)fclose(out); /* nothing was written */
		free(text);
		return NULL;
	}
	(void)fprintf(out, FORMAT "\nlibseccomp %u.%u.%u\nkernel %s\narch %" PRIx32 "\n",
		      library->major, library->minor, library->micro, kernel.release,
		      seccomp_arch_native());
	print(out, seccomp);
	bool failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

static void name_of(const char *key, size_t len, char name[32])
{
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)key[i]) * 1099511628211ULL;
	(void)snprintf(name, 32, "%016" PRIx64 ".bpf", hash);
}

static bool is_ours(int fd, size_t *out_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022) || st.st_size < 0 || (size_t)st.st_size > MAX_FILE)
		return false;
	*out_size = (size_t)st.st_size;
	return true;
}

static bool fits(const char *text, size_t size, const char *key, size_t key_len,
		 struct head *out_head)
{
	if (size < sizeof(*out_head))
		return false;
	memcpy(out_head, text, sizeof(*out_head));
	return out_head->key_len == key_len && out_head->n > 0 && out_head->n <= BPF_MAXINSNS &&
	       size == sizeof(*out_head) + key_len + out_head->n * sizeof(struct sock_filter) &&
	       memcmp(text + sizeof(*out_head), key, key_len) == 0;
}

int seccomp_cache_get(int dir_fd, const char *key, size_t key_len, struct seccomp_program *out)
{
	char name[32];
	struct head head;
	size_t size = 0;

	name_of(key, key_len, name);
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || !is_ours(fd, &size))
		return 0;
	_cleanup_free_ char *text = malloc(size + 1);

	if (!text || read(fd, text, size) != (ssize_t)size ||
	    !fits(text, size, key, key_len, &head))
		return 0;
	struct sock_filter *list = calloc(head.n, sizeof(*list));

	if (!list)
		return 0;
	memcpy(list, text + sizeof(head) + key_len, head.n * sizeof(*list));
	*out = (struct seccomp_program){ .list = list, .n = head.n };
	return 1;
}

static bool has_room(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!entries)
		return false;
	while (readdir(entries))
		n++;
	(void)closedir(entries); /* only read */
	return n < MAX_FILES;
}

static bool write_all(int fd, const void *data, size_t len)
{
	return write(fd, data, len) == (ssize_t)len;
}

void seccomp_cache_put(int dir_fd, const char *key, size_t key_len,
		       const struct seccomp_program *program)
{
	struct head head = { .key_len = key_len, .n = program->n };
	char name[32];
	char temp[64];

	if (!has_room(dir_fd))
		return;
	name_of(key, key_len, name);
	(void)snprintf(temp, sizeof(temp), ".%s.%d", name, getpid());
	_cleanup_close_ int fd =
		openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	/* no fsync: a file that a crash cut short does not fit and is compiled again */
	if (!write_all(fd, &head, sizeof(head)) || !write_all(fd, key, key_len) ||
	    !write_all(fd, program->list, program->n * sizeof(*program->list)) ||
	    renameat(dir_fd, temp, dir_fd, name) < 0)
		(void)unlinkat(dir_fd, temp, 0); /* half a file under a name that nobody reads */
}

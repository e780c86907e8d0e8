/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - small files of one container, and who its init is.
 *
 * Init's number is the target of a symbolic link: made by one system call, there as a whole or not at all, and
 * nobody follows it. A record that is written anew under its name costs four, and some filesystems (ext4) begin to
 * write it to the disk at once, for which its removal then waits.
 */
#include "record.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <yajl/yajl_gen.h>

#define RECORD_TEMP "runtime.json.new"

enum { MAX_RECORD = 64 << 10, MAX_CONFIG = 16 << 20 };

static int read_boot_id(char out[40])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, 39);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int record_init(struct record *record, const char *id, const char *bundle, const char *cgroup,
		struct cleat_error *err)
{
	struct timespec now;
	int r = read_boot_id(record->boot_id);

	if (r < 0)
		return cleat_fail(err, -r, "cannot read the boot id: %m");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	record->created_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	record->id = strdup(id);
	record->bundle = strdup(bundle ? bundle : "");
	record->cgroup = strdup(cgroup);
	record->resctrl = strdup("");
	record->mount_ns = strdup("");
	record->unit = strdup("");
	if (!record->id || !record->bundle || !record->cgroup || !record->resctrl ||
	    !record->mount_ns || !record->unit)
		return cleat_fail(err, ENOMEM, "cannot make a record: %m");
	return 0;
}

int record_set(char **field, const char *text, struct cleat_error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return cleat_fail(err, ENOMEM, "cannot make a record: %m");
	free(*field);
	*field = copy;
	return 0;
}

void record_fini(struct record *record)
{
	free(record->id);
	free(record->bundle);
	free(record->cgroup);
	free(record->resctrl);
	free(record->mount_ns);
	free(record->unit);
	memset(record, 0, sizeof(*record));
}

bool record_is_of_this_boot(const struct record *record)
{
	char boot_id[40];

	return read_boot_id(boot_id) == 0 && strcmp(boot_id, record->boot_id) == 0;
}

static int write_all(int dir, const char *name, int flags, const void *data, size_t len)
{
	const char *at = data;
	_cleanup_close_ int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		return -errno;
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static void put_text(yajl_gen gen, const char *key, const char *value)
{
	(void)yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	(void)yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

static void put_number(yajl_gen gen, const char *key, uint64_t value)
{
	(void)yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	(void)yajl_gen_integer(gen, (long long)value);
}

static void put_bool(yajl_gen gen, const char *key, bool value)
{
	(void)yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	(void)yajl_gen_bool(gen, value);
}

static void put_record(yajl_gen gen, const struct record *record)
{
	(void)yajl_gen_map_open(gen);
	put_number(gen, "version", 1);
	put_text(gen, "id", record->id);
	put_text(gen, "bundle", record->bundle);
	put_text(gen, "cgroup", record->cgroup);
	put_text(gen, "resctrl", record->resctrl);
	put_text(gen, "mountNamespace", record->mount_ns);
	put_text(gen, "unit", record->unit);
	put_text(gen, "bootId", record->boot_id);
	put_number(gen, "created", record->created_ns);
	put_bool(gen, "chrooted", record->chrooted);
	put_bool(gen, "noLateHooks", record->no_late_hooks);
	put_bool(gen, "ownsCgroup", record->owns_cgroup);
	put_bool(gen, "notifies", record->notifies);
	(void)yajl_gen_map_close(gen);
}

static int replace(int state_fd, const void *text, size_t len)
{
	int r = write_all(state_fd, RECORD_TEMP, O_TRUNC, text, len);

	if (r == 0 && renameat(state_fd, RECORD_TEMP, state_fd, RECORD_FILE) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(state_fd, RECORD_TEMP, 0);
	return r;
}

int record_write(const struct record *record, int state_fd, struct cleat_error *err)
{
	const unsigned char *text = NULL;
	size_t len = 0;
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen)
		return cleat_fail(err, ENOMEM, "cannot write the container's record: %m");
	put_record(gen, record);
	int r = yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok ? 0 : -EINVAL;

	/* The first one goes where it belongs: empty, it says the same as none. */
	if (r == 0)
		r = write_all(state_fd, RECORD_FILE, O_EXCL, text, len);
	if (r == -EEXIST)
		r = replace(state_fd, text, len);
	yajl_gen_free(gen);
	return r < 0 ? cleat_fail(err, -r, "cannot write the container's record: %m") : 0;
}

int record_write_init(const struct record *record, int state_fd, struct cleat_error *err)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%d %" PRIu64, (int)record->pid, record->start_time);
	if (symlinkat(text, state_fd, INIT_LINK) < 0)
		return cleat_fail(err, errno, "cannot write the container's record: %m");
	return 0;
}

/* Digits alone: a sign, a blank or more than fits is damage. */
static bool read_number(const char **at, uint64_t most, uint64_t *out)
{
	const char *first = *at;

	for (*out = 0; **at >= '0' && **at <= '9'; (*at)++) {
		uint64_t digit = (uint64_t)(**at - '0');

		if (*out > (most - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return *at > first;
}

/* No link: init has not come yet, or a version before this one wrote it into the record. */
static int read_init(struct record *out, int state_fd, struct cleat_error *err)
{
	char text[64];
	const char *at = text;
	uint64_t pid = 0;
	ssize_t n = readlinkat(state_fd, INIT_LINK, text, sizeof(text) - 1);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return cleat_fail(err, errno, "cannot read the container's record: %m");
	text[n] = '\0';
	if (!read_number(&at, INT32_MAX, &pid) || pid == 0 || *at++ != ' ' ||
	    !read_number(&at, UINT64_MAX, &out->start_time) || *at)
		return cleat_fail(err, EINVAL, "the container's record is damaged: init is '%s'",
				  text);
	out->pid = (pid_t)pid;
	return 0;
}

static int read_file(int dir, const char *name, size_t limit, char **out, size_t *out_len)
{
	struct stat st;
	_cleanup_free_ char *text = NULL;
	size_t used = 0;
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size < 0 || (size_t)st.st_size > limit)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (used < (size_t)st.st_size) {
		ssize_t n = read(fd, text + used, (size_t)st.st_size - used);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		used += n > 0 ? (size_t)n : 0;
	}
	text[used] = '\0';
	*out = take_ptr(text);
	*out_len = used;
	return 0;
}

static int parse(struct record *out, const struct json *root, const char *id,
		 struct cleat_error *err)
{
	const char *texts[7] = { "", "", "", "", "", "", "" };
	static const char *const keys[] = { "id",      "bundle",         "cgroup", "bootId",
					    "resctrl", "mountNamespace", "unit" };
	uint64_t pid = 0;
	int r = json_type(root) == JSON_OBJECT ? 0 : cleat_fail(err, EINVAL, "no object");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		r = json_get_text(root, keys[i], &texts[i], err);
	if (r == 0)
		r = json_get_u64(root, "created", &out->created_ns, err);
	if (r == 0)
		r = json_get_u64(root, "pid", &pid, err);
	if (r == 0)
		r = json_get_u64(root, "startTime", &out->start_time, err);
	if (r == 0)
		r = json_get_bool(root, "chrooted", &out->chrooted, err);
	if (r == 0)
		r = json_get_bool(root, "noLateHooks", &out->no_late_hooks, err);
	if (r == 0)
		r = json_get_bool(root, "ownsCgroup", &out->owns_cgroup, err);
	if (r == 0)
		r = json_get_bool(root, "notifies", &out->notifies, err);
	if (r < 0)
		return r;
	if (pid > INT32_MAX || (id && strcmp(texts[0], id) != 0))
		return cleat_fail(err, EINVAL, "it is of container '%s'", texts[0]);
	out->pid = (pid_t)pid;
	(void)snprintf(out->boot_id, sizeof(out->boot_id), "%s", texts[3]);
	out->id = strdup(texts[0]);
	out->bundle = strdup(texts[1]);
	out->cgroup = strdup(texts[2]);
	out->resctrl = strdup(texts[4]);
	out->mount_ns = strdup(texts[5]);
	out->unit = strdup(texts[6]);
	return out->id && out->bundle && out->cgroup && out->resctrl && out->mount_ns && out->unit
		       ? 0
		       : cleat_fail(err, ENOMEM, "%m");
}

int record_read(struct record *out, int state_fd, const char *id, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	size_t len = 0;
	int r = read_file(state_fd, RECORD_FILE, MAX_RECORD, &text, &len);

	if (r == -ENOENT)
		return cleat_fail(err, ENOENT, "container does not exist");
	if (r < 0)
		return cleat_fail(err, -r, "cannot read the container's record: %m");
	if (len == 0) /* killed between making and writing it */
		return cleat_fail(err, ENOENT, "container does not exist");
	r = json_parse(text, len, &doc, err);
	if (r == 0)
		r = parse(out, json_root(doc), id, err);
	return r < 0 ? cleat_wrap(err, "the container's record is damaged")
		     : read_init(out, state_fd, err);
}

int record_write_config(int state_fd, const char *config, size_t len, struct cleat_error *err)
{
	int r = write_all(state_fd, CONFIG_FILE, O_EXCL, config, len);

	if (r == -EEXIST)
		return cleat_fail(err, EEXIST, "container with given ID already exists");
	return r < 0 ? cleat_fail(err, -r, "cannot keep the configuration: %m") : 0;
}

int record_read_config(int state_fd, char **out, size_t *out_len, struct cleat_error *err)
{
	int r = read_file(state_fd, CONFIG_FILE, MAX_CONFIG, out, out_len);

	return r < 0 ? cleat_fail(err, -r, "cannot read the container's configuration: %m") : 0;
}

static int remove_of_restore(int state_fd, struct cleat_error *err)
{
	static const char *const names[] = { RESTORE_LOG, "stats-restore", RECORD_TEMP };

	if (unlinkat(state_fd, RESTORE_ROOT, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return cleat_fail(err, errno, "cannot remove '%s': %m", RESTORE_ROOT);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (unlinkat(state_fd, names[i], 0) < 0 && errno != ENOENT)
			return cleat_fail(err, errno, "cannot remove '%s': %m", names[i]);
	return 0;
}

int record_remove(const struct record *record, int state_fd, struct cleat_error *err)
{
	/* The record last: while it is there, destroy can be repeated. */
	static const char *const names[] = { START_SOCKET, CONFIG_FILE, INIT_LINK, RECORD_FILE };

	if (record->owns_cgroup && remove_of_restore(state_fd, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (unlinkat(state_fd, names[i], 0) < 0 && errno != ENOENT)
			return cleat_fail(err, errno, "cannot remove '%s': %m", names[i]);
	return 0;
}

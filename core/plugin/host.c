/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - the functions behind struct cleat_host. */
#include "host.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"

#include <cleat/cleanup.h>
#include <cleat/plugin.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The table comes first: a pointer to it is one to the instance. */
struct instance {
	struct cleat_host table;
	char scope[80]; /* "runtime/linux" */
	char *records;  /* NULL: this program keeps none */
	int records_fd;
	struct loop *loop;
};

enum { RECORD_LIMIT = 16 * 1024 * 1024 };

static struct instance *instance_of(const struct cleat_host *host)
{
	return (struct instance *)(uintptr_t)host;
}

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_vline(level, instance_of(host)->scope, fmt, args);
	va_end(args);
}

static void *host_alloc(const struct cleat_host *host, size_t bytes)
{
	(void)host;
	return calloc(1, bytes ? bytes : 1);
}

static void host_release(const struct cleat_host *host, void *memory)
{
	(void)host;
	free(memory);
}

/* A directory that others could write to would be another's way into the plugin. */
static int check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid())
		return -EPERM;
	return fchmod(fd, 0700) < 0 ? -errno : 0;
}

static int host_state_dir(const struct cleat_host *host)
{
	struct instance *instance = instance_of(host);
	struct cleat_error err = { 0 };

	if (instance->records_fd >= 0)
		return instance->records_fd;
	if (!instance->records)
		return -ENOTSUP;
	_cleanup_close_ int fd = dir_make(instance->records, 0700, &err);

	if (fd < 0)
		return fd;
	int r = check_private(fd);

	if (r < 0)
		return r;
	instance->records_fd = take_fd(&fd);
	return instance->records_fd;
}

static int check_record_key(const char *key, struct cleat_error *err)
{
	size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	if (n == 0 || n > 64 || key[n] || text_eq(key, ".") || text_eq(key, ".."))
		return cleat_fail(err, EINVAL,
				  "cannot use '%s' as a record's name: 1 to 64 of a-z 0-9 . _ -",
				  key);
	return 0;
}

static int records_of(const struct cleat_host *host, struct cleat_error *err)
{
	int fd = host_state_dir(host);

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open the records of plugin %s: %m",
				  instance_of(host)->scope);
	return fd;
}

static int host_store_put(const struct cleat_host *host, const char *key, const void *data,
			  size_t len, struct cleat_error *err)
{
	int r = check_record_key(key, err);
	int dir = r < 0 ? r : records_of(host, err);

	return dir < 0 ? dir : file_replace(dir, key, data, len, 0600, true, err);
}

static int host_store_get(const struct cleat_host *host, const char *key, void **out_data,
			  size_t *out_len, struct cleat_error *err)
{
	int r = check_record_key(key, err);
	int dir = r < 0 ? r : records_of(host, err);
	char *data = NULL;

	if (dir < 0)
		return dir;
	r = fd_read_file(dir, key, RECORD_LIMIT, &data, out_len, err);
	if (r == 0)
		*out_data = data;
	return r;
}

static int no_loop(const struct cleat_host *host, struct cleat_error *err)
{
	return cleat_fail(err, ENOTSUP, "plugin %s cannot watch: this program has no event loop",
			  instance_of(host)->scope);
}

static int host_watch_fd(const struct cleat_host *host, int fd, uint32_t events,
			 void (*ready)(void *arg, uint32_t events), void *arg,
			 struct cleat_watch **out, struct cleat_error *err)
{
	struct loop *loop = instance_of(host)->loop;

	return loop ? loop_watch_fd(loop, fd, events, ready, arg, out, err) : no_loop(host, err);
}

static int host_watch_timer(const struct cleat_host *host, uint64_t delay_ns,
			    void (*fire)(void *arg), void *arg, struct cleat_watch **out,
			    struct cleat_error *err)
{
	struct loop *loop = instance_of(host)->loop;

	return loop ? loop_watch_timer(loop, delay_ns, fire, arg, out, err) : no_loop(host, err);
}

struct cleat_host *host_new(const char *type, const char *name, const char *records_root,
			    struct loop *loop)
{
	struct instance *instance = calloc(1, sizeof(*instance));

	if (!instance)
		return NULL;
	instance->table = (struct cleat_host){
		.size = sizeof(instance->table),
		.abi = CLEAT_ABI,
		.log = host_log,
		.alloc = host_alloc,
		.free = host_release,
		.state_dir = host_state_dir,
		.store_put = host_store_put,
		.store_get = host_store_get,
		.watch_fd = host_watch_fd,
		.watch_timer = host_watch_timer,
		.unwatch = loop_unwatch,
	};
	instance->loop = loop;
	instance->records_fd = -1;
	(void)snprintf(instance->scope, sizeof(instance->scope), "%s/%s", type, name);
	if (records_root) {
		instance->records = text_format("%s/%s/%s", records_root, type, name);
		if (!instance->records) {
			free(instance);
			return NULL;
		}
	}
	return &instance->table;
}

void host_free(struct cleat_host *host)
{
	if (!host)
		return;
	struct instance *instance = instance_of(host);

	cleat_closep(&instance->records_fd);
	free(instance->records);
	free(instance);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup.c - the `delete` action: kill, destroy and unmount what a container left behind.
 *
 * containerd runs it after every task, also after a clean Delete, and relies on it when the shim was
 * killed. So nothing left is success, and standard output carries the answer and nothing else.
 */
#include "actions.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "facts.h"
#include "methods.h"
#include "rootfs.h"
#include "rpc/pb/task.pb-c.h"

enum { LIMIT_MS = 4000 }; /* containerd gives us five seconds */

static int open_registry(struct config *config, struct registry **out, struct cleat_error *err)
{
	_cleanup_free_ char *records = text_format("%s/plugins", config->cleat.root);
	const struct registry_env env = { .records_root = records,
					  .types = PLUGIN_RUNTIME,
					  .keep_going = true };

	if (!records)
		return cleat_fail(err, ENOMEM, "out of memory");
	return registry_open(config, &env, out, err);
}

static int destroy(struct box *box, struct cleat_error *err)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + LIMIT_MS * NS_PER_MS;
	int r = -EBUSY;

	while (r == -EBUSY) {
		r = use_runtime_destroy(box, err);
		if (clock_now(CLOCK_MONOTONIC) >= end)
			break;
		if (r == -EBUSY) /* a single process with nothing else to do */
			(void)nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
	}
	return r;
}

/* A runtime record means that nobody destroyed the container. */
static int destroy_leftover(const struct flags *flags, const char *bundle, int bundle_fd,
			    int32_t *out_pid, struct cleat_error *err)
{
	_cleanup_close_ int state_fd =
		openat(bundle_fd, "runtime", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_facts_ struct facts facts = { 0 };
	struct registry *registry = NULL;
	const struct plugin *runtime = NULL;
	struct cleat_state state = { 0 };
	struct box *box = NULL;

	if (state_fd < 0)
		return errno == ENOENT
			       ? 0
			       : cleat_fail(err, errno, "cannot open '%s/runtime': %m", bundle);
	int r = facts_read(bundle_fd, &facts, err);

	if (r == 0)
		r = config_open(NULL, &config, err);
	if (r == 0)
		r = open_registry(config, &registry, err);
	if (r == 0)
		r = registry_find(registry, "runtime", facts.runtime, &runtime, err);
	if (r == 0)
		r = use_runtime_load(runtime, flags->id, state_fd, &box, err);
	if (r == 0 && use_runtime_state(box, &state, err) == 0)
		*out_pid = state.pid;
	if (r == 0)
		r = destroy(box, err);
	use_runtime_release(box);
	registry_close(registry);
	return r == -ENOENT ? 0 : r; /* created by nobody, or destroyed already */
}

/* A server that was killed leaves its socket; one that lives unlinks it itself. */
static void remove_socket(int bundle_fd)
{
	_cleanup_free_ char *address = NULL;
	struct cleat_error ignored = { 0 };
	size_t len = 0;

	if (fd_read_file(bundle_fd, "address", 4096, &address, &len, &ignored) < 0 ||
	    !text_starts(address, "unix://"))
		return;
	const char *path = address + strlen("unix://");
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	/* held by who makes a socket of this name, another container of the group (launch.c) */
	_cleanup_close_ int lock = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return;
	_cleanup_close_ int alive = fd_unix_connect_now(path);

	if (alive == -ECONNREFUSED)
		(void)unlink(path);
}

static int clean_up(const struct flags *flags, const char *bundle, int bundle_fd, int32_t *out_pid,
		    struct cleat_error *err)
{
	int r = destroy_leftover(flags, bundle, bundle_fd, out_pid, err);

	if (r < 0)
		return r;
	r = rootfs_unmount(bundle, faccessat(bundle_fd, "cleat.json", F_OK, 0) < 0, err);
	if (r == 0)
		r = dir_remove_tree(bundle_fd, "runtime", err);
	remove_socket(bundle_fd);
	return r;
}

/*
 * containerd takes a container without a record for killed, as runc's shim says. cleatd wants to know
 * whether that is so: @pid is what was killed here, and when it had ended before, nobody knows how.
 */
static bool is_known(int bundle_fd, int32_t pid)
{
	return pid > 0 || bundle_fd < 0 || faccessat(bundle_fd, "cleat.json", F_OK, 0) < 0;
}

static int print_answer(int bundle_fd, int32_t pid, struct cleat_error *err)
{
	Containerd__Task__V2__DeleteResponse answer = CONTAINERD__TASK__V2__DELETE_RESPONSE__INIT;
	struct ending ending = { .status = 128 + SIGKILL, .at_ns = clock_now(CLOCK_REALTIME) };
	struct ending written = { 0 };
	struct cleat_error ignored = { 0 };
	Google__Protobuf__Timestamp at;
	uint8_t bytes[64];

	if (exit_record_read(bundle_fd, &written, &pid, &ignored) == 0)
		ending = written;
	else if (!is_known(bundle_fd, pid))
		ending = (struct ending){ .status = 255 };
	method_time(&at, ending.at_ns);
	answer.pid = pid > 0 ? (uint32_t)pid : 0;
	answer.exit_status = ending.status;
	answer.exited_at = &at;
	size_t len = containerd__task__v2__delete_response__pack(&answer, bytes);

	if (fd_write_all(STDOUT_FILENO, bytes, len) < 0)
		return cleat_fail(err, EPIPE, "nobody reads the answer");
	return 0;
}

static int delete (const struct flags *flags, char **argv, struct cleat_error *err)
{
	const char *bundle = flags->bundle && *flags->bundle ? flags->bundle : ".";
	_cleanup_close_ int bundle_fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int32_t pid = 0;

	if (bundle_fd < 0 && errno != ENOENT)
		return cleat_fail(err, errno, "cannot open bundle '%s': %m", bundle);
	int r = bundle_fd < 0 || fchdir(bundle_fd) < 0 ? 0 : program_choose(argv, err);

	if (r == 0 && bundle_fd >= 0)
		r = clean_up(flags, bundle, bundle_fd, &pid, err);
	return r < 0 ? r : print_answer(bundle_fd, pid, err);
}

int action_delete(const struct flags *flags, char **argv)
{
	struct cleat_error err = { 0 };

	log_init("cleat-shim", CLEAT_WARN, false, STDERR_FILENO);
	if (delete (flags, argv, &err) == 0)
		return 0;
	(void)fprintf(stderr, "cannot clean up after '%s': %s\n", flags->id, err.text);
	return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a careless plugin does, and what the caller sees of it. */
#include "support/unit.h"

#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int loud; /* how the next op behaves */
enum { GOOD, NO_TEXT, ODD_NUMBER, WRONG_ERRNUM, LEAKY_FD, CLOSED_FD, GROWN };

static int released;
static int destroyed;

static int create(void *self, const struct cleat_create *req, void **out_box,
		  struct cleat_process *out, struct cleat_error *err)
{
	(void)self;
	(void)req;
	if (loud == NO_TEXT)
		return -EBUSY;
	if (loud == ODD_NUMBER)
		return -100000;
	if (loud == WRONG_ERRNUM) {
		(void)cleat_fail(err, ENOENT, "told");
		return -EPERM;
	}
	*out_box = &loud;
	out->pid = 42;
	if (loud == LEAKY_FD)
		out->pidfd = open("/dev/null", O_RDONLY);
	if (loud == CLOSED_FD)
		out->pidfd = 9999;
	return 0;
}

static int load(void *self, const char *id, int state_fd, void **out_box, struct cleat_error *err)
{
	(void)self;
	(void)state_fd;
	(void)out_box;
	return cleat_fail(err, ENOENT, "no container '%s'", id);
}

static int fine(void *box, struct cleat_error *err)
{
	(void)box;
	(void)err;
	return 0;
}

static int destroy(void *box, struct cleat_error *err)
{
	(void)box;
	(void)err;
	destroyed++;
	return 0;
}

static int send_signal(void *box, int signal, bool everyone, struct cleat_error *err)
{
	(void)box;
	(void)signal;
	(void)everyone;
	(void)err;
	return 0;
}

static int state(void *box, struct cleat_state *out, struct cleat_error *err)
{
	(void)box;
	(void)err;
	out->status = loud == GROWN ? 77 : CLEAT_RUNNING;
	return 0;
}

static void release(void *box)
{
	(void)box;
	released++;
}

static const struct cleat_runtime_ops runtime_ops = {
	.size = sizeof(runtime_ops),
	.create = create,
	.load = load,
	.start = fine,
	.kill = send_signal,
	.state = state,
	.destroy = destroy,
	.release = release,
};
static const struct plugin runtime = {
	.desc = { .type = "runtime", .name = "test", .ops = &runtime_ops },
};

static int try_create(int how, struct box **box, struct cleat_process *process,
		      struct cleat_error *err)
{
	struct cleat_create req = { .id = "c" };

	loud = how;
	*err = (struct cleat_error){ 0 };
	*box = NULL;
	return use_runtime_create(&runtime, &req, box, process, err);
}

static void failures_get_a_sentence(void)
{
	struct cleat_error err;
	struct cleat_process process;
	struct box *box = NULL;

	UNIT_FAILS(try_create(NO_TEXT, &box, &process, &err), EBUSY, err,
		   "plugin runtime/test failed in 'create': Device or resource busy");
	CU_ASSERT_EQUAL(err.errnum, EBUSY);
	UNIT_FAILS(try_create(ODD_NUMBER, &box, &process, &err), EIO, err, "runtime/test");
	UNIT_FAILS(try_create(WRONG_ERRNUM, &box, &process, &err), EPERM, err, "told");
	CU_ASSERT_EQUAL(err.errnum, EPERM);
	CU_ASSERT_PTR_NULL(box);
}

static void descriptors_are_made_cloexec(void)
{
	struct cleat_error err;
	struct cleat_process process;
	struct box *box = NULL;

	UNIT_OK(try_create(LEAKY_FD, &box, &process, &err), err);
	CU_ASSERT_EQUAL(fcntl(process.pidfd, F_GETFD), FD_CLOEXEC);
	(void)close(process.pidfd);
	use_runtime_release(box);
}

static void a_descriptor_that_is_none_ends_the_box(void)
{
	struct cleat_error err;
	struct cleat_process process;
	struct box *box = NULL;

	released = 0;
	destroyed = 0;
	UNIT_FAILS(try_create(CLOSED_FD, &box, &process, &err), EBADF, err,
		   "plugin runtime/test gave descriptor 9999 from 'create'");
	CU_ASSERT_EQUAL(destroyed, 1);
	CU_ASSERT_EQUAL(released, 1);
	CU_ASSERT_PTR_NULL(box);
}

static void what_is_missing_is_not_supported(void)
{
	struct cleat_error err;
	struct cleat_process process;
	struct cleat_stats stats;
	struct box *box = NULL;

	UNIT_OK(try_create(GOOD, &box, &process, &err), err);
	UNIT_FAILS(use_runtime_pause(box, &err), ENOTSUP, err,
		   "plugin runtime/test does not support 'pause'");
	UNIT_FAILS(use_runtime_stats(box, &stats, &err), ENOTSUP, err, "'stats'");
	UNIT_OK(use_runtime_start(box, &err), err);
	use_runtime_release(box);
	use_runtime_release(NULL);
	UNIT_FAILS(use_runtime_load(&runtime, "x", -1, &box, &err), ENOENT, err, "'x'");
}

static void an_unknown_status_is_refused(void)
{
	struct cleat_error err;
	struct cleat_process process;
	struct cleat_state answer;
	struct box *box = NULL;

	UNIT_OK(try_create(GOOD, &box, &process, &err), err);
	UNIT_OK(use_runtime_state(box, &answer, &err), err);
	CU_ASSERT_EQUAL(answer.status, CLEAT_RUNNING);
	loud = GROWN;
	UNIT_FAILS(use_runtime_state(box, &answer, &err), EPROTO, err, "unknown status 77");
	use_runtime_release(box);
}

static int io_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		   void **out_stream, struct cleat_error *err)
{
	(void)self;
	(void)req;
	(void)err;
	out->out = open("/dev/null", O_WRONLY);
	out->err = loud == CLOSED_FD ? 9999 : -1;
	*out_stream = &loud;
	return 0;
}

static int closed;

static void io_close(void *stream)
{
	(void)stream;
	closed++;
}

static const struct cleat_io_ops io_ops = { .size = sizeof(io_ops),
					    .open = io_open,
					    .close = io_close };
static const struct plugin io = { .desc = { .type = "io", .name = "test", .ops = &io_ops } };

static int done_calls;

static void count_done(void *arg)
{
	(void)arg;
	done_calls++;
}

static void a_plain_io_plugin_is_enough(void)
{
	struct cleat_io_request req = { .id = "c", .in = "", .out = "", .err = "" };
	struct cleat_error err = { 0 };
	struct cleat_io_counters counters;
	struct cleat_stdio stdio;
	struct stream *stream = NULL;

	loud = GOOD;
	closed = 0;
	done_calls = 0;
	UNIT_OK(use_io_open(&io, &req, &stdio, &stream, &err), err);
	CU_ASSERT_EQUAL(fcntl(stdio.out, F_GETFD), FD_CLOEXEC);
	CU_ASSERT_EQUAL(stdio.in, -1);
	UNIT_OK(use_io_resize(stream, 1, 1, &err), err);
	use_io_counters(stream, &counters);
	CU_ASSERT_EQUAL(counters.bytes_out, 0);
	use_io_drain(stream, 0, count_done, NULL);
	CU_ASSERT_EQUAL(done_calls, 1);
	int fd = stdio.out;

	use_stdio_close(&stdio);
	CU_ASSERT_EQUAL(stdio.out, -1);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	use_io_close(stream);
	use_io_close(NULL);
	CU_ASSERT_EQUAL(closed, 1);
}

static void bad_ends_leave_nothing_open(void)
{
	struct cleat_io_request req = { .id = "c", .in = "", .out = "", .err = "" };
	struct cleat_error err = { 0 };
	struct cleat_stdio stdio;
	struct stream *stream = NULL;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(next);
	loud = CLOSED_FD;
	closed = 0;
	UNIT_FAILS(use_io_open(&io, &req, &stdio, &stream, &err), EBADF, err, "9999");
	CU_ASSERT_EQUAL(closed, 1);
	CU_ASSERT_PTR_NULL(stream);
	CU_ASSERT_EQUAL(fcntl(next, F_GETFD), -1);
}

static int mounts(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
		  struct cleat_error *err)
{
	(void)self;
	(void)snap;
	(void)out;
	(void)err;
	return 0;
}

static int snapshot_fine(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	(void)self;
	(void)err;
	return snap->size == sizeof(*snap) ? 0 : -EINVAL;
}

static const struct cleat_snapshotter_ops snapshotter_ops = {
	.size = sizeof(snapshotter_ops),
	.prepare = snapshot_fine,
	.mounts = mounts,
	.remove = snapshot_fine,
};
static const struct plugin snapshotter = {
	.desc = { .type = "snapshotter", .name = "test", .ops = &snapshotter_ops },
};

static void a_snapshot_has_a_mount(void)
{
	struct cleat_snapshot snap = { .number = 1 };
	struct cleat_error err = { 0 };
	struct cleat_mounts list;
	struct cleat_unpack unpack;

	UNIT_OK(use_snapshotter_prepare(&snapshotter, &snap, &err), err);
	UNIT_OK(use_snapshotter_check(&snapshotter, &snap, &err), err);
	UNIT_FAILS(use_snapshotter_mounts(&snapshotter, &snap, &list, &err), EPROTO, err,
		   "described no mount");
	UNIT_FAILS(use_snapshotter_unpack(&snapshotter, &snap, &unpack, &err), ENOTSUP, err,
		   "does not support 'unpack'");
}

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	(void)self;
	(void)exit;
	(void)err;
	out->restart = policy->max_retries == 3;
	out->delay_ns = strcmp(policy->name, "never-ever") == 0 ? UINT64_MAX : 0;
	return 0;
}

static int check_policy(void *self, const struct cleat_policy *policy, struct cleat_error *err)
{
	(void)self;
	return strcmp(policy->name, "odd") == 0 ? cleat_fail(err, EINVAL, "odd indeed") : 0;
}

static const struct cleat_restart_ops restart_ops = { .size = sizeof(restart_ops),
						      .should_restart = should_restart,
						      .check = check_policy };
static const struct plugin restart = {
	.desc = { .type = "restart", .name = "test", .ops = &restart_ops },
};

static void policies_are_split(void)
{
	struct cleat_exit exit = { .size = sizeof(exit) };
	struct cleat_error err = { 0 };
	struct cleat_decision decision;
	struct cleat_policy policy;
	char name[32];

	UNIT_OK(use_restart_parse(&restart, "on-failure:3", name, &policy, &err), err);
	CU_ASSERT_STRING_EQUAL(policy.name, "on-failure");
	CU_ASSERT_EQUAL(policy.max_retries, 3);
	UNIT_OK(use_restart_decide(&restart, &policy, &exit, &decision, &err), err);
	CU_ASSERT_TRUE(decision.restart);
	policy.name = "never-ever";
	UNIT_FAILS(
		use_restart_decide(&restart, &policy, &exit, &decision, &err), ERANGE, err,
		"plugin restart/test answered 'should_restart' with a delay of more than a year");
	UNIT_OK(use_restart_parse(&restart, "always", name, &policy, &err), err);
	CU_ASSERT_EQUAL(policy.max_retries, 0);
	UNIT_FAILS(use_restart_parse(&restart, "on-failure:", name, &policy, &err), EINVAL, err,
		   "maximum retry count must be an integer");
	UNIT_FAILS(use_restart_parse(&restart, "on-failure:-1", name, &policy, &err), EINVAL, err,
		   "invalid restart policy 'on-failure:-1'");
	UNIT_FAILS(use_restart_parse(&restart, "odd", name, &policy, &err), EINVAL, err, "odd");
	UNIT_FAILS(use_restart_parse(&restart, "a-name-that-is-longer-than-any-policy", name,
				     &policy, &err),
		   EINVAL, err, "invalid restart policy");
}

UNIT_MAIN("use", UNIT_TEST(failures_get_a_sentence), UNIT_TEST(descriptors_are_made_cloexec),
	  UNIT_TEST(a_descriptor_that_is_none_ends_the_box),
	  UNIT_TEST(what_is_missing_is_not_supported), UNIT_TEST(an_unknown_status_is_refused),
	  UNIT_TEST(a_plain_io_plugin_is_enough), UNIT_TEST(bad_ends_leave_nothing_open),
	  UNIT_TEST(a_snapshot_has_a_mount), UNIT_TEST(policies_are_split))

/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/file_atomic.h"
#include "shim/adopt.h"
#include "shim/facts.h"
#include "shim/options.h"
#include "shim/shim.h"
#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/wellknown.pb-c.h"
#include "support/tmpdir.h"

static void put(const struct tmpdir *t, const char *name, const char *text)
{
	struct cleat_error err = { 0 };

	UNIT_OK(file_replace(t->fd, name, text, strlen(text), 0600, false, &err), err);
}

static struct task owner; /* whose processes these are */

static void an_exit_record_round_trip(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct ending back = { 0 };
	int32_t pid = 0;
	char none[] = "";
	struct process p = { .task = &owner,
			     .exec_id = none,
			     .pid = 4711,
			     .ending = { .status = 137,
					 .signal = 9,
					 .ours = true,
					 .oom = true,
					 .oom_kills = 2,
					 .at_ns = 1234567890123456789u,
					 .at_boot_ns = 42 } };

	UNIT_OK(exit_record_write(t.fd, &p, true, &err), err);
	UNIT_OK(exit_record_read(t.fd, &back, &pid, &err), err);
	CU_ASSERT_EQUAL(pid, 4711);
	CU_ASSERT_EQUAL(back.status, 137);
	CU_ASSERT_EQUAL(back.signal, 9);
	CU_ASSERT_EQUAL(back.at_ns, 1234567890123456789u);
	char *text = NULL;
	size_t len = 0;

	UNIT_OK(fd_read_file(t.fd, "exit.json", 4096, &text, &len, &err), err);
	CU_ASSERT_STRING_EQUAL(text,
			       "{\"pid\":4711,\"exit_status\":137,\"signal\":9,\"core\":false,"
			       "\"oom\":true,\"oom_kills\":2,\"ours\":true,"
			       "\"exited_at\":1234567890123456789,\"exited_boot\":42}");
	free(text);
}

static void an_exec_has_a_record_of_its_own(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct ending back = { 0 };
	int32_t pid = 0;
	char id[] = "x1";
	struct process p = { .task = &owner, .exec_id = id, .pid = 5 };

	UNIT_OK(exit_record_write(t.fd, &p, false, &err), err);
	CU_ASSERT_EQUAL(faccessat(t.fd, "exec-x1.json", F_OK, 0), 0);
	CU_ASSERT_EQUAL(exit_record_read(t.fd, &back, &pid, &err), -ENOENT);
}

static void an_end_that_nobody_saw_is_marked(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	char *text = NULL;
	size_t len = 0;
	char none[] = "";
	struct process p = { .task = &owner,
			     .exec_id = none,
			     .ending = { .status = 255, .lost = true } };

	UNIT_OK(exit_record_write(t.fd, &p, false, &err), err);
	UNIT_OK(fd_read_file(t.fd, "exit.json", 4096, &text, &len, &err), err);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"exit_status\":255"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"lost\":true"));
	free(text);
}

static void what_an_adoption_needs_round_trip(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct adopt_record back = { 0 };
	char in[] = "/b/io/stdin";
	char out[] = "discard:";
	char none[] = "";
	struct task task = { .bundle_fd = t.fd, .console = 7 };

	task.init = (struct process){ .in = in, .out = out, .err = none, .terminal = true };
	task.init.pid = getpid();
	CU_ASSERT_EQUAL(adopt_record_read(t.fd, &back, &err), -ENOENT);
	adopt_record_write(&task);
	UNIT_OK(adopt_record_read(t.fd, &back, &err), err);
	CU_ASSERT_EQUAL(back.pid, getpid());
	CU_ASSERT(back.start_time > 0);
	CU_ASSERT_STRING_EQUAL(back.in, in);
	CU_ASSERT_STRING_EQUAL(back.out, out);
	CU_ASSERT(back.terminal && !back.mounted && !back.stdin_closed);
	adopt_record_fini(&back);
	put(&t, "adopt.json", "{\"pid\":1,\"start_time\":5}");
	CU_ASSERT_EQUAL(adopt_record_read(t.fd, &back, &err), -EINVAL);
}

static void damaged_records_are_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct ending back = { 0 };
	int32_t pid = 0;

	put(&t, "exit.json", "{\"pid\":1,");
	CU_ASSERT_EQUAL(exit_record_read(t.fd, &back, &pid, &err), -EINVAL);
	put(&t, "exit.json", "{\"pid\":1,\"exit_status\":-3}");
	CU_ASSERT_EQUAL(exit_record_read(t.fd, &back, &pid, &err), -EINVAL);
}

static void no_facts_means_containerd(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct facts facts;

	UNIT_OK(facts_read(t.fd, &facts, &err), err);
	CU_ASSERT_FALSE(facts.engine);
	CU_ASSERT_FALSE(facts.private_root);
	CU_ASSERT_PTR_NULL(facts.runtime);
	facts_fini(&facts);
}

static void facts_of_the_engine(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	struct facts facts;

	put(&t, "cleat.json",
	    "{\"engine\":true,\"runtime\":\"linux\",\"io\":\"fifo\",\"rootfs_mount\":\"private\","
	    "\"no_pivot\":true,\"cgroup_parent\":\"/cleat\",\"log_dir\":\"/l\",\"restart\":\"always\","
	    "\"log_options\":{\"max-size\":\"1m\",\"max-file\":\"3\"}}");
	UNIT_OK(facts_read(t.fd, &facts, &err), err);
	CU_ASSERT_TRUE(facts.engine);
	CU_ASSERT_TRUE(facts.private_root);
	CU_ASSERT_TRUE(facts.no_pivot);
	CU_ASSERT_STRING_EQUAL(facts.restart, "always");
	CU_ASSERT_EQUAL_FATAL(facts.noptions, 2);
	CU_ASSERT_STRING_EQUAL(facts.options[1].name, "max-file");
	CU_ASSERT_STRING_EQUAL(facts.options[1].value, "3");
	facts_fini(&facts);
	put(&t, "cleat.json", "{\"rootfs_mount\":\"host\"}");
	UNIT_OK(facts_read(t.fd, &facts, &err), err);
	CU_ASSERT_FALSE(facts.private_root);
	facts_fini(&facts);
	put(&t, "cleat.json", "{\"runtime\":7}");
	UNIT_FAILS(facts_read(t.fd, &facts, &err), EINVAL, err, "runtime");
	put(&t, "cleat.json", "{\"log_options\":{\"x\":1}}");
	UNIT_FAILS(facts_read(t.fd, &facts, &err), EINVAL, err, "log_options.x");
}

static void options_of_both_generations(void)
{
	Containerd__Runc__V1__Options new_ones = CONTAINERD__RUNC__V1__OPTIONS__INIT;
	Containerd__Runc__V1__LinuxCreateOptions old =
		CONTAINERD__RUNC__V1__LINUX_CREATE_OPTIONS__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	struct runc_options out = { 0 };
	struct cleat_error err = { 0 };
	uint8_t bytes[64];
	char v2[] = "type.googleapis.com/containerd.runc.v1.Options";
	char v1[] = "containerd.linux.runc.CreateOptions";
	char other[] = "runtimeoptions.v1.Options";

	UNIT_OK(options_read(NULL, &out, &err), err);
	new_ones.no_pivot_root = true;
	new_ones.systemd_cgroup = true;
	any.type_url = v2;
	any.value.data = bytes;
	any.value.len = containerd__runc__v1__options__pack(&new_ones, bytes);
	UNIT_OK(options_read(&any, &out, &err), err);
	CU_ASSERT_TRUE(out.no_pivot && out.systemd_cgroup && !out.no_new_keyring);
	old.no_new_keyring = true;
	any.type_url = v1;
	any.value.len = containerd__runc__v1__linux_create_options__pack(&old, bytes);
	UNIT_OK(options_read(&any, &out, &err), err);
	CU_ASSERT_TRUE(!out.no_pivot && out.no_new_keyring);
	memset(bytes, 0xff, sizeof(bytes));
	UNIT_FAILS(options_read(&any, &out, &err), EINVAL, err, "CreateOptions");
	any.type_url = other; /* not ours to judge */
	UNIT_OK(options_read(&any, &out, &err), err);
}

UNIT_MAIN("shim/records", UNIT_TEST(an_exit_record_round_trip),
	  UNIT_TEST(an_exec_has_a_record_of_its_own), UNIT_TEST(an_end_that_nobody_saw_is_marked),
	  UNIT_TEST(what_an_adoption_needs_round_trip), UNIT_TEST(damaged_records_are_refused),
	  UNIT_TEST(no_facts_means_containerd), UNIT_TEST(facts_of_the_engine),
	  UNIT_TEST(options_of_both_generations))

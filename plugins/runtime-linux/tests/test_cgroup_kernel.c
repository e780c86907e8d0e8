/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cgroup_kernel.c - the real thing, on whatever cgroups this machine has.
 *
 * Needs root and a writable cgroup mount; without them each test says so and passes, unless
 * CLEAT_MUST_RUN is set. Everything is made below /cg-unit-PID and removed again.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <linux/sched.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "limits_test.h"
#include "support/unit.h"

static struct cleat_error err;

static char *parent_path(void)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/cg-unit-%d", getpid());
	return path;
}

static bool can_run(void)
{
	struct cgroup_tree tree = { 0 };
	bool can = geteuid() == 0 && cgroup_tree_detect(&tree, &err) == 0 && tree.n > 0;

	for (size_t i = 0; can && i < tree.n; i++)
		can = access(tree.roots[i].mount_point, W_OK) == 0;
	cgroup_tree_fini(&tree);
	if (!can) {
		(void)printf("(skipped: no writable cgroups) ");
		CU_ASSERT_PTR_NULL(getenv("CLEAT_MUST_RUN"));
	}
	return can;
}

/* Remove the parents that the tests share. */
static void remove_parent(void)
{
	struct cgroup *cg = NULL;

	UNIT_OK(cgroup_load(NULL, parent_path(), &cg, &err), err);
	UNIT_OK(cgroup_destroy(cg, &err), err);
	cgroup_free(cg);
}

static struct cgroup *make(const char *id, const char *config)
{
	struct json_doc *doc = doc_of(config);
	struct cgroup *cg = NULL;

	UNIT_OK(cgroup_plan(NULL, json_root(doc), id, parent_path(), 0, &cg, &err), err);
	json_free(doc);
	UNIT_OK(cgroup_create(cg, &err), err);
	return cg;
}

static void finish(struct cgroup *cg)
{
	UNIT_OK(cgroup_kill(cg, &err), err);
	while (waitpid(-1, NULL, 0) > 0)
		;
	UNIT_OK(cgroup_destroy(cg, &err), err);
	UNIT_OK(cgroup_kill(cg, &err), err); /* all of it again, although it is gone */
	UNIT_OK(cgroup_thaw(cg, &err), err);
	UNIT_OK(cgroup_destroy(cg, &err), err);
	cgroup_free(cg);
	remove_parent();
}

/* A child inside @cg that waits for a byte and then runs @run; *@out_go is the pipe's end. */
static pid_t child_in(struct cgroup *cg, int (*run)(void), int *out_go)
{
	int fd = cgroup_clone_fd(cg);
	int go[2];
	struct clone_args args = { .exit_signal = SIGCHLD };
	char byte = 0;

	CU_ASSERT_EQUAL_FATAL(pipe2(go, O_CLOEXEC), 0);
	if (fd >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (unsigned int)fd;
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) == 1 ? run() : 99);
	}
	close(go[0]);
	CU_ASSERT_TRUE_FATAL(pid > 0);
	UNIT_OK(cgroup_add(cg, pid, fd >= 0, &err), err);
	*out_go = go[1];
	return pid;
}

static int let_go(pid_t pid, int go)
{
	int status = -1;

	CU_ASSERT_EQUAL(write(go, "x", 1), 1);
	close(go);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static int sleep_long(void)
{
	while (pause())
		;
	return 0;
}

static void limits_are_there_before_the_process(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("limits", "{'linux':{'resources':{"
					   "'memory':{'limit':67108864,'swap':-1},"
					   "'pids':{'limit':7},'cpu':{'shares':512,'quota':50000,"
					   "'period':100000,'cpus':'0'}}}}");
	struct cleat_stats s = { .size = sizeof(s) };
	int version = 0;
	char text[64];

	UNIT_OK(cgroup_stats(cg, &s, &err), err);
	CU_ASSERT_EQUAL(s.memory_limit_bytes, 67108864);
	CU_ASSERT_EQUAL(s.pids_limit, 7);
	CU_ASSERT_EQUAL(s.pids, 0);
	int dir = cgroup_dir_of(cg, "cpuset", &version);

	CU_ASSERT_TRUE(cgroup_file_read(dir, "cpuset.cpus", text, sizeof(text)) > 0);
	CU_ASSERT_STRING_EQUAL(text, "0");
	finish(cg);
}

static void a_process_is_in_every_hierarchy(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("member", "{}");
	int go = -1;
	pid_t pid = child_in(cg, sleep_long, &go);
	char path[64];
	char want[128];
	char *text = NULL;
	int32_t *pids = NULL;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	(void)snprintf(want, sizeof(want), ":%s/member\n", parent_path());
	CU_ASSERT_TRUE_FATAL(cgroup_file_read_all(AT_FDCWD, path, &text) > 0);
	strcat(text, "\n"); /* the reader cut the last one; the buffer has room */
	size_t lines = 0;

	for (char *at = strstr(text, want); at; at = strstr(at + 1, want))
		lines++;
	CU_ASSERT_EQUAL(lines, cg->tree.n);
	free(text);
	UNIT_OK(cgroup_pids(cg, &pids, &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(pids[0], pid);
	free(pids);
	close(go);
	finish(cg);
}

static void an_occupied_cgroup_is_refused(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("taken", "{}");
	struct cgroup *second = NULL;
	struct json_doc *doc = doc_of("{}");
	int32_t *pids = NULL;
	size_t n = 0;
	int go = -1;

	(void)child_in(cg, sleep_long, &go);
	UNIT_OK(cgroup_plan(NULL, json_root(doc), "taken", parent_path(), 0, &second, &err), err);
	UNIT_FAILS(cgroup_create(second, &err), EBUSY, err, "holds process");
	/* and it has no part in it any more */
	CU_ASSERT_TRUE(cgroup_remove_empty(second));
	UNIT_OK(cgroup_kill(second, &err), err);
	UNIT_OK(cgroup_destroy(second, &err), err);
	UNIT_OK(cgroup_pids(cg, &pids, &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	free(pids);
	cgroup_free(second);
	close(go);
	json_free(doc);
	finish(cg);
}

/* The process is there first, in version 2's; it makes nobody believe that the cgroup is another's. */
static void what_was_begun_may_hold_our_process(void)
{
	if (!can_run())
		return;
	struct cgroup *first = make("first", "{}"); /* and with it their parent */
	struct json_doc *doc = doc_of("{}");
	struct cgroup *cg = NULL;
	struct cgroup *other = NULL;
	char path[PATH_MAX];
	pid_t pid = -1;
	int go = -1;

	UNIT_OK(cgroup_plan(NULL, json_root(doc), "begun", parent_path(), 0, &cg, &err), err);
	UNIT_OK(cgroup_plan(NULL, json_root(doc), "begun", parent_path(), 0, &other, &err), err);
	bool begun = cgroup_begin(cg);

	CU_ASSERT_EQUAL(begun, cg->tree.layout == CGROUP_V1 || cg->tree.layout == CGROUP_HYBRID);
	if (begun) {
		CU_ASSERT_TRUE(cgroup_full_path(cg, 0, path) && cg->tree.roots[0].version == 1);
		CU_ASSERT_TRUE(access(path, F_OK) < 0);
		pid = child_in(cg, sleep_long, &go);
		CU_ASSERT_EQUAL(mkdir(path, 0755), 0); /* an empty one that somebody has left */
		CU_ASSERT_EQUAL(cgroup_begin(other), cgroup_tree_v2(&cg->tree) < 0);
	}
	UNIT_OK(cgroup_create(cg, &err), err);
	for (size_t i = 0; i < cg->tree.n; i++)
		CU_ASSERT_TRUE(cgroup_dir(cg, i) >= 0);
	CU_ASSERT_EQUAL(cgroup_missing(cg), 0);
	cgroup_set_missing(cg, 1);
	CU_ASSERT_EQUAL(cgroup_missing(cg), 1);
	CU_ASSERT_EQUAL(cgroup_dir(cg, 0), -ENOENT);
	cgroup_free(cg);
	cgroup_free(other);
	(void)snprintf(path, sizeof(path), "%s/begun", parent_path());
	UNIT_OK(cgroup_load(NULL, path, &cg, &err), err);
	if (begun) { /* without version 2 it is in none of them */
		close(go);
		CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
		CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	}
	UNIT_OK(cgroup_destroy(cg, &err), err);
	cgroup_free(cg);
	json_free(doc);
	finish(first);
}

static void a_failing_create_leaves_nothing(void)
{
	if (!can_run())
		return;
	struct json_doc *doc = doc_of("{'linux':{'resources':{'cpu':{'cpus':'4000'}}}}");
	struct cgroup *cg = NULL;

	UNIT_OK(cgroup_plan(NULL, json_root(doc), "bad", parent_path(), 0, &cg, &err), err);
	CU_ASSERT_TRUE(cgroup_create(cg, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cannot set CPU list to 4000"));
	/* what an undo does with it then finds nothing and is content */
	UNIT_OK(cgroup_kill(cg, &err), err);
	UNIT_OK(cgroup_thaw(cg, &err), err);
	UNIT_OK(cgroup_destroy(cg, &err), err);
	cgroup_free(cg);
	UNIT_OK(cgroup_load(NULL, parent_path(), &cg, &err), err);
	CU_ASSERT_FALSE(cgroup_exists(cg));
	cgroup_free(cg);
	json_free(doc);
}

static bool is_asleep(pid_t pid)
{
	char path[64];
	char text[1024];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return cgroup_file_read(AT_FDCWD, path, text, sizeof(text)) > 0 && !strstr(text, ") R");
}

static int spin(void)
{
	for (volatile int i = 0; i == 0;)
		;
	return 0;
}

static void freezing_stops_and_thawing_goes_on(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("freeze", "{}");
	int go = -1;
	pid_t pid = child_in(cg, spin, &go);

	CU_ASSERT_EQUAL(write(go, "x", 1), 1);
	CU_ASSERT_EQUAL(cgroup_is_frozen(cg, &err), 0);
	UNIT_OK(cgroup_freeze(cg, &err), err);
	UNIT_OK(cgroup_freeze(cg, &err), err);
	CU_ASSERT_EQUAL(cgroup_is_frozen(cg, &err), 1);
	CU_ASSERT_TRUE(is_asleep(pid));
	UNIT_OK(cgroup_thaw(cg, &err), err);
	UNIT_OK(cgroup_thaw(cg, &err), err);
	CU_ASSERT_EQUAL(cgroup_is_frozen(cg, &err), 0);
	CU_ASSERT_FALSE(is_asleep(pid));
	UNIT_OK(cgroup_freeze(cg, &err), err);
	close(go);
	finish(cg); /* kill works on the frozen */
}

static void the_version_1_freezer_works_too(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("freeze1", "{}");
	int v2 = cgroup_tree_v2(&cg->tree);
	int go = -1;
	pid_t pid = child_in(cg, spin, &go);
	int kept = v2 < 0 ? -1 : cg->fd[v2];

	CU_ASSERT_EQUAL(write(go, "x", 1), 1);
	if (cg->tree.layout != CGROUP_V2) {
		if (v2 >= 0)
			cg->fd[v2] = -1; /* a machine without version 2 */
		UNIT_OK(cgroup_freeze(cg, &err), err);
		CU_ASSERT_EQUAL(cgroup_is_frozen(cg, &err), 1);
		CU_ASSERT_TRUE(is_asleep(pid));
		UNIT_OK(cgroup_kill(cg, &err), err); /* by hand, and thaws */
		CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
		CU_ASSERT_EQUAL(cgroup_is_frozen(cg, &err), 0);
	}
	if (v2 >= 0)
		cg->fd[v2] = kept;
	close(go);
	finish(cg);
}

static int fork_many(void)
{
	while (getpid() > 0) {
		(void)fork(); /* pids.max ends it */
		struct timespec nap = { .tv_nsec = 2000000 };

		(void)nanosleep(&nap, NULL);
	}
	return 0;
}

static void kill_ends_a_fork_bomb(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("bomb", "{'linux':{'resources':{'pids':{'limit':60}}}}");
	int go = -1;
	pid_t pid = child_in(cg, fork_many, &go);
	int32_t *pids = NULL;
	size_t n = 0;

	CU_ASSERT_EQUAL(write(go, "x", 1), 1);
	for (int i = 0; i < 400 && n < 40; i++) {
		free(pids);
		pids = NULL;
		cgroup_sleep_ms(5);
		UNIT_OK(cgroup_pids(cg, &pids, &n, &err), err);
	}
	CU_ASSERT_TRUE(n >= 40);
	free(pids);
	UNIT_OK(cgroup_kill(cg, &err), err);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	close(go);
	finish(cg);
}

static void what_is_left_makes_destroy_say_busy(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("busy", "{}");
	int go = -1;

	(void)child_in(cg, sleep_long, &go);
	UNIT_FAILS(cgroup_destroy(cg, &err), EBUSY, err, "cannot remove cgroup");
	close(go);
	finish(cg);
}

static void nested_children_are_removed(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("nested", "{}");

	for (size_t i = 0; i < cg->tree.n; i++) {
		int dir = openat(cg->fd[i], ".", O_PATH | O_CLOEXEC);

		for (int depth = 0; depth < 300; depth++) {
			CU_ASSERT_EQUAL(mkdirat(dir, "a", 0755), 0);
			(void)mkdirat(dir, "b", 0755);
			int next = openat(dir, "a", O_PATH | O_CLOEXEC);

			close(dir);
			dir = next;
			if (i != 0 && depth == 5)
				break; /* deep once is enough */
		}
		close(dir);
	}
	finish(cg);
}

static int eat_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return 1;
		memset(p, 1, 1 << 20);
	}
}

static void the_oom_killer_is_counted_and_told(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("oom", "{'linux':{'resources':{'memory':{'limit':8388608,"
					"'swap':8388608}}}}");
	int fd = -1;
	int go = -1;
	pid_t pid = child_in(cg, eat_memory, &go);
	char buffer[4096];

	UNIT_OK(cgroup_oom_fd(cg, &fd, &err), err);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	CU_ASSERT_EQUAL(cgroup_oom_kills(cg), 0);
	int status = let_go(pid, go);

	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT_EQUAL(poll(&p, 1, 2000), 1);
	CU_ASSERT_EQUAL(cgroup_oom_kills(cg), 1);
	close(fd);
	finish(cg);
}

static int open_devices(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return 1;
	(void)unlink("/tmp/cg-unit-node");
	/* a block device may be made, but not opened; nor may a character one that is not ours */
	if (mknod("/tmp/cg-unit-node", S_IFBLK | 0600, makedev(7, 0)) < 0)
		return 2;
	if (open("/tmp/cg-unit-node", O_RDONLY) >= 0 || errno != EPERM)
		return 3;
	(void)unlink("/tmp/cg-unit-node");
	if (mknod("/tmp/cg-unit-node", S_IFCHR | 0600, makedev(1, 11)) <
	    0) /* kmsg: allowed to read */
		return 4;
	int fd = open("/tmp/cg-unit-node", O_RDONLY);

	if (fd < 0)
		return 5;
	if (open("/tmp/cg-unit-node", O_RDWR) >= 0 || errno != EPERM)
		return 6;
	(void)unlink("/tmp/cg-unit-node");
	return 0;
}

static void devices_are_denied_by_default(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("devices", "{'linux':{'resources':{'devices':[{'allow':false},"
					    "{'allow':true,'type':'c','major':1,'minor':11,"
					    "'access':'r'}]}}}");
	int go = -1;
	pid_t pid = child_in(cg, open_devices, &go);
	int status = let_go(pid, go);

	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	finish(cg);
}

/* The version 2 program, attached for real also on a hybrid machine. */
static void the_device_program_is_accepted_and_obeyed(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("program", "{'linux':{'resources':{'devices':[{'allow':true}]}}}");
	struct json_doc *doc = doc_of("[{'allow':false},{'allow':true,'type':'c','major':1,"
				      "'minor':11,'access':'r'}]");
	struct device_rules rules = { 0 };
	int dir = cgroup_dir_v2(cg);
	int go = -1;

	UNIT_OK(device_rules_read(json_root(doc), &rules, &err), err);
	if (dir >= 0) {
		UNIT_OK(device_rules_attach_v2(&rules, dir, &err), err);
		UNIT_OK(device_rules_attach_v2(&rules, dir, &err), err); /* replaces */
		pid_t pid = child_in(cg, open_devices, &go);
		int status = let_go(pid, go);

		CU_ASSERT_TRUE(WIFEXITED(status));
		CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	}
	device_rules_fini(&rules);
	json_free(doc);
	finish(cg);
}

static void update_changes_and_undoes(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("update", "{'linux':{'resources':{'memory':{'limit':67108864,"
					   "'swap':134217728},'pids':{'limit':10}}}}");
	struct json_doc *up = doc_of("{'memory':{'limit':268435456,'swap':536870912}}");
	struct json_doc *down = doc_of("{'memory':{'limit':33554432,'swap':33554432}}");
	struct json_doc *bad = doc_of("{'pids':{'limit':20},'cpu':{'cpus':'4000'}}");
	struct cleat_stats s = { .size = sizeof(s) };

	UNIT_OK(cgroup_update(cg, json_root(up), &err), err);
	UNIT_OK(cgroup_stats(cg, &s, &err), err);
	CU_ASSERT_EQUAL(s.memory_limit_bytes, 268435456);
	CU_ASSERT_EQUAL(s.swap_limit_bytes, 268435456);
	UNIT_OK(cgroup_update(cg, json_root(down), &err), err);
	UNIT_OK(cgroup_stats(cg, &s, &err), err);
	CU_ASSERT_EQUAL(s.memory_limit_bytes, 33554432);
	CU_ASSERT_EQUAL(s.swap_limit_bytes, 0);
	CU_ASSERT_TRUE(cgroup_update(cg, json_root(bad), &err) < 0);
	UNIT_OK(cgroup_stats(cg, &s, &err), err);
	CU_ASSERT_EQUAL(s.pids_limit, 10);
	json_free(up);
	json_free(down);
	json_free(bad);
	finish(cg);
}

static void no_process_at_all_is_a_limit(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("none", "{'linux':{'resources':{'pids':{'limit':0}}}}");
	struct cleat_stats s = { .size = sizeof(s) };
	int go = -1;

	(void)child_in(cg, sleep_long, &go);
	UNIT_OK(cgroup_stats(cg, &s, &err), err);
	CU_ASSERT_EQUAL(s.pids_limit, 0);
	CU_ASSERT_EQUAL(s.pids, 1);
	close(go);
	finish(cg);
}

static void metrics_are_json(void)
{
	if (!can_run())
		return;
	struct cgroup *cg =
		make("metrics", "{'linux':{'resources':{'memory':{'limit':67108864}}}}");
	struct json_doc *doc = NULL;
	char *text = NULL;
	uint64_t limit = 0;

	UNIT_OK(cgroup_metrics_json(cg, &text, &err), err);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	UNIT_OK(json_get_u64(json_path(json_root(doc), "memory.usage"), "limit", &limit, &err),
		err);
	CU_ASSERT_EQUAL(limit, 67108864);
	CU_ASSERT_TRUE(json_len(json_path(json_root(doc), "cpuset.cpus")) >= 1);
	CU_ASSERT_TRUE(json_len(json_path(json_root(doc), "memory.raw")) > 5);
	json_free(doc);
	free(text);
	finish(cg);
}

static void sub_cgroups_stay_below(void)
{
	if (!can_run())
		return;
	struct cgroup *cg = make("sub", "{}");
	struct cgroup *place = NULL;
	char want[128];
	char path[64];
	char *text = NULL;
	int go = -1;

	UNIT_FAILS(cgroup_open_sub(cg, "../..", 0, &place, &err), EINVAL, err, "not allowed");
	UNIT_FAILS(cgroup_open_sub(cg, "/../x", 0, &place, &err), EINVAL, err, "not allowed");
	UNIT_FAILS(cgroup_open_sub(cg, "nosuch", 0, &place, &err), ENOENT, err, "nosuch");
	UNIT_FAILS(cgroup_open_sub(cg, "nosuch:x", 0, &place, &err), EINVAL, err, "controller");
	for (size_t i = 0; i < cg->tree.n; i++)
		CU_ASSERT_EQUAL(mkdirat(cg->fd[i], "in", 0755), 0);
	int cpuset = cgroup_tree_home(&cg->tree, "cpuset");

	(void)cgroup_file_write(cg->fd[cpuset], "in/cpuset.cpus", "0");
	(void)cgroup_file_write(cg->fd[cpuset], "in/cpuset.mems", "0");
	UNIT_OK(cgroup_open_sub(cg, "/in", 0, &place, &err), err);
	pid_t pid = child_in(place, sleep_long, &go);

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	(void)snprintf(want, sizeof(want), ":%s/sub/in\n", parent_path());
	CU_ASSERT_TRUE_FATAL(cgroup_file_read_all(AT_FDCWD, path, &text) > 0);
	strcat(text, "\n"); /* as above */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, want));
	free(text);
	cgroup_free(place);
	close(go);
	finish(cg);
}

UNIT_MAIN("runtime-linux: cgroups of this kernel", UNIT_TEST(limits_are_there_before_the_process),
	  UNIT_TEST(a_process_is_in_every_hierarchy), UNIT_TEST(an_occupied_cgroup_is_refused),
	  UNIT_TEST(what_was_begun_may_hold_our_process),
	  UNIT_TEST(a_failing_create_leaves_nothing), UNIT_TEST(freezing_stops_and_thawing_goes_on),
	  UNIT_TEST(the_version_1_freezer_works_too), UNIT_TEST(kill_ends_a_fork_bomb),
	  UNIT_TEST(what_is_left_makes_destroy_say_busy), UNIT_TEST(nested_children_are_removed),
	  UNIT_TEST(the_oom_killer_is_counted_and_told), UNIT_TEST(devices_are_denied_by_default),
	  UNIT_TEST(the_device_program_is_accepted_and_obeyed),
	  UNIT_TEST(update_changes_and_undoes), UNIT_TEST(no_process_at_all_is_a_limit),
	  UNIT_TEST(metrics_are_json), UNIT_TEST(sub_cgroups_stay_below))

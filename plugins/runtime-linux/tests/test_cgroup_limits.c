/* SPDX-License-Identifier: Apache-2.0 */
/* test_cgroup_limits.c - names, conversions, the mount table, and resources on a fake v2 tree. */
#include <errno.h>

#include <cleat/cleanup.h>

#include "cgroup_convert.h"
#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "cgroup_limits.h"
#include "limits_test.h"
#include "name.h"
#include "support/unit.h"

static struct cleat_error err;

static char *temp_dir(void)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/cg-unit-XXXXXX");
	if (!mkdtemp(path))
		abort();
	return path;
}

static void remove_dir(const char *path)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "rm -rf '%s' '%s.table'", path, path);
	if (system(command) != 0)
		abort();
}

static void names_are_plain(void)
{
	char long_name[300];

	memset(long_name, 'a', sizeof(long_name));
	long_name[256] = '\0';
	CU_ASSERT_TRUE(name_is_safe("memory.max"));
	CU_ASSERT_TRUE(name_is_safe("..."));
	CU_ASSERT_TRUE(name_is_safe("a b:c@1"));
	CU_ASSERT_FALSE(name_is_safe(""));
	CU_ASSERT_FALSE(name_is_safe("."));
	CU_ASSERT_FALSE(name_is_safe(".."));
	CU_ASSERT_FALSE(name_is_safe("a/b"));
	CU_ASSERT_FALSE(name_is_safe("a\nb"));
	CU_ASSERT_FALSE(name_is_safe("a\x7f"));
	CU_ASSERT_FALSE(name_is_safe(long_name));
	long_name[255] = '\0';
	CU_ASSERT_TRUE(name_is_safe(long_name));
	UNIT_OK(name_check_path("/a//b/", "x", &err), err);
	UNIT_FAILS(name_check_path("/a/../b", "x", &err), EINVAL, err, "../b");
	UNIT_FAILS(name_check_path("/", "x", &err), EINVAL, err, "names nothing");
	UNIT_FAILS(name_check_path("a/./b", "x", &err), EINVAL, err, "not allowed");
}

static void shares_become_weights_as_runc_has_them(void)
{
	/* values of runc's and crun's own tests */
	static const uint64_t pairs[][2] = { { 0, 0 },          { 1, 1 },          { 2, 1 },
					     { 100, 17 },       { 512, 59 },       { 1024, 100 },
					     { 262144, 10000 }, { 1000000, 10000 } };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		CU_ASSERT_EQUAL(cgroup_weight_of_shares(pairs[i][0]), pairs[i][1]);
	for (uint64_t s = 2; s < 5000; s++)
		CU_ASSERT_TRUE(cgroup_weight_of_shares(s) <= cgroup_weight_of_shares(s + 1));
	CU_ASSERT_EQUAL(cgroup_io_weight(10), 1);
	CU_ASSERT_EQUAL(cgroup_io_weight(1000), 10000);
}

static void swap_is_what_is_left_of_the_sum(void)
{
	int64_t out = 0;

	UNIT_OK(cgroup_swap_of_total(100, 300, &out, &err), err);
	CU_ASSERT_EQUAL(out, 200);
	UNIT_OK(cgroup_swap_of_total(100, 100, &out, &err), err);
	CU_ASSERT_EQUAL(out, 0);
	UNIT_OK(cgroup_swap_of_total(100, -1, &out, &err), err);
	CU_ASSERT_EQUAL(out, -1);
	UNIT_OK(cgroup_swap_of_total(-1, 300, &out, &err), err);
	CU_ASSERT_EQUAL(out, 300);
	UNIT_FAILS(cgroup_swap_of_total(100, 50, &out, &err), EINVAL, err, "includes");
	UNIT_FAILS(cgroup_swap_of_total(0, 50, &out, &err), EINVAL, err, "needs a memory limit");
}

static void the_mount_table_decides(void)
{
	static const char table[] =
		"31 23 0:28 / /tmp rw - tmpfs tmpfs rw,mode=755\n"
		"33 31 0:30 / /tmp rw,relatime shared:7 master:1 - cgroup cgroup rw,cpu,cpuacct\n"
		"34 31 0:31 / /tmp rw - cgroup cgroup rw,xattr,name=systemd\n"
		"35 31 0:30 /docker/x /var rw - cgroup cgroup rw,cpu,cpuacct\n"
		"36 31 0:32 / /tmp/with\\040space rw - cgroup cgroup rw,memory\n"
		"41 31 0:38 / /tmp rw - cgroup2 cgroup2 rw\n";
	char *dir = temp_dir();
	char path[128];
	struct cgroup_tree tree;

	put_file(dir, "table", table);
	(void)snprintf(path, sizeof(path), "%s/table", dir);
	UNIT_OK(cgroup_tree_read(path, false, &tree, &err), err);
	CU_ASSERT_EQUAL(tree.layout, CGROUP_HYBRID);
	CU_ASSERT_EQUAL(tree.n, 3); /* "with space" does not exist, /docker/x is the first again */
	CU_ASSERT_EQUAL(cgroup_tree_home(&tree, "cpuacct"), 0);
	CU_ASSERT_STRING_EQUAL(tree.roots[0].mount_point, "/tmp");
	CU_ASSERT_EQUAL(cgroup_tree_home(&tree, "memory"), 2); /* version 2 */
	cgroup_tree_fini(&tree);
	/* and nothing of it is really a cgroup mount */
	UNIT_OK(cgroup_tree_read(path, true, &tree, &err), err);
	CU_ASSERT_EQUAL(tree.n, 0);
	CU_ASSERT_EQUAL(tree.layout, CGROUP_NONE);
	cgroup_tree_fini(&tree);
	remove_dir(dir);
}

static const char *value_of(const struct cgroup_limits *limits, const char *file)
{
	for (size_t i = 0; i < limits->n; i++)
		if (strcmp(limits->writes[i].file, file) == 0)
			return limits->writes[i].value;
	return "(none)";
}

static void resources_become_version_2_files(void)
{
	char *dir = temp_dir();
	struct cgroup_tree tree;
	struct cgroup_limits l;
	struct json_doc *doc = doc_of(
		"{'memory':{'limit':1048576,'swap':3145728,'reservation':524288,"
		"'disableOOMKiller':false,'kernel':5},"
		"'cpu':{'shares':1024,'quota':-1,'period':50000,'burst':1000,'idle':0,'cpus':'0-1'},"
		"'pids':{'limit':-1},"
		"'blockIO':{'weight':500,'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':9}],"
		"'throttleWriteIOPSDevice':[{'major':8,'minor':1,'rate':0}]},"
		"'hugepageLimits':[{'pageSize':'2MB','limit':18446744073709551615}],"
		"'rdma':{'mlx5_1':{'hcaHandles':3}},"
		"'unified':{'memory.high':'900000'}}");

	fake_v2(dir, &tree);
	UNIT_OK(cgroup_limits_parse(&tree, json_root(doc), 0, &l, &err), err);
	CU_ASSERT_STRING_EQUAL(value_of(&l, "memory.max"), "1048576");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "memory.swap.max"), "2097152");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "memory.low"), "524288");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "cpu.weight"), "100");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "cpu.max"), "max 50000");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "cpu.max.burst"), "1000");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "pids.max"), "max");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "io.bfq.weight"), "500");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "io.max"), "8:0 rbps=9");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "hugetlb.2MB.max"), "18446744073709551615");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "hugetlb.2MB.rsvd.max"), "18446744073709551615");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "rdma.max"), "mlx5_1 hca_handle=3");
	CU_ASSERT_STRING_EQUAL(value_of(&l, "memory.high"), "900000");
	cgroup_limits_fini(&l);
	cgroup_tree_fini(&tree);
	json_free(doc);
	remove_dir(dir);
}

static void bad_resources_are_sentences(void)
{
	static const struct {
		const char *json, *words;
		int errnum;
	} rows[] = {
		{ "{'memory':{'limit':-2}}", "limit must be", EINVAL },
		{ "{'memory':{'limit':'1G'}}", "limit must be", EINVAL },
		{ "{'memory':{'limit':99999999999999999999}}", "limit must be", EINVAL },
		{ "{'memory':{'limit':100,'swap':50}}", "includes the memory limit", EINVAL },
		{ "{'memory':{'swappiness':60}}", "no such limit", ENOTSUP },
		{ "{'memory':{'disableOOMKiller':true}}", "no such limit", ENOTSUP },
		{ "{'memory':{'swappiness':201}}", "0 to 200", EINVAL },
		{ "{'cpu':{'quota':-5}}", "quota must be", EINVAL },
		{ "{'cpu':{'idle':2}}", "idle must be", EINVAL },
		{ "{'cpu':{'cpus':'0\\n1'}}", "cpus must be a list", EINVAL },
		{ "{'cpu':{'realtimeRuntime':1000}}", "no such limit", ENOTSUP },
		{ "{'blockIO':{'weight':5}}", "weight must be 10", EINVAL },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'rate':1}]}}", "major and minor", EINVAL },
		{ "{'hugepageLimits':[{'pageSize':'../../x','limit':1}]}", "pageSize must",
		  EINVAL },
		{ "{'hugepageLimits':[{'pageSize':'2MB\\n','limit':1}]}", "pageSize must", EINVAL },
		{ "{'hugepageLimits':[{'pageSize':'MB','limit':1}]}", "pageSize must", EINVAL },
		{ "{'network':{'classID':4294967296}}", "classID must be", EINVAL },
		{ "{'network':{'classID':1}}", "no such limit", ENOTSUP },
		{ "{'network':{'priorities':[{'name':'../x','priority':1}]}}", "network device",
		  EINVAL },
		{ "{'rdma':{'a/b':{'hcaHandles':3}}}", "an rdma device", EINVAL },
		{ "{'rdma':{'a':{}}}", "must have", EINVAL },
		{ "{'unified':{'../memory.max':'1'}}", "cgroup file", EINVAL },
		{ "{'unified':{'cgroup.procs':'1'}}", "is not a limit", EINVAL },
		{ "{'unified':{'memory':'1'}}", "no controller", EINVAL },
		{ "{'unified':{'memory.max':1}}", "must be a string", EINVAL },
		{ "{'pids':{'limit':true}}", "limit must be", EINVAL },
		{ "{'pids':[]}", "pids must be", EINVAL },
	};
	char *dir = temp_dir();
	struct cgroup_tree tree;
	struct cgroup_limits l;

	fake_v2(dir, &tree);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_doc *doc = doc_of(rows[i].json);

		UNIT_FAILS(cgroup_limits_parse(&tree, json_root(doc), 0, &l, &err), rows[i].errnum,
			   err, rows[i].words);
		CU_ASSERT_EQUAL(l.n, 0);
		json_free(doc);
	}
	cgroup_tree_fini(&tree);
	remove_dir(dir);
}

static void an_update_keeps_what_is_not_given(void)
{
	char *dir = temp_dir();
	char leaf[128];
	char text[64];
	struct cgroup_tree tree;
	struct cgroup *cg = NULL;
	struct json_doc *quota = doc_of("{'cpu':{'quota':20000}}");
	struct json_doc *period = doc_of("{'cpu':{'period':50000}}");
	struct json_doc *swap = doc_of("{'memory':{'swap':1500}}");
	struct json_doc *bad = doc_of("{'cpu':{'period':70000},'memory':{'limit':5},"
				      "'hugepageLimits':[{'pageSize':'1GB','limit':1}]}");

	fake_v2(dir, &tree);
	(void)snprintf(leaf, sizeof(leaf), "%s/leaf", dir);
	put_file(leaf, "cpu.max", "max 100000\n");
	put_file(leaf, "memory.max", "1000\n");
	put_file(leaf, "memory.swap.max", "max\n");
	UNIT_OK(cgroup_new(NULL, &tree, "/leaf", &cg, &err), err);
	UNIT_OK(cgroup_open_dirs(cg, &err), err);
	UNIT_OK(cgroup_update(cg, json_root(quota), &err), err);
	CU_ASSERT_TRUE(cgroup_file_read(cg->fd[0], "cpu.max", text, sizeof(text)) > 0);
	CU_ASSERT_EQUAL(strncmp(text, "20000 100000", 12), 0);
	put_file(leaf, "cpu.max", "20000 100000");
	UNIT_OK(cgroup_update(cg, json_root(period), &err), err);
	CU_ASSERT_TRUE(cgroup_file_read(cg->fd[0], "cpu.max", text, sizeof(text)) > 0);
	CU_ASSERT_EQUAL(strncmp(text, "20000 50000", 11), 0);
	UNIT_OK(cgroup_update(cg, json_root(swap), &err), err);
	CU_ASSERT_TRUE(cgroup_file_read(cg->fd[0], "memory.swap.max", text, sizeof(text)) > 0);
	CU_ASSERT_EQUAL(strncmp(text, "500", 3), 0);
	/* the last one has no file: all go back */
	put_file(leaf, "cpu.max", "20000 50000");
	UNIT_FAILS(cgroup_update(cg, json_root(bad), &err), ENOTSUP, err, "hugetlb.1GB.max");
	CU_ASSERT_TRUE(cgroup_file_read(cg->fd[0], "cpu.max", text, sizeof(text)) > 0);
	CU_ASSERT_STRING_EQUAL(text, "20000 50000");
	CU_ASSERT_TRUE(cgroup_file_read(cg->fd[0], "memory.max", text, sizeof(text)) > 0);
	CU_ASSERT_EQUAL(strncmp(text, "1000", 4), 0);
	cgroup_free(cg);
	json_free(quota);
	json_free(period);
	json_free(swap);
	json_free(bad);
	remove_dir(dir);
}

/* As kubelet asks for it on every node, also where the kernel has no swap. */
static void no_swap_needs_no_file(void)
{
	char *dir = temp_dir();
	char leaf[128];
	struct cgroup_tree tree;
	struct cgroup *cg = NULL;
	struct json_doc *none = doc_of("{'memory':{'limit':1000,'swap':1000}}");
	struct json_doc *some = doc_of("{'memory':{'limit':1000,'swap':1500}}");

	fake_v2(dir, &tree);
	(void)snprintf(leaf, sizeof(leaf), "%s/leaf", dir);
	put_file(leaf, "memory.max", "max\n");
	UNIT_OK(cgroup_new(NULL, &tree, "/leaf", &cg, &err), err);
	UNIT_OK(cgroup_open_dirs(cg, &err), err);
	UNIT_OK(cgroup_update(cg, json_root(none), &err), err);
	UNIT_FAILS(cgroup_update(cg, json_root(some), &err), ENOTSUP, err, "memory.swap.max");
	cgroup_free(cg);
	json_free(none);
	json_free(some);
	remove_dir(dir);
}

static void paths_are_chosen_and_checked(void)
{
	static const struct {
		const char *config, *id, *parent, *path;
	} good[] = {
		{ "{}", "abc", NULL, "/cleat/abc" },
		{ "{}", "abc", "/x/y/", "/x/y/abc" },
		{ "{'linux':{'cgroupsPath':'/a//b/'}}", "abc", NULL, "/a/b" },
		{ "{'linux':{'cgroupsPath':'a/b'}}", "abc", "/p", "/p/a/b" },
		{ "{'linux':{'cgroupsPath':''}}", "abc", "/p", "/p/abc" },
	};
	static const char *const bad[] = { "{'linux':{'cgroupsPath':'/'}}",
					   "{'linux':{'cgroupsPath':'/a/../../b'}}",
					   "{'linux':{'cgroupsPath':'../b'}}",
					   "{'linux':{'cgroupsPath':'/a\\nb'}}",
					   "{'linux':{'cgroupsPath':7}}" };
	char *dir = temp_dir();

	for (size_t i = 0; i < ARRAY_SIZE(good) + ARRAY_SIZE(bad); i++) {
		bool fine = i < ARRAY_SIZE(good);
		struct json_doc *doc = doc_of(fine ? good[i].config : bad[i - ARRAY_SIZE(good)]);
		struct cgroup_tree tree;
		struct cgroup *cg = NULL;

		fake_v2(dir, &tree);
		int rc = cgroup_plan_on(NULL, &tree, json_root(doc), fine ? good[i].id : "abc",
					fine ? good[i].parent : NULL, &cg, &err);

		CU_ASSERT_EQUAL(rc, fine ? 0 : -EINVAL);
		if (fine && rc == 0)
			CU_ASSERT_STRING_EQUAL(cgroup_path(cg), good[i].path);
		cgroup_free(cg);
		json_free(doc);
	}
	remove_dir(dir);
}

static void without_cgroups_everything_is_a_no_op(void)
{
	struct json_doc *doc = doc_of("{'linux':{'resources':{'memory':{'limit':-7}}}}");
	struct cgroup *cg = NULL;

	UNIT_OK(cgroup_plan(NULL, json_root(doc), "x", NULL, CLEAT_NO_CGROUP, &cg, &err), err);
	CU_ASSERT_STRING_EQUAL(cgroup_path(cg), "");
	UNIT_OK(cgroup_create(cg, &err), err);
	CU_ASSERT_EQUAL(cgroup_clone_fd(cg), -1);
	UNIT_OK(cgroup_add(cg, 1, false, &err), err);
	UNIT_OK(cgroup_kill(cg, &err), err);
	UNIT_OK(cgroup_destroy(cg, &err), err);
	cgroup_free(cg);
	json_free(doc);
}

UNIT_MAIN("runtime-linux: limits", UNIT_TEST(names_are_plain),
	  UNIT_TEST(shares_become_weights_as_runc_has_them),
	  UNIT_TEST(swap_is_what_is_left_of_the_sum), UNIT_TEST(the_mount_table_decides),
	  UNIT_TEST(resources_become_version_2_files), UNIT_TEST(bad_resources_are_sentences),
	  UNIT_TEST(an_update_keeps_what_is_not_given), UNIT_TEST(no_swap_needs_no_file),
	  UNIT_TEST(paths_are_chosen_and_checked), UNIT_TEST(without_cgroups_everything_is_a_no_op))

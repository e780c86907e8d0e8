/* SPDX-License-Identifier: Apache-2.0 */
/* test_credentials.c - capabilities, resource limits and sysctls. What needs root is skipped without. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

#include "capabilities.h"
#include "limits_test.h"
#include "rlimits.h"
#include "support/unit.h"
#include "sysctl.h"

static struct cleat_error err;

static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	(void)printf("(skipped: not root) ");
	CU_ASSERT_PTR_NULL(getenv("CLEAT_MUST_RUN"));
	return false;
}

static int in_child(int (*run)(const void *), const void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run(arg));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void capability_names(void)
{
	char text[64];

	CU_ASSERT_EQUAL(capabilities_number("CAP_CHOWN"), 0);
	CU_ASSERT_EQUAL(capabilities_number("cap_sys_admin"), 21);
	CU_ASSERT_EQUAL(capabilities_number("CAP_CHECKPOINT_RESTORE"), 40);
	CU_ASSERT_EQUAL(capabilities_number("SYS_ADMIN"), -1);
	CU_ASSERT_EQUAL(capabilities_number(""), -1);
	CU_ASSERT_PTR_NULL(capabilities_name(64));
	CU_ASSERT_PTR_NULL(capabilities_name(-1));
	for (int i = 0; capabilities_name(i); i++)
		CU_ASSERT_EQUAL(capabilities_number(capabilities_name(i)), i);
	capabilities_print(1ull << 0 | 1ull << 5, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "CAP_CHOWN, CAP_KILL");
	capabilities_print(~0ull, text, sizeof(text));
	CU_ASSERT_TRUE(strlen(text) < sizeof(text));
}

static void capability_sets(void)
{
	struct json_doc *doc =
		doc_of("{'bounding':['CAP_CHOWN','CAP_KILL'],'effective':['CAP_KILL'],"
		       "'permitted':['CAP_KILL'],'ambient':[],'other':7}");
	struct json_doc *bad = doc_of("{'bounding':['CAP_CHOWN','CAP_FOO']}");
	struct json_doc *all = doc_of("{'bounding':['CAP_SYS_RESOURCE']}");
	struct capabilities c;

	UNIT_OK(capabilities_parse(json_root(doc), true, &c, &err), err);
	CU_ASSERT_EQUAL(c.bounding, 0x21);
	CU_ASSERT_EQUAL(c.effective, 0x20);
	CU_ASSERT_EQUAL(c.inheritable, 0);
	CU_ASSERT_EQUAL(c.refused, 0);
	UNIT_FAILS(capabilities_parse(json_root(bad), true, &c, &err), EINVAL, err,
		   "process.capabilities: bounding[1]: 'CAP_FOO' is not a capability");
	UNIT_OK(capabilities_parse(json_root(all), false, &c, &err), err);
	if (prctl(PR_CAPBSET_READ, 24, 0, 0, 0) == 0) { /* as on the reference machine */
		CU_ASSERT_EQUAL(c.refused, 1ull << 24);
		CU_ASSERT_EQUAL(c.bounding, 0);
	}
	UNIT_OK(capabilities_parse(NULL, false, &c, &err), err);
	CU_ASSERT_EQUAL(c.bounding | c.effective | c.permitted | c.inheritable | c.ambient, 0);
	json_free(doc);
	json_free(bad);
	json_free(all);
}

static uint64_t status_mask(const char *name)
{
	char line[256];
	unsigned long long mask = ~0ull;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			(void)sscanf(line + strlen(name), " %llx", &mask);
	if (file)
		(void)fclose(file);
	return mask;
}

static int take_on(const void *arg)
{
	const struct capabilities *c = arg;
	struct cleat_error e;

	if (capabilities_drop_bounding(c, &e) < 0 || capabilities_keep(true, &e) < 0 ||
	    syscall(SYS_setresuid, 1000, 1000, 1000) < 0 || capabilities_apply(c, &e) < 0)
		return 100;
	if (status_mask("CapBnd:") != c->bounding)
		return 1;
	if (status_mask("CapEff:") != c->effective || status_mask("CapPrm:") != c->permitted)
		return 2;
	if (status_mask("CapInh:") != c->inheritable)
		return 3;
	if (status_mask("CapAmb:") != c->ambient)
		return 4;
	return prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0 ? 0 : 5;
}

static void capabilities_become_true(void)
{
	struct capabilities none = { 0 };
	struct capabilities some = { .bounding = 0x21,
				     .effective = 0x20,
				     .permitted = 0x21,
				     .inheritable = 0x20,
				     .ambient = 0x20 };
	struct capabilities wrong = { .ambient = 1 };

	if (!is_root())
		return;
	CU_ASSERT_EQUAL(in_child(take_on, &none), 0);
	CU_ASSERT_EQUAL(in_child(take_on, &some), 0);
	CU_ASSERT_EQUAL(in_child(take_on, &wrong), 100);
}

static void limits_are_read_strictly(void)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{ "{}", "must be an array" },
		{ "[{}]", "not a resource limit" },
		{ "[{'type':'RLIMIT_FOO','soft':1,'hard':1}]", "'RLIMIT_FOO' is not" },
		{ "[{'type':'RLIMIT_CORE','soft':1}]", "needs soft and hard" },
		{ "[{'type':'RLIMIT_CORE','soft':2,'hard':1}]", "above the hard limit" },
		{ "[{'type':'RLIMIT_CORE','soft':-1,'hard':1}]", "soft must be" },
		{ "[{'type':'RLIMIT_CORE','soft':1,'hard':1},"
		  "{'type':'RLIMIT_CORE','soft':1,'hard':1}]",
		  "process.rlimits[1]: RLIMIT_CORE is given twice" },
	};
	struct rlimits limits;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json_doc *doc = doc_of(bad[i].json);

		UNIT_FAILS(rlimits_parse(json_root(doc), &limits, &err), EINVAL, err, bad[i].words);
		json_free(doc);
	}
	UNIT_OK(rlimits_parse(NULL, &limits, &err), err);
	CU_ASSERT_EQUAL(limits.set, 0);
}

static int nap(const void *arg)
{
	(void)arg;
	return pause();
}

static void limits_are_set_on_the_child(void)
{
	struct json_doc *doc = doc_of("[{'type':'RLIMIT_CORE','soft':0,'hard':0},"
				      "{'type':'RLIMIT_NOFILE','soft':77,'hard':99}]");
	struct rlimits limits;
	struct rlimit now;
	pid_t pid = fork();

	if (pid == 0)
		_exit(nap(NULL));
	UNIT_OK(rlimits_parse(json_root(doc), &limits, &err), err);
	UNIT_OK(rlimits_apply(&limits, pid, &err), err);
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_NOFILE, NULL, &now), 0);
	CU_ASSERT_EQUAL(now.rlim_cur, 77);
	CU_ASSERT_EQUAL(now.rlim_max, 99);
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_CORE, NULL, &now), 0);
	CU_ASSERT_EQUAL(now.rlim_max, 0);
	if (prctl(PR_CAPBSET_READ, 24, 0, 0, 0) == 0) {
		limits.value[RLIMIT_NOFILE].rlim_max = 1000;
		UNIT_FAILS(rlimits_apply(&limits, pid, &err), EPERM, err,
			   "cannot raise RLIMIT_NOFILE to 1000: the hard limit is 99");
	}
	(void)kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	json_free(doc);
}

static void sysctls_of_the_host_are_refused(void)
{
	static const struct {
		const char *key, *words;
	} rows[] = {
		{ "kernel.core_pattern", "would change the host" },
		{ "kernel/core_pattern", "would change the host" },
		{ "net.ipv4.x+kernel.core_pattern=y", "made of letters" },
		{ "net/../kernel/core_pattern", "not allowed" },
		{ "fs.mqueue./../x", "empty component" },
		{ "fs/mqueue/../../kernel/core_pattern", "not allowed" },
		{ "/net/ipv4/ip_forward", "empty component" },
		{ "net/", "empty component" },
		{ "net", "would change the host" },
		{ "kernel.hostname", "hostname" },
		{ "kernel.shmmaxx", "would change the host" },
		{ "user.max_user_namespaces", "no user namespace" },
		{ "vm.swappiness", "would change the host" },
		{ "", "made of letters" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512];
		struct sysctls *list = NULL;

		(void)snprintf(text, sizeof(text),
			       "{'linux':{'namespaces':[{'type':'network'},{'type':'ipc'},"
			       "{'type':'uts'}],'sysctl':{'%s':'1'}}}",
			       rows[i].key);
		struct json_doc *doc = doc_of(text);

		UNIT_FAILS(sysctl_plan(json_root(doc), &list, &err), EINVAL, err, rows[i].words);
		json_free(doc);
	}
}

static void a_namespace_by_path_is_compared_with_ours(void)
{
	struct json_doc *ours =
		doc_of("{'linux':{'namespaces':[{'type':'network','path':'/proc/self/ns/net'}],"
		       "'sysctl':{'net.ipv4.ip_forward':'1'}}}");
	struct json_doc *none = doc_of("{'linux':{'sysctl':{'kernel.shmmax':'1'}}}");
	struct json_doc *wrong = doc_of("{'linux':{'namespaces':[{'type':'ipc'}],"
					"'sysctl':{'kernel.shmmax':1}}}");
	struct sysctls *list = NULL;

	UNIT_FAILS(sysctl_plan(json_root(ours), &list, &err), EINVAL, err, "no network namespace");
	UNIT_FAILS(sysctl_plan(json_root(none), &list, &err), EINVAL, err, "no ipc namespace");
	UNIT_FAILS(sysctl_plan(json_root(wrong), &list, &err), EINVAL, err, "must be a string");
	json_free(ours);
	json_free(none);
	json_free(wrong);
}

static int write_sysctls(const void *arg)
{
	char text[64] = "";
	struct cleat_error e;

	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) < 0)
		return 100;
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (sysctl_apply(arg, proc, &e) < 0)
		return 1;
	int fd = open("/proc/sys/net/ipv4/ip_default_ttl", O_RDONLY | O_CLOEXEC);

	if (read(fd, text, sizeof(text) - 1) <= 0 || strcmp(text, "77\n") != 0)
		return 2;
	fd = open("/proc/sys/kernel/shmmni", O_RDONLY | O_CLOEXEC);
	memset(text, 0, sizeof(text));
	if (read(fd, text, sizeof(text) - 1) <= 0 || strcmp(text, "123\n") != 0)
		return 3;
	/* something mounted over it is not written through */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("/dev/null", "/proc/sys/net/ipv4/ip_default_ttl", NULL, MS_BIND, NULL) < 0)
		return 101;
	return sysctl_apply(arg, proc, &e) == -EXDEV ? 0 : 4;
}

static void sysctls_are_written_inside(void)
{
	struct json_doc *doc = doc_of("{'linux':{'namespaces':[{'type':'network'},{'type':'ipc'}],"
				      "'sysctl':{'net.ipv4.ip_default_ttl':'77',"
				      "'kernel/shmmni':'123'}}}");
	struct sysctls *list = NULL;

	UNIT_OK(sysctl_plan(json_root(doc), &list, &err), err);
	json_free(doc);
	if (is_root())
		CU_ASSERT_EQUAL(in_child(write_sysctls, list), 0);
	sysctl_free(list);
}

UNIT_MAIN("runtime-linux: credentials", UNIT_TEST(capability_names), UNIT_TEST(capability_sets),
	  UNIT_TEST(capabilities_become_true), UNIT_TEST(limits_are_read_strictly),
	  UNIT_TEST(limits_are_set_on_the_child), UNIT_TEST(sysctls_of_the_host_are_refused),
	  UNIT_TEST(a_namespace_by_path_is_compared_with_ours),
	  UNIT_TEST(sysctls_are_written_inside))

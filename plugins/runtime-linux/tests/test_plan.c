/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c - what is taken from config.json, and what is refused with which words. */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "support/unit.h"

static struct cleat_error err;

#define PROCESS    "\"process\":{\"args\":[\"sh\",\"-c\",\"x\"],\"cwd\":\"/\",\"env\":[\"A=b\"]"
#define NAMESPACES "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"pid\"}]"

/* A small good configuration with @process, @linux_ and @rest added to its objects. */
static int read_with(struct plan *plan, const char *process, const char *linux_, const char *rest)
{
	static char text[16384];

	memset(plan, 0, sizeof(*plan));
	memset(&err, 0, sizeof(err));
	(void)snprintf(text, sizeof(text),
		       "{\"ociVersion\":\"1.2.0\"," PROCESS "%s},\"root\":{\"path\":\"rootfs\"},"
		       "\"linux\":{" NAMESPACES "%s}%s}",
		       process, linux_, rest);
	return plan_read(plan, text, strlen(text), &err);
}

static void refused(const char *process, const char *linux_, const char *rest, const char *words)
{
	struct plan plan;
	int r = read_with(&plan, process, linux_, rest);

	CU_ASSERT(r < 0);
	if (r >= 0 || !strstr(err.text, words))
		(void)fprintf(stderr, "\nwanted '%s', got %d '%s'\n", words, r, err.text);
	CU_ASSERT(strstr(err.text, words) != NULL);
	plan_free(&plan);
}

static void a_small_one_is_read(void)
{
	struct plan plan;

	UNIT_OK(read_with(&plan, ",\"unknown\":{\"x\":1}", ",\"unknown\":[]", ",\"unknown\":true"),
		err);
	CU_ASSERT_EQUAL(plan.process.nargs, 3);
	CU_ASSERT_STRING_EQUAL(plan.process.args[2], "x");
	CU_ASSERT_PTR_NULL(plan.process.args[3]);
	CU_ASSERT_EQUAL(plan.process.umask, 0022);
	CU_ASSERT_STRING_EQUAL(plan.process.env[0], "A=b");
	CU_ASSERT_PTR_NULL(plan.process.env[1]);
	CU_ASSERT_STRING_EQUAL(plan.root_path, "rootfs");
	CU_ASSERT_FALSE(plan.root_read_only);
	CU_ASSERT(plan_ns_is_new(&plan, NS_PID));
	CU_ASSERT_FALSE(plan_ns_is_new(&plan, NS_NETWORK));
	plan_free(&plan);
}

static void process_values_are_checked(void)
{
	struct plan plan;

	refused(",\"user\":{\"uid\":4294967296}", "", "", "uid");
	refused(",\"user\":{\"uid\":4294967295}", "", "", "uid");
	refused(",\"user\":{\"gid\":-1}", "", "", "gid");
	refused(",\"user\":{\"umask\":512}", "", "", "umask");
	refused(",\"user\":{\"additionalGids\":[1,4294967295]}", "", "", "additionalGids[1]");
	refused(",\"oomScoreAdj\":1001", "", "", "oomScoreAdj");
	refused(",\"consoleSize\":{\"height\":65536}", "", "", "consoleSize");
	refused(",\"terminal\":1", "", "", "terminal");
	refused(",\"ioPriority\":{}", "", "", "class is missing");
	UNIT_OK(read_with(&plan,
			  ",\"user\":{\"uid\":4294967294,\"additionalGids\":[5]},\"oomScoreAdj\":0",
			  "", ""),
		err);
	CU_ASSERT_EQUAL(plan.process.uid, 4294967294u);
	CU_ASSERT_EQUAL(plan.process.ngroups, 1);
	CU_ASSERT(plan.process.has_oom_score); /* 0 counts */
	plan_free(&plan);
}

static void what_must_be_there(void)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "[]", "object" },
		{ "{}", "ociVersion is missing" },
		{ "{\"ociVersion\":\"2.0.0\"}", "'2.0.0' is not supported" },
		{ "{\"ociVersion\":1}", "ociVersion" },
		{ "{\"ociVersion\":\"1.0.0\"}", "process is missing" },
		{ "{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\"}}", "args" },
		{ "{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"]}}", "cwd is missing" },
		{ "{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"x\"}}",
		  "absolute" },
		{ "{\"ociVersion\":\"1.0.0\"," PROCESS "}}", "mount namespace" },
		{ "{\"ociVersion\":\"1.0.0\"", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan plan = { 0 };

		CU_ASSERT(plan_read(&plan, rows[i].text, strlen(rows[i].text), &err) < 0);
		if (!strstr(err.text, rows[i].words))
			(void)fprintf(stderr, "\n%s: %s\n", rows[i].text, err.text);
		CU_ASSERT(strstr(err.text, rows[i].words) != NULL);
		plan_free(&plan);
	}
}

static void namespaces_are_a_closed_list(void)
{
	struct plan plan;
	static const char twice[] =
		"{\"ociVersion\":\"1.0.0\"," PROCESS
		"},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"mount\"}]}}";
	static const char unknown[] = "{\"ociVersion\":\"1.0.0\"," PROCESS
				      "},\"linux\":{\"namespaces\":[{\"type\":\"mnt\"}]}}";
	static const char relative[] =
		"{\"ociVersion\":\"1.0.0\"," PROCESS
		"},\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]}}";

	memset(&plan, 0, sizeof(plan));
	CU_ASSERT(plan_read(&plan, twice, strlen(twice), &err) < 0);
	CU_ASSERT(strstr(err.text, "namespaces[1]") && strstr(err.text, "twice"));
	plan_free(&plan);
	CU_ASSERT(plan_read(&plan, unknown, strlen(unknown), &err) < 0);
	CU_ASSERT(strstr(err.text, "'mnt'") != NULL);
	plan_free(&plan);
	CU_ASSERT(plan_read(&plan, relative, strlen(relative), &err) < 0);
	CU_ASSERT(strstr(err.text, "absolute") != NULL);
	plan_free(&plan);
}

static void mappings_need_their_namespace(void)
{
	refused("", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "",
		"need a user namespace");
	refused("", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":0}]", "",
		"uidMappings[0]");
	refused("", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967290,\"size\":10}]", "",
		"32 bits");
	refused("", ",\"timeOffsets\":{\"boottime\":{\"secs\":1}}", "", "time namespace");
	refused("", ",\"rootfsPropagation\":\"wild\"", "", "'wild'");
	refused("", ",\"personality\":{\"domain\":\"DOS\"}", "", "LINUX32");
	refused("", ",\"maskedPaths\":[\"proc/x\"]", "", "absolute");
}

static void devices_are_checked(void)
{
	struct plan plan;

	refused("", ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"x\"}]", "", "c, b, u or p");
	refused("", ",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1}]", "", "minor");
	refused("", ",\"devices\":[{\"path\":\"dev/x\",\"type\":\"p\"}]", "", "absolute");
	refused("", ",\"devices\":[{\"type\":\"p\"}]", "", "devices[0]");
	UNIT_OK(read_with(
			&plan, "",
			",\"devices\":[{\"path\":\"/dev/x\",\"type\":\"b\",\"major\":8,\"minor\":1,"
			"\"fileMode\":384,\"gid\":6},{\"path\":\"/p\",\"type\":\"p\"}]",
			""),
		err);
	CU_ASSERT_EQUAL(plan.ndevices, 2);
	CU_ASSERT_EQUAL(plan.devices[0].mode, S_IFBLK | 0600);
	CU_ASSERT_EQUAL(plan.devices[0].number, makedev(8, 1));
	CU_ASSERT_EQUAL(plan.devices[0].gid, 6);
	CU_ASSERT(S_ISFIFO(plan.devices[1].mode));
	plan_free(&plan);
}

static void mounts_are_checked(void)
{
	struct plan plan;

	refused("", "", ",\"mounts\":[{\"type\":\"proc\"}]", "destination is missing");
	refused("", "", ",\"mounts\":[{\"destination\":\"/x\"}]", "type is missing");
	refused("", "", ",\"mounts\":[{\"destination\":\"/x\",\"options\":[\"bind\"]}]", "source");
	refused("", "",
		",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"bind\",\"size=1\"]}]",
		"'size=1'");
	/* the superblock's words are ignored there, as mount(2) does */
	UNIT_OK(read_with(
			&plan, "", "",
			",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\","
			"\"options\":[\"bind\",\"\",\"sync\",\"lazytime\",\"mand\",\"dirsync\",\"ro\"]}]"),
		err);
	CU_ASSERT(plan.mounts[0].options.bind && plan.mounts[0].options.read_only);
	plan_free(&plan);
	refused("", "",
		",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"sync\",\"bind\","
		"\"size=1\"]}]",
		"'size=1'");
	refused("", "", ",\"mounts\":[{\"destination\":\"/x\\ny\",\"type\":\"tmpfs\"}]",
		"line break");
	refused("", "",
		",\"mounts\":[{\"destination\":\"/x\",\"type\":\"proc\",\"options\":[\"tmpcopyup\"]}]",
		"tmpfs only");
	refused("", "",
		",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"bind\"],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}]",
		"need each other");
	UNIT_OK(read_with(
			&plan, "", "",
			",\"mounts\":[{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"ro\","
			"\"mode=700\"]}]"),
		err);
	CU_ASSERT_EQUAL(plan.nmounts, 1);
	CU_ASSERT(plan.mounts[0].options.has_mode && plan.mounts[0].options.read_only);
	CU_ASSERT_EQUAL(plan.mounts[0].source_fd, -1);
	plan_free(&plan);
}

static void names_need_a_uts_namespace(void)
{
	static const char text[] = "{\"ociVersion\":\"1.0.0\"," PROCESS "},\"hostname\":\"h\","
				   "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";
	struct plan plan = { 0 };
	char name[128];

	CU_ASSERT(plan_read(&plan, text, strlen(text), &err) < 0);
	CU_ASSERT(strstr(err.text, "hostname needs a uts namespace") != NULL);
	plan_free(&plan);
	(void)snprintf(name, sizeof(name), ",\"hostname\":\"%065d\"", 0);
	refused("", "", name, "64 bytes");
}

static void exec_reads_a_process_alone(void)
{
	static const char good[] =
		"{\"args\":[\"id\"],\"cwd\":\"/\",\"user\":{\"username\":\"a:b\"}}";
	struct plan plan = { 0 };

	UNIT_OK(plan_read_process(&plan, good, strlen(good), &err), err);
	CU_ASSERT_STRING_EQUAL(plan.process.username, "a:b");
	plan_free(&plan);
	CU_ASSERT(plan_read_process(&plan, "7", 1, &err) < 0);
	plan_free(&plan);
}

static void the_last_of_equal_variables_wins(void)
{
	static const char text[] =
		"{\"args\":[\"id\"],\"cwd\":\"/\",\"env\":[\"PATH=/a\",\"B=1\",\"AB=2\",\"A=\","
		"\"PATH=/b\",\"A=3\",\"x\",\"B\",\"PATH=/c=d\"]}";
	static const char *const wanted[] = { "PATH=/c=d", "B", "AB=2", "A=3", "x" };
	struct plan plan = { 0 };

	UNIT_OK(plan_read_process(&plan, text, strlen(text), &err), err);
	CU_ASSERT_EQUAL_FATAL(plan.process.nenv, 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(plan.process.env[i], wanted[i]);
	CU_ASSERT_PTR_NULL(plan.process.env[5]);
	plan_free(&plan);
}

UNIT_MAIN("runtime-linux plan", UNIT_TEST(a_small_one_is_read),
	  UNIT_TEST(process_values_are_checked), UNIT_TEST(what_must_be_there),
	  UNIT_TEST(namespaces_are_a_closed_list), UNIT_TEST(mappings_need_their_namespace),
	  UNIT_TEST(devices_are_checked), UNIT_TEST(mounts_are_checked),
	  UNIT_TEST(names_need_a_uts_namespace), UNIT_TEST(exec_reads_a_process_alone),
	  UNIT_TEST(the_last_of_equal_variables_wins))

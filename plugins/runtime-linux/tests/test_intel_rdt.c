/* SPDX-License-Identifier: Apache-2.0 */
/* test_intel_rdt.c - classes of service in a plain directory in the place of resctrl. */
#include "intel_rdt.h"
#include "intel_schemata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/tmpdir.h"
#include "support/unit.h"

static struct cleat_error err;
static const char *top; /* of the test that runs */

static void put(const char *name, const char *text)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	FILE *f = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static const char *get(const char *name)
{
	static char text[4096];
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		(void)fclose(f);
	text[n] = '\0';
	return text;
}

static bool there(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return access(path, F_OK) == 0;
}

static void drop(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	(void)unlink(path);
}

static int plan(const char *text, struct intel_rdt **out)
{
	struct json_doc *doc = NULL;

	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	int r = intel_rdt_plan_at(open(top, O_PATH | O_DIRECTORY | O_CLOEXEC), json_root(doc),
				  "box", out, &err);

	json_free(doc);
	return r;
}

static void a_class_of_its_own(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct intel_rdt *rdt = NULL;

	top = dir.path;
	UNIT_OK(plan("{\"l3CacheSchema\":\"L3:0=ff\\nMB:0=10\",\"memBwSchema\":\"MB:0=50\","
		     "\"schemata\":[\"L2:0=3\"]}",
		     &rdt),
		err);
	CU_ASSERT_STRING_EQUAL(intel_rdt_recorded(rdt), "box");
	CU_ASSERT_FALSE(there("box"));
	UNIT_OK(intel_rdt_create(rdt, &err), err);
	CU_ASSERT_STRING_EQUAL(get("box/schemata"), "L3:0=ff\nMB:0=50\nL2:0=3\n");
	UNIT_OK(intel_rdt_add(rdt, 4242, &err), err);
	CU_ASSERT_STRING_EQUAL(get("box/tasks"), "4242");
	/* Somebody is in it: it stays. Then, without the files that are resctrl's own, it goes. */
	UNIT_OK(intel_rdt_remove_at(dir.fd, intel_rdt_recorded(rdt), &err), err);
	CU_ASSERT(there("box"));
	drop("box/tasks");
	drop("box/schemata");
	UNIT_OK(intel_rdt_remove_at(dir.fd, intel_rdt_recorded(rdt), &err), err);
	CU_ASSERT_FALSE(there("box"));
	UNIT_OK(intel_rdt_remove_at(dir.fd, intel_rdt_recorded(rdt), &err), err);
	intel_rdt_free(rdt);
}

static void a_class_that_is_there(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct intel_rdt *rdt = NULL;
	char path[512];

	top = dir.path;
	(void)snprintf(path, sizeof(path), "%s/gold", top);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	put("gold/schemata", "    MB:0=100;1= 50\n    L3:0=00ff;1=000f\n");
	UNIT_OK(plan("{\"closID\":\"gold\",\"schemata\":[\"L3:1=f;0=FF\",\"MB:0=100\"]}", &rdt),
		err);
	CU_ASSERT_STRING_EQUAL(intel_rdt_recorded(rdt), "");
	UNIT_OK(intel_rdt_create(rdt, &err), err);
	intel_rdt_free(rdt);
	UNIT_OK(plan("{\"closID\":\"gold\",\"l3CacheSchema\":\"L3:0=f\"}", &rdt), err);
	UNIT_FAILS(intel_rdt_create(rdt, &err), EINVAL, err, "is not as 'L3:0=f' says");
	intel_rdt_free(rdt);
	UNIT_FAILS(plan("{\"closID\":\"silver\"}", &rdt), ENOENT, err, "'silver' does not exist");
}

static void monitoring_is_below_its_class(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct intel_rdt *rdt = NULL;
	char path[512];

	top = dir.path;
	(void)snprintf(path, sizeof(path), "%s/mon_groups", top);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	UNIT_OK(plan("{\"closID\":\"/\",\"enableMonitoring\":true}", &rdt), err);
	CU_ASSERT_STRING_EQUAL(intel_rdt_recorded(rdt), "./mon_groups/box\n");
	UNIT_OK(intel_rdt_create(rdt, &err), err);
	CU_ASSERT(there("mon_groups/box"));
	UNIT_OK(intel_rdt_add(rdt, 17, &err), err);
	CU_ASSERT_STRING_EQUAL(get("mon_groups/box/tasks"), "17");
	drop("mon_groups/box/tasks");
	UNIT_OK(intel_rdt_remove_at(dir.fd, intel_rdt_recorded(rdt), &err), err);
	CU_ASSERT_FALSE(there("mon_groups/box"));
	intel_rdt_free(rdt);
}

static void bad_values_are_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct intel_rdt *rdt = NULL;

	top = dir.path;
	UNIT_FAILS(plan("{\"closID\":\"a/b\"}", &rdt), EINVAL, err, "no name of a directory");
	UNIT_FAILS(plan("{\"closID\":\"..\"}", &rdt), EINVAL, err, "reserved");
	UNIT_FAILS(plan("{\"closID\":\"info\"}", &rdt), EINVAL, err, "reserved");
	UNIT_FAILS(plan("{\"schemata\":[\"nonsense\"]}", &rdt), EINVAL, err, "'nonsense'");
	UNIT_FAILS(plan("{\"schemata\":[1]}", &rdt), EINVAL, err, "schemata[0]");
	UNIT_FAILS(plan("{\"enableMonitoring\":1}", &rdt), EINVAL, err, "enableMonitoring");
	UNIT_FAILS(intel_rdt_remove_at(dir.fd, "../x", &err), EINVAL, err, "../x");
}

static void without_resctrl_there_is_a_sentence(void)
{
	static const char text[] = "{\"linux\":{\"intelRdt\":{\"closID\":\"x\"}}}";
	struct intel_rdt *rdt = NULL;
	struct json_doc *doc = NULL;

	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	int r = intel_rdt_plan(json_root(doc), "box", &rdt, &err);

	CU_ASSERT(r < 0); /* also where it is mounted: there is no such class */
	CU_ASSERT(strstr(err.text, "intelRdt") != NULL);
	json_free(doc);
}

UNIT_MAIN("runtime-linux intel_rdt", UNIT_TEST(a_class_of_its_own),
	  UNIT_TEST(a_class_that_is_there), UNIT_TEST(monitoring_is_below_its_class),
	  UNIT_TEST(bad_values_are_refused), UNIT_TEST(without_resctrl_there_is_a_sentence))

/* SPDX-License-Identifier: Apache-2.0 */
/* test_tasks.c - containers are found by id, name and unique prefix, and what is being made is not. */
#include "task/task.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;

static void set(struct task *task, struct task *next, const char *ns, const char *id,
		const char *name)
{
	memset(task, 0, sizeof(*task));
	task->next = next;
	task->row.ns = (char *)(uintptr_t)ns;
	task->row.id = (char *)(uintptr_t)id;
	task->row.name = (char *)(uintptr_t)name;
}

static struct task three[3];
static struct tasks tasks;

static void begin(void)
{
	set(&three[0], &three[1], "default", "aa11", "web");
	set(&three[1], &three[2], "default", "aa22", "aa1"); /* a name like a prefix of the first */
	set(&three[2], NULL, "other", "bb33", "web");
	memset(&tasks, 0, sizeof(tasks));
	tasks.first = &three[0];
}

static const struct task *find(const char *ns, const char *what)
{
	struct task *task = NULL;

	UNIT_OK(tasks_find(&tasks, ns, what, &task, &err), err);
	return task;
}

static void exact_words_win(void)
{
	begin();
	CU_ASSERT_PTR_EQUAL(find("", "web"), &three[0]);
	CU_ASSERT_PTR_EQUAL(find("", "/web"), &three[0]);
	CU_ASSERT_PTR_EQUAL(find("default", "aa22"), &three[1]);
	CU_ASSERT_PTR_EQUAL(find("", "aa1"), &three[1]);
	CU_ASSERT_PTR_EQUAL(find("other", "web"), &three[2]);
}

static void prefixes_are_unique(void)
{
	struct task *task = NULL;

	begin();
	CU_ASSERT_PTR_EQUAL(find("", "aa2"), &three[1]);
	UNIT_FAILS(tasks_find(&tasks, "", "aa", &task, &err), EINVAL, err,
		   "multiple IDs found with provided prefix: aa");
	UNIT_FAILS(tasks_find(&tasks, "", "bb", &task, &err), ENOENT, err, "No such container: bb");
	UNIT_FAILS(tasks_find(&tasks, "", "", &task, &err), EINVAL, err, "named");
	UNIT_FAILS(tasks_find(&tasks, "", "/", &task, &err), EINVAL, err, "named");
}

static void what_is_being_made_is_hidden_but_holds_its_name(void)
{
	struct task *task = NULL;

	begin();
	three[0].creating = true;
	UNIT_FAILS(tasks_find(&tasks, "", "web", &task, &err), ENOENT, err, "web");
	CU_ASSERT_PTR_EQUAL(tasks_by_name(&tasks, "default", "web"), &three[0]);
}

static void quiet_containers_let_the_daemon_leave(void)
{
	begin();
	for (int i = 0; i < 3; i++)
		three[i].row.phase = TASK_EXITED;
	CU_ASSERT_FALSE(tasks_busy(&tasks));
	three[2].row.phase = TASK_RESTARTING;
	CU_ASSERT_TRUE(tasks_busy(&tasks));
}

UNIT_MAIN("tasks", UNIT_TEST(exact_words_win), UNIT_TEST(prefixes_are_unique),
	  UNIT_TEST(what_is_being_made_is_hidden_but_holds_its_name),
	  UNIT_TEST(quiet_containers_let_the_daemon_leave))

/* SPDX-License-Identifier: Apache-2.0 */
/* test_events.c - events are told in order, kept within bounds, and found again after a crash. */
#include "task/event_log.h"
#include "task/events.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct cleat_error err;
static struct tmpdir root;
static int root_fd = -1;

static void begin(void)
{
	root = tmpdir_make();
	root_fd = root.fd;
}

static void end(void)
{
	tmpdir_remove(&root);
}

static struct events *reopen(struct events *events)
{
	struct events *next = NULL;

	events_close(events);
	UNIT_OK(events_open(root_fd, &next, &err), err);
	return next;
}

static void publish(struct events *events, const char *id, uint64_t time)
{
	Cleat__V1__Event event = CLEAT__V1__EVENT__INIT;

	event.type = (char *)(uintptr_t) "container";
	event.action = (char *)(uintptr_t) "start";
	event.id = (char *)(uintptr_t)id;
	event.time = time;
	events_publish(events, &event);
}

/* What was seen, as "a b c ". */
static struct text seen;
static uint64_t last_time;
static bool rising;

static void see(void *arg, const Cleat__V1__Event *event)
{
	(void)arg;
	text_printf(&seen, "%s ", event->id);
	rising = rising && event->time > last_time;
	last_time = event->time;
}

static const char *replayed(struct events *events, uint64_t since)
{
	text_fini(&seen);
	last_time = 0;
	rising = true;
	events_replay(events, since, see, NULL);
	return seen.bytes ? seen.bytes : "";
}

static void kept_in_order(void)
{
	begin();
	struct events *events = reopen(NULL);

	publish(events, "a", 10);
	publish(events, "b", 20);
	publish(events, "c", 0);
	publish(events, "d", 0);
	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "a b c d ");
	CU_ASSERT_TRUE(rising);
	CU_ASSERT_STRING_EQUAL(replayed(events, 11), "b c d ");
	CU_ASSERT_STRING_EQUAL(replayed(events, 20), "b c d ");
	events_close(events);
	end();
}

static void survive_the_daemon(void)
{
	begin();
	struct events *events = reopen(NULL);

	publish(events, "a", 10);
	publish(events, "b", 20);
	events = reopen(events);
	publish(events, "c", 30);
	events = reopen(events);
	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "a b c ");
	events_close(events);
	end();
}

/* A write that did not finish hides what came after it only until the next start. */
static void torn_record_is_left_out(void)
{
	begin();
	struct events *events = reopen(NULL);
	struct stat st;

	publish(events, "a", 10);
	publish(events, "b", 20);
	CU_ASSERT_EQUAL(fstatat(root_fd, "events", &st, 0), 0);
	int fd = openat(root_fd, "events", O_WRONLY | O_CLOEXEC);

	CU_ASSERT_EQUAL(ftruncate(fd, st.st_size - 1), 0);
	(void)close(fd);
	events = reopen(events);
	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "a ");
	publish(events, "c", 30);
	events = reopen(events);
	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "a c ");
	events_close(events);
	end();
}

static void garbage_is_no_reason_to_stop(void)
{
	begin();
	int fd = openat(root_fd, "events", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, "\3\0\0\0xyz\xff\xff\xff\xff", 11), 11);
	(void)close(fd);
	struct events *events = reopen(NULL);

	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "");
	publish(events, "a", 10);
	events = reopen(events);
	CU_ASSERT_STRING_EQUAL(replayed(events, 0), "a ");
	events_close(events);
	end();
}

static void bounded_by_count(void)
{
	begin();
	struct events *events = reopen(NULL);
	struct stat st;
	size_t n = 0;

	for (uint64_t i = 0; i < (uint64_t)EVENT_LOG_COUNT * 40; i++)
		publish(events, "aaaaaaaaaa", i + 1);
	for (const char *at = replayed(events, 0); *at; at++)
		n += *at == ' ';
	CU_ASSERT_EQUAL(n, EVENT_LOG_COUNT);
	CU_ASSERT_EQUAL(last_time, (uint64_t)EVENT_LOG_COUNT * 40);
	CU_ASSERT_EQUAL(fstatat(root_fd, "events", &st, 0), 0);
	CU_ASSERT_TRUE(st.st_size <= EVENT_LOG_FILE);
	events_close(events);
	end();
}

static void bounded_by_bytes(void)
{
	static struct event_log log;
	static uint8_t big[EVENT_LOG_RECORD + 1];

	begin();
	memset(&log, 0, sizeof(log));
	UNIT_OK(event_log_open(&log, root_fd, &err), err);
	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 20; i++)
		event_log_add(&log, big, EVENT_LOG_RECORD);
	event_log_add(&log, big, sizeof(big));
	CU_ASSERT_EQUAL(log.n, EVENT_LOG_BYTES / EVENT_LOG_RECORD);
	CU_ASSERT_EQUAL(log.bytes, EVENT_LOG_BYTES);
	event_log_close(&log);
	end();
}

/* ---- listeners ------------------------------------------------------------------------------------ */
static struct events *told_by;
static struct event_listener *leaver;

static void leave(void *arg, const Cleat__V1__Event *event)
{
	see(arg, event);
	events_unlisten(told_by, leaver);
}

static void one_may_leave_while_it_is_told(void)
{
	struct event_listener *others[2] = { NULL };

	begin();
	told_by = reopen(NULL);
	text_fini(&seen);
	UNIT_OK(events_listen(told_by, see, NULL, &others[0], &err), err);
	UNIT_OK(events_listen(told_by, leave, NULL, &leaver, &err), err);
	UNIT_OK(events_listen(told_by, see, NULL, &others[1], &err), err);
	publish(told_by, "a", 10);
	publish(told_by, "b", 20);
	CU_ASSERT_STRING_EQUAL(seen.bytes, "a a a b b ");
	events_close(told_by);
	text_fini(&seen);
	end();
}

UNIT_MAIN("events", UNIT_TEST(kept_in_order), UNIT_TEST(survive_the_daemon),
	  UNIT_TEST(torn_record_is_left_out), UNIT_TEST(garbage_is_no_reason_to_stop),
	  UNIT_TEST(bounded_by_count), UNIT_TEST(bounded_by_bytes),
	  UNIT_TEST(one_may_leave_while_it_is_told))

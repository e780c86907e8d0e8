/* SPDX-License-Identifier: Apache-2.0 */
/* test_event_filter.c - docker's filters: or within a key, and between keys, labels each. */
#include "service/event_filter.h"

#include "support/unit.h"

#include <errno.h>

static struct cleat_error err;

#define PAIR(k, v)                                                                          \
	{                                                                                   \
		.base = PROTOBUF_C_MESSAGE_INIT(&cleat__v1__label__descriptor), .key = (k), \
		.value = (v)                                                                \
	}

static bool passes(Cleat__V1__Label *filters, size_t n, const char *action, const char *ns)
{
	static char name[] = "name", web[] = "web", image[] = "image", debian[] = "debian:bookworm",
		    tier[] = "tier", front[] = "front", type[] = "container", id[] = "abcdef";
	Cleat__V1__Label pairs[] = { PAIR(name, web), PAIR(image, debian), PAIR(tier, front) };
	Cleat__V1__Label *list[] = { &pairs[0], &pairs[1], &pairs[2] };
	Cleat__V1__Label *wanted[4];
	Cleat__V1__Event event = CLEAT__V1__EVENT__INIT;

	for (size_t i = 0; i < n; i++)
		wanted[i] = &filters[i];
	event.type = type;
	event.action = (char *)(uintptr_t)action;
	event.id = id;
	event.namespace_ = (char *)(uintptr_t) "default";
	event.attributes = list;
	event.n_attributes = 3;
	return event_filter_passes(wanted, n, ns, &event);
}

#define F(k, v) PAIR((char *)(uintptr_t)(k), (char *)(uintptr_t)(v))
#define PASSES(action, ...)                                                                    \
	passes((Cleat__V1__Label[]){ __VA_ARGS__ },                                            \
	       sizeof((Cleat__V1__Label[]){ __VA_ARGS__ }) / sizeof(Cleat__V1__Label), action, \
	       "default")

static void by_one_key(void)
{
	CU_ASSERT_TRUE(passes(NULL, 0, "die", "default"));
	CU_ASSERT_FALSE(passes(NULL, 0, "die", "other"));
	CU_ASSERT_TRUE(PASSES("die", F("event", "die")));
	CU_ASSERT_FALSE(PASSES("die", F("event", "start")));
	CU_ASSERT_TRUE(PASSES("exec_create: sh -c x", F("event", "exec_create")));
	CU_ASSERT_FALSE(PASSES("exec_create: sh", F("event", "exec")));
	CU_ASSERT_TRUE(PASSES("die", F("container", "web")));
	CU_ASSERT_TRUE(PASSES("die", F("container", "abc")));
	CU_ASSERT_FALSE(PASSES("die", F("container", "")));
	CU_ASSERT_FALSE(PASSES("die", F("container", "we")));
	CU_ASSERT_TRUE(PASSES("die", F("type", "container")));
	CU_ASSERT_FALSE(PASSES("die", F("type", "image")));
	CU_ASSERT_TRUE(PASSES("die", F("image", "debian:bookworm")));
	CU_ASSERT_TRUE(PASSES("die", F("label", "tier")));
	CU_ASSERT_TRUE(PASSES("die", F("label", "tier=front")));
	CU_ASSERT_FALSE(PASSES("die", F("label", "tier=back")));
	CU_ASSERT_FALSE(PASSES("die", F("label", "tie")));
}

static void or_within_and_between(void)
{
	CU_ASSERT_TRUE(PASSES("die", F("event", "start"), F("event", "die")));
	CU_ASSERT_FALSE(PASSES("die", F("event", "die"), F("container", "db")));
	CU_ASSERT_TRUE(
		PASSES("die", F("event", "die"), F("container", "db"), F("container", "web")));
	CU_ASSERT_FALSE(PASSES("die", F("label", "tier"), F("label", "other")));
}

static void unknown_keys_are_refused(void)
{
	Cleat__V1__Label wrong = F("colour", "red");
	Cleat__V1__Label *list[] = { &wrong };

	UNIT_FAILS(event_filter_check(list, 1, &err), EINVAL, err,
		   "invalid filter 'colour': the keys are type, event, container, image and label");
}

UNIT_MAIN("event filters", UNIT_TEST(by_one_key), UNIT_TEST(or_within_and_between),
	  UNIT_TEST(unknown_keys_are_refused))

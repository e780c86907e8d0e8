/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "support/unit.h"

static const char *const names[] = { "create",     "start",  "run",    "exec", "kill",
				     "delete",     "state",  "list",   "ps",   "pause",
				     "resume",     "update", "events", "spec", "features",
				     "checkpoint", "restore" };

static void no_flag_is_there_twice(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct command *command = command_find(names[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(command);
		for (const struct flag *a = command->flags; a->name; a++)
			for (const struct flag *b = a + 1; b->name; b++) {
				CU_ASSERT_STRING_NOT_EQUAL(a->name, b->name);
				CU_ASSERT(!a->letter || a->letter != b->letter);
			}
	}
}

static void help_shows_every_flag(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct command *command = command_find(names[i]);
		struct text help = { 0 };

		command_help(command, &help);
		CU_ASSERT_PTR_NOT_NULL_FATAL(help.bytes);
		for (const struct flag *flag = command->flags; flag->name; flag++) {
			char name[64];

			(void)snprintf(name, sizeof(name), "--%s ", flag->name);
			CU_ASSERT_PTR_NOT_NULL(strstr(help.bytes, name));
		}
		text_fini(&help);
	}
}

static void an_unknown_command(void)
{
	struct cleat_error err = { 0 };

	CU_ASSERT_PTR_NULL(command_find("kil"));
	UNIT_FAILS(command_unknown("kil", &err), EINVAL, err, "'kill'");
}

UNIT_MAIN("oci commands", UNIT_TEST(no_flag_is_there_twice), UNIT_TEST(help_shows_every_flag),
	  UNIT_TEST(an_unknown_command))

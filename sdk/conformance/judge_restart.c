/* SPDX-License-Identifier: Apache-2.0 */
/* judge_restart.c - a decision is pure, bounded, and survives any input. */
#include "subject.h"

#include <cleat/cleanup.h>
#include <cleat/restart.h>

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	"no",
	"always",
	"unless-stopped",
	"on-failure",
	"",
	"no such policy",
	"\xff\xfe",
	"a-name-that-is-much-longer-than-any-policy-that-a-person-would-ever-want-to-type-in",
};

struct bounds {
	bool sound, same, bounded;
};

static void ask(struct trial *trial, const struct cleat_policy *policy,
		const struct cleat_exit *exit, struct bounds *bounds)
{
	const struct cleat_restart_ops *ops = trial->subject->desc.ops;
	struct cleat_decision first = { .size = sizeof(first) };
	struct cleat_decision again = { .size = sizeof(again) };
	struct cleat_error err = { 0 };
	int r = ops->should_restart(trial->self, policy, exit, &first, &err);

	if (r < 0) {
		bounds->sound = bounds->sound && err.errnum == -r && err.text[0];
		return;
	}
	(void)ops->should_restart(trial->self, policy, exit, &again, &err);
	bounds->sound = bounds->sound && first.size == sizeof(first) &&
			memchr(first.reason, 0, sizeof(first.reason));
	bounds->same =
		bounds->same && first.restart == again.restart && first.delay_ns == again.delay_ns;
	bounds->bounded = bounds->bounded && first.delay_ns <= 30ull * 86400 * 1000000000;
}

static void ask_everything(struct trial *trial, struct bounds *bounds)
{
	static const uint32_t numbers[] = { 0, 1, 1000, UINT32_MAX };

	for (size_t name = 0; name < ARRAY_SIZE(names); name++)
		for (uint32_t cause = 0; cause < 40; cause++)
			for (size_t n = 0; n < ARRAY_SIZE(numbers) * 4; n++) {
				struct cleat_policy policy = { .size = sizeof(policy),
							       .max_retries = numbers[n % 4],
							       .name = names[name] };
				struct cleat_exit exit = { .size = sizeof(exit),
							   .cause = cause,
							   .code = (int32_t)cause - 5,
							   .failures = numbers[n % 4],
							   .restarts = numbers[n / 4],
							   .ran_ns = UINT64_MAX * (n & 1),
							   .stopped_by_user = n & 2,
							   .oom = n & 4,
							   .daemon_start = n & 8 };

				ask(trial, &policy, &exit, bounds);
			}
}

static void check_all(struct trial *trial)
{
	const struct cleat_restart_ops *ops = trial->subject->desc.ops;
	bool sound = true;

	for (size_t i = 0; ops->check && i < ARRAY_SIZE(names); i++) {
		struct cleat_policy policy = { .size = sizeof(policy), .name = names[i] };
		struct cleat_error err = { 0 };
		int r = ops->check(trial->self, &policy, &err);

		sound = sound && (r == 0 || (r < 0 && err.errnum == -r && err.text[0]));
	}
	(void)expect(sound, "check refuses with an errno and a sentence, or accepts");
}

void judge_restart(struct trial *trial)
{
	const struct cleat_restart_ops *ops = trial->subject->desc.ops;
	struct bounds bounds = { true, true, true };
	int before = trial->witness->live;

	ask_everything(trial, &bounds);
	(void)expect(bounds.sound,
		     "should_restart answers or fails properly, whatever it is asked");
	(void)expect(bounds.same, "should_restart is pure: the same question, the same answer");
	(void)expect(bounds.bounded, "no delay is longer than a month");
	(void)expect(trial->witness->live == before, "a decision keeps no memory");
	check_all(trial);
	if (ops->manager_new)
		(void)expect(ops->manager_free || ops->manager_unref,
			     "who makes managers also frees them");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* judge_instances.c - the life of an instance, whatever its type. */
#include "subject.h"

#include <cleat/cleanup.h>

#include <errno.h>

static int make(const struct subject *subject, struct witness *witness, void **self,
		struct cleat_error *err)
{
	*self = NULL;
	*err = (struct cleat_error){ 0 };
	if (!subject->desc.init)
		return 0;
	return subject->desc.init(&witness->table, subject->settings, self, err);
}

static void end(const struct subject *subject, void *self)
{
	if (subject->desc.fini)
		subject->desc.fini(self);
}

/* Fail the first allocation, then the second, until it gets through. */
static void starve(struct trial *trial)
{
	struct witness *witness = trial->witness;
	struct cleat_error err;
	void *self = NULL;

	for (int n = 0; n < 1000; n++) {
		witness->fail_after = n;
		int r = make(trial->subject, witness, &self, &err);

		witness->fail_after = -1;
		if (r == 0) {
			end(trial->subject, self);
			return;
		}
		if (!expect_failure(r, &err, "init without memory") ||
		    !expect(witness->live == 0, "init gives back what it took when it fails"))
			return;
	}
}

void judge_instances(struct trial *trial)
{
	struct witness *witness = trial->witness;
	struct cleat_error err;
	int before = count_descriptors();
	void *first = NULL;
	void *second = NULL;

	if (!expect_success(make(trial->subject, witness, &first, &err), &err, "init"))
		return;
	if (expect_success(make(trial->subject, witness, &second, &err), &err,
			   "init of a second instance beside the first"))
		end(trial->subject, second);
	end(trial->subject, first);
	(void)expect(witness->live == 0, "fini gives all memory back");
	(void)expect(count_descriptors() == before, "fini closes what init opened");
	starve(trial);
}

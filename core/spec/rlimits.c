/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits.c - process.rlimits; limits that nobody asked for are inherited. */
#include "draft.h"

#include "base/text.h"
#include <errno.h>
#include "rlimits.h"

#include <stdio.h>
#include <strings.h>

static const char *const names[] = {
	"RLIMIT_AS",
	"RLIMIT_CORE",
	"RLIMIT_CPU",
	"RLIMIT_DATA",
	"RLIMIT_FSIZE",
	"RLIMIT_LOCKS",
	"RLIMIT_MEMLOCK",
	"RLIMIT_MSGQUEUE",
	"RLIMIT_NICE",
	"RLIMIT_NOFILE",
	"RLIMIT_NPROC",
	"RLIMIT_RSS",
	"RLIMIT_RTPRIO",
	"RLIMIT_RTTIME",
	"RLIMIT_SIGPENDING",
	"RLIMIT_STACK",
	NULL,
};

const char *rlimit_name(const char *name)
{
	bool prefixed = strncasecmp(name, "RLIMIT_", 7) == 0;

	for (size_t i = 0; names[i]; i++)
		if (strcasecmp(name, names[i] + (prefixed ? 0 : 7)) == 0)
			return names[i];
	return NULL;
}

static const char *check(const struct spec_rlimit *limit, struct cleat_error *err)
{
	const char *name = rlimit_name(limit->name);

	if (!name) {
		(void)cleat_fail(err, EINVAL, "unknown limit '%.64s'", limit->name);
		return NULL;
	}
	if (limit->soft > limit->hard) {
		(void)cleat_fail(err, EINVAL,
				 "cannot set limit '%s': the soft limit is above the hard limit",
				 limit->name);
		return NULL;
	}
	return name;
}

/* The last word on a limit counts: the specification forbids two entries of one type. */
static bool is_overridden(const struct spec_options *options, size_t i, const char *name)
{
	for (size_t j = i + 1; j < options->nrlimits; j++) {
		const char *later = rlimit_name(options->rlimits[j].name);

		if (later && text_eq(later, name))
			return true;
	}
	return false;
}

int draft_rlimits(struct draft *draft, struct cleat_error *err)
{
	const struct spec_options *options = draft->options;

	if (options->nrlimits == 0)
		return 0;
	json_out_key(draft->out, "rlimits");
	json_out_array(draft->out);
	for (size_t i = 0; i < options->nrlimits; i++) {
		const char *name = check(&options->rlimits[i], err);

		if (!name)
			return -err->errnum;
		if (is_overridden(options, i, name))
			continue;
		json_out_object(draft->out);
		json_out_pair_text(draft->out, "type", name);
		json_out_pair_u64(draft->out, "hard", options->rlimits[i].hard);
		json_out_pair_u64(draft->out, "soft", options->rlimits[i].soft);
		json_out_object_end(draft->out);
	}
	json_out_array_end(draft->out);
	return 0;
}

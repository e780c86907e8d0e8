/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits.c - process.rlimits, set by the parent on the child: it still has the privileges. */
#include "rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static const char *const names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = "RLIMIT_CPU",           [RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[RLIMIT_DATA] = "RLIMIT_DATA",         [RLIMIT_STACK] = "RLIMIT_STACK",
	[RLIMIT_CORE] = "RLIMIT_CORE",         [RLIMIT_RSS] = "RLIMIT_RSS",
	[RLIMIT_NPROC] = "RLIMIT_NPROC",       [RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",   [RLIMIT_AS] = "RLIMIT_AS",
	[RLIMIT_LOCKS] = "RLIMIT_LOCKS",       [RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE", [RLIMIT_NICE] = "RLIMIT_NICE",
	[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",     [RLIMIT_RTTIME] = "RLIMIT_RTTIME",
};

static int number_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] && strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int read_one(const struct json *item, struct rlimits *out, struct cleat_error *err)
{
	const char *type = NULL;
	uint64_t soft = 0;
	uint64_t hard = 0;
	int rc = json_get_text(item, "type", &type, err);

	if (rc == 0)
		rc = json_get_u64(item, "soft", &soft, err);
	if (rc == 0)
		rc = json_get_u64(item, "hard", &hard, err);
	if (rc < 0)
		return rc;
	int which = type ? number_of(type) : -1;

	if (which < 0)
		return cleat_fail(err, EINVAL, "'%.60s' is not a resource limit",
				  type ? type : "(no type)");
	if (!json_get(item, "soft") || !json_get(item, "hard"))
		return cleat_fail(err, EINVAL, "%s needs soft and hard", type);
	if (out->set & 1u << which)
		return cleat_fail(err, EINVAL, "%s is given twice", type);
	if (soft > hard)
		return cleat_fail(err, EINVAL,
				  "%s: the soft limit %" PRIu64 " is above the hard limit %" PRIu64,
				  type, soft, hard);
	out->set |= 1u << which;
	out->value[which] = (struct rlimit64){ .rlim_cur = soft, .rlim_max = hard };
	return 0;
}

int rlimits_parse(const struct json *list, struct rlimits *out, struct cleat_error *err)
{
	*out = (struct rlimits){ 0 };
	if (list && json_type(list) != JSON_ARRAY)
		return cleat_fail(err, EINVAL, "process.rlimits must be an array");
	for (size_t i = 0; i < json_len(list); i++)
		if (read_one(json_at(list, i), out, err) < 0)
			return cleat_wrap(err, "process.rlimits[%zu]", i);
	return 0;
}

static int refuse(const struct rlimits *limits, pid_t pid, int which, struct cleat_error *err)
{
	const struct rlimit64 *want = &limits->value[which];
	struct rlimit64 now = { 0 };
	int number = errno;

	(void)syscall(SYS_prlimit64, pid, which, NULL, &now); /* only for the sentence */
	if (number == EPERM && want->rlim_max > now.rlim_max)
		return cleat_fail(err, number,
				  "cannot raise %s to %" PRIu64 ": the hard limit is %" PRIu64
				  " and raising it needs CAP_SYS_RESOURCE",
				  names[which], (uint64_t)want->rlim_max, (uint64_t)now.rlim_max);
	return cleat_fail(err, number, "cannot set %s to %" PRIu64 " (hard %" PRIu64 "): %m",
			  names[which], (uint64_t)want->rlim_cur, (uint64_t)want->rlim_max);
}

int rlimits_apply(const struct rlimits *limits, pid_t pid, struct cleat_error *err)
{
	/* the system call itself: glibc's rlimit types differ between architectures */
	for (int which = 0; which < (int)RLIM_NLIMITS; which++)
		if ((limits->set & 1u << which) &&
		    syscall(SYS_prlimit64, pid, which, &limits->value[which], NULL) < 0)
			return refuse(limits, pid, which, err);
	return 0;
}

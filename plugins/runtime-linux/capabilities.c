/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capabilities.c - process.capabilities as masks, and the system calls that make them true.
 *
 * The table is our own: libcap probes the bounding set in a constructor each time a program starts,
 * and the child must not call anything that allocates. See capabilities(7) for the rules.
 */
#include "capabilities.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static const char *const names[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

int capabilities_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

const char *capabilities_name(int cap)
{
	return cap >= 0 && (size_t)cap < ARRAY_SIZE(names) ? names[cap] : NULL;
}

int capabilities_highest(void)
{
	int cap = (int)ARRAY_SIZE(names) - 1;

	while (cap > 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
		cap--; /* an older kernel */
	return cap;
}

void capabilities_print(uint64_t mask, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names) && used < size; i++)
		if (mask & 1ULL << i)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
						 names[i]);
}

/* What we can give away of @wanted. */
static uint64_t grantable(uint64_t wanted, bool in_userns)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t mask = 0;

	/* What we hold we can give: one question for all, and nearly always the last. */
	if (syscall(SYS_capget, &head, data) == 0 &&
	    (wanted & ~(data[0].permitted | (uint64_t)data[1].permitted << 32)) == 0)
		return wanted;
	for (size_t cap = 0; cap < ARRAY_SIZE(names); cap++) {
		if (!(wanted & 1ULL << cap))
			continue;
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0); /* < 0: not in this kernel */

		if (has == 1 || (has == 0 && in_userns))
			mask |= 1ULL << cap;
	}
	return mask;
}

static int read_set(const struct json *caps, const char *key, uint64_t *out,
		    struct cleat_error *err)
{
	const struct json *list = NULL;
	int rc = json_get_node(caps, key, JSON_ARRAY, &list, err);

	for (size_t i = 0; rc == 0 && i < json_len(list); i++) {
		const char *name = json_text(json_at(list, i));
		int cap = name ? capabilities_number(name) : -1;

		if (cap < 0)
			return cleat_fail(err, EINVAL, "%s[%zu]: '%.60s' is not a capability", key,
					  i, name ? name : "(no string)");
		*out |= 1ULL << cap;
	}
	return rc;
}

int capabilities_parse(const struct json *caps, bool in_userns, struct capabilities *out,
		       struct cleat_error *err)
{
	struct capabilities c = { 0 };
	struct {
		const char *key;
		uint64_t *set;
	} rows[] = {
		{ "bounding", &c.bounding },   { "effective", &c.effective },
		{ "permitted", &c.permitted }, { "inheritable", &c.inheritable },
		{ "ambient", &c.ambient },
	};
	uint64_t wanted = 0;

	if (caps && json_type(caps) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "process.capabilities must be an object");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (read_set(caps, rows[i].key, rows[i].set, err) < 0)
			return cleat_wrap(err, "process.capabilities");
		wanted |= *rows[i].set;
	}
	uint64_t can = grantable(wanted, in_userns);

	c.refused = wanted & ~can;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		*rows[i].set &= can;
	*out = c;
	return 0;
}

int capabilities_drop_bounding(const struct capabilities *caps, struct cleat_error *err)
{
	/* to the last that the kernel has, also those that we have no name for */
	for (int cap = 0; cap < 64; cap++) {
		if ((caps->bounding & 1ULL << cap) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break;
		int reason = errno;

		/* without CAP_SETPCAP it is only wrong if there was something to drop */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return cleat_fail(err, reason,
					  "cannot drop capability %d from the bounding set: %m",
					  cap);
	}
	return 0;
}

int capabilities_keep(bool keep, struct cleat_error *err)
{
	if (prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot keep capabilities: %m");
	return 0;
}

static int set_three(const struct capabilities *caps, struct cleat_error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(caps->effective >> 32 * i);
		data[i].permitted = (uint32_t)(caps->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(caps->inheritable >> 32 * i);
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return cleat_fail(err, errno, "cannot set capabilities: %m");
	return 0;
}

static int set_ambient(const struct capabilities *caps, struct cleat_error *err)
{
	/* EINVAL: a kernel before 4.3 has none, and then it has none to clear */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    (errno != EINVAL || caps->ambient))
		return cleat_fail(err, errno, "cannot clear ambient capabilities: %m");
	for (int cap = 0; cap < 64; cap++) {
		if (!(caps->ambient & 1ULL << cap))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return cleat_fail(err, errno,
					  "cannot make %s ambient: %m; it must be permitted and "
					  "inheritable too",
					  capabilities_name(cap));
	}
	return 0;
}

int capabilities_apply(const struct capabilities *caps, struct cleat_error *err)
{
	int rc = capabilities_keep(false, err);

	if (rc == 0)
		rc = set_three(caps, err);
	return rc < 0 ? rc : set_ambient(caps, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.c - which capabilities a container gets. */
#include "capabilities.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

/* By number: capabilities(7), linux/capability.h. */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	NULL,
};
enum { COUNT = ARRAY_SIZE(names) - 1 };

/* docker's fourteen. */
static const char *const defaults[] = {
	"CHOWN",   "DAC_OVERRIDE", "FOWNER",           "FSETID",
	"KILL",    "SETGID",       "SETUID",           "SETPCAP",
	"SETFCAP", "NET_RAW",      "NET_BIND_SERVICE", "SYS_CHROOT",
	"MKNOD",   "AUDIT_WRITE",
};

int capability_parse(const char *name, unsigned *out, struct cleat_error *err)
{
	char full[64];

	(void)snprintf(full, sizeof(full), "%s%s", strncasecmp(name, "CAP_", 4) == 0 ? "" : "CAP_",
		       name);
	for (char *c = full; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	for (unsigned i = 0; i < COUNT; i++)
		if (text_eq(full, names[i])) {
			*out = i;
			return 0;
		}
	const char *near = text_nearest(full, names);

	return cleat_fail(err, EINVAL, "unknown capability '%.64s'%s%s%s", name,
			  near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

uint64_t capabilities_all(bool bounded)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < COUNT; i++)
		if (!bounded || prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			mask |= 1ull << i;
	return mask;
}

/* Parse a list into a mask; *@all when ALL is one of its words. */
static int parse_list(const char *const *list, const char *flag, uint64_t *mask, bool *all,
		      struct cleat_error *err)
{
	*mask = 0;
	*all = false;
	for (; list && *list; list++) {
		unsigned number = 0;

		if (strcasecmp(*list, "ALL") == 0 || strcasecmp(*list, "CAP_ALL") == 0) {
			*all = true;
			continue;
		}
		if (capability_parse(*list, &number, err) < 0)
			return cleat_wrap(err, "%s", flag);
		*mask |= 1ull << number;
	}
	return 0;
}

static uint64_t default_mask(void)
{
	struct cleat_error err = { 0 };
	uint64_t mask = 0;
	unsigned number = 0;

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (capability_parse(defaults[i], &number, &err) == 0)
			mask |= 1ull << number;
	return mask;
}

int capabilities_choose(const struct spec_options *options, uint64_t *out, struct cleat_error *err)
{
	uint64_t every = capabilities_all(options->host_caps);
	uint64_t add = 0;
	uint64_t drop = 0;
	bool add_all = false;
	bool drop_all = false;

	if (parse_list(options->cap_add, "cap-add", &add, &add_all, err) < 0 ||
	    parse_list(options->cap_drop, "cap-drop", &drop, &drop_all, err) < 0)
		return -err->errnum;
	/* What was named is given (or refused by the runtime); what was not is bounded by the host. */
	if (options->privileged || add_all)
		*out = (every & ~drop) | add;
	else if (drop_all)
		*out = add;
	else
		*out = (default_mask() & every & ~drop) | add;
	return 0;
}

static void write_set(struct json_out *out, const char *key, uint64_t mask)
{
	json_out_key(out, key);
	json_out_array(out);
	for (unsigned i = 0; i < COUNT; i++)
		if (mask & 1ull << i)
			json_out_text(out, names[i]);
	json_out_array_end(out);
}

void capabilities_write(struct json_out *out, uint64_t mask, bool effective)
{
	json_out_key(out, "capabilities");
	json_out_object(out);
	write_set(out, "bounding", mask);
	write_set(out, "effective", effective ? mask : 0);
	write_set(out, "permitted", effective ? mask : 0);
	write_set(out, "inheritable", 0);
	write_set(out, "ambient", 0);
	json_out_object_end(out);
}

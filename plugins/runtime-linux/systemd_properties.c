/* SPDX-License-Identifier: Apache-2.0 */
/* systemd_properties.c - linux.resources and annotations as properties of a unit. */
#include "cgroup_convert.h"
#include "number_list.h"
#include "systemd_unit.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOTATION "org.systemd.property."

enum { SECOND_US = 1000000, QUOTA_STEP_US = 10000, DEFAULT_PERIOD_US = 100000 };

static void put_u64(struct dbus_bytes *out, const char *name, uint64_t value)
{
	dbus_put_property(out, name, "t");
	dbus_put_u64(out, value);
}

static void put_text(struct dbus_bytes *out, const char *name, const char *value)
{
	dbus_put_property(out, name, "s");
	dbus_put_text(out, value);
}

/* The values have been checked before: absent is 0, and negative is "no limit". */
static int64_t number(const struct json *group, const char *key)
{
	struct cleat_error ignored;
	int64_t value = 0;

	(void)json_get_i64(group, key, &value, &ignored);
	return value;
}

static void put_limit(struct dbus_bytes *out, const char *name, int64_t value)
{
	if (value)
		put_u64(out, name, value < 0 ? UINT64_MAX : (uint64_t)value);
}

static void add_memory(struct dbus_bytes *out, int version, const struct json *memory)
{
	struct cleat_error ignored;
	int64_t limit = number(memory, "limit");
	int64_t swap = number(memory, "swap");
	int64_t only = 0;

	put_limit(out, version == 2 ? "MemoryMax" : "MemoryLimit", limit);
	if (version != 2)
		return;
	put_limit(out, "MemoryLow", number(memory, "reservation"));
	if (swap && cgroup_swap_of_total(limit, swap, &only, &ignored) == 0)
		put_u64(out, "MemorySwapMax", only < 0 ? UINT64_MAX : (uint64_t)only);
}

static void add_cpus(struct dbus_bytes *out, const char *name, const char *text)
{
	struct cleat_error ignored;
	struct number_list list;
	size_t begun = 0;

	/* The kernel's longer spelling ("0-31:1/2") stays the file's alone. */
	if (!text || !*text || number_list_parse(text, name, &list, &ignored) < 0)
		return;
	dbus_put_property(out, name, "ay");
	begun = dbus_begin_array(out, 1);
	for (int i = 0; i <= number_list_highest(&list) / 8; i++)
		dbus_put_byte(out, (uint8_t)(list.bits[(size_t)i / sizeof(long)] >>
					     (8 * ((size_t)i % sizeof(long)))));
	dbus_end_array(out, begun, 1);
}

static void add_cpu(struct dbus_bytes *out, int version, const struct json *cpu)
{
	int64_t shares = number(cpu, "shares");
	int64_t quota = number(cpu, "quota");
	int64_t period = number(cpu, "period");
	uint64_t per_second = UINT64_MAX;

	if (shares > 0 && version == 2)
		put_u64(out, "CPUWeight", cgroup_weight_of_shares((uint64_t)shares));
	else if (shares > 0)
		put_u64(out, "CPUShares", (uint64_t)shares);
	if (period > 0)
		put_u64(out, "CPUQuotaPeriodUSec", (uint64_t)period);
	period = period > 0 ? period : DEFAULT_PERIOD_US;
	/* systemd rounds down to its own step, and a limit must not become tighter than asked. */
	if (quota > 0 && quota < INT64_MAX / SECOND_US)
		per_second = ((uint64_t)quota * SECOND_US / (uint64_t)period + QUOTA_STEP_US - 1) /
			     QUOTA_STEP_US * QUOTA_STEP_US;
	if (quota)
		put_u64(out, "CPUQuotaPerSecUSec", per_second);
	if (version != 2)
		return;
	add_cpus(out, "AllowedCPUs", json_text(json_get(cpu, "cpus")));
	add_cpus(out, "AllowedMemoryNodes", json_text(json_get(cpu, "mems")));
}

static void add_pids(struct dbus_bytes *out, const struct json *pids)
{
	if (!json_get(pids, "limit"))
		return;
	int64_t limit = number(pids, "limit");

	/* systemd takes no 0; the file gets it. */
	put_u64(out, "TasksMax", limit < 0 ? UINT64_MAX : limit == 0 ? 1 : (uint64_t)limit);
}

static void add_block_io(struct dbus_bytes *out, int version, const struct json *block_io)
{
	int64_t weight = number(block_io, "weight");

	if (weight > 0 && version == 2)
		put_u64(out, "IOWeight", cgroup_io_weight((uint64_t)weight));
	else if (weight > 0)
		put_u64(out, "BlockIOWeight", (uint64_t)weight);
}

/* "char-pts" for 136, as /proc/devices calls it: systemd knows ranges by these names alone. */
static bool group_of(char type, uint32_t major, char *out, size_t size)
{
	FILE *f = fopen("/proc/devices", "re");
	char line[128];
	bool block = false;
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		char name[80];
		unsigned this_major = 0;

		if (strncmp(line, "Block", 5) == 0)
			block = true;
		if (block == (type == 'b') && sscanf(line, "%u %79s", &this_major, name) == 2 &&
		    this_major == major)
			found = snprintf(out, size, "%s-%s", block ? "block" : "char", name) > 0;
	}
	if (f)
		(void)fclose(f);
	return found;
}

static void add_device(struct dbus_bytes *out, const struct device_rule *rule, char type)
{
	const char *kind = type == 'b' ? "block" : "char";
	char name[96];
	char access[4];
	char *to = access;

	if (rule->major == DEVICE_ANY)
		(void)snprintf(name, sizeof(name), "%s-*", kind);
	else if (rule->minor != DEVICE_ANY)
		(void)snprintf(name, sizeof(name), "/dev/%s/%u:%u", kind, rule->major, rule->minor);
	else if (!group_of(type, rule->major, name, sizeof(name)))
		return; /* no driver has it: there is nothing to use */
	if (rule->access & BPF_DEVCG_ACC_READ)
		*to++ = 'r';
	if (rule->access & BPF_DEVCG_ACC_WRITE)
		*to++ = 'w';
	if (rule->access & BPF_DEVCG_ACC_MKNOD)
		*to++ = 'm';
	*to = '\0';
	dbus_align(out, 8);
	dbus_put_text(out, name);
	dbus_put_text(out, access);
}

/* systemd can say "nothing but these". What is "all but these" is said by our own rules alone. */
static void add_devices(struct dbus_bytes *out, const struct device_rules *rules)
{
	struct cleat_error ignored;
	struct device_rules reduced = { 0 };
	bool allow = true;

	if (device_rules_reduce(rules, &allow, &reduced, &ignored) < 0 || allow) {
		device_rules_fini(&reduced);
		return;
	}
	put_text(out, "DevicePolicy", "strict");
	dbus_put_property(out, "DeviceAllow", "a(ss)");
	size_t begun = dbus_begin_array(out, 8);

	for (size_t i = 0; i < reduced.n; i++) {
		const struct device_rule *rule = &reduced.list[i];

		if (rule->allow && rule->type != 'b')
			add_device(out, rule, 'c');
		if (rule->allow && rule->type != 'c')
			add_device(out, rule, 'b');
	}
	dbus_end_array(out, begun, 8);
	device_rules_fini(&reduced);
}

int systemd_unit_add_resources(struct systemd_unit *unit, int version, const struct json *resources,
			       const struct device_rules *devices, struct cleat_error *err)
{
	struct dbus_bytes *out = &unit->properties;

	add_memory(out, version, json_get(resources, "memory"));
	add_cpu(out, version, json_get(resources, "cpu"));
	add_pids(out, json_get(resources, "pids"));
	add_block_io(out, version, json_get(resources, "blockIO"));
	if (devices)
		add_devices(out, devices);
	return out->failed ? cleat_fail(err, ENOMEM, "cannot hold the unit's properties: %m") : 0;
}

/* 'text' or "text", without escapes. */
static bool is_quoted(const char *text)
{
	size_t len = strlen(text);

	return len >= 2 && (*text == '\'' || *text == '"') && text[len - 1] == *text &&
	       !memchr(text + 1, *text, len - 2) && !strchr(text, '\\');
}

static bool read_number(const char *text, const char *type, uint64_t *out)
{
	size_t len = strlen(type);
	char *end = NULL;

	if (strncmp(text, type, len) != 0)
		return false;
	errno = 0;
	*out = strtoull(text + len, &end, 10);
	return errno == 0 && end != text + len && *end == '\0' && text[len] != '-';
}

static int add_annotation(struct dbus_bytes *out, const char *name, const char *text,
			  struct cleat_error *err)
{
	char renamed[128];
	size_t len = strlen(name);
	uint64_t value = 0;
	bool seconds =
		len > 3 && strcmp(name + len - 3, "Sec") == 0 && (len < 4 || name[len - 4] != 'U');

	if (!*name || len > 100 ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return cleat_fail(err, EINVAL, "'%.80s' is no name of a property", name);
	if (seconds) { /* systemctl's spelling; on the bus it is in microseconds */
		(void)snprintf(renamed, sizeof(renamed), "%.*sUSec", (int)len - 3, name);
		if ((!read_number(text, "", &value) && !read_number(text, "uint64 ", &value)) ||
		    value > UINT64_MAX / SECOND_US)
			return cleat_fail(err, EINVAL, "'%.80s' is no number of seconds", text);
		put_u64(out, renamed, value * SECOND_US);
	} else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		dbus_put_flag(out, name, *text == 't');
	} else if (is_quoted(text)) {
		(void)snprintf(renamed, sizeof(renamed), "%.*s", (int)strlen(text) - 2, text + 1);
		if (strlen(text) > sizeof(renamed))
			return cleat_fail(err, E2BIG, "'%.40s...' is too long", text);
		put_text(out, name, renamed);
	} else if (read_number(text, "uint64 ", &value)) {
		put_u64(out, name, value);
	} else if (read_number(text, "uint32 ", &value) || read_number(text, "int32 ", &value) ||
		   read_number(text, "", &value)) {
		if (value > INT32_MAX)
			return cleat_fail(err, EINVAL, "'%.80s' is too large", text);
		dbus_put_property(out, name, *text == 'u' ? "u" : "i");
		dbus_put_u32(out, (uint32_t)value);
	} else {
		return cleat_fail(err, EINVAL,
				  "'%.80s' is no value that cleat reads: true, false, 'text', 12, "
				  "uint32 12 or uint64 12",
				  text);
	}
	return 0;
}

int systemd_unit_add_annotations(struct systemd_unit *unit, const struct json *annotations,
				 struct cleat_error *err)
{
	for (size_t i = 0; i < json_len(annotations); i++) {
		const char *key = json_key(annotations, i);
		const char *text = json_text(json_at(annotations, i));

		if (strncmp(key, ANNOTATION, strlen(ANNOTATION)) != 0)
			continue;
		if (add_annotation(&unit->properties, key + strlen(ANNOTATION), text ? text : "",
				   err) < 0)
			return cleat_wrap(err, "annotation '%.100s'", key);
	}
	return 0;
}

void systemd_unit_fini(struct systemd_unit *unit)
{
	dbus_bytes_fini(&unit->properties);
}

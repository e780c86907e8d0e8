/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_devices_v1.c - device rules for a version 1 cgroup: a default and exceptions to it.
 *
 * The kernel's list is no list of rules: writing to devices.allow adds an exception, or removes
 * the exactly equal one. "Deny 1:3" after "allow 1:*" would be accepted and change nothing. So the
 * rules are reduced here first, and what cannot be said is refused instead of being left open.
 */
#include "cgroup_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static bool covers(uint32_t wide, uint32_t narrow)
{
	return wide == DEVICE_ANY || wide == narrow;
}

static bool overlaps(uint32_t a, uint32_t b)
{
	return covers(a, b) || covers(b, a);
}

static bool resets(const struct device_rule *rule)
{
	return rule->type == 'a' && rule->major == DEVICE_ANY && rule->minor == DEVICE_ANY &&
	       rule->access == (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD);
}

/* A rule away from the default: merge it with an equal one, or add it. @out has room. */
static void add_exception(struct device_rules *out, const struct device_rule *rule)
{
	for (size_t i = 0; i < out->n; i++) {
		struct device_rule *e = &out->list[i];

		if (e->type == rule->type && e->major == rule->major && e->minor == rule->minor) {
			e->access |= rule->access;
			return;
		}
	}
	out->list[out->n++] = *rule;
}

/* A rule back to the default: take it out of every exception that it covers. */
static int remove_exceptions(struct device_rules *out, const struct device_rule *rule,
			     struct cleat_error *err)
{
	for (size_t i = 0; i < out->n; i++) {
		struct device_rule *e = &out->list[i];

		if (e->type != rule->type || !(e->access & rule->access) ||
		    !overlaps(e->major, rule->major) || !overlaps(e->minor, rule->minor))
			continue;
		if (!covers(rule->major, e->major) || !covers(rule->minor, e->minor))
			return cleat_fail(err, ENOTSUP,
					  "cannot %s device %c %u:%u: cgroup v1 cannot take one "
					  "device out of a range with the opposite rule",
					  rule->allow ? "allow" : "deny", rule->type, rule->major,
					  rule->minor);
		e->access &= ~rule->access;
	}
	return 0;
}

static int reduce_one(struct device_rules *out, bool *allow_by_default,
		      const struct device_rule *rule, struct cleat_error *err)
{
	if (resets(rule)) {
		*allow_by_default = rule->allow;
		out->n = 0;
		return 0;
	}
	for (const char *type = "bc"; *type; type++) {
		struct device_rule one = *rule;

		if (rule->type != 'a' && rule->type != *type)
			continue;
		one.type = *type;
		if (rule->allow != *allow_by_default)
			add_exception(out, &one);
		else if (remove_exceptions(out, &one, err) < 0)
			return -err->errnum;
	}
	return 0;
}

int device_rules_reduce(const struct device_rules *rules, bool *out_allow_by_default,
			struct device_rules *out, struct cleat_error *err)
{
	struct device_rules result = { .list = calloc(rules->n * 2 + 1, sizeof(*result.list)) };
	size_t kept = 0;

	if (!result.list)
		return cleat_fail(err, ENOMEM, "cannot reduce device rules: %m");
	*out_allow_by_default = false;
	for (size_t i = 0; i < rules->n; i++) {
		if (reduce_one(&result, out_allow_by_default, &rules->list[i], err) < 0) {
			device_rules_fini(&result);
			return -err->errnum;
		}
	}
	for (size_t i = 0; i < result.n; i++)
		if (result.list[i].access)
			result.list[kept++] = result.list[i];
	result.n = kept;
	*out = result;
	return 0;
}

static void print_number(char *text, size_t size, uint32_t number)
{
	if (number == DEVICE_ANY)
		(void)snprintf(text, size, "*");
	else
		(void)snprintf(text, size, "%u", number);
}

static int write_rule(int fd, const struct device_rule *rule, struct cleat_error *err)
{
	char major[16];
	char minor[16];
	char text[64];

	print_number(major, sizeof(major), rule->major);
	print_number(minor, sizeof(minor), rule->minor);
	int len = snprintf(text, sizeof(text), "%c %s:%s %s%s%s", rule->type, major, minor,
			   rule->access & BPF_DEVCG_ACC_READ ? "r" : "",
			   rule->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			   rule->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");

	if (write(fd, text, (size_t)len) != len)
		return cleat_fail(err, errno, "cannot %s device '%s': %m",
				  rule->allow ? "allow" : "deny", text);
	return 0;
}

int device_rules_write_v1(const struct device_rules *rules, int dir_fd, struct cleat_error *err)
{
	struct device_rules reduced = { 0 };
	bool allow = false;
	int rc = device_rules_reduce(rules, &allow, &reduced, err);

	if (rc < 0)
		return rc;
	_cleanup_free_ struct device_rule *list = reduced.list;
	_cleanup_close_ int allow_fd = openat(dir_fd, "devices.allow", O_WRONLY | O_CLOEXEC);
	_cleanup_close_ int deny_fd = openat(dir_fd, "devices.deny", O_WRONLY | O_CLOEXEC);

	if (allow_fd < 0 || deny_fd < 0)
		return cleat_fail(err, errno, "cannot open the devices cgroup's lists: %m");
	if (write(allow ? allow_fd : deny_fd, "a", 1) != 1)
		return cleat_fail(err, errno, "cannot %s all devices: %m",
				  allow ? "allow" : "deny");
	for (size_t i = 0; i < reduced.n && rc == 0; i++)
		rc = write_rule(allow ? deny_fd : allow_fd, &list[i], err);
	return rc;
}

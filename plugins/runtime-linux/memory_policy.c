/* SPDX-License-Identifier: Apache-2.0 */
/* memory_policy.c - linux.memoryPolicy: from which NUMA nodes the program's memory comes. */
#include "init.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/mempolicy.h> of Debian 12 does not have the last one. */
static const char *const modes[] = { "MPOL_DEFAULT",
				     "MPOL_PREFERRED",
				     "MPOL_BIND",
				     "MPOL_INTERLEAVE",
				     "MPOL_LOCAL",
				     "MPOL_PREFERRED_MANY",
				     "MPOL_WEIGHTED_INTERLEAVE" };
static const char *const flag_names[] = { "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES",
					  "MPOL_F_STATIC_NODES" };
static const int flag_bits[] = { 1 << 13, 1 << 14, 1 << 15 };
enum { MPOL_DEFAULT_MODE = 0, MPOL_LOCAL_MODE = 4, KERNEL_NODES = 1024 };

const char *memory_policy_mode_name(size_t i)
{
	return i < ARRAY_SIZE(modes) ? modes[i] : NULL;
}

const char *memory_policy_flag_name(size_t i)
{
	return i < ARRAY_SIZE(flag_names) ? flag_names[i] : NULL;
}

static int index_of(const char *const *names, size_t n, const char *text)
{
	for (size_t i = 0; text && i < n; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return -1;
}

static int read_mode(const struct json *node, struct memory_policy *out, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_text(node, "mode", &out->mode_name, err);

	if (r == 0)
		r = json_get_node(node, "flags", JSON_ARRAY, &list, err);
	if (r < 0)
		return r;
	if (!out->mode_name)
		return cleat_fail(err, EINVAL, "mode is missing");
	out->mode = index_of(modes, ARRAY_SIZE(modes), out->mode_name);
	if (out->mode < 0)
		return cleat_fail(err, EINVAL, "mode '%.60s' is unknown", out->mode_name);
	for (size_t i = 0; i < json_len(list); i++) {
		const char *text = json_text(json_at(list, i));
		int flag = index_of(flag_names, ARRAY_SIZE(flag_names), text);

		if (flag < 0)
			return cleat_fail(err, EINVAL, "flag '%.60s' is unknown", text ? text : "");
		out->mode |= flag_bits[flag];
	}
	return 0;
}

int plan_read_memory_policy(struct plan *plan, const struct json *linux_, struct cleat_error *err)
{
	struct memory_policy *policy = &plan->memory_policy;
	const struct json *node = NULL;
	int r = json_get_node(linux_, "memoryPolicy", JSON_OBJECT, &node, err);

	if (r < 0 || !node)
		return r;
	r = read_mode(node, policy, err);
	if (r == 0)
		r = plan_read_numbers(plan, node, "nodes", &policy->nodes, err);
	if (r == 0 && policy->nodes && number_list_highest(policy->nodes) >= KERNEL_NODES)
		r = cleat_fail(err, EINVAL, "nodes must be below %d", KERNEL_NODES);
	if (r == 0 && policy->nodes &&
	    (policy->mode == MPOL_DEFAULT_MODE || policy->mode == MPOL_LOCAL_MODE))
		r = cleat_fail(err, EINVAL, "%s takes no nodes", policy->mode_name);
	return r < 0 ? cleat_wrap(err, "memoryPolicy") : 0;
}

/* The program inherits it through execve; nobody but the process itself can set it. */
int memory_policy_set(struct init *init, struct cleat_error *err)
{
	const struct memory_policy *policy = &init->plan->memory_policy;
	const unsigned long *nodes = policy->nodes ? policy->nodes->bits : NULL;

	if (!policy->mode_name)
		return 0;
	/* The kernel takes one less than it is told. */
	if (syscall(SYS_set_mempolicy, policy->mode, nodes, nodes ? KERNEL_NODES + 1 : 0) == 0)
		return 0;
	return cleat_fail(err, errno, "%s: %m%s", policy->mode_name,
			  errno == EINVAL
				  ? "; this kernel, or this machine's nodes, do not allow it"
			  : errno == ENOSYS ? "; this kernel knows no NUMA"
					    : "");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_rules.c - compile the rules of linux.seccomp with libseccomp. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "seccomp_filter.h"
#include "seccomp_names.h"

#define MAX_ARGS  6
#define MAX_ERRNO 4095
#define MAX_ARCHS 24

struct compiler {
	const struct cleat_host *host;
	scmp_filter_ctx ctx;
	uint32_t default_action;
	uint32_t archs[MAX_ARCHS];
	struct seccomp_newest newest[MAX_ARCHS];
	size_t n_archs;
};

static void release(scmp_filter_ctx *ctx)
{
	seccomp_release(*ctx);
}

/* @key and its errno as one action. Only ERRNO and TRACE carry a number. */
static int read_action(const struct json *object, const char *key, const char *errno_key,
		       uint32_t *out, struct cleat_error *err)
{
	const char *name = NULL;
	uint32_t number = EPERM;
	int rc = json_get_text(object, key, &name, err);

	if (rc == 0)
		rc = json_get_u32(object, errno_key, &number, err);
	if (rc < 0)
		return rc;
	if (!name || !seccomp_action_of(name, out))
		return cleat_fail(err, EINVAL, "%s: '%.60s' is not an action", key,
				  name ? name : "(none)");
	bool takes_errno = *out == SCMP_ACT_ERRNO(0) || *out == SCMP_ACT_TRACE(0);

	if (json_get(object, errno_key) && !takes_errno)
		return cleat_fail(err, EINVAL, "%s is not for %s", errno_key, name);
	if (takes_errno && number > MAX_ERRNO)
		return cleat_fail(err, EINVAL, "%s must be 0 to %d", errno_key, MAX_ERRNO);
	if (takes_errno)
		*out |= number;
	return 0;
}

static int read_operand(const struct json *item, struct scmp_arg_cmp *out, struct cleat_error *err)
{
	const char *name = NULL;
	uint32_t index = UINT32_MAX;
	uint64_t value = 0;
	uint64_t second = 0;
	enum scmp_compare operator= SCMP_CMP_EQ;
	int rc = json_get_u32(item, "index", &index, err);

	if (rc == 0)
		rc = json_get_u64(item, "value", &value, err);
	if (rc == 0)
		rc = json_get_u64(item, "valueTwo", &second, err);
	if (rc == 0)
		rc = json_get_text(item, "op", &name, err);
	if (rc < 0)
		return rc;
	if (index >= MAX_ARGS)
		return cleat_fail(err, EINVAL, "index must be 0 to %d", MAX_ARGS - 1);
	if (!name || !seccomp_operator_of(name, &operator))
		return cleat_fail(err, EINVAL, "'%.60s' is not an operator",
				  name ? name : "(none)");
	*out = (struct scmp_arg_cmp){ .arg = index, .op = operator, .datum_a = value };
	if (operator== SCMP_CMP_MASKED_EQ)
		out->datum_b = second;
	return 0;
}

struct operands {
	struct scmp_arg_cmp *list;
	unsigned int n;
	bool any_of; /* an index twice: the library cannot AND them, and nobody means that */
};

static int read_operands(const struct json *rule, struct operands *out, struct cleat_error *err)
{
	const struct json *list = NULL;
	unsigned int seen = 0;
	int rc = json_get_node(rule, "args", JSON_ARRAY, &list, err);

	if (rc < 0 || json_len(list) == 0)
		return rc;
	out->list = calloc(json_len(list), sizeof(*out->list));
	if (!out->list)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < json_len(list); i++) {
		if (read_operand(json_at(list, i), &out->list[i], err) < 0)
			return cleat_wrap(err, "args[%zu]", i);
		out->any_of |= (seen >> out->list[i].arg & 1) != 0;
		seen |= 1u << out->list[i].arg;
		out->n++;
	}
	return 0;
}

static int add(struct compiler *c, uint32_t action, int number, const struct scmp_arg_cmp *list,
	       unsigned int n, const char *name, struct cleat_error *err)
{
	int rc = seccomp_rule_add_array(c->ctx, action, number, n, list);

	if (rc < 0 && rc != -EEXIST) /* the same rule twice is one rule */
		return cleat_fail(err, -rc, "cannot add a rule for '%s': %m", name);
	return 0;
}

/* The library names no number above this; see seccomp_enosys.c. */
static void note_newest(struct compiler *c, const char *name)
{
	for (size_t i = 0; i < c->n_archs; i++) {
		int number = seccomp_syscall_resolve_name_arch(c->archs[i], name);

		if (number >= 0 && (uint32_t)number > c->newest[i].last)
			c->newest[i].last = (uint32_t)number;
	}
}

static int add_name(struct compiler *c, const char *name, uint32_t action,
		    const struct operands *args, struct cleat_error *err)
{
	int number = seccomp_syscall_resolve_name(name);
	int rc = 0;

	if (number == __NR_SCMP_ERROR) {
		if (c->host)
			c->host->log(c->host, CLEAT_DEBUG,
				     "seccomp: no system call '%.60s' is known, ignored", name);
		return 0;
	}
	note_newest(c, name);
	if (action == c->default_action)
		return 0; /* says nothing, and the library refuses it */
	/* As runc: the runtime's last words may have to be written after the filter is in place. */
	if (action == SCMP_ACT_NOTIFY && strcmp(name, "write") == 0)
		return cleat_fail(err, EINVAL, "SCMP_ACT_NOTIFY cannot be used for write");
	if (!args->any_of)
		return add(c, action, number, args->list, args->n, name, err);
	for (unsigned int i = 0; i < args->n && rc == 0; i++)
		rc = add(c, action, number, &args->list[i], 1, name, err);
	return rc;
}

static int add_rule(struct compiler *c, const struct json *rule, struct cleat_error *err)
{
	const struct json *names = NULL;
	struct operands args = { 0 };
	uint32_t action = 0;
	int rc = read_action(rule, "action", "errnoRet", &action, err);

	if (rc == 0)
		rc = json_get_node(rule, "names", JSON_ARRAY, &names, err);
	if (rc == 0 && json_len(names) == 0)
		rc = cleat_fail(err, EINVAL, "names must have at least one name");
	if (rc == 0)
		rc = read_operands(rule, &args, err);
	_cleanup_free_ struct scmp_arg_cmp *list = args.list;

	for (size_t i = 0; rc == 0 && i < json_len(names); i++) {
		const char *name = json_text(json_at(names, i));

		if (!name)
			return cleat_fail(err, EINVAL, "names[%zu] must be a string", i);
		rc = add_name(c, name, action, &args, err);
	}
	return rc;
}

static void note_arch(struct compiler *c, uint32_t arch)
{
	for (size_t i = 0; i < c->n_archs; i++)
		if (c->archs[i] == arch)
			return;
	if (c->n_archs < MAX_ARCHS) {
		c->newest[c->n_archs].audit_arch = arch;
		c->archs[c->n_archs++] = arch;
	}
}

static int add_archs(struct compiler *c, const struct json *object, struct cleat_error *err)
{
	const struct json *list = NULL;
	int rc = json_get_node(object, "architectures", JSON_ARRAY, &list, err);

	note_arch(c, seccomp_arch_native());
	for (size_t i = 0; rc == 0 && i < json_len(list); i++) {
		const char *name = json_text(json_at(list, i));
		uint32_t arch = 0;

		if (!name || !seccomp_arch_of(name, &arch))
			return cleat_fail(err, EINVAL, "architectures[%zu]: '%.60s' is not one", i,
					  name ? name : "(no string)");
		if (arch == 0)
			continue;
		rc = seccomp_arch_add(c->ctx, arch);
		/* EDOM: of the other byte order, which this machine does not run */
		if (rc < 0 && rc != -EEXIST && rc != -EDOM)
			return cleat_fail(err, -rc, "cannot add architecture %s: %m", name);
		if (rc != -EDOM)
			note_arch(c, arch);
		rc = 0;
	}
	return rc;
}

/* Through a memfd: the library of Debian 12 exports to descriptors only. */
static int export(scmp_filter_ctx ctx, struct seccomp_program *out, struct cleat_error *err)
{
	_cleanup_close_ int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct stat st;
	int rc = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

	if (rc < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, rc < 0 ? -rc : errno, "cannot compile the filter: %m");
	_cleanup_free_ struct sock_filter *list = malloc((size_t)st.st_size + 1);

	if (!list)
		return cleat_fail(err, ENOMEM, "cannot compile the filter: %m");
	if (pread(fd, list, (size_t)st.st_size, 0) != st.st_size)
		return cleat_fail(err, EIO, "cannot read the filter back: %m");
	out->list = take_ptr(list);
	out->n = (size_t)st.st_size / sizeof(*out->list);
	return 0;
}

/* x32 has no audit architecture: it is x86_64 with a bit in the number. */
static size_t join_x32(struct compiler *c)
{
	size_t kept = 0;
	uint32_t x32 = 0;

	for (size_t i = 0; i < c->n_archs; i++) {
		if (c->archs[i] == SCMP_ARCH_X32)
			x32 = c->newest[i].last;
		else if (c->newest[i].last > 0)
			c->newest[kept++] = c->newest[i];
	}
	for (size_t i = 0; i < kept; i++)
		if (c->newest[i].audit_arch == SCMP_ARCH_X86_64)
			c->newest[i].last_x32 = x32;
	return kept;
}

/*
 * A profile is older than the kernel sooner or later. What it cannot know has to look like "this
 * kernel does not have it" (glibc then takes the old way), not like "forbidden".
 */
static int add_enosys(struct compiler *c, struct seccomp_program *program, struct cleat_error *err)
{
	if ((c->default_action & 0xffff0000U) != SCMP_ACT_ERRNO(0) ||
	    c->default_action == SCMP_ACT_ERRNO(ENOSYS))
		return 0;
	size_t n = join_x32(c);

	return seccomp_prepend_enosys(program, c->newest, n, err);
}

int seccomp_rules_compile(const struct cleat_host *host, const struct json *seccomp,
			  struct seccomp_program *out, struct cleat_error *err)
{
	struct compiler c = { .host = host };
	const struct json *rules = NULL;
	int rc = read_action(seccomp, "defaultAction", "defaultErrnoRet", &c.default_action, err);

	if (rc == 0 && c.default_action == SCMP_ACT_NOTIFY)
		rc = cleat_fail(err, EINVAL, "SCMP_ACT_NOTIFY cannot be the default action");
	if (rc == 0)
		rc = json_get_node(seccomp, "syscalls", JSON_ARRAY, &rules, err);
	if (rc < 0)
		return rc;
	_cleanup_(release) scmp_filter_ctx ctx = seccomp_init(c.default_action);

	if (!ctx)
		return cleat_fail(err, ENOMEM, "cannot start libseccomp");
	c.ctx = ctx;
	rc = add_archs(&c, seccomp, err);
	for (size_t i = 0; rc == 0 && i < json_len(rules); i++)
		if (add_rule(&c, json_at(rules, i), err) < 0)
			return cleat_wrap(err, "syscalls[%zu]", i);
	struct seccomp_program program = { 0 };

	if (rc == 0)
		rc = export(ctx, &program, err);
	if (rc == 0)
		rc = add_enosys(&c, &program, err);
	if (rc < 0)
		free(program.list);
	else
		*out = program;
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - a compiled filter: get it, from the cache or compiled, and install it.
 *
 * The child makes one system call. libseccomp stays in the parent: loading through it allocates.
 */
#include "seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "seccomp_filter.h"

/* Does this kernel know @flag? Without a program it complains about the program (EFAULT) if so. */
static bool kernel_has(unsigned int flag)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

static int read_flags(const struct json *object, struct seccomp *sc, struct cleat_error *err)
{
	const struct json *list = NULL;
	int rc = json_get_node(object, "flags", JSON_ARRAY, &list, err);

	if (rc < 0)
		return rc;
	/* none given is not the same as []: then speculation stays as the machine has it */
	if (!list && kernel_has(SECCOMP_FILTER_FLAG_SPEC_ALLOW))
		sc->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < json_len(list); i++) {
		const char *name = json_text(json_at(list, i));
		int64_t bit = name ? seccomp_flag_bit(name) : -1;

		if (bit < 0)
			return cleat_fail(err, EINVAL, "flags[%zu]: '%.60s' is not a flag", i,
					  name ? name : "(no string)");
		if (!kernel_has((unsigned int)bit) &&
		    bit != SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) /* only with a listener */
			return cleat_fail(err, ENOTSUP, "this kernel does not have %s", name);
		sc->flags |= (unsigned int)bit;
	}
	return 0;
}

/* Does any rule, or the default, notify? Whether it may is checked when compiling. */
static bool notifies(const struct json *object)
{
	const struct json *rules = json_get(object, "syscalls");

	for (size_t i = 0; i < json_len(rules); i++) {
		const char *action = json_text(json_get(json_at(rules, i), "action"));

		if (action && strcmp(action, "SCMP_ACT_NOTIFY") == 0)
			return true;
	}
	return false;
}

static int read_listener(const struct json *object, struct seccomp *sc, struct cleat_error *err)
{
	const char *path = NULL;
	const char *metadata = NULL;
	int rc = json_get_text(object, "listenerPath", &path, err);

	if (rc == 0)
		rc = json_get_text(object, "listenerMetadata", &metadata, err);
	if (rc < 0)
		return rc;
	if (metadata && !path)
		return cleat_fail(err, EINVAL, "listenerMetadata needs listenerPath");
	sc->notifies = notifies(object);
	if (sc->notifies && !path)
		return cleat_fail(err, EINVAL,
				  "SCMP_ACT_NOTIFY needs listenerPath: nobody would answer");
	if (!sc->notifies && (sc->flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV))
		return cleat_fail(err, EINVAL,
				  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs SCMP_ACT_NOTIFY");
	if (!sc->notifies)
		return 0; /* a path without a rule that needs it: nothing to send, as runc sees it */
	sc->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	sc->flags &= ~(unsigned int)SECCOMP_FILTER_FLAG_TSYNC; /* we have one thread */
	return 0;
}

static int get_program(const struct cleat_host *host, const struct json *object, int cache_fd,
		       struct seccomp_program *out, struct cleat_error *err)
{
	size_t len = 0;
	_cleanup_free_ char *key = cache_fd < 0 ? NULL : seccomp_cache_key(object, &len);

	if (key && seccomp_cache_get(cache_fd, key, len, out) == 1)
		return 0;
	struct seccomp_program program = { 0 };
	int rc = seccomp_rules_compile(host, object, &program, err);

	if (rc < 0)
		return rc;
	seccomp_shorten(&program);
	if (program.n > BPF_MAXINSNS) {
		free(program.list);
		return cleat_fail(err, E2BIG,
				  "the filter has %zu instructions, the kernel takes %d", program.n,
				  BPF_MAXINSNS);
	}
	if (key)
		seccomp_cache_put(cache_fd, key, len, &program);
	*out = program;
	return 0;
}

int seccomp_compile(const struct cleat_host *host, const struct json *object, int cache_fd,
		    struct seccomp **out, struct cleat_error *err)
{
	_cleanup_(seccomp_freep) struct seccomp *sc = NULL;

	*out = NULL;
	if (!object)
		return 0;
	if (json_type(object) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "it must be an object");
	sc = calloc(1, sizeof(*sc));
	if (!sc)
		return cleat_fail(err, ENOMEM, "cannot compile linux.seccomp: %m");
	int rc = read_flags(object, sc, err);

	if (rc == 0)
		rc = read_listener(object, sc, err);
	if (rc == 0)
		rc = get_program(host, object, cache_fd, &sc->program, err);
	if (rc < 0)
		return rc;
	*out = take_ptr(sc);
	return 0;
}

int seccomp_install(const struct seccomp *sc, int *out_listener, struct cleat_error *err)
{
	*out_listener = -1;
	if (!sc)
		return 0;
	struct sock_fprog program = {
		.len = (unsigned short)sc->program.n,
		.filter = sc->program.list,
	};
	long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, sc->flags, &program);

	if (rc < 0 && errno == EACCES)
		return cleat_fail(err, EACCES,
				  "cannot load the seccomp filter: it needs noNewPrivileges or "
				  "CAP_SYS_ADMIN");
	if (rc < 0)
		return cleat_fail(err, errno, "cannot load the seccomp filter: %m");
	if (sc->notifies)
		*out_listener = (int)rc;
	return 0;
}

bool seccomp_notifies(const struct seccomp *sc)
{
	return sc && sc->notifies;
}

void seccomp_free(struct seccomp *sc)
{
	if (!sc)
		return;
	free(sc->program.list);
	free(sc);
}

void seccomp_freep(struct seccomp **sc)
{
	seccomp_free(*sc);
}

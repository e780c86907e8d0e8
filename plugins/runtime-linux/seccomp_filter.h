/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_filter.h - what the files of the seccomp part share. */
#ifndef RUNTIME_LINUX_SECCOMP_FILTER_H
#define RUNTIME_LINUX_SECCOMP_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

#include <cleat/error.h>
#include <cleat/host.h>
#include <cleat/json.h>

/** A BPF program of @n instructions, malloc'ed. */
struct seccomp_program {
	struct sock_filter *list;
	size_t n;
};

struct seccomp {
	struct seccomp_program program;
	unsigned int flags; /* of seccomp(2) */
	bool notifies;
};

/* seccomp_rules.c: the JSON, with libseccomp */
/** Compile the rules of @seccomp; perhaps to more than the kernel takes. */
int seccomp_rules_compile(const struct cleat_host *host, const struct json *seccomp,
			  struct seccomp_program *out, struct cleat_error *err);
/* seccomp_names.c: the words of the specification */
/** The bit of flag "SECCOMP_FILTER_FLAG_..."; -1: there is no such flag. */
int64_t seccomp_flag_bit(const char *name);

/* seccomp_enosys.c: a stub before the program */
/** For one architecture: numbers above @last are unknown to the profile. */
struct seccomp_newest {
	uint32_t audit_arch;
	uint32_t last;
	uint32_t last_x32; /* of x86_64 with the x32 bit; 0: x32 is not in the profile */
};
/** Put "newer than all that the profile names: ENOSYS" before @program. */
int seccomp_prepend_enosys(struct seccomp_program *program, const struct seccomp_newest *list,
			   size_t n, struct cleat_error *err);

/* seccomp_shorten.c: numbers in a row as a range */
/** The same answers with fewer instructions; what cannot be shortened stays. */
void seccomp_shorten(struct seccomp_program *program);

/* seccomp_cache.c: programs by content */
/** 1: found; 0: not there, or not to be trusted. */
int seccomp_cache_get(int dir_fd, const char *key, size_t key_len, struct seccomp_program *out);
/** Store it; a cache that fails is only slower. */
void seccomp_cache_put(int dir_fd, const char *key, size_t key_len,
		       const struct seccomp_program *program);
/** What the program depends on, as text: malloc'ed. NULL: no memory. */
char *seccomp_cache_key(const struct json *seccomp, size_t *out_len);

#endif

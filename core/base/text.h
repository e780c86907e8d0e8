/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - growing text, and strict conversions between text and numbers. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** Text that grows. Zero-initialise; `bytes` is NULL or NUL-terminated. Once out of memory it stays `failed`. */
struct text {
	char *bytes;
	size_t len, room;
	bool failed;
};
void text_fini(struct text *t);
#define _cleanup_text_ __attribute__((cleanup(text_fini)))
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Hand the string over (free it); NULL when an addition failed; "" for empty text. */
char *text_take(struct text *t);

/** asprintf that returns NULL on failure. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A NULL-ended array of strings that grows; also an argv. Zero-initialise.
 */
struct strings {
	char **item;
	size_t n, room;
};
void strings_fini(struct strings *s);
#define _cleanup_strings_ __attribute__((cleanup(strings_fini)))
/** Append a copy. 0 or -ENOMEM. */
int strings_add(struct strings *s, const char *text);
int strings_addf(struct strings *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Set "NAME=value" in an environment: replaces an entry of that name. */
int strings_set_env(struct strings *s, const char *assignment);

/* Decimal digits only: no sign, blank, base prefix, or wrap-around. 0, -EINVAL or -ERANGE. */
int text_to_u64(const char *s, uint64_t *out);
int text_to_u32(const char *s, uint32_t *out);
/** As text_to_u64 with an optional leading minus. */
int text_to_i64(const char *s, int64_t *out);
/** "64m", "1g", "512", "1.5g" in powers of 1024; suffixes b k m g t in either case, also "kb", "KiB". */
int text_to_bytes(const char *s, uint64_t *out);
/** "250ms", "10s", "1m30s", "2h"; a bare number is refused unless it is 0. Nanoseconds. */
int text_to_duration(const char *s, uint64_t *out_ns);
/** "yes" and its kin. */
int text_to_bool(const char *s, bool *out);

/** The word of @words (NULL-ended) nearest to @s, or NULL when none is near enough to suggest. */
const char *text_nearest(const char *s, const char *const *words);
/** Is @id fit for a file name and a container's name: [A-Za-z0-9][A-Za-z0-9_.-]{0,127}? */
bool text_is_name(const char *id);
/** "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3" to a number 1..64, or -EINVAL. */
int text_to_signal(const char *s);
/** "SIGTERM" for 15; NULL if unknown. Thread: loop (static buffer for real-time signals). */
const char *text_signal_name(int signal);
/** @n random bytes as 2n hex digits and NUL. 0 or -errno. */
int text_random_hex(char *out, size_t n);
static inline bool text_eq(const char *a, const char *b)
{
	return __builtin_strcmp(a, b) == 0;
}
static inline bool text_starts(const char *s, const char *prefix)
{
	return __builtin_strncmp(s, prefix, __builtin_strlen(prefix)) == 0;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - let the n-th allocation fail, for every n: link with cleat_unit_fault(TARGET).
 *
 * Only calls from our own objects go through the linker's --wrap; what libc allocates for itself does
 * not fail. ASan finds what a failing path forgot.
 */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int fault_countdown = -1; /* -1: nothing fails */

static bool fault_now(void)
{
	if (fault_countdown < 0)
		return false;
	if (fault_countdown > 0) {
		fault_countdown--;
		return false;
	}
	errno = ENOMEM;
	return true; /* and goes on failing until it is switched off */
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t n)
{
	return fault_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fault_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return fault_now() ? NULL : __real_realloc(old, n);
}

char *__wrap_strdup(const char *text)
{
	return fault_now() ? NULL : __real_strdup(text);
}

/** Run @call with the first, the second, ... allocation failing until it succeeds; returns the number. */
#define FAULT_EACH(call, err)                                                              \
	({                                                                                 \
		int n_ = 0;                                                                \
		for (int r_ = -1; r_ < 0 && n_ < 100000; n_++) {                           \
			(err) = (struct cleat_error){ 0 };                                 \
			fault_countdown = n_;                                              \
			r_ = (call);                                                       \
			fault_countdown = -1;                                              \
			if (r_ < 0)                                                        \
				CU_ASSERT_TRUE((err).text[0] != '\0' && (err).errnum > 0); \
		}                                                                          \
		n_;                                                                        \
	})

#endif

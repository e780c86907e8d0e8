/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what the fuzz targets share. Each FOO.c becomes the program fuzz_FOO (libFuzzer, ASan, UBSan).
 *
 * A target gives strangers' bytes to one parser and checks what every caller relies on: a failure is
 * -errno with one sentence, and what was accepted can be used and freed.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/** A promise was broken: libFuzzer keeps the input. */
static inline void fuzz_check(bool holds, const char *what, const char *detail)
{
	if (holds)
		return;
	(void)fprintf(stderr, "fuzz: broken promise: %s: %s\n", what, detail);
	abort();
}

/** @r is a result with @err: a failure has one sentence, in one line. True: it is a success. */
static inline bool fuzz_ok(int r, const struct cleat_error *err)
{
	if (r >= 0)
		return true;
	fuzz_check(err->text[0] != '\0', "an error says why", "");
	fuzz_check(err->errnum > 0, "an error has its errno", err->text);
	if (getenv("FUZZ_TALK")) /* to see how far a seed gets */
		(void)fprintf(stderr, "fuzz: %s\n", err->text);
	for (const char *c = err->text; *c; c++)
		fuzz_check((unsigned char)*c >= ' ' && *c != 0x7f, "an error is one line",
			   err->text);
	return false;
}

/** The bytes as a string on the heap, where reading beyond the end is noticed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/** Cut the first line off *@rest; NULL when there is none. Lines are the arguments of a call. */
static inline char *fuzz_line(char **rest)
{
	return *rest ? strsep(rest, "\n") : NULL;
}

#endif

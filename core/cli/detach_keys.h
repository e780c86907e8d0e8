/* SPDX-License-Identifier: Apache-2.0 */
/* detach_keys.h - the keys that leave a container's terminal and let the program go on. */
#ifndef CORE_CLI_DETACH_KEYS_H
#define CORE_CLI_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/error.h>

enum { DETACH_KEYS_MAX = 16 };

struct detach_keys {
	unsigned char keys[DETACH_KEYS_MAX];
	size_t n;    /* 0: there are none */
	size_t seen; /* so many of them were typed, and are held back */
};

/** "ctrl-p,ctrl-q": letters, or ctrl- and one of a-z @ [ \ ] ^ _. "" is no keys. EINVAL. */
int detach_keys_parse(const char *text, struct detach_keys *out, struct cleat_error *err);
/**
 * What was typed: bytes[0..*len), which has room for DETACH_KEYS_MAX more. What may be the beginning of
 * the keys is held back, what turned out not to be is put in again. True: these are the keys.
 */
bool detach_keys_filter(struct detach_keys *keys, char *bytes, size_t *len);

#endif

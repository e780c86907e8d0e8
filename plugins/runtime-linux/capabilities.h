/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capabilities.h - process.capabilities as masks, and the pieces that credentials.c puts in order:
 * drop_bounding, keep (setgroups, setgid, setuid), apply.
 */
#ifndef RUNTIME_LINUX_CAPABILITIES_H
#define RUNTIME_LINUX_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/json.h>

/** Bit n is capability n. */
struct capabilities {
	uint64_t bounding, effective, permitted, inheritable, ambient;
	uint64_t refused; /**< asked for, but this process or kernel cannot grant it: warn */
};

/**
 * Read @caps, the `process.capabilities` object; NULL means none at all. A name that is no
 * capability is EINVAL. What we cannot grant (not in our bounding set, unknown to this kernel) is
 * left out of every set and noted in `refused`; with @in_userns (the process will own a fresh
 * user namespace, where it has all of them) only the kernel's limit counts.
 */
int capabilities_parse(const struct json *caps, bool in_userns, struct capabilities *out,
		       struct cleat_error *err);
/** "CAP_CHOWN, CAP_KILL" of @mask into @text, for the warning. */
void capabilities_print(uint64_t mask, char *text, size_t size);
/** Number of "CAP_NAME" (any case), or -1. */
int capabilities_number(const char *name);
/** "CAP_NAME" of number @cap, or NULL. The highest number is capabilities_highest(). */
const char *capabilities_name(int cap);
/** The highest number that both we and the running kernel know. */
int capabilities_highest(void);

/* In the child; none of these allocates. */
/** Drop everything that is not in `bounding` from the bounding set. Before leaving uid 0. */
int capabilities_drop_bounding(const struct capabilities *caps, struct cleat_error *err);
/** Keep permitted capabilities over the next setuid. */
int capabilities_keep(bool keep, struct cleat_error *err);
/** After setuid: the three sets, then exactly the ambient ones; ends capabilities_keep. */
int capabilities_apply(const struct capabilities *caps, struct cleat_error *err);

#endif

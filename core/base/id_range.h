/* SPDX-License-Identifier: Apache-2.0 */
/* id_range.h - ranges of user or group ids, and a free one among them. */
#ifndef CORE_BASE_ID_RANGE_H
#define CORE_BASE_ID_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** first .. first + count - 1, at most 4294967294: the number after it is no id. */
struct id_range {
	uint32_t first, count;
};
/** Zero-initialise. */
struct id_ranges {
	struct id_range *list;
	size_t n;
};
void id_ranges_fini(struct id_ranges *ranges);
#define _cleanup_id_ranges_ __attribute__((cleanup(id_ranges_fini)))

/** Is it one: not empty, and within what ids can be? */
bool id_range_is_good(uint64_t first, uint64_t count);
/** "FIRST:COUNT". EINVAL, with the reason alone. */
int id_range_parse(const char *text, struct id_range *out, struct cleat_error *err);
bool id_range_overlaps(const struct id_range *a, const struct id_range *b);

/** -ENOMEM. */
int id_ranges_add(struct id_ranges *ranges, struct id_range range);
/** The lines of @user in a file like /etc/subuid. One that is not there has none. EINVAL, with file and line. */
int id_ranges_read(const char *path, const char *user, struct id_ranges *out,
		   struct cleat_error *err);
/** What is in both. -ENOMEM. */
int id_ranges_common(const struct id_ranges *a, const struct id_ranges *b, struct id_ranges *out);
/**
 * The lowest @size ids of @pool that nothing of @used has. Whole multiples of @size from the start of a
 * range, so that what was given back fits the next one. ENOENT: all are taken.
 */
int id_ranges_find_free(const struct id_ranges *pool, const struct id_ranges *used, uint32_t size,
			uint32_t *out_first);

#endif

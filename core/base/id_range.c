/* SPDX-License-Identifier: Apache-2.0 */
/* id_range.c - ranges of user or group ids, and a free one among them. */
#include "id_range.h"

#include "text.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void id_ranges_fini(struct id_ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct id_ranges){ 0 };
}

bool id_range_is_good(uint64_t first, uint64_t count)
{
	return count > 0 && first < UINT32_MAX && count <= UINT32_MAX - first;
}

int id_range_parse(const char *text, struct id_range *out, struct cleat_error *err)
{
	_cleanup_free_ char *copy = strdup(text);
	char *colon = copy ? strchr(copy, ':') : NULL;
	struct id_range range = { 0 };

	if (!copy)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (colon)
		*colon++ = '\0';
	if (!colon || text_to_u32(copy, &range.first) < 0 || text_to_u32(colon, &range.count) < 0)
		return cleat_fail(err, EINVAL, "it is not FIRST:COUNT, two numbers");
	if (range.count == 0)
		return cleat_fail(err, EINVAL, "its count is 0");
	if (!id_range_is_good(range.first, range.count))
		return cleat_fail(err, EINVAL, "it goes beyond the last id, 4294967294");
	*out = range;
	return 0;
}

static uint64_t end_of(const struct id_range *range)
{
	return (uint64_t)range->first + range->count;
}

bool id_range_overlaps(const struct id_range *a, const struct id_range *b)
{
	return a->first < end_of(b) && b->first < end_of(a);
}

int id_ranges_add(struct id_ranges *ranges, struct id_range range)
{
	struct id_range *list = reallocarray(ranges->list, ranges->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	ranges->list = list;
	list[ranges->n++] = range;
	return 0;
}

static int read_line(const char *line, const char *user, struct id_ranges *out,
		     struct cleat_error *err)
{
	size_t len = strlen(user);
	struct id_range range;

	if (strncmp(line, user, len) != 0 || line[len] != ':')
		return 0;
	if (id_range_parse(line + len + 1, &range, err) < 0)
		return -err->errnum;
	return id_ranges_add(out, range) < 0 ? cleat_fail(err, ENOMEM, "out of memory") : 0;
}

int id_ranges_read(const char *path, const char *user, struct id_ranges *out,
		   struct cleat_error *err)
{
	FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	int r = 0;

	if (!file)
		return errno == ENOENT ? 0 : cleat_fail(err, errno, "cannot read '%s': %m", path);
	for (int number = 1; r == 0 && getline(&line, &room, file) > 0; number++) {
		line[strcspn(line, "\n")] = '\0';
		r = read_line(line, user, out, err);
		if (r < 0)
			(void)cleat_wrap(err, "%s:%d: cannot use the ids of '%s'", path, number,
					 user);
	}
	(void)fclose(file);
	return r;
}

int id_ranges_common(const struct id_ranges *a, const struct id_ranges *b, struct id_ranges *out)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++) {
			uint32_t first = a->list[i].first > b->list[k].first ? a->list[i].first
									     : b->list[k].first;
			uint64_t end = end_of(&a->list[i]) < end_of(&b->list[k])
					       ? end_of(&a->list[i])
					       : end_of(&b->list[k]);

			if (first < end &&
			    id_ranges_add(out,
					  (struct id_range){ first, (uint32_t)(end - first) }) < 0)
				return -ENOMEM;
		}
	return 0;
}

static bool is_free(const struct id_ranges *used, const struct id_range *range)
{
	for (size_t i = 0; i < used->n; i++)
		if (id_range_overlaps(&used->list[i], range))
			return false;
	return true;
}

int id_ranges_find_free(const struct id_ranges *pool, const struct id_ranges *used, uint32_t size,
			uint32_t *out_first)
{
	for (size_t i = 0; i < pool->n; i++) {
		struct id_range range = { pool->list[i].first, size };

		for (uint64_t left = pool->list[i].count; left >= size; left -= size) {
			if (is_free(used, &range)) {
				*out_first = range.first;
				return 0;
			}
			range.first += size;
		}
	}
	return -ENOENT;
}

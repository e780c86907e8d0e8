/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns.c - whose ids a container has: settled when it is made, kept in its row, given back with that.
 *
 * What --userns auto gave is one container's alone: nothing else may overlap it. Ranges that users name
 * themselves may be shared, which is their business.
 */
#include "task/task.h"

#include "base/id_range.h"
#include "base/text.h"
#include "base/userns.h"
#include "config/config.h"

#include <errno.h>

#include <cleat/cleanup.h>

/*
 * Without a key and without a line in /etc/subuid: neither shadow's useradd nor systemd gives out ids from
 * here to 0x7FFDFFFF (systemd's UIDS-GIDS).
 */
static const struct id_range nobodys = { 1879048192, 4094u << 16 };

static const char subuid[] = "/etc/subuid";
static const char subgid[] = "/etc/subgid";
static const char owner[] = "containers";

/* One number for both kinds of id, so only what is there twice. */
static int read_subordinate(struct id_ranges *out, struct cleat_error *err)
{
	_cleanup_id_ranges_ struct id_ranges uids = { 0 };
	_cleanup_id_ranges_ struct id_ranges gids = { 0 };

	if (id_ranges_read(subuid, owner, &uids, err) < 0 ||
	    id_ranges_read(subgid, owner, &gids, err) < 0)
		return -err->errnum;
	if (uids.n == 0 && gids.n == 0)
		return 0;
	if (id_ranges_common(&uids, &gids, out) < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (out->n == 0)
		return cleat_fail(err, EINVAL,
				  "the ids of user '%s' in %s and %s have nothing in common; give "
				  "it the same in both, or set userns-ids in cleat.ini",
				  owner, subuid, subgid);
	return 0;
}

static int find_pool(const struct config_cleat *cleat, struct id_ranges *out,
		     struct cleat_error *err)
{
	struct id_range range = nobodys;
	int r = *cleat->userns_ids ? id_range_parse(cleat->userns_ids, &range, err)
				   : read_subordinate(out, err);

	if (r == 0 && out->n == 0 && id_ranges_add(out, range) < 0)
		r = cleat_fail(err, ENOMEM, "out of memory");
	return r;
}

static struct id_range range_of(int64_t first, int64_t size)
{
	return (struct id_range){ (uint32_t)first, (uint32_t)size };
}

static int find_used(const struct tasks *tasks, struct id_ranges *out, struct cleat_error *err)
{
	for (const struct task *task = tasks->first; task; task = task->next) {
		const struct store_container *row = &task->row;

		if (row->userns_size &&
		    (id_ranges_add(out, range_of(row->userns_uid, row->userns_size)) < 0 ||
		     id_ranges_add(out, range_of(row->userns_gid, row->userns_size)) < 0))
			return cleat_fail(err, ENOMEM, "out of memory");
	}
	return 0;
}

static int choose_free(struct tasks *tasks, struct store_container *row, struct cleat_error *err)
{
	const struct config_cleat *cleat = &tasks->env.config->cleat;
	_cleanup_id_ranges_ struct id_ranges pool = { 0 };
	_cleanup_id_ranges_ struct id_ranges used = { 0 };
	uint32_t first = 0;
	uint64_t all = 0;

	if (find_pool(cleat, &pool, err) < 0 || find_used(tasks, &used, err) < 0)
		return -err->errnum;
	for (size_t i = 0; i < pool.n; i++)
		all += pool.list[i].count;
	if (id_ranges_find_free(&pool, &used, (uint32_t)cleat->userns_size, &first) < 0)
		return cleat_fail(
			err, ENOSPC,
			"none of the %llu ids for containers is free in a range of %lld: remove "
			"containers that have one, set userns-ids to more ids in cleat.ini, or "
			"userns-size to fewer for each",
			(unsigned long long)all, (long long)cleat->userns_size);
	row->userns_uid = row->userns_gid = first;
	row->userns_size = cleat->userns_size;
	return 0;
}

static bool is_auto(const struct task *task)
{
	return task->row.userns_size && text_eq(task->config->userns, "auto");
}

static int check_named(const struct tasks *tasks, const struct userns *named,
		       struct cleat_error *err)
{
	const struct id_range uids = { named->uid, named->size };
	const struct id_range gids = { named->gid, named->size };

	for (const struct task *task = tasks->first; task; task = task->next) {
		struct id_range theirs = range_of(task->row.userns_uid, task->row.userns_size);

		if (is_auto(task) &&
		    (id_range_overlaps(&theirs, &uids) || id_range_overlaps(&theirs, &gids)))
			return cleat_fail(
				err, EBUSY,
				"container %s has ids %u to %u of them for itself alone; choose "
				"others, or let auto choose",
				task_label(task), theirs.first, theirs.first + theirs.count - 1);
	}
	return 0;
}

int userns_choose(struct tasks *tasks, const container_config *config, struct store_container *row,
		  struct cleat_error *err)
{
	struct userns wanted;
	int r = userns_parse(config->userns, &wanted, err);

	if (r == 0 && wanted.mode == USERNS_AUTO)
		r = choose_free(tasks, row, err);
	if (r == 0 && wanted.mode == USERNS_RANGE)
		r = check_named(tasks, &wanted, err);
	if (r < 0)
		return cleat_wrap(err, "cannot use --userns %.64s", config->userns);
	if (wanted.mode == USERNS_RANGE) {
		row->userns_uid = wanted.uid;
		row->userns_gid = wanted.gid;
		row->userns_size = wanted.size;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_process.c - `process`: what runs, as whom, where. */
#include "plan.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_UMASK = 0022, OOM_MIN = -1000, OOM_MAX = 1000 };

/* (uid_t)-1 means "do not change" to the kernel: as an id it would keep the caller's, root's. */
static int check_id(uint32_t id, const char *what, struct cleat_error *err)
{
	if (id == UINT32_MAX)
		return cleat_fail(err, EINVAL, "%s must be at most %u", what, UINT32_MAX - 1);
	return 0;
}

static int read_groups(struct plan *plan, const struct json *user, struct plan_process *p,
		       struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(user, "additionalGids", JSON_ARRAY, &list, err);

	if (r < 0)
		return r;
	p->groups = plan_alloc(plan, json_len(list), sizeof(*p->groups));
	if (!p->groups)
		return cleat_fail(err, ENOMEM, "cannot hold additionalGids: %m");
	for (size_t i = 0; i < json_len(list); i++) {
		uint64_t gid = 0;

		if (json_to_u64(json_at(list, i), &gid) < 0 || gid >= UINT32_MAX)
			return cleat_fail(err, EINVAL, "additionalGids[%zu] must be a group id", i);
		p->groups[p->ngroups++] = (uint32_t)gid;
	}
	return 0;
}

static int read_user(struct plan *plan, const struct json *node, struct plan_process *p,
		     struct cleat_error *err)
{
	const struct json *user = NULL;
	int r = json_get_node(node, "user", JSON_OBJECT, &user, err);

	if (r == 0)
		r = json_get_u32(user, "uid", &p->uid, err);
	if (r == 0)
		r = check_id(p->uid, "uid", err);
	if (r == 0)
		r = json_get_u32(user, "gid", &p->gid, err);
	if (r == 0)
		r = check_id(p->gid, "gid", err);
	if (r == 0)
		r = json_get_u32(user, "umask", &p->umask, err);
	if (r == 0 && p->umask > 0777)
		r = cleat_fail(err, EINVAL, "umask must be at most 0777");
	if (r == 0)
		r = json_get_text(user, "username", &p->username, err);
	if (p->username && !*p->username)
		p->username = NULL;
	if (r == 0)
		r = read_groups(plan, user, p, err);
	return r < 0 ? cleat_wrap(err, "process.user") : 0;
}

static int read_terminal(const struct json *node, struct plan_process *p, struct cleat_error *err)
{
	const struct json *size = NULL;
	uint32_t height = 0;
	uint32_t width = 0;
	int r = json_get_bool(node, "terminal", &p->terminal, err);

	if (r == 0)
		r = json_get_node(node, "consoleSize", JSON_OBJECT, &size, err);
	if (r == 0)
		r = json_get_u32(size, "height", &height, err);
	if (r == 0)
		r = json_get_u32(size, "width", &width, err);
	if (r < 0)
		return r;
	if (height > UINT16_MAX || width > UINT16_MAX)
		return cleat_fail(err, EINVAL, "consoleSize must be at most %u by %u", UINT16_MAX,
				  UINT16_MAX);
	p->rows = (uint16_t)height;
	p->columns = (uint16_t)width;
	return 0;
}

struct variable {
	const char *text;
	size_t at;
};

/* By name, and equal ones as they were given. */
static int by_name(const void *one, const void *other)
{
	const struct variable *a = one;
	const struct variable *b = other;
	size_t na = strcspn(a->text, "=");
	size_t nb = strcspn(b->text, "=");
	int order = memcmp(a->text, b->text, na < nb ? na : nb);

	if (order == 0)
		order = (na > nb) - (na < nb);
	return order ? order : (a->at > b->at) - (a->at < b->at);
}

static bool same_name(const struct variable *a, const struct variable *b)
{
	size_t n = strcspn(a->text, "=");

	return n == strcspn(b->text, "=") && memcmp(a->text, b->text, n) == 0;
}

/*
 * The last of equal names wins, in the place of the first, as when each is set in turn (runc and crun do):
 * of two, getenv(3) would find the first and a shell the last. Sorted, because a document may hold many.
 */
static int only_last(struct plan *plan, struct plan_process *p, struct cleat_error *err)
{
	struct variable *sorted = plan_alloc(plan, p->nenv + 1, sizeof(*sorted));
	size_t kept = 0;

	if (!sorted)
		return cleat_fail(err, ENOMEM, "cannot hold env: %m");
	for (size_t i = 0; i < p->nenv; i++)
		sorted[i] = (struct variable){ p->env[i], i };
	qsort(sorted, p->nenv, sizeof(*sorted), by_name);
	for (size_t i = 0, first = 0; i < p->nenv; i++) {
		if (!same_name(&sorted[first], &sorted[i]))
			first = i;
		p->env[sorted[i].at] = NULL;
		p->env[sorted[first].at] = sorted[i].text;
	}
	for (size_t i = 0; i < p->nenv; i++)
		if (p->env[i])
			p->env[kept++] = p->env[i];
	p->env[kept] = NULL;
	p->nenv = kept;
	return 0;
}

/* A variable without '=' would be invisible to getenv and visible to others: refuse nothing, as runc
 * and crun do; but no empty words. */
static int read_words(struct plan *plan, const struct json *node, struct plan_process *p,
		      struct cleat_error *err)
{
	int r = plan_texts(plan, node, "args", 0, &p->args, &p->nargs, err);

	if (r == 0 && (p->nargs == 0 || !*p->args[0]))
		r = cleat_fail(err, EINVAL, "args must name a program");
	if (r == 0)
		r = plan_texts(plan, node, "env", 1, &p->env, &p->nenv, err);
	return r == 0 ? only_last(plan, p, err) : r;
}

static int read_oom(const struct json *node, struct plan_process *p, struct cleat_error *err)
{
	int64_t score = INT64_MIN;
	int r = json_get_i64(node, "oomScoreAdj", &score, err);

	if (r < 0 || score == INT64_MIN)
		return r;
	if (score < OOM_MIN || score > OOM_MAX)
		return cleat_fail(err, EINVAL, "oomScoreAdj must be between %d and %d", OOM_MIN,
				  OOM_MAX);
	p->has_oom_score = true;
	p->oom_score_adj = (int)score;
	return 0;
}

static int read_process(struct plan *plan, const struct json *node, struct plan_process *p,
			struct cleat_error *err)
{
	int r = read_terminal(node, p, err);

	if (r == 0)
		r = read_user(plan, node, p, err);
	if (r == 0)
		r = read_words(plan, node, p, err);
	if (r == 0)
		r = json_get_text(node, "cwd", &p->cwd, err);
	if (r == 0 && !p->cwd)
		r = cleat_fail(err, EINVAL, "cwd is missing");
	if (r == 0)
		r = plan_check_path(p->cwd, "cwd", err);
	if (r == 0)
		r = json_get_bool(node, "noNewPrivileges", &p->no_new_privs, err);
	if (r == 0)
		r = read_oom(node, p, err);
	if (r == 0)
		r = json_get_text(node, "apparmorProfile", &p->apparmor, err);
	if (r == 0)
		r = json_get_text(node, "selinuxLabel", &p->selinux, err);
	return r < 0 ? r : plan_read_schedule(plan, node, &p->schedule, err);
}

int plan_read_process_node(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	plan->process.node = node;
	plan->process.umask = DEFAULT_UMASK;
	if (read_process(plan, node, &plan->process, err) < 0)
		return cleat_wrap(err, "process");
	return 0;
}

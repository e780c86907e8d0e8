/* SPDX-License-Identifier: Apache-2.0 */
/* list_filter.c - docker's filters of `ps`: each is checked once, then asked of every container. */
#include "service/list_filter.h"

#include "base/text.h"
#include "service/images.h"
#include "task/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what each asks -------------------------------------------------------------------------------- */
static bool has_id(const struct list_filter *filter, struct task *task)
{
	return text_starts(task->row.id, filter->value);
}

static bool has_name(const struct list_filter *filter, struct task *task)
{
	/* With and without docker's slash: scripts write ^/web$ as well as ^web$. */
	_cleanup_text_ struct text slashed = { 0 };

	text_printf(&slashed, "/%s", task->row.name);
	return regexec(&filter->name, task->row.name, 0, NULL, 0) == 0 ||
	       (slashed.bytes && regexec(&filter->name, slashed.bytes, 0, NULL, 0) == 0);
}

static bool has_status(const struct list_filter *filter, struct task *task)
{
	return text_eq(task_phase_name((int)task->row.phase), filter->value);
}

static bool has_exit_code(const struct list_filter *filter, struct task *task)
{
	return task->row.phase == TASK_EXITED && task->row.exit_code == filter->code;
}

static bool has_health(const struct list_filter *filter, struct task *task)
{
	const char *health = health_of(task);

	return text_eq(*health ? health : "none", filter->value);
}

static bool has_label(const struct list_filter *filter, struct task *task)
{
	return service_has_label(task->config->labels, task->config->n_labels, filter->value);
}

static bool has_ancestor(const struct list_filter *filter, struct task *task)
{
	/* By the words of its `run`, too: the image may have lost its name since. */
	return text_eq(task->row.image, filter->value) ||
	       (*filter->image_id && text_eq(task->row.image_id, filter->image_id));
}

static bool is_before(const struct list_filter *filter, struct task *task)
{
	return task->row.created_at < filter->other->row.created_at;
}

static bool is_since(const struct list_filter *filter, struct task *task)
{
	return task->row.created_at > filter->other->row.created_at;
}

/* ---- what its value may be ------------------------------------------------------------------------- */
struct taking {
	struct tasks *tasks;
	const char *ns;
	struct list_filter *filter;
	struct cleat_error *err;
};

static int refuse(struct taking *t, const char *why)
{
	return cleat_fail(t->err, EINVAL, "invalid filter '%s=%s': %s", t->filter->key,
			  t->filter->value, why);
}

static int take_name(struct taking *t)
{
	char why[128];
	int r = regcomp(&t->filter->name, t->filter->value, REG_EXTENDED | REG_NOSUB);

	if (r == 0)
		return 0;
	(void)regerror(r, NULL, why, sizeof(why));
	return refuse(t, why);
}

static int take_status(struct taking *t)
{
	for (int phase = 0; phase < TASK_PHASES; phase++)
		if (phase != TASK_CREATING && text_eq(task_phase_name(phase), t->filter->value))
			return 0;
	return refuse(t,
		      "it is created, running, paused, restarting, exited, removing, dead or gc");
}

static int take_code(struct taking *t)
{
	return text_to_i64(t->filter->value, &t->filter->code) < 0 ? refuse(t, "it is an exit code")
								   : 0;
}

static int take_health(struct taking *t)
{
	static const char *const words[] = { "starting", "healthy", "unhealthy", "none" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_eq(words[i], t->filter->value))
			return 0;
	return refuse(t, "it is starting, healthy, unhealthy or none");
}

/* docker finds nothing by an image that is not there, and that is no error. */
static int take_ancestor(struct taking *t)
{
	struct store_image image = { 0 };
	struct cleat_error ignored = { 0 };
	bool found = images_find(t->tasks, t->ns, t->filter->value, &image, &ignored) == 0;

	t->filter->image_id = strdup(found ? image.id : "");
	if (found)
		store_image_fini(&image);
	return t->filter->image_id ? 0 : cleat_fail(t->err, ENOMEM, "out of memory");
}

static int take_other(struct taking *t)
{
	struct task *other = NULL;
	int r = tasks_find(t->tasks, t->ns, t->filter->value, &other, t->err);

	t->filter->other = other;
	return r;
}

static const struct {
	const char *key;
	bool (*passes)(const struct list_filter *filter, struct task *task);
	int (*take)(struct taking *t); /* NULL: any value will do */
	bool each;
} keys[] = {
	{ "id", has_id, NULL, false },
	{ "name", has_name, take_name, false },
	{ "label", has_label, NULL, true },
	{ "status", has_status, take_status, false },
	{ "exited", has_exit_code, take_code, false },
	{ "health", has_health, take_health, false },
	{ "ancestor", has_ancestor, take_ancestor, false },
	{ "before", is_before, take_other, false },
	{ "since", is_since, take_other, false },
};
enum { NKEYS = sizeof(keys) / sizeof(*keys) };

static int take_one(struct taking *t)
{
	size_t k = 0;

	while (k < NKEYS && !text_eq(keys[k].key, t->filter->key))
		k++;
	if (k == NKEYS)
		return cleat_fail(t->err, EINVAL, "invalid filter '%s'", t->filter->key);
	int r = keys[k].take ? keys[k].take(t) : 0;

	/* Only what was taken is freed. */
	t->filter->passes = r == 0 ? keys[k].passes : NULL;
	t->filter->each = keys[k].each;
	return r;
}

int list_filters_take(struct list_filters *out, struct tasks *tasks, const char *ns,
		      Cleat__V1__Label *const *filters, size_t n, struct cleat_error *err)
{
	int r = 0;

	*out = (struct list_filters){ .item = calloc(n + 1, sizeof(*out->item)) };
	if (!out->item)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (; r == 0 && out->n < n; out->n++) {
		struct taking t = { tasks, ns, &out->item[out->n], err };

		t.filter->key = filters[out->n]->key;
		t.filter->value = filters[out->n]->value;
		r = take_one(&t);
	}
	return r;
}

void list_filters_fini(struct list_filters *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		struct list_filter *filter = &filters->item[i];

		if (filter->passes == has_name)
			regfree(&filter->name);
		if (filter->passes == has_ancestor)
			free(filter->image_id);
	}
	free(filters->item);
	*filters = (struct list_filters){ 0 };
}

bool list_filters_pass(const struct list_filters *filters, struct task *task)
{
	for (size_t i = 0; i < filters->n; i++) {
		bool any = false, all = true;

		for (size_t k = 0; k < filters->n; k++) {
			const struct list_filter *other = &filters->item[k];

			if (other->passes != filters->item[i].passes)
				continue;
			if (other->passes(other, task))
				any = true;
			else
				all = false;
		}
		if (filters->item[i].each ? !all : !any)
			return false;
	}
	return true;
}

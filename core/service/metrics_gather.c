/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_gather.c - every container's counters, asked for at once; one that does not answer has none. */
#include "service/metrics.h"
#include "service/service.h"

#include "base/clock.h"
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>

struct gathering;

struct asked {
	struct gathering *gathering;
	size_t i;
};

/* Prometheus gives a scrape ten seconds. One shim that stands still must not cost all the others. */
#define LIMIT_NS (3 * NS_PER_S)

struct gathering {
	struct service *service;
	struct cleat_watch *limit;
	struct metrics_sample *samples;
	struct asked *asked;
	size_t n, pending;
	metrics_ready ready;
	void *arg;
};

/* With what is known by now. */
static void tell(struct gathering *g)
{
	struct text page = { 0 };

	loop_unwatchp(&g->limit);
	if (!g->ready)
		return;
	metrics_write(g->service, g->samples, g->n, &page);
	g->ready(g->arg, &page);
	g->ready = NULL;
	text_fini(&page);
}

static void too_long(void *arg)
{
	tell(arg);
}

static void finish(struct gathering *g)
{
	tell(g);
	for (size_t i = 0; i < g->n; i++)
		task_unpin(g->samples[i].task);
	free(g->samples);
	free(g->asked);
	free(g);
}

static void answered(void *arg, const char *type_url, const void *bytes, size_t len,
		     const struct cleat_error *err)
{
	const struct asked *asked = arg;
	struct gathering *g = asked->gathering;
	struct metrics_sample *sample = &g->samples[asked->i];

	if (!err->errnum && usage_parse(type_url, bytes, len, &sample->usage) == 0) {
		usage_network(sample->task, &sample->usage);
		sample->known = true;
	}
	if (--g->pending == 0)
		finish(g);
}

static void ask_all(struct gathering *g)
{
	struct cleat_error ignored = { 0 }; /* it does not run; or there is no timer */

	g->pending = 1; /* this call's */
	for (size_t i = 0; i < g->n; i++) {
		g->asked[i] = (struct asked){ g, i };
		if (task_stats(g->samples[i].task, answered, &g->asked[i], &ignored) == 0)
			g->pending++;
	}
	if (--g->pending == 0)
		finish(g);
	else /* without a timer it takes as long as the slowest */
		(void)loop_watch_timer(g->service->tasks->env.loop, LIMIT_NS, too_long, g,
				       &g->limit, &ignored);
}

int metrics_gather(struct service *service, metrics_ready ready, void *arg, struct cleat_error *err)
{
	struct gathering *g = calloc(1, sizeof(*g));
	size_t n = 0;

	for (const struct task *task = service->tasks->first; task; task = task->next)
		n++;
	if (g) {
		*g = (struct gathering){ .service = service, .ready = ready, .arg = arg };
		g->samples = calloc(n + 1, sizeof(*g->samples));
		g->asked = calloc(n + 1, sizeof(*g->asked));
	}
	if (!g || !g->samples || !g->asked) {
		free(g ? g->samples : NULL);
		free(g ? g->asked : NULL);
		free(g);
		return cleat_fail(err, ENOMEM, "cannot gather metrics: out of memory");
	}
	for (struct task *task = service->tasks->first; task; task = task->next) {
		if (task->creating)
			continue;
		g->samples[g->n++].task = task;
		task_pin(task);
	}
	ask_all(g);
	return 0;
}

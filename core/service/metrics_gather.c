/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_gather.c - every container's counters, asked for at once; one that does not answer has none. */
#include "service/metrics.h"
#include "service/service.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

struct gathering;

struct asked {
	struct gathering *gathering;
	size_t i;
};

struct gathering {
	struct service *service;
	struct metrics_sample *samples;
	struct asked *asked;
	size_t n, pending;
	metrics_ready ready;
	void *arg;
};

static void finish(struct gathering *g)
{
	struct text page = { 0 };

	metrics_write(g->service, g->samples, g->n, &page);
	for (size_t i = 0; i < g->n; i++)
		task_unpin(g->samples[i].task);
	g->ready(g->arg, &page);
	text_fini(&page);
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
	g->pending = 1; /* this call's */
	for (size_t i = 0; i < g->n; i++) {
		struct cleat_error ignored = { 0 }; /* it does not run */

		g->asked[i] = (struct asked){ g, i };
		if (task_stats(g->samples[i].task, answered, &g->asked[i], &ignored) == 0)
			g->pending++;
	}
	if (--g->pending == 0)
		finish(g);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - what the daemon and its containers do and use, as Prometheus reads it. */
#ifndef CORE_SERVICE_METRICS_H
#define CORE_SERVICE_METRICS_H

#include "service/usage.h"

#include "base/text.h"

struct service;
struct task;

/** One container at the moment of a scrape. */
struct metrics_sample {
	struct task *task;
	bool known; /* usage is: it runs */
	struct usage usage;
};

/** metrics_text.c: the page, in the text format 0.0.4. */
void metrics_write(const struct service *service, const struct metrics_sample *samples, size_t n,
		   struct text *out);

/** metrics_gather.c: ask every shim, then call @ready once, from the loop or at once. */
typedef void (*metrics_ready)(void *arg, struct text *page);
int metrics_gather(struct service *service, metrics_ready ready, void *arg,
		   struct cleat_error *err);

/** metrics_http.c: serve it on the listening socket @fd, which is taken over. Once in a process. */
int metrics_serve(struct service *service, int fd, struct cleat_error *err);

#endif

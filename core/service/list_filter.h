/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_filter.h - docker's filters of `ps`: or within a key, and between keys.
 *
 * What can match nothing by a slip of the hand (status=runing) is refused: a script that gets an empty
 * list goes on as if nothing ran.
 */
#ifndef CORE_SERVICE_LIST_FILTER_H
#define CORE_SERVICE_LIST_FILTER_H

#include <regex.h>

#include "service/service.h"

/** One KEY=VALUE, with what its value means. */
struct list_filter {
	const char *key, *value; /* borrowed */
	bool (*passes)(const struct list_filter *filter, struct task *task);
	bool each; /* all filters of this key must hold */
	union {
		regex_t name;
		int64_t code;
		char *image_id;           /* "": no such image here */
		const struct task *other; /* borrowed */
	};
};

struct list_filters {
	struct list_filter *item;
	size_t n;
};

/** Take the filters of a request. EINVAL: no such key or value; ENOENT: no such container. */
int list_filters_take(struct list_filters *out, struct tasks *tasks, const char *ns,
		      Cleat__V1__Label *const *filters, size_t n, struct cleat_error *err);
void list_filters_fini(struct list_filters *filters);
bool list_filters_pass(const struct list_filters *filters, struct task *task);

#endif

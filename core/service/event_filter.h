/* SPDX-License-Identifier: Apache-2.0 */
/* event_filter.h - which events a client wants. */
#ifndef CORE_SERVICE_EVENT_FILTER_H
#define CORE_SERVICE_EVENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/error.h>

#include "rpc/pb/cleat.pb-c.h"

/** Refuse a key that there is not. */
int event_filter_check(Cleat__V1__Label *const *filters, size_t n, struct cleat_error *err);
/** Of namespace @ns; within a key one filter holds (of labels each), and so for every key. */
bool event_filter_passes(Cleat__V1__Label *const *filters, size_t n, const char *ns,
			 const Cleat__V1__Event *event);

#endif

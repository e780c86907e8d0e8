/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h - run a judge so that what it judges can crash, hang and leak without hurting the next. */
#ifndef CONFORMANCE_TRIAL_H
#define CONFORMANCE_TRIAL_H

#include "subject.h"

typedef void judge(struct trial *trial);

/** @with_instance: init before and fini after @what. */
void trial_run(const struct subject *subject, judge *what, bool with_instance);

#endif

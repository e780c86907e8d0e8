/* SPDX-License-Identifier: Apache-2.0 */
/* blobs.h - which blobs of the content store are needed, and the end of those that are not. */
#ifndef CORE_TASK_BLOBS_H
#define CORE_TASK_BLOBS_H

#include <stdbool.h>

struct tasks;

/**
 * Forget manifests that neither a name nor a container uses, and remove blobs that no manifest needs.
 * While an import runs it has blobs that no row knows: then it is put off until the last one ends.
 */
void blobs_collect(struct tasks *tasks);
void blobs_import_begins(struct tasks *tasks);
/** Collects when it was put off, or when @failed. */
void blobs_import_ends(struct tasks *tasks, bool failed);
/** Is one running? */
bool blobs_importing(const struct tasks *tasks);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* snapshots.h - what the files of the snapshot tree share: unpackings and removals under way. */
#ifndef CORE_TASK_SNAPSHOTS_H
#define CORE_TASK_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

#include "base/text.h"

struct tasks;
struct layer_work; /* a layer that is being unpacked */
struct refusal;    /* a snapshotter that cannot work here */
struct doomed;     /* a snapshot that waits for its removal */

struct snapshots {
	struct layer_work *works;
	struct refusal *refusals;
	unsigned walks;       /* of snapshot_unpack, under way: no garbage is collected */
	struct doomed *first; /* is being removed while `removing` */
	bool removing;
	bool collect_later;
	unsigned imports; /* under way: their blobs have no rows yet */
	bool blobs_later;
	bool needed_known;
	struct strings needed; /* chain ids of all images that have a name */
};

/** Of @tasks, made on first use; NULL when out of memory. */
struct snapshots *snapshots_of(struct tasks *tasks);
/** Remove directory and row in the background, one after another. Failures are logged. */
void snapshots_doom(struct tasks *tasks, const char *plugin, int64_t number);
/** Remove committed layers that no image with a name and no snapshot needs. */
void snapshots_collect(struct tasks *tasks);

/** Ask every snapshotter whether it can work, in the background. */
void snapshots_check(struct tasks *tasks);
/** Has @plugin said that it cannot? Then its sentence is in @err. */
int snapshots_refused(const struct tasks *tasks, const char *plugin, struct cleat_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_root.h - --root: one directory a container, 0700.
 *
 * Whoever creates or deletes holds flock on the directory, so that `delete -f` waits for a create that
 * is under way instead of pulling the ground from under it. Directories are removed by name; so after
 * each lock it is asked whether the name still means what was locked: it may be another container's.
 */
#ifndef CORE_OCI_STATE_ROOT_H
#define CORE_OCI_STATE_ROOT_H

#include "arguments.h"

/** [A-Za-z0-9_+.-]{1,128}, beginning with none of "-.". EINVAL. */
int container_id_check(const char *id, struct cleat_error *err);
/** The directory's path: --root, or the default for this user. ENOENT, EINVAL. */
int state_root_path(const struct arguments *arguments, char *out, size_t room,
		    struct cleat_error *err);
/** Open it; made when @make. fd; ENOENT when it is not there. */
int state_root_open(const struct arguments *arguments, bool make, struct cleat_error *err);
/** Make the directory of @id and lock it. fd; EEXIST; EBUSY: another command was faster. */
int state_dir_reserve(int root, const char *id, struct cleat_error *err);
/** Open the directory of @id. fd; ENOENT: "container does not exist". */
int state_dir_open(int root, const char *id, struct cleat_error *err);
/** Wait (bounded) for the lock. EBUSY; ENOENT: @dir is not the directory of @id any more. */
int state_dir_lock(int root, int dir, const char *id, struct cleat_error *err);
/** Remove it and what is in it. The caller holds the lock. */
int state_dir_remove(int root, int dir, const char *id, struct cleat_error *err);

#endif

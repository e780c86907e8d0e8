/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreign.c - what a shim of others cannot do for us.
 *
 * Names of users are in the image, and only our runtime looks there (process.user.username is
 * Windows' word in the specification). Without this check the program would run as nobody.
 */
#include "task/foreign.h"

#include "task/task.h"

#include <errno.h>
#include <string.h>

#include <cleat/json.h>

int foreign_check_user(const struct task *task, const char *json, const char *path,
		       struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;

	if (!task->foreign)
		return 0;
	int r = json_parse(json, strlen(json), &doc, err);
	const char *name = r < 0 ? NULL : json_text(json_path(json_root(doc), path));

	if (r < 0 || !name)
		return r;
	return cleat_fail(
		err, EINVAL,
		"cannot run as user '%.64s': the shim of runtime '%s' knows only numbers; "
		"give them with --user UID:GID",
		name, task->row.runtime);
}

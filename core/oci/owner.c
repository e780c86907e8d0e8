/* SPDX-License-Identifier: Apache-2.0 */
/* owner.c - the name of a user of this host. */
#include "owner.h"

#include <pwd.h>
#include <stdio.h>

void owner_name(uint32_t uid, char out[OWNER_TEXT])
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;

	(void)snprintf(out, OWNER_TEXT, "#%u", uid);
	while (file && (entry = fgetpwent(file)))
		if (entry->pw_uid == uid) {
			(void)snprintf(out, OWNER_TEXT, "%s", entry->pw_name);
			break;
		}
	if (file)
		(void)fclose(file);
}

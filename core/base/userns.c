/* SPDX-License-Identifier: Apache-2.0 */
/* userns.c - "host", "auto" or "UID:GID:N". */
#include "userns.h"

#include "id_range.h"
#include "text.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_range(char *text, struct userns *out, struct cleat_error *err)
{
	char *gid = strchr(text, ':');
	char *size = gid ? strchr(gid + 1, ':') : NULL;

	if (size) {
		*gid++ = '\0';
		*size++ = '\0';
	}
	if (!size || text_to_u32(text, &out->uid) < 0 || text_to_u32(gid, &out->gid) < 0 ||
	    text_to_u32(size, &out->size) < 0)
		return cleat_fail(err, EINVAL, "it is host, auto or UID:GID:N, three numbers");
	if (out->size == 0)
		return cleat_fail(err, EINVAL, "N is 0, and root needs an id");
	if (!id_range_is_good(out->uid, out->size) || !id_range_is_good(out->gid, out->size))
		return cleat_fail(err, EINVAL, "%s and N go beyond the last id, 4294967294",
				  id_range_is_good(out->uid, out->size) ? "GID" : "UID");
	return 0;
}

int userns_parse(const char *text, struct userns *out, struct cleat_error *err)
{
	struct userns made = { .mode = USERNS_RANGE };
	_cleanup_free_ char *copy = strdup(text);

	if (!copy)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (!*text || text_eq(text, "host"))
		made.mode = USERNS_HOST;
	else if (text_eq(text, "auto"))
		made.mode = USERNS_AUTO;
	else if (parse_range(copy, &made, err) < 0)
		return -err->errnum;
	*out = made;
	return 0;
}

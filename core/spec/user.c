/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.c - "1000:50" or "name:group" as process.user.
 *
 * A word of digits is a number or an error, never a name: a number that does not fit must not be
 * looked up in the image's /etc/passwd (CVE-2026-46680), nor wrap around (CVE-2024-40635).
 */
#include "user.h"

#include "base/text.h"
#include <errno.h>

#include <string.h>

/*
 * What stands in uid and gid while only a name is known. A runtime that does not know
 * process.user.username would otherwise run the program as root.
 */
enum { NOBODY = 65534 };

bool user_may_be_root(const struct spec_user *user)
{
	return user->uid == 0 || (user->name && user->uid == NOBODY);
}

/* A number, a name (*out_name is set), or an error. */
static int parse_part(const char *part, const char *what, uint32_t *out, bool *out_name,
		      struct cleat_error *err)
{
	*out_name = false;
	if (!*part)
		return cleat_fail(err, EINVAL, "cannot use user: the %s is empty", what);
	for (const char *c = part; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == ':' || *c == '/' || *c == ',')
			return cleat_fail(err, EINVAL,
					  "cannot use %s '%.64s': it contains a character that "
					  "names do not have",
					  what, part);
	if (*part == '-' || *part == '+')
		return cleat_fail(err, EINVAL, "cannot use %s '%.64s': it must not begin with '%c'",
				  what, part, *part);
	if (*part < '0' || *part > '9') {
		*out_name = true;
		return 0;
	}
	/* 2^32-1 means "no change" to setresuid(2). */
	if (text_to_u32(part, out) < 0 || *out == UINT32_MAX)
		return cleat_fail(err, EINVAL,
				  "cannot use %s '%.64s': a number must be 0 to 4294967294", what,
				  part);
	return 0;
}

int user_parse(const char *text, struct spec_user *out, struct cleat_error *err)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	bool user_named = false;
	bool group_named = false;
	char user[256];

	*out = (struct spec_user){ 0 };
	if (!text || !*text)
		return 0;
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (len >= sizeof(user))
		return cleat_fail(err, EINVAL, "cannot use user '%.64s...': it is too long", text);
	memcpy(user, text, len);
	user[len] = '\0';
	if (parse_part(user, "user", &out->uid, &user_named, err) < 0)
		return -err->errnum;
	if (colon && parse_part(colon + 1, "group", &out->gid, &group_named, err) < 0)
		return -err->errnum;
	if (user_named)
		out->uid = NOBODY;
	if (group_named || (user_named && !colon))
		out->gid = NOBODY;
	if (user_named || group_named)
		out->name = text;
	return 0;
}

int user_write(struct json_out *out, const struct spec_user *user, const char *const *groups,
	       struct cleat_error *err)
{
	json_out_key(out, "user");
	json_out_object(out);
	json_out_pair_u64(out, "uid", user->uid);
	json_out_pair_u64(out, "gid", user->gid);
	/* The primary group belongs in here too: without it a file's rights for that group can be
	 * shed by setgid (CVE-2022-36109). A name's groups are added by the runtime. */
	json_out_key(out, "additionalGids");
	json_out_array(out);
	if (!user->name)
		json_out_u64(out, user->gid);
	for (; groups && *groups; groups++) {
		uint32_t gid = 0;

		if (text_to_u32(*groups, &gid) < 0 || gid == UINT32_MAX)
			return cleat_fail(err, EINVAL,
					  "cannot add group '%.64s': it must be a number", *groups);
		if (user->name || gid != user->gid)
			json_out_u64(out, gid);
	}
	json_out_array_end(out);
	if (user->name)
		json_out_pair_text(out, "username", user->name);
	json_out_object_end(out);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - names in archives: cleaned, and refused when they lead out of the root. */
#include "image/layer/path.h"

#include <errno.h>
#include <string.h>

static size_t cut_last(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

int path_clean(const char *name, char out[PATH_MAX])
{
	size_t len = 0;

	for (const char *at = name; *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && at[0] == '.' && at[1] == '.') {
			if (len == 0)
				return -EXDEV;
			len = cut_last(out, len);
		} else if (n > 0 && !(n == 1 && at[0] == '.')) {
			if (len + 1 + n >= PATH_MAX)
				return -ENAMETOOLONG;
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, at, n);
			len += n;
		}
		at += n;
		at += strspn(at, "/");
	}
	out[len] = '\0';
	return 0;
}

const char *path_base(const char *path, size_t *out_parent_len)
{
	const char *slash = strrchr(path, '/');

	*out_parent_len = slash ? (size_t)(slash - path) : 0;
	return slash ? slash + 1 : path;
}

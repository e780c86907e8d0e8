/* SPDX-License-Identifier: Apache-2.0 */
/* root_idmap.c - which ids a root filesystem's mount is mapped by, and a mount that is. */
#include "root_idmap.h"

#include "mount_fd.h"
#include "namespaces.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char uid_word[] = "uidmap=";
static const char gid_word[] = "gidmap=";

static const char *value_of(const char *option, const char *word)
{
	size_t len = strlen(word);

	return strncmp(option, word, len) == 0 ? option + len : NULL;
}

bool root_idmap_is_word(const char *option)
{
	return value_of(option, uid_word) || value_of(option, gid_word);
}

/* Digits up to @end, which is taken too when it is not the text's own. */
static int number(const char **at, char end, uint32_t *out)
{
	uint64_t n = 0;
	const char *p = *at;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > UINT32_MAX)
			return -ERANGE;
	}
	if (*p != end)
		return -EINVAL;
	*at = p + (end != '\0');
	*out = (uint32_t)n;
	return 0;
}

static int read_row(const char **at, struct plan_idmap *row)
{
	bool last = !strchr(*at, ',');

	if (number(at, ':', &row->inside) < 0 || number(at, ':', &row->outside) < 0 ||
	    number(at, last ? '\0' : ',', &row->size) < 0)
		return -EINVAL;
	if (row->size == 0 || row->size > UINT32_MAX - row->inside ||
	    row->size > UINT32_MAX - row->outside)
		return -ERANGE;
	return last ? 0 : 1;
}

static int read_rows(const char *option, const char *value, struct plan_idmap *rows,
		     struct plan_idmaps *out, struct cleat_error *err)
{
	const char *at = value;
	int more = 1;

	out->rows = rows;
	for (out->n = 0; more == 1; out->n++) {
		if (out->n == MAX_ROOT_IDMAPS)
			return cleat_fail(err, EINVAL, "option '%.80s' has more than %d rows",
					  option, MAX_ROOT_IDMAPS);
		more = read_row(&at, &rows[out->n]);
	}
	if (more < 0)
		return cleat_fail(err, EINVAL, "option '%.80s' is not INSIDE:OUTSIDE:SIZE[,...]",
				  option);
	return 0;
}

int root_idmap_read(const struct cleat_mount *mount, struct root_idmap *out,
		    struct cleat_error *err)
{
	out->uids = out->gids = (struct plan_idmaps){ 0 };
	for (size_t i = 0; mount->options && mount->options[i]; i++) {
		const char *word = mount->options[i];
		const char *uids = value_of(word, uid_word);
		const char *gids = value_of(word, gid_word);

		if (uids && read_rows(word, uids, out->uid_rows, &out->uids, err) < 0)
			return -err->errnum;
		if (gids && read_rows(word, gids, out->gid_rows, &out->gids, err) < 0)
			return -err->errnum;
	}
	if (!out->uids.n != !out->gids.n)
		return cleat_fail(err, EINVAL, "options uidmap= and gidmap= need each other");
	return 0;
}

int root_idmap_open(const struct root_idmap *map, int *out_fd, struct cleat_error *err)
{
	return idmap_namespace(&map->uids, &map->gids, out_fd, err);
}

static const char *remedy(int r)
{
	if (r == -ENOSYS)
		return "; that needs Linux 5.12, and below an overlay 5.19: use no user namespace here";
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return "; its filesystem, or this kernel's version of it, has no idmapped mounts: put "
		       "it on another one, or use no user namespace";
	return "";
}

int root_idmap_apply(int fd, int userns, bool recursive, const char *what, struct cleat_error *err)
{
	int r = mount_fd_idmap(fd, userns, recursive);

	return r < 0 ? cleat_fail(err, -r, "cannot map the ids of '%s': %m%s", what, remedy(r)) : 0;
}

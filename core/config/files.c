/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - find cleat.ini and its drop-ins. */
#include "files.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail_memory(struct cleat_error *err)
{
	return cleat_fail(err, ENOMEM, "cannot read the configuration: %m");
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static bool is_dropin(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && text_eq(name + len - 4, ".ini");
}

/* Put @dir/@name into the list, in the place of a file with the same name. */
static int add_dropin(struct strings *list, const char *dir, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!text_eq(base_name(list->item[i]), name))
			continue;
		char *path = text_format("%s/conf.d/%s", dir, name);

		if (!path)
			return -ENOMEM;
		free(list->item[i]);
		list->item[i] = path;
		return 0;
	}
	return strings_addf(list, "%s/conf.d/%s", dir, name);
}

static int list_dropins(const char *dir, struct strings *list, struct cleat_error *err)
{
	_cleanup_free_ char *path = text_format("%s/conf.d", dir);
	_cleanup_(close_dir) DIR *stream = path ? opendir(path) : NULL;

	if (!path)
		return fail_memory(err);
	if (!stream)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : cleat_fail(err, errno, "cannot read directory '%s': %m", path);
	for (struct dirent *entry; (entry = readdir(stream));)
		if (is_dropin(entry->d_name) && add_dropin(list, dir, entry->d_name) < 0)
			return fail_memory(err);
	return 0;
}

int files_list(const char *const *dirs, struct strings *out, struct cleat_error *err)
{
	_cleanup_strings_ struct strings dropins = { 0 };
	int r = 0;

	for (; *dirs && r == 0; dirs++) {
		_cleanup_free_ char *file = text_format("%s/cleat.ini", *dirs);

		if (!file)
			return fail_memory(err);
		/* not access(2): a file that may not be read must be told, not passed over */
		if (faccessat(AT_FDCWD, file, F_OK, AT_EACCESS) == 0 && strings_add(out, file) < 0)
			return fail_memory(err);
		r = list_dropins(*dirs, &dropins, err);
	}
	if (dropins.n)
		qsort(dropins.item, dropins.n, sizeof(*dropins.item), by_name);
	for (size_t i = 0; r == 0 && i < dropins.n; i++)
		if (strings_add(out, dropins.item[i]) < 0)
			return fail_memory(err);
	return r;
}

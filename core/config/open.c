/* SPDX-License-Identifier: Apache-2.0 */
/* open.c - choose the files, read them, merge, bind the core's sections. */
#include "open.h"

#include "files.h"
#include "pool.h"
#include "read.h"
#include "sections.h"

#include "base/install.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Later entries override earlier ones of the same section and key. */
static int merge(struct entries *all, const struct entries *file)
{
	for (size_t i = 0; i < file->n; i++) {
		struct config_entry *known =
			entries_find(all, file->item[i].section, file->item[i].key);

		if (known)
			*known = file->item[i];
		else if (entries_add(all, &file->item[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_and_merge(const char *path, struct pool *pool, struct entries *all,
			  struct entries *headings, struct cleat_error *err)
{
	struct entries file = { 0 };
	int r = read_file(path, pool, &file, headings, err);

	if (r == 0 && merge(all, &file) < 0)
		r = cleat_fail(err, ENOMEM, "cannot read '%s': %m", path);
	free(file.item);
	return r;
}

static int open_files(const struct strings *files, const char *alone, struct config **out,
		      struct cleat_error *err)
{
	_cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
	struct pool *pool = calloc(1, sizeof(*pool));
	struct entries all = { 0 };
	struct entries headings = { 0 };
	int r = 0;

	if (config)
		config->private_ = pool;
	if (!config || !pool) {
		if (!config)
			free(pool);
		return cleat_fail(err, ENOMEM, "cannot read the configuration: %m");
	}
	for (size_t i = 0; r == 0 && i < files->n; i++)
		r = read_and_merge(files->item[i], pool, &all, &headings, err);
	config->entries = all.item;
	config->nentries = all.n;
	config->headings = headings.item;
	config->nheadings = headings.n;
	if (r == 0 && alone) {
		config->file = pool_text(pool, alone);
		if (!config->file)
			r = cleat_fail(err, ENOMEM, "cannot read '%s': %m", alone);
	}
	if (r == 0)
		r = sections_bind(config, pool, err);
	if (r == 0)
		*out = take_ptr(config);
	return r;
}

int config_open_dirs(const char *const *dirs, struct config **out, struct cleat_error *err)
{
	_cleanup_strings_ struct strings files = { 0 };
	int r = files_list(dirs, &files, err);

	return r < 0 ? r : open_files(&files, NULL, out, err);
}

static int open_alone(const char *file, struct config **out, struct cleat_error *err)
{
	_cleanup_strings_ struct strings files = { 0 };

	if (strings_add(&files, file) < 0)
		return cleat_fail(err, ENOMEM, "cannot read '%s': %m", file);
	return open_files(&files, file, out, err);
}

int config_open(const char *file, struct config **out, struct cleat_error *err)
{
	char own[PATH_MAX];
	const char *dirs[4] = { "/usr/lib/cleat" };
	size_t n = 1;

	if (!file || !*file)
		file = secure_getenv("CLEAT_CONFIG");
	if (file && *file)
		return open_alone(file, out, err);
	/* /usr/local/etc/cleat for a program in /usr/local/bin: where `cmake --install` puts it */
	if (install_prefix(own, sizeof(own) - sizeof("/etc/cleat"), err) == 0 && *own &&
	    !text_eq(own, "/usr")) {
		strcat(own, "/etc/cleat");
		dirs[n++] = own;
	}
	dirs[n] = "/etc/cleat";
	return config_open_dirs(dirs, out, err);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	if (config->private_)
		pool_fini(config->private_);
	free(config->private_);
	free(config->entries);
	free(config->headings);
	free(config->shims);
	free(config);
}

void config_freep(struct config **config)
{
	config_free(*config);
}

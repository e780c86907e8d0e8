/* SPDX-License-Identifier: Apache-2.0 */
/* bind.c - a section's entries, by schema, into a struct. */
#include "config.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

static const struct cleat_key *row(const struct cleat_key *keys, size_t i, size_t stride)
{
	return (const struct cleat_key *)(const void *)((const char *)keys + i * stride);
}

static const struct cleat_key *find_row(const struct cleat_key *keys, size_t n, size_t stride,
					const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (text_eq(row(keys, i, stride)->name, name))
			return row(keys, i, stride);
	return NULL;
}

const struct config_entry *config_find(const struct config *config, const char *section,
				       const char *key)
{
	for (size_t i = 0; i < config->nentries; i++)
		if (text_eq(config->entries[i].section, section) &&
		    text_eq(config->entries[i].key, key))
			return &config->entries[i];
	return NULL;
}

static int unknown_key(const struct config_entry *entry, const struct cleat_key *keys, size_t n,
		       size_t stride, struct cleat_error *err)
{
	_cleanup_free_ const char **names = calloc(n + 1, sizeof(*names));
	const char *near = NULL;

	for (size_t i = 0; names && i < n; i++)
		names[i] = row(keys, i, stride)->name;
	if (names)
		near = text_nearest(entry->key, names);
	return cleat_fail(err, EINVAL, "%s:%d: unknown key '%s' in [%s]%s%s%s", entry->file,
			  entry->line, entry->key, entry->section, near ? "; did you mean '" : "",
			  near ? near : "", near ? "'?" : "");
}

/* Every entry of the section must have a row. */
static int check_known(struct config *config, const char *section, const struct cleat_key *keys,
		       size_t n, size_t stride, struct cleat_error *err)
{
	for (size_t i = 0; i < config->nentries; i++) {
		struct config_entry *entry = &config->entries[i];

		if (!text_eq(entry->section, section))
			continue;
		if (!find_row(keys, n, stride, entry->key))
			return unknown_key(entry, keys, n, stride, err);
		entry->used = true;
	}
	return 0;
}

static int missing_key(const struct config *config, const char *section,
		       const struct cleat_key *key, struct cleat_error *err)
{
	for (size_t i = 0; i < config->nentries; i++)
		if (text_eq(config->entries[i].section, section))
			return cleat_fail(err, EINVAL, "%s:%d: [%s] lacks the key '%s'",
					  config->entries[i].file, config->entries[i].line, section,
					  key->name);
	return cleat_fail(err, EINVAL, "%s: there must be a section [%s] with the key '%s'",
			  config->file ? config->file : "/etc/cleat/cleat.ini", section, key->name);
}

static int bind_row(struct config *config, const char *section, const struct cleat_key *key,
		    char *settings, struct cleat_error *err)
{
	const struct config_entry *entry = config_find(config, section, key->name);
	int r = 0;

	if (!entry && !key->fallback)
		return missing_key(config, section, key, err);
	r = config_parse_value(key, entry ? entry->value : key->fallback, settings + key->offset,
			       err);
	if (r == 0)
		return 0;
	if (!entry)
		return cleat_wrap(err, "default of key '%s' in [%s]", key->name, section);
	return cleat_wrap(err, "%s:%d: bad value for key '%s' in [%s]", entry->file, entry->line,
			  key->name, section);
}

int config_bind(struct config *config, const char *section, const struct cleat_key *keys,
		size_t nkeys, size_t stride, void *settings, struct cleat_error *err)
{
	int r = check_known(config, section, keys, nkeys, stride, err);

	for (size_t i = 0; r == 0 && i < nkeys; i++)
		r = bind_row(config, section, row(keys, i, stride), settings, err);
	return r;
}

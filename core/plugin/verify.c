/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - the order of the checks is the design: each may rely on those before it.
 *
 * Before magic and ABI are known to be right nothing but the first 16 bytes is looked at. A plugin
 * is code that we are about to run as root, so this is no defence against malice; it is a defence
 * against the wrong file, the old file and the unfinished one.
 */
#include "verify.h"

#include "types.h"

#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Members that every plugin of ABI 1 has: up to and including fini. */
enum { SIZE_ABI_1 = offsetof(struct cleat_plugin, fini) + sizeof(void (*)(void)) };
enum { KEY_SIZE_ABI_1 = offsetof(struct cleat_key, offset) + sizeof(uint32_t) };
enum { TABLE_HEAD = 2 * sizeof(uint32_t), TABLE_MAX = 64 * 1024, NAME_MAX_LEN = 32 };
enum { MAX_KEYS = 1000, MAX_SETTINGS = 1024 * 1024 };

static int check_head(const struct cleat_plugin *desc, struct cleat_error *err)
{
	if (desc->magic != CLEAT_MAGIC)
		return cleat_fail(err, EINVAL,
				  "found magic 0x%08x in 'cleat_plugin', wanted 0x%08x",
				  desc->magic, CLEAT_MAGIC);
	if (desc->abi != CLEAT_ABI)
		return cleat_fail(err, EINVAL,
				  "found plugin ABI %u, wanted %u; build it with this cleat's SDK",
				  desc->abi, CLEAT_ABI);
	if (desc->size < SIZE_ABI_1 || desc->size > TABLE_MAX || desc->size % sizeof(void *))
		return cleat_fail(err, EINVAL, "found a descriptor of %u bytes, wanted at least %d",
				  desc->size, SIZE_ABI_1);
	if (desc->key_size < KEY_SIZE_ABI_1 || desc->key_size > TABLE_MAX ||
	    desc->key_size % sizeof(void *))
		return cleat_fail(err, EINVAL,
				  "found settings rows of %u bytes, wanted at least %d",
				  desc->key_size, KEY_SIZE_ABI_1);
	return 0;
}

static bool is_plugin_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= NAME_MAX_LEN && name[n] == '\0' && name[0] != '-';
}

static int check_words(const struct cleat_plugin *desc, struct cleat_error *err)
{
	const struct {
		const char *member, *text;
	} lines[] = { { "version", desc->version },
		      { "summary", desc->summary },
		      { "license", desc->license } };

	if (!desc->type || !type_find(desc->type))
		return cleat_fail(err, EINVAL,
				  "found type '%s', wanted runtime, snapshotter, restart or io",
				  desc->type ? desc->type : "(none)");
	if (!desc->name || !is_plugin_name(desc->name))
		return cleat_fail(err, EINVAL,
				  "found name '%s', wanted 1 to 32 of a-z, 0-9 and '-'",
				  desc->name ? desc->name : "(none)");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!lines[i].text || !lines[i].text[0] || strchr(lines[i].text, '\n'))
			return cleat_fail(err, EINVAL, "found %s '%s', wanted one line of text",
					  lines[i].member,
					  lines[i].text ? lines[i].text : "(none)");
	return 0;
}

static int check_ops(const struct cleat_plugin *desc, struct cleat_error *err)
{
	const struct type *type = type_find(desc->type);
	uint32_t size = 0;

	if (!desc->ops)
		return cleat_fail(err, EINVAL, "found no table of operations, wanted one for %s",
				  desc->type);
	memcpy(&size, desc->ops, sizeof(size));
	if (size < TABLE_HEAD || size > TABLE_MAX || size % sizeof(void *))
		return cleat_fail(err, EINVAL,
				  "found a table of operations of %u bytes, wanted %zu or another "
				  "plausible size",
				  size, type->ops_size);
	for (const struct type_op *op = type->needs; op->name; op++) {
		void *function = NULL;

		if (op->offset + sizeof(function) <= size)
			memcpy(&function, (const char *)desc->ops + op->offset, sizeof(function));
		if (!function)
			return cleat_fail(
				err, EINVAL,
				"found no operation '%s', wanted it: it is mandatory for %s",
				op->name, desc->type);
	}
	return 0;
}

static size_t field_size(uint32_t kind)
{
	switch (kind) {
	case CLEAT_BOOL:
		return sizeof(bool);
	case CLEAT_CHOICE:
		return sizeof(uint32_t);
	case CLEAT_INT:
	case CLEAT_DURATION:
		return sizeof(uint64_t);
	case CLEAT_STRING:
		return sizeof(const char *);
	default:
		return 0;
	}
}

static const struct cleat_key *key_at(const struct cleat_plugin *desc, size_t i)
{
	return (const struct cleat_key *)(const void *)((const char *)desc->keys +
							i * desc->key_size);
}

static bool is_key_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < 50 && name[n] == '\0'; /* inih cuts at 50 */
}

static int check_key(const struct cleat_plugin *desc, size_t i, struct cleat_error *err)
{
	const struct cleat_key *key = key_at(desc, i);
	size_t size = field_size(key->kind);

	if (!key->name || !is_key_name(key->name))
		return cleat_fail(err, EINVAL,
				  "found '%s' as name of setting %zu, wanted a-z, 0-9 and '-'",
				  key->name ? key->name : "(none)", i);
	if (size == 0)
		return cleat_fail(err, EINVAL, "found kind %u of setting '%s', wanted 1 to 5",
				  key->kind, key->name);
	if (key->offset % size || size > desc->settings_size ||
	    key->offset > desc->settings_size - size)
		return cleat_fail(
			err, EINVAL,
			"found setting '%s' at offset %u, wanted %zu aligned bytes within "
			"the struct of %u",
			key->name, key->offset, size, desc->settings_size);
	if (!key->doc || !key->doc[0])
		return cleat_fail(err, EINVAL,
				  "found setting '%s' without a doc, wanted a sentence", key->name);
	for (size_t j = 0; j < i; j++)
		if (text_eq(key_at(desc, j)->name, key->name))
			return cleat_fail(err, EINVAL, "found setting '%s' twice, wanted it once",
					  key->name);
	if (config_check_key(key, err) < 0)
		return cleat_wrap(err, "setting '%s'", key->name);
	return 0;
}

static int check_schema(const struct cleat_plugin *desc, struct cleat_error *err)
{
	if (desc->nkeys > MAX_KEYS || desc->settings_size > MAX_SETTINGS)
		return cleat_fail(err, EINVAL,
				  "found %u settings in %u bytes, wanted at most %d in %d",
				  desc->nkeys, desc->settings_size, MAX_KEYS, MAX_SETTINGS);
	if (desc->nkeys && !desc->keys)
		return cleat_fail(err, EINVAL, "found no rows for %u settings, wanted them",
				  desc->nkeys);
	for (size_t i = 0; i < desc->nkeys; i++) {
		int r = check_key(desc, i, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int verify(const struct cleat_plugin *desc, struct cleat_error *err)
{
	static int (*const checks[])(const struct cleat_plugin *, struct cleat_error *) = {
		check_head,
		check_words,
		check_ops,
		check_schema,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		int r = checks[i](desc, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int verify_copy(const struct cleat_plugin *desc, struct cleat_plugin *out, void **out_ops,
		struct cleat_error *err)
{
	const struct type *type = type_find(desc->type);
	void *ops = calloc(1, type->ops_size);
	uint32_t size = 0;

	if (!ops)
		return cleat_fail(err, ENOMEM, "cannot hold plugin %s/%s: %m", desc->type,
				  desc->name);
	memcpy(&size, desc->ops, sizeof(size));
	memcpy(ops, desc->ops, size < type->ops_size ? size : type->ops_size);
	memset(out, 0, sizeof(*out));
	memcpy(out, desc, desc->size < sizeof(*out) ? desc->size : sizeof(*out));
	out->ops = ops;
	*out_ops = ops;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - -v, --mount and --tmpfs. */
#include "cli/mounts.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

static Cleat__V1__Mount *mount_new(struct arena *arena, const char *type)
{
	Cleat__V1__Mount *mount = arena_alloc(arena, sizeof(*mount));

	cleat__v1__mount__init(mount);
	mount->type = arena_text(arena, type);
	return mount;
}

static void add_option(struct arena *arena, Cleat__V1__Mount *mount, const char *option)
{
	arena_append(arena, &mount->options, &mount->n_options, arena_text(arena, option));
}

static int check_target(const char *target, struct cleat_error *err)
{
	if (target[0] != '/')
		return cleat_fail(err, EINVAL,
				  "invalid mount path: '%s' mount path must be absolute", target);
	if (target[strspn(target, "/.")] == '\0' && !strstr(target, "..."))
		return cleat_fail(err, EINVAL, "destination can't be '/'");
	return 0;
}

/* A source may be relative to here; a bare word would be the name of a volume. */
static int set_source(struct arena *arena, Cleat__V1__Mount *mount, const char *source,
		      struct cleat_error *err)
{
	_cleanup_free_ char *full = NULL;

	if (source[0] != '/' && !text_starts(source, "./") && !text_starts(source, "../") &&
	    !text_eq(source, ".") && !text_eq(source, ".."))
		return cleat_fail(
			err, EINVAL,
			"'%s' would be a named volume, which cleat does not have: give a path",
			source);
	full = source[0] == '/' ? strdup(source) : realpath(source, NULL);
	if (!full)
		return cleat_fail(err, errno, "cannot find '%s': %m", source);
	mount->source = arena_text(arena, full);
	return 0;
}

/* The options of -v: what mount(8) calls them, less what only SELinux and volumes know. */
static int volume_option(struct arena *arena, Cleat__V1__Mount *mount, const char *option,
			 struct cleat_error *err)
{
	static const char *const known[] = { "ro",     "rw",      "shared",   "rshared",    "slave",
					     "rslave", "private", "rprivate", "nosuid",     "nodev",
					     "noexec", "suid",    "dev",      "exec",       "bind",
					     "rbind",  "noatime", "relatime", "nodiratime", "idmap",
					     NULL };
	static const char *const ignored[] = { "z",         "Z",      "consistent", "cached",
					       "delegated", "nocopy", NULL };

	for (size_t i = 0; ignored[i]; i++)
		if (text_eq(option, ignored[i]))
			return 0;
	for (size_t i = 0; known[i]; i++)
		if (text_eq(option, known[i])) {
			add_option(arena, mount, option);
			return 0;
		}
	return cleat_fail(err, EINVAL, "invalid mode: %s", option);
}

/* @list is cut at commas. */
static int each_option(struct arena *arena, Cleat__V1__Mount *mount, char *list,
		       int (*take)(struct arena *, Cleat__V1__Mount *, const char *,
				   struct cleat_error *),
		       struct cleat_error *err)
{
	char *option = NULL;

	while ((option = strsep(&list, ","))) {
		int r = *option ? take(arena, mount, option, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int mount_from_volume(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		      struct cleat_error *err)
{
	char *rest = arena_text(arena, text);
	char *source = strsep(&rest, ":");
	char *target = strsep(&rest, ":");
	char *options = strsep(&rest, ":");
	Cleat__V1__Mount *mount = mount_new(arena, "bind");
	int r = 0;

	if (!target)
		return cleat_fail(err, EINVAL,
				  "it needs SOURCE:TARGET; cleat has no anonymous volumes");
	if (*source == '\0' || *target == '\0')
		return cleat_fail(err, EINVAL, "empty section between colons");
	if (rest)
		return cleat_fail(err, EINVAL, "too many colons");
	r = check_target(target, err);
	if (r == 0)
		r = set_source(arena, mount, source, err);
	if (r < 0)
		return r;
	mount->target = target;
	add_option(arena, mount, "rbind");
	*out = mount;
	return options ? each_option(arena, mount, options, volume_option, err) : 0;
}

/* tmpfs checks its own options when it is mounted. */
static int tmpfs_option(struct arena *arena, Cleat__V1__Mount *mount, const char *option,
			struct cleat_error *err)
{
	(void)err;
	add_option(arena, mount, option);
	return 0;
}

int mount_from_tmpfs(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		     struct cleat_error *err)
{
	char *rest = arena_text(arena, text);
	char *target = strsep(&rest, ":");
	Cleat__V1__Mount *mount = mount_new(arena, "tmpfs");
	int r = check_target(target, err);

	if (r < 0)
		return r;
	mount->target = target;
	/* docker's defaults; the user's come later and win. */
	add_option(arena, mount, "nosuid");
	add_option(arena, mount, "nodev");
	add_option(arena, mount, "noexec");
	*out = mount;
	return rest ? each_option(arena, mount, rest, tmpfs_option, err) : 0;
}

/* ---- --mount type=bind,source=/a,target=/b,readonly ------------------------------------------ */

static int set_type(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
		    struct cleat_error *err)
{
	if (!text_eq(value, "bind") && !text_eq(value, "tmpfs"))
		return cleat_fail(err, EINVAL, "unknown mount type '%s': it is bind or tmpfs",
				  value);
	mount->type = arena_text(arena, value);
	return 0;
}

static int mount_key_source(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			    struct cleat_error *err)
{
	return set_source(arena, mount, value, err);
}

static int mount_key_target(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			    struct cleat_error *err)
{
	mount->target = arena_text(arena, value);
	return check_target(value, err);
}

static int mount_key_readonly(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			      struct cleat_error *err)
{
	bool on = true;

	if (value && text_to_bool(value, &on) < 0)
		return cleat_fail(err, EINVAL, "invalid value for readonly: %s", value);
	add_option(arena, mount, on ? "ro" : "rw");
	return 0;
}

static int mount_key_propagation(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
				 struct cleat_error *err)
{
	static const char *const known[] = { "shared",  "rshared",  "slave", "rslave",
					     "private", "rprivate", NULL };

	for (size_t i = 0; known[i]; i++)
		if (text_eq(value, known[i]))
			return volume_option(arena, mount, value, err);
	return cleat_fail(err, EINVAL, "invalid propagation '%s'", value);
}

static int mount_key_size(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			  struct cleat_error *err)
{
	uint64_t bytes = 0;

	if (text_to_bytes(value, &bytes) < 0)
		return cleat_fail(err, EINVAL, "invalid value for tmpfs-size: %s", value);
	add_option(arena, mount, arena_printf(arena, "size=%llu", (unsigned long long)bytes));
	return 0;
}

static int mount_key_mode(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			  struct cleat_error *err)
{
	if (*value == '\0' || value[strspn(value, "01234567")] != '\0' || strlen(value) > 5)
		return cleat_fail(err, EINVAL, "invalid value for tmpfs-mode: %s", value);
	add_option(arena, mount, arena_printf(arena, "mode=%s", value));
	return 0;
}

static int mount_key_ignored(struct arena *arena, Cleat__V1__Mount *mount, const char *value,
			     struct cleat_error *err)
{
	(void)arena, (void)mount, (void)value, (void)err;
	return 0;
}

static const struct mount_key {
	const char *name;
	const char *type; /* only for this one; NULL: all */
	bool alone;       /* may stand without a value */
	int (*take)(struct arena *, Cleat__V1__Mount *, const char *, struct cleat_error *);
} mount_keys[] = {
	{ "type", NULL, false, set_type },
	{ "source", "bind", false, mount_key_source },
	{ "src", "bind", false, mount_key_source },
	{ "target", NULL, false, mount_key_target },
	{ "destination", NULL, false, mount_key_target },
	{ "dst", NULL, false, mount_key_target },
	{ "readonly", NULL, true, mount_key_readonly },
	{ "ro", NULL, true, mount_key_readonly },
	{ "bind-propagation", "bind", false, mount_key_propagation },
	{ "bind-nonrecursive", "bind", true, mount_key_ignored },
	{ "consistency", NULL, false, mount_key_ignored },
	{ "tmpfs-size", "tmpfs", false, mount_key_size },
	{ "tmpfs-mode", "tmpfs", false, mount_key_mode },
};

/* "type" decides which keys are legal and may stand anywhere. */
static int find_type(struct arena *arena, Cleat__V1__Mount *mount, const char *text,
		     struct cleat_error *err)
{
	char *rest = arena_text(arena, text);
	char *field = NULL;

	while ((field = strsep(&rest, ",")))
		if (text_starts(field, "type="))
			return set_type(arena, mount, field + 5, err);
	return cleat_fail(err, EINVAL, "it has no type; say type=bind or type=tmpfs");
}

static int take_field(struct arena *arena, Cleat__V1__Mount *mount, char *field,
		      struct cleat_error *err)
{
	char *value = field;
	const char *name = strsep(&value, "=");

	for (size_t i = 0; i < ARRAY_SIZE(mount_keys); i++) {
		const struct mount_key *key = &mount_keys[i];

		if (!text_eq(name, key->name))
			continue;
		if (key->type && !text_eq(key->type, mount->type))
			return cleat_fail(err, EINVAL, "'%s' is not for mounts of type %s", name,
					  mount->type);
		if (!value && !key->alone)
			return cleat_fail(err, EINVAL,
					  "invalid field '%s' must be a key=value pair", name);
		if (text_eq(name, "bind-nonrecursive"))
			mount->options[0] = arena_text(arena, "bind");
		return key->take(arena, mount, value, err);
	}
	return cleat_fail(err, EINVAL, "unexpected key '%s'", name);
}

int mount_from_mount(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		     struct cleat_error *err)
{
	char *rest = arena_text(arena, text);
	char *field = NULL;
	Cleat__V1__Mount *mount = mount_new(arena, "bind");
	int r = find_type(arena, mount, text, err);

	if (r < 0)
		return r;
	add_option(arena, mount, text_eq(mount->type, "bind") ? "rbind" : "nosuid");
	if (text_eq(mount->type, "tmpfs")) {
		add_option(arena, mount, "nodev");
		add_option(arena, mount, "noexec");
	}
	while ((field = strsep(&rest, ","))) {
		r = take_field(arena, mount, field, err);
		if (r < 0)
			return r;
	}
	if (!mount->target[0])
		return cleat_fail(err, EINVAL, "target is required");
	if (text_eq(mount->type, "bind") && !mount->source[0])
		return cleat_fail(err, EINVAL, "source is required");
	*out = mount;
	return 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Better said now than after a container has been made. */
static int check(const Cleat__V1__Mount *mount, Cleat__V1__Mount *const *others, size_t n,
		 struct cleat_error *err)
{
	struct stat st;

	if (text_eq(mount->type, "bind") && stat(mount->source, &st) < 0 && errno == ENOENT)
		return cleat_fail(err, EINVAL, "bind source path does not exist: %s",
				  mount->source);
	for (size_t i = 0; i < n; i++)
		if (text_eq(others[i]->target, mount->target))
			return cleat_fail(err, EINVAL, "duplicate mount point: %s", mount->target);
	return 0;
}

static int collect(struct cli *cli, const char *flag,
		   int (*parse)(struct arena *, const char *, Cleat__V1__Mount **,
				struct cleat_error *),
		   Cleat__V1__Mount ***out, size_t *out_n)
{
	for (char *const *item = words_list(&cli->words, flag); *item; item++) {
		Cleat__V1__Mount *mount = NULL;
		int r = parse(&cli->arena, *item, &mount, &cli->err);

		if (r == 0)
			r = check(mount, *out, *out_n, &cli->err);
		if (r < 0) {
			struct cleat_error why = cli->err;

			return words_refuse(*item, flag, &cli->err, "%s", why.text);
		}
		arena_append(&cli->arena, out, out_n, mount);
	}
	return 0;
}

int mounts_collect(struct cli *cli, Cleat__V1__Mount ***out, size_t *out_n)
{
	int r = collect(cli, "volume", mount_from_volume, out, out_n);

	if (r == 0)
		r = collect(cli, "mount", mount_from_mount, out, out_n);
	if (r == 0)
		r = collect(cli, "tmpfs", mount_from_tmpfs, out, out_n);
	return r;
}

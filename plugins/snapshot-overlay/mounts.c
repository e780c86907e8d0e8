/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.c - how a snapshot is mounted, in containerd's form.
 *
 * One mount: a bind when there is one directory to show, else an overlay whose lowerdir= names the
 * nearest layer first, separated by colons. In a path, overlayfs wants a backslash before ':' and
 * '\', and mount(2)'s option string one before ','; whoever mounts by fsconfig takes them off again.
 */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A NULL-ended list of options that is being built. Errors stick in `failed`. */
struct options {
	char *word[64];
	size_t n;
	bool failed;
};

static void options_fini(struct options *options)
{
	for (size_t i = 0; i < options->n; i++)
		free(options->word[i]);
}

static void add_taken(struct options *options, char *word)
{
	if (!word || options->n == ARRAY_SIZE(options->word)) {
		free(word);
		options->failed = true;
		return;
	}
	options->word[options->n++] = word;
}

static void add(struct options *options, const char *word)
{
	add_taken(options, strdup(word));
}

static void put_escaped(FILE *out, const char *path)
{
	for (const char *c = path; *c; c++) {
		if (strchr(":,\\", *c))
			(void)fputc('\\', out);
		(void)fputc(*c, out);
	}
}

static void put_layer(FILE *out, const struct cleat_snapshot *snap, uint64_t number,
		      const char *part)
{
	put_escaped(out, snap->root);
	(void)fprintf(out, "/%" PRIu64 "/%s", number, part);
}

static void add_lowers(struct options *options, const struct cleat_snapshot *snap)
{
	char *word = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&word, &len);

	if (!out) {
		options->failed = true;
		return;
	}
	(void)fputs("lowerdir=", out);
	for (uint32_t i = 0; i < snap->nparents; i++) {
		if (i > 0)
			(void)fputc(':', out);
		put_layer(out, snap, snap->parents[i], "fs");
	}
	if (snap->base) {
		if (snap->nparents > 0)
			(void)fputc(':', out);
		put_escaped(out, snap->base);
	}
	if (fclose(out) != 0) /* that is how a memory stream says that memory ran out */
		options->failed = true;
	add_taken(options, word);
}

static void add_own(struct options *options, const struct cleat_snapshot *snap, const char *key,
		    const char *part)
{
	char *word = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&word, &len);

	if (!out) {
		options->failed = true;
		return;
	}
	(void)fprintf(out, "%s=", key);
	put_layer(out, snap, snap->number, part);
	if (fclose(out) != 0)
		options->failed = true;
	add_taken(options, word);
}

/* There only if the core is new enough to say it. */
static bool is_transient(const struct cleat_snapshot *snap)
{
	return snap->size > offsetof(struct cleat_snapshot, transient) && snap->transient;
}

/*
 * Without "volatile" the end of a mount syncs the whole filesystem below it, and the container's
 * last process waits for that. The kernel's mark of a volatile mount forbids the next one, which
 * cannot tell whether the machine crashed in between; a transient snapshot is gone in that case.
 */
static void add_volatile(struct options *options, const struct cleat_snapshot *snap)
{
	char mark[OVERLAY_NAME + sizeof("/work/work/incompat/volatile/dirty")];

	/* The mark is a directory with a file in it. Not there: this is the first mount. */
	(void)snprintf(mark, sizeof(mark), "%" PRIu64 "/work/work/incompat/volatile/dirty",
		       snap->number);
	(void)unlinkat(snap->root_fd, mark, 0);
	*strrchr(mark, '/') = '\0';
	(void)unlinkat(snap->root_fd, mark, AT_REMOVEDIR);
	add(options, "volatile");
}

/* Say it aloud where the kernel knows the word: distributions differ in their defaults. */
static void add_feature(struct options *options, const char *name, bool on)
{
	char path[64], word[32];

	(void)snprintf(path, sizeof(path), "/sys/module/overlay/parameters/%s", name);
	if (access(path, F_OK) < 0)
		return;
	(void)snprintf(word, sizeof(word), "%s=%s", name, on ? "on" : "off");
	add(options, word);
}

static void add_configured(struct options *options, const char *list)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;

	if (!copy)
		options->failed = true;
	for (char *word; (word = strsep(&rest, ","));)
		if (*word)
			add(options, word);
}

/** Move everything into one block of the host's: the mount, its pointers, its strings. */
static int pack(const struct cleat_host *host, const char *type, const char *source,
		const struct options *options, struct cleat_mounts *out, struct cleat_error *err)
{
	size_t bytes = sizeof(struct cleat_mount) + (options->n + 1) * sizeof(char *) +
		       strlen(type) + 1 + strlen(source) + 1;
	struct cleat_mount *mount = NULL;
	const char **words = NULL;
	char *at = NULL;

	for (size_t i = 0; i < options->n; i++)
		bytes += strlen(options->word[i]) + 1;
	if (!options->failed)
		mount = host->alloc(host, bytes);
	if (!mount)
		return cleat_fail(err, ENOMEM, "cannot describe a mount: out of memory");
	words = (const char **)(mount + 1);
	at = (char *)(words + options->n + 1);
	mount->type = at;
	at = stpcpy(at, type) + 1;
	mount->source = at;
	at = stpcpy(at, source) + 1;
	mount->options = words;
	for (size_t i = 0; i < options->n; i++) {
		words[i] = at;
		at = stpcpy(at, options->word[i]) + 1;
	}
	words[options->n] = NULL;
	out->count = 1;
	out->list = mount;
	return 0;
}

static int bind_of(const struct cleat_host *host, const char *source, bool writable,
		   struct cleat_mounts *out, struct cleat_error *err)
{
	_cleanup_(options_fini) struct options options = { .n = 0 };

	add(&options, writable ? "rw" : "ro");
	add(&options, "rbind");
	return pack(host, "bind", source, &options, out, err);
}

static int bind_of_layer(const struct overlay *overlay, const struct cleat_snapshot *snap,
			 uint64_t number, struct cleat_mounts *out, struct cleat_error *err)
{
	_cleanup_free_ char *source = NULL;

	if (asprintf(&source, "%s/%" PRIu64 "/fs", snap->root, number) < 0)
		return cleat_fail(err, ENOMEM, "cannot describe a mount: out of memory");
	return bind_of(overlay->host, source, snap->writable, out, err);
}

static int overlay_of(const struct overlay *overlay, const struct cleat_snapshot *snap,
		      struct cleat_mounts *out, struct cleat_error *err)
{
	_cleanup_(options_fini) struct options options = { .n = 0 };

	add_lowers(&options, snap);
	if (snap->writable) {
		add_own(&options, snap, "upperdir", "fs");
		add_own(&options, snap, "workdir", "work");
		add_feature(&options, "index", overlay->settings->index);
		if (is_transient(snap))
			add_volatile(&options, snap);
	}
	add_feature(&options, "metacopy", overlay->settings->metacopy);
	add_configured(&options, overlay->settings->mount_options);
	if (!snap->writable)
		add(&options, "ro");
	return pack(overlay->host, "overlay", "overlay", &options, out, err);
}

/** Find a missing layer here, where its name is known: the kernel would only say ENOENT. */
static int all_there(const struct cleat_snapshot *snap, struct cleat_error *err)
{
	for (uint32_t i = 0; i <= snap->nparents; i++) {
		uint64_t number = i < snap->nparents ? snap->parents[i] : snap->number;
		_cleanup_close_ int fs = overlay_open_fs(snap, number, err);

		if (fs < 0)
			return fs;
	}
	return 0;
}

int overlay_mounts(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
		   struct cleat_error *err)
{
	const struct overlay *overlay = self;
	uint32_t lowers = snap->nparents + (snap->base != NULL);

	if (all_there(snap, err) < 0)
		return -err->errnum;
	if (lowers == 0)
		return bind_of_layer(overlay, snap, snap->number, out, err);
	if (!snap->writable && lowers == 1 && snap->base)
		return bind_of(overlay->host, snap->base, false, out, err);
	if (!snap->writable && lowers == 1)
		return bind_of_layer(overlay, snap, snap->parents[0], out, err);
	return overlay_of(overlay, snap, out, err);
}

int overlay_check_options(const char *options, struct cleat_error *err)
{
	static const char *const ours[] = { "lowerdir", "upperdir",  "workdir",
					    "index=",   "metacopy=", NULL };
	size_t commas = 0;

	for (const char *word = options; *word; word += strcspn(word, ",")) {
		word += *word == ',';
		commas++;
		for (size_t i = 0; ours[i]; i++)
			if (strncmp(word, ours[i], strlen(ours[i])) == 0)
				return cleat_fail(
					err, EINVAL,
					"mount-options must not hold '%.*s': the snapshotter "
					"sets it itself",
					(int)strcspn(word, ","), word);
	}
	if (commas > 32)
		return cleat_fail(err, EINVAL, "mount-options holds more than 32 options");
	return 0;
}

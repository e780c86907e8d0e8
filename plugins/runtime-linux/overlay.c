/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay.c - an overlay as a detached mount, with any number of layers.
 *
 * A value of fsconfig holds 255 bytes. Where the kernel has "lowerdir+" (6.7) each layer is a value
 * of its own; elsewhere a helper mounts with mount(2), one page of options made short by starting
 * in the layers' common directory, in a mount namespace of its own, and hands over a detached copy.
 */
#include "overlay.h"

#include "mount_fd.h"
#include "mount_helper.h"
#include "root_idmap.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

enum { MAX_VALUE = 255, OPTION_PAGE = 4095 };

/* The value of option @key, or NULL. */
static const char *option(const struct cleat_mount *mount, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; mount->options && mount->options[i]; i++)
		if (strncmp(mount->options[i], key, len) == 0 && mount->options[i][len] == '=')
			return mount->options[i] + len + 1;
	return NULL;
}

const char *overlay_next_layer(const char *at, char *out, size_t size)
{
	size_t used = 0;

	while (*at && *at != ':') {
		if (*at == '\\' && at[1])
			at++;
		if (used + 1 < size)
			out[used++] = *at;
		at++;
	}
	out[used] = '\0';
	return *at ? at + 1 : at;
}

static int add_layers(int context, const char *layers)
{
	char name[PATH_MAX];

	for (const char *at = layers; *at;) {
		at = overlay_next_layer(at, name, sizeof(name));
		if (strlen(name) > MAX_VALUE) /* then by descriptor, 6.13; else the helper */
			return -E2BIG;
		if (fsconfig(context, FSCONFIG_SET_STRING, "lowerdir+", name, 0) < 0)
			return -errno;
	}
	return 0;
}

bool overlay_is_mount_word(const char *option)
{
	static const char *const own[] = { "ro",     "rw",       "nodev",   "nosuid",
					   "noexec", "relatime", "defaults" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(option, own[i]) == 0)
			return true;
	return false;
}

static int set_words(int context, const struct cleat_mount *mount)
{
	for (size_t i = 0; mount->options && mount->options[i]; i++) {
		const char *word = mount->options[i];
		const char *value = strchr(word, '=');
		char key[64];

		if (strncmp(word, "lowerdir=", strlen("lowerdir=")) == 0 ||
		    overlay_is_mount_word(word))
			continue;
		size_t len = value ? (size_t)(value - word) : strlen(word);

		if (len >= sizeof(key))
			return -EINVAL;
		memcpy(key, word, len);
		key[len] = '\0';
		if (value && strlen(value + 1) > MAX_VALUE)
			return -E2BIG;
		if (fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key,
			     value ? value + 1 : NULL, 0) < 0)
			return -errno;
	}
	return 0;
}

static uint64_t attributes(const struct cleat_mount *mount)
{
	struct mount_options options = { 0 };
	struct cleat_error ignored;
	const char *data[1];

	for (size_t i = 0; mount->options && mount->options[i]; i++) {
		options.data = data;
		options.ndata = 0;
		(void)mount_options_add(&options, mount->options[i], &ignored);
	}
	return options.set;
}

/* -E2BIG or -EINVAL: not for this kernel or not in 255 bytes; the helper may do better. */
static int open_by_context(const struct cleat_mount *mount, const char *lower, int *out_fd,
			   char *why, size_t why_size)
{
	_cleanup_close_ int context = fsopen("overlay", FSOPEN_CLOEXEC);
	int r = 0;

	why[0] = '\0';
	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", "overlay", 0) < 0)
		return -errno;
	if (strlen(lower) <= MAX_VALUE)
		r = fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", lower, 0) < 0 ? -errno : 0;
	else
		r = add_layers(context, lower);
	if (r == 0)
		r = set_words(context, mount);
	if (r == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0) {
		mount_fd_why(context, why, why_size);
		return r;
	}
	int fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes(mount));

	if (fd < 0)
		return -errno;
	*out_fd = fd;
	return 0;
}

/* Length of the directory that all absolute names in @lower begin with, up to and with its '/'. */
static size_t common_prefix(const char *lower)
{
	char name[PATH_MAX] = "";
	char first[PATH_MAX] = "";
	const char *at = overlay_next_layer(lower, first, sizeof(first));
	size_t len = strlen(first);

	while (*at) {
		size_t same = 0;

		at = overlay_next_layer(at, name, sizeof(name));
		while (same < len && first[same] == name[same])
			same++;
		len = same;
	}
	while (len > 0 && first[len - 1] != '/')
		len--;
	return len;
}

/* "lowerdir=2:1,upperdir=...": one page for mount(2), layers relative to the common directory. */
static int legacy_options(const struct cleat_mount *mount, const char *lower, size_t prefix,
			  char *out)
{
	char name[PATH_MAX];
	size_t used = (size_t)snprintf(out, OPTION_PAGE, "lowerdir=");

	for (const char *at = lower; *at;) {
		at = overlay_next_layer(at, name, sizeof(name));
		for (const char *c = name + prefix; *c && used < OPTION_PAGE; c++) {
			if (strchr(":\\,", *c))
				out[used++] = '\\';
			if (used < OPTION_PAGE)
				out[used++] = *c;
		}
		if (*at && used < OPTION_PAGE)
			out[used++] = ':';
	}
	for (size_t i = 0; mount->options[i] && used < OPTION_PAGE; i++)
		if (strncmp(mount->options[i], "lowerdir=", strlen("lowerdir=")) != 0 &&
		    strchr(mount->options[i], '='))
			used += (size_t)snprintf(out + used, OPTION_PAGE - used, ",%s",
						 mount->options[i]);
	if (used >= OPTION_PAGE)
		return -E2BIG;
	out[used] = '\0';
	return 0;
}

struct legacy {
	const struct cleat_mount *overlay;
	const char *lower;
};

static int helper_mount(const void *arg, struct cleat_error *err)
{
	const struct legacy *legacy = arg;
	char options[OPTION_PAGE + 1];
	char directory[PATH_MAX];
	size_t prefix = common_prefix(legacy->lower);
	int r = legacy_options(legacy->overlay, legacy->lower, prefix, options);

	if (r < 0)
		return cleat_fail(err, -r, "overlay: %m");
	(void)overlay_next_layer(legacy->lower, directory, sizeof(directory));
	directory[prefix] = '\0';
	if ((prefix && chdir(directory) < 0) ||
	    mount("overlay", "/proc", "overlay", 0, options) < 0)
		return cleat_fail(err, errno, "overlay: %m");
	r = mount_fd_clone(AT_FDCWD, "/proc", false, false);
	return r < 0 ? cleat_fail(err, -r, "overlay: %m") : r;
}

int overlay_open(const struct cleat_mount *mount, int userns, int *out_fd, struct cleat_error *err)
{
	const char *lower = option(mount, "lowerdir");
	struct mount_options options = { .set = attributes(mount) };
	char why[300];

	if (!lower || !*lower)
		return cleat_fail(err, EINVAL, "overlay needs the option lowerdir=");
	if (userns >= 0) {
		int mapped = overlay_open_mapped(mount, lower, userns, out_fd, err);

		return mapped < 0 ? mapped : mount_fd_attributes(*out_fd, &options, err);
	}
	int r = open_by_context(mount, lower, out_fd, why, sizeof(why));

	if (r == 0)
		return 0;
	if ((r == -E2BIG || r == -EINVAL) && strlen(lower) > MAX_VALUE) {
		const struct legacy legacy = { mount, lower };

		r = mount_by_helper(helper_mount, &legacy, out_fd, err);
		return r < 0 ? r : mount_fd_attributes(*out_fd, &options, err);
	}
	return cleat_fail(err, -r, "overlay: %m%s", why);
}

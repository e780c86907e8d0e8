/* SPDX-License-Identifier: Apache-2.0 */
/* images.c - the directory of images, and the flags as the runtime plugin takes them. */
#include "images.h"

#include "base/dir.h"
#include "base/json_out.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

static const struct {
	const char *name;
	size_t offset;
} switches[] = {
	{ "leave-running", offsetof(struct arguments, leave_running) },
	{ "pre-dump", offsetof(struct arguments, pre_dump) },
	{ "tcp-established", offsetof(struct arguments, tcp_established) },
	{ "tcp-skip-in-flight", offsetof(struct arguments, tcp_skip_in_flight) },
	{ "ext-unix-sk", offsetof(struct arguments, ext_unix_sk) },
	{ "shell-job", offsetof(struct arguments, shell_job) },
	{ "file-locks", offsetof(struct arguments, file_locks) },
	{ "link-remap", offsetof(struct arguments, link_remap) },
	{ "auto-dedup", offsetof(struct arguments, auto_dedup) },
	{ "lazy-pages", offsetof(struct arguments, lazy_pages) },
};

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "work-path", offsetof(struct arguments, work_path) },
	{ "parent-path", offsetof(struct arguments, parent_path) },
	{ "page-server", offsetof(struct arguments, page_server) },
	{ "manage-cgroups-mode", offsetof(struct arguments, manage_cgroups_mode) },
	{ "lsm-profile", offsetof(struct arguments, lsm_profile) },
	{ "lsm-mount-context", offsetof(struct arguments, lsm_mount_context) },
};

int images_open(const struct arguments *arguments, bool make, struct cleat_error *err)
{
	const char *path = arguments->image_path ? arguments->image_path : "checkpoint";

	if (make)
		return dir_make(path, 0700, err);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? cleat_fail(err, errno, "cannot open the images '%s': %m", path) : fd;
}

char *images_options(const struct arguments *arguments)
{
	const char *base = (const char *)arguments;
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return NULL;
	json_out_object(out);
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		json_out_pair_bool(out, switches[i].name,
				   *(const bool *)(base + switches[i].offset));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *value = *(const char *const *)(base + texts[i].offset);

		if (value)
			json_out_pair_text(out, texts[i].name, value);
	}
	if (arguments->empty_ns.n > 0)
		json_out_pair_texts(out, "empty-ns", (const char *const *)arguments->empty_ns.item);
	json_out_object_end(out);
	return json_out_take(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - snapshotter/overlay: what it is, its settings, its table. */
#include "overlay.h"

#include <errno.h>

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct overlay_settings, mount_options, "mount-options", "", NULL,
		  "More options for each overlay mount, separated by commas, for example "
		  "\"volatile\" on a machine whose containers are worthless after a crash."),
	CLEAT_KEY(
		struct overlay_settings, index, "index", "no", NULL,
		"Let overlayfs keep hard links together when it copies a file up. Off, because an "
		"index binds a layer to one upper directory: a layer that two containers share "
		"then refuses to be mounted a second time."),
	CLEAT_KEY(struct overlay_settings, metacopy, "metacopy", "no", NULL,
		  "Copy only the metadata of a file that is chowned or chmodded. Off, because a "
		  "crafted layer could then point at files that it should not see, and because a "
		  "snapshot would no longer hold all of its own data."),
};

static const struct cleat_snapshotter_ops ops = {
	.size = sizeof(ops),
	.prepare = overlay_prepare,
	.mounts = overlay_mounts,
	.unpack = overlay_unpack,
	.commit = overlay_commit,
	.remove = overlay_remove,
	.usage = overlay_usage,
	.check = overlay_check,
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	const struct overlay_settings *chosen = settings;
	struct overlay *overlay = NULL;

	if (overlay_check_options(chosen->mount_options, err) < 0)
		return -err->errnum;
	overlay = host->alloc(host, sizeof(*overlay));
	if (!overlay)
		return cleat_fail(err, ENOMEM, "cannot start snapshotter/overlay: out of memory");
	overlay->host = host;
	overlay->settings = chosen;
	*out_self = overlay;
	return 0;
}

static void fini(void *self)
{
	struct overlay *overlay = self;

	if (overlay)
		overlay->host->free(overlay->host, overlay);
}

CLEAT_PLUGIN(.type = "snapshotter", .name = "overlay", .version = CLEAT_VERSION,
	     .summary = "root filesystems of stacked directories, by overlayfs",
	     .license = "Apache-2.0", .keys = keys, .nkeys = sizeof(keys) / sizeof(keys[0]),
	     .settings_size = sizeof(struct overlay_settings), .ops = &ops, .init = init,
	     .fini = fini);

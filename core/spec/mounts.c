/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - the member "mounts": what every container needs, then what the user wants. */
#include "devices.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPTIONS = 12 };

/* "idmap": the ids that a source has are the ones that they are inside. */
static bool wants_mappings(const char *const *options)
{
	for (; *options; options++)
		if (text_eq(*options, "idmap") || text_eq(*options, "ridmap"))
			return true;
	return false;
}

void draft_mount(struct draft *draft, const char *target, const char *type, const char *source,
		 const char *const *options)
{
	json_out_object(draft->out);
	json_out_pair_text(draft->out, "destination", target);
	json_out_pair_text(draft->out, "type", type);
	json_out_pair_text(draft->out, "source", source);
	if (options)
		json_out_pair_texts(draft->out, "options", options);
	if (options && wants_mappings(options))
		draft_mappings(draft);
	json_out_object_end(draft->out);
}

/* Do two absolute paths name the same place, but for a slash at the end? */
static bool same_place(const char *a, const char *b)
{
	size_t na = strlen(a);
	size_t nb = strlen(b);

	while (na > 1 && a[na - 1] == '/')
		na--;
	while (nb > 1 && b[nb - 1] == '/')
		nb--;
	return na == nb && strncmp(a, b, na) == 0;
}

/* A mount of the user's takes the place of ours. */
static bool is_replaced(const struct draft *draft, const char *target)
{
	for (size_t i = 0; i < draft->options->nmounts; i++)
		if (same_place(draft->options->mounts[i].target, target))
			return true;
	return false;
}

static void write_default(struct draft *draft, const char *target, const char *type,
			  const char *source, const char *options)
{
	char copy[256];
	const char *list[MAX_OPTIONS + 1] = { NULL };
	size_t n = 0;
	char *rest = NULL;

	if (is_replaced(draft, target))
		return;
	(void)snprintf(copy, sizeof(copy), "%s", options);
	for (char *word = strtok_r(copy, ",", &rest); word && n < MAX_OPTIONS;
	     word = strtok_r(NULL, ",", &rest))
		list[n++] = word;
	draft_mount(draft, target, type, source, list);
}

static void write_sys(struct draft *draft)
{
	const char *mode = draft->options->privileged ? "rw" : "ro";
	char options[64];

	(void)snprintf(options, sizeof(options), "nosuid,noexec,nodev,%s", mode);
	if (draft->rootless) /* sysfs belongs to the network namespace, which is the host's */
		write_default(draft, "/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro,rro");
	else
		write_default(draft, "/sys", "sysfs", "sysfs", options);
	(void)snprintf(options, sizeof(options), "nosuid,noexec,nodev,relatime,%s", mode);
	write_default(draft, "/sys/fs/cgroup", "cgroup", "cgroup", options);
}

/* The host's own, if it has any; a new mount of mqueue shows the same queues. */
static bool bind_hosts(struct draft *draft, const char *path)
{
	if (!draft_is_host(draft->options->ipc) || access(path, F_OK) < 0)
		return false;
	write_default(draft, path, "bind", path, "rbind,nosuid,noexec,nodev");
	return true;
}

static void write_ipc(struct draft *draft)
{
	uint64_t size = draft->options->shm_size ? draft->options->shm_size : 64ull << 20;
	char options[96];

	(void)snprintf(options, sizeof(options), "nosuid,noexec,nodev,mode=1777,size=%" PRIu64,
		       size);
	if (!bind_hosts(draft, "/dev/shm"))
		write_default(draft, "/dev/shm", "tmpfs", "shm", options);
	if (!bind_hosts(draft, "/dev/mqueue"))
		write_default(draft, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
}

/* devpts refuses a group that has no mapping. */
static bool has_group_tty(const struct draft *draft)
{
	enum { GROUP_TTY = 5 };
	uint32_t size = draft->options->map_size;

	return !draft->rootless && (size == 0 || size > GROUP_TTY);
}

static void write_defaults(struct draft *draft)
{
	write_default(draft, "/proc", "proc", "proc", "nosuid,noexec,nodev");
	write_default(draft, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
	write_default(draft, "/dev/pts", "devpts", "devpts",
		      has_group_tty(draft)
			      ? "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"
			      : "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620");
	write_ipc(draft);
	write_sys(draft);
	if (draft->options->init)
		draft_mount(draft, SPEC_INIT_TARGET, "bind", draft->options->init,
			    (const char *const[]){ "bind", "ro", "nosuid", "nodev", NULL });
}

static int check(const struct draft *draft, const struct spec_mount *mount, struct cleat_error *err)
{
	if (!mount->target || *mount->target != '/')
		return cleat_fail(err, EINVAL,
				  "cannot mount on '%s': the target must be an absolute path",
				  mount->target ? mount->target : "");
	if (same_place(mount->target, "/"))
		return cleat_fail(err, EINVAL, "cannot mount on '/': it is the root filesystem");
	if (strpbrk(mount->target, "\n\r"))
		return cleat_fail(err, EINVAL, "cannot mount: the target contains a line break");
	if (draft->options->map_size == 0 && !draft->rootless && mount->options &&
	    wants_mappings(mount->options))
		return cleat_fail(
			err, EINVAL,
			"cannot mount on '%s' with option idmap: the container has no user "
			"namespace of its own",
			mount->target);
	return 0;
}

static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += path[0] == '/' && path[1] && path[1] != '/';
	return depth;
}

/* Parents before children, else the same order: insertion sort, which is stable, on pointers. */
static void sort_by_depth(const struct spec_mount **list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct spec_mount *moving = list[i];
		size_t j = i;

		for (; j > 0 && depth_of(list[j - 1]->target) > depth_of(moving->target); j--)
			list[j] = list[j - 1];
		list[j] = moving;
	}
}

static int write_users(struct draft *draft, struct cleat_error *err)
{
	const struct spec_options *o = draft->options;
	_cleanup_free_ const struct spec_mount **list = calloc(o->nmounts + 1, sizeof(*list));

	if (!list)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < o->nmounts; i++) {
		if (check(draft, &o->mounts[i], err) < 0)
			return -err->errnum;
		list[i] = &o->mounts[i];
	}
	sort_by_depth(list, o->nmounts);
	for (size_t i = 0; i < o->nmounts; i++)
		draft_mount(draft, list[i]->target, list[i]->type ? list[i]->type : "bind",
			    list[i]->source ? list[i]->source : "none", list[i]->options);
	return 0;
}

int draft_mounts(struct draft *draft, struct cleat_error *err)
{
	json_out_key(draft->out, "mounts");
	json_out_array(draft->out);
	write_defaults(draft);
	if (write_users(draft, err) < 0 || devices_write_mounts(draft, err) < 0)
		return -err->errnum;
	json_out_array_end(draft->out);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_mounts.c - `mounts`: where, what, and the option words. */
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int read_options(struct plan *plan, const struct json *node, struct plan_mount *m,
			struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, "options", JSON_ARRAY, &list, err);

	if (r < 0)
		return r;
	m->options.data = plan_alloc(plan, json_len(list) + 1, sizeof(char *));
	if (!m->options.data)
		return cleat_fail(err, ENOMEM, "cannot hold the options: %m");
	for (size_t i = 0; i < json_len(list); i++) {
		const char *word = json_text(json_at(list, i));

		if (!word)
			return cleat_fail(err, EINVAL, "options[%zu] must be a string", i);
		r = mount_options_add(&m->options, word, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_idmap(struct plan *plan, const struct json *node, struct plan_mount *m,
		      struct cleat_error *err)
{
	int r = plan_read_idmaps(plan, node, "uidMappings", &m->uids, err);

	if (r == 0)
		r = plan_read_idmaps(plan, node, "gidMappings", &m->gids, err);
	if (r < 0)
		return r;
	if (!m->uids.n != !m->gids.n)
		return cleat_fail(err, EINVAL, "uidMappings and gidMappings need each other");
	if ((m->uids.n || m->options.idmap) && !m->options.bind)
		return cleat_fail(err, EINVAL, "uidMappings and idmap are for bind mounts only");
	m->options.idmap |= m->uids.n > 0;
	return 0;
}

static int check(const struct plan_mount *m, struct cleat_error *err)
{
	if (m->options.bind && !*m->source)
		return cleat_fail(err, EINVAL, "a bind mount needs a source");
	/* sync, lazytime ... are the superblock's, which a bind mount leaves alone: mount(2) ignores them, so do we. */
	if (m->options.bind && !m->options.remount && m->options.own)
		return cleat_fail(err, EINVAL, "'%s' is no option of a bind mount", m->options.own);
	if (!m->options.bind && !m->options.remount && !*m->type)
		return cleat_fail(err, EINVAL, "type is missing");
	if (m->options.copy_up && strcmp(m->type, "tmpfs") != 0)
		return cleat_fail(err, EINVAL, "tmpcopyup is for tmpfs only");
	if (strchr(m->type, '\n') || strchr(m->source, '\n') || strlen(m->source) >= PATH_MAX)
		return cleat_fail(err, EINVAL, "type or source is no proper text");
	return 0;
}

static int read_mount(struct plan *plan, const struct json *node, struct plan_mount *m,
		      struct cleat_error *err)
{
	int r = json_get_text(node, "destination", &m->destination, err);

	if (r == 0 && (!m->destination || !*m->destination))
		r = cleat_fail(err, EINVAL, "destination is missing");
	/* Relative is deprecated and means relative to "/", which path.c does anyway. */
	if (r == 0 && strlen(m->destination) >= PATH_MAX)
		r = cleat_fail(err, ENAMETOOLONG, "destination is too long");
	if (r == 0 && strchr(m->destination, '\n'))
		r = cleat_fail(err, EINVAL, "destination holds a line break");
	if (r == 0)
		r = json_get_text(node, "type", &m->type, err);
	if (r == 0)
		r = json_get_text(node, "source", &m->source, err);
	if (r == 0)
		r = read_options(plan, node, m, err);
	if (r == 0)
		r = read_idmap(plan, node, m, err);
	return r < 0 ? r : check(m, err);
}

/* "idmap" without mappings of its own (podman's -v A:B:idmap): those of the container. */
int plan_idmap_mounts(struct plan *plan, struct cleat_error *err)
{
	for (size_t i = 0; i < plan->nmounts; i++) {
		struct plan_mount *m = &plan->mounts[i];

		if (!m->options.idmap || m->uids.n)
			continue;
		if (!plan->uids.n)
			return cleat_fail(err, EINVAL,
					  "mounts[%zu] (%s): idmap needs uidMappings and "
					  "gidMappings, its own or the container's",
					  i, m->destination);
		m->uids = plan->uids;
		m->gids = plan->gids;
	}
	return 0;
}

/* The label of linux.mountLabel, for filesystems that take one; SELinux labels proc and sysfs itself. */
int plan_label_mounts(struct plan *plan, const char *label, struct cleat_error *err)
{
	size_t size = sizeof("context=") + strlen(label);
	char *word = plan_alloc(plan, 1, size);

	if (!word)
		return cleat_fail(err, ENOMEM, "cannot hold mountLabel: %m");
	(void)snprintf(word, size, "context=%s", label);
	for (size_t i = 0; i < plan->nmounts; i++) {
		struct plan_mount *m = &plan->mounts[i];

		if (!m->options.bind && !m->options.remount && strcmp(m->type, "proc") != 0 &&
		    strcmp(m->type, "sysfs") != 0 && strcmp(m->type, "cgroup") != 0)
			m->options.data[m->options.ndata++] = word; /* read_options left room */
	}
	return 0;
}

int plan_read_mounts(struct plan *plan, const struct json *list, struct cleat_error *err)
{
	size_t n = json_len(list);

	plan->mounts = plan_alloc(plan, n, sizeof(*plan->mounts));
	if (!plan->mounts)
		return cleat_fail(err, ENOMEM, "cannot hold the mounts: %m");
	for (size_t i = 0; i < n; i++) {
		struct plan_mount *m = &plan->mounts[i];

		m->type = m->source = "";
		m->source_fd = m->userns_fd = -1;
		if (read_mount(plan, json_at(list, i), m, err) < 0)
			return cleat_wrap(err, "mounts[%zu] (%s)", i,
					  m->destination ? m->destination : "no destination");
	}
	plan->nmounts = n;
	return 0;
}

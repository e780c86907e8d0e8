/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.c - user, groups, umask, capabilities, and HOME.
 *
 * Names are looked up inside the jail, in the image's own files. A number is never a name and a name
 * that looks like a number is never looked up (CVE-2016-3697, CVE-2026-46680).
 */
#include "init.h"

#include "passwd.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD "/etc/passwd"
#define GROUP  "/etc/group"

static int resolve_user(struct init *init, const char *user, struct passwd_entry *entry,
			bool *out_named, struct cleat_error *err)
{
	int r = passwd_number(user, &init->uid);

	if (r == -ERANGE)
		return cleat_fail(err, EINVAL, "user id %s is out of range", user);
	*out_named = r < 0;
	entry->gid = 0;
	if (r == 0) {
		/* Its group and home come from the file if it is in there. */
		if (passwd_find(PASSWD, NULL, init->uid, entry) < 0)
			entry->gid = 0;
		init->gid = entry->gid;
		return 0;
	}
	r = passwd_find(PASSWD, user, 0, entry);
	if (r == -ENOENT)
		return cleat_fail(err, EINVAL, "no user '%s' in the container's " PASSWD, user);
	if (r < 0)
		return cleat_fail(err, -r, "cannot look up user '%s' in " PASSWD ": %m", user);
	init->uid = entry->uid;
	init->gid = entry->gid;
	return 0;
}

static int resolve_group(struct init *init, const char *group, struct cleat_error *err)
{
	int r = passwd_number(group, &init->gid);

	if (r == -ERANGE)
		return cleat_fail(err, EINVAL, "group id %s is out of range", group);
	if (r == 0)
		return 0;
	r = group_find(GROUP, group, &init->gid);
	if (r == -ENOENT)
		return cleat_fail(err, EINVAL, "no group '%s' in the container's " GROUP, group);
	return r < 0 ? cleat_fail(err, -r, "cannot look up group '%s' in " GROUP ": %m", group) : 0;
}

/* "name", "name:group", "1000", "1000:50": anything else is refused. */
static int resolve(struct init *init, struct cleat_error *err)
{
	char user[256];
	struct passwd_entry entry = { 0 };
	const char *text = init->process->username;
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	bool named = false;

	if (len == 0 || len >= sizeof(user) || (colon && (!colon[1] || strchr(colon + 1, ':'))))
		return cleat_fail(err, EINVAL, "user '%s' is not of the form user[:group]", text);
	memcpy(user, text, len);
	user[len] = '\0';
	int r = resolve_user(init, user, &entry, &named, err);

	if (r == 0 && colon)
		r = resolve_group(init, colon + 1, err);
	if (r < 0)
		return r;
	/* Also as a supplementary one: else a program could shed it by setgid (CVE-2022-36109). */
	init->groups[init->ngroups++] = init->gid;
	if (!named || colon) /* as docker: an explicit group means only that one */
		return 0;
	r = group_memberships(GROUP, user, init->groups, MAX_GROUPS, &init->ngroups);
	if (r < 0 && r != -ENOENT)
		return cleat_fail(err, -r, "cannot look up the groups of '%s': %m", user);
	return 0;
}

static bool has_home(const struct plan_process *p)
{
	for (size_t i = 0; i < p->nenv; i++)
		if (strncmp(p->env[i], "HOME=", 5) == 0 && p->env[i][5])
			return true;
	return false;
}

/* env has room for one more; an empty HOME is replaced where it stands. */
static void set_home(struct init *init)
{
	const struct plan_process *p = init->process;
	struct passwd_entry entry = { 0 };
	size_t at = 0;

	if (has_home(p))
		return;
	if (passwd_find(PASSWD, NULL, init->uid, &entry) < 0 || entry.home[0] != '/')
		memcpy(entry.home, "/", 2);
	(void)snprintf(init->home, sizeof(init->home), "HOME=%s", entry.home);
	while (at < p->nenv && strcmp(p->env[at], "HOME=") != 0)
		at++;
	p->env[at] = init->home;
}

int credentials_resolve(struct init *init, struct cleat_error *err)
{
	const struct plan_process *p = init->process;

	init->uid = p->uid;
	init->gid = p->gid;
	init->ngroups = 0;
	if (p->username) {
		int r = resolve(init, err);

		if (r < 0)
			return r;
	}
	if (p->ngroups + init->ngroups > MAX_GROUPS)
		return cleat_fail(err, EINVAL, "more than %d groups", MAX_GROUPS);
	for (size_t i = 0; i < p->ngroups; i++)
		init->groups[init->ngroups++] = p->groups[i];
	set_home(init);
	/* The user may own the streams only now that we know who it is. */
	for (int fd = 0; p->username && fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && (p->terminal || !S_ISCHR(st.st_mode)))
			(void)!fchown(fd, init->uid, (gid_t)-1);
	}
	return 0;
}

/* Nothing to set: no group, or just the one that we have as the primary. */
static bool needs_groups(const struct init *init)
{
	for (size_t i = 0; i < init->ngroups; i++)
		if (init->groups[i] != init->gid)
			return true;
	return false;
}

static int take_ids(struct init *init, struct cleat_error *err)
{
	/* EPERM with nothing to set: setgroups is denied in this namespace (CVE-2014-8989). */
	if (setgroups(init->ngroups, init->groups) < 0 && (errno != EPERM || needs_groups(init)))
		return cleat_fail(err, errno, "cannot set the groups: %m%s",
				  errno == EPERM ? " (in a user namespace this takes groups that "
						   "newgidmap has mapped)"
				  : errno == EINVAL ? " (not mapped in the user namespace)"
						    : "");
	if (setresgid(init->gid, init->gid, init->gid) < 0)
		return cleat_fail(err, errno, "cannot set gid %u: %m%s", init->gid,
				  errno == EINVAL ? " (not mapped in the user namespace)" : "");
	if (setresuid(init->uid, init->uid, init->uid) < 0)
		return cleat_fail(err, errno, "cannot set uid %u: %m%s", init->uid,
				  errno == EINVAL ? " (not mapped in the user namespace)" : "");
	return 0;
}

int credentials_apply(struct init *init, struct cleat_error *err)
{
	/* The bounding set needs CAP_SETPCAP, ids need CAP_SETUID: both are gone in the end. */
	int r = capabilities_drop_bounding(&init->caps, err);

	if (r == 0 && init->uid != 0) /* who stays root keeps them */
		r = capabilities_keep(true, err);
	if (r == 0)
		r = take_ids(init, err);
	if (r == 0)
		r = capabilities_apply(&init->caps, err);
	if (r < 0)
		return r;
	(void)umask((mode_t)init->process->umask);
	/* Changing ids has made us dumpable again; and the runtime's death is no longer ours. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "prctl: %m");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* security.c - --security-opt: a seccomp profile is read here, because the daemon must not open users' paths. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/fd.h"
#include "cli/container_config.h"

enum { PROFILE_MAX = 1 << 20 };

static int read_profile(struct cli *cli, const char *option, const char *path,
			Cleat__V1__ContainerConfig *out)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_free_ char *content = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error why = { 0 };
	size_t len = 0;

	if (fd < 0)
		return words_refuse(option, "security-opt", &cli->err,
				    "opening seccomp profile '%s' failed: %s", path,
				    strerror(errno));
	if (fd_read_all(fd, PROFILE_MAX, &content, &len, path, &why) < 0)
		return words_refuse(option, "security-opt", &cli->err, "%s", why.text);
	if (json_parse(content, len, &doc, &why) < 0)
		return words_refuse(option, "security-opt", &cli->err,
				    "seccomp profile '%s' is no JSON: %s", path, why.text);
	out->seccomp_profile = arena_text_n(&cli->arena, content, len);
	return 0;
}

static int seccomp(struct cli *cli, const char *option, const char *value,
		   Cleat__V1__ContainerConfig *out)
{
	if (!value || !*value)
		return words_refuse(option, "security-opt", &cli->err,
				    "it is seccomp=FILE or seccomp=unconfined");
	if (text_eq(value, "unconfined")) {
		out->seccomp_profile = arena_text(&cli->arena, value);
		return 0;
	}
	if (text_eq(value, "builtin") || text_eq(value, "default"))
		return 0;
	return read_profile(cli, option, value, out);
}

static int no_new_privileges(struct cli *cli, const char *option, const char *value,
			     Cleat__V1__ContainerConfig *out)
{
	bool on = true;

	if (value && text_to_bool(value, &on) < 0)
		return words_refuse(option, "security-opt", &cli->err, "it is true or false");
	out->no_new_privileges = on;
	return 0;
}

static int apparmor(struct cli *cli, const char *option, const char *value,
		    Cleat__V1__ContainerConfig *out)
{
	if (!value || !*value)
		return words_refuse(option, "security-opt", &cli->err,
				    "it is apparmor=PROFILE or apparmor=unconfined");
	out->apparmor_profile = arena_text(&cli->arena, text_eq(value, "unconfined") ? "" : value);
	return 0;
}

/* ---- SELinux: docker's four parts of a label --------------------------------------------------------- */

static const char *const label_keys[] = { "user:", "role:", "type:", "level:" };
enum { LABEL_PARTS = sizeof(label_keys) / sizeof(*label_keys) };

/* container-selinux's own, so that `label=type:spc_t` alone means something. */
static const char usual_label[] = "system_u:system_r:container_t:s0";

/* @text with part @part replaced; the last part, the level, may hold colons. */
static char *replace_part(struct cli *cli, const char *text, size_t part, const char *value)
{
	const char *end = NULL;
	const char *begin = text;

	for (size_t i = 0; i < part; i++)
		begin = strchr(begin, ':') + 1;
	end = part == LABEL_PARTS - 1 ? begin + strlen(begin) : strchr(begin, ':');
	return arena_printf(&cli->arena, "%.*s%s%s", (int)(begin - text), text, value, end);
}

static int label(struct cli *cli, const char *option, const char *value,
		 Cleat__V1__ContainerConfig *out)
{
	if (value && text_eq(value, "disable")) {
		out->selinux_label = arena_text(&cli->arena, "");
		return 0;
	}
	for (size_t i = 0; value && i < LABEL_PARTS; i++) {
		const char *part = value + strlen(label_keys[i]);

		if (!text_starts(value, label_keys[i]))
			continue;
		if (!*part || (i < LABEL_PARTS - 1 && strchr(part, ':')))
			break;
		out->selinux_label = replace_part(
			cli, *out->selinux_label ? out->selinux_label : usual_label, i, part);
		return 0;
	}
	return words_refuse(option, "security-opt", &cli->err,
			    "it is label=disable, or label=user:U, role:R, type:T or level:L");
}

/* ---- the flag ---------------------------------------------------------------------------------------- */

static int one_option(struct cli *cli, const char *option, Cleat__V1__ContainerConfig *out)
{
	static const struct {
		const char *key;
		int (*take)(struct cli *cli, const char *option, const char *value,
			    Cleat__V1__ContainerConfig *out);
	} options[] = {
		{ "seccomp", seccomp },
		{ "no-new-privileges", no_new_privileges },
		{ "apparmor", apparmor },
		{ "label", label },
	};
	/* "seccomp:unconfined" is docker's old spelling. */
	size_t len = strcspn(option, "=:");
	const char *value = option[len] ? option + len + 1 : NULL;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (strlen(options[i].key) == len && text_starts(option, options[i].key))
			return options[i].take(cli, option, value, out);
	return words_refuse(option, "security-opt", &cli->err,
			    "it is seccomp=FILE, seccomp=unconfined, no-new-privileges, "
			    "apparmor=PROFILE or label=KEY:VALUE");
}

int security_collect(struct cli *cli, Cleat__V1__ContainerConfig *out)
{
	for (char *const *item = words_list(&cli->words, "security-opt"); *item; item++) {
		int r = one_option(cli, *item, out);

		if (r < 0)
			return r;
	}
	return 0;
}

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
	if (text_eq(value, "unconfined")) {
		out->seccomp_profile = arena_text(&cli->arena, value);
		return 0;
	}
	if (text_eq(value, "builtin") || text_eq(value, "default"))
		return 0;
	return read_profile(cli, option, value, out);
}

static int one_option(struct cli *cli, const char *option, Cleat__V1__ContainerConfig *out)
{
	/* "seccomp:unconfined" is docker's old spelling. */
	size_t len = strcspn(option, "=:");
	const char *value = option[len] ? option + len + 1 : NULL;
	bool on = true;

	if (len == strlen("seccomp") && text_starts(option, "seccomp") && value && *value)
		return seccomp(cli, option, value, out);
	if (len == strlen("no-new-privileges") && text_starts(option, "no-new-privileges")) {
		if (value && text_to_bool(value, &on) < 0)
			return words_refuse(option, "security-opt", &cli->err,
					    "it is true or false");
		out->no_new_privileges = on;
		return 0;
	}
	/* What turns off a thing that cleat does not do needs no complaint. */
	if (text_eq(option, "apparmor=unconfined") || text_eq(option, "label=disable") ||
	    text_eq(option, "label:disable"))
		return 0;
	return words_refuse(option, "security-opt", &cli->err,
			    "it is seccomp=FILE, seccomp=unconfined or no-new-privileges");
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

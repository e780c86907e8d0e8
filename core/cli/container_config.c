/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_config.c - the words of run and create as the message that the daemon gets.
 *
 * What only needs the words is checked here, so that a typing error leaves no container behind. What
 * needs the image, the plugins or the machine is the daemon's to judge.
 */
#include "cli/container_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/userns.h"
#include "cli/env.h"
#include "cli/limits.h"
#include "cli/mounts.h"

typedef Cleat__V1__ContainerConfig config;

/* ---- flags whose text goes through as it is ---------------------------------------------------- */

static const struct {
	const char *flag;
	size_t offset; /* of a char * */
} texts[] = {
	{ "name", offsetof(config, name) },
	{ "user", offsetof(config, user) },
	{ "hostname", offsetof(config, hostname) },
	{ "workdir", offsetof(config, workdir) },
	{ "net", offsetof(config, network) },
	{ "network", offsetof(config, network) },
	{ "pid", offsetof(config, pid_mode) },
	{ "ipc", offsetof(config, ipc_mode) },
	{ "uts", offsetof(config, uts_mode) },
	{ "userns", offsetof(config, userns) },
	{ "cgroup-parent", offsetof(config, cgroup_parent) },
	{ "restart", offsetof(config, restart) },
	{ "stop-signal", offsetof(config, stop_signal) },
	{ "runtime", offsetof(config, runtime) },
	{ "snapshotter", offsetof(config, snapshotter) },
	{ "io", offsetof(config, io) },
};

static const struct {
	const char *flag;
	size_t offset; /* of a protobuf_c_boolean */
} switches[] = {
	{ "tty", offsetof(config, terminal) },
	{ "interactive", offsetof(config, open_stdin) },
	{ "read-only", offsetof(config, read_only) },
	{ "privileged", offsetof(config, privileged) },
	{ "init", offsetof(config, init) },
	{ "rm", offsetof(config, auto_remove) },
};

static const struct {
	const char *flag;
	size_t n, items; /* of a size_t and a char ** */
} lists[] = {
	{ "group-add", offsetof(config, n_groups), offsetof(config, groups) },
	{ "cap-add", offsetof(config, n_cap_add), offsetof(config, cap_add) },
	{ "cap-drop", offsetof(config, n_cap_drop), offsetof(config, cap_drop) },
	{ "security-opt", offsetof(config, n_security_opt), offsetof(config, security_opt) },
	{ "sysctl", offsetof(config, n_sysctls), offsetof(config, sysctls) },
	{ "after", offsetof(config, n_after), offsetof(config, after) },
	{ "requires", offsetof(config, n_requires), offsetof(config, requires) },
};

static void copy_plain(struct cli *cli, config *out)
{
	unsigned char *base = (unsigned char *)out;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = words_text(&cli->words, texts[i].flag);

		if (text)
			memcpy(base + texts[i].offset, &text, sizeof(text));
	}
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		protobuf_c_boolean on = words_on(&cli->words, switches[i].flag);

		memcpy(base + switches[i].offset, &on, sizeof(on));
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		size_t n = words_count(&cli->words, lists[i].flag);
		char *const *items = words_list(&cli->words, lists[i].flag);

		memcpy(base + lists[i].n, &n, sizeof(n));
		memcpy(base + lists[i].items, &items, sizeof(items));
	}
}

/* ---- key=value lists --------------------------------------------------------------------------- */

static int labels(struct cli *cli, const char *flag, Cleat__V1__Label ***out, size_t *out_n)
{
	for (char *const *item = words_list(&cli->words, flag); *item; item++) {
		Cleat__V1__Label *label = arena_alloc(&cli->arena, sizeof(*label));
		size_t len = strcspn(*item, "=");

		if (len == 0)
			return words_refuse(*item, flag, &cli->err, "it has no name");
		cleat__v1__label__init(label);
		label->key = arena_text_n(&cli->arena, *item, len);
		label->value = (*item)[len] ? *item + len + 1 : *item + len;
		arena_append(&cli->arena, out, out_n, label);
	}
	return 0;
}

int restart_options(struct cli *cli, Cleat__V1__Label ***out, size_t *out_n)
{
	for (char *const *item = words_list(&cli->words, "restart-opt"); *item; item++)
		if (!strchr(*item, '='))
			return words_refuse(*item, "restart-opt", &cli->err,
					    "it must be KEY=VALUE");
	return labels(cli, "restart-opt", out, out_n);
}

/* ---- devices ----------------------------------------------------------------------------------- */

int device_parse(struct arena *arena, const char *text, Cleat__V1__Device *out,
		 struct cleat_error *err)
{
	char *rest = arena_text(arena, text);
	char *host = strsep(&rest, ":");
	char *container = strsep(&rest, ":");
	char *access = strsep(&rest, ":");

	if (rest || (container && !*container))
		return cleat_fail(err, EINVAL, "invalid device specification: %s", text);
	/* "/dev/x:rw": docker takes a second word of these letters as the access */
	if (container && !access && container[strspn(container, "rwm")] == '\0') {
		access = container;
		container = NULL;
	}
	if (access && (!*access || access[strspn(access, "rwm")] != '\0'))
		return cleat_fail(err, EINVAL, "invalid device mode: %s", access);
	if (host[0] != '/' || (container && container[0] != '/'))
		return cleat_fail(err, EINVAL, "%s is not an absolute path",
				  host[0] != '/' ? host : container);
	out->host = host;
	out->container = container ? container : host;
	out->access = access ? access : arena_text(arena, "rwm");
	return 0;
}

static int devices(struct cli *cli, config *out)
{
	for (char *const *item = words_list(&cli->words, "device"); *item; item++) {
		Cleat__V1__Device *device = arena_alloc(&cli->arena, sizeof(*device));
		struct cleat_error why = { 0 };

		cleat__v1__device__init(device);
		if (device_parse(&cli->arena, *item, device, &why) < 0)
			return words_refuse(*item, "device", &cli->err, "%s", why.text);
		arena_append(&cli->arena, &out->devices, &out->n_devices, device);
	}
	return 0;
}

/* ---- what is run ------------------------------------------------------------------------------- */

/* --rootfs DIR[:O], relative to here. */
static int rootfs(struct cli *cli, const char *text, config *out)
{
	size_t len = strlen(text);
	_cleanup_free_ char *full = NULL;
	char *dir = NULL;

	if (len > 2 && text_eq(text + len - 2, ":O")) {
		out->rootfs_overlay = true;
		len -= 2;
	}
	dir = arena_text_n(&cli->arena, text, len);
	full = realpath(dir, NULL);
	if (!full)
		return cleat_fail(&cli->err, errno, "cannot use root filesystem '%s': %m", dir);
	out->rootfs = arena_text(&cli->arena, full);
	return 0;
}

static int what_to_run(struct cli *cli, config *out)
{
	const char *entrypoint = words_text(&cli->words, "entrypoint");
	const char *tree = words_text(&cli->words, "rootfs");
	char **args = cli->words.args;
	int r = 0;

	if (tree)
		r = rootfs(cli, tree, out);
	else if (!*args)
		return cleat_fail(&cli->err, EINVAL, "it needs IMAGE [COMMAND [ARG...]]");
	else
		out->image = *args++;
	if (!tree && !out->image[0])
		return cleat_fail(&cli->err, EINVAL, "the name of the image is empty");
	out->args = args;
	while (args[out->n_args])
		out->n_args++;
	out->entrypoint_set = entrypoint != NULL;
	if (entrypoint && *entrypoint)
		arena_append(&cli->arena, &out->entrypoint, &out->n_entrypoint, entrypoint);
	return r;
}

/* ---- modes that are words ---------------------------------------------------------------------- */

static int check_modes(struct cli *cli, const config *out)
{
	const char *net = out->network;
	struct cleat_error why = { 0 };
	struct userns userns;
	const char *pull = words_text(&cli->words, "pull");

	if (*net && !text_eq(net, "none") && !text_eq(net, "host") && !text_starts(net, "ns:/") &&
	    !(text_starts(net, "container:") && net[strlen("container:")]))
		return words_refuse(
			net, "network", &cli->err,
			"network %s not found; it is none, host, ns:PATH or container:NAME", net);
	if (userns_parse(out->userns, &userns, &why) < 0)
		return words_refuse(out->userns, "userns", &cli->err, "%s", why.text);
	if (*out->uts_mode && !text_eq(out->uts_mode, "host"))
		return words_refuse(out->uts_mode, "uts", &cli->err, "it can only be host");
	if (*out->workdir && out->workdir[0] != '/')
		return words_refuse(
			out->workdir, "workdir", &cli->err,
			"the working directory is invalid, it needs to be an absolute path");
	if (*out->stop_signal && text_to_signal(out->stop_signal) < 0)
		return words_refuse(out->stop_signal, "stop-signal", &cli->err,
				    "invalid signal: %s", out->stop_signal);
	if (pull && !text_eq(pull, "never"))
		return words_refuse(pull, "pull", &cli->err,
				    "cleat fetches no images; use `cleat image import`");
	return 0;
}

int restart_check(struct cli *cli, const char *policy)
{
	const char *colon = strchr(policy, ':');
	uint32_t count = 0;

	if (colon && text_to_u32(colon + 1, &count) < 0)
		return words_refuse(policy, "restart", &cli->err,
				    "maximum retry count must be a number");
	return 0;
}

static int check_restart(struct cli *cli, const config *out)
{
	if (out->auto_remove && *out->restart && !text_eq(out->restart, "no") &&
	    !text_eq(out->restart, "never"))
		return cleat_fail(&cli->err, EINVAL,
				  "conflicting options: cannot specify both --restart and --rm");
	return *out->restart ? restart_check(cli, out->restart) : 0;
}

static int numbers(struct cli *cli, config *out)
{
	const char *shm = words_text(&cli->words, "shm-size");
	uint64_t bytes = 0;
	int r = words_i64(&cli->words, "stop-timeout", &out->stop_timeout_s, &cli->err);

	if (r == 0)
		r = words_i64(&cli->words, "oom-score-adj", &out->oom_score_adj, &cli->err);
	if (r < 0)
		return r;
	out->stop_timeout_set = words_given(&cli->words, "stop-timeout");
	out->oom_score_adj_set = words_given(&cli->words, "oom-score-adj");
	if (out->stop_timeout_s < -1)
		return words_refuse(words_text(&cli->words, "stop-timeout"), "stop-timeout",
				    &cli->err, "it must be at least -1");
	if (out->oom_score_adj < -1000 || out->oom_score_adj > 1000)
		return words_refuse(words_text(&cli->words, "oom-score-adj"), "oom-score-adj",
				    &cli->err, "it must be from -1000 to 1000");
	if (shm && (text_to_bytes(shm, &bytes) < 0 || bytes == 0 || bytes > INT64_MAX))
		return words_refuse(shm, "shm-size", &cli->err, "invalid size: '%s'", shm);
	out->shm_size = (int64_t)bytes;
	return 0;
}

int container_config(struct cli *cli, config *out)
{
	int r = 0;

	cleat__v1__container_config__init(out);
	copy_plain(cli, out);
	r = what_to_run(cli, out);
	if (r == 0)
		r = check_modes(cli, out);
	if (r == 0)
		r = check_restart(cli, out);
	if (r == 0)
		r = numbers(cli, out);
	if (r == 0)
		r = security_collect(cli, out);
	if (r == 0)
		r = labels(cli, "label", &out->labels, &out->n_labels);
	if (r == 0)
		r = labels(cli, "annotation", &out->annotations, &out->n_annotations);
	if (r == 0)
		r = restart_options(cli, &out->restart_options, &out->n_restart_options);
	if (r == 0)
		r = log_flags_collect(cli, out);
	if (r == 0)
		r = health_flags_collect(cli, out);
	if (r == 0)
		r = devices(cli, out);
	if (r == 0)
		r = limits_collect(cli, &out->limits);
	if (r == 0)
		r = ulimits_collect(cli, &out->ulimits, &out->n_ulimits);
	if (r == 0)
		r = mounts_collect(cli, &out->mounts, &out->n_mounts);
	return r < 0 ? r : env_collect(cli, &out->env, &out->n_env);
}

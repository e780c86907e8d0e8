/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create.c - cleat create: from what was asked to a row that a task can be made of.
 *
 * The configuration is settled here once: what the image says is merged in, defaults are filled in,
 * names are resolved. Later starts use it as it is, whatever becomes of image and cleat.ini.
 */
#include "service/service.h"
#include "task/depend.h"

#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "image/image.h"
#include "service/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

struct creating {
	struct rpc_call *call;
	char *id, *name;
};

static void creating_free(struct creating *creating)
{
	if (!creating)
		return;
	free(creating->id);
	free(creating->name);
	free(creating);
}

static void message_freep(container_config **config)
{
	if (*config)
		cleat__v1__container_config__free_unpacked(*config, NULL);
}

/* The request is borrowed and read-only. */
static container_config *copy_config(const container_config *config)
{
	size_t len = cleat__v1__container_config__get_packed_size(config);
	_cleanup_free_ uint8_t *bytes = malloc(len ? len : 1);

	if (!bytes)
		return NULL;
	(void)cleat__v1__container_config__pack(config, bytes);
	return cleat__v1__container_config__unpack(NULL, len, bytes);
}

static int pack(const container_config *config, struct store_container *row)
{
	row->config_len = cleat__v1__container_config__get_packed_size(config);
	row->config = malloc(row->config_len ? row->config_len : 1);
	if (!row->config)
		return -ENOMEM;
	(void)cleat__v1__container_config__pack(config, row->config);
	return 0;
}

/* ---- the image --------------------------------------------------------------------------------- */
static int use_image(struct service *service, const char *ns, container_config *config,
		     struct store_container *row, struct cleat_error *err)
{
	struct store_image image = { 0 };
	struct image_manifest *manifest = NULL;
	int r = images_find(service->tasks, ns, config->image, &image, err);

	if (r == 0)
		r = image_manifest_read(service->tasks->env.root_fd, image.digest, &manifest, err);
	if (r == 0 && (task_set_text(&row->image, config->image) < 0 ||
		       task_set_text(&row->image_digest, manifest->digest) < 0 ||
		       task_set_text(&row->image_id, manifest->id) < 0))
		r = cleat_fail(err, ENOMEM, "cannot create: out of memory");
	if (r == 0)
		r = service_merge(config, manifest, err);
	image_manifest_free(manifest);
	store_image_fini(&image);
	return r;
}

/* ---- settle the rest ------------------------------------------------------------------------------ */
static int settle_name(struct service *service, const char *ns, const container_config *config,
		       char **out, struct cleat_error *err)
{
	const char *name = config->name + (*config->name == '/');
	const struct task *other = NULL;

	if (!*config->name)
		return service_make_name(service->tasks, ns, out, err);
	if (!text_is_name(name))
		return cleat_fail(
			err, EINVAL,
			"Invalid container name (%.200s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are "
			"allowed",
			name);
	other = tasks_by_name(service->tasks, ns, name);
	if (other)
		return cleat_fail(
			err, EEXIST,
			"Conflict. The container name \"/%s\" is already in use by container "
			"\"%s\". You have to remove (or rename) that container to be able to "
			"reuse that name.",
			name, other->row.id);
	*out = strdup(name);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot create: out of memory");
}

static int settle_plugins(struct service *service, const container_config *config,
			  struct store_container *row)
{
	const struct config_plugins *defaults = &service->tasks->env.config->plugins;

	if (task_set_text(&row->runtime, *config->runtime ? config->runtime : defaults->runtime) <
		    0 ||
	    task_set_text(&row->snapshotter,
			  *config->snapshotter ? config->snapshotter : defaults->snapshotter) < 0 ||
	    task_set_text(&row->io, *config->io ? config->io : defaults->io) < 0 ||
	    task_set_text(&row->policy, restart_policy_settled(config->restart)) < 0)
		return -ENOMEM;
	return 0;
}

/* A name may go to another container later: the id may not. */
static int settle_mode(struct tasks *tasks, const char *ns, char **mode, struct cleat_error *err)
{
	struct task *other = NULL;

	if (!text_starts(*mode, "container:"))
		return 0;
	int r = tasks_find(tasks, ns, *mode + strlen("container:"), &other, err);
	char *resolved = r < 0 ? NULL : text_format("container:%s", other->row.id);

	if (r == 0 && (!resolved || task_set_message_text(mode, resolved) < 0))
		r = cleat_fail(err, ENOMEM, "cannot create: out of memory");
	free(resolved);
	return r;
}

/* docker: the container's short id; in the host's network the host's name, which is what resolves there. */
static int settle_hostname(container_config *config, const char *id, struct cleat_error *err)
{
	char name[65];

	if (*config->hostname)
		return 0;
	(void)snprintf(name, sizeof(name), "%.12s", id);
	if (text_eq(config->network, "host") && gethostname(name, sizeof(name)) < 0)
		return cleat_fail(err, errno, "cannot read the host's name: %m");
	if (task_set_message_text(&config->hostname, name) < 0)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	return 0;
}

/* What nobody asked for is as the configuration says. */
static int settle_userns(struct service *service, container_config *config, struct cleat_error *err)
{
	if (*config->userns || service->tasks->env.config->cleat.userns == CONFIG_USERNS_HOST)
		return 0;
	if (task_set_message_text(&config->userns, "auto") < 0)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	return 0;
}

static int settle_config(struct service *service, const char *ns, container_config *config,
			 const char *id, struct cleat_error *err)
{
	struct tasks *tasks = service->tasks;

	if (settle_mode(tasks, ns, &config->network, err) < 0 ||
	    settle_mode(tasks, ns, &config->pid_mode, err) < 0 ||
	    settle_mode(tasks, ns, &config->ipc_mode, err) < 0)
		return -err->errnum;
	return settle_hostname(config, id, err);
}

/* The program and its arguments become one list; what the image says was merged before. */
static int settle_command(container_config *config, struct cleat_error *err)
{
	size_t n = config->n_entrypoint + config->n_args;
	char **all = calloc(n + 1, sizeof(*all));

	if (!n || (config->n_entrypoint == 0 && !*config->args[0])) {
		free(all);
		return cleat_fail(err, EINVAL, "No command specified");
	}
	if (!all)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	for (size_t i = 0; i < config->n_entrypoint; i++)
		all[i] = strdup(config->entrypoint[i]);
	for (size_t i = 0; i < config->n_args; i++)
		all[config->n_entrypoint + i] = config->args[i];
	for (size_t i = 0; i < n; i++)
		if (!all[i]) {
			free(all);
			return cleat_fail(err, ENOMEM, "cannot create: out of memory");
		}
	free(config->args);
	config->args = all;
	config->n_args = n;
	return 0;
}

static int make_row(struct service *service, const char *ns, container_config *config,
		    struct store_container *row, struct cleat_error *err)
{
	char id[65];

	if (settle_userns(service, config, err) < 0)
		return -err->errnum;
	int r = service_check(service, ns, config, err);

	if (r < 0)
		return r;
	if (text_random_hex(id, 32) < 0)
		return cleat_fail(err, EIO, "cannot make an id: no random numbers");
	if (task_set_text(&row->ns, ns) < 0 || task_set_text(&row->id, id) < 0 ||
	    settle_plugins(service, config, row) < 0)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	if (*config->image)
		r = use_image(service, ns, config, row, err);
	if (r == 0)
		r = service_check_health(config, err);
	if (r == 0)
		r = settle_command(config, err);
	if (r == 0)
		r = settle_config(service, ns, config, id, err);
	if (r == 0)
		r = userns_choose(service->tasks, config, row, err);
	if (r == 0)
		r = settle_name(service, ns, config, &row->name, err);
	if (r == 0)
		r = depend_check_new(service->tasks, ns, row->name, config, err);
	if (r == 0 && pack(config, row) < 0)
		r = cleat_fail(err, ENOMEM, "cannot create: out of memory");
	return r;
}

/* ---- the call ---------------------------------------------------------------------------------- */
static void created(void *arg, const struct cleat_error *err)
{
	Cleat__V1__CreateResponse reply = CLEAT__V1__CREATE_RESPONSE__INIT;
	struct creating *creating = arg;

	reply.id = creating->id;
	reply.name = creating->name;
	if (err->errnum)
		rpc_fail(creating->call, err);
	else
		rpc_reply(creating->call, &reply.base);
	creating_free(creating);
}

static int start(struct service *service, struct creating *creating,
		 const Cleat__V1__CreateRequest *request, struct cleat_error *err)
{
	_cleanup_(message_freep) container_config *config =
		request->config ? copy_config(request->config) : NULL;
	_cleanup_(store_container_fini) struct store_container row = { 0 };
	const char *ns = service_namespace(request->namespace_, err);
	struct task *task = NULL;

	if (!ns)
		return -err->errnum;
	if (!config)
		return cleat_fail(err, request->config ? ENOMEM : EINVAL,
				  "cannot create a container without a configuration");
	service_last_wins(config);
	int r = make_row(service, ns, config, &row, err);

	if (r < 0)
		return r;
	creating->id = strdup(row.id);
	creating->name = strdup(row.name);
	if (!creating->id || !creating->name)
		return cleat_fail(err, ENOMEM, "cannot create: out of memory");
	return task_create(service->tasks, &row, &task, created, creating, err);
}

void service_create(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	struct creating *creating = calloc(1, sizeof(*creating));
	struct cleat_error err = { 0 };
	int r = creating ? 0 : cleat_fail(&err, ENOMEM, "cannot create: out of memory");

	if (r == 0) {
		creating->call = call;
		r = start(arg, creating, (const void *)message, &err);
	}
	if (r < 0) {
		rpc_fail(call, &err);
		creating_free(creating);
	}
}

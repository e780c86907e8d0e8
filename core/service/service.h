/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - what users mean: the services of cleat.v1 on top of core/task.
 *
 * One file a verb. A handler checks what was asked, says docker's words when it cannot be, and hands
 * the rest down; it answers when the task has.
 */
#ifndef CORE_SERVICE_SERVICE_H
#define CORE_SERVICE_SERVICE_H

#include "rpc/ttrpc.h"
#include "rpc/pb/cleat.pb-c.h"
#include "task/task.h"

struct service {
	struct tasks *tasks;
	struct rpc_server *server; /* service_offer's */
	/* event_stream.c: what all clients had not read yet when the event of that time came */
	size_t events_unsent;
	uint64_t events_unsent_at;
	uint64_t started_at;
	void (*shut_down)(void *arg); /* the daemon shall leave */
	void *arg;
};

/** Offer Containers, Images, System, and containerd's Events for the shims. @service is borrowed. */
int service_offer(struct service *service, struct rpc_server *server, struct cleat_error *err);

/** "" is the namespace "default". NULL: not a name; @err says so. */
const char *service_namespace(const char *ns, struct cleat_error *err);
/** Find the container, or answer the call with the error and return NULL. */
struct task *service_find(struct service *service, struct rpc_call *call, const char *ns,
			  const char *what);

/** answer.c: is there a label like @wanted, "key" or "key=value"? */
bool service_has_label(Cleat__V1__Label *const *labels, size_t n, const char *wanted);

/* ---- one handler a method ------------------------------------------------------------------------ */
void service_create(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_prepare(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_start(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_kill(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_stop(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_restart(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_remove(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_rename(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_update(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_restart_reset(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_pause(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_resume(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_list(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_inspect(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_top(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_exec(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_exec_start(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_exec_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_resize(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_close_stdin(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_attach(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_checkpoint(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_checkpoints(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_checkpoint_remove(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_version(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_info(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_shutdown(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_events(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void service_forward(void *arg, struct rpc_call *call, const ProtobufCMessage *request);

/* ---- parts of create ------------------------------------------------------------------------------ */

/** names.c: "calm_anchor", not taken in @ns. Free *out. */
int service_make_name(struct tasks *tasks, const char *ns, char **out, struct cleat_error *err);
/** check.c: refuse what cannot work, in docker's words. */
int service_check(struct service *service, const char *ns, const container_config *config,
		  struct cleat_error *err);
int service_check_limits(const Cleat__V1__Limits *limits, struct cleat_error *err);
/** check_userns.c: a user namespace of its own, and what it cannot go with. */
int service_check_userns(struct service *service, const container_config *config,
			 struct cleat_error *err);
/** Is it the name of a [shim/NAME]? */
bool service_is_foreign(const struct config *config, const char *name);
/** merge.c: fill in what the image says and the user did not. */
struct image_manifest;
int service_merge(container_config *config, const struct image_manifest *image,
		  struct cleat_error *err);
/** merge_health.c, check_health.c: the same for health checks. */
int service_merge_health(container_config *config, const struct image_manifest *image,
			 struct cleat_error *err);
int service_check_health(const container_config *config, struct cleat_error *err);
/** last_wins.c: labels, annotations, restart options and sysctls: each key once. */
void service_last_wins(container_config *config);
/** Append a copy to a repeated string. */
int service_append(char ***items, size_t *n, const char *text);

#endif

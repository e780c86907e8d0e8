/* SPDX-License-Identifier: Apache-2.0 */
/* offer.c - the table of methods. */
#include "service/images.h"
#include "service/service.h"

#include "rpc/pb/events_ttrpc.pb-c.h"

static const struct rpc_method containers[] = {
	{ "Create", service_create },
	{ "Prepare", service_prepare },
	{ "Start", service_start },
	{ "Wait", service_wait },
	{ "Kill", service_kill },
	{ "Stop", service_stop },
	{ "Restart", service_restart },
	{ "Remove", service_remove },
	{ "Rename", service_rename },
	{ "Update", service_update },
	{ "RestartReset", service_restart_reset },
	{ "Pause", service_pause },
	{ "Resume", service_resume },
	{ "List", service_list },
	{ "Inspect", service_inspect },
	{ "Top", service_top },
	{ "Stats", service_stats },
	{ "Exec", service_exec },
	{ "ExecStart", service_exec_start },
	{ "ExecWait", service_exec_wait },
	{ "Resize", service_resize },
	{ "CloseStdin", service_close_stdin },
	{ "Attach", service_attach },
	{ "Checkpoint", service_checkpoint },
	{ "Checkpoints", service_checkpoints },
	{ "RemoveCheckpoint", service_checkpoint_remove },
	{ NULL, NULL },
};

static const struct rpc_method system_methods[] = {
	{ "Version", service_version }, { "Info", service_info }, { "Shutdown", service_shutdown },
	{ "Events", service_events },   { NULL, NULL },
};

static const struct rpc_method events[] = {
	{ "Forward", service_forward },
	{ NULL, NULL },
};

int service_offer(struct service *service, struct rpc_server *server, struct cleat_error *err)
{
	int r = rpc_server_add(server, NULL, &cleat__v1__containers__descriptor, containers,
			       service, err);

	service->server = server;
	if (r == 0)
		r = rpc_server_add(server, NULL, &cleat__v1__system__descriptor, system_methods,
				   service, err);
	if (r == 0)
		r = rpc_server_add(server, NULL,
				   &containerd__services__events__ttrpc__v1__events__descriptor,
				   events, service, err);
	if (r == 0)
		r = images_serve(service->tasks, server, err);
	return r;
}

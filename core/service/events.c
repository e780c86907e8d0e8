/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - what shims tell on their own: hints, since the pending Wait is the truth.
 *
 * An exit needs no action, an OOM is told and noted in the log; the count is in the exit record.
 */
#include "service/service.h"

#include "base/log.h"
#include "base/text.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/events_ttrpc.pb-c.h"
#include "rpc/pb/shim.pb-c.h"
#include "task/events.h"
#include "task/health.h"

#include <string.h>

static void note_oom(struct service *service,
		     const Containerd__Services__Events__Ttrpc__V1__Envelope *envelope)
{
	Containerd__Events__TaskOOM *event = containerd__events__task_oom__unpack(
		NULL, envelope->event->value.len, envelope->event->value.data);

	if (!event)
		return;
	log_line(CLEAT_INFO, "%.12s: a process was killed for want of memory", event->container_id);
	struct task *task = tasks_by_id(service->tasks, envelope->namespace_, event->container_id);

	if (task)
		task_event(task, "oom", NULL);
	containerd__events__task_oom__free_unpacked(event, NULL);
}

static void note_health(struct service *service,
			const Containerd__Services__Events__Ttrpc__V1__Envelope *envelope)
{
	Cleat__Shim__V1__Health *event = cleat__shim__v1__health__unpack(
		NULL, envelope->event->value.len, envelope->event->value.data);
	struct task *task =
		event ? tasks_by_id(service->tasks, envelope->namespace_, event->container_id)
		      : NULL;

	if (task)
		health_told(task, event->status);
	if (event)
		cleat__shim__v1__health__free_unpacked(event, NULL);
}

void service_forward(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Containerd__Services__Events__Ttrpc__V1__ForwardRequest *request =
		(const void *)message;
	const Containerd__Services__Events__Ttrpc__V1__Envelope *envelope = request->envelope;

	if (!envelope || !envelope->event || envelope->topic[0] != '/') {
		rpc_fail_code(call, RPC_INVALID_ARGUMENT, "an event needs a topic and a body");
		return;
	}
	log_line(CLEAT_DEBUG, "event %.100s", envelope->topic);
	if (text_eq(envelope->topic, "/cleat/health"))
		note_health(arg, envelope);
	if (text_eq(envelope->topic, "/tasks/oom"))
		note_oom(arg, envelope);
	rpc_reply(call, NULL);
}

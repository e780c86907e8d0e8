/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - containerd.task.v2.Task: one function a method, each in the file of its group. */
#ifndef CORE_SHIM_METHODS_H
#define CORE_SHIM_METHODS_H

#include "shim.h"

/** For rpc_server_add; arg is the struct shim. */
extern const struct rpc_method shim_methods[];
/** cleat.shim.v1.Shim: attach.c. */
extern const struct rpc_method shim_own_methods[];

void method_state(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_create(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_start(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_delete(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_pids(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_pause(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_resume(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_checkpoint(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_kill(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_exec(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_resize(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_close_io(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_update(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_connect(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_attach(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void method_shutdown(void *arg, struct rpc_call *call, const ProtobufCMessage *request);

/**
 * Answer that the runtime failed to @does ("create"): cleatd gets the class of the errno, containerd
 * what it is used to, code 2 with runc's words in front.
 */
void method_fail(const struct shim *shim, struct rpc_call *call, const char *does,
		 const struct cleat_error *err);
/** Fill a Timestamp; 0 becomes Go's zero time. */
struct Google__Protobuf__Timestamp;
void method_time(struct Google__Protobuf__Timestamp *out, uint64_t ns);
/** protobuf-c's strings are not const. */
static inline char *method_text(const char *s)
{
	return (char *)(uintptr_t)s;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* methods.c - the table of the task service, and what its answers have in common. */
#include "methods.h"

#include "base/clock.h"
#include "rpc/pb/wellknown.pb-c.h"

const struct rpc_method shim_methods[] = {
	{ "State", method_state },       { "Create", method_create },
	{ "Start", method_start },       { "Delete", method_delete },
	{ "Pids", method_pids },         { "Pause", method_pause },
	{ "Resume", method_resume },     { "Checkpoint", method_checkpoint },
	{ "Kill", method_kill },         { "Exec", method_exec },
	{ "ResizePty", method_resize },  { "CloseIO", method_close_io },
	{ "Update", method_update },     { "Wait", method_wait },
	{ "Stats", method_stats },       { "Connect", method_connect },
	{ "Shutdown", method_shutdown }, { 0 },
};

void method_fail(const struct shim *shim, struct rpc_call *call, const char *does,
		 const struct cleat_error *err)
{
	if (shim->engine)
		rpc_fail(call, err);
	else
		rpc_fail_code(call, RPC_UNKNOWN, "OCI runtime %s failed: %s", does, err->text);
}

void method_time(struct Google__Protobuf__Timestamp *out, uint64_t ns)
{
	google__protobuf__timestamp__init(out);
	out->seconds = ns ? (int64_t)(ns / NS_PER_S) : -62135596800; /* Go's zero time */
	out->nanos = (int32_t)(ns % NS_PER_S);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* shim_client.h - the connection to one shim: containerd's Task service, with a deadline per call. */
#ifndef CORE_TASK_SHIM_CLIENT_H
#define CORE_TASK_SHIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

#include "rpc/ttrpc.h"

struct loop;
struct shim;

/** Where a shim listens and what it speaks: what `start` printed, kept in <bundle>/bootstrap.json. */
struct shim_address {
	char *address;    /* "unix:///..." or an abstract name */
	uint32_t version; /* of the Task service: 2 or 3 */
};
void shim_address_fini(struct shim_address *address);
/** Understand the output of `start`: protobuf BootstrapResult, JSON or plain text. EINVAL. */
int shim_address_parse(const char *output, size_t len, struct shim_address *out,
		       struct cleat_error *err);
int shim_address_save(const char *bundle, const struct shim_address *address,
		      struct cleat_error *err);
/** From bootstrap.json, or from the `address` that the shim itself wrote. ENOENT. */
int shim_address_load(const char *bundle, struct shim_address *out, struct cleat_error *err);

/** Connect. @closed(arg) is called once when the connection ends, unless shim_close came first. */
int shim_connect(struct loop *loop, const struct shim_address *address, const char *ns,
		 uint64_t timeout_ns, void (*closed)(void *arg), void *arg, struct shim **out,
		 struct cleat_error *err);
/** Call @method; the deadline is the one given to shim_connect. See rpc_call. */
int shim_call(struct shim *shim, const char *method, const ProtobufCMessage *request,
	      const ProtobufCMessageDescriptor *reply_type, rpc_done done, void *arg,
	      struct cleat_error *err);
/** Of our own service, cleat.shim.v1.Shim: a foreign shim does not know it. */
int shim_call_own(struct shim *shim, const char *method, const ProtobufCMessage *request,
		  const ProtobufCMessageDescriptor *reply_type, rpc_done done, void *arg,
		  struct cleat_error *err);
/** The same with a deadline of its own; 0: wait for ever. */
int shim_call_limit(struct shim *shim, const char *method, const ProtobufCMessage *request,
		    const ProtobufCMessageDescriptor *reply_type, uint64_t timeout_ns,
		    rpc_done done, void *arg, struct cleat_error *err);
/** "@whose does not answer" shall errors say: "the shim of container 0123456789ab". */
void shim_belongs_to(struct shim *shim, const char *whose);
void shim_close(struct shim *shim); /* NULL is fine; pending calls end without their callback */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ttrpc.h - containerd's ttrpc: frames, a server and a client, on the loop, with protobuf-c.
 *
 * reference: containerd-protocol.md section 1. No threads and no blocking: a server's handler may
 * answer later, a client's call reports by callback. Errors travel as google.rpc.Status, whose code is
 * derived from our errno (rpc_code_of) and back (rpc_errno_of); text keeps containerd's ": not found"
 * suffix conventions only where a service adds them itself.
 */
#ifndef CORE_RPC_TTRPC_H
#define CORE_RPC_TTRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include <cleat/error.h>

struct loop;

enum { RPC_MAX_MESSAGE = 4 << 20 };

/* Codes of google.rpc.Code. */
enum rpc_code {
	RPC_OK = 0,
	RPC_CANCELED = 1,
	RPC_UNKNOWN = 2,
	RPC_INVALID_ARGUMENT = 3,
	RPC_DEADLINE_EXCEEDED = 4,
	RPC_NOT_FOUND = 5,
	RPC_ALREADY_EXISTS = 6,
	RPC_PERMISSION_DENIED = 7,
	RPC_RESOURCE_EXHAUSTED = 8,
	RPC_FAILED_PRECONDITION = 9,
	RPC_ABORTED = 10,
	RPC_OUT_OF_RANGE = 11,
	RPC_UNIMPLEMENTED = 12,
	RPC_INTERNAL = 13,
	RPC_UNAVAILABLE = 14,
	RPC_DATA_LOSS = 15,
	RPC_UNAUTHENTICATED = 16,
};
/** ENOENT/ESRCH: not found, EEXIST: already exists, EINVAL: invalid argument, ... */
int rpc_code_of(int errnum);
int rpc_errno_of(int code);

/* ---- server ---------------------------------------------------------------------------------- */
struct rpc_server;
struct rpc_call; /* one request that waits for its answer */

/**
 * Handle one request: @request is the decoded message (borrowed until the answer). Answer exactly
 * once, now or later, with rpc_reply or rpc_fail (for a server-streaming method: rpc_send any number
 * of times, then rpc_reply(call, NULL) or rpc_fail). @arg is the service's.
 */
typedef void (*rpc_handler)(void *arg, struct rpc_call *call, const ProtobufCMessage *request);

/** One method; NULL `run` answers code 12. */
struct rpc_method {
	const char *name; /* "Create" */
	rpc_handler run;
};

/**
 * Serve on listening socket @fd (taken over). Only peers with @uid as effective uid (SO_PEERCRED) get
 * in; others are closed without a word. At most @max_clients connections.
 */
int rpc_server_new(struct loop *loop, int fd, uint32_t uid, unsigned max_clients,
		   struct rpc_server **out, struct cleat_error *err);
/**
 * Offer @descriptor's methods under @name (NULL: the descriptor's own; lets v2 and v3 share one
 * table). @methods is an array ended by name NULL, borrowed for the server's life.
 */
int rpc_server_add(struct rpc_server *server, const char *name,
		   const ProtobufCServiceDescriptor *descriptor, const struct rpc_method *methods,
		   void *arg, struct cleat_error *err);
/** Connections now open; calls now unanswered. */
unsigned rpc_server_clients(const struct rpc_server *server);
/** Bytes of answers that clients have not taken yet: memory of ours. */
size_t rpc_server_unsent(const struct rpc_server *server);
/** Called whenever the number of clients changes (to 0: idle). */
void rpc_server_on_change(struct rpc_server *server, void (*changed)(void *arg), void *arg);
/** Stop accepting; let answers in flight be written, at most @limit_ns; then @done. */
void rpc_server_drain(struct rpc_server *server, uint64_t limit_ns, void (*done)(void *arg),
		      void *arg);
void rpc_server_free(struct rpc_server *server);

/** Answer with @message (NULL: empty). Frees the call. */
void rpc_reply(struct rpc_call *call, const ProtobufCMessage *message);
/** Answer with an error: code from @err->errnum, message err->text. Frees the call. */
void rpc_fail(struct rpc_call *call, const struct cleat_error *err);
/** Answer with code and text as given. */
void rpc_fail_code(struct rpc_call *call, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** One message of a server stream. 0; -EPIPE: the client is gone; -EAGAIN: it reads too slowly. */
int rpc_send(struct rpc_call *call, const ProtobufCMessage *message);
/** Bytes of answers, this call's and others' of its connection, that the peer has not taken yet. */
size_t rpc_unsent(const struct rpc_call *call);
/** Has the peer closed? The call must still be answered; the answer goes nowhere. */
bool rpc_call_dead(const struct rpc_call *call);
/** Tell @gone(arg) when the peer closes before the answer. One per call; NULL takes it back. */
void rpc_call_on_close(struct rpc_call *call, void (*gone)(void *arg), void *arg);
/** Name of the method ("Create"); time the client still gives, 0: no limit. */
const char *rpc_call_method(const struct rpc_call *call);
uint64_t rpc_call_timeout_ns(const struct rpc_call *call);
/** pid of the peer by SO_PEERCRED. */
int rpc_call_peer_pid(const struct rpc_call *call);

/* ---- client ---------------------------------------------------------------------------------- */
struct rpc_client;

/**
 * A client on a connected socket @fd (taken over). @closed(arg) is called once, from the loop, when
 * the connection ends, after every pending call has failed with ECONNRESET; may be NULL.
 */
int rpc_client_new(struct loop *loop, int fd, void (*closed)(void *arg), void *arg,
		   struct rpc_client **out, struct cleat_error *err);
/** Pending calls are dropped without callbacks. NULL is fine. Legal inside any callback. */
void rpc_client_free(struct rpc_client *client);

/**
 * The answer of a call: @reply (borrowed) or, when NULL, @err. For a stream: called for each
 * message, then once with reply NULL and err->errnum 0 at the end.
 */
typedef void (*rpc_done)(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err);

/**
 * Call @method of @service ("containerd.task.v2.Task"). @reply_type tells how to decode the answer.
 * @timeout_ns 0: wait for ever; when it passes, @done gets ETIMEDOUT and a late answer is dropped.
 * Never calls @done before it returns. 0 or error (then @done is not called).
 */
int rpc_call(struct rpc_client *client, const char *service, const char *method,
	     const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	     uint64_t timeout_ns, rpc_done done, void *arg, struct cleat_error *err);
/** The same for a server-streaming method. */
int rpc_stream(struct rpc_client *client, const char *service, const char *method,
	       const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	       rpc_done done, void *arg, struct cleat_error *err);
/** For the metadata of every call: namespace (NULL: none). */
void rpc_client_namespace(struct rpc_client *client, const char *namespace_);
/** For people: "@peer does not answer" is the error of a call whose deadline has passed. */
void rpc_client_peer(struct rpc_client *client, const char *peer);
/** Run the loop until this call has its answer: for programs that do one thing (cleat).
 *  *out_reply is the caller's: protobuf_c_message_free_unpacked(reply, NULL). */
int rpc_call_wait(struct loop *loop, struct rpc_client *client, const char *service,
		  const char *method, const ProtobufCMessage *request,
		  const ProtobufCMessageDescriptor *reply_type, uint64_t timeout_ns,
		  ProtobufCMessage **out_reply, struct cleat_error *err);

#endif

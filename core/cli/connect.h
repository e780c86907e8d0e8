/* SPDX-License-Identifier: Apache-2.0 */
/* connect.h - the way to cleatd, and calls on it. */
#ifndef CORE_CLI_CONNECT_H
#define CORE_CLI_CONNECT_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "cli/cli.h"

/** Read the configuration into cli->config, once. */
int open_config(struct cli *cli);
/** Make sure there is a connection; start cleatd when nobody answers. Also after it was lost. */
int connect_daemon(struct cli *cli);
void disconnect(struct cli *cli);

/**
 * Connect if need be, call @method of @service and wait for the answer. *out_reply (may be NULL when
 * it says nothing) lives as long as @cli.
 */
int daemon_call(struct cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
		const ProtobufCMessage *request, void *out_reply);
/** How to decode the answer of @method. */
const ProtobufCMessageDescriptor *reply_type(const ProtobufCServiceDescriptor *service,
					     const char *method);

#endif

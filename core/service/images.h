/* SPDX-License-Identifier: Apache-2.0 */
/* images.h - cleat.v1.Images: what users may do with images. */
#ifndef CORE_SERVICE_IMAGES_H
#define CORE_SERVICE_IMAGES_H

#include <cleat/error.h>

#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"
#include "store/store.h"

struct tasks;

/** Offer the service on @server. */
int images_serve(struct tasks *tasks, struct rpc_server *server, struct cleat_error *err);

/**
 * Find an image by name, by id or by a unique prefix of its id (at least 4 digits). ENOENT with
 * docker's text. Give *out to store_image_fini.
 */
int images_find(struct tasks *tasks, const char *ns, const char *what, struct store_image *out,
		struct cleat_error *err);

/* image_import.c, image_remove.c, image_inspect.c: handlers; the argument is the struct tasks */
void image_import_call(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void image_remove_call(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void image_inspect_call(void *arg, struct rpc_call *call, const ProtobufCMessage *request);
void image_list_call(void *arg, struct rpc_call *call, const ProtobufCMessage *request);

/** "" is the namespace "default". */
const char *images_namespace(const char *ns);

#endif

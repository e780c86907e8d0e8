/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimctl.c - call one method of a shim: shimctl ADDRESS METHOD [field=value ...]
 *
 * Fields are found by name in the message's descriptor; spec=@FILE and resources=@FILE are Any with the
 * file's bytes, rootfs="TYPE SOURCE OPTION,OPTION" is one mount. Prints the answer's fields, one a line,
 * metrics as "memory.usage.limit=N", or "CODE TEXT" and exits 1. timeout=SECONDS: for calls that may wait;
 * "timeout" is printed and the exit status is 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/text.h"
#include "rpc/pb/metrics_v1.pb-c.h"
#include "rpc/pb/metrics_v2.pb-c.h"
#include "rpc/pb/task.pb-c.h"
#include "rpc/ttrpc.h"

#define TASK "containerd.task.v2.Task"

static int die(const char *what, const char *why)
{
	(void)fprintf(stderr, "shimctl: %s: %s\n", what, why);
	exit(3);
}

static void *member(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (char *)message + field->offset;
}

static Google__Protobuf__Any *any_of(const char *value)
{
	Google__Protobuf__Any *any = calloc(1, sizeof(*any));
	struct cleat_error err = { 0 };
	char *bytes = NULL;

	if (!any || value[0] != '@')
		die(value, "is not @FILE");
	google__protobuf__any__init(any);
	if (fd_read_file(AT_FDCWD, value + 1, 1 << 20, &bytes, &any->value.len, &err) < 0)
		die(value, err.text);
	any->value.data = (uint8_t *)bytes;
	return any;
}

/* rootfs: the only list there is. */
static Containerd__Types__Mount **mount_of(char *value)
{
	Containerd__Types__Mount *mount = calloc(1, sizeof(*mount));
	Containerd__Types__Mount **list = calloc(1, sizeof(*list));
	char *option = NULL;

	if (!mount || !list)
		die(value, "out of memory");
	containerd__types__mount__init(mount);
	mount->type = strsep(&value, " ");
	mount->source = strsep(&value, " ");
	mount->options = calloc(strlen(value) + 1, sizeof(char *));
	while ((option = strsep(&value, ",")))
		mount->options[mount->n_options++] = option;
	list[0] = mount;
	return list;
}

static void set(ProtobufCMessage *message, const char *name, const char *value)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

	if (!field)
		die(name, "no such field");
	if (field->descriptor == &containerd__types__mount__descriptor) {
		*(size_t *)((char *)message + field->quantifier_offset) = 1;
		*(Containerd__Types__Mount ***)member(message, field) =
			mount_of((char *)(uintptr_t)value);
		return;
	}
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(const char **)member(message, field) = value;
		break;
	case PROTOBUF_C_TYPE_UINT32:
		if (text_to_u32(value, member(message, field)) < 0)
			die(value, "is no number");
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)member(message, field) = text_eq(value, "true");
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(Google__Protobuf__Any **)member(message, field) = any_of(value);
		break;
	default:
		die(name, "has a type that shimctl cannot set");
	}
}

/* Each number of a metrics message under its path. */
static void print_numbers(const ProtobufCMessage *message, const char *prefix)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		const void *at = (const char *)message + field->offset;
		char path[256];

		(void)snprintf(path, sizeof(path), "%s%s", prefix, field->name);
		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			(void)printf("%s=%zu entries\n", path,
				     *(const size_t *)((const char *)message +
						       field->quantifier_offset));
		} else if (field->type == PROTOBUF_C_TYPE_UINT64) {
			(void)printf("%s=%llu\n", path, (unsigned long long)*(const uint64_t *)at);
		} else if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
			   *(const ProtobufCMessage *const *)at) {
			(void)strcat(path, ".");
			print_numbers(*(const ProtobufCMessage *const *)at, path);
		}
	}
}

static void print_metrics(const Google__Protobuf__Any *any)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&io__containerd__cgroups__v1__metrics__descriptor,
		&io__containerd__cgroups__v2__metrics__descriptor,
	};

	(void)printf("%s\n", any->type_url);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_eq(types[i]->name, any->type_url))
			print_numbers(protobuf_c_message_unpack(types[i], NULL, any->value.len,
								any->value.data),
				      "");
}

static void print_field(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const void *at = member(message, field);

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		(void)printf("%s=%zu entries\n", field->name,
			     *(size_t *)((char *)message + field->quantifier_offset));
	else if (field->type == PROTOBUF_C_TYPE_STRING)
		(void)printf("%s=%s\n", field->name, *(const char *const *)at);
	else if (field->type == PROTOBUF_C_TYPE_UINT32)
		(void)printf("%s=%u\n", field->name, *(const uint32_t *)at);
	else if (field->type == PROTOBUF_C_TYPE_BOOL)
		(void)printf("%s=%d\n", field->name, *(const protobuf_c_boolean *)at);
	else if (field->type == PROTOBUF_C_TYPE_ENUM)
		(void)printf(
			"%s=%s\n", field->name,
			protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at)
				->name);
	else if (field->descriptor == &google__protobuf__any__descriptor)
		print_metrics(*(const Google__Protobuf__Any *const *)at);
	else if (field->descriptor == &google__protobuf__timestamp__descriptor)
		(void)printf("%s=%lld\n", field->name,
			     (long long)(*(const Google__Protobuf__Timestamp *const *)at)->seconds);
}

static const ProtobufCMethodDescriptor *find(const char *method)
{
	const ProtobufCMethodDescriptor *found = protobuf_c_service_descriptor_get_method_by_name(
		&containerd__task__v2__task__descriptor, method);

	if (!found)
		die(method, "no such method");
	return found;
}

static int call(const char *address, const ProtobufCMethodDescriptor *method,
		const ProtobufCMessage *request, uint64_t timeout_ns)
{
	struct loop *loop = NULL;
	struct rpc_client *client = NULL;
	ProtobufCMessage *reply = NULL;
	struct cleat_error err = { 0 };
	int fd = fd_unix_connect(text_starts(address, "unix://") ? address + 7 : address);

	if (fd < 0)
		die(address, strerror(-fd));
	if (loop_new(&loop, &err) < 0 || rpc_client_new(loop, fd, NULL, NULL, &client, &err) < 0)
		die("client", err.text);
	int r = rpc_call_wait(loop, client, TASK, method->name, request, method->output, timeout_ns,
			      &reply, &err);

	if (r == -ETIMEDOUT) {
		(void)printf("timeout\n");
		return 2;
	}
	if (r < 0) {
		(void)printf("%d %s\n", rpc_code_of(err.errnum), err.text);
		return 1;
	}
	for (unsigned i = 0; i < method->output->n_fields; i++)
		print_field(reply, &method->output->fields[i]);
	return 0;
}

#ifdef __SANITIZE_ADDRESS__
__attribute__((visibility("default"))) const char *__asan_default_options(void);

/* One call and the end: what it holds then is given back by that. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int main(int argc, char **argv)
{
	uint64_t seconds = 20;

	if (argc < 3)
		die("usage", "shimctl ADDRESS METHOD [field=value ...]");
	const ProtobufCMethodDescriptor *method = find(argv[2]);
	ProtobufCMessage *request = calloc(1, method->input->sizeof_message);

	if (!request)
		die(argv[2], "out of memory");
	protobuf_c_message_init(method->input, request);
	for (int i = 3; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals)
			die(argv[i], "is not field=value");
		*equals = '\0';
		if (!text_eq(argv[i], "timeout"))
			set(request, argv[i], equals + 1);
		else if (text_to_u64(equals + 1, &seconds) < 0)
			die(equals + 1, "is no number of seconds");
	}
	return call(argv[1], method, request, seconds * NS_PER_S);
}

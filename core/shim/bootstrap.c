/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bootstrap.c - what `start` reads from standard input, and the form in which it answers.
 *
 * containerd up to 2.2 sends an Any of runtime options or nothing, 2.3 sends BootstrapParams, and each
 * of the two parses as the other. So field 1 decides: BootstrapParams begin with the id of the command
 * line, an Any with the name of a type.
 */
#include "bootstrap.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json_out.h"
#include "base/text.h"
#include "rpc/pb/bootstrap.pb-c.h"
#include "rpc/pb/wellknown.pb-c.h"

enum { INPUT_LIMIT = 10 << 20, PATIENCE_MS = 5000, TASK_API = 2 };
#define LOG_DEBUG_OR_FINER (-4)

typedef Containerd__Runtime__Bootstrap__V1__BootstrapParams bootstrap_params;
typedef Containerd__Runtime__Bootstrap__V1__BootstrapResult bootstrap_result;

static int copy(char **to, const char *from)
{
	if (!*from)
		return 0;
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

/* Options that nobody can read are Create's to refuse: it gets the same ones. */
static void take_options(const Google__Protobuf__Any *any, struct bootstrap *out)
{
	struct cleat_error ignored = { 0 };

	(void)options_read(any, &out->options, &ignored);
}

static int take_params(const bootstrap_params *params, struct bootstrap *out)
{
	out->given = true;
	out->debug = params->log_level <= LOG_DEBUG_OR_FINER;
	if (copy(&out->ttrpc_address, params->containerd_ttrpc_address) < 0)
		return -ENOMEM;
	if (params->socket_dir[0] == '/' && copy(&out->socket_dir, params->socket_dir) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < params->n_extensions; i++)
		take_options(params->extensions[i]->value, out);
	return 0;
}

int bootstrap_parse(const struct flags *flags, const void *bytes, size_t len, struct bootstrap *out,
		    struct cleat_error *err)
{
	bootstrap_params *params =
		containerd__runtime__bootstrap__v1__bootstrap_params__unpack(NULL, len, bytes);
	Google__Protobuf__Any *any = google__protobuf__any__unpack(NULL, len, bytes);
	int r = 0;

	if (params && text_eq(params->instance_id, flags->id)) {
		/* of another namespace: not for us, and its first field is no type either */
		if (text_eq(params->namespace_, flags->namespace_))
			r = take_params(params, out);
	} else if (any) {
		take_options(any, out);
	}
	if (params)
		containerd__runtime__bootstrap__v1__bootstrap_params__free_unpacked(params, NULL);
	if (any)
		google__protobuf__any__free_unpacked(any, NULL);
	return r < 0 ? cleat_fail(err, ENOMEM,
				  "cannot read the bootstrap parameters: out of memory")
		     : 0;
}

/* A pipe whose other end somebody forgot to close must not keep us for ever. */
static bool is_ready(uint64_t end_ns)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t now = clock_now(CLOCK_MONOTONIC);

	return now < end_ns && poll(&p, 1, (int)((end_ns - now) / NS_PER_MS) + 1) > 0;
}

static void read_input(struct text *out)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + PATIENCE_MS * NS_PER_MS;
	char bytes[4096];
	ssize_t n = 1;

	while (n > 0 && out->len <= INPUT_LIMIT && is_ready(end)) {
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n > 0)
			text_add_bytes(out, bytes, (size_t)n);
	}
}

int bootstrap_read(const struct flags *flags, struct bootstrap *out, struct cleat_error *err)
{
	_cleanup_text_ struct text input = { 0 };
	struct stat st;

	/* not from a person's terminal, nor from /dev/null */
	if (fstat(STDIN_FILENO, &st) < 0 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISREG(st.st_mode)))
		return 0;
	read_input(&input);
	if (input.failed || input.len == 0 || input.len > INPUT_LIMIT)
		return 0;
	return bootstrap_parse(flags, input.bytes, input.len, out, err);
}

void bootstrap_fini(struct bootstrap *bootstrap)
{
	free(bootstrap->ttrpc_address);
	free(bootstrap->socket_dir);
	options_fini(&bootstrap->options);
}

/* ---- the answer -------------------------------------------------------------------------------- */

static int write_out(int fd, const void *bytes, size_t len, struct cleat_error *err)
{
	return fd_write_all(fd, bytes, len) < 0 ? cleat_fail(err, EPIPE, "nobody reads the address")
						: 0;
}

static int answer_protobuf(int fd, const char *address, struct cleat_error *err)
{
	bootstrap_result result = CONTAINERD__RUNTIME__BOOTSTRAP__V1__BOOTSTRAP_RESULT__INIT;
	uint8_t bytes[512];

	result.version = TASK_API;
	result.address = (char *)(uintptr_t)address;
	result.protocol = (char *)(uintptr_t) "ttrpc";
	size_t len = containerd__runtime__bootstrap__v1__bootstrap_result__get_packed_size(&result);

	if (len > sizeof(bytes))
		return cleat_fail(err, ENAMETOOLONG, "the address '%s' is too long", address);
	(void)containerd__runtime__bootstrap__v1__bootstrap_result__pack(&result, bytes);
	return write_out(fd, bytes, len, err);
}

static int answer_json(int fd, const char *address, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return cleat_fail(err, ENOMEM, "cannot tell the address: out of memory");
	json_out_object(o);
	json_out_pair_i64(o, "version", TASK_API);
	json_out_pair_text(o, "address", address);
	json_out_pair_text(o, "protocol", "ttrpc");
	json_out_object_end(o);
	_cleanup_free_ char *text = json_out_take(o);

	return text ? write_out(fd, text, strlen(text), err)
		    : cleat_fail(err, ENOMEM, "cannot tell the address: out of memory");
}

int bootstrap_answer(const struct bootstrap *bootstrap, bool engine, int fd, const char *address,
		     struct cleat_error *err)
{
	const char *newest = getenv("MAX_SHIM_VERSION");
	uint32_t version = 0;

	if (bootstrap->given)
		return answer_protobuf(fd, address, err);
	if (!engine && newest && text_to_u32(newest, &version) == 0 && version >= TASK_API)
		return answer_json(fd, address, err);
	return write_out(fd, address, strlen(address), err);
}

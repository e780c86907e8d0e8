/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim_address.c - what a shim's `start` printed, in each of the three forms that exist.
 *
 * Order as containerd-protocol.md 2.2: protobuf (only when it makes sense: an empty output parses
 * too), JSON, trimmed text.
 */
#include "task/bundle.h"
#include "task/shim_client.h"

#include "base/json_out.h"
#include "base/text.h"
#include "rpc/pb/bootstrap.pb-c.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

void shim_address_fini(struct shim_address *address)
{
	free(address->address);
	memset(address, 0, sizeof(*address));
}

static bool from_protobuf(const char *output, size_t len, struct shim_address *out)
{
	Containerd__Runtime__Bootstrap__V1__BootstrapResult *result =
		containerd__runtime__bootstrap__v1__bootstrap_result__unpack(
			NULL, len, (const uint8_t *)output);
	bool good = result && result->version >= 2 && result->version <= 3 &&
		    text_eq(result->protocol, "ttrpc") && *result->address;

	if (good) {
		out->address = strdup(result->address);
		out->version = (uint32_t)result->version;
	}
	if (result)
		containerd__runtime__bootstrap__v1__bootstrap_result__free_unpacked(result, NULL);
	return good && out->address;
}

/* *@out_r: 0 or the error; false: it is no JSON object at all. */
static bool from_json(const char *output, size_t len, struct shim_address *out, int *out_r,
		      struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };
	uint32_t version = 2;
	const char *address = NULL;
	const char *protocol = "ttrpc";

	if (json_parse(output, len, &doc, &ignored) < 0 || json_type(json_root(doc)) != JSON_OBJECT)
		return false;
	const struct json *root = json_root(doc);

	if (json_get_u32(root, "version", &version, err) < 0 ||
	    json_get_text(root, "address", &address, err) < 0 ||
	    json_get_text(root, "protocol", &protocol, err) < 0)
		*out_r = -err->errnum;
	else if (!address || version > 3 || !text_eq(protocol, "ttrpc"))
		*out_r = cleat_fail(err, ENOTSUP,
				    "cannot use the shim: it speaks %s version %u, and only ttrpc "
				    "versions 2 and 3 are known",
				    protocol, version);
	else {
		out->address = strdup(address);
		out->version = version < 2 ? 2 : version;
		*out_r = out->address ? 0 : cleat_fail(err, ENOMEM, "out of memory");
	}
	return true;
}

int shim_address_parse(const char *output, size_t len, struct shim_address *out,
		       struct cleat_error *err)
{
	struct shim_address address = { .version = 2 };
	int r = 0;

	if (!from_protobuf(output, len, &address) && !from_json(output, len, &address, &r, err)) {
		while (len && isspace((unsigned char)output[len - 1]))
			len--;
		while (len && isspace((unsigned char)*output)) {
			output++;
			len--;
		}
		if (!len || memchr(output, '\n', len))
			return cleat_fail(err, EINVAL,
					  "cannot use the shim: it printed no address but '%.*s'",
					  (int)(len > 200 ? 200 : len), output);
		address.address = strndup(output, len);
		if (!address.address)
			return cleat_fail(err, ENOMEM, "cannot use the shim: %m");
	}
	if (r == 0)
		*out = address;
	return r;
}

int shim_address_save(const char *bundle, const struct shim_address *address,
		      struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return cleat_fail(err, ENOMEM, "cannot record the shim's address: %m");
	json_out_object(o);
	json_out_pair_u64(o, "version", address->version);
	json_out_pair_text(o, "address", address->address);
	json_out_pair_text(o, "protocol", "ttrpc");
	json_out_object_end(o);
	_cleanup_free_ char *text = json_out_take(o);

	if (!text)
		return cleat_fail(err, ENOMEM, "cannot record the shim's address: %m");
	return bundle_write(bundle, "bootstrap.json", text, err);
}

int shim_address_load(const char *bundle, struct shim_address *out, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = bundle_read(bundle, "bootstrap.json", &text, err);

	if (r == -ENOENT)
		r = bundle_read(bundle, "address", &text, err);
	return r < 0 ? r : shim_address_parse(text, strlen(text), out, err);
}

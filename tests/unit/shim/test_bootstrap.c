/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include <string.h>
#include <unistd.h>

#include "shim/bootstrap.h"
#include "rpc/pb/bootstrap.pb-c.h"
#include "rpc/pb/runc_options.pb-c.h"

typedef Containerd__Runtime__Bootstrap__V1__BootstrapParams params_message;

static const struct flags flags = { .namespace_ = "k8s.io", .id = "t1", .address = "/run/c.sock" };

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* @bytes hold an Any of options with a cgroup. */
static Google__Protobuf__Any options_any(uint8_t bytes[64])
{
	Containerd__Runc__V1__Options options = CONTAINERD__RUNC__V1__OPTIONS__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

	options.shim_cgroup = text("/pods");
	options.binary_name = text("crun");
	any.type_url = text("containerd.runc.v1.Options");
	any.value.len = containerd__runc__v1__options__pack(&options, bytes);
	any.value.data = bytes;
	return any;
}

static size_t pack_params(const char *id, const char *namespace_, uint8_t out[512])
{
	params_message params = CONTAINERD__RUNTIME__BOOTSTRAP__V1__BOOTSTRAP_PARAMS__INIT;
	Containerd__Runtime__Bootstrap__V1__Extension extension =
		CONTAINERD__RUNTIME__BOOTSTRAP__V1__EXTENSION__INIT;
	Containerd__Runtime__Bootstrap__V1__Extension *list[] = { &extension };
	uint8_t bytes[64];
	Google__Protobuf__Any any = options_any(bytes);

	extension.value = &any;
	params.instance_id = text(id);
	params.namespace_ = text(namespace_);
	params.log_level = -4;
	params.containerd_ttrpc_address = text("/run/c.sock.ttrpc");
	params.socket_dir = text("/run/s");
	params.extensions = list;
	params.n_extensions = 1;
	return containerd__runtime__bootstrap__v1__bootstrap_params__pack(&params, out);
}

static void parameters_for_us(void)
{
	_cleanup_bootstrap_ struct bootstrap b = { 0 };
	struct cleat_error err = { 0 };
	uint8_t bytes[512];
	size_t len = pack_params("t1", "k8s.io", bytes);

	UNIT_OK(bootstrap_parse(&flags, bytes, len, &b, &err), err);
	CU_ASSERT_TRUE(b.given);
	CU_ASSERT_TRUE(b.debug);
	CU_ASSERT_STRING_EQUAL(b.ttrpc_address, "/run/c.sock.ttrpc");
	CU_ASSERT_STRING_EQUAL(b.socket_dir, "/run/s");
	CU_ASSERT_STRING_EQUAL(b.options.shim_cgroup, "/pods");
}

static void parameters_for_others_are_passed_over(void)
{
	static const char *const names[][2] = { { "t2", "k8s.io" }, { "t1", "default" } };
	struct cleat_error err = { 0 };
	uint8_t bytes[512];

	for (size_t i = 0; i < 2; i++) {
		_cleanup_bootstrap_ struct bootstrap b = { 0 };
		size_t len = pack_params(names[i][0], names[i][1], bytes);

		UNIT_OK(bootstrap_parse(&flags, bytes, len, &b, &err), err);
		CU_ASSERT_FALSE(b.given);
		CU_ASSERT_PTR_NULL(b.socket_dir);
		CU_ASSERT_PTR_NULL(b.options.shim_cgroup);
	}
}

static void options_of_an_older_daemon(void)
{
	_cleanup_bootstrap_ struct bootstrap b = { 0 };
	struct cleat_error err = { 0 };
	uint8_t inner[64];
	uint8_t bytes[512];
	Google__Protobuf__Any any = options_any(inner);
	size_t len = google__protobuf__any__pack(&any, bytes);

	UNIT_OK(bootstrap_parse(&flags, bytes, len, &b, &err), err);
	CU_ASSERT_FALSE(b.given);
	CU_ASSERT_STRING_EQUAL(b.options.shim_cgroup, "/pods");
}

/* Whatever comes, every prefix of it included, is survived. */
static void garbage_is_passed_over(void)
{
	struct cleat_error err = { 0 };
	uint8_t bytes[512];
	size_t len = pack_params("t1", "k8s.io", bytes);

	for (size_t n = 0; n < len; n++) {
		_cleanup_bootstrap_ struct bootstrap b = { 0 };

		UNIT_OK(bootstrap_parse(&flags, bytes, n, &b, &err), err);
	}
}

static void a_plain_answer_has_no_newline(void)
{
	const struct bootstrap none = { 0 };
	struct cleat_error err = { 0 };
	char answer[64] = "";
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	UNIT_OK(bootstrap_answer(&none, false, ends[1], "unix:///x", &err), err);
	CU_ASSERT_EQUAL(read(ends[0], answer, sizeof(answer)), 9);
	CU_ASSERT_STRING_EQUAL(answer, "unix:///x");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

UNIT_MAIN("shim/bootstrap", UNIT_TEST(parameters_for_us),
	  UNIT_TEST(parameters_for_others_are_passed_over), UNIT_TEST(options_of_an_older_daemon),
	  UNIT_TEST(garbage_is_passed_over), UNIT_TEST(a_plain_answer_has_no_newline))

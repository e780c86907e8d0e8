/* SPDX-License-Identifier: Apache-2.0 */
/* test_shim_address.c - the three forms of a shim's answer, and what is none. */
#include "task/shim_client.h"

#include "rpc/pb/bootstrap.pb-c.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct cleat_error err;

static int parse(const char *text, struct shim_address *out)
{
	return shim_address_parse(text, strlen(text), out, &err);
}

static void plain_text(void)
{
	struct shim_address address = { 0 };

	UNIT_OK(parse("unix:///run/containerd/s/abc", &address), err);
	CU_ASSERT_STRING_EQUAL(address.address, "unix:///run/containerd/s/abc");
	CU_ASSERT_EQUAL(address.version, 2);
	shim_address_fini(&address);
	UNIT_OK(parse(" \nunix:///x\n", &address), err);
	CU_ASSERT_STRING_EQUAL(address.address, "unix:///x");
	shim_address_fini(&address);
}

static void json_text(void)
{
	struct shim_address address = { 0 };

	UNIT_OK(parse("{\"version\":3,\"address\":\"unix:///x\",\"protocol\":\"ttrpc\"}", &address),
		err);
	CU_ASSERT_STRING_EQUAL(address.address, "unix:///x");
	CU_ASSERT_EQUAL(address.version, 3);
	shim_address_fini(&address);
	UNIT_FAILS(parse("{\"version\":4,\"address\":\"unix:///x\"}", &address), ENOTSUP, err,
		   "version 4");
	UNIT_FAILS(parse("{\"version\":3,\"address\":\"/x\",\"protocol\":\"grpc\"}", &address),
		   ENOTSUP, err, "grpc");
	UNIT_FAILS(parse("{\"version\":3}", &address), ENOTSUP, err, "shim");
	CU_ASSERT_PTR_NULL(address.address);
}

static void protobuf(void)
{
	Containerd__Runtime__Bootstrap__V1__BootstrapResult result =
		CONTAINERD__RUNTIME__BOOTSTRAP__V1__BOOTSTRAP_RESULT__INIT;
	struct shim_address address = { 0 };
	uint8_t bytes[256];
	size_t len = 0;

	result.version = 3;
	result.address = (char *)(uintptr_t) "unix:///run/containerd/s/abc";
	result.protocol = (char *)(uintptr_t) "ttrpc";
	len = containerd__runtime__bootstrap__v1__bootstrap_result__pack(&result, bytes);
	UNIT_OK(shim_address_parse((const char *)bytes, len, &address, &err), err);
	CU_ASSERT_STRING_EQUAL(address.address, "unix:///run/containerd/s/abc");
	CU_ASSERT_EQUAL(address.version, 3);
	shim_address_fini(&address);
}

static void nonsense(void)
{
	struct shim_address address = { 0 };

	UNIT_FAILS(parse("", &address), EINVAL, err, "no address");
	UNIT_FAILS(parse(" \n ", &address), EINVAL, err, "no address");
	UNIT_FAILS(parse("panic: oh\ngoroutine 1\n", &address), EINVAL, err, "panic");
	CU_ASSERT_PTR_NULL(address.address);
}

UNIT_MAIN("shim_address", UNIT_TEST(plain_text), UNIT_TEST(json_text), UNIT_TEST(protobuf),
	  UNIT_TEST(nonsense))

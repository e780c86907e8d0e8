/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>

static void codes_survive_a_round_trip(void)
{
	for (int code = RPC_OK; code <= RPC_UNAUTHENTICATED; code++)
		CU_ASSERT_EQUAL(rpc_code_of(rpc_errno_of(code)), code);
}

static void known_errnos(void)
{
	CU_ASSERT_EQUAL(rpc_code_of(ENOENT), RPC_NOT_FOUND);
	CU_ASSERT_EQUAL(rpc_code_of(ESRCH), RPC_NOT_FOUND);
	CU_ASSERT_EQUAL(rpc_code_of(EINVAL), RPC_INVALID_ARGUMENT);
	CU_ASSERT_EQUAL(rpc_code_of(ENOTSUP), RPC_UNIMPLEMENTED);
	CU_ASSERT_EQUAL(rpc_code_of(EBUSY), RPC_FAILED_PRECONDITION);
	CU_ASSERT_EQUAL(rpc_code_of(ELOOP), RPC_UNKNOWN);
	CU_ASSERT_EQUAL(rpc_errno_of(99), EREMOTEIO);
}

UNIT_MAIN("rpc/status", UNIT_TEST(codes_survive_a_round_trip), UNIT_TEST(known_errnos))

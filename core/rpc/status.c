/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - errno to google.rpc.Code and back. */
#include "rpc/ttrpc.h"

#include <errno.h>

/* The first errno of a code is what that code becomes on the other side. */
static const struct {
	int code, errnum;
} pairs[] = {
	{ RPC_CANCELED, ECANCELED },
	{ RPC_UNKNOWN, EREMOTEIO },
	{ RPC_INVALID_ARGUMENT, EINVAL },
	{ RPC_INVALID_ARGUMENT, ENAMETOOLONG },
	{ RPC_INVALID_ARGUMENT, E2BIG },
	{ RPC_INVALID_ARGUMENT, ENOTDIR },
	{ RPC_INVALID_ARGUMENT, EISDIR },
	{ RPC_INVALID_ARGUMENT, ENOEXEC },
	{ RPC_DEADLINE_EXCEEDED, ETIMEDOUT },
	{ RPC_NOT_FOUND, ENOENT },
	{ RPC_NOT_FOUND, ESRCH },
	{ RPC_ALREADY_EXISTS, EEXIST },
	{ RPC_PERMISSION_DENIED, EACCES },
	{ RPC_PERMISSION_DENIED, EPERM },
	{ RPC_RESOURCE_EXHAUSTED, ENOSPC },
	{ RPC_RESOURCE_EXHAUSTED, EDQUOT },
	{ RPC_RESOURCE_EXHAUSTED, ENOMEM },
	{ RPC_RESOURCE_EXHAUSTED, EMSGSIZE },
	{ RPC_RESOURCE_EXHAUSTED, EMFILE },
	{ RPC_RESOURCE_EXHAUSTED, ENFILE },
	{ RPC_FAILED_PRECONDITION, EBUSY },
	{ RPC_FAILED_PRECONDITION, EALREADY },
	{ RPC_FAILED_PRECONDITION, ENOTEMPTY },
	{ RPC_ABORTED, ECONNABORTED },
	{ RPC_ABORTED, EDEADLK },
	{ RPC_OUT_OF_RANGE, ERANGE },
	{ RPC_OUT_OF_RANGE, EFBIG },
	{ RPC_UNIMPLEMENTED, ENOTSUP },
	{ RPC_UNIMPLEMENTED, ENOSYS },
	{ RPC_INTERNAL, EIO },
	{ RPC_INTERNAL, EPROTO },
	{ RPC_UNAVAILABLE, ECONNREFUSED },
	{ RPC_UNAVAILABLE, ECONNRESET },
	{ RPC_UNAVAILABLE, ENOTCONN },
	{ RPC_UNAVAILABLE, EPIPE },
	{ RPC_UNAVAILABLE, EAGAIN },
	{ RPC_DATA_LOSS, EBADMSG },
	{ RPC_UNAUTHENTICATED, EKEYREJECTED },
};

int rpc_code_of(int errnum)
{
	if (errnum == 0)
		return RPC_OK;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].errnum == errnum)
			return pairs[i].code;
	return RPC_UNKNOWN;
}

int rpc_errno_of(int code)
{
	if (code == RPC_OK)
		return 0;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].code == code)
			return pairs[i].errnum;
	return EREMOTEIO;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed.c - what a static program is linked without. cleat_builtins() adds this file to it.
 *
 * A static glibc program must not call dlopen. libltdl takes its list of loaders from libltdlS.o in its
 * archive, and libevent's evutil.o wants the name service, which is loaded by dlopen. Definitions
 * of our own come first for the linker: none of that gets in, nothing can be opened from a file,
 * and the program is several hundred kilobytes smaller.
 */
#include "open.h"

#include <ltdl.h>
#include <netdb.h>

extern const lt_dlsymlist lt_libltdl_LTX_preloaded_symbols[];
const lt_dlsymlist lt_libltdl_LTX_preloaded_symbols[] = { { "libltdl", 0 }, { 0, 0 } };

/* Instead of reason.c's. */
const char *open_reason(const char *path)
{
	(void)path;
	return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)out;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
	(void)name;
	(void)protocol;
	return 0;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return 0;
}

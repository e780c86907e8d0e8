/* SPDX-License-Identifier: Apache-2.0 */
/* owner.h - the name of a user of this host. */
#ifndef CORE_OCI_OWNER_H
#define CORE_OCI_OWNER_H

#include <stdint.h>

enum { OWNER_TEXT = 64 };
/** The name in /etc/passwd, else "#1000": no name service in a static program. */
void owner_name(uint32_t uid, char out[OWNER_TEXT]);

#endif

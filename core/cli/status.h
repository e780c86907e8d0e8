/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - docker's words for the state of a container. */
#ifndef CORE_CLI_STATUS_H
#define CORE_CLI_STATUS_H

#include "rpc/pb/cleat.pb-c.h"

enum { STATUS_TEXT = 96 };

/** "Up 3 minutes (Paused)", "Exited (0) 2 hours ago", "Created", ... */
void status_text(const Cleat__V1__ContainerSummary *container, uint64_t now, char out[STATUS_TEXT]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* flags.h - a command line as Go's flag package reads it, which is how containerd writes it. */
#ifndef CORE_SHIM_FLAGS_H
#define CORE_SHIM_FLAGS_H

#include "shim.h"

/** -x v, -x=v, --x v, --x=v; the first word that is no flag is the action. Unknown flags are passed over. */
void flags_parse(int argc, char **argv, struct flags *out);

#endif

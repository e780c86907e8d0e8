/* SPDX-License-Identifier: Apache-2.0 */
/* pax_names.h - the names in a pax header as bytes, not as text. */
#ifndef IMAGE_LAYER_PAX_NAMES_H
#define IMAGE_LAYER_PAX_NAMES_H

#include <stddef.h>

enum { PAX_GROUP_MAX = 128 << 10 };

struct pax_names {
	char *path, *linkpath; /* NULL: not in the header */
};
void pax_names_fini(struct pax_names *names);
#define _cleanup_pax_names_ __attribute__((cleanup(pax_names_fini)))

/** Read the headers that belong to one entry from @group, its first block. Damage: nothing is found. */
void pax_names_read(const char *group, size_t len, struct pax_names *out);

#endif

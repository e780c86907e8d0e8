/* SPDX-License-Identifier: Apache-2.0 */
/* page.h - what each of the small programs that print a manual page has. */
#ifndef ETC_MAN_PAGE_H
#define ETC_MAN_PAGE_H

#include "base/text.h"

/** Add the whole page. */
void page(struct text *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - begin and end of the report; the lines between are subject.h's expect(). */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

#include <stdbool.h>

bool report_open(void);
/** Print the plan. Exit status: 0 only if something was judged and all of it held. */
int report_close(void);

#endif

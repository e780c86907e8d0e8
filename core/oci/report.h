/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what a caller reads: results on standard output, failures on standard error and in the log. */
#ifndef CORE_OCI_REPORT_H
#define CORE_OCI_REPORT_H

#include "arguments.h"

/** Open --log and set level and format. EINVAL, or the errno of open. */
int report_open(const struct arguments *arguments, struct cleat_error *err);
/** Tell of a failure: one line of JSON or text in the log, one short line on standard error. */
void report_failure(const struct cleat_error *err);
/** Write all of @text to standard output; a full disk is an error (R22). */
int report_print(const char *text, struct cleat_error *err);

#endif

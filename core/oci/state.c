/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - cleat-oci state. */
#include "commands.h"
#include "existing.h"
#include "report.h"

#include <cleat/cleanup.h>

#include <errno.h>

int oci_state(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	_cleanup_json_out_ struct json_out *out = json_out_new(true);
	_cleanup_free_ char *text = NULL;

	if (container_open(arguments, &container, err) < 0)
		return -err->errnum;
	if (out)
		container_write_state(&container, false, out);
	text = out ? json_out_take(out) : NULL;
	if (!text)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(text, err) < 0 ? -err->errnum : report_print("\n", err);
}

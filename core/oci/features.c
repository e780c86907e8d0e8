/* SPDX-License-Identifier: Apache-2.0 */
/* features.c - cleat-oci features: the runtime plugin's own document. */
#include "commands.h"
#include "report.h"
#include "runtime.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>

int oci_features(const struct arguments *arguments, struct cleat_error *err)
{
	struct runtime runtime = { 0 };
	_cleanup_free_ char *json = NULL;

	if (runtime_open(arguments, NULL, &runtime, err) < 0)
		return -err->errnum;
	int r = use_runtime_features(runtime.plugin, &json, err);

	runtime_fini(&runtime);
	if (r < 0)
		return r;
	return report_print(json, err) < 0 ? -err->errnum : report_print("\n", err);
}

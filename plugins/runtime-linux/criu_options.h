/* SPDX-License-Identifier: Apache-2.0 */
/* criu_options.h - what may be asked of checkpoint and restore: JSON with the names of runc's flags. */
#ifndef RUNTIME_LINUX_CRIU_OPTIONS_H
#define RUNTIME_LINUX_CRIU_OPTIONS_H

#include "criu_wire.h"

#include <cleat/error.h>
#include <cleat/json.h>

struct criu_options {
	struct json_doc *doc;
	bool leave_running, pre_dump;
	bool empty_network;
	const char *work_path, *parent_path;
};

/** Read @text (NULL: nothing is asked) and put what criu has to know into @out. EINVAL, ENOTSUP. */
int criu_options_read(const char *text, struct criu_options *options, struct criu_message *out,
		      struct cleat_error *err);
void criu_options_fini(struct criu_options *options);
/** work-path, made when it is missing, or else a duplicate of @fallback. fd or -errno. */
int criu_options_work_dir(const struct criu_options *options, int fallback,
			  struct cleat_error *err);

#endif

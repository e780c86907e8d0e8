/* SPDX-License-Identifier: Apache-2.0 */
/* adopt_record.c - adopt.json: what of a Create request a later shim cannot find elsewhere. */
#include "adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/process.h"

enum { LIMIT = 64 << 10 };

static char *render(const struct task *task, uint64_t start_time)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_pair_i64(o, "pid", task->init.pid);
	json_out_pair_u64(o, "start_time", start_time);
	json_out_pair_text(o, "stdin", task->init.in);
	json_out_pair_text(o, "stdout", task->init.out);
	json_out_pair_text(o, "stderr", task->init.err);
	json_out_pair_bool(o, "terminal", task->init.terminal);
	/* cleatd keeps a copy: the kernel hangs up when the last one is closed */
	json_out_pair_i64(o, "console", task->console);
	json_out_pair_bool(o, "mounted", task->mounted);
	json_out_pair_bool(o, "stdin_closed", task->init.stdin_closed);
	json_out_object_end(o);
	return json_out_take(o);
}

void adopt_record_write(const struct task *task)
{
	uint64_t start_time =
		task->adopted ? task->adopted->start_time : process_start_time(task->init.pid);
	_cleanup_free_ char *text = start_time ? render(task, start_time) : NULL;
	struct cleat_error err = { 0 };

	/* Not synced: the process that it describes survives no power cut either. */
	if (text &&
	    file_replace(task->bundle_fd, "adopt.json", text, strlen(text), 0600, false, &err) < 0)
		log_line(CLEAT_WARN, "%s, going on without it", err.text);
}

static int parse(const struct json *root, struct adopt_record *out, struct cleat_error *err)
{
	int64_t pid = 0;
	int r = json_get_i64(root, "pid", &pid, err);

	if (r == 0)
		r = json_get_u64(root, "start_time", &out->start_time, err);
	if (r == 0)
		r = json_get_text(root, "stdin", &out->in, err);
	if (r == 0)
		r = json_get_text(root, "stdout", &out->out, err);
	if (r == 0)
		r = json_get_text(root, "stderr", &out->err, err);
	if (r == 0)
		r = json_get_bool(root, "terminal", &out->terminal, err);
	if (r == 0)
		r = json_get_bool(root, "mounted", &out->mounted, err);
	if (r == 0)
		r = json_get_bool(root, "stdin_closed", &out->stdin_closed, err);
	if (r == 0 &&
	    (pid <= 1 || pid > INT32_MAX || !out->start_time || !out->in || !out->out || !out->err))
		r = cleat_fail(err, EINVAL, "it is not complete");
	out->pid = (int32_t)pid;
	return r;
}

int adopt_record_read(int bundle_fd, struct adopt_record *out, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = fd_read_file(bundle_fd, "adopt.json", LIMIT, &text, &len, err);

	*out = (struct adopt_record){ 0 };
	if (r == 0)
		r = json_parse(text, len, &out->doc, err);
	if (r == 0)
		r = parse(json_root(out->doc), out, err);
	if (r < 0) {
		adopt_record_fini(out);
		return cleat_wrap(err, "cannot read adopt.json");
	}
	return 0;
}

void adopt_record_fini(struct adopt_record *record)
{
	json_free(record->doc);
	*record = (struct adopt_record){ 0 };
}

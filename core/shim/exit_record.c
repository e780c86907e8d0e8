/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit_record.c - exit.json: how a process ended, on disk before anybody hears of it.
 *
 * A daemon that was away, or that dies while it is told, reads it later; so does the `delete` action
 * when this shim is gone.
 */
#include "health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/json_out.h"
#include "base/text.h"

enum { LIMIT = 4096 };

static char *render(const struct process *process)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	const struct ending *ending = &process->ending;
	bool is_init = process == &process->task->init;

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_pair_i64(o, "pid", process->pid);
	json_out_pair_u64(o, "exit_status", ending->status);
	json_out_pair_i64(o, "signal", ending->signal);
	json_out_pair_bool(o, "core", ending->core);
	json_out_pair_bool(o, "oom", ending->oom);
	json_out_pair_u64(o, "oom_kills", ending->oom_kills);
	json_out_pair_bool(o, "ours", ending->ours);
	if (is_init && process->task->health && process->task->health->acting)
		json_out_pair_text(o, "unhealthy", process->task->health->plan.action);
	json_out_pair_u64(o, "exited_at", ending->at_ns);
	json_out_pair_u64(o, "exited_boot", ending->at_boot_ns);
	if (ending->lost)
		json_out_pair_bool(o, "lost", true);
	json_out_object_end(o);
	return json_out_take(o);
}

static char *file_name(const char *exec_id)
{
	return *exec_id ? text_format("exec-%s.json", exec_id) : strdup("exit.json");
}

void exit_record_remove(int bundle_fd, const char *exec_id)
{
	_cleanup_free_ char *name = file_name(exec_id);

	if (name && *exec_id)
		(void)unlinkat(bundle_fd, name, 0);
}

int exit_record_write(int bundle_fd, const struct process *process, bool synced,
		      struct cleat_error *err)
{
	_cleanup_free_ char *text = render(process);
	_cleanup_free_ char *name = file_name(process->exec_id);

	if (!text || !name)
		return cleat_fail(err, ENOMEM, "cannot write the exit record: out of memory");
	return file_replace(bundle_fd, name, text, strlen(text), 0600, synced, err);
}

static int parse(const struct json *root, struct ending *out, int32_t *out_pid,
		 struct cleat_error *err)
{
	int64_t pid = 0;
	int64_t signal = 0;
	int r = json_get_i64(root, "pid", &pid, err);

	if (r == 0)
		r = json_get_u32(root, "exit_status", &out->status, err);
	if (r == 0)
		r = json_get_i64(root, "signal", &signal, err);
	if (r == 0)
		r = json_get_u64(root, "exited_at", &out->at_ns, err);
	out->signal = (int)signal;
	*out_pid = (int32_t)pid;
	return r;
}

int exit_record_read(int bundle_fd, struct ending *out, int32_t *out_pid, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	size_t len = 0;
	int r = fd_read_file(bundle_fd, "exit.json", LIMIT, &text, &len, err);

	*out = (struct ending){ 0 };
	if (r == 0)
		r = json_parse(text, len, &doc, err);
	if (r == 0)
		r = parse(json_root(doc), out, out_pid, err);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - what cleat-layer tells its parent. */
#include "image/layer/report.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json_out.h"
#include "image/image.h"

#include <cleat/cleanup.h>

#include <string.h>
#include <unistd.h>

static void send_line(struct json_out *out)
{
	_cleanup_free_ char *line = json_out_take(out);
	size_t len = line ? strlen(line) : 0;

	if (!line)
		return;
	while (len > 0 && line[len - 1] == '\n')
		len--;
	line[len] = '\n'; /* in place of the NUL: one write, one line */
	(void)fd_write_all(STDOUT_FILENO, line, len + 1); /* a parent that is gone hears nothing */
}

void report_progress(const char *step, const char *what, uint64_t bytes, uint64_t total)
{
	static uint64_t last_ns;
	static const char *last_step;
	_cleanup_json_out_ struct json_out *out = NULL;
	uint64_t now_ns = clock_now(CLOCK_MONOTONIC);

	if (now_ns - last_ns < NS_PER_S / 10 && step == last_step)
		return;
	last_ns = now_ns;
	last_step = step;
	out = json_out_new(false);
	if (!out)
		return;
	json_out_object(out);
	json_out_pair_text(out, "step", step);
	json_out_pair_text(out, "what", what);
	json_out_pair_u64(out, "bytes", bytes);
	json_out_pair_u64(out, "total", total);
	json_out_object_end(out);
	send_line(out);
}

void report_done(const struct image_result *images, size_t n)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return;
	json_out_object(out);
	json_out_pair_bool(out, "done", true);
	json_out_key(out, "images");
	json_out_array(out);
	for (size_t i = 0; i < n; i++) {
		json_out_object(out);
		json_out_pair_text(out, "name", images[i].name);
		json_out_pair_text(out, "digest", images[i].digest);
		json_out_object_end(out);
	}
	json_out_array_end(out);
	json_out_object_end(out);
	send_line(out);
}

void report_error(const struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return;
	json_out_object(out);
	json_out_pair_i64(out, "errnum", err->errnum);
	json_out_pair_text(out, "error", err->text);
	json_out_object_end(out);
	send_line(out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_state.c - {"ociVersion", "id", "status", "pid", "bundle", "annotations"}. */
#include "hooks_state.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static void put(yajl_gen gen, const char *key, const char *value)
{
	(void)yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	if (value)
		(void)yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

static void put_annotations(yajl_gen gen, const struct json *annotations)
{
	if (!json_len(annotations))
		return;
	put(gen, "annotations", NULL);
	(void)yajl_gen_map_open(gen);
	for (size_t i = 0; i < json_len(annotations); i++) {
		const char *value = json_text(json_at(annotations, i));

		put(gen, json_key(annotations, i), value ? value : "");
	}
	(void)yajl_gen_map_close(gen);
}

char *hooks_state_json(const struct json *config, const char *id, const char *bundle,
		       const char *status, pid_t pid)
{
	const unsigned char *text = NULL;
	size_t len = 0;
	char *copy = NULL;
	const char *version = json_text(json_get(config, "ociVersion"));
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen)
		return NULL;
	(void)yajl_gen_config(gen, yajl_gen_escape_solidus, 0);
	(void)yajl_gen_map_open(gen);
	put(gen, "ociVersion", version ? version : "1.0.0");
	put(gen, "id", id);
	put(gen, "status", status);
	put(gen, "pid", NULL);
	(void)yajl_gen_integer(gen, pid);
	put(gen, "bundle", bundle);
	put_annotations(gen, json_get(config, "annotations"));
	(void)yajl_gen_map_close(gen);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok)
		copy = strdup((const char *)text);
	yajl_gen_free(gen);
	return copy;
}

void hooks_state_set_pid(char *state, pid_t pid)
{
	static const char mark[] = "\"pid\":1999999999"; /* no id can hold the quotes */
	enum { DIGITS = 10 };
	char digits[DIGITS + 1];
	char *at = strstr(state, mark);

	if (!at)
		return;
	(void)snprintf(digits, sizeof(digits), "%-10d", (int)pid); /* space is allowed there */
	memcpy(at + sizeof(mark) - 1 - DIGITS, digits, DIGITS);
}

int hooks_state_run(struct box *box, enum hook_kind kind, const char *status,
		    struct cleat_error *err)
{
	_cleanup_free_ char *config = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	__attribute__((cleanup(hooks_freep))) struct hooks *hooks = NULL;
	size_t len = 0;

	if (box->record.no_late_hooks)
		return 0;
	int r = record_read_config(box->state_fd, &config, &len, err);

	/* The word is not in the text: the common case costs no parsing. */
	if (r < 0 || !strstr(config, kind == HOOK_POSTSTART ? "poststart" : "poststop"))
		return r;
	r = json_parse(config, len, &doc, err);
	if (r == 0)
		r = hooks_parse(json_get(json_root(doc), "hooks"), &hooks, err);
	if (r < 0 || !hooks_has(hooks, kind))
		return r;
	_cleanup_free_ char *state =
		hooks_state_json(json_root(doc), box->record.id, box->record.bundle, status,
				 strcmp(status, "stopped") == 0 ? 0 : box->record.pid);

	if (!state)
		return cleat_fail(err, ENOMEM, "cannot run hooks: %m");
	return kind == HOOK_POSTSTOP ? hooks_run_all(hooks, kind, state, box->record.bundle, err)
				     : hooks_run(hooks, kind, state, box->record.bundle, err);
}

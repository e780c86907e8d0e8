/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_fields.c - what all entries of a container say of it: docker's fields.
 *
 * The journal's form of a field is NAME=VALUE and a newline; a value with a newline in it has its length
 * before it instead. Names are upper case letters, digits and underscores, 64 at most.
 */
#include "log.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { NAME_MAX_LEN = 64, ID_SHORT = 12 };

static void put_field(FILE *to, const char *name, const char *value, size_t len)
{
	uint64_t size = htole64(len);

	(void)fputs(name, to);
	if (memchr(value, '\n', len)) {
		(void)fputc('\n', to);
		(void)fwrite(&size, sizeof(size), 1, to);
	} else {
		(void)fputc('=', to);
	}
	(void)fwrite(value, 1, len, to);
	(void)fputc('\n', to);
}

static void put_text(FILE *to, const char *name, const char *value)
{
	if (value && *value)
		put_field(to, name, value, strlen(value));
}

/* ---- the tag ---------------------------------------------------------------------------------------- */

static const char *variable(const struct cleat_io_request *req, const char *name, size_t len,
			    size_t *out_len)
{
	const bool has_name = CLEAT_IO_REQUEST_HAS(req, name) && req->name;
	const bool has_image = CLEAT_IO_REQUEST_HAS(req, image) && req->image;
	const struct {
		const char *name, *value;
		size_t limit;
	} known[] = {
		{ "{{.ID}}", req->id, ID_SHORT },
		{ "{{.FullID}}", req->id, SIZE_MAX },
		{ "{{.Name}}", has_name ? req->name : "", SIZE_MAX },
		{ "{{.ImageName}}", has_image ? req->image : "", SIZE_MAX },
		{ "{{.DaemonName}}", "cleat", SIZE_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0) {
			*out_len = strnlen(known[i].value, known[i].limit);
			return known[i].value;
		}
	return NULL;
}

static int put_tag(FILE *to, const struct settings *how, const struct cleat_io_request *req,
		   struct cleat_error *err)
{
	const char *at = how->tag;

	while (*at) {
		const char *open = strstr(at, "{{");
		const char *close = open ? strstr(open, "}}") : NULL;
		size_t len = 0;

		if (!open) {
			(void)fputs(at, to);
			return 0;
		}
		const char *value =
			close ? variable(req, open, (size_t)(close + 2 - open), &len) : NULL;

		if (!value)
			return cleat_fail(err, EINVAL,
					  "cannot use log option tag=%s: '%s' is none of {{.ID}}, "
					  "{{.FullID}}, {{.Name}}, {{.ImageName}} and "
					  "{{.DaemonName}}",
					  how->tag, open);
		(void)fwrite(at, 1, (size_t)(open - at), to);
		(void)fwrite(value, 1, len, to);
		at = close + 2;
	}
	return 0;
}

static int put_tags(FILE *to, const struct settings *how, const struct cleat_io_request *req,
		    struct cleat_error *err)
{
	_cleanup_free_ char *tag = NULL;
	size_t len = 0;
	FILE *text = open_memstream(&tag, &len);

	if (!text)
		return cleat_fail(err, ENOMEM, "cannot open the journal: out of memory");
	int r = put_tag(text, how, req, err);

	if (fclose(text) != 0 && r == 0)
		r = cleat_fail(err, ENOMEM, "cannot open the journal: out of memory");
	if (r < 0)
		return r;
	put_text(to, "CONTAINER_TAG", tag);
	put_text(to, "SYSLOG_IDENTIFIER", tag);
	return 0;
}

/* ---- labels and variables --------------------------------------------------------------------------- */

/* As docker makes it of a label's name. False: there is no such field. */
static bool field_name(const char *name, char out[NAME_MAX_LEN + 1])
{
	static const char *const ours[] = { "MESSAGE", "PRIORITY", "CONTAINER_", "SYSLOG_",
					    "IMAGE_NAME" };
	size_t n = 0;

	for (; *name && n < NAME_MAX_LEN; name++) {
		char c = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name;

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			c = '_';
		if (n > 0 || c != '_')
			out[n++] = c;
	}
	out[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strncmp(out, ours[i], strlen(ours[i])) == 0)
			return false;
	return n > 0 && !*name && !(*out >= '0' && *out <= '9');
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, len) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static void put_listed(FILE *to, const char *list, const struct cleat_pair *pairs, uint32_t n)
{
	char name[NAME_MAX_LEN + 1];

	for (uint32_t i = 0; i < n; i++)
		if (is_listed(list, pairs[i].name) && field_name(pairs[i].name, name))
			put_field(to, name, pairs[i].value, strlen(pairs[i].value));
}

/* ---- all of them ------------------------------------------------------------------------------------- */

static int put_all(FILE *to, const struct settings *how, const struct cleat_io_request *req,
		   const char *epoch, struct cleat_error *err)
{
	put_field(to, "CONTAINER_ID", req->id, strnlen(req->id, ID_SHORT));
	put_text(to, "CONTAINER_ID_FULL", req->id);
	if (CLEAT_IO_REQUEST_HAS(req, image)) {
		put_text(to, "CONTAINER_NAME", req->name);
		put_text(to, "IMAGE_NAME", req->image);
	}
	put_text(to, "CONTAINER_LOG_EPOCH", epoch);
	if (CLEAT_IO_REQUEST_HAS(req, nenv)) {
		put_listed(to, how->labels, req->labels, req->nlabels);
		put_listed(to, how->env, req->env, req->nenv);
	}
	return put_tags(to, how, req, err);
}

char *journal_fields(const struct settings *how, const struct cleat_io_request *req,
		     const char *epoch, size_t *out_len, struct cleat_error *err)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, out_len);
	int r = to ? put_all(to, how, req, epoch, err) : -ENOMEM;

	if (!to || (fclose(to) != 0 && r == 0))
		r = cleat_fail(err, ENOMEM, "cannot open the journal: out of memory");
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - --log-opt NAME=VALUE: the plugin's own keys, for one container. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static int word(const char *const *words, const char *value, uint32_t *out)
{
	for (uint32_t i = 0; words[i]; i++)
		if (strcmp(words[i], value) == 0) {
			*out = i;
			return 0;
		}
	return -EINVAL;
}

/* "10m", "64K", "512", "1GiB": powers of 1024. */
static int size(const char *value, int64_t *out)
{
	static const char units[] = "kmgt";
	const char *unit = NULL;
	char *end = NULL;
	int shift = 0;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	int64_t n = strtoll(value, &end, 10);

	if (*end && (unit = strchr(units, *end | 32)) && *unit) {
		shift = 10 * (int)(unit - units + 1);
		end++;
		if (*end == 'i')
			end++;
	}
	if ((*end | 32) == 'b')
		end++;
	if (errno || *end || n > INT64_MAX >> shift)
		return -EINVAL;
	*out = n << shift;
	return 0;
}

static int number(const char *value, int64_t least, int64_t most, int64_t *out)
{
	int64_t n = 0;

	if (size(value, &n) < 0 || n < least || n > most)
		return -EINVAL;
	*out = n;
	return 0;
}

/* Those whose value means something to the journal's entries; lives as long as the request. */
static int text(struct settings *out, const char *name, const char *value, struct cleat_error *err)
{
	const struct {
		const char *name;
		const char **to;
	} texts[] = {
		{ "journal-socket", &out->socket },
		{ "tag", &out->tag },
		{ "labels", &out->labels },
		{ "env", &out->env },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].to = value;
			return 0;
		}
	return cleat_fail(err, EINVAL,
			  "unknown log option '%s'; known are format, max-size, max-file, mode, "
			  "max-buffer-size, tag, labels, env and journal-socket",
			  name);
}

int options_set(struct settings *out, const char *name, const char *value, struct cleat_error *err)
{
	static const char *const formats[] = { "json-file", "cri", "none", "journald", NULL };
	static const char *const modes[] = { "blocking", "non-blocking", NULL };
	int r = 0;

	if (strcmp(name, "format") == 0)
		r = word(formats, value, &out->format);
	else if (strcmp(name, "mode") == 0)
		r = word(modes, value, &out->mode);
	else if (strcmp(name, "max-size") == 0)
		r = strcmp(value, "-1") == 0
			    ? number("0", 0, 0, &out->max_size) /* docker's "no limit" */
			    : number(value, 0, 1ll << 40, &out->max_size);
	else if (strcmp(name, "max-file") == 0)
		r = number(value, 1, 1000, &out->max_file);
	else if (strcmp(name, "max-buffer-size") == 0)
		r = number(value, 4 << 10, 1 << 30, &out->max_buffer);
	else
		return text(out, name, value, err);
	return r < 0 ? cleat_fail(err, EINVAL, "cannot use log option %s=%s: no such value", name,
				  value)
		     : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* env.c - variables from -e and --env-file, by docker's rules. */
#include "cli/env.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/fd.h"

enum { ENV_FILE_MAX = 1 << 20 };

/* @assignment is "NAME=VALUE", or "NAME" for the value that it has here. */
static void add(struct arena *arena, char ***list, size_t *n, const char *assignment)
{
	const char *value = strchr(assignment, '=') ? NULL : getenv(assignment);

	if (strchr(assignment, '='))
		arena_append(arena, list, n, arena_text(arena, assignment));
	else if (value)
		arena_append(arena, list, n, arena_printf(arena, "%s=%s", assignment, value));
}

static int add_line(struct arena *arena, const char *name, unsigned number, char *line,
		    char ***list, size_t *n, struct cleat_error *err)
{
	size_t len = strcspn(line, "=");

	while (isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	if (*line == '\0' || *line == '#')
		return 0;
	if (*line == '=')
		return cleat_fail(err, EINVAL,
				  "invalid env file '%s', line %u: no variable name on line '%s'",
				  name, number, line);
	if (strcspn(line, " \t") < len)
		return cleat_fail(
			err, EINVAL,
			"invalid env file '%s', line %u: variable '%.*s' contains whitespaces",
			name, number, (int)len, line);
	add(arena, list, n, line);
	return 0;
}

int env_parse_file(struct arena *arena, const char *name, char *content, char ***out, size_t *out_n,
		   struct cleat_error *err)
{
	unsigned number = 1;
	char *line = NULL;

	if (text_starts(content, "\xef\xbb\xbf"))
		content += 3; /* a byte order mark */
	for (; (line = strsep(&content, "\n")); number++) {
		size_t len = strlen(line);
		int r = 0;

		if (len > 0 && line[len - 1] == '\r')
			line[len - 1] = '\0';
		r = add_line(arena, name, number, line, out, out_n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_file(struct cli *cli, const char *name, char ***out, size_t *out_n)
{
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_free_ char *content = NULL;
	size_t len = 0;
	int r = 0;

	if (fd < 0)
		return cleat_fail(&cli->err, errno, "cannot open env file '%s': %m", name);
	r = fd_read_all(fd, ENV_FILE_MAX, &content, &len, name, &cli->err);
	if (r < 0)
		return r;
	if (memchr(content, '\0', len))
		return cleat_fail(&cli->err, EINVAL, "invalid env file '%s': it contains NUL bytes",
				  name);
	return env_parse_file(&cli->arena, name, content, out, out_n, &cli->err);
}

int env_collect(struct cli *cli, char ***out, size_t *out_n)
{
	for (char *const *file = words_list(&cli->words, "env-file"); *file; file++) {
		int r = read_file(cli, *file, out, out_n);

		if (r < 0)
			return r;
	}
	for (char *const *item = words_list(&cli->words, "env"); *item; item++) {
		if (**item == '\0' || **item == '=')
			return words_refuse(*item, "env", &cli->err, "the variable has no name");
		add(&cli->arena, out, out_n, *item);
	}
	return 0;
}

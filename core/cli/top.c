/* SPDX-License-Identifier: Apache-2.0 */
/* top.c - cleat top: the processes of a container, as /proc of this machine shows them. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/fd.h"
#include "base/json_out.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/top_ps.h"
#include "rpc/pb/cleat.pb-c.h"

enum { FILE_MAX = 1 << 20, CELLS = 5 };

static const char *const headings[CELLS + 1] = { "UID", "PID", "PPID", "TIME", "CMD", NULL };

/* Of the container's user this machine may have a name or not; docker shows this one's name too. */
static const char *owner(struct cli *cli, int dir)
{
	struct stat st = { 0 };
	const struct passwd *user = NULL;

	if (fstat(dir, &st) < 0)
		return "?";
	user = getpwuid(st.st_uid);
	return user ? arena_text(&cli->arena, user->pw_name)
		    : arena_printf(&cli->arena, "%u", st.st_uid);
}

static char *read_proc(int dir, const char *name, size_t *out_len)
{
	struct cleat_error ignored = { 0 };
	char *content = NULL;

	return fd_read_file(dir, name, FILE_MAX, &content, out_len, &ignored) < 0 ? NULL : content;
}

/* The arguments end in NUL; a kernel thread or zombie has none and shows its name. */
static const char *command_line(struct cli *cli, int dir, const char *name)
{
	size_t len = 0;
	_cleanup_free_ char *args = read_proc(dir, "cmdline", &len);

	if (!args || len == 0)
		return arena_printf(&cli->arena, "[%s]", name);
	for (size_t i = 0; i + 1 < len; i++)
		if (args[i] == '\0')
			args[i] = ' ';
	return columns_clean(arena_text(&cli->arena, args));
}

/* 0, or -1 when the process has gone in between. */
static int read_process(struct cli *cli, unsigned pid, const char *cells[CELLS])
{
	char path[32];
	unsigned parent = 0;
	unsigned long user = 0;
	unsigned long system = 0;
	unsigned long seconds = 0;
	_cleanup_close_ int dir = -1;

	(void)snprintf(path, sizeof(path), "/proc/%u", pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	_cleanup_free_ char *stat = read_proc(dir, "stat", NULL);
	/* The name is in brackets and may itself hold brackets. */
	char *name = stat ? strchr(stat, '(') : NULL;
	char *rest = stat ? strrchr(stat, ')') : NULL;

	if (!name || !rest)
		return -1;
	*rest = '\0';
	if (sscanf(rest + 1, " %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &parent, &user,
		   &system) != 3)
		return -1;
	seconds = (user + system) / (unsigned long)sysconf(_SC_CLK_TCK);
	cells[0] = owner(cli, dir);
	cells[1] = arena_printf(&cli->arena, "%u", pid);
	cells[2] = arena_printf(&cli->arena, "%u", parent);
	cells[3] = arena_printf(&cli->arena, "%02lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60,
				seconds % 60);
	cells[4] = command_line(cli, dir, name + 1);
	return 0;
}

static void print_json(const char *const cells[CELLS])
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_free_ char *line = NULL;

	json_out_object(o);
	for (size_t i = 0; i < CELLS; i++)
		json_out_pair_text(o, headings[i], cells[i]);
	json_out_object_end(o);
	line = json_out_take(o);
	(void)printf("%s\n", line ? line : "");
}

static int print(struct cli *cli, const Cleat__V1__TopResponse *reply, bool json)
{
	struct columns *columns = columns_new(headings);
	int r = columns ? 0 : cleat_fail(&cli->err, 12, "out of memory");

	for (size_t i = 0; r == 0 && i < reply->n_pids; i++) {
		const char *cells[CELLS] = { 0 };

		if (read_process(cli, reply->pids[i], cells) < 0)
			continue;
		if (json)
			print_json(cells);
		else
			r = columns_add(columns, cells, &cli->err);
	}
	if (r == 0 && !json)
		r = columns_print(columns, &cli->err);
	columns_free(columns);
	return r;
}

int command_top(struct cli *cli)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;
	Cleat__V1__TopResponse *reply = NULL;
	char *const *options = cli->words.args + 1;
	bool json = words_on(&cli->words, "json");
	int r = 0;

	/* What follows the name is for ps, which has no --json. */
	if (options[0] && text_eq(options[0], "--json") && !options[1]) {
		options++;
		json = true;
	}
	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "Top", &request.base, &reply);
	if (r == 0)
		r = options[0] ? top_ps(options, reply->pids, reply->n_pids, &cli->err)
			       : print(cli, reply, json);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}

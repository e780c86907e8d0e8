/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps.c - cleat-oci ps.
 *
 * The table is the host's own ps with the lines of other processes left out. No program of the
 * container's is ever run for it (CVE-2022-1227).
 */
#include "commands.h"
#include "existing.h"
#include "report.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MAX_OUTPUT = 64 << 20 };

struct pids {
	int32_t *list;
	size_t n;
};

static int print_json(const struct pids *pids, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	_cleanup_free_ char *text = NULL;

	if (out) {
		json_out_array(out);
		for (size_t i = 0; i < pids->n; i++)
			json_out_i64(out, pids->list[i]);
		json_out_array_end(out);
		text = json_out_take(out);
	}
	if (!text)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(text, err) < 0 ? -err->errnum : report_print("\n", err);
}

static void run_ps(const struct arguments *arguments, int out)
{
	_cleanup_strings_ struct strings argv = { 0 };

	(void)strings_add(&argv, "ps");
	for (size_t i = 1; i < arguments->nrest; i++)
		(void)strings_add(&argv, arguments->rest[i]);
	if (arguments->nrest == 1)
		(void)strings_add(&argv, "-ef");
	if (dup2(out, STDOUT_FILENO) >= 0)
		(void)execvp("ps", argv.item);
	_exit(127);
}

static int read_ps(const struct arguments *arguments, char **out, struct cleat_error *err)
{
	int ends[2];
	int status = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run ps: %m");
	pid_t pid = fork();

	if (pid == 0)
		run_ps(arguments, ends[1]);
	(void)close(ends[1]);
	int r = pid < 0 ? cleat_fail(err, errno, "cannot run ps: %m")
			: fd_read_all(ends[0], MAX_OUTPUT, out, NULL, "output of ps", err);

	(void)close(ends[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && r == 0 && status != 0)
		r = cleat_fail(err, WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO,
			       "cannot list processes: ps failed");
	return r;
}

/* Which column of the head line is PID? */
static int pid_column(const char *line, size_t len)
{
	size_t at = 0;

	for (int column = 0; at < len; column++) {
		at += strspn(line + at, " \t");
		size_t word = strcspn(line + at, " \t\n");

		if (word == 3 && strncmp(line + at, "PID", 3) == 0)
			return column;
		at += word;
		if (line[at] == '\n')
			break;
	}
	return -1;
}

static bool is_listed(const struct pids *pids, const char *line, int column)
{
	for (; column > 0; column--) {
		line += strspn(line, " \t");
		line += strcspn(line, " \t\n");
	}
	long pid = strtol(line, NULL, 10);

	for (size_t i = 0; i < pids->n; i++)
		if (pids->list[i] == pid)
			return true;
	return false;
}

static int print_table(const struct arguments *arguments, const struct pids *pids,
		       struct cleat_error *err)
{
	_cleanup_text_ struct text table = { 0 };
	_cleanup_free_ char *output = NULL;

	if (read_ps(arguments, &output, err) < 0)
		return -err->errnum;
	size_t head = strcspn(output, "\n");
	int column = pid_column(output, head);

	if (column < 0)
		return cleat_fail(err, EINVAL, "cannot list processes: ps printed no column PID");
	text_add_bytes(&table, output, head);
	text_add(&table, "\n");
	for (const char *line = output + head; *line; line += strcspn(line, "\n")) {
		line++;
		if (!*line || !is_listed(pids, line, column))
			continue;
		text_add_bytes(&table, line, strcspn(line, "\n"));
		text_add(&table, "\n");
	}
	if (table.failed)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(table.bytes, err);
}

int oci_ps(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	const char *format = arguments->format ? arguments->format : "table";
	struct pids pids = { 0 };

	if (!text_eq(format, "table") && !text_eq(format, "json"))
		return cleat_fail(err, EINVAL, "unknown format '%.40s': table or json", format);
	if (container_open(arguments, &container, err) < 0 ||
	    use_runtime_processes(container.box, &pids.list, &pids.n, err) < 0)
		return -err->errnum;
	int r = text_eq(format, "json") ? print_json(&pids, err)
					: print_table(arguments, &pids, err);

	free(pids.list);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cleat-layer: the one program that reads archives.
 *
 *   cleat-layer import --what FILE [--name NAME] [--fallback NAME]   0<archive 1>report 3<content
 *   cleat-layer unpack --layer DIGEST [--diff-id DIGEST] --whiteout overlay|remove  0<blob 1>report 3<dir
 *
 * Its descriptors are its world: 0 what it reads, 1 what it tells (report.h), 3 where it writes.
 */
#include "base/text.h"
#include "image/layer/import.h"
#include "image/layer/jail.h"
#include "image/layer/report.h"
#include "image/layer/unpack.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
/* The leak checker reads /proc, which a jailed program has not. The name is the sanitizer's. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

enum { TARGET = 3 };

struct arguments {
	const char *command, *what, *name, *fallback, *layer, *diff_id, *whiteout;
};

static int parse(int argc, char **argv, struct arguments *a, struct cleat_error *err)
{
	static const struct option options[] = {
		{ "what", required_argument, NULL, 'p' },
		{ "name", required_argument, NULL, 'n' },
		{ "fallback", required_argument, NULL, 'f' },
		{ "layer", required_argument, NULL, 'l' },
		{ "diff-id", required_argument, NULL, 'd' },
		{ "whiteout", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		const char **field = c == 'p'   ? &a->what
				     : c == 'n' ? &a->name
				     : c == 'f' ? &a->fallback
				     : c == 'l' ? &a->layer
				     : c == 'd' ? &a->diff_id
				     : c == 'w' ? &a->whiteout
						: NULL;

		if (!field)
			return cleat_fail(err, EINVAL, "cleat-layer: unknown option");
		*field = optarg;
	}
	if (optind + 1 != argc)
		return cleat_fail(err, EINVAL,
				  "cleat-layer is started by cleatd: import or unpack");
	a->command = argv[optind];
	return 0;
}

static const char *architecture(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__riscv)
	return "riscv64";
#elif defined(__powerpc64__)
	return "ppc64le";
#elif defined(__s390x__)
	return "s390x";
#elif defined(__i386__)
	return "386";
#else
	return "arm";
#endif
}

static int run_import(const struct arguments *a, int target, struct cleat_error *err)
{
	_cleanup_import_ struct import import = {
		.blobs = BLOBS_NONE,
		.what = a->what ? a->what : "the archive",
		.fallback = a->fallback,
		.architecture = architecture(),
	};
	_cleanup_free_ char *name = NULL;

	if (a->name && image_name_normalise(a->name, &name, err) < 0)
		return -err->errnum;
	import.name = name;
	if (blobs_open(target, &import.blobs, err) < 0 ||
	    import_run(&import, STDIN_FILENO, err) < 0)
		return -err->errnum;
	report_done(import.images, import.n);
	return 0;
}

static int run_unpack(const struct arguments *a, int target, struct cleat_error *err)
{
	const struct unpack_options options = {
		.layer = a->layer ? a->layer : "from standard input",
		.diff_id = a->diff_id,
		.whiteout = a->whiteout && text_eq(a->whiteout, "overlay") ? CLEAT_WHITEOUT_OVERLAY
									   : CLEAT_WHITEOUT_REMOVE,
	};

	if (unpack_layer(STDIN_FILENO, target, &options, err) < 0)
		return -err->errnum;
	report_done(NULL, 0);
	return 0;
}

static int run(int argc, char **argv, struct cleat_error *err)
{
	struct arguments a = { 0 };
	int target = TARGET;

	if (parse(argc, argv, &a, err) < 0)
		return -err->errnum;
	if (fcntl(target, F_GETFD) < 0)
		return cleat_fail(err, EBADF,
				  "cleat-layer needs descriptor 3: its target directory");
	if (jail_enter(&target, err) < 0)
		return -err->errnum;
	if (text_eq(a.command, "import"))
		return run_import(&a, target, err);
	if (text_eq(a.command, "unpack"))
		return run_unpack(&a, target, err);
	return cleat_fail(err, EINVAL, "cleat-layer: unknown command '%s'", a.command);
}

int main(int argc, char **argv)
{
	struct cleat_error err = { 0 };

	/* File names are UTF-8, whatever the daemon's language: libarchive asks the locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)signal(SIGPIPE, SIG_IGN);
	opterr = 0;
	if (run(argc, argv, &err) == 0)
		return 0;
	report_error(&err);
	return 1;
}

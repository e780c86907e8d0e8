/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleat_ini.c - write the complete cleat.ini, or cleat.ini(5), with the plugins of this build.
 *
 * For the build alone: it makes etc/cleat.ini (target update-cleat-ini), and a test compares. Users
 * say `cleat config defaults`, which is the same call.
 */
#include "base/text.h"
#include "plugin/describe.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print(struct config *config, const char *path, bool manual, struct cleat_error *err)
{
	static const struct registry_env look = { .types = PLUGIN_ALL, .look_only = true };
	_cleanup_text_ struct text out = { 0 };
	struct registry *registry = NULL;
	int r = registry_open(config, &look, &registry, err);

	/* a plugin that is missing would be left out; a page of the manual is no reason to stop a build */
	if (r == 0 && registry_check(registry, err) < 0) {
		if (manual)
			(void)fprintf(stderr, "cleat-ini: %s\n", err->text);
		else
			r = -err->errnum;
	}
	if (r == 0)
		(manual ? describe_manual : describe_defaults)(registry, &out);
	registry_close(registry);
	if (r < 0)
		return r;
	FILE *file = fopen(path, "we");

	if (!file || out.failed || fputs(out.bytes, file) < 0 || fclose(file) != 0)
		return cleat_fail(err, errno, "cannot write '%s': %m", path);
	return 0;
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	bool manual = argc == 3 && strcmp(argv[1], "--manual") == 0;

	if (argc != 2 + manual) {
		(void)fprintf(stderr, "usage: cleat-ini [--manual] FILE\n");
		return 2;
	}
	if (config_open("/dev/null", &config, &err) < 0 ||
	    print(config, argv[argc - 1], manual, &err) < 0) {
		(void)fprintf(stderr, "cleat-ini: %s\n", err.text);
		return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cleat-conformance FILE.so [CLEAT.INI]: judge a plugin of any type.
 *
 * First by the loader's own rules, the very same code. Then its symbols. Then instances of it are
 * made, asked what the rules forbid, starved of memory, and watched for what they leave behind. The
 * report is TAP; the exit status is 0 only if all held.
 */
#include "report.h"
#include "subject.h"
#include "trial.h"

#include "base/loop.h"
#include "base/text.h"
#include "config/config.h"
#include "plugin/open.h"
#include "plugin/settings.h"
#include "plugin/verify.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <stdlib.h>

static int load(const char *file, struct config *config, struct subject *out,
		struct cleat_error *err)
{
	const struct cleat_plugin *desc = NULL;
	struct plugin plugin = { 0 };
	int r = open_setup(err);

	if (r == 0)
		r = open_plugin(file, &desc, err);
	if (r == 0)
		r = verify(desc, err);
	if (r == 0)
		r = verify_copy(desc, &out->desc, &out->ops, err);
	plugin.desc = out->desc;
	if (r == 0)
		r = settings_bind(config, &plugin, &out->settings, err);
	out->file = file;
	return r < 0 ? r : loop_new(&out->loop, err);
}

static judge *judge_of(const char *type)
{
	static const struct {
		const char *type;
		judge *judge;
	} judges[] = {
		{ "runtime", judge_runtime },
		{ "snapshotter", judge_snapshotter },
		{ "restart", judge_restart },
		{ "io", judge_io },
	};

	for (size_t i = 0; i < ARRAY_SIZE(judges); i++)
		if (text_eq(judges[i].type, type))
			return judges[i].judge;
	abort(); /* verify knows no other */
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct subject subject = { 0 };
	struct cleat_error err = { 0 };

	if (argc < 2 || argc > 3 || argv[1][0] == '-') {
		(void)fprintf(stderr, "usage: cleat-conformance FILE.so [CLEAT.INI]\n"
				      "Judges a plugin: descriptor, settings, symbols, and what it "
				      "does when asked wrongly.\nExample: cleat-conformance "
				      "./restart-strikes.so\n");
		return 2;
	}
	if (!report_open() || config_open(argc > 2 ? argv[2] : "/dev/null", &config, &err) < 0) {
		(void)fprintf(stderr, "cleat-conformance: %s\n", err.text);
		return 2;
	}
	if (expect_success(load(argv[1], config, &subject, &err), &err,
			   "the loader takes it, with its default settings")) {
		(void)printf("# %s/%s %s: %s\n", subject.desc.type, subject.desc.name,
			     subject.desc.version, subject.desc.summary);
		judge_symbols(argv[1]);
		trial_run(&subject, judge_instances, false);
		trial_run(&subject, judge_of(subject.desc.type), true);
	}
	free(subject.settings);
	free(subject.ops);
	loop_free(subject.loop);
	return report_close();
}

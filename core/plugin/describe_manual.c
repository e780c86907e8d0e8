/* SPDX-License-Identifier: Apache-2.0 */
/* describe_manual.c - cleat.ini(5) from the schemas: the rows that check a key also document it. */
#include "describe.h"

#include "base/roff.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
	".TH CLEAT.INI 5 \"\" \"cleat " CLEAT_VERSION "\" \"File formats\"\n"
	".SH NAME\ncleat.ini \\- configuration of the cleat container stack\n"
	".SH SYNOPSIS\n.nf\n"
	"/usr/lib/cleat/cleat.ini  /etc/cleat/cleat.ini\n"
	"/usr/lib/cleat/conf.d/*.ini  /etc/cleat/conf.d/*.ini\n.fi\n"
	".SH DESCRIPTION\n"
	"The files are read in this order, conf.d sorted by name; a later file overrides single keys of an\n"
	"earlier one, and a drop-in in /etc hides that of the same name in /usr/lib. A program installed\n"
	"below another prefix also reads PREFIX/etc/cleat. A file named by\n"
	".B \\-\\-config\nor\n.B $CLEAT_CONFIG\nis read alone.\n.PP\n"
	"A line is\n.IR key \" = \" value\n"
	"below a\n.RI [ section ].\n"
	"A comment begins with # or ; at the start of a line, or with a blank and ; behind a value. An\n"
	"indented line goes on with the value before it. Unknown sections and keys, bad values and keys that\n"
	"one file sets twice are errors. Durations are written 250ms, 10s, 5m, 2h; integers 12, 0x1f, 4K,\n"
	"64M, 2G.\n";

static const char foot[] = ".SH SEE ALSO\n.BR cleat (1),\n.BR cleatd (8)\n";

static void key(struct text *out, const struct cleat_key *row)
{
	text_add(out, ".TP\n.BR ");
	roff_words(out, row->name);
	if (!row->fallback)
		text_add(out, " \" (must be set)\"\n");
	else if (*row->fallback) {
		text_add(out, " \" = ");
		roff_words(out, row->fallback);
		text_add(out, "\"\n");
	} else {
		text_add(out, " \" (empty)\"\n");
	}
	roff_words(out, row->doc);
	text_add(out, "\n(");
	config_print_kind(out, row);
	text_add(out, ")\n");
}

static void section(struct text *out, const char *name, const char *summary,
		    const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	text_printf(out, ".SH [%s]\n", name);
	roff_words(out, summary);
	text_add(out, "\n");
	for (size_t i = 0; i < nkeys; i++)
		key(out, (const struct cleat_key *)(const void *)((const char *)keys + i * stride));
}

void describe_manual(const struct registry *registry, struct text *out)
{
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);

	text_add(out, head);
	section(out, "cleat", "The engine itself.", keys, n, sizeof(*keys));
	keys = config_plugins_keys(&n);
	section(out, "plugins", "Which plugins are loaded, and which ones a new container gets.",
		keys, n, sizeof(*keys));
	keys = config_supervision_keys(&n);
	section(out, "supervision",
		"Limits of the daemon on restarts and cleaning up, over all containers.", keys, n,
		sizeof(*keys));
	keys = config_shim_keys(&n);
	section(out, "shim/NAME", "A foreign shim, which --runtime NAME picks.", keys, n,
		sizeof(*keys));
	for (size_t i = 0; i < registry_count(registry); i++) {
		const struct cleat_plugin *desc = &registry_at(registry, i)->desc;
		char name[96];

		if (registry_at(registry, i)->refused || desc->nkeys == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", desc->type, desc->name);
		section(out, name, desc->summary, desc->keys, desc->nkeys, desc->key_size);
	}
	text_add(out, foot);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* oci_page.c - cleat-oci(8) from its table of commands, for the build alone. See cleat_page.c. */
#include "page.h"

#include "base/roff.h"
#include "oci/commands.h"

static const char head[] =
	".TH CLEAT\\-OCI 8 \"\" \"cleat " CLEAT_VERSION "\" \"System administration\"\n"
	".SH NAME\n"
	"cleat\\-oci \\- run containers from OCI bundles\n"
	".SH SYNOPSIS\n"
	".B cleat\\-oci\n"
	".RI [ FLAGS ]\n"
	".I COMMAND\n"
	".RI [ FLAGS ]\n"
	".RI [ ID ]\n"
	".SH DESCRIPTION\n"
	"A bundle is a directory with a root filesystem and a\n"
	".I config.json\n"
	"that says what runs in it, as the Open Container Initiative's runtime specification has it.\n"
	".B cleat\\-oci\n"
	"makes a container of a bundle, starts it, and removes what is left when it has ended. Engines\n"
	"call it; nothing of it stays in memory, and no daemon is needed.\n"
	".PP\n"
	"Commands, flags, exit status and output are\n"
	".BR runc (8)'s,\n"
	"so that it can take runc's place:\n"
	".PP\n"
	".RS\n.nf\n"
	"\\fBpodman \\-\\-runtime /usr/bin/cleat\\-oci run ...\\fR\n"
	".fi\n.RE\n"
	".PP\n"
	"and for docker, in\n"
	".IR /etc/docker/daemon.json :\n"
	".PP\n"
	".RS\n.nf\n"
	"{\"runtimes\": {\"cleat\": {\"path\": \"/usr/bin/cleat\\-oci\"}}}\n"
	".fi\n.RE\n"
	".PP\n"
	"A flag is written with one dash or two; its argument follows a blank or an equals sign. Flags\n"
	"end at the first word that is none, and at\n"
	".BR \\-\\- .\n"
	".PP\n"
	"Users other than root can run containers in a user namespace of their own\n"
	".RB ( \"cleat\\-oci spec \\-\\-rootless\" );\n"
	"limits hold where systemd or an administrator has given the user a part of the cgroup tree.\n"
	".SH FLAGS OF EVERY COMMAND\n"
	"They stand before the command.\n";

static const char foot[] =
	".SH EXIT STATUS\n"
	".B run\n"
	"and\n"
	".B exec\n"
	"end as the program did, or with 128 and the number of the signal that ended it. Everything else\n"
	"ends with 0, or with 1 and one line on standard error, also in the file of\n"
	".BR \\-\\-log ;\n"
	".B exec\n"
	"that cannot run its program, with 255.\n"
	".SH ENVIRONMENT\n"
	".TP\n"
	".BR LISTEN_FDS \", \" LISTEN_PID\n"
	"Sockets of systemd's are passed on to the program, before those of\n"
	".BR \\-\\-preserve\\-fds .\n"
	".TP\n"
	".B NOTIFY_SOCKET\n"
	"The program gets a socket for\n"
	".BR sd_notify (3),\n"
	"and that it is ready is passed on.\n"
	".TP\n"
	".B XDG_RUNTIME_DIR\n"
	"Where containers of users other than root are recorded.\n"
	".SH FILES\n"
	".TP\n"
	".I /run/cleat\\-oci\n"
	"One small record for each container; see\n"
	".BR \\-\\-root .\n"
	".TP\n"
	".I /etc/cleat/cleat.ini\n"
	"The section [runtime/linux] holds here, too; see\n"
	".BR cleat.ini (5).\n"
	".SH SEE ALSO\n"
	".BR cleat (1),\n"
	".BR cleatd (8),\n"
	".BR cleat.ini (5)\n"
	".PP\n"
	"Open Container Initiative Runtime Specification,\n"
	".I https://github.com/opencontainers/runtime\\-spec\n";

static void flags(struct text *out, const struct flag *set)
{
	for (; set->name; set++) {
		/* said once for all, above */
		if (set != global_flags && text_eq(set->name, "help"))
			continue;
		text_add(out, ".TP\n\\fB");
		if (set->letter)
			text_printf(out, "\\-%c\\fR, \\fB", set->letter);
		text_add(out, "\\-\\-");
		roff_words(out, set->name);
		text_add(out, set->value ? "\\fR \\fI" : "");
		roff_words(out, set->value ? set->value : "");
		text_add(out, "\\fR\n");
		roff_words(out, set->doc);
		text_add(out, "\n");
	}
}

void page(struct text *out)
{
	size_t n = 0;
	const struct command *all = commands_all(&n);

	text_add(out, head);
	flags(out, global_flags);
	text_add(out, ".SH COMMANDS\nEach has\n.BR \\-\\-help .\n");
	for (size_t i = 0; i < n; i++) {
		text_printf(out, ".SS cleat\\-oci %s [FLAGS] %s\n", all[i].name, all[i].words);
		roff_words(out, all[i].summary);
		text_add(out, "\n");
		flags(out, all[i].flags);
	}
	text_add(out, foot);
}

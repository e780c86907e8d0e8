/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion.c - bash completion, made from the table.
 *
 * Names of containers and images are asked from a running engine; completing never starts one.
 */
#include "cli/completion.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"

static const char head[] =
	"# bash completion for cleat; made by `cleat completion bash`.\n"
	"_cleat_ask() { cleat --no-start \"${global[@]}\" \"$@\" 2>/dev/null; }\n"
	"_cleat_offer() {\n"
	"\tcase \"$1\" in\n"
	"\tfiles) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"\tdirectories) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"\tcontainers) mapfile -t COMPREPLY < <(compgen -W \"$(_cleat_ask ps -a --names)\" -- \"$cur\") ;;\n"
	"\timages) mapfile -t COMPREPLY < <(compgen -W \"$(_cleat_ask image ls --names)\" -- \"$cur\") ;;\n"
	"\tplugins) mapfile -t COMPREPLY < <(compgen -W \"$(_cleat_ask plugins ls --names)\" -- \"$cur\") ;;\n"
	"\t*) mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\") ;;\n"
	"\tesac\n"
	"\t[[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null\n"
	"}\n";

static const char tail[] =
	"_cleat() {\n"
	"\tlocal cur prev words cword command= flags= values= args= own= i=1 n=0 global=()\n"
	"\tif declare -F _get_comp_words_by_ref >/dev/null; then\n"
	"\t\t_get_comp_words_by_ref -n =: cur prev words cword\n"
	"\telse\n"
	"\t\tcur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\t\twords=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD\n"
	"\tfi\n"
	"\twhile ((i < cword)) && [[ ${words[i]} == -* ]]; do\n"
	"\t\t# what is asked is asked of that daemon and namespace\n"
	"\t\tcase ${words[i]} in\n"
	"\t\t--config | --namespace) global+=(\"${words[i]}\" \"${words[i + 1]}\"); ((i++)) ;;\n"
	"\t\t--config=* | --namespace=*) global+=(\"${words[i]}\") ;;\n"
	"\t\tesac\n"
	"\t\t((i++))\n"
	"\tdone\n"
	"\tif ((i < cword)); then\n"
	"\t\tcommand=${words[i]}; ((i++))\n"
	"\t\tcase \" $_cleat_groups \" in *\" $command \"*)\n"
	"\t\t\tif ((i < cword)); then command=\"$command ${words[i]}\"; ((i++)); fi ;;\n"
	"\t\tesac\n"
	"\tfi\n"
	"\t_cleat_table \"$command\"\n"
	"\t# Positional arguments that are there already; flags of another program are not ours.\n"
	"\tfor ((; i < cword; i++)); do\n"
	"\t\tif [[ ${words[i]} == -* ]]; then\n"
	"\t\t\t[[ ${words[i]} != *=* && \" $values \" == *\" ${words[i]} \"* ]] && ((i++))\n"
	"\t\telse\n"
	"\t\t\t((n++)); [[ -n $own ]] && break\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ -n $own && $n -gt 0 ]]; then compopt -o default 2>/dev/null; COMPREPLY=(); return; fi\n"
	"\tif [[ $cur == --*=* ]]; then\n"
	"\t\tprev=${cur%%=*} cur=${cur#*=}; _cleat_value \"$command\" \"$prev\"; return\n"
	"\tfi\n"
	"\tif [[ \" $values \" == *\" $prev \"* ]]; then _cleat_value \"$command\" \"$prev\"; return; fi\n"
	"\tif [[ $cur == -* ]]; then _cleat_offer \"$flags\"; else _cleat_offer \"$args\"; fi\n"
	"}\n"
	"complete -F _cleat cleat\n";

static const char *const offers[] = {
	[COMPLETE_NOTHING] = "",
	[COMPLETE_FILES] = "files",
	[COMPLETE_DIRECTORIES] = "directories",
	[COMPLETE_CONTAINERS] = "containers",
	[COMPLETE_IMAGES] = "images",
	[COMPLETE_COMMANDS] = "$_cleat_words",
	[COMPLETE_PLUGINS] = "plugins",
};

static void add_flag_names(struct text *out, const struct flag *set, bool with_values)
{
	for (; set->name; set++) {
		if (set->hidden || (with_values && !set->argument))
			continue;
		text_printf(out, " --%s", set->name);
		if (with_values && set->letter)
			text_printf(out, " -%c", set->letter);
	}
}

static void add_all_sets(struct text *out, const struct command *command, bool with_values)
{
	for (size_t i = 0; command && command->flags[i]; i++)
		add_flag_names(out, command->flags[i], with_values);
	add_flag_names(out, global_flags, with_values);
}

static void add_table(struct text *out)
{
	char name[COMMAND_NAME];

	text_add(out, "_cleat_table() {\n\tcase \"$1\" in\n");
	for (const struct command *c = commands; c->name; c++) {
		if (c->hidden)
			continue;
		text_printf(out, "\t\"%s\")\n\t\tflags=\"", table_name(c, name));
		add_all_sets(out, c, false);
		text_add(out, "\"\n\t\tvalues=\"");
		add_all_sets(out, c, true);
		text_printf(out, "\"\n\t\targs=\"%s\" own=%s ;;\n", offers[c->complete],
			    c->own_args ? "yes" : "");
	}
	for (const struct group *g = groups; g->name; g++) {
		text_printf(out, "\t%s) args=\"", g->name);
		for (const struct command *c = commands; c->name; c++)
			if (c->group && text_eq(c->group, g->name))
				text_printf(out, " %s", c->name);
		text_add(out, "\" ;;\n");
	}
	text_add(out, "\t\"\") args=$_cleat_words flags=\"");
	add_all_sets(out, NULL, false);
	text_add(out, "\" values=\"");
	add_all_sets(out, NULL, true);
	text_add(out, "\" ;;\n\tesac\n}\n");
}

static void add_values_of_set(struct text *out, const char *command, const struct flag *set)
{
	for (; set->name; set++) {
		const char *offer = set->words ? set->words : offers[set->complete];

		if (!set->argument || !*offer)
			continue;
		text_printf(out, "\t\"%s --%s\"", command, set->name);
		if (set->letter)
			text_printf(out, "|\"%s -%c\"", command, set->letter);
		text_printf(out, ") _cleat_offer \"%s\" ;;\n", offer);
	}
}

static void add_values(struct text *out)
{
	char name[COMMAND_NAME];

	text_add(out, "_cleat_value() {\n\tcase \"$1 $2\" in\n"
		      "\t*\" --config\") _cleat_offer files ;;\n");
	for (const struct command *c = commands; c->name; c++)
		for (size_t i = 0; c->flags[i]; i++)
			add_values_of_set(out, table_name(c, name), c->flags[i]);
	text_add(out, "\tesac\n}\n");
}

void completion_bash(struct text *out)
{
	text_add(out, head);
	text_add(out, "_cleat_groups=\"");
	for (const struct group *g = groups; g->name; g++)
		text_printf(out, " %s", g->name);
	text_add(out, "\"\n_cleat_words=\"$_cleat_groups");
	for (const struct command *c = commands; c->name; c++)
		if (!c->group && !c->hidden)
			text_printf(out, " %s", c->name);
	text_add(out, "\"\n");
	add_table(out);
	add_values(out);
	text_add(out, tail);
}

int command_completion(struct cli *cli)
{
	_cleanup_text_ struct text out = { 0 };

	if (!text_eq(cli->words.args[0], "bash"))
		return cli_fail(cli,
				cleat_fail(&cli->err, 22, "no completion for '%s': it can do bash",
					   cli->words.args[0]));
	completion_bash(&out);
	(void)fputs(out.bytes && !out.failed ? out.bytes : "", stdout);
	return cli_end(cli, out.failed ? 1 : 0);
}

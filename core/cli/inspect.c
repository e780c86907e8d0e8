/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - cleat inspect and cleat image inspect: everything, as one JSON array. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/template.h"
#include "rpc/pb/cleat.pb-c.h"

enum what { CONTAINER = 1, IMAGE = 2 };

static int ask_container(struct cli *cli, char *name, Cleat__V1__InspectResponse **out)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;

	request.namespace_ = cli_namespace(cli);
	request.id = name;
	return daemon_call(cli, &cleat__v1__containers__descriptor, "Inspect", &request.base, out);
}

static int ask_image(struct cli *cli, char *name, Cleat__V1__InspectResponse **out)
{
	Cleat__V1__ImageRequest request = CLEAT__V1__IMAGE_REQUEST__INIT;

	request.namespace_ = cli_namespace(cli);
	request.name = name;
	return daemon_call(cli, &cleat__v1__images__descriptor, "Inspect", &request.base, out);
}

static int ask(struct cli *cli, enum what what, char *name, Cleat__V1__InspectResponse **out)
{
	int r = -ENOENT;

	if (what & CONTAINER)
		r = ask_container(cli, name, out);
	if (r != -ENOENT || !(what & IMAGE))
		return r;
	r = ask_image(cli, name, out);
	/* For somebody who thought of a container the image's absence is no answer. */
	if (r == -ENOENT && what == (CONTAINER | IMAGE))
		return cleat_fail(&cli->err, ENOENT, "no such container or image: %s", name);
	return r;
}

static int print_fields(struct cli *cli, const char *format, const struct json *root)
{
	_cleanup_text_ struct text out = { 0 };
	int r = template_fill(format, root, &out, &cli->err);

	if (r == 0)
		(void)printf("%s\n", out.bytes ? out.bytes : "");
	return r;
}

/* To the array that is printed in the end; with --format at once, a line each. */
static int add(struct cli *cli, struct json_out *o, const Cleat__V1__InspectResponse *reply)
{
	const char *format = words_text(&cli->words, "format");
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = json_parse(reply->json, strlen(reply->json), &doc, &cli->err);

	if (r < 0)
		return cleat_wrap(&cli->err, "cannot read cleatd's answer");
	if (format)
		return print_fields(cli, text_eq(format, "json") ? "{{json .}}" : format,
				    json_root(doc));
	json_out_value(o, json_root(doc));
	return 0;
}

/* Before anything is asked: a template that is wrong is so for each. */
static int check_format(struct cli *cli)
{
	_cleanup_text_ struct text ignored = { 0 };
	const char *format = words_text(&cli->words, "format");

	return format ? template_fill(format, NULL, &ignored, &cli->err) : 0;
}

static int inspect(struct cli *cli, enum what what)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(true);
	_cleanup_free_ char *all = NULL;
	bool found = false;
	bool fields = words_given(&cli->words, "format");
	int code = 0;
	int r = check_format(cli);

	if (r == 0)
		r = connect_daemon(cli);

	if (r < 0)
		return cli_fail(cli, r);
	json_out_array(o);
	for (char **name = cli->words.args; *name; name++) {
		Cleat__V1__InspectResponse *reply = NULL;

		r = ask(cli, what, *name, &reply);
		if (r == 0)
			r = add(cli, o, reply);
		found = found || r == 0;
		if (r < 0) {
			cli_complain(cli);
			code = 1;
		}
	}
	json_out_array_end(o);
	all = json_out_take(o);
	if (!found && !fields)
		(void)printf("[]\n");
	else if (all && !fields)
		(void)printf("%s%s", all, *all && all[strlen(all) - 1] == '\n' ? "" : "\n");
	return cli_end(cli, all ? code : 1);
}

int command_inspect(struct cli *cli)
{
	const char *type = words_text(&cli->words, "type");

	if (!type)
		return inspect(cli, CONTAINER | IMAGE);
	if (text_eq(type, "container"))
		return inspect(cli, CONTAINER);
	if (text_eq(type, "image"))
		return inspect(cli, IMAGE);
	return cli_fail(cli, words_refuse(type, "type", &cli->err, "it is container or image"));
}

int command_image_inspect(struct cli *cli)
{
	return inspect(cli, IMAGE);
}

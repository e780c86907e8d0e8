/* SPDX-License-Identifier: Apache-2.0 */
/* info.c - cleat info: what the engine knows about itself and this machine. */
#include <stdio.h>
#include <string.h>

#include <cleat/json.h>

#include "base/json_out.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"

static void print_value(const struct json *v, int indent);

static void print_members(const struct json *v, int indent)
{
	for (size_t i = 0; i < json_len(v); i++) {
		const struct json *item = json_at(v, i);
		bool nested = json_type(item) == JSON_OBJECT || json_type(item) == JSON_ARRAY;

		(void)printf("%*s%s%s", indent, "", json_key(v, i) ? json_key(v, i) : "-",
			     json_key(v, i) ? ":" : "");
		(void)printf(nested ? "\n" : " ");
		print_value(item, indent + 1);
	}
}

static void print_value(const struct json *v, int indent)
{
	switch (json_type(v)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		print_members(v, indent);
		break;
	case JSON_STRING:
		(void)printf("%s\n", json_text(v));
		break;
	case JSON_NUMBER:
		(void)printf("%s\n", json_number_text(v));
		break;
	case JSON_BOOL:
		(void)printf("%s\n", json_is_true(v) ? "true" : "false");
		break;
	case JSON_NULL:
		(void)printf("\n");
		break;
	}
}

int command_info(struct cli *cli)
{
	Cleat__V1__Empty request = CLEAT__V1__EMPTY__INIT;
	Cleat__V1__InfoResponse *reply = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = daemon_call(cli, &cleat__v1__system__descriptor, "Info", &request.base, &reply);

	if (r == 0)
		r = json_parse(reply->json, strlen(reply->json), &doc, &cli->err);
	if (r < 0)
		return cli_fail(cli, r);
	if (words_on(&cli->words, "json"))
		(void)printf("%s\n", reply->json);
	else
		print_members(json_root(doc), 0);
	return cli_end(cli, 0);
}

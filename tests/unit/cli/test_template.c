/* SPDX-License-Identifier: Apache-2.0 */
/* test_template.c - --format as scripts write it. */
#include <errno.h>
#include <string.h>

#include "cli/template.h"
#include "support/unit.h"

static const char document[] =
	"{\"Name\":\"/web\",\"State\":{\"Pid\":12,\"Running\":true,\"Error\":null},"
	"\"Args\":[\"a\",\"b\"],\"Big\":18446744073709551615}";

static int fill(const char *format, struct text *out, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;

	out->len = 0;
	text_add(out, "");
	if (json_parse(document, strlen(document), &doc, err) < 0)
		return -err->errnum;
	return template_fill(format, json_root(doc), out, err);
}

static void fields(void)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" },
		{ "{{.Name}}", "/web" },
		{ "{{ .State.Pid }} {{.State.Running}}", "12 true" },
		{ "{{.Name}}\\t{{.Big}}\\n", "/web\t18446744073709551615\n" },
		{ "{{json .Name}} {{ json .State }}",
		  "\"/web\" {\"Pid\":12,\"Running\":true,\"Error\":null}" },
		{ "{{.Args}}", "[\"a\",\"b\"]" },
		{ "{{.NoSuch}} {{.State.NoSuch.Either}} {{json .NoSuch}}",
		  "<no value> <no value> null" },
		{ "a } b { c }}", "a } b { c }}" },
	};
	_cleanup_text_ struct text out = { 0 };
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		UNIT_OK(fill(pairs[i][0], &out, &err), err);
		CU_ASSERT_STRING_EQUAL(out.bytes, pairs[i][1]);
	}
	UNIT_OK(fill("{{json .}}", &out, &err), err);
	CU_ASSERT_STRING_EQUAL(out.bytes, document);
}

static void what_is_more_is_refused(void)
{
	static const char *const wrong[] = { "{{range .Args}}{{.}}{{end}}",
					     "{{if .Name}}x{{end}}",
					     "{{index .Args 0}}",
					     "{{.Name | json}}",
					     "{{Name}}",
					     "{{}}",
					     "{{json}}",
					     "{{.Name .State}}",
					     "{{..Name}}",
					     "{{\"x\"}}" };
	_cleanup_text_ struct text out = { 0 };
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		UNIT_FAILS(fill(wrong[i], &out, &err), EINVAL, err, "is no field");
	UNIT_FAILS(fill("x {{.Name", &out, &err), EINVAL, err, "has no end");
	/* without a document only the words are judged */
	UNIT_OK(template_fill("{{.Any.Thing}}", NULL, &out, &err), err);
}

UNIT_MAIN("cli/template", UNIT_TEST(fields), UNIT_TEST(what_is_more_is_refused))

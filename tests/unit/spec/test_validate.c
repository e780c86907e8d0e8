/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#define HEAD    "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"}"
#define PROCESS "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]"

static int judge(const char *text, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;

	*err = (struct cleat_error){ 0 };
	UNIT_OK(json_parse(text, strlen(text), &doc, err), *err);
	return spec_validate(json_root(doc), err);
}

static void good_documents(void)
{
	static const char *const good[] = {
		HEAD "}",
		HEAD "," PROCESS "}}",
		HEAD "," PROCESS ",\"new\":[{}],\"user\":{\"uid\":4294967294}},\"unknown\":1}",
		"{\"ociVersion\":\"1.99.0+x\",\"root\":{\"path\":\"/r\"},\"linux\":null}",
		HEAD ",\"hostname\":\"x\",\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]}}",
	};
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		UNIT_OK(judge(good[i], &err), err);
}

static void bad_documents_name_the_member(void)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "[]", "object" },
		{ "{\"root\":{\"path\":\"r\"}}", "ociVersion" },
		{ "{\"ociVersion\":1,\"root\":{\"path\":\"r\"}}", "ociVersion" },
		{ "{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}", "2.0.0" },
		{ "{\"ociVersion\":\"1.0.0\"}", "root.path" },
		{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":3}}", "root" },
		{ HEAD ",\"process\":{\"cwd\":\"/\"}}", "args" },
		{ HEAD ",\"process\":{\"cwd\":\"/\",\"args\":[]}}", "args" },
		{ HEAD ",\"process\":{\"cwd\":\"/\",\"args\":[\"\"]}}", "args[0]" },
		{ HEAD ",\"process\":{\"cwd\":\"x\",\"args\":[\"a\"]}}", "cwd" },
		{ HEAD ",\"process\":{\"args\":[\"a\"]}}", "cwd" },
		{ HEAD "," PROCESS ",\"user\":{\"uid\":4294967296}}}", "uid" },
		{ HEAD "," PROCESS ",\"user\":{\"uid\":4294967295}}}", "uid" },
		{ HEAD "," PROCESS ",\"user\":{\"uid\":-1}}}", "uid" },
		{ HEAD "," PROCESS ",\"user\":{\"additionalGids\":[-1]}}}", "additionalGids[0]" },
		{ HEAD "," PROCESS ",\"env\":[1]}}", "env[0]" },
		{ HEAD "," PROCESS ",\"capabilities\":{\"bounding\":[1]}}}", "bounding[0]" },
		{ HEAD "," PROCESS ",\"rlimits\":[{\"type\":\"RLIMIT_X\"}]}}", "RLIMIT_X" },
		{ HEAD "," PROCESS ",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,"
		       "\"hard\":1}]}}",
		  "rlimits[0]" },
		{ HEAD "," PROCESS ",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
		       "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]}}",
		  "rlimits[1]" },
		{ HEAD "," PROCESS ",\"oomScoreAdj\":2000}}", "oomScoreAdj" },
		{ HEAD ",\"mounts\":[{\"type\":\"proc\"}]}", "mounts[0]" },
		{ HEAD ",\"mounts\":[3]}", "mounts[0]" },
		{ HEAD ",\"mounts\":{}}", "mounts" },
		{ HEAD ",\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[]}]}",
		  "gidMappings" },
		{ HEAD ",\"annotations\":{\"a\":1}}", "annotations" },
		{ HEAD ",\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}}", "prestart[0]" },
		{ HEAD ",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}}", "timeout" },
		{ HEAD ",\"linux\":{\"namespaces\":[{\"type\":\"net\"}]}}", "'net'" },
		{ HEAD ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}}",
		  "twice" },
		{ HEAD ",\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]}}",
		  "absolute" },
		{ HEAD ",\"linux\":{\"maskedPaths\":[\"proc\"]}}", "maskedPaths[0]" },
		{ HEAD ",\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":0}]}}", "size" },
		{ HEAD ",\"hostname\":\"x\"}", "uts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cleat_error err = { 0 };

		UNIT_FAILS(judge(bad[i].text, &err), EINVAL, err, bad[i].words);
	}
}

UNIT_MAIN("spec validate", UNIT_TEST(good_documents), UNIT_TEST(bad_documents_name_the_member))

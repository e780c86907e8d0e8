/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "image/digest.h"
#include "image/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define D1          "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2          "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define D3          "sha256:3333333333333333333333333333333333333333333333333333333333333333"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE  "application/vnd.oci.image.layer.v1.tar+gzip"

#define CONFIG_OF(type, digest, size) \
	"\"config\":{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":" size "}"
#define LAYER_OF(type, digest, size) \
	"{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":" size "}"
#define MANIFEST(layers) \
	"{\"schemaVersion\":2," CONFIG_OF(CONFIG_TYPE, D1, "10") ",\"layers\":[" layers "]}"

static int parse(const char *json, struct image_manifest **m, struct cleat_error *err)
{
	struct manifest_config config;

	*m = NULL;
	return manifest_parse(json, strlen(json), m, &config, err);
}

static struct image_manifest *two_layers(void)
{
	static const char json[] =
		MANIFEST(LAYER_OF(LAYER_TYPE, D2, "100") "," LAYER_OF(LAYER_TYPE, D3, "200"));
	struct image_manifest *m = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(parse(json, &m, &err), err);
	CU_ASSERT_EQUAL(m->size, strlen(json) + 10 + 300);
	return m;
}

static void a_good_one(void)
{
	struct image_manifest *m = two_layers();
	struct cleat_error err = { 0 };
	static const char config[] =
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2026-01-02T03:04:05Z\","
		"\"config\":{\"Env\":[\"A=b\",\"C=\"],\"Cmd\":[\"sh\",\"-c\"],\"User\":\"1:2\","
		"\"WorkingDir\":\"/w\",\"StopSignal\":\"SIGINT\",\"Labels\":{\"k\":\"v\"}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D2 "\",\"" D3 "\"]}}";
	char chain[DIGEST_TEXT];

	CU_ASSERT_STRING_EQUAL(m->id, D1);
	CU_ASSERT_EQUAL(m->nlayers, 2);
	UNIT_OK(manifest_add_config(m, config, strlen(config), &err), err);
	CU_ASSERT_STRING_EQUAL(m->env[1], "C=");
	CU_ASSERT_PTR_NULL(m->env[2]);
	CU_ASSERT_STRING_EQUAL(m->cmd[0], "sh");
	CU_ASSERT_PTR_NULL(m->entrypoint);
	CU_ASSERT_STRING_EQUAL(m->user, "1:2");
	CU_ASSERT_STRING_EQUAL(m->workdir, "/w");
	CU_ASSERT_STRING_EQUAL(m->stop_signal, "SIGINT");
	CU_ASSERT_STRING_EQUAL(m->labels[0], "k");
	CU_ASSERT_STRING_EQUAL(m->labels[1], "v");
	CU_ASSERT_PTR_NULL(m->labels[2]);
	CU_ASSERT_STRING_EQUAL(m->layers[0].chain_id, D2);
	digest_chain(D2, D3, chain);
	CU_ASSERT_STRING_EQUAL(m->layers[1].chain_id, chain);
	image_manifest_free(m);
}

static void manifests_that_are_refused(void)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{ "", "" },
		{ "[]", "not a JSON object" },
		{ "{\"schemaVersion\":1}", "schema version 1" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", "no config" },
		{ "{\"schemaVersion\":2," CONFIG_OF("application/x", D1, "1") ",\"layers\":[]}",
		  "media type 'application/x'" },
		{ "{\"schemaVersion\":2," CONFIG_OF(CONFIG_TYPE, "sha256:../../x", "1") "}",
		  "sha256:../../x" },
		{ "{\"schemaVersion\":2," CONFIG_OF(CONFIG_TYPE, D1, "-1") "}", "size" },
		{ MANIFEST(LAYER_OF("application/vnd.x", D2, "1")), "application/vnd.x" },
		{ MANIFEST(LAYER_OF(LAYER_TYPE, "md5:00", "1")), "md5:00" },
		{ MANIFEST("5"), "no layer" },
		{ MANIFEST(LAYER_OF(LAYER_TYPE, D2, "99999999999999999999")), "size" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct image_manifest *m = NULL;
		struct cleat_error err = { 0 };

		UNIT_FAILS(parse(bad[i].json, &m, &err), EINVAL, err, bad[i].words);
		CU_ASSERT_PTR_NULL(m);
	}
}

static void configs_that_are_refused(void)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{ "[]", "not a JSON object" },
		{ "{}", "0 diff ids for the manifest's 2 layers" },
		{ "{\"rootfs\":{\"diff_ids\":[\"" D2 "\"]}}", "1 diff ids" },
		{ "{\"rootfs\":{\"diff_ids\":[\"" D2 "\",\"x\"]}}", "diff id 2" },
		{ "{\"rootfs\":{\"diff_ids\":[\"" D2 "\",7]}}", "diff id 2" },
		{ "{\"os\":\"windows\",\"rootfs\":{\"diff_ids\":[\"" D2 "\",\"" D3 "\"]}}",
		  "windows" },
		{ "{\"config\":{\"Env\":[\"=x\"]}}", "=x" },
		{ "{\"config\":{\"Env\":[\"novalue\"]}}", "novalue" },
		{ "{\"config\":{\"Cmd\":\"sh\"}}", "Cmd" },
		{ "{\"config\":{\"Cmd\":[1]}}", "Cmd" },
		{ "{\"config\":{\"Labels\":{\"a\":1}}}", "label 'a'" },
		{ "{\"config\":7}", "config" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct image_manifest *m = two_layers();
		struct cleat_error err = { 0 };

		UNIT_FAILS(manifest_add_config(m, bad[i].json, strlen(bad[i].json), &err), EINVAL,
			   err, bad[i].words);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, D1)); /* names the config */
		image_manifest_free(m);
	}
}

static void too_many_layers(void)
{
	char *json = malloc(300000);
	struct image_manifest *m = NULL;
	struct cleat_error err = { 0 };
	char *at = json;

	at = stpcpy(at, "{\"schemaVersion\":2," CONFIG_OF(CONFIG_TYPE, D1, "10") ",\"layers\":[");
	for (int i = 0; i <= MANIFEST_LAYERS; i++) {
		at = stpcpy(at, i ? "," : "");
		at = stpcpy(at, LAYER_OF(LAYER_TYPE, D2, "1"));
	}
	(void)stpcpy(at, "]}");
	UNIT_FAILS(parse(json, &m, &err), EINVAL, err, "401 layers");
	free(json);
}

UNIT_MAIN("manifests", UNIT_TEST(a_good_one), UNIT_TEST(manifests_that_are_refused),
	  UNIT_TEST(configs_that_are_refused), UNIT_TEST(too_many_layers))

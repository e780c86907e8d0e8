/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - names of images, manifests and their configurations. */
#include "fuzz.h"

#include "image/image.h"
#include "image/manifest.h"

static void name(const char *text)
{
	_cleanup_free_ char *once = NULL;
	_cleanup_free_ char *twice = NULL;
	struct cleat_error err = { 0 };

	if (!fuzz_ok(image_name_normalise(text, &once, &err), &err))
		return;
	fuzz_check(image_name_normalise(once, &twice, &err) == 0 && strcmp(once, twice) == 0,
		   "a normal name is normal", once);
	fuzz_check(!strstr(once, "/..") && once[0] != '/' && once[0] != '.' && once[0] != '-',
		   "a name is no path", once);
}

/* The first line is a manifest, the rest the configuration that it names. */
static void manifest(char *text)
{
	_cleanup_manifest_ struct image_manifest *m = NULL;
	struct manifest_config config = { 0 };
	struct cleat_error err = { 0 };
	char *rest = text;
	const char *first = fuzz_line(&rest);

	if (!fuzz_ok(manifest_parse(first, strlen(first), &m, &config, &err), &err))
		return;
	fuzz_check(m->nlayers <= MANIFEST_LAYERS, "layers have room", "");
	for (size_t i = 0; i < m->nlayers; i++)
		fuzz_check(strncmp(m->layers[i].digest, "sha256:", 7) == 0 &&
				   !strchr(m->layers[i].digest, '/'),
			   "a digest is no path", m->layers[i].digest);
	if (rest)
		(void)fuzz_ok(manifest_add_config(m, rest, strlen(rest), &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);

	name(text);
	manifest(text);
	return 0;
}

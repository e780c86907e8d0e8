/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbols.c - what the file exports and what it wants, from its dynamic symbol table.
 *
 * Read from the file, not from the loaded object: nothing of the plugin has run yet.
 */
#include "subject.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <link.h>
#include <string.h>

/* The file was found whole and of our kind by the loader's checks before. */
struct image {
	char *bytes;
	size_t len;
};

static const ElfW(Shdr) * section(const struct image *image, uint32_t type)
{
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)(const void *)image->bytes;
	const ElfW(Shdr) *all = (const ElfW(Shdr) *)(const void *)(image->bytes + header->e_shoff);

	if (header->e_shoff > image->len ||
	    header->e_shnum > (image->len - header->e_shoff) / sizeof(*all))
		return NULL;
	for (size_t i = 0; i < header->e_shnum; i++)
		if (all[i].sh_type == type && all[i].sh_offset <= image->len &&
		    all[i].sh_size <= image->len - all[i].sh_offset)
			return &all[i];
	return NULL;
}

static const char *string_at(const struct image *image, const ElfW(Shdr) * symbols, uint32_t offset)
{
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)(const void *)image->bytes;
	const ElfW(Shdr) *all = (const ElfW(Shdr) *)(const void *)(image->bytes + header->e_shoff);

	if (symbols->sh_link >= header->e_shnum)
		return "";
	const ElfW(Shdr) *names = &all[symbols->sh_link];

	if (names->sh_offset > image->len || names->sh_size > image->len - names->sh_offset ||
	    offset >= names->sh_size)
		return "";
	const char *name = image->bytes + names->sh_offset + offset;

	return memchr(name, 0, names->sh_size - offset) ? name : "";
}

/* A sanitizer adds symbols and constructors of its own: nobody installs such a plugin. */
static bool is_sanitized(const struct image *image, const ElfW(Shdr) * symbols)
{
	const ElfW(Sym) *symbol =
		(const ElfW(Sym) *)(const void *)(image->bytes + symbols->sh_offset);

	for (size_t i = 0; i < symbols->sh_size / sizeof(*symbol); i++)
		if (strcmp(string_at(image, symbols, symbol[i].st_name), "__asan_init") == 0)
			return true;
	return false;
}

static void judge_one(const char *name, const ElfW(Sym) * symbol, int *exports)
{
	bool global = ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && name[0];

	if (!global)
		return;
	if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "cleat_plugin") != 0) {
		(void)expect(false, "it exports '%s': only 'cleat_plugin' may be seen", name);
		(*exports)++;
	}
	if (symbol->st_shndx == SHN_UNDEF && strncmp(name, "cleat_", 6) == 0)
		(void)expect(false, "it wants '%s' from its host, which exports nothing", name);
}

/* crtbegin.o brings one function of its own, which only calls what nobody defines. */
static void judge_constructors(const struct image *image)
{
	const ElfW(Shdr) *constructors = section(image, SHT_INIT_ARRAY);

	(void)expect(!constructors || constructors->sh_size <= sizeof(void *),
		     "no ELF constructors: they would run before the host has judged it");
}

void judge_symbols(const char *file)
{
	_cleanup_free_ char *bytes = NULL;
	struct image image = { 0 };
	struct cleat_error err = { 0 };
	int exports = 0;

	if (fd_read_file(AT_FDCWD, file, 256 * 1024 * 1024, &bytes, &image.len, &err) < 0) {
		(void)expect(false, "it can be read: %s", err.text);
		return;
	}
	image.bytes = bytes;
	const ElfW(Shdr) *symbols = section(&image, SHT_DYNSYM);

	if (!symbols) {
		skip("symbols", "the section headers were stripped");
		return;
	}
	if (is_sanitized(&image, symbols)) {
		skip("symbols", "built with a sanitizer");
		return;
	}
	const ElfW(Sym) *symbol = (const ElfW(Sym) *)(const void *)(bytes + symbols->sh_offset);

	for (size_t i = 0; i < symbols->sh_size / sizeof(*symbol); i++)
		judge_one(string_at(&image, symbols, symbol[i].st_name), &symbol[i], &exports);
	(void)expect(exports == 0, "it exports one symbol, 'cleat_plugin'");
	judge_constructors(&image);
}

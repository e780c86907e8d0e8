/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "base/fd.h"
#include "plugin/elf.h"

#include <cleat/cleanup.h>

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

static char *bytes;
static size_t len;

static void read_plugin(const char *path)
{
	struct cleat_error err = { 0 };

	free(bytes);
	bytes = NULL;
	UNIT_OK(fd_read_file(AT_FDCWD, path, 64 * 1024 * 1024, &bytes, &len, &err), err);
}

/* elf_check of a file with the first @n bytes. */
static int check(size_t n, struct cleat_error *err)
{
	_cleanup_close_ int fd = memfd_create("x.so", MFD_CLOEXEC);

	if (fd_write_all(fd, bytes, n) < 0)
		abort();
	return elf_check(fd, err);
}

static void whole_plugins_pass(void)
{
	struct cleat_error err = { 0 };

	read_plugin(PLUGINS "/restart.so");
	UNIT_OK(check(len, &err), err);
}

static uint64_t loaded_end(void)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)bytes;
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(const void *)(bytes + header->e_phoff);
	uint64_t end = 0;

	for (size_t i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD && segment[i].p_offset + segment[i].p_filesz > end)
			end = segment[i].p_offset + segment[i].p_filesz;
	return end;
}

/* Wherever it is cut within what the loader maps, it is found. */
static void every_cut_is_found(void)
{
	struct cleat_error err = { 0 };

	read_plugin(PLUGINS "/restart.so");
	for (size_t n = 0; n < loaded_end(); n += 37)
		CU_ASSERT_EQUAL(check(n, &err), -ENOEXEC);
	UNIT_FAILS(check(loaded_end() - 1, &err), ENOEXEC, err, "it is cut short");
}

static void other_files_are_named(void)
{
	struct cleat_error err = { 0 };

	read_plugin(PLUGINS "/restart.so");
	bytes[0] = 'x';
	UNIT_FAILS(check(len, &err), ENOEXEC, err, "found no ELF file");
	read_plugin(PLUGINS "/restart.so");
	bytes[offsetof(Elf64_Ehdr, e_machine)] = 8;
	UNIT_FAILS(check(len, &err), ENOEXEC, err, "for machine");
	read_plugin(PLUGINS "/restart.so");
	bytes[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC;
	UNIT_FAILS(check(len, &err), ENOEXEC, err, "of type 2, wanted a shared object");
}

static void lazy_binding_is_refused(void)
{
	struct cleat_error err = { 0 };

	read_plugin(BROKEN_PLUGINS "/broken-lazy.so");
	UNIT_FAILS(check(len, &err), ENOEXEC, err, "found lazy binding");
	free(bytes);
	bytes = NULL;
}

/* Any single damaged byte of the headers is refused or harmless, never a crash. */
static void damaged_headers_do_no_harm(void)
{
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < 64 + 10 * sizeof(Elf64_Phdr); i++) {
		read_plugin(PLUGINS "/restart.so");
		bytes[i] = (char)(bytes[i] ^ 0xff);
		(void)check(len, &err);
	}
	CU_PASS("it came to here");
}

UNIT_MAIN("plugin/elf", UNIT_TEST(whole_plugins_pass), UNIT_TEST(every_cut_is_found),
	  UNIT_TEST(other_files_are_named), UNIT_TEST(damaged_headers_do_no_harm),
	  UNIT_TEST(lazy_binding_is_refused))

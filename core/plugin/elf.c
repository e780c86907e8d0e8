/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf.c - what ld.so(8) does not check and dies of.
 *
 * It maps a file that was cut short and gets SIGBUS at the first touch behind the end: that would be
 * the daemon's death. And libltdl binds lazily, so that a function which nobody defines kills the
 * process at the first call, hours later: a plugin must be linked with -z now, then dlopen tells.
 */
#include "elf.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { OWN_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OWN_MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { OWN_MACHINE = EM_RISCV };
#else
#error "add the ELF machine number of this architecture"
#endif

enum { MAX_HEADERS = 128, MAX_DYNAMIC = 512 };

static int read_at(int fd, void *out, size_t len, uint64_t at, uint64_t file_size,
		   struct cleat_error *err)
{
	if (at > file_size || len > file_size - at ||
	    pread(fd, out, len, (off_t)at) != (ssize_t)len)
		return cleat_fail(err, ENOEXEC,
				  "found a file of %llu bytes, wanted more: it is cut short",
				  (unsigned long long)file_size);
	return 0;
}

static int check_header(const ElfW(Ehdr) * header, struct cleat_error *err)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return cleat_fail(err, ENOEXEC, "found no ELF file, wanted a shared object");
	if (header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header->e_machine != OWN_MACHINE)
		return cleat_fail(err, ENOEXEC,
				  "found an ELF file for machine %u, wanted one for machine %d",
				  header->e_machine, OWN_MACHINE);
	if (header->e_type != ET_DYN || header->e_phentsize != sizeof(ElfW(Phdr)) ||
	    header->e_phnum == 0 || header->e_phnum > MAX_HEADERS)
		return cleat_fail(err, ENOEXEC,
				  "found an ELF file of type %u, wanted a shared object",
				  header->e_type);
	return 0;
}

/* Is everything that the loader will map really there? */
static int check_segments(const ElfW(Phdr) * segment, size_t n, uint64_t file_size,
			  struct cleat_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (segment[i].p_type == PT_LOAD &&
		    (segment[i].p_offset > file_size ||
		     segment[i].p_filesz > file_size - segment[i].p_offset))
			return cleat_fail(
				err, ENOEXEC,
				"found a file of %llu bytes, wanted at least %llu: it is "
				"cut short",
				(unsigned long long)file_size,
				(unsigned long long)(segment[i].p_offset + segment[i].p_filesz));
	return 0;
}

static bool binds_now(const ElfW(Dyn) * entry, size_t n)
{
	for (size_t i = 0; i < n && entry[i].d_tag != DT_NULL; i++)
		if (entry[i].d_tag == DT_BIND_NOW ||
		    (entry[i].d_tag == DT_FLAGS && (entry[i].d_un.d_val & DF_BIND_NOW)) ||
		    (entry[i].d_tag == DT_FLAGS_1 && (entry[i].d_un.d_val & DF_1_NOW)))
			return true;
	return false;
}

static int check_binding(int fd, const ElfW(Phdr) * segment, size_t n, uint64_t file_size,
			 struct cleat_error *err)
{
	ElfW(Dyn) entry[MAX_DYNAMIC];

	for (size_t i = 0; i < n; i++) {
		size_t len = segment[i].p_filesz;

		if (segment[i].p_type != PT_DYNAMIC)
			continue;
		if (len > sizeof(entry))
			len = sizeof(entry);
		int r = read_at(fd, entry, len, segment[i].p_offset, file_size, err);

		if (r < 0)
			return r;
		if (binds_now(entry, len / sizeof(*entry)))
			return 0;
		return cleat_fail(err, ENOEXEC,
				  "found lazy binding, wanted a plugin linked with -Wl,-z,now");
	}
	return cleat_fail(err, ENOEXEC, "found no dynamic section, wanted a shared object");
}

int elf_check(int fd, struct cleat_error *err)
{
	ElfW(Ehdr) header = { 0 };
	ElfW(Phdr) segment[MAX_HEADERS];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot look at it: %m");
	uint64_t size = (uint64_t)st.st_size;
	int r = read_at(fd, &header, sizeof(header), 0, size, err);

	if (r == 0)
		r = check_header(&header, err);
	if (r == 0)
		r = read_at(fd, segment, header.e_phnum * sizeof(*segment), header.e_phoff, size,
			    err);
	if (r == 0)
		r = check_segments(segment, header.e_phnum, size, err);
	if (r == 0)
		r = check_binding(fd, segment, header.e_phnum, size, err);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - print a manual page on standard output: cleat_page.c's or oci_page.c's. */
#include "page.h"

#include <cleat/cleanup.h>

#include <stdio.h>

int main(void)
{
	_cleanup_text_ struct text out = { 0 };

	page(&out);
	return out.failed || fputs(out.bytes, stdout) < 0 || fflush(stdout) != 0;
}

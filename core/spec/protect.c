/* SPDX-License-Identifier: Apache-2.0 */
/* protect.c - linux.maskedPaths and readonlyPaths: what of /proc and /sys a container must not see. */
#include "draft.h"

#include <stdio.h>
#include <unistd.h>

/* interrupts and thermal_throttle: side channels (GHSA-6fw5-f8r9-fgfm); powercap: GHSA-7ww5-4wqc-m92c */
static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

/* One directory per CPU, and only where the CPU has it: list what this machine really has. */
static void mask_throttling(struct draft *draft)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[64];

	for (long i = 0; i < cpus && i < 4096; i++) {
		(void)snprintf(path, sizeof(path),
			       "/sys/devices/system/cpu/cpu%ld/thermal_throttle", i);
		if (access(path, F_OK) == 0)
			json_out_text(draft->out, path);
	}
}

int draft_protection(struct draft *draft, struct cleat_error *err)
{
	(void)err;
	if (draft->options->privileged)
		return 0;
	json_out_key(draft->out, "maskedPaths");
	json_out_array(draft->out);
	for (size_t i = 0; i < sizeof(masked) / sizeof(*masked); i++)
		json_out_text(draft->out, masked[i]);
	mask_throttling(draft);
	json_out_array_end(draft->out);
	json_out_pair_texts(draft->out, "readonlyPaths", readonly);
	return 0;
}

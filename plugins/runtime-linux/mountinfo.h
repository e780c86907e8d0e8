/* SPDX-License-Identifier: Apache-2.0 */
/* mountinfo.h - what all readers of /proc/self/mountinfo need. */
#ifndef RUNTIME_LINUX_MOUNTINFO_H
#define RUNTIME_LINUX_MOUNTINFO_H

/** Turn the kernel's "\040" for a space, and its like, back in place. */
void mountinfo_unescape(char *text);

#endif

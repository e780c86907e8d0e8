#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# finds.sh KIT PLUGIN SENTENCE - does the kit find this fault, and say so? Any other failure is not the finding.
said=$("$1" "$2") && { echo "it was accepted"; exit 1; }
echo "$said" | grep '^not ok'
grep -qE -- "^not ok [0-9]+ - .*$3" <<< "$said"

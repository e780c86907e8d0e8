#!/bin/bash
# Check every #include of the tree against layers.txt. Prints FILE:LINE for each arrow that is not legal.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT

allowed() { # FOLDER -> the folders that it may include
	local name=$1 line
	line=$(grep -E "^${name//\*/\\*}:" tests/lint/layers.txt) && { echo "${line#*:}"; return 0; }
	case $name in plugins/*) grep -E '^plugins/\*:' tests/lint/layers.txt | cut -d: -f2; return 0 ;; esac
	return 1
}

say() { echo "$1"; status=1; }

git ls-files --cached --others --exclude-standard 'sdk/*.[ch]' 'core/*.[ch]' 'plugins/*.[ch]' > "$list"
while read -r file; do
	case $file in
	*/tests/*) continue ;;
	sdk/conformance/*) folder=sdk/conformance ;;
	sdk/*) folder=sdk ;;
	*) folder=$(echo "$file" | cut -d/ -f1-2) ;;
	esac
	may=$(allowed "$folder") || { say "$file: folder $folder is not in tests/lint/layers.txt"; continue; }
	while IFS=: read -r line text; do
		target=$(echo "$text" | sed -E 's/.*#[[:space:]]*include[[:space:]]+["<]([^">]+)[">].*/\1/')
		case $target in
		cleat/*) wants=sdk ;;
		*.pb-c.h) wants=core/rpc ;;
		event2/*) wants=core/base-libevent; [ "$folder" = core/base ] && continue ;;
		ltdl.h) wants=core/plugin-libltdl; [ "$folder" = core/plugin ] && continue ;;
		ini.h) wants=core/config-inih; [ "$folder" = core/config ] && continue ;;
		sqlite3.h) wants=core/store-sqlite; [ "$folder" = core/store ] && continue ;;
		archive.h | archive_entry.h) wants=core/image-libarchive; [ "$folder" = core/image ] && continue ;;
		../*) say "$file:$line: includes '$target' by a relative path"; continue ;;
		*/*)
			wants=core/${target%%/*}
			[ -d "$wants" ] && echo "$text" | grep -q '"' || continue ;;
		*) continue ;;
		esac
		[ "$wants" = "$folder" ] && continue
		case " $may " in *" $wants "*) ;; *) say "$file:$line: $folder may not include '$target' ($wants)" ;; esac
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file")
done < "$list"
exit $status

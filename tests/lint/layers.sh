#!/bin/bash
# Check every #include of the tree against layers.txt. Prints FILE:LINE for each arrow that is not legal.
set -u
cd "$(dirname "$0")/../.."
status=0

allowed() { # FOLDER -> the folders that it may include
	local name=$1 line
	line=$(grep -E "^${name//\*/\\*}:" tests/lint/layers.txt) && { echo "${line#*:}"; return 0; }
	case $name in plugins/*) grep -E '^plugins/\*:' tests/lint/layers.txt | cut -d: -f2; return 0 ;; esac
	return 1
}

say() { echo "$1"; status=1; }

for file in $(git ls-files --cached --others --exclude-standard 'sdk/*.[ch]' 'core/*.[ch]' 'plugins/*.[ch]'); do
	case $file in
	*/tests/*) continue ;;
	sdk/*) folder=sdk ;;
	*) folder=$(echo "$file" | cut -d/ -f1-2) ;;
	esac
	may=$(allowed "$folder") || { say "$file: folder $folder is not in tests/lint/layers.txt"; continue; }
	while IFS=: read -r line text; do
		target=$(echo "$text" | sed -E 's/.*#[[:space:]]*include[[:space:]]+["<]([^">]+)[">].*/\1/')
		case $target in
		cleat/*) wants=sdk ;;
		*.pb-c.h) wants=core/rpc; [ "$folder" = core/rpc ] && continue ;;
		*/*)
			first=${target%%/*}
			if [ -d "core/$first" ] && echo "$text" | grep -q '"'; then wants=core/$first
			elif [[ $target == ../* ]]; then say "$file:$line: includes '$target' by a relative path"; continue
			else continue; fi ;;
		ltdl.h) wants=library:ltdl; [ "$folder" = core/plugin ] && continue ;;
		ini.h) [ "$folder" = core/config ] && continue; wants=library:inih ;;
		event2/*) [ "$folder" = core/base ] && continue; wants=library:libevent ;;
		sqlite3.h) [ "$folder" = core/store ] && continue; wants=library:sqlite ;;
		archive.h | archive_entry.h) [ "$folder" = core/image ] && continue; wants=library:libarchive ;;
		*) continue ;;
		esac
		[ "$wants" = "$folder" ] && continue
		case " $may " in *" $wants "*) ;; *) say "$file:$line: $folder may not include '$target' ($wants)" ;; esac
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file")
done
exit $status

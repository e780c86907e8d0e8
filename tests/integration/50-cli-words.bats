#!/usr/bin/env bats
# The words of `cleat`: help, mistakes and exit codes, all without a daemon; and a daemon that does not start.
load lib

setup_file() {
	W=$(mktemp -d /tmp/cleat-story-words.XXXXXX)
	export W
	mkdir -p "$W/bin" "$W/root" "$W/state"
	printf '[cleat]\nroot = %s/root\nstate = %s/state\n' "$W" "$W" > "$W/cleat.ini"
	export CLEAT_CONFIG=$W/cleat.ini
	# A cleat whose cleatd is whatever a test puts beside it.
	cp "$CLEAT_BIN/cleat" "$W/bin/cleat"
}
teardown_file() { rm -rf "$W"; }
# No test here may have started anything.
teardown() { [ ! -e "$W/state/cleatd.sock" ]; }

fake_cleatd() { printf '#!/bin/bash\n%s\n' "$1" > "$W/bin/cleatd"; chmod 755 "$W/bin/cleatd"; }

@test "cleat alone, --help and help say what there is" {
	run cleat
	status_is 0
	says 'Usage: cleat'
	says '  run '
	says '  image '
	alone=$output
	run cleat --help
	status_is 0
	[ "$output" = "$alone" ]
	run cleat help
	[ "$output" = "$alone" ]
	run cleat --version
	status_is 0
	[[ $output =~ ^cleat\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "every command that help lists has help with an example" {
	mapfile -t commands < <(cleat --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	[ ${#commands[@]} -ge 20 ]
	for group in image plugins config; do
		for word in $(cleat "$group" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do commands+=("$group $word"); done
	done
	[ ${#commands[@]} -ge 30 ]
	for command in "${commands[@]}"; do
		# shellcheck disable=SC2086
		run cleat $command --help
		status_is 0
		says "Usage: cleat $command"
		says 'Examples:'
		by_flag=$output
		# shellcheck disable=SC2086
		run cleat help $command
		[ "$output" = "$by_flag" ]
	done
}

@test "unknown commands name the nearest one" {
	run cleat rnu
	status_is 1
	one_line
	says "did you mean 'run'?"
	run cleat image improt x
	status_is 1
	says "did you mean 'image import'?"
	run cleat help rnu
	status_is 1
	says "'run'"
	run cleat zzzzzzzzz
	status_is 1
	one_line
	says 'cleat --help'
}

@test "unknown flags name the nearest one; 125 where the program's own exit code is ours" {
	run cleat run --memroy 1g img true
	status_is 125
	one_line
	[ "$output" = "cleat run: unknown flag --memroy; did you mean --memory?" ]
	run cleat create --memroy 1g img true
	status_is 125
	run cleat exec --interactiv web sh
	status_is 1
	says --interactive
	run cleat ps --al
	status_is 1
	one_line
	says --all
	run cleat --namspace x ps
	status_is 1
	says --namespace
	run cleat run -Z img
	status_is 125
	says -Z
}

@test "a wrong number of arguments is said in one line" {
	for words in stop start 'exec web' 'rename a' 'rename a b c' 'ps web' 'image import' 'wait' 'image tag a' 'version x'; do
		# shellcheck disable=SC2086
		run cleat $words
		[ "$status" -ne 0 ]
		one_line
	done
	run cleat run
	status_is 125
	one_line
	says IMAGE
	run cleat run --name
	status_is 125
	says 'needs an argument'
}

@test "values that are no values never reach a daemon" {
	for flag in --memory=abc --memory=-1m --cpus=x --pids-limit=many --ulimit=nofile --ulimit=nosuch=1 --restart=always:3 \
		--restart=on-failure:x --network=nosuch --security-opt=nosuch --stop-signal=NOSUCH -v=rel:/x -v=/nosuch-dir/x:/x \
		-v=/etc:/x:rx --mount=type=bind --tmpfs=rel --workdir=relative --pull=always --rm=maybe --env-file=/nosuch --label==x \
		--device=rel --stop-timeout=soon --shm-size=x --rootfs=/nosuch; do
		run cleat --no-start run --rm "$flag" img true
		[ "$status" -eq 125 ] || { echo "$flag gave $status: $output" >&2; return 1; }
		one_line
		says_not 'not running'
	done
}

@test "-t without a terminal is refused" {
	run cleat --no-start run -it img true < /dev/null
	status_is 125
	one_line
	says TTY
	run cleat --no-start exec -it web true < /dev/null
	status_is 1
	says TTY
}

@test "--no-start does not start a daemon" {
	run cleat --no-start ps
	status_is 1
	one_line
	says 'not running'
	[ -z "$(ls -A "$W/state")" ]
}

@test "plugins and config work without a daemon" {
	run cleat plugins ls
	status_is 0
	says runtime
	says overlay
	cleat plugins ls --json | jq -es 'length >= 4 and all(.[]; has("Type") and has("Name"))'
	run cleat plugins show snapshotter/overlay
	status_is 0
	says overlay
	run cleat plugins show snapshotter/overlya
	status_is 1
	one_line
	run cleat config check
	status_is 0
	run cleat config show
	status_is 0
	says "$W/state"
	says "$W/cleat.ini"
	cleat config show --json | jq -es 'length > 10'
	run cleat config defaults
	status_is 0
	says '[cleat]'
	echo 'rooot = /x' > "$W/bad.ini"
	run cleat --config "$W/bad.ini" config check
	status_is 1
	one_line
	run cleat --config "$W/bad.ini" ps
	status_is 1
	one_line
	run cleat --config "$W/none.ini" ps
	status_is 1
	says none.ini
}

@test "what config defaults prints is a configuration" {
	cleat config defaults > "$W/defaults.ini"
	run cleat --config "$W/defaults.ini" config check
	status_is 0
}

@test "bash accepts the completion" {
	cleat completion bash > "$W/completion"
	bash -n "$W/completion"
	# If this fails: cleat completion bash > etc/bash-completion/cleat
	diff "$TOP/etc/bash-completion/cleat" "$W/completion"
	run cleat completion fish
	status_is 1
	one_line
}

@test "a reader that left is no error of its own" {
	set -o pipefail
	run bash -c 'cleat config defaults 2> "$W/err" | head -1'
	[ ! -s "$W/err" ]
	run bash -c 'cleat help > /dev/full'
	status_is 1
	says 'o space left'
}

@test "a daemon that cannot start: its last words are the reason" {
	fake_cleatd 'echo "2026-01-01T00:00:00Z info cleatd: hello" >&2; echo "2026-01-01T00:00:01Z error cleatd: cannot open the store: it is broken" >&2; exit 1'
	run "$W/bin/cleat" ps
	status_is 1
	one_line
	says 'cannot start cleatd: cannot open the store: it is broken'
	says "$W/state/cleatd.log"
	run "$W/bin/cleat" run --rm img true
	status_is 125
	fake_cleatd 'exit 3'
	run "$W/bin/cleat" ps
	status_is 1
	says 'it said nothing'
	rm "$W/bin/cleatd"
	run "$W/bin/cleat" ps
	status_is 1
	one_line
	says cleatd
}

@test "what a daemon is started with" {
	# shellcheck disable=SC2016
	fake_cleatd '{ pwd; umask; env | sort; echo "args $*"; ls -l /proc/$$/fd; grep -E "Sig(Ign|Blk)" /proc/self/status; cat /proc/$$/cgroup; } > '"$W"'/seen; exit 1'
	mkdir -p "$W/here"
	(cd "$W/here" && exec 7< /etc/passwd && SECRET=1 CLEAT_X=y "$W/bin/cleat" --config ../cleat.ini ps) || :
	[ "$(sed -n 1,2p "$W/seen")" = $'/\n0022' ]
	grep -qx 'CLEAT_X=y' "$W/seen"
	grep -qx "CLEAT_CONFIG=$W/here/../cleat.ini" "$W/seen"
	[ "$(grep -c SECRET "$W/seen")" = 0 ]
	[ "$(grep -c "HOME=" "$W/seen")" = 0 ]
	grep -qx "args --config $W/here/../cleat.ini" "$W/seen"
	[ "$(grep -c passwd "$W/seen")" = 0 ]
	grep -q "2 -> $W/state/cleatd.log" "$W/seen"
	grep -q '0 -> /dev/null' "$W/seen"
	grep -Eq 'SigBlk:.*0000000000000000' "$W/seen"
	grep -Eq 'SigIgn:.*0000000000000000' "$W/seen"
	rmdir "$W/here"
}

@test "two at once start one daemon" {
	# It counts its starts, and never answers: both clients read the same reason.
	fake_cleatd "echo x >> $W/starts; until [ \$(grep -c . $W/starts) -ge 2 ] || [ \$SECONDS -ge 2 ]; do :; done; exit 1"
	"$W/bin/cleat" ps > "$W/one" 2>&1 &
	"$W/bin/cleat" ps > "$W/two" 2>&1 || :
	wait $! || :
	grep -q 'cannot start cleatd' "$W/one"
	grep -q 'cannot start cleatd' "$W/two"
	# One after the other, never both: the first start saw no second one within its two seconds.
	[ "$(grep -c . "$W/starts")" = 2 ]
}

@test "somebody who is not root reads one sentence" {
	chmod 755 "$W" "$W/bin"
	chmod 644 "$W/cleat.ini"
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$W/bin/cleat" ps
	status_is 1
	one_line
	says root
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$W/bin/cleat" run --rm img true
	status_is 125
	one_line
}

@test "an error is one line and cannot command the terminal" {
	run cleat image import $'/nosuch\n\e[31mred'
	status_is 1
	one_line
	says '/nosuch ?[31mred' # a new line in an error is a blank (sdk/lib/error.c)
}

#!/usr/bin/env bats
# What people and their scripts see: filters that are slips, tables without a locale, and output that nobody takes.
load lib

setup_file() {
	world_make people
	busybox_image bb:1
	cleat run -d --name web --label tier=front bb:1 sh -c 'echo said; exec sleep 1000'
	cleat run --name job bb:1 sh -c 'exit 3' || :
	cleat create --name spare bb:1 true
}
teardown_file() { world_end; }

names() { cleat ps -a "$@" --json | jq -r .Names | sort | paste -sd' '; }

@test "ps: a filter that can match nothing by a slip is refused, with what there is" {
	for filter in 'status=runing' 'health=good' 'exited=three' 'name=(' 'before=nosuch' 'since=nosuch' 'colour=red' 'web'; do
		run cleat ps -a --filter "$filter"
		status_is 1
		one_line
	done
	run cleat ps --filter status=runing
	says "invalid filter 'status=runing': it is created, running, paused"
	run cleat ps --filter before=nosuch
	says 'No such container: nosuch'
	run cleat ps --filter status=creating
	status_is 1
}

@test "ps: each filter finds what docker's finds" {
	[ "$(names -f status=exited -f status=created)" = 'job spare' ]
	[ "$(names -f exited=3)" = job ]
	[ "$(names -f name=e)" = 'spare web' ]
	[ "$(names -f 'name=^/?(web|job)$')" = 'job web' ]
	[ "$(names -f 'name=^e')" = '' ]
	[ "$(names -f label=tier -f label=tier=front)" = web ]
	[ "$(names -f label=tier -f label=tier=back)" = '' ]
	[ "$(names -f before=job)" = web ]
	[ "$(names -f since=web)" = 'job spare' ]
	[ "$(names -f health=none)" = 'job spare web' ]
	[ "$(names -f health=healthy)" = '' ]
	# an image by name, by the short id of the table, by its whole id; one that is not there is no error
	cleat image tag bb:1 other:2
	[ "$(names -f ancestor=bb:1)" = 'job spare web' ]
	[ "$(names -f ancestor=other:2)" = 'job spare web' ]
	[ "$(names -f ancestor="$(cleat image ls -q | head -1)")" = 'job spare web' ]
	[ "$(names -f ancestor="$(cleat inspect web | jq -r '.[0].Image')")" = 'job spare web' ]
	[ "$(names -f ancestor=nosuch)" = '' ]
	cleat image rm other:2
}

@test "a table is the same without a locale, as under cron" {
	cleat create --name wide bb:1 echo 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字
	for locale in C POSIX nosuch_LOCALE ''; do
		run env -u LC_ALL -u LANG LC_CTYPE="$locale" cleat ps -a --filter name=wide
		says '"echo 漢字漢字漢字漢字漢字漢字漢字…"'
		says_not '\x'
	done
	# two columns a letter
	[[ ${lines[0]} == 'CONTAINER ID   IMAGE   COMMAND                                CREATED'* ]]
	cleat rm wide
}

@test "rm -f and image rm -f of what is not there: said, and no failure, as docker has it" {
	run cleat rm -f nosuch
	status_is 0
	[ "$output" = 'cleat rm: No such container: nosuch' ]
	run cleat rm nosuch
	status_is 1
	run cleat image rm -f nosuch:1
	status_is 0
	says 'No such image: nosuch:1'
	run cleat image rm nosuch:1
	status_is 1
}

@test "a full disk: every command says so and fails, whatever the program said" {
	for words in 'ps -a' 'inspect web' 'version' 'info' 'image ls' 'image inspect bb:1' 'help' 'stats --no-stream' 'stats' 'top web' \
		'events --since 1h --until 0s' 'events --since 1h' 'logs web' 'config show' 'plugins ls' 'wait job' 'start web' 'completion bash'; do
		# shellcheck disable=SC2016,SC2086
		run timeout 20 bash -c '"$@" > /dev/full' - cleat $words
		[ "$status" = 1 ] || { echo "cleat $words: status $status, $output" >&2; return 1; }
		says 'cannot write to standard output: No space left on device'
		one_line
	done
	run bash -c 'cleat run --rm bb:1 echo data > /dev/full'
	status_is 125
	says 'No space left on device'
	run bash -c 'cleat exec web echo data > /dev/full'
	status_is 1
	# the program's own failure stays what it is
	run bash -c 'cleat run --rm bb:1 sh -c "echo data; exit 7" > /dev/full'
	status_is 7
}

@test "a reader that has seen enough hears no complaint" {
	for words in 'events --since 1h' 'stats' 'stats --json' 'ps -a' 'logs web' 'inspect web'; do
		# each is told to go on until its reader has gone: something must come for it to notice
		# shellcheck disable=SC2016,SC2086
		timeout 20 bash -c '"$@" 2> "$W/complaint" | head -1 > /dev/null; exit "${PIPESTATUS[0]}"' - cleat $words &
		pid=$!
		until gone $pid; do cleat rename spare spare2; cleat rename spare2 spare; done
		wait $pid || [ $? = 1 ]
		[ ! -s "$W/complaint" ] || { echo "cleat $words: $(cat "$W/complaint")" >&2; return 1; }
	done
}

# completes WORD...: what bash would offer for the last one.
completes() {
	bash -c 'source <(cleat completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
		_cleat; echo "${COMPREPLY[*]}"' - cleat "$@"
}

@test "completion: commands, flags, values, and names of the namespace that was typed" {
	cleat --namespace other image import "$W/busybox" bb:9
	cleat --namespace other create --name elsewhere bb:9 true
	[ "$(completes sto)" = stop ]
	[ "$(completes run --net)" = --network ]
	[ "$(completes run --network h)" = host ]
	[ "$(completes stop w)" = web ]
	[ "$(completes --namespace other stop '')" = elsewhere ]
	[ "$(completes --namespace=other --config "$CLEAT_CONFIG" rm -f e)" = elsewhere ]
	[ "$(completes --namespace other run b)" = bb:9 ]
	[ "$(completes ps -f b)" = before= ]
	# what was typed is never run
	[ -z "$(completes run '$(touch '"$W"'/run-by-completion)')" ]
	[ ! -e "$W/run-by-completion" ]
	cleat --namespace other rm elsewhere
	cleat --namespace other image rm bb:9
}

@test "ps, image ls, stats --format: fields of what --json prints" {
	[ "$(cleat ps --format '{{.Names}} {{.State}}')" = 'web running' ]
	[ "$(cleat ps -a --format '{{.Names}}\t{{.ExitCode}}' -f name=job)" = $'job\t3' ]
	[ "$(cleat ps --format json | jq -r .Names)" = web ]
	[ "$(cleat image ls --format '{{.Repository}}:{{.Tag}}')" = bb:1 ]
	[ "$(cleat stats --no-stream --format '{{.Name}}')" = web ]
	for command in 'ps' 'image ls' 'stats --no-stream'; do
		for format in '{{if .ID}}x{{end}}' 'table {{.ID}}' '{{.ID'; do
			# shellcheck disable=SC2086
			run cleat $command --format "$format"
			status_is 1
			one_line
		done
	done
}

@test "inspect -f: one field, several, JSON; a wrong template is refused before anything is printed" {
	[ "$(cleat inspect -f '{{.State.Running}} {{.Name}}' web)" = 'true /web' ]
	[ "$(cleat inspect --format '{{.State.Pid}}' web job)" = "$(cleat inspect web | jq '.[0].State.Pid')"$'\n0' ]
	[ "$(cleat inspect -f '{{json .Config.Labels}}' web)" = '{"tier":"front"}' ]
	[ "$(cleat inspect -f json web | jq -r .Name)" = /web ]
	[ "$(cleat image inspect -f '{{.Id}}' bb:1)" = "$(cleat inspect -f '{{.Image}}' web)" ]
	run cleat inspect -f '{{range .Mounts}}x{{end}}' web
	status_is 1
	one_line
	says jq
	run cleat inspect -f '{{.Id}}' nosuch
	status_is 1
	[ "$output" = 'cleat inspect: no such container or image: nosuch' ]
}

# other_world ROOT STATE: an ini for them.
other_world() { printf '[cleat]\nroot = %s\nstate = %s\ncgroup-parent = %s\n' "$1" "$2" "$CGP" > "$W/other.ini"; }

@test "directories that somebody else owns or may write to are refused, with the remedy" {
	mkdir "$W/good"
	for what in state root; do
		dir=$W/bad-$what
		mkdir "$dir"
		other_world "$W/good" "$dir"
		[ "$what" = state ] || other_world "$dir" "$W/good"
		chown 1000 "$dir"
		run cleat --config "$W/other.ini" ps
		status_is 1
		one_line
		says "cannot use '$dir': it belongs to user 1000"
		chown 0 "$dir"
		chmod 777 "$dir"
		run cleat --config "$W/other.ini" ps
		status_is 1
		says "cannot use '$dir': others may write to it (mode 777)"
		says 'chmod go-w'
		chmod 755 "$dir"
	done
}

@test "a socket that is not served by root is not believed" {
	mkdir -m 711 "$W/theirs"
	mkdir -m 777 "$W/theirs/dir"
	printf '[cleat]\nroot = %s\nstate = %s\nsocket = %s\n' "$W/good" "$W/theirs" "$W/theirs/dir/sock" > "$W/theirs.ini"
	chmod 711 "$W"
	coproc THEIRS { exec python3 -c 'import os, socket, sys
os.setgid(1000); os.setuid(1000)
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print("they listen", flush=True); sys.stdin.read()' "$W/theirs/dir/sock" 3>&-; }
	read -r line <&"${THEIRS[0]}"
	[ "$line" = 'they listen' ]
	run cleat --config "$W/theirs.ini" ps
	status_is 1
	[ "$output" = "cleat ps: cannot trust '$W/theirs/dir/sock': user 1000 listens there, not root" ]
	eval "exec ${THEIRS[1]}>&-"
	chmod 700 "$W"
}

@test "help and mistakes: one word too many, docker's groups, docker's other commands" {
	run cleat help run extra
	status_is 1
	says "unexpected argument 'extra'"
	run cleat image help
	status_is 0
	says 'Usage: cleat image COMMAND'
	run cleat container insepct
	status_is 1
	says "did you mean 'container inspect'?"
	run cleat pull debian
	status_is 1
	one_line
	says "there is no 'pull'"
	says 'cleat image import'
}

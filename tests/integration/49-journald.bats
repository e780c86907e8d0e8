#!/usr/bin/env bats
# --log-driver journald: what a container says goes to systemd's journal, and `cleat logs` brings it back.
# journald runs in a mount namespace of its own (lib/journald.bash), and so does the world's cleat.
load lib

setup_file() {
	world_make journald
	mkfifo "$W/ctl" "$W/answer"
	unshare -m --propagation private bash "$STORY_DIR/lib/journald.bash" "$W" < /dev/null > "$W/journald.said" 2>&1 3>&- &
	export JOURNALD=$!
	[ "$(cat "$W/answer")" = ready ]
	busybox_image bb:1
}
teardown_file() {
	local status=0
	exec 9<> "$W/ctl"
	pgrep -x journalctl --ns "$JOURNALD" --nslist mnt && { echo "a journalctl was left" >&2; status=1; }
	world_end || status=1
	echo exit >&9
	until_true 10 gone "$JOURNALD" || status=1
	return $status
}

there() { nsenter -t "$JOURNALD" -m -- "$@"; }
cleat() { there "$CLEAT_BIN/cleat" "$@"; }
journald() { echo "$1" > "$W/ctl" && [ "$(cat "$W/answer")" = "$1" ]; }
dropped() { cleat inspect "$1" | jq '.[0].LogDroppedLines'; }
has_said() { cleat logs "$1" 2> /dev/null | grep -q "$2"; }
# fields ID JQ: of all entries of that container
fields() { there journalctl --sync && there journalctl -q -o json "CONTAINER_ID_FULL=$1" | jq -r "$2"; }

@test "what was said on stdout and stderr comes back there" {
	id=$(cleat run -d --name s --log-driver journald bb:1 sh -c 'echo out; echo err >&2; printf tail')
	cleat wait s
	[ "$(cleat logs s 2> "$W/err" | od -c)" = "$(printf 'out\ntail' | od -c)" ]
	[ "$(cat "$W/err")" = err ]
	[ "$(cleat inspect s | jq -r '.[0] | .LogDriver + .LogPath + .LogJournal')" = journald/run/systemd/journal/socket ]
	[ "$(fields "$id" '.MESSAGE + .PRIORITY' | sort | tr '\n' ' ')" = "err3 out6 tail6 " ]
	[ "$(fields "$id" '.CONTAINER_ID + .CONTAINER_NAME + .IMAGE_NAME + .SYSLOG_IDENTIFIER + .CONTAINER_TAG' | sort -u)" = "${id:0:12}sbb:1${id:0:12}${id:0:12}" ]
	cleat rm s
}

# L1
@test "long lines, no final newline, every byte: the journal gives back what was written" {
	mkdir -p "$W/in"
	{ head -c 1000000 /dev/urandom; head -c 300000 /dev/zero | tr '\0' x; seq 1 5000; printf 'the end'; } > "$W/in/blob"
	cleat run -d --name blob --log-driver journald -v "$W/in:/in:ro" bb:1 cat /in/blob
	cleat wait blob
	cleat logs blob > "$W/blob.out"
	cmp "$W/in/blob" "$W/blob.out"
	[ "$(dropped blob)" = 0 ]
	cleat rm blob
}

# L4
@test "--tail, --since, --until and --timestamps" {
	cleat run -d --name t --log-driver journald bb:1 sh -c 'seq 1 5; sleep 1; seq 6 10; head -c 40000 /dev/zero | tr "\0" y; echo; printf last'
	cleat wait t
	[ "$(cleat logs --tail 1 t)" = last ]
	[ "$(cleat logs --tail 2 t | wc -c)" = 40005 ]
	[ "$(cleat logs --tail 4 t | cut -c1-3 | tr '\n' ' ')" = "9 10 yyy las " ]
	[ -z "$(cleat logs --tail 0 t)" ]
	cleat logs t > "$W/all"
	[ "$(wc -l < "$W/all")" = 11 ]
	cleat logs --tail 100 t | cmp - "$W/all"
	cleat logs --tail all t | cmp - "$W/all"
	at=$(cleat logs -t t | sed -n 's/ 6$//p')
	[ "$(cleat logs --until "$at" t | tr '\n' ' ')" = "1 2 3 4 5 " ]
	[ "$(cleat logs --since "$at" t | head -1)" = 6 ]
	[ "$(cleat logs --until "$at" --tail 2 t | tr '\n' ' ')" = "4 5 " ]
	[ -z "$(cleat logs --until "$at" --since "$at" t)" ]
	cleat rm t
}

@test "a follower sees all of it, and ends with the container; so does one with --tail" {
	cleat run -d --name f --log-driver journald bb:1 sh -c 'echo first; echo second; while ! [ -e /go ]; do sleep 0.05; done; seq 1 2000; echo e >&2; echo bye'
	until_true 10 has_said f second
	cleat logs -f f > "$W/f.out" 2> "$W/f.err" &
	a=$!
	cleat logs -f --tail 1 f > "$W/f.tail" 2> /dev/null &
	b=$!
	until_true 10 grep -q second "$W/f.out"
	until_true 10 grep -q second "$W/f.tail"
	cleat exec f touch /go
	wait $a $b
	{ echo first; echo second; seq 1 2000; echo bye; } | cmp - "$W/f.out"
	{ echo second; seq 1 2000; echo bye; } | cmp - "$W/f.tail"
	[ "$(cat "$W/f.err")" = e ]
	cleat rm f
}

@test "kept across restarts; a follower's reader may go away" {
	cleat run -d --name again --log-driver journald bb:1 echo again
	cleat wait again
	cleat start again
	cleat wait again
	[ "$(cleat logs again | tr '\n' ' ')" = "again again " ]
	cleat rm again
	cleat run -d --name head --log-driver journald bb:1 sh -c 'while :; do echo x; sleep 0.05; done'
	[ "$(cleat logs -f head | head -1)" = x ]
	cleat rm -f head
}

@test "tag, labels and environment are fields" {
	id=$(cleat run -d --name tagged --log-driver journald --log-opt 'tag={{.Name}}/{{.ID}}' --log-opt labels=com.example.team --log-opt env=STAGE,NONE \
		--label com.example.team=red --label other=x -e STAGE=test bb:1 echo hello)
	cleat wait tagged
	[ "$(fields "$id" '[.SYSLOG_IDENTIFIER, .COM_EXAMPLE_TEAM, .STAGE, .OTHER] | join(" ")')" = "tagged/${id:0:12} red test " ]
	cleat rm tagged
	run cleat run -d --name bad --log-driver journald --log-opt 'tag={{.Colour}}' bb:1 true
	[ "$status" != 0 ]
	says "is none of {{.ID}}"
	cleat rm -f bad
}

@test "journald is killed and comes back: the program goes on, what is missing is counted and said" {
	cleat run -d --name gone --log-driver journald bb:1 sh -c 'echo before; while ! [ -e /one ]; do sleep 0.05; done; seq 1 100; touch /said; while ! [ -e /two ]; do sleep 0.05; done; sleep 1.2; echo after; sleep 1000'
	until_true 10 has_said gone before
	journald stop
	cleat exec gone touch /one
	until_true 10 cleat exec gone test -e /said
	lost() { [ "$(dropped gone)" = 100 ]; }
	until_true 10 lost
	journald start
	cleat exec gone touch /two
	until_true 10 has_said gone after
	run cleat logs gone
	says "[cleat: 100 lines dropped]"
	says after
	cleat rm -f gone
}

@test "the shim is killed: the next one goes on, and no line is missing or comes twice" {
	cleat run -d --name orphan --log-driver journald bb:1 sh -c 'i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done; while ! [ -e /end ]; do sleep 0.05; done; echo bye'
	for _ in 1 2 3; do
		shim=$(awk '{ print $4 }' "/proc/$(cleat inspect orphan | jq '.[0].State.Pid')/stat")
		[ "$shim" = 1 ] || kill -9 "$shim"
		until_true 10 cleat exec orphan true
	done
	cleat exec orphan touch /end
	cleat wait orphan
	{ seq 0 2999; echo bye; } > "$W/orphan"
	cleat logs orphan | cmp - "$W/orphan"
	cleat rm orphan
}

@test "without a journal it is refused before anything is made; without journalctl reading says so" {
	cleat run -d --name there --log-driver journald bb:1 echo x
	cleat wait there
	mkdir "$W/no"
	run nsenter -t "$JOURNALD" -m -- env PATH="$W/no" "$CLEAT_BIN/cleat" logs there
	status_is 1
	one_line
	says "there is no program journalctl here"
	cleat rm there
	journald stop
	run cleat run -d --name none --log-driver journald bb:1 true
	status_is 125
	one_line
	says "no journald listens at '/run/systemd/journal/socket'"
	says "use --log-driver json-file"
	run cleat inspect none
	status_is 1
	journald start
}

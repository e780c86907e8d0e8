#!/usr/bin/env bats
# What a container in the background says is kept in files and read by `cleat logs`.
load lib

setup_file() {
	world_make logs
	busybox_image bb:1
}
teardown_file() { world_end; }

ended() { [ "$(cleat inspect "$1" | jq -r '.[0].State.Status')" = exited ]; }
log_of() { cleat inspect "$1" | jq -r '.[0].LogPath'; }
dropped() { cleat inspect "$1" | jq '.[0].LogDroppedLines'; }

@test "what was said on stdout and stderr comes back there" {
	id=$(cleat run -d --name s bb:1 sh -c 'echo out; echo err >&2; printf tail')
	cleat wait s
	[ "$(cleat logs s 2> "$W/err" | od -c)" = "$(printf 'out\ntail' | od -c)" ]
	[ "$(cat "$W/err")" = err ]
	run jq -r '.log + .stream' "$(log_of s)"
	says 'err
stderr'
	[ "$(cleat inspect s | jq -r '.[0] | .Io + " " + .LogDriver + " " + .HostConfig.LogConfig.Type')" = "log json-file json-file" ]
	[ -d "$W/root/logs/default/$id" ]
	cleat rm s
	[ ! -e "$W/root/logs/default/$id" ]
	run cleat logs s
	status_is 1
	says "No such container: s"
}

# L1
@test "long lines, no final newline, every byte: each format gives back what was written" {
	mkdir -p "$W/in"
	{ head -c 2000000 /dev/urandom; head -c 300000 /dev/zero | tr '\0' x; seq 1 20000; printf 'the end'; } > "$W/in/blob"
	for format in json-file cri; do
		cleat run -d --name blob --log-driver $format -v "$W/in:/in:ro" bb:1 cat /in/blob
		cleat wait blob
		cleat logs blob > "$W/blob.out"
		cmp "$W/in/blob" "$W/blob.out"
		[ "$(dropped blob)" = 0 ]
		cleat rm blob
	done
}

# L2
@test "rotation under a follower: nothing is lost, nothing comes twice" {
	cleat run -d --name rot --log-opt max-size=4k --log-opt max-file=1000 bb:1 sh -c 'sleep 1; seq 1 30000; sleep 1; seq 30001 30100'
	cleat logs -f rot > "$W/rot.out"
	seq 1 30100 | cmp - "$W/rot.out"
	[ "$(find "$(dirname "$(log_of rot)")" -name 'container.log.*' | wc -l)" -gt 100 ]
	cleat logs rot | cmp - "$W/rot.out"
	find "$(dirname "$(log_of rot)")" -name 'container.log*' -size +4096c | grep -q . && false
	cleat rm rot
}

shim_of() { awk '{ print $4 }' "/proc/$(cleat inspect "$1" | jq '.[0].State.Pid')/stat"; }
adopted_since() { [ "$(cleat inspect "$1" | jq -r '.[0].State.Status')" = running ] && cleat exec "$1" true; }

# Whatever the shim was doing.
@test "the shim is killed in the middle of a flood, again and again: each line is there once" {
	for terminal in '' -t; do
		mkdir "$W/flood"
		# shellcheck disable=SC2086
		cleat run -d $terminal --name flood --log-driver cri --log-opt max-size=0 -v "$W/flood:/flood" bb:1 sh -c \
			'for i in 1 2 3 4; do while ! [ -e /flood/$i ]; do sleep 0.05; done; seq 1000000 1400000; done; while ! [ -e /flood/end ]; do sleep 0.05; done; printf bye'
		log=$(log_of flood)
		for i in 1 2 3 4; do
			shim=$(shim_of flood)
			before=$(stat -c %s "$log")
			touch "$W/flood/$i"
			until [ "$(stat -c %s "$log")" -gt "$before" ]; do :; done
			kill -9 "$shim"
			until_true 10 adopted_since flood
		done
		touch "$W/flood/end"
		cleat wait flood
		{ for _ in 1 2 3 4; do seq 1000000 1400000; done; printf bye; } > "$W/flood/wanted"
		cleat logs flood | tr -d '\r' | cmp - "$W/flood/wanted"
		[ "$(dropped flood)" = 0 ]
		cleat rm flood
		rm -r "$W/flood"
	done
}

goes_on() { cleat exec "$1" touch /go; }

@test "a follower that stood still misses nothing as long as the files are there" {
	cleat run -d --name still --log-opt max-size=4k --log-opt max-file=500 bb:1 sh -c 'echo first; while ! [ -e /go ]; do sleep 0.05; done; seq 1 20000; touch /said; sleep 1000'
	cleat logs -f still > "$W/still.out" 2> "$W/still.err" 3>&- &
	follower=$!
	until_true 10 grep -q first "$W/still.out"
	kill -STOP $follower
	goes_on still
	until_true 20 cleat exec still test -e /said
	until_true 20 sh -c '[ "$(cleat logs --tail 1 still)" = 20000 ]'
	kill -CONT $follower
	until_true 20 grep -qx 20000 "$W/still.out"
	{ echo first; seq 1 20000; } | cmp - "$W/still.out"
	[ ! -s "$W/still.err" ]
	cleat rm -f still
	wait $follower
}

@test "a follower that is slower than the rotation says what it has missed" {
	cleat run -d --name slow --log-opt max-size=4k --log-opt max-file=3 bb:1 sh -c 'echo first; while ! [ -e /go ]; do sleep 0.05; done; seq 1 20000; sleep 1000'
	cleat logs -f slow > "$W/slow.out" 2> "$W/slow.err" 3>&- &
	follower=$!
	until_true 10 grep -q first "$W/slow.out"
	kill -STOP $follower
	goes_on slow
	until_true 20 sh -c '[ "$(cleat logs --tail 1 slow)" = 20000 ]'
	kill -CONT $follower
	until_true 20 grep -qx 20000 "$W/slow.out"
	until_true 5 grep -Eqx 'cleat logs: [0-9]+ files of the log were rotated away before they were read' "$W/slow.err"
	[ "$(wc -l < "$W/slow.err")" = 1 ]
	sed -n '2,$p' "$W/slow.out" | sort -cnu
	cleat rm -f slow
	wait $follower
}

@test "no more files than max-file, and the last lines are there" {
	cleat run -d --name few --log-opt max-size=4k --log-opt max-file=3 bb:1 seq 1 5000
	cleat wait few
	[ "$(find "$(dirname "$(log_of few)")" -name 'container.log*' | wc -l)" = 3 ]
	[ "$(cleat logs --tail 1 few)" = 5000 ]
	cleat rm few
}

# L3
@test "shim and program are killed: what was written is readable, half a record is left out" {
	cleat run -d --name torn bb:1 sh -c 'echo one; sleep 1000'
	until_true 5 sh -c '[ "$(cleat logs torn)" = one ]'
	log=$(log_of torn)
	pid=$(cleat inspect torn | jq '.[0].State.Pid')
	kill -9 "$(awk '/^PPid/ {print $2}' "/proc/$pid/status")" "$pid"
	until_true 20 ended torn
	printf '{"log":"half' >> "$log"
	[ "$(cleat logs torn)" = one ]
	cleat start torn
	until_true 5 sh -c '[ "$(cleat logs torn 2>&1 | grep -c one)" = 2 ]'
	run cleat logs torn
	says "1 damaged records were left out"
	cleat rm -f torn
}

# L4
@test "--tail, --since and --until agree with a count by hand" {
	cleat run -d --name cut bb:1 sh -c 'for i in $(seq 1 40); do echo $i; [ $((i % 10)) = 0 ] && sleep 0.1; done; true'
	cleat wait cut
	cleat logs -t cut > "$W/all"
	[ "$(wc -l < "$W/all")" = 40 ]
	for n in 0 1 7 39 40 41 1000; do
		cleat logs -t --tail $n cut | cmp - <(tail -n $n "$W/all")
	done
	cleat logs -t --tail all cut | cmp - "$W/all"
	for line in 1 11 20 31 40; do
		at=$(sed -n ${line}p "$W/all" | cut -d' ' -f1)
		cleat logs -t --since "$at" cut | cmp - <(awk -v t="$at" '$1 >= t' "$W/all")
		cleat logs -t --until "$at" cut | cmp - <(awk -v t="$at" '$1 < t' "$W/all")
		cleat logs -t --until "$at" --tail 3 cut | cmp - <(awk -v t="$at" '$1 < t' "$W/all" | tail -n 3)
		cleat logs -t --since "$at" --tail 12 cut | cmp - <(awk -v t="$at" '$1 >= t' "$W/all" | tail -n 12)
	done
	[ "$(cleat logs --since 1h cut | wc -l)" = 40 ]
	[ "$(cleat logs --until 1h cut | wc -l)" = 0 ]
	[ "$(cleat logs --since "$(date +%s)" cut | wc -l)" -le 40 ]
	[ "$(cleat logs --since 2001-01-01 cut | wc -l)" = 40 ]
	run cleat logs --since yesterday cut
	status_is 1
	one_line
	run cleat logs --tail some cut
	status_is 1
	cleat rm cut
}

# L5
@test "a full disk does not stop the program, and the missing lines are counted" {
	cleat create --name full --log-driver json-file bb:1 sh -c 'while ! [ -e /go ]; do sleep 0.1; done; seq 1 20000; sleep 2; echo later; sleep 1000' > "$W/id"
	dir=$W/root/logs/default/$(cat "$W/id")
	mkdir -p "$dir"
	mount -t tmpfs -o size=64k logs "$dir"
	cleat start full
	cleat exec full touch /go
	until_true 20 sh -c '[ "$(cleat inspect full | jq ".[0].LogDroppedLines")" -gt 10000 ]'
	[ "$(cleat inspect full | jq -r '.[0].State.Status')" = running ]
	mount -o remount,size=4m "$dir"
	until_true 10 sh -c 'cleat logs full 2>/dev/null | grep -qx later'
	kept=$(cleat logs full 2> "$W/full.err" | grep -cx '[0-9]*')
	[ $((kept + $(dropped full))) = 20000 ]
	grep -qx "\[cleat: $(dropped full) lines dropped\]" "$W/full.err"
	cleat stop -t 0 full
	umount "$dir"
	cleat rm full
}

# L7
@test "non-blocking mode loses nothing while the disk is well" {
	cleat run -d --name nb --log-opt mode=non-blocking bb:1 seq 1 50000
	cleat wait nb
	seq 1 50000 | cmp - <(cleat logs nb)
	[ "$(dropped nb)" = 0 ]
	cleat rm nb
}

@test "the daemon is killed while the container speaks: no line is lost, and a follower goes on" {
	cleat run -d --name alone bb:1 sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo $i; sleep 0.01; done'
	cleat logs -f alone > "$W/alone.out" &
	follower=$!
	until_true 5 test -s "$W/alone.out"
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
	wait $follower
	seq 1 300 | cmp - "$W/alone.out"
	cleat wait alone
	seq 1 300 | cmp - <(cleat logs alone)
	cleat rm alone
}

@test "a log goes on across restarts of its container" {
	cleat run -d --name again bb:1 echo life
	cleat wait again
	cleat start again
	cleat wait again
	[ "$(cleat logs again)" = "life
life" ]
	cleat restart again
	cleat wait again
	[ "$(cleat logs again | wc -l)" = 3 ]
	cleat rm again
}

@test "a prompt is seen before its line ends" {
	cleat run -d --name ask bb:1 sh -c 'printf "name: "; sleep 1000'
	until_true 5 sh -c '[ "$(cleat logs ask)" = "name: " ]'
	cleat rm -f ask
}

@test "a terminal in the background is one stream" {
	cleat run -d -t --name tty bb:1 sh -c 'echo out; echo err >&2; test -t 1 && echo terminal'
	cleat wait tty
	run cleat logs tty
	status_is 0
	[ "$(cleat logs tty 2>/dev/null | tr -d '\r')" = "out
err
terminal" ]
	cleat rm tty
}

@test "the program may open /dev/stdout again, also as another user" {
	cleat run -d --name user -u 1000 bb:1 sh -c 'echo hello > /dev/stdout; echo oops > /dev/stderr'
	[ "$(cleat wait user)" = 0 ]
	[ "$(cleat logs user 2>&1)" = "hello
oops" ]
	cleat rm user
}

@test "exec in a logged container talks to its client" {
	cleat run -d --name talk bb:1 sleep 1000
	[ "$(echo hi | cleat exec -i talk cat)" = hi ]
	[ "$(cleat exec talk sh -c 'echo e >&2' 2>&1)" = e ]
	[ -z "$(cleat logs talk 2>&1)" ]
	cleat rm -f talk
}

@test "none keeps nothing; a foreground container keeps nothing; both say so" {
	cleat run -d --name no --log-driver none bb:1 echo lost
	cleat wait no
	run cleat logs no
	status_is 1
	one_line
	says "its log driver is 'none'"
	cleat rm no
	cleat run --name fore bb:1 echo seen
	run cleat logs fore
	status_is 1
	says "its log driver is 'fifo'"
	cleat rm fore
}

@test "what nobody listens to is counted: while it runs, and when it has ended" {
	for how in '--io fifo' '--log-driver none'; do
		# shellcheck disable=SC2086
		cleat run -d --name deaf $how bb:1 sh -c 'head -c 100000 /dev/zero; echo x >&2; while ! [ -e /end ]; do sleep 0.05; done; head -c 1000 /dev/zero'
		all() { [ "$(cleat inspect deaf | jq '.[0].LogBytesDiscarded')" = "$1" ]; }
		until_true 10 all 100002
		kill -9 "$(shim_of deaf)"
		until_true 10 adopted_since deaf
		cleat exec deaf touch /end
		cleat wait deaf
		until_true 10 all 101002
		cleat rm deaf
	done
}

@test "contradictions and unknown options are refused, and leave nothing" {
	for words in '--io fifo --log-driver cri' '--log-driver cri --log-opt format=json-file' '--log-driver syslog' \
		'--log-opt max-size=huge' '--log-opt colour=red' '--io fifo --log-opt max-size=1m' '--log-opt max-file' \
		'--log-opt max-size=1m --log-opt max-size=2m'; do
		# shellcheck disable=SC2086
		run cleat run -d --name bad $words bb:1 true
		status_is 125
		one_line
	done
	run cleat inspect bad
	status_is 1
}

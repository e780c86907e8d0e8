#!/usr/bin/env bats
# What happens is told to whoever listens, and for a while to whoever asks later.
load lib

setup_file() {
	world_make events
	busybox_image bb:1
}
teardown_file() { world_end; }

# actions NAME [ARGS...]: the actions kept of one container, in order, on one line.
actions() { cleat events --since 1h --until 0s --json --filter "container=$1" "${@:2}" | jq -r .Action | paste -sd' '; }
attribute() { cleat events --since 1h --until 0s --json --filter "container=$1" --filter "event=$2" | jq -r ".Actor.Attributes.$3" | tail -1; }
has_actions() { [[ $(actions "$1") == *"$2" ]]; }

@test "the life of a container, in docker's words" {
	cleat create --name life --label tier=front bb:1 sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
	cleat start life
	cleat pause life
	cleat unpause life
	cleat exec life true
	cleat rename life lived
	cleat update --memory 100m lived
	cleat kill -s CONT lived
	cleat stop -t 5 lived
	cleat rm lived
	# the end of an exec and of its client are two things
	until_true 5 has_actions lived "kill die stop destroy" || { actions lived; false; }
	[ "$(actions life)" = "create start pause unpause exec_create: true exec_start: true exec_die" ]
	[ "$(actions lived)" = "rename update kill kill die stop destroy" ]
	[ "$(attribute lived rename oldName)" = life ]
	[ "$(attribute lived kill signal)" = 15 ]
	[ "$(attribute lived die exitCode)" = 3 ]
	[ "$(attribute life create tier) $(attribute life create image)" = "front bb:1" ]
	[ "$(attribute life exec_die exitCode)" = 0 ]
}

@test "who looks at a container is told, too: top, attach, resize" {
	cleat run -dt --name seen bb:1 sleep 1000
	cleat top seen
	[ "$(actions seen)" = "create start top" ]
	cleat top seen -o pid
	python3 "$STORY_DIR/lib/pty.py" 31 97 'resize:33x99' -- timeout 10 cleat attach --detach-keys x seen < /dev/null > /dev/null 2>&1 & pid=$!
	sized() { [ "$(attribute seen resize height) $(attribute seen resize width)" = "33 99" ]; }
	until_true 10 sized
	has_actions seen "resize"
	[[ $(actions seen) == "create start top top attach resize"* ]]
	cleat rm -f seen
	wait $pid || :
}

@test "restart is stop and start and says so; --rm ends with destroy" {
	cleat run -d --name again bb:1 sleep 1000
	cleat restart -t 0 again
	[ "$(actions again)" = "create start kill die stop start restart" ]
	cleat stop -t 0 again
	cleat stop again # nothing was stopped: nothing to tell
	cleat restart again
	[ "$(actions again)" = "create start kill die stop start restart kill die stop start restart" ]
	cleat rm -f again
	cleat run --rm --name short bb:1 sh -c 'exit 7' || [ $? = 7 ]
	until_true 5 has_actions short "create start die destroy" || { actions short; false; }
	[ "$(attribute short die exitCode)" = 7 ]
}

@test "a container that is killed for want of memory says oom" {
	run cleat run --name fat -m 16m --memory-swap 16m bb:1 sh -c 'x=$(head -c 64m /dev/zero | tr "\0" x); echo ${#x}'
	told() { [ "$(attribute fat oom name)" = fat ]; }
	until_true 5 told
	cleat rm -f fat
}

@test "images: import, tag, untag, delete" {
	cleat image tag bb:1 bb:2
	cleat image rm bb:2
	run cleat events --since 1h --until 0s --filter type=image
	says "image import sha256:"
	says "(name=bb:2)"
	[ "$(cleat events --since 1h --until 0s --json -f type=image | jq -r .Action | paste -sd' ')" = "import tag untag" ]
}

@test "who listens hears it at once, in lines for people and for programs" {
	cleat events --filter event=start --filter event=die --filter container=heard > "$W/text" 3>&- & text=$!
	cleat events --format '{{json .}}' --filter label=mark=x --filter event=start > "$W/json" 3>&- & json=$!
	# when one has heard something, both were asked for long before
	probe() { cleat run --rm --label mark=x --name probe bb:1 true && [ -s "$W/json" ]; }
	until_true 20 probe
	heard() { cleat run --rm --name heard bb:1 true && grep -q ' container die ' "$W/text"; }
	until_true 20 heard
	kill $text $json
	wait $text $json || :
	[ "$(grep -vcE ' container (start|die) ' "$W/text")" = 0 ]
	grep -qE '^20[0-9-]+T[0-9:.]+Z container start [0-9a-f]{64} \(.*name=heard' "$W/text"
	[ "$(head -1 "$W/json" | jq -r '.Type + .Action + .Actor.Attributes.mark + .scope')" = containerstartxlocal ]
	[ "$(head -1 "$W/json" | jq -r '(.timeNano / 1e9 | floor) - .time')" = 0 ]
}

@test "a listener and what was kept survive kill -9 of the daemon" {
	cleat run -d --name kept bb:1 sleep 1000
	cleat events --filter container=kept --filter event=die > "$W/kept" 3>&- & pid=$!
	daemon=$(daemon_pid)
	until_true 5 sh -c "[ \$(ls /proc/$daemon/fd | wc -l) -gt 0 ]"
	kill -9 "$daemon"
	until_true 5 gone "$daemon"
	cleat kill kept
	until_true 10 grep -q exitCode=137 "$W/kept"
	kill $pid
	wait $pid || :
	[ "$(actions kept)" = "create start kill die" ]
	cleat rm kept
}

@test "an end that came while no daemon was there is told by the next one" {
	cleat run -d --name missed bb:1 sh -c 'while [ ! -e /go ]; do sleep 0.1; done; exit 5'
	daemon=$(daemon_pid)
	pid=$(cleat inspect missed | jq '.[0].State.Pid')
	kill -STOP "$daemon"
	touch "/proc/$pid/root/go"
	until_true 10 gone "$pid"
	kill -9 "$daemon"
	until_true 5 gone "$daemon"
	until_true 10 has_actions missed "create start die"
	[ "$(attribute missed die exitCode)" = 5 ]
	cleat rm missed
}

@test "one who does not read is left behind, and the daemon does not wait for him" {
	mkfifo "$W/pipe"
	exec 5<> "$W/pipe"
	# big labels fill the pipe and the socket soon
	big=$(head -c 60000 /dev/zero | tr '\0' x)
	cleat create --name loud --label "big=$big" bb:1 true
	cleat events --since 1h > "$W/pipe" 2> "$W/slow.err" 3>&- & pid=$!
	for i in $(seq 1 60); do cleat rename loud "loud$((i % 2))" && cleat rename "loud$((i % 2))" loud; done
	run cleat ps -a
	status_is 0
	# now it reads what is left, and hears why there is no more
	cat <&5 > /dev/null 3>&- & reader=$!
	until_true 20 gone $pid
	kill $reader
	exec 5>&-
	wait $pid && false
	grep -q "events were not read as fast as they came" "$W/slow.err"
	cleat rm loud
}

@test "three hundred who do not read cost a part of what one may, each" {
	cleat create --name noise --label "big=$(head -c 60000 /dev/zero | tr '\0' x)" bb:1 true
	coproc DEAF { PYTHONPATH=$STORY_DIR/lib exec python3 "$STORY_DIR/lib/deaf.py" "$(daemon_pid)" "$W/state/cleatd.sock" 300 3>&-; }
	read -r line <&"${DEAF[0]}"
	[ "$line" = "they listen" ]
	# each would hold a mebibyte
	for _ in $(seq 1 20); do cleat rename noise noise2 && cleat rename noise2 noise; done
	eval "exec ${DEAF[1]}>&-"
	read -r most <&"${DEAF[0]}"
	echo "the daemon had $most MiB"
	[ "$most" -ge 5 ]
	[ "${CLEAT_SANITIZED:-0}" = 1 ] || [ "$most" -le 100 ] # what is freed stays in quarantine there
	cleat rm noise
}

@test "a wrong filter, time or format is refused with the right words" {
	run cleat events --filter colour=red
	status_is 1
	says "it is KEY=VALUE with one of type, event, container, image, label"
	run cleat events --since yesterday
	status_is 1
	says "it is a time"
	# a fresh one: only the latest are kept
	cleat image tag bb:1 again:1
	[ "$(cleat events --since 1h --until 0s -f type=image -f event=tag --format '{{.Type}} {{.Actor.Attributes.name}}' | tail -1)" = 'image again:1' ]
	run cleat events --format '{{range .Actor}}{{end}}' --until 0s
	status_is 1
	says "for more use JSON and jq"
}

#!/usr/bin/env bats
# -it gives a working terminal: raw mode, size, resize, control characters, restored on every exit path.
load lib

setup_file() {
	world_make tty
	busybox_image bb:1
}
teardown_file() { world_end; }

on_tty() { python3 "$STORY_DIR/lib/pty.py" "$@"; }

@test "run -it: a shell with the right size, a prompt, and an exit status" {
	run on_tty 33 101 'expect:#' 'send:stty size; tty\n' 'expect:33 101' 'expect:/dev/' 'send:exit 5\n' -- cleat run --rm -it bb:1 sh
	status_is 5
}

@test "resize reaches the program" {
	run on_tty 24 80 'expect:#' 'resize:50x132' 'send:until [ "$(stty size)" = "50 132" ]; do :; done; echo re""sized\n' \
		'expect:resized' 'send:exit\n' -- cleat run --rm -it bb:1 sh
	status_is 0
}

# Its own program says that it is there: before that the shell itself would get the signal.
@test "control-C goes to the program, not to the client" {
	run on_tty 24 80 'expect:#' 'send:sh -c "echo sl${x}eeps; exec sleep 100"\n' 'expect:sleeps' 'send:\x03' 'expect:#' 'send:echo al""ive\n' 'expect:alive' 'send:exit 3\n' \
		-- cleat run --rm -it bb:1 sh
	status_is 3
}

@test "exec -it" {
	cleat run -d --name host bb:1 sleep 1000
	run on_tty 40 90 'expect:#' 'send:stty size; hostname\n' 'expect:40 90' 'send:exit 4\n' -- cleat exec -it host sh
	status_is 4
	cleat rm -f host
}

@test "the terminal is restored when the client is told to end" {
	run on_tty 24 80 'expect:#' 'kill:TERM' 'send:exit 0\n' -- cleat run --rm -it bb:1 sh
	[ "$status" -ne 99 ]
	until_true 10 sh -c '[ -z "$(cleat ps -aq)" ]'
}

@test "-t without a terminal is refused in one sentence" {
	run cleat run --rm -it bb:1 true < /dev/null
	[ "$status" -ne 0 ]
	one_line
	says 'TTY'
}

@test "-t alone gives the program a terminal, output as a terminal gives it" {
	run on_tty 24 80 -- cleat run --rm -t bb:1 sh -c 'test -t 0 && test -t 1 && echo both; echo $TERM'
	status_is 0
	says both
	says xterm
}

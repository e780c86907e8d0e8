#!/usr/bin/env bats
# cleat-oci: SCMP_ACT_NOTIFY. An agent outside answers system calls of the container.
load lib
load lib/oci

setup_file() { oci_rootfs; }

setup() {
	oci_world notify
	AGENT=$W/agent.sock
	ID=told
	mkdir "$W/told"
}

teardown() {
	[ -z "${AGENT_PID:-}" ] || end_process "$AGENT_PID"
	oci_world_end
}

# The numbers of x86_64 and aarch64 differ, and the latter has no mkdir.
case $(uname -m) in
x86_64) MKDIR=83 MKDIRAT=258 EXECVE=59 SENDMSG=46 ACCEPT=288 ;;
*) MKDIR=1030 MKDIRAT=34 EXECVE=221 SENDMSG=211 ACCEPT=242 ;;
esac

agent() {
	"$STORY_DIR/lib/seccomp_agent.py" "$AGENT" "$W/told" "$@" > "$W/agent.log" 2>&1 3>&- &
	AGENT_PID=$!
	until_true 10 test -S "$AGENT"
}

# notifying CALLS [JQ-FILTER]: $BUNDLE whose filter asks for these calls.
notifying() {
	oci_config ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$AGENT\", listenerMetadata: \"of the story\",
		syscalls: [{names: $1, action: \"SCMP_ACT_NOTIFY\"}]} | ${2:-.}"
}

# Of connection N of the agent.
told() { jq -r "$2" "$W/told/$1.json"; }

@test "the container sees what the agent answers" {
	agent "$MKDIR=0" "$MKDIRAT=0"
	notifying '["mkdir","mkdirat"]' '.process.args = ["sh", "-c",
		"mkdir /tmp/lie; [ -e /tmp/lie ] && echo made || echo not made; chmod 700 /tmp && echo chmod works"]'
	captured oci run -b "$BUNDLE" "$ID"
	status_is 0
	says_not "mkdir:"
	says "not made"
	says "chmod works"
}

@test "an errno of the agent is the program's errno" {
	agent "$MKDIR=-123" "$MKDIRAT=-123" # ENOMEDIUM
	notifying '["mkdir","mkdirat"]' '.process.args = ["mkdir", "/tmp/x"]'
	captured oci run -b "$BUNDLE" "$ID"
	status_is 1
	says "No medium found"
}

@test "the agent reads which container it is, after start and not before" {
	agent "$MKDIR=0" "$MKDIRAT=0"
	notifying '["mkdir","mkdirat"]' '.annotations = {"a.b": "c"}'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	[ ! -e "$W/told/0.json" ] # with no_new_privs nothing of ours runs behind the filter
	captured oci start "$ID"
	status_is 0
	[ -e "$W/told/0.json" ] # start has not answered before the agent had it
	[ "$(told 0 '.fds | join(" ")')" = seccompFd ]
	[ "$(told 0 .pid)" = "$(oci state "$ID" | jq .pid)" ]
	[ "$(told 0 '.metadata, .state.id, .state.status, .state.bundle, .state.annotations["a.b"]' | tr '\n' ' ')" = \
		"of the story $ID created $BUNDLE c " ]
	[ "$(told 0 .state.pid)" = "$(told 0 .pid)" ]
	[ "$(told 0 .ociVersion)" = "$(jq -r .ociVersion "$BUNDLE/config.json")" ]
}

@test "without no_new_privs the filter is loaded and told of in create" {
	agent "$MKDIR=0" "$MKDIRAT=0"
	notifying '["mkdir","mkdirat"]' '.process.noNewPrivileges = false'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(told 0 .state.status)" = creating ]
	[ "$(told 0 .pid)" = "$(oci state "$ID" | jq .pid)" ]
	captured oci start "$ID"
	status_is 0
	captured oci exec "$ID" mkdir /tmp/nothing
	status_is 0
	captured oci exec "$ID" ls /tmp
	says_not nothing
	# The exec had another pid when its filter was loaded; the agent is told the last one.
	captured oci exec -d --pid-file "$W/pid" "$ID" sleep 1000
	status_is 0
	[ "$(told 3 .pid)" = "$(cat "$W/pid")" ]
}

@test "without no_new_privs as well exec may be notified of what the runtime calls" {
	agent
	notifying '["sendmsg","recvmsg","clone","setresuid","capset","setns","close"]' '.process.noNewPrivileges = false'
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	captured oci exec "$ID" true
	status_is 0
	[ "$(told 1 .state.id)" = "$ID" ]
}

@test "a process of exec has a listener of its own" {
	agent "$MKDIR=0" "$MKDIRAT=0"
	notifying '["mkdir","mkdirat"]'
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	captured oci exec -d --pid-file "$W/pid" "$ID" sh -c 'mkdir /tmp/lie; exec sleep 1000'
	status_is 0
	[ "$(told 1 .pid)" = "$(cat "$W/pid")" ]
	[ "$(told 1 .state.pid)" = "$(oci state "$ID" | jq .pid)" ]
	[ "$(told 1 .state.status)" = running ]
	until_true 10 grep -q "^1 " "$W/told/calls"
	captured oci exec "$ID" ls /tmp
	says_not lie
}

@test "calls that a runtime itself needs may be notified of: none of ours is" {
	agent
	notifying '["sendmsg","sendto","recvmsg","recvfrom","close","accept4","execve","dup3","close_range","nanosleep","futex"]' \
		'.process.args = ["true"]'
	captured oci run -b "$BUNDLE" "$ID"
	status_is 0
	# The first call that the agent ever sees is the program's own beginning.
	[ "$(head -n1 "$W/told/calls")" = "0 $EXECVE" ]
	[ "$(grep -cE " ($SENDMSG|$ACCEPT)$" "$W/told/calls")" = 0 ]
}

@test "an agent that is not there fails create and exec, and leaves nothing" {
	notifying '["mkdir"]'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 1
	one_line
	says "cannot reach the seccomp agent at '$AGENT': No such file or directory"
	absent
	agent
	end_process "$AGENT_PID"
	captured oci create -b "$BUNDLE" "$ID"
	status_is 1
	says "Connection refused"
	absent
	rm "$AGENT"
	agent
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	end_process "$AGENT_PID"
	captured oci exec "$ID" true
	[ "$status" -ne 0 ]
	says "cannot reach the seccomp agent"
	in_state running
}

@test "an agent that went away before start: the container stays created" {
	agent "$MKDIR=0" "$MKDIRAT=0"
	notifying '["mkdir","mkdirat"]'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	end_process "$AGENT_PID"
	captured oci start "$ID"
	status_is 1
	says "cannot reach the seccomp agent"
	in_state created
	rm "$AGENT"
	agent "$MKDIR=0" "$MKDIRAT=0"
	captured oci start "$ID"
	status_is 0
	in_state running
}

@test "rules that cannot be kept are refused" {
	notifying '["mkdir"]' 'del(.linux.seccomp.listenerPath)'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 1
	says listenerPath
	notifying '["mkdir"]' 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 1
	says "SCMP_ACT_NOTIFY needs listenerPath"
	notifying '["mkdir"]' '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 1
	absent
	# As runc: a path that no rule needs is no error, and nobody is asked.
	notifying '["mkdir"]' '.linux.seccomp.syscalls[0].action = "SCMP_ACT_LOG" | .process.args = ["true"]'
	captured oci run -b "$BUNDLE" "$ID"
	status_is 0
}

@test "one pid is not enough for the listener's thread: it is said" {
	agent
	notifying '["mkdir"]' '.linux.resources.pids = {limit: 1} | .process.args = ["true"]'
	captured oci run -b "$BUNDLE" "$ID"
	status_is 1
	one_line
	says "linux.resources.pids"
}

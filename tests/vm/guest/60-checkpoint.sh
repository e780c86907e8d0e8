# 60-checkpoint.sh - checkpoint and restore by criu: what a process had in memory goes on.
# shellcheck shell=dash
#
# The number is in the shell's memory; the file only shows it.

#bundle count sh("i=0; while :; do i=$((i+1)); cat /host/word > /tmp/word; echo $i > /tmp/count; sleep 0.1; done") | tmpfs("/tmp") | .mounts += [{destination: "/host", type: "bind", source: "/tmp/host", options: ["bind", "ro"]}] | hook("createRuntime"; "cat > /tmp/hook.state") | hook("poststop"; "echo gone > /tmp/hook.stop") | .linux.resources = {memory: {limit: 33554432}, pids: {limit: 20}}
#bundle count-out sh("i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done | while read -r x; do echo $x; echo $x > /tmp/count; done") | tmpfs("/tmp")

# another machine than the building one may have come without it (tests/vm/initramfs)
[ -x /bin/criu ] || return 0
count() { cat "/proc/$(pid_of "$1")/root/tmp/count"; }
is_running() { is running "$(state_of "$1")"; }
at_least() { is_running "$1" && [ "$(count "$1")" -ge "$2" ]; }
more() { soon at_least "$1" "$(($(count "$1") + 3))"; }
has_word() { is "$1" "$(cat "/proc/$(pid_of count)/root/tmp/word")"; }
counting() {
	rm -rf /tmp/images /tmp/first /tmp/work
	mkdir -p /tmp/host
	echo first > /tmp/host/word
	up count
	soon at_least count 3
}
# restored [FLAG...]: count from /tmp/images, detached.
restored() {
	oci restore -d -b /b/count --image-path /tmp/images "$@" count < /dev/null > /tmp/out.count 2>&1 ||
		{ cat /tmp/out.count; return 1; }
	is_running count
}

goes_on() {
	counting
	oci checkpoint --image-path /tmp/images count
	refused oci state count
	[ ! -e "$CG/cleat/count" ]
	# what the host gives is the host's of now; of the same size, for it may just be open
	echo other > /tmp/host/word
	rm -f /tmp/hook.state /tmp/hook.stop
	restored --pid-file /tmp/pid
	at_least count 3
	more count
	is "$(pid_of count)" "$(cat /tmp/pid)" "the pid file"
	soon has_word other
	says "\"pid\": ?$(pid_of count)" "$(cat /tmp/hook.state)"
	# it is a container like any other
	says 0::/cleat/count "$(cat "/proc/$(pid_of count)/cgroup")"
	is 33554432 "$(cg count memory.max)"
	status 0 oci exec count cat /proc/1/comm
	# shellcheck disable=SC2154 # of lib.sh
	is sh "$out" "the name of process 1"
	status 1 oci exec count touch /host/x
	oci pause count
	state_is count paused
	oci resume count
	oci kill count KILL
	soon state_is count stopped
	oci delete count
	is gone "$(cat /tmp/hook.stop)"
}
story "a container goes on from images where it was, and is one like any other" goes_on

one_after_the_other() {
	counting
	oci checkpoint --pre-dump --image-path /tmp/first count
	more count
	oci checkpoint --leave-running --parent-path ../first --image-path /tmp/images --work-path /tmp/work count
	[ -L /tmp/images/parent ]
	[ -e /tmp/work/dump.log ]
	[ ! -e /tmp/images/dump.log ]
	more count
	oci pause count
	reached=$(count count)
	rm -rf /tmp/images
	oci checkpoint --image-path /tmp/images count
	refused oci state count
	restored
	at_least count "$reached"
	more count
	down count
}
story "checkpoint --pre-dump, --parent-path, --leave-running, and of a paused container" one_after_the_other

# Through pipes: of a file criu wants to find the very same.
foreground() {
	rm -rf /tmp/images
	oci run -d -b /b/count-out count-out < /dev/null 2>&1 | cat > /tmp/out.first &
	soon at_least count-out 3
	oci checkpoint --image-path /tmp/images count-out
	reached=$(tail -n1 /tmp/out.first)
	{
		foreground_status=0
		oci restore -b /b/count-out --image-path /tmp/images count-out || foreground_status=$?
		echo "status $foreground_status"
	} < /dev/null 2>&1 | cat > /tmp/out.second &
	soon at_least count-out "$((reached + 3))"
	oci kill count-out KILL
	soon grep -q status /tmp/out.second
	is "status 137" "$(tail -n1 /tmp/out.second)"
	[ "$(head -n1 /tmp/out.second)" -ge "$reached" ]
	refused oci state count-out
}
story "restore in the foreground: several processes, their output, the status, deleted in the end" foreground

wrong() {
	counting
	refused oci checkpoint --lazy-pages --image-path /tmp/images count
	says 'lazy-pages is not supported' "$out"
	refused oci checkpoint --page-server localhost:1 --image-path /tmp/images count
	refused oci checkpoint --manage-cgroups-mode loud --image-path /tmp/images count
	refused oci checkpoint --parent-path /tmp/x --image-path /tmp/images count
	mv /bin/criu /bin/criu.away
	refused oci checkpoint --image-path /tmp/images count || { mv /bin/criu.away /bin/criu; return 1; }
	mv /bin/criu.away /bin/criu
	says 'checkpoint and restore need the package criu' "$out"
	at_least count 3
	oci checkpoint --image-path /tmp/images count
	refused oci restore -d -b /b/count --image-path /tmp/nothing count
	says "cannot open the images '/tmp/nothing'" "$out"
	# what lies beside foreign images is not followed, and not believed
	echo secret > /tmp/secret
	ln -s /tmp/secret /tmp/images/restore.log
	rm /tmp/images/descriptors.json
	for beside in "ln -s /tmp/secret" mkfifo; do
		$beside /tmp/images/descriptors.json
		refused oci restore -d -b /b/count --image-path /tmp/images count
		says descriptors.json "$out"
		rm /tmp/images/descriptors.json
	done
	# now criu itself finds nothing where the standard streams should go
	echo '["/etc/passwd", 7, {}]' > /tmp/images/descriptors.json
	refused oci restore -d -b /b/count --image-path /tmp/images count
	says 'criu failed: type RESTORE' "$out"
	refused oci state count
	is secret "$(cat /tmp/secret)"
	rm -rf /tmp/images
}
story "what is refused, in one sentence, leaving nothing" wrong

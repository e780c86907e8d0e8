# 40-freezer.sh - pause, resume, and what may be done meanwhile.
# shellcheck shell=dash

#bundle freeze sh("while :; do i=$((i+1)); echo $i > /tmp/count; done") | tmpfs("/tmp")

counter() { cat "/proc/$(pid_of freeze)/root/tmp/count"; }
frozen() {
	up freeze
	soon counter
	oci pause freeze
	state_is freeze paused
	is 1 "$(cg freeze cgroup.freeze)"
	is 1 "$(cg freeze cgroup.events | key frozen)"
	ticks=$(cut -d' ' -f14 "/proc/$(pid_of freeze)/stat")
	refused oci exec freeze true
	says 'paused' "$out"
	refused oci pause freeze
	sleep 0.3
	is "$ticks" "$(cut -d' ' -f14 "/proc/$(pid_of freeze)/stat")" "cpu time of a frozen process"
	oci resume freeze
	state_is freeze running
	is 0 "$(cg freeze cgroup.events | key frozen)"
	moves() { [ "$(cut -d' ' -f14 "/proc/$(pid_of freeze)/stat")" -gt "$ticks" ]; }
	soon moves
	refused oci resume freeze
	oci exec freeze true
	down freeze
}
story "pause freezes, refuses exec, resume goes on" frozen

frozen_kill() {
	up freeze
	oci pause freeze
	oci kill freeze KILL
	soon state_is freeze stopped
	oci delete freeze
}
story "kill -9 of a paused container" frozen_kill

frozen_delete() {
	up freeze
	oci pause freeze
	refused oci delete freeze
	down freeze
	[ ! -e $CG/cleat/freeze ]
}
story "delete -f of a paused container" frozen_delete

frozen_place() {
	mkdir -p $CG/cleat/freeze
	echo 1 > $CG/cleat/freeze/cgroup.freeze
	refused oci create -b /b/freeze freeze
	says frozen "$out"
	rmdir $CG/cleat/freeze
}
story "a cgroup that is there and frozen is refused" frozen_place

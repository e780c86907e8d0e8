# 76-checkpoint.sh - checkpoint and restore through the shim and through the engine. After 70-engine.sh and 75-shim.sh.
# shellcheck shell=dash
#bundle shim-count sh("i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.1; done") | tmpfs("/tmp")
[ -x /bin/criu ] || return 0

ctl2() { ctl_method=$1; shift; shimctl "$address" "$ctl_method" id=shim-count "$@"; }
shim_count() { cat "/proc/$(ctl2 State | sed -n 's/^pid=//p')/root/tmp/count"; }
shim_counts() { [ "$(shim_count)" -ge "$1" ]; }
ctl_is() { ctl2 State | grep -qx "status=$1"; }

shim_checkpoint() {
	mkdir -p /tmp/images
	address=$(cd /b/shim-count && cleat-shim -namespace default -address /tmp/c.sock -id shim-count start)
	ctl2 Create bundle=/b/shim-count
	fails ctl2 Checkpoint path=/tmp/images
	ctl2 Start
	soon shim_counts 3
	fails ctl2 Checkpoint path=/tmp/nothing
	ctl2 Checkpoint path=/tmp/images
	[ -e /b/shim-count/criu-work/dump.log ]
	[ ! -e /tmp/images/dump.log ]
	# containerd's default: it goes on
	reached=$(shim_count)
	soon shim_counts "$((reached + 3))"
	ctl2 Kill signal=9
	is exit_status=137 "$(ctl2 Wait | head -n 1)"
	ctl2 Delete > /dev/null

	ctl2 Create bundle=/b/shim-count checkpoint=/tmp/images > /tmp/created
	grep -q '^pid=[1-9]' /tmp/created && return 1
	ctl_is CREATED || ctl_is 1
	fails ctl2 Exec exec_id=x
	ctl2 Start
	shim_counts 3
	soon shim_counts "$((reached + 3))"
	ctl2 Kill signal=9
	is exit_status=137 "$(ctl2 Wait | head -n 1)"
	ctl2 Delete > /dev/null

	# never started: there is nothing to end
	ctl2 Create bundle=/b/shim-count checkpoint=/tmp/images > /dev/null
	fails ctl2 Kill signal=9
	ctl2 Delete > /dev/null
	# images that are none: Start says so, and it can be deleted
	mkdir /tmp/empty.images
	ctl2 Create bundle=/b/shim-count checkpoint=/tmp/empty.images > /dev/null
	fails ctl2 Start
	ctl2 Delete > /dev/null
	ctl2 Shutdown
	soon no_shim
	rm -rf /tmp/images /tmp/empty.images /b/shim-count/criu-work
}
story "shim: Checkpoint, and Create with a checkpoint, whose processes begin at Start" shim_checkpoint

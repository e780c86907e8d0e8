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

engine_number() { cleat exec counts cat /tmp/count; }
engine_counts() { [ "$(engine_number)" -ge "$1" ]; }
engine_checkpoint() {
	cleat image import /rootfs bb:1 > /dev/null
	# shellcheck disable=SC2016 # the container's shell
	cleat run -d --name counts --restart always --tmpfs /tmp bb:1 \
		sh -c 'i=0; while :; do i=$((i+1)); echo $i > /tmp/count; echo "line $i"; sleep 0.1; done' > /dev/null
	soon engine_counts 5
	is warm "$(cleat checkpoint create --leave-running counts warm)"
	engine_counts 5
	refused cleat checkpoint create --leave-running counts warm
	# shellcheck disable=SC2154 # of lib.sh
	says 'checkpoint with name warm already exists' "$out"
	is cold "$(cleat checkpoint create counts cold)"
	# --restart always takes it for what it is: a user's wish
	is exited "$(cleat inspect counts | sed -n 's/.*"Status": *"\([a-z]*\)".*/\1/p' | head -n 1)" "the state"
	is "CHECKPOINT NAME cold warm" "$(cleat checkpoint ls counts | tr '\n' ' ' | sed 's/ $//')"
	refused cleat start --checkpoint nothing counts
	says 'checkpoint nothing does not exist' "$out"
	lines=$(cleat logs counts | wc -l)
	is counts "$(cleat start --checkpoint cold counts)"
	reached=$(engine_number)
	[ "$reached" -ge 5 ]
	soon engine_counts $((reached + 3))
	[ "$(cleat logs counts | wc -l)" -gt "$lines" ]
	# no second beginning: the number never came again
	is "" "$(cleat logs counts | sort | uniq -d)" "lines that were said twice"
	refused cleat start --checkpoint warm counts
	is cold "$(cleat checkpoint rm counts cold)"
	is "CHECKPOINT NAME warm" "$(cleat checkpoint ls counts | tr '\n' ' ' | sed 's/ $//')"
	cleat stop -t 0 counts > /dev/null
	# without one it begins anew
	cleat start counts > /dev/null
	soon engine_counts 1
	cleat rm -f counts > /dev/null
	is "" "$(ls /var/lib/cleat/checkpoints/default)" "checkpoints of a removed container"
	cleat image rm bb:1 > /dev/null
}
story "cleat checkpoint create, ls, rm; cleat start --checkpoint" engine_checkpoint

# 30-devices.sh - the device program: what is allowed works, everything else does not.
# shellcheck shell=dash

# Not everybody may read /dev/kmsg: with CAP_SYSLOG it is the rules alone that decide.
#bundle dev may("CAP_MKNOD") | may("CAP_SYSLOG") | sh("cd /dev; echo x > null && head -c 4 zero | wc -c && head -c 4 urandom | wc -c && mknod kmsg c 1 11 && mknod ram b 1 0 && echo made; ! dd if=kmsg of=null bs=9999 count=1; ! head -c 1 ram; ! echo x > ram")
#bundle dev-none .linux.resources.devices = [{allow: false, access: "rwm"}] | may("CAP_MKNOD") | sh("cd /dev; mknod ram b 1 0 && ! head -c 1 ram && head -c 1 urandom > null && echo defaults")
#bundle dev-read .linux.resources.devices += [{allow: true, type: "b", major: 1, minor: 0, access: "rm"}] | may("CAP_MKNOD") | sh("cd /dev; mknod ram b 1 0; head -c 1 ram > null; echo $?; echo x > ram; echo $?; true 1<> ram; echo $?")
#bundle dev-all .linux.resources.devices = [{allow: true, access: "rwm"}] | may("CAP_MKNOD") | sh("cd /dev; mknod ram b 1 0 && echo x > ram && head -c 1 ram > null && echo everything")
#bundle dev-order .linux.resources.devices = [{allow: true, access: "rwm"}, {allow: false, type: "b", major: 1, minor: 0, access: "w"}] | may("CAP_MKNOD") | may("CAP_SYSLOG") | sh("cd /dev; mknod ram b 1 0; head -c 1 ram > null; echo $?; echo x > ram; echo $?; true 1<> ram; echo $?; mknod kmsg c 1 11; dd if=kmsg of=null count=1 bs=9999; echo $?")
#bundle dev-live .linux.resources.devices = [{allow: true, access: "rwm"}] | .linux.devices = [{path: "/dev/ram", type: "b", major: 1, minor: 0}]

# numbers TEXT: the lines of it that are numbers, in one line.
numbers() { printf '%s\n' "$1" | grep -E '^[0-9]+$' | tr '\n' ' ' | sed 's/ $//'; }

default_rules() {
	status 0 oci run -b /b/dev dev
	says made "$out"
	is 3 "$(echo "$out" | grep -c 'not permitted')" "the number of refusals"
}
story "default rules: known nodes work, others can be made but not opened" default_rules

nothing() {
	status 0 oci run -b /b/dev-none dev
	says defaults "$out"
}
story "rules that deny everything: only what every container has" nothing

read_only() {
	status 0 oci run -b /b/dev-read dev
	is "0 1 1" "$(numbers "$out")" "read, write, both"
}
story "r alone: reading works, writing and both do not" read_only

everything() {
	status 0 oci run -b /b/dev-all dev
	says everything "$out"
}
story "rules that allow everything" everything

later_wins() {
	status 0 oci run -b /b/dev-order dev
	is "0 1 1 0" "$(numbers "$out")" "read, write, both, read of another"
}
story "a later rule takes away what an earlier one gave" later_wins

live() {
	up dev-live
	oci exec dev-live head -c 1 /dev/ram > /dev/null
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' > /tmp/resources
	oci update -r /tmp/resources dev-live
	refused oci exec dev-live head -c 1 /dev/ram
	oci exec dev-live sh -c 'echo x > /dev/null'
	echo '{"devices": [{"allow": true, "access": "rwm"}]}' > /tmp/resources
	oci update -r /tmp/resources dev-live
	oci exec dev-live head -c 1 /dev/ram > /dev/null
	down dev-live
}
story "update replaces the rules, both ways" live

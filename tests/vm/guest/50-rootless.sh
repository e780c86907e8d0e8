# 50-rootless.sh - a user without privileges, and without or with a cgroup of her own.
# shellcheck shell=dash

#bundle rootless mine | tmpfs("/tmp") | sh("id -u; cat /proc/self/uid_map; cat /proc/self/setgroups; touch /tmp/x && echo tmp; echo x > /dev/null && echo null; touch /x; touch /sys/fs/cgroup/x; exit 3")
#bundle rootless-bind mine | .root.path = "rootfs" | .mounts += [{destination: "/tmp", type: "bind", source: "data", options: ["rbind", "ro"]}] | sh("cat /tmp/word; touch /tmp/x")
#bundle rootless-sleep mine
#bundle rootless-limit mine | .linux.resources.pids = {limit: 5}
#bundle rootless-groups mine | .process.user.additionalGids = [5]
#bundle rootless-others mine | .linux.uidMappings[0].hostID = 0
#bundle rootless-many many | .process.user |= {uid: 7, gid: 8, additionalGids: [5]} | tmpfs("/tmp") | sh("id -u; id -g; id -G; tr -s \" \" < /proc/self/uid_map; cat /proc/self/setgroups; touch /tmp/x && stat -c %u /tmp/x")
#bundle rootless-sleep-many many
#bundle rootless-delegated mine | .linux.cgroupsPath = "/user/box" | .linux.resources = {pids: {limit: 5}, memory: {limit: 33554432}} | sh("for i in 1 2 3; do sleep 1000 & done; sleep 1000; true")

mkdir -p /run/user /b/rootless-bind/data
cp -a /rootfs /b/rootless-bind/
echo hello > /b/rootless-bind/data/word
chown 1000:1000 /run/user
chmod 700 /run/user
as_user() { su user -c "XDG_RUNTIME_DIR=/run/user $*"; }
nothing_of_user() { is "" "$(ls /run/user/cleat-oci 2> /dev/null)" "what the user has left"; }

rootless() {
	status 3 as_user cleat-oci run -b /b/rootless rootless
	is "0" "$(echo "$out" | sed -n 1p)" "the user inside"
	says '^ *0 *1000 *1$' "$out"
	says '^deny$' "$out"
	says '^tmp$' "$out"
	says '^null$' "$out"
	is 2 "$(echo "$out" | grep -c 'touch: .*Read-only')" "refused writes"
	nothing_of_user
}
story "user 1000 runs a container in a user namespace of one id" rootless

rootless_bind() {
	status 1 as_user cleat-oci run -b /b/rootless-bind bind
	says '^hello$' "$out"
	says 'Read-only' "$out"
}
story "rootless: the root in the bundle, a directory of it bound and read-only" rootless_bind

rootless_life() {
	as_user "cleat-oci run -d -b /b/rootless-sleep r1 < /dev/null > /dev/null 2>&1"
	says '"status": "running"' "$(as_user cleat-oci state r1)"
	is 0 "$(as_user cleat-oci exec r1 id -u)" "the user inside"
	status 9 as_user "cleat-oci exec r1 sh -c 'exit 9'"
	says '^1$' "$(as_user cleat-oci exec r1 pidof sleep)"
	refused as_user cleat-oci pause r1
	as_user cleat-oci kill r1 KILL
	stopped() { as_user cleat-oci state r1 | grep -q '"status": "stopped"'; }
	soon stopped
	as_user cleat-oci delete r1
	refused as_user cleat-oci state r1
	nothing_of_user
}
story "rootless: detached, state, exec, kill, delete; pause is refused" rootless_life

rootless_refusals() {
	refused as_user cleat-oci run -b /b/rootless-limit refused
	says cgroup "$out"
	refused as_user cleat-oci run -b /b/rootless-groups refused
	says group "$out"
	refused as_user cleat-oci run -b /b/rootless-others refused
	says 'newuidmap: uid range' "$out"
	refused as_user cleat-oci run -b /b/life-true refused
	echo "$out"
	nothing_of_user
}
story "rootless: a limit, a group, somebody else's id, no user namespace: refused" rootless_refusals

rootless_many() {
	status 0 as_user cleat-oci run -b /b/rootless-many many
	is "7 8 8 5" "$(echo "$out" | sed -n 1,3p | tr '\n' ' ' | sed 's/ $//')" "uid, gid, groups"
	says '^ ?0 1000 1$' "$out"
	says '^ ?1 100000 65536$' "$out"
	says '^allow$' "$out"
	is 7 "$(echo "$out" | tail -n 1)" "the owner of a new file"
	as_user "cleat-oci run -d -b /b/rootless-sleep-many r3 < /dev/null > /dev/null 2>&1"
	is 5 "$(as_user cleat-oci exec -u 5 r3 id -u)" "the user of exec"
	as_user cleat-oci delete -f r3
	mv /bin/newgidmap /bin/newgidmap.away
	refused as_user cleat-oci run -b /b/rootless-many many
	mv /bin/newgidmap.away /bin/newgidmap
	says 'package uidmap' "$out"
	nothing_of_user
}
story "rootless with newuidmap: a range of ids, users, groups" rootless_many

rootless_delegated() {
	echo "+pids +memory" > $CG/cgroup.subtree_control
	mkdir -p $CG/user/session
	chown 1000:1000 $CG/user $CG/user/cgroup.procs $CG/user/cgroup.subtree_control $CG/user/session \
		$CG/user/session/cgroup.procs
	# a login manager would put her there
	in_session() { sh -c "echo \$\$ > $CG/user/session/cgroup.procs; exec su user -c 'XDG_RUNTIME_DIR=/run/user $*'"; }
	in_session "cleat-oci run -d -b /b/rootless-delegated r2 < /dev/null > /run/user/r2 2>&1" || { cat /run/user/r2; return 1; }
	is "5 33554432" "$(cat $CG/user/box/pids.max) $(cat $CG/user/box/memory.max)" "limits"
	is 5 "$(cat $CG/user/box/pids.current)" "processes"
	in_session cleat-oci pause r2
	is 1 "$(cat $CG/user/box/cgroup.freeze)"
	in_session cleat-oci resume r2
	in_session cleat-oci update --pids-limit 9 r2
	is 9 "$(cat $CG/user/box/pids.max)"
	is 0::/ "$(in_session cleat-oci exec r2 cat /proc/self/cgroup)" "the cgroup of exec"
	in_session cleat-oci delete -f r2
	fails ls $CG/user/box
	rmdir $CG/user/session $CG/user
}
story "rootless with a delegated cgroup: limits, freezer, update, exec" rootless_delegated

#!/bin/bash
# journald.bash DIR: systemd's journald beside the machine's own, if there is one, in a mount namespace (unshare -m)
# where /run/systemd and its configuration are its own. Who enters that namespace logs to it and reads it.
# Words that are read from the fifo DIR/ctl, each answered in the fifo DIR/answer: stop, start, exit.
set -eu
dir=$1
daemon=
start() {
	/lib/systemd/systemd-journald > "$dir/journald.out" 2>&1 &
	daemon=$!
	until [ -S /run/systemd/journal/socket ]; do
		kill -0 "$daemon"
		read -rt 0.05 <> <(:) || :
	done
}
stop() {
	[ -z "$daemon" ] || { kill -9 "$daemon"; wait "$daemon" || :; }
	daemon=
	rm -f /run/systemd/journal/socket
}

mkdir -p /run/systemd /run/log
mount -t tmpfs none /run/systemd
mount -t tmpfs none /run/log
mount -t tmpfs none /etc/systemd
mkdir -p /run/systemd/journal /run/log/journal
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\n' > /etc/systemd/journald.conf
[ -s /etc/machine-id ] || { systemd-id128 new > "$dir/machine-id" && mount --bind "$dir/machine-id" /etc/machine-id; }
start
echo ready > "$dir/answer"
exec 3<> "$dir/ctl"
while read -r word <&3; do
	[ "$word" != exit ] || break
	"$word"
	echo "$word" > "$dir/answer"
done
stop

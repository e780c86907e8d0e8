# packages.sh - the Debian packages that building, running and testing take. Sourced, not run.
# shellcheck shell=bash

# To build and install: compilers, headers and the libraries' static forms.
CLEAT_BUILD_PACKAGES=(cmake ninja-build gcc libc6-dev pkg-config protobuf-c-compiler
	libltdl-dev libseccomp-dev libyajl-dev libcap-dev libinih-dev libprotobuf-c-dev libevent-dev
	libsqlite3-dev libarchive-dev nettle-dev libsmartcols-dev libcunit1-dev)
# To run the first container: a Debian from the archive, and a static init for `run --init`.
CLEAT_RUN_PACKAGES=(mmdebstrap tini)
# To test: harness, checkers, real callers and the runtimes that we measure ourselves against.
CLEAT_TEST_PACKAGES=(bats busybox-static clang libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck jq strace
	util-linux procps psmisc iproute2 skopeo umoci zstd xz-utils python3 containerd crun runc bubblewrap podman conmon buildah
	qemu-system-x86 uidmap musl-tools criu iptables mandoc bsdextrautils systemd)
[ "${CLEAT_LONG:-}" != 1 ] || CLEAT_TEST_PACKAGES+=(gcc-aarch64-linux-gnu qemu-system-arm)

# apt_install PACKAGE...: only what is missing, quietly, with apt's own words when it fails.
apt_install() {
	local missing=() package log
	for package; do
		[ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "apt-get install ${missing[*]}"
	log=$(mktemp)
	if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
		tail -20 "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

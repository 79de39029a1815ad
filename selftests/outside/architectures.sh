#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ktcp with its checks of itself (KTCP_DEBUG) on other architectures: 32 bits, and a
# weaker order of memory. Clients are on this host.
. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/selftests/tap.sh"
trap 'kill $vm 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# root ARCH KERNEL: what the guest has, as $out/initramfs
root()
{
	local kernel=$2 dir=$tmp/$1
	mkdir -p "$dir"/{bin,modules,www}
	cp "$kernel/busybox" "$dir/bin/busybox"
	cp "$TOP/build/cross-debug/$1/ktcp.ko" "$dir"
	cp "$TOP/scripts/cross-init" "$dir/init"
	cp "$tmp/file" "$dir/www/file"
	chmod 755 "$dir/init" "$dir/bin/busybox"
	"$TOP/scripts/guest-modules" "$kernel" "$dir/modules" virtio_pci virtio_net &&
	(cd "$dir" && find . | cpio -o -H newc --quiet) | gzip -1 >"$out/initramfs"
}

# module ARCH: for that kernel, with KTCP_DEBUG; nothing is warned about
module()
{
	local headers
	headers=$("$TOP/scripts/cross-headers" "$1") &&
	no_warnings "$TOP/scripts/module-build" "$TOP/build/cross-debug/$1" \
		-C "$headers/headers" -j"$JOBS" W=1 KTCP_DEBUG=1 $(cat "$headers/make")
}

# guest EMULATOR CONSOLE KERNEL: its log in $out/console.log, its port $port
guest()
{
	port=$(free_port 8080)
	setsid timeout 600 $1 -nodefaults -no-user-config -display none -no-reboot \
		-m 512 -kernel "$3/vmlinuz" -initrd "$out/initramfs" \
		-append "console=$2 loglevel=7 panic=-1 oops=panic net.ifnames=0 rdinit=/init" \
		-chardev "file,id=log,path=$out/console.log" -serial chardev:log \
		-netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:8080" \
		-device virtio-net-pci,netdev=net,romfile= >"$out/err" 2>&1 </dev/null &
	vm=$!
}

# said: what is on the guest's console by now
said() { grep -axE -- "$1"$'\r?' "$out/console.log"; }
get() { curl -sS -f -m 60 -o "$tmp/got" "$@"; }

# architecture NAME MACHINE EMULATOR CONSOLE
architecture()
{
	local name=$1 url kernel counter
	out=$LOGS/outside/$name
	rm -rf "$out"
	mkdir -p "$out"
	note "$name"
	if ! command -v ${3%% *} >/dev/null; then
		skip "$name" "no ${3%% *} here"
		return
	fi
	if ! "$TOP/scripts/cross-headers" "$name" >"$tmp/headers" 2>&1 && grep 'no .* package known' "$tmp/headers"; then
		skip "$name" "this release of Debian has no kernel for it"
		return
	fi
	rm -rf "$TOP/build/cross-debug/$name"
	check "$name: the module is built, without a warning" module "$name"
	check "$name: a kernel is there" "$TOP/scripts/cross-kernel" "$name"
	kernel=$(tail -n 1 "$tmp/output")
	check "$name: an initramfs is made" root "$name" "$kernel"
	guest "$3" "$4" "$kernel"
	url=http://127.0.0.1:$port
	check "$name: ktcp loads" wait_for 200 said "loaded: status 0, $2"
	said "loaded: status 0, $2" >/dev/null || { kill $vm; vm=; return; }
	check "$name: the page" get "$url/file"
	check "$name: every byte" cmp "$tmp/got" "$tmp/file"
	check "$name: a range" get -r 1001-70000 "$url/file"
	check "$name: its bytes" cmp "$tmp/got" <(tail -c +1002 "$tmp/file" | head -c 69000)
	check "$name: HEAD, and GET on the same connection" get -I "$url/file" --next -sS -f -o "$tmp/got" "$url/file"
	check "$name: every byte" cmp "$tmp/got" "$tmp/file"
	check_says "$name: 200 bodies in 8 connections" '^Complete requests: *200$' \
		ab -q -k -s 60 -n 200 -c 8 "$url/file"
	cp "$tmp/output" "$tmp/ab"
	check "$name: none failed" grep -x 'Failed requests: *0' "$tmp/ab"
	check_says "$name: nothing is where nothing is" '^404$' \
		curl -sS -m 60 -o /dev/null -w '%{http_code}\n' "$url/none"
	check "$name: all connections end, and it unloads" wait_for 100 said 'unloaded: status 0'
	for counter in 'HttpRequests 205' 'HttpStatus2xx 204' 'HttpStatus4xx 1' 'InCsumErrors 0' \
		'InErrs 0' 'OutErrors 0'; do
		check "$name: $counter" said "$counter"
	done
	check "$name: the guest ends" wait_for 60 eval '! kill -0 $vm'
	vm=
	check_not "$name: the kernel log is clean" bad_log "$out/console.log"
}

head -c 1000000 /dev/urandom >"$tmp/file"
# Room for two CPUs: for one, QEMU before 8.1 emits no memory barriers, and virtio's
# interrupts get lost. The kernel warns of two that are like this one.
architecture i386 i686 'qemu-system-i386 -cpu max -smp 1,maxcpus=2' ttyS0
architecture arm64 aarch64 'qemu-system-aarch64 -M virt -cpu cortex-a57 -smp 2' ttyAMA0
echo "1..$points"
[ $bad = 0 ]

# SPDX-License-Identifier: GPL-2.0
# ktcp: `make help` lists what there is. Kbuild says what the module is made of.

KDIR ?= /lib/modules/$(shell uname -r)/build

modules:
	@test -f $(KDIR)/Makefile || { \
		echo "No kernel headers in $(KDIR): apt-get install linux-headers-$$(uname -r)," \
		     "or KDIR=folder, or 'make vm' and 'make demo', which need none" >&2; exit 2; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

demo:
	@scripts/deps demo
	@KEEP='$(KEEP)' scripts/demo

demo-stop:
	@scripts/demo stop

vm:
	@scripts/deps vm
	@CMD='$(subst ','\'',$(CMD))' scripts/workbench

check:
	@scripts/deps check
	@scripts/check '$(subst ','\'',$(T))'

bench:
	@scripts/deps bench
	@scripts/bench $(if $(UPDATE),update,$(T))

clean:
	@! scripts/demo running || { echo "a demo is running: make demo-stop" >&2; exit 2; }
	find . -maxdepth 1 \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -delete
	find module \( -name '*.o' -o -name '.*.cmd' \) -delete
	rm -rf build

help:
	@echo 'make             build ktcp.ko for the running kernel (or KDIR=headers; W=1 C=1)'
	@echo 'make modules_install'
	@echo '                 install it for that kernel'
	@echo 'make demo        watch it work, in a virtual machine; KEEP=1 leaves that running; PORT=8080 is its port here'
	@echo 'make demo-stop   end one that was left running'
	@echo "make vm          a shell in a virtual machine with the module loaded; CMD='...' one command; PARAMETERS='port=8080'"
	@echo 'make check       all tests but debug, bench/sharing and the rt kernel, which are to be asked for;'
	@echo '                 T=group, T=group/test or T=test for some; KERNELS=all for more kernels;'
	@echo '                 MINUTES=70 to begin no more after that'
	@echo 'make bench       what ktcp costs, beside others; T=case, T=profile, T=sharing, T=timed; UPDATE=1 keeps it'
	@echo 'make clean       remove what was built here; kernels stay in ~/.cache/ktcp'

.PHONY: modules modules_install demo demo-stop vm check bench clean help

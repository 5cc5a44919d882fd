# authbox: `make help` lists the targets, `make V=1` shows the commands.
BUILD ?= build
PKG_CONFIG ?= pkg-config

VERSION := 0.1.0
LIBS := libcrypto libcjson libpcre2-8 libqrencode libsystemd yaml-0.1 sqlite3

# -Werror not with sanitizers: gcc warns wrongly there.
WARN := -Wall -Wextra -Wshadow -Wcast-qual -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wvla \
	-Wimplicit-fallthrough $(if $(CI),-Werror)
# What the compiler lacks on this machine (CET is x86's) is left out.
offers = $(shell $(CC) -Werror $(1) -E -xc /dev/null >/dev/null 2>&1 && echo $(1))
HARDEN = -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	$(call offers,-fstack-clash-protection) $(call offers,-fcf-protection)
CHECKED = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS ?= -O2 -g
# Asked once, and only by a rule that compiles: `make deps` has no compiler yet.
FOUND_CFLAGS = $(eval FOUND_CFLAGS := $(if $(SANITIZE),$(CHECKED),$(HARDEN)) \
	$(shell $(PKG_CONFIG) --cflags $(LIBS) libcurl))$(FOUND_CFLAGS)
FOUND_LIBS = $(eval FOUND_LIBS := \
	$(shell $(PKG_CONFIG) --libs $(LIBS)) -lm)$(FOUND_LIBS)
ALL_CFLAGS = -std=gnu11 $(WARN) -fPIC -pthread -MMD -MP -D_GNU_SOURCE \
	-DAUTHBOX_VERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=. \
	-Iinclude -Iauthboxd -I. -I$(BUILD)/include $(FOUND_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
	$(if $(SANITIZE),$(CHECKED),-Wl,-z,defs) $(LDFLAGS)

say = $(if $(V),,@echo '  $(1)	$@';)

sources = $(filter-out %/main.c,$(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

# Everything but the mains is in libraries, so that a test links what it tests.
# A program that brings its own clock_*() never takes clock.o from libcore.a.
CORE_SRC := $(filter-out authboxd/base/clock_settable.c,$(call sources,authboxd \
	$(addprefix authboxd/,base wire net jose matcho config store users notify \
	token factor policy login api fetch userdb)))
CTL_SRC := $(call sources,authboxctl libauthbox)
MODULE_SRC := $(call sources,pam_authbox) authboxd/wire/pam_frame.c \
	authboxd/wire/stream.c authboxd/base/clock.c

PROGRAMS := $(addprefix $(BUILD)/,authboxd authbox-fetch authbox-userdb authboxctl)
SHARED := $(BUILD)/libauthbox.so.0 $(BUILD)/pam_authbox.so
SETTABLE := $(BUILD)/authboxd-settable-clock

all: $(PROGRAMS) $(SHARED) ## build everything that is installed

# Interface texts as C strings.
INTERFACES := $(patsubst %,$(BUILD)/%.inc,$(wildcard include/authbox/*.varlink))
$(BUILD)/%.varlink.inc: %.varlink
	@mkdir -p $(@D)
	@sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $< >$@

$(BUILD)/obj/%.o: %.c | $(INTERFACES)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Appended, not replaced: two folders may have a file of the same name.
$(BUILD)/libcore.a: $(call objects,$(CORE_SRC))
$(BUILD)/libctl.a: $(call objects,$(CTL_SRC))
$(BUILD)/libmodule.a: $(call objects,$(MODULE_SRC))
$(BUILD)/lib%.a:
	$(call say,AR)rm -f $@; $(AR) qcs $@ $^

link = $(call say,LD)mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group
$(BUILD)/authboxd: $(call objects,authboxd/main.c)
# Never installed: its clock is set through a file (base/clock_settable.c).
$(SETTABLE): $(call objects,authboxd/main.c authboxd/base/clock_settable.c)
$(BUILD)/authbox-fetch: $(call objects,authboxd/fetch/main.c)
$(BUILD)/authbox-userdb: $(call objects,authboxd/userdb/main.c)
$(BUILD)/authboxctl: $(call objects,authboxctl/main.c) $(BUILD)/libctl.a
$(PROGRAMS) $(SETTABLE): $(BUILD)/libcore.a
	$(link) -pie $(FOUND_LIBS) -lcurl
$(BUILD)/libauthbox.so.0: $(call objects,$(call sources,libauthbox)) \
		$(BUILD)/libcore.a libauthbox/symbols.map
	$(link) -shared -Wl,-soname,$(@F) \
		-Wl,--version-script=libauthbox/symbols.map $(FOUND_LIBS)
# nodelete: libpam may unload us before it calls our cleanup of a login's data.
$(BUILD)/pam_authbox.so: $(call objects,$(MODULE_SRC)) pam_authbox/symbols.map
	$(link) -shared -Wl,--version-script=pam_authbox/symbols.map -Wl,-z,nodelete -lpam

# Tests: programs are tests/KIND/test_*.c, scripts are tests/KIND/*.sh.
KINDS := unit vectors attack pam fail system
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
TESTS = $(patsubst %.c,$(BUILD)/%,$(wildcard $(KINDS:%=tests/%/test_*.c))) \
	$(FUZZERS) $(wildcard $(KINDS:%=tests/%/*.sh))
TEST_LIBS := $(BUILD)/libmodule.a $(BUILD)/libctl.a $(BUILD)/libcore.a

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(TEST_LIBS) \
		$(if $(FUZZING),,$(BUILD)/obj/tests/fuzz/replay.o)
	$(link) $(if $(FUZZING),-fsanitize=fuzzer) $(FOUND_LIBS) -lcurl -lcmocka
$(BUILD)/tests/fail/test_module: $(BUILD)/tests/fail/faulty.so
$(BUILD)/tests/fail/faulty.so: $(call objects,$(MODULE_SRC) tests/fail/faulty.c)
	$(link) -shared @tests/fail/faulty.wrap -lpam
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_LIBS)
	$(link) $(FOUND_LIBS) -lcurl -lcmocka -lpam -lpam_misc $(PEERS)
$(BUILD)/tests/bench/jwt_bench: PEERS := -lcjose -ljansson -lrhonabwy
.SECONDARY:

root:
	@[ "$$(id -u)" = 0 ] || { echo 'run: sudo make $(MAKECMDGOALS)'; exit 1; }
deps: ## install the packages that building and testing need
	@dist/install-packages $(addprefix dist/packages-,build demo check) && tests/provider/install $(BUILD)/provider
run-tests: $(PROGRAMS) $(SHARED) $(SETTABLE) $(filter $(BUILD)/%,$(TESTS))
	@BUILD=$(BUILD) SANITIZE=$(SANITIZE) tests/run $(TESTS)
check-unit: ## the tests that need no root
	@$(MAKE) --no-print-directory run-tests \
		KINDS='unit vectors attack' FUZZERS= PROGRAMS= SHARED= SETTABLE=
check: root deps ## build with -Werror and run every test (root)
	$(MAKE) CI=1 all run-tests
check-san: root deps ## the same under AddressSanitizer and UBSan
	$(MAKE) CI=1 all
	$(MAKE) CI= BUILD=$(BUILD)/asan SANITIZE=address,undefined run-tests
check-thread: root deps ## the daemon's tests under ThreadSanitizer
	$(MAKE) CI=1 all
	$(MAKE) CI= BUILD=$(BUILD)/tsan SANITIZE=thread KINDS='unit system' \
		FUZZERS= run-tests
check-debootstrap: ## README's lines in a fresh minimal Debian (root, network)
	tests/debootstrap/run
demo: root ## show the main job on a private stack (root)
	@dist/install-packages dist/packages-build dist/packages-demo && $(MAKE) -s all $(SETTABLE)
	@BUILD=$(BUILD) tests/demo/run
bench: root deps ## measure beside Debian's packages (root; BENCH=login,store)
	@BUILD=$(BUILD) MAKE='$(MAKE) -s' tests/bench/run $(BENCH)

lint: all ## what style can be checked by a program
	@dist/install-packages dist/packages-lint
	@BUILD=$(BUILD) CFLAGS="$(ALL_CFLAGS)" tests/lint/run
fuzz: ## fuzz each parser for FUZZ_SECONDS
	@dist/install-packages $(addprefix dist/packages-,build check lint)
	$(MAKE) CC=clang BUILD=$(BUILD)/fuzz FUZZING=1 run-fuzz \
		SANITIZE=fuzzer-no-link,address,undefined
run-fuzz: $(FUZZERS)
	@BUILD=$(BUILD) tests/fuzz/run $^

# Where to: DESTDIR, PREFIX (/usr/local), SYSCONFDIR (/etc), PAMDIR (found).
install: all ## install below DESTDIR and PREFIX; changes no PAM stack
	@BUILD=$(BUILD) VERSION=$(VERSION) dist/install $@
uninstall: ## remove that; leaves /etc/authbox and the state
	@BUILD=$(BUILD) VERSION=$(VERSION) dist/install $@

clean: ## remove what was built
	rm -rf $(BUILD)
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-18s %s\n",$$1,$$2}' Makefile

.PHONY: all root deps run-tests check-unit check check-san check-thread \
	check-debootstrap demo bench lint fuzz run-fuzz install uninstall clean help
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

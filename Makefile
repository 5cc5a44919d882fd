# authbox: `make help` lists the targets. Objects go to $(BUILD).
BUILD ?= build
PREFIX ?= /usr/local
CC ?= gcc
PKG_CONFIG ?= pkg-config

VERSION := 0.1.0
LIBS := libcrypto libcjson libqrencode libsystemd yaml-0.1 sqlite3

WARN := -Wall -Wextra -Wshadow -Wcast-qual -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wvla \
	-Wimplicit-fallthrough $(if $(CI),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIC \
	-fstack-clash-protection -fcf-protection
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARN) $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
	-fno-omit-frame-pointer,$(HARDEN)) -pthread -MMD -MP \
	-D_GNU_SOURCE -DAUTHBOX_VERSION='"$(VERSION)"' \
	-Iinclude -Iauthboxd -I. \
	$(shell $(PKG_CONFIG) --cflags $(LIBS) libcurl) $(CFLAGS)
ALL_LDFLAGS := -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
DAEMON_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBS))

sources = $(wildcard $(addsuffix /*.c,$(1)))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

# authboxd without its main and without the clock, which a test replaces.
CORE_SRC := $(filter-out authboxd/base/clock%.c,$(call sources,$(addprefix \
	authboxd/,base wire net config store users notify factor login api)))
MODULE_SRC := $(call sources,pam_authbox) authboxd/wire/pam_frame.c \
	authboxd/wire/stream.c

all: $(BUILD)/libcore.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/libcore.a: $(call objects,$(CORE_SRC))
	rm -f $@; $(AR) rcs $@ $^

$(BUILD)/authboxd: $(call objects,authboxd/main.c authboxd/base/clock.c) \
		$(BUILD)/libcore.a
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

# Never installed: its clock is set through a file (base/clock_settable.c).
$(BUILD)/authboxd-settable-clock: $(BUILD)/libcore.a \
		$(call objects,authboxd/main.c authboxd/base/clock_settable.c)
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $< $(DAEMON_LIBS)

$(BUILD)/pam_authbox.so: $(call objects,$(MODULE_SRC)) pam_authbox/symbols.map
	$(CC) -shared $(ALL_LDFLAGS) -Wl,--version-script=pam_authbox/symbols.map \
		-o $@ $(filter %.o,$^) -lpam

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/authboxd/base/clock.o \
		$(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lcmocka

check-unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

.PHONY: all check-unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

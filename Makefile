# paidan: build, test and run. `make help` lists the targets.

BUILD   ?= release
B       := build/$(BUILD)
GEN     := build/gen
SERVICES := gateway intake assign notify audit

ifeq ($(origin CC),default)
CC := gcc
endif

# ---- what Debian gives us
PKGS := libuv libpq libprotobuf-c jansson libsodium libmicrohttpd libcurl
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lwslay -lnats -lgeos_c -lm -lpthread

# ---- flags: warnings are errors; hardening as OpenSSF advises, for what GCC 12 knows
WARN := -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes \
        -Wstrict-prototypes -Wformat=2 -Wimplicit-fallthrough -Wpointer-arith -Wwrite-strings -Wundef -Werror
HARD := -D_GNU_SOURCE -fstack-clash-protection -fstack-protector-strong -fPIE -fcf-protection=full \
        -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -ftrivial-auto-var-init=zero \
        -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion -Werror=format-security
LINK := -pie -Wl,-z,nodlopen,-z,noexecstack,-z,relro,-z,now,--as-needed
ifeq ($(findstring clang,$(CC)),)
WARN += -Wtrampolines -Wbidi-chars=any
endif
OPT_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
OPT_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
OPT_cov     := -O0 -g --coverage
INC  := -Iservices -I$(GEN) -I$(B)/gen
CFLAGS_ALL := $(WARN) $(HARD) $(OPT_$(BUILD)) $(INC) $(PKG_CFLAGS) -MMD -MP -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LDFLAGS_ALL := $(LINK) $(OPT_$(BUILD)) $(LDFLAGS)

# ---- generated: protobuf-c codecs and SQL texts
PROTOS   := $(shell find proto -name '*.proto')
PB_C     := $(PROTOS:proto/%.proto=$(GEN)/%.pb-c.c) $(GEN)/google/protobuf/timestamp.pb-c.c
PB_H     := $(PB_C:.c=.h)
PB_O     := $(PB_C:$(GEN)/%.c=$(B)/gen/%.o)
SQL_H    := $(foreach s,common $(SERVICES),$(if $(wildcard services/$(s)/sql/*.sql),$(GEN)/sql/$(s)_sql.h))

# ---- sources: common is one library, each service its own folder, tools beside them
COMMON_C := $(shell find services/common -name '*.c' -not -path '*/tool/*' 2>/dev/null)
COMMON_O := $(COMMON_C:%.c=$(B)/%.o)
svc_c     = $(shell find services/$(1)/core services/$(1)/shell -name '*.c' 2>/dev/null)
svc_o     = $(patsubst %.c,$(B)/%.o,$(call svc_c,$(1)))
BINS     := $(foreach s,$(SERVICES),$(if $(wildcard services/$(s)/main.c),$(B)/bin/$(s)))
TOOL_C   := $(wildcard services/*/tool/*.c)
TOOLS    := $(foreach t,$(TOOL_C),$(B)/bin/$(basename $(notdir $(t))))
LIB      := $(B)/libpaidan.a

# V=1 shows the commands
Q        := $(if $(V),,@)
say       = $(if $(V),,@echo '  $(1)  $(2)')

.PHONY: all clean help
all: $(BINS) $(TOOLS) ## build everything (BUILD=release|debug|asan|tsan|cov)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(GEN)/google/protobuf/timestamp.pb-c.c: | $(GEN)/.dir
	$(call say,PROTO,$@)
	$(Q)protoc-c -I /usr/include --c_out=$(GEN) google/protobuf/timestamp.proto
$(GEN)/%.pb-c.c: proto/%.proto $(PROTOS) | $(GEN)/.dir
	$(call say,PROTO,$<)
	$(Q)protoc-c -I proto -I /usr/include --c_out=$(GEN) $<
$(PB_H): %.h: %.c ;
.SECONDEXPANSION:
.SECONDARY: $(PB_C) $(PB_H) $(SQL_H)
$(GEN)/sql/%_sql.h: $$(wildcard services/$$*/sql/*.sql) scripts/sql2c.awk
	@mkdir -p $(@D)
	$(Q)LC_ALL=C awk -f scripts/sql2c.awk $(sort $(wildcard services/$*/sql/*.sql)) > $@.tmp && mv $@.tmp $@
$(GEN)/.dir:
	@mkdir -p $(GEN) && touch $@

$(B)/gen/%.pb-c.o: $(GEN)/%.pb-c.c | $(PB_H)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu17 -Wformat $(HARD) $(OPT_$(BUILD)) $(INC) -MMD -MP -c $< -o $@
$(B)/%.o: %.c | $(PB_H) $(SQL_H)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -c $< -o $@
$(LIB): $(COMMON_O) $(PB_O)
	$(call say,AR,$@)
	@rm -f $@ && $(AR) rcs $@ $^

define SERVICE_RULE
$(B)/bin/$(1): $(B)/services/$(1)/main.o $(call svc_o,$(1)) $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $(PKG_LIBS)
endef
$(foreach s,$(SERVICES),$(eval $(call SERVICE_RULE,$(s))))

# A folder named like a tool has more of its files.
define TOOL_RULE
$(B)/bin/$(basename $(notdir $(1))): $(B)/$(1:.c=.o) $(patsubst %.c,$(B)/%.o,$(wildcard $(1:.c=)/*.c)) $(call svc_o,$(word 2,$(subst /, ,$(1)))) $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $(PKG_LIBS)
endef
$(foreach t,$(TOOL_C),$(eval $(call TOOL_RULE,$(t))))

# ---- unit tests: tests/unit/<room>/test_<name>.c, one program each, linked with the library and the cores it names
include $(wildcard tests/module.mk)

clean: ## remove what was built (keeps var/)
	rm -rf build

include scripts/stack.mk
-include tests/bench/bench.mk

-include $(shell find $(B) -name '*.d' 2>/dev/null)

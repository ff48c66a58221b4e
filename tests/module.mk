# Unit tests: tests/unit/<room>/test_<name>.c, one program each, linked with the library; those in a room named like a
# service also get that service's core objects. Other .c files under tests/unit are helpers (programs of their own).

UNIT_C    := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_BINS := $(UNIT_C:%.c=$(B)/%)
HELPER_C    := $(filter-out $(UNIT_C),$(wildcard tests/unit/*/*.c))
HELPER_BINS := $(HELPER_C:%.c=$(B)/%)

core_o = $(patsubst %.c,$(B)/%.o,$(shell find services/$(1)/core -name '*.c' 2>/dev/null))

define UNIT_RULE
$(B)/$(1:.c=): $(B)/$(1:.c=.o) $(call core_o,$(word 3,$(subst /, ,$(1)))) $(LIB)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$(filter %.o,$$^) $$(LIB) $$(PKG_LIBS) -lcmocka
endef
$(foreach t,$(UNIT_C) $(HELPER_C),$(eval $(call UNIT_RULE,$(t))))

.PHONY: unit unit-bins
unit-bins: $(UNIT_BINS) $(HELPER_BINS)

unit: unit-bins ## build and run the unit tests (TESTS="name ..." runs those whose path holds a name)
	@scripts/run-unit.sh $(if $(TESTS),$(foreach n,$(TESTS),$(filter %$(n),$(UNIT_BINS))),$(UNIT_BINS))

include $(wildcard tests/unit/*/*.mk)

# The process shell asked from outside: no PostgreSQL, no NATS.
.PHONY: io-test
io-test: unit-bins ## test the HTTP server and the daemon skeleton from outside
	BUILD=$(BUILD) tests/integration/test_http_server.py
	BUILD=$(BUILD) tests/integration/test_daemon.py

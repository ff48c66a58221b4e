# The messages that only the tests of common/wire know, and the programs that need them.

WIRE_TEST_PB := $(patsubst %,$(GEN)/tests/unit/wire/%.pb-c,every every2)
WIRE_TEST_O  := $(patsubst $(GEN)/%,$(B)/gen/%.o,$(WIRE_TEST_PB))
WIRE_TESTS   := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/wire/test_*.c))

$(WIRE_TEST_PB:=.c): $(GEN)/%.pb-c.c: %.proto | $(GEN)/.dir
	protoc-c -I . -I /usr/include --c_out=$(GEN) $<
$(WIRE_TEST_PB:=.h): %.h: %.c ;
$(WIRE_TEST_O): | $(WIRE_TEST_PB:=.h)
$(WIRE_TESTS): $(WIRE_TEST_O)
$(WIRE_TESTS:=.o): | $(WIRE_TEST_PB:=.h)

# The codec's price on one core, see tests/bench/bench_wire.c.
$(B)/tests/bench/bench_wire: $(B)/tests/bench/bench_wire.o $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)
.PHONY: bench-wire
bench-wire: $(B)/tests/bench/bench_wire ## time JSON <-> protobuf
	$<

# libFuzzer, clang only: make fuzz-one FUZZ=json FUZZ_S=120. What it finds is replayed by the unit tests from tests/fuzz/corpus.
FUZZ   ?= json
FUZZ_S ?= 60
FUZZ_C  = $(wildcard services/common/wire/*.c services/common/base/*.c) $(PB_C) $(WIRE_TEST_PB:=.c)
build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(wildcard services/common/wire/*.[ch]) $(PB_H) $(WIRE_TEST_PB:=.h)
	@mkdir -p $(@D)
	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  -Iservices -I$(GEN) -o $@ $< $(FUZZ_C) -lprotobuf-c -ljansson -lsodium -lm
.PHONY: fuzz-one
fuzz-one: build/fuzz/fuzz_$(FUZZ) ## one fuzz target (FUZZ=json|proto, FUZZ_S=seconds)
	@mkdir -p build/fuzz/corpus/$(FUZZ)
	build/fuzz/fuzz_$(FUZZ) -max_total_time=$(FUZZ_S) -max_len=4096 -timeout=5 -artifact_prefix=build/fuzz/ \
	  -print_final_stats=1 build/fuzz/corpus/$(FUZZ) tests/fuzz/corpus/$(FUZZ)

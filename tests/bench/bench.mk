# Load tools: paidan-replay (a city's history through the API) and paidan-bench (rates beside their floors).

BENCH_COMMON_C := $(sort $(wildcard tests/bench/client/*.c tests/bench/crowd*.c))
BENCH_COMMON_O := $(BENCH_COMMON_C:%.c=$(B)/%.o)
REPLAY_O := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/bench/replay*.c)))
BENCH_O  := $(patsubst %.c,$(B)/%.o,$(wildcard $(addprefix tests/bench/bench,.c _floor.c _life.c _bus.c _idle.c)))
FLOOR_SQL := $(sort $(wildcard tests/bench/floor*.sql))

$(GEN)/sql/floor_sql.h: $(FLOOR_SQL) scripts/sql2c.awk
	@mkdir -p $(@D)
	LC_ALL=C awk -f scripts/sql2c.awk $(FLOOR_SQL) > $@.tmp && mv $@.tmp $@
$(BENCH_O): | $(GEN)/sql/floor_sql.h

$(B)/bin/paidan-replay: $(REPLAY_O) $(BENCH_COMMON_O) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lz
$(B)/bin/paidan-bench: $(BENCH_O) $(BENCH_COMMON_O) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

.PHONY: bench-bins
bench-bins: $(B)/bin/paidan-replay $(if $(BENCH_O),$(B)/bin/paidan-bench) ## build the load tools
all: bench-bins
generated: $(GEN)/sql/floor_sql.h

# The map in memory alone: no database, no bus.
DIVISIONS ?= $(firstword $(wildcard ../shared/data/zhongshan_divisions.geojson) tests/fixtures/zhongshan_small.geojson)
$(B)/bin/bench-locate: $(B)/tests/bench/bench_locate.o $(MAP_O) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)
.PHONY: bench-locate
bench-locate: $(B)/bin/bench-locate ## locates a second, load time and memory of the map (DIVISIONS=file.geojson)
	@$< chess 110
	@$< chess 317
	@$< geojson $(DIVISIONS) town
	@$< geojson $(DIVISIONS) community
# Addresses against a million known places, see tests/bench/bench_address.c.
BENCH_ADDRESS_C := $(wildcard services/assign/core/address_*.c services/assign/shell/gazetteer.c $(addprefix services/assign/shell/gazetteer_,index.c match.c walk.c))
$(B)/tests/bench/bench_address: $(B)/tests/bench/bench_address.o $(BENCH_ADDRESS_C:%.c=$(B)/%.o) $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)
.PHONY: bench-address
bench-address: $(B)/tests/bench/bench_address ## time addresses against a million known places
	$<

# The map and the people in memory need no database: their tests link the files of the shell that make them.
$(B)/tests/unit/assign/test_map: $(B)/services/assign/shell/map.o $(B)/services/assign/shell/ring.o
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o
# The known places likewise.
GAZETTEER_O := $(addprefix $(B)/services/assign/shell/,gazetteer.o gazetteer_index.o gazetteer_match.o gazetteer_walk.o)
$(B)/tests/unit/assign/test_gazetteer: $(GAZETTEER_O)
$(B)/tests/unit/assign/test_address_quality: $(GAZETTEER_O) $(addprefix $(B)/services/assign/shell/,place_match.o gazetteer_live.o gazetteer_load.o)
$(B)/tests/unit/assign/test_fuzz_address: $(GAZETTEER_O)

# make fuzz-one FUZZ=address: the address's own sources instead of those of the wire.
build/fuzz/fuzz_address: tests/fuzz/fuzz_address.c $(wildcard services/assign/core/address_*.[ch] services/assign/shell/gazetteer*.[ch])
	@mkdir -p $(@D)
	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iservices -o $@ $< \
	  $(wildcard services/assign/core/address_*.c) $(addprefix services/assign/shell/,gazetteer.c gazetteer_index.c gazetteer_match.c gazetteer_walk.c) \
	  services/common/base/arena.c -lm

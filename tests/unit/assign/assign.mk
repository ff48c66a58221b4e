# The map and the people in memory need no database: their tests link the files of the shell that make them.
MAP_O := $(addprefix $(B)/services/assign/shell/,map.o map_make.o map_raster.o map_draw.o ring.o)
$(addprefix $(B)/tests/unit/assign/,test_map test_fuzz_outline map_probe): $(MAP_O)
# What is sealed needs none either.
$(B)/tests/unit/assign/test_recipient_secret: $(B)/services/assign/shell/recipient_secret.o
$(B)/tests/unit/assign/test_fuzz_recipient: $(B)/services/assign/shell/recipient_words.o
# What the fuzz target of recipients is made of, besides the wire.
build/fuzz/fuzz_recipient: FUZZ_C += $(wildcard services/common/domain/*.c services/assign/core/*.c) services/assign/shell/recipient_words.c

build/fuzz/fuzz_outline: tests/fuzz/fuzz_outline.c $(MAP_O:$(B)/%.o=%.c) services/common/base/arena.c
	@mkdir -p $(@D)
	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iservices -o $@ $^ -lgeos_c -lm -lpthread
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o $(B)/services/assign/shell/people_ask.o $(B)/services/assign/shell/people_duty.o $(B)/services/assign/shell/name_table.o
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
# So do outlines that come from outside.
OUTLINE_O := $(addprefix $(B)/services/assign/shell/,change_fault.o geojson.o shape.o)
$(B)/tests/unit/assign/test_geojson: $(OUTLINE_O)
$(B)/tests/unit/assign/test_fuzz_geojson: $(OUTLINE_O)
$(B)/tests/unit/assign/test_survey: $(OUTLINE_O) $(addprefix $(B)/services/assign/shell/,survey.o survey_overlap.o survey_gap.o)
build/fuzz/fuzz_geojson: tests/fuzz/fuzz_geojson.c $(OUTLINE_O:$(B)/%.o=%.c)
	@mkdir -p $(@D)
	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  $(INC) $(PKG_CFLAGS) $< $(OUTLINE_O:$(B)/%.o=%.c) services/assign/core/code_rule.c services/common/base/arena.c \
	  -ljansson -lgeos_c -lm -o $@

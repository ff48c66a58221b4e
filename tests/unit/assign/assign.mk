# The map and the people in memory need no database: their tests link the files of the shell that make them.
$(B)/tests/unit/assign/test_map: $(B)/services/assign/shell/map.o $(B)/services/assign/shell/ring.o
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o
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

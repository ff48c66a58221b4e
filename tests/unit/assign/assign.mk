# The map and the people in memory need no database: their tests link the files of the shell that make them.
MAP_O := $(addprefix $(B)/services/assign/shell/,map.o map_make.o map_raster.o map_draw.o ring.o)
$(addprefix $(B)/tests/unit/assign/,test_map test_fuzz_outline map_probe): $(MAP_O)
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o

build/fuzz/fuzz_outline: tests/fuzz/fuzz_outline.c $(MAP_O:$(B)/%.o=%.c) services/common/base/arena.c
	@mkdir -p $(@D)
	clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Iservices -o $@ $^ -lgeos_c -lm -lpthread

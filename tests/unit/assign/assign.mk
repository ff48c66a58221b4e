# The map and the people in memory need no database: their tests link the files of the shell that make them.
MAP_O := $(addprefix $(B)/services/assign/shell/,map.o map_make.o map_raster.o ring.o)
$(B)/tests/unit/assign/test_map $(B)/tests/unit/assign/map_probe: $(MAP_O)
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o

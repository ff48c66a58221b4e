# The map and the people in memory need no database: their tests link the files of the shell that make them.
$(B)/tests/unit/assign/test_map: $(B)/services/assign/shell/map.o $(B)/services/assign/shell/ring.o
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o
# The known places likewise.
GAZETTEER_O := $(addprefix $(B)/services/assign/shell/,gazetteer.o gazetteer_index.o gazetteer_match.o)
$(B)/tests/unit/assign/test_gazetteer: $(GAZETTEER_O)
$(B)/tests/unit/assign/test_address_quality: $(GAZETTEER_O) $(addprefix $(B)/services/assign/shell/,place_match.o gazetteer_live.o gazetteer_load.o)

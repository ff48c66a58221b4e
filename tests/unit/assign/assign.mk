# The map and the people in memory need no database: their tests link the files of the shell that make them.
$(B)/tests/unit/assign/test_map: $(B)/services/assign/shell/map.o $(B)/services/assign/shell/ring.o
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o $(B)/services/assign/shell/people_ask.o $(B)/services/assign/shell/people_duty.o $(B)/services/assign/shell/name_table.o

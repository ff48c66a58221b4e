# The city in memory needs no database: its test links the two files of the shell that make it.
$(B)/tests/unit/assign/test_city: $(B)/services/assign/shell/city.o $(B)/services/assign/shell/ring.o

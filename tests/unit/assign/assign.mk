# The map and the people in memory need no database: their tests link the files of the shell that make them.
$(B)/tests/unit/assign/test_map: $(B)/services/assign/shell/map.o $(B)/services/assign/shell/ring.o
$(B)/tests/unit/assign/test_people: $(B)/services/assign/shell/people.o
# What is sealed needs none either.
$(B)/tests/unit/assign/test_recipient_secret: $(B)/services/assign/shell/recipient_secret.o
$(B)/tests/unit/assign/test_fuzz_recipient: $(B)/services/assign/shell/recipient_words.o
# What the fuzz target of recipients is made of, besides the wire.
build/fuzz/fuzz_recipient: FUZZ_C += $(wildcard services/common/domain/*.c services/assign/core/*.c) services/assign/shell/recipient_words.c

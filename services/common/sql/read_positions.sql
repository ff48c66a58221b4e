-- out: the numbers given so far.
SELECT last_seq FROM producer_position;

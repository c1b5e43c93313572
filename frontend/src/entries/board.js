// Reception's board.

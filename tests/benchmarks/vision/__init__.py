"""The reader beside every open engine: the same pictures, the same cores, one table. See __main__."""

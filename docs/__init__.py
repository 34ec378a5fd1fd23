"""The pages, and in `docs.science` the programs that write some of them."""

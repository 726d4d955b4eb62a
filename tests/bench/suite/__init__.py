"""The modules of the script tests/bench/run."""

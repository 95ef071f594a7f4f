"""Benchmarks print figures; none of them passes or fails. Run one with `python -m tests.benchmarks.NAME`."""

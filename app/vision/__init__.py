"""Frame to codes, pure: arrays in, readings out; no Qt, no device."""
import os

# NumPy's own threads (it reads this once) cost small products more than they bring: a frame has its cores by `pool`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""Pictures in, readings out. Pure: no window, no device, no file."""
import os

# NumPy's own threads (it reads this once) cost small products more than they bring: a frame has its cores by `pool`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

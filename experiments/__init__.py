"""What the chapters claim, tried out on real digits: one module for each experiment.

``python -m experiments.NAME`` makes ``experiments/results/NAME.json`` anew, from fixed seeds.
"""

import os

# Before NumPy starts: on products as small as these, two threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""Runs CLIP_benchmark's own command "build" on clip_benchmark.json and writes the table that it makes to clip_benchmark.csv.

    python build_clip_benchmark.py

Last run with Python 3.11 and clip_benchmark 1.6.2. What build does not use (PyTorch, models, data sets) need not be installed: its modules are
replaced by empty ones.
"""
import os
import sys
import types


class Empty(types.ModuleType):
    MODEL_TYPES = ["open_clip"]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Empty(name)


for name in ("torch", "clip_benchmark.datasets.builder", "clip_benchmark.metrics", "clip_benchmark.models", "clip_benchmark.model_collection"):
    sys.modules[name] = Empty(name)
from clip_benchmark import cli

here = os.path.dirname(os.path.abspath(__file__))
sys.argv = ["clip_benchmark", "build", os.path.join(here, "clip_benchmark.json"), "--output", os.path.join(here, "clip_benchmark.csv")]
cli.main()

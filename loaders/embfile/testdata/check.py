"""Reads what package embfile wrote, ours_*.npz and ours_*.parquet, with numpy and pyarrow and compares with expected.json.

The files are frozen: TestOurs holds the package to their bytes. Versions that read them: numpy 2.4.6, pyarrow 26.0.1. Run: python check.py
"""
import json, pathlib
import numpy as np, pyarrow as pa, pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
want = json.load(open(here / "expected.json"))

def same(name, a, dtype):
    w = want[name]
    assert a.dtype == dtype and a.shape == (w["n"], w["d"]), (a.dtype, a.shape)
    assert np.array_equal(a.astype(np.float64).ravel(), np.array(w["values"]))

with np.load(here / "ours_f4.npz") as z:
    assert z.files == ["embeddings"]
    same("f4.npy", z["embeddings"], np.float32)
    assert json.loads(z.zip.comment) == {"model": "m", "note": "é"}
with np.load(here / "ours_f2.npz") as z:
    same("f2.npy", z["embeddings"], np.float16)
for name, fixture in (("ours_f4.parquet", "f4.npy"), ("ours_empty.parquet", "empty.npy")):
    t = pq.read_table(here / name)
    assert t.column_names == ["embedding"] and t.schema.field("embedding").type.value_type == pa.float32(), t.schema
    assert t.schema.metadata[b"note"] == "é".encode()
    a = np.array(t["embedding"].to_pylist(), np.float32).reshape(-1, 3)
    same(fixture, a, np.float32)
print("all read as they should")

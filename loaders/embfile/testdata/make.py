"""Writes the files that the tests of package embfile read, and expected.json with their values as float32.

Versions that made the frozen files: numpy 2.4.6, safetensors 0.8.0, pyarrow 26.0.1, Python 3. Run: python make.py (beside this file).
"""
import json, pathlib
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(5)
x = rng.standard_normal((5, 3))
x[0] = [1e-7, -65504, 6.1e-5]  # subnormal, greatest and least normal of float16
expected = {}

def keep(name, a, meta=None):
    expected[name] = {"n": a.shape[0], "d": a.shape[1], "values": [float(v) for v in a.astype(np.float32).ravel()], "meta": meta or {}}

for name, a in {
    "f2.npy": x.astype("<f2"), "f4.npy": x.astype("<f4"), "f8.npy": x.astype("<f8"), "f4_big.npy": x.astype(">f4"), "f8_big.npy": x.astype(">f8"), "f2_big.npy": x.astype(">f2"),
    "f4_fortran.npy": np.asfortranarray(x.astype("<f4")), "f8_fortran_big.npy": np.asfortranarray(x.astype(">f8")), "empty.npy": np.zeros((0, 3), "<f4"), "one.npy": x[:1, :1].astype("<f4"),
    "long.npy": np.tile(x.astype("<f4"), (3, 1)),
}.items():
    np.save(here / name, a)
    keep(name, a)
for version in ((2, 0), (3, 0)):
    with open(here / f"v{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, x.astype("<f4"), version=version)
    keep(f"v{version[0]}.npy", x.astype("<f4"))

np.savez(here / "stored.npz", embeddings=x.astype("<f4"), ids=np.arange(5))
keep("stored.npz", x.astype("<f4"))
np.savez_compressed(here / "deflated.npz", anything=np.asfortranarray(x))
keep("deflated.npz", x)

pair = rng.standard_normal((2, 4, 3)).astype("<f4")
np.save(here / "pair.npy", pair)
np.save(here / "pair_fortran.npy", np.asfortranarray(pair.astype("<f8")))
expected["pair"] = {"n": 4, "d": 3, "values": [float(v) for v in pair.ravel()], "meta": {}}

np.savez(here / "pair.npz", images=pair[0], texts=pair[1].astype("<f8"), extra=np.arange(3))
np.savez_compressed(here / "pair_one.npz", both=pair)
np.savez(here / "bad_names.npz", a=pair[0], b=pair[1])
np.savez(here / "bad_object.npz", a=np.array([[{}]], dtype=object))

np.save(here / "bad_object.npy", np.array([[{}]], dtype=object), allow_pickle=True)
np.save(here / "bad_int.npy", np.arange(6).reshape(2, 3))
np.save(here / "bad_struct.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<f4")]))
np.save(here / "bad_complex.npy", np.zeros((2, 2), "<c8"))
np.save(here / "bad_1d.npy", np.ones(3, "<f4"))
np.save(here / "bad_scalar.npy", np.float32(1))

f4 = x.astype(np.float32)
save_file({"embeddings": f4, "ids": np.arange(5)}, here / "named.safetensors", metadata={"model": "m", "note": "é\"<"})
keep("named.safetensors", f4, {"model": "m", "note": "é\"<"})
save_file({"anything": f4}, here / "only.safetensors")
keep("only.safetensors", f4)
save_file({"anything": x.astype(np.float16)}, here / "f16.safetensors")
keep("f16.safetensors", x.astype(np.float16))
save_file({"anything": x}, here / "f64.safetensors")
keep("f64.safetensors", x)
save_file({"embeddings": f4}, here / "written.safetensors", metadata={"model": "m"})
keep("written.safetensors", f4, {"model": "m"})
save_file({"embeddings": x.astype(np.float16)}, here / "written16.safetensors", metadata={"model": "m"})
keep("written16.safetensors", x.astype(np.float16), {"model": "m"})
save_file({"a": f4, "b": f4}, here / "bad_two.safetensors")
save_file({"a": np.ones(3, np.float32)}, here / "bad_1d.safetensors")
save_file({"a": np.ones((3, 2), np.int64)}, here / "bad_int.safetensors")

rows = lambda a: [list(map(float, r)) for r in a]
def parquet(name, columns, a=None, **options):
    pq.write_table(pa.table(columns).replace_schema_metadata({"who": "me"}), here / name, **options)
    if a is not None:
        keep(name, a, {"who": "me"})
l4, l8 = pa.list_(pa.float32()), pa.list_(pa.float64())
parquet("only.parquet", {"id": pa.array(list("abcde")), "feature": pa.array(rows(f4), l4)}, f4)
parquet("named.parquet", {"other": pa.array(rows(f4 * 2), l4), "embedding": pa.array(rows(f4), l4), "tags": pa.array([["x"]] * 5)}, f4)
parquet("f8.parquet", {"vector": pa.array(rows(x), l8)}, x)
parquet("f2.parquet", {"vector": pa.array([list(r) for r in x.astype(np.float16)], pa.list_(pa.float16()))}, x.astype(np.float16))
parquet("fixed.parquet", {"emb": pa.array(rows(f4), pa.list_(pa.float32(), 3))}, f4)
parquet("large.parquet", {"emb": pa.array(rows(f4), pa.large_list(pa.float32()))}, f4)
parquet("groups.parquet", {"emb": pa.array(rows(np.tile(f4, (40, 1))), l4)}, np.tile(f4, (40, 1)), row_group_size=7, compression="zstd", data_page_size=64)
parquet("plain.parquet", {"emb": pa.array(rows(f4), l4)}, f4, use_dictionary=False, compression="gzip", data_page_version="2.0")
parquet("old_list.parquet", {"emb": pa.array(rows(f4), l4)}, f4, use_compliant_nested_type=False)
parquet("struct.parquet", {"item": pa.array([{"emb": r, "k": 1} for r in rows(f4)], pa.struct([("emb", l4), ("k", pa.int32())]))}, f4)
parquet("bad_two.parquet", {"left": pa.array(rows(f4), l4), "right": pa.array(rows(f4), l4)})
parquet("bad_none.parquet", {"id": pa.array(list("ab")), "score": pa.array([1.0, 2.0])})
parquet("bad_ragged.parquet", {"emb": pa.array([[1.0, 2.0], [3.0]], l4)})
parquet("bad_null_row.parquet", {"emb": pa.array([[1.0], None], l4)})
parquet("bad_null_value.parquet", {"emb": pa.array([[1.0], [None]], l4)})
parquet("bad_empty_row.parquet", {"emb": pa.array([[1.0], []], l4)})

json.dump(expected, open(here / "expected.json", "w"), indent=0, sort_keys=True)

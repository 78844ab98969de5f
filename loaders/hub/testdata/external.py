"""Writes external/{vision,text}_model.onnx: two towers of one matrix each, whose weights lie in a file beside the graph.

An image's embedding is the mean of its channels times a matrix, a text's the sum of rows of a table. Run with onnx 1.23.2.
"""
import os
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

out = pathlib.Path(__file__).parent / "external"
rng = np.random.default_rng(0)


def save(name, nodes, inputs, outputs, weights, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(v, k) for k, v in {**weights, **constants}.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    path = out / f"{name}.onnx"
    data = out / f"{name}.onnx_data"
    data.unlink(missing_ok=True)
    onnx.save_model(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=data.name, size_threshold=64)
    print(path.name, os.path.getsize(path), data.name, os.path.getsize(data))


value = helper.make_tensor_value_info
save("vision_model",
     [helper.make_node("ReduceMean", ["pixel_values"], ["mean"], axes=[2, 3], keepdims=0), helper.make_node("MatMul", ["mean", "w"], ["image_embeds"])],
     [value("pixel_values", TensorProto.FLOAT, ["batch", 3, "height", "width"])], [value("image_embeds", TensorProto.FLOAT, ["batch", 8])],
     {"w": rng.standard_normal((3, 8), dtype=np.float32)}, {})
save("text_model",
     [helper.make_node("Mod", ["input_ids", "n"], ["row"]), helper.make_node("Gather", ["table", "row"], ["rows"]),
      helper.make_node("ReduceSum", ["rows", "axis"], ["text_embeds"], keepdims=0)],
     [value("input_ids", TensorProto.INT64, ["batch", "sequence"])], [value("text_embeds", TensorProto.FLOAT, ["batch", 8])],
     {"table": rng.standard_normal((16, 8), dtype=np.float32)}, {"n": np.array(16, dtype=np.int64), "axis": np.array([1], dtype=np.int64)})

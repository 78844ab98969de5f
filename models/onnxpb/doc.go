// Package onnxpb holds ONNX's protobuf messages as Go types: ModelProto, GraphProto, NodeProto, TensorProto and what they are made of.
//
// The file onnx.proto is that of the Python package onnx 1.23.2 (https://github.com/onnx/onnx, Apache-2.0), unchanged. The Go file is
// generated from it by protoc 35.1, as the Python package grpcio-tools 1.85.1 brings it, and protoc-gen-go v1.36.12. The command below
// wants both on the path; "python -m grpc_tools.protoc" serves as protoc.
package onnxpb

//go:generate protoc -I. --go_out=. --go_opt=paths=source_relative --go_opt=Monnx.proto=mindgap/models/onnxpb onnx.proto

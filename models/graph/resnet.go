package graph

import (
	"fmt"

	"mindgap/models/onnxgraph"
)

// A resnet is CLIP's ModifiedResNet: a stem of three convolutions, strides by average pooling, and attention instead of a last pooling,
// whose query is the mean of all positions.
type resnet struct {
	stages             [4]int64 // bottlenecks a stage
	width, heads, size int64
	embed              int64
	prefix             string // "visual."
	output             string
}

// expansion is how many times wider a bottleneck's output is than its inside.
const expansion = 4

func (r resnet) build(b *builder) (*Graph, error) {
	in := Port{Name: "pixel_values", Type: onnxgraph.Float, Shape: []int64{-1, 3, r.size, r.size}}
	out := Port{Name: r.output, Type: onnxgraph.Float, Shape: []int64{-1, r.embed}}
	x := b.input(in, "batch")

	for i, c := range []struct{ out, in, stride int64 }{{r.width / 2, 3, 2}, {r.width / 2, r.width / 2, 1}, {r.width, r.width / 2, 1}} {
		x = b.activate(r.conv(b, x, fmt.Sprintf("conv%d", i+1), fmt.Sprintf("bn%d", i+1), c.out, c.in, 3, c.stride), relu)
	}
	x = b.averagePool(x, 2)
	width := r.width
	for stage, blocks := range r.stages {
		planes := r.width << stage
		for i := int64(0); i < blocks && b.err == nil; i++ {
			stride := int64(1)
			if i == 0 && stage > 0 {
				stride = 2
			}
			x = r.bottleneck(b, x, fmt.Sprintf("layer%d.%d.", stage+1, i), width, planes, stride)
			width = planes * expansion
		}
	}
	x = r.pool(b, x, width)
	b.output(x, out, "batch")
	return b.finish(in, out)
}

// conv is a convolution without bias and its batch normalisation with running statistics, which ONNX Runtime multiplies into the weights.
func (r resnet) conv(b *builder, x value, conv, norm string, out, in, kernel, stride int64) value {
	pad := kernel / 2
	x = b.node("Conv", of(x, b.weight(r.prefix+conv+".weight", out, in, kernel, kernel)),
		attrInts("kernel_shape", kernel, kernel), attrInts("strides", stride, stride), attrInts("pads", pad, pad, pad, pad))
	p := r.prefix + norm
	return b.node("BatchNormalization", of(x, b.weight(p+".weight", out), b.weight(p+".bias", out),
		b.weight(p+".running_mean", out), b.weight(p+".running_var", out)), attrFloat("epsilon", 1e-5))
}

func (b *builder) averagePool(x value, n int64) value {
	return b.node("AveragePool", of(x), attrInts("kernel_shape", n, n), attrInts("strides", n, n))
}

func (r resnet) bottleneck(b *builder, x value, p string, in, planes, stride int64) value {
	y := b.activate(r.conv(b, x, p+"conv1", p+"bn1", planes, in, 1, 1), relu)
	y = b.activate(r.conv(b, y, p+"conv2", p+"bn2", planes, planes, 3, 1), relu)
	if stride > 1 {
		y = b.averagePool(y, stride)
	}
	y = r.conv(b, y, p+"conv3", p+"bn3", planes*expansion, planes, 1, 1)
	if stride > 1 || in != planes*expansion {
		if stride > 1 {
			x = b.averagePool(x, stride)
		}
		x = r.conv(b, x, p+"downsample.0", p+"downsample.1", planes*expansion, in, 1, 1)
	}
	return b.activate(b.node("Add", of(y, x)), relu)
}

// pool attends once, from the mean of all positions to it and them.
func (r resnet) pool(b *builder, x value, width int64) value {
	side := r.size / 32
	s := sequence{n: side * side}
	p := r.prefix + "attnpool."
	x = b.transpose(b.reshape(x, 0, width, s.n), 0, 2, 1)
	mean := b.node("ReduceMean", of(x, b.ints(1)), attrInt("keepdims", 1))
	x = b.node("Concat", of(mean, x), attrInt("axis", 1))
	s.n++
	x = b.reshape(b.node("Add", of(x, b.weight(p+"positional_embedding", s.n, width))), -1, width)
	q := b.linear(pickAt(b, s, width, 0).rows(x), pair(p+"q_proj"), width, width)
	k, v := b.linear(x, pair(p+"k_proj"), width, width), b.linear(x, pair(p+"v_proj"), width, width)
	return b.linear(b.attend(q, k, v, sequence{n: 1}, s, r.heads, width, ""), pair(p+"c_proj"), r.embed, width)
}

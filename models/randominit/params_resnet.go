package randominit

import "fmt"

// expansion is the ratio of a bottleneck's output channels to its inner ones.
const expansion = 4

// resnet adds a modified ResNet and its text tower under open_clip's names, by OpenAI's scheme.
func (a *Arch) resnet(l *list) {
	v := a.Vision
	half := v.Width / 2
	l.conv("visual.conv1", half, 3, 3)
	l.batchNorm("visual.bn1", half, 1)
	l.conv("visual.conv2", half, half, 3)
	l.batchNorm("visual.bn2", half, 1)
	l.conv("visual.conv3", v.Width, half, 3)
	l.batchNorm("visual.bn3", v.Width, 1)
	in := v.Width
	for stage, blocks := range v.Stages {
		planes := v.Width << stage
		for i := range blocks {
			p := fmt.Sprintf("visual.layer%d.%d.", stage+1, i)
			l.conv(p+"conv1", planes, in, 1)
			l.batchNorm(p+"bn1", planes, 1)
			l.conv(p+"conv2", planes, planes, 3)
			l.batchNorm(p+"bn2", planes, 1)
			l.conv(p+"conv3", planes*expansion, planes, 1)
			l.batchNorm(p+"bn3", planes*expansion, 0) // every block starts as the identity
			if i == 0 {
				l.conv(p+"downsample.0", planes*expansion, in, 1)
				l.batchNorm(p+"downsample.1", planes*expansion, 1)
			}
			in = planes * expansion
		}
	}
	width, grid := 32*v.Width, v.Image/32
	l.add("visual.attnpool.positional_embedding", Normal(0, isqrt(width)), grid*grid+1, width)
	for _, p := range []struct {
		name string
		out  int
	}{{"k", width}, {"q", width}, {"v", width}, {"c", a.Embed}} {
		l.add("visual.attnpool."+p.name+"_proj.weight", Normal(0, isqrt(width)), p.out, width)
		l.add("visual.attnpool."+p.name+"_proj.bias", Uniform(isqrt(width)), p.out)
	}
	a.openCLIPText(l)
}

// conv adds a convolution without bias, by PyTorch's default.
func (l *list) conv(name string, out, in, side int) {
	l.add(name+".weight", Uniform(isqrt(in*side*side)), out, in, side, side)
}

// batchNorm adds a batch normalisation that has seen nothing.
func (l *list) batchNorm(name string, width int, gain float64) {
	l.add(name+".weight", Const(gain), width)
	l.add(name+".bias", Const(0), width)
	l.add(name+".running_mean", Const(0), width)
	l.add(name+".running_var", Const(1), width)
	l.params = append(l.params, Param{Name: name + ".num_batches_tracked", Count: true})
}

// openCLIPText adds the text tower under open_clip's names, by OpenAI's scheme.
func (a *Arch) openCLIPText(l *list) {
	t, laws := a.Text, a.laws(OpenAI)
	l.add("token_embedding.weight", laws.token, t.Vocab, t.Width)
	l.add("positional_embedding", laws.textPosition, t.Context, t.Width)
	for i := range t.Layers {
		p, b := fmt.Sprintf("transformer.resblocks.%d.", i), laws.text
		l.norm(p+"ln_1", t.Width)
		l.add(p+"attn.in_proj_weight", b.qkv, 3*t.Width, t.Width)
		l.add(p+"attn.in_proj_bias", b.qkvBias, 3*t.Width)
		l.add(p+"attn.out_proj.weight", b.out, t.Width, t.Width)
		l.add(p+"attn.out_proj.bias", b.outBias, t.Width)
		l.norm(p+"ln_2", t.Width)
		l.add(p+"mlp.c_fc.weight", b.fc1, t.Hidden, t.Width)
		l.add(p+"mlp.c_fc.bias", b.fc1Bias, t.Hidden)
		l.add(p+"mlp.c_proj.weight", b.fc2, t.Width, t.Hidden)
		l.add(p+"mlp.c_proj.bias", b.fc2Bias, t.Width)
	}
	l.norm("ln_final", t.Width)
	l.add("text_projection", laws.textProjection, t.Width, a.Embed)
	l.add("logit_scale", Const(laws.logitScale))
}

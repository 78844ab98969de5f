package builtin

import (
	"encoding/binary"
	"fmt"
	"math"

	"mindgap/models/builtin/torchrand"
)

// The twins' weights are drawn as scripts/emoji/model.py draws them after torch.manual_seed(seed). PyTorch's constructors draw default
// weights first, which the tower's own initialisation then overwrites; these are words to skip. The image tower comes before the text tower.

// conv is a convolution of the image tower, without bias.
type conv struct {
	initializer   string // its name in the graph that torch.onnx.export wrote
	out, in, side int
}

// convs in the order of VisionTower.modules().
var convs = []conv{
	{"onnx::Conv_88", 48, 3, 4}, // stem
	{"onnx::Conv_91", 48, 48, 3}, {"onnx::Conv_94", 48, 48, 3},
	{"onnx::Conv_97", 96, 48, 3}, {"onnx::Conv_100", 96, 96, 3}, {"onnx::Conv_103", 96, 48, 1},
	{"onnx::Conv_106", 192, 96, 3}, {"onnx::Conv_109", 192, 192, 3}, {"onnx::Conv_112", 192, 96, 1},
}

func (c conv) size() int { return c.out * c.in * c.side * c.side }

const (
	embedDim    = 64
	visionWidth = 192 // of the last stage
	vocabulary  = 49408
	textWidth   = 64
	textLayers  = 2
	context     = 77
)

// linear is a fully connected layer.
type linear struct {
	name    string
	out, in int
	std     float64 // of the initialisation
}

func (l linear) size() int { return l.out * l.in }

// The projections have no bias.
var (
	visionProjection = linear{"proj", embedDim, visionWidth, math.Pow(visionWidth, -0.5)}
	textProjection   = linear{"proj", embedDim, textWidth, math.Pow(textWidth, -0.5)}
)

// linears of a text block in the order in which TextBlock constructs them and TextTower initialises them, with OpenAI CLIP's deviations.
var linears = func() []linear {
	const w = textWidth
	attention := math.Pow(w, -0.5)
	residual := attention * math.Pow(2*textLayers, -0.5)
	return []linear{
		{"q", w, w, attention}, {"k", w, w, attention}, {"v", w, w, attention}, {"out", w, w, residual},
		{"fc1", 4 * w, w, math.Pow(2*w, -0.5)}, {"fc2", w, 4 * w, residual},
	}
}()

// visionWeights is the number of weights of the image tower. VisionTower takes so many words from the generator twice, for the default
// weights and for its own.
func visionWeights() int {
	n := visionProjection.size()
	for _, c := range convs {
		n += c.size()
	}
	return n
}

// textDefaultWords is the number of words that the constructors of TextTower take before its own initialisation.
func textDefaultWords() int {
	block := 0
	for _, l := range linears {
		block += l.size() + l.out // weight and bias
	}
	return vocabulary*textWidth + textLayers*block + textProjection.size()
}

// drawVision returns the image tower of the twin with this seed.
func drawVision(seed uint64) ([]byte, error) {
	model, tensors, err := skeleton("twin/vision_model.onnx.gz")
	if err != nil {
		return nil, err
	}
	// BatchNorm has variance 1 and mean 0 before training; the exporter multiplies what is left of it into the convolution.
	norm := 1 / float32(math.Sqrt(float64(float32(1)+1e-5)))

	g := torchrand.New(seed)
	g.Skip(visionWeights())
	for _, c := range convs {
		w := make([]float32, c.size())
		g.Normal(w, 0, math.Sqrt2/math.Sqrt(float64(c.out*c.side*c.side))) // kaiming_normal_, fan_out, ReLU
		for i := range w {
			w[i] *= norm
		}
		if err := tensors.put(c.initializer, w); err != nil {
			return nil, err
		}
	}
	if err := tensors.putLinear("onnx::MatMul_114", visionProjection, g); err != nil {
		return nil, err
	}
	return model, nil
}

// drawText returns the text tower of the twin with this seed.
func drawText(seed uint64) ([]byte, error) {
	model, tensors, err := skeleton("twin/text_model.onnx.gz")
	if err != nil {
		return nil, err
	}
	g := torchrand.New(seed)
	g.Skip(2*visionWeights() + textDefaultWords())

	tokens := make([]float32, vocabulary*textWidth)
	g.Normal(tokens, 0, 0.02)
	if err := tensors.putTokens(tokens); err != nil {
		return nil, err
	}
	positions := make([]float32, context*textWidth)
	g.Normal(positions, 0, 0.01)
	if err := tensors.put("pos", positions); err != nil {
		return nil, err
	}
	for i := range textLayers {
		for _, l := range linears {
			if err := tensors.putLinear(fmt.Sprintf("blocks.%d.%s.weight", i, l.name), l, g); err != nil {
				return nil, err
			}
		}
	}
	if err := tensors.putLinear("proj.weight", textProjection, g); err != nil {
		return nil, err
	}
	return model, nil
}

// A tensorSet is a model's initializers by name, as bytes within the model.
type tensorSet map[string][]byte

// skeleton returns a twin's graph, in which the drawn tensors are zero, and its initializers.
func skeleton(name string) ([]byte, tensorSet, error) {
	model, err := gunzipped(name)()
	if err != nil {
		return nil, nil, err
	}
	tensors, err := initializers(model)
	if err != nil {
		return nil, nil, damaged(name, err)
	}
	return model, tensors, nil
}

// bytes returns the place of the tensor called name, which must have the given size.
func (t tensorSet) bytes(name string, size int) ([]byte, error) {
	if b := t[name]; len(b) == size {
		return b, nil
	}
	return nil, damaged(name, fmt.Errorf("the graph holds %d bytes of this tensor, wanted %d", len(t[name]), size))
}

// putLinear draws a layer's weights and writes them as ONNX's MatMul takes them, [in, out], where PyTorch keeps [out, in].
func (t tensorSet) putLinear(name string, l linear, g *torchrand.Generator) error {
	w := make([]float32, l.size())
	g.Normal(w, 0, l.std)
	return t.put(name, transposed(w, l.out, l.in))
}

// put writes a float32 tensor.
func (t tensorSet) put(name string, values []float32) error {
	b, err := t.bytes(name, 4*len(values))
	if err != nil {
		return err
	}
	for i, v := range values {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(v))
	}
	return nil
}

// putTokens writes the token table as model.py's Int8Embedding keeps it: for each row one scale, max|row|/127, and round(row/scale).
func (t tensorSet) putTokens(w []float32) error {
	codes, err := t.bytes("token.codes", len(w))
	if err != nil {
		return err
	}
	scales, err := t.bytes("token.scale", 4*vocabulary)
	if err != nil {
		return err
	}
	for row := range vocabulary {
		values := w[row*textWidth:][:textWidth]
		var largest float32
		for _, v := range values {
			largest = max(largest, float32(math.Abs(float64(v))))
		}
		scale := max(largest, 1e-12) / 127
		binary.LittleEndian.PutUint32(scales[4*row:], math.Float32bits(scale))
		out := codes[row*textWidth:][:textWidth]
		for i, v := range values {
			code := math.RoundToEven(float64(v / scale))
			out[i] = byte(int8(min(max(code, -127), 127)))
		}
	}
	return nil
}

// transposed returns the columns of a row-major matrix as rows.
func transposed(w []float32, rows, columns int) []float32 {
	t := make([]float32, len(w))
	for i := range rows {
		for j := range columns {
			t[j*rows+i] = w[i*columns+j]
		}
	}
	return t
}

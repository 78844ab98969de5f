package models

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"io/fs"
	"math"
	"path"

	"mindgap/models/half"
)

// logitScale finds the factor and offset of the similarities: stated in the configuration, else kept in safetensors beside the graphs,
// else assumed. Only a trained value counts: logit_scale_init_value is where training started.
func logitScale(fsys fs.FS, where, dir string, conf exportConfig) (Scale, float64, error) {
	bias := 0.0
	if conf.LogitBias != nil {
		bias = *conf.LogitBias
	}
	if conf.LogitScale != nil {
		return Scale{Value: math.Exp(*conf.LogitScale), From: "config.json logit_scale (natural log)"}, bias, nil
	}
	for _, name := range []string{"model.safetensors", path.Join(dir, "model.safetensors"), path.Join(path.Dir(dir), "model.safetensors")} {
		if !fs.ValidPath(name) || !atHand(fsys, name) {
			continue
		}
		scale, b, ok := scaleInSafetensors(fsys, name)
		if !ok {
			break // weights of another model, or damaged: they are not what is run
		}
		return scaleOf(scale, name), b, nil
	}
	return Scale{Value: assumedScale, From: "assumed: no file of the model states it"}, bias, nil
}

// scaleOf is a scale whose natural logarithm a file of weights holds.
func scaleOf(log float64, file string) Scale {
	return Scale{Value: math.Exp(log), From: file + " logit_scale (natural log)"}
}

// maxHeader bounds a safetensors header, as the format's own library does.
const maxHeader = 100_000_000

// scaleInSafetensors reads the tensors logit_scale and logit_bias, each one number. ok is false where there is no such file or scale.
func scaleInSafetensors(fsys fs.FS, name string) (scale, bias float64, ok bool) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	st, err := f.Stat()
	at, seekable := f.(io.ReaderAt)
	var size [8]byte
	if err != nil || !seekable {
		return 0, 0, false
	}
	if _, err := at.ReadAt(size[:], 0); err != nil {
		return 0, 0, false
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > maxHeader || int64(n) > st.Size()-8 {
		return 0, 0, false
	}
	header := make([]byte, n)
	if _, err := at.ReadAt(header, 8); err != nil {
		return 0, 0, false
	}
	var tensors map[string]struct {
		DType   string   `json:"dtype"`
		Offsets [2]int64 `json:"data_offsets"`
	}
	if json.Unmarshal(header, &tensors) != nil {
		return 0, 0, false
	}
	number := func(name string) (float64, bool) {
		t, ok := tensors[name]
		width, known := map[string]int64{"F64": 8, "F32": 4, "F16": 2, "BF16": 2}[t.DType]
		if !ok || !known || t.Offsets[1]-t.Offsets[0] != width || t.Offsets[0] < 0 || t.Offsets[0] > st.Size() {
			return 0, false
		}
		var b [8]byte
		if _, err := at.ReadAt(b[:width], 8+int64(n)+t.Offsets[0]); err != nil {
			return 0, false
		}
		var v float64
		switch t.DType {
		case "F64":
			v = math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
		case "F32":
			v = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[:])))
		case "BF16":
			v = float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[:])) << 16))
		case "F16":
			v = float64(half.From(binary.LittleEndian.Uint16(b[:])))
		}
		return v, !math.IsNaN(v) && math.Abs(v) < 100
	}
	scale, ok = number("logit_scale")
	bias, _ = number("logit_bias")
	return scale, bias, ok
}

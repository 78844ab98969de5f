package builtin

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	visionFile = "onnx/vision_model.onnx"
	textFile   = "onnx/text_model.onnx"
)

// A source makes the content of a file. The slice belongs to the caller.
type source func() ([]byte, error)

// commonFiles are the files that do not differ between the models.
func commonFiles() map[string]source {
	return map[string]source{
		"preprocessor_config.json": stored("preprocessor_config.json"),
		"tokenizer_config.json":    stored("tokenizer_config.json"),
		"special_tokens_map.json":  stored("special_tokens_map.json"),
		"merges.txt":               gunzipped("merges.txt.gz"),
	}
}

func trainedFiles(family string) map[string]source {
	files := commonFiles()
	files["config.json"] = stored(family + "/config.json")
	files[visionFile] = stored(family + "/vision_model.onnx")
	files[textFile] = stored("emoji/text_model.onnx")
	if family != "emoji" {
		files[textFile] = patched("emoji/text_model.onnx", family+"/text_model.delta")
	}
	return files
}

// twinFiles takes the towers of the first family's twin. Twins of one seed share their weights; the families' files differ in the name.
func twinFiles(family, name string, vision, text source) map[string]source {
	files := commonFiles()
	files["config.json"] = replaced(stored("twin/config.json"), "tinyclip-emoji-random1", "tinyclip-"+name)
	files[visionFile] = vision
	files[textFile] = text
	if family != "emoji" {
		// The producer's name has the same length in both, so that nothing else moves.
		files[textFile] = replaced(text, "tinyclip-emoji", "tinyclip-cifar")
	}
	return files
}

// stored is a file embedded as it is.
func stored(name string) source {
	return func() ([]byte, error) {
		b, err := data.ReadFile("data/" + name)
		if err != nil {
			return nil, damaged(name, err)
		}
		return b, nil
	}
}

// gunzipped is a file embedded in gzip's form.
func gunzipped(name string) source {
	return func() ([]byte, error) {
		f, err := data.Open("data/" + name)
		if err != nil {
			return nil, damaged(name, err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, damaged(name, err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			return nil, damaged(name, err)
		}
		return b, nil
	}
}

// replaced is src with the first occurrence of old replaced.
func replaced(src source, old, new string) source {
	return func() ([]byte, error) {
		b, err := src()
		if err != nil {
			return nil, err
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1), nil
	}
}

// patched is the embedded file base with the differences in the embedded file delta applied.
func patched(base, delta string) source {
	return func() ([]byte, error) {
		b, err := stored(base)()
		if err != nil {
			return nil, err
		}
		d, err := data.ReadFile("data/" + delta)
		if err != nil {
			return nil, damaged(delta, err)
		}
		if err := applyDelta(b, d); err != nil {
			return nil, damaged(delta, err)
		}
		return b, nil
	}
}

// applyDelta overwrites parts of b. The delta is a sequence of runs: the number of bytes to keep and the number to replace, each as an
// unsigned varint, then the new bytes.
func applyDelta(b, delta []byte) error {
	errShort := errors.New("delta is cut off or reaches past the end of its base")
	for len(delta) > 0 {
		keep, n := binary.Uvarint(delta)
		if n <= 0 || keep > uint64(len(b)) {
			return errShort
		}
		b, delta = b[keep:], delta[n:]
		replace, n := binary.Uvarint(delta)
		if n <= 0 || replace > uint64(len(b)) || replace > uint64(len(delta)-n) {
			return errShort
		}
		delta = delta[n:]
		copy(b, delta[:replace])
		b, delta = b[replace:], delta[replace:]
	}
	return nil
}

// onceVerified keeps what src makes, after comparing it with its fingerprint.
func onceVerified(want fingerprint, src source) source {
	return once(verified(want, src))
}

// once keeps what src makes.
func once(src source) source {
	made := sync.OnceValues(src)
	return func() ([]byte, error) {
		b, err := made()
		return bytes.Clone(b), err
	}
}

// verified compares what src makes with its fingerprint.
func verified(want fingerprint, src source) source {
	return func() ([]byte, error) {
		b, err := src()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != want.SHA256 {
			return nil, damaged("", fmt.Errorf("made %d bytes with SHA-256 %s, wanted %d bytes with %s", len(b), got, want.Size, want.SHA256))
		}
		return b, nil
	}
}

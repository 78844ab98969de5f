package randominit

import (
	"fmt"
	"io/fs"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The configuration that is written beside the weights is read as the architecture that it came from; and numbers that transformers wants as
// floats have a point.
func TestConfigurationRoundTrip(t *testing.T) {
	for _, name := range Names() {
		a, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(a, OpenAI, 1)
		if err != nil {
			t.Fatal(err)
		}
		file := "config.json"
		if a.ResNet() {
			file = "open_clip_config.json"
		}
		b, err := fs.ReadFile(m, file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseArch(name, b)
		if err != nil {
			t.Fatal(err)
		}
		again.Name = name
		if diff := cmp.Diff(a, again, cmpopts.IgnoreUnexported(Arch{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, m := range regexp.MustCompile(`"(initializer_\w+|layer_norm_eps|attention_dropout|logit_scale_init_value)": (.*?),?\n`).FindAllStringSubmatch(string(b), -1) {
			if !regexp.MustCompile(`[.e]`).MatchString(m[2]) {
				t.Errorf("%s: %s is %s, an integer to transformers", name, m[1], m[2])
			}
		}
	}
}

// A model is a file system; nothing is drawn before it is read.
func ExampleOpen() {
	m, err := Open("ViT-B/32?seed=7")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	info, err := fs.Stat(m, "model.safetensors")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: random:%s, %d bytes\n", m.Name, m.Ref, info.Size())
	// Output: ViT-B-32-random7: random:ViT-B/32?init=openai&seed=7, 605156612 bytes
}

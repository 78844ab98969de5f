package preprocess_test

import (
	"fmt"
	"os"

	"mindgap/loaders/preprocess"
	"mindgap/models"
)

// A photograph of 640×427 as CLIP's image tower is fed it.
func ExampleProcessor_Tensor() {
	p, err := preprocess.New(models.Preprocess{
		Size: 224, Resize: "shortest", ResizeTo: 224, Interpolation: "bicubic", Crop: true,
		Mean:     [3]float32{0.48145466, 0.4578275, 0.40821073},
		Std:      [3]float32{0.26862954, 0.26130258, 0.27577711},
		Pipeline: "hf",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	const name = "testdata/images/o0_china.jpg"
	data, err := os.ReadFile(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	pic, err := preprocess.Decode(name, data)
	if err != nil {
		fmt.Println(err)
		return
	}
	tensor := make([]float32, 3*224*224)
	if err := p.Tensor(tensor, pic); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %d×%d: %.4f %.4f %.4f\n", pic.Mode, pic.Width, pic.Height, tensor[0], tensor[224*224], tensor[2*224*224])

	_, err = preprocess.Decode("shard-00007.tar!000123.jpg", []byte("version https://git-lfs.example/spec/v1\noid sha256:4d7a"))
	fmt.Println(err)
	// Output:
	// RGB, 640×427: 0.9084 1.4295 1.9610
	// decode picture shard-00007.tar!000123.jpg: found a Git LFS pointer, not the file it points to (text "version https://git-lfs.…"), wanted a JPEG, PNG, GIF, BMP, TIFF, WebP, PGM or PPM picture; run git lfs pull in the folder it came from
}

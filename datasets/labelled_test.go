package datasets_test

import (
	"path/filepath"

	"mindgap/datasets"
)

// The fixtures of the labelled sets, which testdata/fixtures_labelled.py writes.
func init() {
	at := func(elem ...string) string {
		return filepath.Join(append([]string{"testdata", "labelled"}, elem...)...)
	}
	add := func(format, ref, root, want string, o datasets.Options) {
		o.Root = root
		conformances = append(conformances, conformance{format: format, ref: ref, options: o, want: want})
	}
	add("cifar10-python", "cifar10", at("python2"), "cifar10 python2 test", datasets.Options{})
	add("cifar10-python", at("python2", "cifar-10-batches-py"), "", "cifar10 python2 train", datasets.Options{Split: "train"})
	for _, p := range []string{"2", "4", "5"} {
		add("cifar10-python", at("python3-"+p), "", "cifar10 python3 protocol "+p, datasets.Options{})
	}
	for _, target := range []string{"fine", "coarse"} {
		for _, split := range []string{"test", "train"} {
			add("cifar100-python", "cifar100", at("python2"), "cifar100 python2 "+split+" "+target, datasets.Options{Split: split, Target: target})
		}
		add("cifar100-parquet", "cifar100", at("parquet"), "cifar100 parquet "+target, datasets.Options{Target: target})
	}
	add("cifar10-parquet", "cifar10", at("parquet"), "cifar10 parquet test", datasets.Options{})
	add("cifar10-parquet", at("parquet", "cifar10"), "", "cifar10 parquet train", datasets.Options{Split: "train"})
	add("hf-parquet", at("parquet", "captioned"), "", "parquet captions", datasets.Options{})
	add("hf-parquet", at("parquet", "plain.parquet"), "", "parquet plain",
		datasets.Options{Columns: map[string]string{"image": "pic", "label": "kind", "caption": "words"}})
	add("hf-parquet", at("parquet", "converted"), "", "parquet numbers", datasets.Options{})
	for _, split := range []string{"test", "train"} {
		add("svhn-mat", "svhn", at(), "svhn "+split, datasets.Options{Split: split})
	}
	add("eurosat", "eurosat", at(), "eurosat/2750", datasets.Options{})
	add("eurosat", at("EuroSAT_RGB"), "", "EuroSAT_RGB", datasets.Options{})
	for _, name := range []string{"imagenetv2", "imagenet_sketch", "imagenet-a", "imagenet-o", "imagenet-r"} {
		add(name, name, at("imagenet"), name, datasets.Options{})
	}
	add("imagenet1k", "imagenet1k", at("imagenet"), "imagenet1k folders", datasets.Options{})
	add("imagenet1k-flat", at("imagenet", "flat", "val"), "", "imagenet1k flat", datasets.Options{})
	add("imagenet1k-flat", "imagenet1k", at("imagenet", "flat2"), "imagenet1k flat", datasets.Options{})
	for _, target := range []string{"race", "gender", "age", "race_gender_harm"} {
		add("fairface", "fairface", at(), "fairface "+target, datasets.Options{Target: target})
	}
	add("hateful-memes", "hateful_memes", at(), "hateful_memes dev_seen", datasets.Options{})
	add("hateful-memes", "hateful_memes", at(), "hateful_memes test_unseen", datasets.Options{Split: "test_unseen"})
	add("stl10-binary", "stl10", at(), "stl10", datasets.Options{})
	for _, split := range []string{"test", "train"} {
		add("mnist-idx", "mnist", at(), "mnist "+split, datasets.Options{Split: split})
		add("food101", "food101", at(), "food101 "+split, datasets.Options{Split: split})
	}
	add("dtd", "dtd", at(), "dtd test", datasets.Options{})
	add("pets", at("oxford-iiit-pet"), "", "pets test", datasets.Options{})
}

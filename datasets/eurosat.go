package datasets

import (
	"context"
)

func init() {
	Register(Format{
		Name:   "eurosat",
		Help:   "EuroSAT, 64×64 satellite photographs in 10 classes of land use",
		Names:  []string{"eurosat"},
		Layout: "eurosat/{2750,EuroSAT_RGB}/{AnnualCrop,…,SeaLake}/*.jpg",
		Origin: "github.com/phelber/EuroSAT (the RGB version)",
		Find: func(_, root string) (string, bool) {
			return firstDir(root, isEuroSAT, "eurosat/2750", "eurosat/EuroSAT_RGB", "eurosat", "EuroSAT/2750", "EuroSAT", "2750", "EuroSAT_RGB", "")
		},
		Recognise: func(path string) (string, bool) {
			dir, ok := firstDir(path, isEuroSAT, "", "2750", "EuroSAT_RGB")
			return "eurosat", ok && dir == path
		},
		Open: func(ctx context.Context, name, path string, o Options) (Dataset, error) {
			if _, err := choose(name, "split", o.Split, nil); err != nil {
				return nil, err
			}
			if _, err := choose(name, "target", o.Target, nil); err != nil {
				return nil, err
			}
			classes, templates, _ := LookupPrompts("eurosat")
			return openClassFolders(ctx, Info{Name: name, Classes: classes, Templates: templates}, path, labelsOf(euroSATFolders))
		},
	})
}

// euroSATFolders are the set's folders in the order of CLIP_benchmark's class names.
var euroSATFolders = []string{"AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture", "PermanentCrop", "Residential", "River", "SeaLake"}

// isEuroSAT asks for two folders that no other set is likely to have.
func isEuroSAT(dir string) bool {
	return hasFolder(dir, "HerbaceousVegetation") && hasFolder(dir, "SeaLake")
}

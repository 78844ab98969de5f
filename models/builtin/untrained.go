package builtin

import (
	"fmt"
	"io/fs"
)

// Untrained returns the files of the first family's architecture as PyTorch draws it after torch.manual_seed(seed). Seeds 1 to 3 are the
// twins that [Open] knows, to the byte; others are drawn by the same code, without a fingerprint to compare them with. Drawing takes a tenth
// of a second, and happens when a graph is first read.
func Untrained(seed uint64) (fs.FS, error) {
	if seed >= 1 && seed <= twins {
		return Open(twinName(families[0], int(seed)))
	}
	all, err := catalogue()
	if err != nil {
		return nil, err
	}
	prints := make(map[string]fingerprint)
	for name, f := range all[twinName(families[0], 1)].files {
		prints[name] = fingerprint{Size: f.info.size, SHA256: f.sha256}
	}
	name := fmt.Sprintf("%s-random%d", families[0], seed)
	files := twinFiles(families[0], name, once(func() ([]byte, error) { return drawVision(seed) }),
		once(func() ([]byte, error) { return drawText(seed) }))
	// What differs from the first twin has no known hash, and the configuration, which names the model, no known length.
	config, err := files["config.json"]()
	if err != nil {
		return nil, err
	}
	prints["config.json"] = fingerprint{Size: int64(len(config))}
	for _, drawn := range []string{visionFile, textFile} {
		prints[drawn] = fingerprint{Size: prints[drawn].Size}
	}
	return newModelFS(prints, files), nil
}

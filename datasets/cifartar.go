package datasets

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mindgap/models/fault"
)

func init() {
	for name, set := range cifarSets {
		file := map[string]string{"cifar10": "cifar-10-binary.tar.gz", "cifar100": "cifar-100-binary.tar.gz"}[name]
		Register(Format{
			Name:   name + "-binary-archive",
			Help:   set.help + ", as the archive is fetched",
			Names:  []string{name},
			Layout: file,
			Origin: "cs.toronto.edu/~kriz/cifar.html (the binary version)",
			Find: func(name, root string) (string, bool) {
				for _, dir := range []string{"", name} {
					if path := filepath.Join(root, dir, file); isFile(path) {
						return path, true
					}
				}
				return "", false
			},
			Recognise: func(path string) (string, bool) { return name, filepath.Base(path) == file && isFile(path) },
			Open:      openCIFARArchive,
		})
	}
}

// openCIFARArchive opens the binary version in its archive. Ids, order and fingerprint are those of the unpacked folder. The batches do not
// lie in their order, so each is read in a pass of its own over the archive: time is spent where memory would be.
func openCIFARArchive(ctx context.Context, name, archive string, o Options) (Dataset, error) {
	set := cifarSets[name]
	split, err := choose(name, "split", o.Split, cifarSplits)
	if err != nil {
		return nil, err
	}
	target, err := choose(name, "target", o.Target, set.targets)
	if err != nil {
		return nil, err
	}
	op := "open " + name
	c := &cifar{record: len(set.labels) + cifarPixels, open: openArchived}
	c.label = slices.IndexFunc(set.labels, func(l cifarLabel) bool { return l.target == target })
	wanted := set.files[split]
	sums, sizes := make([]string, len(wanted)), make([]int64, len(wanted))
	var names []byte
	err = walkTarGz(ctx, op, archive, func(m member, body io.Reader) (bool, error) {
		base := path.Base(m.name)
		if base == set.labels[c.label].names {
			names, err = readSmall(op, archive, m, body)
			return true, err
		}
		i := slices.Index(wanted, base)
		if i < 0 {
			return true, nil
		}
		if sums[i] != "" {
			return false, &fault.Error{Op: op, Thing: archive + "!" + m.name, Found: "the batch again", Wanted: "each batch once"}
		}
		h := sha256.New()
		n, err := io.Copy(h, body)
		sums[i], sizes[i] = hex.EncodeToString(h.Sum(nil)), n
		return true, err
	})
	if err != nil {
		return nil, err
	}
	classes, templates, err := parseCIFARNames(archive+"!"+set.labels[c.label].names, names, set.labels[c.label])
	if err != nil {
		return nil, err
	}
	c.classes = len(classes)
	c.info = Info{Name: name, Split: split, Target: target, Targets: slices.Clone(set.targets), Classes: classes, Templates: templates, Source: archive}
	for i, f := range wanted {
		if sizes[i] == 0 || sizes[i]%int64(c.record) != 0 {
			return nil, &fault.Error{Op: op, Thing: archive + "!" + f, Found: fmt.Sprintf("%d bytes", sizes[i]),
				Wanted: fmt.Sprintf("a multiple of %d bytes, a record each", c.record), Next: "fetch the file again; it may be cut short"}
		}
		c.files = append(c.files, archive+"!"+f)
		c.info.Len += int(sizes[i] / int64(c.record))
	}
	c.info.Fingerprint = fingerprint(append([]string{name, split}, sums...)...)
	return c, nil
}

// openArchived opens a batch inside an archive, named ARCHIVE!BATCH, as a stream that was read up to there.
func openArchived(ctx context.Context, file string) (io.ReadCloser, error) {
	const op = "read CIFAR"
	at := strings.LastIndexByte(file, '!')
	archive, batch := file[:at], file[at+1:]
	g, err := openGunzip(ctx, op, archive)
	if err != nil {
		return nil, err
	}
	t := tar.NewReader(g)
	for {
		h, err := t.Next()
		if err == io.EOF {
			err = &fault.Error{Op: op, Thing: archive, Found: "no " + batch, Wanted: "it, as at opening", Next: "leave the files alone while they are read"}
		}
		if err != nil {
			return nil, errors.Join(tarFault(ctx, op, archive, err), g.Close())
		}
		if path.Base(h.Name) == batch && h.Typeflag == tar.TypeReg {
			return struct {
				io.Reader
				io.Closer
			}{t, g}, nil
		}
	}
}

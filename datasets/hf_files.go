package datasets

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mindgap/models/fault"
)

// shardName is how the Hugging Face hub names the files of a split: test-00000-of-00001.parquet, with or without a hash.
var shardName = regexp.MustCompile(`^(.+)-(\d{5})-of-(\d{5})(?:-[0-9a-f]+)?$`)

// A parquetSplit is the files of one split, in order.
type parquetSplit struct {
	name  string
	files []string
	of    int // how many there should be, 0 where the names do not tell
}

// parquetSplits lists the splits whose files lie at path: a file, or a folder that holds them or whose sub-folders do (data/test-….parquet,
// plain_text/test-….parquet, test/0000.parquet). The default comes first: test, then a validation set, then the others by name.
func parquetSplits(path string) []parquetSplit {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if !info.IsDir() {
		if strings.EqualFold(filepath.Ext(path), ".parquet") {
			name, of := splitOf(path)
			if of > 1 { // one of several, on purpose
				of = 0
			}
			return []parquetSplit{{name, []string{path}, of}}
		}
		return nil
	}
	splits := map[string]*parquetSplit{}
	for _, pattern := range []string{"*.parquet", "*/*.parquet"} {
		files, _ := filepath.Glob(filepath.Join(globQuote(path), pattern)) // only a wrong pattern is an error
		for _, f := range files {
			if strings.HasPrefix(filepath.Base(f), ".") {
				continue
			}
			name, of := splitOf(f)
			if splits[name] == nil {
				splits[name] = &parquetSplit{name: name, of: of}
			}
			splits[name].files = append(splits[name].files, f)
		}
		if len(splits) > 0 {
			break
		}
	}
	var list []parquetSplit
	for _, s := range splits {
		slices.Sort(s.files)
		list = append(list, *s)
	}
	order := []string{"test", "validation", "valid", "val", "dev"}
	rank := func(s parquetSplit) int {
		if i := slices.Index(order, s.name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(list, func(a, b parquetSplit) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.name, b.name)) })
	return list
}

// splitOf returns the split that a file belongs to by its name, or by its folder's where it is a mere number.
func splitOf(file string) (name string, of int) {
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if m := shardName.FindStringSubmatch(stem); m != nil {
		of, _ = strconv.Atoi(m[3]) // five digits
		return m[1], of
	}
	if strings.Trim(stem, "0123456789") == "" {
		return filepath.Base(filepath.Dir(file)), 0
	}
	return stem, 0
}

// globQuote makes a path stand for itself in a pattern.
func globQuote(path string) string {
	if filepath.Separator == '\\' {
		return path // no escape there, and no folder is likely to be named like a pattern
	}
	return regexp.MustCompile(`[*?\[\\]`).ReplaceAllString(path, `\$0`)
}

// complete reports the files of a split that are missing.
func (s parquetSplit) complete() error {
	if s.of == 0 || len(s.files) == s.of {
		return nil
	}
	return &fault.Error{Op: "open parquet files", Thing: filepath.Dir(s.files[0]), Found: fmt.Sprintf("%d files of split %s", len(s.files), s.name),
		Wanted: fmt.Sprintf("%d, as their names say", s.of), Next: "fetch the missing files, or give the path of one file to read that alone"}
}

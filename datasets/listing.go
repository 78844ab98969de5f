package datasets

import "slices"

// A Listing says of one reference whether it can be opened here.
type Listing struct {
	Name    string `json:"name"`              // the reference; the format's name where a set is opened by its path alone
	Help    string `json:"help"`              // one line
	Found   bool   `json:"found"`             // opens with the given Options.Root
	Path    string `json:"path,omitempty"`    // where its files lie; empty for what is built in
	Missing string `json:"missing,omitempty"` // what was looked for and where the set is to be had, if it was not found
}

// List tells what is known: every name, sorted, with what lies under o.Root; then, as not found since there is no one place to look, the
// formats that are opened by path alone.
func List(o Options) []Listing {
	var list []Listing
	for _, name := range Names() {
		l := Listing{Name: name}
		for _, f := range formats {
			if !slices.Contains(f.Names, name) {
				continue
			}
			if l.Help == "" {
				l.Help = f.Help
			}
			path, ok := "", f.Find == nil
			if !ok && o.Root != "" {
				path, ok = f.Find(name, o.Root)
			}
			if ok {
				l = Listing{Name: name, Help: f.Help, Found: true, Path: path}
				break
			}
			if l.Missing != "" {
				l.Missing += "; or "
			}
			l.Missing += "wanted " + f.Layout + " under --data-root, from " + f.Origin
		}
		list = append(list, l)
	}
	for _, f := range formats {
		if len(f.Names) == 0 {
			list = append(list, Listing{Name: f.Name, Help: f.Help, Missing: "give its path: " + f.Layout})
		}
	}
	return list
}

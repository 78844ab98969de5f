//go:build !linux || !cgo

package loaders

// trim does nothing where no such retention is known.
func trim() {}

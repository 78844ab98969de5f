//go:build linux && cgo

package loaders

/*
#include <stdlib.h> // says whether this is glibc

#ifdef __GLIBC__
#include <malloc.h>
static void trim(void) { malloc_trim(0); }
#else
static void trim(void) {}
#endif
*/
import "C"

// trim gives memory back to the system that was freed. After a model closes, glibc keeps most of its weights' memory in the heaps of the
// threads that allocated it, where the next model's do not fit in again: five models of 600 MB took 1.6 GB one after another, and 0.8 GB
// with this.
func trim() { C.trim() }

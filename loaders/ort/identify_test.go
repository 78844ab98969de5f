package ort

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// machO makes the smallest arm64 dylib with one exported symbol and a packed current version.
func machO(symbol string, packed uint32) []byte {
	le := binary.LittleEndian
	name := append([]byte("@rpath/libonnxruntime.1.dylib"), 0, 0, 0)
	strings := append([]byte{0}, append([]byte(symbol), 0)...)
	idSize, symSize := uint32(24+len(name)), uint32(24)
	symOff := 32 + idSize + symSize
	strOff := symOff + 16
	var b []byte
	for _, v := range []uint32{0xfeedfacf, 0x0100000c, 0, 6, 2, idSize + symSize, 0, 0, // header: 64 bits, arm64, dylib, two commands
		0x0d, idSize, 24, 1, packed, 1 << 16} { // LC_ID_DYLIB
		b = le.AppendUint32(b, v)
	}
	b = append(b, name...)
	for _, v := range []uint32{0x02, symSize, symOff, 1, strOff, uint32(len(strings)), // LC_SYMTAB
		1} { // nlist_64: the name's offset
		b = le.AppendUint32(b, v)
	}
	b = append(b, 0x0f, 1, 0, 0) // external, section 1
	b = le.AppendUint64(b, 0x1000)
	return append(b, strings...)
}

// fatMachO wraps dylibs as a universal file.
func fatMachO(cpus []uint32, files ...[]byte) []byte {
	be := binary.BigEndian
	b := be.AppendUint32(nil, 0xcafebabe)
	b = be.AppendUint32(b, uint32(len(files)))
	at := uint32(8 + 20*len(files))
	for i, f := range files {
		for _, v := range []uint32{cpus[i], 0, at, uint32(len(f)), 0} {
			b = be.AppendUint32(b, v)
		}
		at += uint32(len(f))
	}
	for _, f := range files {
		b = append(b, f...)
	}
	return b
}

// withCPU returns a Mach-O file for another processor.
func withCPU(cpu uint32, file []byte) []byte {
	b := bytes.Clone(file)
	binary.LittleEndian.PutUint32(b[4:], cpu)
	return b
}

// portableExecutable makes the smallest amd64 DLL with a .rdata and a .rsrc section.
func portableExecutable(rdata, rsrc []byte) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0x40)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 0x40)
	b = append(b, "PE\x00\x00"...)
	b = le.AppendUint16(b, 0x8664)
	b = le.AppendUint16(b, 2)
	b = append(b, make([]byte, 12)...)
	b = le.AppendUint16(b, 0)      // no optional header
	b = le.AppendUint16(b, 0x2022) // executable, large addresses, DLL
	at := uint32(len(b) + 2*40)
	for _, s := range []struct {
		name string
		data []byte
	}{{".rdata", rdata}, {".rsrc", rsrc}} {
		name := make([]byte, 8)
		copy(name, s.name)
		b = append(b, name...)
		for _, v := range []uint32{uint32(len(s.data)), 0x1000, uint32(len(s.data)), at, 0, 0, 0, 0x40000040} {
			b = le.AppendUint32(b, v)
		}
		at += uint32(len(s.data))
	}
	return append(append(b, rdata...), rsrc...)
}

// fixedFileInfo makes the beginning of VS_FIXEDFILEINFO behind some other bytes.
func fixedFileInfo(major, minor, patch, date uint16) []byte {
	b := []byte("V\x00S\x00_\x00")
	for _, v := range []uint32{0xfeef04bd, 0x00010000, uint32(major)<<16 | uint32(minor), uint32(patch)<<16 | uint32(date)} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func TestIdentify(t *testing.T) {
	fake := fakeLibrary(t, "1.30.0")
	arm := bytes.Clone(fake)
	binary.LittleEndian.PutUint16(arm[18:], 183) // e_machine: EM_AARCH64
	here := runtime.GOARCH
	for _, c := range []struct {
		name string // of the file, too
		data []byte
		want identity
		bad  bool
	}{
		{"versioned.so", fake, identity{"linux", here, true, "1.30.0"}, false},
		{"old.so", fakeLibrary(t, "1.24.4"), identity{"linux", here, true, "1.24.4"}, false},
		{"libonnxruntime.so.1.30.0", fakeLibrary(t, "1.24.4"), identity{"linux", here, true, "1.24.4"}, false}, // the file's own word counts
		{"silent.so", fakeLibrary(t, ""), identity{"linux", here, true, ""}, false},
		{"libonnxruntime.so.1.31.2", fakeLibrary(t, ""), identity{"linux", here, true, "1.31.2"}, false},
		{"foreign.so", fakeLibrary(t, "2.0.0", "SomethingElse"), identity{"linux", here, false, "2.0.0"}, false},
		{"arm.so", arm, identity{"linux", "arm64", true, "1.30.0"}, false},
		{"mach.dylib", machO("_OrtGetApiBase", 0x011e00), identity{"darwin", "arm64", true, "1.30.0"}, false},
		{"mach2.dylib", machO("_Other", 0x011d01), identity{"darwin", "arm64", false, "1.29.1"}, false},
		{"fat.dylib", fatMachO([]uint32{0x01000007, 0x0100000c}, withCPU(0x01000007, machO("_OrtGetApiBase", 0x011d00)), machO("_OrtGetApiBase", 0x011e00)), identity{"darwin", "arm64", true, "1.30.0"}, false},
		{"intel.dylib", withCPU(0x01000007, machO("_OrtGetApiBase", 0x011d00)), identity{"darwin", "amd64", true, "1.29.0"}, false},
		{"cut fat.dylib", fatMachO([]uint32{0x0100000c}, machO("_OrtGetApiBase", 1))[:60], identity{}, true},
		{"libonnxruntime.1.30.0.dylib", machO("_OrtGetApiBase", 0), identity{"darwin", "arm64", true, "1.30.0"}, false},
		{"a.dll", portableExecutable([]byte("x\x00OrtGetApiBase\x00y"), fixedFileInfo(1, 30, 0, 909)), identity{"windows", "amd64", true, "1.30.0"}, false},
		{"b.dll", portableExecutable([]byte("x\x00OrtGetApiBaseLonger\x00y"), fixedFileInfo(1, 17, 3, 1)), identity{"windows", "amd64", false, "1.17.3"}, false},
		{"c.dll", portableExecutable([]byte("x\x00OrtGetApiBase\x00y"), []byte("no version")), identity{"windows", "amd64", true, ""}, false},
		{"text.so", []byte("INPUT(libonnxruntime.so.1)\n"), identity{}, true},
		{"empty.so", nil, identity{}, true},
		{"short.so", []byte("\x7fE"), identity{}, true},
		{"truncated.so", fake[:40], identity{}, true},
		{"cut.dylib", machO("_OrtGetApiBase", 1)[:60], identity{}, true},
		{"cut.dll", []byte("MZ and no more than that, which is a DOS program at best"), identity{}, true},
		{"huge.so", hugeSectionTable(fake), identity{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := identify(write(t, filepath.Join(t.TempDir(), c.name), c.data))
			if (err != nil) != c.bad || got != c.want {
				t.Errorf("got %+v, %v; want %+v, error %v", got, err, c.want, c.bad)
			}
		})
	}
	if _, err := identify(t.TempDir()); err == nil {
		t.Error("a folder passes for a library")
	}
}

// hugeSectionTable points an ELF file's section table far beyond its end.
func hugeSectionTable(elf []byte) []byte {
	b := bytes.Clone(elf)
	binary.LittleEndian.PutUint64(b[40:], 1<<60) // e_shoff
	binary.LittleEndian.PutUint16(b[60:], 0xffff)
	return b
}

// FuzzIdentify holds that no file makes identify panic or claim a version that does not parse.
func FuzzIdentify(f *testing.F) {
	f.Add(fakeLibrary(f, "1.30.0"))
	f.Add(machO("_OrtGetApiBase", 0x011e00))
	f.Add(portableExecutable([]byte("x\x00OrtGetApiBase\x00y"), fixedFileInfo(1, 30, 0, 909)))
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := identifyReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		if id.os == "" || id.arch == "" {
			t.Errorf("an identity without platform: %+v", id)
		}
		if id.version != "" {
			if _, err := parseVersion(id.version); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestVersion(t *testing.T) {
	minimum := version{1, 29, 0}
	for _, c := range []struct {
		text string
		fits bool
	}{{"1.29.0", true}, {"1.30.0", true}, {"1.30.0+cu13", true}, {"1.100.0", true}, {"1.28.9", false}, {"1.9.0", false}, {"0.30.0", false}, {"2.0.0", false}} {
		v, err := parseVersion(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if v.fits(minimum) != c.fits {
			t.Errorf("%s fits: got %v, want %v", c.text, !c.fits, c.fits)
		}
	}
	for _, bad := range []string{"", "1", "1.30", "v1.30.0", "1.x.0", "99999999999999999999.0.0"} {
		if v, err := parseVersion(bad); err == nil {
			t.Errorf("%q parsed as %v", bad, v)
		}
	}
}

func TestPins(t *testing.T) {
	p := embeddedPins()
	if v, err := parseVersion(p.Version); err != nil || !v.fits(p.minimum()) {
		t.Errorf("the pinned version %s does not fit the minimum %s", p.Version, p.Minimum)
	}
	for _, name := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"} {
		pl, ok := p.Platforms[name]
		if !ok {
			t.Errorf("no pins for %s", name)
			continue
		}
		for what, q := range map[string]pin{"release": pl.Release, "wheel": pl.Wheel, "npm": pl.NPM} {
			if len(q.SHA256) != 64 || q.Size < 1<<20 || q.Member == "" || !strings.Contains(q.File, p.Version) {
				t.Errorf("%s %s: incomplete: %+v", name, what, q)
			}
			if (q.LibrarySHA256 == "") != (q.LibrarySize == 0) || q.LibrarySHA256 != "" && len(q.LibrarySHA256) != 64 {
				t.Errorf("%s %s: library hash and size do not go together", name, what)
			}
		}
		if !strings.HasPrefix(pl.Release.URL, "https://") || !strings.HasSuffix(pl.Release.URL, "/"+pl.Release.File) {
			t.Errorf("%s: release address %q", name, pl.Release.URL)
		}
		if len(pl.libraryHashes()) < 2 || pl.Wheel.Tag == "" {
			t.Errorf("%s: wheel incompletely pinned", name)
		}
	}
	if text, err := os.ReadFile("pins.json"); err != nil || !bytes.Equal(text, pinsJSON) {
		t.Errorf("pins.json is not what is embedded: %v", err)
	}
}

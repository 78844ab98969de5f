package ort

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"mindgap/models/fault"
)

// An identity is what a library file says about itself without being loaded.
type identity struct {
	os, arch string
	isORT    bool   // it exports OrtGetApiBase
	version  string // empty if the file does not say
}

// entryPoint is the one function that the binding looks up by name.
const entryPoint = "OrtGetApiBase"

// errNoLibrary says that a file is in none of the three formats.
var errNoLibrary = errors.New("no shared library")

// identify reads the headers of the shared library at path. Nothing of it is run.
//
// Where the version stands depends on the format: in ELF it is the name of the symbol version ("VERS_1.30.0") that ONNX Runtime's linker
// script gives every export, in Mach-O the current version of LC_ID_DYLIB, in PE the file version of the VS_FIXEDFILEINFO resource.
// A build that lacks these may still carry its version in its file name.
func identify(path string) (identity, error) {
	file, err := os.Open(path)
	if err != nil {
		return identity{}, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return identity{}, err
	} else if !info.Mode().IsRegular() {
		return identity{}, errNoLibrary
	}
	id, err := identifyReader(file)
	if err == nil && id.version == "" {
		id.version = versionInName(path)
	}
	return id, err
}

// identifyReader tells the three formats apart by their first bytes.
func identifyReader(r io.ReaderAt) (identity, error) {
	var magic [4]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil {
		return identity{}, errNoLibrary
	}
	switch {
	case string(magic[:]) == elf.ELFMAG:
		return identifyELF(r)
	case string(magic[:2]) == "MZ":
		return identifyPE(r)
	case binary.LittleEndian.Uint32(magic[:]) == macho.Magic64, binary.BigEndian.Uint32(magic[:]) == macho.MagicFat:
		return identifyMachO(r)
	}
	return identity{}, errNoLibrary
}

var numberedName = regexp.MustCompile(`(?:\.so\.|libonnxruntime\.)(\d+\.\d+\.\d+)(?:\.dylib)?$`)

// versionInName reads "1.30.0" from names such as libonnxruntime.so.1.30.0 and libonnxruntime.1.30.0.dylib, through links.
func versionInName(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if m := numberedName.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1]
	}
	return ""
}

func identifyELF(r io.ReaderAt) (identity, error) {
	f, err := elf.NewFile(r)
	if err != nil || f.Type != elf.ET_DYN {
		return identity{}, errNoLibrary
	}
	id := identity{os: "linux", arch: f.Machine.String()}
	switch f.Machine {
	case elf.EM_X86_64:
		id.arch = "amd64"
	case elf.EM_AARCH64:
		id.arch = "arm64"
	case elf.EM_386:
		id.arch = "386"
	}
	// An absent table is no error here: it means that there is no such symbol or version.
	symbols, _ := f.DynamicSymbols()
	for _, s := range symbols {
		if s.Name == entryPoint && s.Section != elf.SHN_UNDEF {
			id.isORT = true
		}
	}
	versions, _ := f.DynamicVersions()
	for _, v := range versions {
		if name, ok := strings.CutPrefix(v.Name, "VERS_"); ok {
			if parsed, err := parseVersion(name); err == nil {
				id.version = parsed.String()
			}
		}
	}
	if sonames, _ := f.DynString(elf.DT_SONAME); id.version == "" && len(sonames) == 1 {
		if m := numberedName.FindStringSubmatch(sonames[0]); m != nil {
			id.version = m[1]
		}
	}
	return id, nil
}

func identifyMachO(r io.ReaderAt) (identity, error) {
	if fat, err := macho.NewFatFile(r); err == nil {
		// A universal file runs on each of its architectures; the one of a build that we know is described.
		for _, a := range fat.Arches {
			if a.Cpu == macho.CpuArm64 || len(fat.Arches) == 1 {
				return describeMachO(a.File)
			}
		}
		return describeMachO(fat.Arches[0].File)
	}
	f, err := macho.NewFile(r)
	if err != nil {
		return identity{}, errNoLibrary
	}
	return describeMachO(f)
}

func describeMachO(f *macho.File) (identity, error) {
	if f.Type != macho.TypeDylib {
		return identity{}, errNoLibrary
	}
	id := identity{os: "darwin", arch: f.Cpu.String()}
	switch f.Cpu {
	case macho.CpuAmd64:
		id.arch = "amd64"
	case macho.CpuArm64:
		id.arch = "arm64"
	}
	if f.Symtab != nil {
		for _, s := range f.Symtab.Syms {
			if s.Name == "_"+entryPoint && s.Sect != 0 {
				id.isORT = true
				break
			}
		}
	}
	// LC_ID_DYLIB is 0x0d; its version is packed as 16.8.8 bits, 16 bytes in. A library that was not numbered says 0.0.0.
	const loadCmdIDDylib = 0x0d
	for _, l := range f.Loads {
		raw := l.Raw()
		if len(raw) < 24 || f.ByteOrder.Uint32(raw) != loadCmdIDDylib {
			continue
		}
		if packed := f.ByteOrder.Uint32(raw[16:]); packed != 0 {
			id.version = version{int(packed >> 16), int(packed >> 8 & 0xff), int(packed & 0xff)}.String()
		}
	}
	return id, nil
}

func identifyPE(r io.ReaderAt) (identity, error) {
	f, err := pe.NewFile(r)
	if err != nil || f.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		return identity{}, errNoLibrary
	}
	id := identity{os: "windows", arch: fmt.Sprintf("machine %#x", f.Machine)}
	switch f.Machine {
	case pe.IMAGE_FILE_MACHINE_AMD64:
		id.arch = "amd64"
	case pe.IMAGE_FILE_MACHINE_ARM64:
		id.arch = "arm64"
	case pe.IMAGE_FILE_MACHINE_I386:
		id.arch = "386"
	}
	// The export table's names lie in .rdata, as zero-ended strings.
	if s := f.Section(".rdata"); s != nil {
		if data, err := s.Data(); err == nil {
			id.isORT = bytes.Contains(data, []byte("\x00"+entryPoint+"\x00"))
		}
	}
	if s := f.Section(".rsrc"); s != nil {
		if data, err := s.Data(); err == nil {
			id.version = fixedFileVersion(data)
		}
	}
	return id, nil
}

// fixedFileVersion finds the VS_FIXEDFILEINFO structure: its signature, its own version 1.0, then the file's version as four 16-bit
// numbers in two words, of which ONNX Runtime uses the first three for its version and the fourth for a date.
func fixedFileVersion(resources []byte) string {
	signature := []byte{0xbd, 0x04, 0xef, 0xfe, 0x00, 0x00, 0x01, 0x00}
	at := bytes.Index(resources, signature)
	if at < 0 || len(resources) < at+16 {
		return ""
	}
	high, low := binary.LittleEndian.Uint32(resources[at+8:]), binary.LittleEndian.Uint32(resources[at+12:])
	return version{int(high >> 16), int(high & 0xffff), int(low >> 16)}.String()
}

// check identifies the file at path and compares it with what this machine and the binding need. Its error is a *fault.Error whose Op is
// left to the caller.
func (h *host) check(path string) (identity, error) {
	bad := &fault.Error{Kind: fault.System, Op: "use", Thing: path}
	id, err := identify(path)
	switch {
	case errors.Is(err, errNoLibrary):
		bad.Found, bad.Wanted = describeFile(path), "a shared library of ONNX Runtime"
	case err != nil:
		bad.Err = err
	case id.os != h.goos || id.arch != h.goarch:
		bad.Found, bad.Wanted = "a library for "+id.os+"/"+id.arch, "one for "+h.goos+"/"+h.goarch
	case !id.isORT:
		bad.Found, bad.Wanted = "a library that does not export "+entryPoint, "a shared library of ONNX Runtime"
	case id.version == "":
		return id, nil
	default:
		v, err := parseVersion(id.version)
		if err == nil && v.fits(h.pins.minimum()) {
			return id, nil
		}
		bad.Found, bad.Wanted = "ONNX Runtime "+id.version, h.wantedVersion()
	}
	return identity{}, bad
}

// describeFile says what a file that is no library looks like.
func describeFile(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "nothing"
	case info.IsDir():
		return "a folder"
	case info.Size() == 0:
		return "an empty file"
	}
	file, err := os.Open(path)
	if err != nil {
		return "an unreadable file"
	}
	defer file.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(file, head)
	return fmt.Sprintf("a file of %d bytes that begins %q", info.Size(), head[:n])
}

package datasets

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func unpickleBytes(t testing.TB, b []byte) (any, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pickle")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return unpickle(file)
}

// TestUnpickleRefuses: a pickle that names code, or that makes no sense, is refused with the name or the place, and nothing is run.
func TestUnpickleRefuses(t *testing.T) {
	long := func(op byte, n uint64, width int) string {
		b := binary.LittleEndian.AppendUint64([]byte{op}, n)
		return string(b[:1+width])
	}
	for _, c := range []struct{ name, pickle, want string }{
		{"os.system", "\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00echoq\x01\x85q\x02Rq\x03.", `"posix.system"`},
		{"a builtin by the stack", "\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", `"builtins.eval"`},
		{"numpy's own loader of pickles", "\x80\x02cnumpy\nload\n.", `"numpy.load"`},
		{"a module that begins like numpy", "\x80\x02cnumpy.core.multiarray2\n_reconstruct\n.", `"numpy.core.multiarray2._reconstruct"`},
		{"encode as another codec", "\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00xX\x03\x00\x00\x00hex\x86R.", "a call that no file"},
		{"a call of what is no function", "\x80\x02K\x01)R.", "a call that no file"},
		{"persistent id", "\x80\x02Pxyz\n.", "opcode 0x50"},
		{"INST", "\x80\x02(iposix\nsystem\n.", "opcode 0x69"},
		{"OBJ", "\x80\x02(o.", "opcode 0x6f"},
		{"NEWOBJ", "\x80\x02)\x81.", "opcode 0x81"},
		{"EXT1", "\x80\x02\x82\x01.", "opcode 0x82"},
		{"protocol 0", "\x80\x00.", "protocol 0"},
		{"protocol 9", "\x80\x09.", "protocol 9"},
		{"empty", "", "cut short"},
		{"no STOP", "\x80\x02}", "cut short"},
		{"cut within a number", "\x80\x02J\x01", "cut short"},
		{"string beyond the end", "\x80\x02" + long('T', 1<<31-1, 4) + "x.", "2147483647 bytes where 2 are left"},
		{"string of 2^64−1 bytes", "\x80\x04" + long(0x8e, 1<<64-1, 8) + ".", "18446744073709551615 bytes"},
		{"name without an end", "\x80\x02c" + strings.Repeat("x", 1<<17), "name without an end"},
		{"a name that is no string", "\x80\x04}}\x93.", "name that is no string"},
		{"pop of nothing", "\x80\x02.", "wants more values"},
		{"pop of a mark", "\x80\x02(.", "above the mark"},
		{"tuple beyond the mark", "\x80\x02K\x01(K\x01\x86.", "above the mark"},
		{"no mark", "\x80\x02K\x01t.", "there is none"},
		{"append to a number", "\x80\x02K\x01K\x02a.", "no list"},
		{"item of a list", "\x80\x02]K\x01K\x02s.", "no dictionary"},
		{"key without value", "\x80\x02}(K\x01u.", "no dictionary"},
		{"key that is a list", "\x80\x02}(]]u.", "no string"},
		{"use before storing", "\x80\x02h\x07.", "used before"},
		{"store of nothing", "\x80\x02q\x07.", "nothing to store"},
		{"state of a number", "\x80\x02K\x01)b.", "no array"},
		{"state of another length", "\x80\x02cnumpy\ndtype\nU\x02u1\x85Rcnumpy.core.multiarray\n_reconstruct\n)R)b.", "no array"},
		{"millions of values", "\x80\x02" + strings.Repeat("N", pickleValues+1) + ".", "more than 1048576 values"},
		{"millions of stored values", "\x80\x02N" + strings.Repeat("\x94", pickleValues+2) + ".", "more than 1048576 stored values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := unpickleBytes(t, []byte(c.pickle))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, error %v, want %q", v, err, c.want)
			}
		})
	}
}

// FuzzUnpickle: any bytes give a value or an error. The seeds begin as pickles of every protocol do.
func FuzzUnpickle(f *testing.F) {
	for _, name := range []string{"python2/cifar-10-batches-py/batches.meta", "python2/cifar-10-batches-py/data_batch_1", "python3-2/batches.meta", "python3-4/batches.meta", "python3-5/batches.meta"} {
		b, err := os.ReadFile(filepath.Join("testdata", "labelled", filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)])
	}
	f.Add([]byte("\x80\x02}q\x00U\x01ah\x00s.")) // a dictionary that holds itself
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := unpickleBytes(t, b); err == nil && v == nil && !bytes.Contains(b, []byte("N")) {
			t.Errorf("no value and no error")
		}
	})
}

// TestLatin1Reader: what Python 3 writes for bytes under protocol 2 reads back, byte for byte; other text does not.
func TestLatin1Reader(t *testing.T) {
	var text []rune
	want := make([]byte, 5000)
	for i := range want {
		want[i] = byte(i * 7)
		text = append(text, rune(want[i]))
	}
	encoded := []byte(string(text))
	got := make([]byte, len(want))
	r := pickleBlob{length: int64(len(encoded)), latin1: true}.open(bytes.NewReader(encoded))
	for at := 0; at < len(got); at += 100 {
		if n, err := r.Read(got[at : at+100]); n != 100 || err != nil {
			t.Fatal(n, err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Error("the bytes differ")
	}
	for text, want := range map[string]string{"ab\u0100": "no Latin-1", "ab\xc3": "unexpected EOF", "ab": "EOF"} {
		r := pickleBlob{length: int64(len(text)), latin1: true}.open(strings.NewReader(text))
		if _, err := r.Read(make([]byte, 3)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

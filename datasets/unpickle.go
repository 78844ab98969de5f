package datasets

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// A pickle is a program for a stack machine, and Python's own reader runs whatever that program names. This one knows only the opcodes that
// write plain data, and a few functions, each of which it replaces by what it is known to do: numpy's ways to make an array and its element
// type, and the one that turns Latin-1 text into bytes. Every other name ends the reading, so nothing a file names is ever called.
//
// Long strings are not read but remembered by their place in the file: 150 MB of pictures cost two numbers.

// pickleString is the longest string that is held; a longer one becomes a pickleBlob.
const pickleString = 1 << 10

// pickleValues bounds the values that one pickle makes: CIFAR-100's training set makes 150,000.
const pickleValues = 1 << 20

// A pickleArray is an array of numpy's.
type pickleArray struct {
	shape   []int
	dtype   string // such as "u1"
	fortran bool   // columns first
	data    any    // string or pickleBlob
}

type (
	pickleMark   struct{}
	pickleGlobal string                // "module name", one of pickleGlobals
	pickleTuple  []any                 // immutable, so a value
	pickleList   struct{ items []any } // shared by reference, as in Python
	pickleDict   map[string]any        // all keys are strings in the files that are read here
	pickleDtype  struct{ name string } // changed by BUILD, hence a pointer
)

// pickleGlobals are the names that a pickle may use, with the role of each. numpy moved its core in version 2.
var pickleGlobals = map[pickleGlobal]string{
	"numpy.core.multiarray _reconstruct":  "reconstruct",
	"numpy._core.multiarray _reconstruct": "reconstruct",
	"numpy.core.numeric _frombuffer":      "frombuffer",
	"numpy._core.numeric _frombuffer":     "frombuffer",
	"numpy ndarray":                       "ndarray",
	"numpy dtype":                         "dtype",
	"_codecs encode":                      "encode",
}

// unpickle reads the pickle in a file of protocol 2 or later and returns its value: a string, int64, float64, bool, nil, or one of the types
// above. Bytes and text are both strings.
func unpickle(file string) (any, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	u := &unpickler{file: f, size: info.Size(), r: bufio.NewReaderSize(f, 1<<16), memo: map[uint32]any{}}
	v, err := u.run()
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the pickle ends at byte %d without its last opcode; it is cut short", u.at)
	}
	return v, err
}

type unpickler struct {
	file   *os.File
	size   int64
	r      *bufio.Reader
	at     int64 // bytes read so far
	stack  []any
	memo   map[uint32]any
	values int
}

// run executes opcodes until STOP.
func (u *unpickler) run() (any, error) {
	for {
		op, err := u.number(1)
		if err != nil {
			return nil, err
		}
		if op == '.' {
			return u.pop()
		}
		start := u.at - 1
		if err := u.step(byte(op)); err != nil {
			if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, err
			}
			return nil, fmt.Errorf("byte %d of the pickle: %w", start, err)
		}
	}
}

// step executes one opcode. The names of the opcodes are those of Python's module pickletools.
func (u *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := u.number(1)
		if err == nil && (v < 2 || v > 5) {
			err = fmt.Errorf("protocol %d, want 2 to 5", v)
		}
		return err
	case 0x95: // FRAME, whose length tells nothing that is needed here
		_, err := u.number(8)
		return err
	case 'N': // NONE
		return u.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		return u.push(op == 0x88)
	case 'K', 'M', 'J': // BININT1, BININT2, BININT
		v, err := u.number(map[byte]int{'K': 1, 'M': 2, 'J': 4}[op])
		if op == 'J' {
			v = int64(int32(v))
		}
		return u.pushed(v, err)
	case 'U', 'C', 0x8c: // SHORT_BINSTRING, SHORT_BINBYTES, SHORT_BINUNICODE
		return u.text(1)
	case 'T', 'B', 'X': // BINSTRING, BINBYTES, BINUNICODE
		return u.text(4)
	case 0x8d, 0x8e, 0x96: // BINUNICODE8, BINBYTES8, BYTEARRAY8
		return u.text(8)
	case '(': // MARK
		return u.push(pickleMark{})
	case '}': // EMPTY_DICT
		return u.push(pickleDict{})
	case ']': // EMPTY_LIST
		return u.push(&pickleList{})
	case ')': // EMPTY_TUPLE
		return u.push(pickleTuple{})
	case 0x85, 0x86, 0x87: // TUPLE1, TUPLE2, TUPLE3
		items, err := u.take(int(op) - 0x84)
		return u.pushed(pickleTuple(items), err)
	case 't': // TUPLE
		items, err := u.marked()
		return u.pushed(pickleTuple(items), err)
	case 'a', 'e': // APPEND, APPENDS
		return u.extend(op == 'e')
	case 's', 'u': // SETITEM, SETITEMS
		return u.set(op == 'u')
	case 'q', 'r': // BINPUT, LONG_BINPUT
		i, err := u.number(map[byte]int{'q': 1, 'r': 4}[op])
		if err != nil {
			return err
		}
		return u.remember(uint32(i))
	case 0x94: // MEMOIZE
		return u.remember(uint32(len(u.memo)))
	case 'h', 'j': // BINGET, LONG_BINGET
		i, err := u.number(map[byte]int{'h': 1, 'j': 4}[op])
		if err != nil {
			return err
		}
		v, ok := u.memo[uint32(i)]
		if !ok {
			return fmt.Errorf("value %d is used before it was stored", i)
		}
		return u.push(v)
	case 'c': // GLOBAL
		module, err := u.line()
		if err != nil {
			return err
		}
		name, err := u.line()
		if err != nil {
			return err
		}
		return u.global(module, name)
	case 0x93: // STACK_GLOBAL
		names, err := u.take(2)
		if err != nil {
			return err
		}
		// What is no string is not printed: a dictionary may hold itself.
		module, isModule := names[0].(string)
		name, isName := names[1].(string)
		if !isModule || !isName {
			return errors.New("a name that is no string")
		}
		return u.global(module, name)
	case 'R': // REDUCE
		return u.reduce()
	case 'b': // BUILD
		return u.build()
	}
	return fmt.Errorf("opcode %#02x, which no file of arrays and labels needs", op)
}

// number reads an unsigned little-endian number of n bytes.
func (u *unpickler) number(n int) (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(u.r, b[:n]); err != nil {
		return 0, err
	}
	u.at += int64(n)
	return int64(binary.LittleEndian.Uint64(b[:])), nil
}

// line reads to the end of a line of a GLOBAL opcode.
func (u *unpickler) line() (string, error) {
	s, err := u.r.ReadSlice('\n')
	u.at += int64(len(s))
	if err == bufio.ErrBufferFull {
		err = errors.New("a name without an end")
	}
	return strings.TrimSuffix(string(s), "\n"), err
}

// text reads a string that is preceded by its length in n bytes.
func (u *unpickler) text(n int) error {
	length, err := u.number(n)
	if err != nil {
		return err
	}
	if length < 0 || length > u.size-u.at {
		return fmt.Errorf("a string of %d bytes where %d are left; the pickle is cut short", uint64(length), u.size-u.at)
	}
	if length > pickleString {
		blob := pickleBlob{offset: u.at, length: length}
		if u.at, err = u.file.Seek(u.at+length, io.SeekStart); err != nil {
			return err
		}
		u.r.Reset(u.file)
		return u.push(blob)
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(u.r, b); err != nil {
		return err
	}
	u.at += length
	return u.push(string(b))
}

// global pushes a name that is known to be harmless and refuses every other.
func (u *unpickler) global(module, name string) error {
	g := pickleGlobal(module + " " + name)
	if _, ok := pickleGlobals[g]; !ok {
		return fmt.Errorf("the name %s, which a file of arrays and labels does not need: it would have Python run code; nothing was run", strconv.Quote(module+"."+name))
	}
	return u.push(g)
}

// reduce stands in for the call of a known function.
func (u *unpickler) reduce() error {
	call, err := u.take(2)
	if err != nil {
		return err
	}
	g, _ := call[0].(pickleGlobal)
	args, _ := call[1].(pickleTuple)
	switch pickleGlobals[g] {
	case "reconstruct":
		return u.push(&pickleArray{})
	case "frombuffer": // (data, dtype, shape, order)
		if len(args) == 4 {
			x := &pickleArray{}
			if x.set(args[2], args[1], args[3] != "C", args[0]) {
				return u.push(x)
			}
		}
	case "dtype":
		if len(args) > 0 {
			if name, ok := args[0].(string); ok {
				return u.push(&pickleDtype{name})
			}
		}
	case "encode":
		if len(args) == 2 && (args[1] == "latin1" || args[1] == "latin-1") {
			switch text := args[0].(type) {
			case string:
				return u.push(latin1(text))
			case pickleBlob:
				text.latin1 = true
				return u.push(text)
			}
		}
	}
	return errors.New("a call that no file of arrays and labels makes")
}

// build gives an array its state: (version, shape, dtype, Fortran order, data). A dtype's state only says how its bytes are ordered, which
// single bytes are not.
func (u *unpickler) build() error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	state, _ := v.(pickleTuple)
	switch x := u.top().(type) {
	case *pickleDtype:
		return nil
	case *pickleArray:
		if len(state) == 5 && x.set(state[1], state[2], state[3], state[4]) {
			return nil
		}
	}
	return errors.New("a state for what is no array")
}

// set fills in an array's state and reports whether it is one.
func (x *pickleArray) set(shape, dtype, fortran, data any) bool {
	sizes, isShape := shape.(pickleTuple)
	kind, isDtype := dtype.(*pickleDtype)
	order, isOrder := fortran.(bool)
	if !isShape || !isDtype || !isOrder {
		return false
	}
	x.shape, x.dtype, x.fortran, x.data = nil, kind.name, order, data
	for _, s := range sizes {
		n, ok := s.(int64)
		if !ok || n < 0 || n > 1<<31 {
			return false
		}
		x.shape = append(x.shape, int(n))
	}
	return true
}

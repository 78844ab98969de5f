package datasets

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mindgap/models/fault"
)

const (
	// squeezeLimit is how many times smaller than its content an archive of pictures may be. Pictures are compressed already; a bomb is
	// a thousand times smaller.
	squeezeLimit = 200
	// squeezeFloor is what any archive may hold whatever its own size.
	squeezeFloor = 64 << 20
)

// gunzip is a stream out of a .gz that may not swell beyond measure.
type gunzip struct {
	f    *os.File
	z    *gzip.Reader
	name string
	op   string
	left int64
	ctx  context.Context
}

// openGunzip opens a .gz. The stream ends with a fault once it has given more than squeezeLimit times the file's size.
func openGunzip(ctx context.Context, op, path string) (*gunzip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Op: op, Thing: path, Err: cause(err)}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(&fault.Error{Op: op, Thing: path, Err: cause(err)}, f.Close())
	}
	g := &gunzip{f: f, name: path, op: op, left: squeezeLimit*info.Size() + squeezeFloor, ctx: ctx}
	if g.z, err = gzip.NewReader(bufio.NewReaderSize(contextReader{ctx, f}, 1<<18)); err != nil {
		return nil, errors.Join(g.fault(err), f.Close())
	}
	return g, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if g.left -= int64(n); g.left < 0 {
		return 0, &fault.Error{Op: g.op, Thing: g.name, Found: fmt.Sprintf("more than %d times its own size inside", squeezeLimit), Wanted: "pictures, which are hardly compressible",
			Next: "do not use this archive unless you trust its source; unpack it and name the folder if you do"}
	}
	if err != nil && err != io.EOF {
		err = g.fault(err)
	}
	return n, err
}

func (g *gunzip) fault(err error) error {
	if g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	e := &fault.Error{Op: g.op, Thing: g.name, Err: cause(err), Next: "fetch the file again"}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		e.Found, e.Err, e.Next = "the end of the file in the middle", nil, "fetch the file again; it is cut short"
	}
	return e
}

func (g *gunzip) Close() error { return g.f.Close() }

// walkTarGz calls visit for each file of a .tar.gz in order, and reads on to the end so that a damaged archive is noticed.
func walkTarGz(ctx context.Context, op, path string, visit func(m member, body io.Reader) (more bool, err error)) error {
	g, err := openGunzip(ctx, op, path)
	if err != nil {
		return err
	}
	defer g.Close()
	all := true
	err = walkTar(ctx, op, path, g, func(m member, body io.Reader) (bool, error) {
		more, err := visit(m, body)
		all = all && more
		return more, err
	})
	if err == nil && all {
		_, err = io.Copy(io.Discard, g)
	}
	return err
}

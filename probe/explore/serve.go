package explore

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"mindgap/models/fault"
)

// Limits of a connection. A selection of everything may take minutes to compute; what is sent is small or comes from memory.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second
	writeTimeout    = 15 * time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 2 * time.Second
	maxHeader       = 16 << 10
)

// Listen opens a port of the local machine, a free one if port is 0, that no other machine can reach.
func Listen(port int) (net.Listener, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, &fault.Error{Kind: fault.System, Op: "serve at", Thing: "the local machine", Err: err, Next: "choose another --port, or 0 for a free one"}
	}
	return l, nil
}

// Serve answers requests at l with h until ctx ends, and returns nil then: to be interrupted is how a server ends. Requests under way are
// given two seconds. It closes l.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	s := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return serving }}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	select {
	case err := <-done:
		return &fault.Error{Kind: fault.System, Op: "serve at", Thing: l.Addr().String(), Err: err}
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := s.Shutdown(ending)
	stop() // what is still being computed
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.Close()
	}
	if closed := <-done; !errors.Is(closed, http.ErrServerClosed) && err == nil {
		err = closed
	}
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// servingFlags are the flags of a command that serves with a control API.
func servingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "control-token-env", Usage: "the control API wants the bearer token in the environment variable `NAME`"},
		&cli.IntFlag{Name: "journal", Value: 10_000, Usage: "remember the last `N` attempts"},
		&cli.IntFlag{Name: "max-connections", Value: 20_000, Usage: "accept at most `N` connections at once"},
		&cli.DurationFlag{Name: "max-duration", Value: 15 * time.Minute, Usage: "break a request off after `TIME`"},
	}
}

// controlled puts the control API beside a handler. Where others than this
// machine can reach it and there is no token, it is left out.
func controlled(c *cli.Context, addr net.Addr, h http.Handler, control mockprovider.Control) (http.Handler, error) {
	if name := c.String("control-token-env"); name != "" {
		control.Token = os.Getenv(name)
		if control.Token == "" {
			return nil, misuse("export "+name+"=..., or leave --control-token-env out",
				"the environment variable %q has no token for the control API", name)
		}
	}
	if tcp, ok := addr.(*net.TCPAddr); control.Token == "" && (!ok || !tcp.IP.IsLoopback()) {
		fmt.Fprintf(c.App.ErrWriter, "tailgate: no control API: %s is not a loopback address, and there is no --control-token-env\n", addr)
		return h, nil
	}
	return beside(control.Handler(), h), nil
}

// beside serves the paths of the control API with control and all others, just
// as they come, with h.
func beside(control, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, mockprovider.ControlPath) {
			control.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// maxHeader is the largest header of a request in bytes.
const maxHeader = 64 << 10

// serve serves handler until the command is stopped, within the limits of the
// command line.
func serve(c *cli.Context, listener net.Listener, handler http.Handler) error {
	ctx := c.Context
	server := &http.Server{
		Handler:           mockprovider.Capped(handler, c.Duration("max-duration")),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(slog.NewTextHandler(c.App.ErrWriter, nil), slog.LevelError),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	limited := mockprovider.LimitListener(listener, c.Int("max-connections"))
	if err := server.Serve(limited); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

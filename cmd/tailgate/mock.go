package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

func mockCommand() *cli.Command {
	return &cli.Command{
		Name:      "mock",
		Usage:     "serve a scenario's models and faults to any client",
		ArgsUsage: "[SCENARIO]",
		Description: "The models answer in the formats of OpenAI, Anthropic and Gemini on one port; the path\n" +
			"decides. The scenario's clock begins when the server does. Any key is accepted.\n\n" +
			"  tailgate mock primary-outage\n" +
			"  curl -s http://127.0.0.1:8089/v1/chat/completions \\\n" +
			"    -d '{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}'",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8089", Usage: "listen on `HOST:PORT`"},
			&cli.Uint64Flag{Name: "seed", Usage: "draw the weather with seed `N` instead of the scenario's"},
			&cli.Float64Flag{Name: "time-scale", Value: 1, Usage: "divide every duration by `K`"},
		},
		Action:       serveMock,
		OnUsageError: badUsage,
	}
}

func serveMock(c *cli.Context) error {
	name, err := oneArgument(c, "scenario", "primary-outage")
	if err != nil {
		return err
	}
	sc, err := loadScenario(name)
	if err != nil {
		return err
	}
	if !(c.Float64("time-scale") > 0) {
		return misuse("--time-scale 10 makes everything ten times as fast", "time scale is %v, want more than 0", c.Float64("time-scale"))
	}
	seed := sc.Seed
	if c.IsSet("seed") {
		seed = c.Uint64("seed")
	}
	models, err := mockprovider.NewModels(sc.Mock(seed, c.Float64("time-scale")))
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(c.Context, "tcp", c.String("addr"))
	if err != nil {
		return &usageError{err: err, hint: "choose another address with --addr HOST:PORT"}
	}
	var names []string
	for _, m := range models {
		names = append(names, m.Name())
	}
	fmt.Fprintf(c.App.ErrWriter, "tailgate: scenario %s, models %s\n", sc.Name, strings.Join(names, ", "))
	fmt.Fprintf(c.App.Writer, "http://%s\n", listener.Addr())
	return serve(c.Context, listener, mockprovider.NewServer(models))
}

// serve serves handler until ctx is done.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

package main

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func mockCommand() *cli.Command {
	return &cli.Command{
		Name:      "mock",
		Usage:     "serve a scenario's models and faults to any client",
		ArgsUsage: "[SCENARIO]",
		Description: "The models answer in the formats of OpenAI, Anthropic and Gemini on one port; the path\n" +
			"decides. The scenario's clock begins when the server does. Any key is accepted;\n" +
			"with --require-key there has to be one.\n\n" +
			"  tailgate mock primary-outage\n" +
			"  curl -s http://127.0.0.1:8089/v1/chat/completions \\\n" +
			"    -d '{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}'\n\n" +
			"Faults can be changed while it runs, and a journal says what it was asked and what that\n" +
			"cost. Beyond loopback this needs a token (--control-token-env).\n\n" +
			"  curl -s -X PUT '127.0.0.1:8089/tailgate/v1/faults/storm?ttl=5m' -d '{\"outage\":{}}'\n" +
			"  curl -s '127.0.0.1:8089/tailgate/v1/journal?format=ndjson'",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8089", Usage: "listen on `HOST:PORT`"},
			&cli.Uint64Flag{Name: "seed", Usage: "draw the weather with seed `N`", DefaultText: "the scenario's"},
			&cli.Float64Flag{Name: "time-scale", Aliases: []string{"speed"}, Value: 1, Usage: "divide every duration by `K`"},
			&cli.BoolFlag{Name: "require-key", Usage: "turn away requests without a key, as the vendors do"},
		}, servingFlags()...),
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
	if err := checkServing(c); err != nil {
		return err
	}
	if sc.Real() {
		return misuse("name a scenario whose models are mocks", "the models of %s are real ones", sc.Name)
	}
	m := newMock(c, sc)
	models, err := mockprovider.NewModels(m.config)
	if err != nil {
		return err
	}
	return m.serve(c, models)
}

// mock is what tailgate mock is made of.
type mock struct {
	scenario *scenarios.Scenario
	config   mockprovider.Config
}

// newMock takes what the command line says. The faults go into the weather, where
// they can be changed.
func newMock(c *cli.Context, sc *scenarios.Scenario) *mock {
	seed := sc.Seed
	if c.IsSet("seed") {
		seed = c.Uint64("seed")
	}
	scale := c.Float64("time-scale")
	config := sc.Mock(seed, scale)
	var names []string
	for i := range config.Models {
		names = append(names, config.Models[i].Name)
	}
	config.Weather = mockprovider.NewWeather(time.Now(), config.Faults, func(definition []byte) (fault.Window, error) {
		return scenarios.ParseFault(definition, names, scale)
	})
	config.Faults = nil
	return &mock{scenario: sc, config: config}
}

// serve serves the models, and the control API beside them, until the command
// is stopped.
func (m *mock) serve(c *cli.Context, models []*mockprovider.Model) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(c.Context, "tcp", c.String("addr"))
	if err != nil {
		return &usageError{err: err, hint: "choose another address with --addr HOST:PORT"}
	}
	defer func() { _ = listener.Close() }() // serving closes it, too
	server := mockprovider.NewServer(models)
	server.Journal = mockprovider.NewJournal(c.Int("journal"))
	server.RequireKey = c.Bool("require-key")
	handler, err := controlled(c, listener.Addr(), server, mockprovider.Control{
		Faults: m.config.Weather, Journal: server.Journal, OnReset: server.Restart,
	})
	if err != nil {
		return err
	}
	var names []string
	for _, m := range models {
		names = append(names, m.Name())
	}
	fmt.Fprintf(c.App.ErrWriter, "tailgate: scenario %s, models %s\n", m.scenario.Name, strings.Join(names, ", "))
	fmt.Fprintf(c.App.Writer, "http://%s\n", listener.Addr())
	return serve(c, listener, handler)
}

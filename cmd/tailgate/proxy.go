package main

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func proxyCommand() *cli.Command {
	return &cli.Command{
		Name:      "proxy",
		Usage:     "put faults in front of a real endpoint",
		ArgsUsage: "[SCENARIO]",
		Description: "What no fault touches passes as it is, streams and credentials included; no header and no\n" +
			"text of it is kept or logged. Faults are those of --fault and of the scenario, whose models\n" +
			"are the names that clients ask for. Times count from the start of the proxy.\n\n" +
			"  tailgate proxy --upstream https://api.openai.com --fault '{latency: {add: 2s}, probability: 10%}'\n" +
			"  tailgate proxy --upstream https://api.anthropic.com --fault '{from: 1m, to: 3m, outage: {}}'\n" +
			"  curl -s http://127.0.0.1:8088/v1/chat/completions -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n" +
			"    -d '{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}'\n\n" +
			"Faults can be changed while it runs. Beyond loopback this needs a token (--control-token-env).\n\n" +
			"  curl -s -X PUT '127.0.0.1:8088/tailgate/v1/faults/storm?ttl=5m' -d '{\"outage\":{}}'\n" +
			"  curl -s '127.0.0.1:8088/tailgate/v1/journal?format=ndjson'\n\n" +
			"The header X-Tailgate-Fault: NAME, NAME keeps a request to those faults; none to none.\n" +
			"An upstream of a private authority is trusted with SSL_CERT_FILE=ca.pem (on Linux).",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "upstream", Usage: "send requests on to `URL`"},
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8088", Usage: "listen on `HOST:PORT`"},
			&cli.GenericFlag{Name: "fault", Value: new(texts), Usage: "add a `FAULT` as a scenario has it, in YAML or JSON; repeatable"},
			&cli.GenericFlag{Name: "path", Value: new(texts), Usage: "let faults hit only requests for `PATTERN`, such as /v1/chat/*, where * stops at a slash; repeatable"},
			&cli.Uint64Flag{Name: "seed", Usage: "draw the weather with seed `N`", DefaultText: "the scenario's"},
		}, servingFlags()...),
		Action:       serveProxy,
		OnUsageError: badUsage,
	}
}

// texts is a flag that may be given again and, unlike the library's own, takes
// commas for what they are.
type texts []string

// Set implements [cli.Generic].
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// String implements [cli.Generic].
func (t *texts) String() string { return "" }

// textsOf returns what was given for a flag.
func textsOf(c *cli.Context, flag string) []string {
	t, _ := c.Generic(flag).(*texts)
	if t == nil {
		return nil
	}
	return *t
}

func serveProxy(c *cli.Context) error {
	faults, err := proxyFaults(c)
	if err != nil {
		return err
	}
	weather := mockprovider.NewWeather(time.Now(), faults.windows, decodeFault)
	upstream, err := proxyUpstream(c)
	if err != nil {
		return err
	}
	journal := mockprovider.NewJournal(c.Int("journal"))
	proxy, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
		Upstream: upstream, Seed: faults.seed, Weather: weather, Paths: textsOf(c, "path"), Journal: journal,
	})
	if err != nil {
		return &usageError{err: err, hint: "see tailgate proxy --help"}
	}
	defer proxy.Close()
	var lc net.ListenConfig
	listener, err := lc.Listen(c.Context, "tcp", c.String("addr"))
	if err != nil {
		return &usageError{err: err, hint: "choose another address with --addr HOST:PORT"}
	}
	defer func() { _ = listener.Close() }() // serving closes it, too
	handler, err := controlled(c, listener.Addr(), proxy, mockprovider.Control{
		Faults: weather, Journal: journal, OnReset: proxy.Restart,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "tailgate: proxy for %s://%s, faults: %d\n", upstream.Scheme, upstream.Host, len(faults.windows))
	fmt.Fprintf(c.App.Writer, "http://%s\n", listener.Addr())
	return serve(c, listener, handler)
}

// proxyUpstream returns the address of --upstream. Errors do not repeat it,
// since it may hold a secret.
func proxyUpstream(c *cli.Context) (*url.URL, error) {
	const hint = "tailgate proxy --upstream https://api.openai.com"
	if c.String("upstream") == "" {
		return nil, misuse(hint, "the upstream is missing")
	}
	u, err := url.Parse(c.String("upstream"))
	if err != nil {
		return nil, misuse(hint, "the upstream is no address")
	}
	return u, nil
}

// decodeFault reads a fault that is put at run time, on models of any name.
func decodeFault(definition []byte) (fault.Window, error) {
	w, err := scenarios.ParseFault(definition, nil, 1)
	if err == nil {
		err = mockprovider.Bends(w)
	}
	return w, err
}

// weatherFaults are the faults that a proxy begins with.
type weatherFaults struct {
	windows []fault.Window
	labels  map[string]bool
	seed    uint64
}

// proxyFaults returns the faults of the scenario, if one is named, and of the
// flags.
func proxyFaults(c *cli.Context) (weatherFaults, error) {
	all := weatherFaults{labels: make(map[string]bool), seed: 1}
	if c.NArg() > 0 {
		if err := all.addScenario(c); err != nil {
			return all, err
		}
	}
	if c.IsSet("seed") {
		all.seed = c.Uint64("seed")
	}
	for _, text := range textsOf(c, "fault") {
		w, err := scenarios.ParseFault([]byte(text), nil, 1)
		if err == nil {
			err = all.add(w)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// addScenario adds the faults of the named scenario. What hits all its models
// hits every model.
func (all *weatherFaults) addScenario(c *cli.Context) error {
	name, err := oneArgument(c, "scenario", "")
	if err != nil {
		return err
	}
	sc, err := loadScenario(name)
	if err != nil {
		return err
	}
	all.seed = sc.Seed
	for _, w := range sc.Mock(sc.Seed, 1).Faults {
		if len(w.On) == len(sc.Models) {
			w.On = nil
		}
		if err := all.add(w); err != nil {
			return err
		}
	}
	return nil
}

// add adds a fault, under a name of its own.
func (all *weatherFaults) add(w fault.Window) error {
	if err := mockprovider.Bends(w); err != nil {
		return &usageError{err: err, hint: "tailgate mock does it, to models of its own"}
	}
	label := w.Label()
	for n := 2; all.labels[w.Label()]; n++ {
		w.Name = fmt.Sprintf("%s-%d", label, n)
	}
	all.labels[w.Label()] = true
	all.windows = append(all.windows, w)
	return nil
}

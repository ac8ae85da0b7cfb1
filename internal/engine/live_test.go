package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

const goodKey = "sk-SECRET-0123456789"

// service is a provider as far as a run can tell: mocks on a loopback socket that
// want a key.
type service struct {
	*httptest.Server
	asked atomic.Int32
}

func serve(t *testing.T, latency time.Duration) *service {
	t.Helper()
	sc := parse(t, fmt.Sprintf(`
models: {sonnet: {latency: %[1]v, output_tokens: 9}, mini: {latency: %[1]v, output_tokens: 9}, flash: {latency: %[1]v, output_tokens: 9}}
strategies: {s: {single: {target: sonnet}}}`, latency))
	models, err := mockprovider.NewModels(sc.Mock(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	mock := mockprovider.NewServer(models)
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if r.URL.Path == "/nowhere" {
			http.NotFound(w, r)
			return
		}
		f := formatOf(r.URL.Path)
		if key := f.Key(r.URL, r.Header); key != goodKey {
			said := f.EncodeError(wire.Head{}, &llm.Error{Kind: llm.Auth, Message: "Incorrect API key provided: " + key})
			w.WriteHeader(said.Status)
			w.Write(said.Body)
			return
		}
		mock.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func formatOf(path string) wire.Format {
	switch {
	case strings.HasSuffix(path, "/messages"):
		return wire.Anthropic
	case strings.HasPrefix(path, "/v1beta/"):
		return wire.Gemini
	default:
		return wire.OpenAI
	}
}

// realOnes is a scenario with a model in each format.
func realOnes(t *testing.T, base, load string) *scenarios.Scenario {
	t.Helper()
	return parse(t, strings.ReplaceAll(`
name: real
load: {`+load+`, timeout: 5s}
workload: {max_tokens: 50}
models:
  claude: {preset: ezai, model: sonnet, base_url: BASE, key_env: TG_KEY, price: {input: 3, output: 15}}
  gpt: {provider: openai, model: mini, base_url: BASE/v1, key_env: TG_KEY, price: {input: 1, output: 2}, stream: false}
  gemini: {provider: gemini, model: flash, base_url: BASE, key_env: TG_KEY, price: {input: 1, output: 2}}
strategies:
  one: {single: {target: claude}}
  two: {fallback: {targets: [gpt, claude]}}
  all: {race: {targets: [claude, gpt, gemini]}}
`, "BASE", base))
}

func env(key string) func(string) (string, bool) {
	return func(name string) (string, bool) { return key, name == "TG_KEY" && key != "" }
}

// Strategies take turns in the order the report tells, each sends the same
// requests in the same block, due when the schedule wants them, and the key is
// nowhere.
func TestReal_interleaved(t *testing.T) {
	t.Parallel()
	s := serve(t, time.Millisecond)
	dir := t.TempDir()
	var finished []string
	d := runIt(t, realOnes(t, s.URL, "rate: 100/s, duration: 400ms, arrivals: poisson"), engine.Options{
		Turn: 100 * time.Millisecond, Env: env(goodKey), Dir: dir, MaxCost: 10,
		Progress: func(p engine.Progress) {
			if len(finished) == 0 || finished[len(finished)-1] != p.Strategy {
				finished = append(finished, p.Strategy)
			}
		},
	})
	valid(t, d)
	if d.Clock != "real" || d.Interrupted || len(d.Interleaving.Order) != 4 || d.Interleaving.TurnMS != 100 {
		t.Errorf("clock %s, interrupted %v, interleaving %+v", d.Clock, d.Interrupted, d.Interleaving)
	}
	var order []string
	for _, block := range d.Interleaving.Order {
		if sorted := slices.Sorted(slices.Values(block)); !slices.Equal(sorted, []string{"all", "one", "two"}) {
			t.Errorf("a block has the turns %q", block)
		}
		order = append(order, block...)
	}
	if diff := cmp.Diff(slices.Compact(order), finished); diff != "" {
		t.Errorf("turns (-told +taken):\n%s", diff)
	}
	want := dueTimes(t, engine.Load{Arrivals: engine.Poisson{Rate: 100}, Duration: 400 * time.Millisecond, Seed: 1})
	for i, due := range want {
		want[i] = due.Round(time.Microsecond)
	}
	if diff := cmp.Diff(map[string][]time.Duration{"one": want, "two": want, "all": want}, dueIn(t, dir)); diff != "" {
		t.Errorf("due times (-want +got):\n%s", diff)
	}
	n := len(want)
	for name, calls := range map[string]int{"one": n, "two": n, "all": 3 * n} {
		got := strategy(t, d, name)
		if got.Succeeded != n || got.Attempts.Total != calls || got.Cost.USD.Value <= 0 {
			t.Errorf("%s: %d of %d requests, %d attempts, cost %+v", name, got.Succeeded, n, got.Attempts.Total, got.Cost.USD)
		}
		if first := got.Timeline.Rows[0]; len(got.Timeline.Rows) != 1 || *first[1] != float64(n) {
			t.Errorf("%s: timeline %v, want all requests in its first second", name, got.Timeline.Rows)
		}
	}
	asked := int(s.asked.Load()) // a call that loses at once may never have been sent
	if p := d.Spending; p.Calls != 5*n+3 || asked > p.Calls || asked < 3*n+3 || p.Stopped || p.LimitUSD != 10 || p.USD.Low <= 0 {
		t.Errorf("spending = %+v, the service was asked %d times", p, asked)
	}
	for _, v := range d.Strategies[1:] {
		if v.VersusBaseline == nil || v.VersusBaseline.P50MS.Delta == nil {
			t.Errorf("%s is not compared", v.Name)
		}
	}
	for name, text := range produced(t, d, dir) {
		if strings.Contains(text, "SECRET") {
			t.Errorf("%s has the key", name)
		}
	}
}

// dueIn returns when the requests of each strategy were due, to the microsecond,
// by their number.
func dueIn(t *testing.T, dir string) map[string][]time.Duration {
	t.Helper()
	r, err := record.OpenReader(filepath.Join(dir, engine.RequestsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	due := make(map[string][]time.Duration)
	var l record.Line
	for err = r.Next(&l); err == nil; err = r.Next(&l) {
		of := due[l.Strategy]
		of = append(of, make([]time.Duration, max(0, int(l.ID)+1-len(of)))...)
		of[l.ID] = time.Duration(math.Round(l.DueMS*1e3)) * time.Microsecond
		due[l.Strategy] = of
		if l.SentMS < l.DueMS || l.EndMS < l.SentMS || l.EndMS-l.DueMS > 5000 {
			t.Errorf("%s, request %d: due %v, sent %v, ended %v", l.Strategy, l.ID, l.DueMS, l.SentMS, l.EndMS)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return due
}

// produced returns everything a run leaves, by name.
func produced(t *testing.T, d *reports.Document, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, engine.RequestsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var html strings.Builder
	if err := reports.WriteHTML(&html, d); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"requests": string(lines), "report.json": string(asJSON(t, d)), "report.html": html.String()}
}

// The order of the turns is the seed's alone.
func TestReal_order(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	order := func(seed uint64) [][]string {
		d := runIt(t, realOnes(t, s.URL, "rate: 200/s, requests: 12"), engine.Options{Turn: 5 * time.Millisecond, Env: env(goodKey), Seed: &seed})
		if n := len(d.Interleaving.Order); n != 12 {
			t.Errorf("%d blocks, want one for each request", n)
		}
		return d.Interleaving.Order
	}
	one := order(1)
	if diff := cmp.Diff(one, order(1)); diff != "" {
		t.Errorf("the same seed gives another order:\n%s", diff)
	}
	if cmp.Equal(one, order(2)) {
		t.Error("another seed gives the same order")
	}
}

// What is wrong with a model shows before the load, in the provider's words and
// without the key, after one question.
func TestReal_probe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key, from, to string
		kind          llm.Kind
		says          string
	}{
		"wrong key":     {"sk-SECRET-wrong", "", "", llm.Auth, "Incorrect API key provided: [key]"},
		"wrong name":    {goodKey, "model: sonnet", "model: sonet", llm.NotFound, "sonet"},
		"wrong path":    {goodKey, "preset: ezai", "preset: ezai, path: /nowhere", llm.NotFound, "status 404"},
		"wrong address": {goodKey, "model: sonnet, base_url: ", "model: sonnet, base_url: http://127.0.0.1:1/#", llm.Connection, "connection refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, 0)
			sc := realOnes(t, s.URL, "requests: 5")
			if tt.from != "" {
				text := strings.Replace(sc.Source, tt.from, tt.to, 1)
				sc = parse(t, strings.Replace(text, "/#"+s.URL, "", 1))
			}
			dir := t.TempDir()
			_, err := engine.Run(t.Context(), sc, engine.Options{Env: env(tt.key), Dir: dir})
			probe, ok := errors.AsType[*engine.ProbeError](err)
			if !ok || probe.Err.Kind != tt.kind || probe.Model != "claude" || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error = %v, want %v: %s", err, tt.kind, tt.says)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the key is shown: %v", err)
			}
			if n := s.asked.Load(); n > 1 {
				t.Errorf("the service was asked %d times", n)
			}
			if files, _ := os.ReadDir(dir); len(files) > 0 {
				t.Errorf("files were written: %v", files)
			}
		})
	}
}

// A model that spends all of its tokens on thoughts can be used, and one whose
// streams never come to their end cannot, whatever it has counted.
func TestReal_probeCounted(t *testing.T) {
	t.Parallel()
	const (
		text  = `{"choices":[{"index":0,"delta":{"content":"OK"}}]}`
		stop  = `{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`
		count = `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":16}}`
	)
	for name, c := range map[string]struct {
		events []string
		usable bool
	}{
		"thoughts alone": {[]string{stop, count, "[DONE]"}, true},
		"no end":         {[]string{text, stop, count}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for _, e := range c.events {
					fmt.Fprintf(w, "data: %s\n\n", e)
				}
			}))
			t.Cleanup(s.Close)
			sc := parse(t, "load: {rate: 500/s, requests: 2}\nmodels: {m: {preset: vllm, base_url: "+s.URL+"}}\nstrategies: {s: {single: {target: m}}}")
			_, err := engine.Run(t.Context(), sc, engine.Options{})
			if _, stopped := errors.AsType[*engine.ProbeError](err); stopped == c.usable {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// Of the models only those are asked, and need keys, that the strategies chosen
// may call.
func TestReal_only(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	text := strings.Replace(realOnes(t, s.URL, "rate: 500/s, requests: 5").Source, "model: flash, base_url: "+s.URL+", key_env: TG_KEY", "model: flash, base_url: "+s.URL+", key_env: TG_NONE", 1)
	sc := parse(t, text)
	o := engine.Options{Only: []string{"two"}, Env: func(name string) (string, bool) {
		return map[string]string{"TG_KEY": goodKey}[name], name == "TG_KEY"
	}}
	d := runIt(t, sc, o)
	if r := strategy(t, d, "two"); r.Succeeded != 5 || s.asked.Load() != 7 {
		t.Errorf("%d of 5 succeeded with %d calls, want 7: two of them before the load", r.Succeeded, s.asked.Load())
	}
	o.Only = []string{"all"}
	if _, err := engine.Run(t.Context(), sc, o); err == nil || !strings.Contains(err.Error(), "TG_NONE") {
		t.Errorf("error %v, want one about the key that is missing", err)
	}
}

// A model that no strategy may call is not asked, and needs no key.
func TestReal_uncalled(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	sc := parse(t, strings.Replace(realOnes(t, s.URL, "rate: 500/s, requests: 5").Source, "strategies:", `  spare: {preset: vllm, base_url: "http://127.0.0.1:1", key_env: TG_NONE}
strategies:`, 1))
	d := runIt(t, sc, engine.Options{Env: env(goodKey)})
	if d.Spending.Calls != 3+5*(1+1+3) {
		t.Errorf("%d calls", d.Spending.Calls)
	}
	path := filepath.Join(t.TempDir(), "x.gz")
	if _, err := engine.Record(t.Context(), sc, engine.Options{Env: env(goodKey)}, path, false); err == nil || !strings.Contains(err.Error(), "model spare") {
		t.Errorf("a recording is of all models, and its error is %v", err)
	}
}

// A key that was read from a file often has the end of its line, and one that is
// nothing else is none.
func TestReal_keyWithSpace(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	sc := realOnes(t, s.URL, "rate: 500/s, requests: 2")
	d := runIt(t, sc, engine.Options{Only: []string{"one"}, Env: env(goodKey + "\r\n")})
	if r := strategy(t, d, "one"); r.Succeeded != 2 {
		t.Errorf("%d of 2 succeeded", r.Succeeded)
	}
	_, err := engine.Run(t.Context(), sc, engine.Options{Env: env(" \n")})
	if _, ok := errors.AsType[*engine.KeyError](err); !ok {
		t.Errorf("error = %v", err)
	}
}

// A provider that is merely busy when it is first asked does not stop the run,
// which says so.
func TestReal_busyProbe(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	good, first := s.Config.Handler, true
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		good.ServeHTTP(w, r)
	})
	d := runIt(t, realOnes(t, s.URL, "rate: 500/s, requests: 5"), engine.Options{Env: env(goodKey)})
	if !slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.HasPrefix(w, "claude was asked once before the load and failed: ") }) {
		t.Errorf("warnings = %q", d.Warnings)
	}
}

// A run ends before it can cost more than it may, with a report of what it had
// come to.
func TestReal_maxCost(t *testing.T) {
	t.Parallel()
	s := serve(t, 5*time.Millisecond)
	const limit = 0.02
	d := runIt(t, realOnes(t, s.URL, "rate: 400/s, requests: 400"), engine.Options{
		Env: env(goodKey), MaxCost: limit, Turn: 50 * time.Millisecond, Dir: t.TempDir(),
	})
	valid(t, d)
	p := d.Spending
	if !p.Stopped || !d.Interrupted || p.USD.High > limit || p.USD.Low <= 0 || p.LimitUSD != limit {
		t.Errorf("interrupted %v, spending %+v", d.Interrupted, p)
	}
	if done := d.Strategies[0].Requests + d.Strategies[1].Requests + d.Strategies[2].Requests; done == 0 || done > 1000 {
		t.Errorf("%d requests were recorded", done)
	}
	if !strings.Contains(d.Verdict.Detail, "before it could cost more than $0.02") {
		t.Errorf("verdict: %s", d.Verdict.Detail)
	}
	_, err := engine.Run(t.Context(), realOnes(t, s.URL, "requests: 5"), engine.Options{Env: env(goodKey), MaxCost: 1e-6})
	if !errors.Is(err, engine.ErrOptions) || !strings.Contains(err.Error(), "a call to claude may cost more than the limit") {
		t.Errorf("error = %v", err)
	}
}

// A cancelled run leaves the report of what was measured.
func TestReal_cancelled(t *testing.T) {
	t.Parallel()
	s := serve(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d, err := engine.Run(ctx, realOnes(t, s.URL, "rate: 100/s, duration: 1m"), engine.Options{
		Env: env(goodKey), Turn: 20 * time.Millisecond,
		Progress: func(p engine.Progress) {
			if p.Strategy == "two" {
				cancel()
			}
		},
	})
	if err != nil || !d.Interrupted || d.Spending.Stopped || d.Spending.Calls == 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	if n := len(d.Interleaving.Order); n == 0 || n > 1000 { // of 3,000 that were planned
		t.Errorf("it tells of %d blocks", n)
	}
}

func TestReal_refusals(t *testing.T) {
	t.Parallel()
	sc := realOnes(t, "http://127.0.0.1:1", "requests: 5")
	mock := load(t, "steady")
	for name, tt := range map[string]struct {
		sc   *scenarios.Scenario
		o    engine.Options
		want string
	}{
		"virtual clock":     {sc, engine.Options{Clock: engine.Virtual}, "whose time cannot be simulated"},
		"time scale":        {sc, engine.Options{TimeScale: 2}, "real models cannot be hurried"},
		"negative limit":    {sc, engine.Options{MaxCost: -1}, "want finite amounts that are not negative"},
		"limit without end": {sc, engine.Options{MaxCost: math.Inf(1)}, "want finite amounts that are not negative"},
		"negative turn":     {sc, engine.Options{Turn: -1}, "want finite amounts that are not negative"},
		"short turns":       {sc, engine.Options{Turn: 1}, "at most 10000 are allowed"},
		"a limit for mocks": {mock, engine.Options{MaxCost: 1}, "are for real models"},
		"turns of mocks":    {mock, engine.Options{Turn: 1}, "are for real models"},
	} {
		if _, err := engine.New(tt.sc, tt.o); !errors.Is(err, engine.ErrOptions) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	_, err := engine.Run(t.Context(), sc, engine.Options{Env: env("")})
	if missing, ok := errors.AsType[*engine.KeyError](err); !ok || len(missing.Variables) != 3 || !strings.HasPrefix(err.Error(), "not set in the environment: TG_KEY (the key of claude)") {
		t.Errorf("error = %v", err)
	}
}

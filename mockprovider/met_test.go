package mockprovider_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// TestJournal_faults: the journals of a mock and of a proxy name the faults that
// changed what an attempt met, and no others.
func TestJournal_faults(t *testing.T) {
	t.Parallel()
	slow := fault.Window{Kind: "latency", Fault: fault.Latency{Add: time.Second}}
	limit := fault.Window{Name: "two a minute", Kind: "rate_limit", Fault: &fault.RateLimit{Requests: 2}}
	for name, c := range map[string]struct {
		faults []fault.Window
		want   []mockprovider.MetFault // by the last of three attempts that began
	}{
		"none":             {nil, nil},
		"one":              {[]fault.Window{slow}, []mockprovider.MetFault{{Name: "latency", Kind: "latency"}}},
		"another model's":  {[]fault.Window{{Kind: "hang", On: []string{"n"}, Fault: fault.Hang{}}}, nil},
		"no victim":        {[]fault.Window{{Kind: "hang", Probability: 1e-300, Fault: fault.Hang{}}}, nil},
		"changes nothing":  {[]fault.Window{{Kind: "latency", Fault: fault.Latency{Multiply: 1}}}, nil},
		"limit not so low": {[]fault.Window{{Kind: "rate_limit", Fault: &fault.RateLimit{Requests: 9}}}, nil},
		"two": {
			[]fault.Window{slow, {Name: "cut", Kind: "truncate", Fault: fault.Truncate{Share: 0.1}}},
			[]mockprovider.MetFault{{Name: "latency", Kind: "latency"}, {Name: "cut", Kind: "truncate"}},
		},
		"limit":        {[]fault.Window{limit}, []mockprovider.MetFault{{Name: "two a minute", Kind: "rate_limit"}}},
		"made in Go":   {[]fault.Window{{Name: "mine", Fault: fault.Refuse{}}}, []mockprovider.MetFault{{Name: "mine"}}},
		"no room":      {[]fault.Window{places("wide", 2), places("tight", 1)}, []mockprovider.MetFault{{Name: "tight", Kind: "capacity"}}},
		"no room then": {[]fault.Window{places("tight", 1), places("wide", 2)}, []mockprovider.MetFault{{Name: "tight", Kind: "capacity"}}},
	} {
		for kind, serve := range map[string]func(*testing.T, []fault.Window, bool) (*client, *mockprovider.Journal){"mock": notingMock, "proxy": notingProxy} {
			for _, changing := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					p, j := serve(t, slices.Clone(c.faults), changing)
					for range 3 {
						go p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What?"})
						synctest.Wait()
					}
					all := j.Entries(0)
					if diff := cmp.Diff(c.want, all[len(all)-1].Faults); diff != "" {
						t.Errorf("%s, %s, changing %t (-want +got):\n%s", name, kind, changing, diff)
					}
					time.Sleep(time.Minute)
				})
			}
		}
	}
}

// places is a window that leaves n places and one to wait.
func places(name string, n int) fault.Window {
	return fault.Window{Name: name, Kind: "capacity", Fault: fault.Capacity{Concurrency: n, Queue: 1}}
}

// notingMock serves a model that has faults, and its journal; changing ones stand
// in a weather.
func notingMock(t *testing.T, faults []fault.Window, changing bool) (*client, *mockprovider.Journal) {
	t.Helper()
	c := mockprovider.Config{Models: []mockprovider.Settings{steady("m"), steady("n")}, Faults: faults}
	if changing {
		c.Faults = nil
		c.Weather = mockprovider.NewWeather(time.Now(), faults, nil)
	}
	s := mockprovider.NewServer(models(t, c))
	s.Journal = mockprovider.NewJournal(10)
	return serveHandler(t, s), s.Journal
}

// notingProxy is notingMock for a proxy in front of one.
func notingProxy(t *testing.T, faults []fault.Window, changing bool) (*client, *mockprovider.Journal) {
	t.Helper()
	upstream := serveInBubble(t, one(t))
	c := mockprovider.ProxyConfig{Upstream: parse(t, upstream.base), Transport: upstream.http.Transport, Faults: faults, Journal: mockprovider.NewJournal(10)}
	if changing {
		c.Faults = nil
		c.Weather = mockprovider.NewWeather(time.Now(), faults, nil)
	}
	p, err := mockprovider.NewProxy(c)
	if err != nil {
		t.Fatal(err)
	}
	return serveHandler(t, p), c.Journal
}

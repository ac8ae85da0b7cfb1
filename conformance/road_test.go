package conformance_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// road is how a library reaches the weather.
type road struct {
	url       string
	transport http.RoundTripper
	journal   *mockprovider.Journal // of who makes the weather
}

// roads are those on which a client meets a weather: whoever makes it, and whatever
// it passes on its way, a library is to notice no difference.
func roads(f fault.Fault) map[string]func(t *testing.T) road {
	all := map[string]func(t *testing.T) road{"mock": toMock}
	if f != (fault.Refuse{}) && f != (fault.Reset{}) { // of an upstream that says nothing a proxy has to tell
		all["mock behind a proxy"] = throughProxy
	}
	if bends(f) {
		all["proxy"] = toProxy
	}
	return all
}

// toMock is the road to a mock with the weather.
func toMock(t *testing.T) road {
	t.Helper()
	srv := mocktest.StartInBubble(t, weather())
	return road{srv.URL, srv.Client().Transport, srv.Journal}
}

// throughProxy is the road to that mock through a proxy without any.
func throughProxy(t *testing.T) road {
	t.Helper()
	by := toMock(t)
	by.transport = proxied(t, mockprovider.ProxyConfig{Transport: by.transport})
	return by
}

// toProxy is the road to a proxy with the weather before a mock without.
func toProxy(t *testing.T) road {
	t.Helper()
	c := weather()
	faults := slices.DeleteFunc(c.Faults, func(w fault.Window) bool { return !bends(w.Fault) })
	c.Faults = nil
	calm := mocktest.StartInBubble(t, c)
	journal := mockprovider.NewJournal(100)
	return road{calm.URL, proxied(t, mockprovider.ProxyConfig{
		Seed: c.Seed, Faults: faults, Journal: journal, Transport: calm.Client().Transport,
	}), journal}
}

// bends says whether a proxy can make this weather.
func bends(f fault.Fault) bool { return mockprovider.Bends(fault.Window{Fault: f}) == nil }

// proxied returns the transport to a proxy.
func proxied(t *testing.T, c mockprovider.ProxyConfig) *http.Transport {
	t.Helper()
	c.Upstream = &url.URL{Scheme: "http", Host: "mock"}
	p, err := mockprovider.NewProxy(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return mocktest.ServeInBubble(t, p)
}

package mockprovider_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// definitions reads the faults that these tests put.
func definitions(definition []byte) (fault.Window, error) {
	var name string
	if err := json.Unmarshal(definition, &name); err != nil {
		return fault.Window{}, err
	}
	w, ok := map[string]fault.Window{
		"slow":     {Kind: "slow", Fault: fault.Latency{Add: time.Second}},
		"half":     {Name: "half", Kind: "refuse", Probability: 0.5, Fault: fault.Refuse{}},
		"later":    {Name: "later", Kind: "refuse", From: time.Minute, To: 2 * time.Minute, Fault: fault.Refuse{}},
		"long":     {Name: strings.Repeat("x", 201), Kind: "refuse", Fault: fault.Refuse{}},
		"limit":    {Name: "limit", Kind: "rate_limit", Fault: &fault.RateLimit{Requests: 1, Period: time.Hour, Burst: 1}},
		"capacity": {Kind: "capacity", Fault: fault.Capacity{Concurrency: 1}},
	}[name]
	if !ok {
		return w, errors.New("no such fault")
	}
	return w, nil
}

// put puts a fault or fails the test.
func put(tb testing.TB, w *mockprovider.Weather, name, definition string, ttl time.Duration) {
	tb.Helper()
	if _, err := w.PutFault(name, []byte(`"`+definition+`"`), ttl); err != nil {
		tb.Fatal(err)
	}
}

// under returns steady models under the weather.
func under(tb testing.TB, w *mockprovider.Weather, names ...string) []*mockprovider.Model {
	tb.Helper()
	c := mockprovider.Config{Seed: 1, Weather: w}
	for _, name := range names {
		c.Models = append(c.Models, steady(name))
	}
	return models(tb, c)
}

// endAt returns how a first call at the time since the start ends.
func endAt(m *mockprovider.Model, id uint64, at time.Duration) fault.End {
	var p fault.Plan
	m.Plan(&p, &llm.Request{ID: id, Prompt: "hi"}, 0, at)
	return p.End
}

// A fault put at run time hits the very requests that it would hit had it been
// there from the beginning.
func TestWeather_SameVictims(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mockprovider.NewWeather(time.Now(), nil, definitions)
		put(t, w, "", "half", 0)
		changing := under(t, w, "m")[0]
		half, _ := definitions([]byte(`"half"`))
		fixed := models(t, mockprovider.Config{
			Seed: 1, Models: []mockprovider.Settings{steady("m")}, Faults: []fault.Window{half},
		})[0]
		hit := 0
		for id := range uint64(1000) {
			got, want := endAt(changing, id, 0), endAt(fixed, id, 0)
			if got != want {
				t.Fatalf("request %d ends with %v, want %v", id, got, want)
			}
			if got == fault.EndRefuse {
				hit++
			}
		}
		if hit < 400 || hit > 600 {
			t.Errorf("%d of 1000 requests are hit", hit)
		}
	})
}

// Times count from when a fault was put; a TTL ends it; a reset begins anew.
func TestWeather_Times(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		later, _ := definitions([]byte(`"later"`))
		w := mockprovider.NewWeather(time.Now(), []fault.Window{later}, definitions)
		m := under(t, w, "m")[0]
		refused := func(want bool) {
			t.Helper()
			at := time.Since(w.Start())
			if got := endAt(m, 1, at) == fault.EndRefuse; got != want {
				t.Errorf("at %v refused is %v, want %v", at, got, want)
			}
		}
		refused(false)
		time.Sleep(time.Minute)
		refused(true)
		time.Sleep(time.Minute)
		refused(false)
		put(t, w, "again", "later", 90*time.Second)
		refused(false)
		time.Sleep(time.Minute)
		refused(true)
		time.Sleep(30 * time.Second)
		refused(false)
		if all := w.Faults(); len(all) != 1 {
			t.Errorf("after its time the fault is still there: %v", all)
		}
		w.Reset()
		refused(false)
		time.Sleep(time.Minute)
		refused(true)
	})
}

// Each model has a bucket of its own, and a fault that is put again a new one.
func TestWeather_State(t *testing.T) {
	t.Parallel()
	w := mockprovider.NewWeather(time.Now(), nil, definitions)
	both := under(t, w, "a", "b")
	put(t, w, "", "limit", 0)
	at := time.Since(w.Start())
	for _, m := range both {
		if first, second := endAt(m, 1, at), endAt(m, 2, at); first != fault.EndComplete || second != fault.EndFail {
			t.Errorf("%s: %v and %v, want an answer and an error", m.Name(), first, second)
		}
	}
	put(t, w, "limit", "limit", 0)
	if end := endAt(both[0], 3, time.Since(w.Start())); end != fault.EndComplete {
		t.Errorf("after a new fault the first request ends with %v", end)
	}
}

func TestWeather_Put(t *testing.T) {
	t.Parallel()
	w := mockprovider.NewWeather(time.Now(), nil, definitions)
	put(t, w, "", "slow", 0)
	if _, err := w.PutFault("", []byte(`"slow"`), 0); !errors.Is(err, mockprovider.ErrFaultExists) {
		t.Errorf("put twice: error %v, want %v", err, mockprovider.ErrFaultExists)
	}
	if _, err := w.PutFault("", []byte(`"nosuch"`), 0); err == nil {
		t.Error("an unknown fault is no error")
	}
	if !w.RemoveFault("slow") || w.RemoveFault("slow") || len(w.Faults()) != 0 {
		t.Error("a fault is not removed once")
	}
}

// TestWeather_capacity: how many a model serves at once can be put, changed and
// removed while it serves, and a reset puts back what there was.
func TestWeather_capacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		two := fault.Window{Name: "room", Kind: "capacity", Fault: fault.Capacity{Concurrency: 2}}
		w := mockprovider.NewWeather(time.Now(), []fault.Window{two}, definitions)
		m := under(t, w, "m")[0]
		served := func() (n int) {
			var wg sync.WaitGroup
			var ok atomic.Int32
			for i := range uint64(5) {
				wg.Go(func() {
					if _, err := m.Call(t.Context(), llm.Call{Request: &llm.Request{ID: i, Prompt: "hi"}}); err == nil {
						ok.Add(1)
					}
				})
			}
			wg.Wait()
			return int(ok.Load())
		}
		got := []int{served()}
		put(t, w, "room", "capacity", 0)
		got = append(got, served())
		w.RemoveFault("room")
		got = append(got, served())
		put(t, w, "brief", "capacity", time.Second)
		got = append(got, served())
		time.Sleep(time.Second)
		got = append(got, served())
		w.Reset()
		if got = append(got, served()); !slices.Equal(got, []int{2, 1, 5, 1, 5, 2}) {
			t.Errorf("of five at once were served %v", got)
		}
	})
}

// TestWeather_moreRoom: who waits for a place gets it when a limit is lifted, at
// that moment.
func TestWeather_moreRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := fault.Window{Name: "room", Kind: "capacity", Fault: fault.Capacity{Concurrency: 1, Queue: 9}}
		w := mockprovider.NewWeather(time.Now(), []fault.Window{one}, definitions)
		m := under(t, w, "m")[0]
		began := time.Now()
		var wg sync.WaitGroup
		for i := range uint64(3) {
			wg.Go(func() { m.Call(t.Context(), llm.Call{Request: &llm.Request{ID: i, Prompt: "hi"}}) })
		}
		time.Sleep(20 * ms)
		w.RemoveFault("room")
		wg.Wait()
		if lasted := time.Since(began); lasted != 220*ms {
			t.Errorf("the last answer came after %v, want 20 ms of waiting and 200 ms", lasted)
		}
	})
}

// TestWeather_capacityExpires: those who wait are served when the time of the
// capacity that made them wait is over, though nobody comes or leaves just then.
func TestWeather_capacityExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := fault.Window{Name: "room", Kind: "capacity", Fault: fault.Capacity{Concurrency: 1, Queue: 9}}
		w := mockprovider.NewWeather(time.Now(), nil, func([]byte) (fault.Window, error) { return one, nil })
		put(t, w, "room", "", time.Hour)
		put(t, w, "room", "", 50*ms)
		m := under(t, w, "m")[0]
		began := time.Now()
		var wg sync.WaitGroup
		for i := range uint64(3) {
			wg.Go(func() { m.Call(t.Context(), llm.Call{Request: &llm.Request{ID: i, Prompt: "hi"}}) })
		}
		wg.Wait()
		if lasted := time.Since(began); lasted != 250*ms {
			t.Errorf("the last answer came after %v, want 50 ms of waiting and 200 ms", lasted)
		}
	})
}

// Weather costs no memory, with and without faults.
func TestWeather_Allocations(t *testing.T) { //nolint:paralleltest // counts allocations
	w := mockprovider.NewWeather(time.Now(), nil, definitions)
	m := under(t, w, "m")[0]
	r := &llm.Request{ID: 1, Prompt: "hi", MaxTokens: 5}
	var p fault.Plan
	plan := func() { m.Plan(&p, r, 0, time.Second) }
	if n := testing.AllocsPerRun(100, plan); n != 0 {
		t.Errorf("no weather: %v allocations", n)
	}
	put(t, w, "", "slow", 0)
	put(t, w, "", "half", 0)
	if n := testing.AllocsPerRun(100, plan); n != 0 {
		t.Errorf("two faults: %v allocations", n)
	}
}

// Weather may change while it is asked.
func TestWeather_Concurrent(t *testing.T) {
	t.Parallel()
	w := mockprovider.NewWeather(time.Now(), nil, definitions)
	m := under(t, w, "m")[0]
	done := make(chan struct{})
	go func() {
		defer close(done)
		for id := range uint64(2000) {
			endAt(m, id, time.Second)
		}
	}()
	for range 100 {
		put(t, w, "x", "limit", time.Minute)
		put(t, w, "y", "half", 0)
		w.Faults()
		w.RemoveFault("x")
		w.Reset()
	}
	<-done
}
